"""What the page is opened on: a scenario's file, a shipped name, or the folder of a saved run."""

from pathlib import Path

from sim.scenario import Scenario, as_scenario


def opened(origin: str) -> Scenario:
    """The scenario. Raises InputError where there is none."""
    if Path(origin).is_dir():
        from sim.results.result import Result

        return Result.load(origin).scenario
    return as_scenario(origin)

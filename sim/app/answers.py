"""What the page shows of the untouched and of the changed scenario, on the same luck."""

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import pandas as pd

from sim.app.moves import Moves
from sim.engines.run import run
from sim.report.page import page
from sim.results.result import Result
from sim.results.study import Study
from sim.scenario import Scenario
from sim.studies.compare import compare
from sim.studies.paired import paired

BATCHES = (50, 200, 1000)  # replicates: a first number at once, a picture within a second, a sharp one for the patient


class Answer:
    """One scenario's histories, in the few small tables that the page draws; without `pictures` only the outcomes."""

    def __init__(self, scenario: Scenario, replicates: int, *, seed: int, pictures: bool) -> None:
        result = run(scenario, replicates, seed=seed, detail="months" if pictures else "summary")
        self.replicates = replicates
        self.outcomes = result.outcomes.set_index("replicate")
        self.record = result.record
        if not pictures:
            return
        self.teams = _bands(result, "months", "team", ("gpus", "fairness"))
        self.cohorts = _bands(result, "cohorts", "cohort", ("left_share",))
        projects = result.projects
        self.projects = pd.DataFrame({
            status: (projects["status"] == status).groupby(projects["project"], observed=True).mean()
            for status in ("released", "cancelled")
        })  # fmt: skip


def _bands(result: Result, table: str, whom: str, columns: Sequence[str]) -> pd.DataFrame:
    """Medians with 90 % bands over replicates, a row for each of whom, month and column."""
    found = pd.concat({name: result.bands(table, name) for name in columns}, names=["column"]).reset_index()
    found = found.rename(columns={"q05": "low", "q50": "middle", "q95": "high"}).astype({whom: str})
    found["date"] = found["month"].map(result.scenario.date_of)
    return found[["column", whom, "month", "date", "low", "middle", "high"]]


def differences(before: Answer, after: Answer) -> pd.DataFrame:
    """Paired differences of every outcome that both have, with 95 % intervals; outcomes that nothing changed are 0."""
    both = before.outcomes.columns.intersection(after.outcomes.columns)
    shared = [name for name in both if not name.startswith("record.")]
    return paired(before.outcomes[shared], after.outcomes[shared])


def report(moves: Moves, *, seed: int, replicates: int) -> str:
    """The page that `sim report` writes: what was made beside the untouched scenario, or that alone if nothing was."""
    cases = {"as it was": moves.base, "as moved": moves.scenario}
    study: Study = compare(cases, replicates, seed=seed) if moves.values else run(moves.base, replicates, seed=seed)
    with TemporaryDirectory() as top:
        folder = study.save(Path(top) / "moved")
        return page([(folder, study)]).replace(f"{top}/", "out/")

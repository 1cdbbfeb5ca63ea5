"""Outcomes of a history: the numbers that people care about, one row for each history."""

from collections.abc import Iterator
from itertools import groupby

import numpy as np
import pandas as pd

from sim.results.history import History
from sim.results.meanings import OUTCOMES
from sim.scenario import Scenario


def outcome_names(scenario: Scenario) -> list[str]:
    """The columns of `outcomes`, in order."""
    return [column for _, _, column in _columns(scenario)]


def outcomes(scenario: Scenario, history: History) -> pd.DataFrame:
    """One row per history, one column per outcome, as `sim.results.meanings` says."""
    measured = {outcome.name: outcome.values(scenario, history) for outcome in OUTCOMES}
    columns = {column: measured[name].reshape(len(history.replicates), -1)[:, k]
               for name, k, column in _columns(scenario)}  # fmt: skip
    table = pd.DataFrame(np.array([*columns.values()]).T, columns=[*columns])  # one block
    for name, values in columns.items():
        if values.dtype.kind == "i":
            table[name] = values
    return table


def _columns(scenario: Scenario) -> Iterator[tuple[str, int, str]]:
    """Name of the outcome, the place of whom it is of, and its column; those of a cohort, project or team together."""
    for each, group in groupby(OUTCOMES, key=lambda outcome: outcome.each):
        names = [outcome.name for outcome in group]
        for k, whom in enumerate(getattr(scenario, each) if each else [""]):
            yield from ((name, k, name.replace("*", whom)) for name in names)

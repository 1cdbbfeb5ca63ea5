"""Outcomes of a history: the numbers that people care about, one row for each history."""

from itertools import groupby

import pandas as pd

from sim.aliases import Floats
from sim.results.history import History
from sim.results.meanings import OUTCOMES
from sim.scenario import Scenario


def outcomes(scenario: Scenario, history: History) -> pd.DataFrame:
    """One row per history, one column per outcome, as `sim.results.meanings` says."""
    columns: dict[str, Floats] = {}
    for each, group in groupby(OUTCOMES, key=lambda one: one.each):
        found = {one.name: one.values(scenario, history) for one in group}
        if not each:
            columns |= found
        for k, name in enumerate(getattr(scenario, each) if each else ()):
            columns |= {family.replace("*", name): values[:, k] for family, values in found.items()}
    return pd.DataFrame(columns)

"""What pictures of a comparison share: paired differences between cases, and which cases are ahead beyond luck."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from sim.results.estimate import Estimate, Interval
from sim.results.mixture import spread
from sim.studies.compare import Comparison

TOLD_APART = "mean; thick: what not knowing the parameters leaves open, 95 %; thin grey: single histories, luck."
USED = "gpu_months_used"  # what is entitled to and left idle counts as not used


def gpu_months_used(of: Callable[[str], Any]) -> Any:
    """Held less idle, as numbers or columns of whatever kind `of` finds under the names of outcomes."""
    return of("gpu_months_held") - of("gpu_months_wasted")


def by_case(comparison: Comparison) -> dict[str, pd.DataFrame]:
    """Case -> its outcomes by replicate, with people lost and GPU-months used beside those of a run."""
    found = {}
    for case, table in comparison.outcomes.groupby("case", sort=False):
        table = table.set_index("replicate").drop(columns="case")
        lost = table["quits"] + table["laid_off"]
        found[str(case)] = table.assign(lost=lost, **{USED: gpu_months_used(table.__getitem__)})
    return {case: found[case] for case in comparison.cases if case in found}


def knowing_and_luck(values: pd.Series, count: int, scale: float = 1.0) -> dict[str, float]:
    """Ends of what not knowing leaves open (`low`, `high`), and of single histories (`luck_`), over so many draws."""
    found = spread(values.to_numpy(), values.index.to_numpy() % count)
    names = {"low": "posterior_low", "high": "posterior_high", "luck_low": "luck_low", "luck_high": "luck_high"}
    return {name: scale * found[of] for name, of in names.items()}


def change(one: pd.Series, other: pd.Series, draws: int = 0) -> Estimate:
    """Mean difference of the second from the first, paired by replicate; over so many draws of a posterior also with
    what not knowing leaves open."""
    both = pd.concat([one, other], axis=1).dropna()
    values = both.iloc[:, 1] - both.iloc[:, 0]
    if not draws:
        return Estimate.of(values)
    ends = knowing_and_luck(values, draws)
    knowing = Interval(ends["low"], ends["high"], over="posterior")
    return Estimate.of(values, *([knowing] if knowing.known else []))


def foremost(tables: dict[str, pd.DataFrame], outcome: str, better: int, draws: int = 0) -> list[str]:
    """The cases that no other is surely better than, the best mean first. `better` is 1 for more, -1 for fewer."""
    means = pd.Series({case: better * table[outcome].mean() for case, table in tables.items()})
    means = means.dropna().sort_values(ascending=False, kind="stable")
    if not len(means):
        return []
    best = tables[means.index[0]][outcome]
    return [
        case for case in means.index if not change(best, tables[case][outcome], draws).sure() or case == means.index[0]
    ]


def surely_better(one: pd.DataFrame, other: pd.DataFrame, outcome: str, better: int, draws: int = 0) -> bool:
    """Whether the first case's outcomes are better than the second's beyond luck."""
    found = change(other[outcome], one[outcome], draws)
    return found.sure() and np.sign(found.value) == better

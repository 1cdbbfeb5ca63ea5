"""What pictures of a comparison share: paired differences between cases, and which cases are ahead beyond luck."""

import numpy as np
import pandas as pd

from sim.results.estimate import Estimate

USED = "gpu_months_used"  # held less idle: what is entitled to and left idle counts as not used


def by_case(comparison) -> dict[str, pd.DataFrame]:
    """Case -> its outcomes by replicate, with people lost and GPU-months used beside those of a run."""
    found = {}
    for case, table in comparison.outcomes.groupby("case", sort=False):
        table = table.set_index("replicate").drop(columns="case")
        lost, used = table["quits"] + table["laid_off"], table["gpu_months_held"] - table["gpu_months_wasted"]
        found[str(case)] = table.assign(lost=lost, **{USED: used})
    return {case: found[case] for case in comparison.cases if case in found}


def change(one: pd.Series, other: pd.Series) -> Estimate:
    """Mean difference of the second from the first, paired by replicate."""
    both = pd.concat([one, other], axis=1).dropna()
    return Estimate.of(both.iloc[:, 1] - both.iloc[:, 0])


def foremost(tables, outcome, better) -> list[str]:
    """The cases that no other is surely better than, the best mean first. `better` is 1 for more, -1 for fewer."""
    means = pd.Series({case: better * table[outcome].mean() for case, table in tables.items()})
    means = means.dropna().sort_values(ascending=False, kind="stable")
    if not len(means):
        return []
    best = tables[means.index[0]][outcome]
    return [case for case in means.index if not change(best, tables[case][outcome]).sure() or case == means.index[0]]


def surely_better(one, other, outcome, better) -> bool:
    """Whether the first case's outcomes are better than the second's beyond luck."""
    found = change(other[outcome], one[outcome])
    return found.sure() and np.sign(found.value) == better

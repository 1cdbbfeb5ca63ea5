"""What is said of a comparison, in words and pictures: paired differences, and which cases are ahead beyond luck."""

from collections.abc import Callable
from statistics import NormalDist
from typing import Any

import pandas as pd

from sim.results.estimate import Z95, Estimate, Interval
from sim.results.meanings import FEWER, MORE
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


def change(base: pd.Series, other: pd.Series, draws: int = 0, z: float = Z95) -> Estimate:
    """Mean difference of the second from the first, paired by replicate; over so many draws of a posterior also with
    what not knowing leaves open."""
    values = (other - base).dropna()
    if not draws:
        return Estimate.of(values, z=z)
    ends = knowing_and_luck(values, draws)
    knowing = Interval(ends["low"], ends["high"], over="posterior")
    return Estimate.of(values, *([knowing] if knowing.known else []), z=z)


def z_over(cases: int) -> float:
    """Normal quantile of a 95 % interval that holds for a case against all others together (Bonferroni): the best is
    chosen after the fact."""
    return NormalDist().inv_cdf(1.0 - 0.025 / max(1, cases - 1))


def foremost(tables: dict[str, pd.DataFrame], outcome: str, better: int, draws: int = 0) -> list[str]:
    """The cases that the best is not surely better than, the best mean first. `better` is 1 for more, -1 for fewer."""
    means = pd.Series({case: better * table[outcome].mean() for case, table in tables.items()})
    cases = means.dropna().sort_values(ascending=False, kind="stable").index
    z = z_over(len(cases))
    return [case for case in cases if not change(tables[cases[0]][outcome], tables[case][outcome], draws, z).sure()]


def unbeaten(tables: dict[str, pd.DataFrame], draws: int = 0) -> list[str]:
    """The cases that none beats, fewest lost first: surely keeps more people or ships more, and is surely worse in
    neither."""
    z = z_over(len(tables))

    def beats(case: pd.DataFrame, other: pd.DataFrame) -> bool:
        signs = []
        for outcome, better in (("lost", FEWER), ("output", MORE)):
            gain = change(other[outcome], case[outcome], draws, z).scaled(better)
            signs.append((1 if gain.value > 0 else -1) if gain.sure() else 0)
        return max(signs) > 0 and min(signs) >= 0

    found = [case for case, table in tables.items() if not any(beats(other, table) for other in tables.values())]
    return sorted(found, key=lambda case: tables[case]["lost"].mean())

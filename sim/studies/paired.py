"""Paired differences on common random numbers, and their intervals."""

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from sim.aliases import Bools, Floats, Ints
from sim.results.estimate import Z95
from sim.results.measures import quotient


def half_width(values: ArrayLike) -> float:
    """Half-width of the 95 % interval of a mean over independent replicates; NaN for fewer than two."""
    known = np.asarray(values, dtype=float)
    return float(Z95 * known.std(ddof=1) / np.sqrt(len(known))) if len(known) > 1 else np.nan


def paired(base: pd.DataFrame, other: pd.DataFrame) -> pd.DataFrame:
    """Mean differences, other minus base, over the replicates that have both values.

    Arguments:
        base, other: tables of the same columns, a row per replicate, which is the index.

    Returns a row per column, `outcome`, with base, mean, difference, low, high (95 %), replicates, and `saved`: the
    share of the variance of the difference that pairing removed, against two independent runs.
    """
    shared = base.index.intersection(other.index)
    before, after = (one.loc[shared].to_numpy(dtype=float) for one in (base, other))
    change = after - before
    known = ~np.isnan(change)
    count = known.sum(axis=0)
    (before, spread_before), (after, spread_after), (change, spread) = (
        _moments(np.where(known, values, 0.0), known, count) for values in (before, after, change)
    )
    width = Z95 * np.sqrt(quotient(spread, count))
    apart = spread_before + spread_after
    return pd.DataFrame({
        "outcome": list(base.columns), "base": before, "mean": after, "difference": change, "low": change - width,
        "high": change + width, "replicates": count, "saved": 1.0 - quotient(spread, apart),
    })  # fmt: skip


def _moments(values: Floats, known: Bools, count: Ints) -> tuple[Floats, Floats]:
    """Mean and variance by column of what is known; NaN where too little is."""
    mean = quotient(values.sum(axis=0), count)
    return mean, quotient((np.where(known, values - mean, 0.0) ** 2).sum(axis=0), count - 1)

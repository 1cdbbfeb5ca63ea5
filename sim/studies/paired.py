"""Paired differences on common random numbers, and their intervals."""

import numpy as np
import pandas as pd

from sim.results.bands import statistics
from sim.results.estimate import Z95
from sim.results.measures import quotient


def paired(base: pd.DataFrame, other: pd.DataFrame) -> pd.DataFrame:
    """Mean differences, other minus base, over the replicates that have both values.

    Arguments:
        base, other: tables of the same columns, a row per replicate, which is the index.

    Returns a row per column, `outcome`, with base, mean, difference, low, high (95 %), replicates, and `saved`: the
    share of the variance of the difference that pairing removed, against two independent runs.
    """
    shared = base.index.intersection(other.index)
    before, after = (table.loc[shared].to_numpy(dtype=float) for table in (base, other))
    change = after - before
    values = np.stack([np.where(np.isnan(change), np.nan, column) for column in (before, after, change)])
    found = statistics(values, ())
    (before, after, change), count = found["mean"], found["replicates"][0]
    width = Z95 * found["sd"][2] / np.sqrt(np.maximum(count, 1))
    spread = found["sd"] ** 2
    return pd.DataFrame({
        "outcome": list(base.columns), "base": before, "mean": after, "difference": change, "low": change - width,
        "high": change + width, "replicates": count, "saved": 1.0 - quotient(spread[2], spread[0] + spread[1]),
    })  # fmt: skip

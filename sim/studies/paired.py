"""Paired differences on common random numbers, and their intervals."""

import numpy as np
import pandas as pd

Z95 = 1.959964  # normal quantile of a two-sided 95 % interval


def half_width(values) -> float:
    """Half-width of the 95 % interval of a mean over independent replicates; NaN for fewer than two."""
    values = np.asarray(values, dtype=float)
    return Z95 * values.std(ddof=1) / np.sqrt(len(values)) if len(values) > 1 else np.nan


def paired(base: pd.Series, other: pd.Series) -> dict:
    """Mean difference, other minus base, over the replicates that have both values.

    Returns base, mean, difference, low, high (95 %), replicates, and `saved`: the share of the variance of the
    difference that pairing removed, against two independent runs.
    """
    both = pd.concat([base, other], axis=1, keys=["base", "other"]).dropna()
    change = both["other"] - both["base"]
    width = half_width(change)
    apart = both["base"].var() + both["other"].var()
    return {
        "base": both["base"].mean(), "mean": both["other"].mean(), "difference": change.mean(),
        "low": change.mean() - width, "high": change.mean() + width, "replicates": len(change),
        "saved": 1.0 - change.var() / apart if apart > 0.0 else np.nan,
    }  # fmt: skip

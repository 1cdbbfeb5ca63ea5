"""Mixtures over a posterior: how much of an interval is luck, and how much is not knowing the parameters.

Replicate r of a mixture has the numbers of draw r modulo the number of draws, so replicates of one draw differ by luck
alone.
"""

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
import pandas as pd

from sim.aliases import Floats, Ints
from sim.results.estimate import Z95

ENDS = (0.025, 0.975)
APART = ("posterior_low", "posterior_high", "luck_low", "luck_high", "share", "holds")  # what a study adds to a table
Values: TypeAlias = Floats | Ints | pd.Series  # a value for each history


def spread(values: Values, draw: Values) -> dict[str, float]:
    """Where a quantity lies, by luck and by not knowing: `values` of histories and the number of each one's draw.

    Returns the mean and its 95 % half-width (over draws, which are independent); 95 % intervals of single histories
    (`low`, `high`), of luck alone at the average draw, and of the means of draws (`posterior_*`), from which the
    part of luck that so few histories leave in them is taken off; the `share` of the variance that is not knowing; and
    `holds`: the share of draws whose mean has the sign of the overall mean. Where the means of draws vary no more than
    luck alone makes them, what is not known cannot be measured: `posterior_*` and `holds` are missing.
    """
    values = pd.Series(values).to_numpy(dtype=float, na_value=np.nan)
    known = ~np.isnan(values)
    values, draw = values[known], np.asarray(draw)[known]
    names = ("mean", "pm", "low", "high", "luck_low", "luck_high", "posterior_low", "posterior_high", "share", "holds")
    if not len(values):
        return dict.fromkeys(names, np.nan)
    _, group, sizes = np.unique(draw, return_inverse=True, return_counts=True)
    means = np.bincount(group, values) / sizes
    mean = float(means.mean())
    several = sizes > 1
    left = values - means[group]
    scaled = left * np.sqrt(sizes / np.maximum(sizes - 1, 1))[group]
    luck = float((np.bincount(group, left**2)[several] / (sizes[several] - 1)).mean()) if several.any() else 0.0
    between = float(means.var(ddof=1)) if len(means) > 1 else 0.0
    knowing = max(0.0, between - luck * float((1.0 / sizes).mean()))
    shrunk = mean + (means - mean) * (np.sqrt(knowing / between) if between > 0.0 else 0.0)
    luck_ends = np.quantile(scaled, ENDS) if several.any() else (0.0, 0.0)
    ends, knows = np.quantile(values, ENDS), np.quantile(shrunk, ENDS)
    holds = float((np.sign(shrunk) == np.sign(mean)).mean())
    if knowing == 0.0 and luck > 0.0:
        knows, holds = np.full(2, np.nan), np.nan
    found = (
        mean, Z95 * np.sqrt(between / len(means)), *ends, mean + luck_ends[0], mean + luck_ends[1], *knows,
        knowing / (knowing + luck) if knowing + luck > 0.0 else 0.0, holds,
    )  # fmt: skip
    return {name: float(number) for name, number in zip(names, found, strict=True)}


def spreads(outcomes: pd.DataFrame, count: int, names: Sequence[str] | None = None) -> pd.DataFrame:
    """`spread` of the columns of a table of histories of a mixture over `count` draws: a row per outcome."""
    if names is None:
        names = [str(name) for name in outcomes if name not in ("point", "replicate", "case")]
    draw = outcomes["replicate"] % count
    return pd.DataFrame([{"outcome": name, **spread(outcomes[name], draw)} for name in names])

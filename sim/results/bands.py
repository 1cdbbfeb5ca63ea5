"""Quantiles over replicates, for bands in tables and figures."""

from collections.abc import Collection

import numpy as np
import pandas as pd

from sim.aliases import Floats, Ints
from sim.results.measures import quotient

LEVELS = (0.05, 0.25, 0.5, 0.75, 0.95)
QUANTILES = {"q05": 0.05, "q50": 0.5, "q95": 0.95}


def _name(level: float) -> str:
    return f"q{round(100 * level):02d}"


NAMES = tuple(map(_name, LEVELS))


def bands(frame: pd.DataFrame, keys: list[str], columns: list[str]) -> pd.DataFrame:
    """Quantiles `q05 q25 q50 q75 q95` and the mean of columns, for every group of rows with the same keys.

    Missing values are left out; a group with none but those is missing itself, and without rows there are no groups.
    A row per column and group, indexed by `column` and the keys. The rows are grouped once, whatever the columns.
    """
    grouped = frame.groupby(keys, observed=True)
    sizes = grouped.size()
    codes = grouped.ngroup().to_numpy()
    most = sizes.max() if len(sizes) else 0
    indices = codes * most + grouped.cumcount().to_numpy()  # of each row's value, in a line for each group
    found = {}
    for column in columns:
        rows = np.full((len(sizes), most), np.nan)
        rows.reshape(-1)[indices] = frame[column].to_numpy(dtype=float, na_value=np.nan)
        told = (~np.isnan(rows)).sum(axis=1)
        means = quotient(np.nansum(rows, axis=1), told)
        found[column] = pd.DataFrame({**quantiles(rows, told, LEVELS), "mean": means}, index=sizes.index)
    return pd.concat(found, names=["column"])


def statistics(values: Floats, levels: Collection[float] = tuple(QUANTILES.values())) -> dict[str, Floats | Ints]:
    """Mean, sd, quantiles and number of the replicates that have a value: (points, replicates, outcomes) -> name ->
    (points, outcomes)."""
    values = np.ascontiguousarray(np.moveaxis(values, 1, -1))
    missing = np.isnan(values)
    told = values.shape[-1] - missing.sum(axis=-1)
    mean = quotient(np.where(missing, 0.0, values).sum(axis=-1), told)
    apart = np.where(missing, 0.0, values - mean[..., None])
    sd = np.sqrt(quotient(np.square(apart, out=apart).sum(axis=-1), told - 1))
    return {"mean": mean, "sd": sd, **quantiles(values, told, levels), "replicates": told}


def quantiles(values: Floats, told: Ints, levels: Collection[float]) -> dict[str, Floats]:
    """Quantiles along the last axis of the values that are there, of which `told` is the number.

    Those of `np.nanquantile` to the last bit, by one sort for all of them.
    """
    last = np.maximum(told - 1, 0)
    if not values.shape[-1] or not levels:
        return {_name(level): np.full(told.shape, np.nan) for level in levels}
    in_order = np.sort(values, axis=-1)  # missing ones last
    found = {}
    for level in levels:
        at = level * last
        below = np.floor(at).astype(np.int64)
        low, high = (
            np.take_along_axis(in_order, index[..., None], axis=-1)[..., 0]
            for index in (below, np.minimum(below + 1, last))
        )
        part, step = at - below, high - low
        found[_name(level)] = np.where(part < 0.5, low + step * part, high - step * (1.0 - part))
    return found

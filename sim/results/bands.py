"""Quantiles over replicates, for bands in tables and figures."""

import numpy as np
import pandas as pd

LEVELS = (0.05, 0.25, 0.5, 0.75, 0.95)
NAMES = tuple(f"q{round(100 * level):02d}" for level in LEVELS)


def bands(frame: pd.DataFrame, keys: list[str], columns: list[str]) -> pd.DataFrame:
    """Quantiles `q05 q25 q50 q75 q95` and the mean of columns, for every group of rows with the same keys.

    Missing values are left out; a group with none but those is missing itself, and without rows there are no groups.
    A row per column and group, indexed by `column` and the keys. The rows are grouped once, whatever the columns.
    """
    grouped = frame.groupby(keys, observed=True)
    sizes = grouped.size()
    codes = grouped.ngroup().to_numpy()
    order = np.argsort(codes, kind="stable")
    starts = np.cumsum(sizes.to_numpy()) - sizes.to_numpy()
    places = codes[order], np.arange(len(codes)) - starts[codes[order]]
    found = {}
    for column in columns:
        rows = np.full((len(sizes), sizes.max() if len(sizes) else 0), np.nan)
        rows[places] = frame[column].to_numpy(dtype=float)[order]
        found[column] = pd.DataFrame(_of_rows(rows), index=sizes.index)
    return pd.concat(found, names=["column"])


def _of_rows(rows) -> dict[str, np.ndarray]:
    """Quantiles, linear between neighbours, and mean of each row of an array, without its missing values."""
    counts = (~np.isnan(rows)).sum(axis=1)
    mean = np.divide(np.nansum(rows, axis=1), counts, out=np.full(len(rows), np.nan), where=counts > 0)
    if not rows.size:
        return {**dict.fromkeys(NAMES, mean), "mean": mean}
    rows = np.sort(rows, axis=1)  # missing values come last
    last, every = np.maximum(counts - 1, 0), np.arange(len(rows))
    found = {}
    for name, level in zip(NAMES, LEVELS, strict=True):
        at = level * last
        low = np.floor(at).astype(int)
        below, above = rows[every, low], rows[every, np.minimum(low + 1, last)]
        found[name] = below + (above - below) * (at - low)
    return {**found, "mean": mean}

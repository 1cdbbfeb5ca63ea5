"""A sweep as fields: outcomes over two factors, with the number in each field."""

from collections.abc import Mapping
from typing import Any

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sim.report import numbers
from sim.report.figures import style, sweeps
from sim.report.figures.labels import thin_out
from sim.report.figures.sweeps import Chosen
from sim.results.meanings import outcome_of
from sim.studies.sweep_folder import Sweep

WRITTEN = 16  # columns of fields that still have room for a number


def missing(sweep: Sweep) -> str:
    alone = f"needs two factors that differ between the points; there is {sweep.varied[0]}"
    return sweeps.too_scattered(sweep) or ("" if len(sweep.varied) > 1 else alone)


data = sweeps.chosen_rows


@style.styled
def draw(sweep: Sweep, **asked: Any) -> Figure:
    """A panel for each outcome, all of one unit on one colour scale, which noise cannot fill."""
    chosen = sweeps.choose(sweep, **asked)
    assert chosen.by is not None  # two factors differ: see `missing`
    fields = {name: _fields(chosen, name) for name in chosen.outcomes}
    columns = 1 if len(fields) == 1 else 2
    rows, across = fields[chosen.outcomes[0]][0].shape
    foot, turned = sweeps.foot(chosen.table[chosen.x], columns)
    tall = min(0.42 * rows, 5.0) + foot + 0.5
    figure, room = style.page(0.45 + tall * -(-len(fields) // columns), sweeps.title(sweep),
                              sweeps.how_to_read(sweep, chosen, _marks(chosen), chosen.averaged(),
                                                 (chosen.x, chosen.by)), sweep)  # fmt: skip
    beside = sweeps.lines_of(sweeps.factor_label(sweep, chosen.by), tall - 0.4)
    names = [sweeps.level_words(level) for level in fields[chosen.outcomes[0]][0].index]
    left = 0.5 + 0.2 * len(beside) + 0.085 * max(len(name) for name in names)
    written = across <= WRITTEN // columns and rows <= 30
    panels = style.panels(figure, len(fields), room, columns, left=left, right=0.25 if written else 0.85, head=0.5,
                          foot=foot, below=0.45, end=0.0)  # fmt: skip
    for index, (ax, (outcome, (means, pm))) in enumerate(zip(panels, fields.items(), strict=True)):
        _panel(ax, means, outcome, _ends(fields, outcome), pm, written)
        sweeps.level_ticks(ax, chosen.table[chosen.x], turned)
        ax.set_yticks(range(rows), names)
        thin_out(ax.yaxis)
        ax.set_xlabel(sweeps.factor_label(sweep, chosen.x))
        if index % columns == 0:
            ax.set_ylabel("\n".join(beside))
    return figure


def _marks(chosen: Chosen) -> str:
    of = f"the difference from {chosen.paired}, on the same luck" if chosen.paired else "a mean"
    levels = chosen.table[[chosen.x, chosen.by]]
    grey = " Grey: no value." if len(levels.drop_duplicates()) < np.prod(levels.nunique()) else ""
    return f"±: 95 % interval of {of}; noise cannot fill the colours.{grey}"


def _fields(chosen: Chosen, outcome: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Means and half-widths: a row per level of `by`, a column per level of `x`."""
    rows, scale = chosen.table[chosen.table["outcome"] == outcome], outcome_of(outcome).scale
    levels = {name: sweeps.levels_of(chosen.table[name]) for name in (chosen.by, chosen.x)}
    means, pm = (
        scale * rows.pivot_table(index=chosen.by, columns=chosen.x, values=value, aggfunc="mean", dropna=False)
        .reindex(index=levels[chosen.by], columns=levels[chosen.x])
        for value in ("mean", "pm")
    )  # fmt: skip
    return means, pm


def _ends(fields: Mapping[str, tuple[pd.DataFrame, pd.DataFrame]], outcome: str) -> tuple[float, float]:
    """The colour scale of all outcomes of this unit."""
    unit = outcome_of(outcome).unit
    same = [pair for name, pair in fields.items() if name == outcome or (unit and outcome_of(name).unit == unit)]
    means = np.concatenate([means.to_numpy(dtype=float).ravel() for means, _ in same])
    return sweeps.colour_range(means, np.concatenate([pm.to_numpy(dtype=float).ravel() for _, pm in same]))


def _panel(
    ax: Axes, means: pd.DataFrame, outcome: str, ends: tuple[float, float], pm: pd.DataFrame, written: bool
) -> None:
    ax.grid(visible=False)
    ax.set_facecolor(style.FAINT)
    ax.spines[:].set_visible(False)
    values = means.to_numpy(dtype=float)
    image = ax.imshow(values, origin="lower", aspect="auto", cmap="viridis", vmin=ends[0], vmax=ends[1])
    noise = np.nanmedian(pm.to_numpy(dtype=float)) if np.isfinite(pm.to_numpy(dtype=float)).any() else np.nan
    words = sweeps.panel_title(outcome)
    ax.set_title(f"{words} (± {style.number(noise, numbers.places_for(noise))})" if noise > 0 else words, pad=6)
    if not written:
        bar = ax.figure.colorbar(image, ax=ax, fraction=0.05, ticks=style.few_ticks(4), format=style.tick)
        bar.outline.set_visible(False)
        return
    places = numbers.places_for(noise) if noise > 0 else None
    for (row, column), value in np.ndenumerate(values):
        if np.isfinite(value):
            shade: Any = image.cmap(image.norm(value))
            colour = style.ink_on(mpl.colors.to_hex(shade))
            ax.text(column, row, style.number(value, places), ha="center", va="center", fontsize=10, color=colour)

"""A sweep as parallel axes: every point a line across its factors to one outcome."""

from collections.abc import Sequence

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sim.aliases import Column
from sim.report.figures import style, sweeps
from sim.results.meanings import outcome_of
from sim.studies.sweep_folder import Sweep

MOST, AXES = 2000, 9  # points and factors drawn


def missing(sweep: Sweep, outcomes: Sequence[str] | None = None, x: str | None = None, by: str | None = None) -> str:
    return sweeps.undrawable(sweep)


def suits(sweep: Sweep) -> bool:
    """Fewer factors are told better by lines and fields."""
    return len(sweep.varied) > 2 or sweeps.scattered(sweep)


def data(
    sweep: Sweep, outcomes: Sequence[str] | None = None, x: str | None = None, by: str | None = None
) -> pd.DataFrame:
    return sweeps.choose(sweep, outcomes, x, by, most=1).table


@style.styled
def draw(sweep: Sweep, outcomes: Sequence[str] | None = None, x: str | None = None, by: str | None = None) -> Figure:
    """The first outcome; factors in the order of the design, x first if given."""
    chosen = sweeps.choose(sweep, outcomes, x, by, most=1)
    outcome, scale = chosen.outcomes[0], outcome_of(chosen.outcomes[0]).scale
    one = chosen.table.dropna(subset="mean").reset_index(drop=True)
    first = [name for name in (x, by) if name]
    factors = [*first, *(name for name in chosen.factors if name not in first)]
    marks = "Every line is a point; its colour is the last axis, whose range noise cannot fill."
    if len(one) > MOST:
        marks += f" {MOST:,} of {len(one):,} points are drawn."
        one = one.iloc[np.linspace(0, len(one) - 1, MOST).astype(int)]
    if len(factors) > AXES:
        marks += f" {len(factors) - AXES} more factors: --x, --by."
        factors = factors[:AXES]
    figure, room = style.page(5.6, sweeps.title(sweep), sweeps.how_to_read(sweep, chosen, marks), sweep)
    ax = figure.add_axes((0.08, 0.24, 0.84, room - 0.36))
    ax.set_axis_off()
    ax.set_xlim(0, len(factors))
    ax.set_ylim(0, 1)
    logarithmic = {one["path"] for one in sweep.about["experiment"]["factor"] if one["scale"] == "log"}
    heights = [_place(ax, k, one[name], name in logarithmic) for k, name in enumerate(factors)]
    places = np.column_stack([*heights, _place(ax, len(factors), scale * one["mean"])])
    segments = [np.column_stack([np.arange(places.shape[1]), row]) for row in places]
    ends = sweeps.colour_range(scale * one["mean"].to_numpy(dtype=float), scale * one["pm"].to_numpy(dtype=float))
    colours = mpl.colormaps["viridis"](mpl.colors.Normalize(*ends)(scale * one["mean"]))
    lines = mpl.collections.LineCollection(segments, colors=colours, linewidths=1.0,
                                           alpha=0.6 if len(one) < 400 else 0.3)  # fmt: skip
    ax.add_collection(lines)
    for k, name in enumerate([*factors, outcome]):
        ax.axvline(k, color=style.SOFT, linewidth=0.8)
        label = sweeps.panel_title(name) if k == len(factors) else sweeps.factor_label(sweep, name)
        ax.annotate(_in_lines(label), (k, 0), xytext=(0, -16), textcoords="offset points", ha="center", va="top",
                    fontsize=style.SMALL, color=style.SOFT, annotation_clip=False, gid="label")  # fmt: skip
    return figure


def _in_lines(label: str) -> str:
    """A path and its unit in narrow lines."""
    path, comma, unit = label.partition(", ")
    section, dot, name = path.rpartition(".")
    return "\n".join(part for part in (style.shortened(section, 16) + dot, style.shortened(name, 16) + comma,
                                       style.shortened(unit, 18)) if part)  # fmt: skip


def _place(ax: Axes, k: int, column: Column, logarithmic: bool = False) -> np.ndarray:
    """Heights between 0 and 1 of a column's values, and words at its axis."""
    levels = sweeps.levels_of(column)
    if not sweeps.is_number(column):
        heights = {level: (place + 0.5) / len(levels) for place, level in enumerate(levels)}
        for level in levels[:: -(-len(levels) // 20)]:
            _write(ax, k, heights[level], sweeps.level_words(level, 14))
        return column.map(heights).to_numpy(dtype=float)
    low, high = float(levels[0]), float(levels[-1])
    turn, back = (np.log, np.exp) if logarithmic and low > 0 else (np.asarray, float)
    span = turn(high) - turn(low)
    if not span > 0:
        _write(ax, k, 0.5, sweeps.level_words(low))
        return np.full(len(column), 0.5)
    for height in np.linspace(0, 1, 5):
        _write(ax, k, height, f"{back(turn(low) + height * span):,.3g}".replace("-", "−"))
    return (turn(column.to_numpy(dtype=float)) - turn(low)) / span


def _write(ax: Axes, k: int, height: float, words: str) -> None:
    ax.annotate(words, (k, height), xytext=(4, 0), textcoords="offset points", va="center", fontsize=9, color=style.INK,
                annotation_clip=False, bbox={"facecolor": "white", "alpha": 0.75, "linewidth": 0, "pad": 0.8},
                zorder=5)  # fmt: skip

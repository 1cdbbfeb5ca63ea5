"""A sweep as parallel axes: every point a line across its factors to one outcome."""

import textwrap
from collections.abc import Sequence
from typing import Any

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sim.aliases import Column, Floats
from sim.report.figures import style, sweeps
from sim.results.meanings import outcome_of
from sim.studies.sweep_folder import Sweep

MOST, AXES = 2000, 9  # points and factors drawn
FEW = 8  # numbers that each have a height of their own, as words have

missing = sweeps.undrawable


def suits(sweep: Sweep) -> bool:
    """Fewer factors are told better by lines and fields."""
    return len(sweep.varied) > 2 or sweeps.scattered(sweep)


def data(sweep: Sweep, **asked: Any) -> pd.DataFrame:
    return sweeps.choose(sweep, **asked, most=1).table


@style.styled
def draw(sweep: Sweep, outcomes: Sequence[str] | None = None, x: str | None = None, by: str | None = None) -> Figure:
    """The first outcome; factors in the order of the design, x first if given."""
    chosen = sweeps.choose(sweep, outcomes, x, by, most=1)
    about = outcome_of(chosen.outcomes[0])
    table = chosen.table.dropna(subset="mean").sort_values("mean", ignore_index=True)
    first = [name for name in (x, by) if name]
    factors = [*first, *(name for name in chosen.factors if name not in first)]
    marks = (f"Each line is a point of the sweep, from its factors to its mean of {about.label} on the right; lighter "
             "is more. Where colours lie in order along an axis, its factor matters.")  # fmt: skip
    if len(table) > MOST:
        marks += f" {MOST:,} of {len(table):,} points are drawn."
        table = table.iloc[np.linspace(0, len(table) - 1, MOST).astype(int)].reset_index(drop=True)
    if len(factors) > AXES:
        marks += f" {len(factors) - AXES} more factors: --x, --by."
        factors = factors[:AXES]
    figure, room = style.page(4.9, sweeps.title(sweep), sweeps.how_to_read(sweep, chosen, marks), sweep)
    height = figure.get_figheight()
    ax = figure.add_axes((0.08, 1.35 / height, 0.84, room - 1.55 / height))
    ax.set_axis_off()
    ax.set_xlim(0, len(factors))
    ax.set_ylim(0, 1)
    logarithmic = {factor["path"] for factor in sweep.about["experiment"]["factor"] if factor["scale"] == "log"}
    means = about.scale * table["mean"]
    heights = np.column_stack([
        *(_heights(ax, position, table[name], FEW, name in logarithmic) for position, name in enumerate(factors)),
        _heights(ax, len(factors), means),
    ])  # fmt: skip
    segments = [np.column_stack([np.arange(heights.shape[1]), row]) for row in heights]
    ends = sweeps.colour_range(means.to_numpy(dtype=float), about.scale * table["pm"].to_numpy(dtype=float))
    colours = mpl.colormaps["viridis"](mpl.colors.Normalize(*ends)(means))
    ax.add_collection(mpl.collections.LineCollection(segments, colors=colours, linewidths=1.0,
                                                     alpha=0.6 if len(table) < 400 else 0.3))  # fmt: skip
    for position, name in enumerate([*factors, about.name]):
        ax.axvline(position, color=style.SOFT, linewidth=0.8, clip_on=False)
        label = sweeps.panel_title(name) if position == len(factors) else sweeps.factor_label(sweep, name)
        ax.annotate(_in_lines(label), (position, 0), xytext=(0, -12), textcoords="offset points", ha="center", va="top",
                    fontsize=style.SMALL, color=style.SOFT, annotation_clip=False, gid="label")  # fmt: skip
    return figure


def _in_lines(label: str) -> str:
    """A path and its unit in narrow lines."""
    path, comma, unit = label.partition(", ")
    section, dot, name = path.rpartition(".")
    words = textwrap.wrap(name + comma, 17, break_long_words=False)
    lines = [
        style.shortened(section, 16) + dot,
        *(style.shortened(line, 17) for line in words),
        *textwrap.wrap(unit, 16),
    ]
    return "\n".join(filter(None, lines))


def _heights(ax: Axes, position: int, column: Column, few: int = 0, logarithmic: bool = False) -> Floats:
    """Heights between 0 and 1 of a column's values, and words at its axis. Points at one of few levels are set apart,
    in their order, so that no line hides another."""
    levels = sweeps.levels_of(column)
    if len(levels) <= few or not sweeps.is_number(column):
        for index, level in enumerate(levels):
            if index % -(-len(levels) // 20) == 0:
                _write(ax, position, (index + 0.5) / len(levels), sweeps.level_words(level, 14))
        order = column.groupby(column).cumcount() / column.groupby(column).transform("size")
        apart = 0.7 * (order - 0.5) if len(levels) <= few else 0.0
        return np.asarray((column.map(levels.index) + 0.5 + apart) / len(levels), dtype=float)
    turn = np.log if logarithmic and levels[0] > 0 else np.asarray
    low, span = turn(levels[0]), (turn(levels[-1]) - turn(levels[0])) or 1.0
    locator = mpl.ticker.LogLocator(subs=(1, 2, 5)) if turn is np.log else style.few_ticks(5)
    for value in locator.tick_values(levels[0], levels[-1]):
        if levels[0] <= value <= levels[-1]:
            _write(ax, position, float((turn(value) - low) / span), style.tick(value))
    return np.asarray((turn(column.to_numpy(dtype=float)) - low) / span, dtype=float)


def _write(ax: Axes, position: int, height: float, words: str) -> None:
    ax.annotate(words, (position, height), xytext=(4, 0), textcoords="offset points", va="center", fontsize=9,
                color=style.INK, annotation_clip=False, zorder=5,
                bbox={"facecolor": "white", "alpha": 0.75, "linewidth": 0, "pad": 0.8})  # fmt: skip

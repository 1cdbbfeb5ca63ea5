"""A sweep as lines: outcomes over one factor, a line for each level of another, with bands."""

import itertools
from collections.abc import Sequence
from typing import Any

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sim.aliases import Column
from sim.report.figures import style, sweeps
from sim.report.figures.glyphs import legible
from sim.report.figures.labels import EndLabel, end_labels, thin_out
from sim.report.figures.sweeps import Chosen, Level
from sim.results.meanings import outcome_of
from sim.studies.sweep_folder import Sweep

FACETS = 6  # panels, if a third factor gets some
DASHES = ("-", (0, (5, 1.5)), (0, (1.5, 1.2)), (0, (6, 1.5, 1.5, 1.5)))


def missing(sweep: Sweep, outcomes: Sequence[str] | None = None, x: str | None = None, by: str | None = None) -> str:
    return sweeps.undrawable(sweep) or sweeps.too_scattered(sweep)


data = sweeps.chosen_rows


@style.styled
def draw(sweep: Sweep, outcomes: Sequence[str] | None = None, x: str | None = None, by: str | None = None) -> Figure:
    chosen = sweeps.choose(sweep, outcomes, x, by)
    table = chosen.table
    levels = [None] if chosen.by is None else sweeps.levels_of(table[chosen.by])
    graded = len(levels) > len(style.PALETTE) and sweeps.is_number(table[chosen.by])
    facet, facets = _facet(chosen)
    panels = list(itertools.product(chosen.outcomes, facets))
    columns = min(2 if chosen.by else 3, len(panels))
    storeys = -(-len(panels) // columns)
    foot, turned = _foot(table[chosen.x], columns)
    marks = "" if len(levels) > len(style.PALETTE) else sweeps.bands_words(chosen)
    if chosen.by:
        marks = f"Colours: {sweeps.factor_label(sweep, chosen.by)}. {marks}"
    words = sweeps.how_to_read(sweep, chosen, marks, chosen.averaged(facet), (chosen.x, chosen.by))
    tall = foot + (2.2 if graded else max(2.2, 0.45 + 0.21 * len(levels)))
    figure, room = style.page(1.2 + tall * storeys, sweeps.title(sweep), words, sweep)
    height = figure.get_figheight()
    each, wide = (room - 0.35 / height) / storeys, (0.985 - 0.1 * graded) / columns
    names = 1.2 if chosen.by and not graded else 0.2
    same: dict[str, list[Axes]] = {}
    axes = []
    for place, (outcome, level) in enumerate(panels):
        row, column = divmod(place, columns)
        ax = figure.add_axes((0.075 + column * wide, room - (row + 1) * each + foot / height,
                              wide - (0.75 + names) / style.WIDTH, each - (foot + 0.45) / height))  # fmt: skip
        shown = table[table["outcome"] == outcome]
        words = sweeps.panel_title(outcome)
        if facet is not None:
            shown = shown[shown[facet] == level]
            words += f"\n{legible(facet)} = {sweeps.level_words(level)}"
        ax.set_title(words, pad=6)
        axes.append((ax, _lines(ax, shown, outcome, chosen, levels, graded)))
        _x_axis(ax, table[chosen.x], turned)
        ax.set_xlabel(sweeps.factor_label(sweep, chosen.x))
        ax.yaxis.set_major_formatter(style.tick)
        ax.yaxis.set_major_locator(style.few_ticks(5))
        same.setdefault(outcome_of(outcome).unit if facet is None else outcome, []).append(ax)
    for several in same.values():  # one scale for one unit
        lows, highs = zip(*(ax.get_ylim() for ax in several), strict=True)
        for ax in several:
            ax.set_ylim(min(lows), max(highs))
    for ax, labels in axes:
        end_labels(ax, labels, style.SMALL)
    if graded:
        _bar(figure, axes[columns - 1][0], table[chosen.by])
    return figure


def _foot(column: Column, columns: int) -> tuple[float, bool]:
    """Inches below the axes for ticks and their meaning, and whether words of ticks are turned to find room."""
    if sweeps.is_number(column):
        return 0.72, False
    words = [sweeps.level_words(level) for level in set(column)]
    longest = 0.085 * max(len(word) for word in words)
    turned = len(words) * (longest + 0.1) > 7.5 / columns - 1
    return 0.72 + (0.9 * longest if turned else 0.0), turned


def _facet(chosen: Chosen) -> tuple[str | None, list[Level]]:
    """A third factor that gets panels of its own, and its levels; None where there is none or it has too many."""
    if len(chosen.rest) == 1:
        levels = sweeps.levels_of(chosen.table[chosen.rest[0]])
        if len(levels) * len(chosen.outcomes) <= FACETS:
            return chosen.rest[0], levels
    return None, [None]


def _lines(
    ax: Axes, table: pd.DataFrame, outcome: str, chosen: Chosen, levels: Sequence[Level], graded: bool
) -> list[EndLabel]:
    """Draw each level's line and band; returns the labels for the ends of the lines."""
    scale, labels = outcome_of(outcome).scale, []
    ticks = sweeps.levels_of(chosen.table[chosen.x])
    numbers = sweeps.is_number(chosen.table[chosen.x])
    shades = mpl.colormaps["viridis"](np.linspace(0, 0.9, len(levels)))
    for place, level in enumerate(levels):
        one = table if level is None else table[table[chosen.by] == level]
        one = one.groupby(chosen.x, sort=numbers)[["mean", "pm"]].mean().dropna(subset="mean").reset_index()
        if not len(one):
            continue
        colour = shades[place] if graded else style.PALETTE[place % len(style.PALETTE)]
        dashes = DASHES[place // len(style.PALETTE) % len(DASHES)] if not graded else "-"
        at = one[chosen.x].astype(float) if numbers else one[chosen.x].map(ticks.index)
        middle, width = scale * one["mean"], scale * one["pm"].fillna(0.0)
        if numbers:
            ax.plot(at, middle, color=colour, linestyle=dashes, marker="o", markersize=4, linewidth=1.8)
            if len(levels) <= len(style.PALETTE):  # more would hide each other
                ax.fill_between(at, middle - width, middle + width, color=colour, alpha=0.18, linewidth=0)
        else:
            shift = 0.0 if len(levels) == 1 else 0.5 * (place / (len(levels) - 1) - 0.5)
            ax.errorbar(at + shift, middle, yerr=width, color=colour, linestyle="none", marker="o", markersize=5,
                        elinewidth=1.6)  # fmt: skip
        if level is not None and not graded:
            labels.append(EndLabel(middle.iloc[-1], sweeps.level_words(level, 16), style.darker(colour),
                                   x=at.iloc[-1] if numbers else None))  # fmt: skip
    return labels


def _x_axis(ax: Axes, column: Column, turned: bool) -> None:
    ticks = sweeps.levels_of(column)
    if not sweeps.is_number(column):
        how: dict[str, Any] = {"rotation": 60, "ha": "right", "rotation_mode": "anchor"} if turned else {}
        ax.set_xticks(range(len(ticks)), [sweeps.level_words(one) for one in ticks], **how)
        ax.set_xlim(-0.6, len(ticks) - 0.4)
    elif min(ticks) > 0 and max(ticks) / min(ticks) >= 4 and len(ticks) < 9:
        ax.set_xscale("log")
        ax.minorticks_off()
        ax.set_xticks(ticks, [sweeps.level_words(tick) for tick in ticks])
        thin_out(ax.xaxis)
    else:
        ax.xaxis.set_major_locator(style.few_ticks())
        ax.xaxis.set_major_formatter(style.tick)


def _bar(figure: Figure, ax: Axes, column: Column) -> None:
    """A scale of colours for many levels of a number, right of the axes."""
    low, high = column.min(), column.max()
    norm = mpl.colors.Normalize(low, high + (high - low) / 9)  # the lines use nine tenths of the colours
    box = ax.get_position()
    where = figure.add_axes((box.x1 + 0.02, box.y0, 0.012, box.height))
    bar = figure.colorbar(mpl.cm.ScalarMappable(norm, "viridis"), cax=where)
    bar.outline.set_visible(False)
    where.set_ylim(low, high)
    where.yaxis.set_major_locator(style.few_ticks(4))
    where.yaxis.set_major_formatter(style.tick)

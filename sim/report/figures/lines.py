"""A sweep as lines: outcomes over one factor, a line for each level of another, with bands."""

import itertools
from collections.abc import Sequence
from typing import Any

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


missing = sweeps.too_scattered
data = sweeps.chosen_rows


@style.styled
def draw(sweep: Sweep, **asked: Any) -> Figure:
    chosen = sweeps.choose(sweep, **asked)
    table = chosen.table
    levels = [None] if chosen.by is None else sweeps.levels_of(table[chosen.by])
    graded = sweeps.graded(levels)
    facet, facets = _facet(chosen)
    panels = list(itertools.product(chosen.outcomes, facets))
    columns = min(2 if chosen.by else 3, len(panels))
    storeys = -(-len(panels) // columns)
    foot, turned = sweeps.foot(table[chosen.x], columns)
    marks = "" if len(levels) > len(style.PALETTE) else sweeps.bands_words(chosen)
    if chosen.by:
        marks = f"Colours: {sweeps.factor_label(sweep, chosen.by)}. {marks}"
    words = sweeps.how_to_read(sweep, chosen, marks, chosen.averaged(facet), (chosen.x, chosen.by))
    tall = foot + (2.2 if graded else max(2.2, 0.45 + 0.21 * len(levels)))
    figure, room = style.page(0.35 + tall * storeys, sweeps.title(sweep), words, sweep)
    drawn = style.panels(figure, len(panels), room, columns, left=0.75, head=0.45, foot=foot,
                         right=1.2 if chosen.by and not graded else 0.2, end=0.15 + graded)  # fmt: skip
    same: dict[str, list[Axes]] = {}
    labels = []
    for ax, (outcome, level) in zip(drawn, panels, strict=True):
        shown = table[table["outcome"] == outcome]
        words = sweeps.panel_title(outcome)
        if facet is not None:
            shown = shown[shown[facet] == level]
            words += f"\n{legible(facet)} = {sweeps.level_words(level)}"
        ax.set_title(words, pad=6)
        labels.append(_lines(ax, shown, outcome, chosen, levels))
        _x_axis(ax, table[chosen.x], turned)
        ax.set_xlabel(sweeps.factor_label(sweep, chosen.x))
        style.number_axis(ax.yaxis, 5)
        same.setdefault(outcome_of(outcome).unit if facet is None else outcome, []).append(ax)
    for several in same.values():  # one scale for one unit
        lows, highs = zip(*(ax.get_ylim() for ax in several), strict=True)
        for ax in several:
            ax.set_ylim(min(lows), max(highs))
    for ax, ends in zip(drawn, labels, strict=True):
        end_labels(ax, ends, style.SMALL)
    if graded:
        sweeps.scale_of_colours(figure, drawn[columns - 1], table[chosen.by])
    return figure


def _facet(chosen: Chosen) -> tuple[str | None, list[Level]]:
    """A third factor that gets panels of its own, and its levels; None where there is none or it has too many."""
    if len(chosen.rest) == 1:
        levels = sweeps.levels_of(chosen.table[chosen.rest[0]])
        if len(levels) * len(chosen.outcomes) <= FACETS:
            return chosen.rest[0], levels
    return None, [None]


def _lines(ax: Axes, table: pd.DataFrame, outcome: str, chosen: Chosen, levels: Sequence[Level]) -> list[EndLabel]:
    """Draw each level's line and band; returns the labels for the ends of the lines."""
    scale, labels = outcome_of(outcome).scale, []
    ticks = sweeps.levels_of(chosen.table[chosen.x])
    numbers, graded = sweeps.is_number(chosen.table[chosen.x]), sweeps.graded(levels)
    for index, (level, colour) in enumerate(zip(levels, sweeps.colours_of(levels), strict=True)):
        rows = table if level is None else table[table[chosen.by] == level]
        rows = rows.groupby(chosen.x, sort=numbers)[["mean", "pm"]].mean().dropna(subset="mean").reset_index()
        if not len(rows):
            continue
        dashes = "-" if graded else style.DASHES[index // len(style.PALETTE) % len(style.DASHES)]
        x = rows[chosen.x].astype(float) if numbers else rows[chosen.x].map(ticks.index)
        middle, width = scale * rows["mean"], scale * rows["pm"].fillna(0.0)
        if numbers:
            ax.plot(x, middle, color=colour, linestyle=dashes, marker="o", markersize=4, linewidth=1.8)
            if len(levels) <= len(style.PALETTE):  # more would hide each other
                ax.fill_between(x, middle - width, middle + width, color=colour, alpha=0.18, linewidth=0)
        else:
            shift = 0.0 if len(levels) == 1 else 0.5 * (index / (len(levels) - 1) - 0.5)
            ax.errorbar(x + shift, middle, yerr=width, color=colour, linestyle="none", marker="o", markersize=5,
                        elinewidth=1.6)  # fmt: skip
        if level is not None and not graded:
            labels.append(EndLabel(middle.iloc[-1], sweeps.level_words(level, 16), style.darker(colour),
                                   x=x.iloc[-1] if numbers else None))  # fmt: skip
    return labels


def _x_axis(ax: Axes, column: Column, turned: bool) -> None:
    ticks = sweeps.levels_of(column)
    if not sweeps.is_number(column):
        sweeps.level_ticks(ax, column, turned)
        ax.set_xlim(-0.6, len(ticks) - 0.4)
    elif min(ticks) > 0 and max(ticks) / min(ticks) >= 4 and len(ticks) < 9:
        ax.set_xscale("log")
        ax.minorticks_off()
        ax.set_xticks(ticks, [sweeps.level_words(tick) for tick in ticks])
        thin_out(ax.xaxis)
    else:
        style.number_axis(ax.xaxis)

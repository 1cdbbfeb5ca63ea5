"""A sweep that keeps months: one column of the monthly table for each team, a line for each level of one factor."""

from collections.abc import Sequence

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from sim.errors import check_names
from sim.report.figures import style, sweeps
from sim.report.figures.events import event_lines
from sim.report.figures.glyphs import legible
from sim.report.figures.labels import EndLabel, end_labels
from sim.studies.sweep_folder import Sweep

TEAMS = 6  # panels
UNITS = {
    "headcount": "people", "quit": "people", "laid_off": "people", "hired": "people", "moved": "people",
    "fairness": "log hazard", "envy": "log ratio", "shortfall": "share", "voice": "share", "score": "score",
    "trust": "factor", "padding": "factor", "capability": "share",
}  # fmt: skip


def missing(sweep: Sweep, outcomes: Sequence[str] | None = None, x: str | None = None, by: str | None = None) -> str:
    if sweep.keep != "months":
        return 'the sweep keeps no monthly tables (keep = "months")'
    return sweeps.unfinished(sweep)


def data(
    sweep: Sweep, outcomes: Sequence[str] | None = None, x: str | None = None, by: str | None = None
) -> pd.DataFrame:
    return _chosen(sweep, outcomes, x, by)[0]


def _chosen(
    sweep: Sweep, outcomes: Sequence[str] | None, x: str | None, by: str | None
) -> tuple[pd.DataFrame, str, str, list[str]]:
    """Means per level of `by`, team and month; the column; the factor; what is averaged."""
    factors = sweep.varied
    columns = [name for name in sweep.columns() if name not in ("point", "team", "month", *sweep.design)]
    column = (outcomes or ["gpus"])[0]
    check_names("outcome: the months have no column", [column], columns)
    few = (name for name in factors if 1 < sweep.design[name].nunique() <= len(style.PALETTE))
    by = by or x or next(few, factors[0])
    check_names("by: no factor differs between the points named", [by], factors)
    keys = [by, "team", "month"]
    sums = [part.groupby(keys, sort=False)[column].agg(["sum", "count"]) for part in sweep.parts([*keys, column])]
    found = pd.concat(sums).groupby(keys, sort=False).sum()
    means = (found["sum"] / found["count"]).rename(column).reset_index()
    return means, column, by, [name for name in factors if name != by]


@style.styled
def draw(sweep: Sweep, outcomes: Sequence[str] | None = None, x: str | None = None, by: str | None = None) -> Figure:
    table, column, by, rest = _chosen(sweep, outcomes, x, by)
    scenario = sweep.scenario
    size = table.groupby("team")[column].mean().abs()
    largest = sorted(size.index, key=lambda name: (name not in style.leading_teams(scenario), -size[name]))[:TEAMS]
    teams = [name for name in dict.fromkeys(table["team"]) if name in largest]
    levels = sweeps.levels_of(table[by])
    graded = len(levels) > len(style.PALETTE)
    shades = mpl.colormaps["viridis"](np.linspace(0, 0.9, len(levels))) if graded else style.PALETTE
    words = [f"'{column}' of each team ({UNITS.get(column, 'GPUs')}): means over replicates, by month. Colours: "
             f"{legible(by)}."]  # fmt: skip
    if rest:
        words.append(f"Means over {style.listed(legible(name) for name in rest)}.")
    if len(size) > len(teams):
        words.append(f"{len(size) - len(teams)} more teams in monthly.csv.")
    if len(sweep.failures()):
        words.append(f"{len(sweep.failures())} of {len(sweep.design)} points failed and are left out.")
    columns = min(2, len(teams))
    storeys = -(-len(teams) // columns)
    figure, room = style.page(1.3 + 2.6 * storeys, sweeps.title(sweep), " ".join(words), sweep)
    height = figure.get_figheight()
    wide, tall = 0.985 / columns, (room - 0.35 / height) / storeys
    low, high = min(0.0, table[column].min()), max(0.0, table[column].max())
    for place, team in enumerate(teams):
        row, number = divmod(place, columns)
        ax = figure.add_axes((0.085 + number * wide, room - (row + 1) * tall + 0.55 / height, wide - 0.22,
                              tall - 0.95 / height))  # fmt: skip
        labels = []
        for level, colour in zip(levels, shades, strict=False):
            one = table[(table["team"] == team) & (table[by] == level)].sort_values("month")
            ax.plot(one["month"] + 0.5, one[column], color=colour, linewidth=1.8)
            if len(one):
                labels.append(EndLabel(one[column].iloc[-1], sweeps.level_words(level, 16), style.darker(colour)))
        ax.set_title(style.shown(team), fontweight="bold", pad=6)
        ax.set_ylabel(UNITS.get(column, "GPUs"))
        ax.set_ylim(low - 0.04 * (high - low), high + 0.04 * ((high - low) or 1))
        ax.yaxis.set_major_formatter(style.tick)
        ax.yaxis.set_major_locator(style.few_ticks(5))
        event_lines(ax, scenario)
        style.month_axis(ax, scenario, 5)
        end_labels(ax, labels, style.SMALL)
    return figure

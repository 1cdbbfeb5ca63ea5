"""A sweep that keeps months: one column of the monthly table for each team, a line for each level of one factor."""

from collections.abc import Sequence
from typing import Any, get_type_hints

import pandas as pd
from matplotlib.figure import Figure

from sim.errors import check_names
from sim.model.state import Team
from sim.report.figures import style, sweeps
from sim.report.figures.events import event_lines
from sim.report.figures.glyphs import legible
from sim.studies.sweep_folder import Sweep

TEAMS = 6  # panels
RENAMED = {"quit": "quits", "quota": "last_grant"}  # columns that are called otherwise than what a team's state says


def missing(sweep: Sweep) -> str:
    if sweep.keep != "months":
        return 'the sweep keeps no monthly tables (keep = "months")'
    return sweeps.unfinished(sweep)


def data(sweep: Sweep, **asked: Any) -> pd.DataFrame:
    return _chosen(sweep, **asked)[0]


def _chosen(
    sweep: Sweep, outcomes: Sequence[str] | None = None, x: str | None = None, by: str | None = None
) -> tuple[pd.DataFrame, str, str, list[str]]:
    """Means per level of `by` (else of the factor that changes them most), team and month; the column; the factor; what
    is averaged."""
    column, by, factors = (outcomes or ["gpus"])[0], by or x, sweep.varied
    columns = [name for name in sweep.columns() if name not in ("point", "team", "month", *sweep.design)]
    check_names("outcome: the months have no column", [column], columns)
    check_names("by: no factor differs between the points named", [by] if by else [], factors)

    def means(factor: str) -> pd.DataFrame:
        keys = [factor, "team", "month"]
        sums = [rows.groupby(keys, sort=False)[column].agg(["sum", "count"]) for rows in sweep.parts([*keys, column])]
        found = pd.concat(sums).groupby(keys, sort=False).sum()
        return (found["sum"] / found["count"]).rename(column).reset_index()

    by = by or max(factors, key=lambda factor: means(factor).groupby(["team", "month"])[column].std().mean())
    return means(by), column, by, [name for name in factors if name != by]


def _declared(column: str) -> tuple[str, str]:
    """Unit and meaning of a column, where a team's state declares them."""
    hint = get_type_hints(Team, include_extras=True).get(RENAMED.get(column, column))
    unit, meaning = hint.__metadata__ if hint else ("", "")
    return unit, meaning.removeprefix("... ")


@style.styled
def draw(sweep: Sweep, **asked: Any) -> Figure:
    table, column, by, rest = _chosen(sweep, **asked)
    size = table.groupby("team")[column].mean().abs()
    leading = style.leading_teams(sweep.scenario)
    largest = sorted(size.index, key=lambda name: (name not in leading, -size[name]))[:TEAMS]
    teams = [name for name in dict.fromkeys(table["team"]) if name in largest]
    levels, (unit, meaning) = sweeps.levels_of(table[by]), _declared(column)
    words = [f"{style.shown(column)}{f', {meaning}' if meaning else ''}: means by month, each team on its own scale.",
             f"Colours: {legible(by)}."]  # fmt: skip
    if rest:
        words.append(f"Means over {style.listed(legible(name) for name in rest)}.")
    if len(size) > len(teams):
        words.append(f"{len(size) - len(teams)} more teams in monthly.csv.")
    if len(sweep.failures()):
        words.append(f"{len(sweep.failures())} of {len(sweep.design)} points failed and are left out.")
    graded = sweeps.graded(levels)
    inches = 0.4 + 2.6 * -(-len(teams) // 2) + 0.4 * (not graded)
    figure, room = style.page(inches, sweeps.title(sweep), " ".join(words), sweep)
    below_legend = room - 0.4 * (not graded) / figure.get_figheight()
    panels = style.panels(figure, len(teams), below_legend, 2, left=0.9, right=0.2, head=0.4, foot=0.55,
                          end=0.1 + 0.8 * graded)  # fmt: skip
    for ax, team in zip(panels, teams, strict=True):
        for level, colour in zip(levels, sweeps.colours_of(levels), strict=True):
            rows = table[(table["team"] == team) & (table[by] == level)].sort_values("month")
            ax.plot(rows["month"] + 0.5, rows[column], color=colour, linewidth=1.8, label=sweeps.level_words(level))
        ax.set_title(style.shown(team), fontweight="bold", pad=6)
        ax.set_ylabel(unit)
        low, high = min(0.0, ax.dataLim.y0), max(0.0, ax.dataLim.y1)
        ax.set_ylim(low - 0.04 * (high - low), high + 0.06 * ((high - low) or 1))
        style.number_axis(ax.yaxis, 5)
        event_lines(ax, sweep.scenario)
        style.month_axis(ax, sweep.scenario, 6)
    if graded:
        sweeps.scale_of_colours(figure, panels[min(1, len(panels) - 1)], table[by])
    else:
        figure.legend(*panels[0].get_legend_handles_labels(), loc="upper left", bbox_to_anchor=(0.012, room),
                      ncols=len(levels), frameon=False, fontsize=style.SMALL)  # fmt: skip
    return figure

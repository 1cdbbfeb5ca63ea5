"""A comparison as a frontier: people lost against prestige released, a point for each case."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sim.report.figures import style
from sim.report.figures.compared import by_case, change, foremost, knowing_and_luck, surely_better
from sim.report.figures.groups import groups, listed, name_group
from sim.report.figures.labels import Box, point_labels, points
from sim.report.figures.needs import lacking
from sim.report.figures.style import Colour
from sim.report.tables import rows_of
from sim.results.estimate import NOTHING
from sim.results.meanings import FEWER, MORE
from sim.studies.compare import Comparison

NAMES = 3  # in a headline


def missing(comparison: Comparison) -> str:
    return lacking(comparison, "outcomes")


def data(comparison: Comparison) -> pd.DataFrame:
    """Per case: mean people lost and prestige released, with half-widths of the 95 % interval of the paired difference
    from the baseline (over a posterior: of what not knowing leaves open), and whether some other case is surely
    better in both."""
    tables, rows, draws = by_case(comparison), [], comparison.draws
    base = tables[comparison.baseline]
    for case, one in tables.items():
        row: dict[str, Any] = {"case": case}
        for name in ("lost", "output"):
            row |= {name: one[name].mean(), f"{name}_pm": change(base[name], one[name], draws).widest / 2}
        row["beaten"] = any(
            surely_better(other, one, "lost", FEWER, draws) and surely_better(other, one, "output", MORE, draws)
            for name, other in tables.items() if name != case
        )  # fmt: skip
        rows.append(row)
    return pd.DataFrame(rows)


def suits(comparison: Comparison) -> bool:
    """Whether there is anything to weigh: cases differ both in people and in what ships."""
    table = data(comparison)
    return all(table[name].max() - table[name].min() > NOTHING for name in ("lost", "output"))


@style.styled
def draw(comparison: Comparison) -> Figure:
    table = data(comparison)
    figure, room = style.page(5.5, message(comparison), _how_to_read(comparison), comparison, below_head=True)
    height = figure.get_figheight()
    ax = figure.add_axes((0.085, 0.95 / height, 0.86, room - 1.15 / height))
    ax.xaxis.set_major_formatter(style.tick)
    ax.yaxis.set_major_formatter(style.tick)
    ax.grid(axis="x", visible=True)
    for one in rows_of(table):
        colour = style.OTHERS if one.beaten else style.PALETTE[0]
        ax.errorbar(one.lost, one.output, xerr=one.lost_pm, yerr=one.output_pm, color=colour, elinewidth=1.2, zorder=2)
        ax.plot([one.lost], [one.output], marker="s" if one.case == comparison.baseline else "o", markersize=8,
                color=colour, markeredgecolor="white", zorder=3 + (not one.beaten))  # fmt: skip
    ax.set_xlabel("people who quit or were laid off")
    ax.set_ylabel("prestige released")
    ax.margins(0.1)
    without = _label(ax, table, comparison)
    if without:
        figure.text(0.02, 0.1 / height, f"{without} points without room for a name: frontier.csv", va="bottom",
                    fontsize=style.SMALL, color=style.SOFT)  # fmt: skip
    return figure


def _how_to_read(comparison: Comparison) -> str:
    lines = "lines are 95 % intervals of the paired difference from the baseline (square)."
    if comparison.draws:
        lines = ("lines: what not knowing the parameters leaves open of the difference from the baseline (square), 95 "
                 f"%. Single histories vary by {_luck(comparison)}.")  # fmt: skip
    return f"Means; {lines} Left and up is better. Blue: no case is surely better in both; grey: one is."


def _label(ax: Axes, table: pd.DataFrame, comparison: Comparison) -> int:
    """Names beside the points, one list for points close together; first those that the headline names, the baseline,
    and those that are not beaten. Returns how many found no room."""
    style.figure_of(ax).draw_without_rendering()
    places, taken = table[["lost", "output"]].to_numpy(), _bars(ax, table)
    together, without = groups(ax, places), 0
    for group in together:
        lines = _of_group(table.iloc[group].sort_values("lost", kind="stable"), comparison.baseline)
        without += len(group) * (not name_group(ax, places[group], lines, taken))
    first = [*_leaders(comparison), comparison.baseline]
    alone = [k for k in range(len(table)) if not any(k in group for group in together)]
    order = sorted(alone, key=lambda k: (table["case"][k] not in first, table["beaten"][k], table["lost"][k]))
    return without + len(point_labels(ax, places, [style.shown(case, 22) for case in table["case"]], order, taken))


def _of_group(table: pd.DataFrame, baseline: str) -> list[tuple[str, Colour]]:
    """The lines of a group's list: those that no case surely beats in their colour, then the others."""
    lines: list[tuple[str, Colour]] = [(f"{len(table)} close together, fewest lost first", style.INK)]
    for beaten, colour in ((False, style.PALETTE[0]), (True, style.SOFT)):
        names = [style.shown(one.case, 22) + (" (baseline)" if one.case == baseline else "")
                 for one in rows_of(table[table["beaten"] == beaten])]  # fmt: skip
        lines += [(line, colour) for line in listed(names)]
    return lines


def _bars(ax: Axes, table: pd.DataFrame) -> list[Box]:
    """The boxes of dots and intervals, in points on the page."""
    found: list[Box] = []
    for one in rows_of(table):
        (x, y), (dx, dy) = points(ax, [(one.lost, one.output), (one.lost + one.lost_pm, one.output + one.output_pm)])
        found += [(x - 5, y - 5, x + 5, y + 5), (2 * x - dx, y - 1, dx, y + 1), (x - 1, 2 * y - dy, x + 1, dy)]
    return [bar for bar in found if all(end == end for end in bar)]


def _luck(comparison: Comparison) -> str:
    """How far single histories lie from the mean difference: the middle one of the cases."""
    tables = by_case(comparison)
    base, found = tables[comparison.baseline]["lost"], []
    for case, one in tables.items():
        if case != comparison.baseline:
            ends = knowing_and_luck(one["lost"] - base, comparison.draws)
            found.append((ends["luck_high"] - ends["luck_low"]) / 2)
    return f"± {style.number(np.median(found), 1)} people"


def _leaders(comparison: Comparison) -> list[str]:
    tables, draws = by_case(comparison), comparison.draws
    return [*foremost(tables, "lost", FEWER, draws)[:NAMES], *foremost(tables, "output", MORE, draws)[:NAMES]]


def message(comparison: Comparison) -> str:
    """Under which cases fewest people are lost and most is released, as far as luck lets one tell."""
    tables, draws = by_case(comparison), comparison.draws
    least, most = foremost(tables, "lost", FEWER, draws), foremost(tables, "output", MORE, draws)
    both = [case for case in least if case in most]
    if len(least) == len(tables):
        first = "Luck hides which case loses fewest people"
    elif both:
        return f"No case surely keeps more people or ships more than {_named(both)}"
    else:
        first = f"Fewest people leave under {_named(least)}"
    second = "which ships most" if len(most) == len(tables) else f"most ships under {_named(most)}"
    return f"{first}, {second if len(most) < len(tables) else 'and ' + second}"


def _named(cases: Sequence[str]) -> str:
    names = [style.shown(case) for case in cases[:NAMES]]
    if len(cases) > NAMES:
        names = [*names[: NAMES - 1], f"{len(cases) - NAMES + 1} more"]
    return style.listed(names)

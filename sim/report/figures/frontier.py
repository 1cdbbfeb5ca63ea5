"""A comparison as a frontier: people lost against prestige released, a point for each case."""

import textwrap
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from sim.aliases import Floats
from sim.report.compared import by_case, change, foremost, knowing_and_luck, unbeaten
from sim.report.figures import style
from sim.report.figures.labels import Box, box_of, point_labels, points, write_beside
from sim.report.figures.style import Colour
from sim.report.once import once
from sim.report.tables import rows_of
from sim.results.estimate import NOTHING
from sim.results.meanings import FEWER, MORE
from sim.studies.compare import Comparison

NEEDS = ("outcomes",)
CLOSE, FEW = 28, 3  # points between dots with no room for a name between them; so many dots still have one each
LETTERS, LINES = 40, 12  # of the list of dots that are close together
COLOURS = {"unbeaten": style.PALETTE[0], "beaten": style.OTHERS}


@once
def data(comparison: Comparison) -> pd.DataFrame:
    """Per case: mean people lost and prestige released, with half-widths of the 95 % interval of the paired difference
    from the baseline (over a posterior: of what not knowing leaves open), and whether some other case beats it."""
    tables, draws = by_case(comparison), comparison.draws
    base, best, rows = tables[comparison.baseline], unbeaten(tables, draws), []
    for case, table in tables.items():
        row: dict[str, Any] = {"case": case}
        for name in ("lost", "output"):
            row |= {name: table[name].mean(), f"{name}_pm": change(base[name], table[name], draws).widest / 2}
        rows.append({**row, "beaten": case not in best})
    return pd.DataFrame(rows)


def suits(comparison: Comparison) -> bool:
    """Whether there is anything to weigh: cases differ both in people and in what ships."""
    table = data(comparison)
    return all(table[name].max() - table[name].min() > NOTHING for name in ("lost", "output"))


@style.styled
def draw(comparison: Comparison) -> Figure:
    table = data(comparison)
    figure, room = style.page(5.5, message(comparison), _how_to_read(comparison), comparison)
    height = figure.get_figheight()
    ax = figure.add_axes((0.085, 0.95 / height, 0.86, room - 1.4 / height))
    style.number_axis(ax.xaxis, 9)
    style.number_axis(ax.yaxis, 9)
    ax.grid(axis="x", visible=True)
    for row in rows_of(table):
        colour = COLOURS["beaten" if row.beaten else "unbeaten"]
        ax.errorbar(row.lost, row.output, xerr=row.lost_pm, yerr=row.output_pm, color=colour, elinewidth=1.2, zorder=2)
        style.dot(ax, row.lost, row.output, colour, "s" if row.case == comparison.baseline else "o",
                  zorder=3 + (not row.beaten))  # fmt: skip
    for words, marker, colour in (*((words, "o", colour) for words, colour in COLOURS.items()),
                                  (f"{style.shown(comparison.baseline)}, the baseline", "s", style.SOFT)):  # fmt: skip
        ax.plot([], [], marker, color=colour, markersize=8, label=words)
    ax.legend(loc="lower right", bbox_to_anchor=(1, 1), ncols=3, frameon=False, fontsize=style.SMALL, borderpad=0)
    ax.set(xlabel="people who quit or were laid off: fewer is better", ylabel="prestige released: more is better")
    ax.margins(0.1)
    without = _label(ax, table, comparison)
    if without:
        figure.text(0.02, 0.1 / height, f"{without} points without room for a name: frontier.csv", va="bottom",
                    fontsize=style.SMALL, color=style.SOFT)  # fmt: skip
    return figure


def _how_to_read(comparison: Comparison) -> str:
    lines = "95 % intervals of the difference from the baseline, on the same luck."
    if comparison.draws:
        lines = ("95 % intervals of the difference from the baseline, as far as the parameters are not known; single "
                 f"histories vary by {_luck(comparison)}.")  # fmt: skip
    return ("A case beats another if it surely keeps more people or surely ships more, and is surely worse in neither. "
            f"Lines: {lines}")  # fmt: skip


def _label(ax: Axes, table: pd.DataFrame, comparison: Comparison) -> int:
    """Names beside the points, one framed list for points close together; first the baseline and those that are not
    beaten. Returns how many found no room."""
    style.figure_of(ax).draw_without_rendering()
    positions, taken, without = table[["lost", "output"]].to_numpy(), _bars(ax, table), 0
    together = groups(points(ax, positions))
    for group in together:
        lines = _listed(table.iloc[group].sort_values("lost", kind="stable"), comparison.baseline)
        without += len(group) * (not _name_group(ax, points(ax, positions[group]), lines, taken))
    alone = [index for index in range(len(table)) if not any(index in group for group in together)]
    order = sorted(alone, key=lambda index: (table["case"][index] != comparison.baseline, table["beaten"][index],
                                             table["lost"][index]))  # fmt: skip
    return without + len(point_labels(ax, positions, [style.shown(case, 22) for case in table["case"]], order, taken))


def groups(dots: Floats) -> list[list[int]]:
    """The dots (points on the page), as indices, of each chain of more than a few of which each is close to another."""
    near = np.hypot(*(dots[:, None] - dots[None]).transpose(2, 0, 1)) < CLOSE
    for _ in dots:
        near = near @ near
    chains = {tuple(np.flatnonzero(row).tolist()) for row in near}
    return [list(chain) for chain in sorted(chains) if len(chain) > FEW]


def _name_group(ax: Axes, dots: Floats, lines: Sequence[tuple[str, Colour]], taken: list[Box]) -> bool:
    """Frame dots and write a list of them where there is room; whether there was."""
    (x0, y0), (x1, y1) = dots.min(axis=0) - 8, dots.max(axis=0) + 8
    frame, (left, bottom, right, top) = (x0, y0, x1, y1), box_of(ax)
    taken.append(frame)
    found = write_beside(ax, frame, lines, taken, (left + 6, bottom + 6, right, top), gap=10)
    if found:
        corners = ax.transData.inverted().transform(np.reshape(frame, (2, 2)) * ax.figure.dpi / 72)
        ax.add_patch(Rectangle(corners[0], *(corners[1] - corners[0]), fill=False, edgecolor=style.SOFT, linewidth=0.8,
                               zorder=1, gid="group"))  # fmt: skip
    return found


def _listed(table: pd.DataFrame, baseline: str) -> list[tuple[str, Colour]]:
    """The lines of a group's list: those that no case beats in their colour, then the others."""
    lines: list[tuple[str, Colour]] = [(f"{len(table)} close together, fewest lost first", style.INK)]
    for beaten, colour in ((False, COLOURS["unbeaten"]), (True, style.SOFT)):
        names = [style.shown(case, 22) + (" (baseline)" if case == baseline else "")
                 for case in table["case"][table["beaten"] == beaten]]  # fmt: skip
        words = ", ".join(name.replace(" ", "\N{NO-BREAK SPACE}") for name in names)
        lines += [(line, colour) for line in textwrap.wrap(words, LETTERS, break_long_words=False, max_lines=LINES,
                                                           placeholder=" …")]  # fmt: skip
    return lines


def _bars(ax: Axes, table: pd.DataFrame) -> list[Box]:
    """The boxes of dots and intervals, in points on the page."""
    found: list[Box] = []
    for row in rows_of(table):
        (x, y), (dx, dy) = points(ax, [(row.lost, row.output), (row.lost + row.lost_pm, row.output + row.output_pm)])
        found += [(x - 5, y - 5, x + 5, y + 5), (2 * x - dx, y - 1, dx, y + 1), (x - 1, 2 * y - dy, x + 1, dy)]
    return [bar for bar in found if np.isfinite(bar).all()]


def _luck(comparison: Comparison) -> str:
    """How far single histories lie from the mean difference: the middle one of the cases."""
    tables = by_case(comparison)
    base = tables.pop(comparison.baseline)["lost"]
    ends = [knowing_and_luck(table["lost"] - base, comparison.draws) for table in tables.values()]
    return f"± {style.number(np.median([(end['luck_high'] - end['luck_low']) / 2 for end in ends]), 1)} people"


def message(comparison: Comparison) -> str:
    """Which cases none beats, as far as luck lets one tell, and, where they trade people for output, which way."""
    tables, draws = by_case(comparison), comparison.draws
    table = data(comparison)
    best = table[~table["beaten"]].sort_values("lost", kind="stable")["case"]
    kept = {case: tables[case] for case in best}
    least, most = foremost(kept, "lost", FEWER, draws), foremost(kept, "output", MORE, draws)
    if not {*least} & {*most}:
        return (f"{len(best)} cases are unbeaten: fewest people leave under {_named(least)}, most ships under "
                f"{_named(most)}")  # fmt: skip
    if len(best) == len(tables):
        return "Luck hides which case is best: none beats another"
    beaten = table[table["beaten"]]["case"].tolist()
    if len(best) > 4 >= len(beaten):  # all have a name in the headline
        return f"Only {_named(beaten)} {'is' if len(beaten) == 1 else 'are'} beaten by another case"
    return f"No case beats {_named(best.tolist())}"


def _named(cases: Sequence[str]) -> str:
    return style.some([style.shown(case) for case in cases], 4)

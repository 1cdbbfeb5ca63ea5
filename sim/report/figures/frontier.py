"""A comparison as a frontier: people lost against prestige released, a point for each case."""

from typing import Any

import numpy as np
import pandas as pd

from sim.report.figures import style
from sim.report.figures.compared import by_case, change, foremost, knowing_and_luck, surely_better
from sim.report.figures.labels import point_labels, points
from sim.report.figures.needs import lacking
from sim.results.meanings import FEWER, MORE

NAMES = 3  # in a headline


def missing(comparison) -> str:
    return lacking(comparison, "outcomes")


def data(comparison) -> pd.DataFrame:
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


@style.styled
def draw(comparison):
    table = data(comparison)
    crowd = len(table) > 25
    figure, room = style.page(7.4 if crowd else 6.6, message(comparison), "", comparison)
    height = figure.get_figheight()
    ax = figure.add_axes((0.085, 0.75 / height, 0.8, room - 1.65 / height))
    ax.xaxis.set_major_formatter(style.tick)
    ax.yaxis.set_major_formatter(style.tick)
    ax.grid(axis="x", visible=True)
    for one in style.rows(table):
        colour = style.OTHERS if one.beaten else style.PALETTE[0]
        ax.errorbar(one.lost, one.output, xerr=one.lost_pm, yerr=one.output_pm, color=colour, elinewidth=1.2, zorder=2)
        ax.plot([one.lost], [one.output], marker="s" if one.case == comparison.baseline else "o", markersize=8,
                color=colour, markeredgecolor="white", zorder=3)  # fmt: skip
    ax.set_xlabel("people who left or were laid off")
    ax.set_ylabel("prestige released")
    ax.margins(0.1)
    without = _label(ax, table, comparison)
    lines = "lines are 95 % intervals of the paired difference from the baseline (square)."
    if comparison.draws:
        lines = ("lines: what not knowing the parameters leaves open of the difference from the baseline (square), 95 "
                 f"%. Single histories vary by {_luck(comparison)}.")  # fmt: skip
    subtitle = f"Means; {lines} Left and up is better. Blue: no case is surely better in both."
    if without:
        subtitle += f" {len(without)} points without room for a name: frontier.csv."
    for text in [text for text in figure.texts if text.get_gid() == "subtitle"]:
        text.remove()
    told = style.wrapped(subtitle, style.WIDTH - 0.4, style.SMALL)
    figure.text(0.02, room, "\n".join(told), fontsize=style.SMALL, color=style.SOFT, va="top", linespacing=1.25,
                gid="subtitle")  # fmt: skip
    return figure


def _label(ax, table, comparison):
    """Names beside the points: first those that the headline names, the baseline, and those that are not beaten."""
    ax.figure.draw_without_rendering()
    first = [*_leaders(comparison), comparison.baseline]
    order = sorted(table.index, key=lambda k: (table["case"][k] not in first, table["beaten"][k], table["lost"][k]))
    bars = []
    for one in style.rows(table):
        (x, y), (dx, dy) = points(ax, [(one.lost, one.output), (one.lost + one.lost_pm, one.output + one.output_pm)])
        bars += [(2 * x - dx, y - 1, dx, y + 1), (x - 1, 2 * y - dy, x + 1, dy)]
    bars = [bar for bar in bars if all(end == end for end in bar)]
    names = [style.shown(case, 22) for case in table["case"]]
    return point_labels(ax, table[["lost", "output"]].to_numpy(), names, order, bars)


def _luck(comparison):
    """How far single histories lie from the mean difference: the middle one of the cases."""
    tables = by_case(comparison)
    base, found = tables[comparison.baseline]["lost"], []
    for case, one in tables.items():
        if case != comparison.baseline:
            ends = knowing_and_luck(one["lost"] - base, comparison.draws)
            found.append((ends["luck_high"] - ends["luck_low"]) / 2)
    return f"± {style.number(np.median(found), 1)} people"


def _leaders(comparison):
    tables, draws = by_case(comparison), comparison.draws
    return [*foremost(tables, "lost", FEWER, draws)[:NAMES], *foremost(tables, "output", MORE, draws)[:NAMES]]


def message(comparison) -> str:
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


def _named(cases):
    names = [style.shown(case) for case in cases[:NAMES]]
    if len(cases) > NAMES:
        names = [*names[: NAMES - 1], f"{len(cases) - NAMES + 1} more"]
    return style.listed(names)

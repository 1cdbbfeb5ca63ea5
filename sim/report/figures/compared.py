"""A comparison in pictures: paired differences (forest), and retention against shipping (frontier)."""

from pathlib import Path

import numpy as np
from matplotlib.ticker import MaxNLocator

from sim.report.figures import style
from sim.report.figures.bars import bars_with_intervals
from sim.report.figures.saving import save

PANELS = 6
MORE_IS_BETTER = ("output", "released")
WORDS = {
    "quits": "people who quit",
    "output": "prestige released",
    "gpu_months_wasted": "GPU-months wasted",
    "released": "projects released",
}


def save_figures(comparison, folder) -> list[Path]:
    """Write the forest and the frontier, with their data. Returns the paths."""
    paths = save(forest(comparison), folder, "forest", comparison.differences, comparison)
    return paths + save(frontier(comparison), folder, "frontier", comparison.frontier, comparison)


@style.styled
def forest(comparison):
    """One panel for each of up to six outcomes; one row for each case; 95 % intervals; a line where nothing differs."""
    table = comparison.differences
    cohorts = [name for name in comparison.compared() if name.startswith("left_share.")]
    chosen = [*cohorts, "quits", "output", "gpu_months_wasted", "released"][:PANELS]
    cases = _ranked(comparison)
    columns = min(3, len(chosen))
    storeys = -(-len(chosen) // columns)
    tall = 0.34 * len(cases) + 0.95
    title, subtitle = message(comparison)
    figure, room = style.page(1.3 + tall * storeys, title, subtitle, comparison)
    height = figure.get_figheight()
    letters = max(len(style.shown(case)) for case in cases)
    left = 0.03 + letters * 0.0088
    wide = (0.97 - left) / columns
    for place, name in enumerate(chosen):
        row, column = divmod(place, columns)
        bottom = room - (row + 1) * tall / height + 0.42 / height
        ax = figure.add_axes((left + column * wide, bottom, wide * 0.86, (tall - 0.8) / height))
        one = table[table["outcome"] == name].set_index("case").loc[cases]
        scale = 100.0 if name.startswith("left_share.") else 1.0
        sign = -1 if name in MORE_IS_BETTER else 1
        colours = [
            _colour(*sorted((sign * low, sign * high))) for low, high in zip(one["low"], one["high"], strict=True)
        ]
        bars_with_intervals(ax, [style.shown(case) for case in cases], scale * one["difference"], scale * one["low"],
                            scale * one["high"], colours, words=[""] * len(cases))  # fmt: skip
        ax.axvline(0.0, color=style.INK, linewidth=1.0)
        ax.xaxis.set_major_locator(MaxNLocator(4))
        ax.set_title(_named(name), fontsize=style.TEXT, pad=6)
        ax.tick_params(axis="y", labelsize=style.SMALL)
        if column:
            ax.tick_params(axis="y", labelleft=False)
    return figure


@style.styled
def frontier(comparison):
    """People lost against prestige released, one point for each case; nobody does better than the dark ones in both."""
    table = comparison.frontier
    best = ~np.array([((table["lost"] < one.lost) & (table["output"] > one.output)).any()
                      for one in table.itertuples()])  # fmt: skip
    figure, room = style.page(6.4, _frontier_message(table), "Means; lines are 95 % intervals of the paired "
                              "difference from the baseline (square). Up and left is better; blue: no case is better "
                              "in both.", comparison)  # fmt: skip
    ax = figure.add_axes((0.09, 0.12, 0.8, room - 0.16))
    ax.grid(axis="x", visible=True)
    for one, good in zip(table.itertuples(), best, strict=True):
        colour = style.PALETTE[0] if good else style.OTHERS
        ax.errorbar(one.lost, one.output, xerr=one.lost_pm, yerr=one.output_pm, color=colour, elinewidth=1.2, zorder=2)
        ax.plot([one.lost], [one.output], marker="s" if one.case == comparison.baseline else "o", markersize=9,
                color=colour, markeredgecolor="white", zorder=3)  # fmt: skip
    ax.set_xlabel("people who left")
    ax.set_ylabel("prestige released")
    ax.margins(0.1)
    told = []
    for x, y, words in _labels(table, ax):
        at = ax.transData.transform((x, y))
        crowded = any(0 < other[0] - at[0] < 120 and abs(other[1] - at[1]) < 40 for other in told) or any(
            0 < other[0] - at[0] < 120 and abs(other[1] - at[1] - 12) < 22 and other[1] != at[1]
            for other in ax.transData.transform(table[["lost", "output"]].to_numpy())
        )
        told.append(at)
        offset, side = ((-9, -4), "right") if crowded else ((8, 7), "left")
        ax.annotate(words, (x, y), xytext=offset, textcoords="offset points", fontsize=style.SMALL, gid="label",
                    ha=side, annotation_clip=False)  # fmt: skip
    return figure


def message(comparison) -> tuple[str, str]:
    """Which case loses fewest people, against the baseline; and how to read the panels."""
    quits = comparison.differences.query("outcome == 'quits'").set_index("case")
    case = quits["difference"].idxmin()
    one = quits.loc[case]
    if one["high"] < 0.0:
        title = f"{style.shown(case)} keeps the most people: {-one['difference']:.1f} fewer quit than under "
        title += style.shown(comparison.baseline)
    else:
        title = f"No case keeps more people than {style.shown(comparison.baseline)} with certainty"
    saved = comparison.differences["saved"].median()
    return title, (
        f"Difference from {style.shown(comparison.baseline)} on the same luck, 95 % intervals: blue is better, red "
        "worse, grey unclear. "
        f"Pairing removed {style.percent(max(0.0, saved))} of the variance (median)."
    )


def _frontier_message(table):
    least = style.shown(table.loc[table["lost"].idxmin(), "case"])
    most = style.shown(table.loc[table["output"].idxmax(), "case"])
    if least == most:
        return f"{least} loses the fewest people and ships the most"
    return f"Fewest people leave under {least}, most ships under {most}"


def _labels(table, ax):
    """Names beside points; points that lie together share one label."""
    figure = ax.figure
    figure.canvas.draw()
    places = ax.transData.transform(table[["lost", "output"]].to_numpy())
    groups = []
    for case, place, point in zip(table["case"], places, table[["lost", "output"]].to_numpy(), strict=True):
        for group in groups:
            if abs(group["at"][0] - place[0]) < 110 and abs(group["at"][1] - place[1]) < 15:
                group["cases"].append(case)
                break
        else:
            groups.append({"at": place, "point": point, "cases": [case]})
    for group in groups:
        names = [style.shown(case) for case in group["cases"]]
        more = f" +{len(names) - 2}" if len(names) > 2 else ""
        yield *group["point"], ", ".join(names[:2]) + more


def _ranked(comparison):
    quits = comparison.differences.query("outcome == 'quits'").set_index("case")["difference"]
    return quits.sort_values(kind="stable").index.tolist()


def _colour(low, high):
    if not np.isfinite(low) or low <= 0.0 <= high:
        return style.OTHERS
    return style.PALETTE[0] if high < 0.0 else style.PALETTE[4]


def _named(outcome):
    if outcome.startswith("left_share."):
        return f"{style.shown(outcome.split('.', 1)[1], 18)} gone, points"
    return WORDS.get(outcome, style.shown(outcome))

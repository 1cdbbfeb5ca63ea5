"""An attribution as what-ifs: what changes in the share of each cohort that left if one event does not happen."""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from sim.report.figures import style
from sim.report.figures.bars import bars_with_intervals
from sim.report.figures.causes import LUCK, known_apart, outcomes_of, panels, scale_of, unit_of, whom
from sim.report.figures.compared import TOLD_APART
from sim.report.figures.needs import lacking
from sim.results.estimate import NOTHING
from sim.studies.attribute import Attribution

MOST = 30  # events


def missing(attribution: Attribution) -> str:
    why = lacking(attribution, "what_if")
    return why or ("" if len(attribution.what_if) else "no event happens in the scenario")


def data(attribution: Attribution) -> pd.DataFrame:
    return attribution.what_if


@style.styled
def draw(attribution: Attribution) -> Figure:
    table, outcomes = known_apart(attribution.what_if), outcomes_of(attribution)
    mixture = "posterior_low" in table
    first = table[table["outcome"] == outcomes[0]]
    largest = table[table["outcome"].isin(outcomes)].assign(size=table["value"].abs()).groupby("event")["size"].max()
    kept = set(largest.sort_values(ascending=False, kind="stable").index[:MOST])
    order = [name for name in first.sort_values("value", kind="stable")["event"] if name in kept]
    tall = 0.3 * len(order) + 1.1
    words = "If one event does not happen, on the same luck: "
    words += f"{TOLD_APART if mixture else 'mean paired difference, 95 % interval.'} Blue: surely fewer"
    words += " leave without it; red: surely more; grey: unclear."
    if len(first) > len(order):
        words += f" {len(first) - len(order)} events that change less are left out."
    figure, room = style.page(0.35 + tall * -(-len(outcomes) // 3), message(attribution), words, attribution,
                              below_head=True)  # fmt: skip
    names = [style.shown(name, 26) for name in order]
    left = 0.03 + 0.0088 * max(len(name) for name in names)
    shown = table[table["outcome"].isin(outcomes) & table["event"].isin(order)]
    ends = np.append(
        scale_of(outcomes[0]) * shown[["low", "value", "high", *LUCK[: 2 * mixture]]].to_numpy(dtype=float).ravel(), 0.0
    )
    low, high = np.nanmin(ends), np.nanmax(ends)
    margin = 0.06 * ((high - low) or 1.0)
    for ax, outcome, column in panels(figure, outcomes, left, room, 0.62, 0.42):
        one = table[table["outcome"] == outcome].set_index("event").loc[order]
        values = scale_of(outcome) * one[["value", "low", "high"]].to_numpy(dtype=float).T
        colours = [_colour(start, end) for start, end in values[1:].T]
        luck = scale_of(outcome) * one[LUCK].to_numpy(dtype=float).T if mixture else None
        bars_with_intervals(ax, names, values[0], values[1], values[2], colours, unit_of(outcome, change=True),
                            words=[""] * len(order), luck=luck)  # fmt: skip
        ax.axvline(0.0, color=style.INK, linewidth=1.0, zorder=1)
        ax.set_xlim(low - margin, high + margin)
        ax.xaxis.set_major_locator(style.few_ticks(5))
        ax.xaxis.set_major_formatter(style.tick)
        ax.set_title(whom(outcome), pad=6)
        ax.tick_params(axis="y", labelsize=style.SMALL, labelleft=not column)
    return figure


def _colour(low: float, high: float) -> str:
    """As in every picture of differences: blue is surely better, red surely worse."""
    return style.PALETTE[0] if high < -NOTHING else style.PALETTE[4] if low > NOTHING else style.OTHERS


def message(attribution: Attribution) -> str:
    """The event without which surely fewest of the first cohort would have left."""
    outcome = outcomes_of(attribution)[0]
    table = known_apart(attribution.what_if)
    sure = table[(table["outcome"] == outcome) & (table["high"] < -NOTHING)].sort_values("value", kind="stable")
    people = "" if outcome == "left" else f" of {whom(outcome)}"
    if not len(sure):
        return f"No single event surely drove people{people} away"
    one = sure.iloc[0]
    fewer = f"{style.number(-scale_of(outcome) * one['value'], 1)} {unit_of(outcome, change=True)} fewer"
    return f"Without '{style.shown(one['event'], 30)}', {fewer}{people} would have left"

"""An attribution as what-ifs: what changes in the share of each cohort that left if one event does not happen."""

import pandas as pd
from matplotlib.figure import Figure

from sim.report.compared import TOLD_APART
from sim.report.figures import style
from sim.report.figures.bars import Dots, dots_page
from sim.report.figures.causes import LUCK, about, known_apart, outcomes_of
from sim.results.estimate import NOTHING
from sim.studies.attribute import Attribution

NEEDS = ("what_if",)
MOST = 30  # events


def missing(attribution: Attribution) -> str:
    return "" if len(attribution.what_if) else "no event happens in the scenario"


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
    words = "If one event does not happen, on the same luck: "
    words += f"{TOLD_APART if mixture else 'mean paired difference, 95 % interval.'} Blue: surely fewer"
    words += " leave without it; red: surely more; grey: unclear."
    if len(first) > len(order):
        words += f" {len(first) - len(order)} events that change less are left out."
    panels = []
    for outcome in outcomes:
        rows, scale = table[table["outcome"] == outcome].set_index("event").loc[order], about(outcome).scale
        values, low, high = scale * rows[["value", "low", "high"]].to_numpy(dtype=float).T
        luck = scale * rows[LUCK].to_numpy(dtype=float).T if mixture else None
        colours = [_colour(*ends) for ends in zip(low, high, strict=True)]
        panels.append(Dots(values, low, high, colours, [""] * len(order), luck,
                           style.shown(about(outcome).label, 26), about(outcome).change_unit))  # fmt: skip
    return dots_page(message(attribution), words, attribution, [style.shown(name, 26) for name in order], panels)


def _colour(low: float, high: float) -> str:
    """As in every picture of differences: blue is surely better, red surely worse."""
    return style.PALETTE[0] if high < -NOTHING else style.PALETTE[4] if low > NOTHING else style.OTHERS


def message(attribution: Attribution) -> str:
    """The event without which surely fewest of the first cohort would have left."""
    outcome = outcomes_of(attribution)[0]
    table = known_apart(attribution.what_if)
    sure = table[(table["outcome"] == outcome) & (table["high"] < -NOTHING)].sort_values("value", kind="stable")
    whom = style.shown(about(outcome).of)
    people = f" of {whom}" if whom else ""
    if not len(sure):
        return f"No single event surely drove people{people} away"
    most = sure.iloc[0]
    fewer = f"{style.number(-about(outcome).scale * most['value'], 1)} {about(outcome).change_unit} fewer"
    return f"Without '{style.shown(most['event'], 30)}', {fewer}{people} would have left"

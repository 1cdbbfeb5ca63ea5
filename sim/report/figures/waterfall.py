"""An attribution as a waterfall: from nothing switched on to everything, cause by cause."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sim.report.figures import style
from sim.report.figures.bars import margin_for
from sim.report.figures.causes import LUCK, about, known_apart, outcomes_of
from sim.results.estimate import NOTHING
from sim.studies.attribute import Attribution

NEEDS = ("totals",)
KEY = {"mechanisms": "mechanism", "events": "kind"}


def missing(attribution: Attribution, view: str = "mechanisms") -> str:
    return "" if len(data(attribution, view)) else f"nothing was attributed to {view}"


def data(attribution: Attribution, view: str = "mechanisms") -> pd.DataFrame:
    return getattr(attribution, view)


@style.styled
def draw(attribution: Attribution, view: str = "mechanisms") -> Figure:
    """One panel for each cohort: the share that leaves with all off, what each cause adds, the share with all on."""
    key, table = KEY[view], known_apart(data(attribution, view))
    rows = attribution.totals[attribution.totals["view"] == view].to_dict("records")
    totals = {row["outcome"]: {"all_off": row["all_off"], "all_on": row["all_on"]} for row in rows}
    outcomes = outcomes_of(attribution)
    order = table[table["outcome"] == outcomes[0]].sort_values("value", ascending=False)[key].tolist()
    height = 0.35 + (0.34 * (len(order) + 2) + 1.1) * -(-len(outcomes) // 3)
    figure, room = style.page(height, message(attribution, view), _how_to_read(attribution, view), attribution)
    names = ["all off", *(style.shown(name, 18) for name in order), "all on"]
    panels = style.panels(figure, len(outcomes), room, margin=margin_for(names))
    for index, (ax, outcome) in enumerate(zip(panels, outcomes, strict=True)):
        values = table[table["outcome"] == outcome].set_index(key).loc[order]
        _fall(ax, values, totals[outcome], order, about(outcome).scale, 1 if outcome == "left" else 0)
        ax.set_yticks(range(len(names)), names, fontsize=style.SMALL, color=style.INK)
        ax.tick_params(axis="y", labelleft=index % 3 == 0)
        ax.set_title(style.shown(about(outcome).label, 26), pad=6)
        ax.set_xlabel(about(outcome).unit)
    for ax in panels:
        ax.set_xlim(0, 1.3 * (max(filter(np.isfinite, (panel.dataLim.x1 for panel in panels)), default=0.0) or 1.0))
    return figure


def _fall(
    ax: Axes, values: pd.DataFrame, total: Mapping[str, float], order: Sequence[str], scale: float, places: int
) -> None:
    """Bars from all off to all on; `places` has the decimal places of both ends."""

    def write(x: float, row: int, words: str) -> None:
        ax.annotate(words, (x, row), xytext=(5, 0), textcoords="offset points", va="center_baseline",
                    fontsize=style.SMALL, gid="label")  # fmt: skip

    level, rows = scale * total["all_off"], len(order)
    for row, end, colour in ((0, "all_off", style.OTHERS), (rows + 1, "all_on", style.INK)):
        ax.barh(row, scale * total[end], color=colour, height=0.62)
        write(scale * total[end], row, style.number(scale * total[end], places))
    for row, name in enumerate(order, start=1):
        step, low, high = (scale * values[end].loc[name] for end in ("value", "low", "high"))
        colour = style.PALETTE[4] if step > 0 else style.PALETTE[0]
        ax.barh(row, step, left=level, color=colour, height=0.62, alpha=0.75)
        ax.plot([level, level], [row - 1, row + 0.31], color=style.SOFT, linewidth=0.8)
        if np.isfinite(low):
            ax.errorbar(level + step, row, xerr=[[max(0.0, step - low)], [max(0.0, high - step)]], color=style.INK,
                        elinewidth=1.4, capsize=2.5)  # fmt: skip
        ends = [level, level + step, level + high]
        if "luck_low" in values:
            single = level + scale * values.loc[name, LUCK].to_numpy(dtype=float)
            ax.plot(np.maximum(single, 0.0), [row, row], color=style.SOFT, linewidth=1.0, zorder=1, gid="luck")
            ends = [*ends, *single]
        write(np.nanmax([0.0, *ends]), row, style.signed(step, 1) if np.isfinite(step) else "none")
        level += step if np.isfinite(step) else 0.0
    ax.grid(axis="y", visible=False)
    ax.grid(axis="x", visible=True)
    ax.set_ylim(rows + 1.6, -0.6)
    ax.xaxis.set_major_locator(style.few_ticks())


def message(attribution: Attribution, view: str = "mechanisms") -> str:
    """The causes that add most to the departures of the first cohort, as far as their intervals lie apart."""
    outcome = outcomes_of(attribution)[0]
    table = known_apart(data(attribution, view))
    sure = table[(table["outcome"] == outcome) & (table["value"] > NOTHING) & ~(table["low"] <= 0)]
    people = style.shown(about(outcome).of) or "people"
    if not len(sure):
        return f"No {'mechanism' if view == 'mechanisms' else 'kind of event'} surely drove {people} away"
    sure = sure.sort_values("value", ascending=False)
    first = sure.iloc[0]
    tied = sure[sure["high"] >= first["low"]] if np.isfinite(first["low"]) else sure[:1]
    names = style.some([style.shown(name) for name in tied[KEY[view]]])
    sizes = [style.number(about(outcome).scale * value, 1) for value in tied["value"]]
    added = style.listed(sizes) if len(tied) <= 3 else f"up to {sizes[0]}"
    return f"What drove {people} away most: {names} ({added} {about(outcome).change_unit})"


def _how_to_read(attribution: Attribution, view: str) -> str:
    lines = "95 % intervals over luck"
    if "posterior_low" in data(attribution, view):
        lines = "what not knowing the parameters leaves open, 95 %; thin: single histories, luck"
    what = "mechanisms" if view == "mechanisms" else "kinds of events"
    outcomes = outcomes_of(attribution)
    unit = about(outcomes[0]).change_unit
    words = f"Shapley values over all subsets of {what}, on the same luck, in {unit}. Black lines: {lines}."
    hidden = len(attribution.scenario.cohort) - len(outcomes)
    return words + (f" {hidden} more cohorts in the data beside the picture." if hidden > 0 else "")

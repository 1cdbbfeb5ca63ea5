"""An attribution as a waterfall: from nothing switched on to everything, cause by cause."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sim.report.figures import style
from sim.report.figures.causes import LUCK, known_apart, outcomes_of, panels, scale_of, unit_of, whom
from sim.report.figures.needs import lacking
from sim.results.estimate import NOTHING
from sim.studies.attribute import Attribution

KEY = {"mechanisms": "mechanism", "events": "kind"}


def missing(attribution: Attribution, view: str = "mechanisms") -> str:
    why = lacking(attribution, view, "totals")
    if not why and not len(getattr(attribution, view)):
        why = f"nothing was attributed to {view}"
    return why


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
    tall = 0.34 * (len(order) + 2) + 1.1
    storeys = -(-len(outcomes) // 3)
    figure, room = style.page(0.35 + tall * storeys, message(attribution, view), _how_to_read(attribution, view),
                              attribution, below_head=True)  # fmt: skip
    reach = max(_reach(table[table["outcome"] == name].set_index(key).loc[order], totals[name], scale_of(name))
                for name in outcomes)  # fmt: skip
    names = ["all off", *(style.shown(name, 18) for name in order), "all on"]
    left = 0.03 + 0.0088 * max(len(name) for name in names)
    for ax, outcome, column in panels(figure, outcomes, left, room, 0.62, 0.42):
        values = table[table["outcome"] == outcome].set_index(key).loc[order]
        _fall(ax, values, totals[outcome], order, scale_of(outcome), 1 if outcome == "left" else 0)
        ax.set_yticks(range(len(names)), names, fontsize=style.SMALL, color=style.INK)
        ax.tick_params(axis="y", labelleft=not column)
        ax.set_xlim(0, 1.3 * reach)
        ax.set_title(whom(outcome), pad=6)
        ax.set_xlabel(unit_of(outcome))
    return figure


def _reach(values: pd.DataFrame, total: Mapping[str, float], scale: float) -> float:
    """The farthest that a bar or an interval of a panel goes."""
    starts = scale * (total["all_off"] + np.append(0.0, values["value"].cumsum().to_numpy()[:-1]))
    drawn = [name for name in ("value", "high", "luck_high") if name in values]
    far = np.nanmax(np.append(starts + scale * values[drawn].to_numpy(dtype=float).max(axis=1), 1e-9))
    return max(far, scale * total["all_off"], scale * total["all_on"])


def _fall(
    ax: Axes, values: pd.DataFrame, total: Mapping[str, float], order: Sequence[str], scale: float, places: int
) -> None:
    """Bars from all off to all on; `places` has the decimal places of both ends."""
    at = scale * total["all_off"]
    ax.barh(0, at, color=style.OTHERS, height=0.62)
    _tell(ax, at, 0, style.number(at, places))
    for row, name in enumerate(order, start=1):
        step, low, high = (scale * values[end].loc[name] for end in ("value", "low", "high"))
        colour = style.PALETTE[4] if step > 0 else style.PALETTE[0]
        ax.barh(row, step, left=at, color=colour, height=0.62, alpha=0.75)
        ax.plot([at, at], [row - 1, row + 0.31], color=style.SOFT, linewidth=0.8)
        if np.isfinite(low):
            ax.errorbar(at + step, row, xerr=[[max(0.0, step - low)], [max(0.0, high - step)]], color=style.INK,
                        elinewidth=1.4, capsize=2.5)  # fmt: skip
        far = [at, at + step, at + high]
        if "luck_low" in values:
            single = at + scale * values.loc[name, LUCK].to_numpy(dtype=float)
            ax.plot(np.maximum(single, 0.0), [row, row], color=style.SOFT, linewidth=1.0, zorder=1, gid="luck")
            far = [*far, *single]
        _tell(ax, np.nanmax(far), row, style.signed(step, 1) if np.isfinite(step) else "none")
        at += step if np.isfinite(step) else 0.0
    at = scale * total["all_on"]
    ax.barh(len(order) + 1, at, color=style.INK, height=0.62)
    _tell(ax, at, len(order) + 1, style.number(at, places))
    ax.grid(axis="y", visible=False)
    ax.grid(axis="x", visible=True)
    ax.set_ylim(len(order) + 1.6, -0.6)
    ax.xaxis.set_major_locator(style.few_ticks())


def _tell(ax: Axes, x: float, row: int, words: str) -> None:
    ax.annotate(words, (x, row), xytext=(5, 0), textcoords="offset points", va="center_baseline", fontsize=style.SMALL,
                gid="label")  # fmt: skip


def message(attribution: Attribution, view: str = "mechanisms") -> str:
    """The causes that add most to the departures of the first cohort, as far as their intervals lie apart."""
    outcome = outcomes_of(attribution)[0]
    table = known_apart(data(attribution, view))
    one = table[table["outcome"] == outcome].sort_values("value", ascending=False)
    one = one[(one["value"] > NOTHING) & ~(one["low"] <= 0)]
    people = whom(outcome) if outcome != "left" else "people"
    if not len(one):
        return f"No {'mechanism' if view == 'mechanisms' else 'kind of event'} surely drove {people} away"
    first = one.iloc[0]
    tied = one[one["high"] >= first["low"]] if np.isfinite(first["low"]) else one[:1]
    names = [style.shown(name) for name in tied[KEY[view]][:3]]
    added = style.listed(style.number(scale_of(outcome) * value, 1) for value in tied["value"][:3])
    if len(tied) > 3:
        names = [*names[:2], f"{len(tied) - 2} more"]
        added = f"up to {style.number(scale_of(outcome) * first['value'], 1)}"
    return f"What drove {people} away most: {style.listed(names)} ({added} {unit_of(outcome, change=True)})"


def _how_to_read(attribution: Attribution, view: str) -> str:
    lines = "95 % intervals over luck"
    if "posterior_low" in data(attribution, view):
        lines = "what not knowing the parameters leaves open, 95 %; thin: single histories, luck"
    what = "mechanisms" if view == "mechanisms" else "kinds of events"
    outcomes = outcomes_of(attribution)
    unit = unit_of(outcomes[0], change=True)
    words = f"Shapley values over all subsets of {what}, on the same luck, in {unit}. Black lines: {lines}."
    hidden = len(attribution.scenario.cohort) - len(outcomes)
    return words + (f" {hidden} more cohorts in the data beside the picture." if hidden > 0 else "")

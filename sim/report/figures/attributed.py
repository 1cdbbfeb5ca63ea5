"""An attribution in pictures: from nothing switched on to everything, cause by cause (waterfall), and what if not."""

from pathlib import Path

import numpy as np
from matplotlib.ticker import MaxNLocator

from sim.report.figures import style
from sim.report.figures.bars import bars_with_intervals
from sim.report.figures.saving import save


def save_figures(attribution, folder) -> list[Path]:
    """Write the waterfalls of mechanisms and of events, and the events one by one. Returns the paths."""
    paths = save(waterfall(attribution, "mechanisms"), folder, "waterfall", attribution.mechanisms, attribution)
    if len(attribution.events):
        paths += save(waterfall(attribution, "events"), folder, "waterfall_events", attribution.events, attribution)
        paths += save(what_if(attribution), folder, "what_if", attribution.what_if, attribution)
    return paths


def _cohorts(attribution):
    return [f"left_share.{name}" for name in attribution.scenario.cohort][:3] or ["left"]


@style.styled
def waterfall(attribution, view):
    """One panel for each cohort: the share that leaves with all off, what each cause adds, the share with all on."""
    key = {"mechanisms": "mechanism", "events": "kind"}[view]
    table, totals = getattr(attribution, view), attribution.totals
    totals = totals[totals["view"] == view].set_index("outcome")
    outcomes = _cohorts(attribution)
    order = table[table["outcome"] == outcomes[0]].sort_values("value", ascending=False)[key].tolist()
    rows = len(order) + 2
    figure, room = style.page(1.75 + 0.36 * rows, *_message(attribution, view, key, outcomes[0]), attribution)
    height = figure.get_figheight()
    wide = 0.85 / len(outcomes)
    for place, outcome in enumerate(outcomes):
        ax = figure.add_axes((0.13 + place * wide, 0.85 / height, wide * 0.86, room - 1.2 / height))
        values = table[table["outcome"] == outcome].set_index(key)
        _fall(ax, values, totals.loc[outcome], order, 1.0 if outcome == "left" else 100.0)
        ax.set_title("people who left" if outcome == "left" else style.shown(outcome.split(".", 1)[1], 22), pad=6)
        ax.set_xlabel("people" if outcome == "left" else "% of the cohort gone")
        if place:
            ax.tick_params(axis="y", labelleft=False)
    return figure


def _fall(ax, values, total, order, scale):
    labels = ["all off", *(style.shown(name, 16) for name in order), "all on"]
    at = scale * total["all_off"]
    ax.barh(0, at, color=style.OTHERS, height=0.62)
    _tell(ax, at, 0, f"{at:.0f}")
    for row, name in enumerate(order, start=1):
        step = scale * values.loc[name, "value"]
        colour = style.PALETTE[4] if step > 0 else style.PALETTE[0]
        ax.barh(row, step, left=at, color=colour, height=0.62)
        ax.plot([at, at], [row - 1, row + 0.31], color=style.SOFT, linewidth=0.8)
        if "tuned_q05" in values and np.isfinite(values.loc[name, "tuned_q05"]):
            ends = at + scale * values.loc[name, ["tuned_q05", "tuned_q95"]].astype(float)
        else:
            ends = at + scale * values.loc[name, ["low", "high"]].astype(float)
        ax.plot(ends, [row, row], color=style.INK, linewidth=1.4)
        _tell(ax, max(at, at + step, ends.max()), row, f"{step:+.1f}".replace("-", "−"))
        at += step
    ax.barh(len(order) + 1, at, color=style.INK, height=0.62)
    _tell(ax, at, len(order) + 1, f"{at:.0f}")
    ax.grid(axis="y", visible=False)
    ax.grid(axis="x", visible=True)
    ax.set_yticks(range(len(labels)), labels, fontsize=style.SMALL, color=style.INK)
    ax.set_ylim(len(labels) - 0.4, -0.6)
    ax.set_xlim(0, 1.22 * max(at, 1e-9))
    ax.xaxis.set_major_locator(style.few_ticks())


def _tell(ax, x, row, words):
    ax.annotate(words, (x, row), xytext=(4, 0), textcoords="offset points", va="center_baseline", fontsize=style.SMALL,
                gid="label")  # fmt: skip


def _message(attribution, view, key, outcome):
    table = getattr(attribution, view)
    one = table[table["outcome"] == outcome].sort_values("value", ascending=False)
    causes = style.listed(style.shown(name) for name in one[key][:2])
    whom = "those who left" if outcome == "left" else style.shown(outcome.split(".", 1)[1])
    part = one["value"][:2].sum() / one["value"].clip(lower=0).sum() if one["value"].max() > 0 else 0.0
    title = f"{causes} explain {style.percent(part)} of what drove {whom} away"
    title = title[0].upper() + title[1:]
    lines = "95 % intervals"
    if "tuned_q05" in table:
        met, drawn = int(attribution.tunings["meets_record"].sum()), len(attribution.tunings)
        lines = f"5 to 95 % of the {met} of {drawn} drawn tunings that meet the record"
    what = "mechanisms" if view == "mechanisms" else "kinds of events"
    return title, f"Shapley values over all subsets of {what}, on the same luck. Black lines: {lines}."


@style.styled
def what_if(attribution):
    """Each event that did not happen: the change in the share of each cohort that left."""
    table = attribution.what_if
    outcomes = _cohorts(attribution)
    order = table[table["outcome"] == outcomes[0]].sort_values("value")["event"].tolist()
    first = table[(table["outcome"] == outcomes[0]) & (table["event"] == order[0])].iloc[0]
    unit = "people" if outcomes[0] == "left" else "points"
    scale = 1.0 if outcomes[0] == "left" else 100.0
    whom = "" if outcomes[0] == "left" else f" of {style.shown(outcomes[0].split('.', 1)[1])}"
    title = f"Without '{style.shown(order[0], 30)}', {-scale * first['value']:.1f} {unit} fewer{whom} would have left"
    figure, room = style.page(1.75 + 0.34 * len(order), title, "What changes if one event does not happen, on the same "
                              "luck: mean paired differences, 95 % intervals.", attribution)  # fmt: skip
    height = figure.get_figheight()
    wide = 0.72 / len(outcomes)
    for place, outcome in enumerate(outcomes):
        ax = figure.add_axes((0.26 + place * wide, 0.85 / height, wide * 0.82, room - 1.2 / height))
        one = table[table["outcome"] == outcome].set_index("event").loc[order]
        scale = 1.0 if outcome == "left" else 100.0
        bars_with_intervals(ax, [style.shown(name, 26) for name in order], scale * one["value"], scale * one["low"],
                            scale * one["high"], style.PALETTE[0], words=[""] * len(order))  # fmt: skip
        ax.axvline(0.0, color=style.INK, linewidth=1.0)
        ax.xaxis.set_major_locator(MaxNLocator(4))
        ax.set_title("people who left" if outcome == "left" else style.shown(outcome.split(".", 1)[1], 22), pad=6)
        ax.set_xlabel("people" if outcome == "left" else "points")
        ax.tick_params(axis="y", labelsize=style.SMALL, labelleft=not place)
    return figure

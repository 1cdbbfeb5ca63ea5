"""Simulated beside recorded: every fact on its own scale, the simulated band above, the recorded one below."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from sim.aliases import Column
from sim.report.figures import style
from sim.report.figures.style import Colour
from sim.report.verdicts.words import Row
from sim.results.result import Result
from sim.scenario import Scenario

MOST = 10
REACH = 1.6  # how far a simulated interval is drawn, in half widths of the recorded range
HEAD = 0.3  # rows above the first, for the heads of the columns
UNITS = {"left_share": " %", "exit_rate": " % a month", "gpus": " GPUs", "release_delay": " months",
         "gpu_months": " GPU-months", "quotas_changed": " %", "quotas_cut": " %", "quotas_grown": " %"}  # fmt: skip


def data(result: Result) -> pd.DataFrame:
    """The facts that the run reaches."""
    if not len(result.scenario.record):
        return pd.DataFrame(columns=["what", "of", "month"])
    facts, scenario = result.record, result.scenario
    reached = [scenario.month_of(month) < scenario.months for month in facts["month"]]
    return facts[np.array(reached) | facts["simulated_median"].notna()].reset_index(drop=True)


def strip(ax: Axes, result: Result, most: int = MOST) -> int:
    """One row per fact: in colour the simulated median and 90 % band, in black the recorded value and interval, as
    marks and as numbers; the room left and right of the axes holds the words.

    Returns how many facts were left out.
    """
    facts = data(result)
    if not len(facts):
        style.note(ax, "No recorded fact to compare with within this run.")
        return 0
    hidden, facts = max(0, len(facts) - most), facts[:most]
    ax.set_axis_off()
    ax.set_xlim(-REACH, REACH)
    ax.set_ylim(len(facts) - 0.5, -0.5 - HEAD)
    right = ax.get_yaxis_transform()

    def write(row: float, where: str, words: str, colour: Colour = style.INK) -> None:
        x, offset, side = {"name": (0, -10, "right"), "simulated": (1, 12, "left"), "recorded": (1, 226, "left")}[where]
        ax.annotate(words, (x, row), xycoords=right, xytext=(offset, 0), textcoords="offset points", ha=side,
                    va="center_baseline", fontsize=style.SMALL, color=colour, gid="label")  # fmt: skip

    write(-0.45 - HEAD / 2, "simulated", "simulated (90 % of histories)", style.SOFT)
    write(-0.45 - HEAD / 2, "recorded", "recorded (interval)", style.SOFT)
    for row, (_, fact) in enumerate(facts.iterrows()):
        middle = (fact["recorded_low"] + fact["recorded_high"]) / 2
        half = max((fact["recorded_high"] - fact["recorded_low"]) / 2, 0.05 * abs(middle), 1e-9)

        def place(name: str, fact: Column = fact, middle: float = middle, half: float = half) -> float:
            value = fact[name]
            return np.nan if pd.isna(value) else float(np.clip((value - middle) / half, -REACH, REACH))

        ax.plot([-REACH, REACH], [row + 0.45] * 2, color=style.FAINT, linewidth=0.6)
        low, at, high = (place(f"simulated_{name}") for name in ("q05", "median", "q95"))
        inside = fact["recorded_low"] - 1e-9 <= fact["simulated_median"] <= fact["recorded_high"] + 1e-9
        colour = style.PALETTE[0] if inside and fact["missing"] < 0.5 else style.PALETTE[4]
        if np.isfinite(at):
            ax.plot([low, high], [row - 0.12] * 2, color=colour, linewidth=5, alpha=0.45, solid_capstyle="butt")
        if np.isfinite(at) and fact["missing"] < 0.5:
            marker = "o" if abs(at) < REACH else ">" if at > 0 else "<"
            ax.plot([at], [row - 0.12], marker=marker, markersize=8, color=colour, markeredgecolor="white",
                    linestyle="none", clip_on=False)  # fmt: skip
        ax.plot([place("recorded_low"), place("recorded_high")], [row + 0.2] * 2, color=style.INK, linewidth=1.6)
        if np.isfinite(place("recorded")):
            ax.plot([place("recorded")], [row + 0.2], marker="D", markersize=6, color=style.INK,
                    markeredgecolor="white", linestyle="none")  # fmt: skip
        write(row, "name", about(fact, result.scenario))
        write(row, "simulated", _told(fact, fact["simulated_median"], fact["simulated_q05"],
                                     fact["simulated_q95"], fact["missing"]), style.darker(colour, 0.1))  # fmt: skip
        write(row, "recorded", _told(fact, fact["recorded"], fact["recorded_low"], fact["recorded_high"]))
    return hidden


def about(fact: Row, scenario: Scenario) -> str:
    """What a fact is about, and when."""
    whom, month = style.shown(fact["of"], 18), style.short_month(scenario, scenario.month_of(fact["month"]))
    return {
        "left_share": f"{whom} gone, {month}", "exit_rate": f"{whom} leaving", "gpus": f"{whom} held, {month}",
        "release_delay": f"{whom} out late by", "gpu_months": f"{whom} used",
    }.get(fact["what"], fact["what"].replace("_", " "))  # of the whole lab  # fmt: skip


def _told(fact: Column, middle: float | None, low: float, high: float, never: float = 0.0) -> str:
    """A value with its interval in the unit of the fact, and in which share of the histories there is none."""
    if never > 0.995:
        return "never"
    scale = 100.0 if "%" in UNITS.get(fact["what"], "") else 1.0
    places = {" %": 0, " % a month": 1, " months": 0}.get(UNITS.get(fact["what"], ""))
    told = [style.number(scale * one, places) if pd.notna(one) else "" for one in (middle, low, high)]
    span = told[1] if told[1] == told[2] else f"{told[1]} to {told[2]}"
    unit = UNITS.get(fact["what"], "")
    if unit == " months" and told[0].removeprefix("−") == "1":
        unit = " month"
    words = f"{told[0]}{unit} ({span})" if told[0] and span != told[0] else f"{span}{unit}"
    return f"{words}, none in {style.percent(never)}" if never > 0.005 else words

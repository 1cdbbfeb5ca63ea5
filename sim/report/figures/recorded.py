"""Simulated beside recorded: every fact on its own scale, the simulated band above, the recorded one below."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from sim.report.facts import UNITS, about, scale_of
from sim.report.figures import style
from sim.report.figures.style import Colour
from sim.report.verdicts.words import Row
from sim.results.result import Result
from sim.scenario import Scenario

MOST = 10
REACH = 1.6  # how far a simulated interval is drawn, in half widths of the recorded range
HEAD = 0.3  # rows above the first, for the heads of the columns
SIMULATED = ("simulated_median", "simulated_q05", "simulated_q95")
RECORDED = ("recorded", "recorded_low", "recorded_high")
LETTERS = 33  # left of the axes


def data(result: Result) -> pd.DataFrame:
    """The facts that the run reaches."""
    if not len(result.scenario.record):
        return pd.DataFrame(columns=["what", "of", "month"])
    facts, scenario = result.record, result.scenario
    reached = [scenario.month_of(month) < scenario.months for month in facts["month"]]
    return facts[np.array(reached) | facts["simulated_median"].notna()].reset_index(drop=True)


def strip(ax: Axes, result: Result) -> int:
    """One row per fact: in colour the simulated median and 90 % band, in black the recorded value and interval, as
    marks and as numbers; the room left and right of the axes holds the words.

    Returns how many facts were left out.
    """
    facts = data(result)
    hidden, facts = max(0, len(facts) - MOST), facts[:MOST]
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
    for row, fact in enumerate(facts.to_dict("records")):
        middle = (fact["recorded_low"] + fact["recorded_high"]) / 2
        half = max((fact["recorded_high"] - fact["recorded_low"]) / 2, 0.05 * abs(middle), 1e-9)
        drawn = {name: np.clip((np.nan if pd.isna(fact[name]) else fact[name] - middle) / half, -REACH, REACH)
                 for name in SIMULATED + RECORDED}  # fmt: skip
        ax.plot([-REACH, REACH], [row + 0.45] * 2, color=style.FAINT, linewidth=0.6)
        inside = fact["recorded_low"] - 1e-9 <= fact["simulated_median"] <= fact["recorded_high"] + 1e-9
        colour = style.PALETTE[0] if inside and fact["missing"] < 0.5 else style.PALETTE[4]
        value, low, high = (drawn[name] for name in SIMULATED)
        if np.isfinite(value):
            ax.plot([low, high], [row - 0.12] * 2, color=colour, linewidth=5, alpha=0.45, solid_capstyle="butt")
        if np.isfinite(value) and fact["missing"] < 0.5:
            marker = "o" if abs(value) < REACH else ">" if value > 0 else "<"
            style.dot(ax, value, row - 0.12, colour, marker)
        value, low, high = (drawn[name] for name in RECORDED)
        ax.plot([low, high], [row + 0.2] * 2, color=style.INK, linewidth=1.6)
        style.dot(ax, value, row + 0.2, style.INK, "D", 6)
        write(row, "name", label(fact, result.scenario))
        write(row, "simulated", _value_words(fact, SIMULATED, fact["missing"]), style.darker(colour, 0.1))
        write(row, "recorded", _value_words(fact, RECORDED))
    return hidden


def label(fact: Row, scenario: Scenario) -> str:
    """What a fact is about, and when."""
    month = style.short_month(scenario, scenario.month_of(fact["month"]))
    letters = LETTERS - len(about(fact["what"], "", month))
    return about(fact["what"], style.shown(fact["of"], letters), month)


def _value_words(fact: Row, columns: tuple[str, str, str], never: float = 0.0) -> str:
    """A value with its interval in the unit of the fact, and in which share of the histories there is none."""
    if never > 0.995:
        return "never"
    unit, scale = UNITS[fact["what"]], scale_of(fact["what"])
    places = {"%": 0, "% a month": 1, "months late": 0}.get(unit)
    value, low, high = (style.number(scale * fact[name], places) if pd.notna(fact[name]) else "" for name in columns)
    if value.removeprefix("−") == "1":
        unit = unit.replace("months", "month")
    span = low if low == high else f"{low} to {high}"
    words = f"{value} {unit} ({span})" if value and span != value else f"{span} {unit}"
    return f"{words}, none in {style.percent(never)}" if never > 0.005 else words

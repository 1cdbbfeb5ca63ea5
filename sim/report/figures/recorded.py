"""Simulated beside recorded: every fact on one scale, its own recorded range."""

import numpy as np
import pandas as pd

from sim.report.figures import style

MOST = 8
REACH = 1.6  # how far a simulated interval is drawn, in half widths of the recorded range


def data(result) -> pd.DataFrame:
    """The facts that the run reaches."""
    if not len(result.scenario.record):
        return pd.DataFrame(columns=["what", "of", "month"])
    facts = result.record
    return facts[facts["simulated_median"].notna()].reset_index(drop=True)


def strip(ax, result, most=MOST):
    """One row per fact: grey, the recorded range; on it the simulated median and 90 % interval; the numbers above it.

    Returns how many facts were left out.
    """
    facts = data(result)
    if not len(facts):
        style.note(ax, "No recorded fact to compare with within this run.")
        return 0
    hidden, facts = max(0, len(facts) - most), facts[:most]
    ax.set_axis_off()
    ax.set_xlim(-REACH, REACH)
    ax.set_ylim(len(facts) - 0.15, -0.5)
    ax.fill_betweenx([-0.5, len(facts) - 0.3], -1, 1, color="#E9E9E9", linewidth=0, zorder=0)
    for row, (_, fact) in enumerate(facts.iterrows()):
        middle = (fact["recorded_low"] + fact["recorded_high"]) / 2
        half = max((fact["recorded_high"] - fact["recorded_low"]) / 2, 0.05 * abs(middle), 1e-9)
        place = [(fact[f"simulated_{name}"] - middle) / half for name in ("q05", "median", "q95")]
        low, at, high = np.clip(place, -REACH, REACH)
        inside = -1 - 1e-9 <= place[1] <= 1 + 1e-9
        colour = style.PALETTE[0] if inside else style.PALETTE[4]
        y = row + 0.34
        ax.plot([low, high], [y, y], color=colour, linewidth=5, alpha=0.4, solid_capstyle="butt")
        marker = "o" if abs(place[1]) <= REACH else ">" if place[1] > 0 else "<"
        ax.plot([at], [y], marker=marker, markersize=9, color=colour, markeredgecolor="white", linestyle="none",
                clip_on=False)  # fmt: skip
        about, words = _words(fact, result.scenario)
        ax.text(0, row + 0.04, about, transform=ax.get_yaxis_transform(), fontsize=style.SMALL, gid="label")
        ax.text(1, row + 0.04, words, transform=ax.get_yaxis_transform(), fontsize=style.SMALL, ha="right", gid="label",
                color=style.darker(colour, 0.1))  # fmt: skip
    return hidden


def _words(fact, scenario):
    """What a fact is about, and "simulated (recorded)" in its unit."""
    whom, month = style.shown(fact["of"], 16), style.short_month(scenario, scenario.month_of(fact["month"]))
    about = {
        "left_share": f"{whom} gone, {month}", "exit_rate": f"{whom} leaving a month", "gpus": f"{whom} GPUs, {month}",
        "release_delay": f"{whom} release delay", "gpu_months": f"{whom} GPU-months",
    }[fact["what"]]  # fmt: skip
    shares, unit = fact["what"] in ("left_share", "exit_rate"), " mo" if fact["what"] == "release_delay" else ""

    def told(value):
        if shares:
            return f"{100 * value:.0f}" if fact["what"] == "left_share" else f"{100 * value:.1f}"
        return style.number(round(value, 2))

    unit = " %" if shares else unit
    low, high = told(fact["recorded_low"]), told(fact["recorded_high"])
    span = f"{low} to {high}" if low != high else low
    return about, f"{told(fact['simulated_median'])} ({span}){unit}"

"""What shipped: when each project came out, how often, and which were cancelled."""

from typing import Any

import pandas as pd
from matplotlib.axes import Axes

from sim.report.figures import style
from sim.report.story import what_shipped
from sim.report.tables import rows_of
from sim.results.result import Result
from sim.scenario import Scenario

MOST = 10


def data(result: Result) -> pd.DataFrame:
    """Months of release (the run's first is 0) and shares of replicates, a row per project in order of the targets."""
    targets = [result.scenario.month_of(project.target) for project in result.scenario.project.values()]
    columns = ["project", "team", "target", "target_month", "q05", "q50", "q95", "released", "cancelled"]
    table = what_shipped(result).assign(target_month=targets)[columns]
    return table.sort_values(["target_month", "project"], ignore_index=True)


def strip(ax: Axes, result: Result) -> int:
    """One row per project: median and 90 % interval of the release, a tick at the target, a diamond at the recorded
    release, and how often it came out.

    A project that most histories never release has no dot. The room right of the axes holds the words. Returns how many
    projects were left out.
    """
    table, scenario = data(result), result.scenario
    facts = recorded(scenario)
    hidden = max(0, len(table) - MOST)
    if hidden:
        first = table.assign(
            known=table["project"].isin(facts), prestige=[scenario.project[name].prestige for name in table["project"]]
        ).sort_values(["known", "prestige", "released"], ascending=False, kind="stable")
        table = first[:MOST].sort_index().reset_index(drop=True)
    colours = style.team_colours(scenario)
    ax.grid(axis="y", visible=False)
    ax.grid(axis="x", visible=True)
    for row, project in enumerate(rows_of(table)):
        colour = colours[project.team]
        if 0 <= project.target_month < scenario.months:
            ax.plot([project.target_month + 1] * 2, [row - 0.3, row + 0.3], color=style.SOFT, linewidth=1.4)
        if project.released > 0:  # at the end of the month, as the target's tick
            ends = [project.q05 + 1, project.q95 + 1]
            ax.plot(ends, [row, row], color=colour, linewidth=6, alpha=0.4, solid_capstyle="butt")
        if project.released >= 0.5:
            style.dot(ax, project.q50 + 1, row, colour, size=9, zorder=4, gid=f"released {project.project}")
        if project.project in facts and 0 <= facts[project.project] < scenario.months:
            style.dot(ax, facts[project.project] + 1, row + 0.32, style.INK, "D", 6, zorder=5)
        style.right_of(ax, row, _fate(project, scenario))
    ax.set_yticks(range(len(table)), [style.shown(name, 15) for name in table["project"]], color=style.INK)
    ax.set_ylim(len(table) - 0.4, -0.6)
    ax.spines["left"].set_visible(False)
    style.month_axis(ax, scenario)
    return hidden


def recorded(scenario: Scenario) -> dict[str, float]:
    """Month of each recorded release, from the run's first."""
    return {
        fact.project: scenario.month_of(fact.month) + fact.value
        for fact in scenario.record.values()
        if fact.what == "release_delay" and fact.project and fact.value is not None
    }  # fmt: skip


def _fate(project: Any, scenario: Scenario) -> str:
    if project.cancelled > project.released:
        return f"{style.percent(project.cancelled)} cancelled"
    if project.released:
        return f"{style.percent(project.released)} released"
    return "not out: due later" if project.target_month >= scenario.months else "not out in this run"

"""How fair the division feels to each team, month by month."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sim.aliases import Column
from sim.report.figures import style
from sim.report.figures.events import LABEL, at_foot, axes_below_events, event_key, event_lines, event_numbers
from sim.report.figures.gpus import INCHES
from sim.report.figures.labels import EndLabel, end_labels
from sim.report.once import once
from sim.results.bands import NAMES, bands
from sim.results.estimate import Estimate
from sim.results.result import Result

NEEDS = ("months",)
MANNED = 0.5  # share of replicates in which a team must have someone for its month to be drawn
BANDS = 2  # teams, those that feel it most, whose bands are drawn: more of them would hide each other


@once
def data(result: Result) -> pd.DataFrame:
    """Quantiles and mean of perceived fairness (log hazard), a row per team and month, over replicates with people in
    the team; `manned` is their share."""
    months = result.months
    stay, keys = months["headcount"] + months["hired"] + months["moved"] - months["laid_off"], ["team", "month"]
    months = months[[*keys, "fairness"]].assign(manned=stay > 0)
    table = bands(months[months["manned"]], keys, ["fairness"]).droplevel("column")
    table["manned"] = months.groupby(keys, observed=True)["manned"].mean()
    table = table.reset_index()
    table["team"] = table["team"].astype(str)
    table.insert(2, "date", [result.scenario.date_of(month) for month in table["month"]])
    return table


@style.styled
def draw(result: Result) -> Figure:
    subtitle = (
        "Mean perceived fairness of a team's people, as what it takes from the log hazard of leaving: 0 is fair, −0.7 "
        "makes leaving twice as likely. Line: median; band: half of the replicates"
    )
    more = len(style.leading_teams(result.scenario)) > BANDS
    subtitle += ", of the two teams that feel it most." if more else "."
    figure, _ = style.page(INCHES, message(result), subtitle, result)
    foot = 0.78 + at_foot(figure, event_key(result.scenario, numbered=False, beyond=LABEL))
    ax = axes_below_events(figure, result.scenario, (0.09, 0.82), (foot, INCHES))
    ax.set_ylabel("perceived fairness, log hazard")
    panel(ax, result)
    return figure


def panel(ax: Axes, result: Result, small: bool = False) -> None:
    """Lines, bands, zero and events; on small axes events have numbers instead of words."""
    scenario, colours = result.scenario, style.team_colours(result.scenario)
    own, table = style.leading_teams(scenario), data(result)
    table.loc[table["manned"] < MANNED, list(NAMES)] = np.nan
    ax.axhline(0, color=style.INK, linewidth=1.2, zorder=2)
    labels = []
    banded = table[table["team"].isin(own)].groupby("team")["q50"].min().nsmallest(BANDS).index
    x = np.arange(scenario.months) + 0.5
    every = pd.MultiIndex.from_product([scenario.team, range(scenario.months)])
    quartiles = table.set_index(["team", "month"])[["q25", "q50", "q75"]].reindex(every)
    for name in sorted(scenario.team, key=lambda name: name in own):  # grey ones first, below the others
        rows, colour, grey = quartiles.loc[name], colours[name], name not in own
        there = rows["q50"].notna().to_numpy()
        if not there.any():
            continue
        alone = there & ~np.append(there[1:], False) & ~np.append(False, there[:-1])  # no line would show it
        ax.plot(x, rows["q50"], color=colour if grey else style.darker(colour, 0.1), linewidth=1 if grey else 2.2,
                alpha=0.6 if grey else 1, gid=f"team {name}", zorder=2 if grey else 3, markersize=7,
                marker="o" if alone.any() else "", markevery=alone)  # fmt: skip
        if grey:
            continue
        if name in banded:
            ax.fill_between(x, rows["q25"], rows["q75"], color=colour, alpha=0.2, linewidth=0)
        last = int(np.flatnonzero(there)[-1])
        words, ended = style.shown(name, 14 if small else 16), last + 1 < scenario.months
        if ended:
            words += f",\nuntil {style.short_month(scenario, last)}"
        labels.append(EndLabel(rows["q50"].iloc[last], words, style.darker(colour), x=last + 0.5, leader=not ended))
    if len(own) < len(scenario.team):
        rest = table[~table["team"].isin(own)]
        middle = rest[rest["month"] == rest["month"].max()]["q50"].median()
        labels.append(EndLabel(middle, f"{len(scenario.team) - len(own)} other teams", style.SOFT, weight=-1))
    lowest, highest = min(-0.1, ax.dataLim.y0), max(0.0, ax.dataLim.y1)
    ax.set_ylim(1.08 * lowest, max(0.12 * -lowest, 1.08 * highest))
    style.number_axis(ax.yaxis)
    ax.text(0.006, 0, "fair", transform=ax.get_yaxis_transform(), va="bottom", fontsize=style.SMALL,
            color=style.SOFT)  # fmt: skip
    event_lines(ax, scenario)
    style.month_axis(ax, scenario, 5 if small else 9)
    if small:
        event_numbers(ax, scenario)
    end_labels(ax, labels, style.SMALL if small else style.TEXT)


def message(result: Result) -> str:
    """Which team felt least fairly treated, when it was worst, and what that did to its wish to leave."""
    scenario, table = result.scenario, data(result)
    if not scenario.mechanisms.fairness:
        return "Fairness is switched off in this scenario"
    table = table[table["manned"] >= MANNED]
    if not len(table) or table["q50"].min() > -0.005:
        return "No team felt unfairly treated"
    depths = table.loc[table.groupby("team")["q50"].idxmin()].sort_values("q50")
    worst = depths.iloc[0]
    times = np.exp(-scenario.turnover.fairness * worst["q50"])
    name, when = style.shown(worst["team"]), style.short_month(scenario, worst["month"])
    if len(depths) > 1 and not _surely_below(result, worst, depths.iloc[1]):
        name = style.listed([name, style.shown(depths.iloc[1]["team"])])
    how = f"{name} felt {'least fairly' if len(depths) > 1 else 'unfairly'} treated"
    how += f": leaving was {times:.2g} times as likely" if times >= 1.05 else ", but only a little,"
    return f"{how} in {when}"


def _surely_below(result: Result, worst: Column, next_worst: Column) -> bool:
    """Whether luck leaves no doubt that the first team's worst month was worse than the second's; of a single history
    that is as it is."""
    months = result.months
    keys = [key for key in ("point", "replicate") if key in months]

    def felt(row: Column) -> Column:
        here = (months["team"] == row["team"]) & (months["month"] == row["month"])
        return months[here].set_index(keys)["fairness"]

    gap = (felt(worst) - felt(next_worst)).dropna()
    return len(gap) < 2 or Estimate.of(gap).luck.high < 0

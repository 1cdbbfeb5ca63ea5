"""Who holds the GPUs, month by month."""

from itertools import combinations, pairwise

import matplotlib.patheffects
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sim.aliases import Floats
from sim.report.figures import style
from sim.report.figures.events import LABEL, at_foot, axes_below_events, event_key, event_lines
from sim.report.figures.labels import EndLabel, Point, box_of, end_labels, points, write_beside
from sim.report.once import once
from sim.results.result import Result
from sim.scenario import Scenario

NEEDS = ("months", "lab")
OFF_SCALE = 2.2  # times what is held: a budget or a need beyond that is cut off and said in words
INCHES = 5.5  # below the head of the page


def data(result: Result) -> pd.DataFrame:
    """Mean GPUs in each month: a row per month and what is meant: `held` by a team, the lab's `budget` and `need`."""
    held = held_by_team(result)
    lab = lab_means(result)
    columns = [("held", name, held[name]) for name in held] + [(name, "", lab[name]) for name in lab]
    table = pd.concat([
        pd.DataFrame({"month": values.index, "what": what, "team": team, "gpus": values.to_numpy()})
        for what, team, values in columns
    ])  # fmt: skip
    table.insert(1, "date", [result.scenario.date_of(month) for month in table["month"]])
    return table


@once
def lab_means(result: Result) -> pd.DataFrame:
    """The lab's budget and need, means over replicates: a row per month."""
    return result.lab.groupby("month")[["budget", "need"]].mean()


@once
def held_by_team(result: Result) -> pd.DataFrame:
    """Means over replicates: a row per month, a column per team. A team with nobody holds nothing."""
    held = result.months.pivot_table(index="month", columns="team", values="gpus", aggfunc="mean", observed=False)
    held.columns = held.columns.astype(str)
    return held.reindex(columns=list(result.scenario.team), fill_value=0.0).fillna(0.0)


@style.styled
def draw(result: Result) -> Figure:
    subtitle = "Mean GPUs held in each month, stacked by team. Line: budget. Dashes: what all teams need together."
    if (held_by_team(result).sum(axis=1) > 1.02 * lab_means(result)["need"] + 1).any():
        subtitle += " What is held above the dashes was asked for beyond need."
    figure, _ = style.page(INCHES, message(result), subtitle, result)
    foot = 0.78 + at_foot(figure, event_key(result.scenario, numbered=False, beyond=LABEL))
    panel(axes_below_events(figure, result.scenario, (0.095, 0.84), (foot, INCHES)), result)
    return figure


def panel(ax: Axes, result: Result) -> None:
    """The areas with their names, the budget, the need and the events."""
    scenario = result.scenario
    held, colours = held_by_team(result), style.team_colours(scenario)
    bottom = np.zeros(scenario.months)
    for name in stacking(scenario):
        top = bottom + held[name].to_numpy()
        ax.stairs(top, baseline=bottom, fill=True, color=colours[name], linewidth=0, gid=f"team {name}")
        if colours[name] != style.OTHERS:
            ax.stairs(top, baseline=None, color="white", linewidth=0.6)
        bottom = top
    lab = lab_means(result)
    ax.stairs(lab["budget"], baseline=None, color=style.INK, linewidth=1.5, gid="budget")
    ax.stairs(lab["need"], baseline=None, color=style.INK, linewidth=1.5, linestyle=(0, (4, 2)), gid="need")
    ceiling = min(max(lab.max().max(), bottom.max()), OFF_SCALE * max(lab.max().min(), bottom.max()))
    ax.set_ylim(0, 1.06 * ceiling if ceiling > 0 else 1)
    ax.set_ylabel("GPUs")
    style.number_axis(ax.yaxis)
    event_lines(ax, scenario)
    style.month_axis(ax, scenario)
    _name_areas(ax, result)


def stacking(scenario: Scenario) -> list[str]:
    """Teams from below: those with a colour of their own in name order, then all others."""
    own = style.leading_teams(scenario)
    return own + [name for name in scenario.team if name not in own]


def _name_areas(ax: Axes, result: Result) -> None:
    """Write names into the areas that are thick enough, beside those that are thin or end early, and, with the names of
    the two lines, at the right edge those that reach it."""
    scenario = result.scenario
    held, colours, lab = held_by_team(result), style.team_colours(scenario), lab_means(result)
    ceiling = ax.get_ylim()[1]
    labels, early, taken = [], [], []
    for key, words in (("budget", "budget"), ("need", "total need")):
        if lab[key].max() > ceiling:
            words += f",\nup to {style.number(lab[key].max())}"
        labels.append(EndLabel(min(lab[key].iloc[-1], ceiling), words, weight=np.inf))
    below = np.zeros(scenario.months)
    own = style.leading_teams(scenario)
    groups = [(name, style.shown(name, 20), held[name].to_numpy()) for name in own]
    others = [name for name in scenario.team if name not in own]
    if others:
        groups.append((others[0], f"{len(others)} other teams", held[others].sum(axis=1).to_numpy()))
    for name, words, values in groups:
        top = below + values
        width, height = style.measure(style.figure_of(ax), words, style.TEXT)
        centre = _room(ax, below, top, width, height)
        if centre:
            ax.text(*centre, words, fontsize=style.TEXT, color=style.ink_on(colours[name]), ha="center",
                    va="center_baseline", gid="label")  # fmt: skip
            x, y = points(ax, centre)[0]
            taken.append((x - width / 2, y - height / 2, x + width / 2, y + height / 2))
        elif values.max() > 0:
            last = int(np.flatnonzero(values > 0)[-1])
            middle = below[last] + values[last] / 2
            if last + 1 < scenario.months:
                early.append((words, last, middle, style.darker(colours[name])))
            else:
                labels.append(EndLabel(middle, words, style.darker(colours[name]), values.max()))
        below = top
    _, bottom, edge, upper = box_of(ax)
    halo = [matplotlib.patheffects.withStroke(linewidth=3, foreground="white")]
    for words, last, middle, colour in early:
        x, y = points(ax, (last + 1, middle))[0]
        if not write_beside(ax, (x, y, x, y), [(words, colour)], taken, (x, bottom, edge, upper), 6, style.TEXT,
                            path_effects=halo):  # fmt: skip
            words += f",\nuntil {style.short_month(scenario, last)}"
            labels.append(EndLabel(middle, words, colour, leader=False))
    end_labels(ax, labels)


def _room(ax: Axes, bottom: Floats, top: Floats, width: float, height: float) -> Point | None:
    """Centre of the thickest stretch for a text of this size in points, in data units; None if it does not fit."""
    left, floor, right, ceiling = box_of(ax)
    span = int(np.ceil((width + 8) * len(bottom) / (right - left))) + 1  # months
    if span > len(bottom):
        return None
    windows = np.lib.stride_tricks.sliding_window_view
    low, high = windows(bottom, span).max(axis=1), windows(top, span).min(axis=1)
    best = int(np.argmax(high - low))
    if high[best] - low[best] < 1.35 * height * np.ptp(ax.get_ylim()) / (ceiling - floor):
        return None
    return best + span / 2, (low[best] + high[best]) / 2


def message(result: Result) -> str:
    """Which of two rivals held more, how much more, and for how long; without rivals, who held most."""
    scenario, held = result.scenario, held_by_team(result)
    if len(scenario.team) == 1:
        (name,) = scenario.team
        lab = lab_means(result)
        if not lab["need"].sum() > 0:
            return f"{style.shown(name)} needed no GPUs"
        share = held[name].sum() / lab["need"].sum()
        return f"{style.shown(name)} held {style.percent(share)} of the GPUs that it needed"
    if not held.to_numpy().any():
        return "Nobody held a GPU"
    pair = rivals(result, held)
    if pair is None:
        shares = held.sum() / held.sum().sum()
        most = style.shown(str(shares.idxmax()))
        return f"Of {len(shares)} teams, {most} held most: {style.percent(shares.max())} of the GPUs"
    first, second = pair
    if min(held[first].sum(), held[second].sum()) <= 0:
        some, none = (first, second) if held[first].sum() > 0 else (second, first)
        return f"{style.shown(some)} held GPUs, {style.shown(none)} none"
    first, second, begin, end = greatest_lead(result, held, first, second)
    mine, theirs = held[first].iloc[begin:end].sum(), held[second].iloc[begin:end].sum()
    a, b = style.shown(first), style.shown(second)
    if mine < 1.1 * theirs or not _surely_more(result, first, second, begin, end):
        return f"{a} and {b} held nearly equal GPUs"
    times = "more than 20" if mine > 20 * theirs else f"{mine / theirs:.2g}"
    return f"{a} held {times} times {b}'s GPUs{_when(scenario, begin, end)}"


def _surely_more(result: Result, first: str, second: str, begin: int, end: int) -> bool:
    """Whether the first held more in nine of ten histories: the stretch was chosen after the fact, so that a mean which
    differs is not enough."""
    months = result.months
    keys = [key for key in ("point", "replicate", "team") if key in months]
    there = months["month"].between(begin, end - 1) & months["team"].isin([first, second])
    months = months.loc[there, [*keys, "gpus"]]
    held = months.groupby(keys, observed=True)["gpus"].sum().unstack("team")
    return (held[first] > held[second]).mean() >= 0.9


def rivals(result: Result, held: pd.DataFrame) -> tuple[str, str] | None:
    """The two teams to speak of: on one line of work, there from the start if possible, and holding most; of two teams
    both. None if no two are rivals."""
    team, total = result.scenario.team, held.sum()
    first = result.months.loc[result.months["month"] == 0, ["team", "headcount"]]
    here = first.groupby("team", observed=False)["headcount"].mean()
    pairs = [(a, b) for a, b in combinations(team, 2) if len(team) == 2 or team[a].line == team[b].line]
    return max(pairs, key=lambda pair: (all(here[name] > 0 for name in pair), total[list(pair)].sum()), default=None)


def greatest_lead(result: Result, held: pd.DataFrame, first: str, second: str) -> tuple[str, str, int, int]:
    """Leader, other, and the months [begin, end) of the stretch in which one of the two was ahead by most in all.

    Only months count in which both needed GPUs: a team that is gone is no rival.
    """
    need = result.months.groupby(["team", "month"], observed=False)["need"].mean()
    both = (need[first] > 0).to_numpy() & (need[second] > 0).to_numpy()
    ahead = np.where(both, (held[first] - held[second]).to_numpy(), 0.0)
    sign = np.sign(ahead)
    bounds = [0, *(np.flatnonzero(np.diff(sign)) + 1), len(sign)]
    _, begin, end = max((abs(ahead[begin:end].sum()), -begin, end) for begin, end in pairwise(bounds))
    return (second, first, -begin, end) if sign[-begin] < 0 else (first, second, -begin, end)


def _when(scenario: Scenario, begin: int, end: int) -> str:
    if begin == 0 and end >= scenario.months:
        return " throughout" if scenario.months > 1 else ""
    if begin == 0:
        return f" until {style.month_name(scenario, end)}"
    if end >= scenario.months:
        return f" from {style.month_name(scenario, begin)}"
    last = style.month_name(scenario, end - 1)
    return f" from {style.month_name(scenario, begin)} to {last}" if end > begin + 1 else f" in {last}"

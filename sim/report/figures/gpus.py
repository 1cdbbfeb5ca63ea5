"""Who holds the GPUs, month by month."""

from itertools import combinations, pairwise
from typing import Any

import matplotlib.patheffects
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sim.aliases import Column, Floats
from sim.report.figures import style
from sim.report.figures.events import event_labels, event_lines, events_by_month
from sim.report.figures.labels import Box, EndLabel, Place, end_labels, points, thin_line
from sim.report.figures.needs import lacking
from sim.report.figures.style import Colour
from sim.report.once import once
from sim.results.result import Result
from sim.scenario import Scenario

HEIGHT = 6.4  # inches
OFF_SCALE = 2.2  # times what is held: a budget or a need beyond that is cut off and said in words
BASE = 0.78  # inches, for the months below


def missing(result: Result) -> str:
    return lacking(result, "months", "lab")


def data(result: Result) -> pd.DataFrame:
    """Mean GPUs in each month: a row per month and what is meant: `held` by a team, the lab's `budget` and `need`."""
    held = held_by_team(result)
    lab = result.lab.groupby("month")[["budget", "need"]].mean()
    parts = [("held", name, held[name]) for name in held] + [(name, "", lab[name]) for name in lab]
    table = pd.concat([
        pd.DataFrame({"month": values.index, "what": what, "team": team, "gpus": values.to_numpy()})
        for what, team, values in parts
    ])  # fmt: skip
    table.insert(1, "date", [result.scenario.date_of(month) for month in table["month"]])
    return table


def beyond_need(result: Result) -> bool:
    """Whether the teams together hold visibly more than they need in some month."""
    lab = result.lab.groupby("month")["need"].mean()
    return bool((held_by_team(result).sum(axis=1) > 1.02 * lab + 1).any())


@once
def held_by_team(result: Result) -> pd.DataFrame:
    """Means over replicates: a row per month, a column per team. A team with nobody holds nothing."""
    held = result.months.pivot_table(index="month", columns="team", values="gpus", aggfunc="mean", observed=False)
    held.columns = held.columns.astype(str)
    return held.reindex(columns=list(result.scenario.team), fill_value=0.0).fillna(0.0)


@style.styled
def draw(result: Result) -> Figure:
    subtitle = "Mean GPUs held in each month, stacked by team. Line: budget. Dashes: what all teams need together."
    if beyond_need(result):
        subtitle += " What is held above the dashes was asked for beyond need."
    figure, room = style.page(HEIGHT, message(result), subtitle, result)
    height = figure.get_figheight()
    base = (BASE + hidden_events(figure, result.scenario)) / height
    ax = figure.add_axes((0.095, base, 0.745, 0.5))
    panel(ax, result)
    used = event_labels(ax, result.scenario)
    top = room - (used + 6) / 72 / height
    ax.set_position((0.095, base, 0.745, top - base))
    name_areas(ax, result)
    return figure


def hidden_events(figure: Figure, scenario: Scenario, most: int = 44) -> float:
    """Write at the foot what the labels of events shorten to "+3". Returns the height used, in inches."""
    told = [f"{style.short_month(scenario, month)}: {', '.join(words)}"
            for month, words in events_by_month(scenario).items() if len(", ".join(words)) > most]  # fmt: skip
    lines = style.wrapped("; ".join(told), figure.get_figwidth() - 0.4, style.SMALL)[:4]
    if lines:
        figure.text(0.02, 0.36 / figure.get_figheight(), "\n".join(lines), fontsize=style.SMALL, color=style.SOFT,
                    va="bottom", linespacing=1.25, gid="label")  # fmt: skip
    return len(lines) * 1.3 * style.SMALL / 72 + 0.1 * bool(lines)


def panel(ax: Axes, result: Result) -> None:
    """The areas, the budget, the need and the events; without the names of the areas, which need the final size."""
    scenario = result.scenario
    held, colours = held_by_team(result), style.team_colours(scenario)
    edges = np.arange(scenario.months + 1)
    bottom = np.zeros(scenario.months + 1)
    for name in stacking(scenario):
        top = bottom + _to_edges(held[name])
        ax.fill_between(edges, bottom, top, step="post", color=colours[name], linewidth=0, gid=f"team {name}")
        if colours[name] != style.OTHERS:
            ax.step(edges, top, where="post", color="white", linewidth=0.6)
        bottom = top
    lab = result.lab.groupby("month")[["budget", "need"]].mean()
    lines: dict[str, Any] = {"color": style.INK, "where": "post", "linewidth": 1.5}
    ax.step(edges, _to_edges(lab["budget"]), gid="budget", **lines)
    ax.step(edges, _to_edges(lab["need"]), linestyle=(0, (4, 2)), gid="need", **lines)
    ceiling = min(max(lab.max().max(), bottom.max()), OFF_SCALE * max(lab.max().min(), bottom.max()))
    ax.set_ylim(0, 1.06 * ceiling if ceiling > 0 else 1)
    ax.yaxis.set_major_formatter(style.tick)
    ax.set_ylabel("GPUs")
    ax.yaxis.set_major_locator(style.few_ticks())
    event_lines(ax, scenario)
    style.month_axis(ax, scenario)


def stacking(scenario: Scenario) -> list[str]:
    """Teams from below: those with a colour of their own in name order, then all others."""
    own = style.leading_teams(scenario)
    return own + [name for name in scenario.team if name not in own]


def name_areas(ax: Axes, result: Result, size: float = style.TEXT) -> None:
    """Write names into the areas that are thick enough, beside those that are thin or end early, and, with the names of
    the two lines, at the right edge those that reach it."""
    scenario = result.scenario
    held, colours = held_by_team(result), style.team_colours(scenario)
    lab = result.lab.groupby("month")[["budget", "need"]].mean()
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
        width, height = style.measure(style.figure_of(ax), words, size)
        place = _room(ax, below, top, width, height)
        if place:
            ax.text(*place, words, fontsize=size, color=style.ink_on(colours[name]), ha="center", va="center_baseline",
                    gid="label")  # fmt: skip
            x, y = points(ax, place)[0]
            taken.append((x - width / 2, y - height / 2, x + width / 2, y + height / 2))
        elif values.max() > 0:
            last = int(np.flatnonzero(values > 0)[-1])
            at = below[last] + values[last] / 2
            if last + 1 < scenario.months:
                early.append((words, last, at, style.darker(colours[name])))
            else:
                labels.append(EndLabel(at, words, style.darker(colours[name]), values.max()))
        below = top
    for words, last, at, colour in early:
        if not _beside(ax, words, (last + 1, at), colour, taken, size):
            words += f",\nuntil {style.short_month(scenario, last)}"
            labels.append(EndLabel(at, words, colour, leader=False))
    end_labels(ax, labels, size)


def _beside(ax: Axes, words: str, place: Place, colour: Colour, taken: list[Box], size: float) -> bool:
    """Write a name right of where its area ends, or as near above or below as other names leave room; False if none."""
    width, height = style.measure(style.figure_of(ax), words, size)
    box = ax.bbox.transformed(ax.figure.dpi_scale_trans.inverted())
    (x, y), low, high, edge = points(ax, place)[0], 72 * box.y0, 72 * box.y1, 72 * box.x1
    left = x + 6
    for shift in (0, 16, -16, 32, -32, 48, 64, 80):
        one = left, y + shift - height / 2, left + width, y + shift + height / 2
        if one[1] < low or one[3] > high or one[2] > edge:
            continue
        if all(one[2] < a or c < one[0] or one[3] < b or d < one[1] for a, b, c, d in taken):
            halo = [matplotlib.patheffects.withStroke(linewidth=3, foreground="white")]
            ax.annotate(words, place, xytext=(6, shift), textcoords="offset points", fontsize=size, color=colour,
                        va="center_baseline", gid="label", path_effects=halo, zorder=6)  # fmt: skip
            if shift:
                thin_line(ax, place, ax.transData, (5, shift), style.INK)
            taken.append(one)
            return True
    return False


def _room(ax: Axes, bottom: Floats, top: Floats, width: float, height: float) -> Place | None:
    """Centre of the thickest place for a text of this size in points, in data units; None if it does not fit."""
    box = ax.bbox
    points = 72 / ax.figure.dpi
    months_a_point = len(bottom) / (box.width * points)
    gpus_a_point = np.ptp(ax.get_ylim()) / (box.height * points)
    span = int(np.ceil((width + 8) * months_a_point)) + 1
    if span > len(bottom):
        return None
    windows = np.lib.stride_tricks.sliding_window_view
    low, high = windows(bottom, span).max(axis=1), windows(top, span).min(axis=1)
    best = int(np.argmax(high - low))
    if high[best] - low[best] < 1.35 * height * gpus_a_point:
        return None
    return best + span / 2, (low[best] + high[best]) / 2


def _to_edges(values: Column) -> Floats:
    """One value per month as one per edge of the months, for steps."""
    numbers = np.asarray(values, dtype=float)
    return np.append(numbers, numbers[-1])


# The message


def message(result: Result) -> str:
    """Which of two rivals held more, how much more, and for how long; without rivals, who held most."""
    scenario, held = result.scenario, held_by_team(result)
    if len(scenario.team) == 1:
        (name,) = scenario.team
        lab = result.lab.groupby("month")[["budget", "need"]].mean()
        part = held[name].sum() / lab["need"].sum() if lab["need"].sum() > 0 else np.nan
        if not np.isfinite(part):
            return f"{style.shown(name)} needed no GPUs"
        return f"{style.shown(name)} held {style.percent(part)} of the GPUs that it needed"
    if not held.to_numpy().any():
        return "Nobody held a GPU"
    pair = rivals(result, held)
    if pair is None:
        share = held.sum() / held.sum().sum()
        most = style.shown(str(share.idxmax()))
        return f"Of {len(share)} teams, {most} held most: {style.percent(share.max())} of the GPUs"
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
    return max(pairs, key=lambda pair: (all(here[one] > 0 for one in pair), total[list(pair)].sum()), default=None)


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

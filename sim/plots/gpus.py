"""Who holds the GPUs, month by month."""

from itertools import pairwise

import numpy as np
import pandas as pd

from sim.plots import style
from sim.plots.labels import EndLabel, end_labels, event_labels, event_lines, measure

OFF_SCALE = 2.2  # times the budget: a need beyond that is cut off and said in words


def data(result) -> pd.DataFrame:
    """Mean GPUs held by each team in each month, in GPUs, beside the lab's budget and need."""
    held = held_by_team(result)
    lab = result.lab.groupby("month")[["budget", "need"]].mean()
    table = pd.concat([held, lab.add_prefix("lab_")], axis=1)
    table.insert(0, "date", [result.scenario.date_of(month) for month in table.index])
    return table.rename_axis("month").reset_index()


def held_by_team(result) -> pd.DataFrame:
    """Means over replicates: a row per month, a column per team. A team with nobody holds nothing."""
    held = result.months.pivot_table(index="month", columns="team", values="gpus", aggfunc="mean", observed=False)
    held.columns = held.columns.astype(str)
    return held.reindex(columns=list(result.scenario.team), fill_value=0.0).fillna(0.0)


@style.styled
def draw(result):
    subtitle = "Mean GPUs held in each month, stacked by team."
    figure = style.page(6.2, message(result), subtitle, result)
    ax = figure.add_axes((0.075, 0.115, 0.765, 0.5))
    panel(ax, result)
    used = event_labels(ax, result.scenario)
    top = figure.top - (used + 6) / 72 / figure.get_figheight()
    ax.set_position((0.075, 0.115, 0.765, top - 0.115))
    name_areas(ax, result)
    return figure


def panel(ax, result):
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
    lines = {"color": style.INK, "where": "post", "linewidth": 1.5}
    ax.step(edges, _to_edges(lab["budget"]), gid="budget", **lines)
    ax.step(edges, _to_edges(lab["need"]), linestyle=(0, (4, 2)), gid="need", **lines)
    ceiling = min(max(lab.max().max(), bottom.max()), OFF_SCALE * max(lab["budget"].max(), bottom.max()))
    ax.set_ylim(0, 1.06 * ceiling if ceiling > 0 else 1)
    ax.yaxis.set_major_formatter(lambda value, _: f"{value:,.0f}" if value == int(value) else f"{value:g}")
    ax.yaxis.set_major_locator(style.few_ticks())
    event_lines(ax, scenario)
    style.month_axis(ax, scenario)


def stacking(scenario):
    """Teams from below: those with a colour of their own in name order, then all others."""
    own = style.leading_teams(scenario)
    return own + [name for name in scenario.team if name not in own]


def name_areas(ax, result, size=style.TEXT):
    """Write names into the areas that are thick enough, and all others beside the axes, with those of the two lines."""
    scenario = result.scenario
    held, colours = held_by_team(result), style.team_colours(scenario)
    lab = result.lab.groupby("month")[["budget", "need"]].mean()
    ceiling = ax.get_ylim()[1]
    need, budget = lab["need"].iloc[-1], lab["budget"].iloc[-1]
    cut = lab["need"].max() > ceiling
    words = f"total need,\nup to {lab['need'].max():,.0f}" if cut else "total need"
    labels = [EndLabel(budget, "budget", weight=np.inf), EndLabel(min(need, ceiling), words, weight=np.inf)]
    below = np.zeros(scenario.months)
    own = style.leading_teams(scenario)
    groups = [(name, style.shown(name, 20), held[name].to_numpy()) for name in own]
    others = [name for name in scenario.team if name not in own]
    if others:
        groups.append((others[0], f"{len(others)} other teams", held[others].sum(axis=1).to_numpy()))
    for name, words, values in groups:
        top = below + values
        place = _room(ax, below, top, *measure(ax.figure, words, size))
        if place:
            ax.text(*place, words, fontsize=size, color=style.ink_on(colours[name]), ha="center", va="center_baseline",
                    gid="label")  # fmt: skip
        elif values.max() > 0:
            last = int(np.flatnonzero(values > 0)[-1])
            at = below[last] + values[last] / 2
            ended = last + 1 < scenario.months
            if ended:
                words += f",\nuntil {style.short_month(scenario, last)}"
            labels.append(EndLabel(at, words, style.darker(colours[name]), values.max(), leader=not ended))
        below = top
    end_labels(ax, labels, size)


def _room(ax, bottom, top, width, height):
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


def _to_edges(values):
    """One value per month as one per edge of the months, for steps."""
    values = np.asarray(values, dtype=float)
    return np.append(values, values[-1])


# The message


def message(result) -> str:
    """Which of two rivals held more, how much more, and for how long."""
    scenario, held = result.scenario, held_by_team(result)
    if len(scenario.team) == 1:
        (name,) = scenario.team
        lab = result.lab.groupby("month")[["budget", "need"]].mean()
        part = held[name].sum() / lab["need"].sum() if lab["need"].sum() > 0 else np.nan
        if not np.isfinite(part):
            return f"{style.shown(name)} needed no GPUs"
        return f"{style.shown(name)} held {style.percent(part)} of the GPUs that it needed"
    pair = rivals(result, held)
    if pair is None:
        return "Nobody held a GPU"
    first, second = pair
    first, second, begin, end = longest_lead(held, first, second)
    mine, theirs = held[first].iloc[begin:end].sum(), held[second].iloc[begin:end].sum()
    when = _when(scenario, begin, end)
    a, b = style.shown(first), style.shown(second)
    if mine < 1.1 * theirs:
        return f"{a} and {b} held nearly equal GPUs{when}"
    times = "more than 20" if mine > 20 * theirs else style.number(float(f"{mine / theirs:.2g}"))
    return f"{a} held {times} times {b}'s GPUs{when}"


def rivals(result, held):
    """The two teams to speak of: rivals there from the start if possible, and holding most; None if nobody holds."""
    team = result.scenario.team
    total = held.sum()
    here = result.months[result.months["month"] == 0].groupby("team", observed=False)["headcount"].mean()
    there = {name: float(here.get(name, 0.0)) > 0 for name in team}
    largest = [name for name in total.sort_values(ascending=False, kind="stable").index if total[name] > 0][:50]
    pairs = [(a, b) for i, a in enumerate(largest) for b in largest[i + 1 :]]
    if not pairs:
        return (largest[0], next(name for name in team if name != largest[0])) if largest else None
    return max(pairs, key=lambda p: (team[p[0]].line == team[p[1]].line and there[p[0]] and there[p[1]],
                                     there[p[0]] and there[p[1]], total[p[0]] + total[p[1]]))  # fmt: skip


def longest_lead(held, first, second):
    """Leader, other, and the months [begin, end) of the longest stretch in which one of the two held more."""
    sign = np.sign((held[first] - held[second]).to_numpy())
    edges = np.flatnonzero(np.diff(sign)) + 1
    bounds = np.concatenate([[0], edges, [len(sign)]])
    runs = [(end - begin, -begin, begin, end) for begin, end in pairwise(bounds) if sign[begin]]
    if not runs:
        return first, second, 0, len(sign)
    _, _, begin, end = max(runs)
    return (first, second, begin, end) if sign[begin] > 0 else (second, first, begin, end)


def _when(scenario, begin, end):
    if begin == 0 and end >= scenario.months:
        return " throughout" if scenario.months > 1 else ""
    if begin == 0:
        return f" until {style.month_name(scenario, end)}"
    if end >= scenario.months:
        return f" from {style.month_name(scenario, begin)}"
    last = style.month_name(scenario, end - 1)
    return f" from {style.month_name(scenario, begin)} to {last}" if end > begin + 1 else f" in {last}"

"""Who holds the GPUs, month by month."""

from itertools import combinations, pairwise

import numpy as np
import pandas as pd

from sim.report.figures import style
from sim.report.figures.labels import EndLabel, end_labels, event_labels, event_lines, measure

HEIGHT = 6.2  # inches
OFF_SCALE = 2.2  # times what is held: a budget or a need beyond that is cut off and said in words
BASE = 0.78 / HEIGHT  # room for the months below


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
    figure, room = style.page(HEIGHT, message(result), subtitle, result)
    ax = figure.add_axes((0.075, BASE, 0.765, 0.5))
    panel(ax, result)
    used = event_labels(ax, result.scenario)
    top = room - (used + 6) / 72 / figure.get_figheight()
    ax.set_position((0.075, BASE, 0.765, top - BASE))
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
    ceiling = min(max(lab.max().max(), bottom.max()), OFF_SCALE * max(lab.max().min(), bottom.max()))
    ax.set_ylim(0, 1.06 * ceiling if ceiling > 0 else 1)
    ax.yaxis.set_major_formatter(lambda value, _: style.number(value))
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
    labels = []
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
    if not held.to_numpy().any():
        return "Nobody held a GPU"
    if len(scenario.team) > len(style.PALETTE):
        share = held.sum() / held.sum().sum()
        most, part = style.shown(share.idxmax()), style.percent(share.max())
        return f"Of {len(share)} teams, {most} held most: {part} of the GPUs"
    first, second = rivals(result, held)
    if min(held[first].sum(), held[second].sum()) <= 0:
        return f"Only {style.shown(held.sum().idxmax())} held GPUs"
    first, second, begin, end = greatest_lead(result, held, first, second)
    mine, theirs = held[first].iloc[begin:end].sum(), held[second].iloc[begin:end].sum()
    a, b = style.shown(first), style.shown(second)
    if mine < 1.1 * theirs:
        return f"{a} and {b} held nearly equal GPUs"
    times = "more than 20" if mine > 20 * theirs else style.number(float(f"{mine / theirs:.2g}"))
    return f"{a} held {times} times {b}'s GPUs{_when(scenario, begin, end)}"


def rivals(result, held):
    """The two teams to speak of: on one line of work and there from the start if possible, and holding most."""
    team, total = result.scenario.team, held.sum()
    first = result.months[result.months["month"] == 0]
    here = first.groupby("team", observed=False)["headcount"].mean()

    def weight(pair):
        a, b = pair
        there = here[a] > 0 and here[b] > 0
        return there and team[a].line == team[b].line, there, total[a] + total[b]

    return max(combinations(team, 2), key=weight)


def greatest_lead(result, held, first, second):
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


def _when(scenario, begin, end):
    if begin == 0 and end >= scenario.months:
        return " throughout" if scenario.months > 1 else ""
    if begin == 0:
        return f" until {style.month_name(scenario, end)}"
    if end >= scenario.months:
        return f" from {style.month_name(scenario, begin)}"
    last = style.month_name(scenario, end - 1)
    return f" from {style.month_name(scenario, begin)} to {last}" if end > begin + 1 else f" in {last}"

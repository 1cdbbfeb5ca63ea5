"""Who is still here: the share of each cohort that is present, from the month in which it was fixed."""

from collections import Counter

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sim.report.figures import style
from sim.report.figures.events import at_foot, event_key, event_lines, event_numbers
from sim.report.figures.labels import EndLabel, end_labels
from sim.report.figures.style import Colour
from sim.report.once import once
from sim.report.tables import rows_of
from sim.results.bands import NAMES
from sim.results.result import Result
from sim.scenario import Scenario

NEEDS = ("cohorts",)
MOST = 12  # panels; the data beside the picture holds every cohort


def missing(result: Result) -> str:
    return "" if drawn(result) else "no [[cohort]] with people in it is fixed within the scenario's months"


@once
def data(result: Result) -> pd.DataFrame:
    """Share present at the end of each month: quantiles and mean over replicates, a row per cohort and month."""
    left = result.bands("cohorts", "left_share")
    changed = dict(zip(NAMES, reversed(NAMES), strict=True))  # the quantiles change sides
    table = (1.0 - left).rename(columns=changed)[[*NAMES, "mean"]].reset_index()
    table["cohort"] = table["cohort"].astype(str)
    table.insert(2, "date", [result.scenario.date_of(month) for month in table["month"]])
    return table


@once
def recorded(result: Result) -> pd.DataFrame:
    """Recorded shares present within the run, if any: columns cohort, month (a number), low, value, high."""
    scenario = result.scenario
    facts = pd.DataFrame([
        {"cohort": fact.cohort, "month": scenario.month_of(fact.month),
         **{end: np.nan if share is None else 1 - share
            for end, share in (("low", fact.high), ("value", fact.value), ("high", fact.low))}}
        for fact in scenario.record.values() if fact.what == "left_share"
    ], columns=["cohort", "month", "low", "value", "high"])  # fmt: skip
    return facts[facts["month"].between(0, scenario.months - 1)]


def drawn(result: Result, most: int = MOST) -> list[str]:
    """Cohorts to draw, in name order: all if they are few, else those with recorded facts, with a colour, and large."""
    if not len(result.cohorts):
        return []
    size = result.cohorts.groupby("cohort", observed=True)["size"].mean()
    size.index = size.index.astype(str)
    facts, colours = set(recorded(result)["cohort"]), style.cohort_colours(result.scenario)

    def rank(name: str) -> tuple[bool, bool, float, str]:
        return name not in facts, colours[name] == style.OTHERS, -size[name], name

    first = sorted((name for name in size.index if size[name] > 0), key=rank)[:most]
    return [name for name in result.scenario.cohort if name in first]


@style.styled
def draw(result: Result) -> Figure:
    names = drawn(result)
    columns = min(len(names), 2 if len(names) == 4 else 3)
    subtitle = "Line: median share still present. Bands: 50 % and 90 % of replicates."
    if len(recorded(result)):
        subtitle += " Diamond: recorded, with its interval."
    hidden = result.cohorts["cohort"].nunique() - len(names)
    if hidden:
        subtitle += f" {hidden} more cohort{'s' * (hidden > 1)} in the data beside the picture."
    key = event_key(result.scenario)
    inches = 0.8 + 3.1 * -(-len(names) // columns) + 0.2 * len(key)
    figure, room = style.page(inches, message(result), subtitle, result)
    panels = style.panels(figure, len(names), room, columns, margin=0.95, right=0.35, head=0.75, foot=0.55,
                          below=0.35 + at_foot(figure, key), end=-0.1)  # fmt: skip
    for index, (ax, name) in enumerate(zip(panels, names, strict=True)):
        _panel(ax, result, name, ticks=max(4, 9 // columns))
        ax.tick_params(labelleft=index % columns == 0)
        if index % columns == 0:
            ax.set_ylabel("still present")
    return figure


def _panel(ax: Axes, result: Result, name: str, ticks: int) -> None:
    scenario, colour = result.scenario, style.cohort_colours(result.scenario)[name]
    rows = _from_the_start(result, name)
    ax.fill_between(rows["x"], rows["q05"], rows["q95"], color=colour, alpha=0.18, linewidth=0)
    ax.fill_between(rows["x"], rows["q25"], rows["q75"], color=colour, alpha=0.35, linewidth=0)
    ax.plot(rows["x"], rows["q50"], color=style.darker(colour, 0.1), gid=f"cohort {name}")
    _marks(ax, result, name)
    _share_axis(ax, scenario, ticks)
    size = result.cohorts.loc[result.cohorts["cohort"] == name, "size"]
    people = f"{'' if size.nunique() == 1 else 'about '}{size.mean():,.0f} people"
    width = 72 * ax.bbox.width / ax.figure.dpi
    ax.set_title(style.shown(name, int(width / (0.7 * style.TEXT))), color=style.darker(colour), fontweight="bold",
                 pad=15 + 1.5 * style.SMALL, gid="label")  # fmt: skip
    words = f"{people}, {style.percent(rows['q50'].iloc[-1])} still here"
    ax.annotate(words, (0, 1), xycoords="axes fraction", xytext=(0, 15), textcoords="offset points",
                fontsize=style.SMALL, color=style.SOFT, gid="label")  # fmt: skip


def _from_the_start(result: Result, name: str) -> pd.DataFrame:
    """A cohort's rows with `x`, the end of each month, and with everyone there as the month of fixing begins."""
    table = data(result)
    rows = table[table["cohort"] == name].assign(x=lambda rows: rows["month"] + 1)
    whole = dict.fromkeys((*NAMES, "mean"), 1.0)
    begin = pd.DataFrame([{"x": int(rows["month"].min()), **whole}])
    return pd.concat([begin, rows], ignore_index=True)


def _marks(ax: Axes, result: Result, name: str, shift: float = 0.0, colour: Colour = style.INK) -> None:
    """Recorded shares of a cohort at the end of their month, as a diamond with its interval."""
    facts = recorded(result)
    for fact in rows_of(facts[facts["cohort"] == name]):
        x = fact.month + 1 + shift
        ax.plot([x, x], [fact.low, fact.high], color=colour, linewidth=1.8, zorder=4, clip_on=False)
        style.dot(ax, x, fact.value, colour, "D", zorder=5)


def _share_axis(ax: Axes, scenario: Scenario, ticks: int = 9) -> None:
    ax.set_ylim(0, 1.02)
    ax.set_yticks([0, 0.25, 0.5, 0.75, 1], ["0 %", "25 %", "50 %", "75 %", "100 %"])
    event_lines(ax, scenario)
    style.month_axis(ax, scenario, ticks)
    event_numbers(ax, scenario)


def small(ax: Axes, result: Result) -> None:
    """At most six cohorts on one axis: medians, half of the replicates, recorded facts, labels at the ends."""
    names, colours = drawn(result, 6), style.cohort_colours(result.scenario)
    labels, seen = [], Counter[str]()
    for index, name in enumerate(names):
        rows, colour = _from_the_start(result, name), colours[name]
        ax.fill_between(rows["x"], rows["q25"], rows["q75"], color=colour, alpha=0.22, linewidth=0)
        ax.plot(rows["x"], rows["q50"], color=style.darker(colour, 0.1), gid=f"cohort {name}",
                linestyle=style.DASHES[seen[colour] % len(style.DASHES)])  # fmt: skip
        seen[colour] += 1
        shift = 0.012 * result.scenario.months * (index - (len(names) - 1) / 2)
        _marks(ax, result, name, shift, style.darker(colour, 0.35))
        labels.append(EndLabel(rows["q50"].iloc[-1], style.shown(name, 14), style.darker(colour)))
    _share_axis(ax, result.scenario, 5)
    end_labels(ax, labels, style.SMALL)


def message(result: Result) -> str:
    """Median share of the cohorts that is gone at the end."""
    table = data(result).groupby("cohort").last()["q50"]
    gone = (1 - table[drawn(result)]).sort_values(ascending=False, kind="stable")
    scenario = result.scenario
    month = int(result.cohorts["month"].max())
    end = f"by the end of {style.short_month(scenario, month)}"
    words = [f"{style.percent(share)} of {style.shown(str(name))}" for name, share in gone.items()]
    if len(words) <= 3:
        return f"{style.listed(words)} had left {end}"
    return f"From {words[-1]} to {words[0]} had left {end}"

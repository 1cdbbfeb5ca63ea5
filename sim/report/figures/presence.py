"""Who is still here: the share of each cohort that is present, from the month in which it was fixed."""

from collections.abc import Iterator

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sim.report.figures import style
from sim.report.figures.events import event_key, event_lines, event_numbers
from sim.report.figures.labels import Box, EndLabel, end_labels
from sim.report.figures.needs import lacking
from sim.report.figures.style import Colour
from sim.report.once import once
from sim.results.result import Result
from sim.scenario import Scenario

MOST = 12  # panels; the data beside the picture holds every cohort
NOTHING = "No cohort is followed here. A [[cohort]] in the scenario, fixed within its months, is drawn in this place."


def missing(result: Result) -> str:
    return lacking(result, "cohorts")


def suits(result: Result) -> bool:
    """Whether anybody is followed."""
    return bool(result.scenario.cohort)


@once
def data(result: Result) -> pd.DataFrame:
    """Share present at the end of each month: quantiles and mean over replicates, a row per cohort and month."""
    if not len(result.cohorts):
        return pd.DataFrame(columns=["cohort", "month", "date", "q05", "q25", "q50", "q75", "q95", "mean"])
    left = result.bands("cohorts", "left_share")
    present = 1.0 - left[left.columns[::-1]]  # the quantiles change sides
    present.columns = [{"q05": "q95", "q25": "q75", "q75": "q25", "q95": "q05"}.get(c, c) for c in present.columns]
    table = present[["q05", "q25", "q50", "q75", "q95", "mean"]].reset_index()
    table["cohort"] = table["cohort"].astype(str)
    table.insert(2, "date", [result.scenario.date_of(month) for month in table["month"]])
    return table


@once
def recorded(result: Result) -> pd.DataFrame:
    """Recorded shares present within the run, if any: columns cohort, month (a number), low, value, high."""
    facts = result.record if len(result.scenario.record) else pd.DataFrame()
    if len(facts):
        facts = facts[facts["what"] == "left_share"]
    rows = [
        {"cohort": fact["of"], "month": result.scenario.month_of(fact["month"]), "low": 1 - fact["recorded_high"],
         "value": np.nan if pd.isna(fact["recorded"]) else 1 - fact["recorded"], "high": 1 - fact["recorded_low"]}
        for _, fact in facts.iterrows()
    ]  # fmt: skip
    facts = pd.DataFrame(rows, columns=["cohort", "month", "low", "value", "high"])
    return facts[facts["month"].between(0, result.scenario.months - 1)]


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
    columns = min(len(names), 2 if len(names) == 4 else 3) or 1
    rows = max(1, -(-len(names) // columns))
    subtitle = "Line: median share still present. Bands: 50 % and 90 % of replicates."
    if len(recorded(result)):
        subtitle += " Diamond: recorded, with its interval."
    hidden = result.cohorts["cohort"].nunique() - len(names) if len(names) else 0
    if hidden:
        subtitle += f" {hidden} more cohort{'s' * (hidden > 1)} in the data beside the picture."
    key = event_key(result.scenario, style.WIDTH - 0.4) if names else []
    foot = 1.3 * style.SMALL / 72 * len(key)
    figure, room = style.page(1.75 + 3.1 * rows + foot, message(result), subtitle, result)
    if key:
        figure.text(0.02, 0.36 / figure.get_figheight(), "\n".join(key), fontsize=style.SMALL, color=style.SOFT,
                    va="bottom", linespacing=1.25, gid="label")  # fmt: skip
    if not names:
        style.note(figure.add_axes((0.05, 0.1, 0.9, room - 0.2)), NOTHING)
        return figure
    table, facts = data(result), recorded(result)
    for k, (name, place) in enumerate(
        zip(names, _places(figure, room, rows, columns, below=0.35 + foot), strict=False)
    ):
        ax = figure.add_axes(place)
        _panel(ax, result, name, table, facts, ticks=max(4, 9 // columns))
        ax.tick_params(labelleft=k % columns == 0)
        if k % columns == 0:
            ax.set_ylabel("still present")
    return figure


def _places(
    figure: Figure,
    room: float,
    rows: int,
    columns: int,
    left: float = 0.95,
    right: float = 0.25,
    between: float = 0.35,
    head: float = 0.75,
    foot: float = 0.55,
    below: float = 0.25,
) -> Iterator[Box]:
    """Panels row by row, as shares of the page; the lengths are in inches."""
    wide, high = figure.get_size_inches()
    width = (wide - left - right - between * (columns - 1)) / columns
    height = (room * high - below) / rows - head - foot
    for row in range(rows):
        for column in range(columns):
            bottom = below + foot + (rows - 1 - row) * (height + head + foot)
            yield (left + column * (width + between)) / wide, bottom / high, width / wide, height / high


def _panel(ax: Axes, result: Result, name: str, table: pd.DataFrame, facts: pd.DataFrame, ticks: int) -> None:
    scenario, colour = result.scenario, style.cohort_colours(result.scenario)[name]
    rows = from_the_start(scenario, table, name)
    ax.fill_between(rows["x"], rows["q05"], rows["q95"], color=colour, alpha=0.18, linewidth=0)
    ax.fill_between(rows["x"], rows["q25"], rows["q75"], color=colour, alpha=0.35, linewidth=0)
    ax.plot(rows["x"], rows["q50"], color=style.darker(colour, 0.1), gid=f"cohort {name}")
    marks(ax, facts[facts["cohort"] == name])
    share_axis(ax, scenario, ticks)
    size = result.cohorts.loc[result.cohorts["cohort"] == name, "size"]
    people = f"{'' if size.nunique() == 1 else 'about '}{size.mean():,.0f} people"
    width = 72 * ax.bbox.width / ax.figure.dpi
    ax.set_title(style.shown(name, int(width / (0.7 * style.TEXT))), color=style.darker(colour), fontweight="bold",
                 pad=15 + 1.5 * style.SMALL, gid="label")  # fmt: skip
    words = f"{people}, {style.percent(rows['q50'].iloc[-1])} still here"
    ax.annotate(words, (0, 1), xycoords="axes fraction", xytext=(0, 15), textcoords="offset points",
                fontsize=style.SMALL, color=style.SOFT, gid="label")  # fmt: skip


def from_the_start(scenario: Scenario, table: pd.DataFrame, name: str) -> pd.DataFrame:
    """A cohort's rows with `x`, the end of each month, and with everyone there as the month of fixing begins."""
    rows = table[table["cohort"] == name].assign(x=lambda rows: rows["month"] + 1)
    whole = dict.fromkeys(("q05", "q25", "q50", "q75", "q95", "mean"), 1.0)
    begin = pd.DataFrame([{"x": int(rows["month"].min()), **whole}])
    return pd.concat([begin, rows], ignore_index=True)


def marks(ax: Axes, facts: pd.DataFrame, shift: float = 0.0, colour: Colour = style.INK) -> None:
    """Recorded shares at the end of their month, as a diamond with its interval."""
    for _, fact in facts.iterrows():
        x = fact["month"] + 1 + shift
        ax.plot([x, x], [fact["low"], fact["high"]], color=colour, linewidth=1.8, zorder=4, clip_on=False)
        if np.isfinite(fact["value"]):
            ax.plot([x], [fact["value"]], marker="D", markersize=8, color=colour, markeredgecolor="white", zorder=5,
                    clip_on=False, linestyle="none")  # fmt: skip


def share_axis(ax: Axes, scenario: Scenario, ticks: int = 9) -> None:
    ax.set_ylim(0, 1.02)
    ax.set_yticks([0, 0.25, 0.5, 0.75, 1], ["0 %", "25 %", "50 %", "75 %", "100 %"])
    event_lines(ax, scenario)
    style.month_axis(ax, scenario, ticks)
    event_numbers(ax, scenario)


@style.styled
def small(ax: Axes, result: Result, size: float = style.TEXT, most: int = 6) -> None:
    """All cohorts on one axis: medians, half of the replicates, recorded facts, labels at the ends."""
    names = drawn(result, most)
    if not names:
        style.note(ax, NOTHING)
        return
    table, facts, colours = data(result), recorded(result), style.cohort_colours(result.scenario)
    seen: dict[str, int] = {}
    labels = []
    for k, name in enumerate(names):
        rows, colour = from_the_start(result.scenario, table, name), colours[name]
        dashes = ["-", (0, (5, 1.5)), (0, (1.5, 1.2)), (0, (6, 1.5, 1.5, 1.5))][seen.setdefault(colour, 0) % 4]
        seen[colour] += 1
        ax.fill_between(rows["x"], rows["q25"], rows["q75"], color=colour, alpha=0.22, linewidth=0)
        ax.plot(rows["x"], rows["q50"], color=style.darker(colour, 0.1), linestyle=dashes, gid=f"cohort {name}")
        shift = 0.012 * result.scenario.months * (k - (len(names) - 1) / 2)
        marks(ax, facts[facts["cohort"] == name], shift, style.darker(colour, 0.35))
        labels.append(EndLabel(rows["q50"].iloc[-1], style.shown(name, 14), style.darker(colour)))
    share_axis(ax, result.scenario, 5)
    end_labels(ax, labels, size)


def message(result: Result) -> str:
    """Median share of the cohorts that is gone at the end."""
    names = drawn(result)
    if not names:
        return "Nobody is followed in this scenario"
    table = data(result).groupby("cohort").last()["q50"]
    gone = (1 - table[names]).sort_values(ascending=False, kind="stable")
    scenario = result.scenario
    month = int(result.cohorts["month"].max())
    end = f"by the end of {style.short_month(scenario, month)}"
    words = [f"{style.percent(share)} of {style.shown(str(name))}" for name, share in gone.items()]
    if len(words) <= 3:
        return f"{style.listed(words)} had left {end}"
    return f"From {words[-1]} to {words[0]} had left {end}"

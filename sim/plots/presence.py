"""Who is still here: the share of each cohort that is present, from the month in which it was fixed."""

import numpy as np
import pandas as pd

from sim.plots import style
from sim.plots.labels import EndLabel, end_labels, event_lines

MOST = 12  # panels; the data beside the picture holds every cohort
NOTHING = "No cohort is followed here. A [[cohort]] in the scenario, fixed within its months, is drawn in this place."


def data(result) -> pd.DataFrame:
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


def recorded(result) -> pd.DataFrame:
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


def drawn(result) -> list[str]:
    """Cohorts to draw, in name order: all if they are few, else the largest."""
    if not len(result.cohorts):
        return []
    size = result.cohorts.groupby("cohort", observed=True)["size"].mean()
    size.index = size.index.astype(str)
    facts = set(recorded(result)["cohort"])
    first = sorted((name for name in size.index if size[name] > 0), key=lambda n: (n not in facts, -size[n], n))[:MOST]
    return [name for name in result.scenario.cohort if name in first]


@style.styled
def draw(result):
    names = drawn(result)
    columns = min(len(names), 3 if len(names) > 4 else 2 if len(names) == 4 else 3) or 1
    rows = max(1, -(-len(names) // columns))
    subtitle = "Line: median share still present. Bands: half and nine tenths of the replicates."
    if len(recorded(result)):
        subtitle += " Diamond and bar: recorded, with its interval."
    hidden = result.cohorts["cohort"].nunique() - len(names) if len(names) else 0
    if hidden:
        subtitle += f" {hidden} more cohort{'s' * (hidden > 1)} in the data beside the picture."
    figure = style.page(2.4 + 2.6 * rows, message(result), subtitle, result)
    height, foot = figure.get_figheight(), 0.75
    if not names:
        style.note(figure.add_axes((0.05, 0.1, 0.9, figure.top - 0.2)), NOTHING)
        return figure
    panel_height = (figure.top * height - foot - 0.35 * rows - 0.5 * (rows - 1)) / rows
    width = (0.98 - 0.08 - 0.055 * columns) / columns
    table, facts = data(result), recorded(result)
    for k, name in enumerate(names):
        row, column = divmod(k, columns)
        bottom = foot + (rows - 1 - row) * (panel_height + 0.85)
        ax = figure.add_axes((0.075 + column * (width + 0.065), bottom / height, width, panel_height / height))
        _panel(ax, result, name, table, facts, ticks=max(3, 10 // columns))
        if column:
            ax.tick_params(labelleft=False)
    return figure


def _panel(ax, result, name, table, facts, ticks):
    scenario, colour = result.scenario, style.cohort_colours(result.scenario)[name]
    rows = from_the_start(scenario, table, name)
    ax.fill_between(rows["x"], rows["q05"], rows["q95"], color=colour, alpha=0.18, linewidth=0)
    ax.fill_between(rows["x"], rows["q25"], rows["q75"], color=colour, alpha=0.35, linewidth=0)
    ax.plot(rows["x"], rows["q50"], color=style.darker(colour, 0.1), gid=f"cohort {name}")
    marks(ax, facts[facts["cohort"] == name])
    share_axis(ax, scenario, ticks)
    size = result.cohorts.loc[result.cohorts["cohort"] == name, "size"]
    people = style.number(round(size.mean(), 1))
    final = rows["q50"].iloc[-1]
    short = max(10, int(ax.bbox.width / result_dpi(ax) * 72 / (0.62 * style.TEXT)) - 2)
    ax.set_title(f"{style.shown(name, short)}", color=style.darker(colour), fontweight="bold", pad=20)
    ax.text(0, 1, f"{people} people, {style.percent(final)} still present", transform=ax.transAxes, va="bottom",
            fontsize=style.SMALL, color=style.SOFT)  # fmt: skip


def result_dpi(ax):
    return ax.figure.dpi


def from_the_start(scenario, table, name):
    """A cohort's rows with `x`, the end of each month, and with everyone there as the month of fixing begins."""
    rows = table[table["cohort"] == name].assign(x=lambda rows: rows["month"] + 1)
    whole = {column: 1.0 for column in ("q05", "q25", "q50", "q75", "q95", "mean")}
    begin = pd.DataFrame([{"x": int(rows["month"].min()), **whole}])
    return pd.concat([begin, rows], ignore_index=True)


def marks(ax, facts, shift=0.0, colour=style.INK):
    """Recorded shares at the end of their month, as a diamond with its interval."""
    for _, fact in facts.iterrows():
        x = fact["month"] + 1 + shift
        ax.plot([x, x], [fact["low"], fact["high"]], color=colour, linewidth=1.8, zorder=4, clip_on=False)
        if np.isfinite(fact["value"]):
            ax.plot([x], [fact["value"]], marker="D", markersize=8, color=colour, markeredgecolor="white", zorder=5,
                    clip_on=False, linestyle="none")  # fmt: skip


def share_axis(ax, scenario, ticks=9):
    ax.set_ylim(0, 1.02)
    ax.set_yticks([0, 0.25, 0.5, 0.75, 1], ["0 %", "25 %", "50 %", "75 %", "100 %"])
    event_lines(ax, scenario)
    style.month_axis(ax, scenario, ticks)


@style.styled
def small(ax, result, size=style.TEXT, most=6):
    """All cohorts on one axis: medians, half of the replicates, recorded facts, labels at the ends."""
    names = drawn(result)[:most]
    if not names:
        return style.note(ax, NOTHING)
    table, facts, colours = data(result), recorded(result), style.cohort_colours(result.scenario)
    seen, labels = {}, []
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


def message(result) -> str:
    """Median share of the cohorts that is gone at the end."""
    names = drawn(result)
    if not names:
        return "Nobody is followed in this scenario"
    table = data(result).groupby("cohort").last()["q50"]
    gone = (1 - table[names]).sort_values(ascending=False, kind="stable")
    scenario = result.scenario
    month = int(result.cohorts["month"].max())
    end = f"by the end of {style.month_name(scenario, month)}"
    words = [f"{style.percent(share)} of {style.shown(name)}" for name, share in gone.items()]
    if len(words) <= 3:
        return f"{style.listed(words)} had left {end}"
    return f"From {words[-1]} to {words[0]} had left {end}"

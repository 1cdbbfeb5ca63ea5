"""How fair the division feels to each team, month by month."""

import numpy as np
import pandas as pd

from sim.report.figures import style
from sim.report.figures.labels import EndLabel, end_labels, event_labels, event_lines

BAND, NAMES = (0.05, 0.25, 0.5, 0.75, 0.95), ["q05", "q25", "q50", "q75", "q95"]
MANNED = 0.5  # share of replicates in which a team must have someone for its month to be drawn


def data(result) -> pd.DataFrame:
    """Quantiles and mean of perceived fairness (log hazard), a row per team and month, over replicates with people in
    the team; `manned` is their share."""
    months = result.months
    stay = months["headcount"] + months["hired"] + months["moved"] - months["laid_off"]
    months = months.assign(manned=stay > 0)
    keys = ["team", "month"]
    grouped = months[months["manned"]].groupby(keys, observed=True)["fairness"]
    bands = grouped.quantile(list(BAND)).unstack().reindex(columns=BAND).set_axis(NAMES, axis=1)
    bands["mean"] = grouped.mean()
    bands["manned"] = months.groupby(keys, observed=True)["manned"].mean()
    table = bands.reset_index()
    table["team"] = table["team"].astype(str)
    table.insert(2, "date", [result.scenario.date_of(month) for month in table["month"]])
    return table


@style.styled
def draw(result):
    subtitle = "Perceived fairness (log hazard of leaving). Line: median; band: half of the replicates."
    figure, room = style.page(6.2, message(result), subtitle, result)
    height = figure.get_figheight()
    foot = 0.78 / height
    ax = figure.add_axes((0.075, foot, 0.745, 0.5))
    labels = panel(ax, result)
    top = room - (event_labels(ax, result.scenario) + 6) / 72 / height
    ax.set_position((0.075, foot, 0.745, top - foot))
    end_labels(ax, labels)
    return figure


def panel(ax, result, most=16, ticks=9):
    """Lines, bands, zero and events. Returns the labels, to be written once the axes have their final size."""
    scenario, colours = result.scenario, style.team_colours(result.scenario)
    own, table = style.leading_teams(scenario), data(result)
    manned = table["manned"] >= MANNED
    table.loc[~manned, NAMES] = np.nan
    ax.axhline(0, color=style.INK, linewidth=1.2, zorder=2)
    labels, lowest, highest = [], -0.1, 0.0
    for name in sorted(scenario.team, key=lambda name: name in own):  # grey ones first, below the others
        rows = table[table["team"] == name].set_index("month").reindex(range(scenario.months))
        if rows["q50"].isna().all():
            continue
        x, colour = rows.index + 0.5, colours[name]
        grey = name not in own
        ax.plot(x, rows["q50"], color=colour if grey else style.darker(colour, 0.1), linewidth=1 if grey else 2.2,
                alpha=0.6 if grey else 1, gid=f"team {name}", zorder=2 if grey else 3)  # fmt: skip
        _alone(ax, x, rows["q50"].to_numpy(), colour)
        if not grey:
            ax.fill_between(x, rows["q25"], rows["q75"], color=colour, alpha=0.2, linewidth=0)
            last = int(np.flatnonzero(rows["q50"].notna())[-1])
            words, ended = style.shown(name, most), last + 1 < scenario.months
            if ended:
                words += f",\nuntil {style.short_month(scenario, last)}"
            labels.append(EndLabel(rows["q50"].iloc[last], words, style.darker(colour), x=last + 0.5, leader=not ended))
        lowest = min(lowest, rows["q25"].min() if not grey else rows["q50"].min())
        highest = max(highest, rows["q75"].max())
    if len(own) < len(scenario.team):
        rest = table[~table["team"].isin(own)]
        last = rest[rest["month"] == rest["month"].max()]["q50"].median()
        labels.append(EndLabel(last, f"{len(scenario.team) - len(own)} other teams", style.SOFT, weight=-1))
    ax.set_ylim(1.08 * lowest, max(0.12 * -lowest, 1.08 * highest))
    ax.yaxis.set_major_locator(style.few_ticks())
    ax.yaxis.set_major_formatter(lambda value, _: f"{value:.2g}".replace("-", "−") if abs(value) > 1e-12 else "0")
    ax.text(0.006, 0, "all is well", transform=ax.get_yaxis_transform(), va="bottom", fontsize=style.SMALL,
            color=style.SOFT)  # fmt: skip
    event_lines(ax, scenario)
    style.month_axis(ax, scenario, ticks)
    return labels


def _alone(ax, x, values, colour):
    """A dot for a month whose neighbours are missing, which no line would show."""
    there = np.isfinite(values)
    beside = np.append(there[1:], False) | np.append(False, there[:-1])
    alone = there & ~beside
    ax.plot(np.asarray(x)[alone], values[alone], marker="o", markersize=7, color=colour, linestyle="none")


def message(result) -> str:
    """Which team felt least fairly treated, when it was worst, and what that did to its wish to leave."""
    scenario, table = result.scenario, data(result)
    if not scenario.mechanisms.fairness:
        return "Fairness is switched off in this scenario"
    table = table[table["manned"] >= MANNED]
    if not len(table) or table["q50"].min() > -0.005:
        return "No team felt unfairly treated"
    worst = table.loc[table["q50"].idxmin()]
    times = np.exp(-scenario.turnover.fairness * worst["q50"])
    name = style.shown(worst["team"])
    how = f"{name} felt least fairly treated" if table["team"].nunique() > 1 else f"{name} felt unfairly treated"
    how += f": leaving was {times:.2g} times as likely" if times >= 1.05 else ", but only a little,"
    return f"{how} in {style.short_month(scenario, worst['month'])}"

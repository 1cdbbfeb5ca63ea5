"""The story of a run in tables: who got what, what shipped, who left, and simulated beside recorded."""

import numpy as np
import pandas as pd

from sim.report.console import console as a_console
from sim.report.console import text


def who_got_what(result) -> pd.DataFrame:
    """Per team, over the months in which it asks: means of GPUs, share of needs met, fairness, quits."""
    months = result.months
    asking = months[months["ask"] > 0]
    grouped = asking.groupby("team", observed=True)
    by_month = months.groupby(["team", "month"], observed=True)
    table = pd.DataFrame({
        "months": grouped.size() / result.histories,
        "need": grouped["need"].mean(),
        "gpus": pd.Series({name: result.outcomes[f"gpus.{name}"].mean() for name in result.scenario.team}),
        "met": grouped["gpus"].sum() / grouped["need"].sum(),
        "used": grouped["used"].sum() / grouped["gpus"].sum(),
        "fairness": grouped["fairness"].mean(),
        "worst": by_month["fairness"].mean().groupby("team", observed=True).min(),
        "quit": months.groupby("team", observed=True)["quit"].sum() / result.histories,
        "laid_off": months.groupby("team", observed=True)["laid_off"].sum() / result.histories,
    })  # fmt: skip
    return table.reindex(list(result.scenario.team)).rename_axis("team")


def what_shipped(result) -> pd.DataFrame:
    """Per project: how often it was released or cancelled, when (median and 90 % band), and the GPU-months it used."""
    scenario, rows = result.scenario, []
    for name, project in scenario.project.items():
        one = result.projects[result.projects["project"] == name]
        when = one.loc[one["status"] == "released", "month"].astype(float)
        low, middle, high = when.quantile([0.05, 0.5, 0.95]) if len(when) else [np.nan] * 3
        rows.append({
            "project": name, "team": project.team, "target": project.target,
            "released": (one["status"] == "released").mean(), "cancelled": (one["status"] == "cancelled").mean(),
            "median": _date(scenario, middle), "q05": _date(scenario, low), "q95": _date(scenario, high),
            "gpu_months": one["gpu_months"].mean(),
        })  # fmt: skip
    return pd.DataFrame(rows)


def who_left(result) -> pd.DataFrame:
    """Per cohort: its size, and the share that left by the end (median and 90 % band), quit and laid off."""
    rows = []
    for name, cohort in result.scenario.cohort.items():
        one = result.cohorts[result.cohorts["cohort"] == name]
        last = one[one["month"] == one["month"].max()]
        low, middle, high = last["left_share"].quantile([0.05, 0.5, 0.95])
        rows.append({
            "cohort": name, "from": cohort.month, "size": last["size"].mean(), "left": middle, "q05": low, "q95": high,
            "quit": last["quit"].mean(), "laid_off": last["laid_off"].mean(),
        })  # fmt: skip
    return pd.DataFrame(rows)


def _date(scenario, month):
    return "" if np.isnan(month) else scenario.date_of(round(month))


def tell(result, console=None, mechanisms=None):
    """Print the story. `mechanisms` is a table of `mechanisms_off`, printed last if given."""
    console = console or a_console()
    scenario = result.scenario
    console.print(text((scenario.title or "a scenario", "bold"), f": {scenario.start} to "
                       f"{scenario.date_of(scenario.months - 1)}, {result.histories} replicates, seed {result.seed}, "
                       f"{result.engine} engine"))  # fmt: skip
    short = (result.lab["need"] > result.lab["budget"]).mean()
    console.print(f"Needs exceed the budget in {short:.0%} of the months.")
    got = who_got_what(result).reset_index()
    show(console, "Who got the GPUs: means over the months in which the team asks", {
        "team": got["team"], "need": _each(got["need"], "{:,.0f}"), "GPUs": _each(got["gpus"], "{:,.0f}"),
        "met": _each(got["met"], "{:.0%}"), "used": _each(got["used"], "{:.0%}"),
        "fairness": _each(got["fairness"], "{:+.2f}"), "at worst": _each(got["worst"], "{:+.2f}"),
        "quit": _each(got["quit"], "{:.1f}"), "laid off": _each(got["laid_off"], "{:.1f}"),
    })  # fmt: skip
    if scenario.project:
        shipped = what_shipped(result)
        show(console, "What shipped: median month, 5 to 95 % of releases", {
            "project": shipped["project"], "team": shipped["team"], "target": shipped["target"],
            "released": _each(shipped["released"], "{:.0%}"), "in": shipped["median"],
            "from": shipped["q05"], "to": shipped["q95"], "cancelled": _each(shipped["cancelled"], "{:.0%}"),
            "GPU-months": _each(shipped["gpu_months"], "{:,.0f}"),
        })  # fmt: skip
    if scenario.cohort and len(result.cohorts):
        left = who_left(result)
        show(console, "Who left: share of the cohort by the end, median, 5 to 95 %; mean numbers", {
            "cohort": left["cohort"], "from": left["from"], "size": _each(left["size"], "{:.1f}"),
            "left": _each(left["left"], "{:.0%}"), "5 %": _each(left["q05"], "{:.0%}"),
            "95 %": _each(left["q95"], "{:.0%}"), "quit": _each(left["quit"], "{:.1f}"),
            "laid off": _each(left["laid_off"], "{:.1f}"),
        })  # fmt: skip
    if scenario.record:
        _show_record(console, result.record)
    if mechanisms is not None and len(mechanisms):
        cohorts = [name for name in mechanisms.columns[1:] if not name.endswith("±")]
        changes = {
            name: [f"{change:+.1%} ± {width:.1%}".replace("+0.0%", "0.0%").replace("-0.0%", "0.0%")
                   for change, width in zip(mechanisms[name], mechanisms[f"{name} ±"], strict=True)]
            for name in cohorts
        }  # fmt: skip
        title = "Each mechanism switched off alone: change in the share that left, 95 % interval"
        show(console, title, {"switched off": mechanisms["mechanism"], **changes})


def _show_record(console, record):
    def span(low, middle, high):
        if np.isnan(low):
            return "never in the run"
        inside = f"{_number(low)} to {_number(high)}"
        return inside if middle is None or np.isnan(middle) else f"{_number(middle)} ({inside})"

    rows = list(record.itertuples(index=False))
    show(console, "Simulated beside recorded: median and 90 % band beside value and interval", {
        "quantity": [f"{row.what} of {row.of}, {row.month}" for row in rows],
        "recorded": [span(row.recorded_low, row.recorded, row.recorded_high) for row in rows],
        "simulated": [span(row.simulated_q05, row.simulated_median, row.simulated_q95) for row in rows],
        "within": ["" if np.isnan(row.within) else f"{row.within:.0%}" for row in rows],
    })  # fmt: skip


def _number(value):
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.2g}"


def _each(column, form):
    return ["" if value is None or np.isnan(value) else form.format(value) for value in column]


def show(console, title, columns):
    """A table of text columns, the first one to the left."""
    from rich.measure import Measurement
    from rich.table import Table

    shown = Table(box=None, pad_edge=False, header_style="italic")
    for place, name in enumerate(columns):
        shown.add_column(text(name), justify="right" if place else "left", no_wrap=True)
    for row in zip(*columns.values(), strict=True):
        shown.add_row(*(text(str(value)) for value in row))
    wide = Measurement.get(console, console.options.update(width=1000), shown).maximum
    console.print()
    console.print(text((title, "bold")))
    console.width = max(console.width, wide)
    console.print(shown)

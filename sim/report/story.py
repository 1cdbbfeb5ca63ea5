"""The story of a run in tables: who got what, what shipped, who left, and simulated beside recorded."""

import numpy as np
import pandas as pd

from sim.report.once import once
from sim.results.result import Result
from sim.scenario import Scenario


@once
def who_got_what(result: Result) -> pd.DataFrame:
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


def what_shipped(result: Result) -> pd.DataFrame:
    """Per project: how often it was released or cancelled, when (median and 90 % band), and the GPU-months it used."""
    scenario, rows = result.scenario, []
    for name, project in scenario.project.items():
        ends = result.projects[result.projects["project"] == name]
        when = ends.loc[ends["status"] == "released", "month"].astype(float)
        low, middle, high = when.quantile([0.05, 0.5, 0.95]) if len(when) else [np.nan] * 3
        rows.append({
            "project": name, "team": project.team, "target": project.target,
            "released": (ends["status"] == "released").mean(), "cancelled": (ends["status"] == "cancelled").mean(),
            "median": _date(scenario, middle), "q05": _date(scenario, low), "q95": _date(scenario, high),
            "gpu_months": ends["gpu_months"].mean(),
        })  # fmt: skip
    return pd.DataFrame(rows)


def who_left(result: Result) -> pd.DataFrame:
    """Per cohort: its size, and the share that left by the end (median and 90 % band), quit and laid off."""
    rows = []
    for name, cohort in result.scenario.cohort.items():
        by_month = result.cohorts[result.cohorts["cohort"] == name]
        last = by_month[by_month["month"] == by_month["month"].max()]
        low, middle, high = last["left_share"].quantile([0.05, 0.5, 0.95])
        rows.append({
            "cohort": name, "from": cohort.month, "size": last["size"].mean(), "left": middle, "q05": low, "q95": high,
            "quit": last["quit"].mean(), "laid_off": last["laid_off"].mean(),
        })  # fmt: skip
    return pd.DataFrame(rows)


def _date(scenario: Scenario, month: float) -> str:
    return "" if np.isnan(month) else scenario.date_of(round(month))


def tell(result: Result, mechanisms: pd.DataFrame | None = None, *, full: bool = False) -> None:
    """Print what a result of any kind found. `mechanisms` is a table of `mechanisms_off`, printed last if given."""
    from sim.report.verdicts.run_tables import switched_off

    print(result.verdict().text(full))
    if mechanisms is not None and len(mechanisms):
        print(f"\n{switched_off(mechanisms).text()}")

"""The story of a run in tables: who got what, what shipped, who left, and simulated beside recorded."""

import pandas as pd

from sim.errors import by_name_after
from sim.report.once import once
from sim.results.bands import bands
from sim.results.result import Result


@once
def who_got_what(result: Result) -> pd.DataFrame:
    """Per team, over the months in which it asks: means of GPUs, share of needs met, fairness, quits."""
    whole = result.months[["team", "month", "ask", "need", "gpus", "used", "fairness", "quit", "laid_off"]]
    asking = whole[whole["ask"] > 0].groupby("team", observed=True)
    sums, means = asking[["need", "gpus", "used"]].sum(), asking[["need", "fairness"]].mean()
    gone = whole.groupby("team", observed=True)[["quit", "laid_off"]].sum() / result.histories
    by_month = whole.groupby(["team", "month"], observed=True)["fairness"].mean()
    table = pd.DataFrame({
        "months": asking.size() / result.histories,
        "need": means["need"],
        "gpus": pd.Series({name: result.outcomes[f"gpus.{name}"].mean() for name in result.scenario.team}),
        "met": sums["gpus"] / sums["need"],
        "used": sums["used"] / sums["gpus"],
        "fairness": means["fairness"],
        "worst": by_month.groupby("team", observed=True).min(),
        "quit": gone["quit"],
        "laid_off": gone["laid_off"],
    })  # fmt: skip
    return table.reindex(list(result.scenario.team)).rename_axis("team")


@once
def what_shipped(result: Result) -> pd.DataFrame:
    """Per project: in which shares of the histories it was released or cancelled, when (median and 90 % band, in months
    from the run's first), and the GPU-months it used."""
    scenario, rows = result.scenario, result.projects[["project", "status", "month", "gpu_months"]]
    released = rows["status"] == "released"
    rows = rows.assign(released=released, cancelled=rows["status"] == "cancelled", month=rows["month"].where(released))
    when = bands(rows, ["project"], ["month"]).droplevel("column")[["q05", "q50", "q95"]]
    means = rows.groupby("project", observed=True)[["released", "cancelled", "gpu_months"]].mean()
    projects = [
        {"project": name, "team": about.team, "target": about.target} for name, about in scenario.project.items()
    ]
    return pd.DataFrame(projects, columns=["project", "team", "target"]).join(when.join(means), on="project")


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


@by_name_after(2)
def tell(result: Result, mechanisms: pd.DataFrame | None = None, full: bool = False) -> None:
    """Print what a result of any kind found. `mechanisms` is a table of `mechanisms_off`, printed last if given."""
    from sim.report.verdicts.run_tables import switched_off

    print(result.verdict().text(full))
    if mechanisms is not None and len(mechanisms):
        print(f"\n{switched_off(mechanisms).text()}")

"""What the page shows of the untouched and of the changed scenario, on the same luck."""

from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd

from sim.engines.run import run
from sim.report.page import page
from sim.studies.compare import compare
from sim.studies.paired import paired

BATCHES = (50, 200, 1000)  # replicates: a first number at once, a picture within a second, a sharp one for the patient
COLUMNS = ("gpus", "fairness", "need")


class Answer:
    """One scenario's histories, in the few small tables that the page draws."""

    def __init__(self, scenario, replicates: int, seed: int):
        result = run(scenario, replicates, seed=seed, detail="months")
        self.scenario, self.replicates, self.seed = scenario, replicates, seed
        self.outcomes = result.outcomes.set_index("replicate")
        self.record = result.record
        dates = [scenario.date_of(month) for month in range(scenario.months)]
        self.teams = _bands(result.months, "team", COLUMNS, dates)
        self.cohorts = _bands(result.cohorts, "cohort", ("left_share",), dates)
        projects = result.projects.groupby("project", observed=True)
        self.projects = pd.DataFrame({
            "released": projects["status"].apply(lambda status: (status == "released").mean()),
            "cancelled": projects["status"].apply(lambda status: (status == "cancelled").mean()),
        })  # fmt: skip


def _bands(table, whom, columns, dates):
    """Quantiles over replicates, a row for each of whom, month and column."""
    parts = []
    for name in columns:
        wide = table.pivot_table(index=[whom, "month"], columns="replicate", values=name, observed=True)
        low, middle, high = np.nanquantile(wide.to_numpy(), [0.05, 0.5, 0.95], axis=1) if len(wide) else [[]] * 3
        parts.append(pd.DataFrame({
            whom: wide.index.get_level_values(0).astype(str), "month": wide.index.get_level_values(1),
            "column": name, "low": low, "middle": middle, "high": high,
        }))  # fmt: skip
    found = pd.concat(parts, ignore_index=True)
    found["date"] = [dates[month] for month in found["month"]]
    return found


def differences(before: Answer, after: Answer) -> pd.DataFrame:
    """Paired differences of every outcome that both have, with 95 % intervals; outcomes that nothing changed are 0."""
    rows = []
    for name in before.outcomes:
        if name in after.outcomes and not name.startswith("record."):
            rows.append({"outcome": name, **paired(before.outcomes[name], after.outcomes[name])})
    return pd.DataFrame(rows)


def report(moves, seed: int, replicates: int = 1000) -> str:
    """The page that `sim report` writes: what was made beside the untouched scenario, or that alone if nothing was."""
    cases = {"as it was": moves.base, "as moved": moves.scenario()}
    study = compare(cases, replicates, seed=seed) if moves.values else run(moves.base, replicates, seed=seed)
    with TemporaryDirectory() as top:
        folder = study.save(Path(top) / "moved")
        return page([(folder, study)]).replace(f"{top}/", "out/")

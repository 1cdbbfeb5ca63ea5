"""Each mechanism switched off alone: the quickest look at what drives a result."""

from collections.abc import Iterable

import numpy as np
import pandas as pd

from sim.engines.run import run
from sim.errors import by_name_after
from sim.results.estimate import Estimate
from sim.scenario import Scenario


@by_name_after(2)
def mechanisms_off(scenario: Scenario, replicates: int | Iterable[int] = 500, *, seed: int = 1) -> pd.DataFrame:
    """What each mechanism, switched off alone, changes in the share of each cohort that leaves: paired means.

    A row per mechanism; for each cohort the difference and the half-width of its 95 % interval over replicates.
    """
    names = [name for name, on in scenario.mechanisms if on]
    points = {f"mechanisms.{name}": np.array([1.0] + [float(name != other) for other in names]) for name in names}
    outcomes = run(scenario, replicates, seed=seed, detail="summary", points=points).outcomes
    rows = []
    for point, name in enumerate(names, start=1):
        row: dict[str, object] = {"mechanism": name}
        for cohort in scenario.cohort:
            values = outcomes.pivot(index="replicate", columns="point", values=f"left_share.{cohort}")
            change = Estimate.of(values[point] - values[0])
            row |= {cohort: change.value, f"{cohort} ±": change.half_width}
        rows.append(row)
    return pd.DataFrame(rows)

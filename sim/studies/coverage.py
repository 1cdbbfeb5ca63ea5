"""Whether a calibration recovers what it is shown: simulation-based calibration (Talts et al. 2018) on its own table.

A synthetic record is what one history of one point gives, with the error of each recorded fact; the other points of the
first stage are weighed by it as by the real one. Over many records the truth must lie within 50 and 90 % intervals in
50 and 90 % of them, and its rank among the draws must be uniform.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from sim.aliases import Floats
from sim.studies.facts import Fact, Likelihood
from sim.studies.importance import effective, weigh

RECORDS = 300


@dataclass(frozen=True)
class NotReached(Fact):
    """A fact of a history that did not reach what it is about, such as a project never released."""

    def kernel(self, values: Floats) -> Floats:
        return np.isnan(values).astype(float)


def recovered(
    paths: Sequence[str], z: Floats, likelihood: Likelihood, *, records: int = RECORDS, seed: int = 1
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Ranks, a row per synthetic record: effective draws, and per path the share of the posterior below the truth; and
    coverage, a row per path and one for all together: `inside_50`, `inside_90`.

    `z` are the points of the first stage and `likelihood` that of the recorded facts there.
    """
    rng = np.random.default_rng([seed, 2000])
    count, histories = next(iter(likelihood.columns.values())).shape
    rows = []
    for _ in range(records):
        point, history = int(rng.integers(count)), int(rng.integers(histories))
        facts = [_shown(fact, likelihood.columns, point, history, rng) for fact in likelihood.facts]
        found = likelihood.log([fact for fact in facts if fact is not None])
        found[point] = -np.inf  # its own histories made the record
        weights = weigh(found, np.zeros(count)).weights
        below = weights @ (z < z[point])
        rows.append([effective(weights), *below])
    ranks = pd.DataFrame(rows, columns=["ess", *paths])
    inside = {width: (ranks[list(paths)] - 0.5).abs() <= width / 200 for width in (50, 90)}
    table = pd.DataFrame({"path": [*paths, "all together"]})
    for width, held in inside.items():
        table[f"inside_{width}"] = [*held.mean(), held.to_numpy().mean()]
    table["records"] = records
    return ranks, table


def _shown(
    fact: Fact, columns: Mapping[str, Floats], point: int, history: int, rng: np.random.Generator
) -> Fact | None:
    """The fact as that history would have had it recorded; None for a cohort with nobody in it."""
    value = columns[fact.name][point, history]
    if fact.is_count:
        size = columns[f"size.{fact.name}"][point, history]
        return Fact(fact.name, (round(value * size),), int(size)) if np.isfinite(value) else None
    if np.isnan(value):
        return NotReached(fact.name)
    if fact.sd is not None:
        return Fact(fact.name, value=value + fact.sd * rng.standard_normal(), sd=fact.sd)
    width = fact.high - fact.low
    low = value - width * rng.random()
    return Fact(fact.name, low=low, high=low + width)

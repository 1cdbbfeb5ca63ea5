"""What the pictures of an attribution share: the cohorts drawn, in which unit."""

from dataclasses import replace

import pandas as pd

from sim.results.meanings import Outcome, outcome_of
from sim.studies.attribute import Attribution

MOST = 6  # cohorts
LUCK = ["luck_low", "luck_high"]


def known_apart(table: pd.DataFrame) -> pd.DataFrame:
    """The table with `low` and `high` as far as not knowing goes too, if it was made over a posterior."""
    if "posterior_low" not in table:
        return table
    return table.assign(low=table[["low", "posterior_low"]].min(axis=1),
                        high=table[["high", "posterior_high"]].max(axis=1))  # fmt: skip


def outcomes_of(attribution: Attribution) -> list[str]:
    """The outcomes to draw: shares of cohorts that left, or, without cohorts, the people who left."""
    known = set(attribution.totals["outcome"]) if len(attribution.totals) else set(attribution.what_if["outcome"])
    cohorts = [f"left_share.{name}" for name in attribution.scenario.cohort]
    return [name for name in cohorts if name in known][:MOST] or ["left"]


def about(outcome: str) -> Outcome:
    """What an outcome is called, its unit and scale."""
    return replace(outcome_of("quits"), label="people who left") if outcome == "left" else outcome_of(outcome)

"""What the pictures of an attribution share: the cohorts drawn, in which unit, and what stands beside a bar."""

from collections.abc import Iterator, Sequence

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sim.report.figures import style
from sim.results.meanings import outcome_of
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


def scale_of(outcome: str) -> float:
    """From the table to what is drawn: shares in per cent."""
    return 1.0 if outcome == "left" else outcome_of(outcome).scale


def whom(outcome: str, most: int = 24) -> str:
    return "people who left" if outcome == "left" else style.shown(outcome.split(".", 1)[1], most)


def unit_of(outcome: str, change: bool = False) -> str:
    if outcome == "left":
        return "people"
    return "points" if change else "% of the cohort gone"


def panels(
    figure: Figure, outcomes: Sequence[str], left: float, room: float, foot: float, head: float, below: float = 0.35
) -> Iterator[tuple[Axes, str, int]]:
    """Axes for each outcome, three in a row; the lengths are in inches, `room` is a share of the page."""
    height, columns = figure.get_figheight(), min(3, len(outcomes))
    storeys = -(-len(outcomes) // columns)
    wide = (0.985 - left) / columns
    tall = (room * height - below) / storeys
    for place, outcome in enumerate(outcomes):
        row, column = divmod(place, columns)
        bottom = below + (storeys - 1 - row) * tall + foot
        box = (left + column * wide, bottom / height, 0.88 * wide, (tall - foot - head) / height)
        yield figure.add_axes(box), outcome, column

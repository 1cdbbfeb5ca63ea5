"""Words that all verdicts use: names, values with their unit, differences that may be told."""

import math
from collections.abc import Iterable
from typing import Any, Protocol

import pandas as pd

from sim.report.numbers import estimate, number, percent, plural
from sim.results.estimate import LUCK, NOTHING, Estimate, Interval
from sim.results.meanings import outcome_of
from sim.scenario import Scenario


class Row(Protocol):
    """A row of a table, as a dictionary or a series: values by column."""

    def __getitem__(self, column: str, /) -> Any: ...
    def __contains__(self, column: object, /) -> bool: ...


TOLD = ("quits", "laid_off", "output", "fairness")  # what a change is told of, beside the cohorts
# Columns of a table that hold a second interval, what it is over and how often it holds.
BEYOND = (("posterior_low", "posterior_high", 0.95, "posterior"),)


def name_of(name: str) -> str:
    """What a person calls an outcome: `left_share.llama_authors` is "llama authors"."""
    about = outcome_of(name)
    return about.of.replace("_", " ") if about.of else about.label


def label_of(name: str) -> str:
    """Its label with the unit of a difference: "llama authors gone, points"."""
    about = outcome_of(name)
    return f"{about.label}, {about.change_unit}" if about.change_unit in ("points", "log hazard") else about.label


def heading(about: str, scenario: Scenario | None, count: int, seed: int, rest: str = "") -> str:
    """LLaMA versus OPT: 2022-05 to 2023-09, 1,000 replicates, seed 1."""
    span = f"{scenario.start} to {scenario.date_of(scenario.months - 1)}" if scenario else ""
    parts = [span, plural(count, "replicate"), f"seed {seed}", rest]
    title = about or "a scenario"
    return f"{title}{'' if title[-1] in '.!?:' else ':'} {', '.join(part for part in parts if part)}"


def estimate_of(row: Row, value: str = "value", low: str = "low", high: str = "high") -> Estimate:
    """The estimate that a row of a table holds, with every interval that it has columns for."""
    intervals = [Interval(float(row[low]), float(row[high]), 0.95, LUCK)]
    for first, last, level, over in BEYOND:
        if first in row and pd.notna(row[first]):
            intervals.append(Interval(float(row[first]), float(row[last]), level, over))
    return Estimate(float(row[value]), tuple(intervals))


def value_words(name: str, value: float, places: int | None = None) -> str:
    """A level in the unit of its outcome: 54 %, 63.8 people."""
    about = outcome_of(name)
    if about.scale == 100.0:
        return percent(value, places)
    return f"{number(value, places)} {about.unit}".rstrip() if about.label != about.unit else number(value, places)


def level_words(name: str, value: float, censored: float = 0.0) -> str:
    """A level without its unit, for a column that names it; marked where some histories never got there."""
    words = number(outcome_of(name).scale * value)
    return f"≥ {words}" if censored and math.isfinite(value) else words


def difference_words(name: str, difference: Estimate, places: int | None = None) -> str:
    """A difference without its unit: -4.0 ± 0.2; of shares in points."""
    scaled = difference.scaled(outcome_of(name).scale)
    if abs(scaled.value) < NOTHING and scaled.half_width < NOTHING:
        return "same"
    return estimate(scaled, sign=True, places=places)


def shared_places(name: str, estimates: Iterable[Estimate]) -> int:
    """Decimal places for the differences of one column: one digit of the widest interval."""
    widths = [outcome_of(name).scale * each.half_width for each in estimates]
    widths = [width for width in widths if math.isfinite(width) and width > 0]
    return max(0, min(6, -math.floor(math.log10(max(widths))))) if widths else 1


def changes(differences: pd.DataFrame) -> list[str]:
    """Of a table of differences, those that are sure and told of: "quits -3.2 ± 0.3", ..."""
    words = []
    for row in differences.to_dict("records"):
        name, change = row["outcome"], estimate_of(row, "difference")
        if name not in TOLD and not name.startswith("left_share."):
            continue
        if change.sure():
            about = outcome_of(name)
            unit = f" {about.change_unit}" if about.change_unit in ("points", "log hazard") else ""
            words.append(f"{about.label} {difference_words(name, change)}{unit}")
    return words

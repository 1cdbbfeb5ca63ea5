"""Recorded facts as people say them: counts of so many, dates, and units."""

import math
from collections.abc import Sequence

from sim.report.numbers import NONE, number, percent, span
from sim.scenario import Scenario
from sim.scenario.elements import Record

UNITS = {"gpus": "GPUs", "gpu_months": "GPU-months", "quotas_correlate": "correlation"}
ABOUT = {"left_share": "{} gone by {}", "exit_rate": "{}: leaving, to {}", "release_delay": "{} out",
         "gpus": "{}: GPUs in {}", "gpu_months": "{}: GPU-months used"}  # fmt: skip


def said_of(fact: Record) -> str:
    """Whom or what a fact is about, and when."""
    whom = fact.whom or "the lab"
    return ABOUT.get(fact.what, fact.what.replace("_", " ") + " of {}, to {}").format(whom, fact.month)


def recorded(scenario: Scenario, fact: Record) -> str:
    """The recorded value: a count of so many, a date, or a number with its unit; - where only an interval is known."""
    if fact.counts and fact.of:
        return f"{' or '.join(map(str, fact.counts))} of {fact.of} ({percent(fact.value)})"
    return in_units(scenario, fact, fact.value)


def in_units(scenario: Scenario, fact: Record, *values: float | None) -> str:
    """One value, or the two ends of an interval, in the fact's natural unit; counts to the nearest whole person."""
    known = [value for value in values if value is not None and math.isfinite(value)]
    if len(known) < len(values):
        return NONE
    if fact.what == "release_delay":
        start = scenario.month_of(fact.month)
        return " to ".join(dict.fromkeys(scenario.date_of(start + round(value)) for value in known))
    if fact.what == "left_share" and fact.of:
        return f"{_ends([round(fact.of * value) for value in known])} of {fact.of}"
    if fact.what in UNITS:
        return f"{_ends(known)} {UNITS[fact.what]}"
    rate = " a month" if fact.what == "exit_rate" else ""
    return f"{_ends([100.0 * value for value in known])} %{rate}"


def _ends(values: Sequence[float]) -> str:
    return number(values[0]) if len(values) == 1 else span(values[0], values[-1])

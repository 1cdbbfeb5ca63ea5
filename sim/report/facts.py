"""Recorded facts as people say them: counts of so many, dates, and units."""

import math
from collections.abc import Sequence

from sim.report.numbers import NONE, number, percent, span
from sim.scenario import Scenario
from sim.scenario.elements import Record

# Of each quantity; shares are told in per cent.
UNITS = {
    "left_share": "%", "exit_rate": "% a month", "release_delay": "months late", "gpus": "GPUs",
    "gpu_months": "GPU-months", "quotas_changed": "%", "quotas_cut": "%", "quotas_grown": "%",
    "quotas_correlate": "correlation",
}  # fmt: skip
ABOUT = {"left_share": "{} gone, {}", "exit_rate": "{} leaving, to {}", "release_delay": "{} out, due {}",
         "gpus": "{} held, {}", "gpu_months": "{} used"}  # fmt: skip


def about(what: str, whom: str, month: str) -> str:
    """Whom or what a fact is about, and when; of the whole lab where it names nobody."""
    return ABOUT.get(what, f"{what.replace('_', ' ')}, to {{1}}").format(whom, month)


def scale_of(what: str) -> float:
    """From the value of a fact to its unit."""
    return 100.0 if UNITS[what].startswith("%") else 1.0


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
    return f"{_ends([scale_of(fact.what) * value for value in known])} {UNITS[fact.what]}"


def _ends(values: Sequence[float]) -> str:
    return number(values[0]) if len(values) == 1 else span(values[0], values[-1])

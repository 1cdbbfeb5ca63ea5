"""The tables of a run for people: who got what, what shipped, who left, simulated beside recorded."""

import math
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
import pandas as pd

from sim.report.numbers import NONE, column, number, percent, signed, span
from sim.report.story import what_shipped, who_got_what, who_left
from sim.report.tables import rows_of
from sim.report.verdicts.verdict import Shown
from sim.results.result import Result


def tables(result: Result) -> list[Shown]:
    """The story as tables for people. Needs the monthly tables of the run."""
    found = [_gpus(result)]
    if result.scenario.project:
        found.append(_projects(result))
    if result.scenario.cohort and len(result.cohorts):
        found.append(_cohorts(result))
    if result.scenario.record:
        found.append(recorded(result.record))
    return found


def _gpus(result: Result) -> Shown:
    got = who_got_what(result).reset_index(names="team")
    return Shown("Who got the GPUs: means over the months in which the team asks", {
        "team": list(got["team"]), "need": column(got["need"]), "GPUs": column(got["gpus"]),
        "met": _each(got["met"], percent), "used": _each(got["used"], percent),
        "felt fairness": _each(got["fairness"], lambda value: signed(value, 2)),
        "at worst": _each(got["worst"], lambda value: signed(value, 2)),
        "quit": column(got["quit"]), "laid off": column(got["laid_off"]),
    }, note="GPUs; people; fairness is what it adds to the log hazard of leaving, with its sign turned.")  # fmt: skip


def _projects(result: Result) -> Shown:
    shipped = what_shipped(result)
    early, middle, late = (
        ["" if np.isnan(month) else result.scenario.date_of(round(month)) for month in shipped[name]]
        for name in ("q05", "q50", "q95")
    )
    return Shown("What shipped: median month and 5 to 95 % of the releases", {
        "project": list(shipped["project"]), "team": list(shipped["team"]), "target": list(shipped["target"]),
        "out by": [when or "not out" for when in middle], "from": early, "to": late,
        "out": _each(shipped["released"], percent), "cancelled": _each(shipped["cancelled"], percent),
        "GPU-months": column(shipped["gpu_months"]),
    }, left=2)  # fmt: skip


def _cohorts(result: Result) -> Shown:
    left = who_left(result)
    return Shown("Who left: share of the cohort by the end, median and 5 to 95 %; mean numbers", {
        "cohort": list(left["cohort"]), "from": list(left["from"]), "size": column(left["size"]),
        "left": _each(left["left"], percent), "5 %": _each(left["q05"], percent), "95 %": _each(left["q95"], percent),
        "quit": column(left["quit"]), "laid off": column(left["laid_off"]),
    })  # fmt: skip


def recorded(record: pd.DataFrame) -> Shown:
    """Simulated beside recorded, a row per fact; a project that does not come out lies outside, and is told."""
    rows = list(rows_of(record))
    return Shown("Simulated beside recorded: median and 90 % band beside value and interval", {
        "quantity": [f"{row.what} of {row.of}, {row.month}" for row in rows],
        "recorded": [_fact(row.recorded_low, row.recorded, row.recorded_high) for row in rows],
        "simulated": [_simulated(row) for row in rows],
        "within": ["" if math.isnan(row.within) else percent(row.within) for row in rows],
    })  # fmt: skip


def _simulated(row: Any) -> str:
    if math.isnan(row.within):
        return "after the run's end"
    if row.missing == 1.0:
        return "never"
    words = _fact(row.simulated_q05, row.simulated_median, row.simulated_q95)
    return words if row.missing < 0.0005 else f"{words}, never in {percent(row.missing)}"


def _fact(low: float, middle: float | None, high: float) -> str:
    inside = span(_short(low), _short(high))
    if middle is None or math.isnan(middle):
        return inside
    at = number(_short(middle))
    return at if at == inside else f"{at} ({inside})"


def _short(value: float) -> float:
    """Two digits below 100; a fact is not known better."""
    return value if abs(value) >= 100 else _whole(float(f"{value:.2g}"))


def _whole(value: float) -> float:
    return int(value) if value == int(value) else value


def _each(column: Iterable[float | None], form: Callable[[float], str]) -> list[str]:
    return [NONE if value is None or np.isnan(value) else form(value) for value in column]


def switched_off(mechanisms: pd.DataFrame) -> Shown:
    """What `mechanisms_off` found: each mechanism switched off alone."""
    cohorts = [name for name in mechanisms.columns[1:] if not name.endswith("±")]
    changes = {
        f"{name.replace('_', ' ')}, points": [
            f"{signed(100 * change, 1)} ± {number(100 * width, 1)}"
            for change, width in zip(mechanisms[name], mechanisms[f"{name} ±"], strict=True)
        ]
        for name in cohorts
    }
    return Shown("Each mechanism switched off alone: change in the share that left, 95 % interval",
                 {"switched off": list(mechanisms["mechanism"]), **changes})  # fmt: skip

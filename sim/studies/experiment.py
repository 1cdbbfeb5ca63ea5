"""Experiment files: what they may hold, and how one is read; every fault is told in one go."""

from collections.abc import Collection, Iterator
from os import PathLike
from pathlib import Path
from typing import Any, Literal, TypeAlias

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from sim.aliases import AnyPath
from sim.allocation import beside, is_address, is_allowed, refusal
from sim.errors import InputError
from sim.parameter import REQUIRED, Section, text
from sim.scenario.faults import fault_lines
from sim.scenario.files import file_of, read_toml
from sim.scenario.paths import POLICY
from sim.scenario.wording import Raw

MOST_POINTS = 5_000_000
Value: TypeAlias = bool | int | float | str  # what a path may have at a point


class Factor(Section):
    """What differs from point to point: a dotted path, or `scenario`; given values, or a range."""

    path: str = text(REQUIRED, "dotted path of a number, or `scenario`")
    values: list[Value] | None = text(None, "its values", min_length=1)
    range: list[float] | None = text(None, "or its least and largest", min_length=2, max_length=2)
    steps: int = text(5, "of a range, in a grid", ge=2, le=100_000)
    scale: Literal["linear", "log"] = text("linear", "of a range: equal steps, or equal ratios")


class Experiment(Section):
    """An experiment file, checked."""

    title: str = text("", "one line that names the experiment")
    question: str = text("", "what the experiment asks")
    scenario: str = text(REQUIRED, "the scenario: a file beside this one, or a shipped name")
    replicates: int = text(200, "histories at every point", ge=1, le=1_000_000)
    seed: int = text(1, "of all histories", ge=0, lt=2**63)
    design: Literal["grid", "list", "latin_hypercube", "sobol"] = text("grid", "how the points are chosen")
    points: int = text(64, "how many, of latin_hypercube and sobol", ge=1, le=MOST_POINTS)
    outcomes: list[str] = text(["quits", "output", "left_share.*"], "names of outcomes, * for any", min_length=1)
    keep: Literal["summary", "histories", "months"] = text("summary", "what is saved of every point")
    overrides: dict[str, Value] = text({}, "what differs from the scenario at every point, by path")
    factor: list[Factor] = text([], "what differs from point to point")
    point: list[dict[str, Value]] = text([], 'of design = "list": every point, by path')


def read_experiment(given: Raw | AnyPath, overrides: Raw | None = None) -> tuple[Experiment, str, Path]:
    """Read an experiment: a dict, a TOML file, or the bare name of a shipped one.

    `overrides` replaces top-level keys, such as replicates. Returns it, what messages call it, and the folder beside
    which its scenarios are sought. Raises InputError with one line per fault of the file.
    """
    if not isinstance(overrides or {}, dict):
        raise InputError(f"overrides: must be a dict of an experiment's keys and values, got {overrides!r}")
    if not isinstance(given, (dict, str, PathLike)):
        raise InputError(f"experiment: must be a dict, a file or a name, got {given!r}")
    if isinstance(given, dict):
        where, raw, folder = "experiment", dict(given), Path()
    else:
        file = file_of(str(given), "experiments")
        where, raw, folder = str(file), read_toml(file), file.parent
        faults = [f"{where}: {fault}" for fault in _find_policies(raw, folder)]
        if faults:
            raise InputError(*faults)
    raw |= overrides or {}
    try:
        return Experiment.model_validate(raw), where, folder
    except ValidationError as error:
        raise InputError(*fault_lines(error, where, _keys)) from None


def _find_policies(raw: Raw, folder: Path) -> Iterator[str]:
    """Let policies' files that an experiment file names be sought beside it, in place; faults for those not allowed."""
    rows = {key: raw[key] if isinstance(raw.get(key), list) else [] for key in ("factor", "point")}
    factors = [table for table in rows["factor"] if isinstance(table, dict) and table.get("path") == POLICY]
    lists = [factor["values"] for factor in factors if isinstance(factor.get("values"), list)]
    tables = [table for table in (raw.get("overrides"), *rows["point"]) if isinstance(table, dict) and POLICY in table]
    named: list[tuple[Any, Any]] = [(values, index) for values in lists for index in range(len(values))] + [
        (table, POLICY) for table in tables
    ]
    for holder, key in named:
        if isinstance(holder[key], str) and is_address(holder[key]):
            holder[key] = beside(holder[key], folder)
            if not is_allowed(holder[key]):
                yield refusal(holder[key])


def _keys(error: ErrorDetails) -> Collection[str]:
    """The keys that the table of a fault may have."""
    return Factor.model_fields if error["loc"][0] == "factor" else Experiment.model_fields

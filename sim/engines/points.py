"""Points: a scenario with other numbers from point to point, held to the rules of scenario files."""

from collections.abc import Collection, Mapping, Sequence
from itertools import product
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sim.aliases import Floats, Ints, NumbersByPath
from sim.errors import InputError
from sim.model.events import CLASS_OF, HireEvent
from sim.parameter import Parameter
from sim.scenario import Scenario
from sim.scenario.wording import fault_line, nearest

Entries: TypeAlias = Mapping[str, Parameter]  # of the registry, by dotted path

# Numbers that size the lab.
HIRES = [f"event.{name}.people" for name, event_class in CLASS_OF.items() if issubclass(event_class, HireEvent)]
SIZES = ("months", "team.*.researchers", *HIRES)


def varies(entry: Parameter) -> bool:
    """Whether the parameter of a registry entry may differ from point to point."""
    return entry.kind in ("number", "whole number", "switch") and entry.path not in SIZES


def check_ensemble(
    scenario: Scenario, points: Mapping[str, ArrayLike] | None, draws: Mapping[str, ArrayLike] | None
) -> tuple[dict[str, Floats], dict[str, Floats]]:
    """Points and draws as `check_points` gives them; what a point sets is not drawn."""
    there = check_points(scenario, points)
    drawn = check_points(scenario, draws, what="draws", apart=there)
    if there and drawn:
        entries = _entries(scenario)
        for point, draw in product(_witnesses(entries, there), _witnesses(entries, drawn)):
            settings = settings_at(scenario, drawn, draw, entries) | settings_at(scenario, there, point, entries)
            faults = _faults_of(scenario, settings, f"points: point {point}, draw {draw}")
            if faults:
                raise InputError(*faults)
    return there, drawn


def check_points(
    scenario: Scenario,
    points: Mapping[str, ArrayLike] | None,
    *,
    what: str = "points",
    apart: Collection[str] = (),
    numbers: Sequence[int] | Ints | None = None,
) -> dict[str, Floats]:
    """The points, but for the paths in `apart`, as float arrays of one length.

    A value, or values together, that a scenario file may not hold raise InputError in the words said of a file.
    `numbers`: what points are called there; by default their indices.
    """
    try:
        given = {} if points is None else {path: values for path, values in points.items() if path not in apart}
    except (AttributeError, TypeError):
        raise InputError(f"{what}: must be a dict of dotted paths and arrays, got {points!r}") from None
    if not given:
        return {}
    entries = _entries(scenario)
    faults: list[str] = []
    arrays: dict[str, Floats] = {}
    for path, values in given.items():
        entry = entries.get(path) if isinstance(path, str) else None
        if entry is None:
            faults.append(fault_line(what, (path,), f"unknown parameter{nearest(path, entries)}"))
        elif not varies(entry):
            faults.append(
                f"{what}: {path}: cannot differ from point to point (only numbers and switches can that neither size "
                "the lab nor move dates); run such scenarios one by one"
            )
        else:
            try:
                array = _numbers(values)
            except ValueError as error:
                faults.append(f"{what}: {path}: {error}")
                continue
            arrays[path] = array.astype(float)
            bad = _unfit(entry, array)
            if bad is not None:
                faults += _faults_of(scenario, {path: bad}, what)
    lengths = {path: len(array) for path, array in arrays.items()}
    if len(set(lengths.values())) > 1:
        faults.append(f"{what}: all paths need the same number of values, got {lengths}")
    if 0 in lengths.values():
        faults.append(f"{what}: no values")
    if faults:
        raise InputError(*dict.fromkeys(faults))
    for point in _witnesses(entries, arrays):
        name = point if numbers is None else numbers[point]
        faults = _faults_of(scenario, settings_at(scenario, arrays, point, entries), f"{what}: point {name}")
        if faults:
            raise InputError(*faults)
    return arrays


def settings_at(
    scenario: Scenario, points: NumbersByPath, point: int, entries: Entries | None = None
) -> dict[str, float]:
    """The overrides that make the scenario of one point; `entries` where they have been gathered before."""
    entries = entries or _entries(scenario)
    return {path: _typed(entries[path], values[point]) for path, values in points.items()}


def _entries(scenario: Scenario) -> Entries:
    return {path: entry for path, _, entry in scenario.paths()}


def _numbers(values: ArrayLike) -> NDArray[np.generic]:
    """Numbers or truths in a row, of the type that they were given in. Raises ValueError for anything else."""
    array = np.atleast_1d(np.asarray(values))
    if array.ndim != 1:
        raise ValueError(f"must be one-dimensional, got shape {array.shape}")
    if array.dtype.kind not in "biuf" and array.size:
        raise ValueError("must be numbers")
    return array


def _unfit(entry: Parameter, array: NDArray[np.generic]) -> float | None:
    """The first value that the parameter cannot take, as a file would hold it; None if there is none."""
    numbers = array.astype(np.float64)
    if entry.kind == "switch":
        bad = (numbers != 0) & (numbers != 1)
    elif array.dtype.kind == "b":
        bad = np.ones(len(array), dtype=bool)
    else:
        low, high = (-np.inf if entry.low is None else entry.low), (np.inf if entry.high is None else entry.high)
        below = numbers <= low if entry.low_open else numbers < low
        bad = ~np.isfinite(numbers) | below | (numbers > high)
        if entry.kind == "whole number":
            bad |= numbers != np.floor(numbers)
    if not bad.any():
        return None
    value = float(numbers[bad][0])
    return bool(value) if array.dtype.kind == "b" else _typed(entry, value)


def _typed(entry: Parameter, value: float) -> float:
    """A point's number in the type that the parameter has."""
    value = float(value)
    if entry.kind == "switch" and value in (0.0, 1.0):
        return bool(value)
    return int(value) if entry.kind == "whole number" and value.is_integer() else value


def _faults_of(scenario: Scenario, settings: dict[str, float], where: str) -> list[str]:
    try:
        scenario.with_overrides(settings, where)
    except InputError as error:
        return error.faults
    return []


def _witnesses(entries: Entries, arrays: NumbersByPath) -> list[int]:
    """Points that stand for all where values are judged together: which weights are 0 is all that the rules ask."""
    weights = [array == 0.0 for path, array in arrays.items() if entries[path].unit == "weight"]
    weights = [zero for zero in weights if zero.any()]
    if not weights:
        return [0] if arrays else []
    _, first = np.unique(np.packbits(weights, axis=0), axis=1, return_index=True)
    witnesses: list[int] = np.sort(first).tolist()
    return witnesses

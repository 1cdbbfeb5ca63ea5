"""Experiment files: a scenario, factors, a design, and which outcomes to keep; every fault is told in one go."""

import hashlib
import json
import math
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from itertools import product
from os import PathLike
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd
from pydantic import ValidationError
from scipy.stats import qmc

from sim.allocation import beside, get, is_address, is_allowed, refusal
from sim.engines.points import check_points, varies
from sim.engines.run import engine_name
from sim.errors import InputError, did_you_mean
from sim.parameter import REQUIRED, Section, text
from sim.scenario import Scenario, load_scenario
from sim.scenario.faults import problem_of, told_once
from sim.scenario.files import read_toml, shipped_folder
from sim.scenario.paths import POLICY
from sim.scenario.wording import fault_line

MOST_POINTS = 5_000_000


class Factor(Section):
    """What differs from point to point: a dotted path, or `scenario`; given values, or a range."""

    path: str = text(REQUIRED, "dotted path of a number, or `scenario`")
    values: list[bool | int | float | str] | None = text(None, "its values", min_length=1)
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
    overrides: dict[str, bool | int | float | str] = text({}, "what differs from the scenario at every point, by path")
    factor: list[Factor] = text([], "what differs from point to point")
    point: list[dict[str, bool | int | float | str]] = text([], 'of design = "list": every point, by path')


@dataclass(frozen=True)
class Group:
    """Points that differ only in numbers: one scenario, and arrays for the rest. Equal points are run once."""

    scenario: Scenario
    places: np.ndarray  # of its points in the design
    runs: np.ndarray  # for each of them its place in the arrays
    points: dict[str, np.ndarray]  # no two alike
    draws: dict[str, np.ndarray] = field(default_factory=dict)  # of a posterior; replicate r has draw r


@dataclass(frozen=True)
class Plan:
    """A checked experiment: its design, a row per point, and the groups that run together."""

    experiment: Experiment
    design: pd.DataFrame
    groups: tuple[Group, ...]
    base: Scenario  # as it stands: what every point is set beside
    base_draws: dict[str, np.ndarray] = field(default_factory=dict)
    engine: str | type = "compiled"  # as of `sim.run`

    def resolved(self) -> dict:
        """All that decides the results."""
        own = {} if self.engine == "compiled" else {"engine": engine_name(self.engine)}
        return {
            "experiment": self.experiment.model_dump(),
            "scenarios": [one.scenario.to_dict() for one in self.groups],
            **own,
        }

    def digest(self) -> str:
        """Hash of all that decides the results, but for the program's and the policies' code."""
        digest = hashlib.sha256(json.dumps(self.resolved(), sort_keys=True).encode())
        for path, column in self.design.items():
            values = column.to_numpy()
            told = json.dumps(values.tolist()).encode() if values.dtype == object else values.tobytes()
            digest.update(f"{path} {values.dtype} ".encode() + told)
        for group in self.groups:
            for path, values in group.draws.items():
                digest.update(f"{path} ".encode() + values.tobytes())
        return digest.hexdigest()


def load_plan(experiment, overrides: dict | None = None) -> Plan:
    """Read and check an experiment: a dict, a TOML file, or the bare name of a shipped one.

    `overrides` replaces top-level keys, such as replicates. Raises InputError with one line per fault.
    """
    if not isinstance(overrides or {}, dict):
        raise InputError(f"overrides: must be a dict of an experiment's keys and values, got {overrides!r}")
    if not isinstance(experiment, (dict, str, PathLike)):
        raise InputError(f"experiment: must be a dict, a file or a name, got {experiment!r}")
    if isinstance(experiment, dict):
        where, raw, folder = "experiment", dict(experiment), Path()
    else:
        file = _find(str(experiment))
        where, raw, folder = str(file), read_toml(file), file.parent
        faults = [f"{where}: {fault}" for fault in _find_policies(raw, folder)]
        if faults:
            raise InputError(*faults)
    raw |= overrides or {}
    try:
        checked = Experiment.model_validate(raw)
    except ValidationError as error:
        raise InputError(*dict.fromkeys(f"{where}: {_said(one)}" for one in told_once(error, _keys))) from None
    return _Planner(checked, where, folder).plan()


def over(plan: Plan, posterior) -> Plan:
    """The plan with every group of points over the draws of a posterior."""
    from sim.studies.mixture import draws_of

    groups = []
    for group in plan.groups:
        draws, _ = draws_of(posterior, group.scenario, plan.experiment.replicates)
        groups.append(replace(group, draws={path: one for path, one in draws.items() if path not in group.points}))
    return replace(plan, groups=tuple(groups), base_draws=draws_of(posterior, plan.base, plan.experiment.replicates)[0])


def _find_policies(raw, folder):
    """Let policies' files that an experiment file names be sought beside it, in place; faults for those not allowed."""
    rows = {key: raw[key] if isinstance(raw.get(key), list) else [] for key in ("factor", "point")}
    factors = [one for one in rows["factor"] if isinstance(one, dict) and one.get("path") == POLICY]
    lists = [one["values"] for one in factors if isinstance(one.get("values"), list)]
    tables = [one for one in (raw.get("overrides"), *rows["point"]) if isinstance(one, dict) and POLICY in one]
    named = [(values, place) for values in lists for place in range(len(values))] + [(one, POLICY) for one in tables]
    for holder, key in named:
        if isinstance(holder[key], str) and is_address(holder[key]):
            holder[key] = beside(holder[key], folder)
            if not is_allowed(holder[key]):
                yield refusal(holder[key])


def _find(name: str) -> Path:
    if name.endswith(".toml") or "/" in name:
        return Path(name)
    file = shipped_folder("experiments") / f"{name}.toml"
    if not file.is_file():
        known = sorted(path.stem for path in shipped_folder("experiments").glob("*.toml"))
        raise InputError(f"{name}: no such experiment{did_you_mean(name, known)}; a file needs its .toml")
    return file


def _said(error) -> str:
    place = ".".join(str(part) for part in error["loc"] if part not in ("bool", "int", "float", "str"))
    return f"{place}: {problem_of(error, error['loc'], _keys(error))}"


def _keys(error):
    """The keys that the table of a fault may have."""
    return Factor.model_fields if error["loc"][0] == "factor" else Experiment.model_fields


class _Planner:
    def __init__(self, experiment, where, folder):
        self.experiment, self.where, self.folder = experiment, where, folder
        self.faults = []
        self.bases, self.values = {}, {}  # scenarios, and their values by path, by the name of the scenario

    def plan(self) -> Plan:
        self._base(self.experiment.scenario)
        self._stop()
        self._check_factors()
        self._stop()
        design = self._design()
        groups = self._groups(design)
        self._stop()
        return Plan(self.experiment, design, groups, self.bases[self.experiment.scenario])

    def _stop(self):
        if self.faults:
            raise InputError(*dict.fromkeys(f"{self.where}: {fault}" for fault in self.faults))

    def _base(self, name):
        """The scenario of a name, with the experiment's overrides; files are sought beside the experiment too."""
        if name not in self.bases:
            beside = self.folder / name
            try:
                scenario = load_scenario(beside if name.endswith(".toml") and beside.is_file() else name)
                self.bases[name] = scenario.with_overrides(dict(self.experiment.overrides))
            except InputError as error:
                self.faults += error.faults
                return None
        return self.bases[name]

    def _check_factors(self):
        experiment = self.experiment
        listed = experiment.design == "list"
        if listed and (experiment.factor or not experiment.point):
            self.faults.append("design: a list needs [[point]] tables, and no [[factor]]")
        if not listed and (experiment.point or not experiment.factor):
            self.faults.append(f"design: {experiment.design} needs [[factor]] tables, and no [[point]]")
        paths = [factor.path for factor in experiment.factor]
        self.faults += [f"factor: {path}: given twice" for path in dict.fromkeys(paths) if paths.count(path) > 1]
        for factor in experiment.factor:
            self._check_factor(factor)
        tried = set()
        for place, point in enumerate(experiment.point, start=1):
            for path, value in point.items():
                if (path, type(value), value) not in tried:
                    tried.add((path, type(value), value))
                    self._check_value(f"point {place}", path, value)
        if "outcomes" not in experiment.model_fields_set:
            return  # those that every lab has, and others that it may lack
        for scenario in self.bases.values():
            names = _outcome_names(scenario)
            for pattern in experiment.outcomes:
                if not matching(names, [pattern]):
                    self.faults.append(f"outcomes: nothing is named '{pattern}'{did_you_mean(pattern, names)}")

    def _check_factor(self, factor):
        where = "factor"
        if factor.values is not None:
            if factor.range is not None:
                self.faults.append(f"{where}: {factor.path}: give values or a range, not both")
            for value in factor.values:
                self._check_value(where, factor.path, value)
            return
        scenario = self.bases[self.experiment.scenario]
        try:
            entry = scenario.parameter(factor.path)
        except InputError as error:
            self.faults += [f"{where}: {fault}" for fault in error.faults]
            return
        where = f"{where}: {factor.path}"
        if entry.kind == "switch":
            return
        if entry.kind not in ("number", "whole number"):
            self.faults.append(f"{where}: is no number, so it needs values")
            return
        low, high = _range(factor, entry)
        if not entry.low <= low < high <= entry.high:
            self.faults.append(f"{where}: the range must lie within {entry.low:g} to {entry.high:g}, and rise; "
                               f"got {low:g} to {high:g}")  # fmt: skip
        elif factor.scale == "log" and low <= 0.0:
            self.faults.append(f"{where}: a log scale needs a range above 0, got {low:g} to {high:g}")

    def _check_value(self, where, path, value):
        if path == "scenario":
            if isinstance(value, str):
                self._base(value)
            else:
                self.faults.append(f"{where}: scenario: must be a name, got {value!r}")
            return
        try:
            self.bases[self.experiment.scenario].with_overrides({path: value}, where)
        except InputError as error:  # what it makes of other values is judged where all are known
            own = fault_line(where, path.split("."), "")
            self.faults += [fault for fault in error.faults if fault.startswith(own)]

    def _design(self) -> pd.DataFrame:
        experiment = self.experiment
        if experiment.design == "list":
            rows = [self._filled(point) for point in experiment.point]
            paths = dict.fromkeys(path for point in experiment.point for path in point)
            return pd.DataFrame({path: _typed(row.get(path) for row in rows) for path in paths})
        if experiment.design == "grid":
            levels = [self._levels(factor) for factor in experiment.factor]
            count = int(np.prod([len(one) for one in levels], dtype=float))
            if count > MOST_POINTS:
                self.faults.append(f"design: {count:,} points; at most {MOST_POINTS:,} are run")
                self._stop()
            columns: Iterable = zip(*product(*levels), strict=True)
        else:
            unit = self._unit(len(experiment.factor))
            columns = [self._placed(factor, unit[:, k]) for k, factor in enumerate(experiment.factor)]
        return pd.DataFrame(
            {factor.path: _typed(column) for factor, column in zip(experiment.factor, columns, strict=True)}
        )

    def _filled(self, point):
        """A listed point, with what it leaves out as its scenario has it; None where that says nothing either."""
        name = point.get("scenario", self.experiment.scenario)
        if name not in self.values:
            self.values[name] = {path: value for path, value, _ in self._base(name).paths()}
        return self.values[name] | {"scenario": name} | point

    def _unit(self, dimensions):
        """(points, factors) within 0 and 1."""
        experiment = self.experiment
        seed = np.random.default_rng(experiment.seed)
        if experiment.design == "latin_hypercube":
            return qmc.LatinHypercube(dimensions, rng=seed).random(experiment.points)
        sobol = qmc.Sobol(dimensions, rng=seed)
        return sobol.random(1 << (experiment.points - 1).bit_length())[: experiment.points]

    def _levels(self, factor):
        if factor.values is not None:
            return factor.values
        return _distinct(self._placed(factor, np.linspace(0.0, 1.0, factor.steps)))

    def _placed(self, factor, unit):
        """Values of a factor at places between 0 and 1."""
        if factor.values is not None:
            return [
                factor.values[place]
                for place in np.minimum((unit * len(factor.values)).astype(int), len(factor.values) - 1)
            ]
        entry = self.bases[self.experiment.scenario].parameter(factor.path)
        if entry.kind == "switch":
            return [bool(one) for one in unit >= 0.5]
        low, high = _range(factor, entry)
        whole = entry.kind == "whole number"
        sampled = whole and self.experiment.design != "grid"  # then each whole number has its part of the range
        end = high + 1 if sampled else high
        if factor.scale == "log":
            values = np.exp(np.log(low) + unit * (np.log(end) - np.log(low)))
        else:
            values = low + unit * (end - low)
        values = np.clip(np.floor(values) if sampled else np.rint(values) if whole else values, low, high)
        return [int(one) for one in values] if whole else values.tolist()

    def _groups(self, design) -> tuple[Group, ...]:
        together = [path for path in design.columns if self._pointwise(path)]
        given = {path: design[path].notna().to_numpy() for path in design.columns}
        apart = {path: column for path, column in design.items() if path not in together}
        keys = [pd.factorize(column)[0] for column in apart.values()] + [given[path] for path in together]
        groups = []
        for places in _alike(keys, len(design)):
            first = places[0]
            settings = {path: _plain(column.iloc[first]) for path, column in apart.items() if given[path][first]}
            base = self._base(settings.pop("scenario", self.experiment.scenario))
            numbers = {path: design[path].to_numpy()[places].astype(float) for path in together if given[path][first]}
            once, runs = _distinct_points(numbers, len(places))
            try:
                points = {path: values[once] for path, values in numbers.items()}
                scenario = base.with_overrides(settings, f"design: point {first}")
                get(scenario.committee.policy)  # code that a file names is refused before anything runs
                points = check_points(scenario, points, "design", numbers=places[once])
                groups.append(Group(scenario, places, runs, points))
            except InputError as error:
                self.faults += error.faults
        return tuple(groups)

    def _pointwise(self, path):
        """Whether the engine can vary the path from point to point in one call."""
        try:
            return path != "scenario" and all(varies(one.parameter(path)) for one in self.bases.values())
        except InputError:
            return False


def matching(names, patterns) -> list[str]:
    """The outcomes that are asked for: by name, or with * for any."""
    return [name for name in names if any(name == one or fnmatchcase(name, one) for one in patterns)]


def _range(factor, entry):
    low, high = factor.range if factor.range is not None else (entry.low, entry.high)
    return (math.ceil(low), math.floor(high)) if entry.kind == "whole number" else (low, high)


def _distinct(values):
    return list(dict.fromkeys(values))


def _alike(keys, count):
    """Places of the rows that are alike in every key, in order of the first of each kind."""
    if not keys:
        return [np.arange(count)]
    return list(pd.DataFrame(np.column_stack(keys)).groupby(list(range(len(keys))), sort=False).indices.values())


def _distinct_points(numbers, count):
    """Places of points no two of which are alike, in order, and for each point which of them it is."""
    if not numbers:
        return np.zeros(1, dtype=np.int64), np.zeros(count, dtype=np.int64)
    _, first, which = np.unique(np.column_stack(list(numbers.values())), axis=0, return_index=True, return_inverse=True)
    order = np.argsort(first)
    place = np.empty_like(order)
    place[order] = np.arange(len(order))
    return first[order], place[which.reshape(-1)]


def _plain(value):
    return value.item() if isinstance(value, np.generic) else value


def _typed(column):
    """One type for a column that a file can keep; None is left, in a column of objects."""
    values = list(column)
    kinds = {type(one) for one in values if one is not None}
    if kinds == {int, float}:
        values, kinds = [one if one is None else float(one) for one in values], {float}
    if None not in values and len(kinds) == 1 and kinds <= {int, float, bool}:
        return np.array(values)
    column = np.empty(len(values), dtype=object)
    column[:] = values
    return column


def _outcome_names(scenario) -> list[str]:
    """The outcomes of a scenario, by running one history of it, under a policy that cannot fail."""
    from sim.engines.run import run

    scenario = scenario.with_overrides({"committee.policy": "proportional"})
    return [name for name in run(scenario, 1, detail="summary", threads=1).outcomes.columns if name != "replicate"]

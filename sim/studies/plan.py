"""Plans of experiments: the design, a row per point, and the groups of points that run together, all checked.

Every fault is told in one go.
"""

import hashlib
import json
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import qmc

from sim.aliases import AnyPath, Floats, Ints, NumbersByPath
from sim.allocation import get
from sim.engines.points import check_points, varies
from sim.engines.run import engine_name
from sim.errors import InputError, did_you_mean
from sim.parameter import Parameter
from sim.results.meanings import chosen
from sim.results.outcomes import outcome_names
from sim.scenario import Scenario, load_scenario
from sim.scenario.wording import Raw, fault_line
from sim.studies.experiment import MOST_POINTS, Experiment, Factor, Value, read_experiment

if TYPE_CHECKING:
    from sim.studies.posterior import Posterior


@dataclass(frozen=True)
class Group:
    """Points that differ only in numbers: one scenario, and arrays for the rest. Equal points are run once."""

    scenario: Scenario
    places: Ints  # of its points in the design
    runs: Ints  # for each of them its place in the arrays
    points: NumbersByPath  # no two alike
    draws: NumbersByPath = field(default_factory=dict)  # of a posterior; replicate r has draw r


@dataclass(frozen=True)
class Plan:
    """A checked experiment: its design, a row per point, and the groups that run together."""

    experiment: Experiment
    design: pd.DataFrame
    groups: tuple[Group, ...]
    base: Scenario  # as it stands: what every point is set beside
    base_draws: NumbersByPath = field(default_factory=dict)
    engine: str | type = "compiled"  # as of `sim.run`

    def resolved(self) -> dict[str, Any]:
        """All that decides the results."""
        own = {} if self.engine == "compiled" else {"engine": engine_name(self.engine)}
        return {
            "experiment": self.experiment.model_dump(),
            "scenarios": [group.scenario.to_dict() for group in self.groups],
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


def load_plan(experiment: Raw | AnyPath, overrides: Raw | None = None) -> Plan:
    """Read an experiment as by `read_experiment`, and check all its points. InputError with a line per fault."""
    return _Planner(*read_experiment(experiment, overrides)).plan()


def over(plan: Plan, posterior: "Posterior | AnyPath") -> Plan:
    """The plan with every group of points over the draws of a posterior."""
    from sim.studies.mixture import draws_of

    groups = []
    for group in plan.groups:
        draws, _ = draws_of(posterior, group.scenario, plan.experiment.replicates)
        drawn = {path: numbers for path, numbers in draws.items() if path not in group.points}
        groups.append(replace(group, draws=drawn))
    return replace(plan, groups=tuple(groups), base_draws=draws_of(posterior, plan.base, plan.experiment.replicates)[0])


class _Planner:
    """Makes the plan of one experiment, and gathers what is wrong with it on the way."""

    def __init__(self, experiment: Experiment, where: str, folder: Path):
        self.experiment, self.where, self.folder = experiment, where, folder
        self.faults: list[str] = []
        self.bases: dict[str, Scenario] = {}  # by the name that the experiment calls them
        self.values: dict[str, dict[str, Any]] = {}  # of these, by path

    def plan(self) -> Plan:
        self._load(self.experiment.scenario)
        self._stop()
        self._check_factors()
        self._stop()
        design = self._design()
        groups = self._groups(design)
        self._stop()
        return Plan(self.experiment, design, groups, self.base)

    @property
    def base(self) -> Scenario:
        return self.bases[self.experiment.scenario]

    def _stop(self) -> None:
        if self.faults:
            raise InputError(*dict.fromkeys(f"{self.where}: {fault}" for fault in self.faults))

    def _load(self, name: str) -> None:
        """The scenario of a name, with the experiment's overrides; files are sought beside the experiment too."""
        if name not in self.bases:
            beside = self.folder / name
            try:
                scenario = load_scenario(beside if name.endswith(".toml") and beside.is_file() else name)
                self.bases[name] = scenario.with_overrides(dict(self.experiment.overrides))
            except InputError as error:
                self.faults += error.faults

    def _check_factors(self) -> None:
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
        for number, point in enumerate(experiment.point, start=1):
            for path, value in point.items():
                if (path, type(value), value) not in tried:
                    tried.add((path, type(value), value))
                    self._check_value(f"point {number}", path, value)
        if "outcomes" not in experiment.model_fields_set:
            return  # those that every lab has, and others that it may lack
        for scenario in self.bases.values():
            names = outcome_names(scenario)
            for pattern in experiment.outcomes:
                if not chosen([pattern], names):
                    self.faults.append(f"outcomes: nothing is named '{pattern}'{did_you_mean(pattern, names)}")

    def _check_factor(self, factor: Factor) -> None:
        where = "factor"
        if factor.values is not None:
            if factor.range is not None:
                self.faults.append(f"{where}: {factor.path}: give values or a range, not both")
            for value in factor.values:
                self._check_value(where, factor.path, value)
            return
        try:
            entry = self.base.parameter(factor.path)
        except InputError as error:
            self.faults += [f"{where}: {fault}" for fault in error.faults]
            return
        where = f"{where}: {factor.path}"
        if entry.kind == "switch":
            return
        if not entry.is_number:
            self.faults.append(f"{where}: is no number, so it needs values")
            return
        (low, high), (least, most) = _range(factor, entry), entry.bounds
        if not least <= low < high <= most:
            self.faults.append(f"{where}: the range must lie within {least:g} to {most:g}, and rise; "
                               f"got {low:g} to {high:g}")  # fmt: skip
        elif factor.scale == "log" and low <= 0.0:
            self.faults.append(f"{where}: a log scale needs a range above 0, got {low:g} to {high:g}")

    def _check_value(self, where: str, path: str, value: Value) -> None:
        if path == "scenario":
            if isinstance(value, str):
                self._load(value)
            else:
                self.faults.append(f"{where}: scenario: must be a name, got {value!r}")
            return
        try:
            self.base.with_overrides({path: value}, where)
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
            count = int(np.prod([len(values) for values in levels], dtype=float))
            if count > MOST_POINTS:
                self.faults.append(f"design: {count:,} points; at most {MOST_POINTS:,} are run")
                self._stop()
            columns: Iterable[Iterable[Value]] = zip(*product(*levels), strict=True)
        else:
            unit = self._unit(len(experiment.factor))
            columns = [self._placed(factor, unit[:, k]) for k, factor in enumerate(experiment.factor)]
        return pd.DataFrame(
            {factor.path: _typed(column) for factor, column in zip(experiment.factor, columns, strict=True)}
        )

    def _filled(self, point: dict[str, Value]) -> dict[str, Any]:
        """A listed point, with what it leaves out as its scenario has it; None where that says nothing either."""
        name = str(point.get("scenario", self.experiment.scenario))
        if name not in self.values:
            self.values[name] = self.bases[name].values()
        return self.values[name] | {"scenario": name} | point

    def _unit(self, dimensions: int) -> Floats:
        """(points, factors) within 0 and 1."""
        experiment = self.experiment
        seed = np.random.default_rng(experiment.seed)
        if experiment.design == "latin_hypercube":
            return qmc.LatinHypercube(dimensions, rng=seed).random(experiment.points)
        sobol = qmc.Sobol(dimensions, rng=seed)
        return sobol.random(1 << (experiment.points - 1).bit_length())[: experiment.points]

    def _levels(self, factor: Factor) -> Sequence[Value]:
        """The values of a factor in a grid, no two alike where they come of a range."""
        if factor.values is not None:
            return factor.values
        return list(dict.fromkeys(self._placed(factor, np.linspace(0.0, 1.0, factor.steps))))

    def _placed(self, factor: Factor, unit: Floats) -> Sequence[Value]:
        """Values of a factor at places between 0 and 1."""
        if factor.values is not None:
            return [
                factor.values[index]
                for index in np.minimum((unit * len(factor.values)).astype(int), len(factor.values) - 1)
            ]
        entry = self.base.parameter(factor.path)
        if entry.kind == "switch":
            return [bool(on) for on in unit >= 0.5]
        low, high = _range(factor, entry)
        whole = entry.kind == "whole number"
        sampled = whole and self.experiment.design != "grid"  # then each whole number has its part of the range
        end = high + 1 if sampled else high
        if factor.scale == "log":
            values = np.exp(np.log(low) + unit * (np.log(end) - np.log(low)))
        else:
            values = low + unit * (end - low)
        values = np.clip(np.floor(values) if sampled else np.rint(values) if whole else values, low, high)
        return [int(value) for value in values] if whole else values.tolist()

    def _groups(self, design: pd.DataFrame) -> tuple[Group, ...]:
        together = [path for path in design.columns if self._pointwise(path)]
        given = {path: design[path].notna().to_numpy() for path in design.columns}
        apart = {path: design[path] for path in design.columns if path not in together}
        keys = [pd.factorize(column)[0] for column in apart.values()] + [given[path] for path in together]
        groups = []
        for places in _alike(keys, len(design)):
            first = places[0]
            settings = {path: _plain(column.iloc[first]) for path, column in apart.items() if given[path][first]}
            base = self.bases[settings.pop("scenario", self.experiment.scenario)]
            numbers = {path: design[path].to_numpy()[places].astype(float) for path in together if given[path][first]}
            once, runs = _distinct_points(numbers, len(places))
            try:
                points = {path: values[once] for path, values in numbers.items()}
                scenario = base.with_overrides(settings, f"design: point {first}")
                get(scenario.committee.policy)  # code that a file names is refused before anything runs
                points = check_points(scenario, points, what="design", numbers=places[once])
                groups.append(Group(scenario, places, runs, points))
            except InputError as error:
                self.faults += error.faults
        return tuple(groups)

    def _pointwise(self, path: str) -> bool:
        """Whether the engine can vary the path from point to point in one call."""
        try:
            return path != "scenario" and all(varies(scenario.parameter(path)) for scenario in self.bases.values())
        except InputError:
            return False


def _range(factor: Factor, entry: Parameter) -> tuple[float, float]:
    low, high = factor.range if factor.range is not None else entry.bounds
    return (math.ceil(low), math.floor(high)) if entry.kind == "whole number" else (low, high)


def _alike(keys: Sequence[NDArray[Any]], count: int) -> list[Ints]:
    """Places of the rows that are alike in every key, in order of the first of each kind."""
    if not keys:
        return [np.arange(count)]
    alike = pd.DataFrame(np.column_stack(keys)).groupby(list(range(len(keys))), sort=False).indices
    return [np.asarray(places, dtype=np.int64) for places in alike.values()]


def _distinct_points(numbers: NumbersByPath, count: int) -> tuple[Ints, Ints]:
    """Places of points no two of which are alike, in order, and for each point which of them it is."""
    if not numbers:
        return np.zeros(1, dtype=np.int64), np.zeros(count, dtype=np.int64)
    table = pd.DataFrame(numbers)
    which = table.groupby(list(table), sort=False).ngroup()
    return np.flatnonzero(~table.duplicated()), np.asarray(which, dtype=np.int64)


def _plain(value: Any) -> Any:
    return value.item() if isinstance(value, np.generic) else value


def _typed(column: Iterable[Value | None]) -> NDArray[Any]:
    """One type for a column that a file can keep; None is left, in a column of objects."""
    values = list(column)
    kinds = {type(value) for value in values if value is not None}
    if kinds == {int, float}:
        values, kinds = [value if value is None else float(value) for value in values], {float}
    if None not in values and len(kinds) == 1 and kinds <= {int, float, bool}:
        return np.array(values)
    kept = np.empty(len(values), dtype=object)
    kept[:] = values
    return kept

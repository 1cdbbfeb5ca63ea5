"""Which parameters matter: Morris screening and Sobol indices (SALib) of outcomes, and the share of luck."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal, TypeAlias, cast, get_args

import numpy as np
import pandas as pd
from pydantic import Field

from sim.aliases import AnyPath, Floats
from sim.engines.points import varies
from sim.engines.run import Progress
from sim.errors import InputError, by_name_after, check_names, check_whole
from sim.parameter import Parameter
from sim.results.bands import statistics
from sim.results.outcomes import outcome_names
from sim.results.study import Study
from sim.scenario import Scenario
from sim.scenario.wording import fault_line, nearest
from sim.studies.job import Conditions

Method: TypeAlias = Literal["morris", "sobol"]
METHODS: tuple[Method, ...] = get_args(Method)
Span: TypeAlias = tuple[float, float]
Ranges: TypeAlias = dict[str, Span]  # path -> from where to where
Parameters: TypeAlias = Mapping[str, Span] | Iterable[str]
# What is varied unless asked otherwise: the weights of the hazard, what divides, and what is felt.
USUAL = (
    "turnover.base_rate", "turnover.fairness", "turnover.contagion", "turnover.market", "turnover.visibility",
    "turnover.promise", "turnover.mission", "turnover.founding", "fairness.grief", "shocks.lead_leaves",
    "shocks.layoff", "shocks.reorganise", "shocks.dissolve", "shocks.scooped", "budget.scale", "budget.reserve",
    "committee.noise", "committee.proximity_half_life", "head.appeal_below", "fairness.envy", "fairness.self_serving",
    "fairness.procedural", "team_defaults.optimism", "hiring.backfill",
)  # fmt: skip
SPREAD = 1.5  # the default range: from the value over this to the value times this, within its bounds
LEVELS = 4  # of Morris's grid
MOST_SAMPLES = 1_000_000


@dataclass(repr=False, kw_only=True)
class Sensitivity(Study):
    """`table`: a row per outcome and parameter: its range, indices and half-widths of their 95 % intervals.

    Morris: `mu_star` (mean absolute effect of crossing the range, in the outcome's unit) and `sigma`. Sobol: `S1`, `ST`
    (shares of the variance that parameters cause). `luck`: per outcome, the share of the variance over all histories
    that is luck rather than parameters.
    """

    kind, called, known, needed = "sensitivity", "sensitivity study", ("indices", "luck"), ("indices",)
    settings = ("method", "samples", "engine")

    method: Method
    samples: Annotated[int, Field(ge=1)]
    engine: str = "compiled"  # or mesa, or the name of a class

    @property
    def table(self) -> pd.DataFrame:
        return self.indices


@by_name_after(2)
def sensitivity(
    scenario: Scenario | AnyPath, parameters: Parameters | None = None, *, outcomes: str | Iterable[str] | None = None,
    method: str = "morris", samples: int | None = None, replicates: int | Iterable[int] = 100, seed: int = 1,
    threads: int | None = None, progress: Progress | None = None, engine: str | type = "compiled",
) -> Sensitivity:  # fmt: skip
    """Indices of outcomes, averaged over replicates on common random numbers, in a scenario's parameters.

    Arguments:
        scenario: a `Scenario`, path or shipped name.
        parameters: dotted paths, or path -> (low, high); default the weights of the hazard and some of the committee's.
            A path without a range gets its value divided and multiplied by 1.5, within the registry's bounds; one
            whose value is 0 needs a range.
        outcomes: columns of a run's `outcomes`; default the shares of the cohorts that left. Where replicates lack a
            value (a project that is not released), the mean is over those that have one.
        replicates, seed, engine, threads, progress: as for `run`.
        method: "morris" (trajectories: `samples`, default 50) or "sobol" (base samples, a power of 2, default 256).

    Raises InputError for unknown paths, outcomes or methods.
    """
    how = Conditions.of(scenario, replicates, seed, engine=engine, threads=threads)
    scenario = how.scenario
    check_names("sensitivity: unknown method", [method], METHODS)
    by = cast(Method, method)
    samples = _samples(samples, by)
    ranges = _ranges(scenario, parameters)
    names = _outcomes(scenario, outcomes)
    shares: dict[str, list[float]] = {}

    def evaluate(values: Floats) -> dict[str, Floats]:
        table = how.outcomes(dict(zip(ranges, values.T, strict=True)), progress)
        found = statistics(table[names].to_numpy(dtype=float).reshape(len(values), -1, len(names)))
        shares["luck"] = [luck(*moments) for moments in zip(found["mean"].T, found["sd"].T, strict=True)]
        return dict(zip(names, found["mean"].T, strict=True))

    whole = [path for path in ranges if scenario.parameter(path).kind == "whole number"]
    table = indices(ranges, evaluate, method=by, samples=samples, seed=seed, whole=whole)
    tables = {"indices": table, "luck": pd.DataFrame({"outcome": names, **shares})}
    return Sensitivity(**how.facts(), method=by, samples=samples, tables=tables)


def _outcomes(scenario: Scenario, asked: str | Iterable[str] | None) -> list[str]:
    """The outcomes that are asked for, or the usual ones. Raises InputError for those that a run does not have."""
    if asked is None:
        asked = [f"left_share.{name}" for name in scenario.cohort] or ["quits"]
    names = [asked] if isinstance(asked, str) else list(asked)
    check_names("sensitivity: no outcome", names, outcome_names(scenario))
    faults = [f"sensitivity: outcome '{name}' is named twice" for name in set(names) if names.count(name) > 1]
    if faults or not names:
        raise InputError(*(faults or ["sensitivity: no outcomes"]))
    return names


def luck(means: Floats, sds: Floats) -> float:
    """Share of the variance over all histories that lies within points, not between them; missing where there is none.

    `means` and `sds` over the replicates of each point; points where fewer than two have a value tell nothing.
    """
    told = ~np.isnan(sds)
    if told.sum() < 2:
        return np.nan
    within, between = np.square(sds[told]).mean(), means[told].var(ddof=1)
    return within / (within + between) if within + between > 0.0 else np.nan


DEFAULT_SAMPLES = {"morris": 50, "sobol": 256}
INDICES = {"morris": {"mu_star": "mu_star", "mu_star_pm": "mu_star_conf", "sigma": "sigma"},
           "sobol": {"S1": "S1", "S1_pm": "S1_conf", "ST": "ST", "ST_pm": "ST_conf"}}  # ours -> SALib's  # fmt: skip


def indices(
    ranges: Ranges, evaluate: Callable[[Floats], Mapping[str, Floats]], *, method: Method, samples: int | None = None,
    seed: int = 1, whole: Collection[str] = (),
) -> pd.DataFrame:  # fmt: skip
    """Indices of any function: `evaluate` takes (points, parameters) and gives outcome -> (points,).

    Arguments:
        ranges: parameter -> (low, high).
        whole: the parameters that are whole numbers.

    Returns a row per outcome and parameter. `missing` counts points without a value: the trajectories (Morris) or base
    samples (Sobol) with such a point are left out, and `used` are the others. Where fewer than two are left, and for
    Sobol indices of what never differs, there are no indices.
    """
    from SALib.analyze import morris as analyse_morris
    from SALib.analyze import sobol as analyse_sobol
    from SALib.sample import morris as sample_morris
    from SALib.sample import sobol as sample_sobol

    samples = _samples(samples, method)
    lows, highs = (np.array(ends, dtype=float) for ends in zip(*ranges.values(), strict=True))
    rounded = np.array([name in whole for name in ranges])
    ends = highs + rounded if method == "sobol" else highs  # each whole number has its part; of a grid the ends count
    problem = {"num_vars": len(ranges), "names": list(ranges), "bounds": np.column_stack([lows, ends]).tolist()}
    seed = int(seed) % 2**32
    if method == "morris":
        sample = sample_morris.sample(problem, samples, num_levels=LEVELS, seed=seed)
        block, values = len(ranges) + 1, np.where(rounded, np.rint(sample), sample)
        step = LEVELS / (2.0 * (LEVELS - 1.0)) * (highs - lows)
        stretched = np.ones(len(ranges))  # whole numbers step further, or less far
        np.divide(step, np.rint(lows + step) - lows, out=stretched, where=rounded)
    else:
        sample = sample_sobol.sample(problem, samples, calc_second_order=False, seed=seed)
        block, values = len(ranges) + 2, np.where(rounded, np.minimum(np.floor(sample), highs), sample)
    rows = []
    for outcome, results in evaluate(values).items():
        missing = np.isnan(results).reshape(-1, block)
        use = np.repeat(~missing.any(axis=1), block)
        used = int(use.sum()) // block
        found = {name: np.full(len(ranges), np.nan) for name in INDICES[method]}
        if used >= 2 and method == "morris":
            analysis = analyse_morris.analyze(problem, sample[use], results[use], num_levels=LEVELS, seed=seed)
            found = {name: stretched * analysis[theirs] for name, theirs in INDICES[method].items()}
        elif used >= 2 and np.ptp(results[use]) > 0.0:
            analysis = analyse_sobol.analyze(problem, results[use], calc_second_order=False, seed=seed)
            found = {name: analysis[theirs] for name, theirs in INDICES[method].items()}
        table = {"outcome": outcome, "parameter": list(ranges), "low": lows, "high": highs}
        rows.append(pd.DataFrame(table | found | {"missing": int(missing.sum()), "used": used}))
    return pd.concat(rows, ignore_index=True)


def _samples(samples: int | None, method: Method) -> int:
    if samples is None:
        return DEFAULT_SAMPLES[method]
    check_whole("sensitivity: samples", samples, 2, MOST_SAMPLES)
    if method == "sobol" and samples & (samples - 1):
        raise InputError(f"sensitivity: samples: Sobol sampling needs a power of 2, got {samples}")
    return int(samples)


def _ranges(scenario: Scenario, parameters: Parameters | None) -> Ranges:
    if parameters is None:
        parameters = [path for path in USUAL if scenario.value(path) != 0]
    if isinstance(parameters, str) or not hasattr(parameters, "__iter__"):
        raise InputError(f"sensitivity: parameters: must be paths, or a dict of paths and ranges, got {parameters!r}")
    given: Mapping[str, Span | None] = parameters if isinstance(parameters, Mapping) else dict.fromkeys(parameters)
    if not given:
        raise InputError("sensitivity: no parameters")
    entries: dict[str, tuple[Any, Parameter]] = {path: (value, entry) for path, value, entry in scenario.paths()}
    found: Ranges = {}
    faults: list[str] = []
    for path, span in given.items():
        if path not in entries:
            near = nearest(path, [other for other, (_, entry) in entries.items() if entry.low is not None])
            faults.append(fault_line("sensitivity", (path,), f"unknown parameter{near}"))
            continue
        value, entry = entries[path]
        if not entry.is_number or not varies(entry):
            faults.append(f"sensitivity: {path}: is no number that may differ from point to point")
            continue
        try:
            found[path] = _default_range(value, entry) if span is None else _given_range(span, entry)
        except ValueError as error:
            faults.append(f"sensitivity: {path}: {error}")
    if faults:
        raise InputError(*faults)
    return found


def _default_range(value: float | None, entry: Parameter) -> Span:
    """About the value, within the bounds; of a whole number at least one to the next."""
    if not value:
        raise ValueError(f"is {'not given' if value is None else 0}, so it needs a range")
    low, high = sorted((value / SPREAD, value * SPREAD))
    if entry.kind == "whole number":
        low, high = min(round(low), value - 1), max(round(high), value + 1)
    least, most = entry.bounds
    low, high = max(low, least), min(high, most)
    if not low < high:
        raise ValueError(f"is {value:g}, at the end of what it may be, so it needs a range")
    return float(low), float(high)


def _given_range(span: Iterable[float], entry: Parameter) -> Span:
    try:
        low, high = (float(end) for end in span)
    except (TypeError, ValueError):
        raise ValueError(f"the range must be two numbers, got {span!r}") from None
    least, most = entry.bounds
    if not (least <= low < high <= most) or (entry.low_open and low == least):
        lowest = f"{'above ' if entry.low_open else ''}{least:g}"
        raise ValueError(f"the range must lie within {lowest} to {most:g}, and rise; got {low:g} to {high:g}")
    if entry.kind == "whole number" and not (low.is_integer() and high.is_integer()):
        raise ValueError(f"the range must end in whole numbers; got {low:g} to {high:g}")
    return low, high

"""Run a scenario: check what was asked for, choose the engine, gather the tables."""

import math
import operator
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Literal, SupportsIndex, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from sim.aliases import AnyPath, Ints
from sim.allocation.policy import PolicyFunction
from sim.engines.ensemble import LUCK, MOST_LUCK, Ensemble
from sim.engines.memory import check_memory
from sim.engines.points import check_ensemble, settings_at
from sim.errors import InputError, by_name_after, check_names, check_whole
from sim.results.result import DETAILS, Detail, Result, Tables
from sim.scenario import Scenario, as_scenario

if TYPE_CHECKING:
    from sim.engines.mesa.model import Model

ENGINES = ("compiled", "mesa")
EngineChoice: TypeAlias = "str | type[Model]"  # one of ENGINES, or a subclass of `sim.Model`
Progress: TypeAlias = Callable[[int, int], object]  # called with (histories done, histories in all)
MOST_REPLICATES = 100_000_000
ORDINARY = 20_000_000  # table cells (histories x months x teams) up to which every table is kept unless told otherwise


@by_name_after(2)
def run(
    scenario: Scenario | AnyPath,
    replicates: int | Iterable[int] = 1000,
    *,
    seed: int = 1,
    engine: EngineChoice = "compiled",
    detail: Detail | None = None,
    points: Mapping[str, ArrayLike] | None = None,
    threads: int | None = None,
    progress: Progress | None = None,
    luck: Literal["same", "own"] | Iterable[int] = "same",
    draws: Mapping[str, ArrayLike] | None = None,
    overrides: dict[str, Any] | None = None,
    policy: str | PolicyFunction | None = None,
    asked: Iterable[int | str] | None = None,
) -> Result:
    """Simulate replicates of a scenario and return their tables.

    Arguments:
        scenario: a `Scenario`, or a path or shipped name to load.
        replicates: how many (numbered from 0), or a range or list of their numbers.
        seed: 0 to 2**63 - 1. Replicate r of a seed is the same history whatever else runs.
        engine: "compiled" (default), "mesa", or a subclass of `sim.Model` (one process, plain Python).
        detail: "summary", "months", "people" or "panel"; by default "people", of a huge run "summary".
        points: dotted path -> array with one value per point; every point runs all replicates.
        luck: "same" (default): replicate r meets the same luck at every point. "own": every point has its own.
            Or a whole number for each point; points of equal numbers share their luck.
        draws: dotted path -> array with one value per draw of a posterior; replicate r has the numbers of draw r modulo
            their count, at every point. What a point sets is not drawn.
        threads: how many threads (compiled engine; default all cores). Never changes the result.
        progress: called with (histories done, histories in all).
        asked: with detail "panel", the months ("2022-12", or counted from 0) at whose end everybody is asked how fair
            it is and how close they are to leaving; default the middle of the run.
        overrides: dotted path -> value, in place of the scenario's.
        policy: name of an allocation policy, `file.py:name` or a function, in place of the scenario's.

    Returns a `Result`. Raises InputError for anything that cannot be run.
    """
    scenario = as_scenario(scenario, overrides, policy)
    _check(seed, engine, detail, threads, progress)
    there, drawn = check_ensemble(scenario, points, draws)
    count = len(next(iter(there.values()), [0]))
    if (asked_for := _whole(replicates)) is not None:
        check_memory(scenario, asked_for * count, detail or "summary")
    numbers = replicate_numbers(replicates)
    ensemble = Ensemble(np.asarray(numbers, dtype=np.int64), there, drawn, _luck(luck, count))
    total = len(numbers) * count
    if detail is None:
        cells = total * scenario.months * max(1, len(scenario.team))
        detail = "people" if cells <= ORDINARY else "summary"
    check_memory(scenario, total, detail)
    months = _asked(scenario, detail, asked)
    tables = Tables(scenario, detail, numbers, there, months)
    report = (lambda done: progress(done, total)) if progress else None
    if engine == "compiled":
        from sim.engines.compiled.runner import simulate

        parts = simulate(
            scenario, ensemble, seed=seed, reduce=tables.reduce, threads=threads, progress=report, asked=months
        )
    else:
        parts = _on_mesa(scenario, ensemble, seed, tables, report, months, engine)
    made = tables.join(parts)
    luck = luck if isinstance(luck, str) else [int(number) for number in luck]
    return Result(
        scenario=scenario, seed=int(seed), replicates=numbers, tables=made, points=there or None,
        engine=engine_name(engine), detail=detail, luck=luck, draws=drawn or None,
    )  # fmt: skip


def enough_replicates(
    scenario: Scenario,
    precision: float,
    *,
    seed: int = 1,
    engine: EngineChoice = "compiled",
    threads: int | None = None,
    progress: Progress | None = None,
    most: int = 1_000_000,
) -> int:
    """How many replicates make the 95 % interval of every cohort's mean left share no wider than ± `precision`.

    Starts with 200 and takes as many as their spread asks for, until it is so. Raises InputError where `most` are not
    enough, or there is no cohort to be precise about.
    """
    if not isinstance(precision, (int, float)) or not 0.0 < precision < 1.0:
        raise InputError(f"precision: must lie between 0 and 1, got {precision!r}")
    if not scenario.cohort:
        raise InputError("precision: the scenario follows no cohort")
    count = 200
    while True:
        outcomes = run(
            scenario, count, seed=seed, engine=engine, detail="summary", threads=threads, progress=progress
        ).outcomes
        shares = outcomes[[f"left_share.{name}" for name in scenario.cohort]].dropna(axis="columns", how="all")
        if shares.empty:
            raise InputError("precision: no cohort has a member in any history, so there is no share to know")
        known = shares.count()  # a cohort may stay empty in some histories
        spread = shares.std().where(known > 1, 1.0)  # of a share that is known once: as wide as can be
        needed = max(2, math.ceil(((1.96 * spread / precision) ** 2 * len(shares) / known).max()))
        if needed <= count:
            return count
        if needed > most:
            raise InputError(f"precision: ± {precision:g} needs about {needed} replicates; at most {most} are run")
        count = min(most, math.ceil(1.05 * needed))


def engine_name(engine: EngineChoice) -> str:
    """What a result calls the engine that made it: a subclass of `sim.Model` by its module and name."""
    return engine if isinstance(engine, str) else f"{engine.__module__}:{engine.__qualname__}"


def _on_mesa(
    scenario: Scenario, ensemble: Ensemble, seed: int, tables: Tables, report: Callable[[int], object] | None,
    asked: list[int], engine: EngineChoice,
) -> Iterator[dict[str, pd.DataFrame]]:  # fmt: skip
    from sim.engines.mesa.collecting import collector
    from sim.engines.mesa.model import Model

    kind = Model if isinstance(engine, str) else engine
    for index in range(len(ensemble)):
        numbers, _, (replicate,) = ensemble.histories(np.array([index]))
        here = scenario.with_overrides(settings_at(scenario, numbers, 0)) if numbers else scenario
        # A subclass need not take `asked` unless people are asked.
        people: dict[str, Any] = {"asked": asked} if asked else {}
        model = kind(here, replicate=int(replicate), seed=seed, **people)
        model.datacollector = collector(())  # the tables are made of the history
        for _ in range(here.months):
            model.step()
        yield tables.reduce(model.history(), index)
        if report:
            report(index + 1)


def replicate_numbers(replicates: int | Iterable[int]) -> list[int]:
    """The numbers of the replicates: those given, or so many from 0. Raises InputError for anything else."""
    count = _whole(replicates)
    if count is not None:
        if not 1 <= count <= MOST_REPLICATES:
            raise InputError(f"replicates: must be at least 1, and at most {MOST_REPLICATES:,}, got {count}")
        return list(range(count))
    if isinstance(replicates, Iterable) and not isinstance(replicates, (str, bytes)):
        given = [_whole(number) for number in replicates]
    else:
        given = [None]
    numbers = [number for number in given if number is not None]
    if len(numbers) < len(given):
        raise InputError(f"replicates: must be a whole number, or a range or list of whole numbers, got {replicates!r}")
    if not numbers:
        raise InputError("replicates: must be at least 1")
    if min(numbers) < 0 or max(numbers) >= 2**32 or len(set(numbers)) < len(numbers):
        raise InputError("replicates: must be different numbers from 0 to 4294967295")
    return numbers


def _whole(value: object) -> int | None:
    """A whole number of whatever kind; None for anything else, truths among them."""
    if not isinstance(value, SupportsIndex) or isinstance(value, (bool, np.bool_)):
        return None
    try:
        return operator.index(value)
    except TypeError:  # an array
        return None


def check_engine(engine: EngineChoice) -> None:
    """Raise InputError for what is neither the name of an engine nor a subclass of `sim.Model`."""
    if isinstance(engine, type):
        from sim.engines.mesa.model import Model

        if not issubclass(engine, Model):
            raise InputError(f"engine: {engine.__qualname__} is no subclass of sim.Model")
    else:
        check_names("engine: unknown", [engine], ENGINES)


def _check(seed: object, engine: EngineChoice, detail: str | None, threads: object, progress: object) -> None:
    if progress is not None and not callable(progress):
        raise InputError(f"progress: must be a function of (histories done, histories in all), got {progress!r}")
    if isinstance(seed, bool) or not hasattr(seed, "__index__") or not 0 <= int(seed) < 2**63:
        raise InputError(f"seed: must be a whole number from 0 to 2**63 - 1, got {seed!r}")
    check_engine(engine)
    check_names("detail: unknown", [] if detail is None else [detail], DETAILS)
    check_whole("threads", 1 if threads is None else threads, 1)


def _asked(scenario: Scenario, detail: Detail, asked: Iterable[int | str] | None) -> list[int]:
    """The months in which people are asked, from the start of the run."""
    if detail != "panel":
        if asked is not None:
            raise InputError("asked: people are only asked with detail 'panel'")
        return []
    months = scenario.months
    dates = [scenario.date_of(month) for month in range(months)]
    found = []
    for given in [months // 2] if asked is None else asked:
        month = dates.index(str(given)) if given in dates else _whole(given)
        if month is None or not 0 <= month < months:
            raise InputError(
                f"asked: must be months from {dates[0]} to {dates[-1]}, or 0 to {len(dates) - 1}, got {given!r}"
            )
        found.append(month)
    return sorted(set(found))


def _luck(luck: str | Iterable[int], count: int) -> Ints:
    """A number for the luck of each point."""
    if isinstance(luck, str):
        check_names("luck: unknown", [luck], LUCK)
        return np.arange(count) if luck == "own" else np.zeros(count, dtype=np.int64)
    try:
        numbers = np.asarray(luck)
    except ValueError:  # lists of lists of different lengths
        numbers = np.array(None)
    if numbers.shape != (count,) or numbers.dtype.kind not in "iu" or numbers.min() < 0 or numbers.max() >= MOST_LUCK:
        raise InputError(f"luck: must be {', '.join(LUCK)}, or a whole number from 0 to {MOST_LUCK - 1} for each of "
                         f"the {count} points")  # fmt: skip
    return numbers.astype(np.int64)

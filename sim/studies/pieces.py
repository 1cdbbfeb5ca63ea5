"""A sweep's pieces: plain data that any worker can run, and the rows that a piece adds to the table."""

import hashlib
import json
import warnings
from collections.abc import Iterator
from typing import TypeAlias, TypedDict

import numpy as np
import pandas as pd

from sim.aliases import Floats, Ints, NumbersByPath
from sim.engines.run import engine_name, run
from sim.errors import InputError
from sim.results.bands import statistics
from sim.results.history import TEAM_COLUMNS
from sim.results.meanings import chosen
from sim.results.outcomes import outcome_names
from sim.results.result import Detail, Result
from sim.scenario import Scenario
from sim.scenario.wording import Raw
from sim.studies.made_by import MadeBy, made_by
from sim.studies.plan import Plan

PIECE = 20_000  # histories
SUMMARY = 12  # columns
NUMBERS = 4_000_000  # of a piece's table, or of the one that it is made of


class Base(TypedDict):
    """The experiment's scenario as it stands, which every point is set beside."""

    scenario: Raw
    draws: NumbersByPath


class Piece(TypedDict):
    """Some points of a sweep as plain data, which any worker can run."""

    number: int
    places: Ints  # of its points in the design
    runs: Ints  # for each of them its place in `points`
    scenario: Raw
    points: NumbersByPath  # no two alike
    factors: pd.DataFrame  # of its points, as in the design
    replicates: int
    seed: int
    outcomes: list[str]  # patterns
    keep: str
    draws: NumbersByPath
    engine: str | type
    base: Base


class Failure(TypedDict):
    """A point that could not be run."""

    point: int
    message: str


PieceMade: TypeAlias = tuple[pd.DataFrame, list[Failure], MadeBy]  # table, failures, by what code


def histories(plan: Plan) -> int:
    """How many histories a piece is of, unless it is said: few enough for its tables to be small."""
    replicates, most = plan.experiment.replicates, 1
    for group in plan.groups:
        if plan.experiment.keep == "months":
            each = replicates * group.scenario.months * len(group.scenario.team) * len(TEAM_COLUMNS)
        else:
            names = chosen(plan.experiment.outcomes, outcome_names(group.scenario))
            each = len(names) * (replicates + (SUMMARY if plan.experiment.keep == "summary" else 0))
        most = max(most, each)
    return replicates * max(1, min(PIECE // replicates, NUMBERS // most))


def tasks(plan: Plan, piece: int) -> Iterator[Piece]:
    """The pieces of a plan, of about so many histories each."""
    experiment, number, base = plan.experiment, 0, plan.base.to_dict()
    each = max(1, piece // experiment.replicates)
    for group in plan.groups:
        raw = group.scenario.to_dict()
        order = np.argsort(group.runs, kind="stable")
        in_order = group.runs[order]
        for first in range(0, in_order[-1] + 1, each):
            inside = np.sort(order[slice(*np.searchsorted(in_order, [first, first + each]))])
            places = group.places[inside]
            yield {
                "number": number, "places": places, "runs": group.runs[inside] - first, "scenario": raw,
                "points": {path: values[first : first + each] for path, values in group.points.items()},
                "factors": plan.design.iloc[places], "replicates": experiment.replicates, "seed": experiment.seed,
                "outcomes": experiment.outcomes, "keep": experiment.keep, "draws": group.draws,
                "engine": plan.engine, "base": {"scenario": base, "draws": plan.base_draws},
            }  # fmt: skip
            number += 1


def run_piece(task: Piece, threads: int | None = 1) -> PieceMade:
    """Run one piece. A point that fails is left out of the table, and told."""
    scenario = Scenario.from_dict(task["scenario"])
    code = made_by([scenario.committee.policy])
    return *_run(task, scenario, np.unique(task["runs"]), threads), code


def _run(task: Piece, scenario: Scenario, runs: Ints, threads: int | None) -> tuple[pd.DataFrame, list[Failure]]:
    try:
        return _table(task, scenario, runs, threads), []
    except (OSError, MemoryError):
        raise
    except Exception as error:  # a user's policy may fail in any way, and the other points go on
        if len(runs) == 1:
            return pd.DataFrame(), failed_points(task, runs, error)
    alone = [_run(task, scenario, run, threads) for run in runs[:, None]]
    tables = [table for table, _ in alone if len(table)] or [pd.DataFrame()]
    return pd.concat(tables, ignore_index=True), [failure for _, failures in alone for failure in failures]


def failed_points(task: Piece, runs: Ints, error: Exception) -> list[Failure]:
    """A failure for each point of a piece that is one of the runs."""
    message = str(error) if isinstance(error, InputError) else f"{type(error).__name__}: {error}"
    return [{"point": int(point), "message": message} for point in task["places"][np.isin(task["runs"], runs)]]


def _table(task: Piece, scenario: Scenario, runs: Ints, threads: int | None) -> pd.DataFrame:
    """The rows of the runs runs, once for each point that is such a run."""
    points = {path: values[runs] for path, values in task["points"].items()} or None
    detail: Detail = "months" if task["keep"] == "months" else "summary"
    result = run(scenario, task["replicates"], seed=task["seed"], detail=detail, points=points, threads=threads,
                 draws=task["draws"], engine=task["engine"])  # fmt: skip
    kept = _kept(result, task, len(runs))
    each = len(kept) // len(runs)
    members = np.flatnonzero(np.isin(task["runs"], runs))
    which = np.searchsorted(runs, task["runs"][members])
    table = kept.iloc[(which[:, None] * each + np.arange(each)).reshape(-1)].reset_index(drop=True)
    factors = task["factors"].iloc[members].reset_index(drop=True)
    factors.insert(0, "point", task["places"][members])
    repeated = factors.iloc[np.repeat(np.arange(len(members)), each)].reset_index(drop=True)
    return pd.concat([repeated, table], axis=1)


def _kept(result: Result, task: Piece, count: int) -> pd.DataFrame:
    """The part of the result that the experiment keeps: as many rows for each run, run after run."""
    if task["keep"] == "months":
        keys = ["team", "month"] if count == 1 and "point" not in result.months else ["point", "team", "month"]
        means = result.months.groupby(keys, observed=True).mean(numeric_only=True)
        return (
            means.drop(columns="replicate").reset_index().drop(columns="point", errors="ignore").astype({"team": str})
        )
    outcomes = result.outcomes
    names = chosen(task["outcomes"], [name for name in outcomes.columns if name not in ("point", "replicate")])
    if task["keep"] == "histories":
        return outcomes[["replicate", *names]]
    values = outcomes[names].to_numpy(dtype=float).reshape(count, -1, len(names))
    found: dict[str, Floats | Ints] = {**statistics(values)}
    if task["draws"]:
        found |= _apart(values, len(next(iter(task["draws"].values()))))
    change = statistics(values - _base(task).reindex(columns=names).to_numpy(dtype=float), ())
    found |= {"difference": change["mean"], "paired_sd": change["sd"]}
    return pd.DataFrame({
        "outcome": np.tile(np.array(names, dtype=object), count),
        **{name: column.reshape(-1) for name, column in found.items()},
    })  # fmt: skip


_bases: dict[str, pd.DataFrame] = {}  # the last one: of every piece of a sweep it is the same


def _base(task: Piece) -> pd.DataFrame:
    """Outcomes of the experiment's scenario as it stands; missing where it cannot be run."""
    scenario, draws = Scenario.from_dict(task["base"]["scenario"]), task["base"]["draws"]
    how = json.dumps([task["replicates"], task["seed"], engine_name(task["engine"]), sorted(draws)])
    key = hashlib.sha256(
        b"".join([scenario.digest().encode(), how.encode(), *(numbers.tobytes() for numbers in draws.values())])
    ).hexdigest()
    if key not in _bases:
        try:
            found = run(scenario, task["replicates"], seed=task["seed"], detail="summary", draws=draws,
                        engine=task["engine"]).outcomes  # fmt: skip
        except (OSError, MemoryError):
            raise
        except Exception:  # a user's policy may fail in any way
            found = pd.DataFrame(index=range(task["replicates"]))
        _bases.clear()
        _bases[key] = found
    return _bases[key]


def _apart(values: Floats, count: int) -> dict[str, Floats]:
    """Standard deviations of luck and of not knowing, of a mixture over so many draws (analysis of variance)."""
    groups = [values[:, first::count] for first in range(count)]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # where no replicate of a draw has a value
        means = np.stack([np.nanmean(group, axis=1) for group in groups])
        within = np.nanmean([np.nanvar(group, axis=1, ddof=1) for group in groups], axis=0)
        between = np.nanvar(means, axis=0, ddof=1) - within * count / values.shape[1]
    return {"luck": np.sqrt(within), "knowing": np.sqrt(np.maximum(0.0, between))}

"""A sweep's pieces: plain data that any worker can run, and the rows that a piece adds to the table."""

import hashlib
import json
import warnings

import numpy as np
import pandas as pd

from sim.engines.run import engine_name, run
from sim.errors import InputError
from sim.results.bands import statistics
from sim.results.result import Detail
from sim.scenario import Scenario
from sim.studies.experiment import Plan, matching
from sim.studies.made_by import made_by

PIECE = 20_000  # histories


def tasks(plan: Plan, piece):
    """Pieces as plain data, which any worker can run."""
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


def run_piece(task, threads=1):
    """Run one piece: (table, failures, by what code). A point that fails is left out of the table, and told."""
    scenario = Scenario.from_dict(task["scenario"])
    code = made_by([scenario.committee.policy])
    runs = np.unique(task["runs"])
    try:
        return _table(task, scenario, runs, threads), [], code
    except (OSError, MemoryError):
        raise
    except Exception as error:  # a user's policy may fail in any way, and the other points go on
        if len(runs) == 1:
            return pd.DataFrame(), failed_points(task, runs, error), code
    tables, failures = [], []
    for one in runs[:, None]:
        try:
            tables.append(_table(task, scenario, one, threads))
        except (OSError, MemoryError):
            raise
        except Exception as error:
            failures += failed_points(task, one, error)
    return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(), failures, code


def failed_points(task, runs, error):
    message = str(error) if isinstance(error, InputError) else f"{type(error).__name__}: {error}"
    return [{"point": int(place), "message": message} for place in task["places"][np.isin(task["runs"], runs)]]


def _table(task, scenario, chosen, threads):
    """The rows of the chosen runs, once for each point that is such a run."""
    points = {path: values[chosen] for path, values in task["points"].items()} or None
    detail: Detail = "months" if task["keep"] == "months" else "summary"
    result = run(scenario, task["replicates"], seed=task["seed"], detail=detail, points=points, threads=threads,
                 draws=task["draws"], engine=task["engine"])  # fmt: skip
    kept = _kept(result, task, len(chosen))
    each = len(kept) // len(chosen)
    members = np.flatnonzero(np.isin(task["runs"], chosen))
    which = np.searchsorted(chosen, task["runs"][members])
    table = kept.iloc[(which[:, None] * each + np.arange(each)).reshape(-1)].reset_index(drop=True)
    factors = task["factors"].iloc[members].reset_index(drop=True)
    factors.insert(0, "point", task["places"][members])
    repeated = factors.iloc[np.repeat(np.arange(len(members)), each)].reset_index(drop=True)
    return pd.concat([repeated, table], axis=1)


def _kept(result, task, count):
    """The part of the result that the experiment keeps: as many rows for each run, run after run."""
    if task["keep"] == "months":
        keys = ["team", "month"] if count == 1 and "point" not in result.months else ["point", "team", "month"]
        means = result.months.groupby(keys, observed=True).mean(numeric_only=True)
        return (
            means.drop(columns="replicate").reset_index().drop(columns="point", errors="ignore").astype({"team": str})
        )
    outcomes = result.outcomes
    names = matching((name for name in outcomes if name not in ("point", "replicate")), task["outcomes"])
    if task["keep"] == "histories":
        return outcomes[["replicate", *names]]
    values = outcomes[names].to_numpy(dtype=float).reshape(count, -1, len(names))
    found = statistics(values)
    if task["draws"]:
        found |= _apart(values, len(next(iter(task["draws"].values()))))
    found |= _paired(values, _base(task).reindex(columns=names).to_numpy(dtype=float))
    return pd.DataFrame({
        "outcome": np.tile(np.array(names, dtype=object), count),
        **{name: column.reshape(-1) for name, column in found.items()},
    })  # fmt: skip


def _paired(values, base):
    """Mean and standard deviation over replicates of the difference from the scenario as it stands, on its luck."""
    change = statistics(values - base)
    return {"difference": change["mean"], "paired_sd": change["sd"]}


_bases: dict[str, pd.DataFrame] = {}  # the last one: of every piece of a sweep it is the same


def _base(task) -> pd.DataFrame:
    """Outcomes of the experiment's scenario as it stands; missing where it cannot be run."""
    scenario, draws = Scenario.from_dict(task["base"]["scenario"]), task["base"]["draws"]
    how = json.dumps([task["replicates"], task["seed"], engine_name(task["engine"]), sorted(draws)])
    key = hashlib.sha256(
        b"".join([scenario.digest().encode(), how.encode(), *(one.tobytes() for one in draws.values())])
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


def _apart(values, count):
    """Standard deviations of luck and of not knowing, of a mixture over so many draws (analysis of variance)."""
    groups = [values[:, place::count] for place in range(count)]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # where no replicate of a draw has a value
        means = np.stack([np.nanmean(one, axis=1) for one in groups])
        within = np.nanmean([np.nanvar(one, axis=1, ddof=1) for one in groups], axis=0)
        between = np.nanvar(means, axis=0, ddof=1) - within * count / values.shape[1]
    return {"luck": np.sqrt(within), "knowing": np.sqrt(np.maximum(0.0, between))}

"""Sweeps: the points of an experiment in pieces, each written whole; a stopped sweep goes on where it was."""

import json
import os
import warnings
from concurrent.futures import FIRST_COMPLETED, wait
from pathlib import Path

import numpy as np
import pandas as pd
from filelock import FileLock, Timeout

from sim.engines.run import run
from sim.errors import InputError, by_name_after
from sim.results.folder import FORMAT, check_growable, clear, read_about, tidy, write_file
from sim.results.provenance import provenance
from sim.scenario import Scenario
from sim.studies.experiment import Plan, load_plan, matching, over

MARK = "sweep.json"
PIECE = 20_000  # histories
QUANTILES = {"q05": 0.05, "q50": 0.5, "q95": 0.95}
STATISTICS = ("mean", "sd", *QUANTILES)


class Sweep:
    """A sweep's folder: `sweep.json` (the resolved experiment, hash, versions), `design.parquet`, `pieces/`."""

    def __init__(self, folder):
        self.folder = Path(folder)
        self.about = read_about(self.folder / MARK, "sweep", "sweep")
        self.pieces = self.folder / "pieces"

    def done(self) -> list[Path]:
        """The finished pieces, in order."""
        return sorted(self.pieces.glob("[0-9]*.parquet"))

    def table(self) -> pd.DataFrame:
        """All finished points, in order of the design."""
        found = [pd.read_parquet(path) for path in self.done()]
        found = [one for one in found if len(one)]
        if not found:
            return pd.DataFrame(columns=["point", *self.design.columns])
        return pd.concat(found, ignore_index=True).sort_values("point", kind="stable", ignore_index=True)

    def failures(self) -> pd.DataFrame:
        """Points that could not be run: their parameters and the message."""
        rows = [one for path in sorted(self.pieces.glob("*.failed.json")) for one in json.loads(path.read_text())]
        return pd.DataFrame(rows, columns=["point", "message"]).join(self.design, on="point")

    @property
    def design(self) -> pd.DataFrame:
        """A row per point, a column per factor."""
        return pd.read_parquet(self.folder / "design.parquet")

    def status(self) -> dict:
        """Points done, in all and failed; points a second and seconds left, by when the last pieces were written."""
        sizes, finished = self.about["sizes"], self.done()
        done = sum(sizes[int(path.stem)] for path in finished)
        total = sum(sizes)
        times = sorted((path.stat().st_mtime, sizes[int(path.stem)]) for path in finished)[-20:]
        rate = np.nan
        if len(times) > 1 and times[-1][0] > times[0][0]:
            rate = sum(size for _, size in times[1:]) / (times[-1][0] - times[0][0])
        return {
            "points": total, "done": done, "failed": len(self.failures()), "points_per_second": rate,
            "seconds_left": (total - done) / rate if rate == rate else np.nan, "running": self._running(),
        }  # fmt: skip

    def _running(self):
        try:
            with FileLock(self.folder / ".lock", timeout=0):
                return False
        except Timeout:
            return True


def load_sweep(folder) -> pd.DataFrame:
    """The table of a sweep, finished or not, tidy: `point`, a column per factor, then what the experiment keeps.

    `summary`: a row per point and outcome, with mean, sd, q05, q50, q95 over replicates. `histories`: a row per point
    and replicate, a column per outcome. `months`: a row per point, team and month, means over replicates.
    """
    return Sweep(folder).table()


@by_name_after(2)
def sweep(
    experiment, out, *, executor=None, fresh=False, piece=None, threads=None, window=None, overrides=None,
    progress=None, posterior=None,
) -> pd.DataFrame:  # fmt: skip
    """Run an experiment, or what is left of it, into a folder; return its table (`load_sweep`).

    Arguments:
        experiment: a dict, a TOML file or the bare name of a shipped experiment.
        out: the folder. A sweep of the same experiment goes on there; another one is refused unless `fresh`.
        executor: any `concurrent.futures` executor whose workers can import `sim`; default: this process's threads.
        piece: histories per piece, about; default 20,000.
        window: pieces handed to the executor at a time; bounds memory.
        overrides: top-level keys of the experiment to replace, such as {"replicates": 50}.
        progress: called with (points done, points in all, points failed).
        posterior: a `Posterior` or its folder: replicate r of every point has the numbers of draw r, at least 4
            replicates to a draw; what a point sets is not drawn. The summary gains `luck` and `knowing`, the standard
            deviations of histories of one draw and of the means of draws.

    Raises InputError for a faulty experiment, a folder of something else, or one that another process writes to.
    """
    plan = load_plan(experiment, overrides)
    if posterior is not None:
        plan = over(plan, posterior)
    folder = Path(out)
    check_growable(folder, "sweep")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with FileLock(folder / ".lock", timeout=0):
            return _sweep(plan, folder, executor, fresh, piece, threads, window, progress)
    except Timeout:
        raise InputError(f"{folder}: another process is sweeping into this folder") from None
    except OSError as error:
        raise InputError(f"{folder}: cannot write: {error.strerror or error}; finished pieces are kept") from error


def _sweep(plan, folder, executor, fresh, piece, threads, window, progress):
    if fresh:
        clear(folder)
    for place in (folder, folder / "pieces"):
        if place.is_dir():
            tidy(place)
    if (folder / MARK).exists():
        here = Sweep(folder)
        if here.about["hash"] != plan.digest():
            raise InputError(f"{folder}: holds a sweep of another experiment{_what_changed(here.about, plan)}; "
                             "give another folder, or start afresh (--fresh)")  # fmt: skip
        piece = here.about["piece"]
    else:
        piece = piece or PIECE
        here = _begin(plan, folder, piece)
    tasks = _tasks(plan, piece)
    ready = {int(path.stem) for path in here.done()}
    done, total = sum(here.about["sizes"][one] for one in ready), len(plan.design)
    failed = len(here.failures())
    waiting = (task for task in tasks if task["number"] not in ready)
    if progress:
        progress(done, total, failed)
    for number, table, failures in results(waiting, run_piece, executor, threads, window):
        _write(here, number, table, failures)
        done, failed = done + here.about["sizes"][number], failed + len(failures)
        if progress:
            progress(done, total, failed)
    table = here.table()
    write_file(folder, "results.parquet", lambda path: table.to_parquet(path, index=False))
    write_file(folder, "failures.csv", lambda path: here.failures().to_csv(path, index=False))
    return table


def _begin(plan, folder, piece):
    (folder / "pieces").mkdir(exist_ok=True)
    write_file(folder, "design.parquet", lambda path: plan.design.to_parquet(path, index=False))
    about = {
        "kind": "sweep", "format": FORMAT, "hash": plan.digest(), "piece": piece, "seed": plan.experiment.seed,
        "sizes": [len(task["places"]) for task in _tasks(plan, piece)], "provenance": provenance(), **plan.resolved(),
    }  # fmt: skip
    write_file(folder, MARK, lambda path: path.write_text(json.dumps(about, indent=1) + "\n", encoding="utf-8"))
    return Sweep(folder)


def _what_changed(about, plan):
    now = plan.resolved()
    keys = [key for key, value in now["experiment"].items() if about["experiment"].get(key) != value]
    if keys:
        return f" ({', '.join(keys)} differ)"
    return " (its scenario has changed)" if about["scenarios"] != now["scenarios"] else ""


def _tasks(plan: Plan, piece):
    """Pieces as plain data, which any worker can run."""
    experiment, number = plan.experiment, 0
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
            }  # fmt: skip
            number += 1


def results(tasks, run, executor, threads, window):
    """What `run(task, threads)` makes of every task, as they come: here, or on an executor's workers."""
    if executor is None:
        for task in tasks:
            yield run(task, threads)
        return
    window = window or 2 * (getattr(executor, "_max_workers", None) or os.cpu_count() or 1)
    outstanding = set()
    try:
        while True:
            for task in tasks:
                outstanding.add(executor.submit(run, task, threads or 1))
                if len(outstanding) >= window:
                    break
            if not outstanding:
                return
            ready, outstanding = wait(outstanding, return_when=FIRST_COMPLETED)
            while ready:
                yield ready.pop().result()
    finally:
        for future in outstanding:
            future.cancel()


def run_piece(task, threads=1):
    """Run one piece: (its number, table, failures). A point that fails is left out of the table, and told."""
    scenario = Scenario.from_dict(task["scenario"])
    runs = np.unique(task["runs"])
    try:
        return task["number"], _table(task, scenario, runs, threads), []
    except (OSError, MemoryError):
        raise
    except Exception as error:  # a user's policy may fail in any way, and the other points go on
        if len(runs) == 1:
            return task["number"], pd.DataFrame(), _failures(task, runs[0], error)
    tables, failures = [], []
    for run_ in runs:
        try:
            tables.append(_table(task, scenario, np.array([run_]), threads))
        except (OSError, MemoryError):
            raise
        except Exception as error:
            failures += _failures(task, run_, error)
    return task["number"], pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(), failures


def _failures(task, run_, error):
    message = str(error) if isinstance(error, InputError) else f"{type(error).__name__}: {error}"
    return [{"point": int(place), "message": message} for place in task["places"][task["runs"] == run_]]


def _table(task, scenario, chosen, threads):
    """The rows of the chosen runs, once for each point that is such a run."""
    points = {path: values[chosen] for path, values in task["points"].items()} or None
    detail = "months" if task["keep"] == "months" else "summary"
    result = run(scenario, task["replicates"], seed=task["seed"], detail=detail, points=points, threads=threads,
                 draws=task["draws"])  # fmt: skip
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
    return pd.DataFrame({
        "outcome": np.tile(np.array(names, dtype=object), count),
        **{name: column.reshape(-1) for name, column in _spreads(values, task["draws"]).items()},
    })  # fmt: skip


def _spreads(values, draws):
    """Of the replicates of each point: `statistics`, and over a posterior luck and not knowing."""
    return statistics(values) | (_apart(values, len(next(iter(draws.values())))) if draws else {})


def statistics(values):
    """Over replicates, of those that have a value: (points, replicates, outcomes) -> name -> (points, outcomes).

    The quantiles are those of `np.nanquantile` to the last bit, by one sort for all of them.
    """
    values = np.ascontiguousarray(np.moveaxis(values, 1, -1))
    in_order = np.sort(values, axis=-1)  # missing ones last
    missing = np.isnan(values)
    given = values.shape[-1] - missing.sum(axis=-1)
    mean = _over(np.where(missing, 0.0, values).sum(axis=-1), given)
    apart = np.where(missing, 0.0, values - mean[..., None])
    found = {"mean": mean, "sd": np.sqrt(_over(np.square(apart, out=apart).sum(axis=-1), given - 1))}
    last = np.maximum(given - 1, 0)
    for name, share in QUANTILES.items():
        place = share * last
        below = np.floor(place).astype(np.int64)
        low, high = (
            np.take_along_axis(in_order, one[..., None], axis=-1)[..., 0]
            for one in (below, np.minimum(below + 1, last))
        )
        part, step = place - below, high - low
        found[name] = np.where(part < 0.5, low + step * part, high - step * (1.0 - part))
    return found | {"replicates": given}


def _over(part, whole):
    return np.divide(part, whole, out=np.full(part.shape, np.nan), where=whole > 0)


def _apart(values, count):
    """Standard deviations of luck and of not knowing, of a mixture over so many draws (analysis of variance)."""
    groups = [values[:, place::count] for place in range(count)]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # where no replicate of a draw has a value
        means = np.stack([np.nanmean(one, axis=1) for one in groups])
        within = np.nanmean([np.nanvar(one, axis=1, ddof=1) for one in groups], axis=0)
        between = np.nanvar(means, axis=0, ddof=1) - within * count / values.shape[1]
    return {"luck": np.sqrt(within), "knowing": np.sqrt(np.maximum(0.0, between))}


def _write(here, number, table, failures):
    """Failures first: a piece counts as done once its table is there."""
    name = f"pieces/{number:06d}"
    if failures:
        write_file(here.folder, f"{name}.failed.json", lambda new: new.write_text(json.dumps(failures)))
    write_file(here.folder, f"{name}.parquet", lambda new: table.to_parquet(new, index=False))

"""Sweeps: the points of an experiment in pieces, each written whole; a stopped sweep goes on where it was."""

import json
import os
import warnings
from asyncio import CancelledError
from concurrent.futures import FIRST_COMPLETED, wait
from dataclasses import replace
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd
from filelock import FileLock, Timeout

from sim.engines.run import check_engine, run
from sim.errors import InputError, Stopped, by_name_after
from sim.results.folder import FORMAT, check_growable, clear, read_about, reading, tidy, write_file
from sim.results.manifest import damage, entered
from sim.results.provenance import provenance
from sim.results.showing import Shows
from sim.results.study import read_table
from sim.scenario import Scenario
from sim.studies.experiment import Plan, load_plan, matching, over
from sim.studies.made_by import made_by, package_words

MARK = "sweep.json"
PIECE = 20_000  # histories
QUANTILES = {"q05": 0.05, "q50": 0.5, "q95": 0.95}
STATISTICS = ("mean", "sd", *QUANTILES)


class Sweep(Shows):
    """A sweep's folder: `sweep.json` (the resolved experiment, hash, versions), `design.parquet`, `pieces/`."""

    kind = "sweep"
    points = None

    def __init__(self, folder):
        self.folder = Path(folder)
        self.about = read_about(self.folder / MARK, "sweep", "sweep")
        with reading(self.folder / MARK, "sweep"):
            self.sizes = [int(one) for one in self.about["sizes"]]

    @cached_property
    def scenario(self) -> Scenario:
        """The scenario of its first points."""
        return Scenario.from_saved(self.about["scenarios"][0], str(self.folder / MARK))

    @property
    def seed(self) -> int:
        return self.about["seed"]

    @property
    def replicates(self) -> list[int]:
        return list(range(self.about["experiment"]["replicates"]))

    def state(self) -> dict[int, str | None]:
        """Number of every piece that was written -> what is wrong with its files, None if nothing is."""
        known, found = entered(self.folder), {}
        for number in range(len(self.sizes)):
            names = [name for name in (piece_name(number), failed_name(number)) if (self.folder / name).exists()]
            if piece_name(number) in names:
                wrong = [f"{self.folder / name}: {fault}" for name in names
                         if (fault := damage(self.folder, name, known))]  # fmt: skip
                found[number] = wrong[0] if wrong else None
        return found

    def done(self) -> list[int]:
        """Numbers of the finished pieces, those that failed among them; damaged ones are not."""
        return [number for number, wrong in self.state().items() if wrong is None]

    def table(self) -> pd.DataFrame:
        """All finished points, in order of the design. What is damaged is left out, with a warning that names it."""
        found = [one for number in _sound(self) if len(one := self.piece(number))]
        design = self.design
        if not found:
            return pd.DataFrame(columns=["point", *design.columns])
        table = pd.concat(found, ignore_index=True).sort_values("point", kind="stable", ignore_index=True)
        return table.astype(design.dtypes.to_dict())  # a piece in which a factor is not given has it as None

    def piece(self, number) -> pd.DataFrame:
        """The rows of one piece."""
        with reading(self.folder / piece_name(number), "piece of a sweep"):
            return pd.read_parquet(self.folder / piece_name(number))

    def failures(self) -> pd.DataFrame:
        """Points that could not be run: their parameters and the message."""
        rows = [row for number in self.done() for row in self._failed(number)]
        return pd.DataFrame(rows, columns=["point", "message"]).join(self.design, on="point")

    def _failed(self, number):
        path = self.folder / failed_name(number)
        with reading(path, "list of failed points"):
            return json.loads(path.read_text(encoding="utf-8")) if path.exists() else []

    @property
    def design(self) -> pd.DataFrame:
        """A row per point, a column per factor."""
        return read_table(self.folder, "design.parquet", "sweep")

    def status(self) -> dict:
        """Points done, in all and failed; points a second and seconds left, by when the last pieces were written."""
        finished = self.done()
        done, total = sum(self.sizes[number] for number in finished), sum(self.sizes)
        times = sorted(((self.folder / piece_name(one)).stat().st_mtime, self.sizes[one]) for one in finished)[-20:]
        rate = np.nan
        if len(times) > 1 and times[-1][0] > times[0][0]:
            rate = sum(size for _, size in times[1:]) / (times[-1][0] - times[0][0])
        failed = sum(len(self._failed(one)) for one in finished)
        return {
            "points": total, "done": done, "failed": failed, "points_per_second": rate,
            "seconds_left": (total - done) / rate if rate == rate else np.nan, "running": self._running(),
        }  # fmt: skip

    def _running(self):
        lock = self.folder / ".lock"
        if not lock.exists():
            return False
        try:
            with FileLock(lock, timeout=0):
                return False
        except Timeout:
            return True
        except (OSError, NotImplementedError):  # a folder of another's, or on a disk without locks: then none is held
            return False


def piece_name(number):
    return f"pieces/{number:06d}.parquet"


def failed_name(number):
    return f"pieces/{number:06d}.failed.json"


def _sound(here, then="it is left out until the same command has made it again"):
    """Numbers of the finished pieces; of every damaged one a warning says what becomes of it."""
    state = here.state()
    for wrong in filter(None, state.values()):
        warnings.warn(f"{wrong}; {then}", stacklevel=3)
    return [number for number, wrong in state.items() if wrong is None]


def load_sweep(folder) -> pd.DataFrame:
    """The table of a sweep, finished or not, tidy: `point`, a column per factor, then what the experiment keeps.

    `summary`: a row per point and outcome, with mean, sd, q05, q50, q95 over replicates. `histories`: a row per point
    and replicate, a column per outcome. `months`: a row per point, team and month, means over replicates.
    """
    return Sweep(folder).table()


@by_name_after(2)
def sweep(
    experiment, out, *, executor=None, fresh=False, piece=None, threads=None, window=None, overrides=None,
    progress=None, posterior=None, engine="compiled",
) -> pd.DataFrame:  # fmt: skip
    """Run an experiment, or what is left of it, into a folder; return its table (`load_sweep`).

    Points that failed, and pieces that were damaged since, are run again.

    Arguments:
        experiment: a dict, a TOML file or the bare name of a shipped experiment.
        out: the folder. A sweep of the same experiment, by the same code, goes on there; another one is refused unless
            `fresh`.
        executor: any `concurrent.futures` executor whose workers can import `sim`; default: this process's threads.
        piece: histories per piece, about; default 20,000.
        window: pieces handed to the executor at a time; bounds memory.
        overrides: top-level keys of the experiment to replace, such as {"replicates": 50}.
        progress: called with (points done, points in all, points failed).
        engine: as for `run`; the workers of an executor must be able to import a class of your own.
        posterior: a `Posterior` or its folder: replicate r of every point has the numbers of draw r, at least 4
            replicates to a draw; what a point sets is not drawn. The summary gains `luck` and `knowing`, the standard
            deviations of histories of one draw and of the means of draws.

    Raises InputError for a faulty experiment, a folder of something else, or one that another process writes to;
    `Stopped` if a worker, the scheduler or the disk gives out.
    """
    how = {"executor": executor, "fresh": fresh, "piece": piece, "threads": threads, "window": window}
    return run_sweep(
        experiment, out, overrides=overrides, progress=progress, posterior=posterior, engine=engine, **how
    ).table()


def run_sweep(
    experiment, out, *, executor=None, fresh=False, piece=None, threads=None, window=None, overrides=None,
    progress=None, posterior=None, engine="compiled",
) -> Sweep:  # fmt: skip
    """As `sweep`, with no more than some pieces in memory; returns the folder's `Sweep`."""
    for name, value in {"piece": piece, "threads": threads, "window": window}.items():
        if value is not None and (isinstance(value, bool) or not isinstance(value, int) or value < 1):
            raise InputError(f"{name}: must be a whole number of at least 1, got {value!r}")
    if executor is not None and not hasattr(executor, "submit"):
        raise InputError(f"executor: must be a concurrent.futures executor, got {executor!r}")
    if progress is not None and not callable(progress):
        raise InputError(f"progress: must be a function, got {progress!r}")
    plan = load_plan(experiment, overrides)
    if posterior is not None:
        plan = over(plan, posterior)
    check_engine(engine)
    plan = replace(plan, engine=engine)
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
    code = made_by({group.scenario.committee.policy for group in plan.groups})
    here = _go_on(plan, folder, code) if (folder / MARK).exists() else _begin(plan, folder, piece or PIECE, code)
    failing = {number for number in here.state() if (folder / failed_name(number)).exists()}
    ready = set(_sound(here, "it is made again")) - failing
    done, total, failed = sum(here.sizes[one] for one in ready), len(plan.design), 0
    waiting = (task for task in _tasks(plan, here.about["piece"]) if task["number"] not in ready)
    if progress:
        progress(done, total, failed)
    for task, made in finished(waiting, run_piece, executor, threads, window):
        table, failures = _checked(made, task, code, folder)
        _write(here, task["number"], table, failures)
        done, failed = done + here.sizes[task["number"]], failed + len(failures)
        if progress:
            progress(done, total, failed)
    firsts = {task["number"]: int(task["places"].min()) for task in _tasks(plan, here.about["piece"])}
    write_file(folder, "results.parquet", lambda path: _join(here, firsts, path))
    write_file(folder, "failures.csv", lambda path: here.failures().to_csv(path, index=False))
    return here


def _begin(plan, folder, piece, code):
    (folder / "pieces").mkdir(exist_ok=True)
    write_file(folder, "design.parquet", lambda path: plan.design.to_parquet(path, index=False))
    about = {
        "kind": "sweep", "format": FORMAT, "hash": plan.digest(), "piece": piece, "seed": plan.experiment.seed,
        "sizes": [len(task["places"]) for task in _tasks(plan, piece)], "provenance": provenance(), "made_by": code,
        **plan.resolved(),
    }  # fmt: skip
    return _mark(folder, about)


def _mark(folder, about):
    write_file(folder, MARK, lambda path: path.write_text(json.dumps(about, indent=1) + "\n", encoding="utf-8"))
    return Sweep(folder)


def _go_on(plan, folder, code):
    """The sweep that is there, if it is of this experiment and its finished points are by this code."""
    here = Sweep(folder)
    otherwise = "give another folder, or start afresh (--fresh)"
    if here.about.get("hash") != plan.digest():
        raise InputError(f"{folder}: holds a sweep of another experiment{_what_changed(here.about, plan)}; {otherwise}")
    then = here.about.get("made_by", {})
    if any(then.get(key) != code[key] for key in ("version", "engine")):
        raise InputError(f"{folder}: was begun by {package_words(then)} of the package, and this is "
                         f"{package_words(code)}: one table would mix both; {otherwise}")  # fmt: skip
    changed = {name for name in code["policies"] if then["policies"].get(name) != code["policies"][name]}
    for task in _tasks(plan, here.about["piece"]) if changed else ():
        name = task["scenario"]["committee"]["policy"]
        if name in changed and (folder / piece_name(task["number"])).exists() and len(here.piece(task["number"])):
            was, now = then["policies"].get(name), code["policies"][name]
            raise InputError(f"{folder}: the code of policy '{name}' has changed since ({was!s:.12}, now {now:.12}): "
                             f"one table would mix both; {otherwise}")  # fmt: skip
    if damage(folder, "design.parquet"):
        write_file(folder, "design.parquet", lambda path: plan.design.to_parquet(path, index=False))
    return _mark(folder, here.about | {"made_by": code}) if changed else here


def _checked(made, task, code, folder):
    """Table and failures of a piece. What was made by other code than this process has is refused."""
    if isinstance(made, Exception):  # every worker that took the piece has died of it
        return pd.DataFrame(), _failures(task, task["runs"], made)
    table, failures, worker = made
    if not isinstance(worker, dict):
        raise InputError(f"{folder}: a worker runs an older version of the package; finished pieces are kept")
    if any(worker.get(key) != code[key] for key in ("version", "engine")):
        raise InputError(f"{folder}: a worker runs {package_words(worker)} of the package, and this is "
                         f"{package_words(code)}; finished pieces are kept")  # fmt: skip
    for name, one in worker["policies"].items():
        if code["policies"].get(name) != one:
            raise InputError(f"{folder}: policy '{name}' is not the same in a worker ({one:.12}) as it was here at the "
                             f"start ({code['policies'].get(name)!s:.12}); finished pieces are kept")  # fmt: skip
    return table, failures


def _what_changed(about, plan):
    now, then = plan.resolved(), about.get("experiment", {})
    keys = [key for key, value in now["experiment"].items() if then.get(key) != value]
    if keys:
        return f" ({', '.join(keys)} differ)"
    if about.get("engine") != now.get("engine"):
        return " (the engine differs)"
    return " (its scenario has changed)" if about.get("scenarios") != now["scenarios"] else ""


def _join(here, firsts, path):
    """Write all finished points to one file in order of the design, holding only pieces that overlap at a time.

    `firsts`: number of a piece -> its first point.
    """
    import pyarrow as pa
    from pyarrow import parquet

    numbers = sorted(here.done(), key=firsts.get)
    files = [here.folder / piece_name(number) for number in numbers]
    schemas = [schema.remove_metadata() for file in files if len(schema := parquet.read_schema(file))]
    if not schemas:
        here.table().to_parquet(path, index=False)
        return
    schema = pa.unify_schemas(schemas, promote_options="permissive")
    held, ends = [], [firsts[number] for number in numbers[1:]] + [np.inf]
    with parquet.ParquetWriter(path, schema) as writer:
        for number, end in zip(numbers, ends, strict=True):
            if len(piece := here.piece(number)):
                held.append(piece)
            if not held or not any((one["point"] < end).any() for one in held):
                continue
            joined = pd.concat(held, ignore_index=True).sort_values("point", kind="stable", ignore_index=True)
            cut = joined["point"].searchsorted(end)
            ready = joined.iloc[:cut].reindex(columns=schema.names)
            writer.write_table(pa.Table.from_pandas(ready, schema=schema, preserve_index=False))
            held = [joined.iloc[cut:]] if cut < len(joined) else []


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
                "engine": plan.engine,
            }  # fmt: skip
            number += 1


def results(tasks, run, executor, threads, window):
    """What `run(task, threads)` makes of every task, as they come: here, or on an executor's workers."""
    for _, made in finished(tasks, run, executor, threads, window):
        if isinstance(made, Exception):
            raise _stopped(made)
        yield made


def finished(tasks, run, executor, threads, window):
    """Every task and what `run(task, threads)` makes of it, as they come; an exception if workers die of the task.

    Raises `Stopped` if memory, the disk, the workers or their scheduler give out.
    """
    if executor is None:
        for task in tasks:
            try:
                made = run(task, threads)
            except (OSError, MemoryError) as error:
                raise _stopped(error) from error
            yield task, made
        return
    window = window or 2 * (getattr(executor, "_max_workers", None) or os.cpu_count() or 1)
    outstanding = {}
    try:
        while True:
            for task in tasks:
                outstanding[_submitted(executor, run, task, threads)] = task
                if len(outstanding) >= window:
                    break
            if not outstanding:
                return
            for future in wait(outstanding, return_when=FIRST_COMPLETED).done:
                task = outstanding.pop(future)
                yield task, _made(future)
    finally:
        for future in outstanding:
            future.cancel()


def _submitted(executor, run, task, threads):
    try:
        return executor.submit(run, task, threads or 1)
    except RuntimeError as error:  # it was shut down, or its processes have died
        raise _stopped(error) from error


def _made(future):
    try:
        return future.result()
    except InputError:
        raise
    except (Exception, CancelledError) as error:
        if type(error).__name__ == "KilledWorker":  # of Dask, which is not always installed
            return error
        raise _stopped(error) from error


def _stopped(error):
    why = " ".join(f"{type(error).__name__}: {error}".split()).removesuffix(":")
    return Stopped(f"stopped: {why}; what is finished is kept, and the same command goes on")


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
            return pd.DataFrame(), _failures(task, runs, error), code
    tables, failures = [], []
    for one in runs[:, None]:
        try:
            tables.append(_table(task, scenario, one, threads))
        except (OSError, MemoryError):
            raise
        except Exception as error:
            failures += _failures(task, one, error)
    return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(), failures, code


def _failures(task, runs, error):
    message = str(error) if isinstance(error, InputError) else f"{type(error).__name__}: {error}"
    return [{"point": int(place), "message": message} for place in task["places"][np.isin(task["runs"], runs)]]


def _table(task, scenario, chosen, threads):
    """The rows of the chosen runs, once for each point that is such a run."""
    points = {path: values[chosen] for path, values in task["points"].items()} or None
    detail = "months" if task["keep"] == "months" else "summary"
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
    """A piece with a list of failures is run again: so that list is written first, or removed last."""
    if failures:
        write_file(here.folder, failed_name(number), lambda new: new.write_text(json.dumps(failures), encoding="utf-8"))
    write_file(here.folder, piece_name(number), lambda new: table.to_parquet(new, index=False))
    if not failures:
        (here.folder / failed_name(number)).unlink(missing_ok=True)

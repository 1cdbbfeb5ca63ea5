"""Sweeps: the points of an experiment in pieces, each written whole; a stopped sweep goes on where it was."""

from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import pandas as pd

from sim.aliases import AnyPath
from sim.engines.run import check_engine
from sim.errors import InputError, by_name_after, check_whole
from sim.results.folder import FORMAT, About, write_file
from sim.results.manifest import damage
from sim.results.provenance import provenance
from sim.scenario.wording import Raw
from sim.studies.growing import growing
from sim.studies.made_by import MadeBy, made_by, package_words
from sim.studies.pieces import Failure, Piece, PieceMade, failed_points, histories, run_piece, tasks
from sim.studies.plan import Plan, load_plan, over
from sim.studies.sweep_folder import MARK, Sweep, join_pieces, mark_folder, sound, write_piece
from sim.studies.workers import Workers, finished

if TYPE_CHECKING:
    from sim.studies.posterior import Posterior

SweepProgress: TypeAlias = Callable[[int, int, int], object]  # points done, points in all, points failed


def load_sweep(folder: AnyPath) -> pd.DataFrame:
    """The table of a sweep, finished or not, tidy: `point`, a column per factor, then what the experiment keeps.

    `summary`: a row per point and outcome, with mean, sd, q05, q50, q95 over replicates, and mean and sd of the
    `difference` from the experiment's scenario as it stands, on the same luck (`paired_sd`).
    `histories`: a row per point and replicate, a column per outcome.
    `months`: a row per point, team and month, means over replicates.
    """
    return Sweep(folder).table()


@by_name_after(2)
def sweep(
    experiment: Raw | AnyPath, out: AnyPath, *, executor: Executor | None = None, fresh: bool = False,
    piece: int | None = None, threads: int | None = None, window: int | None = None, overrides: Raw | None = None,
    progress: SweepProgress | None = None, posterior: "Posterior | AnyPath | None" = None,
    engine: str | type = "compiled",
) -> pd.DataFrame:  # fmt: skip
    """Run an experiment, or what is left of it, into a folder; return its table (`load_sweep`).

    Points that failed, and pieces that were damaged since, are run again.

    Arguments:
        experiment: a dict, a TOML file or the bare name of a shipped experiment.
        out: the folder. A sweep of the same experiment, by the same code, goes on there; another one is refused unless
            `fresh`.
        executor: any `concurrent.futures` executor whose workers can import `sim`; default: this process's threads.
        piece: histories per piece, about; default 20,000, or as many as a worker holds in little memory.
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
    return run_sweep(
        experiment, out, executor=executor, fresh=fresh, piece=piece, threads=threads, window=window,
        overrides=overrides, progress=progress, posterior=posterior, engine=engine,
    ).table()  # fmt: skip


def run_sweep(
    experiment: Raw | AnyPath, out: AnyPath, *, executor: Executor | None = None, fresh: bool = False,
    piece: int | None = None, threads: int | None = None, window: int | None = None, overrides: Raw | None = None,
    progress: SweepProgress | None = None, posterior: "Posterior | AnyPath | None" = None,
    engine: str | type = "compiled",
) -> Sweep:  # fmt: skip
    """As `sweep`, with no more than some pieces in memory; returns the folder's `Sweep`."""
    for name, value in {"piece": piece, "threads": threads, "window": window}.items():
        check_whole(name, 1 if value is None else value, 1)
    if executor is not None and not hasattr(executor, "submit"):
        raise InputError(f"executor: must be a concurrent.futures executor, got {executor!r}")
    if progress is not None and not callable(progress):
        raise InputError(f"progress: must be a function, got {progress!r}")
    plan = load_plan(experiment, overrides)
    if posterior is not None:
        plan = over(plan, posterior)
    check_engine(engine)
    plan = replace(plan, engine=engine)
    with growing(out, "sweep", doing="sweeping", fresh=fresh) as folder:
        return _sweep(plan, folder, Workers(executor, threads, window), piece or histories(plan), progress)


def _sweep(plan: Plan, folder: Path, workers: Workers, piece: int, progress: SweepProgress | None) -> Sweep:
    code = made_by({group.scenario.committee.policy for group in plan.groups})
    here = _go_on(plan, folder, code) if (folder / MARK).exists() else _begin(plan, folder, piece, code)
    ready = set(sound(here, "it is made again")) - here.failing()
    done, total, failed = sum(here.sizes[number] for number in ready), len(plan.design), 0
    waiting = (task for task in tasks(plan, here.about["piece"]) if task["number"] not in ready)
    if progress:
        progress(done, total, failed)
    for task, made in finished(waiting, run_piece, workers):
        table, failures = _checked(made, task, code, folder)
        write_piece(here, task["number"], table=table, failures=failures)
        done, failed = done + here.sizes[task["number"]], failed + len(failures)
        if progress:
            progress(done, total, failed)
    write_file(folder, "results.parquet", lambda path: join_pieces(here, path))
    write_file(folder, "failures.csv", lambda path: here.failures().to_csv(path, index=False))
    return here


def _begin(plan: Plan, folder: Path, piece: int, code: MadeBy) -> Sweep:
    (folder / "pieces").mkdir(exist_ok=True)
    write_file(folder, "design.parquet", lambda path: plan.design.to_parquet(path, index=False))
    about = {
        "kind": "sweep", "format": FORMAT, "hash": plan.digest(), "piece": piece, "seed": plan.experiment.seed,
        "sizes": [len(task["places"]) for task in tasks(plan, piece)], "provenance": provenance(), "made_by": code,
        "base": plan.base.digest(), **plan.resolved(),
    }  # fmt: skip
    return mark_folder(folder, about)


def _go_on(plan: Plan, folder: Path, code: MadeBy) -> Sweep:
    """The sweep that is there, if it is of this experiment and its finished points are by this code."""
    here = Sweep(folder)
    otherwise = "give another folder, or start afresh (--fresh)"
    if here.about.get("hash") != plan.digest():
        raise InputError(f"{folder}: holds a sweep of another experiment{_what_changed(here.about, plan)}; {otherwise}")
    if plan.experiment.keep == "summary" and here.about.get("base") != plan.base.digest():
        raise InputError(f"{folder}: was begun by an earlier version, which set no point beside the scenario as it "
                         f"stands: one table would mix both; {otherwise}")  # fmt: skip
    then = here.about.get("made_by", {})
    if any(then.get(key) != code[key] for key in ("version", "engine")):
        raise InputError(f"{folder}: was begun by {package_words(then)} of the package, and this is "
                         f"{package_words(code)}: one table would mix both; {otherwise}")  # fmt: skip
    changed = {name for name in code["policies"] if then["policies"].get(name) != code["policies"][name]}
    kept = set(here.done()) - here.failing() if changed else ()
    for task in tasks(plan, here.about["piece"]) if changed else ():
        name = task["scenario"]["committee"]["policy"]
        if name in changed and task["number"] in kept:
            was, now = then["policies"].get(name), code["policies"][name]
            raise InputError(f"{folder}: the code of policy '{name}' has changed since ({was!s:.12}, now {now:.12}): "
                             f"one table would mix both; {otherwise}")  # fmt: skip
    if damage(folder, "design.parquet"):
        write_file(folder, "design.parquet", lambda path: plan.design.to_parquet(path, index=False))
    return mark_folder(folder, here.about | {"made_by": code}) if changed else here


def _checked(
    made: PieceMade | Exception, task: Piece, code: MadeBy, folder: Path
) -> tuple[pd.DataFrame, list[Failure]]:
    """Table and failures of a piece. What was made by other code than this process has is refused."""
    if isinstance(made, Exception):  # every worker that took the piece has died of it
        return pd.DataFrame(), failed_points(task, task["runs"], made)
    table, failures, worker = made
    if not isinstance(worker, dict):
        raise InputError(f"{folder}: a worker runs an older version of the package; finished pieces are kept")
    if any(worker.get(key) != code[key] for key in ("version", "engine")):
        raise InputError(f"{folder}: a worker runs {package_words(worker)} of the package, and this is "
                         f"{package_words(code)}; finished pieces are kept")  # fmt: skip
    for name, own in worker["policies"].items():
        if code["policies"].get(name) != own:
            raise InputError(f"{folder}: policy '{name}' is not the same in a worker ({own:.12}) as it was here at the "
                             f"start ({code['policies'].get(name)!s:.12}); finished pieces are kept")  # fmt: skip
    return table, failures


def _what_changed(about: About, plan: Plan) -> str:
    now, then = plan.resolved(), about.get("experiment", {})
    keys = [key for key, value in now["experiment"].items() if then.get(key) != value]
    if keys:
        return f" ({', '.join(keys)} differ)"
    if about.get("engine") != now.get("engine"):
        return " (the engine differs)"
    return " (its scenario has changed)" if about.get("scenarios") != now["scenarios"] else ""

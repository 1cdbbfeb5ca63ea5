"""Tasks on an executor's workers, or here; whoever gives out is told in a line."""

import os
from asyncio import CancelledError
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from dataclasses import dataclass
from typing import TypeAlias, TypeVar

from sim.errors import InputError, Stopped

Task = TypeVar("Task")
Made = TypeVar("Made")
Run: TypeAlias = Callable[[Task, int | None], Made]  # what is done with a task, in so many threads


@dataclass(frozen=True)
class Workers:
    """Where tasks are done, and how many at a time."""

    executor: Executor | None = None  # any of `concurrent.futures`; None: here
    threads: int | None = None  # of each worker; None: all cores here, one elsewhere
    window: int | None = None  # tasks handed out at a time; None: two for each worker


def results(tasks: Iterable[Task], run: Run[Task, Made], how: Workers) -> Iterator[Made]:
    """What `run(task, threads)` makes of every task, as they come: here, or on an executor's workers."""
    for _, made in finished(tasks, run, how):
        if isinstance(made, Exception):
            raise _stopped(made)
        yield made


def finished(tasks: Iterable[Task], run: Run[Task, Made], how: Workers) -> Iterator[tuple[Task, Made | Exception]]:
    """Every task and what `run(task, threads)` makes of it, as they come; an exception if workers die of the task.

    Raises `Stopped` if memory, the disk, the workers or their scheduler give out.
    """
    if (executor := how.executor) is None:
        for task in tasks:
            try:
                made = run(task, how.threads)
            except (OSError, MemoryError) as error:
                raise _stopped(error) from error
            yield task, made
        return
    window = how.window or 2 * (getattr(executor, "_max_workers", None) or os.cpu_count() or 1)
    waiting = iter(tasks)  # each is handed out once, whatever they come in
    outstanding: dict[Future[Made], Task] = {}
    try:
        while True:
            for task in waiting:
                outstanding[_submitted(executor, run, task, how.threads or 1)] = task
                if len(outstanding) >= window:
                    break
            if not outstanding:
                return
            for future in wait(outstanding, return_when=FIRST_COMPLETED).done:
                outcome = _made(future)
                yield outstanding.pop(future), outcome
    finally:
        for future in outstanding:
            future.cancel()


def _submitted(executor: Executor, run: Run[Task, Made], task: Task, threads: int) -> Future[Made]:
    try:
        return executor.submit(run, task, threads)
    except RuntimeError as error:  # it was shut down, or its processes have died
        raise _stopped(error) from error


def _made(future: Future[Made]) -> Made | Exception:
    try:
        return future.result()
    except InputError:
        raise
    except (Exception, CancelledError) as error:
        if isinstance(error, Exception) and type(error).__name__ == "KilledWorker":  # of Dask, if that is installed
            return error
        raise _stopped(error) from error


def _stopped(error: BaseException) -> Stopped:
    why = " ".join(f"{type(error).__name__}: {error}".split()).removesuffix(":")
    return Stopped(f"stopped: {why}; what is finished is kept, and the same command goes on")

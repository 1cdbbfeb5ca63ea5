"""Tasks on an executor's workers, or here; whoever gives out is told in a line."""

import os
from asyncio import CancelledError
from concurrent.futures import FIRST_COMPLETED, wait

from sim.errors import InputError, Stopped


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

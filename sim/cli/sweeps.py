"""`sim sweep` and `sim sensitivity`."""

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sim.cli import options
from sim.errors import InputError

if TYPE_CHECKING:
    from concurrent.futures import Executor

SECONDS_TO_ANSWER = 8


def sweep(
    experiment: Annotated[
        str | None, typer.Argument(help="an experiment file, or the name of a shipped one", show_default=False)
    ] = None,
    out: options.OutOption = None,
    replicates: Annotated[int | None, typer.Option("--replicates", "-n", help="instead of the file's")] = None,
    fresh: Annotated[bool, typer.Option("--fresh", help="throw away what the folder holds, and start again")] = False,
    scheduler: Annotated[str | None, typer.Option(help="address of a Dask scheduler to run on")] = None,
    status: Annotated[Path | None, typer.Option(help="tell how far the sweep in this folder is, and end")] = None,
    posterior: options.PosteriorOption = None,
    piece: Annotated[int | None, typer.Option(help="histories per piece, about; default at most 20,000")] = None,
    figures: options.FiguresOption = True,
    threads: options.ThreadsOption = None,
) -> None:
    """Run an experiment, or go on with it where it was stopped. Exit code 1 if some points failed."""
    from sim.studies.sweep import run_sweep
    from sim.studies.sweep_folder import Sweep

    if status is not None:
        _print_status(Sweep(status).status())
        return
    if experiment is None:
        raise InputError("sweep: needs an experiment file or name, or --status FOLDER")
    folder = out or options.default_out(experiment)
    options.announce_compilation()
    overrides = {"replicates": replicates} if replicates is not None else None
    with executor_on(scheduler) as (executor, window), options.progress("points") as bar:
        here = run_sweep(
            experiment, folder, executor=executor, window=window, progress=bar, fresh=fresh, piece=piece,
            threads=threads, overrides=overrides, posterior=posterior,
        )  # fmt: skip
    found, failures = here.status(), here.failures()
    for point, message in failures[["point", "message"]].head(5).itertuples(index=False):
        print(f"point {point} failed: {message}", file=sys.stderr)
    if figures and found["failed"] < found["points"]:
        from sim.report.saved import draw_into

        draw_into(here, folder)
    options.say(Sweep(folder))
    print(f"\n{found['done'] - found['failed']:,} of {found['points']:,} points written to {folder}/")
    if found["failed"]:
        print(f"{found['failed']:,} points failed: {folder}/failures.csv", file=sys.stderr)
        raise typer.Exit(1)


def _print_status(found: Mapping[str, Any]) -> None:
    words = f"{found['done']:,} of {found['points']:,} points done, {found['failed']:,} failed"
    if found["running"]:
        words += ", running"
        if found["points_per_second"] == found["points_per_second"]:
            words += f", {found['points_per_second']:.3g} points/s, {found['seconds_left']:,.0f} s left"
    elif found["done"] < found["points"]:
        words += ", stopped (the same command goes on)"
    print(words)


@contextmanager
def executor_on(address: str | None) -> Iterator[tuple["Executor | None", int | None]]:
    """An executor on a Dask cluster and how many pieces to hand it at a time, or nothing for this process's threads."""
    if address is None:
        yield None, None
        return
    import asyncio
    import logging

    try:
        from distributed import Client
    except ImportError:
        raise InputError("--scheduler: needs the extra 'cluster': pip install 'gpu-lab-sim[cluster]'") from None
    try:
        asyncio.run(asyncio.wait_for(_greet(address), SECONDS_TO_ANSWER))
        client = Client(address, timeout=SECONDS_TO_ANSWER)
    except (OSError, MemoryError, ValueError, RuntimeError) as error:  # whatever listens there may answer anything
        reason = f"cannot be reached, or is no Dask scheduler: {error}"
        if isinstance(error, TimeoutError):
            reason = f"no Dask scheduler has answered within {SECONDS_TO_ANSWER} s"
        elif isinstance(error, MemoryError):  # the length of a message, read from what is none
            reason = "what listens there is no Dask scheduler"
        raise InputError(f"--scheduler {address}: {reason}") from error
    # Lost workers and schedulers are told in a line of ours.
    logging.getLogger("distributed").setLevel(logging.CRITICAL)
    logging.getLogger("distributed.client").setLevel(logging.CRITICAL)
    with client:
        cores = sum(client.nthreads().values())
        if not cores:
            raise InputError(f"--scheduler {address}: has no workers")
        for worker, answer in client.run(eval, "bool(__import__('sim.studies.sweep'))", on_error="return").items():
            if isinstance(answer, BaseException):
                raise InputError(f"--scheduler {address}: worker {worker} cannot import this package: {answer}")
        yield client.get_executor(pure=False), 3 * cores


async def _greet(address: str) -> None:
    """Return once a scheduler has answered at the address; `Client` alone would wait for ever where nothing answers."""
    from distributed.comm.core import connect
    from distributed.core import send_recv
    from distributed.security import Security

    comm = await connect(address, **Security().get_connection_args("client"))
    try:
        found = (await send_recv(comm, op="identity")).get("type")
    finally:
        comm.abort()
    if found != "Scheduler":
        raise ValueError(f"a {found} answers")


def sensitivity(
    scenario: options.ScenarioArgument,
    parameter: Annotated[
        list[str] | None, typer.Option("--parameter", "-p", help="path, or path=low:high; default a list of 20")
    ] = None,
    outcome: Annotated[list[str] | None, typer.Option("--outcome", help="default the shares that left")] = None,
    method: Annotated[str, typer.Option(help="morris or sobol")] = "morris",
    samples: Annotated[int | None, typer.Option(help="Morris: trajectories; Sobol: base samples")] = None,
    replicates: Annotated[int, typer.Option("--replicates", "-n", help="averaged at each point")] = 100,
    seed: options.SeedOption = 1,
    settings: options.SetOption = None,
    out: options.OutOption = None,
    replace: options.ReplaceOption = False,
    figures: options.FiguresOption = True,
    threads: options.ThreadsOption = None,
) -> None:
    """Which parameters matter for an outcome, and how much of its variance is luck."""
    from sim.studies import sensitivity as study

    ranges = dict(map(_range, parameter)) if parameter else None
    chosen, folder = options.to_study(scenario, "sensitivity", settings, out, replicates, replace)
    with options.progress("sampling") as bar:
        found = study.sensitivity(
            chosen, ranges, outcomes=outcome, method=method, samples=samples, replicates=replicates, seed=seed,
            threads=threads, progress=bar,
        )  # fmt: skip
    options.finish(found, folder, figures, scenario)


def _range(option: str) -> tuple[str, tuple[float, float] | None]:
    path, equals, span = option.partition("=")
    if not equals:
        return path.strip(), None
    try:
        low, high = map(float, span.split(":"))
    except ValueError:
        raise InputError(f"--parameter {option}: must be path or path=low:high") from None
    return path.strip(), (low, high)

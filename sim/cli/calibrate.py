"""`sim calibrate` and `sim validate`."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from sim.cli import options
from sim.cli.progress import Bar
from sim.cli.sweeps import executor_on
from sim.errors import InputError


def calibrate(
    scenario: options.ScenarioArgument,
    prior: Annotated[Path | None, typer.Option(help="a TOML file with a table [prior] instead of its own")] = None,
    thorough: Annotated[bool, typer.Option("--thorough", help="40,000 points instead of 10,000")] = False,
    points: Annotated[int | None, typer.Option(help="points of the first stage; default 10,000")] = None,
    replicates: Annotated[int, typer.Option("--replicates", "-n", help="histories at each point")] = 8,
    until: Annotated[str | None, typer.Option(help="last month that is known; later facts are predicted")] = None,
    fact: Annotated[list[str] | None, typer.Option("--fact", help="use this recorded fact; default all")] = None,
    without: Annotated[list[str] | None, typer.Option("--without", help="a rival without this mechanism")] = None,
    only: Annotated[
        list[str] | None, typer.Option("--only", help="a rival with this one alone; 'nothing': base rate alone")
    ] = None,
    coverage: Annotated[bool, typer.Option("--coverage", help="does it recover 300 synthetic records?")] = False,
    seed: options.SeedOption = 1,
    settings: options.SetOption = None,
    out: options.OutOption = None,
    fresh: Annotated[bool, typer.Option("--fresh", help="throw away what the folder holds, and start again")] = False,
    scheduler: Annotated[str | None, typer.Option(help="address of a Dask scheduler to run on")] = None,
    piece: Annotated[int, typer.Option(help="histories per piece, about")] = 20_000,
    figures: options.FiguresOption = True,
    threads: options.ThreadsOption = None,
) -> None:
    """Find what the recorded facts leave of the parameters, what they cannot tell, and what they say of rivals.

    The same command goes on where it was stopped. Exit code 1 where it ran through and says nothing.
    """
    from sim.studies import calibrate as study

    if thorough and points is not None:
        raise InputError("--thorough, --points: give one of the two")
    folder = out or options.default_out(scenario, "posterior")
    chosen = options.load(scenario, settings)
    options.announce_compilation()
    with executor_on(scheduler) as (executor, window), _progress() as bar:
        found = study.calibrate(
            chosen, folder, prior=prior, points=study.THOROUGH if thorough else points, replicates=replicates,
            seed=seed, until=until, facts=fact or None, without=without or (), only=only or (), coverage=coverage,
            executor=executor, fresh=fresh, piece=piece, threads=threads, window=window, progress=bar,
        )  # fmt: skip
    options.finish(found, folder, figures, saved=True)
    found.demand_enough()


def validate(
    scenario: options.ScenarioArgument,
    posterior: Annotated[Path, typer.Option(help="folder of `sim calibrate`, over whose draws all is measured")],
    targets: Annotated[str, typer.Option(help="a TOML file of targets, or the name of a shipped one")] = "effects",
    structures: Annotated[bool, typer.Option(help="try other structures too")] = True,
    draws: Annotated[int, typer.Option(help="draws of the posterior")] = 100,
    seed: options.SeedOption = 1,
    settings: options.SetOption = None,
    out: options.OutOption = None,
    figures: options.FiguresOption = True,
    threads: options.ThreadsOption = None,
) -> None:
    """Measure what the calibrated model shows of targets that calibration never saw; other structures too."""
    from sim.results.folder import check_replaceable
    from sim.studies import validate as study

    folder = out or options.default_out(scenario, "validate")
    check_replaceable(folder, "validate")
    chosen = options.load(scenario, settings)
    options.announce_compilation()
    with options.progress("checks") as bar:
        found = study.validate(
            chosen, posterior=posterior, targets=targets, structures=None if structures else (), draws=draws,
            seed=seed, threads=threads, progress=bar,
        )  # fmt: skip
    options.finish(found, folder, figures, scenario)


@contextmanager
def _progress() -> Iterator[Callable[[int, int, float], None] | None]:
    """A bar with rate, estimate and effective draws so far on a terminal, nothing elsewhere."""
    with options.progress("histories") as bar:
        if isinstance(bar, Bar):
            show = bar.show
            yield lambda done, total, ess: show(done, total, f"effective draws {ess:,.0f}")
        else:
            yield None

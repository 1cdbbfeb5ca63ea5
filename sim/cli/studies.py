"""`sim compare` and `sim attribute`."""

import sys
from typing import Annotated

import typer

from sim.cli.options import (
    FiguresOption,
    FullOption,
    OutOption,
    PosteriorOption,
    ReplaceOption,
    ReplicatesOption,
    ScenarioArgument,
    SeedOption,
    SetOption,
    ThreadsOption,
    announce_compilation,
    check_out,
    default_out,
    finish,
    load,
    progress,
    say,
    scenario_names,
)  # fmt: skip
from sim.errors import InputError


def register(app):
    app.command()(compare)
    app.command()(attribute)


def compare(
    scenarios: Annotated[
        list[str],
        typer.Argument(
            help="scenarios or saved results; the first is the baseline",
            show_default=False,
            autocompletion=scenario_names,
        ),
    ],
    policies: Annotated[
        str | None, typer.Option(help="compare these policies of one scenario: all, or names with commas between")
    ] = None,
    case: Annotated[
        list[str] | None, typer.Option("--case", help="NAME: path=value, path=value; another case of the scenario")
    ] = None,
    settings: SetOption = None,
    baseline: Annotated[str | None, typer.Option(help="the case that others are compared with")] = None,
    posterior: PosteriorOption = None,
    replicates: ReplicatesOption = 1000,
    seed: SeedOption = 1,
    out: OutOption = None,
    replace: ReplaceOption = False,
    full: FullOption = False,
    figures: FiguresOption = True,
    threads: ThreadsOption = None,
):
    """Compare policies, scenarios or settings on the same luck: paired differences with 95 % intervals."""
    from sim.studies import compare as study

    folder = out or default_out(scenarios[0], "compare")
    cases = _cases(scenarios, policies, case, settings)
    check_out(folder, "compare", cases, replicates, replace)
    announce_compilation("compiled")
    with progress("comparing") as tell:
        found = study.compare(cases, replicates, seed=seed, baseline=baseline, threads=threads, progress=tell,
                              posterior=posterior)  # fmt: skip
    finish(found, folder, figures, lambda: say(found, full), scenarios[0])


def _cases(scenarios, policies, case, settings):
    from sim import allocation
    from sim.scenario import parse_settings
    from sim.studies.compare import policies_of

    if (policies or case) and len(scenarios) > 1:
        raise InputError("compare: --policies and --case take one scenario")
    loaded = {name: load(name, settings) for name in scenarios}
    if len(loaded) < len(scenarios):
        raise InputError("compare: the same scenario is named twice")
    first = loaded[scenarios[0]]
    if policies:
        names = allocation.policies() if policies == "all" else [one.strip() for one in policies.split(",")]
        if policies == "all":
            faults = {name: allocation.policy_fault(name, len(first.team)) for name in names}
            for fault in filter(None, faults.values()):
                print(f"left out: {fault}", file=sys.stderr)
            names = [name for name in names if faults[name] is None]
        own = first.committee.policy
        loaded = policies_of(first, [own, *(name for name in names if name != own)])
    for one in case or []:
        name, colon, rest = one.partition(":")
        name = name.strip()
        if not colon or not name:
            raise InputError(f"--case {one}: must be 'NAME: path=value, path=value'")
        if name in loaded:
            raise InputError(f"--case {one}: there is a case '{name}' already")
        loaded[name] = first.with_overrides(parse_settings(rest))
    return loaded


def attribute(
    scenario: ScenarioArgument,
    replicates: Annotated[int, typer.Option("--replicates", "-n", help="for each subset")] = 200,
    seed: SeedOption = 1,
    mechanisms: Annotated[str | None, typer.Option(help="names with commas between; default all that drive")] = None,
    tunings: Annotated[int, typer.Option(help="draws of the parameters, for the range over tunings; 0 for none")] = 60,
    posterior: PosteriorOption = None,
    settings: SetOption = None,
    out: OutOption = None,
    replace: ReplaceOption = False,
    full: FullOption = False,
    figures: FiguresOption = True,
    threads: ThreadsOption = None,
):
    """Which mechanism, and which kind of event, caused how many departures: Shapley values with intervals."""
    from sim.studies import attribute as study

    folder = out or default_out(scenario, "attribute")
    chosen = load(scenario, settings)
    check_out(folder, "attribute", chosen, replicates, replace)
    names = [one.strip() for one in mechanisms.split(",")] if mechanisms else None
    announce_compilation("compiled")
    with progress("attributing") as tell:
        found = study.attribute(
            chosen, replicates, seed=seed, mechanisms=names, tunings=tunings, threads=threads, progress=tell,
            posterior=posterior,
        )  # fmt: skip
    finish(found, folder, figures, lambda: say(found, full), scenario)

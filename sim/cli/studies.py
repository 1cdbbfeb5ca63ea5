"""`sim compare` and `sim attribute`."""

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from sim.cli import options
from sim.errors import InputError

if TYPE_CHECKING:
    from sim.scenario import Scenario


def compare(
    scenarios: Annotated[
        list[str],
        typer.Argument(help="scenarios or saved results; the first is the baseline", show_default=False,
                       autocompletion=options.scenario_names),
    ],
    policies: Annotated[
        str | None, typer.Option(help="compare these policies of one scenario: all, or names with commas between")
    ] = None,
    case: Annotated[
        list[str] | None, typer.Option("--case", help="NAME: path=value, path=value; another case of the scenario")
    ] = None,
    settings: options.SetOption = None,
    baseline: Annotated[str | None, typer.Option(help="the case that others are compared with")] = None,
    posterior: options.PosteriorOption = None,
    replicates: options.ReplicatesOption = 1000,
    seed: options.SeedOption = 1,
    out: options.OutOption = None,
    replace: options.ReplaceOption = False,
    full: options.FullOption = False,
    figures: options.FiguresOption = True,
    threads: options.ThreadsOption = None,
) -> None:  # fmt: skip
    """Compare policies, scenarios or settings on the same luck: paired differences with 95 % intervals."""
    from sim.studies import compare as study

    folder = out or options.default_out(scenarios[0], "compare")
    cases = _cases(scenarios, policies, case, settings)
    options.check_out(folder, "compare", cases, replicates, replace)
    options.announce_compilation()
    with options.progress("comparing") as bar:
        found = study.compare(cases, replicates, seed=seed, baseline=baseline, threads=threads, progress=bar,
                              posterior=posterior)  # fmt: skip
    options.finish(found, folder, figures, scenarios[0], full=full)


def _cases(
    scenarios: Sequence[str], policies: str | None, case: Sequence[str] | None, settings: options.SetOption
) -> dict[str, "Scenario"]:
    """The cases of a comparison by name, the baseline first."""
    from sim import allocation
    from sim.scenario import parse_settings
    from sim.studies.compare import policies_of

    if (policies or case) and len(scenarios) > 1:
        raise InputError("compare: --policies and --case take one scenario")
    loaded = {name: options.load(name, settings) for name in scenarios}
    if len(loaded) < len(scenarios):
        raise InputError("compare: the same scenario is named twice")
    first = loaded[scenarios[0]]
    if policies:
        names = allocation.policies() if policies == "all" else _names(policies)
        if policies == "all":
            faults = {name: allocation.policy_fault(name, len(first.team)) for name in names}
            for fault in filter(None, faults.values()):
                print(f"left out: {fault}", file=sys.stderr)
            names = [name for name in names if faults[name] is None]
        own = first.committee.policy
        loaded = policies_of(first, [own, *(name for name in names if name != own)])
    for option in case or []:
        name, colon, rest = option.partition(":")
        name = name.strip()
        if not colon or not name:
            raise InputError(f"--case {option}: must be 'NAME: path=value, path=value'")
        if name in loaded:
            raise InputError(f"--case {option}: there is a case '{name}' already")
        loaded[name] = first.with_overrides(parse_settings(rest))
    return loaded


def _names(option: str) -> list[str]:
    return [name.strip() for name in option.split(",")]


def attribute(
    scenario: options.ScenarioArgument,
    replicates: Annotated[int, typer.Option("--replicates", "-n", help="for each subset")] = 200,
    seed: options.SeedOption = 1,
    mechanisms: Annotated[str | None, typer.Option(help="names with commas between; default all that drive")] = None,
    posterior: options.PosteriorOption = None,
    settings: options.SetOption = None,
    out: options.OutOption = None,
    replace: options.ReplaceOption = False,
    full: options.FullOption = False,
    figures: options.FiguresOption = True,
    threads: options.ThreadsOption = None,
) -> None:
    """Which mechanism, and which kind of event, caused how many departures: Shapley values with intervals."""
    from sim.studies import attribute as study

    names = _names(mechanisms) if mechanisms else None
    chosen, folder = options.to_study(scenario, "attribute", settings, out, replicates, replace)
    with options.progress("attributing") as bar:
        found = study.attribute(
            chosen, replicates, seed=seed, mechanisms=names, threads=threads, progress=bar,
            posterior=posterior,
        )  # fmt: skip
    options.finish(found, folder, figures, scenario, full=full)

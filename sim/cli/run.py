"""`sim run`."""

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sim.cli import options
from sim.errors import InputError

if TYPE_CHECKING:
    from sim.results.folder import About
    from sim.scenario import Scenario


def run(
    asked: typer.Context,
    scenario: options.ScenarioArgument,
    replicates: options.ReplicatesOption = 1000,
    seed: options.SeedOption = 1,
    settings: options.SetOption = None,
    policy: options.PolicyOption = None,
    engine: Annotated[str, typer.Option(help="compiled or mesa")] = "compiled",
    detail: Annotated[str | None, typer.Option(help="summary, months or people")] = None,
    precision: Annotated[
        float | None,
        typer.Option(help="run until the 95 % interval of every cohort's mean share that left is no wider than ± this"),
    ] = None,
    posterior: options.PosteriorOption = None,
    out: options.OutOption = None,
    replace: options.ReplaceOption = False,
    figures: options.FiguresOption = True,
    threads: options.ThreadsOption = None,
) -> None:
    """Run replicates of a scenario; print the story, write tables and figures.

    SCENARIO may also be a saved run (its folder or run.json), which is repeated exactly but for the options given.
    """
    from sim.engines import run as engine_room
    from sim.studies.parent import beside_parent

    saved = options.saved_result(scenario)
    folder = out or options.default_out(
        Path(scenario).parent.name if saved and scenario.endswith(".json") else scenario
    )
    chosen = options.load(scenario, settings, policy)
    how: dict[str, Any] = {"replicates": replicates, "seed": seed, "engine": engine, "detail": detail}
    if saved and saved[1]["kind"] == "run":
        given = {name for name in how if getattr(asked.get_parameter_source(name), "name", "") != "DEFAULT"}
        how = _as_saved(*saved, options.overrides_of(settings, policy), chosen.committee.policy) | {
            name: how[name] for name in given
        }
    if precision is None:
        options.check_out(folder, "run", chosen, how["replicates"], replace)
    if how["engine"] == "compiled":
        options.announce_compilation()
    with options.progress("simulating") as bar:
        if precision is not None:
            how["replicates"] = engine_room.enough_replicates(
                chosen, precision, seed=how["seed"], engine=how["engine"], threads=threads, progress=bar
            )
            print(f"{how['replicates']} replicates give every cohort's share to ± {precision:g}")
            options.check_out(folder, "run", chosen, how["replicates"], replace)
        if posterior is not None:
            from sim.studies.mixture import draws_of

            how["draws"], _ = draws_of(posterior, chosen, how["replicates"])
        result = engine_room.run(chosen, threads=threads, progress=bar, **how)
        parent = _parent(scenario, settings, policy) if not (result.points or result.draws) else None
        if parent is not None:
            bar.doing("the scenario that it extends")
            beside_parent(result, parent, threads=threads, progress=bar)
    drawable = result.detail != "summary" and not result.points
    options.finish(result, folder, figures and drawable, scenario)


def _parent(scenario: str, settings: options.SetOption, policy: str | None) -> "Scenario | None":
    """The scenario that this one extends, with the same settings; None if it extends none or cannot have them."""
    parent, overrides = options.parent_of(scenario), options.overrides_of(settings, policy)
    try:
        return parent.with_overrides(overrides) if parent is not None and overrides else parent
    except InputError:
        return None


def _as_saved(file: Path, about: "About", overrides: Mapping[str, object], policy: str) -> dict[str, Any]:
    """How a saved run was made. What is set now is no longer drawn; it cannot be what the points set."""
    from sim.results.folder import reading
    from sim.results.result import Result
    from sim.studies.made_by import other_code

    with reading(file, "run"):
        saved = Result.again(about, {}, str(file))
        others = other_code(about.get("provenance", {}), saved.scenario.committee.policy, policy)
    for other in others:
        print(f"{file}: {other}", file=sys.stderr)
    twice = [path for path in overrides if path in (saved.points or {})]
    if twice:
        raise InputError(*(f"--set {path}: is what the points of the saved run differ in" for path in twice))
    draws = {path: numbers for path, numbers in (saved.draws or {}).items() if path not in overrides}
    names = ("replicates", "seed", "engine", "detail", "points", "luck")
    return {name: getattr(saved, name) for name in names} | {"draws": draws}

"""`sim run` and `sim plot`."""

from pathlib import Path
from typing import Annotated

import typer

from sim.cli.options import (
    FiguresOption,
    OutOption,
    ReplicatesOption,
    ScenarioArgument,
    SeedOption,
    SetOption,
    ThreadsOption,
    announce_compilation,
    default_out,
    load,
    progress,
)  # fmt: skip


def register(app):
    app.command()(run)
    app.command()(plot)


def run(
    scenario: ScenarioArgument,
    replicates: ReplicatesOption = 1000,
    seed: SeedOption = 1,
    settings: SetOption = None,
    policy: Annotated[str | None, typer.Option(help="allocation policy: a name, or file.py:name")] = None,
    engine: Annotated[str, typer.Option(help="compiled or mesa")] = "compiled",
    detail: Annotated[str | None, typer.Option(help="summary, months or people")] = None,
    precision: Annotated[
        float | None,
        typer.Option(help="run until the 95 % interval of every cohort's mean share that left is no wider than ± this"),
    ] = None,
    out: OutOption = None,
    figures: FiguresOption = True,
    threads: ThreadsOption = None,
):
    """Run replicates of a scenario; print the story, write tables and figures.

    SCENARIO may also be a saved run (its folder or run.json), which is then repeated exactly.
    """
    from sim.engines import run as engine_room
    from sim.results.folder import check_replaceable

    saved = saved_run(scenario)
    folder = out or default_out(Path(scenario).parent.name if saved and scenario.endswith(".json") else scenario)
    check_replaceable(folder, "run.json")
    if saved:
        chosen, what = saved
        seed, engine, detail = what["seed"], what["engine"], what["detail"]
    else:
        chosen, what = load(scenario, settings, policy), {"replicates": replicates, "points": None}
    announce_compilation(engine)
    with progress("simulating") as tell:
        if precision is not None and not saved:
            what["replicates"] = engine_room.enough_replicates(chosen, precision, seed, engine, threads, tell)
            print(f"{what['replicates']} replicates give every cohort's share to ± {precision:g}")
        result = engine_room.run(
            chosen, what["replicates"], seed, engine, detail, what["points"] or None, threads, progress=tell,
            luck=what.get("luck", "same"), draws=what.get("draws"),
        )  # fmt: skip
    save(result, folder, figures)


def save(result, folder, figures=True):
    """Print what there is to tell, write it, and say where."""
    from sim.report.story import tell

    if result.detail != "summary" and not result.points:
        tell(result)
    else:
        print(result.outcomes.describe().T.to_string())
    with_figures = figures and result.detail != "summary" and not result.points
    result.save(folder, figures=with_figures)
    print(f"\nwritten to {folder}/" + ("" if with_figures else " (tables only)"))


def saved_run(path: str):
    """The scenario and the description of a saved run, if the path is one."""
    from sim.results.result import read_description
    from sim.scenario import Scenario

    file = Path(path)
    if file.is_dir():
        file = file / "run.json"
    if file.suffix != ".json":
        return None
    about = read_description(file)
    return Scenario.from_dict(about["scenario"], where=str(file)), about


def plot(
    folder: Annotated[Path, typer.Argument(help="a saved run, comparison, attribution or sweep", show_default=False)],
    kind: Annotated[str | None, typer.Option(help="of a sweep's picture: lines, heat or parallel")] = None,
    outcome: Annotated[list[str] | None, typer.Option("--outcome", help="of a sweep: which to draw")] = None,
    x: Annotated[str | None, typer.Option(help="of a sweep: factor on the horizontal axis")] = None,
    by: Annotated[str | None, typer.Option(help="of a sweep: factor for colours, or the vertical axis")] = None,
):
    """Draw the figures of a saved result again, into its folder."""
    from sim.report.figures import redraw

    options = {"kind": kind, "outcomes": outcome, "x": x, "by": by}
    for path in redraw(folder, **options):
        print(path)

"""Options that several commands share, and progress on a terminal."""

import sys
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

ScenarioArgument = Annotated[
    str, typer.Argument(help="a scenario file, or the name of a shipped one", show_default=False)
]
SeedOption = Annotated[int, typer.Option("--seed", help="0 to 2^63 - 1; the same seed gives the same histories")]
SetOption = Annotated[
    list[str] | None, typer.Option("--set", help="path=value, e.g. turnover.contagion=0 or team.llama.researchers=20")
]
ReplicatesOption = Annotated[int, typer.Option("--replicates", "-n", help="how many histories")]
OutOption = Annotated[
    Path | None, typer.Option("--out", help="folder to write to; default out/NAME", show_default=False)
]
FiguresOption = Annotated[bool, typer.Option(help="draw figures")]
ThreadsOption = Annotated[int | None, typer.Option("--threads", help="default: all cores; never changes the result")]


def load(scenario: str, settings, policy: str | None = None):
    """The scenario, or that of a saved result (a comparison's baseline), with `--set` and `--policy` applied."""
    from sim.results.folder import reading
    from sim.scenario import Scenario, load_scenario

    overrides, saved = overrides_of(settings, policy), saved_result(scenario)
    if saved is None:
        return load_scenario(scenario, overrides)
    file, about = saved
    with reading(file, "result"):
        raw = about["cases"][about["baseline"]] if "cases" in about else about["scenario"]
    return Scenario.from_dict(raw, where=str(file)).with_overrides(overrides, "--set")


def overrides_of(settings, policy: str | None = None) -> dict:
    """Dotted path -> value, from `--set` and `--policy`."""
    from sim.scenario import parse_set

    overrides = dict(parse_set(one) for one in settings or [])
    if policy:
        overrides["committee.policy"] = policy
    return overrides


def saved_result(path: str) -> tuple[Path, dict] | None:
    """The description of a saved run or study and its file, if the path is its folder or that file."""
    import json

    from sim.results.folder import reading

    file = Path(path)
    if file.is_dir():
        marks = (file / f"{kind}.json" for kind in ("run", "compare", "attribute", "sensitivity"))
        file = next((mark for mark in marks if mark.is_file()), file / "run.json")
    if file.suffix != ".json":
        return None
    with reading(file, "result"):
        about = json.loads(file.read_text(encoding="utf-8"))
        if not isinstance(about, dict) or "kind" not in about:
            raise ValueError("it does not say what it is")
    return file, about


def default_out(scenario: str, kind: str = "") -> Path:
    name = Path(scenario).stem
    return Path("out") / (f"{name}_{kind}" if kind else name)


@contextmanager
def progress(what: str):
    """A bar with rate and estimate on a terminal, nothing elsewhere; yields a function of (done, in all, failed=0)."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    rate, failures = TextColumn("{task.fields[rate]}"), TextColumn("{task.fields[failures]}")
    columns = TextColumn(what), BarColumn(), MofNCompleteColumn(), rate, TimeRemainingColumn(), failures
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(what, total=None, rate="", failures="")

        def tell(done, total, failed=0):
            speed = bar.tasks[0].speed
            bar.update(task, completed=done, total=total, rate=f"{speed:,.3g}/s" if speed else "",
                       failures=f"{failed:,} failed" if failed else "")  # fmt: skip

        yield tell


def announce_compilation(engine: str):
    """Say so when the engine is about to be compiled, which happens once a machine."""
    if engine != "compiled":
        return
    from sim.jit import is_warm

    if not is_warm():
        print("compiling the engine, once on this machine: about half a minute ...", file=sys.stderr, flush=True)

"""Options that several commands share."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from sim.cli.progress import progress as progress


def scenario_names(incomplete: str) -> list[str]:
    """For the completion of a shell: the shipped scenarios, and files and folders here."""
    from sim.scenario import shipped

    here = [str(path) for path in Path().glob(f"{incomplete}*") if path.is_dir() or path.suffix == ".toml"]
    return [name for name in shipped() if name.startswith(incomplete)] + here


def policy_names(incomplete: str) -> list[str]:
    """For the completion of a shell: the policies."""
    from sim.allocation import policies

    return [name for name in policies() if name.startswith(incomplete)]


ScenarioArgument = Annotated[
    str,
    typer.Argument(
        help="a scenario file, the name of a shipped one, or a saved result", show_default=False,
        autocompletion=scenario_names,
    ),
]  # fmt: skip
PolicyOption = Annotated[
    str | None, typer.Option("--policy", help="allocation policy: a name, or file.py:name", autocompletion=policy_names)
]
FullOption = Annotated[bool, typer.Option("--full", help="print every table and column")]
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


def parent_of(scenario: str):
    """The scenario that a file or shipped one extends; None if it extends none, or is a saved result."""
    from sim.scenario import load_parent

    if Path(scenario).is_dir() or scenario.endswith(".json"):
        return None
    return load_parent(scenario)


def say(study, full: bool = False):
    """Print what a study found, as wide as the terminal is."""
    from sim.cli.layout import bold, room

    width = room()
    print(study.verdict().text(full, width, bold))


def default_out(scenario: str, kind: str = "") -> Path:
    name = Path(scenario).stem
    return Path("out") / (f"{name}_{kind}" if kind else name)


def announce_compilation(engine: str):
    """Say so when the engine is about to be compiled, which happens once a machine."""
    if engine != "compiled":
        return
    from sim.jit import is_warm

    if not is_warm():
        print("compiling the engine, once on this machine: about half a minute ...", file=sys.stderr, flush=True)

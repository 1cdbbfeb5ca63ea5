"""Options that several commands share."""

import functools
import inspect
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer

from sim.cli.progress import progress as progress
from sim.errors import Function, InputError

if TYPE_CHECKING:
    from sim.results.folder import About
    from sim.results.showing import Shows
    from sim.results.study import Study
    from sim.scenario import Scenario


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
ReplaceOption = Annotated[
    bool, typer.Option("--replace", help="replace what the folder holds, whatever scenario and size it is of")
]
SeedOption = Annotated[int, typer.Option("--seed", help="0 to 2^63 - 1; the same seed gives the same histories")]
SetOption = Annotated[
    list[str] | None, typer.Option("--set", help="path=value, e.g. turnover.contagion=0 or team.llama.researchers=20")
]
ReplicatesOption = Annotated[int, typer.Option("--replicates", "-n", help="how many histories")]
OutOption = Annotated[
    Path | None, typer.Option("--out", help="folder to write to; default out/NAME", show_default=False)
]
PosteriorOption = Annotated[
    Path | None, typer.Option("--posterior", help="folder of `sim calibrate`: results are mixtures over its draws")
]
FiguresOption = Annotated[bool, typer.Option(help="draw figures")]
AllowCodeOption = Annotated[
    bool, typer.Option("--allow-code", help="run the policy's code that the file names; look into it first")
]
ThreadsOption = Annotated[int | None, typer.Option("--threads", help="default: all cores; never changes the result")]


def with_allow_code(command: Function) -> Function:
    """The command with `--allow-code`, if a file that it reads may name code: that runs only if one says so."""
    signature = inspect.signature(command)
    if not {"scenario", "scenarios", "experiment"} & set(signature.parameters):
        return command

    @functools.wraps(command)
    def allowing(*arguments: Any, allow_code: bool = False, **options: Any) -> None:
        if allow_code:
            from sim import allocation

            allocation.allow_code()
        command(*arguments, **options)

    own = inspect.Parameter("allow_code", inspect.Parameter.KEYWORD_ONLY, default=False, annotation=AllowCodeOption)
    parameters = [*signature.parameters.values(), own]
    allowing.__signature__ = signature.replace(parameters=parameters)  # type: ignore[attr-defined]
    allowing.__annotations__ = {**command.__annotations__, "allow_code": AllowCodeOption}
    return cast(Function, allowing)


def load(scenario: str, settings: Sequence[str] | None, policy: str | None = None) -> "Scenario":
    """The scenario, or that of a saved result (a comparison's baseline), with `--set` and `--policy` applied."""
    from sim.results.folder import reading
    from sim.scenario import Scenario, load_scenario

    overrides, saved = overrides_of(settings, policy), saved_result(scenario)
    if saved is None:
        return load_scenario(scenario, overrides)
    file, about = saved
    with reading(file, "result"):
        raw = about["cases"][about["baseline"]] if "cases" in about else about["scenario"]
    return Scenario.from_saved(raw, str(file)).with_overrides(overrides, "--set")


def overrides_of(settings: Sequence[str] | None, policy: str | None = None) -> dict[str, object]:
    """Dotted path -> value, from `--set` and `--policy`."""
    from sim.scenario import parse_set

    overrides = dict(map(parse_set, settings or []))
    if policy:
        overrides["committee.policy"] = policy
    return overrides


def saved_result(path: str) -> tuple[Path, "About"] | None:
    """The description of a saved run or study and its file, if the path is its folder or that file."""
    from sim.results.folder import read_about

    kinds = "run", "compare", "attribute", "sensitivity"
    file = Path(path)
    if file.is_dir():
        marks = (file / f"{kind}.json" for kind in kinds)
        file = next((mark for mark in marks if mark.is_file()), file / "run.json")
    if file.suffix != ".json":
        return None
    return file, read_about(file, kinds, "result")


def parent_of(scenario: str) -> "Scenario | None":
    """The scenario that a file or shipped one extends; None if it extends none, or is a saved result."""
    from sim.scenario import load_parent

    return None if origin_of(scenario) is None else load_parent(scenario)


def say(study: "Shows", full: bool = False) -> None:
    """Print what a study found, as wide as the terminal is."""
    from sim.cli.layout import bold, room

    width = room()
    print(study.verdict().text(full, width, bold))


def default_out(scenario: str, kind: str = "") -> Path:
    """out/NAME. Raises InputError if what stands there was made of another scenario of the same name."""
    from sim.results.folder import marks_in

    name = Path(scenario).stem
    folder = Path("out") / (f"{name}_{kind}" if kind else name)
    origin = origin_of(scenario)
    for about in marks_in(folder):
        if origin is not None and about.get("of") not in (None, origin):
            raise InputError(f"{folder}: was made of {about['of']}; name another folder with --out")
    return folder


def origin_of(scenario: str) -> str | None:
    """What tells scenarios of one name apart: the file, or the name of a shipped one. None of a saved result."""
    if Path(scenario).is_dir() or scenario.endswith(".json"):
        return None
    return str(Path(scenario).resolve()) if scenario.endswith(".toml") else scenario


def to_study(
    scenario: str, kind: str, settings: Sequence[str] | None, out: Path | None, replicates: int, replace: bool
) -> tuple["Scenario", Path]:
    """Before a study of one scenario: the scenario, and the folder for what is found, as `check_out` lets it be."""
    folder = out or default_out(scenario, kind)
    chosen = load(scenario, settings)
    check_out(folder, kind, chosen, replicates, replace)
    announce_compilation()
    return chosen, folder


def check_out(
    folder: Path, kind: str, scenario: "Scenario | Mapping[str, Scenario]", replicates: int | Sequence[int],
    replace: bool = False,
) -> None:  # fmt: skip
    """Before the work: whether its result may be written to the folder. InputError where it may not, or where another
    scenario's result or one of more replicates stands there, unless that is to be replaced.

    `scenario`: one, or name -> scenario of several cases.
    """
    from sim.results.folder import check_replaceable, read_about
    from sim.scenario import Scenario

    check_replaceable(folder, kind)
    mark = folder / f"{kind}.json"
    if replace or not mark.is_file():
        return
    about = read_about(mark, kind, kind)
    before = len(about.get("replicates", []))
    count = replicates if isinstance(replicates, int) else len(replicates)
    if before > count:
        raise InputError(f"{folder}: holds {before:,} replicates, more than these {count:,}; "
                         "give another folder (--out), or --replace")  # fmt: skip
    now = [case.to_dict() for case in (scenario.values() if isinstance(scenario, Mapping) else (scenario,))]
    there = [*about["cases"].values()] if "cases" in about else [about.get("scenario")]
    try:
        same = [Scenario.from_saved(raw, str(folder)).to_dict() for raw in there] == now
    except InputError:
        same = False
    if not same:
        raise InputError(f"{folder}: holds a {kind} of another scenario, or of other settings; "
                         "give another folder (--out), or --replace")  # fmt: skip


def announce_compilation() -> None:
    """Say so when the engine is about to be compiled, which happens once a machine."""
    from sim.jit import is_warm

    if not is_warm():
        print("compiling the engine, once on this machine: about half a minute ...", file=sys.stderr, flush=True)


def finish(
    study: "Study", folder: Path, figures: bool, of: str | None = None, *, saved: bool = False, full: bool = False
) -> None:
    """Save, then draw, then say what was found: nothing that is drawn or printed can lose what was computed.

    Where the folder cannot be written to after all, the study goes beside it. Whatever went wrong is told last and
    decides the exit code: 2 if the study is not where it was asked for, 1 if it is there without its figures. `saved`
    says that the study, which grew in its folder, is there already; `of` is the scenario as it was named.
    """
    study.origin = origin_of(of) if of else None
    wrong: list[str] = []
    code = 0
    kept: Path | None = folder
    try:
        if not saved:
            study.save(folder)
    except InputError as error:
        wrong, code, kept = error.faults, 2, save_beside(study, folder)
    if figures and kept:
        try:
            study.draw(kept)
        except Exception as error:  # the tables are safe; whatever a drawer meets, the story can still be told
            wrong, code = [*wrong, f"{kept}: figures could not be drawn: {brief(error)}"], code or 1
            figures = False
    try:
        say(study, full)
    except Exception as error:
        wrong, code = [*wrong, f"what was found cannot be told: {brief(error)}"], code or 1
    if kept:
        print(f"\nwritten to {kept}/" + ("" if figures else " (tables only)"))
    for fault in wrong:
        print(fault, file=sys.stderr)
    if code:
        raise typer.Exit(code)


def save_beside(study: "Study", folder: Path) -> Path | None:
    """Save to FOLDER-2, or -3, ...; the folder that took it, if one did."""
    for number in range(2, 10):
        with suppress(ValueError):  # an InputError is one
            return study.save(folder.with_name(f"{folder.resolve().name}-{number}"))
    return None


def brief(error: Exception) -> str:
    """An error in one line."""
    return str(error) if isinstance(error, InputError) else f"{type(error).__name__}: {error}".splitlines()[0]

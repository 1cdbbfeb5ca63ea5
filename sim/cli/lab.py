"""`sim new`, `sim import` and `sim schema`: from nothing, or from what a cluster writes, to a scenario."""

import json
import sys
import tomllib
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Annotated

import typer

from sim.errors import InputError, check_names

SCHEMA = "scenario.schema.json"  # as the first line of a new scenario names it


def new(
    name: Annotated[str, typer.Argument(help="of the lab; the file is NAME.toml", show_default=False)],
    teams: Annotated[int | None, typer.Option(help="how many teams", min=1, max=200, show_default="4")] = None,
    gpus: Annotated[int | None, typer.Option(help="how many GPUs are divided", min=1, show_default="512")] = None,
    months: Annotated[int | None, typer.Option(help="length of the run", min=2, max=1200, show_default="24")] = None,
    start: Annotated[str, typer.Option(help="first month, YYYY-MM")] = "2025-01",
    out: Annotated[Path, typer.Option(help="folder to write to")] = Path(),
) -> None:
    """Write a commented scenario to edit, which runs at once; on a terminal, ask for what is not given."""
    from sim.intake.new import new_scenario
    from sim.scenario import Scenario

    asked = sys.stdin.isatty() and teams is gpus is months is None
    numbers = {"teams": (teams, 4, "How many teams"), "gpus": (gpus, 512, "How many GPUs are divided every month"),
               "months": (months, 24, "How many months")}  # fmt: skip
    chosen = {
        key: given if given is not None else typer.prompt(question, default=usual, type=int) if asked else usual
        for key, (given, usual, question) in numbers.items()
    }
    text = new_scenario(name, start=start, schema=SCHEMA, **chosen)
    Scenario.from_dict(tomllib.loads(text), f"{name}.toml")
    _write(out, {f"{name}.toml": text, SCHEMA: _schema("scenario")}, renewed=(SCHEMA,))
    print(f"{out / name}.toml: edit it, then: sim run {out / name}.toml")


def import_(
    files: Annotated[list[Path], typer.Argument(help="what a cluster wrote", show_default=False)],
    name: Annotated[str, typer.Option(help="of the scenario; default the first file's", show_default=False)] = "",
    format: Annotated[str | None, typer.Option(help="tidy, sacct, sshare or kueue; default by the first line")] = None,
    team_by: Annotated[str, typer.Option(help="sacct: account, user, partition, qos or group")] = "account",
    cohort: Annotated[str | None, typer.Option(help="Kueue: only the queues of this cohort")] = None,
    peaks: Annotated[bool, typer.Option(help="a table: demand is a month's largest row, not their mean")] = False,
    gpus: Annotated[float | None, typer.Option(help="the budget; default by quotas, else by use", min=1)] = None,
    months: Annotated[int | None, typer.Option(help="length; default the records'", min=1, max=1200)] = None,
    start: Annotated[str | None, typer.Option(help="first month, YYYY-MM; default the records'")] = None,
    out: Annotated[Path, typer.Option(help="folder to write to")] = Path(),
    figures: Annotated[bool, typer.Option(help="draw what was read")] = True,
) -> None:
    """Make a scenario of what a cluster writes: a table, sacct or sshare dumps, Kueue's queues."""
    from sim.intake import as_scenario_file, read
    from sim.report.numbers import plural

    name = name or files[0].name.partition(".")[0]
    usage = read(files, format=format, team_by=team_by, cohort=cohort, peaks=peaks)
    draft = as_scenario_file(usage, name, gpus=gpus, months=months, start=start)
    _write(out, draft.files)
    if figures and len(usage.monthly):
        from sim.report.figures.imported import save_imported

        save_imported(usage, out / f"{name}.png")
    print(f"{usage.rows:,} rows read, {usage.bad:,} could not be")
    for note in [*usage.examples, *usage.notes]:
        print(f"  {note}")
    print(f"{plural(len(usage.teams()), 'team')}, {plural(len(usage.months()), 'month')}; written to {out / name}.toml")
    if draft.guesses:
        print("Guessed, and marked so in the file:")
        for guess in draft.guesses:
            print(f"  {guess}")


def schema(
    kind: Annotated[str, typer.Argument(help="scenario, experiment or targets")] = "scenario",
    out: Annotated[Path | None, typer.Option(help="file to write to; default: print", show_default=False)] = None,
) -> None:
    """The JSON schema of scenario, experiment or targets files, for editors that complete and check."""
    text = _schema(kind)
    if out is None:
        print(text, end="")
    else:
        _write(out.parent, {out.name: text}, renewed=(out.name,))


def _schema(kind: str) -> str:
    from sim.scenario.schema import scenario_schema
    from sim.studies.schemas import experiment_schema, targets_schema

    kinds = {"scenario": scenario_schema, "experiment": experiment_schema, "targets": targets_schema}
    check_names("schema: unknown", [kind], kinds)
    return json.dumps(kinds[kind](), indent=1) + "\n"


def _write(folder: Path, files: Mapping[str, str], renewed: Collection[str] = ()) -> None:
    """All files, or none; those in `renewed` may be there already."""
    from sim.results.folder import writing

    there = [folder / name for name in files if name not in renewed and (folder / name).exists()]
    if there:
        raise InputError(*(f"{file}: is there already; give another name or folder" for file in there))
    with writing(folder):
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in files.items():
            (folder / name).write_text(text, encoding="utf-8")

"""`sim check` and `sim parameters`: what a scenario holds, and what each of its numbers rests on."""

import csv
import json
import sys
import textwrap
from pathlib import Path
from typing import Annotated

import typer

from sim.cli.layout import bold, room
from sim.cli.options import ScenarioArgument, SetOption, load, parent_of
from sim.errors import InputError, did_you_mean

FORMATS = ("table", "csv", "json")
COLUMNS = ("path", "value", "unit", "default", "basis", "source", "meaning")


def register(app):
    app.command()(check)
    app.command()(parameters)


def check(
    scenario: ScenarioArgument,
    settings: SetOption = None,
    assumed: Annotated[
        bool, typer.Option("--assumed", help="only numbers that nobody measured: assumptions, and starting points")
    ] = False,
    changed: Annotated[
        bool, typer.Option("--changed", help="only what differs from the scenario it extends, else from the defaults")
    ] = False,
    format: Annotated[str, typer.Option(help="table, csv or json")] = "table",
):
    """Validate a scenario; print every parameter with unit and source, and warn where it cannot answer anything."""
    from sim.scenario.basis import ASSUMED, ASSUMPTION, held
    from sim.scenario.basis import changed as differing
    from sim.studies.doubts import doubts

    if format not in FORMATS:
        raise InputError(f"--format: unknown '{format}'{did_you_mean(format, FORMATS)}")
    chosen = load(scenario, settings)
    all_held = held(chosen)
    guesses = [one for one in all_held if one.basis in ASSUMED]
    before = {}
    shown = all_held
    if changed:
        pairs = differing(chosen, parent_of(scenario))
        before = {one.path: was for one, was in pairs}
        shown = [one for one, _ in pairs]
    if assumed:
        shown = [one for one in shown if one.basis in ASSUMED]
    if format == "table":
        print(bold(chosen.title or scenario))
        if chosen.question:
            print(chosen.question)
        print(f"\n{_table(shown, before, room())}\n")
    else:
        _write(shown, before, format)
    from sim.report.numbers import plural

    found = [f"{path} lies after the end of the run" for path in chosen.not_reached()]
    found += doubts(chosen)
    told = sys.stdout if format == "table" else sys.stderr
    for doubt in found:
        print(f"warning: {doubt}", file=told)
    own = sum(one.basis == ASSUMPTION for one in guesses)
    print(f"{scenario}: valid; {len(guesses)} numbers are assumptions, {len(guesses) - own} of them defaults that are "
          f"no more than a starting point; {plural(len(found), 'warning')}", file=told)  # fmt: skip


def _table(shown, before, width) -> str:
    """A line a value: path, value, unit, what it was, source. Where that is too wide, the source stands below it."""
    rows = []
    for one in shown:
        was = f"was {_shown(before[one.path])}" if before.get(one.path) is not None else "new" if before else ""
        rows.append((one.path, _shown(one.value), " ".join(part for part in (one.unit, was) if part), _rests_on(one)))
    if not rows:
        return "nothing to show"
    wide = [max(len(row[place]) for row in rows) for place in range(3)]
    most = (50, 12, 20) if width is None else (width // 2, width // 8, width // 5)  # longer ones push the rest
    wide = [min(one, limit) for one, limit in zip(wide, most, strict=True)]
    lines = []
    for path, value, unit, source in rows:
        first = f"{path:<{wide[0]}}  {value:>{wide[1]}}  {unit:<{wide[2]}}".rstrip()
        line = f"{path:<{wide[0]}}  {value:>{wide[1]}}  {unit:<{wide[2]}}  {source}".rstrip()
        if width is None or len(line) <= width:
            lines.append(line)
        else:
            lines.append(first)
            lines += textwrap.wrap(
                source, width, initial_indent="    ", subsequent_indent="    ", break_on_hyphens=False
            )
    return "\n".join(lines)


def _rests_on(one) -> str:
    return one.source or {"setting": "", "rule": "default"}.get(one.basis, one.basis)


def _shown(value):
    return f"{value:g}" if isinstance(value, float) else str(value).lower() if isinstance(value, bool) else str(value)


def _write(shown, before, format):
    rows = [{name: getattr(one, name) for name in COLUMNS} for one in shown]
    if before:
        rows = [{**row, "before": before[row["path"]]} for row in rows]
    if format == "json":
        print(json.dumps(rows, indent=1, ensure_ascii=False))
        return
    writer = csv.DictWriter(sys.stdout, [*COLUMNS, *(["before"] if before else [])], lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)


def parameters(
    document: Annotated[
        Path | None, typer.Argument(help="a document whose table, between its marks, is renewed", show_default=False)
    ] = None,
):
    """Print the parameter registry as a Markdown table, or renew it in a document."""
    from sim.results.folder import write_whole
    from sim.scenario.registry_table import markdown, renewed

    if document is None:
        print(markdown())
    else:
        try:
            write_whole(document, renewed(document.read_text(encoding="utf-8")))
        except (OSError, UnicodeDecodeError) as error:
            raise InputError(f"{document}: cannot be renewed: {error}") from None

"""`sim check` and `sim parameters`: what a scenario holds, and what each of its numbers rests on."""

import csv
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sim.cli.layout import below, bold, room
from sim.cli.options import ScenarioArgument, SetOption, load, parent_of
from sim.errors import InputError, check_names

if TYPE_CHECKING:
    from sim.scenario.basis import Held

FORMATS = ("table", "csv", "json")
COLUMNS = ("path", "value", "unit", "default", "basis", "source", "meaning")


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
) -> None:
    """Validate a scenario; print every parameter with unit and source, and warn where it cannot answer anything."""
    from sim.scenario.basis import ASSUMED, ASSUMPTION, held
    from sim.scenario.basis import changed as differing
    from sim.studies.doubts import doubts

    check_names("--format: unknown", [format], FORMATS)
    chosen = load(scenario, settings)
    all_held = held(chosen)
    guesses = [value for value in all_held if value.basis in ASSUMED]
    before = {value.path: was for value, was in differing(chosen, parent_of(scenario))} if changed else {}
    shown = [value for value in (guesses if assumed else all_held) if not changed or value.path in before]
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
    stream = sys.stdout if format == "table" else sys.stderr
    for doubt in found:
        print(f"warning: {doubt}", file=stream)
    own = sum(value.basis == ASSUMPTION for value in guesses)
    print(f"{scenario}: valid; {len(guesses)} numbers are assumptions, {len(guesses) - own} of them defaults that are "
          f"no more than a starting point; {plural(len(found), 'warning')}", file=stream)  # fmt: skip


def _table(shown: Sequence["Held"], before: Mapping[str, Any], width: int | None) -> str:
    """A line a value: path, value, unit, what it was, source. Where that is too wide, the source stands below it."""
    rows = []
    for held in shown:
        was = f"was {_shown(before[held.path])}" if before.get(held.path) is not None else "new" if before else ""
        unit = " ".join(part for part in (held.unit, was) if part)
        source = held.source or {"setting": "", "rule": "default"}.get(held.basis, held.basis)
        rows.append((held.path, _shown(held.value), unit, source))
    if not rows:
        return "nothing to show"
    most = (50, 12, 20) if width is None else (width // 2, width // 8, width // 5)  # longer ones push the rest
    wide = [min(limit, max(map(len, column))) for limit, column in zip(most, zip(*rows, strict=True), strict=False)]
    lines = []
    for path, value, unit, source in rows:
        first = f"{path:<{wide[0]}}  {value:>{wide[1]}}  {unit:<{wide[2]}}"
        line = f"{first}  {source}".rstrip()
        lines += [line] if width is None or len(line) <= width else [first.rstrip(), *below(source, width)]
    return "\n".join(lines)


def _shown(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value).lower() if isinstance(value, bool) else str(value)


def _write(shown: Sequence["Held"], before: Mapping[str, Any], format: str) -> None:
    columns = [*COLUMNS, "before"] if before else COLUMNS
    rows = [vars(held) | ({"before": before[held.path]} if before else {}) for held in shown]
    if format == "json":
        print(json.dumps(rows, indent=1, ensure_ascii=False))
    else:
        writer = csv.DictWriter(sys.stdout, columns, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def parameters(
    document: Annotated[
        Path | None, typer.Argument(help="a document whose table, between its marks, is renewed", show_default=False)
    ] = None,
) -> None:
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

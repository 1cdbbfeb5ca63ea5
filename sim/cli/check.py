"""`sim check`, `sim policies` and `sim parameters`."""

from pathlib import Path
from typing import Annotated

import typer

from sim.cli.options import ScenarioArgument, SetOption, load
from sim.errors import InputError


def register(app):
    app.command()(check)
    app.command()(policies)
    app.command()(parameters)


def check(scenario: ScenarioArgument, settings: SetOption = None):
    """Validate a scenario; print every parameter with unit and source, and warn where it cannot answer anything."""
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    from sim.studies.doubts import doubts

    chosen = load(scenario, settings)
    console = Console(highlight=False)
    console.width = max(console.width, 120)
    table = Table(title=escape(chosen.title or scenario), title_justify="left", box=None, pad_edge=False)
    for name in ("parameter", "value", "unit"):
        table.add_column(name, no_wrap=True, overflow="fold")
    table.add_column("source", min_width=20)
    assumed = 0
    for path, value, entry in chosen.paths():
        if entry.kind not in ("number", "whole number"):
            table.add_row(escape(path), escape(_shown(value)), "", escape(chosen.sources.get(path, "")))
            continue
        if value is None:
            continue
        source = chosen.source_of(path)
        assumed += source is None
        shown_source = "[yellow]assumption[/yellow]" if source is None else escape(source)
        table.add_row(escape(path), _shown(value), entry.unit, shown_source)
    console.print(table)
    for path in chosen.not_reached():
        console.print(f"not reached: {escape(path)} lies after the end of the run")
    found = doubts(chosen)
    for doubt in found:
        console.print(f"[yellow]warning:[/yellow] {escape(doubt)}")
    console.print(f"{escape(scenario)}: valid; {assumed} numbers are assumptions; {len(found)} warnings")


def _shown(value):
    return f"{value:g}" if isinstance(value, float) else str(value)


def policies():
    """List the allocation policies with their definitions."""
    from rich.console import Console
    from rich.table import Table

    from sim import allocation

    table = Table("policy", "definition", "reads")
    for name in allocation.policies():
        one = allocation.get(name)
        table.add_row(name, one.definition, ", ".join(("asks", *one.reads)))
    Console().print(table)


def parameters(
    document: Annotated[
        Path | None, typer.Argument(help="a document whose table, between its marks, is renewed", show_default=False)
    ] = None,
):
    """Print the parameter registry as a Markdown table, or renew it in a document."""
    from sim.scenario.registry_table import markdown, renewed

    if document is None:
        print(markdown())
    else:
        try:
            document.write_text(renewed(document.read_text(encoding="utf-8")), encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise InputError(f"{document}: cannot be renewed: {error}") from None

"""The application, and how its errors end: one line a fault on standard error, exit code 2."""

import sys
from typing import Annotated

import typer

from sim.cli import app as live_page
from sim.cli import check, lab, listing, run, studies, sweeps
from sim.errors import InputError

INTERRUPTED = 130  # exit code after Ctrl-C

app = typer.Typer(
    no_args_is_help=True, add_completion=True, pretty_exceptions_enable=False, rich_markup_mode=None,
    help="How a lab divides its GPUs between research teams, and who stays and who leaves because of it.",
)  # fmt: skip
for room in (run, check, listing, studies, sweeps, lab, live_page):
    room.register(app)


def _version(asked: bool):
    if asked:
        import platform

        from sim import __version__

        print(f"sim {__version__} (Python {platform.python_version()})")
        raise typer.Exit()


@app.callback()
def common(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="print the version, and end")
    ] = False,
):
    """How a lab divides its GPUs between research teams, and who stays and who leaves because of it."""


def main():
    """Entry point of the `sim` command."""
    try:
        app()
    except InputError as error:
        for fault in error.faults:
            print(fault, file=sys.stderr)
        sys.exit(2)
    except (KeyboardInterrupt, SystemExit) as end:
        if isinstance(end, SystemExit) and end.code != INTERRUPTED:
            raise
        print("interrupted; nothing is half-written", file=sys.stderr)
        sys.exit(INTERRUPTED)
    except BrokenPipeError:
        sys.exit(1)

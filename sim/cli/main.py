"""The application, and how its errors end: one line a fault on standard error, exit code 2."""

import os
import sys
import warnings
from contextlib import suppress
from typing import Annotated

import typer

from sim.cli import app as live_page
from sim.cli import calibrate, check, lab, listing, run, studies, sweeps
from sim.errors import InputError

INTERRUPTED = 130  # exit code after Ctrl-C

app = typer.Typer(
    no_args_is_help=True, add_completion=True, pretty_exceptions_enable=False, rich_markup_mode=None,
    help="How a lab divides its GPUs between research teams, and who stays and who leaves because of it.",
)  # fmt: skip
for room in (run, check, listing, studies, sweeps, calibrate, lab, live_page):
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
    from sim.report.console import Unfailing

    out = sys.stdout = Unfailing(sys.stdout)
    sys.stderr = Unfailing(sys.stderr)
    warnings.showwarning = _warn
    code = _run()
    out.flush()
    if out.failed and not isinstance(out.failed, BrokenPipeError):
        print(f"not everything could be printed: {out.failed}", file=sys.stderr)
        code = code or 1
    sys.stderr.flush()
    _forget_streams()
    sys.exit(code)


def _run() -> int:
    """Run the command; its exit code."""
    try:
        app()
    except InputError as error:
        for fault in error.faults:
            print(fault, file=sys.stderr)
        return error.code
    except (KeyboardInterrupt, SystemExit) as end:
        if isinstance(end, SystemExit) and end.code != INTERRUPTED:
            return end.code if isinstance(end.code, int) else 0 if end.code is None else 1
        print("interrupted; nothing is half-written", file=sys.stderr)
        return INTERRUPTED
    return 0


def _warn(message, *_, **__):
    print(f"warning: {message}", file=sys.stderr)


def _forget_streams():
    """Point streams that cannot be written to at nothing, or Python itself would complain as it ends."""
    for number, stream in enumerate((sys.stdout, sys.stderr), start=1):
        if stream.failed:
            with suppress(OSError):
                os.dup2(os.open(os.devnull, os.O_WRONLY), number)

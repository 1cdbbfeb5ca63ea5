"""The application, and how its errors end: one line a fault on standard error, exit code 2."""

import os
import sys
import threading
import warnings
from collections.abc import Callable
from contextlib import suppress
from typing import Annotated, NoReturn

import typer

from sim.cli import app as live_page
from sim.cli import calibrate, check, lab, listing, report, run, studies, sweeps
from sim.cli.interruption import Interrupted, signals_interrupt
from sim.cli.options import with_allow_code
from sim.errors import InputError
from sim.report.console import Unfailing, plain

COMMANDS: tuple[Callable[..., None], ...] = (
    run.run, check.check, check.parameters, listing.list_, listing.policies, studies.compare, studies.attribute,
    sweeps.sweep, sweeps.sensitivity, calibrate.calibrate, calibrate.validate, lab.new, lab.import_, lab.schema,
    live_page.app, report.plot, report.report,
)  # fmt: skip
app = typer.Typer(
    no_args_is_help=True, add_completion=True, pretty_exceptions_enable=False, rich_markup_mode=None,
    help="How a lab divides its GPUs between research teams, and who stays and who leaves because of it.",
)  # fmt: skip
for command in COMMANDS:
    app.command(command.__name__.rstrip("_"))(with_allow_code(command))


def _version(asked: bool) -> None:
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
) -> None:
    """How a lab divides its GPUs between research teams, and who stays and who leaves because of it."""


def main() -> NoReturn:
    """Run the command and end the process with its exit code."""
    before = sys.stdout, sys.stderr, warnings.showwarning
    out, err = Unfailing(before[0], words=True), Unfailing(before[1])
    sys.stdout, sys.stderr = out, err
    warnings.showwarning = _warn
    try:
        with signals_interrupt():
            code = _run()
            code = _flushed(out, code)
    except Interrupted as end:
        end.received = True
        print("interrupted; nothing is half-written", file=sys.stderr)
        _flushed(out, end.code)
        if threading.active_count() > 1:  # a policy may run for ever, and nothing can stop its thread
            os._exit(end.code)
        code = end.code
    finally:
        _forget_streams(out, err)
        sys.stdout, sys.stderr, warnings.showwarning = before
    sys.exit(code)


def _run() -> int:
    """Run the command; its exit code."""
    try:
        app()
    except InputError as error:
        for fault in error.faults:
            print(fault, file=sys.stderr)
        return error.code
    except MemoryError as error:
        print(f"not enough memory ({error or 'none is left'}): ask for fewer replicates or less detail",
              file=sys.stderr)  # fmt: skip
        return 1
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else 0 if end.code is None else 1
    return 0


def _flushed(out: Unfailing, code: int) -> int:
    """Write out what is still to be printed; the exit code, which is 1 at least where that cannot be done."""
    out.flush()
    if out.failed and not isinstance(out.failed, BrokenPipeError):
        print(f"not everything could be printed: {out.failed}", file=sys.stderr)
        code = code or 1
    sys.stderr.flush()
    return code


def _warn(message: Warning | str, *_: object, **__: object) -> None:
    print(f"warning: {plain(message)}", file=sys.stderr)


def _forget_streams(*streams: Unfailing) -> None:
    """Point streams that cannot be written to at nothing, or Python itself would complain as it ends."""
    for number, stream in enumerate(streams, start=1):
        if stream.failed:
            with suppress(OSError):
                os.dup2(os.open(os.devnull, os.O_WRONLY), number)

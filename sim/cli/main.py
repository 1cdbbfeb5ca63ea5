"""The application, and how its errors end: one line a fault on standard error, exit code 2."""

import sys

import typer

from sim.cli import check, lab, run, studies, sweeps
from sim.errors import InputError

INTERRUPTED = 130  # exit code after Ctrl-C

app = typer.Typer(
    no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None,
    help="How a lab divides its GPUs between research teams, and who stays and who leaves because of it.",
)  # fmt: skip
for room in (run, check, studies, sweeps, lab):
    room.register(app)


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

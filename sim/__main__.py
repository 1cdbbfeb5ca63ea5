"""`python -m sim` and the `sim` command: the quickest way to where Ctrl-C is told in one line."""

import atexit
import gc
import signal


def main() -> None:
    """Entry point of the `sim` command."""
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)  # while nothing is begun, just end
    gc.set_threshold(50_000)  # libraries make hundreds of thousands of objects that stay, and few circles
    atexit.register(gc.freeze)  # the end need not look for circles in all that: it took longer than many a command
    from sim.cli import main as command

    command()


if __name__ == "__main__":
    main()

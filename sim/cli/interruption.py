"""Signals that ask the process to end: raised as an exception, and again where a library has swallowed it."""

import _thread
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import NoReturn

SECONDS_UNTIL_AGAIN = 0.05


class Interrupted(BaseException):
    """Ctrl-C, or another signal that asks the process to end; no library takes it for its own.

    It is raised wherever the program happens to be, so code that catches everything, and callbacks whose exceptions
    Python drops, can swallow it. If it is gone and nobody has set `received`, `swallowed` is called.
    """

    def __init__(self, signal_number: int, swallowed: Callable[[int], None]):
        super().__init__(signal_number)
        self.code = 128 + signal_number
        self.received = False
        self._swallowed = swallowed

    def __del__(self) -> None:
        if not self.received:
            self._swallowed(*self.args)


def _send(number: int) -> None:
    """The signal, to the main thread: also where that waits in the operating system, which a mere mark does not end."""
    if hasattr(signal, "pthread_kill"):
        signal.pthread_kill(threading.main_thread().ident or 0, number)
    else:
        _thread.interrupt_main(signal.Signals(number))


@contextmanager
def signals_interrupt() -> Iterator[None]:
    """Signals that end the process let it clean up first; the second of a kind ends it at once."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    known = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]
    before = {number: signal.getsignal(number) for number in known}
    before = {number: how for number, how in before.items() if how not in (signal.SIG_IGN, None)}
    ended = False

    def stop(number: int, _: FrameType | None) -> NoReturn:
        signal.signal(number, signal.SIG_DFL)
        raise Interrupted(number, again)

    def again(number: int) -> None:
        if not ended:
            with suppress(RuntimeError, ValueError):  # Python itself is ending, or this is not the main thread
                signal.signal(number, stop)
                later = threading.Timer(SECONDS_UNTIL_AGAIN, _send, [number])
                later.daemon = True
                later.start()

    def unless_interrupted(dropped: "sys.UnraisableHookArgs") -> None:
        if not issubclass(dropped.exc_type, Interrupted):
            hook(dropped)

    hook, sys.unraisablehook = sys.unraisablehook, unless_interrupted
    try:
        for number in before:
            signal.signal(number, stop)
        yield
    finally:
        ended = True
        for number, how in before.items():
            signal.signal(number, how)
        sys.unraisablehook = hook

"""How long work shows that it goes on: one bar a job on a terminal, in a pipe a line now and then on standard error."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.progress import Progress

QUIET = 10.0  # seconds before the first line in a pipe, and ...
EVERY = 30.0  # ... between lines


@contextmanager
def progress(what: str) -> Iterator["Bar | Lines"]:
    """Yields a function of (done, in all, failed=0), with `.doing(words)` to say what is being done right now."""
    if not sys.stderr.isatty():
        yield Lines(what)
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (
        TextColumn("{task.description}", markup=False), BarColumn(), MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"), TimeRemainingColumn(), TextColumn("{task.fields[more]}"),
    )  # fmt: skip
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        yield Bar(what, bar)


class Bar:
    """On a terminal."""

    def __init__(self, what: str, bar: "Progress") -> None:
        self.what, self.bar = what, bar
        self.task = bar.add_task(what, total=None, rate="", more="")

    def __call__(self, done: int, total: int, failed: int = 0) -> None:
        self.show(done, total, f"{failed:,} failed" if failed else "")

    def show(self, done: int, total: int, more: str) -> None:
        """How far the work is, and a few words more at the end of the line."""
        speed = self.bar.tasks[0].speed
        rate = f"{speed:,.3g}/s" if speed else ""
        self.bar.update(self.task, completed=done, total=total, rate=rate, more=more)

    def doing(self, words: str) -> None:
        self.bar.update(self.task, description=f"{self.what}: {words}" if words else self.what)


class Lines:
    """In a pipe or a log."""

    def __init__(self, what: str, *, clock: Callable[[], float] = time.monotonic) -> None:
        self.what, self.words, self.clock = what, "", clock
        self.due = clock() + QUIET
        self.first: tuple[float, int] | None = None  # when the first word came, and what was done by then

    def __call__(self, done: int, total: int, failed: int = 0) -> None:
        now = self.clock()
        if self.first is None:  # what came before, such as compiling, says nothing of the pace
            self.first = (now, done)
        if now < self.due or not total or done >= total:
            return
        self.due = now + EVERY
        parts = [f"{100 * done / total:.0f} % ({done:,} of {total:,})"]
        began, before = self.first
        if done > before:
            parts.append(f"about {_duration((now - began) * (total - done) / (done - before))} left")
        if failed:
            parts.append(f"{failed:,} failed")
        doing = f" {self.words}" if self.words else ""
        print(f"{self.what}{doing}: {', '.join(parts)}", file=sys.stderr, flush=True)

    def doing(self, words: str) -> None:
        self.words = words


def _duration(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"

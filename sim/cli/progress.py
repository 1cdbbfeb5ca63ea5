"""How long work shows that it goes on: one bar a job on a terminal, in a pipe a line now and then on standard error."""

import sys
import time
from contextlib import contextmanager

QUIET = 10.0  # seconds before the first line in a pipe, and ...
EVERY = 30.0  # ... between lines


@contextmanager
def progress(what: str):
    """Yields a function of (done, in all, failed=0), with `.doing(words)` to say what is being done right now."""
    if not sys.stderr.isatty():
        yield Lines(what)
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (
        TextColumn("{task.description}", markup=False), BarColumn(), MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"), TimeRemainingColumn(), TextColumn("{task.fields[failures]}"),
    )  # fmt: skip
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        yield Bar(what, bar)


class Bar:
    """On a terminal."""

    def __init__(self, what, bar):
        self.what, self.bar = what, bar
        self.task = bar.add_task(what, total=None, rate="", failures="")

    def __call__(self, done, total, failed=0):
        speed = self.bar.tasks[0].speed
        self.bar.update(self.task, completed=done, total=total, rate=f"{speed:,.3g}/s" if speed else "",
                        failures=f"{failed:,} failed" if failed else "")  # fmt: skip

    def doing(self, words: str):
        self.bar.update(self.task, description=f"{self.what}: {words}" if words else self.what)


class Lines:
    """In a pipe or a log."""

    def __init__(self, what, clock=time.monotonic):
        self.what, self.words, self.clock = what, "", clock
        self.due, self.first = clock() + QUIET, None

    def __call__(self, done, total, failed=0):
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

    def doing(self, words: str):
        self.words = words


def _duration(seconds) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"

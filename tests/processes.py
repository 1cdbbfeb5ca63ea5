"""What other processes are doing, for tests that must interrupt them at work; no verdict hangs on seconds."""

import os
import time
from pathlib import Path

import pytest

PATIENCE = 600  # seconds that matter only where something hangs


def wait_until(happened, process=None, *, every=0.02):
    """Wait until something has happened; fail if the process, if one is given, ends before, or it takes for ever."""
    until = time.monotonic() + PATIENCE
    while not happened():
        if process is not None and process.poll() is not None:
            pytest.fail(f"the process has ended with {process.returncode} before it was interrupted")
        assert time.monotonic() < until, "it has not happened"
        time.sleep(every)


def wait_for_work(process, seconds, *, of_workers=False):
    """Wait until a process, or a thread of it beside the first, has used so much more processor time."""
    if not Path(f"/proc/{process.pid}").exists():
        pytest.skip("there is no /proc in which to see another process at work")
    until = _used(process.pid, of_workers) + seconds
    wait_until(lambda: _used(process.pid, of_workers) >= until, process)


def _used(pid, of_workers):
    """Seconds of the process, or of the busiest of its threads but the first."""
    folder = Path(f"/proc/{pid}")
    if not of_workers:
        return _seconds(folder)
    return max((_seconds(task) for task in folder.glob("task/*") if task.name != str(pid)), default=0.0)


def _seconds(folder):
    try:
        numbers = (folder / "stat").read_text().rpartition(")")[2].split()[11:13]
    except OSError:  # it ended meanwhile
        return 0.0
    return sum(map(int, numbers)) / os.sysconf("SC_CLK_TCK")

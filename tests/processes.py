"""What other processes are doing, for tests that must interrupt them at work."""

import os
import time
from pathlib import Path


def wait_for_work(process, seconds, of_workers=False):
    """Wait until a process, or a thread of it beside the first, has used so much processor time; or has ended."""
    until = time.monotonic() + 200.0
    while process.poll() is None and _used(process.pid, of_workers) < seconds and time.monotonic() < until:
        time.sleep(0.05)


def _used(pid, of_workers):
    """Seconds of the process, or of the busiest of its threads but the first."""
    folder = Path(f"/proc/{pid}")
    if not folder.exists():
        return time.sleep(15) or 1e9  # no way to look into it: wait long enough
    if not of_workers:
        return _seconds(folder)
    return max((_seconds(task) for task in folder.glob("task/*") if task.name != str(pid)), default=0.0)


def _seconds(folder):
    try:
        numbers = (folder / "stat").read_text().rpartition(")")[2].split()[11:13]
    except OSError:  # it ended meanwhile
        return 0.0
    return sum(map(int, numbers)) / os.sysconf("SC_CLK_TCK")

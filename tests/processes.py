"""What other processes are doing, for tests that must interrupt them at work; no verdict hangs on seconds."""

import os
import signal
import subprocess
import sys
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


def in_a_clean_process(function, *words):
    """Call a function of a module of tests, with some texts, in a Python that has no threads and may be forked."""
    code = f"import sys; from {function.__module__} import {function.__name__} as told; told(*sys.argv[1:])"
    line = [sys.executable, "-c", code, *map(str, words)]
    done = subprocess.run(line, capture_output=True, text=True, cwd=Path(__file__).parents[1])
    assert done.returncode == 0, done.stderr


def is_killed(moment, places, work):
    """Whether `work`, done in a forked child, comes to so many calls of some functions: there it is killed."""
    child = os.fork()
    if not child:
        left = iter(range(moment))
        for of, name in places:
            setattr(of, name, _mortal(getattr(of, name), left))
        work()
        os._exit(0)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert code in (0, -signal.SIGKILL)
    return code != 0


def _mortal(function, left):
    def called(*args, **rest):
        if next(left, None) is None:
            os.kill(os.getpid(), signal.SIGKILL)
        return function(*args, **rest)

    return called

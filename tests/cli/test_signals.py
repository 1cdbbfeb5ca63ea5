"""Ctrl-C and requests to end, at any moment: one line, the usual exit code, nothing left behind."""

import os
import select
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest

import sim
from sim.cli.interruption import Interrupted, signals_interrupt
from tests.processes import wait_for_work

ROOT = Path(sim.__file__).parents[1]
ENDLESS = """
def endless(claims, budget):
    total = 0.0 if budget < {budget} else 1.0
    while total < 1.0:
        total = 0.5 * total
    return claims.asks * total * min(1.0, budget / max(claims.asks.sum(), 1e-9))
"""


def start(*words, cwd):
    """The command, in a process that Ctrl-C reaches; background jobs of a shell ignore it."""
    return subprocess.Popen(
        [sys.executable, "-m", "sim", *map(str, words)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=cwd,
        env=os.environ | {"PYTHONPATH": str(ROOT)}, text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )  # fmt: skip


def ended(process, number):
    process.send_signal(number)
    _, told = process.communicate(timeout=60)
    assert f"{ROOT}/sim/" not in told  # Python itself complains if it is interrupted before it has begun
    return process.returncode, told


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_a_run_in_one_line(number, tmp_path):
    process = start("run", "llama_vs_opt", "-n", 100_000, "--engine", "mesa", "--out", "out", cwd=tmp_path)
    while not _working(process):
        time.sleep(0.05)
    code, told = ended(process, number)
    assert code == 128 + number
    assert told.endswith("interrupted; nothing is half-written\n")
    assert not list(tmp_path.iterdir())


def _working(process):
    """Whether the run has begun: Mesa is loaded late, just before the first history."""
    maps = Path(f"/proc/{process.pid}/maps")
    assert process.poll() is None
    return "_cext" in maps.read_text() or "pyarrow" in maps.read_text() if maps.exists() else time.sleep(10) is None


@pytest.mark.parametrize("moment", [0.0, 0.05, 0.1, 0.2, 0.4, 0.8])
def test_ctrl_c_while_it_starts_is_no_traceback(moment, tmp_path):
    process = start("run", "llama_vs_opt", "-n", 100_000, "--engine", "mesa", "--out", "out", cwd=tmp_path)
    select.select([process.stderr], [], [], moment)
    code, _ = ended(process, signal.SIGINT)
    assert code in (130, -signal.SIGINT)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("compiled", [False, True], ids=["tried as Python", "compiled"])
def test_a_policy_that_never_ends_can_be_interrupted(compiled, tmp_path):
    """From its first month, in which it is tried as plain Python; or from a later one, in a thread of compiled code."""
    sim.run("two_teams", 1)  # the engine is compiled
    (tmp_path / "mine.py").write_text(ENDLESS.format(budget=8.0 if compiled else 1e9))
    late = """event.late={type = "budget", month = "2023-05", gpus = 7.0}"""
    process = start("run", "two_teams", "-n", 3, "--policy", "mine.py:endless", "--set", "months=14", "--set", late,
                    "--out", "out", cwd=tmp_path)  # fmt: skip
    wait_for_work(process, 3.0 if compiled else 12.0, of_workers=compiled)
    assert process.poll() is None
    code, told = ended(process, signal.SIGINT)
    assert code == 130, told
    assert not (tmp_path / "out").exists()


class _Dropping:
    def __del__(self):
        signal.raise_signal(signal.SIGINT)


def _caught():
    with suppress(BaseException):
        signal.raise_signal(signal.SIGINT)


def _interrupted(swallow):
    with signals_interrupt():
        swallow()
        time.sleep(30.0)


@pytest.mark.parametrize("swallow", [_caught, _Dropping], ids=["by a bare except", "by a callback"])
def test_a_signal_that_a_library_swallows_comes_again(swallow, capsys):
    with pytest.raises(Interrupted) as told:
        _interrupted(swallow)
    told.value.received = True
    assert told.value.code == 130
    assert not capsys.readouterr().err


def test_ctrl_c_while_a_policy_is_loaded_is_no_fault_of_the_policy(tmp_path):
    (tmp_path / "mine.py").write_text("import signal\nsignal.raise_signal(signal.SIGINT)\n")
    process = start("run", "two_teams", "--policy", "mine.py:any", "--allow-code", cwd=tmp_path)
    told = process.communicate(timeout=60)[1]
    assert (process.returncode, told) == (130, "interrupted; nothing is half-written\n")

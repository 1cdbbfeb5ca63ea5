"""Ctrl-C and requests to end, at any moment: one line, the usual exit code, nothing left behind."""

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest

import sim
from sim.cli.interruption import Interrupted, signals_interrupt
from tests.processes import PATIENCE, wait_for_work, wait_until

ROOT = Path(sim.__file__).parents[1]
ENDLESS = """
import sys, threading, time
def tell():
    while not {compiled} and all(frame.f_code.co_name != "endless" for frame in sys._current_frames().values()):
        time.sleep(0.02)
    open({sign!r}, "w").close()
threading.Thread(target=tell, daemon=True).start()
def endless(claims, budget):
    total = 0.0 if budget < {budget} else 1.0
    while total < 1.0:
        total = 0.5 * total
    return claims.asks * total * min(1.0, budget / max(claims.asks.sum(), 1e-9))
"""


def start(*words, cwd, python=(), stderr=subprocess.PIPE):
    """The command, in a process that signals reach."""
    return subprocess.Popen(
        [sys.executable, *python, "-m", "sim", *map(str, words)], stdout=subprocess.PIPE, stderr=stderr, cwd=cwd,
        env=os.environ | {"PYTHONPATH": str(ROOT)}, text=True,
        preexec_fn=_as_in_a_terminal,
    )  # fmt: skip


def _as_in_a_terminal():
    """Whoever runs the tests may ignore signals, as `nohup` and the jobs of a shell do."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)


def ended(process, number):
    process.send_signal(number)
    _, told = process.communicate(timeout=PATIENCE)
    return process.returncode, told


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_a_run_in_one_line(number, tmp_path):
    process = start("run", "llama_vs_opt", "-n", 100_000, "--engine", "mesa", "--out", "out", cwd=tmp_path)
    wait_until(lambda: _working(process), process)
    code, told = ended(process, number)
    assert code == 128 + number
    assert told.endswith("interrupted; nothing is half-written\n")
    assert not list(tmp_path.iterdir())


def _working(process):
    """Whether the run has begun: Mesa is loaded late, just before the first history."""
    maps = Path(f"/proc/{process.pid}/maps")
    if not maps.exists():
        pytest.skip("there is no /proc in which to see another process at work")
    return "_cext" in maps.read_text() or "pyarrow" in maps.read_text()


@pytest.mark.parametrize(
    ("package", "code"), [("typer", -signal.SIGINT), ("sim.cli.main", None), ("numpy", 130), ("mesa", 130)]
)
def test_ctrl_c_while_it_starts_is_no_traceback(package, code, tmp_path):
    """Just after one of the packages that it loads has been; before the command takes over, it just ends."""
    (tmp_path / "in").mkdir()
    with open(tmp_path / "told", "w") as told:
        process = start("run", "llama_vs_opt", "-n", 100_000, "--engine", "mesa", "--out", "out", cwd=tmp_path / "in",
                        python=("-X", "importtime"), stderr=told)  # fmt: skip
        wait_until(lambda: f" {package}\n" in (tmp_path / "told").read_text(), process, every=0.002)
        found, _ = ended(process, signal.SIGINT)
    assert found in ((code,) if code else (130, -signal.SIGINT))
    assert "Traceback" not in (tmp_path / "told").read_text()
    assert not list((tmp_path / "in").iterdir())


@pytest.mark.parametrize("compiled", [False, True], ids=["tried as Python", "compiled"])
def test_a_policy_that_never_ends_can_be_interrupted(compiled, tmp_path):
    """From its first month, in which it is tried as plain Python; or from a later one, in a thread of compiled code."""
    sim.run("two_teams", 1)  # the engine is compiled
    sign = tmp_path / "sign"
    budget = 8.0 if compiled else 1e9
    (tmp_path / "mine.py").write_text(ENDLESS.format(compiled=compiled, sign=str(sign), budget=budget))
    late = """event.late={type = "budget", month = "2023-05", gpus = 7.0}"""
    process = start("run", "two_teams", "-n", 3, "--policy", "mine.py:endless", "--set", "months=14", "--set", late,
                    "--out", "out", cwd=tmp_path)  # fmt: skip
    wait_until(sign.exists, process)  # it is loaded, and as Python it has begun
    if compiled:
        wait_for_work(process, 0.5, of_workers=True)
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
    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # a job of a shell ignores it
    try:
        with signals_interrupt():
            swallow()
            time.sleep(PATIENCE)
    finally:
        signal.signal(signal.SIGINT, before)


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
    told = process.communicate(timeout=PATIENCE)[1]
    assert (process.returncode, told) == (130, "interrupted; nothing is half-written\n")

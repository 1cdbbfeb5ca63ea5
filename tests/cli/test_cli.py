"""The command line: what it prints, writes and refuses."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

import sim
from tests.command_line import command
from tests.processes import PATIENCE, wait_for_work

ROOT = Path(sim.__file__).parents[1]


def in_a_process(*words):
    """The command as a shell starts it."""
    env = os.environ | {"PYTHONPATH": str(ROOT), "COLUMNS": "200"}
    line = [sys.executable, "-m", "sim", *map(str, words)]
    return subprocess.run(line, capture_output=True, text=True, env=env, timeout=PATIENCE)


def test_a_run_tells_saves_and_repeats_exactly(tmp_path):
    first = in_a_process(
        "run", "two_teams", "-n", 40, "--seed", 5, "--out", tmp_path / "a", "--set", "turnover.contagion=0.4"
    )
    assert first.returncode == 0, first.stderr
    for words in ("Who got the GPUs", "What shipped", "Who left", "Simulated beside recorded"):
        assert words in first.stdout
    names = {path.name for path in (tmp_path / "a").iterdir()}
    assert {"run.json", "outcomes.parquet", "months_quantiles.csv", "overview.png", "overview.csv"} <= names
    again = command("run", tmp_path / "a", "--out", tmp_path / "b", "--no-figures")
    assert again.returncode == 0, again.stderr
    for name in ("outcomes", "months", "exits", "projects", "lab", "cohorts"):
        one, other = (pd.read_parquet(tmp_path / folder / f"{name}.parquet") for folder in "ab")
        pd.testing.assert_frame_equal(one, other, check_exact=True)
    about = json.loads((tmp_path / "a" / "run.json").read_text())
    assert about["scenario"]["turnover"]["contagion"] == 0.4
    drawn = command("plot", tmp_path / "b")
    assert drawn.returncode == 0
    assert (tmp_path / "b" / "gpus.png").exists()
    loaded = sim.Result.load(tmp_path / "a")
    pd.testing.assert_frame_equal(loaded.months, sim.run(loaded.scenario, 40, seed=5).months)


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (("run", "two_team"), "did you mean 'two_teams'"),
        (("run", "two_teams", "--policy", "max_mn"), "did you mean 'max_min'"),
        (("run", "two_teams", "--set", "turnover.contagio=1"), "did you mean"),
        (("run", "two_teams", "--set", "nonsense"), "must be path=value"),
        (("run", "two_teams", "--engine", "mes"), "did you mean 'mesa'"),
        (("run", "two_teams", "--replicates", "0"), "at least 1"),
        (("run", "two_teams", "--seed", "-1"), "seed"),
        (("run", "two_teams", "--precision", "7"), "between 0 and 1"),
        (("compare", "two_teams"), "at least two"),
        (("compare", "two_teams", "--case", "x"), "must be 'NAME"),
        (("attribute", "two_teams", "--mechanisms", "fairnes"), "did you mean 'fairness'"),
        (("sweep", "scarcit"), "did you mean 'scarcity'"),
        (("sweep", "--status", "nowhere"), "not a saved sweep"),
        (("sensitivity", "two_teams", "-p", "head.hears=x"), "low:high"),
        (("plot", "nowhere"), "no such folder"),
        (("new", "x", "--start", "2022-13"), "start: must be a month"),
    ],
    ids=lambda value: value if isinstance(value, str) else " ".join(value),
)
def test_bad_input_is_one_line_and_exit_code_2(words, reason, tmp_path):
    done = command(*words, cwd=tmp_path)
    assert done.returncode == 2, done.stderr
    assert reason in done.stderr
    assert "Traceback" not in done.stderr
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


def test_a_folder_that_is_not_ours_is_left_alone(tmp_path):
    (tmp_path / "thesis.txt").write_text("years of work")
    done = command("run", "two_teams", "-n", 5, "--out", tmp_path)
    assert done.returncode == 2
    assert "is not empty" in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_ctrl_c_leaves_nothing_half_written(tmp_path):
    words = [sys.executable, "-m", "sim", "run", "llama_vs_opt", "-n", "1000000", "--out", str(tmp_path / "out")]
    env = os.environ | {"PYTHONPATH": str(ROOT)}
    process = subprocess.Popen(words, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=env,
                               preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler))  # fmt: skip
    wait_for_work(process, 0.5, of_workers=True)  # those that make histories
    process.send_signal(signal.SIGINT)
    _, told = process.communicate(timeout=PATIENCE)
    assert process.returncode == 130
    assert told.strip().endswith("interrupted; nothing is half-written")
    assert not list(tmp_path.iterdir())


def test_the_small_commands(tmp_path):
    listed = command("policies").stdout
    assert all(name in listed for name in sim.policies())
    checked = command("check", "llama_vs_opt")
    assert checked.returncode == 0
    assert re.search(r"valid; \d+ numbers are assumptions, \d+ of them .*; 0 warnings", checked.stdout)
    assert "arXiv" in checked.stdout
    assert "the budget never binds" in command("check", "cluster_twice").stdout
    assert "turnover.base_rate" in command("parameters").stdout
    precise = command("run", "two_teams", "--precision", "0.05", "--detail", "summary", "--out", tmp_path / "p")
    assert re.search(r"\d+ replicates give", precise.stdout)


def test_compare_and_attribute_from_the_command_line(tmp_path):
    done = command("compare", "two_teams", "--policies", "priority,max_min", "-n", 20, "--out", tmp_path / "c")
    assert done.returncode == 0, done.stderr
    assert "max_min" in done.stdout
    assert "max_min against priority" not in done.stdout
    done = command("compare", "two_teams", "--case", "calm: turnover.contagion=0, turnover.market=0", "-n", 20,
                   "--out", tmp_path / "d", "--no-figures", "--full")  # fmt: skip
    assert "calm against two_teams" in done.stdout
    done = command("attribute", "two_teams", "-n", 10, "--out", tmp_path / "a")
    assert done.returncode == 0, done.stderr
    assert "Shapley value of each mechanism" in done.stdout
    for folder, picture in (("c", "forest.png"), ("a", "waterfall.png")):
        (tmp_path / folder / picture).unlink()
        assert command("plot", tmp_path / folder).returncode == 0
        assert (tmp_path / folder / picture).exists()


@pytest.mark.parametrize(("words", "heavy"), [
    ("--help", ("numba", "pandas", "matplotlib", "mesa", "pydantic")),
    ("list", ("numba", "pandas", "matplotlib", "mesa")),
    ("check two_teams", ("numba", "matplotlib")),
])  # fmt: skip
def test_a_command_imports_only_what_it_needs(words, heavy):
    """Seconds at a prompt: help needs neither the engine nor pandas, a check has a few histories of Mesa's alone."""
    code = f"import sys; sys.argv = ['sim', *{words.split()}]\nfrom sim.cli import main\ntry: main()\n"
    code += f"except SystemExit: pass\nprint([name for name in {heavy} if name in sys.modules])"
    env = os.environ | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=env)
    assert done.stdout.strip().endswith("[]"), done.stdout


def test_a_read_only_install_compiles_in_memory(tmp_path):
    """A policy, as the whole engine would take half a minute; nothing is written anywhere."""
    code = "from sim.allocation import get\nfrom sim.allocation.claims import make_claims\n"
    code += "from sim.allocation.compiled import compiled_policy\n"
    code += "made = compiled_policy(get('max_min'))\n"
    code += "print(made(make_claims([6.0, 2.0]), 5.0), len(made.signatures), made.stats.cache_path)"
    env = {"PYTHONPATH": str(ROOT), "SIM_CACHE_DIR": "/proc/nowhere", "NUMBA_CACHE_DIR": str(tmp_path)}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=os.environ | env)
    assert done.returncode == 0, done.stderr
    assert done.stdout == "[3. 2.] 1 None\n"
    assert not list(tmp_path.iterdir())


def test_a_port_that_answers_nothing_is_no_scheduler_and_is_not_waited_for(tmp_path, monkeypatch):
    pytest.importorskip("distributed")
    monkeypatch.setattr("sim.cli.sweeps.SECONDS_TO_ANSWER", 0.5)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"tcp://127.0.0.1:{silent.getsockname()[1]}"
        line = "sweep", "fairness_contagion", "-n", 2, "--scheduler", address, "--out", tmp_path / "s"
        found = command(*line)
    assert found.returncode == 2
    assert found.stderr.splitlines()[-1] == f"--scheduler {address}: no Dask scheduler has answered within 0.5 s"
    assert not (tmp_path / "s").exists()

"""Printing loses nothing: the result is saved first, and no text, stream or terminal makes the command fail."""

import io
import os
import subprocess
import sys
from pathlib import Path

import pytest
import typer

import sim
from sim.cli import options
from sim.cli.options import finish
from sim.report.console import Unfailing, plain
from tests.command_line import command

ROOT = Path(sim.__file__).parents[1]
LAB = """
title = "{title}"
start = "2022-01"
months = 3
[budget]
gpus = 100
[[team]]
name = "opt[v2]"
line = "a"
site = "x"
researchers = 3
baseline = 20
[[team]]
name = "opt[v3]"
line = "a"
site = "x"
researchers = 3
baseline = 20
[[cohort]]
name = "all"
team = "opt[v2]"
month = "2022-01"
"""


def shell(command, cwd, **environment):
    """A shell line; `$SIM` is the command."""
    env = os.environ | {"PYTHONPATH": str(ROOT), "SIM": f"{sys.executable} -m sim", "COLUMNS": "200"} | environment
    return subprocess.run(["bash", "-c", command], capture_output=True, cwd=cwd, env=env)


def lab(folder, title="a lab"):
    (folder / "lab.toml").write_text(LAB.format(title=title), encoding="utf-8")


DRAWN = "$SIM run lab.toml -n 3 --engine mesa --out out"
RUN = f"{DRAWN} --no-figures"


@pytest.mark.parametrize(
    ("title", "line", "code"),
    [
        ("a lab", f"set -o pipefail; {RUN} | head -c 1", 0),
        ("a lab", f"{RUN} >&-", 0),
        ("a lab", f"{RUN} >/dev/full", 1),
        ("a lab", f"{RUN} 2>/dev/full", 0),
        ("Löwe 実験 ±", f"PYTHONIOENCODING=ascii LC_ALL=C PYTHONUTF8=0 PYTHONCOERCECLOCALE=0 {RUN}", 0),
        ("Draft [/archive/2024]", f"MPLBACKEND=module://matplotlib_inline.backend_inline {DRAWN}", 0),
        ("a lab", f"MPLBACKEND=nonsense {DRAWN} >&- 2>&-", 0),
    ],
    ids=lambda value: str(value).replace(RUN, "RUN").replace(DRAWN, "DRAWN"),
)
def test_the_result_is_saved_whatever_becomes_of_the_words(title, line, code, tmp_path):
    lab(tmp_path, title)
    done = shell(line, tmp_path)
    assert done.returncode == code, done.stderr
    assert b"Traceback" not in done.stderr
    assert b"Exception ignored" not in done.stderr
    loaded = sim.Result.load(tmp_path / "out")
    assert loaded.scenario.title == title
    assert (tmp_path / "out" / "overview.png").exists() == (DRAWN in line and RUN not in line)


def test_users_text_is_never_markup(tmp_path):
    lab(tmp_path, "Draft [/archive/2024] [bold]x[/bold]")
    told = command("run", "lab.toml", "-n", 3, "--engine", "mesa", "--no-figures", cwd=tmp_path).stdout
    for words in ("Draft [/archive/2024] [bold]x[/bold]", "opt[v2]", "opt[v3]"):
        assert words in told
    checked = command("check", "lab.toml", cwd=tmp_path).stdout
    assert "Draft [/archive/2024] [bold]x[/bold]" in checked
    assert "team.opt[v3].researchers" in checked


def test_terminal_escapes_are_taken_out():
    assert plain("a\x1b[2J\x1b]0;owned\x07b\r\nc\u202ed") == "a\ufffd[2J\ufffd]0;owned\ufffdb  c\ufffdd"
    assert plain("Löwe 実験 ± می\u200cخواهم") == "Löwe 実験 ± می\u200cخواهم"


def test_a_stream_that_fails_is_given_up_silently():
    class Full(io.StringIO):
        def write(self, text):
            raise OSError(28, "No space left on device")

    for stream in (Full(), None):
        safe = Unfailing(stream)
        assert safe.write("words") == 5
        safe.flush()
    assert Unfailing(None).failed is None
    closed = io.StringIO()
    closed.close()
    safe = Unfailing(closed)
    safe.write("words")
    assert isinstance(safe.failed, ValueError)
    assert not safe.isatty()


def test_a_result_whose_folder_was_taken_meanwhile_goes_beside_it(tmp_path, capsys):
    result = sim.run("two_teams", 2, engine="mesa")
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "thesis.txt").write_text("years of work")
    with pytest.raises(typer.Exit) as ended:
        finish(result, tmp_path / "out", False)
    assert ended.value.exit_code == 2
    assert sim.Result.load(tmp_path / "out-2").histories == 2
    told = capsys.readouterr()
    assert f"written to {tmp_path}/out-2/" in told.out
    assert "thesis.txt" in told.err


@pytest.mark.parametrize("fails", ["draw", "say"])
def test_what_fails_after_saving_loses_nothing(fails, tmp_path, monkeypatch, capsys):
    result = sim.run("two_teams", 2, engine="mesa")

    def broken(*_):
        raise RuntimeError("no font at all")

    monkeypatch.setattr(sim.Result, "draw", broken if fails == "draw" else lambda *_: [])
    monkeypatch.setattr(options, "say", broken if fails == "say" else lambda *_: print("the story"))
    with pytest.raises(typer.Exit) as ended:
        finish(result, tmp_path / "out", True)
    assert ended.value.exit_code == 1
    assert sim.Result.load(tmp_path / "out").histories == 2
    told = capsys.readouterr()
    assert "RuntimeError: no font at all" in told.err
    assert ("the story" in told.out) == (fails == "draw")

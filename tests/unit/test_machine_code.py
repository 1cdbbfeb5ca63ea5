"""The folder of machine code: nothing of anybody else is deleted, nothing damaged is loaded."""

import os
import runpy
import subprocess
import sys
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path

import pytest

import sim
from sim import machine_code
from sim.machine_code import LIST, note_new, usable_folder

ROOT = Path(sim.__file__).parents[1]
SMALL = """
import sys
from sim.jit import compiled, cache_folder
def twice(x):
    return 2.0 * x
made = compiled(twice, 1.0)
print(made(4.0), sum(made.stats.cache_hits.values()))
"""


@pytest.fixture(autouse=True)
def _forgotten(monkeypatch):
    """As in another process, no folder has been looked at."""
    monkeypatch.setattr(machine_code, "_checked", set())
    monkeypatch.setattr(machine_code, "_told", set())


@pytest.fixture
def compile_in(tmp_path, monkeypatch):
    """Compiles a small function with a folder of machine code: what it gives, and how often it was found there."""
    file = tmp_path / "small.py"
    file.write_text(SMALL)  # once: Numba before 0.64 makes again what is compiled from a file that was written again

    def compile_in(root, *, in_a_process=False):
        if in_a_process:
            env = os.environ | {"PYTHONPATH": str(ROOT), "SIM_CACHE_DIR": str(root)}
            done = subprocess.run([sys.executable, file], capture_output=True, text=True, env=env)
            assert (done.returncode, done.stderr) == (0, "")
            return done.stdout.split()
        monkeypatch.setenv("SIM_CACHE_DIR", str(root))
        machine_code._checked.clear()
        with redirect_stdout(StringIO()) as told:
            runpy.run_path(str(file))
        return told.getvalue().split()

    return compile_in


def test_machine_code_is_kept_and_found_again_by_another_process(compile_in, tmp_path):
    assert compile_in(tmp_path / "cache", in_a_process=True) == ["8.0", "0"]
    assert compile_in(tmp_path / "cache", in_a_process=True) == ["8.0", "1"]


@pytest.mark.parametrize("kind", ["nbi", "nbc"])
@pytest.mark.parametrize("harm", ["emptied", "cut", "flipped"])
def test_a_damaged_file_is_made_again(kind, harm, compile_in, tmp_path):
    compile_in(tmp_path / "cache")
    (file,) = (tmp_path / "cache").rglob(f"*.{kind}")
    data = bytearray(file.read_bytes())
    if harm == "flipped":
        data[len(data) // 2] ^= 0xFF
    file.write_bytes({"emptied": b"", "cut": data[: len(data) // 2], "flipped": data}[harm])
    assert compile_in(tmp_path / "cache") == ["8.0", "0"]
    assert compile_in(tmp_path / "cache") == ["8.0", "1"]


def test_a_list_that_was_lost_only_costs_time(compile_in, tmp_path):
    compile_in(tmp_path / "cache")
    (listed,) = (tmp_path / "cache").rglob(LIST)
    listed.write_bytes(b"\xff\x00 cut sh")
    assert compile_in(tmp_path / "cache") == ["8.0", "0"]
    assert compile_in(tmp_path / "cache") == ["8.0", "1"]


def test_only_folders_of_machine_code_are_dropped(tmp_path):
    """SIM_CACHE_DIR may be a folder of anything."""
    for number in range(8):
        ours = usable_folder(tmp_path, f"version{number}")
        (ours / "code.nbc").write_bytes(b"code")
        note_new(ours)
        os.utime(ours, (number, number))
        theirs = tmp_path / f"project{number}"
        theirs.mkdir()
        (theirs / "thesis.txt").write_text("years of work")
        os.utime(theirs, (number, number))
    (tmp_path / "version4" / "notes.txt").write_text("mine")
    os.utime(tmp_path / "version4", (0, 0))
    usable_folder(tmp_path, "newest")
    names = {path.name for path in tmp_path.iterdir()}
    assert {f"project{number}" for number in range(8)} <= names
    assert "version4" in names
    assert not names & {"version0", "version1", "version2"}
    assert {"version5", "version6", "version7", "newest"} <= names


@pytest.mark.skipif(not hasattr(os, "getuid"), reason="permissions of POSIX")
def test_a_folder_that_others_can_write_to_is_not_used(tmp_path, capsys):
    root = tmp_path / "cache"
    folder = usable_folder(root, "version")
    assert folder.stat().st_mode & 0o777 == 0o700
    for one in (root, folder):
        for mode in (0o777, 0o770, 0o702):
            one.chmod(mode)
            assert usable_folder(root, "version") is None
        one.chmod(0o700)
    assert "others can write to it" in capsys.readouterr().err
    assert usable_folder(root, "version") == folder


def test_where_nothing_can_be_written_code_is_compiled_in_memory(compile_in, tmp_path):
    assert compile_in("/proc/nowhere") == ["8.0", "0"]
    (tmp_path / "file").write_text("")
    assert compile_in(tmp_path / "file") == ["8.0", "0"]


def test_a_disk_that_fills_up_costs_only_the_kept_code(tmp_path, monkeypatch):
    from numba.core.caching import IndexDataCacheFile

    from sim.jit import compiled

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setenv("SIM_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setattr(IndexDataCacheFile, "_save_data", full)

    def twice(x):
        return 2.0 * x

    assert compiled(twice, 1.0)(4.0) == 8.0

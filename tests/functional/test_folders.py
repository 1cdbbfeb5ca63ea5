"""Saved folders: nothing that the program did not write is lost, and nothing that it wrote is lost half-way."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

import sim
from sim.cli.options import default_out, finish
from sim.results import folder as folders
from sim.results.folder import check_replaceable, clear, hidden, more_files, recover, whole_folder, write_file
from sim.results.manifest import MANIFEST, enter, entered, strangers
from sim.scenario.files import LARGEST
from sim.studies.sweep_folder import Sweep
from tests.processes import in_a_clean_process, is_killed


def save(folder, text="first"):
    with whole_folder(folder, "run") as new:
        (new / "run.json").write_text(json.dumps({"kind": "run", "text": text}))
        (new / "sub").mkdir()
        (new / "sub" / "table.csv").write_text(text)


def held(folder):
    return json.loads((Path(folder) / "run.json").read_text())["text"]


def beside(folder):
    return [path.name for path in Path(folder).parent.iterdir() if path.name != Path(folder).name]


def test_a_folder_of_ours_is_replaced_and_leaves_nothing_beside_it(tmp_path):
    save(tmp_path / "out")
    save(tmp_path / "out", "second")
    assert held(tmp_path / "out") == "second"
    assert not strangers(tmp_path / "out")
    assert not beside(tmp_path / "out")


@pytest.mark.parametrize("name", ["thesis.txt", ".hidden", "sub/notes.md", "figures/mine.png"])
def test_what_the_program_did_not_write_is_never_deleted(tmp_path, name):
    save(tmp_path / "out")
    (tmp_path / "out" / name).parent.mkdir(exist_ok=True)
    (tmp_path / "out" / name).write_text("years of work")
    with pytest.raises(sim.InputError, match=r"holds what this program did not write.*" + Path(name).name):
        save(tmp_path / "out", "second")
    assert (tmp_path / "out" / name).read_text() == "years of work"
    assert held(tmp_path / "out") == "first"


def test_a_file_that_somebody_changed_is_theirs(tmp_path):
    save(tmp_path / "out")
    (tmp_path / "out" / "sub" / "table.csv").write_text("FIRST")
    with pytest.raises(sim.InputError, match=r"sub/table.csv \(changed since it was written\)"):
        save(tmp_path / "out", "second")


@pytest.mark.parametrize("mark", ["{}", "[]", '{"kind": "run"}', "\x00", '{"kind": "compare"}'])
def test_a_mark_alone_makes_a_folder_nobodys(tmp_path, mark):
    """A `run.json` of anybody's beside a user's file: no list of files, nothing is ours."""
    for name, text in (("run.json", mark), ("compare.json", mark), ("thesis.txt", "years of work")):
        (tmp_path / name).write_text(text)
    for kind in ("run", "compare"):
        with pytest.raises(sim.InputError, match="did not write"):
            check_replaceable(tmp_path, kind)


def test_a_result_of_another_kind_is_not_replaced(tmp_path):
    save(tmp_path / "out")
    with pytest.raises(sim.InputError, match="holds a saved run, not a compare"):
        check_replaceable(tmp_path / "out", "compare")


def test_an_empty_folder_is_filled_and_a_link_is_followed(tmp_path):
    (tmp_path / "disk").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "disk")
    for text in ("first", "second"):
        save(tmp_path / "link", text)
        assert held(tmp_path / "disk") == text
        assert (tmp_path / "link").is_symlink()


def test_a_link_within_a_folder_is_a_stranger(tmp_path):
    save(tmp_path / "out")
    (tmp_path / "data.csv").write_text("mine")
    (tmp_path / "out" / "sub" / "link").symlink_to(tmp_path)
    with pytest.raises(sim.InputError, match="sub/link"):
        save(tmp_path / "out", "second")


def test_where_no_folder_can_be_put_is_told_before_the_work(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").write_text("")
    for where, reason in ((".", "folder that you are in"), ("..", "folder that you are in"), ("/proc", "mount point"),
                          ("file", "is a file"), ("file/below", "is a file"), ("x" * 300, "File name too long"),
                          ("a\0b", "null byte")):  # fmt: skip
        with pytest.raises(sim.InputError, match=reason):
            check_replaceable(where, "run")
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_long_names_leave_room_for_hidden_ones(tmp_path):
    for name in ("x" * 255, "é" * 127):
        save(tmp_path / name)
        save(tmp_path / name, "second")
        assert held(tmp_path / name) == "second"


def test_the_earlier_result_stands_when_the_new_one_cannot_take_its_place(tmp_path, monkeypatch):
    save(tmp_path / "out")
    real = Path.rename

    def refuse(self, target):
        if self.name.endswith(".new"):
            raise OSError(28, "No space left on device")
        return real(self, target)

    monkeypatch.setattr(Path, "rename", refuse)
    with pytest.raises(sim.InputError, match="out: cannot write: No space left on device"):
        save(tmp_path / "out", "second")
    assert held(tmp_path / "out") == "first"
    assert not beside(tmp_path / "out")


PLACES = [(Path, "rename"), (Path, "mkdir"), (Path, "touch"), (Path, "write_text"), (shutil, "rmtree")]


def kill_at_every_moment(out):
    seen = set()
    for moment in range(20):
        save(out, "first")
        killed = is_killed(moment, PLACES, lambda: save(out, "second"))
        recover(Path(out))
        seen.add(held(out))
        assert not strangers(Path(out))
        assert not beside(out)
        if not killed:
            break
    assert moment > 5
    assert seen == {"first", "second"}


@pytest.mark.skipif(not hasattr(os, "fork"), reason="what is killed is a process that was forked")
def test_a_kill_at_any_moment_leaves_the_earlier_result_or_the_new_one(tmp_path):
    in_a_clean_process(kill_at_every_moment, tmp_path / "out")


def test_what_a_living_process_is_writing_is_left_alone(tmp_path):
    sleeper = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    new = hidden(tmp_path / "out", "new")
    theirs = new.with_name(new.name.replace(f"-{os.getpid()}-", f"-{sleeper.pid}-"))
    theirs.mkdir()
    (theirs / MANIFEST).touch()
    save(tmp_path / "out")
    assert theirs.exists()
    sleeper.communicate(b"")
    save(tmp_path / "out", "second")
    assert not theirs.exists()


def test_a_hidden_folder_of_such_a_name_that_is_not_ours_stays(tmp_path):
    new = hidden(tmp_path / "out", "new")
    theirs = new.with_name(new.name.replace(f"-{os.getpid()}-", "-9999999-"))
    theirs.mkdir()
    (theirs / "thesis.txt").write_text("years of work")
    save(tmp_path / "out")
    assert (theirs / "thesis.txt").exists()


def test_files_are_added_whole_and_only_to_what_is_ours(tmp_path):
    save(tmp_path / "out")
    for text in ("one", "two"):
        with more_files(tmp_path / "out") as new:
            (new / "picture.svg").write_text(text)
        assert (tmp_path / "out" / "picture.svg").read_text() == text
    (tmp_path / "out" / "picture.svg").write_text("painted over")
    refused = pytest.raises(sim.InputError, match=r"picture.svg: was not written by this program, or changed since")
    with refused, more_files(tmp_path / "out") as new:
        (new / "picture.svg").write_text("three")
    assert (tmp_path / "out" / "picture.svg").read_text() == "painted over"


def test_a_growing_folder_is_ours_at_every_moment(tmp_path):
    """The list comes before the file, so a kill between the two leaves nothing that the next run must refuse."""
    write_file(tmp_path, "a.csv", lambda path: path.write_text("one"))
    write_file(tmp_path, "a.csv", lambda path: path.write_text("two"))
    (tmp_path / "b.csv").write_text("listed, never put in its place")
    enter(tmp_path, {"b.csv": tmp_path / "b.csv"})
    (tmp_path / "b.csv").unlink()
    with open(tmp_path / MANIFEST, "a") as file:
        file.write('{"name": "cut sh')
    write_file(tmp_path, "c.csv", lambda path: path.write_text("three"))
    assert set(entered(tmp_path)) == {"a.csv", "b.csv", "c.csv"}
    assert not strangers(tmp_path)
    clear(tmp_path)
    assert not list(tmp_path.iterdir())


def test_clearing_spares_a_folder_with_a_stranger(tmp_path):
    write_file(tmp_path, "a.csv", lambda path: path.write_text("one"))
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(sim.InputError, match=r"notes.txt"):
        clear(tmp_path)
    assert (tmp_path / "a.csv").exists()
    with pytest.raises(sim.InputError, match="not written by this program"):
        write_file(tmp_path, "notes.txt", lambda path: path.write_text("ours"))


def test_a_list_that_names_files_elsewhere_reaches_nothing(tmp_path):
    """A received folder may say anything: only files within it, as they were written, count as ours."""
    (tmp_path / "outside.csv").write_text("mine")
    save(tmp_path / "out")
    enter(tmp_path / "out", {"../outside.csv": tmp_path / "outside.csv"})
    save(tmp_path / "out", "second")
    enter(tmp_path / "out", {"../outside.csv": tmp_path / "outside.csv"})
    clear(tmp_path / "out")
    assert (tmp_path / "outside.csv").read_text() == "mine"


@pytest.fixture(scope="module")
def studies():
    """A study of every kind, small."""
    scenario = sim.load_scenario("two_teams")
    return [
        sim.run(scenario, 5, engine="mesa"),
        sim.compare({"a": scenario, "b": sim.load_scenario("two_teams", {"budget.scale": 0.5})}, 5),
        sim.attribute(scenario, 4, mechanisms=["fairness", "market"]),
        sim.sensitivity(scenario, {"budget.scale": (0.5, 1.5)}, samples=2, replicates=3),
    ]


def test_every_study_comes_back_as_it_was_saved(studies, tmp_path):
    for study in studies:
        again = type(study).load(study.save(tmp_path / study.kind))
        assert again.about() == study.about()
        assert set(again.tables) == set(study.tables)
        for name, table in study.tables.items():
            pd.testing.assert_frame_equal(again.tables[name], table, check_exact=True)


def loaded(kind, folder):
    """The study, or the words of the refusal."""
    try:
        return kind.load(folder), None
    except sim.InputError as error:
        return None, str(error)


def damages(folder):
    """Ways to harm each of the files of a saved study: (what, file, how)."""
    for path in sorted(folder.iterdir()):
        data = path.read_bytes()
        yield "emptied", path, lambda path=path: path.write_bytes(b"")
        yield "cut", path, lambda path=path, data=data: path.write_bytes(data[: len(data) // 2])
        flipped = bytearray(data)
        flipped[len(data) // 3] ^= 0xFF
        yield "flipped", path, lambda path=path, flipped=flipped: path.write_bytes(flipped)
        yield "deleted", path, path.unlink
        yield "garbage", path, lambda path=path: path.write_bytes(b"\xff\xfe\x00garbage")


@pytest.mark.filterwarnings("ignore:.*the rest is read")
def test_damage_is_told_in_a_line_that_names_the_file_and_never_passes(studies, tmp_path):
    for study in studies:
        saved = study.save(tmp_path / "saved")
        for what, path, harm in damages(saved):
            shutil.copytree(saved, tmp_path / "whole", dirs_exist_ok=True)
            harm()
            again, refused = loaded(type(study), saved)
            if refused is not None:
                assert path.name in refused or path.name == MANIFEST, (what, path)
                assert len(refused.splitlines()) == 1
            else:
                for name, table in again.tables.items():
                    pd.testing.assert_frame_equal(table, study.tables[name])
                for name, line in again.damaged.items():
                    assert f"{name}.parquet" in line
                    with pytest.raises(sim.InputError, match=rf"{name}.parquet"):
                        getattr(again, name)
            shutil.rmtree(saved)
            (tmp_path / "whole").rename(saved)
        shutil.rmtree(saved)


def test_what_can_still_be_read_is_read(studies, tmp_path):
    saved = studies[0].save(tmp_path / "run")
    (saved / "exits.parquet").write_bytes(b"PAR1")
    with pytest.warns(UserWarning, match=r"exits.parquet: is not as it was written.*; the rest is read"):
        again = sim.Result.load(saved)
    pd.testing.assert_frame_equal(again.months, studies[0].months)


@pytest.mark.filterwarnings("ignore:.*the rest is read")
def test_a_table_in_the_place_of_another_is_told(studies, tmp_path):
    saved = studies[0].save(tmp_path / "run")
    (saved / MANIFEST).unlink()
    shutil.copy(saved / "lab.parquet", saved / "exits.parquet")
    with pytest.raises(sim.InputError, match=r"exits.parquet: not a saved table of a run \(it has other columns\)"):
        _ = sim.Result.load(saved).exits
    shutil.copy(saved / "lab.parquet", saved / "outcomes.parquet")
    with pytest.raises(sim.InputError, match=r"outcomes.parquet: not a saved table of a run"):
        sim.Result.load(saved)


def test_marks_with_other_types_or_fewer_keys_are_told(studies, tmp_path):
    """Without a list, as in a folder of an older version, the mark itself must be sound."""
    for study in studies:
        saved = study.save(tmp_path / study.kind)
        (saved / MANIFEST).unlink()
        mark = saved / f"{study.kind}.json"
        about = json.loads(mark.read_text())
        for key in about:
            if key in (
                "kind",
                "format",
                "provenance",
                "title",
                "luck",
                "draws",
                "columns",
            ):  # some unknown to older versions
                continue
            without = {name: value for name, value in about.items() if name != key}
            values = [None, 7.5, [[]], {"a": 1}, -1, *(["x"] if key != "engine" else [])]  # which may be any class
            gone = [] if hasattr(type(study), key) else [without]  # what an older version did not say has a default
            for other in (*gone, *(about | {key: value} for value in values)):
                mark.write_text(json.dumps(other))
                with pytest.raises(sim.InputError, match=mark.name):
                    type(study).load(saved)


def test_a_folder_of_a_newer_version_says_so(studies, tmp_path):
    saved = studies[0].save(tmp_path / "run")
    about = json.loads((saved / "run.json").read_text())
    about["provenance"]["versions"]["gpu-lab-sim"] = "7.1"
    (saved / "run.json").write_text(json.dumps(about | {"format": folders.FORMAT + 1}))
    with pytest.raises(sim.InputError, match=r"saved by a newer version of this program \(7.1\)"):
        sim.Result.load(saved)


def test_only_plain_files_of_some_size_are_read(tmp_path):
    os.mkfifo(tmp_path / "fifo.toml")
    (tmp_path / "zero.toml").symlink_to("/dev/zero")
    (tmp_path / "large.toml").write_bytes(b"#" * (LARGEST + 1))
    (tmp_path / "extends.toml").write_text('extends = "/dev/zero"\n')
    for name, reason in (("fifo", "is no plain file"), ("zero", "is no plain file"), ("large", "is larger than"),
                         ("extends", "/dev/zero")):  # fmt: skip
        with pytest.raises(sim.InputError, match=reason):
            sim.load_scenario(tmp_path / f"{name}.toml")
    (tmp_path / "saved").mkdir()
    os.mkfifo(tmp_path / "saved" / "run.json")
    with pytest.raises(sim.InputError, match=r"run.json: not a saved run \(no plain file\)"):
        sim.Result.load(tmp_path / "saved")


@pytest.mark.parametrize("engine", ["compiled", "mesa"])
def test_more_histories_than_memory_holds_are_refused_first(engine):
    for replicates in (10**10, 10**15, 10**30):
        with pytest.raises(sim.InputError, match=r"need about .* GiB, and this machine has"):
            sim.run("two_teams", replicates, engine=engine)


def test_two_files_of_one_name_do_not_share_a_folder(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "lab.toml").write_text('extends = "two_teams"\n')
    result = sim.run("two_teams", 2, engine="mesa")
    for _ in range(2):
        finish(result, default_out("a/lab.toml"), False, "a/lab.toml")
    with pytest.raises(sim.InputError, match=r"out/lab: was made of .*a/lab.toml; name another folder with --out"):
        default_out("b/lab.toml")
    assert default_out("out/lab") == Path("out/lab")


def test_the_status_of_a_sweep_writes_nothing(tmp_path, monkeypatch):
    experiment = {"scenario": "two_teams", "replicates": 2, "factor": [{"path": "budget.scale", "values": [1.0, 2.0]}]}
    sim.sweep(experiment, tmp_path / "s")
    for path in (tmp_path / "s").glob(".lock"):
        path.unlink()
    before = sorted(tmp_path.rglob("*"))
    assert not Sweep(tmp_path / "s").status()["running"]
    assert sorted(tmp_path.rglob("*")) == before

    def lockless(*_, **__):
        raise OSError(38, "Function not implemented")

    (tmp_path / "s" / ".lock").touch()
    monkeypatch.setattr("sim.studies.sweep_folder.FileLock", lockless)
    assert not Sweep(tmp_path / "s").status()["running"]


def test_drawing_into_a_folder_that_cannot_be_written_is_one_line(studies, tmp_path, monkeypatch):
    saved = studies[0].save(tmp_path / "run")
    real = Path.mkdir

    def read_only(self, *args, **kwargs):
        if ".sim-" in self.name:
            raise OSError(30, "Read-only file system")
        return real(self, *args, **kwargs)

    monkeypatch.setattr(Path, "mkdir", read_only)
    with pytest.raises(sim.InputError, match="run: cannot write: Read-only file system"):
        studies[0].draw(saved)
    monkeypatch.undo()

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("sim.results.folder.enter", full)
    with pytest.raises(sim.InputError, match="run: cannot write: No space left on device"):
        studies[0].draw(saved)
    assert not strangers(saved)
    sim.Result.load(saved)

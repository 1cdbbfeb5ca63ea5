"""A sweep that goes on: what is damaged or failed is run again, and no table mixes what two codes made."""

import json
import warnings
from concurrent.futures import Future
from concurrent.futures.process import BrokenProcessPool

import numpy as np
import pandas as pd
import pytest

import sim
from sim.errors import Stopped
from sim.report.page import page
from sim.studies import pieces
from sim.studies.made_by import made_by
from sim.studies.pieces import run_piece
from sim.studies.plan import load_plan
from sim.studies.sweep import Sweep, load_sweep, run_sweep, sweep

GRID = {
    "scenario": "two_teams", "replicates": 10, "outcomes": ["quits", "output"],
    "factor": [{"path": "turnover.contagion", "values": [0.0, 0.2, 0.4]},
               {"path": "committee.policy", "values": ["priority", "max_min"]}],
}  # fmt: skip
SMALL = {"piece": 10}  # a piece for each point


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    return sweep(GRID, tmp_path_factory.mktemp("whole") / "s")


def emptied(path):
    path.write_bytes(b"")


def cut(path):
    path.write_bytes(path.read_bytes()[:-20])


def flipped(path):
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 0xFF
    path.write_bytes(data)


@pytest.mark.parametrize("harm", [emptied, cut, flipped])
def test_a_damaged_piece_is_named_left_out_and_made_again(tmp_path, whole, harm):
    sweep(GRID, tmp_path / "s", **SMALL)
    harm(tmp_path / "s" / "pieces" / "000003.parquet")
    assert Sweep(tmp_path / "s").status()["done"] == 5
    with pytest.warns(UserWarning, match="pieces/000003.parquet: is not as it was written"):
        assert load_sweep(tmp_path / "s")["point"].nunique() == 5
    with pytest.warns(UserWarning, match=r"000003.parquet: is not as .*; it is made again"):
        again = sweep(GRID, tmp_path / "s")
    pd.testing.assert_frame_equal(again, whole, check_exact=True)
    pd.testing.assert_frame_equal(load_sweep(tmp_path / "s"), whole, check_exact=True)


def test_a_piece_and_a_design_that_are_gone_are_made_again(tmp_path, whole):
    sweep(GRID, tmp_path / "s", **SMALL)
    for name in ("pieces/000001.parquet", "design.parquet", "results.parquet"):
        (tmp_path / "s" / name).unlink()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        pd.testing.assert_frame_equal(sweep(GRID, tmp_path / "s"), whole, check_exact=True)
    assert (tmp_path / "s" / "design.parquet").exists()


def test_files_of_others_among_the_pieces_are_no_pieces(tmp_path, whole):
    sweep(GRID, tmp_path / "s")
    (tmp_path / "s" / "pieces" / "0notes.parquet").write_text("mine")
    pd.testing.assert_frame_equal(sweep(GRID, tmp_path / "s"), whole, check_exact=True)
    with pytest.raises(sim.InputError, match=r"0notes\.parquet"):
        sweep(GRID, tmp_path / "s", fresh=True)
    pd.testing.assert_frame_equal(load_sweep(tmp_path / "s"), whole, check_exact=True)


def test_fresh_beside_a_foreign_mark_deletes_nothing(tmp_path):
    (tmp_path / "sweep.json").write_text("{}")
    (tmp_path / "thesis.txt").write_text("all of it")
    with pytest.raises(sim.InputError):
        sweep(GRID, tmp_path, fresh=True)
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {
        "sweep.json": "{}", "thesis.txt": "all of it",
    }  # fmt: skip


def test_a_sweep_that_ended_before_its_mark_was_written_goes_on(tmp_path, whole, monkeypatch):
    def ended(folder, about):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("sim.studies.sweep.mark_folder", ended)
        with pytest.raises(KeyboardInterrupt):
            sweep(GRID, tmp_path / "s")
    pd.testing.assert_frame_equal(sweep(GRID, tmp_path / "s"), whole, check_exact=True)
    pd.testing.assert_frame_equal(sweep(GRID, tmp_path / "s", fresh=True), whole, check_exact=True)


def test_failed_points_are_run_again_by_the_same_command(tmp_path, whole, monkeypatch):
    run = sim.studies.pieces.run

    def fails(*arguments, **rest):
        if 0.2 in rest["points"]["turnover.contagion"]:
            raise RuntimeError("no such luck")
        return run(*arguments, **rest)

    with monkeypatch.context() as patch:
        patch.setattr("sim.studies.pieces.run", fails)
        partly = sweep(GRID, tmp_path / "s")
        assert partly["point"].unique().tolist() == [0, 1, 4, 5]
        assert Sweep(tmp_path / "s").failures()["point"].tolist() == [2, 3]
        assert Sweep(tmp_path / "s").status()["failed"] == 2
    pd.testing.assert_frame_equal(sweep(GRID, tmp_path / "s"), whole, check_exact=True)
    assert not len(Sweep(tmp_path / "s").failures())
    assert not list((tmp_path / "s" / "pieces").glob("*.failed.json"))


HALF = """
def mine(claims, budget):
    return claims.asks * min({share}, budget / max(1.0, claims.asks.sum()))
"""


def test_a_policy_that_changed_is_not_mixed_with_what_it_was(tmp_path):
    file = tmp_path / "mine.py"
    file.write_text(HALF.format(share=0.5))
    experiment = GRID | {"overrides": {"committee.policy": f"{file}:mine"}, "factor": GRID["factor"][:1]}
    before = sweep(experiment, tmp_path / "s")
    file.write_text(HALF.format(share=0.25))
    with pytest.raises(sim.InputError, match=r"mine.py:mine' has changed since .*; give another folder, or start"):
        sweep(experiment, tmp_path / "s")
    pd.testing.assert_frame_equal(load_sweep(tmp_path / "s"), before, check_exact=True)
    after = sweep(experiment, tmp_path / "s", fresh=True)
    assert not after.equals(before)
    assert json.loads((tmp_path / "s" / "sweep.json").read_text())["made_by"] == made_by([f"{file}:mine"])


def test_a_policy_under_which_nothing_succeeded_may_be_mended(tmp_path):
    file = tmp_path / "mine.py"
    file.write_text("def mine(claims, budget):\n    return claims.asks * 2.0 + 1.0\n")
    factors = [GRID["factor"][0], {"path": "committee.policy", "values": ["priority", f"{file}:mine"]}]
    experiment = GRID | {"factor": factors}
    assert sweep(experiment, tmp_path / "s")["committee.policy"].unique().tolist() == ["priority"]
    file.write_text(HALF.format(share=0.5))
    mended = sweep(experiment, tmp_path / "s")
    pd.testing.assert_frame_equal(mended, sweep(experiment, tmp_path / "t"), check_exact=True)
    assert mended["committee.policy"].nunique() == 2


def test_another_engine_does_not_go_on_with_the_sweep(tmp_path, monkeypatch):
    sweep(GRID, tmp_path / "s")
    here = made_by()
    monkeypatch.setattr("sim.studies.made_by.engine_code", lambda: "0ther")
    with pytest.raises(
        sim.InputError, match=f"begun by version {here['version']} .engine {here['engine']}.*engine 0the"
    ):
        sweep(GRID, tmp_path / "s")


class Workers:
    """An executor that answers as it is told: `answer` takes (number of the task, what it would give)."""

    def __init__(self, answer):
        self.answer = answer

    def submit(self, function, task, threads):
        future = Future()
        try:
            future.set_result(self.answer(task["number"], function(task, threads)))
        except BaseException as error:
            future.set_exception(error)
        return future


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (lambda number, made: (*made[:2], made[2] | {"engine": "0ld"}), r"a worker runs .*engine 0ld.*this is version"),
        (lambda number, made: (*made[:2], made[2] | {"version": "0.0.1"}), r"a worker runs version 0\.0\.1"),
        (lambda number, made: (number, *made[:2]), "a worker runs an older version"),
    ],
)
def test_what_a_worker_of_another_package_made_is_refused(tmp_path, answer, said):
    with pytest.raises(sim.InputError, match=said):
        sweep(GRID, tmp_path / "s", executor=Workers(answer))
    assert not len(load_sweep(tmp_path / "s"))


class KilledWorker(Exception):
    """By this name Dask tells that every worker which took a piece has died."""


def test_a_piece_of_which_workers_die_is_told_the_others_go_on_and_it_is_tried_again(tmp_path, whole):
    def answer(number, made):
        if number == 2:
            raise KilledWorker("piece 2")
        return made

    partly = sweep(GRID, tmp_path / "s", executor=Workers(answer), **SMALL)
    assert partly["point"].nunique() == 5
    assert Sweep(tmp_path / "s").failures()["message"].tolist() == ["KilledWorker: piece 2"]
    pd.testing.assert_frame_equal(sweep(GRID, tmp_path / "s"), whole, check_exact=True)


@pytest.mark.parametrize("error", [BrokenProcessPool("died"), OSError("scheduler gone"), MemoryError()])
def test_an_executor_that_gives_out_keeps_what_is_finished(tmp_path, whole, error):
    def answer(number, made):
        if number == 3:
            raise error
        return made

    with pytest.raises(Stopped, match=f"stopped: {type(error).__name__}.*the same command goes on"):
        sweep(GRID, tmp_path / "s", executor=Workers(answer), window=1, **SMALL)
    assert Sweep(tmp_path / "s").status()["done"] == 3
    pd.testing.assert_frame_equal(sweep(GRID, tmp_path / "s"), whole, check_exact=True)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"threads": 0}, "threads: must be a whole number of at least 1, got 0"),
        ({"piece": 0}, "piece"), ({"piece": 1.5}, "piece"), ({"window": True}, "window"),
        ({"executor": "dask"}, "executor"), ({"progress": 3}, "progress"), ({"overrides": 3}, "overrides"),
        ({"overrides": {"replicate": 3}}, "unknown key"),
    ],
)  # fmt: skip
def test_what_is_no_argument_is_refused_before_anything_is_written(tmp_path, options, said):
    with pytest.raises(sim.InputError, match=said):
        sweep(GRID, tmp_path / "s", **options)
    assert not (tmp_path / "s").exists()


@pytest.mark.parametrize("keep", ["summary", "histories", "months"])
def test_the_joined_file_is_the_table_however_the_pieces_lie(tmp_path, keep):
    """Groups interleave in the design, and the pieces of one overlap those of the others."""
    policies = {"path": "committee.policy", "values": ["priority", "max_min", "proportional"]}
    experiment = GRID | {"keep": keep, "replicates": 2, "design": "latin_hypercube", "points": 23,
                         "factor": [{"path": "turnover.contagion", "range": [0, 1]}, policies]}  # fmt: skip
    table = sweep(experiment, tmp_path / "s", piece=6)
    assert table["point"].drop_duplicates().tolist() == list(range(23))
    pd.testing.assert_frame_equal(pd.read_parquet(tmp_path / "s" / "results.parquet"), table, check_exact=True)


@pytest.mark.parametrize("keep", ["summary", "histories", "months"])
def test_whoever_reads_a_sweep_holds_few_of_its_rows_and_all_come_by(tmp_path, monkeypatch, keep):
    experiment = {"scenario": "two_teams", "keep": keep, "replicates": 2, "design": "sobol", "points": 24,
                  "outcomes": ["*"], "factor": [{"path": "turnover.contagion"}, {"path": "budget.scale"}]}  # fmt: skip
    here, held = run_sweep(experiment, tmp_path / "s", piece=14), []
    whole, frame = here.table(), Sweep._frame
    monkeypatch.setattr("sim.studies.sweep_folder.ROWS", len(whole) // 20)
    monkeypatch.setattr(Sweep, "_frame", lambda self, rows: held.append(rows.nbytes) or frame(self, rows))
    pd.testing.assert_frame_equal(pd.concat(here.parts(), ignore_index=True), whole, check_exact=True)
    found = dict(here.each())
    assert list(found) == here.outcomes()
    column = {"summary": "mean", "histories": "output", "months": "gpus"}[keep]
    rows = whole[whole["outcome"] == "output"] if keep == "summary" else whole
    rows = rows[rows["team"] == "north"] if keep == "months" else rows
    means = rows.groupby("point")[column].mean()
    assert found["gpus.north" if keep == "months" else "output"]["mean"].tolist() == pytest.approx(means.tolist())
    held.clear()
    assert "budget.scale" in str(here.verdict())
    assert "budget.scale" in page([(tmp_path / "s", here)])
    assert sum(held) > whole.memory_usage().sum() / 3 > 3 * max(held)


@pytest.mark.parametrize(
    ("rest", "expected"),
    [({}, 20_000), ({"keep": "months"}, 5_000), ({"replicates": 1, "outcomes": ["*"]}, 11_396)],
)
def test_pieces_are_as_small_as_their_tables_are_wide(rest, expected):
    assert pieces.histories(load_plan(GRID | {"replicates": 1000} | rest)) == expected


def test_the_digest_tells_every_value_of_the_design():
    one = load_plan(GRID)
    nudged = GRID | {"factor": [{"path": "turnover.contagion", "values": [0.0, np.nextafter(0.2, 1), 0.4]},
                                GRID["factor"][1]]}  # fmt: skip
    assert one.digest() == load_plan(GRID).digest()
    assert one.digest() != load_plan(nudged).digest()


def test_pieces_can_be_run_anywhere(tmp_path):
    """What is handed to a worker is plain data."""
    here = run_sweep(GRID, tmp_path / "s")
    task = {
        "number": 0, "places": np.array([0]), "runs": np.array([0]), "points": {}, "draws": {}, "replicates": 10,
        "seed": 1, "engine": "compiled",
        "scenario": sim.load_scenario("two_teams").to_dict(), "keep": "summary", "outcomes": ["quits"],
        "factors": here.design.iloc[[0]],
        "base": {"scenario": sim.load_scenario("two_teams").to_dict(), "draws": {}},
    }  # fmt: skip
    table, failures, code = run_piece(task)
    assert table["mean"].item() == sim.run("two_teams", 10).outcomes["quits"].mean()
    assert failures == []
    assert code == made_by()


def test_the_pieces_of_a_sweep_share_one_run_of_the_scenario_as_it_stands(monkeypatch, tmp_path):
    of_points, run = [], pieces.run

    def counted(*args, **rest):
        of_points.append("points" in rest)
        return run(*args, **rest)

    monkeypatch.setattr(pieces, "run", counted)
    monkeypatch.setattr(pieces, "_bases", {})
    sweep(GRID, tmp_path / "s", **SMALL)
    assert of_points.count(True) > 1
    assert of_points.count(False) == 1

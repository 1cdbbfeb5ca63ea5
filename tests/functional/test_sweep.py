"""Sweeps: the same table however often they were stopped, wherever they ran."""

import json
import os
import subprocess
import sys
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import sim
from sim.errors import InputError
from sim.report.saved import draw_into
from sim.results.folder import write_file
from sim.studies.plan import load_plan
from sim.studies.sweep import Sweep, load_sweep, sweep
from tests.command_line import command
from tests.processes import PATIENCE, in_a_clean_process, is_killed, wait_until

GRID = {
    "scenario": "two_teams", "replicates": 20, "outcomes": ["quits", "output", "left_share.*"],
    "factor": [
        {"path": "turnover.contagion", "values": [0.0, 0.2, 0.4]},
        {"path": "committee.policy", "values": ["priority", "max_min"]},
        {"path": "event.lead_goes.enabled", "values": [True, False]},
    ],
}  # fmt: skip


def test_every_point_is_the_run_with_its_settings(tmp_path):
    table = sweep(GRID, tmp_path / "s")
    assert len(table) == 12 * 3
    for point in (0, 5, 11):
        one = table[table["point"] == point]
        first = one.iloc[0]
        settings = {path: first[path] for path in ("turnover.contagion", "committee.policy")}
        settings["event.lead_goes.enabled"] = bool(first["event.lead_goes.enabled"])
        outcomes = sim.run(sim.load_scenario("two_teams", settings), 20, seed=1).outcomes
        for row in one.itertuples():
            values = outcomes[row.outcome].dropna()
            assert row.mean == pytest.approx(values.mean(), nan_ok=True)
            assert row.sd == pytest.approx(values.std(), nan_ok=True)
            assert row.q95 == pytest.approx(values.quantile(0.95), nan_ok=True)
            assert row.replicates == len(values)


@pytest.mark.parametrize("piece", [1, 50, 100_000])
@pytest.mark.parametrize("pool", [None, ThreadPoolExecutor])
def test_pieces_and_executors_never_change_the_table(tmp_path, piece, pool):
    whole = sweep(GRID, tmp_path / "a")
    if pool is None:
        other = sweep(GRID, tmp_path / "b", piece=piece, threads=1)
    else:
        with pool(2) as executor:
            other = sweep(GRID, tmp_path / "b", executor=executor, piece=piece)
    pd.testing.assert_frame_equal(whole, other, check_exact=True)


def test_processes_give_the_same_table(tmp_path):
    import multiprocessing

    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as executor:
        other = sweep(GRID, tmp_path / "b", executor=executor, piece=60)
    pd.testing.assert_frame_equal(sweep(GRID, tmp_path / "a"), other, check_exact=True)


PIECES = {"scenario": "two_teams", "replicates": 40, "outcomes": ["quits", "left_share.*"],
          "factor": [{"path": "turnover.contagion", "range": [0.0, 0.5], "steps": 12}]}  # fmt: skip


PLACES = [(Path, "replace"), (Path, "mkdir"), (os, "fsync"), (Path, "unlink")]


def kill_again_and_again(folder):
    sim.run("two_teams", 1)  # children find the engine at hand
    kills = 0
    while is_killed(3 + kills, PLACES, lambda: sweep(PIECES, folder, piece=40)):
        kills += 1
    assert kills >= 5


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the sweep is killed in a process that was forked")
def test_a_sweep_killed_again_and_again_ends_as_if_it_never_was(tmp_path):
    """Each time a few disk operations further on; every operation is a place at which some time it is killed."""
    in_a_clean_process(kill_again_and_again, tmp_path / "killed")
    found = load_sweep(tmp_path / "killed")
    pd.testing.assert_frame_equal(found, sweep(PIECES, tmp_path / "whole"), check_exact=True)


def test_another_experiment_in_the_folder_is_refused_unless_fresh(tmp_path):
    sweep(GRID, tmp_path / "s")
    other = GRID | {"replicates": 30}
    with pytest.raises(sim.InputError, match=r"another experiment \(replicates differ\).*--fresh"):
        sweep(other, tmp_path / "s")
    assert load_sweep(tmp_path / "s")["replicates"].max() == 20
    assert sweep(other, tmp_path / "s", fresh=True)["replicates"].max() == 30


def test_a_folder_of_something_else_is_left_alone(tmp_path):
    (tmp_path / "letter.txt").write_text("dear")
    with pytest.raises(sim.InputError, match="not empty"):
        sweep(GRID, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["letter.txt"]


def test_two_processes_on_one_folder(tmp_path):
    from filelock import FileLock

    sweep(GRID, tmp_path / "s")
    with FileLock(tmp_path / "s" / ".lock"):
        assert Sweep(tmp_path / "s").status()["running"]
        with pytest.raises(sim.InputError, match="another process"):
            sweep(GRID, tmp_path / "s")
    assert not Sweep(tmp_path / "s").status()["running"]


def test_a_write_that_fails_keeps_the_finished_pieces(tmp_path, monkeypatch):
    real, written = pd.DataFrame.to_parquet, []

    def full_disk(self, path, **options):
        written.append(path)
        if len(written) == 5:
            raise OSError(28, "No space left on device")
        return real(self, path, **options)

    monkeypatch.setattr(pd.DataFrame, "to_parquet", full_disk)
    with pytest.raises(sim.InputError, match="No space left on device; finished pieces are kept"):
        sweep(GRID, tmp_path / "s", piece=20)
    monkeypatch.undo()
    assert len(Sweep(tmp_path / "s").done()) == 3
    assert not list((tmp_path / "s" / "pieces").glob(".new-*"))
    pd.testing.assert_frame_equal(sweep(GRID, tmp_path / "s"), sweep(GRID, tmp_path / "t"), check_exact=True)


POLICY = """
import numpy as np
def rash(claims, budget):
    if budget > 1500.0:
        return claims.asks * 2.0
    return np.minimum(claims.asks, claims.asks * 0.5 * min(1.0, budget / max(1.0, claims.asks.sum())))
"""


def test_a_point_that_fails_is_told_and_the_others_go_on(tmp_path):
    (tmp_path / "mine.py").write_text(POLICY)
    low, high = 0.1, 50.0
    experiment = {
        "scenario": "two_teams", "replicates": 5, "outcomes": ["quits"],
        "overrides": {"committee.policy": f"{tmp_path}/mine.py:rash"},
        "factor": [{"path": "budget.scale", "values": [low, high]}],
    }  # fmt: skip
    table = sweep(experiment, tmp_path / "s")
    assert table["budget.scale"].tolist() == [low]
    failures = Sweep(tmp_path / "s").failures()
    assert failures["budget.scale"].tolist() == [high]
    assert "rash" in failures["message"].item()
    file = tmp_path / "e.toml"
    file.write_text(
        f'scenario = "two_teams"\nreplicates = 5\noutcomes = ["quits"]\n[overrides]\n"committee.policy" = '
        f'"{tmp_path}/mine.py:rash"\n[[factor]]\npath = "budget.scale"\nvalues = [{low}, {high}]\n'
    )
    run = command("sweep", file, "--allow-code", "--out", tmp_path / "c")
    assert run.returncode == 1
    assert "1 points failed" in run.stderr


@pytest.mark.parametrize("design", ["latin_hypercube", "sobol"])
def test_sampled_designs_fill_their_ranges(design):
    plan = load_plan({
        "scenario": "two_teams", "design": design, "points": 64,
        "factor": [{"path": "turnover.contagion", "range": [0.1, 0.5]}, {"path": "head.hears"},
                   {"path": "turnover.market", "range": [0.01, 1.0], "scale": "log"},
                   {"path": "mechanisms.fairness"}, {"path": "committee.policy", "values": ["priority", "ranked"]}],
    })  # fmt: skip
    table = plan.design
    assert len(table) == 64
    counts = np.histogram(table["turnover.contagion"], bins=8, range=(0.1, 0.5))[0]
    assert (counts == 8).all()
    assert table["turnover.market"].median() == pytest.approx(0.1, rel=0.2)
    assert pd.api.types.is_integer_dtype(table["head.hears"])
    assert set(table["mechanisms.fairness"]) == {True, False}
    assert table["committee.policy"].value_counts().tolist() == [32, 32]
    assert len(plan.groups) == 2
    assert plan.digest() == load_plan(plan.experiment.model_dump(exclude_defaults=True)).digest()


def test_lists_scenarios_and_whole_tables(tmp_path):
    experiment = {
        "scenario": "two_teams", "design": "list", "replicates": 3, "keep": "histories", "outcomes": ["quits"],
        "point": [{"scenario": "two_teams"}, {"scenario": "steady_lab", "turnover.base_rate": 0.0}],
    }  # fmt: skip
    table = sweep(experiment, tmp_path / "s")
    assert table.columns.tolist() == ["point", "scenario", "turnover.base_rate", "replicate", "quits"]
    assert len(table) == 6
    assert table.loc[table["scenario"] == "steady_lab", "quits"].max() == 0
    months = sweep(GRID | {"keep": "months"}, tmp_path / "m")
    one = sim.run(sim.load_scenario("two_teams", {"turnover.contagion": 0.0}), 20, seed=1).months
    expected = one.groupby(["team", "month"], observed=True)["gpus"].mean().to_numpy()
    np.testing.assert_allclose(months.query("point == 0").sort_values(["team", "month"])["gpus"], expected)


BAD = [
    ({}, "scenario: is missing"),
    ({"scenario": "two_team"}, "did you mean 'two_teams'"),
    (GRID | {"replicate": 3}, "did you mean 'replicates'"),
    (GRID | {"replicates": 0}, "must be at least 1"),
    (GRID | {"replicates": 2.5}, "must be a whole number"),
    (GRID | {"outcomes": ["quit"]}, "did you mean 'quits'"),
    (GRID | {"design": "gird"}, "did you mean 'grid'"),
    (GRID | {"design": "list"}, "needs [[point]]"),
    (GRID | {"factor": []}, "needs [[factor]]"),
    (GRID | {"factor": [{"path": "turnover.contagio", "values": [1]}]}, "did you mean 'turnover.contagion'"),
    (GRID | {"factor": [{"path": "turnover.contagion", "values": [9.0]}]}, "at most 5"),
    (GRID | {"factor": [{"path": "turnover.contagion", "range": [0.5, 0.1]}]}, "and rise"),
    (GRID | {"factor": [{"path": "turnover.contagion", "range": [0, 1], "scale": "log"}]}, "above 0"),
    (GRID | {"factor": [{"path": "committee.policy"}]}, "needs values"),
    (GRID | {"factor": [{"path": "committee.policy", "values": ["priorty"]}]}, "did you mean 'priority'"),
    (GRID | {"factor": [{"path": "scenario", "values": ["steady_lap"]}]}, "did you mean 'steady_lab'"),
    (GRID | {"factor": 2 * [GRID["factor"][0]]}, "given twice"),
]


@pytest.mark.parametrize(("experiment", "reason"), BAD, ids=[reason for _, reason in BAD])
def test_bad_experiments_are_refused(experiment, reason):
    with pytest.raises(sim.InputError) as caught:
        load_plan(experiment)
    assert reason in str(caught.value)
    assert all(line.startswith(("experiment: ", "two_team: ")) for line in caught.value.faults)


def test_all_faults_of_an_experiment_are_told_in_one_go():
    with pytest.raises(sim.InputError) as caught:
        load_plan(GRID | {"outcomes": ["quit"], "factor": [{"path": "turnover.contagion", "values": [9.0]},
                                                          {"path": "nothing", "values": [1]}]})  # fmt: skip
    assert len(caught.value.faults) == 3


def test_the_manifest_says_what_made_the_table(tmp_path):
    sweep(GRID, tmp_path / "s")
    about = json.loads((tmp_path / "s" / "sweep.json").read_text())
    assert about["seed"] == 1
    assert about["experiment"]["replicates"] == 20
    assert {"python", "versions", "git"} <= about["provenance"].keys()
    assert len(about["scenarios"]) == 2
    os.utime(tmp_path / "s" / "sweep.json")
    for kind in ("lines", "parallel"):
        assert draw_into(Sweep(tmp_path / "s"), tmp_path / "s", kind)


def test_a_lost_dask_worker_loses_nothing(tmp_path):
    distributed = pytest.importorskip("distributed")
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    experiment = GRID | {"factor": [{"path": "turnover.contagion", "range": [0.0, 0.5], "steps": 30}]}
    workers, outstanding = [], []

    def kill_one(done, total, failed):
        if done >= 5 and not outstanding:
            outstanding.append(total - done)
            workers[0].kill()

    with distributed.LocalCluster(n_workers=0, protocol="tcp://", processes=False, dashboard_address=None) as here:
        address = here.scheduler_address
        try:
            for number in range(2):
                words = ("worker", address, "--nthreads", "1", "--no-nanny", "--no-dashboard",
                         "--local-directory", str(tmp_path))  # fmt: skip
                with open(tmp_path / f"log{number}", "w") as log:
                    workers.append(subprocess.Popen([sys.executable, "-m", "dask", *words], env=environment,
                                                    stdout=log, stderr=log))  # fmt: skip
            with distributed.Client(here, timeout=PATIENCE) as client:
                client.wait_for_workers(2, timeout=PATIENCE)
                table = sweep(experiment, tmp_path / "far", executor=client.get_executor(pure=False), piece=20,
                              window=8, progress=kill_one)  # fmt: skip
                wait_until(lambda: len(client.nthreads()) == 1)
        finally:
            for process in workers:
                process.kill()
                process.wait()
    assert outstanding[0] > 0
    pd.testing.assert_frame_equal(table, sweep(experiment, tmp_path / "near"), check_exact=True)


def test_points_are_paired_with_the_scenario_as_it_stands(tmp_path):
    experiment = {"scenario": "two_teams", "replicates": 30, "outcomes": ["quits"],
                  "factor": [{"path": "budget.scale", "values": [1.0, 2.0]}]}  # fmt: skip
    table = sweep(experiment, tmp_path / "s")
    lab = sim.load_scenario("two_teams")
    found = sim.compare({"base": lab, "more": lab.with_overrides({"budget.scale": 2.0})}, 30)
    row = found.differences.set_index("outcome").loc["quits"]
    assert table["difference"].tolist() == pytest.approx([0.0, row["difference"]])
    widths = 1.959964 * table["paired_sd"] / np.sqrt(30)
    assert widths.tolist() == pytest.approx([0.0, row["high"] - row["difference"]])


def test_a_folder_whose_points_are_not_paired_is_read_but_not_mixed_with_those_that_are(tmp_path):
    experiment = {"scenario": "two_teams", "replicates": 3, "factor": [{"path": "budget.scale", "values": [1.0, 2.0]}]}
    sweep(experiment, tmp_path / "s", piece=3)
    mark = tmp_path / "s" / "sweep.json"
    about = json.loads(mark.read_text())
    del about["base"]
    write_file(tmp_path / "s", "sweep.json", lambda path: path.write_text(json.dumps(about)))
    assert len(load_sweep(tmp_path / "s"))
    with pytest.raises(InputError, match="begun by an earlier version"):
        sweep(experiment, tmp_path / "s")

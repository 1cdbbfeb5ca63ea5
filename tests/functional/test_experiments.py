"""Experiment files: what is sampled, what runs together, what is left out; every point is the run that it says."""

import shutil
import warnings

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

import sim
from sim.results.bands import QUANTILES, statistics
from sim.scenario import shipped_folder
from sim.studies.plan import load_plan
from sim.studies.sweep import sweep

NO_COHORT = """
start = "2024-01"
months = 6
[budget]
gpus = 100
[[team]]
name = "a"
site = "s"
line = "x"
researchers = 3
baseline = 50
"""


def point_of(table, point):
    return table[table["point"] == point].reset_index(drop=True)


@pytest.mark.parametrize("keep", ["summary", "histories", "months"])
@pytest.mark.parametrize("piece", [30, 20_000])
def test_points_with_the_same_settings_are_the_same_and_none_is_missing(tmp_path, keep, piece):
    """Policies only: no number tells the points apart (they used to share out the replicates)."""
    policies = {"path": "committee.policy", "values": ["priority", "max_min"]}
    experiment = {"scenario": "two_teams", "replicates": 25, "keep": keep, "outcomes": ["quits"], "points": 8,
                  "design": "latin_hypercube", "factor": [policies]}  # fmt: skip
    table = sweep(experiment, tmp_path / "s", piece=piece)
    design = load_plan(experiment).design
    assert list(dict.fromkeys(table["point"])) == list(range(8))
    for point, policy in enumerate(design["committee.policy"]):
        quits = sim.run(sim.load_scenario("two_teams", {"committee.policy": policy}), 25).outcomes["quits"]
        here = point_of(table, point)
        assert (here["committee.policy"] == policy).all()
        if keep == "histories":
            assert here["quits"].tolist() == quits.tolist()
        elif keep == "summary":
            assert here["replicates"].tolist() == [25]
            assert here["mean"].item() == pytest.approx(quits.mean())
        else:
            assert len(here) == 12 * 2


def test_equal_points_run_once_and_all_are_told(tmp_path, monkeypatch):
    done = []
    run = sim.studies.pieces.run

    def counted(*arguments, **rest):
        if "points" in rest:  # the others are the scenario as it stands
            done.append(len(next(iter(rest["points"].values()))))
        return run(*arguments, **rest)

    monkeypatch.setattr("sim.studies.pieces.run", counted)
    listed = [{"budget.scale": value} for value in (1.0, 2.0, 1.0, 1.0, 2.0)]
    experiment = {"scenario": "two_teams", "replicates": 10, "outcomes": ["quits"], "design": "list", "point": listed}
    table = sweep(experiment, tmp_path / "s")
    assert sum(done) == 2
    assert table["point"].tolist() == [0, 1, 2, 3, 4]
    assert table["budget.scale"].tolist() == [1.0, 2.0, 1.0, 1.0, 2.0]
    assert table["mean"].nunique() == 2


def test_a_listed_point_may_leave_out_what_its_scenario_does_not_say(tmp_path):
    experiment = {
        "scenario": "two_teams", "design": "list", "replicates": 5, "outcomes": ["quits"],
        "point": [{"team.north.gpus_per_researcher": 100.0}, {"budget.scale": 2.0},
                  {"committee.members.research.priorities.south": 3.0}],
    }  # fmt: skip
    table = sweep(experiment, tmp_path / "s")
    for point, overrides in enumerate(experiment["point"]):
        alone = sim.run(sim.load_scenario("two_teams", overrides), 5).outcomes["quits"].mean()
        assert point_of(table, point)["mean"].item() == pytest.approx(alone)
    assert table["team.north.gpus_per_researcher"].isna().tolist() == [False, True, True]
    assert table["budget.scale"].tolist() == [1.0, 2.0, 1.0]


def test_what_a_listed_point_leaves_out_is_as_its_own_scenario_has_it(tmp_path):
    for name in ("two_teams", "steady_lab"):
        shutil.copy(shipped_folder() / f"{name}.toml", tmp_path)
    points = [{"scenario": "steady_lab"}, {"scenario": "two_teams", "budget.gpus": 700.0}]
    plan = load_plan({"scenario": "two_teams", "design": "list", "outcomes": ["quits"], "point": points})
    assert plan.design["budget.gpus"].tolist() == [sim.load_scenario("steady_lab").budget.gpus, 700.0]


def test_values_that_are_sound_only_together_are_sound_in_a_list():
    norms = {f"fairness.norms.{name}": 0.0 for name in ("need", "equity")}
    other = {"fairness.norms.equality": 0.0, "fairness.norms.need": 1.0}
    plan = load_plan({"scenario": "two_teams", "overrides": norms, "design": "list", "outcomes": ["quits"],
                      "point": [other, {"fairness.norms.equality": 2.0}]})  # fmt: skip
    assert plan.design["fairness.norms.need"].tolist() == [1.0, 0.0]
    with pytest.raises(sim.InputError, match=r"design: point 1: fairness\.norms: at least one weight must be above 0"):
        load_plan({"scenario": "two_teams", "overrides": norms, "design": "list", "outcomes": ["quits"],
                   "point": [other, {"fairness.norms.equality": 0.0}]})  # fmt: skip


def test_a_lab_without_cohorts_has_the_outcomes_that_it_has(tmp_path):
    (tmp_path / "lab.toml").write_text(NO_COHORT)
    experiment = {"scenario": f"{tmp_path}/lab.toml", "replicates": 2,
                  "factor": [{"path": "budget.scale", "values": [0.5, 1.0]}]}  # fmt: skip
    assert set(sweep(experiment, tmp_path / "s")["outcome"]) == {"quits", "output"}
    with pytest.raises(sim.InputError, match=r"outcomes: nothing is named 'left_share\.\*'"):
        load_plan(experiment | {"outcomes": ["quits", "left_share.*"]})


def test_any_outcome_is_kept_once(tmp_path):
    experiment = {"scenario": "two_teams", "replicates": 3, "outcomes": ["*", "quits"], "keep": "histories",
                  "factor": [{"path": "budget.scale", "values": [0.5, 1.0]}]}  # fmt: skip
    table = sweep(experiment, tmp_path / "s")
    assert table.columns.is_unique
    alone = sim.run("two_teams", 3).outcomes
    assert list(table.columns) == ["point", "budget.scale", *alone.columns]
    assert point_of(table, 1)[list(alone.columns)].equals(alone)


@pytest.mark.parametrize("design", ["latin_hypercube", "sobol"])
@pytest.mark.parametrize("scale", ["linear", "log"])
def test_sampled_whole_numbers_have_their_parts_of_the_range(design, scale):
    experiment = {"scenario": "two_teams", "design": design, "points": 4096, "outcomes": ["quits"],
                  "factor": [{"path": "hiring.lead_months", "range": [1, 3], "scale": scale}]}  # fmt: skip
    shares = load_plan(experiment).design["hiring.lead_months"].value_counts(normalize=True).sort_index()
    parts = np.log([2 / 1, 3 / 2, 4 / 3]) / np.log(4) if scale == "log" else [1 / 3] * 3
    assert shares.index.tolist() == [1, 2, 3]
    assert shares.to_numpy() == pytest.approx(parts, abs=1e-3)


def test_a_grid_of_whole_numbers_has_its_ends():
    factor = {"path": "hiring.lead_months", "range": [1, 10], "steps": 4}
    plan = load_plan({"scenario": "two_teams", "outcomes": ["quits"], "factor": [factor]})
    assert plan.design["hiring.lead_months"].tolist() == [1, 4, 7, 10]


NUMBERS = st.one_of(st.floats(-1e6, 1e6), st.just(np.nan), st.integers(-3, 3).map(float))


@given(arrays.arrays(float, st.tuples(*[st.integers(1, 9)] * 3), elements=NUMBERS))
@settings(max_examples=50, deadline=None)
def test_statistics_are_those_of_numpy_and_pandas(values):
    found = statistics(values)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        for name, share in QUANTILES.items():
            np.testing.assert_array_equal(found[name], np.nanquantile(values, share, axis=1))
    for point, one in enumerate(values):
        frame = pd.DataFrame(one)
        np.testing.assert_array_equal(found["replicates"][point], frame.count())
        np.testing.assert_allclose(found["mean"][point], frame.mean(), atol=1e-9)
        np.testing.assert_allclose(found["sd"][point], frame.std(), atol=1e-6)


def test_a_misspelt_key_that_is_required_is_told_once_with_what_was_meant():
    with pytest.raises(sim.InputError) as told:
        load_plan({"scenari": "two_teams", "outcomes": ["quits"], "point": [{"head.hears": 0}]})
    (fault,) = told.value.faults
    assert "scenari: unknown key (did you mean 'scenario'?" in fault

"""The two engines are one model: same exits, releases, moves and hires, same numbers."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings

import sim
from sim.scenario import shipped
from tests.agreement import LABS, assert_same
from tests.strategies import labs, scenarios

QUIET = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much, HealthCheck.large_base_example]


def assert_invariants(result):
    """What holds in every lab."""
    months, scenario = result.months, result.scenario
    numbers = months.select_dtypes("number")
    assert np.isfinite(numbers.to_numpy()).all()
    whole = scenario.committee.granularity  # GPUs that asks are rounded up to
    slack = whole + 1e-9 * (1.0 + months["ask"])
    assert (months["grant"] <= months["ask"] + slack).all()
    assert (months["gpus"] <= months["ask"] + slack).all()
    assert (months["used"] <= months["gpus"] + slack).all()
    assert (months[["need", "grant", "relief", "gpus", "used", "envy"]] >= 0.0).all().all()
    assert months["trust"].between(0.05, 1.0).all()
    felt = [name for name in months if name.startswith("felt_")]
    assert np.allclose(months[felt].sum(axis=1), months["fairness"], atol=1e-9)
    assert (months["felt_leaning"] - months["fairness"]).between(-1e-9, scenario.fairness.bound + 1e-9).all()
    lab = (
        months.groupby(["replicate", "month"])[["gpus", "ask"]]
        .sum()
        .merge(result.lab.set_index(["replicate", "month"]), left_index=True, right_index=True)
    )
    assert (lab["gpus"] <= lab["budget"] * (1 + 1e-9) + 1e-9).all()
    if not may_leave_idle(scenario):
        enough = np.minimum(lab["ask"], lab["budget"])
        spare = lab["need"] <= lab["budget"]  # then nobody is given more than they need
        assert np.allclose(lab["gpus"], enough.where(~spare, lab["need"]), rtol=1e-6, atol=1e-6)
    for _, one in months.groupby(["replicate", "team"], observed=True):
        left = one["headcount"] - one["quit"] - one["laid_off"] + one["hired"] + one["moved"]
        assert (left.to_numpy()[:-1] == one["headcount"].to_numpy()[1:]).all()


def may_leave_idle(scenario):
    """Whether some of the budget may stay idle although teams want it."""
    rules, teams = scenario.committee, scenario.team.values()
    closed_files = rules.revisit < 1.0
    unlent = rules.policy == "quota" or any(
        one.borrowing_limit is not None or one.lending_limit is not None for one in teams
    )
    return closed_files or rules.granularity > 0 or (rules.policy.startswith("quota") and unlent)


@pytest.mark.parametrize("name", shipped())
def test_engines_agree_on_every_shipped_scenario(name):
    assert_invariants(assert_same(sim.load_scenario(name), 2, seed=7))


@pytest.mark.parametrize("block", range(2))
def test_engines_agree_on_scenarios_over_the_whole_schema(block):
    for scenario in labs(LABS // 2, first=LABS // 2 * block):
        assert_invariants(assert_same(scenario, 2, seed=3))


@pytest.mark.large
@given(scenarios())
@settings(max_examples=5000, deadline=None, suppress_health_check=QUIET)
def test_engines_agree_on_thousands_of_scenarios(scenario):
    assert_invariants(assert_same(scenario, 2, seed=11))


@pytest.mark.parametrize("policy", sim.policies())
def test_engines_agree_under_every_policy(policy):
    scenario = sim.load_scenario("llama_vs_opt", {"committee.policy": policy, "committee.revisit": 0.6})
    assert_same(scenario, 1, seed=2)


@pytest.mark.parametrize(
    ("points", "reason"),
    [
        ({"months": [3]}, "neither size"),
        ({"team.south.researchers": [3]}, "neither size"),
        ({"project.smaller.target": [3]}, "must be numbers|neither size"),
        ({"committee.policy": [1]}, "neither size"),
        ({"turnover.contagion": [99.0]}, "at most 5, got 99"),
        ({"turnover.contagion": [np.nan]}, "finite"),
        ({"turnover.contagio": [0.1]}, "did you mean 'turnover.contagion'"),
        ({"turnover.contagion": [0.1], "turnover.market": [0.1, 0.2]}, "same number of values"),
        ({"mechanisms.fairness": [0.5]}, "true or false"),
        ({"hiring.lead_months": [1.5]}, "whole number"),
    ],
)
def test_points_that_cannot_be_run_are_refused(points, reason):
    with pytest.raises(sim.InputError, match=reason):
        sim.run(sim.load_scenario("two_teams"), 2, points=points)


def test_own_luck_is_independent_from_point_to_point_and_the_same_whatever_else_runs():
    scenario = sim.load_scenario("two_teams")
    points = {"turnover.market": np.full(50, scenario.turnover.market)}
    same = sim.run(scenario, 8, points=points).outcomes.groupby("replicate")["quits"].std()
    assert (same == 0.0).all()
    own = sim.run(scenario, 8, points=points, luck="own").outcomes
    by_point = own.pivot(index="point", columns="replicate", values="quits")
    pooled = sim.run(scenario, 400).outcomes["quits"]
    assert by_point.std().mean() == pytest.approx(pooled.std(), rel=0.15)
    assert by_point.mean(axis=1).var() == pytest.approx(pooled.var() / 8, rel=0.6)  # as of independent histories
    alone = sim.run(scenario, 8, points={"turnover.market": [scenario.turnover.market]}, luck=[37]).outcomes
    assert alone["quits"].tolist() == own[own["point"] == 37]["quits"].tolist()
    assert own[own["point"] == 0]["quits"].tolist() == sim.run(scenario, 8).outcomes["quits"].tolist()


def test_no_two_points_of_a_large_ensemble_share_a_luck():
    from sim.engines.ensemble import Ensemble

    many = Ensemble(np.arange(8), luck=np.arange(100_000))
    _, _, luck = many.histories(np.arange(len(many)))
    assert len(np.unique(luck)) == len(many)


def test_a_replicate_of_an_ensemble_over_draws_is_the_run_with_its_draw():
    scenario = sim.load_scenario("two_teams")
    draws = {"turnover.market": np.array([0.1, 0.9, 0.4]), "turnover.contagion": np.array([0.2, 0.0, 0.5])}
    mixed = sim.run(scenario, 7, seed=3, draws=draws, points={"turnover.contagion": [0.3, 0.6]}).months
    for point, contagion in enumerate((0.3, 0.6)):
        for replicate in range(7):
            overrides = {"turnover.market": draws["turnover.market"][replicate % 3], "turnover.contagion": contagion}
            alone = sim.run(scenario.with_overrides(overrides), [replicate], seed=3).months
            one = mixed[(mixed["point"] == point) & (mixed["replicate"] == replicate)].drop(columns="point")
            pd.testing.assert_frame_equal(one.reset_index(drop=True), alone)


def test_both_engines_meet_the_same_luck_and_draws():
    scenario = sim.load_scenario("two_teams")
    asked = {"draws": {"turnover.market": [0.1, 0.9, 0.4]}, "points": {"turnover.contagion": [0.3, 0.6]}, "luck": "own"}
    tables = [
        sim.run(scenario, 4, seed=3, engine=engine, detail="people", **asked).exits for engine in ("compiled", "mesa")
    ]
    pd.testing.assert_frame_equal(*tables)


@pytest.mark.parametrize("luck", ["mine", [1], [0.5, 1.0], [-1, 0], [0, 2**31], None])
def test_luck_that_is_none_is_refused(luck):
    with pytest.raises(sim.InputError, match="luck: "):
        sim.run(sim.load_scenario("two_teams"), 2, points={"turnover.market": [0.1, 0.2]}, luck=luck)


@pytest.mark.parametrize("threads", [1, 2, 5])
def test_threads_never_change_the_result(threads):
    scenario = sim.load_scenario("two_teams")
    pd.testing.assert_frame_equal(
        sim.run(scenario, 700, seed=1, threads=threads).outcomes, sim.run(scenario, 700, seed=1, threads=3).outcomes
    )


@pytest.mark.parametrize("chunk", [1, 7, 64, 1000])
def test_chunks_never_change_the_result(chunk):
    from sim.engines.compiled.runner import simulate
    from sim.engines.ensemble import Ensemble

    scenario, together = sim.load_scenario("two_teams"), []
    for size in (None, chunk):
        parts = simulate(scenario, Ensemble(np.arange(60)), seed=1, reduce=lambda *part: part, chunk=size)
        arrays = {name: [] for name in ("lab", "teams", "cohorts", "projects", "exits")}
        for history, first in parts:
            history.exits[:, 0] += first
            for name, found in arrays.items():
                found.append(getattr(history, name))
        together.append({name: np.concatenate(found) for name, found in arrays.items()})
    for name, whole in together[0].items():
        np.testing.assert_array_equal(whole, together[1][name])


def test_a_replicate_alone_is_the_replicate_among_others():
    scenario = sim.load_scenario("two_teams")
    among = sim.run(scenario, 50, seed=1).outcomes
    alone = sim.run(scenario, [37], seed=1).outcomes
    pd.testing.assert_frame_equal(among[among["replicate"] == 37].reset_index(drop=True), alone)


def test_people_who_are_asked_are_those_who_are_there_and_their_later_exit_is_that_of_the_table():
    scenario = sim.load_scenario("llama_vs_opt")
    asked = ["2022-10", "2023-05"]
    tables = [
        sim.run(scenario, 3, seed=2, engine=engine, detail="panel", asked=asked).tables
        for engine in ("compiled", "mesa")
    ]
    for one in tables:
        pd.testing.assert_frame_equal(one["panel"], tables[0]["panel"], rtol=1e-9)
    panel, exits, months = (tables[0][name] for name in ("panel", "exits", "months"))
    assert sorted(panel["date"].unique()) == asked
    for (replicate, month, team), one in panel.groupby(["replicate", "month", "team"], observed=True):
        row = months[(months["replicate"] == replicate) & (months["month"] == month + 1) & (months["team"] == team)]
        assert len(one) == row["headcount"].iloc[0]  # those there as the next month begins
    left = panel.dropna(subset="exit_month").merge(exits, on=["replicate", "person"], suffixes=("", "_then"))
    assert (left["exit_month"] == left["month_then"]).all()
    assert (left["exit_month"] > left["month"]).all()
    later = exits[exits["month"] > 5].merge(panel[panel["month"] == 5], on=["replicate", "person"], how="inner")
    assert later["exit_month"].notna().all()


@pytest.mark.parametrize(
    ("asked", "detail"), [(["2030-01"], "panel"), ([-1], "panel"), ([True], "panel"), ([3], "people")]
)
def test_asking_in_a_month_that_there_is_not_is_refused(asked, detail):
    with pytest.raises(sim.InputError, match="asked: "):
        sim.run("llama_vs_opt", 2, detail=detail, asked=asked)

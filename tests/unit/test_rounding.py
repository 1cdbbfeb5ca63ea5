"""What rounding must not decide: at every edge a unit in the last place changes nothing."""

import math
from types import SimpleNamespace as Thing

import numpy as np
import pytest

import sim
from sim.model import dividing, fairness, training
from sim.rounding import less

AN_ULP_LESS, AN_ULP_MORE = 1.0 - 2.0**-53, 1.0 + 2.0**-52
NEARLY = (AN_ULP_LESS, 1.0, AN_ULP_MORE)
CLEARLY_LESS, CLEARLY_MORE = 1.0 - 1e-6, 1.0 + 1e-6


def test_less_means_by_more_than_rounding_at_the_size_of_what_was_reckoned():
    for by in NEARLY:
        assert not less(5.0 * by, 5.0, 5.0)
        assert not less(1e-9 * by, 1e-9, 100.0)  # what a difference of hundreds leaves
    assert less(5.0 * CLEARLY_LESS, 5.0, 5.0)
    assert not less(5.0, 5.0 * CLEARLY_LESS, 5.0)


@pytest.mark.parametrize(("part", "done"), [*((by, True) for by in NEARLY), (CLEARLY_LESS, False)])
def test_a_project_that_is_served_in_full_is_done(part, done):
    team = Thing(productivity=0.7, gpus=30.0 + 25.0 / 0.7, free=part * 25.0 / 0.7, used=30.0, output=30.0)
    project = Thing(work_left=25.0, gpu_months=0.0)
    assert training.work_on(project, team) is done
    assert (project.work_left == 0.0) is done


def test_a_crumb_of_gpus_is_no_grant_to_be_judged_by():
    p = Thing(committee=Thing(trust_learning=0.5))
    team = Thing(trust=0.6, gpus=2.0**-40, output=2.0**-40, need=100.0, ask=100.0)
    training.learn_trust(team, p)
    assert team.trust == 0.6
    team.gpus = team.output = 0.01
    training.learn_trust(team, p)
    assert team.trust == 0.8


def test_who_has_what_nobody_appeals_below_does_not_appeal():
    p = Thing(head=Thing(appeal_below=0.6))
    assert not any(dividing.appeals(Thing(need=50.0, grant=0.6 * 50.0 * by), p) for by in NEARLY)
    assert dividing.appeals(Thing(need=50.0, grant=0.6 * 50.0 * CLEARLY_LESS), p)


def test_shortfalls_of_a_half_are_counted_alike_and_the_lot_decides():
    p = Thing(
        head=Thing(appeal_below=0.9, hears=1), budget=Thing(reserve=0.5, gpus=10.0), committee=Thing(granularity=0)
    )
    for by in NEARLY:
        teams = [Thing(need=8.0, grant=5.5, tie_draw=0.7), Thing(need=8.0, grant=5.5 * by, tie_draw=0.3)]
        dividing.hear(teams, p)
        assert [team.voice for team in teams] == [0.0, 1.0]


def test_a_budget_that_meets_the_needs_is_not_short():
    teams = [Thing(need=0.1), Thing(need=0.2)]
    for by in NEARLY:
        assert fairness.scarcity(teams, Thing(budget=Thing(gpus=0.3 * by))) == 0.0
    assert fairness.scarcity(teams, Thing(budget=Thing(gpus=0.3 * CLEARLY_LESS))) == pytest.approx(1e-6)


def test_equal_scores_outrank_nobody_and_the_bound_of_giving_up_is_not_below_itself():
    assert not any(dividing.outranks(Thing(score=0.4 * by), Thing(score=0.4)) for by in NEARLY)
    assert dividing.outranks(Thing(score=0.4 * CLEARLY_MORE), Thing(score=0.4))
    p = Thing(committee=Thing(abandon_below=0.5))
    assert not any(dividing.gives_up_on(Thing(trust=0.5, capability=by), p) for by in NEARLY)
    assert dividing.gives_up_on(Thing(trust=0.5, capability=CLEARLY_LESS), p)


@pytest.mark.parametrize("by", NEARLY)
@pytest.mark.parametrize(
    ("policy", "told", "grants"),
    [
        ("ranked", lambda by: {"scores": [0.4, 0.4 * by, 0.1], "asks": [10, 20, 5], "budget": 15}, [5, 10, 0]),
        ("smoothed", lambda by: {"scores": [1, 1], "last": [0, 2.0**-50 * by], "asks": [9, 9], "budget": 10}, [5, 5]),
        ("credit_market", lambda by: {"credits": np.array([3.0, 1.0]), "asks": [4, 6], "budget": 10 * by}, [4, 6]),
    ],
)
def test_policies_do_not_hang_on_the_last_place(policy, told, grants, by):
    told = told(by)
    np.testing.assert_allclose(sim.allocate(policy, **told), grants, rtol=1e-12)
    if policy == "credit_market":  # where there is enough for all, nothing has a price
        np.testing.assert_allclose(told["credits"], [8, 6], rtol=1e-12)


@pytest.mark.parametrize(
    ("name", "policy"),
    [("llama_vs_opt", "priority"), ("llama_vs_opt", "ranked"), ("llama_vs_opt", "lottery"), ("free_run", None),
     ("cluster_twice", None), ("duplicate_cancelled_early", None)],
)  # fmt: skip
def test_no_history_hangs_on_the_thirteenth_digit_of_the_budget(name, policy):
    scenario = sim.load_scenario(name, {"committee.policy": policy} if policy else {})
    gpus = scenario.budget.gpus * np.array([1.0, 1.0 - 1e-13, 1.0 + 1e-13])
    result = sim.run(scenario, 100, seed=1, points={"budget.gpus": gpus}, detail="people")
    exits = [part.drop(columns="point").reset_index(drop=True) for _, part in result.exits.groupby("point")]
    ends = [part[["replicate", "project", "status", "month"]] for _, part in result.projects.groupby("point")]
    short = [part["short_months"].to_numpy() for _, part in result.outcomes.groupby("point")]
    for other in (1, 2):
        assert exits[other].equals(exits[0])
        assert ends[other].reset_index(drop=True).equals(ends[0].reset_index(drop=True))
        assert (short[other] == short[0]).all()
    assert len(exits) == 3
    assert len(exits[0]) > 0
    assert math.isfinite(short[0].mean())

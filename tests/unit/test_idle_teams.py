"""Teams that ask for nothing this month: their entitlement, usage and credits go on, as in every policy's source."""

import numpy as np
import pytest

import sim

IDLE_MONTHS = 6
LAB = {
    "start": "2022-01", "months": 12, "budget": {"gpus": 300.0, "reserve": 0.0},
    "committee": {"noise": 0.0, "members": [{"name": "all"}]},
    "mechanisms": {"gaming": False, "capability": False, "appeals": False, "review": False},
    "turnover": {"base_rate": 0.0},
    "team": [
        {"name": "busy", "site": "here", "line": "x", "researchers": 10, "baseline": 40.0, "weight": 1.0},
        {"name": "calm", "site": "here", "line": "y", "researchers": 4, "baseline": 45.0, "weight": 1.0, "record": 2.0},
        {"name": "idle", "site": "here", "line": "z", "researchers": 5, "weight": 1.0, "guaranteed_gpus": 50.0},
        {"name": "unborn", "site": "here", "line": "z", "researchers": 0, "baseline": 40.0, "weight": 5.0},
    ],
    "project": [{"name": "late", "team": "idle", "gpu_months": 2000.0, "start": "2022-07", "target": "2022-12"}],
}  # fmt: skip


def months_under(policy, engine="compiled", **changes):
    lab = sim.Scenario.from_dict(LAB).with_overrides({"committee.policy": policy, **changes})
    table = sim.run(lab, 1, engine=engine).months
    return {name: table.pivot(index="month", columns="team", values=name) for name in ("ask", "grant", "gpus", "score")}


@pytest.mark.parametrize("engine", ["compiled", "mesa"])
def test_credits_saved_up_in_idle_months_are_there_when_they_are_needed(engine):
    """Vuppalapati et al. (OSDI 2023): credits for the half of 100 that is not guaranteed, and for the half lent."""
    grants = months_under("karma", engine)["grant"]
    assert (grants["idle"][:IDLE_MONTHS] == 0.0).all()
    np.testing.assert_allclose(grants.loc[IDLE_MONTHS, ["busy", "calm", "idle"]], [50.0, 50.0, 200.0])


@pytest.mark.parametrize("engine", ["compiled", "mesa"])
def test_usage_is_shared_among_the_same_teams_as_entitlements(engine):
    grants = months_under("fair_share", engine)["grant"].loc[IDLE_MONTHS]
    assert grants["idle"] > 1.5 * max(grants["busy"], grants["calm"])


def test_who_is_not_there_is_entitled_to_nothing():
    grants = months_under("quota")["grant"]
    np.testing.assert_allclose(grants.loc[0], [100.0, 100.0, 0.0, 0.0])


@pytest.mark.parametrize("policy", sorted(set(sim.policies()) - {"lottery"}))
def test_a_run_divides_as_allocate_does_that_is_told_of_everybody(policy):
    """Month by month from the grants of the run itself, with the credits and the usage that follow from them."""
    table, names = months_under(policy), ["busy", "calm", "idle"]
    lab = sim.Scenario.from_dict(LAB)
    heads = np.array([lab.team[name].researchers for name in names], dtype=float)
    told = {
        "weights": [lab.team[name].weight for name in names], "headcounts": heads,
        "records": [lab.team[name].record for name in names],
        "floors": [lab.team[name].guaranteed_gpus for name in names],
    }  # fmt: skip
    credits, usage, last = np.full(3, 300.0), np.zeros(3), np.zeros(3)
    for month in range(12):
        here = {of: by_month.loc[month, names].to_numpy() for of, by_month in table.items()}
        expected = sim.allocate(
            policy,
            asks=here["ask"],
            scores=here["score"],
            budget=300.0,
            credits=credits,
            usage=usage,
            last=last,
            **told,
        )
        last = here["grant"]
        np.testing.assert_allclose(last, expected, rtol=1e-9, atol=1e-9, err_msg=f"month {month}")
        usage = 2.0 ** (-1 / lab.committee.usage_half_life) * usage + here["gpus"]

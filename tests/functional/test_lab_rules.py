"""What a lab's own rules do: demand that varies around its mean, and use it or lose it."""

import numpy as np
import pytest

import sim
from sim.scenario import Scenario, shipped


def lab(months=24, policy="quota", wants=(60.0, 60.0, 60.0, 2.0), **tables):
    """Teams of four with equal weights that want so many GPUs; nobody leaves, nothing is felt."""
    raw = {
        "start": "2024-01", "months": months, "budget": {"gpus": 100.0, "reserve": 0.0},
        "committee": {"policy": policy}, "turnover": {"base_rate": 0.0},
        "team": [{"name": f"t{place}", "site": "here", "line": f"l{place}", "researchers": 4, "baseline": want / 4}
                 for place, want in enumerate(wants)],
    }  # fmt: skip
    for name, table in tables.items():
        raw[name] = raw.get(name, {}) | table if isinstance(table, dict) else table
    return Scenario.from_dict(raw)


def by_team(scenario, column, replicates=1, engine="compiled"):
    """Months by teams, of the first history."""
    months = sim.run(scenario, replicates, engine=engine).months
    return months[months["replicate"] == 0].pivot(index="month", columns="team", values=column)


# Use it or lose it

RULE = {"policy": "quota", "use_it_or_lose_it": {"below": 0.2}}


@pytest.mark.parametrize("engine", ["compiled", "mesa"])
def test_who_uses_less_than_a_fifth_of_its_plan_loses_four_fifths_of_what_is_left_and_the_others_get_it(engine):
    entitled = by_team(lab(committee=RULE), "entitled", engine=engine)
    assert entitled.loc[:2].eq(25.0).all(axis=None)  # a quarter is waited for
    left = 0.2 / 3.2 * 100.0
    np.testing.assert_allclose(entitled.loc[3:11, "t3"], left)
    np.testing.assert_allclose(entitled.loc[3:11, "t0"], (100.0 - left) / 3)
    assert entitled.loc[12:14].eq(25.0).all(axis=None)  # a new plan
    np.testing.assert_allclose(entitled.loc[15:, "t3"], left)


def test_quotas_that_are_lost_put_idle_gpus_to_use():
    """A quarter of the GPUs is entitled to a team that wants 2: under fixed quotas 23 idle, and 4 with the rule."""
    without, ruled = (by_team(lab(committee=one), "used").sum(axis=1) for one in ({}, RULE))
    assert (without == 77.0).all()
    assert (ruled[:3] == 77.0).all()
    np.testing.assert_allclose(ruled[3:12], 2.0 + 300.0 / 3.2)
    borrowing = by_team(lab(policy="quota_borrowing"), "used").sum(axis=1)
    np.testing.assert_allclose(borrowing, 100.0)  # the other cure


def test_a_fifth_is_enough_and_a_quota_event_is_a_new_plan():
    assert by_team(lab(committee=RULE, wants=(60.0, 60.0, 60.0, 5.0)), "entitled").eq(25.0).all(axis=None)
    event = [{"type": "quota", "name": "again", "month": "2024-05", "weight": {"t3": 1.0}}]
    entitled = by_team(lab(committee=RULE, event=event), "entitled")["t3"]
    np.testing.assert_allclose(entitled.loc[3], 6.25)
    assert (entitled.loc[4:5] == 25.0).all()
    np.testing.assert_allclose(entitled.loc[6:11], 6.25)  # looked at again as the second quarter ends


def test_what_is_lost_does_not_compound_and_a_burst_that_was_used_is_counted():
    assert by_team(lab(committee=RULE), "entitled").loc[11, "t3"] == pytest.approx(6.25)  # after three looks
    demand = [{"type": "demand", "name": "over", "month": "2024-04", "baseline": {"t0": 0.25}}]
    entitled = by_team(lab(months=12, committee=RULE, event=demand), "entitled")["t0"]
    # 75 of 75 GPU-months used by March; then 1 a month of some 31: below a fifth of the plan never within the year.
    assert (entitled >= 25.0).all()


@pytest.mark.parametrize("policy", ["priority", "proportional", "ranked"])
def test_where_nobody_is_entitled_there_is_nothing_to_lose(policy):
    grants = [by_team(lab(policy=policy, committee={**one, "policy": policy}), "gpus") for one in ({}, RULE)]
    assert grants[0].equals(grants[1])


def test_guaranteed_gpus_are_lost_too():
    teams = [{"name": name, "site": "here", "line": name, "researchers": 4, "baseline": want, "guaranteed_gpus": 50.0}
             for name, want in (("idle", 0.5), ("busy", 50.0))]  # fmt: skip
    wakes = [{"type": "demand", "name": "wakes", "month": "2024-06", "baseline": {"idle": 50.0}}]
    gpus = by_team(lab(policy="floor_max_min", committee=RULE | {"policy": "floor_max_min"}, team=teams, event=wakes,
                       months=13), "gpus")["idle"]  # fmt: skip
    np.testing.assert_allclose(gpus.loc[5:11], 100.0 / 6)  # of weights .2 and 1: its floor is 10
    assert gpus.loc[12] == pytest.approx(50.0)


# Demand that varies


def test_demand_keeps_its_mean_has_its_spread_and_its_persistence():
    spread = {"demand_spread": 0.5, "demand_persistence": 0.6, "gpus_per_researcher": 1e6}
    need = sim.run(lab(months=40, team_defaults=spread), 500).months
    wide = need[need["team"] == "t0"].pivot(index="replicate", columns="month", values="need").to_numpy()
    logs = np.log(wide)
    assert wide.mean() == pytest.approx(60.0, rel=0.02)
    assert logs.std() == pytest.approx(0.5, rel=0.02)
    for month in (0, 39):  # it begins as it goes on
        assert wide[:, month].mean() == pytest.approx(60.0, rel=0.1)
        assert logs[:, month].std() == pytest.approx(0.5, rel=0.1)
    for lag in (1, 2):
        together = np.corrcoef(logs[:, :-lag].ravel(), logs[:, lag:].ravel())[0, 1]
        assert together == pytest.approx(0.6**lag, abs=0.03)
    other = need[need["team"] == "t1"].pivot(index="replicate", columns="month", values="need").to_numpy()
    assert abs(np.corrcoef(logs.ravel(), np.log(other).ravel())[0, 1]) < 0.03


def test_a_lab_that_is_enough_on_average_is_short_in_some_months():
    on_average = {"policy": "max_min", "wants": (40.0, 30.0, 20.0, 5.0), "months": 60}
    none, some = (
        sim.run(lab(**on_average, team_defaults={"demand_spread": one}), 200).outcomes["short_months"].mean()
        for one in (0.0, 0.45)
    )
    assert none == 0.0
    assert 0.2 < some < 0.5


@pytest.mark.parametrize("engine", ["compiled", "mesa"])
def test_what_a_team_uses_follows_its_demand(engine):
    months = sim.run(lab(wants=(10.0,) * 4, team_defaults={"demand_spread": 0.4}), 3, engine=engine).months
    served = months[months["gpus"] >= months["need"]]
    assert len(served) > 100
    np.testing.assert_allclose(served["used"], served["need"])


@pytest.mark.parametrize("name", [name for name in shipped() if name != "shared_cluster"])
def test_no_shipped_scenario_but_the_shared_cluster_has_these_rules_on(name):
    scenario = sim.load_scenario(name)
    assert scenario.team_defaults.demand_spread == 0.0
    assert scenario.committee.use_it_or_lose_it.below == 0.0
    assert scenario.committee.granularity == 0

"""Scenarios with thousands of names: what is done for each must not grow with how many there are."""

import pytest

import sim
from sim import errors
from sim.scenario.faults import Hints


def lab(teams, events=0, sources=0):
    return {
        "start": "2022-01", "months": 3, "budget": {"gpus": 100.0},
        "team": [{"name": f"t{i}", "site": "here", "line": f"l{i % 9}", "researchers": 1} for i in range(teams)],
        "event": [{"name": f"e{i}", "type": "layoff", "month": "2022-02", "fraction": 0.1, "teams": [f"t{i}x"]}
                  for i in range(events)],
        "sources": {f"team.nobody{i}.researchers": "hearsay" for i in range(sources)},
    }  # fmt: skip


@pytest.mark.parametrize(("events", "sources"), [(300, 0), (0, 300)], ids=["events", "sources"])
def test_the_nearest_name_is_sought_for_the_first_faults_only(monkeypatch, events, sources):
    compared = []
    real = errors.get_close_matches
    monkeypatch.setattr(
        errors, "get_close_matches", lambda name, valid, **how: compared.append(len(valid)) or real(name, valid, **how)
    )
    with pytest.raises(sim.InputError) as told:
        sim.Scenario.from_dict(lab(200, events, sources))
    assert len(told.value.faults) == events + sources
    assert "did you mean" in told.value.faults[0]
    assert sum(compared) <= 2 * (Hints.MOST + max(compared))


def test_a_rate_before_its_cohort_is_fixed_is_refused():
    facts = {"what": "exit_rate", "cohort": "south_authors", "low": 0.0, "high": 0.1, "source": "x"}
    for what in ("exit_rate", "left_share"):
        with pytest.raises(sim.InputError, match=r"early\.month: 2022-07 lies before its cohort is fixed, 2022-08"):
            sim.load_scenario("two_teams", {"record.early": {**facts, "what": what, "month": "2022-07"}})
    scenario = sim.load_scenario("two_teams", {"record.early": {**facts, "month": "2022-08"}})
    assert sim.run(scenario, 3, engine="mesa").outcomes["record.early"].between(0.0, 1.0).all()

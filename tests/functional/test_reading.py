"""Both engines do what MODEL.md says: the same exits, releases, cancellations and grants as `tests/reading.py`."""

import pytest
from hypothesis import HealthCheck, given, settings

import sim
from sim.scenario import shipped
from tests import reading
from tests.strategies import scenarios

QUIET = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much, HealthCheck.large_base_example]


def assert_as_read(scenario, replicates, seed):
    """Every history of both engines is the one that a plain reading of MODEL.md gives."""
    read = [reading.history(scenario, replicate, seed) for replicate in range(replicates)]
    for engine in ("compiled", "mesa"):
        result = sim.run(scenario, replicates, seed=seed, engine=engine, detail="people")
        for replicate, one in enumerate(read):
            exits, projects, months = (
                table[table["replicate"] == replicate] for table in (result.exits, result.projects, result.months)
            )
            assert exits_of(exits) == sorted(one["exits"]), engine
            assert projects_of(projects) == one["projects"], engine
            for name in ("grant", "gpus"):
                by_team = months.pivot(index="month", columns="team", values=name).to_dict("records")
                for had, expected in zip(by_team, one[name], strict=True):
                    assert had == pytest.approx(expected, rel=1e-9, abs=1e-9), f"{name}, {engine}"


def exits_of(table):
    """[(month, team, person, reason)], sorted"""
    return sorted(table[["month", "team", "person", "reason"]].itertuples(index=False, name=None))


def projects_of(table):
    """{project: (team, status, month of its last change of status or -1)}"""
    months = table["month"].fillna(-1).astype(int)
    return dict(zip(table["project"], zip(table["team"], table["status"], months, strict=True), strict=True))


@pytest.mark.parametrize("name", shipped())
def test_engines_do_in_shipped_scenarios_what_the_page_says(name):
    assert_as_read(sim.load_scenario(name), 3, seed=5)


@given(scenarios())
@settings(max_examples=30, deadline=None, suppress_health_check=QUIET, derandomize=True)
def test_engines_do_in_random_labs_what_the_page_says(scenario):
    assert_as_read(scenario, 2, seed=3)


@pytest.mark.parametrize("policy", sim.policies())
def test_engines_do_under_every_policy_what_the_page_says(policy):
    scenario = sim.load_scenario("two_teams", {"committee.policy": policy, "committee.revisit": 0.6})
    assert_as_read(scenario, 2, seed=2)


@pytest.mark.large
@given(scenarios())
@settings(max_examples=2000, deadline=None, suppress_health_check=QUIET)
def test_engines_do_in_thousands_of_random_labs_what_the_page_says(scenario):
    assert_as_read(scenario, 1, seed=11)

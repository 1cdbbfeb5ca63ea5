"""Both engines do what MODEL.md says: `tests/reading.py` has the same exits, releases, grants, feelings and hazards."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings

import sim
from sim.scenario import shipped
from tests import reading
from tests.strategies import labs, scenarios

COLUMN = {"file": "quota"}  # by which name `months` has it, where it is another
QUIET = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much, HealthCheck.large_base_example]

# What random labs seldom have: files that stay shut or are cut, budgets kept by files, reviews, weak teams.
SLOW_AND_STRICT = {
    "committee.revisit": 0.3, "committee.reopen": 0.8, "committee.close": 0.2, "committee.review_rate": 0.7,
    "committee.abandon_below": 0.3, "budget.scale": 0.7, "team_defaults.padding_speed": 0.5,
    "committee.use_it_or_lose_it.below": 0.6, "committee.use_it_or_lose_it.every": 2,
    "committee.use_it_or_lose_it.plan_months": 5, "team_defaults.demand_spread": 0.7,
}  # fmt: skip


def assert_as_read(scenario, replicates, seed):
    """Every history of both engines is the one that a plain reading of MODEL.md gives."""
    read = [reading.history(scenario, replicate, seed) for replicate in range(replicates)]
    for engine in ("compiled", "mesa"):
        asked = list(range(scenario.months))
        result = sim.run(scenario, replicates, seed=seed, engine=engine, detail="panel", asked=asked)
        for replicate, one in enumerate(read):
            exits, projects, months, panel = (
                table[table["replicate"] == replicate]
                for table in (result.exits, result.projects, result.months, result.tables["panel"])
            )
            assert exits_of(exits) == sorted(one["exits"]), engine
            assert projects_of(projects) == one["projects"], engine
            teams = np.array([numbers for month in one["teams"] for numbers in month.values()])
            for place, name in enumerate(reading.OF_A_TEAM):
                had = months[COLUMN.get(name, name)]
                np.testing.assert_allclose(had, teams[:, place], rtol=1e-9, atol=1e-9, err_msg=f"{name}, {engine}")
            people = [(month, *row) for month, there in enumerate(one["people"]) for row in there.items()]
            assert list(zip(panel["month"], panel["person"], strict=True)) == [row[:2] for row in people]
            answers = np.array([row[2] for row in people]).reshape(-1, 2)
            for place, name in enumerate(("fairness", "log_hazard")):
                had = panel[name].to_numpy()
                np.testing.assert_allclose(had, answers[:, place], rtol=1e-9, atol=1e-9, err_msg=f"{name}, {engine}")


def eventful(duplicates, policy):
    """Three years of four crowded teams in which everything happens, some of it twice, and files often stay shut."""
    teams = [
        ("ash", "red", "here", 5),
        ("elm", "red", "there", 6),
        ("fir", "blue", "here", 7),
        ("oak", "blue", "there", 6),
    ]
    events = [
        ("03", "hire", {"team": "elm", "people": 3}),
        ("04", "quota", {"weight": {"ash": 3.0, "fir": 0.5}}),
        ("05", "layoff", {"fraction": 0.15}),
        ("06", "transfer", {"project": "rye", "to": "ash"}),
        ("07", "demand", {"baseline": {"oak": 80.0, "elm": 10.0}}),
        ("08", "lead_leaves", {"site": "there"}),
        ("09", "budget", {"gpus": 300.0}),
        ("10", "priority", {"priorities": {"red": 3.0, "oak": 0.5}, "member": "ada"}),
        ("11", "reorganise", {"into": "fir", "from": {"oak": 0.4, "elm": 0.3}}),
        ("12", "market", {"heat": 4.0, "line": "red"}),
        ("13", "mission", {"fit": 0.4}),
        ("14", "lead_arrives", {"site": "there"}),
        ("15", "shock", {"size": 0.8, "teams": ["fir"]}),
        ("16", "cancel", {"project": "oat"}),
        ("20", "dissolve", {"team": "ash", "to": "oak"}),
        ("21", "budget", {"gpus": 1500.0}),
        ("22", "layoff", {"fraction": 0.3, "teams": ["oak", "elm"]}),
    ]
    members = [{"name": "ada", "power": 2.0, "priorities": {"ash": 2.0}}, {"name": "bob", "priorities": {"blue": 1.5}}]
    months = {f"{n:02d}": f"{2022 + (n - 1) // 12}-{(n - 1) % 12 + 1:02d}" for n in range(1, 37)}
    projects = [("bean", "elm", "01", "18"), ("corn", "fir", "02", "20"), ("oat", "oak", "01", "24"),
                ("rice", "ash", "04", "30"), ("rye", "elm", "02", "12")]  # fmt: skip
    return sim.Scenario.from_dict({
        "start": "2022-01", "months": 36, "budget": {"gpus": 800.0, "scale": 1.1, "reserve": 0.1},
        "committee": {
            "policy": policy, "duplicates": duplicates, "review_rate": 0.1, "abandon_below": 0.15, "revisit": 0.2,
            "reopen": 0.7, "close": 0.05, "initial_credits": 0.4,
            "members": members,
        },
        "fairness": {"norms": {"equality": 0.2, "need": 0.5, "equity": 0.7},
                     "procedure": {"voice": 0.5, "lead": 0.2, "consistency": 0.4}},
        "turnover": {"base_rate": 0.015, "founding": 0.3},
        "head": {"hears": 1},
        "team": [{"name": name, "line": line, "site": site, "researchers": people, "baseline": 15.0 + 5.0 * people,
                  "promised_gpus": 90.0, "record": 0.2 * people, "visibility": 0.1 * people, "weight": people - 4.0}
                 for name, line, site, people in teams],
        "project": [{"name": name, "team": team, "gpu_months": 800.0 + 100.0 * len(name), "start": months[start],
                     "target": months[target], "crew": 4.0, "prestige": 0.3 * len(name)}
                    for name, team, start, target in projects],
        "event": [{"type": kind, "name": f"{kind}{when}", "month": months[when], **what}
                  for when, kind, what in events],
    })  # fmt: skip


def exits_of(table):
    """[(month, team, person, reason)], sorted"""
    return sorted(table[["month", "team", "person", "reason"]].itertuples(index=False, name=None))


def projects_of(table):
    """{project: (team, status, month of its last change of status or -1)}"""
    months = table["month"].fillna(-1).astype(int)
    return dict(zip(table["project"], zip(table["team"], table["status"], months, strict=True), strict=True))


@pytest.mark.parametrize("name", shipped())
def test_engines_do_in_shipped_scenarios_what_the_page_says(name):
    assert_as_read(sim.load_scenario(name), 2, seed=5)


@pytest.mark.parametrize("block", range(2))
def test_engines_do_in_random_labs_what_the_page_says(block):
    for scenario in labs(50, first=50 * block):
        assert_as_read(scenario, 1, seed=3)


def test_engines_do_what_the_page_says_where_the_committee_is_slow_and_acts_on_duplicates():
    for scenario in labs(60):
        assert_as_read(scenario.with_overrides(SLOW_AND_STRICT), 1, seed=4)


@pytest.mark.parametrize(
    ("duplicates", "policy"), [("cancel", "fair_share"), ("merge", "karma"), ("tolerate", "priority")]
)
def test_engines_do_what_the_page_says_where_everything_happens(duplicates, policy):
    assert_as_read(eventful(duplicates, policy), 4, seed=8)


@pytest.mark.parametrize("policy", sim.policies())
def test_engines_do_under_every_policy_what_the_page_says(policy):
    scenario = sim.load_scenario("two_teams", {"committee.policy": policy, "committee.revisit": 0.6})
    assert_as_read(scenario, 2, seed=2)


@pytest.mark.parametrize("granularity", [1, 8])
def test_engines_do_what_the_page_says_where_gpus_are_given_whole(granularity):
    for scenario in labs(30, first=100):
        assert_as_read(scenario.with_overrides({"committee.granularity": granularity}), 1, seed=6)


@pytest.mark.large
@given(scenarios())
@settings(max_examples=2000, deadline=None, suppress_health_check=QUIET)
def test_engines_do_in_thousands_of_random_labs_what_the_page_says(scenario):
    assert_as_read(scenario, 1, seed=11)

"""Calls that make no sense end in one line that names the argument; calls at the edge give what they say."""

from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import sim
from sim.engines.run import enough_replicates
from sim.studies.plan import load_plan
from sim.studies.sweep import run_sweep

SENSELESS = [
    ({"replicates": None}, "replicates: must be a whole number"),
    ({"replicates": [1.5, 2.5]}, "replicates: must be a whole number"),
    ({"replicates": np.array([1.0, 2.0])}, "replicates"),
    ({"replicates": np.array([[1], [2]])}, "replicates"),
    ({"replicates": 2.0}, "replicates"),
    ({"replicates": True}, "replicates"),
    ({"replicates": [True, False]}, "replicates"),
    ({"replicates": "12"}, "replicates"),
    ({"replicates": {}}, "replicates: must be at least 1"),
    ({"replicates": 10**12}, "replicates"),
    ({"replicates": -3}, "replicates"),
    ({"replicates": [1, 1]}, "replicates: must be different"),
    ({"points": 1}, "points: must be a dict"),
    ({"points": ["turnover.contagion"]}, "points: must be a dict"),
    ({"draws": 3}, "draws: must be a dict"),
    ({"draws": {"turnover.contagion": [9.0]}}, "draws: turnover.contagion: must be at most 5"),
    ({"luck": [1, 2, 3]}, "luck"),
    ({"luck": [[1], [2, 3]]}, "luck"),
    ({"luck": None}, "luck"),
    ({"progress": 3}, "progress: must be a function"),
    ({"threads": 0}, "threads"),
    ({"threads": 1.5}, "threads"),
    ({"seed": None}, "seed"),
    ({"seed": 2**63}, "seed"),
    ({"detail": "everything"}, "detail"),
    ({"engine": None}, "engine"),
]


@pytest.mark.parametrize(("arguments", "said"), SENSELESS)
def test_an_argument_that_is_none_is_named(arguments, said):
    with pytest.raises(sim.InputError, match=said):
        sim.run("two_teams", **{"replicates": 2} | arguments)


def test_replicates_of_any_whole_kind_are_taken():
    expected = sim.run("two_teams", [0, 1, 2]).outcomes
    for given_ in (3, np.int64(3), range(3), (0, 1, 2), np.arange(3), iter([0, 1, 2])):
        assert sim.run("two_teams", given_).outcomes.equals(expected)


def test_what_progress_raises_is_what_the_caller_gets():
    def tired(done, total):
        raise KeyError("enough")

    with pytest.raises(KeyError, match="enough"):
        sim.run("two_teams", 5, progress=tired)


LATE = {"project.smaller.start": "2024-01", "project.smaller.target": "2024-03"}


def test_the_time_to_release_of_a_project_that_never_starts_is_missing():
    outcomes = sim.run(sim.load_scenario("two_teams", LATE), 5).outcomes
    assert outcomes["months_to_release.smaller"].isna().all()
    assert (outcomes["months_to_release.bigger"] > 0).all()


def test_a_rate_of_a_cohort_that_is_not_there_yet_is_refused():
    fact = {"what": "exit_rate", "cohort": "south_authors", "low": 0.0, "high": 0.1, "source": "x"}
    with pytest.raises(sim.InputError, match="2022-07 lies before its cohort is fixed, 2022-08"):
        sim.load_scenario("two_teams", {"record.early": fact | {"month": "2022-07"}})


def test_a_departure_of_nobodys_cohort_has_none():
    cohorts = sim.run("two_teams", 20).exits["cohort"]
    assert cohorts.isna().any()
    assert set(cohorts.dropna()) == {"south_authors"}


def test_a_cohort_that_stays_empty_is_no_reason_to_go_on_for_ever():
    emptied = {"name": "out", "type": "layoff", "month": "2022-06", "fraction": 1.0, "teams": ["south"]}
    scenario = sim.load_scenario("two_teams", {"event.out": emptied, "hiring.backfill": 0.0})
    with pytest.raises(sim.InputError, match="no cohort has a member in any history"):
        enough_replicates(scenario, 0.1)
    both = scenario.with_overrides({"cohort.all_north": {"team": "north", "month": "2022-05"}})
    assert enough_replicates(both, 0.1) >= 2


ANY = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 9) | st.floats() | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3), max_leaves=4,
)  # fmt: skip
PATHS = st.sampled_from([
    "budget.scale", "turnover.contagion", "committee.policy", "scenario", "months", "title", "team.north.researchers",
    "project.smaller.crew", "mechanisms.fairness", "fairness.norms.need", "event.rival_shines.heat", "team.north", "x",
    "committee.members.product.priorities.south", "sources.budget", "", "record.x.low", "event.lead_goes.month",
])  # fmt: skip
VALUES = st.one_of(
    ANY, st.sampled_from([0, 1, 0.5, -1, 1e9, True, False, "max_min", "two_teams", "steady_lab", "2022-07"])
)
FACTORS = st.fixed_dictionaries(
    {"path": PATHS},
    optional={"values": st.lists(VALUES, max_size=3), "range": st.lists(st.floats(-1, 3), max_size=3) | ANY,
              "steps": st.integers(-1, 4) | ANY, "scale": st.sampled_from(["linear", "log", "cubic"])},
)  # fmt: skip
EXPERIMENTS = st.fixed_dictionaries(
    {"scenario": st.sampled_from(["two_teams", "two_teams", "two_team", "x.toml", ""])},
    optional={
        "replicates": st.integers(0, 3) | ANY, "seed": st.integers(-1, 3) | ANY, "points": st.integers(0, 5) | ANY,
        "design": st.sampled_from(["grid", "list", "latin_hypercube", "sobol", "line"]),
        "outcomes": st.lists(st.sampled_from(["quits", "*", "left_share.*", "nothing", "["]), max_size=2) | ANY,
        "keep": st.sampled_from(["summary", "histories", "months", "all"]),
        "overrides": st.dictionaries(PATHS, VALUES, max_size=2), "factor": st.lists(FACTORS, max_size=3),
        "point": st.lists(st.dictionaries(PATHS, VALUES, max_size=2), max_size=3), "other": ANY,
    },
)  # fmt: skip


SOUND = {
    "budget.scale": st.floats(0.5, 2.0), "hiring.lead_months": st.integers(1, 3), "mechanisms.fairness": st.booleans(),
    "committee.policy": st.sampled_from(["priority", "max_min"]), "months": st.integers(1, 9),
    "project.smaller.crew": st.floats(1, 5), "fairness.norms.need": st.floats(0, 1), "title": st.just("x"),
    "team.north.researchers": st.integers(0, 5), "scenario": st.sampled_from(["two_teams", "steady_lab"]),
    "committee.members.product.priorities.south": st.floats(0, 3), "event.lead_goes.enabled": st.booleans(),
}  # fmt: skip


@st.composite
def sound_experiments(draw):
    """Experiments that are mostly sound: some factors or points, any design, what one lab has and another lacks."""
    paths = draw(st.lists(st.sampled_from(sorted(SOUND)), min_size=1, max_size=3, unique=True))
    experiment = {
        "scenario": "two_teams", "replicates": draw(st.integers(1, 3)), "points": draw(st.integers(1, 5)),
        "design": draw(st.sampled_from(["grid", "list", "latin_hypercube", "sobol"])),
        "keep": draw(st.sampled_from(["summary", "histories", "months"])),
    }  # fmt: skip
    if experiment["design"] == "list":
        points = st.lists(st.sampled_from(paths), min_size=1, unique=True)
        experiment["point"] = [
            {path: draw(SOUND[path]) for path in draw(points)} for _ in range(draw(st.integers(1, 4)))
        ]
    else:
        experiment["factor"] = [
            {"path": path, "values": draw(st.lists(SOUND[path], min_size=1, max_size=3))} for path in paths
        ]
    return experiment


@given(sound_experiments(), st.sampled_from([1, 4, 20_000]))
@settings(max_examples=25, deadline=None, derandomize=True)
def test_every_point_of_a_sound_experiment_is_in_the_table(experiment, piece):
    plan, _ = planned(experiment)
    if plan is None:
        return
    with TemporaryDirectory() as folder:
        here = run_sweep(experiment, f"{folder}/s", piece=piece)
        assert here.failures()["message"].tolist() == []
        assert sorted(set(here.table()["point"])) == list(range(len(plan.design)))
        assert pd.read_parquet(f"{folder}/s/results.parquet").equals(here.table())


def planned(experiment):
    """The plan, or None and what is said against it."""
    try:
        return load_plan(experiment), []
    except sim.InputError as error:
        return None, error.faults


@given(EXPERIMENTS | sound_experiments())
@settings(max_examples=60, deadline=None, derandomize=True)
def test_any_experiment_is_planned_or_refused_in_lines(experiment):
    plan, faults = planned(experiment)
    if plan is None:
        assert faults
        assert all("\n" not in fault and fault for fault in faults)
    else:
        places = np.sort(np.concatenate([group.places for group in plan.groups]))
        assert places.tolist() == list(range(len(plan.design)))
        assert all(group.runs.max() + 1 == max([1, *map(len, group.points.values())]) for group in plan.groups)


@pytest.mark.large
@given(EXPERIMENTS)
@settings(max_examples=3000, deadline=None)
def test_any_of_many_experiments_is_planned_or_refused_in_lines(experiment):
    test_any_experiment_is_planned_or_refused_in_lines.hypothesis.inner_test(experiment)

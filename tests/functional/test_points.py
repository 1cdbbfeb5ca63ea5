"""Points equal overrides: exactly, in every table, in any order, on both engines; and are refused where a file is."""

import math

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import sim
from sim import allocation
from sim.engines.points import check_points, settings_at, varies
from sim.scenario import EVENT_TYPES, Scenario, registry
from sim.studies.plan import load_plan

EVENTS = {
    "budget": {"gpus": 700.0}, "priority": {"priorities": {"north": 0.5, "vision": 3.0}}, "market": {"heat": 3.0},
    "mission": {"fit": 0.4}, "layoff": {"fraction": 0.2}, "lead_leaves": {"site": "there"},
    "lead_arrives": {"site": "there"}, "cancel": {"project": "doomed"}, "transfer": {"project": "big", "to": "south"},
    "dissolve": {"team": "vision", "to": "north"}, "reorganise": {"into": "north", "from": {"south": 0.3}},
    "hire": {"team": "south", "people": 2}, "shock": {"size": 0.8}, "demand": {"baseline": {"north": 60.0}},
    "quota": {"weight": {"north": 3.0}},
}  # fmt: skip
LAB = Scenario.from_dict({
    "start": "2024-01", "months": 14, "budget": {"gpus": 600.0}, "head": {"appeal_below": 0.9},
    "turnover": {"base_rate": 0.08, "founding": 0.4}, "team_defaults": {"demand_spread": 0.3},
    "committee": {
        "use_it_or_lose_it": {"below": 0.9}, "revisit": 0.8, "duplicates": "cancel", "review_rate": 0.1,
        "abandon_below": 0.1,
        "members": [{"name": "a", "power": 2.0, "priorities": {"north": 2.0, "vision": 0.5}}, {"name": "b"}],
    },
    "team": [
        {"name": "north", "site": "here", "line": "llm", "researchers": 6, "baseline": 30.0, "promised_gpus": 150.0},
        {"name": "south", "site": "there", "line": "llm", "researchers": 5, "baseline": 30.0,
         "gpus_per_researcher": 120.0, "compute_dependence": 0.7},
        {"name": "vision", "site": "there", "line": "vision", "researchers": 3, "baseline": 40.0, "record": 1.0,
         "weight": 2.0, "guaranteed_gpus": 30.0, "borrowing_limit": 20.0, "lending_limit": 60.0},
    ],
    "project": [
        {"name": "big", "team": "north", "gpu_hours": 900_000.0, "start": "2024-01", "target": "2024-06"},
        {"name": "doomed", "team": "vision", "gpu_months": 2000.0, "start": "2024-03", "target": "2024-12"},
        {"name": "late", "team": "vision", "gpu_months": 200.0, "start": "2024-02", "target": "2024-04"},
        {"name": "small", "team": "south", "gpu_months": 60.0, "start": "2024-01", "target": "2024-03", "crew": 4.0},
    ],
    "cohort": [{"name": "authors", "team": "south", "month": "2024-02"}],
    "event": [{"name": f"on_{kind}", "type": kind, "month": f"2024-{4 + place % 7:02d}", **EVENTS[kind]}
              for place, kind in enumerate(EVENT_TYPES)],
    "record": [{"what": "gpus", "team": "north", "month": "2024-03", "low": 0, "high": 300, "source": "x"}],
})  # fmt: skip
PATHS = {
    path: entry for path, value, entry in LAB.paths()
    if varies(entry) and (value is not None or not path.endswith((".gpu_hours", ".gpu_months")))
}  # fmt: skip
TWO = sim.load_scenario("two_teams")
TABLES = ("outcomes", "months", "cohorts", "projects", "lab", "exits")


def alone(overrides, replicates=3, engine="compiled"):
    return sim.run(LAB.with_overrides(overrides), replicates, seed=5, engine=engine, detail="people")


def assert_points_are_overrides(points, policy="priority", replicates=3, engine="compiled"):
    lab = LAB.with_overrides({"committee.policy": policy})
    together = sim.run(lab, replicates, seed=5, engine=engine, detail="people", points=points)
    for place in range(len(next(iter(points.values())))):
        overrides = settings_at(LAB, points, place) | {"committee.policy": policy}
        assert_is_point(together, place, alone(overrides, replicates, engine), overrides, (*TABLES, "record"))


def assert_is_point(together, place, one, overrides, tables=TABLES):
    """A point's tables are those of a run by itself."""
    for name in tables:
        words = f"{name} at {overrides}"
        pd.testing.assert_frame_equal(_at(together, place, name), getattr(one, name), check_exact=True, obj=words)


def _at(together, place, name):
    table = getattr(together, name)
    return table.loc[table["point"] == place, table.columns != "point"].reset_index(drop=True)


def values_of(entry):
    """Values that a file takes, the ends of the range among them."""
    if entry.kind == "switch":
        return st.booleans()
    low = math.nextafter(entry.low, math.inf) if entry.low_open else entry.low
    if entry.kind == "whole number":
        return st.integers(int(low), int(min(entry.high, 12)))
    return st.one_of(
        st.floats(max(low, 1e-3), min(entry.high, 900.0)), st.sampled_from([max(low, 1e-6), min(entry.high, 1e6)])
    )


def test_the_lab_has_every_number_and_switch_of_the_registry():
    wanted = {entry.path for entry in registry() if entry.kind in ("number", "whole number", "switch")}
    assert {entry.path for _, _, entry in LAB.paths()} >= wanted
    assert {"months", "team.*.researchers", "event.hire.people"} == wanted - {
        entry.path for entry in registry() if varies(entry)
    }


@pytest.fixture(scope="module")
def plain():
    """Every policy's lab and its run as it is; those that read most come first, where more matters."""
    known = sorted(sim.policies(), key=lambda name: (name != "priority", -len(allocation.get(name).reads)))
    return {name: (LAB.with_overrides({"committee.policy": name}), alone({"committee.policy": name})) for name in known}


def trials(entry, value):
    if entry.kind == "switch":
        return [not value]
    if entry.kind == "whole number":
        return [one for one in (int(entry.low), value + 2) if one != value]
    middle = 0.5 * (entry.low + min(entry.high, 4.0))
    return [
        one for one in (middle, 0.1 * (value or 0.0), entry.low, entry.high, 1.0 + (value or 0.0)) if _fits(entry, one)
    ]


def _fits(entry, value):
    return entry.low <= value <= entry.high and not (entry.low_open and value == entry.low)


@pytest.mark.parametrize("kind", sorted({entry.path for entry in PATHS.values()}))
def test_a_parameter_that_matters_matters_as_much_in_points(kind, plain):
    """Under a policy and a value where it changes anything at all, points change the same; and there is such a one."""
    mattering = [path for path, entry in PATHS.items() if entry.path == kind and _matters_as_much(path, plain)]
    assert mattering, f"{kind} changes nothing in this lab under any policy"


def _matters_as_much(path, plain):
    own = LAB.value(path)
    values = trials(PATHS[path], own) + ([] if own is None else [own])
    for policy, (lab, as_it_is) in plain.items():
        together = sim.run(lab, 3, seed=5, detail="people", points={path: values})
        changed = [place for place in range(len(values)) if _differs(together, place, as_it_is)]
        assert own is None or len(values) - 1 not in changed
        if changed:
            overrides = {path: values[changed[0]], "committee.policy": policy}
            assert_is_point(together, changed[0], alone(overrides), overrides)
            return True
    return False


def _differs(together, place, one):
    return any(not _at(together, place, name).equals(getattr(one, name)) for name in ("months", "lab", "outcomes"))


@st.composite
def several(draw, most=12):
    """Points over some of the paths, in any order."""
    paths = draw(st.lists(st.sampled_from(sorted(PATHS)), min_size=1, max_size=most, unique=True))
    return {path: draw(st.lists(values_of(PATHS[path]), min_size=2, max_size=2)) for path in paths}


@given(several(), st.sampled_from(sim.policies()))
@settings(max_examples=20, deadline=None, derandomize=True)
def test_points_equal_overrides(points, policy):
    assert_points_are_overrides(points, policy)


@given(several(), st.sampled_from(sim.policies()))
@settings(max_examples=6, deadline=None, derandomize=True)
def test_points_equal_overrides_on_mesa(points, policy):
    assert_points_are_overrides(points, policy, replicates=1, engine="mesa")


@pytest.mark.large
@given(several(40), st.sampled_from(sim.policies()))
@settings(max_examples=2000, deadline=None)
def test_points_equal_overrides_at_length(points, policy):
    assert_points_are_overrides(points, policy)


def test_a_team_keeps_its_own_word_whatever_stands_first():
    own, default = "team.north.gpus_per_researcher", "team_defaults.gpus_per_researcher"
    for points in ({own: [100.0], default: [300.0]}, {default: [300.0], own: [100.0]}):
        assert_points_are_overrides(points)


@pytest.mark.parametrize("engine", ["compiled", "mesa"])
def test_what_a_release_is_worth_at_a_point_is_what_it_adds_to_the_output(engine):
    outcomes = sim.run("two_teams", 20, engine=engine, points={"project.smaller.prestige": [1.0, 10.0]}).outcomes
    plain, worth = (outcomes[outcomes["point"] == place].reset_index() for place in (0, 1))
    released = plain["release_month.smaller"].notna()
    assert released.any()
    assert (worth["output"] - plain["output"])[released & (plain["released"] == worth["released"])].eq(9.0).all()


def verdict(function):
    """The problem that is told, without where; None if there is none."""
    try:
        function()
    except sim.InputError as error:
        return {fault.split(": ", 1)[1] for fault in error.faults}
    return None


def edges(entry):
    """Numbers about the bounds, in and out of them, and no numbers at all."""
    if entry.kind == "switch":
        return [0.0, 1.0, 0.5, -1.0, math.nan]
    ends = [entry.low, entry.high]
    steps = [math.nextafter(entry.low, -math.inf), math.nextafter(entry.high, math.inf)]
    return [*ends, *steps, 0.5 * sum(ends), 1.5, 2.0, -1.0, math.nan, math.inf, -math.inf]


def as_in_a_file(path, value, lab=LAB):
    """What a file would hold in place of a point's number."""
    return settings_at(lab, {path: [value]}, 0)[path]


@pytest.mark.parametrize("path", PATHS)
def test_a_number_that_a_file_refuses_is_refused_in_points(path):
    for value in edges(PATHS[path]):
        in_file = verdict(lambda value=value: LAB.with_overrides({path: as_in_a_file(path, value)}))
        in_points = verdict(lambda value=value: check_points(LAB, {path: [value]}))
        assert in_points == in_file, f"{path} = {value}"


@st.composite
def at_the_edge(draw, lab, paths):
    """A few paths and numbers for them, often outside the bounds, often weights that are all 0."""
    some = draw(st.lists(st.sampled_from(sorted(paths)), max_size=3, unique=True))
    point = {path: draw(st.sampled_from(edges(paths[path]))) for path in some}
    weights = sorted(path for path, entry in paths.items() if entry.unit == "weight")
    zero = draw(st.lists(st.sampled_from(weights), min_size=1, unique=True))
    point |= {path: draw(st.sampled_from([0.0, 0.0, 1.0])) for path in zero}
    return {path: as_in_a_file(path, value, lab) for path, value in point.items()}


@given(at_the_edge(LAB, PATHS))
@settings(max_examples=60, deadline=None, derandomize=True)
def test_numbers_that_a_file_refuses_together_are_refused_in_points(point):
    in_file = verdict(lambda: LAB.with_overrides(point))
    own = {path: LAB.value(path) for path in point}
    points = {path: [1.0 if own[path] is None else own[path], float(value)] for path, value in point.items()}
    assert (verdict(lambda: check_points(LAB, points)) is None) == (in_file is None)


@given(at_the_edge(TWO, {path: entry for path, _, entry in TWO.paths() if varies(entry)}))
@settings(max_examples=30, deadline=None, derandomize=True)
def test_numbers_that_a_file_refuses_together_are_refused_in_experiments(point):
    in_file = verdict(lambda: TWO.with_overrides(point))
    for experiment in (
        {"design": "list", "point": [point]},
        {"factor": [{"path": path, "values": [value]} for path, value in point.items()]},
    ):
        experiment |= {"scenario": "two_teams", "outcomes": ["quits"]}
        assert (verdict(lambda experiment=experiment: load_plan(experiment)) is None) == (in_file is None)


@pytest.mark.parametrize(
    ("points", "problem"),
    [
        ({"team.north.baseline": [True, False]}, "must be a number, got true"),
        ({"team.north.baseline": ["30"]}, "must be numbers"),
        ({"team.north.baseline": [None]}, "must be numbers"),
        ({"team.north.baseline": [[1.0], [2.0]]}, r"one-dimensional, got shape \(2, 1\)"),
        ({"team.north.baseline": []}, "no values"),
        ({"project.small.gpu_hours": [1e6]}, "needs exactly one of gpu_hours and gpu_months"),
        ({"project.small.gpu_hours": [1e6], "project.small.gpu_months": [1e3]}, "needs exactly one"),
        ({"months": [3]}, "neither size"),
        ({"title": [3]}, "neither size"),
        ({"event.on_hire.people": [1]}, "neither size"),
        ({3: [1]}, "unknown parameter"),
        ({"record.gpus:north@2024-03.low": [1]}, "unknown parameter"),
        (1, "points: must be a dict of dotted paths and arrays, got 1"),
    ],
)
def test_points_that_are_none(points, problem):
    with pytest.raises(sim.InputError, match=problem):
        sim.run(LAB, 1, points=points)

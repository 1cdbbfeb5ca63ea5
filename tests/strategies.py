"""Scenarios made at random over the whole schema, small enough to run by the hundred."""

from hypothesis import strategies as st

import sim
from sim.parameter import parameter
from sim.scenario import EVENT_TYPES, Scenario
from sim.scenario import sections as tables

MONTHS = 8
POLICIES = sim.policies()


def dates(first=0, last=MONTHS + 1):
    return st.integers(first, last).map(lambda month: f"2022-{month + 1:02d}")


def number(low, high):
    """A number within bounds, the bounds themselves often."""
    return st.one_of(st.sampled_from([low, high]), st.floats(low, high))


@st.composite
def sections(draw):
    """Some parameters of the lab-wide tables, anywhere within their bounds."""
    raw = {}
    for name in ("committee", "head", "team_defaults", "fairness", "turnover", "shocks", "hiring"):
        model = sim.Scenario.model_fields[name].annotation
        chosen = {}
        for key, field in model.model_fields.items():
            entry = parameter(key, field)
            if entry.kind == "number" and draw(st.integers(0, 3)) == 0:
                low = entry.low + (1e-3 if entry.low_open else 0.0)
                chosen[key] = draw(number(low, min(entry.high, 50.0)))
            elif entry.kind == "whole number" and draw(st.integers(0, 3)) == 0:
                chosen[key] = draw(st.integers(int(entry.low), int(min(entry.high, 6))))
        raw[name] = chosen
    raw["turnover"]["base_rate"] = draw(st.floats(0.0, 0.3))
    return raw


@st.composite
def scenarios(draw):
    """A lab of up to four teams, eight months, every type of event, any policy, mechanisms on and off."""
    raw = draw(sections())
    teams = [f"t{i}" for i in range(draw(st.integers(1, 4)))]
    lines, sites = ["red", "blue"], ["here", "there"]
    raw |= {"start": "2022-01", "months": draw(st.integers(1, MONTHS))}
    raw["budget"] = {"gpus": draw(number(1.0, 3000.0)), "reserve": draw(number(0.0, 0.5))}
    raw["mechanisms"] = {name: draw(st.integers(0, 5)) > 0 for name in tables.Mechanisms.model_fields}
    raw["team"] = [
        {
            "name": name, "line": draw(st.sampled_from(lines)), "site": draw(st.sampled_from(sites)),
            "researchers": draw(st.integers(0, 6)), "baseline": draw(number(0.0, 200.0)),
            "record": draw(number(0.0, 5.0)), "promised_gpus": draw(number(0.0, 300.0)),
            "compute_dependence": draw(number(0.0, 1.0)), "weight": draw(number(0.0, 3.0)),
            "guaranteed_gpus": draw(number(0.0, 500.0)),
            **{key: draw(number(0.0, 300.0)) for key in ("borrowing_limit", "lending_limit", "borrowing_weight")
               if draw(st.integers(0, 3)) == 0},
        }
        for name in teams
    ]  # fmt: skip
    used_lines = sorted({team["line"] for team in raw["team"]})
    used_sites = sorted({team["site"] for team in raw["team"]})
    raw["project"] = [
        {
            "name": f"p{i}", "team": draw(st.sampled_from(teams)), "gpu_months": draw(number(1.0, 3000.0)),
            "start": "2022-01" if draw(st.booleans()) else "2022-03", "target": draw(dates(3)),
            "prestige": draw(number(0.0, 2.0)), **({"crew": draw(number(0.0, 9.0))} if draw(st.booleans()) else {}),
        }
        for i in range(draw(st.integers(0, 4)))
    ]  # fmt: skip
    projects = [project["name"] for project in raw["project"]]
    raw["cohort"] = [
        {"name": f"c{i}", "team": draw(st.sampled_from(teams)), "month": draw(dates())}
        for i in range(draw(st.integers(0, 2)))
    ]
    raw["committee"] |= {
        "policy": draw(st.sampled_from(POLICIES)),
        "duplicates": draw(st.sampled_from(["tolerate", "cancel", "merge"])),
        "members": [
            {"name": name, "power": draw(number(0.1, 3.0)),
             "priorities": draw(st.dictionaries(st.sampled_from([*teams, *used_lines]), number(0.0, 3.0), max_size=3))}
            for name in ["m0", "m1"][: draw(st.integers(1, 2))]
        ],
    }  # fmt: skip
    members = [member["name"] for member in raw["committee"]["members"]]
    raw["event"] = [
        event for i in range(draw(st.integers(0, 7)))
        if (event := draw(events(i, teams, used_lines, used_sites, projects, members)))
    ]  # fmt: skip
    return Scenario.from_dict(raw)


@st.composite
def events(draw, place, teams, lines, sites, projects, members):
    kind = draw(st.sampled_from(EVENT_TYPES))
    event = {"type": kind, "name": f"e{place}", "month": draw(dates()), "enabled": draw(st.integers(0, 9)) > 0}
    one = st.sampled_from
    if kind in ("dissolve", "reorganise") and len(teams) < 2:
        return None
    if kind in ("cancel", "transfer") and not projects:
        return None
    two = draw(st.permutations(teams))
    some = draw(st.one_of(st.none(), st.lists(one(teams), min_size=1, unique=True)))
    maybe_line = {"line": draw(one(lines))} if draw(st.booleans()) else {}
    event |= {
        "budget": lambda: {"gpus": draw(number(1.0, 3000.0))},
        "priority": lambda: {"priorities": {draw(one([*teams, *lines])): draw(number(0.0, 4.0))},
                             **({"member": draw(one(members))} if draw(st.booleans()) else {})},
        "demand": lambda: {"baseline": {name: draw(number(0.0, 200.0)) for name in two}},
        "quota": lambda: {"weight": {name: draw(number(0.0, 3.0)) for name in two}},
        "market": lambda: {"heat": draw(number(0.1, 10.0)), **maybe_line},
        "mission": lambda: {"fit": draw(number(0.0, 1.0)), **maybe_line},
        "layoff": lambda: {"fraction": draw(number(0.0, 1.0)), **({"teams": some} if some else {})},
        "lead_leaves": lambda: {"site": draw(one(sites))},
        "lead_arrives": lambda: {"site": draw(one(sites))},
        "cancel": lambda: {"project": draw(one(projects))},
        "transfer": lambda: {"project": draw(one(projects)), "to": draw(one(teams))},
        "dissolve": lambda: {"team": two[0], "to": two[1]},
        "reorganise": lambda: {"into": two[0], "from": {name: draw(number(0.0, 1.0)) for name in two[1:]}},
        "hire": lambda: {"team": draw(one(teams)), "people": draw(st.integers(0, 4))},
        "shock": lambda: {"size": draw(number(-2.0, 2.0)), **({"teams": some} if some else {})},
    }[kind]()  # fmt: skip
    return event

"""Scenarios made at random from the registry, small enough to run by the hundred.

No parameter, element field, event type or mechanism is named here: a field is drawn by its kind, its bounds and unit,
and what it refers to. So what the registry gains is drawn too, and `tests/functional/test_registry_is_noticed.py` says
if the labs are too tame for anybody to notice it.
"""

import re
from random import Random
from typing import get_args, get_origin

from hypothesis import strategies as st
from pydantic.fields import FieldInfo

import sim
from sim import allocation
from sim.model.events import CLASS_OF
from sim.parameter import Section, parameter
from sim.scenario import Scenario

MONTHS = 8
# How far up a number of a unit may go, so that labs stay small and things happen in them; 50 if nothing is said.
MOST = {
    "GPUs": 1500.0, "GPUs a head": 300.0, "GPU-months": 3000.0, "GPU-hours": 2e6, "people": 6, "per month": 0.3,
    "months": 12, "prestige": 5.0, "weight": 3.0, "factor": 3.0, "times usual demand": 10.0, "log rate": 2.0,
    "log hazard": 5.0, "budgets": 2.0, "times need": 4.0,
}  # fmt: skip
SILENT = ("title", "question", "record", "prior", "sources")  # nothing happens by them
HOW_MANY = {"team": (1, 4), "project": (0, 4), "cohort": (0, 2), "event": (2, 12), "members": (1, 2)}
SOMETIMES, OFTEN, ALWAYS = 0.25, 0.6, 1.0  # how often a field is given that may be left out


def labs(count, first=0):
    """So many labs, always the same: up to four teams, eight months, every type of event, any policy and mechanism."""
    return (lab(Random(number)) for number in range(first, first + count))


def scenarios():
    """Such labs for hypothesis, which seeks the smallest that fails."""
    return st.randoms().map(lab)


def lab(random):
    """One such lab, by the draws of a `random.Random`."""
    fields = {name: field for name, field in Scenario.model_fields.items() if name not in SILENT}
    names = {"line": ["red", "blue"], "site": ["here", "there"]}
    names |= {section: _names(random, section) for section in ("team", "project", "cohort", "event")}
    raw = {"start": "2022-01", "months": random.choice([MONTHS] * 5 + [1, 2, 5])}
    raw["team"] = [_table(random, _class(fields["team"]), names, name) for name in names["team"]]
    names |= {key: sorted({team[key] for team in raw["team"]}) for key in ("line", "site")}
    for section, field in fields.items():
        if _is_table(field.annotation):
            switches = all(parameter(key, one).kind == "switch" for key, one in field.annotation.model_fields.items())
            raw[section] = _table(random, field.annotation, names, given=ALWAYS if switches else SOMETIMES)
        elif section not in (*raw, "event"):
            raw[section] = [_table(random, _class(field), names, name) for name in names[section]]
    members = fields["committee"].annotation.model_fields["members"]
    raw["committee"] |= _policy(random) | {"members": _value(random, "members", members, names)}
    names["member"] = [member["name"] for member in raw["committee"]["members"]]
    raw["event"] = []
    for name in names["event"]:
        kind = random.choice(list(CLASS_OF))
        raw["event"].append({"type": kind, **_table(random, CLASS_OF[kind], names, name)})
    return _mended(random, raw, names)


def _table(random, model, names, name=None, given=OFTEN):
    """A table of the schema: what it must have, and what else it may, some of it."""
    raw = {} if name is None else {"name": name}
    for key, field in model.model_fields.items():
        if key in ("name", "type"):
            continue
        if _is_table(field.annotation):
            raw[key] = _table(random, field.annotation, names, given=given)
        elif field.is_required() or random.random() < (max(given, OFTEN) if _is_off_by_default(field) else given):
            value = _value(random, key, field, names)
            if value is not None:
                raw[field.alias or key] = value
    months = [key for key, field in model.model_fields.items() if key in raw and parameter(key, field).kind == "month"]
    return raw | dict(zip(months, sorted(raw[key] for key in months), strict=True))


def _value(random, key, field, names):
    """A field's value by its kind; None where there is nothing that it could refer to."""
    entry = parameter(key, field)
    kinds = entry.refers or ((key,) if key in names else ())
    known = [name for kind in kinds for name in names[kind]]
    if kinds and not known:
        return None
    if entry.kind == "table" and _class(field):
        return [_table(random, _class(field), names, name) for name in _names(random, key)]
    if entry.kind == "table":
        number = parameter(key, FieldInfo.from_annotation(get_args(field.annotation)[1]))
        return {name: _number(random, number) for name in random.sample(known, min(len(known), random.randint(1, 3)))}
    if entry.kind == "list":
        return random.sample(known, random.randint(1, len(known)))
    if entry.kind == "month":
        return f"2022-{random.randint(1, MONTHS + 1):02d}"
    if entry.kind == "switch":
        return random.random() < 0.85
    if entry.kind in ("number", "whole number"):
        return _number(random, entry)
    options = known or entry.options
    return random.choice(options) if options else None


def _number(random, entry):
    """A number that the parameter of a registry entry may have: now and then a bound, often of few digits."""
    high = min(entry.high, MOST.get(entry.unit, 50.0))
    if entry.kind == "whole number":
        return _more(random, int(entry.low), int(min(high, 6)))
    low = max(entry.low, -high) + (1e-3 if entry.low_open else 0.0)
    share = random.choice([0.0, 1.0, *(random.randint(0, 100) / 100 for _ in range(4)), *(random.random(),) * 4])
    return float(low + (high - low) * share)


def _names(random, section):
    return [f"{section[0]}{place}" for place in range(_more(random, *HOW_MANY[section]))]


def _more(random, low, high):
    """A whole number, rather a large one: little happens in empty labs."""
    return max(random.randint(low, high), random.randint(low, high))


def _policy(random):
    """A policy's name, rather of one that reads much, and some of the arguments that it takes."""
    known = [allocation.get(name) for name in sim.policies()]
    (policy,) = random.choices(known, [3 + 2 * len(one.reads) + 2 * len(one.arguments) for one in known])
    numbers = {bool: lambda: random.random() < 0.5, int: lambda: random.randint(0, 3), float: random.random}
    given = {one.name: numbers[one.kind]() for one in policy.arguments if random.random() < OFTEN}
    return {"policy": policy.name, "policy_args": given}


def _is_off_by_default(field):
    """Whether a mechanism is off unless the parameter is given, or another way of doing things is not chosen."""
    role = field.json_schema_extra or {}
    return ("off" in role and role["off"] == field.default) or bool(parameter("", field).options)


def _is_table(annotation):
    return isinstance(annotation, type) and issubclass(annotation, Section)


def _class(field):
    """The class of the tables that a field's elements are; None where they are none."""
    inner = get_args(field.annotation)[1] if get_origin(field.annotation) is dict else None
    return inner if _is_table(inner) else None


def _mended(random, raw, names):
    """The scenario, after whatever the rules of names, months and pairs of keys do not allow has been taken out."""
    while True:
        scenario, faults = Scenario.examined(raw)
        if scenario is not None:
            return scenario
        for path, problem in faults:
            either = re.match(r"needs exactly one of (\w+) and (\w+)", problem)
            if either:
                element = next(one for one in raw[path[0]] if one["name"] == path[1])
                model = _class(Scenario.model_fields[path[0]])
                for key in either.groups():
                    element.pop(key, None)
                key = random.choice(either.groups())
                element[key] = _value(random, key, model.model_fields[key], names)
            else:
                _take_out(raw, path)


def _take_out(raw, path):
    """Delete what stands at a path, or the nearest table that holds it: what that lacks then is the next fault."""
    here, found = raw, None
    for step in path:
        if isinstance(here, list):
            place = next((place for place, one in enumerate(here) if one["name"] == step), None)
        else:
            place = step if isinstance(here, dict) and step in here else None
        if place is None:
            break
        found, here = (here, place), here[place]
    del found[0][found[1]]

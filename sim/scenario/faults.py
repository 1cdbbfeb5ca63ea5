"""What is wrong with a scenario, in words: schema faults from pydantic, and names and dates that refer to nothing."""

import re

from sim.draws import name_hash
from sim.errors import did_you_mean
from sim.scenario.elements import RECORDS, Cohort, Project, Record, Team
from sim.scenario.events import CLASS_OF, EVENT_TYPES
from sim.scenario.named import LISTS
from sim.scenario.sections import Member

MONTH = re.compile(r"^\d{4}-(0[1-9]|1[0-2])$")
ELEMENT_CLASSES = {"team": Team, "project": Project, "cohort": Cohort, "record": Record}


def schema_faults(error, raw) -> list[tuple[tuple, str]]:
    """(path, problem) for every fault that pydantic found."""
    faults = []
    for one in error.errors():
        path = _path(one["loc"])
        faults.append((path, problem_of(one, path)))
    return faults


def _path(loc):
    """The location without the tag of an event's type and the marks of dict keys."""
    path = [part for part in loc if part != "[key]"]
    if len(path) > 2 and path[0] == "event" and path[2] in EVENT_TYPES:
        del path[2]
    return tuple(path)


def problem_of(one, path, keys=None) -> str:
    """A fault of pydantic's in words; `keys` are those that the table may have, by default as in a scenario."""
    kind, given, context = one["type"], one.get("input"), one.get("ctx", {})
    got = f", got {_shown(given)}"
    if kind == "extra_forbidden":
        return f"unknown key{did_you_mean(path[-1], keys or _keys(one['loc']))}"
    if kind == "missing":
        return "is missing"
    if kind in ("union_tag_invalid", "union_tag_not_found"):
        if isinstance(given, dict) and "type" in given:
            return f"unknown event type {_shown(given['type'])}{did_you_mean(given['type'], EVENT_TYPES)}"
        return f"needs a type ({', '.join(EVENT_TYPES)})"
    if kind == "finite_number":
        return f"must be a finite number{got}"
    if kind.startswith("float"):
        return f"must be a number{got}"
    if kind.startswith("int"):
        return f"must be a whole number{got}"
    if kind.startswith("bool"):
        return f"must be true or false{got}"
    if kind in ("greater_than_equal", "greater_than", "less_than_equal", "less_than"):
        (limit,) = context.values()
        words = {"greater_than_equal": "at least", "greater_than": "more than", "less_than_equal": "at most"}
        return f"must be {words.get(kind, 'less than')} {limit:g}{got}"
    if kind == "string_pattern_mismatch":
        if "d{4}" in context.get("pattern", ""):
            return f"must be a month, YYYY-MM{got}"
        return f"must be a name without spaces, dots, slashes or bars{got}"
    if kind.startswith("string"):
        return f"must be text{got}"
    if kind.startswith(("dict", "model")):
        return f"must be a table{got}"
    if kind.startswith("list"):
        return f"must be a list{got}"
    if kind == "literal_error":
        valid = re.findall(r"'([^']*)'", context.get("expected", ""))
        return f"unknown value {_shown(given)}{did_you_mean(given, valid)}"
    return one["msg"][0].lower() + one["msg"][1:] + got


def _shown(value):
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (dict, list)):
        return "a table" if isinstance(value, dict) else "a list"
    return f"{value!r}" if isinstance(value, str) else f"{value}"


def _keys(loc):
    """The keys that the table of a location may have."""
    from sim.scenario.scenario import Scenario

    if loc[0] == "event" and len(loc) > 2:
        model = CLASS_OF[loc[2]]
    elif loc[0] in ELEMENT_CLASSES and len(loc) > 1:
        model = ELEMENT_CLASSES[loc[0]]
    elif loc[:2] == ("committee", "members") and len(loc) > 3:
        model = Member
    else:
        model = Scenario
        for name in loc[:-1]:
            model = model.model_fields[name].annotation
    return [field.alias or name for name, field in model.model_fields.items()]


def reference_faults(raw) -> list[tuple[tuple, str]]:
    """Names that refer to nothing, months out of place, sums that cannot be. Works on scenarios with other faults too."""
    return list(_References(raw).faults())


class _References:
    def __init__(self, raw):
        self.raw = raw
        tables = {section: raw.get(section) for section in LISTS}
        self.elements = {
            section: {name: one for name, one in table.items() if isinstance(one, dict)}
            if isinstance(table, dict)
            else {}
            for section, table in tables.items()
        }
        self.names = {section: list(table) for section, table in self.elements.items()}
        teams = self.elements["team"].values()
        self.names["line"] = sorted({one["line"] for one in teams if isinstance(one.get("line"), str)})
        self.names["site"] = sorted({one["site"] for one in teams if isinstance(one.get("site"), str)})
        committee = raw.get("committee") if isinstance(raw.get("committee"), dict) else {}
        members = committee.get("members", {"committee": {}})
        self.members = members if isinstance(members, dict) else {}
        self.names["member"] = list(self.members)
        self.policy = committee.get("policy")

    def faults(self):
        if not self.elements["team"]:
            yield ("team",), "a scenario needs at least one team"
        yield from self._committee()
        yield from self._weights()
        for name, project in self.elements["project"].items():
            path = ("project", name)
            yield from self._refers(path, project, "team", "team")
            yield from self._not_before_start(path, project, "start")
            if ("gpu_hours" in project) == ("gpu_months" in project):
                yield path, "needs exactly one of gpu_hours and gpu_months"
            start, target = project.get("start"), project.get("target")
            if _is_month(start) and _is_month(target) and target < start:
                yield (*path, "target"), f"lies before the project's start, {start}"
        for name, cohort in self.elements["cohort"].items():
            yield from self._refers(("cohort", name), cohort, "team", "team")
            yield from self._not_before_start(("cohort", name), cohort, "month")
        if len(self.elements["cohort"]) > 62:
            yield ("cohort",), "at most 62 cohorts"
        for name, event in self.elements["event"].items():
            yield from self._event(("event", name), event)
        for name, record in self.elements["record"].items():
            yield from self._record(("record", name), record)
        yield from self._collisions()

    def _refers(self, path, element, key, kind):
        name = element.get(key)
        if isinstance(name, str) and name not in self.names[kind]:
            yield (*path, key), f"no {kind} '{name}'{did_you_mean(name, self.names[kind])}"

    def _not_before_start(self, path, element, key):
        start, month = self.raw.get("start"), element.get(key)
        if _is_month(start) and _is_month(month) and month < start:
            yield (*path, key), f"{month} lies before the start, {start}"

    def _committee(self):
        for name, member in self.members.items():
            if isinstance(member, dict):
                yield from self._priorities(("committee", "members", name, "priorities"), member.get("priorities"))
        powers = [one.get("power", 1.0) for one in self.members.values() if isinstance(one, dict)]
        if not any(power for power in powers):
            yield ("committee", "members"), "at least one member needs power above 0"
        if isinstance(self.policy, str):
            from sim.allocation import policy_fault

            fault = policy_fault(self.policy, len(self.names["team"]))
            if fault:
                yield ("committee", "policy"), fault

    def _priorities(self, path, priorities):
        valid = [*self.names["team"], *self.names["line"]]
        for name, factor in priorities.items() if isinstance(priorities, dict) else ():
            if name not in valid:
                yield (*path, name), f"no team or line '{name}'{did_you_mean(name, valid)}"
            if isinstance(factor, (int, float)) and not isinstance(factor, bool) and factor < 0:
                yield (*path, name), f"must be at least 0, got {factor}"

    def _weights(self):
        fairness = self.raw.get("fairness") if isinstance(self.raw.get("fairness"), dict) else {}
        for table, keys in (("norms", ("equality", "need", "equity")), ("procedure", ("voice", "lead", "consistency"))):
            weights = fairness.get(table, {})
            if isinstance(weights, dict) and all(weights.get(key) == 0 for key in keys):
                yield ("fairness", table), "at least one weight must be above 0"

    def _event(self, path, event):
        kind = event.get("type")
        yield from self._not_before_start(path, event, "month")
        for key in ("project", "team", "line", "site", "member"):
            yield from self._refers(path, event, key, key)
        for key in ("to", "into"):
            yield from self._refers(path, event, key, "team")
        teams = event.get("teams")
        for name in teams if isinstance(teams, list) else ():
            yield from self._refers(path, {"teams": name}, "teams", "team")
        if kind == "priority":
            yield from self._priorities((*path, "priorities"), event.get("priorities"))
        if kind == "dissolve" and event.get("team") == event.get("to"):
            yield (*path, "to"), "a team cannot be dissolved into itself"
        if kind == "reorganise" and isinstance(event.get("from"), dict):
            for name, chance in event["from"].items():
                if name not in self.names["team"]:
                    yield (*path, "from", name), f"no team '{name}'{did_you_mean(name, self.names['team'])}"
                if name == event.get("into"):
                    yield (*path, "from", name), "a team cannot be reorganised into itself"
                if isinstance(chance, (int, float)) and not isinstance(chance, bool) and not 0 <= chance <= 1:
                    yield (*path, "from", name), f"must be from 0 to 1, got {chance}"

    def _record(self, path, record):
        whom = RECORDS.get(record.get("what"))
        for key in ("cohort", "project", "team"):
            yield from self._refers(path, record, key, key)
            if whom and key == whom and key not in record:
                yield path, f"a {record['what']} needs a {key}"
            if whom and key != whom and key in record:
                yield (*path, key), f"a {record['what']} is about a {whom}"
        low, high = record.get("low"), record.get("high")
        if isinstance(low, (int, float)) and isinstance(high, (int, float)) and low > high:
            yield (*path, "low"), f"is above high, {high}"

    def _collisions(self):
        """Names stand in the random numbers as 32-bit hashes; two that share one would share their luck."""
        origins = self.names["team"] + [
            f"{event.get('team')}/{name}"
            for name, event in self.elements["event"].items()
            if event.get("type") == "hire"
        ]
        for section, names in (("team", origins), ("committee.members", self.names["member"])):
            seen = {}
            for name in names:
                other = seen.setdefault(name_hash(name), name)
                if other != name:
                    yield tuple(section.split(".")), f"'{other}' and '{name}' share a hash; rename one of them"


def _is_month(value):
    return isinstance(value, str) and bool(MONTH.match(value))

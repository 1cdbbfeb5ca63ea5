"""What is wrong with a scenario, in words: schema faults from pydantic, and names and dates that refer to nothing."""

import re
from collections.abc import Callable, Collection, ItemsView, Iterable, Iterator
from typing import TYPE_CHECKING, Any, TypeGuard

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from sim.allocation import argument_faults, policy_fault
from sim.draws import name_hash
from sim.errors import nearest_name
from sim.model.events import CLASS_OF, EVENT_TYPES, HireEvent, own_fields
from sim.parameter import MONTH
from sim.scenario.elements import RECORDS, Cohort, Prior, Project, Record, Team
from sim.scenario.named import LISTS, table_in
from sim.scenario.paths import DEFAULT_POLICY, known_paths
from sim.scenario.sections import Member
from sim.scenario.wording import Fault, Keys, Raw, nearest, one_line, shown

if TYPE_CHECKING:
    from sim.scenario.scenario import Scenario

ELEMENT_CLASSES = {"team": Team, "project": Project, "cohort": Cohort, "record": Record, "prior": Prior}
HIRING = [name for name, one in CLASS_OF.items() if issubclass(one, HireEvent)]
DATES = ("start", "target", "month")


def schema_faults(error: ValidationError, model: type[BaseModel], *, whole: bool = True) -> list[Fault]:
    """(path, problem) for every fault that pydantic found; only what is there is judged if that is not the whole."""
    found = [(one, _path(one)) for one in told_once(error, lambda one: _keys(model, one))]
    misnamed = {path for one, path in found if one["loc"][-1] == "[key]"}
    return [
        (path, problem_of(one, path, _keys(model, one))) for one, path in found
        if (whole or one["type"] not in ("missing", "union_tag_not_found"))
        and not (path[-1] == "name" and path[:-1] in misnamed)
        and not (one["loc"][-1] == "list[int]" and one["type"] == "list_type")
    ]  # fmt: skip


def told_once(error: ValidationError, keys: Callable[[ErrorDetails], Iterable[str]]) -> list[ErrorDetails]:
    """The faults that pydantic found, but for keys that are missing because they are misspelt.

    `keys` gives, for the fault of an unknown key, those that its table may have.
    """
    meant = {(*one["loc"][:-1], key) for one, key in _slips(error, keys)}
    return [one for one in error.errors() if not (one["type"] == "missing" and one["loc"] in meant)]


def _slips(error: ValidationError, keys: Callable[[ErrorDetails], Iterable[str]]) -> Iterator[tuple[ErrorDetails, str]]:
    """Faults of unknown keys, each with the key that was meant."""
    for one in error.errors():
        if one["type"] == "extra_forbidden" and (key := nearest_name(one["loc"][-1], keys(one))):
            yield one, key


def spell_as_meant(raw: Raw, error: ValidationError, model: type[BaseModel]) -> None:
    """Give misspelt keys their names, in place, so that what is there under another name is not told as missing."""
    for one, key in _slips(error, lambda one: _keys(model, one)):
        *above, unknown = _path(one)
        table: Any = raw
        for step in above:
            table = table[step]
        table.setdefault(key, table.pop(unknown))


def _path(one: ErrorDetails) -> Keys:
    """The location without the tag of an event's type and the mark of a dict's key."""
    path = list(one["loc"])
    if path[-1] == "[key]" and one["type"] != "extra_forbidden":
        path.pop()
    if len(path) > 2 and path[0] == "event" and path[2] in EVENT_TYPES:
        del path[2]
    if path[-1] in ("int", "list[int]"):  # of a count, which may be either
        path.pop()
    if one["type"] == "union_tag_invalid":
        path.append("type")
    if path[:2] == ["committee", "policy_args"]:
        del path[3:]  # which of the kinds of numbers was tried
    return tuple(path)


def problem_of(one: ErrorDetails, path: Keys, keys: Iterable[str]) -> str:
    """A fault of pydantic's in words; `keys` are those that the table may have."""
    kind, given, context = one["type"], one.get("input"), one.get("ctx", {})
    got = f", got {shown(given)}"
    if kind == "extra_forbidden":
        return f"unknown key{nearest(path[-1], keys)}"
    if kind == "missing":
        return "is missing"
    if kind in ("union_tag_invalid", "union_tag_not_found"):
        if isinstance(given, dict) and "type" in given:
            return f"unknown event type {shown(given['type'])}{nearest(given['type'], EVENT_TYPES)}"
        return f"needs a type ({', '.join(EVENT_TYPES)})"
    if kind == "finite_number":
        return f"must be a finite number{got}"
    if path[:2] == ("committee", "policy_args") and len(path) == 3 and kind.startswith(("bool", "int", "float")):
        return f"must be a number, or true or false{got}"
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
        if MONTH in context.get("pattern", ""):
            return f"must be a month, YYYY-MM{got}"
        return f"must be a name without spaces, dots, slashes or bars{got}"
    if kind.startswith("string"):
        return f'must be a month in quotes, "YYYY-MM"{got}' if path[-1] in DATES else f"must be text{got}"
    if kind.startswith(("dict", "model")):
        if (path[-1] in LISTS and len(path) == 1) or path == ("committee", "members"):
            return f"must be a list of tables, [[{'.'.join(map(str, path))}]]{got}"
        return f"must be a table{got}"
    if kind.startswith("list"):
        return f"must be a list{got}"
    if kind == "literal_error":
        valid = re.findall(r"'([^']*)'", context.get("expected", ""))
        return f"unknown value {shown(given)}{nearest(given, valid)}"
    return one["msg"][0].lower() + one["msg"][1:] + got


def _keys(model: Any, one: ErrorDetails) -> Collection[str]:
    """The keys that the table may have in which pydantic found an unknown one; `model` is the scenario's."""
    loc = one["loc"]
    if one["type"] != "extra_forbidden":
        return ()
    if loc[0] == "event" and len(loc) > 2:
        model = CLASS_OF[str(loc[2])]
    elif loc[0] in ELEMENT_CLASSES and len(loc) > 1:
        model = ELEMENT_CLASSES[loc[0]]
    elif loc[:2] == ("committee", "members") and len(loc) > 3:
        model = Member
    else:
        for name in loc[:-1]:
            model = model.model_fields[name].annotation
    keys = [field.alias or name for name, field in model.model_fields.items()]
    return [*keys, "extends"] if len(loc) == 1 and loc != ("extends",) else keys


def source_faults(model: type[BaseModel], raw: Raw) -> list[Fault]:
    """Sources for paths that there are not."""
    sources = raw.get("sources")
    if not isinstance(sources, dict):
        return []
    known = dict.fromkeys(
        path for path in known_paths(model, raw) if path.partition(".")[0] not in ("sources", "record", "prior")
    )
    unsure = {section for section in LISTS if section in raw and not isinstance(raw[section], dict)}
    unknown = [path for path in sources if path not in known and path.partition(".")[0] not in unsure]
    hints = Hints()
    return [(("sources", path), f"unknown path{hints.nearest(path, known)}") for path in unknown]


class Hints:
    """The nearest valid names for the first faults of a file: to seek one among thousands takes its time."""

    MOST = 30_000  # names that are compared, about two seconds

    def __init__(self) -> None:
        self.compared = 0

    def nearest(self, name: str, valid: Collection[str]) -> str:
        if self.compared > self.MOST:
            return ""
        self.compared += len(valid)
        return nearest(name, valid)


def prior_faults(scenario: "Scenario") -> list[Fault]:
    """Priors of what is no number, that are none, or that reach outside the parameter's bounds."""
    if not scenario.prior:
        return []
    entries = {path: (value, entry) for path, value, entry in scenario.paths()}
    faults: list[Fault] = []
    for path, prior in scenario.prior.items():
        where, problem = ("prior", path), prior.fault()
        if path not in entries:
            faults.append((where, f"unknown parameter{nearest(path, entries)}"))
            continue
        value, entry = entries[path]
        if not entry.is_number or value is None:
            problem = "is no number, so it has no prior" if value is not None else "is not set in this scenario"
        if problem is None:
            (low, high), (least, most) = prior.span(), entry.bounds
            if not least <= low < high <= most or (entry.low_open and low <= least):
                reach = f"it reaches from {low:g} to {high:g}"
                problem = f"lies outside the parameter's bounds, {least:g} to {most:g}: {reach}"
        if problem:
            faults.append((where, problem))
    return faults


def reference_faults(raw: Raw, saved: bool = False) -> list[Fault]:
    """Names that refer to nothing, months out of place, sums that cannot be; in scenarios with other faults too.

    The policy of a saved scenario need not be here.
    """
    return list(_References(raw, saved).faults())


class _References:
    def __init__(self, raw: Raw, saved: bool):
        self.raw = raw
        tables = {section: raw.get(section, {}) for section in LISTS}
        self.elements = {
            section: {name: one for name, one in table.items() if isinstance(one, dict)}
            for section, table in tables.items() if isinstance(table, dict)
        }  # fmt: skip
        # Names by what they name; none where the schema's faults tell already that there are none.
        self.names = {section: list(tables[section]) for section in self.elements}
        if "team" not in raw:
            self.names.pop("team")
        if "team" in self.names:
            teams = self.elements["team"].values()
            for key in ("line", "site"):
                self.names[key] = sorted({one[key] for one in teams if isinstance(one.get(key), str)})
        committee = table_in(raw, "committee")
        self.members = committee.get("members", {"committee": {}})
        if isinstance(self.members, dict):
            self.names["member"] = list(self.members)
        self.policy = None if saved else committee.get("policy", DEFAULT_POLICY)
        self.arguments = table_in(committee, "policy_args")

        self.sets = {kind: set(names) for kind, names in self.names.items()}
        self.hints = Hints()

    def faults(self) -> Iterator[Fault]:
        if self.names.get("team") == []:
            yield ("team",), "a scenario needs at least one team"
        yield from self._committee()
        yield from self._weights()
        for name, project in self._all("project"):
            path = ("project", name)
            yield from self._refers(path, project, "team", "team")
            yield from self._not_before_start(path, project, "start")
            if (project.get("gpu_hours") is None) == (project.get("gpu_months") is None):
                yield path, "needs exactly one of gpu_hours and gpu_months"
            start, target = project.get("start"), project.get("target")
            if _is_month(start) and _is_month(target) and target < start:
                yield (*path, "target"), f"lies before the project's start, {start}"
        for name, cohort in self._all("cohort"):
            path = ("cohort", name)
            yield from self._refers(path, cohort, "team", "team")
            yield from self._each((*path, "teams"), cohort.get("teams"), "team")
            if (cohort.get("team") is None) == (cohort.get("teams") is None):
                yield path, "needs exactly one of team and teams"
            elif cohort.get("teams") == []:
                yield (*path, "teams"), "names no team"
            yield from self._not_before_start(("cohort", name), cohort, "month")
        if len(self._all("cohort")) > 62:
            yield ("cohort",), "at most 62 cohorts"
        for name, event in self._all("event"):
            yield from self._event(("event", name), event)
        for name, record in self._all("record"):
            yield from self._record(("record", name), record)
        yield from self._collisions()

    def _all(self, section: str) -> ItemsView[str, Raw]:
        return self.elements.get(section, {}).items()

    def _refers(self, path: Keys, element: Raw, key: str, kind: str) -> Iterator[Fault]:
        yield from self._among((*path, key), element.get(key), kind)

    def _among(self, path: Keys, name: object, *kinds: str) -> Iterator[Fault]:
        if isinstance(name, str) and all(kind in self.names for kind in kinds):
            if not any(name in self.sets[kind] for kind in kinds):
                valid = [one for kind in kinds for one in self.names[kind]]
                yield path, f"no {' or '.join(kinds)} {shown(name)}{self.hints.nearest(name, valid)}"

    def _each(self, path: Keys, given: object, *kinds: str) -> Iterator[Fault]:
        names = given if isinstance(given, list) else []
        for place, name in enumerate(names):
            yield from self._among(path, name, *kinds)
            if name in names[:place]:
                yield path, f"names {shown(name)} twice"

    def _not_before_start(self, path: Keys, element: Raw, key: str) -> Iterator[Fault]:
        start, month = self.raw.get("start"), element.get(key)
        if _is_month(start) and _is_month(month) and month < start:
            yield (*path, key), f"{month} lies before the start, {start}"

    def _committee(self) -> Iterator[Fault]:
        members = self.members if isinstance(self.members, dict) else {}
        for name, member in members.items():
            if isinstance(member, dict):
                yield from self._priorities(("committee", "members", name, "priorities"), member.get("priorities"))
        if all(isinstance(one, dict) and one.get("power", 1.0) == 0 for one in members.values()):
            if isinstance(self.members, dict):
                yield ("committee", "members"), "at least one member needs power above 0"
        if isinstance(self.policy, str):
            try:
                fault = policy_fault(self.policy, len(self.names.get("team", ())))
            except (OSError, ValueError) as error:
                fault = f"{shown(self.policy)} cannot be read: {error}"
            if fault:
                yield ("committee", "policy"), one_line(fault)
            yield from self._arguments(self.policy)

    def _arguments(self, policy: str) -> Iterator[Fault]:
        numbers = {name: one for name, one in self.arguments.items() if isinstance(one, (int, float))}
        for name, problem in argument_faults(policy, numbers):
            yield ("committee", "policy_args", name), problem

    def _priorities(self, path: Keys, priorities: object) -> Iterator[Fault]:
        for name in priorities if isinstance(priorities, dict) else ():
            yield from self._among((*path, name), name, "team", "line")

    def _weights(self) -> Iterator[Fault]:
        fairness = table_in(self.raw, "fairness")
        for table, keys in (("norms", ("equality", "need", "equity")), ("procedure", ("voice", "lead", "consistency"))):
            weights = fairness.get(table, {})
            if isinstance(weights, dict) and all(weights.get(key) == 0 for key in keys):
                yield ("fairness", table), "at least one weight must be above 0"

    def _event(self, path: Keys, event: Raw) -> Iterator[Fault]:
        """By the kinds of its class's fields, and what the class has to say beyond them."""
        yield from self._not_before_start(path, event, "month")
        kind = event.get("type")
        event_class = CLASS_OF.get(kind) if isinstance(kind, str) else None
        for entry, kinds in own_fields(event_class).values() if event_class else ():
            given = event.get(entry.path)
            if isinstance(given, list):
                yield from self._each((*path, entry.path), given, *kinds)
            elif isinstance(given, dict):
                for name in given:
                    yield from self._among((*path, entry.path, name), name, *kinds)
            elif kinds:
                yield from self._among((*path, entry.path), given, *kinds)
        if event_class:
            for key, problem in event_class.faults(event):
                yield (*path, *((key,) if isinstance(key, str) else key)), problem

    def _record(self, path: Keys, record: Raw) -> Iterator[Fault]:
        what = record.get("what")
        whom = RECORDS.get(what) if isinstance(what, str) else None
        yield from self._not_before_start(path, record, "month")
        for key in ("cohort", "project", "team"):
            yield from self._refers(path, record, key, key)
            if key == whom and record.get(key) is None:
                yield path, f"a {what} needs a {key}"
            if whom and key != whom and record.get(key) is not None:
                yield (*path, key), f"a {what} is about {'the lab' if whom == 'lab' else f'a {whom}'}"
        cohort = table_in(self.elements.get("cohort"), str(record.get("cohort")))
        if whom == "cohort" and cohort and not list(self._not_before_start(path, record, "month")):
            begins, month = cohort.get("month"), record.get("month")
            if _is_month(begins) and _is_month(month) and month < begins:
                yield (*path, "month"), f"{month} lies before its cohort is fixed, {begins}"
        yield from _known_how(path, record)
        low, high = record.get("low"), record.get("high")
        if isinstance(low, (int, float)) and isinstance(high, (int, float)) and low > high:
            yield (*path, "low"), f"is above high, {shown(high)}"

    def _collisions(self) -> Iterator[Fault]:
        """Names stand in the random numbers as 32-bit hashes; two that share one would share their luck."""
        hires = [
            f"{event.get('team')}/{name}" for name, event in self._all("event") if event.get("type") in HIRING
        ]  # fmt: skip
        origins = self.names.get("team", []) + hires
        for section, names in (("team", origins), ("committee.members", self.names.get("member", ()))):
            seen: dict[int, str] = {}
            for name in names:
                other = seen.setdefault(name_hash(name), name)
                if other != name:
                    yield tuple(section.split(".")), f"'{other}' and '{name}' share a hash; rename one of them"


def _known_how(path: Keys, record: Raw) -> Iterator[Fault]:
    """A fact is a count of so many, a value with an error, or an interval."""
    count, of, sd = (record.get(key) for key in ("count", "of", "sd"))
    if count is not None or of is not None:
        if count is None or of is None:
            yield path, "needs both count and of"
            return
        if sd is not None:
            yield (*path, "sd"), "a count has no sd of its own"
        if record.get("what") != "left_share":
            yield (*path, "count"), "only a left_share can be a count of so many"
        counts = count if isinstance(count, list) else [count]
        if not counts:
            yield (*path, "count"), "is empty"
        for one in counts:
            if type(one) is int and type(of) is int and not 0 <= one <= of:
                yield (*path, "count"), f"must be from 0 to {of}, got {one}"
    elif sd is not None:
        if record.get("value") is None:
            yield path, "an sd needs a value"
    elif record.get("low") is None or record.get("high") is None:
        yield path, "needs low and high, value and sd, or count and of"


def _is_month(value: object) -> TypeGuard[str]:
    return isinstance(value, str) and bool(re.fullmatch(MONTH, value))

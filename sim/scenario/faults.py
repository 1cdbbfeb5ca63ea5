"""What is wrong with a scenario, in words: schema faults from pydantic, and names and dates that refer to nothing."""

import re
from collections.abc import Callable, Collection, Iterable, Iterator
from functools import cache
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from sim.allocation import argument_faults, policy_fault
from sim.draws import name_hash
from sim.errors import nearest_name
from sim.model.events import CLASS_OF, EVENT_TYPES, HireEvent
from sim.parameter import MONTH, Section, refers
from sim.scenario.elements import RECORDS, Cohort, Prior, Project, Record, Team
from sim.scenario.named import LISTS, table_in
from sim.scenario.paths import DEFAULT_POLICY, event_class_of, known_paths
from sim.scenario.sections import Member
from sim.scenario.wording import Fault, Keys, Raw, fault_line, nearest, one_line, shown

if TYPE_CHECKING:
    from sim.scenario.scenario import Scenario

ELEMENT_CLASSES: dict[str, type[Section]] = {
    "team": Team, "project": Project, "cohort": Cohort, "record": Record, "prior": Prior,
}  # fmt: skip
HIRING = [name for name, event_class in CLASS_OF.items() if issubclass(event_class, HireEvent)]
DATES = ("start", "target", "month")
# What a value must be, by how pydantic's word for its fault begins; and how it says that one is beyond a limit.
FORMS = {
    "finite_number": "a finite number", "float": "a number", "int": "a whole number", "bool": "true or false",
    "list": "a list",
}  # fmt: skip
LIMITS = {
    "greater_than_equal": "at least", "greater_than": "more than", "less_than_equal": "at most",
    "less_than": "less than",
}  # fmt: skip


def schema_faults(error: ValidationError, model: type[BaseModel], *, whole: bool = True) -> list[Fault]:
    """(path, problem) for every fault that pydantic found; only what is there is judged if that is not the whole."""
    found = [(detail, _path(detail)) for detail in told_once(error, lambda detail: _keys(model, detail))]
    misnamed = {path for detail, path in found if detail["loc"][-1] == "[key]"}
    return [
        (path, problem_of(detail, path, _keys(model, detail))) for detail, path in found
        if (whole or detail["type"] not in ("missing", "union_tag_not_found"))
        and not (path[-1] == "name" and path[:-1] in misnamed)
        and not (detail["loc"][-1] == "list[int]" and detail["type"] == "list_type")
    ]  # fmt: skip


def told_once(error: ValidationError, keys: Callable[[ErrorDetails], Iterable[str]]) -> list[ErrorDetails]:
    """The faults that pydantic found, but for keys that are missing because they are misspelt.

    `keys` gives, for the fault of an unknown key, those that its table may have.
    """
    meant = {(*detail["loc"][:-1], key) for detail, key in _slips(error, keys)}
    return [detail for detail in error.errors() if not (detail["type"] == "missing" and detail["loc"] in meant)]


def fault_lines(error: ValidationError, where: str, keys: Callable[[ErrorDetails], Collection[str]]) -> list[str]:
    """A line for each fault that pydantic found in a file that is no scenario; `keys` as of `told_once`."""
    kinds = ("bool", "int", "float", "str")  # which of those that a value may have was tried
    lines = (
        fault_line(where, [part for part in detail["loc"] if part not in kinds],
                   problem_of(detail, detail["loc"] or ("table",), keys(detail)))
        for detail in told_once(error, keys)
    )  # fmt: skip
    return list(dict.fromkeys(lines))


def _slips(error: ValidationError, keys: Callable[[ErrorDetails], Iterable[str]]) -> Iterator[tuple[ErrorDetails, str]]:
    """Faults of unknown keys, each with the key that was meant."""
    for detail in error.errors():
        if detail["type"] == "extra_forbidden" and (key := nearest_name(detail["loc"][-1], keys(detail))):
            yield detail, key


def spell_as_meant(raw: Raw, error: ValidationError, model: type[BaseModel]) -> None:
    """Give misspelt keys their names, in place, so that what is there under another name is not told as missing."""
    for detail, key in _slips(error, lambda detail: _keys(model, detail)):
        *above, unknown = _path(detail)
        table: Any = raw
        for step in above:
            table = table[step]
        table.setdefault(key, table.pop(unknown))


def _path(detail: ErrorDetails) -> Keys:
    """The location without the tag of an event's type and the mark of a dict's key."""
    path = list(detail["loc"])
    if path[-1] == "[key]" and detail["type"] != "extra_forbidden":
        path.pop()
    if len(path) > 2 and path[0] == "event" and path[2] in EVENT_TYPES:
        del path[2]
    if path[-1] in ("int", "list[int]"):  # of a count, which may be either
        path.pop()
    if detail["type"] == "union_tag_invalid":
        path.append("type")
    if path[:2] == ["committee", "policy_args"]:
        del path[3:]  # which of the kinds of numbers was tried
    return tuple(path)


def problem_of(detail: ErrorDetails, path: Keys, keys: Iterable[str]) -> str:
    """A fault of pydantic's in words; `keys` are those that the table may have."""
    kind, given, context = detail["type"], detail.get("input"), detail.get("ctx", {})
    got = f", got {shown(given)}"
    if kind == "extra_forbidden":
        return f"unknown key{nearest(path[-1], keys)}"
    if kind == "missing":
        return "is missing"
    if kind in ("union_tag_invalid", "union_tag_not_found"):
        if isinstance(given, dict) and "type" in given:
            return f"unknown event type {shown(given['type'])}{nearest(given['type'], EVENT_TYPES)}"
        return f"needs a type ({', '.join(EVENT_TYPES)})"
    if kind in LIMITS:
        (limit,) = context.values()
        return f"must be {LIMITS[kind]} {limit:g}{got}"
    if path[:2] == ("committee", "policy_args") and len(path) == 3 and kind.startswith(("bool", "int", "float")):
        return f"must be a number, or true or false{got}"
    for beginning, form in FORMS.items():
        if kind.startswith(beginning):
            return f"must be {form}{got}"
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
    if kind == "literal_error":
        valid = re.findall(r"'([^']*)'", context.get("expected", ""))
        return f"unknown value {shown(given)}{nearest(given, valid)}"
    return detail["msg"][0].lower() + detail["msg"][1:] + got


def _keys(model: Any, detail: ErrorDetails) -> Collection[str]:
    """The keys that the table may have in which pydantic found an unknown one; `model` is the scenario's."""
    loc = detail["loc"]
    if detail["type"] != "extra_forbidden":
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
    sources = table_in(raw, "sources")
    if not sources:
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


def prior_faults(scenario: "Scenario") -> Iterator[Fault]:
    """Priors of what is no number, that are none, or that reach outside the parameter's bounds."""
    entries = {path: (value, entry) for path, value, entry in scenario.paths()} if scenario.prior else {}
    for path, prior in scenario.prior.items():
        value, entry = entries.get(path, (None, None))
        problem = prior.fault()
        if entry is None:
            problem = f"unknown parameter{nearest(path, entries)}"
        elif value is None:
            problem = "is not set in this scenario"
        elif not entry.is_number:
            problem = "is no number, so it has no prior"
        elif problem is None:
            (low, high), (least, most) = prior.span(), entry.bounds
            if not least <= low < high <= most or (entry.low_open and low <= least):
                reach = f"it reaches from {low:g} to {high:g}"
                problem = f"lies outside the parameter's bounds, {least:g} to {most:g}: {reach}"
        if problem:
            yield ("prior", path), problem


class References:
    """Names that refer to nothing, months out of place, sums that cannot be; in scenarios with other faults too.

    The policy of a saved scenario need not be here.
    """

    def __init__(self, raw: Raw, saved: bool):
        self.raw, self.start = raw, raw.get("start")
        tables = {section: raw.get(section, {}) for section in LISTS}
        self.elements = {
            section: {name: element for name, element in table.items() if isinstance(element, dict)}
            for section, table in tables.items() if isinstance(table, dict)
        }  # fmt: skip
        # Names by what they name; none where the schema's faults tell already that there are none.
        self.names = {section: list(tables[section]) for section in self.elements}
        if "team" not in raw:
            self.names.pop("team")
        if "team" in self.names:
            teams = self.elements["team"].values()
            for key in ("line", "site"):
                self.names[key] = sorted({team[key] for team in teams if isinstance(team.get(key), str)})
        self.committee = table_in(raw, "committee")
        self.members = self.committee.get("members", {"committee": {}})
        if isinstance(self.members, dict):
            self.names["member"] = list(self.members)
        self.policy = None if saved else self.committee.get("policy", DEFAULT_POLICY)
        self.sets = {kind: set(names) for kind, names in self.names.items()}
        self.hints = Hints()

    def faults(self) -> Iterator[Fault]:
        if self.names.get("team") == []:
            yield ("team",), "a scenario needs at least one team"
        yield from self._division()
        yield from self._weights()
        for section, elements in self.elements.items():
            for name, element in elements.items():
                yield from self._element(section, (section, name), element)
        if len(self.elements.get("cohort", ())) > 62:
            yield ("cohort",), "at most 62 cohorts"
        yield from self._collisions()

    def _element(self, section: str, path: Keys, element: Raw) -> Iterator[Fault]:
        """By the kinds of its class's fields, and what is to be said of it beyond them."""
        dated = "start" if section == "project" else "month"
        if _lies_before(element.get(dated), self.start):
            yield (*path, dated), f"{element[dated]} lies before the start, {self.start}"
        event_class = event_class_of(element) if section == "event" else None
        element_class = event_class or ELEMENT_CLASSES.get(section)
        if element_class:
            yield from self._names_in(path, element_class, element)
        if section == "project":
            yield from _project(path, element)
        elif section == "cohort":
            yield from _cohort(path, element)
        elif section == "record":
            yield from self._record(path, element)
        elif event_class:
            for key, problem in event_class.faults(element):
                yield (*path, *((key,) if isinstance(key, str) else key)), problem

    def _names_in(self, path: Keys, table_class: type[Section], table: Raw) -> Iterator[Fault]:
        """Names that are those of nothing, or stand twice in a list."""
        for key, kinds in _referring(table_class):
            given, where = table.get(key), (*path, key)
            if isinstance(given, list):
                for index, name in enumerate(given):
                    yield from self._among(where, name, kinds)
                    if name in given[:index]:
                        yield where, f"names {shown(name)} twice"
            elif isinstance(given, dict):
                for name in given:
                    yield from self._among((*where, name), name, kinds)
            else:
                yield from self._among(where, given, kinds)

    def _among(self, path: Keys, name: object, kinds: Collection[str]) -> Iterator[Fault]:
        if isinstance(name, str) and all(kind in self.names for kind in kinds):
            if not any(name in self.sets[kind] for kind in kinds):
                valid = [other for kind in kinds for other in self.names[kind]]
                yield path, f"no {' or '.join(kinds)} {shown(name)}{self.hints.nearest(name, valid)}"

    def _division(self) -> Iterator[Fault]:
        if isinstance(self.members, dict):
            members = {name: member for name, member in self.members.items() if isinstance(member, dict)}
            for name, member in members.items():
                yield from self._names_in(("committee", "members", name), Member, member)
            if len(members) == len(self.members) and all(m.get("power", 1.0) == 0 for m in members.values()):
                yield ("committee", "members"), "at least one member needs power above 0"
        if isinstance(self.policy, str):
            try:
                fault = policy_fault(self.policy, len(self.names.get("team", ())))
            except (OSError, ValueError) as error:
                fault = f"{shown(self.policy)} cannot be read: {error}"
            if fault:
                yield ("committee", "policy"), one_line(fault)
            given = table_in(self.committee, "policy_args")
            numbers = {name: value for name, value in given.items() if isinstance(value, (int, float))}
            for name, problem in argument_faults(self.policy, numbers):
                yield ("committee", "policy_args", name), problem

    def _weights(self) -> Iterator[Fault]:
        fairness = table_in(self.raw, "fairness")
        for table, keys in (("norms", ("equality", "need", "equity")), ("procedure", ("voice", "lead", "consistency"))):
            weights = fairness.get(table, {})
            if isinstance(weights, dict) and all(weights.get(key) == 0 for key in keys):
                yield ("fairness", table), "at least one weight must be above 0"

    def _record(self, path: Keys, record: Raw) -> Iterator[Fault]:
        what, month = record.get("what"), record.get("month")
        whom = RECORDS.get(what) if isinstance(what, str) else None
        for key in ("cohort", "project", "team"):
            given = record.get(key) is not None
            if key == whom and not given:
                yield path, f"a {what} needs a {key}"
            if whom and key != whom and given:
                yield (*path, key), f"a {what} is about {'the lab' if whom == 'lab' else f'a {whom}'}"
        begins = table_in(self.elements.get("cohort"), str(record.get("cohort"))).get("month")
        if whom == "cohort" and _lies_before(month, begins) and not _lies_before(month, self.start):
            yield (*path, "month"), f"{month} lies before its cohort is fixed, {begins}"
        yield from _known_how(path, record)
        low, high = record.get("low"), record.get("high")
        if isinstance(low, (int, float)) and isinstance(high, (int, float)) and low > high:
            yield (*path, "low"), f"is above high, {shown(high)}"

    def _collisions(self) -> Iterator[Fault]:
        """Names stand in the random numbers as 32-bit hashes; two that share one would share their luck."""
        events = self.elements.get("event", {}).items()
        hires = [f"{event.get('team')}/{name}" for name, event in events if event.get("type") in HIRING]
        origins = self.names.get("team", []) + hires
        for section, names in (("team", origins), ("committee.members", self.names.get("member", ()))):
            seen: dict[int, str] = {}
            for name in names:
                other = seen.setdefault(name_hash(name), name)
                if other != name:
                    yield tuple(section.split(".")), f"'{other}' and '{name}' share a hash; rename one of them"


@cache
def _referring(table_class: type[Section]) -> list[tuple[str, tuple[str, ...]]]:
    """Keys of a table under which names of elements stand, with the kinds of these."""
    return [
        (field.alias or name, kinds) for name, field in table_class.model_fields.items() if (kinds := refers(field))
    ]


def _project(path: Keys, project: Raw) -> Iterator[Fault]:
    if (project.get("gpu_hours") is None) == (project.get("gpu_months") is None):
        yield path, "needs exactly one of gpu_hours and gpu_months"
    if _lies_before(project.get("target"), project.get("start")):
        yield (*path, "target"), f"lies before the project's start, {project['start']}"


def _cohort(path: Keys, cohort: Raw) -> Iterator[Fault]:
    if (cohort.get("team") is None) == (cohort.get("teams") is None):
        yield path, "needs exactly one of team and teams"
    elif cohort.get("teams") == []:
        yield (*path, "teams"), "names no team"


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
        for number in counts:
            if type(number) is int and type(of) is int and not 0 <= number <= of:
                yield (*path, "count"), f"must be from 0 to {of}, got {number}"
    elif sd is not None:
        if record.get("value") is None:
            yield path, "an sd needs a value"
    elif record.get("low") is None or record.get("high") is None:
        yield path, "needs low and high, value and sd, or count and of"


def _lies_before(month: object, other: object) -> bool:
    """Whether both are months, and the first is the earlier."""
    both = [given for given in (month, other) if isinstance(given, str) and re.fullmatch(MONTH, given)]
    return len(both) == 2 and both[0] < both[1]

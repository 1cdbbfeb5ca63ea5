"""The scenario: everything that a run needs to know, checked when it is made and unchangeable after."""

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import cache
from typing import Any, get_args, get_origin

from pydantic import Field, ValidationError
from pydantic.fields import FieldInfo

from sim.allocation import allow_code, completed
from sim.errors import InputError
from sim.model.events import CLASS_OF, AnyEvent, Event, event_order
from sim.parameter import KINDS, REQUIRED, Month, Name, Parameter, Section, is_section, param, parameter, text
from sim.scenario import sections
from sim.scenario.elements import Cohort, Prior, Project, Record, Team
from sim.scenario.faults import References, prior_faults, schema_faults, source_faults, spell_as_meant
from sim.scenario.named import by_name
from sim.scenario.paths import Origins, Overrides, apply_overrides, policy_of
from sim.scenario.wording import Fault, Raw, fault_line, nearest, shown

NO_PARAMETERS = ("record", "prior", "sources")  # tables of what is said about parameters and outcomes


class Scenario(Section):
    """A lab, its calendar and its rules. Made by `load_scenario`, `from_dict` or `with_overrides`.

    Elements stand in name order, events in the order in which they happen within a month.
    """

    title: str = text("", "one line that names the scenario")
    question: str = text("", "what the scenario asks")
    start: Month = text(REQUIRED, "first month, YYYY-MM")
    months: int = param(REQUIRED, "months", 1, 1200, "length of the run")
    budget: sections.Budget
    committee: sections.CommitteeRules = Field(default_factory=sections.CommitteeRules)
    head: sections.Head = Field(default_factory=sections.Head)
    team_defaults: sections.TeamDefaults = Field(default_factory=sections.TeamDefaults)
    fairness: sections.Fairness = Field(default_factory=sections.Fairness)
    turnover: sections.Turnover = Field(default_factory=sections.Turnover)
    shocks: sections.Shocks = Field(default_factory=sections.Shocks)
    hiring: sections.Hiring = Field(default_factory=sections.Hiring)
    mechanisms: sections.Mechanisms = Field(default_factory=sections.Mechanisms)
    team: dict[Name, Team]
    project: dict[Name, Project] = {}
    cohort: dict[Name, Cohort] = {}
    event: dict[Name, AnyEvent] = {}
    record: dict[Name, Record] = {}
    prior: dict[str, Prior] = {}
    sources: dict[str, str] = {}

    @classmethod
    def from_dict(cls, raw: Raw, where: str | None = None) -> "Scenario":
        """A scenario from nested dicts, lists or dicts of named elements. Raises InputError with every fault.

        `where` is the file that they were read from, if they were: its faults name it, and a policy that is code in
        another file is not loaded unless it has been allowed.
        """
        if where is None:
            allow_code(policy_of(raw))
        return valid(*cls.examined(raw), where or "scenario")

    @classmethod
    def from_saved(cls, raw: Raw | None, where: str) -> "Scenario":
        """The scenario of a saved result, whose policy need not be here. Raises InputError with every fault."""
        return valid(*cls.examined(raw, saved=True), where)

    @classmethod
    def examined(cls, raw: object, *, whole: bool = True, saved: bool = False) -> tuple["Scenario | None", list[Fault]]:
        """The scenario, or every fault: (path, problem) pairs.

        Arguments:
            raw: as for `from_dict`.
            whole: False if some of it could not be read; then nothing is said of what is missing.
            saved: True if it was valid once; then nothing is said of a policy that is not here.
        """
        if not isinstance(raw, dict):
            return None, [((), f"must be a table (a dict), got {shown(raw)}")]
        raw, faults = by_name(raw)
        scenario, found = None, []
        try:
            scenario = cls.model_validate(raw)
        except ValidationError as error:
            found = schema_faults(error, cls, whole=whole)
            spell_as_meant(raw, error, cls)
        faults += found
        if whole:
            known = {path for path, _ in found}
            faults += [fault for fault in References(raw, saved).faults() if fault[0] not in known]
            faults += source_faults(cls, raw)
            if scenario is not None:
                faults += prior_faults(scenario)
        if scenario is None or faults or not whole:
            return None, faults
        return scenario._ordered(), []

    def _ordered(self) -> "Scenario":
        rules = self.committee
        arguments = completed(rules.policy, rules.policy_args)
        by_name = {name: dict(sorted(getattr(self, name).items()))
                   for name in ("team", "project", "cohort", "record", "prior")}  # fmt: skip
        return self.model_copy(update={
            "committee": rules.model_copy(
                update={"members": dict(sorted(rules.members.items())), "policy_args": arguments}
            ),
            "event": {event.name: event for event in sorted(self.event.values(), key=event_order)},
            **by_name,
        })  # fmt: skip

    def with_overrides(self, overrides: Overrides, where: str = "override") -> "Scenario":
        """The scenario with other values at dotted paths. Raises InputError for unknown paths and bad values.

        `where` begins the lines that tell the faults of an override.
        """
        raw = self.to_dict()
        lines, origins = apply_overrides(type(self), raw, overrides, where)
        return valid(*self.examined(raw), self.title or "scenario", origins, lines)

    def to_dict(self) -> Raw:
        """Complete and JSON-able; `from_dict` makes an equal scenario of it."""
        return self.model_dump(by_alias=True, exclude_none=True)

    def digest(self) -> str:
        """SHA-256 of the content, whatever file it came from."""
        return hashlib.sha256(json.dumps(self.to_dict(), sort_keys=True).encode()).hexdigest()

    # Time

    def month_of(self, date: str) -> int:
        """Months from the start to a date, YYYY-MM."""
        return _count(date) - _count(self.start)

    def date_of(self, month: int) -> str:
        year, month = divmod(_count(self.start) + month, 12)
        return f"{year:04d}-{month + 1:02d}"

    def not_reached(self) -> list[str]:
        """Paths of events, projects and cohorts whose month lies after the end of the run."""
        dated = [(f"event.{event.name}", event.month) for event in self.event.values()]
        dated += [(f"project.{project.name}", project.start) for project in self.project.values()]
        dated += [(f"cohort.{cohort.name}", cohort.month) for cohort in self.cohort.values()]
        return [path for path, date in dated if self.month_of(date) >= self.months]

    # Names

    def lines(self) -> list[str]:
        """Lines of work, in name order."""
        return sorted({team.line for team in self.team.values()})

    def sites(self) -> list[str]:
        return sorted({team.site for team in self.team.values()})

    # Parameters

    def paths(self) -> list[tuple[str, object, Parameter]]:
        """Every resolved parameter: dotted path, value, registry entry."""
        return list(_paths_in(self))

    def values(self) -> dict[str, Any]:
        """Dotted path -> value of every resolved parameter."""
        return {path: value for path, value, _ in self.paths()}

    def value(self, path: str) -> Any:
        """The value at a dotted path. Raises InputError with the nearest path if there is none."""
        return self._entry(path)[1]

    def parameter(self, path: str) -> Parameter:
        """The registry entry of a dotted path. Raises InputError with the nearest path if there is none."""
        return self._entry(path)[2]

    def _entry(self, path: str) -> tuple[str, Any, Parameter]:
        entries = {entry[0]: entry for entry in self.paths()}
        if not isinstance(path, str) or path not in entries:
            raise InputError(fault_line("", str(path).split("."), f"unknown parameter{nearest(path, entries)}"))
        return entries[path]

    def own_source(self, path: str) -> str | None:
        """The scenario's own source of a path, or of a table that holds it."""
        while path and path not in self.sources:
            path = path.rpartition(".")[0]
        return self.sources.get(path)

    def source_of(self, path: str) -> str | None:
        """Where the value comes from: the scenario's source, or the registry's of a default; None: an assumption."""
        if own := self.own_source(path):
            return own
        _, value, entry = self._entry(path)
        return entry.source or "default" if not entry.required and value == entry.default else None


def _paths_in(section: Section, prefix: str = "", kind: str = "") -> Iterator[tuple[str, Any, Parameter]]:
    """As `Scenario.paths`: `prefix` begins the paths, and `kind` those of the registry's entries."""
    for name, field in type(section).model_fields.items():
        key, value = field.alias or name, getattr(section, name)
        path, entry_path = prefix + key, kind + key
        if name in ("name", "type") or path in NO_PARAMETERS:
            continue
        if isinstance(value, Section):
            yield from _paths_in(value, f"{path}.", f"{entry_path}.")
        elif isinstance(value, dict):
            for inner, content in value.items():
                if isinstance(content, Section):
                    content_kind = f"event.{content.type}." if isinstance(content, Event) else f"{entry_path}.*."
                    yield from _paths_in(content, f"{path}.{inner}.", content_kind)
                else:
                    entry = _of_its_values(entry_path, field)
                    entry = replace(entry, kind=KINDS[type(content)]) if name == "policy_args" else entry
                    yield f"{path}.{inner}", content, entry
        else:
            yield path, value, parameter(entry_path, field)


@cache
def _of_its_values(path: str, field: FieldInfo) -> Parameter:
    """The registry entry of the numbers in a table."""
    number = parameter(f"{path}.*", FieldInfo.from_annotation(get_args(field.annotation)[1]))
    return replace(number, required=False, meaning=parameter(path, field).meaning)


def _count(date: str) -> int:
    return 12 * int(date[:4]) + int(date[5:]) - 1


def nearest_origin(origins: Origins, path: Iterable[object], otherwise: str) -> str:
    """The file or option that a value at some keys is from, or that what holds it is, or what is in it."""
    keys = tuple(map(str, path))
    for length in range(len(keys), 0, -1):
        if keys[:length] in origins:
            return origins[keys[:length]]
    return next((where for given, where in origins.items() if given[: len(keys)] == keys), otherwise)


def valid(
    scenario: Scenario | None, faults: Iterable[Fault], otherwise: str, origins: Origins | None = None,
    lines: Sequence[str] = (),
) -> Scenario:  # fmt: skip
    """The scenario. Raises InputError if it has faults: `lines`, and one for each that begins with where it is from,
    by `origins`, or else `otherwise`."""
    lines = [
        *lines,
        *(fault_line(nearest_origin(origins or {}, path, otherwise), path, problem) for path, problem in faults),
    ]
    if lines or scenario is None:
        raise InputError(*dict.fromkeys(lines))
    return scenario


def registry() -> tuple[Parameter, ...]:
    """Every parameter that a scenario can have, from the schema: the single source of defaults, bounds and meanings."""
    return tuple(_entries(Scenario))


def _entries(model: type[Section], prefix: str = "") -> Iterator[Parameter]:
    for name, field in model.model_fields.items():
        path, kind = prefix + (field.alias or name), field.annotation
        contents = get_args(kind)[1] if get_origin(kind) is dict else None
        if name in ("name", "type") or path in NO_PARAMETERS:
            continue
        if is_section(kind):
            yield from _entries(kind, f"{path}.")
        elif path == "event":
            for type_, event_class in CLASS_OF.items():
                yield from _entries(event_class, f"event.{type_}.")
        elif is_section(contents):
            yield from _entries(contents, f"{path}.*.")
        else:
            yield parameter(path, field)

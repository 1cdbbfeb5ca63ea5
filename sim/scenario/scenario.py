"""The scenario: everything that a run needs to know, checked when it is made and unchangeable after."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import replace
from functools import cache
from typing import Any, TypeVar, get_args

from pydantic import Field, ValidationError
from pydantic.fields import FieldInfo

from sim.allocation import allow_code, completed
from sim.errors import InputError
from sim.model.events import CLASS_OF, AnyEvent, event_order
from sim.parameter import KINDS, REQUIRED, Month, Name, Parameter, Section, param, parameter, text
from sim.scenario.elements import Cohort, Prior, Project, Record, Team
from sim.scenario.faults import prior_faults, reference_faults, schema_faults, source_faults, spell_as_meant
from sim.scenario.named import by_name
from sim.scenario.paths import Origins, Overrides, apply_overrides, policy_of
from sim.scenario.sections import (
    Budget,
    CommitteeRules,
    Fairness,
    Head,
    Hiring,
    Mechanisms,
    Member,
    Shocks,
    TeamDefaults,
    Turnover,
)  # fmt: skip
from sim.scenario.wording import Fault, Raw, fault_line, nearest, shown

Element = TypeVar("Element")
ELEMENTS: dict[str, type[Section]] = {"team": Team, "project": Project, "cohort": Cohort}


class Scenario(Section):
    """A lab, its calendar and its rules. Made by `load_scenario`, `from_dict` or `with_overrides`.

    Elements stand in name order, events in the order in which they happen within a month.
    """

    title: str = text("", "one line that names the scenario")
    question: str = text("", "what the scenario asks")
    start: Month = text(REQUIRED, "first month, YYYY-MM")
    months: int = param(REQUIRED, "months", 1, 1200, "length of the run")
    budget: Budget
    committee: CommitteeRules = Field(default_factory=CommitteeRules)
    head: Head = Field(default_factory=Head)
    team_defaults: TeamDefaults = Field(default_factory=TeamDefaults)
    fairness: Fairness = Field(default_factory=Fairness)
    turnover: Turnover = Field(default_factory=Turnover)
    shocks: Shocks = Field(default_factory=Shocks)
    hiring: Hiring = Field(default_factory=Hiring)
    mechanisms: Mechanisms = Field(default_factory=Mechanisms)
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
        return cls._or_faults(*cls.examined(raw), where or "scenario")

    @classmethod
    def from_saved(cls, raw: Raw | None, where: str) -> "Scenario":
        """The scenario of a saved result, whose policy need not be here. Raises InputError with every fault."""
        return cls._or_faults(*cls.examined(raw, saved=True), where)

    @classmethod
    def _or_faults(cls, scenario: "Scenario | None", faults: list[Fault], where: str) -> "Scenario":
        if faults or scenario is None:
            raise InputError(*dict.fromkeys(fault_line(where, path, problem) for path, problem in faults))
        return scenario

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
            told = {path for path, _ in found}
            faults += [fault for fault in reference_faults(raw, saved) if fault[0] not in told]
            faults += source_faults(cls, raw)
            if scenario is not None:
                faults += prior_faults(scenario)
        if scenario is None or faults or not whole:
            return None, faults
        return scenario._ordered(), []

    def _ordered(self) -> "Scenario":
        def ordered(elements: dict[str, Element]) -> dict[str, Element]:
            return dict(sorted(elements.items()))

        members = ordered(self.committee.members)
        arguments = completed(self.committee.policy, self.committee.policy_args)
        return self.model_copy(update={
            "committee": self.committee.model_copy(update={"members": members, "policy_args": arguments}),
            "team": ordered(self.team), "project": ordered(self.project), "cohort": ordered(self.cohort),
            "event": {event.name: event for event in sorted(self.event.values(), key=event_order)},
            "record": ordered(self.record), "prior": ordered(self.prior),
        })  # fmt: skip

    def with_overrides(self, overrides: Overrides, where: str = "override") -> "Scenario":
        """The scenario with other values at dotted paths. Raises InputError for unknown paths and bad values.

        `where` begins the lines that tell the faults of an override.
        """
        raw = self.to_dict()
        lines, told = apply_overrides(type(self), raw, overrides, where)
        scenario, faults = self.examined(raw)
        otherwise = self.title or "scenario"
        lines += [fault_line(nearest_origin(told, path, otherwise), path, problem) for path, problem in faults]
        if lines or scenario is None:
            raise InputError(*dict.fromkeys(lines))
        return scenario

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
        dated = [(f"event.{one.name}", one.month) for one in self.event.values()]
        dated += [(f"project.{one.name}", one.start) for one in self.project.values()]
        dated += [(f"cohort.{one.name}", one.month) for one in self.cohort.values()]
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
        found = []
        for name, field in type(self).model_fields.items():
            value = getattr(self, name)
            if name in ("sources", "record", "prior"):
                continue
            if isinstance(value, Section):
                found += _paths_in(value, name, name)
            elif isinstance(value, dict):
                for key, element in value.items():
                    kind = f"event.{element.type}" if name == "event" else f"{name}.*"
                    found += _paths_in(element, f"{name}.{key}", kind)
            else:
                found.append((name, value, parameter(name, field)))
        return found

    def tables(self) -> list[str]:
        """Dotted paths of tables and elements, which a source may cover as a whole."""
        return sorted(
            {path.rsplit(".", cut)[0] for path, _, _ in self.paths() for cut in range(1, path.count(".") + 1)}
        )

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

    def source_of(self, path: str) -> str | None:
        """Where the value comes from: the scenario's source, or the registry's of a default; None: an assumption."""
        parts = path.split(".")
        for length in range(len(parts), 0, -1):
            if ".".join(parts[:length]) in self.sources:
                return self.sources[".".join(parts[:length])]
        _, value, entry = self._entry(path)
        return entry.source or "default" if not entry.required and value == entry.default else None


def _paths_in(section: Section, prefix: str, kind: str) -> list[tuple[str, Any, Parameter]]:
    found: list[tuple[str, Any, Parameter]] = []
    for name, field in type(section).model_fields.items():
        key = field.alias or name
        value = getattr(section, name)
        path, entry = f"{prefix}.{key}", parameter(f"{kind}.{key}", field)
        if isinstance(value, Section):
            found += _paths_in(value, path, entry.path)
        elif name == "members":
            for member, spec in value.items():
                found += _paths_in(spec, f"{path}.{member}", f"{entry.path}.*")
        elif isinstance(value, dict):
            number = _of_its_values(entry.path, field)
            for one, factor in value.items():
                own = replace(number, kind=KINDS[type(factor)]) if name == "policy_args" else number
                found.append((f"{path}.{one}", factor, own))
        elif name not in ("name", "type"):
            found.append((path, value, entry))
    return found


@cache
def _of_its_values(path: str, field: FieldInfo) -> Parameter:
    """The registry entry of the numbers in a table."""
    number = parameter(f"{path}.*", FieldInfo.from_annotation(get_args(field.annotation)[1]))
    return replace(number, required=False, meaning=parameter(path, field).meaning)


def _count(date: str) -> int:
    return 12 * int(date[:4]) + int(date[5:]) - 1


def nearest_origin(told: Origins, path: Iterable[object], otherwise: str) -> str:
    """The file or option that a value at some keys is from, or that what holds it is, or what is in it."""
    keys = tuple(map(str, path))
    for length in range(len(keys), 0, -1):
        if keys[:length] in told:
            return told[keys[:length]]
    return next((where for given, where in told.items() if given[: len(keys)] == keys), otherwise)


def registry() -> tuple[Parameter, ...]:
    """Every parameter that a scenario can have, from the schema: the single source of defaults, bounds and meanings."""
    found = []
    for name, field in Scenario.model_fields.items():
        kind = field.annotation
        if name in ELEMENTS:
            found += _entries(ELEMENTS[name], f"{name}.*")
        elif name == "event":
            for type_, class_ in CLASS_OF.items():
                found += _entries(class_, f"event.{type_}")
        elif isinstance(kind, type) and issubclass(kind, Section):
            found += _entries(kind, name)
        elif name not in ("record", "prior", "sources"):
            found.append(parameter(name, field))
    return tuple(found)


def _entries(model: type[Section], prefix: str) -> list[Parameter]:
    found: list[Parameter] = []
    for name, field in model.model_fields.items():
        key, kind = field.alias or name, field.annotation
        if isinstance(kind, type) and issubclass(kind, Section):
            found += _entries(kind, f"{prefix}.{key}")
        elif name == "members":
            found += _entries(Member, f"{prefix}.members.*")
        elif name not in ("name", "type"):
            found.append(parameter(f"{prefix}.{key}", field))
    return found

"""Dotted paths into a scenario's dict of elements by name: which there are, and how a value at one is overridden."""

from collections.abc import Collection, Iterator
from typing import Any, TypeAlias, get_args, get_origin

from pydantic import BaseModel

from sim.allocation import allow_code
from sim.model.events import CLASS_OF, Event
from sim.parameter import is_section
from sim.scenario.named import LISTS, table_in
from sim.scenario.sections import CommitteeRules
from sim.scenario.wording import Keys, Raw, dotted, fault_line, nearest

MEMBERS = "committee.members"
POLICY = "committee.policy"
DEFAULT_POLICY: str = CommitteeRules.model_fields["policy"].default

Overrides: TypeAlias = dict[str, Any]  # dotted path of a parameter -> its value in place of the scenario's
Origins: TypeAlias = dict[Keys, str]  # which file or option a value is from, by its keys


def known_paths(model: type[BaseModel], raw: Any, prefix: str = "") -> Iterator[str]:
    """Every dotted path of tables, elements and parameters that `raw`, valid or not, has or could have."""
    raw = raw if isinstance(raw, dict) else {}
    for name, field in model.model_fields.items():
        key, inner = field.alias or name, field.annotation
        if name in ("name", "type"):
            continue
        path, here = prefix + key, raw.get(key)
        yield path
        if is_section(inner):
            yield from known_paths(inner, here, f"{path}.")
        elif get_origin(inner) is dict and isinstance(here, dict):
            for element, value in here.items():
                yield f"{path}.{element}"
                of = event_class_of(value) if path == "event" else get_args(inner)[1]
                if is_section(of):
                    yield from known_paths(of, value, f"{path}.{element}.")
                elif path == "event" and isinstance(value, dict):
                    yield from (f"{path}.{element}.{key}" for key in value)


def event_class_of(event: object) -> type[Event] | None:
    """The class of an event by its type, valid or not; None where there is none of that."""
    kind = event.get("type") if isinstance(event, dict) else None
    return CLASS_OF.get(kind) if isinstance(kind, str) else None


def apply_overrides(
    model: type[BaseModel], raw: Raw, overrides: object, where: str = "override"
) -> tuple[list[str], Origins]:
    """Set values at dotted paths of a dict, in place; returns the fault lines, and tuple path -> `where`.

    Another policy forgets the arguments of the one before. One that is named here, in Python or on the command line,
    may be code in a file.
    """
    if not isinstance(overrides, dict):
        return [f"{where}: must be a dict of dotted paths and values"], {}
    faults: list[str] = []
    origins: Origins = {}
    known: dict[str, None] | None = None
    for path, value in sorted(overrides.items(), key=lambda item: item[0] not in ("committee", POLICY)):
        if not isinstance(path, str):
            faults.append(fault_line(where, (path,), "a path must be text"))
            continue
        if path.startswith(MEMBERS + ".") and isinstance(raw.setdefault("committee", {}), dict):
            raw["committee"].setdefault("members", {"committee": {"name": "committee"}})
        if known is None:
            known = dict.fromkeys(known_paths(model, raw))
        if path == POLICY:
            forget_arguments(raw, value)
        problem = _fault_in_path(path, value, known) or _set(raw, path, value)
        if problem:
            faults.append(fault_line(where, path.split("."), problem))
        else:
            origins[_steps(path)] = where
            if path in ("committee", POLICY):
                allow_code(policy_of(raw))
        if isinstance(value, (dict, list, tuple)):
            known = None
    return faults, origins


def policy_of(raw: object) -> str:
    """The policy that a scenario's dict names; the default if it names none."""
    policy = table_in(raw, "committee").get("policy", DEFAULT_POLICY)
    return policy if isinstance(policy, str) else DEFAULT_POLICY


def forget_arguments(raw: Raw, policy: object) -> None:
    """Drop the arguments of the policy of a dict, in place, if it is to have another policy."""
    if policy_of(raw) != policy:
        table_in(raw, "committee").pop("policy_args", None)


def _fault_in_path(path: str, value: object, known: Collection[str]) -> str | None:
    table, _, key = path.rpartition(".")
    above = table.rpartition(".")[0]
    new_element = table in (*LISTS, MEMBERS) and isinstance(value, dict)
    new_factor = table in known and table.endswith((".priorities", ".from", ".policy_args"))
    new_name = table in known and above in (*LISTS, MEMBERS) and key in ("name", "type")
    source = table.partition(".")[0] == "sources"
    if path in known or (key and (new_element or new_factor or new_name or source)):
        return None
    roots = [other for other in known if "." not in other]
    return f"unknown parameter{nearest(path, known) or nearest(path.partition('.')[0], roots)}"


def _steps(path: str) -> tuple[str, ...]:
    section, _, rest = path.partition(".")
    return (section, rest) if section == "sources" and rest else tuple(path.split("."))


def _set(raw: Raw, path: str, value: object) -> str | None:
    *above, last = _steps(path)
    here = raw
    for depth, name in enumerate(above, start=1):
        if here.get(name) is None:
            here[name] = {}
        here = here[name]
        if not isinstance(here, dict):
            return f"{dotted(above[:depth])} holds a value, not a table"
    here[last] = value
    return None

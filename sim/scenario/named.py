"""Lists of named elements as dicts by name, and one such dict over another."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, time
from types import NoneType
from typing import Any

import numpy as np

from sim.scenario.wording import Fault, Keys, Raw, shown

LISTS = ("team", "project", "cohort", "event", "record")
BY_DEFAULT = {"event": ("type", "month"), "record": ("what", "month")}  # what a default name is made of
SCALARS = (bool, int, float, date, time, NoneType)  # what a TOML file can hold, and None
LARGEST = 10**80  # whole number; pydantic stumbles over those that Python refuses to write out
DEEPEST = 12  # tables within tables; no valid scenario comes near


@dataclass(frozen=True)
class Unfit:
    """Stands for a value that no parameter takes."""

    what: str

    def __str__(self) -> str:
        return self.what


def by_name(raw: Raw, mark: str = "#") -> tuple[Raw, list[Fault]]:
    """A plain copy with every list of elements as a dict by name; and the faults: (path, problem) pairs.

    An element that has no name of its own stands under `mark` and its number in the list, so that it is checked too.
    """
    faults: list[Fault] = []
    raw = _plain(raw, faults, (), ())
    for section in LISTS:
        if section in raw:
            raw[section] = _named((section,), raw[section], faults, mark)
    committee = raw.get("committee")
    if isinstance(committee, dict) and "members" in committee:
        committee["members"] = _named(("committee", "members"), committee["members"], faults, mark)
    sources = raw.get("sources")
    if isinstance(sources, dict):
        raw["sources"] = dict(_flat(sources))
    if isinstance(raw.get("prior"), dict):
        raw["prior"] = _priors(raw["prior"])
    return raw, faults


def _plain(value: Any, faults: list[Fault], path: Keys, above: tuple[object, ...]) -> Any:
    """A copy in dicts with text keys, lists and scalars, and `Unfit` for the rest."""
    if isinstance(value, (np.generic, np.ndarray)):
        value = value.tolist()
    if isinstance(value, str):
        return _encodable(value, faults, path)
    if isinstance(value, (*SCALARS, Unfit)):
        return Unfit(shown(value)) if isinstance(value, int) and abs(value) > LARGEST else value
    if not isinstance(value, (dict, list, tuple)):
        return Unfit(f"a Python {type(value).__name__}")
    if len(above) == DEEPEST or any(value is table for table in above):
        return Unfit("tables in tables without end")
    above = (*above, value)
    if not isinstance(value, dict):
        return [_plain(item, faults, (*path, f"#{number}"), above) for number, item in enumerate(value, start=1)]
    copy = {}
    for key, inner in value.items():
        if isinstance(key, str):
            key = _encodable(key, faults, path)
            copy[key] = _plain(inner, faults, (*path, key), above)
        else:
            faults.append((path, f"a key must be text, got {shown(key)}"))
    return copy


def _encodable(text: str, faults: list[Fault], path: Keys) -> str:
    encoded = text.encode("utf-8", errors="replace").decode()
    if encoded != text:
        faults.append((path, f"{shown(text)} is no Unicode text"))
    return encoded


def _named(path: tuple[str, ...], elements: Any, faults: list[Fault], mark: str) -> Any:
    if isinstance(elements, dict):
        return {name: _under_its_name((*path, name), element, faults) for name, element in elements.items()}
    if not isinstance(elements, list):
        return elements
    names = [_name(path[-1], element) for element in elements]
    named = {}
    for number, (name, element) in enumerate(zip(names, elements, strict=True), start=1):
        stand_in = f"{mark}{number}"
        while stand_in in names:
            stand_in = mark + stand_in
        if not isinstance(element, dict):
            named[stand_in] = element
        elif isinstance(name, str) and name not in named:
            named[name] = {**element, "name": name}
        else:
            named[stand_in] = {**element, "name": stand_in}
            if isinstance(name, str):
                hint = "" if "name" in element else ", as neither gives one; name them"
                faults.append(((*path, name), f"another one has the same name{hint}"))
            elif name is not None:
                faults.append(((*path, stand_in, "name"), f"must be text, got {shown(name)}"))
            elif "name" in element or path[-1] not in BY_DEFAULT:
                faults.append(((*path, stand_in), "needs a name"))
    return named


def _under_its_name(path: tuple[str, ...], element: Any, faults: list[Fault]) -> Any:
    if not isinstance(element, dict):
        return element
    name = element.get("name", path[-1])
    if name != path[-1]:
        faults.append(((*path, "name"), f"must stay '{path[-1]}', got {shown(name)}: an element cannot be renamed"))
    return {**element, "name": path[-1]}


def _name(section: str, element: Any) -> Any:
    """The name that an element gives, or goes by if it gives none; None if what that is made of is missing or bad."""
    if not isinstance(element, dict):
        return None
    if "name" in element or section not in BY_DEFAULT:
        return element.get("name")
    what, month = (element.get(key) for key in BY_DEFAULT[section])
    whom = element.get("cohort") or element.get("project") or element.get("team") or "lab"
    if not all(isinstance(word, str) for word in (what, month, whom)):
        return None
    name = f"{what}@{month}" if section == "event" else f"{what}:{whom}@{month}"
    return name if re.fullmatch(r"[^\s./|]+", name) and name.isprintable() else None


def table_in(raw: object, key: str) -> Raw:
    """The table under a key; empty where there is none, or something else stands there."""
    found = raw.get(key) if isinstance(raw, dict) else None
    return found if isinstance(found, dict) else {}


def _flat(table: Raw, prefix: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in table.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{prefix}{key}.")
        else:
            yield prefix + key, value


def _priors(table: Raw, prefix: str = "") -> Raw:
    """Priors by dotted path, quoted in the file or not; the table of a prior is one that holds a value."""
    found: Raw = {}
    for key, value in table.items():
        path = prefix + key
        if isinstance(value, dict) and value and all(isinstance(inner, dict) for inner in value.values()):
            priors = _priors(value, f"{path}.")
        else:
            priors = {path: value}
        for parameter, prior in priors.items():
            both = isinstance(prior, dict) and isinstance(found.get(parameter), dict)
            found[parameter] = found[parameter] | prior if both else prior
    return found


def merged(base: Raw, top: Raw) -> Raw:
    """`top` over `base`: tables (and elements, which are dicts by name) merge, everything else is replaced.

    A prior is replaced as a whole: half of one distribution and half of another are none.
    """
    both = dict(base)
    for key, value in top.items():
        if isinstance(value, dict) and isinstance(both.get(key), dict):
            both[key] = both[key] | value if key == "prior" else merged(both[key], value)
        else:
            both[key] = value
    return both

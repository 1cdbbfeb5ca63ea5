"""How a fault is told: one printable line with file, key and problem."""

import re
from collections.abc import Iterable
from typing import Any, TypeAlias

from sim.errors import did_you_mean

LONGEST = 80  # characters of a name or value that are shown
BARE = re.compile(r"[^\s.'\"]+")

Raw: TypeAlias = dict[str, Any]  # tables of a file before they are checked: anything may stand in them
Keys: TypeAlias = tuple[str | int, ...]  # where in them
Fault: TypeAlias = tuple[Keys, str]  # where, and what is wrong there


def fault_line(where: str, path: Iterable[object], problem: str) -> str:
    """`file: dotted.path: problem`, on one line whatever stands in it."""
    return one_line(": ".join(part for part in (where, dotted(path), problem) if part))


def dotted(path: Iterable[object]) -> str:
    """A path as in TOML: parts that are no bare names are quoted."""
    return ".".join(_short(part if BARE.fullmatch(part) else f'"{part}"') for part in map(str, path))


def shown(value: object) -> str:
    """A value as it is quoted in a fault."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (dict, list)):
        return "a table" if isinstance(value, dict) else "a list"
    if isinstance(value, int) and abs(value) > 10**LONGEST:
        return "a number of more than 80 digits"  # Python refuses to write out the longest
    return _short(f"{value!r}" if isinstance(value, str) else f"{value}")


def nearest(name: object, valid: Iterable[object]) -> str:
    """`did_you_mean` for whatever stands where a name should be."""
    return did_you_mean(name[: 2 * LONGEST] if isinstance(name, str) else shown(name), valid)


def one_line(text: str) -> str:
    """The text with line breaks and other unprintable characters escaped."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def _short(text: str) -> str:
    return text if len(text) <= LONGEST else text[:LONGEST] + "..."

"""Scenario files: TOML, `extends`, shipped names, overrides; every fault names the file or option it came from."""

import os
import stat
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from sim.aliases import AnyPath
from sim.allocation import allow_code as allow
from sim.allocation import beside, is_address, name_of
from sim.errors import InputError, did_you_mean
from sim.scenario.named import by_name, merged
from sim.scenario.paths import Origins, Overrides, apply_overrides, forget_arguments, policy_of
from sim.scenario.scenario import Scenario, nearest_origin
from sim.scenario.series import expanded, located
from sim.scenario.wording import Keys, Raw, fault_line, one_line, shown

PACKAGE = Path(__file__).resolve().parents[1]


def shipped_folder(kind: str = "scenarios") -> Path:
    """Where the shipped scenarios, experiments or targets are: in the installed package, or the checkout beside it."""
    inside = PACKAGE / "_shipped" / kind
    beside = {"targets": "experiments/targets"}.get(kind, kind)
    return inside if inside.is_dir() else PACKAGE.parent / beside


def shipped() -> list[str]:
    """Bare names of the shipped scenarios."""
    return sorted(path.stem for path in shipped_folder().glob("*.toml"))


def load_scenario(path: AnyPath, overrides: Overrides | None = None, *, allow_code: bool = False) -> Scenario:
    """Load a scenario from a path, or by the bare name of a shipped one.

    Arguments:
        path: of a TOML file; or a shipped name such as "llama_vs_opt".
        overrides: dotted path -> value, e.g. {"turnover.contagion": 0.0, "team.llama.researchers": 20}.
        allow_code: whether the policy that the file names may be code in another file. One in overrides may.

    Raises InputError with one line per fault, each naming file, key, problem and the nearest valid name.
    """
    file = _find(str(path), Path())
    raw, told, faults, whole = _read_chain(file)
    if whole:  # else their paths cannot be judged
        found, overridden = apply_overrides(Scenario, raw, overrides or {})
        faults += found
        told |= overridden
    if allow_code:
        allow(policy_of(raw))
    scenario, wrong = Scenario.examined(raw, whole=whole)
    faults += [fault_line(nearest_origin(told, where, str(file)), where, problem) for where, problem in wrong]
    if faults or scenario is None:
        raise InputError(*dict.fromkeys(faults))
    return scenario


def load_parent(path: AnyPath) -> Scenario | None:
    """The scenario that the one of a path or shipped name extends; None if it extends none. InputError as above."""
    file = _find(str(path), Path())
    name = read_toml(file).get("extends")
    if name is None:
        return None
    base, problem = _base(name, [file])
    if base is None or problem:
        raise InputError(fault_line(str(file), ("extends",), problem or ""))
    return load_scenario(base)


def as_scenario(
    scenario: Scenario | AnyPath, overrides: Overrides | None = None, policy: str | Callable[..., Any] | None = None
) -> Scenario:
    """A scenario as it is, or loaded from a path or shipped name; with other values, or another policy (a name or a
    function), where given."""
    overrides = dict(overrides or {})
    if policy is not None:
        overrides["committee.policy"] = policy if isinstance(policy, str) else name_of(policy)
    if not isinstance(scenario, Scenario):
        return load_scenario(scenario, overrides)
    return scenario.with_overrides(overrides) if overrides else scenario


def _find(name: str, folder: Path) -> Path:
    if name.endswith(".toml") or "/" in name or "\\" in name:
        return folder / name
    if name not in shipped():
        raise InputError(f"{one_line(name)}: no such scenario{did_you_mean(name, shipped())}; a file needs its .toml")
    return shipped_folder() / f"{name}.toml"


def _read_chain(file: Path) -> tuple[Raw, Origins, list[str], bool]:
    """The file over all that it extends.

    Returns the tables, elements by name; which file every leaf came from, by tuple path; the fault lines; and whether
    the whole chain could be read.
    """
    layers: list[tuple[str, Raw]] = []
    faults: list[str] = []
    chain = [file]
    whole = True
    while whole:
        file = chain[-1]
        try:
            raw = read_toml(file)
        except InputError as error:
            if not layers:
                raise
            faults += error.faults
            whole = False
            break
        has_base, base_name = "extends" in raw, raw.pop("extends", None)
        raw, found = by_name(raw, "#" * len(chain))
        _seek_policy(raw, file)
        faults += [fault_line(str(file), path, problem) for path, problem in found]
        located(raw, file.parent)
        layers.append((str(file), raw))
        if not has_base:
            break
        base, problem = _base(base_name, chain)
        if problem:
            faults.append(fault_line(str(file), ("extends",), problem))
            whole = False
        if base is not None:
            chain.append(base)
    raw = {}
    told: Origins = {}
    for name, layer in reversed(layers):
        if isinstance(layer.get("committee"), dict) and "policy" in layer["committee"]:
            forget_arguments(raw, policy_of(layer))
        raw = merged(raw, layer)
        told |= dict.fromkeys(_leaves(layer), name)
    if whole:
        found = expanded(raw)
        faults += [fault_line(nearest_origin(told, path, str(file)), path, problem) for path, problem in found]
    return raw, told, faults, whole


def _seek_policy(raw: Raw, file: Path) -> None:
    """Let a policy's file that a scenario file names be sought beside it, in place."""
    policy = policy_of(raw)
    if is_address(policy):
        raw["committee"]["policy"] = beside(policy, file.parent)


def _base(name: object, chain: list[Path]) -> tuple[Path | None, str | None]:
    """The file that the last of a chain extends, or what is wrong with it."""
    if not isinstance(name, str):
        return None, f"must be text, got {shown(name)}"
    try:
        base = _find(name, chain[-1].parent)
    except InputError as error:
        return None, str(error)
    try:
        if base.resolve() in [one.resolve() for one in chain]:
            return None, f"goes in a circle: {' -> '.join(str(one) for one in (*chain, base))}"
        there = base.exists()
    except UNREADABLE as error:
        return None, f"{base} cannot be read: {_why(error)}"
    if there:
        return base, None
    bare = base.name.removesuffix(".toml")
    if base.parent == chain[-1].parent and bare in shipped():
        return base, f'no such file {base}; the shipped scenario goes by its bare name: extends = "{bare}"'
    return base, f"no such file {base}{_near(base)}"


LARGEST = 1 << 25  # bytes of a scenario or experiment file
UNREADABLE = (OSError, ValueError, RuntimeError)  # what paths raise: no access; a NUL byte; links in a circle


def read_toml(file: Path) -> Raw:
    """The tables of a TOML file. Raises InputError if it cannot be read."""
    name = one_line(str(file))
    try:
        if not stat.S_ISREG(os.stat(file).st_mode):
            raise InputError(f"{name}: is no plain file")
        with open(file, "rb") as opened:
            data = opened.read(LARGEST + 1)
        if len(data) > LARGEST:
            raise InputError(f"{name}: is larger than {LARGEST >> 20} MiB")
    except FileNotFoundError:
        raise InputError(f"{name}: no such file{_near(file)}") from None
    except InputError:
        raise
    except UNREADABLE as error:
        raise InputError(f"{name}: cannot be read: {_why(error)}") from None
    try:
        return tomllib.loads(data.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise InputError(f"{name}: not UTF-8 text (byte {error.start})") from None
    except RecursionError:
        raise InputError(f"{name}: not valid TOML for a scenario: tables or lists nested too deeply") from None
    except ValueError as error:  # TOMLDecodeError, or a number too long for Python
        raise InputError(f"{name}: not valid TOML: {one_line(str(error))}") from None


def _why(error: BaseException) -> str:
    return one_line(str(getattr(error, "strerror", None) or error))


def _near(file: Path) -> str:
    """The nearest of the scenario files beside a missing one."""
    try:
        near = did_you_mean(file.name, [one.name for one in file.parent.glob("*.toml")])
    except UNREADABLE:
        return ""
    return one_line(near)


def _leaves(table: Raw, path: Keys = ()) -> Iterator[Keys]:
    for key, value in table.items():
        yield (*path, key)
        if isinstance(value, dict):
            yield from _leaves(value, (*path, key))


def parse_settings(options: str) -> dict[str, object]:
    """`path=value, path=value`: the settings by path. Commas within brackets, braces and quotes do not separate."""
    return dict(parse_set(part) for part in split_outside(options))


def split_outside(text: str) -> list[str]:
    """The parts of a text between commas that stand outside of brackets, braces and quotes."""
    parts, depth, quote = [""], 0, ""
    for letter in text:
        if quote:
            quote = "" if letter == quote else quote
        elif letter in "\"'":
            quote = letter
        elif letter in "[{(":
            depth += 1
        elif letter in ")}]":
            depth -= 1
        if letter == "," and depth <= 0 and not quote:
            parts.append("")
        else:
            parts[-1] += letter
    return [part.strip() for part in parts]


def parse_set(option: str) -> tuple[str, object]:
    """The path and value of `--set path=value`; the value as TOML, else as plain text."""
    path, equals, value = option.partition("=")
    path, value = path.strip(), value.strip()
    if not equals or not path or not value:
        raise InputError(f"--set {one_line(option)}: must be path=value, e.g. --set turnover.contagion=0.1")
    try:
        parsed = tomllib.loads(f"x = {value}")
    except RecursionError:
        raise InputError(f"--set {one_line(path)}: the value is nested too deeply") from None
    except ValueError:
        return path, value
    return path, parsed["x"] if parsed.keys() == {"x"} else value

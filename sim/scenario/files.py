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
from sim.scenario.scenario import Scenario, nearest_origin, valid
from sim.scenario.series import expanded, located
from sim.scenario.wording import Keys, Raw, fault_line, one_line, shown

PACKAGE = Path(__file__).resolve().parents[1]


def shipped_folder(kind: str = "scenarios") -> Path:
    """Where the shipped scenarios, experiments or targets are: in the installed package, or the checkout beside it."""
    inside = PACKAGE / "_shipped" / kind
    in_checkout = {"targets": "experiments/targets"}.get(kind, kind)
    return inside if inside.is_dir() else PACKAGE.parent / in_checkout


def shipped(kind: str = "scenarios") -> list[str]:
    """Bare names of the shipped scenarios, experiments or targets."""
    return sorted(path.stem for path in shipped_folder(kind).glob("*.toml"))


def file_of(name: str, kind: str = "scenarios", folder: Path = Path()) -> Path:
    """The file of a path, from a folder, or of a shipped one's bare name. Raises InputError where there is none."""
    if name.endswith(".toml") or "/" in name or "\\" in name:
        return folder / name
    if name not in shipped(kind):
        what = "targets" if kind == "targets" else kind.removesuffix("s")
        raise InputError(f"{one_line(name)}: no such {what}{did_you_mean(name, shipped(kind))}; a file needs its .toml")
    return shipped_folder(kind) / f"{name}.toml"


def load_scenario(path: AnyPath, overrides: Overrides | None = None, *, allow_code: bool = False) -> Scenario:
    """Load a scenario from a path, or by the bare name of a shipped one.

    Arguments:
        path: of a TOML file; or a shipped name such as "llama_vs_opt".
        overrides: dotted path -> value, e.g. {"turnover.contagion": 0.0, "team.llama.researchers": 20}.
        allow_code: whether the policy that the file names may be code in another file. One in overrides may.

    Raises InputError with one line per fault, each naming file, key, problem and the nearest valid name.
    """
    file = file_of(str(path))
    raw, origins, faults, whole = _read_chain(file)
    if whole:  # else their paths cannot be judged
        found, overridden = apply_overrides(Scenario, raw, overrides or {})
        faults += found
        origins |= overridden
    if allow_code:
        allow(policy_of(raw))
    return valid(*Scenario.examined(raw, whole=whole), str(file), origins, faults)


def load_parent(path: AnyPath) -> Scenario | None:
    """The scenario that the one of a path or shipped name extends; None if it extends none. InputError as above."""
    file = file_of(str(path))
    name = read_toml(file).get("extends")
    return None if name is None else load_scenario(_base(name, [file]))


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


def _read_chain(file: Path) -> tuple[Raw, Origins, list[str], bool]:
    """The file over all that it extends.

    Returns the tables, elements by name; which file every leaf came from, by tuple path; the fault lines; and whether
    the whole chain could be read.
    """
    layers: list[tuple[str, Raw]] = []
    faults: list[str] = []
    chain = [file]
    whole = True
    for file in chain:  # which grows on the way
        try:
            raw = read_toml(file)
            base = [raw.pop("extends")] if "extends" in raw else []
            raw, found = by_name(raw, "#" * len(chain))
            if is_address(policy := policy_of(raw)):  # it is sought beside the file that names it
                raw["committee"]["policy"] = beside(policy, file.parent)
            faults += [fault_line(str(file), path, problem) for path, problem in found]
            located(raw, file.parent)
            layers.append((str(file), raw))
            chain += [_base(name, chain) for name in base]
        except InputError as error:
            if not layers:
                raise
            faults += error.faults
            whole = False
    raw = {}
    origins: Origins = {}
    for name, layer in reversed(layers):
        if isinstance(layer.get("committee"), dict) and "policy" in layer["committee"]:
            forget_arguments(raw, policy_of(layer))
        raw = merged(raw, layer)
        origins |= dict.fromkeys(_leaves(layer), name)
    if whole:
        found = expanded(raw)
        faults += [fault_line(nearest_origin(origins, path, str(file)), path, problem) for path, problem in found]
    return raw, origins, faults, whole


def _base(name: object, chain: list[Path]) -> Path:
    """The file that the last of a chain extends. Raises InputError where there is none."""
    folder = chain[-1].parent
    try:
        if not isinstance(name, str):
            raise InputError(f"must be text, got {shown(name)}")
        base = file_of(name, folder=folder)
        if base.resolve() in [file.resolve() for file in chain]:
            raise InputError(f"goes in a circle: {' -> '.join(str(file) for file in (*chain, base))}")
        if not base.exists():
            bare = base.name.removesuffix(".toml")
            if base.parent == folder and bare in shipped():
                raise InputError(f'no such file {base}; the shipped scenario goes by its bare name: extends = "{bare}"')
            raise InputError(f"no such file {base}{_near(base)}")
        return base
    except UNREADABLE as error:
        problem = str(error) if isinstance(error, InputError) else f"{base} cannot be read: {_why(error)}"
        raise InputError(fault_line(str(chain[-1]), ("extends",), problem)) from None


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
        return one_line(did_you_mean(file.name, [other.name for other in file.parent.glob("*.toml")]))
    except UNREADABLE:
        return ""


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

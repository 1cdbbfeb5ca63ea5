"""Scenario files: TOML, `extends`, shipped names, overrides; every fault names the file or option it came from."""

import tomllib
from pathlib import Path

from sim.errors import InputError, did_you_mean
from sim.scenario.named import by_name, merged, override
from sim.scenario.scenario import Scenario, _nearest_origin

PACKAGE = Path(__file__).resolve().parents[1]


def shipped_folder(kind: str = "scenarios") -> Path:
    """Where the shipped scenarios (or experiments) are: in the installed package, or in the checkout beside it."""
    inside = PACKAGE / "_shipped" / kind
    return inside if inside.is_dir() else PACKAGE.parent / kind


def shipped() -> list[str]:
    """Bare names of the shipped scenarios."""
    return sorted(path.stem for path in shipped_folder().glob("*.toml"))


def load_scenario(path, overrides: dict | None = None) -> Scenario:
    """Load a scenario from a path, or by the bare name of a shipped one.

    Arguments:
        path: of a TOML file; or a shipped name such as "llama_vs_opt".
        overrides: dotted path -> value, e.g. {"turnover.contagion": 0.0, "team.llama.researchers": 20}.

    Raises InputError with one line per fault, each naming file, key, problem and the nearest valid name.
    """
    file = _find(str(path), Path())
    raw, told = _read_chain(file, ())
    faults = []
    for dotted, value in (overrides or {}).items():
        if dotted.startswith("committee.members.") and "members" not in raw.get("committee", {}):
            raw.setdefault("committee", {})["members"] = {"committee": {"name": "committee"}}
        faults += override(raw, dotted, value)
        told[tuple(dotted.split("."))] = "override"
    try:
        scenario = Scenario.checked(raw, lambda where: _nearest_origin(told, where, str(file)))
    except InputError as error:
        faults += error.faults
    if faults:
        raise InputError(*faults)
    return scenario


def _find(name: str, folder: Path) -> Path:
    if name.endswith(".toml") or "/" in name or "\\" in name:
        return folder / name
    file = shipped_folder() / f"{name}.toml"
    if not file.is_file():
        raise InputError(f"{name}: no such scenario{did_you_mean(name, shipped())}; a file needs its .toml")
    return file


def _read_chain(file: Path, above: tuple) -> tuple[dict, dict]:
    """The file over all that it extends, elements by name; and which file every leaf came from, by tuple path."""
    if file.resolve() in [one.resolve() for one in above]:
        chain = " -> ".join(str(one) for one in (*above, file))
        raise InputError(f"{above[0]}: extends: goes in a circle: {chain}")
    raw = read_toml(file)
    base_name = raw.pop("extends", None)
    raw, faults = by_name(raw)
    if faults:
        raise InputError(*(f"{file}: {'.'.join(map(str, path))}: {problem}" for path, problem in faults))
    told = {path: str(file) for path in _leaves(raw, ())}
    if base_name is None:
        return raw, told
    if not isinstance(base_name, str):
        raise InputError(f"{file}: extends: must be text, got {base_name!r}")
    base = _find(base_name, file.parent)
    if not base.is_file():
        near = did_you_mean(base.name, [one.name for one in base.parent.glob("*.toml")])
        raise InputError(f"{file}: extends: no such file {base}{near}")
    below, told_below = _read_chain(base, (*above, file))
    return merged(below, raw), {**told_below, **told}


def read_toml(file: Path) -> dict:
    """The tables of a TOML file. Raises InputError if it cannot be read."""
    try:
        return tomllib.loads(file.read_bytes().decode("utf-8"))
    except FileNotFoundError:
        near = did_you_mean(file.name, [one.name for one in file.parent.glob("*.toml")])
        raise InputError(f"{file}: no such file{near}") from None
    except UnicodeDecodeError as error:
        raise InputError(f"{file}: not UTF-8 text (byte {error.start})") from None
    except OSError as error:
        raise InputError(f"{file}: cannot be read: {error.strerror or error}") from None
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"{file}: not valid TOML: {error}") from None


def _leaves(table, path):
    for key, value in table.items():
        yield (*path, key)
        if isinstance(value, dict):
            yield from _leaves(value, (*path, key))


def parse_set(option: str) -> tuple[str, object]:
    """The path and value of `--set path=value`; the value as TOML, else as plain text."""
    path, equals, value = option.partition("=")
    path, value = path.strip(), value.strip()
    if not equals or not path or not value:
        raise InputError(f"--set {option}: must be path=value, e.g. --set turnover.contagion=0.1")
    try:
        return path, tomllib.loads(f"x = {value}")["x"]
    except tomllib.TOMLDecodeError:
        return path, value

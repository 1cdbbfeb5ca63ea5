"""Policies from users' files: which may be loaded, and how one is."""

import hashlib
import importlib.util
import inspect
import site
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import CodeType, ModuleType
from typing import NamedTuple

from sim.allocation import register
from sim.allocation.policy import Policy, arguments_of
from sim.allocation.scrutiny import examine, made_of
from sim.errors import InputError, did_you_mean

# A scenario file may come from anybody, and code does what it likes: a file is loaded only once it has been allowed.
_allowed: set[Path] = set()
_all_allowed = False


def allow_code(address: str | None = None) -> None:
    """Let the file of `file.py:name` be loaded in this process; without an address, every file that is asked for."""
    global _all_allowed
    if address is None:
        _all_allowed = True
    elif register.is_address(address):
        _allowed.add(_resolved(address))


def is_allowed(address: str) -> bool:
    """Whether the code of a policy may be loaded."""
    return _all_allowed or _resolved(address) in _allowed


def refusal(address: str) -> str:
    """What is said of a policy whose code has not been allowed."""
    return (f"policy '{address}': code that a file names is not run unasked; allow it with --allow-code, or in Python "
            "with sim.allow_code()")  # fmt: skip


def beside(address: str, folder: Path) -> str:
    """The address with its file's path from here, where it was given from a folder."""
    path, _, name = address.rpartition(":")
    return f"{folder / path}:{name}"


def _file(address: str) -> Path:
    return Path(address.rpartition(":")[0])


def _resolved(address: str) -> Path:
    try:
        return _file(address).resolve()
    except (OSError, ValueError, RuntimeError):  # no access; a NUL byte; links in a circle: no file, whoever names it
        return _file(address)


class _Loaded(NamedTuple):
    """A user's file as it was loaded: its module, the policies that it registers, and the files that it is made of."""

    module: ModuleType
    policies: dict[str, Policy]
    files: dict[Path, bytes]  # hashes


_loaded: dict[Path, _Loaded] = {}
_policies: dict[tuple[str, tuple[bytes, ...]], Policy] = {}  # by address and what its files held


def load_policy(address: str) -> Policy:
    """A user's own policy from `file.py:name`. Raises InputError if it cannot be had, or has not been allowed."""
    path, _, name = address.rpartition(":")
    if not is_allowed(address):
        raise InputError(refusal(address))
    loaded = _load(Path(path), address)
    key = address, tuple(loaded.files.values())
    if key not in _policies:
        function = getattr(loaded.module, name, None)
        if name in loaded.policies:
            found = loaded.policies[name]
        elif inspect.isfunction(function):
            found = Policy(name, function)
        else:
            functions = [key for key, value in vars(loaded.module).items() if inspect.isfunction(value)]
            names = [*loaded.policies, *functions]
            raise InputError(f"policy '{address}': no function '{name}' in {path}{did_you_mean(name, names)}")
        arguments = arguments_of(found.function, address)
        policy = replace(found, name=address, origin=path, arguments=arguments)
        examine(policy)
        _policies[key] = policy
    return _policies[key]


def fingerprint(name: str) -> str | None:
    """A hash of the code of a user's policy; None for a shipped one, whose code is the package's.

    Of `file.py:name`: the file, and the files beside it that it imports. Of one that was registered in Python: the
    functions that it is made of.
    """
    policy = register.get(name)
    if policy.origin is None:
        return None
    digest = hashlib.sha256()
    if register.is_address(name):
        for file, content in sorted(_loaded[_file(name).resolve()].files.items()):
            digest.update(file.name.encode() + content)
    else:
        for function in made_of(policy.function):
            digest.update(function.__code__.co_code + repr(_constants(function.__code__)).encode())
    return digest.hexdigest()


def _constants(code: CodeType) -> tuple[list[object], tuple[str, ...]]:
    return [getattr(constant, "co_code", constant) for constant in code.co_consts], code.co_names


def missing(address: str) -> str | None:
    """What is said of a policy whose file is not there. Raises OSError or ValueError where that cannot be seen."""
    file = _file(address)
    return None if file.is_file() else f"no such file {file}"


def _load(file: Path, address: str) -> _Loaded:
    if problem := missing(address):
        raise InputError(f"policy '{address}': {problem}")
    known = _loaded.get(file.resolve())
    if known is None or any(_hash(path) != content for path, content in known.files.items()):
        _loaded[file.resolve()] = _execute(file, address)
    return _loaded[file.resolve()]


def _hash(file: Path) -> bytes:
    try:
        return hashlib.sha256(file.read_bytes()).digest()
    except OSError:
        return b""


def _execute(file: Path, address: str) -> _Loaded:
    """Run a user's file as a module of its own, which may import what lies beside it."""
    content = {file.resolve(): _hash(file)}
    name = f"sim_user_policy_{hashlib.sha256(str(file.resolve()).encode()).hexdigest()[:16]}"
    spec = importlib.util.spec_from_file_location(name, file)
    if spec is None or spec.loader is None:
        raise InputError(f"policy '{address}': {file} is no Python file")
    module = importlib.util.module_from_spec(spec)
    before = dict(register._REGISTER)
    sys.modules[name] = module  # where dataclasses look up what their annotations mean
    try:
        with _importing_from(file.resolve().parent) as siblings:
            spec.loader.exec_module(module)
    except BaseException as error:  # anything may go wrong in a user's file; it is the user who must hear of it
        del sys.modules[name]
        if isinstance(error, InputError) or not isinstance(error, (Exception, SystemExit)):  # such as Ctrl-C
            raise
        reason = f"fails: {type(error).__name__}: {' '.join(str(error).split())}"
        if isinstance(error, SystemExit):
            reason = "ends the program as it is loaded (sys.exit); move that under if __name__ == '__main__':"
        raise InputError(f"policy '{address}': {file} {reason}") from error
    policies = {entered: entry for entered, entry in register._REGISTER.items() if before.get(entered) is not entry}
    return _Loaded(module, policies, content | {sibling: _hash(sibling) for sibling in siblings})


@contextmanager
def _importing_from(folder: Path) -> Iterator[list[Path]]:
    """Let imports find the files of a folder first; yields the list of those imported, complete afterwards.

    Modules of the folder leave `sys.modules` again, and what they hid comes back: another folder may have a file of the
    same name.
    """
    names = {file.stem for file in folder.glob("*.py")} | {file.parent.name for file in folder.glob("*/__init__.py")}
    strangers = [name for name in sys.modules if name.partition(".")[0] in names and _may_hide(name, folder)]
    hidden = {name: sys.modules.pop(name) for name in strangers}
    before = set(sys.modules)
    siblings: list[Path] = []
    sys.path.insert(0, str(folder))
    try:
        yield siblings
    finally:
        sys.path.remove(str(folder))
        for name in set(sys.modules) - before:
            file = _source(sys.modules[name])
            if file is not None and folder in file.parents and name.partition(".")[0] in names:
                siblings.append(file)
                del sys.modules[name]
        sys.modules.update(hidden)


def _may_hide(name: str, folder: Path) -> bool:
    """Whether a loaded module is some other script's, not Python's, a package's that is installed, or the folder's."""
    file = _source(sys.modules[name])
    if file is None or name.partition(".")[0] in ("sim", "__main__"):
        return False
    settled = [folder, *map(Path, (sys.prefix, sys.base_prefix, *site.getsitepackages()))]
    return not any(root in file.parents for root in settled)


def _source(module: ModuleType) -> Path | None:
    file = getattr(module, "__file__", None)
    return Path(file).resolve() if file else None

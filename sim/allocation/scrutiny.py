"""What a policy's code reaches, read without running it: functions that it calls, and luck that no seed repeats."""

import dis
import os
import random
import types
from collections.abc import Iterator
from functools import cache

import numpy as np

from sim.allocation.policy import Policy, PolicyFunction
from sim.errors import InputError
from sim.jit import jitable

UNSEEDED = ("random", "numpy.random", "secrets", "uuid")  # modules, with all that they hold
GENERATORS = (random.Random, np.random.Generator, np.random.RandomState, np.random.BitGenerator)


def examine(policy: Policy) -> None:
    """Refuse luck that no seed repeats, and let compiled code call the functions that a user's policy calls.

    Raises InputError that names the source of luck.
    """
    functions = made_of(policy.function)
    luck = [name for function in functions for name, value in _reached(function) if _is_luck(value)]
    if luck:
        raise InputError(
            f"policy '{policy.name}': draws luck that no seed repeats ({luck[0]}); declare "
            "@sim.policy(reads=('draws',)) and use claims.draws, uniforms between 0 and 1, one a team"
        )
    for function in functions[1:]:
        _callable_from_compiled_code(function)


def made_of(function: PolicyFunction) -> list[types.FunctionType]:
    """The function, the plain functions of users' own that it calls, and those that they call."""
    found: list[types.FunctionType] = []
    _collect(function, found)
    return found


_callable_from_compiled_code = cache(jitable)


def _collect(function: object, found: list[types.FunctionType]) -> None:
    function = getattr(function, "py_func", function)  # of a function that Numba has compiled already
    if not isinstance(function, types.FunctionType) or function in found:
        return
    if found and (function.__module__ or "").partition(".")[0] in ("sim", "numpy", "numba"):
        return
    found.append(function)
    for _, value in _reached(function):
        _collect(value, found)


def _reached(function: types.FunctionType) -> Iterator[tuple[str, object]]:
    """(dotted name, value) of what a function's code names outside itself, attributes of modules included."""
    outside = dict(zip(function.__code__.co_freevars, function.__closure__ or (), strict=False))
    for code in _codes(function.__code__):
        name, value = None, None
        for step in dis.get_instructions(code):
            if step.opname in ("LOAD_GLOBAL", "LOAD_NAME"):
                name, value = step.argval, function.__globals__.get(step.argval)
            elif step.opname == "LOAD_DEREF" and step.argval in outside:
                name, value = step.argval, _content(outside[step.argval])
            elif step.opname in ("LOAD_ATTR", "LOAD_METHOD") and isinstance(value, types.ModuleType):
                name, value = f"{name}.{step.argval}", getattr(value, step.argval, None)
            elif step.opname == "IMPORT_NAME":
                name, value = step.argval, _Imported(step.argval)
            else:
                name, value = None, None
                continue
            yield name, value


def _codes(code: types.CodeType) -> Iterator[types.CodeType]:
    yield code
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield from _codes(constant)


def _content(cell: types.CellType) -> object:
    try:
        return cell.cell_contents
    except ValueError:  # not filled yet
        return None


class _Imported(str):
    """The name of a module that code imports as it runs."""


def _is_luck(value: object) -> bool:
    if value is os.urandom or isinstance(value, GENERATORS) or isinstance(getattr(value, "__self__", None), GENERATORS):
        return True
    if isinstance(value, types.ModuleType):
        module = value.__name__
    elif isinstance(value, _Imported):
        module = value
    else:
        module = (getattr(value, "__module__", None) or "") if callable(value) else ""
    return any(module == source or module.startswith(f"{source}.") for source in UNSEEDED)

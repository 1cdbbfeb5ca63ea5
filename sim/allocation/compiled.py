"""Allocation policies as compiled code, of the one signature that the kernel calls."""

import re
import types
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import Protocol

import numba
import numpy as np
from numba.extending import overload

from sim.allocation.claims import ByTeam, Claims, make_claims
from sim.allocation.policy import Argument, Policy, PolicyFunction
from sim.errors import InputError
from sim.jit import compiled

CLAIMS_TYPE = numba.typeof(make_claims([0.0]))


class CompiledPolicy(Protocol):
    """A policy as the kernel calls it."""

    def __call__(self, claims: Claims, budget: float, /) -> ByTeam: ...


@cache
def compiled_policy(policy: Policy) -> CompiledPolicy:
    """A `Policy` compiled: `grants = f(claims, budget)`, its own arguments taken from `claims.args`.

    A user's checks at every access that it stays within its arrays, and raises IndexError where it does not. Raises
    InputError with the reason in one line if the function does not compile.
    """
    if not policy.origin and not policy.arguments:
        return compiled(policy.function, CLAIMS_TYPE, numba.float64)
    try:
        with _bounds_checked():
            return compiled(_called_by_the_kernel(policy), CLAIMS_TYPE, numba.float64, keep=False)
    except InputError:
        raise
    except Exception as error:  # Numba fails in many ways over code that it was not made for
        raise InputError(
            f"policy '{policy.name}': does not compile for the compiled engine: {_reason(error, policy)} "
            "(engine='mesa' runs it as plain Python)"
        ) from error


def policy_type() -> numba.types.FunctionType:
    """The type under which any compiled policy is handed to the kernel."""
    return numba.types.FunctionType(numba.float64[::1](CLAIMS_TYPE, numba.float64))


def _called_by_the_kernel(policy: Policy) -> CompiledPolicy:
    """The policy as a function of claims and budget alone, whose grants are floats whatever numbers it returns."""
    function = numba.njit(error_model="numpy")(_with_positional_arguments(policy.function))
    given = ", ".join(_given(index, argument) for index, argument in enumerate(policy.arguments))
    source = f"def call(claims, budget):\n    return as_grants(function(claims, budget, {given}))\n"
    names = {"function": function, "as_grants": _as_grants}
    exec(source, names)  # the names in it are the parameters of a Python function
    call: CompiledPolicy = names["call"]
    return call


def _with_positional_arguments(function: PolicyFunction) -> PolicyFunction:
    """The function as plain Python whose keyword-only arguments are positional: Numba knows no others."""
    function = getattr(function, "py_func", function)
    code, defaults, by_name = function.__code__, function.__defaults__ or (), function.__kwdefaults__ or {}
    if not code.co_kwonlyargcount:
        return function
    names = code.co_varnames[code.co_argcount :][: code.co_kwonlyargcount]
    code = code.replace(co_argcount=code.co_argcount + len(names), co_kwonlyargcount=0)
    defaults += tuple(by_name[name] for name in names)
    return types.FunctionType(code, function.__globals__, function.__name__, defaults, function.__closure__)


def _given(index: int, argument: Argument) -> str:
    value = f"claims.args[{index}]"
    as_its_kind = {bool: f"{value} != 0.0", int: f"int({value})", float: value}
    return f"{argument.name}={as_its_kind[argument.kind]}"


def _as_grants(returned: object) -> ByTeam:
    """What a policy returned as one array of floats, for compiled code."""
    raise NotImplementedError


@overload(_as_grants, strict=False)  # type: ignore[untyped-decorator]  # Numba's; annotations may differ
def _compiled_as_grants(returned: numba.types.Type) -> Callable[..., ByTeam]:
    if isinstance(returned, numba.types.Array) and returned.ndim == 1:
        if returned == numba.float64[::1]:
            return lambda returned: returned
        if isinstance(returned.dtype, numba.types.Number):
            return lambda returned: np.ascontiguousarray(returned).astype(np.float64)
    if isinstance(returned, numba.types.Sequence) and isinstance(returned.dtype, numba.types.Number):
        return lambda returned: np.array(returned).astype(np.float64)
    raise numba.TypingError(f"returned {_shown(returned)} where one array of grants is wanted")


def _shown(kind: numba.types.Type) -> str:
    return {"none": "nothing", "unicode_type": "a text"}.get(str(kind), f"{kind}")


@contextmanager
def _bounds_checked() -> Iterator[None]:
    before = numba.config.BOUNDSCHECK
    numba.config.BOUNDSCHECK = 1
    try:
        yield
    finally:
        numba.config.BOUNDSCHECK = before


CLAIMS = re.compile(r"Claims\((?:[^()]|\([^()]*\))*\)")
COLOURS = re.compile(r"\x1b\[[0-9;]*m")
NOISE = ("Failed in", "During:", "File ", "There are", "Overload", "Rejected", "raised from", "- ", "* ", ">", "^", "<")


def _reason(error: Exception, policy: Policy) -> str:
    """The first line of Numba's that says why, and the line of the policy's file that it is about."""
    text = CLAIMS.sub("claims", COLOURS.sub("", str(error)))
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    speaking = [line for line in lines if not line.startswith(NOISE)] or lines or [type(error).__name__]
    reason = next((line for line in speaking if "where one array of grants" in line), speaking[0])
    reason = reason.removeprefix("TypingError: ").rstrip(".")
    file = getattr(getattr(policy.function, "__code__", None), "co_filename", "")
    where = re.findall(rf'File "[^"]*{re.escape(file.rpartition("/")[2])}", line (\d+)', text)
    return f"{reason[:300]}{f' (line {where[-1]})' if where else ''}"

"""The register of allocation policies: a decorator enters one, and `get` finds it by its name or its file."""

import inspect
from collections.abc import Callable, Iterable
from typing import TypeVar, overload

from sim.allocation.claims import ARRAYS
from sim.allocation.policy import Policy, PolicyFunction, arguments_of
from sim.allocation.scrutiny import examine
from sim.errors import InputError, did_you_mean
from sim.jit import jitable

_REGISTER: dict[str, Policy] = {}
F = TypeVar("F", bound=PolicyFunction)


@overload
def policy(function: F) -> F: ...
@overload
def policy(
    function: None = None, *, name: str | None = None, reads: Iterable[str] = (), most_teams: int | None = None
) -> Callable[[F], F]: ...
def policy(
    function: F | None = None, *, name: str | None = None, reads: Iterable[str] = (), most_teams: int | None = None
) -> F | Callable[[F], F]:
    """Register an allocation policy: a function `f(claims, budget) -> grants`, usable by its name in a scenario.

    `claims` has arrays with one value per team (`sim.allocation.claims.Claims`); the grants are one array, each between
    0 and the ask, together at most the budget. Further arguments with numbers as defaults can be set in a scenario's
    `[committee.policy_args]`.

    Arguments:
        name: default the function's own.
        reads: the claims that it needs beside the asks; `("draws",)` asks for lottery draws.
        most_teams: the most that it can divide among.
    """

    def register(function: F) -> F:
        chosen = name or function.__name__
        shipped = function.__module__.startswith(f"{__package__}.")
        origin = None if shipped else inspect.getsourcefile(function) or "here"
        if chosen in _REGISTER and _REGISTER[chosen].origin is None and not shipped:
            raise InputError(f"policy '{chosen}': a shipped policy has this name")
        for claim in reads:
            if claim not in ARRAYS:
                raise InputError(f"policy '{chosen}': reads: there is no claim '{claim}'{did_you_mean(claim, ARRAYS)}")
        arguments = arguments_of(function, chosen)
        _REGISTER[chosen] = Policy(chosen, jitable(function), tuple(reads), most_teams, origin, arguments)
        return function

    return register if function is None else register(function)


def policies() -> list[str]:
    """Names of the shipped allocation policies, and of those registered since."""
    return list(_REGISTER)


def name_of(function: PolicyFunction) -> str:
    """The name by which a function is a policy; it is registered if it is not yet. InputError for anything else."""
    for name, entry in _REGISTER.items():
        if entry.function is function:
            return name
    if not inspect.isfunction(function):
        raise InputError(f"policy: must be a name or a function, got {function!r}")
    policy(function)
    return function.__name__


def get(name: str) -> Policy:
    """The policy of a name, or of `file.py:name`.

    Raises InputError with the nearest name if there is none, and for a file whose code has not been allowed.
    """
    if is_address(name):
        from sim.allocation.own import load_policy  # a user's file registers its policies here

        return load_policy(name)
    if name not in _REGISTER:
        raise InputError(f"unknown policy '{name}'{did_you_mean(name, _REGISTER)}")
    if _REGISTER[name].origin:
        examine(_REGISTER[name])
    return _REGISTER[name]


def is_address(name: str) -> bool:
    """Whether a policy is named by its file."""
    return ":" in name

"""What an allocation policy is: a function of claims and budget, what it reads, and arguments of its own."""

import inspect
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeAlias

import numpy as np

from sim.aliases import Floats
from sim.allocation.claims import ARRAYS, ByTeam, Claims
from sim.errors import InputError, did_you_mean

# `f(claims, budget)`, and its own arguments by name; what it returns is looked at by `as_grants`.
PolicyFunction: TypeAlias = Callable[..., object]


class Argument(NamedTuple):
    """A number that a policy takes beside claims and budget: `committee.policy_args` in a scenario."""

    name: str
    default: float
    kind: type[float]  # bool, int or float, as its default is


@dataclass(frozen=True)
class Policy:
    """An allocation policy: `function(claims, budget, **arguments) -> grants`."""

    name: str
    function: PolicyFunction
    reads: tuple[str, ...] = ()  # which claims it needs beside the asks
    most_teams: int | None = None
    origin: str | None = None  # file of a user's own policy
    arguments: tuple[Argument, ...] = ()

    @property
    def definition(self) -> str:
        """The first line of its docstring, or nothing."""
        return (inspect.getdoc(self.function) or "").strip().partition("\n")[0]

    def grants(self, claims: Claims, budget: float) -> ByTeam:
        """Grants, interpreted; overflow to infinity (a denormal weight) passes silently, as in compiled code."""
        own = {argument.name: argument.kind(value)
               for argument, value in zip(self.arguments, claims.args, strict=True)}  # fmt: skip
        with np.errstate(all="ignore"):
            return as_grants(self.function(claims, budget, **own))

    def completed(self, given: Mapping[str, Any]) -> dict[str, float]:
        """All arguments by name, in their kinds: as given, else the default. Raises InputError for unknown names."""
        faults = [f"{name}: {problem}" for name, problem in self.argument_faults(given)]
        if faults:
            raise InputError(*(f"policy '{self.name}': {fault}" for fault in faults))
        return {name: kind(given.get(name, default)) for name, default, kind in self.arguments}

    def values(self, given: Mapping[str, Any]) -> Floats:
        """`completed`, as one array of floats."""
        return np.array(list(self.completed(given).values()), dtype=np.float64)

    def argument_faults(self, given: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
        """(name, problem) of every argument that the policy does not take, or not in this form."""
        kinds = {argument.name: argument.kind for argument in self.arguments}
        for name, value in given.items():
            if name not in kinds:
                yield name, f"policy '{self.name}' takes no such argument{did_you_mean(name, kinds)}"
            elif kinds[name] is bool and value not in (0, 1):
                yield name, f"must be true or false for policy '{self.name}', got {value:g}"
            elif kinds[name] is not bool and isinstance(value, bool):
                yield name, f"must be a number for policy '{self.name}', got {str(value).lower()}"
            elif kinds[name] is int and value != int(value):
                yield name, f"must be a whole number for policy '{self.name}', got {value:g}"


def as_grants(returned: object) -> ByTeam:
    """What a policy returned as one array of floats. Raises TypeError for anything else."""
    if isinstance(returned, np.ndarray) and returned.dtype == np.float64 and returned.ndim == 1:
        return returned
    if isinstance(returned, (list, tuple, np.ndarray)):
        grants = np.asarray(returned)
        if grants.ndim == 1 and (grants.dtype.kind in "iuf" or not len(grants)):
            return grants.astype(np.float64)
    raise TypeError(f"returned {_shown(returned)} where one array of grants is wanted")


def _shown(returned: object) -> str:
    if isinstance(returned, np.ndarray):
        return f"an array of shape {returned.shape} of {returned.dtype}"
    return "nothing" if returned is None else f"a {type(returned).__name__}"


def arguments_of(function: PolicyFunction, name: str) -> tuple[Argument, ...]:
    """The arguments that a policy takes beside claims and budget, from its signature.

    Only those whose defaults are numbers or switches can be set. Raises InputError for a function that cannot be called
    with claims and budget alone.
    """
    try:
        parameters = list(inspect.signature(function).parameters.values())
    except (TypeError, ValueError):
        return ()
    positional = [taken for taken in parameters if taken.kind in (taken.POSITIONAL_ONLY, taken.POSITIONAL_OR_KEYWORD)]
    if len(positional) < 2 and not any(taken.kind == taken.VAR_POSITIONAL for taken in parameters):
        raise InputError(f"policy '{name}': must take claims and budget, as in def {_identifier(name)}(claims, budget)")
    found = []
    for taken in parameters:
        if taken in positional[:2] or taken.kind in (taken.VAR_POSITIONAL, taken.VAR_KEYWORD):
            continue
        if taken.default is taken.empty:
            raise InputError(f"policy '{name}': argument '{taken.name}' needs a default, a number")
        if taken.name in ARRAYS:
            raise InputError(f"policy '{name}': argument '{taken.name}' has the name of a claim; name it otherwise")
        if isinstance(taken.default, (bool, int, float)):
            kind = float if taken.annotation in (float, "float") else type(taken.default)
            found.append(Argument(taken.name, float(taken.default), kind))
    return tuple(found)


def _identifier(name: str) -> str:
    return name if name.isidentifier() else "mine"

"""Dividing a budget by a policy from Python, without a scenario."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from sim.allocation.claims import ARRAYS, ByTeam, make_claims
from sim.allocation.feasible import FEASIBLE, WRONG_LENGTH, complaint, verdict_on
from sim.allocation.own import allow_code
from sim.allocation.policy import Policy, PolicyFunction, arguments_of
from sim.allocation.register import get
from sim.allocation.whole import in_whole, rounded_up
from sim.errors import InputError, did_you_mean

LIMITS = ("borrow_limits", "lend_limits")  # none unless given
OPTIONAL = ("weights", *LIMITS, "borrow_weights")  # equal unless given


def allocate(
    policy: str | Policy | PolicyFunction,
    *,
    asks: ArrayLike,
    budget: float,
    smoothing: float = 0.25,
    karma_alpha: float = 0.5,
    granularity: int = 0,
    **given: Any,
) -> ByTeam:
    """Divide a budget of GPUs by a policy.

    Arguments:
        policy: a name, a `Policy` or a function `f(claims, budget)`.
        asks: GPUs that each team asks for.
        budget: GPUs to divide.
        weights, scores, headcounts, records, floors, last, usage, credits, draws: one value per team; only what the
            policy reads is needed, and weights are equal unless given. An array of credits is updated in place.
            Arguments of the policy's own, too.
        borrow_limits, lend_limits, borrow_weights: likewise, of `quota_borrowing`; no limits and `weights` by default.
        granularity: give GPUs in multiples of this (1: whole GPUs), asks claimed up and grants by largest remainder;
            of equal remainders the lower of `draws`, else the earlier, comes first.

    Returns grants, GPUs, one per team. Raises InputError for negative, non-finite or mismatched input, and for a policy
    that grants what it cannot.

    >>> allocate("max_min", asks=[100, 50, 11, 3], budget=40)
    array([13., 13., 11.,  3.])
    """
    chosen = _chosen(policy)
    own_names = [argument.name for argument in chosen.arguments]
    takes = [*ARRAYS[1:], *own_names]
    unknown = [name for name in given if name not in takes]
    if unknown:
        raise InputError(f"allocate: unknown argument '{unknown[0]}'{did_you_mean(unknown[0], takes)}")
    own = {name: _number(name, given.pop(name)) for name in own_names if name in given}
    given = {name: values for name, values in given.items() if values is not None}
    missing = [name for name in chosen.reads if name not in given and name not in OPTIONAL]
    if missing:
        raise InputError(f"allocate: policy '{chosen.name}' needs {missing[0]}=")
    asked = _amounts("asks", asks, None)
    if chosen.most_teams is not None and len(asked) > chosen.most_teams:
        raise InputError(f"allocate: '{chosen.name}' is exact for at most {chosen.most_teams} teams, got {len(asked)}")
    budget, smoothing = _amount("budget", budget), _amount("smoothing", smoothing)
    karma_alpha = _amount("karma_alpha", karma_alpha)
    if karma_alpha > 1.0:
        raise InputError("allocate: karma_alpha: must be at most 1")
    if isinstance(granularity, bool) or not isinstance(granularity, (int, np.integer)) or granularity < 0:
        raise InputError(f"allocate: granularity: must be a whole number of GPUs, or 0, got {granularity!r}")
    claimed = np.array([rounded_up(ask, int(granularity)) for ask in asked], dtype=np.float64)
    credits = given.get("credits")
    if isinstance(credits, np.ndarray) and credits.dtype.kind != "f":
        raise InputError("allocate: credits: an array that is updated must hold floats")
    arrays = {name: _amounts(name, values, len(claimed)) for name, values in given.items()}
    if "draws" in arrays and not np.all((arrays["draws"] > 0.0) & (arrays["draws"] < 1.0)):
        raise InputError("allocate: draws: must lie between 0 and 1, ends excluded")
    claims = make_claims(claimed, smoothing=smoothing, karma_alpha=karma_alpha, args=chosen.values(own), **arrays)
    try:
        grants = chosen.grants(claims, budget)
    except Exception as error:
        if chosen.origin is None:
            raise
        raise InputError(f"policy '{chosen.name}': fails: {type(error).__name__}: {error}") from error
    grants = np.where((claimed == 0.0) & np.isnan(grants), 0.0, grants) if grants.shape == claimed.shape else grants
    verdict = verdict_on(grants, claimed, budget) if grants.shape == claimed.shape else WRONG_LENGTH
    if verdict != FEASIBLE:
        raise InputError(f"policy '{chosen.name}': {complaint(verdict, [f'number {i}' for i in range(len(claimed))])}")
    if isinstance(credits, np.ndarray):
        credits[...] = claims.credits
    return in_whole(grants, int(granularity), arrays.get("draws", np.arange(len(claimed), dtype=np.float64)))


def _chosen(policy: str | Policy | PolicyFunction) -> Policy:
    if isinstance(policy, Policy):
        return policy
    if isinstance(policy, str):
        allow_code(policy)  # it is named in Python
        return get(policy)
    if not callable(policy):
        raise InputError(f"allocate: policy: must be a name or a function, got {policy!r}")
    name = getattr(policy, "__name__", "policy")
    return Policy(name, policy, origin="here", arguments=arguments_of(policy, name))


def _amount(name: str, value: Any) -> float:
    return float(_amounts(name, [_number(name, value)], 1)[0])


def _number(name: str, value: Any) -> float:
    try:
        return float(value)
    except (TypeError, ValueError):
        raise InputError(f"allocate: {name}: must be a number") from None


def _amounts(name: str, values: Any, length: int | None) -> ByTeam:
    try:
        array = np.array(values, dtype=np.float64)
    except (TypeError, ValueError):
        raise InputError(f"allocate: {name}: must be numbers") from None
    if array.ndim != 1 or (length is not None and len(array) != length):
        raise InputError(f"allocate: {name}: needs one value per team{f', {length}' if length is not None else ''}")
    if name in LIMITS and np.all(array >= 0.0):
        return array
    if not np.all(np.isfinite(array)) or np.any(array < 0.0):
        raise InputError(f"allocate: {name}: must be finite and at least 0")
    return array

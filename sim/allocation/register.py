"""The register of allocation policies, and the door through which one can be asked from Python."""

import importlib.util
import inspect
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from sim.allocation import claims_rules, filling, ranking, shares
from sim.allocation.claims import ARRAYS, make_claims
from sim.allocation.feasible import FEASIBLE, WRONG_LENGTH, complaint, verdict_on
from sim.errors import InputError, did_you_mean


@dataclass(frozen=True)
class Policy:
    """An allocation policy: `function(claims, budget) -> grants`."""

    name: str
    function: Callable
    reads: tuple[str, ...] = ()  # which claims it needs beside the asks
    most_teams: int | None = None
    origin: str | None = None  # file of a user's own policy

    @property
    def definition(self) -> str:
        return (inspect.getdoc(self.function) or "").strip().splitlines()[0] if self.function.__doc__ else ""

    def grants(self, claims, budget):
        """Grants, interpreted; overflow to infinity (a denormal weight) passes silently, as in compiled code."""
        with np.errstate(all="ignore"):
            return self.function(claims, budget)


_REGISTER: dict[str, Policy] = {}


def _shipped(function, *reads, most_teams=None):
    _REGISTER[function.__name__] = Policy(function.__name__, function, reads, most_teams)


_shipped(filling.priority, "scores")
_shipped(ranking.ranked, "scores")
_shipped(filling.proportional)
_shipped(filling.max_min, "weights")
_shipped(filling.per_head, "headcounts")
_shipped(claims_rules.equal_losses)
_shipped(claims_rules.talmud)
_shipped(claims_rules.random_arrival, most_teams=claims_rules.MOST_ARRIVALS)
_shipped(shares.fair_share, "usage", "weights")
_shipped(filling.smoothed, "scores", "last")
_shipped(filling.merit, "records")
_shipped(ranking.lottery, "scores", "draws")
_shipped(shares.karma, "credits", "weights")
_shipped(shares.credit_market, "credits", "weights")
_shipped(shares.quota, "weights")
_shipped(shares.quota_borrowing, "weights")
_shipped(filling.floor_max_min, "floors", "weights")

OPTIONAL = ("weights",)  # equal unless given


def policies() -> list[str]:
    """Names of the shipped allocation policies, and of those registered since."""
    return list(_REGISTER)


def policy(function=None, *, name=None, reads=()):
    """Register your own policy: a function `f(claims, budget) -> grants`, usable by its name in a scenario.

    `claims` has arrays with one value per asking team (`sim.allocation.claims.Claims`); the grants are one array, each
    between 0 and the ask, together at most the budget. `reads=("draws",)` asks for lottery tickets.
    """

    def register(function):
        own = Policy(name or function.__name__, function, tuple(reads), None, inspect.getsourcefile(function) or "here")
        if own.name in _REGISTER and _REGISTER[own.name].origin is None:
            raise InputError(f"policy '{own.name}': a shipped policy has this name")
        _REGISTER[own.name] = own
        return function

    return register if function is None else register(function)


def name_of(function) -> str:
    """The name by which a function is a policy; it is registered if it is not yet. InputError for anything else."""
    for name, entry in _REGISTER.items():
        if entry.function is function:
            return name
    if not inspect.isfunction(function):
        raise InputError(f"policy: must be a name or a function, got {function!r}")
    policy(function)
    return function.__name__


def get(name: str) -> Policy:
    """The policy of a name, or of `file.py:name`. Raises InputError with the nearest name if there is none."""
    if ":" in name:
        return load_policy(name)
    if name not in _REGISTER:
        raise InputError(f"unknown policy '{name}'{did_you_mean(name, _REGISTER)}")
    return _REGISTER[name]


_LOADED: dict[tuple, Policy] = {}


def load_policy(address: str) -> Policy:
    """A user's own policy from `file.py:name`. Raises InputError if it cannot be had."""
    path, _, name = address.rpartition(":")
    file = Path(path)
    if not file.is_file():
        raise InputError(f"policy '{address}': no such file {path}")
    key = (str(file.resolve()), file.stat().st_mtime_ns, name)
    if key not in _LOADED:
        spec = importlib.util.spec_from_file_location(f"sim_user_policy_{abs(hash(key))}", file)
        if spec is None or spec.loader is None:
            raise InputError(f"policy '{address}': {path} is no Python file")
        module = importlib.util.module_from_spec(spec)
        before = dict(_REGISTER)
        try:
            spec.loader.exec_module(module)
        except InputError:
            raise
        except Exception as error:  # anything may go wrong in a user's file; it is the user who must hear of it
            raise InputError(f"policy '{address}': {path} fails: {type(error).__name__}: {error}") from error
        own = {one: entry for one, entry in _REGISTER.items() if before.get(one) is not entry}
        function = getattr(module, name, None)
        if name in own:
            found = own[name]
        elif inspect.isfunction(function):
            found = Policy(name, function, (), None, str(file))
        else:
            names = [*own, *(one for one, value in vars(module).items() if inspect.isfunction(value))]
            raise InputError(f"policy '{address}': no function '{name}' in {path}{did_you_mean(name, names)}")
        _LOADED[key] = Policy(address, found.function, found.reads, found.most_teams, str(file))
    return _LOADED[key]


def policy_fault(name: str, teams: int) -> str | None:
    """What is wrong with a scenario's policy, or nothing."""
    try:
        found = get(name)
    except InputError as error:
        return str(error)
    if found.most_teams is not None and teams > found.most_teams:
        return f"'{name}' is exact for at most {found.most_teams} teams, and the scenario has {teams}"
    return None


def allocate(policy, *, asks, budget, smoothing=0.25, karma_alpha=0.5, **given) -> np.ndarray:
    """Divide a budget of GPUs by a policy.

    Arguments:
        policy: a name, a `Policy` or a function `f(claims, budget)`.
        asks: GPUs that each team asks for.
        budget: GPUs to divide.
        weights, scores, headcounts, records, floors, last, usage, credits, draws: one value per team; only what the
            policy reads is needed, and weights are equal unless given. An array of credits is updated in place.

    Returns grants, GPUs, one per team. Raises InputError for negative, non-finite or mismatched input, and for a policy
    that grants what it cannot.

    >>> allocate("max_min", asks=[100, 50, 11, 3], budget=40)
    array([13., 13., 11.,  3.])
    """
    if isinstance(policy, str):
        chosen = get(policy)
    elif isinstance(policy, Policy):
        chosen = policy
    elif callable(policy):
        chosen = Policy(getattr(policy, "__name__", "policy"), policy)
    else:
        raise InputError(f"allocate: policy: must be a name or a function, got {policy!r}")
    unknown = [name for name in given if name not in ARRAYS]
    if unknown:
        raise InputError(f"allocate: unknown argument '{unknown[0]}'{did_you_mean(unknown[0], ARRAYS)}")
    given = {name: values for name, values in given.items() if values is not None}
    missing = [name for name in chosen.reads if name not in given and name not in OPTIONAL]
    if missing:
        raise InputError(f"allocate: policy '{chosen.name}' needs {missing[0]}=")
    asks = _amounts("asks", asks, None)
    if chosen.most_teams is not None and len(asks) > chosen.most_teams:
        raise InputError(f"allocate: '{chosen.name}' is exact for at most {chosen.most_teams} teams, got {len(asks)}")
    budget, smoothing = _amount("budget", budget), _amount("smoothing", smoothing)
    karma_alpha = _amount("karma_alpha", karma_alpha)
    if karma_alpha > 1.0:
        raise InputError("allocate: karma_alpha: must be at most 1")
    credits = given.get("credits")
    if isinstance(credits, np.ndarray) and credits.dtype.kind != "f":
        raise InputError("allocate: credits: an array that is updated must hold floats")
    arrays = {name: _amounts(name, values, len(asks)) for name, values in given.items()}
    if "draws" in arrays and not np.all((arrays["draws"] > 0.0) & (arrays["draws"] < 1.0)):
        raise InputError("allocate: draws: must lie between 0 and 1, ends excluded")
    claims = make_claims(asks, smoothing=smoothing, karma_alpha=karma_alpha, **arrays)
    grants = np.asarray(chosen.grants(claims, budget))
    verdict = verdict_on(grants, asks, budget) if grants.shape == asks.shape else WRONG_LENGTH
    if verdict != FEASIBLE:
        raise InputError(f"policy '{chosen.name}': {complaint(verdict, [f'number {i}' for i in range(len(asks))])}")
    if isinstance(credits, np.ndarray):
        credits[...] = claims.credits
    return grants


def _amount(name, value) -> float:
    try:
        number = float(value)
    except (TypeError, ValueError):
        raise InputError(f"allocate: {name}: must be a number") from None
    return float(_amounts(name, [number], 1)[0])


def _amounts(name, values, length):
    try:
        array = np.array(values, dtype=np.float64)
    except (TypeError, ValueError):
        raise InputError(f"allocate: {name}: must be numbers") from None
    if array.ndim != 1 or (length is not None and len(array) != length):
        raise InputError(f"allocate: {name}: needs one value per team{f', {length}' if length is not None else ''}")
    if not np.all(np.isfinite(array)) or np.any(array < 0.0):
        raise InputError(f"allocate: {name}: must be finite and at least 0")
    return array

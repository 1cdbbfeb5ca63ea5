"""Whether a policy can serve a scenario. Code that has not been allowed is not looked into."""

from contextlib import suppress

from sim.allocation.own import is_allowed, missing
from sim.allocation.policy import Policy
from sim.allocation.register import get, is_address
from sim.errors import InputError


def policy_fault(name: str, teams: int) -> str | None:
    """What is wrong with a scenario's policy, or nothing."""
    if is_address(name):
        if problem := missing(name):
            return problem
        if not is_allowed(name):
            return None
    try:
        found = get(name)
    except InputError as error:
        return str(error)
    if found.most_teams is not None and teams > found.most_teams:
        return f"'{name}' is exact for at most {found.most_teams} teams, and the scenario has {teams}"
    return None


def completed(name: str, given: dict[str, float]) -> dict[str, float]:
    """All arguments of a policy, those that are not given with their defaults; only those given if it cannot be had."""
    found = _at_hand(name)
    return given if found is None or any(found.argument_faults(given)) else found.completed(given)


def argument_faults(name: str, given: dict[str, float]) -> list[tuple[str, str]]:
    """(argument, problem) for all that the policy does not take, or not in this form."""
    found = _at_hand(name)
    return [] if found is None else list(found.argument_faults(given))


def _at_hand(name: str) -> Policy | None:
    """The policy, if it can be had without asking anybody; `policy_fault` tells why not."""
    if is_address(name) and not is_allowed(name):
        return None
    with suppress(InputError):
        return get(name)
    return None

"""A user's policy is tried before it is trusted: compiled code against plain Python, on the first months of a history.

Compiled code may mean something else than the Python that it was made from: it takes globals as they are when it is
compiled, divides whole numbers by zero in silence, wraps them around.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, ParamSpec, TypeVar

import numpy as np

from sim.aliases import Floats
from sim.allocation.policy import Policy
from sim.engines.ensemble import Ensemble
from sim.engines.points import settings_at
from sim.errors import InputError
from sim.scenario import Scenario

if TYPE_CHECKING:
    from sim.engines.compiled.runner import Engine

Arguments = ParamSpec("Arguments")
Returned = TypeVar("Returned")

MONTHS = 12
MOST_PERSON_MONTHS = 200_000  # about a second of Mesa; larger labs are tried for fewer months
DIFFERENT = 1e-6  # relative; sums in another order differ by far less

_rehearsed: set[tuple[object, ...]] = set()  # policy, scenario and seed


def rehearse(engine: "Engine", policy: Policy, ensemble: Ensemble) -> None:
    """Compare both ways of running a user's policy on the first history, once a policy and scenario.

    Raises InputError where they disagree.
    """
    scenario = engine.scenario
    key = policy, scenario.digest(), engine.seed
    months = min(scenario.months, MONTHS, MOST_PERSON_MONTHS // max(1, len(engine.cast.people)))
    if key in _rehearsed or not months:
        return
    numbers, point, luck = ensemble.histories(np.zeros(1, dtype=np.int64))
    here = scenario.with_overrides(settings_at(scenario, numbers, point[0]))
    plain = _plain(here, int(luck[0]), engine.seed, months)
    compiled = _in_a_thread(engine.histories, numbers, point, luck).team("grant")[0, :months]
    apart = np.argwhere(~np.isclose(plain, compiled, rtol=DIFFERENT, atol=DIFFERENT))
    if len(apart):
        month, team = apart[0]
        raise InputError(
            f"policy '{policy.name}': plain Python and compiled code disagree in month {month} "
            f"({scenario.date_of(int(month))}): they grant team '{list(scenario.team)[team]}' "
            f"{plain[month, team]:.6g} and {compiled[month, team]:.6g} GPUs; give it nothing that changes but claims "
            "and budget"
        )
    _rehearsed.add(key)


def _in_a_thread(
    function: Callable[Arguments, Returned], *arguments: Arguments.args, **named: Arguments.kwargs
) -> Returned:
    """What a function returns; Ctrl-C reaches this thread although compiled code may never end."""
    pool = ThreadPoolExecutor(1)
    try:
        return pool.submit(function, *arguments, **named).result()
    finally:
        pool.shutdown(wait=False)


def _plain(scenario: Scenario, replicate: int, seed: int, months: int) -> Floats:
    """(months, teams) of what the policy grants in plain Python."""
    from sim.engines.mesa.model import Model

    model = Model(scenario, replicate, seed=seed)
    for _ in range(months):
        model.step()
    granted: Floats = model.history().team("grant")[0]
    return granted

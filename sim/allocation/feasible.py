"""Whether grants can be given: none negative or above its ask, and together no more than the budget."""

from collections.abc import Sequence

from sim.allocation.claims import ByTeam
from sim.jit import jitable
from sim.rounding import SLACK

FEASIBLE, WRONG_LENGTH, OVER_BUDGET = -1, -2, -3


@jitable
def verdict_on(grants: ByTeam, asks: ByTeam, budget: float) -> int:
    """FEASIBLE, or what is wrong: the index of a bad grant, WRONG_LENGTH or OVER_BUDGET.

    No number is no fault where nothing was asked for: what is nothing of nothing, 0/0, stands for 0.
    """
    if len(grants) != len(asks):
        return WRONG_LENGTH
    total = 0.0
    for i in range(len(grants)):
        if asks[i] == 0.0 and grants[i] != grants[i]:
            continue
        if not (-SLACK <= grants[i] <= asks[i] * (1.0 + SLACK)):
            return i
        total += grants[i]
    if total > budget * (1.0 + SLACK) + SLACK:
        return OVER_BUDGET
    return FEASIBLE


def complaint(verdict: int, teams: Sequence[str]) -> str:
    """The verdict in words; `teams` are the claimants' names, in order."""
    if verdict == WRONG_LENGTH:
        return "returned another number of grants than it was given asks"
    if verdict == OVER_BUDGET:
        return "granted more than the budget"
    return f"granted team '{teams[verdict]}' less than nothing, more than its ask, or no number"

"""Whole GPUs, or whole machines: amounts in multiples of a granularity. Nothing is rounded where that is 0."""

import math

import numpy as np

from sim.allocation.claims import ByTeam
from sim.allocation.filling import total
from sim.jit import jitable
from sim.rounding import SLACK


@jitable
def rounded_up(amount: float, granularity: int) -> float:
    """The least multiple that is no less than an amount."""
    if granularity == 0:
        return amount
    return float(math.ceil(amount / granularity * (1.0 - SLACK))) * granularity


@jitable
def rounded_down(amount: float, granularity: int) -> float:
    """The largest multiple that is no more than an amount."""
    if granularity == 0:
        return amount
    return float(math.floor(amount / granularity * (1.0 + SLACK))) * granularity


@jitable
def in_whole(grants: ByTeam, granularity: int, draws: ByTeam) -> ByTeam:
    """Grants as multiples, by largest remainder (Hamilton): their sum, too, is rounded down and no further.

    Each is rounded down, and what is left of the sum goes, a multiple each, to the largest remainders. These are
    compared to the nearest millionth of a multiple; of equal ones the lowest draw comes first.
    """
    if granularity == 0:
        return grants
    n = len(grants)
    whole, remainders = np.empty(n), np.empty(n)
    for i in range(n):
        whole[i] = rounded_down(grants[i], granularity)
        remainders[i] = math.floor(1e6 * max(0.0, grants[i] - whole[i]) / granularity + 0.5)
    left = rounded_down(total(grants), granularity) - total(whole)
    while left >= 0.5 * granularity:
        first = -1
        for i in range(n):
            if remainders[i] > 0.0 and (first < 0 or _comes_before(remainders, draws, i, first)):
                first = i
        if first < 0:
            break
        whole[first] += granularity
        remainders[first] = 0.0
        left -= granularity
    return whole


@jitable
def _comes_before(remainders: ByTeam, draws: ByTeam, i: int, other: int) -> bool:
    if remainders[i] != remainders[other]:
        return bool(remainders[i] > remainders[other])
    return bool(draws[i] < draws[other])

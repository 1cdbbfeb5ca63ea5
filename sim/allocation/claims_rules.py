"""Rules from the literature on bankruptcy and claims (Thomson 2003, Mathematical Social Sciences 45: 249-297)."""

import numpy as np

from sim.allocation.claims import ByTeam, Claims
from sim.allocation.filling import total, water_fill
from sim.allocation.register import policy
from sim.jit import jitable

MOST_ARRIVALS = 20  # teams; the exact average runs over all 2^n groups of predecessors


@policy
def equal_losses(claims: Claims, budget: float) -> ByTeam:
    """constrained equal losses: grant = max(0, ask - loss), the same loss for all"""
    return losing_equally(claims.asks, budget)


@jitable
def losing_equally(asks: ByTeam, budget: float) -> ByTeam:
    """The dual of equal awards: a common loss comes down from the largest ask until the budget is used.

    Subtracting a water-filling of the losses would be shorter, but loses small budgets in the rounding of large asks.
    """
    n = len(asks)
    if budget >= total(asks):
        return asks.copy()
    order = np.argsort(-asks)
    falls = np.zeros(n)  # of the loss while this many and one more are above it
    left = budget
    for above in range(n):
        below = asks[order[above + 1]] if above + 1 < n else 0.0
        falls[above] = min(asks[order[above]] - below, left / (above + 1))
        left = max(0.0, left - falls[above] * (above + 1))
    grants = np.zeros(n)
    grant = 0.0
    for above in range(n - 1, -1, -1):
        grant += falls[above]
        grants[order[above]] = min(asks[order[above]], grant)
    return grants


@policy
def talmud(claims: Claims, budget: float) -> ByTeam:
    """half-claims by equal awards up to half the total, equal losses beyond (Aumann and Maschler 1985)"""
    half = claims.asks / 2.0
    if budget <= total(half):
        return water_fill(half, np.ones(len(half)), budget)
    return np.minimum(claims.asks, half + losing_equally(half, budget - total(half)))


@policy(most_teams=MOST_ARRIVALS)
def random_arrival(claims: Claims, budget: float) -> ByTeam:
    """Shapley value (O'Neill 1982): first come first served, averaged over all orders; exact, up to 20 teams"""
    grants = claims.asks.copy()
    if budget >= total(grants):
        return grants
    asking = np.flatnonzero(grants > 0.0)  # nobody comes before another by asking for nothing
    asks, n = grants[asking], len(asking)
    sums = np.zeros(1 << n)  # of the asks of every group of predecessors, by bit mask
    sizes = np.zeros(1 << n, dtype=np.int64)
    for i in range(n):
        sums[1 << i : 2 << i] = sums[: 1 << i] + asks[i]
        sizes[1 << i : 2 << i] = sizes[: 1 << i] + 1
    chance = np.zeros(n + 1)  # that exactly a given group of this size comes before a given team
    chance[0] = 1.0 / n if n > 0 else 1.0
    for size in range(1, n):
        chance[size] = chance[size - 1] * size / (n - size)
    weights = chance[sizes]
    masks = np.arange(1 << n)
    for i in range(n):
        before = (masks >> i) & 1 == 0
        taken = np.minimum(asks[i], np.maximum(0.0, budget - sums[before]))
        grants[asking[i]] = min(asks[i], np.dot(taken, weights[before]))
    return grants

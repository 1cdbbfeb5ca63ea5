"""Water-filling: raise a common level until the budget is used; and the policies that do nothing else."""

import numpy as np

from sim.allocation.claims import ByTeam, Claims, Order
from sim.allocation.register import policy
from sim.jit import jitable
from sim.rounding import less


@jitable
def total(values: ByTeam) -> float:
    """Sum in order, so that both engines round alike."""
    s = 0.0
    for i in range(len(values)):
        s += values[i]
    return s


@jitable
def in_proportion(asks: ByTeam, budget: float) -> ByTeam:
    """grant = ask * min(1, budget / sum of asks)."""
    asked = total(asks)
    if budget >= asked:
        return asks.copy()
    return np.minimum(asks, asks * (budget / asked))


FEW = 32  # so many are sorted by insertion in less time than anything else takes


@jitable
def order_of(values: ByTeam) -> Order:
    """Indices of the values, from the least to the largest."""
    n = len(values)
    if n > FEW:
        return np.argsort(values)
    order = np.arange(n)
    for k in range(1, n):
        j = k
        while j > 0 and values[order[j - 1]] > values[k]:
            order[j] = order[j - 1]
            j -= 1
        order[j] = k
    return order


@jitable
def water_fill(asks: ByTeam, weights: ByTeam, budget: float) -> ByTeam:
    """grant = min(ask, level * weight), with the level that uses up the budget.

    Those of weight 0, or so little that no level would serve them, get nothing until all others are served, and then
    share in proportion to their asks.
    """
    n = len(asks)
    if budget >= total(asks):
        return asks.copy()
    grants = np.zeros(n)
    level = np.empty(n)  # at which each is served in full
    for i in range(n):
        level[i] = asks[i] / weights[i] if weights[i] > 0.0 else np.inf
    order = order_of(level)
    weight = np.zeros(n + 1)  # of this one and all later ones
    for rank in range(n - 1, -1, -1):
        i = order[rank]
        weight[rank] = weight[rank + 1] + (weights[i] if level[i] < np.inf else 0.0)
    left = budget
    for rank in range(n):
        i = order[rank]
        if weight[rank] <= 0.0:
            break
        if level[i] * weight[rank] > left:
            for later in range(rank, n):
                i = order[later]
                if level[i] < np.inf:
                    grants[i] = min(asks[i], weights[i] * (left / weight[rank]))
            return grants
        grants[i] = asks[i]
        left = max(0.0, left - asks[i])
    unserved = asks - grants
    return grants + in_proportion(unserved, left)


@jitable
def bounded_fill(weights: ByTeam, offsets: ByTeam, low: ByTeam, high: ByTeam, budget: float) -> ByTeam:
    """grant = level * weight - offset, kept between low and high, with the level that uses up the budget.

    Takes sum(low) <= budget; where all the highs do not use it up, the highs are granted. Those of weight 0 keep low.
    """
    n = len(weights)
    edges = np.full(2 * n, np.inf)
    for i in range(n):
        if weights[i] > 0.0:
            edges[2 * i] = (low[i] + offsets[i]) / weights[i]
            edges[2 * i + 1] = (high[i] + offsets[i]) / weights[i]
    edges.sort()
    first, last = 0, 2 * n - 1
    while last >= 0 and edges[last] == np.inf:
        last -= 1
    if last < 0:
        return low.copy()
    if total(_at_level(edges[last], weights, offsets, low, high)) <= budget:
        return _at_level(edges[last], weights, offsets, low, high)
    while last - first > 1:  # the level lies between edges[first] and edges[last]
        middle = (first + last) // 2
        if total(_at_level(edges[middle], weights, offsets, low, high)) <= budget:
            first = middle
        else:
            last = middle
    below = _at_level(edges[first], weights, offsets, low, high)
    above = _at_level(edges[last], weights, offsets, low, high)
    rise = total(above) - total(below)
    share = max(0.0, budget - total(below)) / rise if rise > 0.0 else 0.0
    return np.minimum(high, below + share * (above - below))


@jitable
def _at_level(level: float, weights: ByTeam, offsets: ByTeam, low: ByTeam, high: ByTeam) -> ByTeam:
    grants = low.copy()
    for i in range(len(weights)):
        if weights[i] > 0.0:
            grants[i] = min(max(level * weights[i] - offsets[i], low[i]), high[i])
    return grants


@policy
def proportional(claims: Claims, budget: float) -> ByTeam:
    """grant = ask * min(1, budget / sum of asks)"""
    return in_proportion(claims.asks, budget)


@policy(reads=("weights",))
def max_min(claims: Claims, budget: float) -> ByTeam:
    """water-filling: grant = min(ask, level * weight); equal weights are constrained equal awards"""
    return water_fill(claims.asks, claims.weights, budget)


@policy(reads=("headcounts",))
def per_head(claims: Claims, budget: float) -> ByTeam:
    """max-min weighted by headcount"""
    return water_fill(claims.asks, claims.headcounts, budget)


@policy(reads=("records",))
def merit(claims: Claims, budget: float) -> ByTeam:
    """max-min weighted by 1 + record of releases: the Matthew effect (Merton 1968)"""
    return water_fill(claims.asks, 1.0 + claims.records, budget)


@policy(reads=("scores",))
def priority(claims: Claims, budget: float) -> ByTeam:
    """grant = ask * min(1, level * score): the same multiple of the score for all; at score 0, in proportion to asks"""
    return water_fill(claims.asks, claims.asks * claims.scores, budget)


@policy(reads=("floors", "weights"))
def floor_max_min(claims: Claims, budget: float) -> ByTeam:
    """weighted max-min above guaranteed floors (YARN fair scheduler); floors over the budget are cut in proportion"""
    floors = in_proportion(np.minimum(claims.floors, claims.asks), budget)
    grants = bounded_fill(claims.weights, np.zeros(len(floors)), floors, claims.asks, budget)
    return grants + in_proportion(claims.asks - grants, max(0.0, budget - total(grants)))


@policy(reads=("scores", "last"))
def smoothed(claims: Claims, budget: float) -> ByTeam:
    """priority, each grant within a share `smoothing` of last month's where the budget allows"""
    asks, n = claims.asks, len(claims.asks)
    low, high = np.zeros(n), asks.copy()
    for i in range(n):
        if less(0.0, claims.last[i], asks[i]):
            low[i] = min(asks[i], max(0.0, 1.0 - claims.smoothing) * claims.last[i])
            high[i] = min(asks[i], (1.0 + claims.smoothing) * claims.last[i])
    low = in_proportion(low, budget)
    grants = bounded_fill(asks * claims.scores, np.zeros(n), low, np.maximum(low, high), budget)
    unserved = asks - grants
    return grants + water_fill(unserved, unserved * claims.scores, max(0.0, budget - total(grants)))

"""Policies that serve one after another."""

import math

import numpy as np

from sim.allocation.claims import ByTeam, Claims
from sim.allocation.filling import in_proportion
from sim.allocation.register import policy
from sim.jit import jitable
from sim.rounding import less


@jitable
def in_order(asks: ByTeam, keys: ByTeam, budget: float) -> ByTeam:
    """Lowest key first, each in full while it lasts; equal keys share in proportion to their asks."""
    n = len(asks)
    grants = np.zeros(n)
    order = np.argsort(keys)
    left = budget
    start = 0
    while start < n and left > 0.0:
        stop = start + 1
        while stop < n and not less(keys[order[start]], keys[order[stop]], abs(keys[order[start]])):
            stop += 1
        group = order[start:stop]
        served = in_proportion(asks[group], left)
        for k in range(len(group)):
            grants[group[k]] = served[k]
            left -= served[k]
        left = max(0.0, left)
        start = stop
    return grants


@policy(reads=("scores",))
def ranked(claims: Claims, budget: float) -> ByTeam:
    """highest score first, each in full, the last in part; equal scores share in proportion"""
    return in_order(claims.asks, -claims.scores, budget)


@policy(reads=("scores", "draws"))
def lottery(claims: Claims, budget: float) -> ByTeam:
    """order drawn without replacement, chances proportional to score (Efraimidis and Spirakis 2006); each in full"""
    keys = np.full(len(claims.asks), np.inf)  # score 0 comes last
    for i in range(len(keys)):
        if claims.scores[i] > 0.0:
            keys[i] = -math.log(claims.draws[i]) / claims.scores[i]
    return in_order(claims.asks, keys, budget)

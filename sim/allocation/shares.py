"""Policies over entitled shares: past usage, credits and quotas."""

import math

import numpy as np

from sim.allocation.claims import ByTeam, Claims
from sim.allocation.filling import bounded_fill, in_proportion, total, water_fill
from sim.allocation.register import policy
from sim.jit import jitable
from sim.rounding import less


@jitable
def entitled(claims: Claims) -> ByTeam:
    """Shares by weight; equal ones where no weight is above 0."""
    n = len(claims.asks)
    weight = total(claims.weights)
    return claims.weights / weight if weight > 0.0 else np.full(n, 1.0 / max(1, n))


@jitable
def fair_share_factor(usage_share: float, entitled_share: float) -> float:
    """2^(-usage / entitlement), both as shares: 1 unused, 1/2 used as entitled (Slurm, classic fair-share)."""
    if entitled_share <= 0.0:
        return 0.0
    return math.exp2(-usage_share / entitled_share)


@policy(reads=("usage", "weights"))
def fair_share(claims: Claims, budget: float) -> ByTeam:
    """score = 2^(-usage share / entitled share), usage decayed, then as priority (Slurm classic fair-share)"""
    shares = entitled(claims)
    used = total(claims.usage)
    weights = claims.asks.copy()
    for i in range(len(weights)):
        usage = claims.usage[i] / used if used > 0.0 else 0.0
        weights[i] *= fair_share_factor(usage, shares[i])
    return water_fill(claims.asks, weights, budget)


@jitable
def fair_tree_factors(usage: ByTeam, shares: ByTeam) -> ByTeam:
    """Rank by share over usage, in parts of the number of claimants; the highest has 1, and equals have the same.

    Slurm's Fair Tree for accounts that are all siblings.
    """
    n = len(usage)
    factors = np.empty(n)
    for i in range(n):
        ahead = 0
        for j in range(n):
            if shares[i] <= 0.0:
                ahead += shares[j] > 0.0
            else:  # multiplied out, as nothing may have been used
                ahead += less(shares[i] * usage[j], shares[j] * usage[i], shares[j] * usage[i])
        factors[i] = (n - ahead) / n
    return factors


@policy(reads=("usage", "weights"))
def fair_tree(claims: Claims, budget: float) -> ByTeam:
    """score = rank by entitled share over usage, decayed, then as priority (Slurm Fair Tree, one level of accounts)"""
    factors = fair_tree_factors(claims.usage, entitled(claims))
    return water_fill(claims.asks, claims.asks * factors, budget)


@policy(reads=("weights",))
def quota(claims: Claims, budget: float) -> ByTeam:
    """fixed entitlements by weight; idle ones are not lent, so their budget stays unspent"""
    return np.minimum(claims.asks, entitled(claims) * budget)


@policy(reads=("weights", "borrow_limits", "lend_limits", "borrow_weights"))
def quota_borrowing(claims: Claims, budget: float) -> ByTeam:
    """fixed entitlements by weight; idle ones are lent by weighted max-min, within limits (Kueue)"""
    quotas = entitled(claims) * budget
    grants = np.minimum(claims.asks, quotas)
    kept = total(np.maximum(0.0, quotas - grants - claims.lend_limits))
    wanted = np.minimum(claims.asks - grants, claims.borrow_limits)
    return grants + water_fill(wanted, claims.borrow_weights, max(0.0, budget - total(grants) - kept))


@policy(reads=("credits", "weights"))
def karma(claims: Claims, budget: float) -> ByTeam:
    """credits earned by yielding, spent by borrowing (Karma, Vuppalapati et al., OSDI 2023), for divisible GPUs"""
    asks, credits, n = claims.asks, claims.credits, len(claims.asks)
    if n == 0:
        return asks.copy()
    fair = entitled(claims) * budget
    guaranteed = claims.karma_alpha * fair
    credits += fair - guaranteed
    grants = np.minimum(asks, guaranteed)
    donated = guaranteed - grants
    wanted = asks - grants
    supply = max(0.0, budget - total(grants))
    same, none = np.ones(n), np.zeros(n)
    # The richest borrower first: all come down to one level of credits, but not below nothing.
    richest = np.max(credits)
    can_pay = np.minimum(wanted, np.maximum(0.0, credits))
    borrowed = bounded_fill(same, richest - credits, none, can_pay, min(supply, total(can_pay)))
    # The poorest donor first: all come up to one level, as far as what they yielded was borrowed.
    earned = bounded_fill(same, credits, none, donated, min(total(borrowed), total(donated)))
    credits += earned - borrowed
    grants += borrowed
    return grants + water_fill(asks - grants, same, max(0.0, supply - total(borrowed)))


@policy(reads=("credits", "weights"))
def credit_market(claims: Claims, budget: float) -> ByTeam:
    """credits by entitlement every month, one market-clearing price; who asked little earlier can buy more later"""
    credits = claims.credits
    credits += entitled(claims) * budget
    asked = total(claims.asks)
    if not less(budget, asked, asked):
        return in_proportion(claims.asks, budget)
    grants = water_fill(claims.asks, credits, budget)
    bought = 0.0  # GPUs for a credit
    for i in range(len(grants)):
        if credits[i] > 0.0:
            bought = max(bought, grants[i] / credits[i])
    if bought > 0.0:
        credits -= np.minimum(credits, grants / bought)
    return grants

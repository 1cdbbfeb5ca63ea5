"""Dividing: scores, kept and reopened files, the policy's grants, appeals and what is left of the reserve."""

import math

from sim.compiled import jitable
from sim.policies.claims import Claims
from sim.policies.filling import water_fill

FEASIBLE, WRONG_LENGTH, OVER_BUDGET = -1, -2, -3
SLACK = 1e-9  # relative, for rounding


@jitable
def backing(power, priority, whim, p):
    """One committee member's support for a team: power times priority times a lognormal whim."""
    if p.committee.noise == 0.0:
        return power * priority
    return power * priority * math.exp(p.committee.noise * whim)


@jitable
def score(team, support, p):
    """The committee's score of a team; `support` is the members' backing over their total power."""
    presence = 1.0 if team.lead else p.committee.absent_presence
    return team.trust * team.capability * team.proximity * presence * support


@jitable
def divide(teams, claims, policy, p):
    """Grants: files that stay closed keep last month's, the policy divides the rest among the reopened.

    `claims` is room for the claims of all teams. Returns FEASIBLE, or what is wrong with the policy's grants: the place
    of a team whose grant is negative, above its ask or no number, WRONG_LENGTH or OVER_BUDGET.
    """
    budget = (1.0 - p.budget.reserve) * p.budget.gpus
    kept = 0.0
    count = 0
    for i in range(len(teams)):
        team = teams[i]
        team.grant = 0.0
        if team.ask <= 0.0:
            continue
        if team.reopened:
            claims.asks[count] = team.ask
            claims.weights[count] = team.weight
            claims.scores[count] = team.score
            claims.headcounts[count] = team.size
            claims.records[count] = team.record
            claims.floors[count] = team.guaranteed_gpus
            claims.last[count] = team.last_grant
            claims.usage[count] = team.usage
            claims.credits[count] = team.credits
            claims.draws[count] = team.ticket
            count += 1
        else:
            team.grant = min(team.last_grant, team.ask)
            kept += team.grant
    scale = budget / kept if kept > budget else 1.0
    if count > 0:
        reopened = Claims(
            claims.asks[:count],
            claims.weights[:count],
            claims.scores[:count],
            claims.headcounts[:count],
            claims.records[:count],
            claims.floors[:count],
            claims.last[:count],
            claims.usage[:count],
            claims.credits[:count],
            claims.draws[:count],
            p.committee.smoothing,
            p.committee.karma_alpha,
        )
        budget = max(0.0, budget - kept)
        grants = policy(reopened, budget)
        if len(grants) != count:
            return WRONG_LENGTH
    else:
        grants = claims.asks[:0]
    place = 0
    total = 0.0
    for i in range(len(teams)):
        team = teams[i]
        if team.ask <= 0.0:
            continue
        if team.reopened:
            team.grant = grants[place]
            if not (-SLACK <= team.grant <= team.ask * (1.0 + SLACK)):
                return i
            total += team.grant
            team.credits = claims.credits[place]
            place += 1
        else:
            team.grant = team.grant * scale
    if total > budget * (1.0 + SLACK) + SLACK:
        return OVER_BUDGET
    return FEASIBLE


@jitable
def appeals(team, p):
    """Whether the team's grant is so far below its need that it appeals."""
    return team.grant < p.head.appeal_below * team.need


@jitable
def hear(teams, p):
    """The head hears the largest shortfalls (whole GPUs; ties by `team.tie`) and gives what the reserve can.

    Sets voice (1 unless a team appealed in vain) and relief; returns what is left of the reserve, in GPUs.
    """
    reserve = p.budget.reserve * p.budget.gpus
    waiting = 0
    for i in range(len(teams)):
        team = teams[i]
        team.relief = 0.0
        team.voice = 1.0
        if appeals(team, p):
            team.voice = 0.0
            waiting += 1
    for _ in range(min(waiting, p.head.hears)):
        first = -1
        largest = 0.0
        for i in range(len(teams)):
            team = teams[i]
            if team.voice == 0.0:
                shortfall = math.floor(team.need - team.grant + 0.5)
                if first < 0 or shortfall > largest or (shortfall == largest and team.tie < teams[first].tie):
                    first = i
                    largest = shortfall
        team = teams[first]
        team.voice = 1.0
        team.relief = min(team.need - team.grant, reserve)
        reserve -= team.relief
    return reserve


@jitable
def share_out(teams, claims, left):
    """What is left of the reserve goes to unmet asks by max-min; `team.gpus` is everything a team got."""
    count = 0
    if left > 0.0:
        for i in range(len(teams)):
            team = teams[i]
            unmet = team.ask - team.grant - team.relief
            if unmet > 0.0:
                claims.asks[count] = unmet
                claims.weights[count] = 1.0
                count += 1
    if count > 0:
        extra = water_fill(claims.asks[:count], claims.weights[:count], left)
        place = 0
        for i in range(len(teams)):
            team = teams[i]
            if team.ask - team.grant - team.relief > 0.0:
                team.relief += extra[place]
                place += 1
    for i in range(len(teams)):
        team = teams[i]
        team.gpus = min(team.ask, team.grant + team.relief)


def complaint(verdict, teams):
    """What `divide` found wrong with a policy's grants, in words; `teams` are the names of all teams, in order."""
    if verdict == WRONG_LENGTH:
        return "returned another number of grants than it was given asks"
    if verdict == OVER_BUDGET:
        return "granted more than the budget"
    return f"granted team '{teams[verdict]}' less than nothing, more than its ask, or no number"

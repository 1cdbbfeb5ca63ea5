"""Dividing: scores, kept and reopened files, the policy's grants, appeals and what is left of the reserve."""

import math

from sim.allocation.claims import Claims
from sim.allocation.feasible import FEASIBLE, verdict_on
from sim.allocation.filling import water_fill
from sim.allocation.whole import in_whole, rounded_down, rounded_up
from sim.jit import jitable
from sim.rounding import SLACK, less


@jitable
def weighted_priority(power, priority, z, p):
    """One committee member's support for a team: power times priority, with lognormal noise."""
    if p.committee.noise == 0.0:
        return power * priority
    return power * priority * math.exp(p.committee.noise * z)


@jitable
def standing(team, support, p):
    """The committee's score of a team, but for its projects; `support` is the members' mean priority, by power."""
    presence = 1.0 if team.lead else p.committee.absent_presence
    return team.trust * presence * support


@jitable
def expected(project, team):
    """What the committee expects of a project: its worth, by the team's standing and how close a release looks."""
    return team.standing * project.proximity * project.prestige


@jitable
def promises_less(project, team, other, its_team):
    """Whether the committee expects less of a project than of another."""
    mine, its = expected(project, team), expected(other, its_team)
    return less(mine, its, its)


@jitable
def reopening(team, month, p):
    """Probability that the team's file is reopened: all are in the first month, and more are after a change."""
    if month == 0:
        return 1.0
    if team.changed or team.last_ask <= 0.0:
        return max(p.committee.reopen, p.committee.revisit)
    return p.committee.revisit


@jitable
def admit(teams, p):
    """What the committee admits of every ask: all of it, but no more than the need where there are GPUs for all.

    Where GPUs are given whole, a claim is whole, and no less than that.
    """
    need = 0.0
    for i in range(len(teams)):
        need += teams[i].need
    enough = not less(p.budget.gpus, need, need)
    for i in range(len(teams)):
        team = teams[i]
        claim = min(team.ask, team.need) if enough else team.ask
        team.claim = rounded_up(claim, p.committee.granularity)


@jitable
def reserve(p):
    """GPUs that the head keeps for appeals."""
    return rounded_down(p.budget.reserve * p.budget.gpus, p.committee.granularity)


@jitable
def to_divide(p):
    """GPUs that the committee divides: all but the reserve."""
    if p.committee.granularity > 0:
        return p.budget.gpus - reserve(p)
    return (1.0 - p.budget.reserve) * p.budget.gpus


@jitable
def weight(team):
    """What a team counts for under policies that weigh teams: less where it has forfeited some of its entitlement."""
    return team.weight * (1.0 - team.forfeited)


@jitable
def entitle(teams, p):
    """Shares by weight of what the committee divides, for all who have people; equal where no weight is above 0."""
    whole = 0.0
    there = 0
    for i in range(len(teams)):
        if teams[i].size > 0:
            whole += weight(teams[i])
            there += 1
    for i in range(len(teams)):
        team = teams[i]
        team.entitled = 0.0
        if team.size > 0:
            team.entitled = to_divide(p) * (weight(team) / whole if whole > 0.0 else 1.0 / there)


@jitable
def hold_to_plan(team, month, p):
    """Use it or lose it: who has used too little of its plan forfeits entitlement, until a new plan begins."""
    rule = p.committee.use_it_or_lose_it
    team.planned += team.entitled
    team.spent += team.used
    if (month + 1) % rule.plan_months == 0:
        team.changed = 1 if team.forfeited > 0.0 else team.changed
        begin_plan(team)
    elif (month + 1) % rule.every == 0 and less(team.spent, rule.below * team.planned, team.planned):
        team.forfeited = rule.loses
        team.changed = 1


@jitable
def begin_plan(team):
    """A new plan: nothing is used of it yet, and nothing forfeited."""
    team.planned = 0.0
    team.spent = 0.0
    team.forfeited = 0.0


@jitable
def outranks(team, other):
    """Whether the committee scored a team higher than another."""
    return less(other.score, team.score, team.score)


@jitable
def gives_up_on(team, p):
    """Whether the committee cancels the projects of a team that it no longer believes in."""
    return less(team.trust * team.capability, p.committee.abandon_below, 1.0)


@jitable
def stands_before_the_committee(team):
    """Whether the policy is told of a team: it has people, and its file is open or it asks for nothing.

    A team that asks for nothing has no grant to keep; its entitlement, its usage and its credits live on all the same.
    """
    return team.size > 0 and (team.reopened or team.ask <= 0.0)


@jitable
def divide(teams, claims, policy, p):
    """Grants: files that stay closed keep last month's, the policy divides the rest among those before the committee.

    `claims` is room for the claims of all teams. Returns FEASIBLE, or what is wrong with the policy's grants
    (`sim.allocation.feasible`), a bad grant by the team's place among all.
    """
    budget = to_divide(p)
    asks, weights, scores, headcounts = claims.asks, claims.weights, claims.scores, claims.headcounts
    records, floors, last, usage = claims.records, claims.floors, claims.last, claims.usage
    credits, draws = claims.credits, claims.draws
    borrow_limits, lend_limits, borrow_weights = claims.borrow_limits, claims.lend_limits, claims.borrow_weights
    kept = 0.0
    count = 0
    for i in range(len(teams)):
        team = teams[i]
        team.grant = 0.0
        if stands_before_the_committee(team):
            asks[count] = team.claim
            weights[count] = weight(team)
            scores[count] = team.score
            headcounts[count] = team.size
            records[count] = team.record
            floors[count] = team.guaranteed_gpus * (1.0 - team.forfeited)
            last[count] = team.last_grant
            usage[count] = team.usage
            credits[count] = team.credits
            draws[count] = team.lottery_draw
            borrow_limits[count] = team.borrowing_limit
            lend_limits[count] = team.lending_limit
            borrow_weights[count] = team.borrowing_weight if team.borrowing_weight >= 0.0 else weights[count]
            count += 1
        elif not team.reopened:
            team.grant = min(team.last_grant, team.claim)
            kept += team.grant
    if kept > 0.0:
        scale = min(1.0, budget / kept)
        for i in range(len(teams)):
            if not teams[i].reopened:
                teams[i].grant *= scale
    if count == 0:
        return FEASIBLE
    reopened = Claims(
        asks[:count].copy(), weights[:count], scores[:count], headcounts[:count], records[:count], floors[:count],
        last[:count], usage[:count], credits[:count], draws[:count], borrow_limits[:count], lend_limits[:count],
        borrow_weights[:count], p.committee.smoothing, p.committee.karma_alpha, claims.args,
    )  # fmt: skip
    rest = max(0.0, budget - kept)
    grants = policy(reopened, rest)
    verdict = verdict_on(grants, asks[:count], rest)
    if verdict < 0 and verdict != FEASIBLE:
        return verdict
    index = 0
    for i in range(len(teams)):
        team = teams[i]
        if stands_before_the_committee(team):
            if index == verdict:
                return i
            team.grant = max(0.0, float(grants[index])) if team.ask > 0.0 else 0.0
            team.credits = float(credits[index])
            index += 1
    return FEASIBLE


@jitable
def make_whole(teams, claims, p):
    """Grants as whole GPUs, where these are not given in fractions; `team.remainder_draw` decides between equals.

    `claims` is room for the claims of all teams.
    """
    if p.committee.granularity == 0:
        return
    grants, draws = claims.asks, claims.draws
    for i in range(len(teams)):
        grants[i] = teams[i].grant
        draws[i] = teams[i].remainder_draw
    whole = in_whole(grants, p.committee.granularity, draws)
    for i in range(len(teams)):
        teams[i].grant = float(whole[i])


@jitable
def appeals(team, p):
    """Whether the team's grant is so far below its need that it appeals."""
    return less(team.grant, p.head.appeal_below * team.need, team.need)


@jitable
def hear(teams, p):
    """The head hears the largest shortfalls in parts of the need (per mille; ties by draw), as the reserve lasts.

    Sets voice (1 unless a team appealed in vain) and relief; returns what is left of the reserve, in GPUs.
    """
    left = reserve(p)
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
                shortfall = math.floor(1000.0 * (1.0 + SLACK - team.grant / team.need) + 0.5)
                if first < 0 or shortfall > largest or (shortfall == largest and team.tie_draw < teams[first].tie_draw):
                    first = i
                    largest = shortfall
        team = teams[first]
        team.voice = 1.0
        team.relief = min(rounded_up(team.need - team.grant, p.committee.granularity), left)
        left -= team.relief
    return left


@jitable
def share_out(teams, claims, left, p):
    """What is left of the reserve goes to unmet claims by max-min; `team.gpus` is everything a team got."""
    asks, weights, draws = claims.asks, claims.weights, claims.draws
    count = 0
    if left > 0.0:
        for i in range(len(teams)):
            team = teams[i]
            unmet = team.claim - team.grant - team.relief
            if unmet > 0.0:
                asks[count] = unmet
                weights[count] = 1.0
                draws[count] = team.remainder_draw
                count += 1
    if count > 0:
        extra = water_fill(asks[:count], weights[:count], left)
        extra = in_whole(extra, p.committee.granularity, draws[:count])
        index = 0
        for i in range(len(teams)):
            team = teams[i]
            if team.claim - team.grant - team.relief > 0.0:
                team.relief += float(extra[index])
                index += 1
    for i in range(len(teams)):
        team = teams[i]
        team.gpus = min(team.claim, team.grant + team.relief)

"""Perceived fairness: what a team has against what it deserves, beside the others; and how a person feels about it.

Inequity aversion after Fehr and Schmidt (1999), norms of justice after Deutsch (1975), the self-serving reading of them
after Babcock and Loewenstein (1997), procedural justice after Leventhal (1980), and its softening of bad outcomes after
Brockner and Wiesenfeld (1996).
"""

import math
from collections import namedtuple

import numpy as np

from sim.jit import jitable
from sim.model.state import NEW_CLAIMANT
from sim.rounding import less

MEAN_ENVY, MEAN_GUILT = 0.85, 0.315  # means of Fehr and Schmidt's alpha and beta below

Desk = namedtuple("Desk", "who own ratio ordered sums line_end line_ordered line_sums")
Desk.__doc__ = """Room for comparing claimants: lists for agents, arrays for the compiled engine."""


def make_desk(teams, lines, room=lambda size, kind: [kind(0)] * size):
    """A desk for at most so many teams and lines of work."""
    whole = [room(teams, int), room(teams, float), room(teams, float)]
    ordered = [room(teams, float), room(teams + 1, float)]
    by_line = [room(lines + 1, int), room(teams, float), room(teams + 1, float)]
    return Desk(*whole, *ordered, *by_line)


@jitable
def aversions(u, p):
    """A person's aversion to having less (envy) and to having more (guilt), from one uniform.

    Fehr and Schmidt (1999), table III: alpha 0, .5, 1, 4 with 30, 30, 30, 10 %; beta 0, .25, .6 with 30, 30, 40 %.
    One uniform for both keeps beta at most alpha, as they assume. Scaled to the means `fairness.envy` and `.guilt`.
    """
    alpha = 0.0 if u < 0.3 else 0.5 if u < 0.6 else 1.0 if u < 0.9 else 4.0
    beta = 0.0 if u < 0.3 else 0.25 if u < 0.6 else 0.6
    return alpha * (p.fairness.envy / MEAN_ENVY), beta * (p.fairness.guilt / MEAN_GUILT)


@jitable
def is_claimant(team):
    return team.size > 0 and team.ask > 0.0


@jitable
def part(amount, total, count):
    """A claim as a share of all claims; equal shares where nobody has a claim by this norm."""
    return amount / total if total > 0.0 else 1.0 / count


@jitable
def deserved_by_others(equality, need, equity, norms):
    """The share that others hold a team to deserve: its claims weighed by the norms."""
    weight = norms.equality + norms.need + norms.equity
    return (norms.equality * equality + norms.need * need + norms.equity * equity) / weight


@jitable
def leaning(claim, self_serving):
    return claim if self_serving == 1.0 else claim**self_serving  # powers are slow, and 1 is the default


@jitable
def deserved_by_itself(equality, need, equity, norms, self_serving):
    """The share that a team thinks it deserves: it leans to the norms that favour it."""
    by_equality = norms.equality * leaning(equality, self_serving)
    by_need = norms.need * leaning(need, self_serving)
    by_equity = norms.equity * leaning(equity, self_serving)
    weight = by_equality + by_need + by_equity
    if weight <= 0.0:
        return 0.0
    return (by_equality * equality + by_need * need + by_equity * equity) / weight


@jitable
def gaps(values, sums, start, stop, level):
    """Sums over values[start:stop], in ascending order, of what exceeds the level and of what falls short of it.

    `sums[i]` is the sum of all values before place i.
    """
    low, high = start, stop
    while low < high:
        middle = (low + high) // 2
        if values[middle] < level:
            low = middle + 1
        else:
            high = middle
    above = (sums[stop] - sums[low]) - (stop - low) * level
    below = (low - start) * level - (sums[low] - sums[start])
    return max(0.0, above), max(0.0, below)


@jitable
def mix(near, near_count, far, far_count, distant):
    """Mean over rivals and mean over the rest, weighed by how salient the rest are; an empty group counts 0.

    The sums are differences of sums of gaps, so rounding may leave one a hair below 0.
    """
    near_mean = max(0.0, near) / near_count if near_count > 0 else 0.0
    far_mean = max(0.0, far) / far_count if far_count > 0 else 0.0
    return (1.0 - distant) * near_mean + distant * far_mean


@jitable
def measure(teams, desk, p):
    """Log ratios of what claimants have to what they deserve, in others' eyes and in their own.

    Fills `desk.who`, `.ratio` and `.own`; returns the number of claimants.
    """
    who, ratio, own = desk.who, desk.ratio, desk.own
    count = 0
    gpus = 0.0
    asks = 0.0
    heads = 0.0
    merits = 0.0
    for i in range(len(teams)):
        team = teams[i]
        team.envy = 0.0
        team.guilt = 0.0
        if is_claimant(team):
            who[count] = i
            count += 1
            weight = team.compute_dependence * team.size
            gpus += team.gpus
            asks += team.ask
            heads += weight
            merits += weight * (1.0 + team.record)
    if count == 0:
        return 0
    eps = p.fairness.eps0 / count
    norms = p.fairness.norms
    for k in range(count):
        team = teams[who[k]]
        weight = team.compute_dependence * team.size
        equality = part(weight, heads, count)
        need = part(team.ask, asks, count)
        equity = part(weight * (1.0 + team.record), merits, count)
        has = math.log((team.gpus / gpus if gpus > 0.0 else 0.0) + eps)
        ratio[k] = has - math.log(deserved_by_others(equality, need, equity, norms) + eps)
        wants = (team.ask + team.lost) / (asks + team.lost)
        mine = deserved_by_itself(equality, wants, equity, norms, p.fairness.self_serving)
        own[k] = has - math.log(mine + eps)
    return count


@jitable
def sort_out(teams, desk, count):
    """Sort the log ratios over all claimants and within each line of work, with their prefix sums.

    Afterwards `line_end[line]` is where a line's ratios end and the next line's begin.
    """
    who, ratio, line_end = desk.who, desk.ratio, desk.line_end
    ordered, sums, line_ordered, line_sums = desk.ordered, desk.sums, desk.line_ordered, desk.line_sums
    for line in range(len(line_end)):
        line_end[line] = 0
    for k in range(count):
        line_end[teams[who[k]].line + 1] += 1
    for line in range(1, len(line_end)):
        line_end[line] += line_end[line - 1]
    order = np.argsort(np.asarray(ratio[:count]), kind="mergesort")
    for place in range(count):
        k = order[place]
        ordered[place] = ratio[k]
        sums[place + 1] = sums[place] + ratio[k]
        line = teams[who[k]].line
        line_ordered[line_end[line]] = ratio[k]
        line_end[line] += 1
    for place in range(count):
        line_sums[place + 1] = line_sums[place] + line_ordered[place]


@jitable
def compare(teams, desk, p):
    """Envy and guilt of every claimant: mean gaps between others' log ratios and its own, rivals apart from the rest.

    Sorted ratios and their prefix sums give the sums of all pairs in T log T.
    """
    count = measure(teams, desk, p)
    if count < 2:
        return
    sort_out(teams, desk, count)
    who, ratio, own, line_end = desk.who, desk.ratio, desk.own, desk.line_end
    ordered, sums, line_ordered, line_sums = desk.ordered, desk.sums, desk.line_ordered, desk.line_sums
    distant = p.fairness.distant
    for k in range(count):
        team = teams[who[k]]
        begin = line_end[team.line - 1] if team.line > 0 else 0
        end = line_end[team.line]
        line_more, line_less = gaps(line_ordered, line_sums, begin, end, own[k])
        all_more, all_less = gaps(ordered, sums, 0, count, own[k])
        rivals = end - begin - 1
        others = count - 1 - rivals
        rival_more = line_more - max(0.0, ratio[k] - own[k])
        rival_less = line_less - max(0.0, own[k] - ratio[k])
        team.envy = mix(rival_more, rivals, all_more - line_more, others, distant)
        team.guilt = mix(rival_less, rivals, all_less - line_less, others, distant)


@jitable
def scarcity(teams, p):
    """How far the budget falls short of all needs: 0 where there is enough for all."""
    need = 0.0
    for i in range(len(teams)):
        need += teams[i].need
    return 1.0 - p.budget.gpus / need if less(p.budget.gpus, need, need) else 0.0


@jitable
def procedural_justice(team, p):
    """Voice, a lead at the site, and consistency with last month, as a weighted mean in [0, 1]."""
    weights = p.fairness.procedure
    consistency = 1.0
    if team.last_fill != NEW_CLAIMANT:
        consistency = 1.0 - abs(team.fill - team.last_fill)
    total = weights.voice + weights.lead + weights.consistency
    lead = 1.0 if team.lead else 0.0
    return (weights.voice * team.voice + weights.lead * lead + weights.consistency * consistency) / total


@jitable
def weigh_up(team, scarce, p):
    """Shortfall and procedure of a team, and what they and its comparisons will mean to a member.

    A member's raw feeling is `felt_want + alpha * felt_envy + beta * felt_guilt`; all 0 for a team that wants nothing.
    """
    wanted = team.need + team.lost
    team.felt_want = 0.0
    team.felt_envy = 0.0
    team.felt_guilt = 0.0
    team.shortfall = 0.0
    team.procedure = 1.0
    if wanted <= 0.0 or team.size == 0:
        team.last_fill = NEW_CLAIMANT
        return
    team.fill = min(1.0, team.gpus / wanted)
    team.shortfall = 1.0 - team.fill
    team.procedure = procedural_justice(team, p)
    team.last_fill = team.fill
    softened = team.compute_dependence * (1.0 - p.fairness.fair_process * team.procedure)
    team.felt_envy = softened * scarce * team.envy
    team.felt_guilt = softened * scarce * team.guilt
    outrage = team.compute_dependence * p.fairness.procedural * (1.0 - team.procedure)
    team.felt_want = softened * p.fairness.deprivation * team.shortfall + outrage


@jitable
def judge(person, team, p):
    """Perceived fairness: 0 when all is well, negative when it is not, in units of log hazard; it remembers."""
    raw = team.felt_want + person.envy * team.felt_envy + person.guilt * team.felt_guilt
    bound = p.fairness.bound
    keep = p.keep.fairness
    person.fairness = keep * person.fairness - (1.0 - keep) * bound * math.tanh(raw / bound)

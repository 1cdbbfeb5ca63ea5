"""Perceived fairness: what a team has against what it deserves, beside the others; and how a person feels about it.

Inequity aversion after Fehr and Schmidt (1999), norms of justice after Deutsch (1975), the self-serving reading of them
after Babcock and Loewenstein (1997), procedural justice after Leventhal (1980), and its weight where outcomes are bad
after Brockner and Wiesenfeld (1996). Every source of unfairness is felt, remembered and recorded apart.
"""

import math
from collections import namedtuple

from sim.draws import normal
from sim.jit import jitable
from sim.model.state import NEW_CLAIMANT
from sim.rounding import less

LEAST_SHARE = 1e-12  # of all GPUs or claims: keeps logs finite, and is nothing to anybody

# Fehr and Schmidt (1999), table III: alpha 0, .5, 1, 4 with 30, 30, 30, 10 %; beta 0, .25, .6 with 30, 30, 40 %. One
# uniform for both keeps beta at most alpha, as they assume.
AVERSIONS = ((0.0, 0.0), (0.5, 0.25), (1.0, 0.6), (4.0, 0.6))
MEAN_ENVY, MEAN_GUILT = 0.85, 0.315

# Standard normal quantiles of the middles of five equal classes, scaled to unit variance. Few classes, so that people
# who have lived through the same feel the same.
CLASSES = (-1.4632, -0.5986, 0.0, 0.5986, 1.4632)
NATURES = len(CLASSES) * len(AVERSIONS)

Ratios = namedtuple("Ratios", "who line equality need equity")
Ratios.__doc__ = """Buffers for comparing claimants: lists for agents, arrays for the compiled engine."""


def make_ratios(teams, room=lambda size, kind: [kind(0)] * size):
    """Buffers for at most so many teams."""
    return Ratios(room(teams, int), room(teams, int), room(teams, float), room(teams, float), room(teams, float))


# Persons


@jitable
def aversion_class(u):
    """Place in `AVERSIONS`, from one uniform."""
    return 0 if u < 0.3 else 1 if u < 0.6 else 2 if u < 0.9 else 3


@jitable
def aversions(u, p):
    """A person's aversion to having less (envy) and to having more (guilt), from one uniform.

    Scaled to the means `fairness.envy` and `.guilt`.
    """
    alpha, beta = AVERSIONS[aversion_class(u)]
    return alpha * (p.fairness.envy / MEAN_ENVY), beta * (p.fairness.guilt / MEAN_GUILT)


@jitable
def sensitivity_class(u):
    """Place in `CLASSES`, from one uniform."""
    return int(len(CLASSES) * u)


@jitable
def nature(feeling, aversion):
    """Which of the `NATURES` a person has, from the uniforms of both classes."""
    return len(AVERSIONS) * sensitivity_class(feeling) + aversion_class(aversion)


@jitable
def sensitivity(u, p):
    """How strongly a person feels, from one uniform: lognormal in five classes, mean 1."""
    spread = p.fairness.sensitivity
    return math.exp(spread * CLASSES[sensitivity_class(u)] - 0.5 * spread * spread)


@jitable
def leaning(u, p):
    """What a person brings along, from one uniform: normal, mean 0, in units of log hazard."""
    return p.fairness.leaning * normal(u)


# Ratios


@jitable
def is_claimant(team):
    return team.size > 0 and team.ask > 0.0


@jitable
def part(amount, total, count):
    """A claim as a share of all claims; equal shares where nobody has a claim by this norm."""
    return amount / total if total > 0.0 else 1.0 / count


@jitable
def log_ratios(teams, ratios, p):
    """Log ratios of what claimants have to their claims: by heads, by need and by record, each beside the whole lab.

    All are intensive: a team cut in halves has the same ratios. Fills `ratios`; returns the number of claimants.
    """
    who, line, equality, need, equity = ratios.who, ratios.line, ratios.equality, ratios.need, ratios.equity
    count = 0
    gpus = 0.0
    needs = 0.0
    heads = 0.0
    merits = 0.0
    for i in range(len(teams)):
        team = teams[i]
        team.envy = 0.0
        team.guilt = 0.0
        if is_claimant(team):
            who[count] = i
            line[count] = team.line
            count += 1
            weight = team.compute_dependence * team.size
            gpus += team.gpus
            needs += team.need
            heads += weight
            merits += weight * (1.0 + team.record)
    for k in range(count):
        team = teams[who[k]]
        weight = team.compute_dependence * team.size
        claim = part(team.need, needs, count)
        floor = p.fairness.eps0 * claim + LEAST_SHARE
        has = math.log((team.gpus / gpus if gpus > 0.0 else 0.0) + floor)
        equality[k] = has - math.log(part(weight, heads, count) + floor)
        need[k] = has - math.log(claim + floor)
        equity[k] = has - math.log(part(weight * (1.0 + team.record), merits, count) + floor)
    return count


@jitable
def leaned_to(norm, ratio, self_serving):
    """Weight of a norm in a team's own eyes: it leans to those by which it has little."""
    return norm * math.exp(-self_serving * ratio)


@jitable
def gap(difference, weight):
    """How far others are above and below, weighed by a norm."""
    return max(0.0, difference) * weight, max(0.0, -difference) * weight


@jitable
def compare(teams, ratios, p):
    """Envy and guilt of every claimant: mean gaps between others' log ratios and its own, norm by norm.

    The mean over all people on the line of work, teammates among them, is Fehr and Schmidt's over persons: it does not
    matter how a line is cut into teams. The rest, less salient, is seen as one: a share below the lab's is envied.
    """
    who, line, equality, need, equity = ratios.who, ratios.line, ratios.equality, ratios.need, ratios.equity
    norms, distant = p.fairness.norms, p.fairness.distant
    count = log_ratios(teams, ratios, p)
    for k in range(count):
        team = teams[who[k]]
        by_equality = leaned_to(norms.equality, equality[k], p.fairness.self_serving)
        by_need = leaned_to(norms.need, need[k], p.fairness.self_serving)
        by_equity = leaned_to(norms.equity, equity[k], p.fairness.self_serving)
        weight = by_equality + by_need + by_equity
        more = 0.0
        less = 0.0
        heads = 0.0
        for j in range(count):
            if line[j] == line[k]:
                other = teams[who[j]]
                heads += other.size
                above, below = gap(equality[j] - equality[k], by_equality)
                more += other.size * above
                less += other.size * below
                above, below = gap(need[j] - need[k], by_need)
                more += other.size * above
                less += other.size * below
                above, below = gap(equity[j] - equity[k], by_equity)
                more += other.size * above
                less += other.size * below
        far_more = max(0.0, -equality[k]) * by_equality + max(0.0, -need[k]) * by_need
        far_more += max(0.0, -equity[k]) * by_equity
        far_less = max(0.0, equality[k]) * by_equality + max(0.0, need[k]) * by_need
        far_less += max(0.0, equity[k]) * by_equity
        team.envy = ((1.0 - distant) * more / heads + distant * far_more) / weight
        team.guilt = ((1.0 - distant) * less / heads + distant * far_less) / weight


@jitable
def scarcity(teams, p):
    """How far the budget falls short of all needs: 0 where there is enough for all."""
    need = 0.0
    for i in range(len(teams)):
        need += teams[i].need
    return 1.0 - p.budget.gpus / need if less(p.budget.gpus, need, need) else 0.0


# What a month means to a member


@jitable
def gate(shortfall, p):
    """How much comparison and procedure count: nothing where all needs are met, half at `half_shortfall`."""
    return shortfall / (shortfall + p.fairness.half_shortfall)


@jitable
def appraise(team, scarce, p):
    """What the team's month means to a member of mean sensitivity, by source; nothing for a team that wants nothing.

    Envy and outrage count as far as the team itself is short, guilt as far as the lab is.
    """
    team.raw_want = 0.0
    team.raw_envy = 0.0
    team.raw_guilt = 0.0
    team.raw_voice = 0.0
    team.raw_lead = 0.0
    team.raw_consistency = 0.0
    team.shortfall = 0.0
    team.procedure = 1.0
    if team.need <= 0.0 or team.size == 0:
        team.last_fill = NEW_CLAIMANT
        return
    team.fill = min(1.0, team.gpus / team.need)
    team.shortfall = 1.0 - team.fill
    weights, feels = p.fairness.procedure, p.fairness.feels
    total = weights.voice + weights.lead + weights.consistency
    unheard = weights.voice * (1.0 - team.voice) / total if feels.voice else 0.0
    alone = weights.lead / total if feels.lead and not team.lead else 0.0
    jolted = 0.0
    if feels.consistency and team.last_fill != NEW_CLAIMANT:
        jolted = weights.consistency * abs(team.fill - team.last_fill) / total
    team.procedure = 1.0 - unheard - alone - jolted
    team.last_fill = team.fill
    short = gate(team.shortfall, p)
    softened = softening(team, p)
    team.raw_want = softened * p.fairness.deprivation * team.shortfall
    team.raw_envy = softened * short * team.envy
    team.raw_guilt = softened * gate(scarce, p) * team.guilt
    outrage = team.compute_dependence * p.fairness.procedural * short
    team.raw_voice = outrage * unheard
    team.raw_lead = outrage * alone
    team.raw_consistency = outrage * jolted


@jitable
def softening(team, p):
    """How far a bad outcome is felt: as far as the work hangs on GPUs, and less where procedure is fair."""
    return team.compute_dependence * (1.0 - p.fairness.fair_process * team.procedure)


@jitable
def mourn(peers, team, share, p):
    """Grief for a cancelled project that took this share of what the team needed."""
    peers.grief += softening(team, p) * p.fairness.grief * share


@jitable
def remember(grievance, raw, p):
    """A grievance grows toward what the month gives cause for, fast, or fades toward it, slowly."""
    keep = p.keep.onset if raw > grievance else p.keep.memory
    return keep * grievance + (1.0 - keep) * raw


@jitable
def open_sums(team):
    """Empty the sums of what the team's members feel."""
    team.felt_want = 0.0
    team.felt_envy = 0.0
    team.felt_guilt = 0.0
    team.felt_grief = 0.0
    team.felt_voice = 0.0
    team.felt_lead = 0.0
    team.felt_consistency = 0.0
    team.felt_leaning = 0.0


@jitable
def close_sums(team):
    """Sums over members become means; perceived fairness is the sum of its sources."""
    team.fairness = 0.0
    if team.size > 0:
        team.felt_want /= team.size
        team.felt_envy /= team.size
        team.felt_guilt /= team.size
        team.felt_grief /= team.size
        team.felt_voice /= team.size
        team.felt_lead /= team.size
        team.felt_consistency /= team.size
        team.felt_leaning /= team.size
        team.fairness = (
            team.felt_want + team.felt_envy + team.felt_guilt + team.felt_grief
            + team.felt_voice + team.felt_lead + team.felt_consistency + team.felt_leaning
        )  # fmt: skip


@jitable
def felt(grievance, p):
    """What is felt of all grievances: bound tanh(grievance / bound), by way of exp, which is twice as fast as tanh."""
    faded = math.exp(-2.0 * grievance / p.fairness.bound)
    return p.fairness.bound * (1.0 - faded) / (1.0 + faded)


@jitable
def live_through(peers, team, p):
    """What the team's month adds to the grievances of peers, as somebody of sensitivity and aversion 1 holds them."""
    peers.wanting = remember(peers.wanting, team.raw_want, p)
    peers.envious = remember(peers.envious, team.raw_envy, p)
    peers.guilty = remember(peers.guilty, team.raw_guilt, p)
    peers.unheard = remember(peers.unheard, team.raw_voice, p)
    peers.unled = remember(peers.unled, team.raw_lead, p)
    peers.jolted = remember(peers.jolted, team.raw_consistency, p)
    peers.grievance = peers.wanting + peers.grief + peers.unheard + peers.unled + peers.jolted
    peers.felt = 0.0
    peers.felt_by_envy = 0.0
    peers.felt_by_guilt = 0.0


@jitable
def judge(kind, peers, p):
    """What those of a kind feel of all that they hold against the lab, in units of log hazard.

    Grievances are in proportion to sensitivity, and those of comparison to aversion.
    """
    grievance = kind.sensitivity * (peers.grievance + kind.envy * peers.envious + kind.guilt * peers.guilty)
    kind.held = felt(grievance, p)
    share = kind.held / grievance if grievance > 0.0 else 1.0
    weight = kind.count * kind.sensitivity * share
    peers.felt += weight
    peers.felt_by_envy += weight * kind.envy
    peers.felt_by_guilt += weight * kind.guilt


@jitable
def gather(peers, team, p):
    """The team's `felt_` sums gather by source what peers feel; then grief fades."""
    team.felt_want -= peers.felt * peers.wanting
    team.felt_envy -= peers.felt_by_envy * peers.envious
    team.felt_guilt -= peers.felt_by_guilt * peers.guilty
    team.felt_grief -= peers.felt * peers.grief
    team.felt_voice -= peers.felt * peers.unheard
    team.felt_lead -= peers.felt * peers.unled
    team.felt_consistency -= peers.felt * peers.jolted
    team.felt_leaning += peers.leanings
    peers.grief *= p.keep.memory

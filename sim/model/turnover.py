"""Turnover: what draws a whole team away, a person's hazard, and what departures leave behind."""

import math

from sim.draws import normal
from sim.jit import jitable

FEW = 10.0  # a team of up to so many is close: each member's leaving means as much to another
PAIR = 2.0  # who is left alone by the other feels this many times as much
PROMISE_FLOOR = 0.1  # of what was promised, added to both sides of its log ratio
MOST = 20.0  # log rate at which exp is cut off, far beyond anything that people feel


@jitable
def kick(peers, size):
    """A shock, in log rate."""
    peers.shock += size


@jitable
def lose_lead(peers, p):
    """The site's lead leaves: a shock that lasts longer than others."""
    peers.loss += p.shocks.lead_leaves


@jitable
def layoff_shock(fraction, justice, p):
    """What survivors feel of a layoff: by its dose, and more where the procedure that they know is unjust.

    Trevor and Nyberg (2008): turnover rises most with the first per mille, and less where procedure is fair.
    """
    dose = (100.0 * fraction) ** p.shocks.layoff_dose if fraction > 0.0 else 0.0
    return p.shocks.layoff * dose * (1.0 + p.shocks.layoff_justice * (1.0 - justice))


@jitable
def scooped_shock(p):
    """What a release by a rival means to those at work on the same line: the share of worth that it takes."""
    return p.shocks.scooped * (1.0 - p.committee.scooped_worth)


@jitable
def closeness(team):
    """How much a leaver means to those who are left: twice as much to one left alone, less in a team above ten.

    Visier (2022): one resignation raises teammates' hazard x1.25 in teams of 2, x1.12 to 1.15 in teams of 3 to 10.
    """
    return max(PAIR / team.size, min(1.0, FEW / team.size)) if team.size > 0 else 0.0


@jitable
def contagion(team):
    """Recent leavers as members feel them: the lagged count, by closeness."""
    return team.lag2 * closeness(team)


@jitable
def set_shared_log_rate(team, p):
    """The part of the log rate that all members share: contagion, outside demand, lost mission."""
    weights = p.turnover
    team.shared_log_rate = (
        weights.contagion * contagion(team) + weights.market * math.log(team.heat) + weights.mission * (1.0 - team.fit)
    )


@jitable
def broken_promise(peers, team):
    """Log of GPUs a head promised over those received, 0 if nothing was promised or that much was given.

    Nobody misses what the work does not need: the promise counts up to the need a head.
    """
    received = team.gpus / team.size
    due = min(peers.promised, team.need / team.size)
    if received >= due:
        return 0.0
    return math.log((1.0 + PROMISE_FLOOR) / (received / due + PROMISE_FLOOR))


@jitable
def log_rate(peers, team, p):
    """What draws peers away alike, in log rate: all but what they feel of unfairness."""
    weights = p.turnover
    return (
        team.shared_log_rate
        + weights.visibility * peers.visibility
        + weights.promise * broken_promise(peers, team)
        + peers.shock
        + peers.loss
    )


@jitable
def leaving_rate(kind, shared, p):
    """Hazard per month, but for the readiness to leave, which is constant for life and stands in patience.

    `shared` is the log rate of all their peers.
    """
    return p.turnover.base_rate * math.exp(min(MOST, shared + p.turnover.fairness * kind.held))


@jitable
def log_hazard(person, kind, shared, p):
    """Log of the rate at which a person leaves as things stand: what a survey of intentions would ask for."""
    rate = person.readiness * leaving_rate(kind, shared, p)
    return math.log(rate) if rate > 0.0 else -math.inf


@jitable
def readiness(leaning, u, p):
    """Factor on a person's hazard that is constant for life: frailty, from one uniform, and what their leaning does.

    Frailty is lognormal with mean 1 (Vaupel, Manton and Stallard 1979).
    """
    spread = p.turnover.frailty
    return math.exp(spread * normal(u) - 0.5 * spread * spread - p.turnover.fairness * leaning)


@jitable
def patience(u, readiness):
    """The cumulative hazard at which a person leaves: Exp(1) from one uniform, over the readiness to leave."""
    return -math.log(u) / readiness


@jitable
def endure(kind, shared, p):
    """Add the month's rate to the cumulative hazard; who has run out of patience then leaves.

    Given the history this is an independent monthly hazard of 1 - exp(-rate * readiness), and a pointwise higher rate
    can never delay the departure (Cox and Oakes 1984, ch. 2: the cumulative hazard at death is Exp(1)).
    """
    kind.cumulative_hazard += leaving_rate(kind, shared, p)


@jitable
def leaves(person, kind):
    """Whether what a person has lived through has reached their patience."""
    return kind.cumulative_hazard >= person.patience


@jitable
def recover(peers, p):
    """Visibility and shocks fade."""
    peers.visibility *= p.keep.visibility
    peers.shock *= p.keep.shock
    peers.loss *= p.keep.loss


@jitable
def carry_forward(team, p):
    """Leavers pass through a two-stage lag, so that one is felt from the second month on, and hardly after the fifth.

    Those laid off are not among them: `layoff_shock` says what that does to the others.
    """
    keep = p.keep.contagion
    team.lag2 = keep * team.lag2 + (1.0 - keep) * team.lag1
    team.lag1 = keep * team.lag1 + team.quits
    team.usage = p.keep.usage * team.usage + team.gpus

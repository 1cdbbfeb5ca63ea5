"""Turnover: the pull of a team, a person's hazard and strain, and what departures leave behind."""

import math

from sim.jit import jitable


@jitable
def kick(person, size):
    """A shock, in log rate."""
    person.shock += size


@jitable
def closeness(team):
    """How much one member's leaving means to another: everything in a team of up to ten, less in larger ones."""
    return min(1.0, 10.0 / team.size) if team.size > 0 else 0.0


@jitable
def contagion(team):
    """Recent leavers as members feel them: the lagged count, by closeness."""
    return team.lag2 * closeness(team)


@jitable
def pull_away(team, p):
    """The part of the log rate that all members share: contagion, outside demand, lost mission."""
    weights = p.turnover
    team.pull = (
        weights.contagion * contagion(team) + weights.market * math.log(team.heat) + weights.mission * (1.0 - team.fit)
    )


@jitable
def broken_promise(person, team):
    """Log of GPUs a head promised over those received, 0 if nothing was promised or more was given."""
    received = team.gpus / team.size
    if received >= person.promised:
        return 0.0
    return math.log(1.1 / (received / person.promised + 0.1))


@jitable
def leaving_rate(person, team, p):
    """Hazard of leaving, per month."""
    weights = p.turnover
    log_rate = (
        team.pull
        - weights.fairness * person.fairness
        + weights.visibility * person.visibility
        + weights.promise * broken_promise(person, team)
        + person.shock
    )
    return weights.base_rate * math.exp(min(weights.cap, log_rate))


@jitable
def log_hazard(person, team, p):
    """Log of the rate at which a person leaves as things stand: what a survey of intentions would ask for."""
    rate = leaving_rate(person, team, p)
    return math.log(rate) if rate > 0.0 else -math.inf


@jitable
def patience(u):
    """The strain at which a person leaves: Exp(1) from one uniform."""
    return -math.log(u)


@jitable
def endure(person, team, p):
    """Add the month's rate to the strain; return whether it has reached the person's patience.

    Given the history this is an independent monthly hazard of 1 - exp(-rate), and a pointwise higher rate can never
    delay the departure (Cox and Oakes 1984, ch. 2: the cumulative hazard at death is Exp(1)).
    """
    person.strain += leaving_rate(person, team, p)
    return person.strain >= person.patience


@jitable
def recover(person, p):
    """Visibility and shocks fade."""
    person.visibility *= p.keep.visibility
    person.shock *= p.keep.shock


@jitable
def carry_forward(team, p):
    """Leavers pass through a two-stage lag, so that one weighs most about two months later; lost need fades."""
    leavers = team.quits + p.turnover.laid_off_weight * team.laid_off
    keep = p.keep.contagion
    team.lag1 = keep * team.lag1 + leavers
    team.lag2 = keep * team.lag2 + (1.0 - keep) * team.lag1
    team.lost *= p.keep.lost
    team.usage = p.keep.usage * team.usage + team.gpus

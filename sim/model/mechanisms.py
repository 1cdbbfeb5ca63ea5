"""What a mechanism that is switched off means, said in parameters; and the decays that follow from half-lives."""

import math

from sim.jit import jitable


@jitable
def decay(half_life):
    """Share that is left after one month, for a half-life in months; a half-life of 0 leaves nothing."""
    return math.exp2(-1.0 / half_life) if half_life > 0.0 else 0.0


@jitable
def switch_off(p):
    """Put neutral values where a mechanism is off, so that no formula has to ask."""
    on = p.mechanisms
    if not on.fairness:  # nothing is felt, so F stays 0
        p.fairness.envy = 0.0
        p.fairness.guilt = 0.0
        p.fairness.deprivation = 0.0
        p.fairness.procedural = 0.0
        p.fairness.grief = 0.0
        p.fairness.leaning = 0.0
    if not p.fairness.feels.envy:
        p.fairness.envy = 0.0
    if not p.fairness.feels.guilt:
        p.fairness.guilt = 0.0
    if not p.fairness.feels.want:
        p.fairness.deprivation = 0.0
    if not p.fairness.feels.grief:
        p.fairness.grief = 0.0
    if not p.fairness.feels.leaning:
        p.fairness.leaning = 0.0
    if not on.contagion:
        p.turnover.contagion = 0.0
    if not on.market:
        p.turnover.market = 0.0
    if not on.visibility:
        p.turnover.visibility = 0.0
    if not on.promise:
        p.turnover.promise = 0.0
    if not on.mission:
        p.turnover.mission = 0.0
    if not on.shocks:
        p.shocks.lead_leaves = 0.0
        p.shocks.layoff = 0.0
        p.shocks.reorganise = 0.0
        p.shocks.dissolve = 0.0
        p.shocks.scooped = 0.0
        p.shocks.startup = 0.0
    if not on.startup:
        p.turnover.founding = 0.0
    if not on.gaming:
        p.team_defaults.padding_speed = 0.0
        p.team_defaults.optimism = 0.0
    if not on.appeals:  # no reserve, and nobody has cause to appeal: voice is 1
        p.budget.reserve = 0.0
        p.head.appeal_below = 0.0
    if not on.hiring:
        p.hiring.backfill = 0.0
    if not on.review:
        p.committee.review_rate = 0.0
        p.committee.abandon_below = 0.0


@jitable
def derive_decays(p):
    """`p.keep`: what is left of each fading quantity from one month to the next."""
    p.keep.onset = decay(p.fairness.onset)
    p.keep.memory = decay(p.fairness.memory)
    p.keep.contagion = decay(p.turnover.contagion_half_life)
    p.keep.visibility = decay(p.turnover.visibility_half_life)
    p.keep.shock = decay(p.turnover.shock_half_life)
    p.keep.loss = decay(p.shocks.lead_half_life)
    p.keep.padding = decay(p.team_defaults.padding_half_life)
    p.keep.usage = decay(p.committee.usage_half_life)


@jitable
def prepare(p):
    """Parameters as the month's formulas read them: the budget scaled, mechanisms switched off, decays derived."""
    p.budget.gpus *= p.budget.scale
    switch_off(p)
    derive_decays(p)

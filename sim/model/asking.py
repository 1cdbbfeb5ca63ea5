"""Asking: who is there, what they could use, what they need and what they say they need."""

import math

from sim.jit import jitable

FROM_THE_START = -1  # `joined` of those who were in their team when the run began


@jitable
def experience(peers, month, p):
    """1 for those there from the start; newcomers begin at a half and learn the rest in `ramp` months."""
    if peers.joined == FROM_THE_START:
        return 1.0
    return min(1.0, 0.5 + (month - peers.joined) / (2.0 * p.team_defaults.ramp))


@jitable
def open_month(team, p):
    """Empty the month's tallies."""
    team.size = 0
    team.experience = 0.0
    team.morale = 0.0
    team.crew = 0.0
    team.pace = 0.0
    team.active_projects = 0
    team.proximity = p.committee.proximity_floor


@jitable
def count_in(kind, peers, team, month, p):
    """Add a kind to the team's size, experience and morale: perceived fairness, but for what people bring along."""
    team.size += kind.count
    team.experience += kind.count * experience(peers, month, p)
    team.morale -= kind.count * kind.held


@jitable
def months_left(project, month):
    return max(1.0, float(project.target - month))


@jitable
def plan(project, team, month, p):
    """Add an active project to the team's plans: crew, pace of work to finish on time, how close the release looks.

    The declared months are optimistic, and a date that has slipped is believed half as much each time. The team counts
    by its project that is closest, as far as rivals have left it its worth.
    """
    left = months_left(project, month)
    project.pace = project.work_left / left
    team.active_projects += 1
    team.crew += project.crew
    team.pace += project.pace
    declared = max(1.0, (1.0 - p.team_defaults.optimism) * left)
    closeness = math.exp2(-declared / p.committee.proximity_half_life - project.slips)
    floor = p.committee.proximity_floor
    project.proximity = project.novelty * (floor + (1.0 - floor) * closeness)
    team.proximity = max(team.proximity, project.proximity)


@jitable
def vary_demand(team, deviate, month, p):
    """This month's demand apart from projects, in parts of its mean: lognormal, and AR(1) in logs over months.

    `deviate` is standard normal, and so is `team.demand_deviate` in every month.
    """
    keeps = p.team_defaults.demand_persistence if month > 0 else 0.0
    team.demand_deviate = keeps * team.demand_deviate + math.sqrt(1.0 - keeps * keeps) * deviate
    spread = p.team_defaults.demand_spread
    team.demand_factor = math.exp(spread * team.demand_deviate - 0.5 * spread * spread)


@jitable
def demand(team):
    """GPUs that a team's work apart from projects takes this month."""
    return team.baseline * team.size * team.demand_factor


@jitable
def productivity(team, p):
    """Work that a GPU does for the team: thin or new crews and bad morale slow it."""
    if team.size == 0:
        return 0.0
    spirit = max(0.5, 1.0 + p.team_defaults.drag * min(0.0, team.morale / team.size))
    return team.capability**p.team_defaults.skill_elasticity * spirit


@jitable
def gpus_for(pace, team):
    """GPUs that a pace of work takes at the team's productivity."""
    return pace / team.productivity if team.productivity > 0.0 else 0.0


@jitable
def share_of_need(project, team):
    """The share of what the team needed last month that went to an active project."""
    return min(1.0, gpus_for(project.pace, team) / team.need) if team.need > 0.0 else 0.0


@jitable
def ask(team, p):
    """Capability, productivity, usable GPUs, need and the (padded) ask."""
    team.capability = 1.0
    if p.mechanisms.capability and team.crew > 0.0:
        team.capability = min(1.0, team.experience / team.crew)
    team.productivity = productivity(team, p)
    team.usable = team.gpus_per_researcher * team.size
    team.need = min(team.usable, demand(team) + gpus_for(team.pace, team))
    team.ask = team.need * team.padding


@jitable
def pad(team, p):
    """Shortage gaming: short teams inflate their asks, well served ones forget to (Lee, Padmanabhan and Whang 1997)."""
    short = 0.0
    if team.need > 0.0:
        short = max(0.0, 1.0 - team.gpus / team.need)
    padding = 1.0 + p.keep.padding * (team.padding - 1.0) + p.team_defaults.padding_speed * short
    team.padding = min(padding, p.team_defaults.padding_max)

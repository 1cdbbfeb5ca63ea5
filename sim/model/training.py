"""Training: what the GPUs become, what is done with them, and what the committee learns from it."""

import math

from sim.jit import jitable
from sim.model.asking import demand
from sim.rounding import SLACK, less

LEAST_TRUST = 0.05


@jitable
def start_training(team):
    """Serve the baseline work first. `team.free`: GPUs left for projects."""
    could = min(team.gpus, team.usable)
    team.used = min(could, demand(team))
    team.output = team.used
    team.free = could - team.used


@jitable
def work_on(project, team):
    """Give a project the free GPUs that it can use; return whether that finishes it."""
    project.done = 0.0
    if team.productivity <= 0.0:
        return False
    wanted = project.work_left / team.productivity
    served = min(team.free, wanted)
    team.free -= served
    team.used += served
    project.gpu_months += served
    if less(served, wanted, team.gpus):
        project.done = served * team.productivity
        team.output += project.done
        project.work_left = max(0.0, project.work_left - project.done)
        return False
    team.output += project.work_left
    project.work_left = 0.0
    return True


@jitable
def slip(project, team, p):
    """A missed target moves on, by the months that the rest takes at this month's pace or `slip`; it costs trust."""
    delay = p.committee.slip
    if project.done > 0.0:
        delay = min(delay, max(1, math.ceil(project.work_left / project.done - SLACK)))
    project.target += delay
    project.slips += 1
    team.trust -= p.committee.slip_cost


@jitable
def learn_trust(team, p):
    """Trust moves toward what the team makes of a GPU times how much of its ask it needed, within [LEAST_TRUST, 1].

    A team is not blamed for what it was not given; thin crews, idle GPUs and padding are found out.
    """
    if less(0.0, team.gpus, team.ask):
        earned = team.output / team.gpus * min(1.0, team.need / team.ask)
        team.trust += p.committee.trust_learning * (earned - team.trust)
    team.trust = min(1.0, max(LEAST_TRUST, team.trust))


@jitable
def worth(project):
    """What a release is worth: its prestige, as far as earlier releases of rivals have left it."""
    return project.prestige * project.novelty


@jitable
def be_scooped(project, p):
    """A rival on the line has released first."""
    project.novelty *= p.committee.scooped_worth


@jitable
def credit(peers, project, months_on_project, months_of_project):
    """Visibility from a release: its worth times everybody's own share of the project's months."""
    if months_of_project > 0:
        peers.visibility += worth(project) * months_on_project / months_of_project

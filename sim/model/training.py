"""Training: what the GPUs become, what is done with them, and what the committee learns from it."""

from sim.jit import jitable
from sim.rounding import less


@jitable
def start_training(team):
    """Serve the baseline work first. `team.free`: GPUs left for projects."""
    could = min(team.gpus, team.usable)
    team.used = min(could, team.baseline * team.size)
    team.free = could - team.used


@jitable
def work_on(project, team):
    """Give a project the free GPUs that it can use; return whether that finishes it."""
    if team.productivity <= 0.0:
        return False
    wanted = project.work_left / team.productivity
    served = min(team.free, wanted)
    team.free -= served
    team.used += served
    project.gpu_months += served
    if less(served, wanted, team.gpus):
        project.work_left = max(0.0, project.work_left - served * team.productivity)
        return False
    project.work_left = 0.0
    return True


@jitable
def slip(project, team, p):
    """A missed target moves on, and costs the team some trust."""
    project.target += p.committee.slip
    project.slips += 1
    team.trust -= p.committee.slip_cost


@jitable
def learn_trust(team, p):
    """Trust moves toward the share of its GPUs that the team used, within [0.05, 1]."""
    if less(0.0, team.gpus, team.ask):
        team.trust += p.committee.trust_learning * (team.used / team.gpus - team.trust)
    team.trust = min(1.0, max(0.05, team.trust))


@jitable
def credit(person, project, months_on_project, months_of_project):
    """Visibility from a release: its prestige times the person's share of the project's months."""
    if months_of_project > 0:
        person.visibility += project.prestige * months_on_project / months_of_project

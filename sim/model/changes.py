"""What events and phases do to a lab: people come, move, are shaken and leave; projects change hands and status."""

import numpy as np

from sim.draws import DISPOSITION, PERSON, SENSITIVITY, seat_word, two_uniforms, uniform
from sim.jit import compiled_as, jitable
from sim.model import asking, fairness, turnover
from sim.model.state import ACTIVE, CANCELLED
from sim.model.stints import end_stint


@jitable
def shake(team, size):
    """A shock to every member of a team, in log rate; they `feel` it with what else is gathered for them."""
    team.kick += size


@jitable
def feel(lab):
    """Everybody is shaken by what was gathered for their team: one pass over people, however many shocks."""
    teams = lab.teams
    for person in lab.people:
        if person.present:
            kick = teams[person.team].kick
            if kick != 0.0:
                turnover.kick(person, kick)
    for team in teams:
        team.kick = 0.0


@jitable
def hand_over(lab, project, team):
    """Another team owns the project from now on."""
    old = lab.teams[project.team]
    old.changed = 1
    team.changed = 1
    if project.status == ACTIVE:
        project.past = end_stint(lab, old, project.since, project.past)
        project.since = lab.asks
    project.team = team.index


@jitable
def merge(lab, p, team, into):
    """Members, projects and due hires move into another team; the people who move are shaken."""
    teams = lab.teams
    shake(team, p.shocks.dissolve)
    feel(lab)
    for person in lab.people:
        if teams[person.team].index == team.index:
            if person.present:
                move(lab, person, into)
            else:
                person.team = into.index
    for project in lab.projects:
        if teams[project.team].index == team.index:
            hand_over(lab, project, into)
    team.changed = 1
    into.changed = 1


@jitable
def move(lab, person, team):
    """Sit in another team from now on."""
    old = lab.teams[person.team]
    old.moved -= 1
    team.moved += 1
    old.seated -= 1
    team.seated += 1
    old.changed = 1
    team.changed = 1
    person.past = end_stint(lab, old, person.since, person.past)
    person.since = lab.asks
    person.joined = lab.month
    person.team = team.index


@jitable
def become(lab, project, status):
    project.status = status
    project.month = lab.month
    if status == ACTIVE:
        project.since = lab.asks
    lab.teams[project.team].changed = 1


@jitable
def lose(lab, p, project):
    """A project is cancelled; if it was under way, its people grieve for it."""
    team = lab.teams[project.team]
    if project.status == ACTIVE:
        share = asking.share_of_need(project, team)
        for person in lab.people:
            if person.present and lab.teams[person.team].index == team.index:
                fairness.mourn(person, team, share, p)
    become(lab, project, CANCELLED)


@jitable
def fill(lab, p, seat):
    """Somebody new takes the seat and joins its team now."""
    lab.teams[seat.team].hired += 1
    seat_newcomer(lab, p, seat, lab.month)


@jitable
def seat_newcomer(lab, p, seat, joined):
    """A person begins, with the nature that luck gave them."""
    person = newcomer(lab, seat)
    team = lab.teams[person.team]
    word = seat_word(person.number, person.occupant)
    patience, aversion = two_uniforms(lab.seed, lab.replicate, 0, PERSON, person.name_hash, word)
    feeling = uniform(lab.seed, lab.replicate, 0, SENSITIVITY, person.name_hash, word)
    leaning, frailty = two_uniforms(lab.seed, lab.replicate, 0, DISPOSITION, person.name_hash, word)
    team.seated += 1
    person.present = 1
    person.joined = joined
    person.since = lab.asks
    person.past = -1
    person.due = -1
    person.cohorts = 0
    person.promised = team.promised_gpus
    person.sensitivity = fairness.sensitivity(feeling, p)
    person.leaning = fairness.leaning(leaning, p)
    person.readiness = turnover.readiness(person.leaning, frailty, p)
    person.patience = turnover.patience(patience, person.readiness)
    person.envy, person.guilt = fairness.aversions(aversion, p)
    person.fairness = person.leaning
    person.cumulative_hazard = 0.0
    person.shock = 0.0
    person.loss = 0.0
    person.visibility = team.visibility if joined == asking.FROM_THE_START else 0.0
    person.wanting = 0.0
    person.envious = 0.0
    person.guilty = 0.0
    person.grief = 0.0
    person.unheard = 0.0
    person.unled = 0.0
    person.jolted = 0.0


@jitable
def leave(lab, person, reason):
    """The seat is empty: who left is remembered in the tables of cohorts and exits."""
    person.present = 0
    lab.teams[person.team].seated -= 1
    tallies = lab.tallies
    for cohort in range(len(tallies)):
        if person.cohorts >> cohort & 1:
            tallies[cohort, 1 + reason] += 1
    note_exit(lab, person, reason)


# What an engine does in its own way: an agent comes and goes, a row is overwritten


def newcomer(lab, seat):
    """The person who takes an empty seat."""
    return lab.newcomer(seat)


@compiled_as(newcomer)
def row_of_newcomer(lab, seat):
    return seat


def note_exit(lab, person, reason):
    """Remember who left, when, from which team and why."""
    lab.note_exit(person, reason)


@compiled_as(note_exit)
def row_of_exit(lab, person, reason):
    if lab.made == len(lab.exits):
        more = np.empty((2 * lab.made, lab.exits.shape[1]), dtype=np.int64)
        for i in range(lab.made):
            for column in range(lab.exits.shape[1]):
                more[i, column] = lab.exits[i, column]
        lab.exits = more
    row = lab.exits[lab.made]
    row[0] = lab.history
    row[1] = lab.month
    row[2] = person.team
    row[3] = person.index
    row[4] = person.occupant
    row[5] = person.cohorts
    row[6] = reason
    lab.made += 1


def note_fault(lab, verdict):
    """The policy granted what it cannot."""
    lab.note_fault(verdict)


@compiled_as(note_fault)
def row_of_fault(lab, verdict):
    fault = lab.fault
    if fault[0] == 0:
        fault[0] = 1
        fault[1] = lab.replicate
        fault[2] = lab.month
        fault[3] = verdict

"""What events and phases do to a lab: people come, move, are shaken and leave; projects change hands and status."""

import numpy as np

from sim.jit import compiled_as, jitable
from sim.model import asking, fairness, turnover
from sim.model.luck import nature_of
from sim.model.peers import join, kind_of_mover, kind_of_newcomer, part, set_out
from sim.model.state import ACTIVE, CANCELLED
from sim.model.stints import end_stint


@jitable
def shake(team, size):
    """A shock to every member of a team, in log rate; they `feel` it with what else is gathered for them."""
    team.kick += size


@jitable
def feel(lab):
    """Everybody is shaken by what was gathered for their team: one pass, however many shocks."""
    teams = lab.teams
    for peers in lab.peers:
        if peers.size > 0:
            turnover.kick(peers, teams[peers.team].kick)
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
                peers = lab.peers[lab.kinds[person.kind].peers]
                if teams[peers.team].index == team.index:  # the first of them: all go together
                    set_out(lab, peers, into)
                change_team(person, team, into)
            else:
                person.team = into.index
    for project in lab.projects:
        if teams[project.team].index == team.index:
            hand_over(lab, project, into)
    team.changed = 1
    into.changed = 1


@jitable
def move(lab, person, team):
    """Sit in another team from now on, with those of the same kind whom the same event moves."""
    old = lab.teams[person.team]
    part(lab, person)
    join(lab, person, kind_of_mover(lab, person, team))
    change_team(person, old, team)


@jitable
def change_team(person, old, team):
    """The seat is counted in another team from now on."""
    old.moved -= 1
    team.moved += 1
    old.seated -= 1
    team.seated += 1
    old.changed = 1
    team.changed = 1
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
        for peers in lab.peers:
            if peers.size > 0 and lab.teams[peers.team].index == team.index:
                fairness.mourn(peers, team, share, p)
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
    patience, aversion, feeling, leaning, frailty = nature_of(lab, person)
    team.seated += 1
    person.present = 1
    person.due = -1
    person.cohorts = 0
    person.leaning = fairness.leaning(leaning, p)
    person.readiness = turnover.readiness(person.leaning, frailty, p)
    person.patience = turnover.patience(patience, person.readiness)
    kind = kind_of_newcomer(lab, person, joined, fairness.nature(feeling, aversion))
    if kind.count == 0:
        kind.sensitivity = fairness.sensitivity(feeling, p)
        kind.envy, kind.guilt = fairness.aversions(aversion, p)
        kind.held = 0.0
        kind.cumulative_hazard = 0.0
    join(lab, person, kind)


@jitable
def leave(lab, person, reason):
    """The seat is empty: who left is remembered in the tables of cohorts and exits."""
    person.present = 0
    part(lab, person)
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

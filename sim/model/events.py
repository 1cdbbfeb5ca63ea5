"""Events, one function for each type."""

from sim.draws import LAYOFF, REORGANISE
from sim.jit import jitable
from sim.model import changes
from sim.model.luck import fate_in
from sim.model.state import ACTIVE, LAID_OFF, PLANNED
from sim.scenario.events import EVENT_TYPES

(
    BUDGET, PRIORITY, MARKET, MISSION, LAY_OFF, LEAD_LEAVES, LEAD_ARRIVES, CANCEL, TRANSFER, DISSOLVE, REORGANISATION,
    HIRE, SHOCK,
) = range(len(EVENT_TYPES))  # fmt: skip


@jitable
def happen(lab, p, event):
    """Let one event happen now."""
    kind = event.kind
    if kind == BUDGET:
        budget(lab, p, event)
    elif kind == PRIORITY:
        priority(lab, event)
    elif kind == MARKET:
        market(lab, event)
    elif kind == MISSION:
        mission(lab, event)
    elif kind == LAY_OFF:
        layoff(lab, p, event)
    elif kind == LEAD_LEAVES:
        lead_leaves(lab, p, event)
    elif kind == LEAD_ARRIVES:
        lead_arrives(lab, event)
    elif kind == CANCEL:
        cancel(lab, p, event)
    elif kind == TRANSFER:
        changes.hand_over(lab, lab.projects[event.project], lab.teams[event.to])
    elif kind == DISSOLVE:
        changes.merge(lab, p, lab.teams[event.team], lab.teams[event.to])
    elif kind == REORGANISATION:
        reorganise(lab, p, event)
    elif kind == HIRE:
        hire(lab, p, event)
    elif kind == SHOCK:
        shock(lab, p, event)


@jitable
def budget(lab, p, event):
    p.budget.gpus = event.value * p.budget.scale
    for team in lab.teams:
        team.changed = 1


@jitable
def priority(lab, event):
    by_team, by_line = lab.committee.priority, lab.committee.line_priority
    for setting in lab.settings:
        if setting.event == event.index:
            if setting.team >= 0:
                by_team[setting.member, setting.team] = setting.value
            if setting.line >= 0:
                by_line[setting.member, setting.line] = setting.value


@jitable
def market(lab, event):
    for team in lab.teams:
        if event.line < 0 or team.line == event.line:
            team.heat = event.value


@jitable
def mission(lab, event):
    for team in lab.teams:
        if event.line < 0 or team.line == event.line:
            team.fit = event.value


@jitable
def layoff(lab, p, event):
    """Each person goes with the event's probability; the survivors are shaken."""
    teams, reach = lab.teams, lab.reach
    for person in lab.people:
        if person.present and reach[event.index, person.team] >= 0.0:
            if fate_in(lab, LAYOFF, event, person) < event.value:
                teams[person.team].laid_off += 1
                changes.leave(lab, person, LAID_OFF)
    changes.shake_reached(lab, event, p.shocks.layoff)
    for team in teams:
        if reach[event.index, team.index] >= 0.0:
            team.changed = 1


@jitable
def lead_leaves(lab, p, event):
    for team in lab.teams:
        if team.site == event.site:
            team.lead = 0
            changes.shake(lab, team, p.shocks.lead_leaves)


@jitable
def lead_arrives(lab, event):
    for team in lab.teams:
        if team.site == event.site:
            team.lead = 1


@jitable
def cancel(lab, p, event):
    project = lab.projects[event.project]
    if project.status == PLANNED or project.status == ACTIVE:
        changes.lose(lab, p, project)


@jitable
def reorganise(lab, p, event):
    """Each member of the named teams moves with the team's probability; all of them are shaken."""
    reach = lab.reach
    changes.shake_reached(lab, event, p.shocks.reorganise)
    for person in lab.people:
        if person.present and reach[event.index, person.team] >= 0.0:
            if fate_in(lab, REORGANISE, event, person) < reach[event.index, person.team]:
                changes.move(lab, person, lab.teams[event.to])


@jitable
def hire(lab, p, event):
    for seat in lab.people:
        if seat.event == event.index:
            seat.team = event.team
            changes.fill(lab, p, seat)


@jitable
def shock(lab, p, event):
    if p.mechanisms.shocks:
        changes.shake_reached(lab, event, event.value)

"""Events: what happens in the lab on a given month, one function for each type of event."""

from sim.draws import LAYOFF, REORGANISE
from sim.results.history import ACTIVE, LAID_OFF, PLANNED


def happen(model, event):
    """Let one event happen now."""
    HAPPENINGS[event.type](model, event)


def budget(model, event):
    model.p.budget.gpus = event.gpus * model.p.budget.scale
    for team in model.teams:
        team.changed = True


def priority(model, event):
    for member in model.committee.members:
        if event.member in (None, member.name):
            member.priorities.update(event.priorities)


def market(model, event):
    for team in model.teams:
        if event.line in (None, team.line_name):
            team.heat = float(event.heat)


def mission(model, event):
    for team in model.teams:
        if event.line in (None, team.line_name):
            team.fit = float(event.fit)


def layoff(model, event):
    """Each person goes with the event's probability; the survivors are shaken."""
    teams = named(model, event.teams)
    people = [person for team in teams for person in team.members]
    for person, fate in zip(people, model.fates(LAYOFF, event, people), strict=True):
        if fate < event.fraction:
            person.team.laid_off += 1
            person.leave(LAID_OFF)
    for team in teams:
        team.shake(model.p.shocks.layoff)
        team.changed = True


def lead_leaves(model, event):
    for team in model.teams:
        if team.site == event.site:
            team.lead = False
            team.shake(model.p.shocks.lead_leaves)


def lead_arrives(model, event):
    for team in model.teams:
        if team.site == event.site:
            team.lead = True


def cancel(model, event):
    project = model.project(event.project)
    if project.status in (PLANNED, ACTIVE):
        project.team.lose(project)


def transfer(model, event):
    hand_over(model.project(event.project), model.team(event.to))


def dissolve(model, event):
    merge(model, model.team(event.team), model.team(event.to))


def reorganise(model, event):
    """Each member of the named teams moves with the team's probability; all of them are shaken."""
    into = model.team(event.into)
    teams = named(model, sorted(event.from_))
    people = [person for team in teams for person in team.members]
    for team in teams:
        team.shake(model.p.shocks.reorganise)
    for person, fate in zip(people, model.fates(REORGANISE, event, people), strict=True):
        if fate < event.from_[person.team.name]:
            person.move(into)


def hire(model, event):
    team = model.team(event.team)
    for seat in model.event_seats[event.name]:
        seat.team = team
        model.fill(seat)


def shock(model, event):
    if model.p.mechanisms.shocks:
        for team in named(model, event.teams):
            team.shake(float(event.size))


def named(model, names):
    """The named teams, or all, in name order."""
    return model.teams if names is None else [model.team(name) for name in sorted(names)]


def hand_over(project, team):
    """Another team owns the project from now on."""
    project.team.projects.remove(project)
    project.team.changed = team.changed = True
    project.team = team
    team.projects.append(project)
    team.projects.sort(key=lambda one: one.name)


def merge(model, team, into):
    """Members, projects and due hires move into another team; the people who move are shaken."""
    team.shake(model.p.shocks.dissolve)
    for person in list(team.members):
        person.move(into)
    for project in list(team.projects):
        hand_over(project, into)
    for seat in model.seats:
        if seat.team is team:
            seat.team = into
    team.changed = into.changed = True


HAPPENINGS = {
    "budget": budget,
    "priority": priority,
    "market": market,
    "mission": mission,
    "layoff": layoff,
    "lead_leaves": lead_leaves,
    "lead_arrives": lead_arrives,
    "cancel": cancel,
    "transfer": transfer,
    "dissolve": dissolve,
    "reorganise": reorganise,
    "hire": hire,
    "shock": shock,
}

"""Events over rows: the functions of `sim.engines.mesa.calendar`, by the same names."""

from sim.draws import LAYOFF, PERSON, REORGANISE, seat_word, two_uniforms, uniform
from sim.jit import jitable
from sim.model import asking, fairness, turnover
from sim.results.history import ACTIVE, CANCELLED, LAID_OFF, PLANNED
from sim.scenario.events import EVENT_TYPES

(
    BUDGET, PRIORITY, MARKET, MISSION, LAY_OFF, LEAD_LEAVES, LEAD_ARRIVES, CANCEL, TRANSFER, DISSOLVE, REORGANISATION,
    HIRE, SHOCK,
) = range(len(EVENT_TYPES))  # fmt: skip

NEVER = 1 << 40  # a month that does not come


@jitable
def happen(lab, month, place):
    """Let one event happen now."""
    event = lab.events[place]
    kind = event.kind
    if kind == BUDGET:
        budget(lab, event)
    elif kind == PRIORITY:
        priority(lab, place)
    elif kind == MARKET:
        market(lab, event)
    elif kind == MISSION:
        mission(lab, event)
    elif kind == LAY_OFF:
        layoff(lab, month, place)
    elif kind == LEAD_LEAVES:
        lead_leaves(lab, event)
    elif kind == LEAD_ARRIVES:
        lead_arrives(lab, event)
    elif kind == CANCEL:
        cancel(lab, event, month)
    elif kind == TRANSFER:
        hand_over(lab, lab.projects[event.project], event.to)
    elif kind == DISSOLVE:
        merge(lab, event.team, event.to, month)
    elif kind == REORGANISATION:
        reorganise(lab, month, place)
    elif kind == HIRE:
        hire(lab, month, place)
    elif kind == SHOCK:
        shock(lab, place)


@jitable
def budget(lab, event):
    teams = lab.teams
    lab.p[0].budget.gpus = event.value * lab.p[0].budget.scale
    for i in range(len(teams)):
        teams[i].changed = 1


@jitable
def priority(lab, place):
    priority, line_priority, settings = lab.priority, lab.line_priority, lab.settings
    for s in range(len(settings)):
        setting = settings[s]
        if setting.event == place:
            if setting.team >= 0:
                priority[setting.member, setting.team] = setting.value
            if setting.line >= 0:
                line_priority[setting.member, setting.line] = setting.value


@jitable
def market(lab, event):
    teams = lab.teams
    for i in range(len(teams)):
        if event.line < 0 or teams[i].line == event.line:
            teams[i].heat = event.value


@jitable
def mission(lab, event):
    teams = lab.teams
    for i in range(len(teams)):
        if event.line < 0 or teams[i].line == event.line:
            teams[i].fit = event.value


@jitable
def layoff(lab, month, place):
    """Each person goes with the event's probability; the survivors are shaken."""
    people, teams, reach = lab.people, lab.teams, lab.reach[place]
    event = lab.events[place]
    for i in range(len(people)):
        person = people[i]
        if person.present and reach[person.team] >= 0.0:
            word = seat_word(person.number, person.occupant)
            if uniform(lab.seed, lab.replicate, month, LAYOFF, person.low ^ event.low, word) < event.value:
                note_exit(lab, month, i, LAID_OFF)
                teams[person.team].laid_off += 1
    shake_reached(lab, reach, lab.p[0].shocks.layoff)
    for i in range(len(teams)):
        if reach[i] >= 0.0:
            teams[i].changed = 1


@jitable
def lead_leaves(lab, event):
    teams = lab.teams
    for i in range(len(teams)):
        if teams[i].site == event.site:
            teams[i].lead = 0
            shake(lab, i, lab.p[0].shocks.lead_leaves)


@jitable
def lead_arrives(lab, event):
    teams = lab.teams
    for i in range(len(teams)):
        if teams[i].site == event.site:
            teams[i].lead = 1


@jitable
def cancel(lab, event, month):
    project = lab.projects[event.project]
    if project.status == PLANNED or project.status == ACTIVE:
        lose(lab, project, month)


@jitable
def reorganise(lab, month, place):
    """Each member of the named teams moves with the team's probability; all of them are shaken."""
    people, reach = lab.people, lab.reach[place]
    event = lab.events[place]
    shake_reached(lab, reach, lab.p[0].shocks.reorganise)
    for i in range(len(people)):
        person = people[i]
        if person.present and reach[person.team] >= 0.0:
            word = seat_word(person.number, person.occupant)
            luck = uniform(lab.seed, lab.replicate, month, REORGANISE, person.low ^ event.low, word)
            if luck < reach[person.team]:
                move(lab, person, event.to, month)


@jitable
def hire(lab, month, place):
    people, events = lab.people, lab.events
    for i in range(len(people)):
        person = people[i]
        if person.event == place:
            person.team = events[place].team
            fill(lab, person, month)


@jitable
def shock(lab, place):
    if lab.p[0].mechanisms.shocks:
        shake_reached(lab, lab.reach[place], lab.events[place].value)


@jitable
def shake(lab, team, size):
    """A shock to every member of a team."""
    people = lab.people
    for i in range(len(people)):
        person = people[i]
        if person.present and person.team == team:
            turnover.kick(person, size)


@jitable
def shake_reached(lab, reach, size):
    """A shock to every member of the teams that an event reaches; `reach` is negative for the others."""
    people = lab.people
    for i in range(len(people)):
        person = people[i]
        if person.present and reach[person.team] >= 0.0:
            turnover.kick(person, size)


@jitable
def hand_over(lab, project, team):
    """Another team owns the project from now on."""
    lab.teams[project.team].changed = 1
    lab.teams[team].changed = 1
    project.team = team


@jitable
def merge(lab, team, into, month):
    """Members, projects and due hires move into another team; the people who move are shaken."""
    people, teams, projects = lab.people, lab.teams, lab.projects
    shake(lab, team, lab.p[0].shocks.dissolve)
    for i in range(len(people)):
        person = people[i]
        if person.team == team:
            if person.present:
                move(lab, person, into, month)
            else:
                person.team = into
    for j in range(len(projects)):
        if projects[j].team == team:
            hand_over(lab, projects[j], into)
    teams[team].changed = 1
    teams[into].changed = 1


@jitable
def move(lab, person, team, month):
    """Sit in another team from now on."""
    lab.teams[person.team].moved -= 1
    lab.teams[team].moved += 1
    lab.teams[person.team].seated -= 1
    lab.teams[team].seated += 1
    lab.teams[person.team].changed = 1
    lab.teams[team].changed = 1
    person.joined = month
    person.team = team


@jitable
def lose(lab, project, month):
    """A project is cancelled; if it was under way, its people are shaken and go on wanting the GPUs."""
    team = lab.teams[project.team]
    if project.status == ACTIVE:
        team.lost += asking.gpus_for(project.pace, team)
        shake(lab, project.team, lab.p[0].shocks.cancel)
    project.status = CANCELLED
    project.month = month
    team.changed = 1


@jitable
def fill(lab, person, month):
    """Somebody new takes the seat and joins its team now."""
    lab.teams[person.team].hired += 1
    seat(person, lab.teams[person.team], lab.p[0], lab.seed, lab.replicate, month)


@jitable
def seat(person, team, p, seed, replicate, joined):
    word = seat_word(person.number, person.occupant)
    patience, aversion = two_uniforms(seed, replicate, 0, PERSON, person.low, word)
    team.seated += 1
    person.present = 1
    person.joined = joined
    person.due = -1
    person.cohorts = 0
    person.promised = team.promised_gpus
    person.patience = turnover.patience(patience)
    person.envy, person.guilt = fairness.aversions(aversion, p)
    person.fairness = 0.0
    person.strain = 0.0
    person.shock = 0.0
    person.visibility = 0.0


@jitable
def note_exit(lab, month, place, reason):
    """The seat is empty: remember who left in the tables of exits and cohorts."""
    people, tallies, months_on = lab.people, lab.tallies, lab.months_on
    person = people[place]
    person.present = 0
    lab.teams[person.team].seated -= 1
    months_on[place, :] = 0
    for cohort in range(len(tallies)):
        if person.cohorts >> cohort & 1:
            tallies[cohort, 1 + reason] += 1
    exits, made = lab.exits, lab.made
    if made[0] < len(exits):
        row = exits[made[0]]
        row[0] = lab.history
        row[1] = month
        row[2] = person.team
        row[3] = place
        row[4] = person.occupant
        row[5] = person.cohorts
        row[6] = reason
    made[0] += 1

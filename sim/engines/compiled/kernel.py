"""Histories, one after another, in compiled code."""

from sim.engines.compiled.calendar import NEVER, seat
from sim.engines.compiled.month import step
from sim.engines.compiled.state import Lab
from sim.jit import jitable
from sim.model.asking import FROM_THE_START
from sim.model.fairness import NEW_CLAIMANT
from sim.model.mechanisms import prepare


@jitable
def run_histories(world, cast, scratch, out, points, replicates, seed, months, draws, policy):
    """Simulate history h = (points[h], replicates[h]) for every h and leave its rows in `out`.

    `draws` says whether the policy reads lottery tickets.
    """
    lab = Lab(
        scratch.p, scratch.people, scratch.teams, scratch.projects, scratch.power, scratch.priority,
        scratch.line_priority, scratch.months_on, scratch.by_target, scratch.active, scratch.last,
        scratch.line_releases, scratch.leavers, scratch.tallies, scratch.desk, scratch.claims,
        cast.cohort_team, cast.cohort_month, cast.member_low, cast.line_low,
        out.lab_rows, out.team_rows, out.cohort_rows, out.project_rows, out.exits, out.made, out.fault,
        world.events[0], world.reach[0], world.settings[0], 0, seed, 0, draws, 0, 0,
    )  # fmt: skip
    for h in range(len(points)):
        lab.history = h
        lab.replicate = replicates[h]
        set_up(lab, world, cast.people, points[h] if len(world.p) > 1 else 0)
        for month in range(months):
            step(lab, month, policy)
        note_projects(lab)


@jitable
def set_up(lab, world, seats, point):
    """The lab before its first month, at one point."""
    people, teams, projects, by_target = lab.people, lab.teams, lab.projects, lab.by_target
    lab.p[0] = world.p[point]
    p = lab.p[0]
    prepare(p)
    initial_credits = p.committee.initial_credits * p.budget.gpus
    lab.power[:] = world.power[point]
    lab.priority[:, :] = world.priority[point]
    lab.line_priority[:, :] = world.line_priority[point]
    lab.events = world.events[point]
    lab.reach = world.reach[point]
    lab.settings = world.settings[point]
    lab.months_on[:, :] = 0
    lab.next_hire = NEVER
    lab.tallies[:, :] = 0
    lab.tallies[:, 0] = -1
    for i in range(len(teams)):
        teams[i] = world.teams[point, i]
        team = teams[i]
        team.lead = 1
        team.changed = 1
        team.credits = initial_credits
        team.heat = 1.0
        team.fit = 1.0
        team.trust = 1.0
        team.padding = 1.0
        team.last_fill = NEW_CLAIMANT
        team.ticket = 0.5
        team.tie = 0.5
    for j in range(len(projects)):
        projects[j] = world.projects[point, j]
        projects[j].month = -1
        by_target[j] = j
    for i in range(len(people)):
        people[i] = seats[i]
        person = people[i]
        if person.event < 0:
            seat(person, teams[person.team], p, lab.seed, lab.replicate, FROM_THE_START)


@jitable
def note_projects(lab):
    """Keep what became of every project, in the order of `sim.results.history.PROJECT_COLUMNS`."""
    projects, rows = lab.projects, lab.project_rows[lab.history]
    for j in range(len(projects)):
        project = projects[j]
        rows[j, 0] = project.team
        rows[j, 1] = project.status
        rows[j, 2] = project.month
        rows[j, 3] = project.gpu_months
        rows[j, 4] = project.prestige

"""Histories, one after another, in compiled code."""

from sim.behaviour.mechanisms import prepare
from sim.compiled import jitable
from sim.ensemble.calendar import seat
from sim.ensemble.month import step
from sim.ensemble.state import Lab


@jitable
def run_histories(world, cast, scratch, out, points, replicates, seed, months, draws, policy):
    """Simulate history h = (points[h], replicates[h]) for every h and leave its rows in `out`.

    `scratch` is room for one history (`sim.ensemble.state.make_scratch`); `draws` says whether the policy reads tickets.
    """
    for h in range(len(points)):
        lab = set_up(world, cast, scratch, h, points[h], replicates[h], seed, draws)
        for month in range(months):
            step(lab, out, month, policy)
        for j in range(len(lab.projects)):
            project = lab.projects[j]
            out.projects[h, j, 0] = project.team
            out.projects[h, j, 1] = project.status
            out.projects[h, j, 2] = project.month
            out.projects[h, j, 3] = project.gpu_months


@jitable
def set_up(world, cast, scratch, history, point, replicate, seed, draws):
    """The lab before its first month."""
    w = point if len(world.p) > 1 else 0
    (
        p, people, teams, projects, power, priority, line_priority, months_on, by_target, active, last, line_releases,
        tallies, desk, claims,
    ) = scratch  # fmt: skip
    p[0] = world.p[w]
    initial_credits = p[0].committee.initial_credits * p[0].budget.gpus
    prepare(p[0])
    power[:] = world.power[w]
    priority[:, :] = world.priority[w]
    line_priority[:, :] = world.line_priority[w]
    months_on[:, :] = 0
    tallies[:, :] = 0
    for place in range(len(tallies)):
        tallies[place, 0] = -1
    for i in range(len(teams)):
        teams[i] = world.teams[w, i]
        team = teams[i]
        team.lead = 1
        team.changed = 1
        team.credits = initial_credits
        team.heat = 1.0
        team.fit = 1.0
        team.trust = 1.0
        team.padding = 1.0
        team.last_fill = -1.0
        team.ticket = 0.5
        team.tie = 0.5
    for j in range(len(projects)):
        projects[j] = world.projects[w, j]
        projects[j].month = -1
        by_target[j] = j
    lab = Lab(
        p, people, teams, projects, power, priority, line_priority, months_on, by_target, active, last, line_releases,
        tallies, desk, claims, world.events[w], world.reach[w], world.settings[w], cast, history, seed, replicate, draws,
    )  # fmt: skip
    for i in range(len(people)):
        people[i] = cast.people[i]
        if people[i].event < 0:
            seat(lab, people[i], -1)
    return lab

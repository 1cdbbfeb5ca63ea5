"""Histories, one after another, in compiled code."""

from sim.engines.compiled.state import Lab
from sim.jit import jitable
from sim.model.month import begin, step
from sim.results.history import panel_row, team_row
from sim.scenario.mechanisms import prepare


@jitable
def run_histories(world, cast, buffers, out, points, replicates, seed, months, asked, draws, policy):
    """Simulate history h = (points[h], replicates[h]) for every h, leave its rows in `out` and return those of exits.

    `asked` are the months in which people are asked; `draws` says whether the policy reads lottery draws.
    """
    lab = Lab(
        buffers.people, buffers.peers[:0], buffers.kinds[:0], buffers.by_nature, buffers.teams, buffers.projects,
        buffers.committee, buffers.stints, buffers.by_target, buffers.line_releases, buffers.leavers,
        buffers.vacancies, buffers.seat_word, buffers.noise, buffers.fates, buffers.natures, buffers.tallies,
        buffers.ratios, buffers.claims, buffers.peers, buffers.kinds,
        cast.cohort_teams, cast.cohort_month, cast.line_hash, cast.noise_member, cast.noise_team, cast.seat_hash,
        out.lab_rows, out.team_rows, out.cohort_rows, out.project_rows, out.panel_rows, out.fault, out.exits,
        world.events[0], world.reach[0], world.line_reach[0], 0, seed, 0, 0, 0, draws, 0, 0, 0, 0, 0,
    )  # fmt: skip
    for h in range(len(points)):
        lab.history = h
        lab.replicate = replicates[h]
        point = points[h] if len(world.p) > 1 else 0
        buffers.p[0] = world.p[point]
        p = buffers.p[0]
        prepare(p)
        set_up(lab, world, cast, point)
        begin(lab, p)
        for month in range(months):
            lab.month = month
            step(lab, p, policy)
            collect(lab, p)
            for index in range(len(asked)):
                if asked[index] == month:
                    ask_people(lab, p, index)
        note_projects(lab)
    return lab.exits[: lab.made]


@jitable
def set_up(lab, world, cast, point):
    """Rows as they stand before anything happens, at one point."""
    people, teams, projects, by_target = lab.people, lab.teams, lab.projects, lab.by_target
    committee = lab.committee
    copy(committee.power, world.power[point])
    copy(committee.priority, world.priority[point])
    copy(committee.line_priority, world.line_priority[point])
    copy(lab.claims.args, world.args[point])
    lab.events = world.events[point]
    lab.reach = world.reach[point]
    lab.line_reach = world.line_reach[point]
    copy(teams, world.teams[point])
    copy(projects, world.projects[point])
    copy(people, cast.people)
    copy(lab.seat_word, cast.seat_word)
    lab.peers = lab.room_for_peers[:0]
    lab.kinds = lab.room_for_kinds[:0]
    for j in range(len(projects)):
        by_target[j] = j
    lab.asks = 0
    lab.ended = 0
    tallies = lab.tallies
    for cohort in range(len(tallies)):
        tallies[cohort, 0] = -1
        tallies[cohort, 1] = 0
        tallies[cohort, 2] = 0


@jitable
def copy(into, values):
    """Element by element: what Numba makes of an assignment to a slice takes seconds to compile."""
    for index in range(len(into)):
        if into.ndim == 2:
            copy(into[index], values[index])
        else:
            into[index] = values[index]


@jitable
def collect(lab, p):
    """Keep the month's rows of the lab, its teams and cohorts."""
    teams = lab.teams
    need = 0.0
    for team in teams:
        need += team.need
    row = lab.lab_rows[lab.history, lab.month]
    row[0], row[1] = p.budget.gpus, need
    rows = lab.team_rows[lab.history, lab.month]
    for i in range(len(teams)):
        values = team_row(teams[i])
        for column in range(len(values)):
            rows[column, i] = values[column]
    copy(lab.cohort_rows[lab.history, lab.month], lab.tallies)


@jitable
def ask_people(lab, p, index):
    """Keep what everybody would answer."""
    rows = lab.panel_rows[lab.history, index]
    for person in lab.people:
        if person.present:
            kind = lab.kinds[person.kind]
            values = panel_row(person, kind, lab.peers[kind.peers], lab.teams[person.team], p)
            for column in range(len(values)):
                rows[person.index, column] = values[column]
        else:
            for column in range(rows.shape[1]):
                rows[person.index, column] = -1.0


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

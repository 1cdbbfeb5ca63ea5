"""One month over rows: the phases of `sim.engines.mesa.model.Model.step`, by the same names."""

from sim.allocation.feasible import FEASIBLE
from sim.draws import LOTTERY, NOISE, QUIT, REVIEW, REVISIT, TIE, normal, seat_word, two_uniforms, uniform
from sim.engines.compiled.calendar import NEVER, fill, happen, lose, merge, note_exit, shake
from sim.jit import jitable
from sim.model import asking, dividing, fairness, training, turnover
from sim.model.parameters import CANCEL, TOLERATE
from sim.results.history import ACTIVE, CANCELLED, PLANNED, RELEASED, team_row
from sim.results.history import QUIT as LEFT


@jitable
def step(lab, month, policy):
    """One month: calendar, ask, divide, appeal, train, judge, stay or leave, after."""
    open_calendar(lab, month)
    ask(lab, month)
    divide(lab, month, policy)
    appeal(lab, month)
    train(lab, month)
    judge(lab)
    stay_or_leave(lab, month)
    aftermath(lab, month)
    collect(lab, month)


@jitable
def open_calendar(lab, month):
    """Fix cohorts, let events happen, seat due hires, start projects."""
    teams, projects, events = lab.teams, lab.projects, lab.events
    for i in range(len(teams)):
        team = teams[i]
        team.headcount = team.seated
        team.quits = 0
        team.laid_off = 0
        team.hired = 0
        team.moved = 0
    for place in range(len(lab.cohort_team)):
        if lab.cohort_month[place] == month:
            fix_cohort(lab, place)
    for i in range(len(events)):
        if events[i].month == month and events[i].enabled:
            happen(lab, month, i)
    if lab.next_hire == month:
        seat_hires(lab, month)
    for i in range(len(projects)):
        project = projects[i]
        if project.status == PLANNED and project.start <= month:
            become(lab, project, ACTIVE, month)


@jitable
def seat_hires(lab, month):
    """Due hires join, and the month of the next ones is noted."""
    people = lab.people
    lab.next_hire = NEVER
    for i in range(len(people)):
        person = people[i]
        if not person.present and person.due >= 0:
            if person.due == month:
                person.occupant += 1
                fill(lab, person, month)
            else:
                lab.next_hire = min(lab.next_hire, person.due)


@jitable
def fix_cohort(lab, place):
    people, tallies = lab.people, lab.tallies
    team = lab.cohort_team[place]
    size = 0
    for i in range(len(people)):
        person = people[i]
        if person.present and person.team == team:
            person.cohorts |= 1 << place
            size += 1
    tallies[place, 0] = size
    tallies[place, 1] = 0
    tallies[place, 2] = 0


@jitable
def become(lab, project, status, month):
    project.status = status
    project.month = month
    lab.teams[project.team].changed = 1


@jitable
def ask(lab, month):
    """Need and ask; in passing, every member gains a month on every active project of the team."""
    people, teams, projects, p = lab.people, lab.teams, lab.projects, lab.p[0]
    months_on, active, last = lab.months_on, lab.active, lab.last
    list_active(lab)
    for i in range(len(teams)):
        asking.open_month(teams[i], p)
    for i in range(len(people)):
        person = people[i]
        if person.present:
            asking.count_in(person, teams[person.team], month, p)
            begin = last[person.team - 1] if person.team > 0 else 0
            for k in range(begin, last[person.team]):
                months_on[i, active[k]] += 1
    for j in range(len(projects)):
        project = projects[j]
        if project.status == ACTIVE:
            project.months_worked += 1
            asking.plan(project, teams[project.team], month, p)
    for i in range(len(teams)):
        asking.ask(teams[i], p)


@jitable
def list_active(lab):
    """List the active projects team by team; `lab.last[i]` is where those of team i end and the next team's begin."""
    projects, active, last = lab.projects, lab.active, lab.last
    for i in range(len(last)):
        last[i] = 0
    for j in range(len(projects)):
        if projects[j].status == ACTIVE:
            last[projects[j].team + 1] += 1
    for i in range(1, len(last)):
        last[i] += last[i - 1]
    for j in range(len(projects)):
        if projects[j].status == ACTIVE:
            team = projects[j].team
            active[last[team]] = j
            last[team] += 1


@jitable
def divide(lab, month, policy):
    teams = lab.teams
    open_files(lab, month)
    score(lab, month)
    if lab.draws:
        for i in range(len(teams)):
            team = teams[i]
            team.ticket = uniform(lab.seed, lab.replicate, month, LOTTERY, team.low, 0)
    verdict = dividing.divide(teams, lab.claims, policy, lab.p[0])
    if verdict != FEASIBLE and lab.fault[0] == 0:
        lab.fault[0] = 1
        lab.fault[1] = lab.replicate
        lab.fault[2] = month
        lab.fault[3] = verdict


@jitable
def open_files(lab, month):
    """A file is reopened by chance, after a change, or if the team asked nothing last month."""
    teams = lab.teams
    revisit = lab.p[0].committee.revisit
    for i in range(len(teams)):
        team = teams[i]
        team.reopened = team.changed or team.last_ask <= 0.0
        if not team.reopened:
            team.reopened = revisit >= 1.0 or uniform(lab.seed, lab.replicate, month, REVISIT, team.low, 0) < revisit
        team.changed = 0


@jitable
def score(lab, month):
    p, teams, powers, members = lab.p[0], lab.teams, lab.power, lab.member_low
    by_team, by_line = lab.priority, lab.line_priority
    power = 0.0
    for k in range(len(powers)):
        power += powers[k]
    for i in range(len(teams)):
        team = teams[i]
        support = 0.0
        for k in range(len(powers)):
            whim = 0.0
            if p.committee.noise > 0.0:
                whim = normal(uniform(lab.seed, lab.replicate, month, NOISE, members[k], team.low))
            support += dividing.backing(powers[k], priority(by_team[k, i], by_line[k, team.line]), whim, p)
        team.score = dividing.score(team, support / power, p)


@jitable
def priority(of_team, of_line):
    """By the team, else by its line of work, else 1; what is not set is negative."""
    if of_team >= 0.0:
        return of_team
    return of_line if of_line >= 0.0 else 1.0


@jitable
def appeal(lab, month):
    teams = lab.teams
    p = lab.p[0]
    for i in range(len(teams)):
        team = teams[i]
        if dividing.appeals(team, p):
            team.tie = uniform(lab.seed, lab.replicate, month, TIE, team.low, 0)
    left = dividing.hear(teams, p)
    dividing.share_out(teams, lab.claims, left)


@jitable
def train(lab, month):
    """Use the GPUs; release what is done; miss targets; learn."""
    teams, projects, by_target = lab.teams, lab.projects, lab.by_target
    p = lab.p[0]
    for i in range(len(teams)):
        training.start_training(teams[i])
    sort_by_target(lab)
    finished = 0
    for k in range(len(by_target)):
        project = projects[by_target[k]]
        project.finished = project.status == ACTIVE and training.work_on(project, teams[project.team])
        finished += project.finished
    if finished > 0:
        release(lab, month)
    for i in range(len(projects)):
        project = projects[i]
        if project.status == ACTIVE and project.target <= month:
            training.slip(project, teams[project.team], p)
    for i in range(len(teams)):
        team = teams[i]
        training.learn_trust(team, p)
        asking.pad(team, p)


@jitable
def sort_by_target(lab):
    """Keep the order of projects by target and name; from month to month it hardly changes."""
    projects = lab.projects
    order = lab.by_target
    for k in range(1, len(order)):
        place = order[k]
        target = projects[place].target
        j = k - 1
        while j >= 0 and (
            projects[order[j]].target > target or (projects[order[j]].target == target and order[j] > place)
        ):
            order[j + 1] = order[j]
            j -= 1
        order[j + 1] = place


@jitable
def release(lab, month):
    """Finished projects are released: record, visibility, and rivals on the same line who are scooped."""
    people, teams, projects, months_on = lab.people, lab.teams, lab.projects, lab.months_on
    by_target, line_releases = lab.by_target, lab.line_releases
    for line in range(len(line_releases)):
        line_releases[line] = 0
    for i in range(len(teams)):
        teams[i].releases = 0
    for k in range(len(by_target)):
        j = by_target[k]
        project = projects[j]
        if project.finished:
            become(lab, project, RELEASED, month)
            team = teams[project.team]
            team.record += project.prestige
            team.releases += 1
            team.active_projects -= 1
            line_releases[team.line] += 1
            for i in range(len(people)):
                person = people[i]
                if person.present and months_on[i, j] > 0:
                    training.credit(person, project, months_on[i, j], project.months_worked)
    for i in range(len(people)):
        person = people[i]
        if person.present:
            team = teams[person.team]
            if team.active_projects > 0:
                scoops = line_releases[team.line] - team.releases
                turnover.kick(person, lab.p[0].shocks.scooped * scoops)


@jitable
def is_active(lab, team):
    """Whether the team has an active project."""
    projects = lab.projects
    for j in range(len(projects)):  # noqa: SIM110  (numba compiles no generator)
        if projects[j].team == team and projects[j].status == ACTIVE:
            return True
    return False


@jitable
def judge(lab):
    """Compare, weigh up, and let everyone feel it."""
    people, teams = lab.people, lab.teams
    p = lab.p[0]
    fairness.compare(teams, lab.desk, p)
    scarce = fairness.scarcity(teams, p)
    for i in range(len(teams)):
        team = teams[i]
        fairness.weigh_up(team, scarce, p)
        team.fairness = 0.0
    for i in range(len(people)):
        person = people[i]
        if person.present:
            team = teams[person.team]
            fairness.judge(person, team, p)
            team.fairness += person.fairness
    for i in range(len(teams)):
        team = teams[i]
        if team.size > 0:
            team.fairness /= team.size


@jitable
def stay_or_leave(lab, month):
    """Everyone lives through their rate; the seats of those who quit are listed in `lab.leavers[:lab.leaving]`."""
    people, teams, leavers, p = lab.people, lab.teams, lab.leavers, lab.p[0]
    for i in range(len(teams)):
        turnover.pull_away(teams[i], p)
    leaving = 0
    for i in range(len(people)):
        person = people[i]
        if person.present:
            leaves = turnover.endure(person, teams[person.team], p)
            turnover.recover(person, p)
            if leaves:
                leavers[leaving] = i
                leaving += 1
    lab.leaving = leaving
    for k in range(leaving):
        note_exit(lab, month, leavers[k], LEFT)
        teams[people[leavers[k]].team].quits += 1


@jitable
def aftermath(lab, month):
    """Start-ups, vacancies, lagged leavers, duplicates and teams that can no longer carry a project."""
    people, teams, projects, p = lab.people, lab.teams, lab.projects, lab.p[0]
    for k in range(lab.leaving):
        person = people[lab.leavers[k]]
        word = seat_word(person.number, person.occupant)
        founds, refilled = two_uniforms(lab.seed, lab.replicate, month, QUIT, person.low, word)
        if founds < p.turnover.founding:
            shake(lab, person.team, p.shocks.startup * turnover.closeness(teams[person.team]))
        person.due = -1
        if refilled < p.hiring.backfill:
            person.due = month + p.hiring.lead_months
            lab.next_hire = min(lab.next_hire, person.due)
    for i in range(len(teams)):
        team = teams[i]
        turnover.carry_forward(team, p)
        team.last_ask = team.ask
        team.last_grant = team.grant
    if p.committee.duplicates != TOLERATE and p.committee.review_rate > 0.0:
        if fairness.scarcity(teams, p) > 0.0:
            for line in range(len(lab.line_low)):
                review(lab, line, month)
    for j in range(len(projects)):
        project = projects[j]
        team = teams[project.team]
        if project.status == ACTIVE and dividing.gives_up_on(team, p):
            lose(lab, project, month)


@jitable
def review(lab, line, month):
    """Two teams work on one line while GPUs are scarce: the committee may act on the lower-scored one."""
    teams, projects = lab.teams, lab.projects
    p = lab.p[0]
    best = -1
    worst = -1
    rivals = 0
    for i in range(len(teams)):
        team = teams[i]
        if team.line == line and is_active(lab, i):
            rivals += 1
            if best < 0 or dividing.outranks(team, teams[best]):
                best = i
    if rivals < 2:
        return
    if uniform(lab.seed, lab.replicate, month, REVIEW, lab.line_low[line], 0) >= p.committee.review_rate:
        return
    for i in range(len(teams)):
        team = teams[i]
        if team.line == line and i != best and is_active(lab, i):
            if worst < 0 or not dividing.outranks(team, teams[worst]):
                worst = i
    duplicate = -1
    for j in range(len(projects)):
        project = projects[j]
        if project.team == worst and project.status == ACTIVE:
            if duplicate < 0 or project.target >= projects[duplicate].target:
                duplicate = j
    if p.committee.duplicates == CANCEL:
        lose(lab, projects[duplicate], month)
    else:
        become(lab, projects[duplicate], CANCELLED, month)
        merge(lab, worst, best, month)


@jitable
def collect(lab, month):
    """Keep the month's rows of the lab, its teams and cohorts."""
    teams, tallies = lab.teams, lab.tallies
    need = 0.0
    for i in range(len(teams)):
        need += teams[i].need
    row = lab.lab_rows[lab.history, month]
    row[0], row[1] = lab.p[0].budget.gpus, need
    rows = lab.team_rows[lab.history, month]
    for i in range(len(teams)):
        values = team_row(teams[i])
        for column in range(len(values)):
            rows[i, column] = values[column]
    lab.cohort_rows[lab.history, month] = tallies

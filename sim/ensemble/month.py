"""One month over rows: the phases of `sim.model.Model.step`, by the same names."""

from sim.behaviour import asking, dividing, fairness, training, turnover
from sim.compiled import jitable
from sim.draws import LOTTERY, NOISE, QUIT, REVIEW, REVISIT, TIE, normal, seat_word, two_uniforms, uniform
from sim.ensemble.calendar import fill, happen, lose, merge, note_exit, shake
from sim.history import ACTIVE, CANCELLED, PLANNED, RELEASED
from sim.history import QUIT as LEFT
from sim.parameters import CANCEL, TOLERATE


@jitable
def step(lab, out, month, policy):
    """One month: calendar, ask, divide, appeal, train, judge, stay or leave, after."""
    open_calendar(lab, out, month)
    ask(lab, month)
    divide(lab, out, month, policy)
    appeal(lab, month)
    train(lab, month)
    judge(lab)
    stay_or_leave(lab, out, month)
    aftermath(lab, month)
    collect(lab, out, month)


@jitable
def open_calendar(lab, out, month):
    """Fix cohorts, let events happen, seat due hires, start projects."""
    for i in range(len(lab.teams)):
        team = lab.teams[i]
        team.headcount = 0
        team.quits = 0
        team.laid_off = 0
        team.hired = 0
        team.moved = 0
    for i in range(len(lab.people)):
        person = lab.people[i]
        if person.present:
            lab.teams[person.team].headcount += 1
    for place in range(len(lab.cast.cohort_team)):
        if lab.cast.cohort_month[place] == month:
            fix_cohort(lab, place)
    for i in range(len(lab.events)):
        if lab.events[i].month == month and lab.events[i].enabled:
            happen(lab, out, month, i)
    for i in range(len(lab.people)):
        person = lab.people[i]
        if not person.present and person.due == month:
            person.occupant += 1
            fill(lab, person, month)
    for i in range(len(lab.projects)):
        project = lab.projects[i]
        if project.status == PLANNED and project.start <= month:
            become(lab, project, ACTIVE, month)


@jitable
def fix_cohort(lab, place):
    team = lab.cast.cohort_team[place]
    size = 0
    for i in range(len(lab.people)):
        person = lab.people[i]
        if person.present and person.team == team:
            person.cohorts |= 1 << place
            size += 1
    lab.tallies[place, 0] = size
    lab.tallies[place, 1] = 0
    lab.tallies[place, 2] = 0


@jitable
def become(lab, project, status, month):
    project.status = status
    project.month = month
    lab.teams[project.team].changed = 1


@jitable
def ask(lab, month):
    p = lab.p[0]
    for i in range(len(lab.teams)):
        asking.open_month(lab.teams[i], p)
    for i in range(len(lab.people)):
        person = lab.people[i]
        if person.present:
            asking.count_in(person, lab.teams[person.team], month, p)
    for i in range(len(lab.projects)):
        project = lab.projects[i]
        if project.status == ACTIVE:
            asking.plan(project, lab.teams[project.team], month, p)
    for i in range(len(lab.teams)):
        asking.ask(lab.teams[i], p)


@jitable
def divide(lab, out, month, policy):
    open_files(lab, month)
    score(lab, month)
    if lab.draws:
        for i in range(len(lab.teams)):
            team = lab.teams[i]
            team.ticket = uniform(lab.seed, lab.replicate, month, LOTTERY, team.low, 0)
    verdict = dividing.divide(lab.teams, lab.claims, policy, lab.p[0])
    if verdict != dividing.FEASIBLE and out.fault[0] == 0:
        out.fault[0] = 1
        out.fault[1] = lab.replicate
        out.fault[2] = month
        out.fault[3] = verdict


@jitable
def open_files(lab, month):
    """A file is reopened by chance, after a change, or if the team asked nothing last month."""
    revisit = lab.p[0].committee.revisit
    for i in range(len(lab.teams)):
        team = lab.teams[i]
        team.reopened = team.changed or team.last_ask <= 0.0
        if not team.reopened:
            team.reopened = (
                revisit >= 1.0 or uniform(lab.seed, lab.replicate, month, REVISIT, team.low, 0) < revisit
            )
        team.changed = 0


@jitable
def score(lab, month):
    p = lab.p[0]
    power = 0.0
    for k in range(len(lab.power)):
        power += lab.power[k]
    for i in range(len(lab.teams)):
        team = lab.teams[i]
        support = 0.0
        for k in range(len(lab.power)):
            whim = 0.0
            if p.committee.noise > 0.0:
                member = lab.cast.member_low[k]
                whim = normal(uniform(lab.seed, lab.replicate, month, NOISE, member, team.low))
            support += dividing.backing(lab.power[k], priority(lab, k, i), whim, p)
        team.score = dividing.score(team, support / power, p)


@jitable
def priority(lab, member, team):
    """By the team, else by its line of work, else 1; what is not set is negative."""
    if lab.priority[member, team] >= 0.0:
        return lab.priority[member, team]
    if lab.line_priority[member, lab.teams[team].line] >= 0.0:
        return lab.line_priority[member, lab.teams[team].line]
    return 1.0


@jitable
def appeal(lab, month):
    p = lab.p[0]
    for i in range(len(lab.teams)):
        team = lab.teams[i]
        if dividing.appeals(team, p):
            team.tie = uniform(lab.seed, lab.replicate, month, TIE, team.low, 0)
    left = dividing.hear(lab.teams, p)
    dividing.share_out(lab.teams, lab.claims, left)


@jitable
def train(lab, month):
    """Use the GPUs; release what is done; miss targets; learn."""
    p = lab.p[0]
    for i in range(len(lab.teams)):
        training.start_training(lab.teams[i], p)
    count_months(lab)
    sort_by_target(lab)
    finished = 0
    for k in range(len(lab.by_target)):
        project = lab.projects[lab.by_target[k]]
        project.finished = project.status == ACTIVE and training.work_on(project, lab.teams[project.team])
        finished += project.finished
    if finished > 0:
        release(lab, month)
    for i in range(len(lab.projects)):
        project = lab.projects[i]
        if project.status == ACTIVE and project.target <= month:
            training.slip(project, lab.teams[project.team], p)
    for i in range(len(lab.teams)):
        team = lab.teams[i]
        training.learn_trust(team, p)
        asking.pad(team, p)


@jitable
def list_active(lab):
    """List the active projects team by team; `lab.last[i]` is where those of team i end and the next team's begin."""
    last = lab.last
    for i in range(len(last)):
        last[i] = 0
    for j in range(len(lab.projects)):
        if lab.projects[j].status == ACTIVE:
            last[lab.projects[j].team + 1] += 1
    for i in range(1, len(last)):
        last[i] += last[i - 1]
    for j in range(len(lab.projects)):
        if lab.projects[j].status == ACTIVE:
            team = lab.projects[j].team
            lab.active[last[team]] = j
            last[team] += 1


@jitable
def count_months(lab):
    """Every member gains a month on every active project of the team."""
    list_active(lab)
    for j in range(len(lab.projects)):
        if lab.projects[j].status == ACTIVE:
            lab.projects[j].months_worked += 1
    for i in range(len(lab.people)):
        person = lab.people[i]
        if person.present and lab.teams[person.team].active_projects > 0:
            begin = lab.last[person.team - 1] if person.team > 0 else 0
            for k in range(begin, lab.last[person.team]):
                lab.months_on[i, lab.active[k]] += 1


@jitable
def sort_by_target(lab):
    """Keep the order of projects by target and name; from month to month it hardly changes."""
    order = lab.by_target
    for k in range(1, len(order)):
        place = order[k]
        target = lab.projects[place].target
        j = k - 1
        while j >= 0 and (
            lab.projects[order[j]].target > target or (lab.projects[order[j]].target == target and order[j] > place)
        ):
            order[j + 1] = order[j]
            j -= 1
        order[j + 1] = place


@jitable
def release(lab, month):
    """Finished projects are released: record, visibility, and rivals on the same line who are scooped."""
    for line in range(len(lab.line_releases)):
        lab.line_releases[line] = 0
    for i in range(len(lab.teams)):
        lab.teams[i].releases = 0
    for k in range(len(lab.by_target)):
        j = lab.by_target[k]
        project = lab.projects[j]
        if project.finished:
            become(lab, project, RELEASED, month)
            team = lab.teams[project.team]
            team.record += project.prestige
            team.releases += 1
            team.active_projects -= 1
            lab.line_releases[team.line] += 1
            for i in range(len(lab.people)):
                person = lab.people[i]
                if person.present and lab.months_on[i, j] > 0:
                    training.credit(person, project, lab.months_on[i, j], project.months_worked)
    for i in range(len(lab.people)):
        person = lab.people[i]
        if person.present:
            team = lab.teams[person.team]
            if team.active_projects > 0:
                scoops = lab.line_releases[team.line] - team.releases
                turnover.kick(person, lab.p[0].shocks.scooped * scoops)


@jitable
def is_active(lab, team):
    """Whether the team has an active project."""
    for j in range(len(lab.projects)):
        if lab.projects[j].team == team and lab.projects[j].status == ACTIVE:
            return True
    return False


@jitable
def judge(lab):
    """Compare, weigh up, and let everyone feel it."""
    p = lab.p[0]
    fairness.compare(lab.teams, lab.desk, p)
    scarce = fairness.scarcity(lab.teams, p)
    for i in range(len(lab.teams)):
        team = lab.teams[i]
        fairness.weigh_up(team, scarce, p)
        team.fairness = 0.0
    for i in range(len(lab.people)):
        person = lab.people[i]
        if person.present:
            team = lab.teams[person.team]
            fairness.judge(person, team, p)
            team.fairness += person.fairness
    for i in range(len(lab.teams)):
        team = lab.teams[i]
        if team.size > 0:
            team.fairness /= team.size


@jitable
def stay_or_leave(lab, out, month):
    """Everyone lives through their rate; those who quit this month have `due` set to -2."""
    p = lab.p[0]
    for i in range(len(lab.teams)):
        turnover.pull_away(lab.teams[i], p)
    for i in range(len(lab.people)):
        person = lab.people[i]
        if person.present:
            team = lab.teams[person.team]
            leaves = turnover.endure(person, team, p)
            turnover.recover(person, p)
            if leaves:
                note_exit(lab, out, month, i, LEFT)
                person.due = LEAVING
                team.quits += 1


LEAVING = -2  # `due` of a seat between its holder's leaving and the end of the month


@jitable
def aftermath(lab, month):
    """Start-ups, vacancies, lagged leavers, duplicates and teams that can no longer carry a project."""
    p = lab.p[0]
    for i in range(len(lab.people)):
        person = lab.people[i]
        if person.due == LEAVING:
            word = seat_word(person.number, person.occupant)
            founds, refilled = two_uniforms(lab.seed, lab.replicate, month, QUIT, person.low, word)
            if founds < p.turnover.founding:
                shake(lab, person.team, p.shocks.startup)
            person.due = -1
            if refilled < p.hiring.backfill:
                person.due = month + p.hiring.lead_months
    for i in range(len(lab.teams)):
        team = lab.teams[i]
        turnover.carry_forward(team, p)
        team.last_ask = team.ask
        team.last_grant = team.grant
    if p.committee.duplicates != TOLERATE and p.committee.review_rate > 0.0:
        if fairness.scarcity(lab.teams, p) > 0.0:
            for line in range(len(lab.cast.line_low)):
                review(lab, line, month)
    for j in range(len(lab.projects)):
        project = lab.projects[j]
        team = lab.teams[project.team]
        if project.status == ACTIVE and team.trust * team.capability < p.committee.abandon_below:
            lose(lab, project, month)


@jitable
def review(lab, line, month):
    """Two teams work on one line while GPUs are scarce: the committee may act on the lower-scored one."""
    p = lab.p[0]
    best = -1
    worst = -1
    rivals = 0
    for i in range(len(lab.teams)):
        team = lab.teams[i]
        if team.line == line and is_active(lab, i):
            rivals += 1
            if best < 0 or team.score > lab.teams[best].score:
                best = i
            if worst < 0 or team.score <= lab.teams[worst].score:
                worst = i
    if rivals < 2:
        return
    if uniform(lab.seed, lab.replicate, month, REVIEW, lab.cast.line_low[line], 0) >= p.committee.review_rate:
        return
    duplicate = -1
    for j in range(len(lab.projects)):
        project = lab.projects[j]
        if project.team == worst and project.status == ACTIVE:
            if duplicate < 0 or project.target >= lab.projects[duplicate].target:
                duplicate = j
    if p.committee.duplicates == CANCEL:
        lose(lab, lab.projects[duplicate], month)
    else:
        become(lab, lab.projects[duplicate], CANCELLED, month)
        merge(lab, worst, best, month)


@jitable
def collect(lab, out, month):
    """Keep the month's rows of teams and cohorts, in the order of `sim.history.TEAM_COLUMNS`."""
    need = 0.0
    for i in range(len(lab.teams)):
        need += lab.teams[i].need
    out.lab[lab.history, month, 0] = lab.p[0].budget.gpus
    out.lab[lab.history, month, 1] = need
    for i in range(len(lab.teams)):
        team = lab.teams[i]
        row = out.teams[lab.history, month, i]
        row[0] = team.headcount
        row[1] = team.need
        row[2] = team.ask
        row[3] = team.grant
        row[4] = team.relief
        row[5] = team.gpus
        row[6] = team.used
        row[7] = team.fairness
        row[8] = team.envy
        row[9] = team.shortfall
        row[10] = team.voice
        row[11] = team.quits
        row[12] = team.laid_off
        row[13] = team.hired
        row[14] = team.moved
        row[15] = team.score
        row[16] = team.trust
        row[17] = team.padding
        row[18] = team.capability
    for place in range(len(lab.tallies)):
        for column in range(3):
            out.cohorts[lab.history, month, place, column] = lab.tallies[place, column]

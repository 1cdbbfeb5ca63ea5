"""One month of a lab, phase by phase: the same source is compiled over rows and interpreted over Mesa agents.

`lab` holds `people` (one for each seat, in the order of the seats; `present` if the seat is taken), `teams`,
`projects`, the `committee` and what else a month reads and writes; `p` are the prepared parameters. The `team` of a
person or a project is a place in `lab.teams`. Loops and sums run in the order of the lists: both engines round alike.
"""

from sim.allocation.feasible import FEASIBLE
from sim.draws import CLOSE, DEMAND, LOTTERY, NOISE, QUIT, REMAINDER, REVIEW, REVISIT, TIE, fill_uniforms, normal
from sim.jit import jitable
from sim.model import asking, changes, dividing, fairness, state, training, turnover
from sim.model.events import happen
from sim.model.luck import draw_natures, fates_of, luck
from sim.model.parameters import CANCEL, TOLERATE
from sim.model.state import ACTIVE, CANCELLED, PLANNED, RELEASED
from sim.model.stints import months_together


@jitable
def begin(lab, p):
    """Before the first month: credits, and the first people in their seats."""
    for team in lab.teams:
        team.credits = p.committee.initial_credits * p.budget.gpus
    lab.vacated = 0
    lab.refilled = 0
    draw_natures(lab)
    for seat in lab.people:
        if seat.event < 0:
            changes.seat_newcomer(lab, p, seat, asking.FROM_THE_START)


@jitable
def step(lab, p, policy):
    """One month: calendar, ask, divide, appeal, train, judge, stay or leave, after."""
    open_calendar(lab, p)
    ask(lab, p)
    divide(lab, p, policy)
    appeal(lab, p)
    train(lab, p)
    judge(lab, p)
    stay_or_leave(lab, p)
    aftermath(lab, p)


@jitable
def open_calendar(lab, p):
    """Fix cohorts, let events happen, seat due hires, start projects."""
    for team in lab.teams:
        team.headcount = team.seated
        team.quits = 0
        team.laid_off = 0
        team.hired = 0
        team.moved = 0
    for cohort in range(len(lab.cohort_month)):
        if lab.cohort_month[cohort] == lab.month:
            fix_cohort(lab, cohort)
    for event in lab.events:
        if event.month == lab.month and event.enabled:
            happen(lab, p, event)
    seat_hires(lab, p)
    for project in lab.projects:
        if project.status == PLANNED and project.start <= lab.month:
            changes.become(lab, project, ACTIVE)


@jitable
def fix_cohort(lab, cohort):
    """Those who sit in its teams now are its members for good."""
    followed = lab.cohort_teams
    size = 0
    for person in lab.people:
        if person.present and followed[cohort, lab.teams[person.team].index]:
            person.cohorts |= 1 << cohort
            size += 1
    tallies = lab.tallies
    tallies[cohort, 0] = size
    tallies[cohort, 1] = 0
    tallies[cohort, 2] = 0


@jitable
def seat_hires(lab, p):
    """Due hires join; vacancies come due in the order in which they arose."""
    people, vacancies = lab.people, lab.vacancies
    while lab.refilled < lab.vacated and people[vacancies[lab.refilled % len(people)]].due == lab.month:
        seat = people[vacancies[lab.refilled % len(people)]]
        lab.refilled += 1
        seat.occupant += 1
        lab.seat_word[seat.index] += 1
        changes.fill(lab, p, seat)


@jitable
def ask(lab, p):
    """Need and ask of the teams; every project gains a month, and with it those who sit in its team."""
    teams = lab.teams
    lab.asks = lab.month + 1
    for team in teams:
        asking.open_month(team, p)
        if p.team_defaults.demand_spread > 0.0:
            deviate = normal(luck(lab, DEMAND, team.name_hash))
            asking.vary_demand(team, deviate, lab.month, p)
    for kind in lab.kinds:
        if kind.count > 0:
            peers = lab.peers[kind.peers]
            asking.count_in(kind, peers, teams[peers.team], lab.month, p)
    for project in lab.projects:
        if project.status == ACTIVE:
            project.months_worked += 1
            asking.plan(project, teams[project.team], lab.month, p)
    for team in teams:
        asking.ask(team, p)


@jitable
def divide(lab, p, policy):
    """The committee opens files, scores the teams and judges their asks, and its policy grants."""
    open_files(lab, p)
    score(lab, p)
    dividing.admit(lab.teams, p)
    dividing.entitle(lab.teams, p)
    if lab.draws:
        for team in lab.teams:
            team.lottery_draw = luck(lab, LOTTERY, team.name_hash)
    verdict = dividing.divide(lab.teams, lab.claims, policy, p)
    if verdict != FEASIBLE:
        changes.note_fault(lab, verdict)
    if p.committee.granularity > 0:
        for team in lab.teams:
            team.remainder_draw = luck(lab, REMAINDER, team.name_hash)
    dividing.make_whole(lab.teams, lab.claims, p)


@jitable
def open_files(lab, p):
    """A file is reopened by chance, likelier after a change; one that stays shut may be cut to nothing."""
    close = p.committee.close
    for team in lab.teams:
        chance = dividing.reopening(team, lab.month, p)
        team.reopened = chance >= 1.0 or luck(lab, REVISIT, team.name_hash) < chance
        if team.reopened:
            team.changed = 0
        elif close > 0.0 and luck(lab, CLOSE, team.name_hash) < close:
            team.last_grant = 0.0


@jitable
def score(lab, p):
    """Each member of the committee supports each team by power, priority and noise."""
    powers, by_team, by_line = lab.committee.power, lab.committee.priority, lab.committee.line_priority
    noise = lab.noise
    if p.committee.noise > 0.0:
        fill_uniforms(noise, 0, lab.seed, lab.replicate, lab.month, NOISE, 0, lab.noise_member, lab.noise_team)
    power = 0.0
    for k in range(len(powers)):
        power += powers[k]
    for team in lab.teams:
        team.support = 0.0
    for k in range(len(powers)):
        for team in lab.teams:
            z = normal(noise[k * len(lab.teams) + team.index]) if p.committee.noise > 0.0 else 0.0
            given = priority(by_team[k, team.index], by_line[k, team.line])
            team.support += dividing.weighted_priority(powers[k], given, z, p)
    for team in lab.teams:
        team.standing = dividing.standing(team, team.support / power, p)
        team.score = team.standing * team.proximity


@jitable
def priority(of_team, of_line):
    """By the team, else by its line of work, else 1; what is not set is negative."""
    if of_team >= 0.0:
        return float(of_team)
    return float(of_line) if of_line >= 0.0 else 1.0


@jitable
def appeal(lab, p):
    """The head hears appeals; what is left of the reserve goes to unmet asks."""
    for team in lab.teams:
        if dividing.appeals(team, p):
            team.tie_draw = luck(lab, TIE, team.name_hash)
    left = dividing.hear(lab.teams, p)
    dividing.share_out(lab.teams, lab.claims, left, p)


@jitable
def train(lab, p):
    """Use the GPUs; release what is done; miss targets; learn."""
    teams, projects, by_target = lab.teams, lab.projects, lab.by_target
    for team in teams:
        training.start_training(team)
    sort_by_target(projects, by_target)
    finished = 0
    for k in range(len(by_target)):
        project = projects[by_target[k]]
        project.finished = project.status == ACTIVE and training.work_on(project, teams[project.team])
        finished += project.finished
    if finished > 0:
        release(lab, p)
    for project in projects:
        if project.status == ACTIVE and project.target <= lab.month:
            training.slip(project, teams[project.team], p)
    for team in teams:
        training.learn_trust(team, p)
        asking.pad(team, p)


@jitable
def sort_by_target(projects, order):
    """Keep the order of projects by target and name; from month to month it hardly changes."""
    for k in range(1, len(order)):
        index = order[k]
        target = projects[index].target
        j = k - 1
        while j >= 0 and (
            projects[order[j]].target > target or (projects[order[j]].target == target and order[j] > index)
        ):
            order[j + 1] = order[j]
            j -= 1
        order[j + 1] = index


@jitable
def release(lab, p):
    """Finished projects are released: record, visibility, and rivals on the same line who are scooped."""
    teams = lab.teams
    by_target, line_releases = lab.by_target, lab.line_releases
    for line in range(len(line_releases)):
        line_releases[line] = 0
    for team in teams:
        team.releases = 0
    for k in range(len(by_target)):
        project = lab.projects[by_target[k]]
        if project.finished:
            changes.become(lab, project, RELEASED)
            team = teams[project.team]
            team.record += training.worth(project)
            team.releases += 1
            team.active_projects -= 1
            line_releases[team.line] += 1
            for peers in lab.peers:
                if peers.size > 0:
                    months = months_together(lab, peers, project)
                    training.credit(peers, project, months, project.months_worked)
    for team in teams:
        if team.active_projects > 0:
            changes.shake(team, turnover.scooped_shock(p) * (line_releases[team.line] - team.releases))
    changes.feel(lab)
    for project in lab.projects:
        if project.status == ACTIVE:
            team = teams[project.team]
            for _ in range(line_releases[team.line] - team.releases):
                training.be_scooped(project, p)


@jitable
def judge(lab, p):
    """Compare, appraise, and let everyone feel it."""
    teams = lab.teams
    fairness.compare(teams, lab.ratios, p)
    scarce = fairness.scarcity(teams, p)
    for team in teams:
        fairness.appraise(team, scarce, p)
        fairness.open_sums(team)
    for peers in lab.peers:
        if peers.size > 0:
            fairness.live_through(peers, teams[peers.team], p)
    for kind in lab.kinds:
        if kind.count > 0:
            fairness.judge(kind, lab.peers[kind.peers], p)
    for peers in lab.peers:
        if peers.size > 0:
            fairness.gather(peers, teams[peers.team], p)
    for team in teams:
        fairness.close_sums(team)


@jitable
def stay_or_leave(lab, p):
    """Everyone lives through their rate; those who quit are listed in `lab.leavers[:lab.leaving]`."""
    people, teams, leavers = lab.people, lab.teams, lab.leavers
    for team in teams:
        turnover.set_shared_log_rate(team, p)
    for peers in lab.peers:
        if peers.size > 0:
            peers.log_rate = turnover.log_rate(peers, teams[peers.team], p)
            turnover.recover(peers, p)
    for kind in lab.kinds:
        if kind.count > 0:
            turnover.endure(kind, lab.peers[kind.peers].log_rate, p)
    leaving = 0
    for person in people:
        if person.present and turnover.leaves(person, lab.kinds[person.kind]):
            leavers[leaving] = person.index
            leaving += 1
    lab.leaving = leaving
    for k in range(leaving):
        person = people[leavers[k]]
        teams[person.team].quits += 1
        changes.leave(lab, person, state.QUIT)


@jitable
def aftermath(lab, p):
    """Start-ups, vacancies, lagged leavers, duplicates and teams that can no longer carry a project."""
    teams = lab.teams
    founded = False
    for k in range(lab.leaving):
        leaver = lab.people[lab.leavers[k]]
        founds, refilled = fates_of(lab, QUIT, leaver)
        if founds < p.turnover.founding:
            team = teams[leaver.team]
            changes.shake(team, p.shocks.startup * turnover.closeness(team))
            founded = True
        leaver.due = -1
        if refilled < p.hiring.backfill:
            leaver.due = lab.month + p.hiring.lead_months
            lab.vacancies[lab.vacated % len(lab.people)] = leaver.index
            lab.vacated += 1
    if founded:
        changes.feel(lab)
    for team in teams:
        turnover.carry_forward(team, p)
        team.last_ask = team.ask
        if p.committee.use_it_or_lose_it.below > 0.0:
            dividing.hold_to_plan(team, lab.month, p)
        if team.reopened:  # a file that stays shut keeps what it says, whatever the team asked for meanwhile
            team.last_grant = team.grant
    if p.committee.duplicates != TOLERATE and p.committee.review_rate > 0.0:
        if fairness.scarcity(teams, p) > 0.0:
            for line in range(len(lab.line_hash)):
                review(lab, p, line)
    for project in lab.projects:
        team = teams[project.team]
        if project.status == ACTIVE and dividing.gives_up_on(team, p):
            changes.lose(lab, p, project)


@jitable
def review(lab, p, line):
    """Doubled work on a line while GPUs are scarce: the committee may end the project from which it expects least.

    Doubled are projects of two teams, and a project whose work a rival has released.
    """
    teams, projects = lab.teams, lab.projects
    at_work = -1
    doubled = False
    least = -1
    for project in projects:
        team = teams[project.team]
        if project.status == ACTIVE and team.line == line:
            doubled = doubled or project.novelty < 1.0 or (at_work >= 0 and at_work != team.index)
            at_work = team.index
            if least < 0 or dividing.promises_less(project, team, projects[least], teams[projects[least].team]):
                least = project.index
    if not doubled or luck(lab, REVIEW, lab.line_hash[line]) >= p.committee.review_rate:
        return
    owner = teams[projects[least].team]
    other = -1
    for team in teams:
        if team.line == line and team.index != owner.index and team.size > 0:
            if other < 0 or dividing.outranks(team, teams[other]):
                other = team.index
    if p.committee.duplicates == CANCEL or other < 0:
        changes.lose(lab, p, projects[least])
    else:
        changes.become(lab, projects[least], CANCELLED)
        changes.merge(lab, p, owner, teams[other])

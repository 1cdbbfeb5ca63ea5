"""The Mesa model: one lab, one history. `Model.step` is one month, read top to bottom."""

from collections import defaultdict
from operator import attrgetter

import mesa
import numpy as np

from sim.draws import PERSON, QUIT, REVIEW, name_hash, two_uniforms
from sim.engines.mesa import Committee, Project, Researcher, ResearchHead, Seat, Team
from sim.engines.mesa.calendar import happen, merge
from sim.model import dividing, fairness, training, turnover
from sim.model.parameters import CANCEL, TOLERATE, prepared
from sim.results.history import (
    ACTIVE,
    CANCELLED,
    COHORT_COLUMNS,
    EXIT_COLUMNS,
    LAB_COLUMNS,
    PLANNED,
    PROJECT_COLUMNS,
    RELEASED,
    TEAM_COLUMNS,
    History,
    team_row,
)  # fmt: skip
from sim.scenario.seats import places

by_target = attrgetter("target", "name")


class Model(mesa.Model):
    """A lab that divides its GPUs between teams every month.

    Arguments: a `Scenario`, the number of the replicate (0, 1, ...) and the seed (0 to 2**63 - 1). The same three give
    the same history, whatever else runs. Mesa's own `model.random` and `model.rng` are not used.
    """

    def __init__(self, scenario, replicate=0, seed=1):
        super().__init__(rng=int(seed))
        self.spec = scenario  # `scenario` is a name of Mesa's own
        self.replicate, self.seed = int(replicate), int(seed)
        self.month = 0
        self.p = prepared(scenario)

        lines = scenario.lines()
        self.lines = lines
        self.teams = [Team(self, spec, lines.index(spec.line), spec.site) for spec in scenario.team.values()]
        self.who = [(name_hash(team.name), 0) for team in self.teams]
        self._team = {team.name: team for team in self.teams}
        self.projects = [Project(scenario, spec, self.team(spec.team)) for spec in scenario.project.values()]
        for project in self.projects:
            project.team.projects.append(project)
        self._project = {project.name: project for project in self.projects}
        self.committee = Committee(self)
        self.head = ResearchHead(self)
        self.desk = fairness.make_desk(len(self.teams), len(lines))

        self._seat_people()
        self.agenda = defaultdict(list)  # month -> events
        for event in scenario.event.values():
            if event.enabled:
                self.agenda[scenario.month_of(event.month)].append(event)
        self.hires_due = defaultdict(list)  # month -> seats
        self.cohort_months = [scenario.month_of(cohort.month) for cohort in scenario.cohort.values()]
        self.cohort_tallies = [[-1, 0, 0] for _ in scenario.cohort]  # size, quit, laid off

        self.lab_rows, self.team_rows, self.cohort_rows, self.exits = [], [], [], []

    # The month

    def step(self):
        """One month: calendar, ask, divide, appeal, train, judge, stay or leave, after."""
        self.open_calendar()
        self.ask()
        self.divide()
        self.appeal()
        self.train()
        self.judge()
        leavers = self.stay_or_leave()
        self.aftermath(leavers)
        self.collect()
        self.month += 1

    def open_calendar(self):
        """Fix cohorts, let events happen, seat due hires, start projects."""
        for team in self.teams:
            team.open_month()
        for place, cohort in enumerate(self.spec.cohort.values()):
            if self.cohort_months[place] == self.month:
                self._fix_cohort(place, self.team(cohort.team))
        for event in self.agenda[self.month]:
            happen(self, event)
        for seat in self.hires_due.pop(self.month, ()):
            seat.occupant += 1
            self.fill(seat)
        for project in self.projects:
            if project.status == PLANNED and project.start <= self.month:
                project.become(ACTIVE, self.month)

    def ask(self):
        for team in self.teams:
            team.request()

    def divide(self):
        self.committee.open_files(self.teams)
        self.committee.score(self.teams)
        self.committee.divide(self.teams)

    def appeal(self):
        self.head.hear_appeals(self.teams)

    def train(self):
        """Use the GPUs; release what is done; miss targets; learn."""
        for team in self.teams:
            team.start_training()
        at_work = sorted((project for project in self.projects if project.status == ACTIVE), key=by_target)
        released = [project for project in at_work if training.work_on(project, project.team)]
        for project in released:
            project.become(RELEASED, self.month)
            project.team.record += project.prestige
            for person in self.people():
                if project in person.months_on:
                    training.credit(person, project, person.months_on[project], project.months_worked)
        if released:
            self.scoop(released)
        for team in self.teams:
            team.finish_training()

    def scoop(self, released):
        """Teams still at work on the line of somebody else's release are shaken, once for each."""
        for team in self.teams:
            if team.active():
                scoops = sum(one.team is not team and one.team.line == team.line for one in released)
                team.shake(self.p.shocks.scooped * scoops)

    def judge(self):
        """Compare, weigh up, and let everyone feel it."""
        fairness.compare(self.teams, self.desk, self.p)
        scarce = fairness.scarcity(self.teams, self.p)
        for team in self.teams:
            fairness.weigh_up(team, scarce, self.p)
            team.judge()

    def stay_or_leave(self):
        """Everyone lives through their rate; returns the seats of those who quit."""
        return [seat for team in self.teams for seat in team.part()]

    def aftermath(self, leavers):
        """Start-ups, vacancies, lagged leavers, duplicates and teams that can no longer carry a project."""
        p = self.p
        for seat in leavers:
            founds, refilled = self.luck(QUIT, seat.who())
            if founds < p.turnover.founding:
                seat.team.shake(p.shocks.startup * turnover.closeness(seat.team))
            if refilled < p.hiring.backfill:
                self.hires_due[self.month + p.hiring.lead_months].append(seat)
        for team in self.teams:
            team.close_month()
        if p.committee.duplicates != TOLERATE and p.committee.review_rate > 0.0:
            if fairness.scarcity(self.teams, p) > 0.0:
                for line in range(len(self.lines)):
                    self.review(line)
        for team in self.teams:
            if dividing.gives_up_on(team, p):
                for project in team.active():
                    team.lose(project)

    def review(self, line):
        """Two teams work on one line while GPUs are scarce: the committee may act on the lower-scored one."""
        rivals = [team for team in self.teams if team.line == line and team.active()]
        if len(rivals) < 2:
            return
        if self.luck(REVIEW, (name_hash(self.lines[line]), 0))[0] >= self.p.committee.review_rate:
            return
        best = rivals[0]
        for team in rivals:
            if dividing.outranks(team, best):
                best = team
        rivals.remove(best)
        worst = rivals[0]
        for team in rivals:
            if not dividing.outranks(team, worst):
                worst = team
        duplicate = max(worst.active(), key=by_target)
        if self.p.committee.duplicates == CANCEL:
            worst.lose(duplicate)
        else:
            duplicate.become(CANCELLED, self.month)
            merge(self, worst, best)

    # Who is who

    def team(self, name):
        return self._team[name]

    def project(self, name):
        return self._project[name]

    def people(self):
        """Everyone in the lab, team by team."""
        return [person for team in self.teams for person in team.members]

    def luck(self, decision, who):
        """The two uniforms of a decision about somebody, this month."""
        return two_uniforms(self.seed, self.replicate, self.month, decision, *who)

    def fates(self, decision, event, people):
        """One uniform for each person, about an event: drawn in one go."""
        who = np.array([person.who for person in people], dtype=np.int64).reshape(-1, 2)
        low, high = who[:, 0] ^ name_hash(event.name), who[:, 1]
        return two_uniforms(self.seed, self.replicate, self.month, decision, low, high)[0].tolist()

    def fill(self, seat):
        """Somebody new takes a seat and joins its team now."""
        luck = two_uniforms(self.seed, self.replicate, 0, PERSON, *seat.who())
        seat.team.hired += 1
        seat.team.welcome(Researcher(self, seat, seat.team, luck, self.month))

    def _seat_people(self):
        """The seats of teams and of hiring events; and the first people, whose luck is drawn in one go."""
        self.seats = [Seat(place, rank, self.team(place.team)) for rank, place in enumerate(places(self.spec))]
        self.event_seats = defaultdict(list)
        for seat in self.seats:
            self.event_seats[seat.place.event].append(seat)
        first = self.event_seats[None]
        who = np.array([seat.who() for seat in first], dtype=np.int64).reshape(-1, 2)
        patience, aversion = two_uniforms(self.seed, self.replicate, 0, PERSON, who[:, 0], who[:, 1])
        for seat, *luck in zip(first, patience.tolist(), aversion.tolist(), strict=True):
            seat.team.members.append(Researcher(self, seat, seat.team, luck))

    # What is recorded

    def _fix_cohort(self, place, team):
        for person in team.members:
            person.cohorts |= 1 << place
        self.cohort_tallies[place][0] = len(team.members)
        self.cohort_tallies[place][1:] = 0, 0

    def note_exit(self, person, reason):
        """Called as somebody leaves: `reason` is QUIT or LAID_OFF of `sim.results.history`."""
        seat = person.seat
        for place, tally in enumerate(self.cohort_tallies):
            if person.cohorts >> place & 1:
                tally[1 + reason] += 1
        team = self.teams.index(person.team)
        self.exits.append((0, self.month, team, seat.rank, seat.occupant, person.cohorts, reason))

    def collect(self):
        """Keep the month's rows of the lab, its teams and cohorts."""
        need = 0.0
        for team in self.teams:
            need += team.need
        self.lab_rows.append((self.p.budget.gpus, need))
        self.team_rows.append([team_row(team) for team in self.teams])
        self.cohort_rows.append([tuple(tally) for tally in self.cohort_tallies])

    def history(self):
        """All months so far, in the form that both engines share."""
        months, teams, cohorts = len(self.team_rows), len(self.teams), len(self.cohort_tallies)
        projects = [
            (self.teams.index(one.team), one.status, one.month, one.gpu_months, one.prestige) for one in self.projects
        ]
        return History(
            np.array([self.replicate]),
            np.array(self.lab_rows, dtype=float).reshape(1, months, len(LAB_COLUMNS)),
            np.array(self.team_rows, dtype=float).reshape(1, months, teams, len(TEAM_COLUMNS)),
            np.array(self.cohort_rows, dtype=np.int64).reshape(1, months, cohorts, len(COHORT_COLUMNS)),
            np.array(projects, dtype=float).reshape(1, len(self.projects), len(PROJECT_COLUMNS)),
            np.array(self.exits, dtype=np.int64).reshape(-1, len(EXIT_COLUMNS)),
        )


def simulate(scenario, replicates, seed, progress=None):
    """Histories of the given replicates, one Mesa model each. `progress(done)` is called after each."""
    parts = []
    for done, replicate in enumerate(replicates, start=1):
        model = Model(scenario, replicate=replicate, seed=seed)
        for _ in range(scenario.months):
            model.step()
        parts.append(model.history())
        if progress:
            progress(done)
    return History.join(parts)

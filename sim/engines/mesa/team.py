"""A team: asks for GPUs, trains with what it gets, and is compared with the others."""

from bisect import insort
from operator import attrgetter

import mesa

from sim.model import asking, fairness, training, turnover
from sim.model.parameters import team_numbers
from sim.results.history import ACTIVE, CANCELLED, QUIT

by_rank = attrgetter("rank")


class Team(mesa.Agent):
    """Members in the order of their seats, projects in name order, and the state that the formulas read and write."""

    def __init__(self, model, spec, line, site):
        super().__init__(model)
        self.name = spec.name
        self.line = line  # place of the line of work among all lines
        self.line_name = spec.line
        self.site = site
        self.members = []
        self.projects = []

        numbers = team_numbers(model.spec, spec)
        self.gpus_per_researcher = numbers["gpus_per_researcher"]
        self.compute_dependence = numbers["compute_dependence"]
        self.baseline = numbers["baseline"]  # GPUs a head, apart from projects
        self.promised_gpus = numbers["promised_gpus"]  # GPUs a head
        self.record = numbers["record"]  # prestige of what it has released
        self.weight = numbers["weight"]
        self.guaranteed_gpus = numbers["guaranteed_gpus"]
        self.credits = model.p.committee.initial_credits * model.p.budget.gpus

        # What lasts from month to month.
        self.heat, self.fit, self.lead = 1.0, 1.0, True
        self.trust, self.padding = 1.0, 1.0
        self.lost, self.usage = 0.0, 0.0  # GPUs
        self.lag1, self.lag2 = 0.0, 0.0  # leavers
        self.last_ask, self.last_grant, self.last_fill = 0.0, 0.0, fairness.NEW_CLAIMANT
        self.changed = True  # its file must be reopened

        # What the month's phases fill in.
        self.size, self.experience, self.morale = 0, 0.0, 0.0
        self.active_projects, self.crew, self.pace = 0, 0.0, 0.0
        self.capability, self.proximity = 1.0, 0.0
        self.usable, self.need, self.ask = 0.0, 0.0, 0.0
        self.reopened, self.score, self.ticket, self.tie = True, 0.0, 0.5, 0.5
        self.grant, self.relief, self.gpus, self.voice = 0.0, 0.0, 0.0, 1.0
        self.productivity, self.used, self.free = 0.0, 0.0, 0.0
        self.fill, self.shortfall, self.procedure = 1.0, 0.0, 1.0
        self.envy, self.guilt = 0.0, 0.0
        self.felt_want, self.felt_envy, self.felt_guilt = 0.0, 0.0, 0.0
        self.fairness, self.pull = 0.0, 0.0
        self.headcount, self.quits, self.laid_off, self.hired, self.moved = 0, 0, 0, 0, 0

    # Membership

    def welcome(self, person):
        person.team = self
        insort(self.members, person, key=by_rank)

    def shake(self, size):
        """A shock to every member, in log rate."""
        for person in self.members:
            turnover.kick(person, size)

    def active(self):
        """Its active projects, in name order."""
        return [project for project in self.projects if project.status == ACTIVE]

    def lose(self, project):
        """A project of the team is cancelled; if it was under way, its people are shaken and go on wanting the GPUs."""
        if project.status == ACTIVE:
            self.lost += asking.gpus_for(project.pace, self)
            self.shake(self.model.p.shocks.cancel)
        project.become(CANCELLED, self.model.month)

    # Phases of a month

    def open_month(self):
        self.headcount = len(self.members)
        self.quits, self.laid_off, self.hired, self.moved = 0, 0, 0, 0

    def request(self):
        """Work out need and ask."""
        p, month = self.model.p, self.model.month
        asking.open_month(self, p)
        for person in self.members:
            asking.count_in(person, self, month, p)
        for project in self.active():
            asking.plan(project, self, month, p)
        asking.ask(self, p)

    def start_training(self):
        """Serve the baseline; every member gains a month on every active project."""
        training.start_training(self)
        for project in self.active():
            project.months_worked += 1
            for person in self.members:
                person.months_on[project] = person.months_on.get(project, 0) + 1

    def finish_training(self):
        """Miss targets, win or lose trust, and learn to pad."""
        p = self.model.p
        for project in self.active():
            if project.target <= self.model.month:
                training.slip(project, self, p)
        training.learn_trust(self, p)
        asking.pad(self, p)

    def judge(self):
        self.fairness = 0.0
        for person in self.members:
            person.judge()
            self.fairness += person.fairness
        if self.members:
            self.fairness /= len(self.members)

    def part(self):
        """Those whose patience has ended leave; returns their seats."""
        turnover.pull_away(self, self.model.p)
        leavers = [person for person in self.members if person.endure()]
        for person in leavers:
            person.leave(QUIT)
        self.quits = len(leavers)
        return [person.seat for person in leavers]

    def close_month(self):
        turnover.carry_forward(self, self.model.p)
        self.last_ask, self.last_grant = self.ask, self.grant

"""The committee: leaders from different parts of the business, who score the teams and divide the GPUs."""

import mesa
import numpy as np

from sim import allocation
from sim.allocation.claims import make_claims
from sim.allocation.feasible import FEASIBLE, complaint
from sim.draws import LOTTERY, NOISE, REVISIT, name_hash, normal, two_uniforms
from sim.errors import InputError
from sim.model import dividing


class Leader:
    """A committee member: power, and priorities by team or line of work."""

    def __init__(self, spec):
        self.name = spec.name
        self.power = spec.power
        self.priorities = dict(spec.priorities)

    def priority(self, team):
        """By the team's name, else by its line of work, else 1."""
        return self.priorities.get(team.name, self.priorities.get(team.line_name, 1.0))


class Committee(mesa.Agent):
    """Divides the budget among the teams that ask, by its policy."""

    def __init__(self, model):
        super().__init__(model)
        scenario = model.spec
        self.members = [Leader(spec) for spec in scenario.committee.members.values()]
        self.power = 0.0
        for member in self.members:
            self.power += member.power
        self.policy = allocation.get(scenario.committee.policy)
        self.claims = make_claims([0.0] * len(scenario.team))
        self.whims = self._draw_whims() if model.p.committee.noise > 0.0 else None

    def _draw_whims(self):
        """Standard normals by month, member and team, drawn in one go: the draws have no state."""
        scenario = self.model.spec
        months = np.arange(scenario.months)[:, None, None]
        members = np.array([name_hash(member.name) for member in self.members])[None, :, None]
        teams = np.array([name_hash(name) for name in scenario.team])[None, None, :]
        shape = np.broadcast_shapes(months.shape, members.shape, teams.shape)
        months, members, teams = (np.broadcast_to(part, shape) for part in (months, members, teams))
        uniforms, _ = two_uniforms(self.model.seed, self.model.replicate, months, NOISE, members, teams)
        flat = [normal(u) for u in uniforms.ravel().tolist()]
        return np.array(flat).reshape(shape).tolist()

    def open_files(self, teams):
        """A file is reopened by chance, after a change, or if the team asked nothing last month."""
        revisit = self.model.p.committee.revisit
        for place, team in enumerate(teams):
            team.reopened = team.changed or team.last_ask <= 0.0
            if not team.reopened:
                team.reopened = revisit >= 1.0 or self.model.luck(REVISIT, self.model.who[place])[0] < revisit
            team.changed = False

    def score(self, teams):
        p = self.model.p
        for place, team in enumerate(teams):
            support = 0.0
            for k, member in enumerate(self.members):
                whim = self.whims[self.model.month][k][place] if self.whims else 0.0
                support += dividing.backing(member.power, member.priority(team), whim, p)
            team.score = dividing.score(team, support / self.power, p)

    def divide(self, teams):
        """Grants for the teams that ask, by the policy."""
        if "draws" in self.policy.reads:
            for place, team in enumerate(teams):
                team.ticket = self.model.luck(LOTTERY, self.model.who[place])[0]
        scenario, month = self.model.spec, self.model.month
        try:
            verdict = dividing.divide(teams, self.claims, self.policy.grants, self.model.p)
        except Exception as error:
            if not self.policy.origin:
                raise
            reason = f"fails: {type(error).__name__}: {error}"
            raise InputError(f"policy '{self.policy.name}': {reason} in month {month}") from error
        if verdict != FEASIBLE:
            reason = complaint(verdict, list(scenario.team))
            raise InputError(f"policy '{self.policy.name}': {reason} in month {month} ({scenario.date_of(month)})")

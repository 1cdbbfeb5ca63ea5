"""The committee: leaders from different parts of the business, who score the teams and divide the GPUs."""

import mesa

from sim import allocation
from sim.allocation.feasible import complaint
from sim.errors import InputError


class Committee(mesa.Agent):
    """Divides the budget among the teams that ask, by its policy.

    `power` by member; `priority` by member and team, `line_priority` by member and line of work; negative if not set.
    """

    def __init__(self, model, rows):
        super().__init__(model)
        self.members = list(model.config.committee.members)
        power, self.priority, self.line_priority, name_hash = rows
        self.power, self.name_hash = power.tolist(), name_hash.tolist()
        self.policy = allocation.get(model.config.committee.policy)

    def __repr__(self):
        return f"<Committee {', '.join(self.members)}: {self.policy.name}>"

    def grants(self, claims, budget):
        """What the policy grants. Raises InputError where a user's own policy fails."""
        try:
            return self.policy.grants(claims, budget)
        except Exception as error:
            if not self.policy.origin:
                raise
            reason = f"fails: {type(error).__name__}: {error}"
            raise InputError(f"policy '{self.policy.name}': {reason} in month {self.model.month}") from error

    def refuse(self, verdict):
        """Raise InputError for grants that cannot be given; `verdict` as of `sim.allocation.feasible`."""
        month = self.model.month
        reason = complaint(verdict, [team.name for team in self.model.teams])
        raise InputError(f"policy '{self.policy.name}': {reason} in month {month} ({self.model.config.date_of(month)})")

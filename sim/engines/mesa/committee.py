"""The committee: leaders from different parts of the business, who score the teams and divide the GPUs."""

from typing import TYPE_CHECKING, NoReturn

import mesa

from sim import allocation
from sim.aliases import Floats
from sim.allocation.claims import ByTeam, Claims
from sim.allocation.feasible import complaint
from sim.errors import InputError

if TYPE_CHECKING:
    from sim.engines.mesa.model import Model


class Committee(mesa.Agent):
    """Divides the budget among the teams that ask, by its policy.

    `power` by member; `priority` by member and team, `line_priority` by member and line of work; negative if not set.
    """

    model: "Model"

    def __init__(self, model: "Model", power: Floats, priority: Floats, line_priority: Floats) -> None:
        super().__init__(model)
        self.members = list(model.config.committee.members)
        self.power, self.priority, self.line_priority = power.tolist(), priority, line_priority
        self.policy = allocation.get(model.config.committee.policy)

    def __repr__(self) -> str:
        return f"<Committee {', '.join(self.members)}: {self.policy.name}>"

    def grants(self, claims: Claims, budget: float) -> ByTeam:
        """What the policy grants. Raises InputError where a user's own policy fails."""
        try:
            return self.policy.grants(claims, budget)
        except Exception as error:
            if not self.policy.origin:
                raise
            reason = f"fails: {type(error).__name__}: {error}"
            raise InputError(f"policy '{self.policy.name}': {reason} in month {self.model.month}") from error

    def refuse(self, verdict: int) -> NoReturn:
        """Raise InputError for grants that cannot be given; `verdict` as of `sim.allocation.feasible`."""
        month = self.model.month
        reason = complaint(verdict, [team.name for team in self.model.teams])
        raise InputError(f"policy '{self.policy.name}': {reason} in month {month} ({self.model.config.date_of(month)})")

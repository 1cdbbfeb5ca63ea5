"""The research head, to whom disputes go: hears appeals and holds the reserve."""

from typing import TYPE_CHECKING

import mesa

if TYPE_CHECKING:
    from sim.engines.mesa.model import Model


class ResearchHead(mesa.Agent):
    """Tries to hear everyone, though not every need can be met."""

    model: "Model"

    def __repr__(self) -> str:
        return f"<ResearchHead: a reserve of {self.reserve:,.0f} GPUs>"

    @property
    def reserve(self) -> float:
        """GPUs kept for appeals each month."""
        budget = self.model.p.budget
        return float(budget.reserve * budget.gpus)

"""The research head, to whom disputes go: hears appeals and holds the reserve."""

import mesa


class ResearchHead(mesa.Agent):
    """Tries to hear everyone, though not every need can be met."""

    def __repr__(self):
        return f"<ResearchHead: a reserve of {self.reserve:,.0f} GPUs>"

    @property
    def reserve(self):
        """GPUs kept for appeals each month."""
        return self.model.p.budget.reserve * self.model.p.budget.gpus

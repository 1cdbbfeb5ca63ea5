"""The research head, to whom disputes go: hears appeals and holds the reserve."""

import mesa


class ResearchHead(mesa.Agent):
    """Tries to hear everyone, though not every need can be met."""

    @property
    def reserve(self):
        """GPUs kept for appeals each month."""
        return self.model.p.budget.reserve * self.model.p.budget.gpus

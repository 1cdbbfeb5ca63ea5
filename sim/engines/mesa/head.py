"""The research head, to whom disputes go: hears appeals and holds the reserve."""

import mesa

from sim.draws import TIE
from sim.model import dividing


class ResearchHead(mesa.Agent):
    """Tries to hear everyone, though not every need can be met."""

    def hear_appeals(self, teams):
        """Relief for those heard; what is left of the reserve goes to unmet asks."""
        p = self.model.p
        for place, team in enumerate(teams):
            if dividing.appeals(team, p):
                team.tie = self.model.luck(TIE, self.model.who[place])[0]
        left = dividing.hear(teams, p)
        dividing.share_out(teams, self.model.committee.claims, left)

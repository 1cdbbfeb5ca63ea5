"""A researcher, and the seat that outlasts them."""

from dataclasses import dataclass

import mesa

from sim.draws import seat_word
from sim.model import fairness, turnover
from sim.model.asking import FROM_THE_START
from sim.scenario.seats import Place


@dataclass(slots=True)
class Seat:
    """A place in a team; whoever holds it, the draws of one seat stay its own."""

    place: Place
    rank: int  # position among all seats: the order of loops and sums
    team: object  # the `Team` where a rehire will sit
    occupant: int = 0

    def who(self) -> tuple[int, int]:
        """Identity of the present holder, as the two words that the draws take."""
        return self.place.low, seat_word(self.place.number, self.occupant)


class Researcher(mesa.Agent):
    """Watches what the team gets, judges whether it was fair, and stays or leaves."""

    def __init__(self, model, seat, team, luck, joined=FROM_THE_START):
        """`luck`: the two uniforms of this person, for patience and for aversion to inequality."""
        super().__init__(model)
        self.seat = seat
        self.team = team
        self.rank = seat.rank
        self.who = seat.who()
        self.joined = joined
        self.promised = team.promised_gpus
        self.patience = turnover.patience(luck[0])
        self.envy, self.guilt = fairness.aversions(luck[1], model.p)
        self.fairness = 0.0
        self.strain = 0.0
        self.shock = 0.0
        self.visibility = 0.0
        self.cohorts = 0  # a bit for each cohort that this person belongs to
        self.months_on = {}  # project -> months of membership while its team worked on it

    def judge(self):
        fairness.judge(self, self.team, self.model.p)

    def endure(self) -> bool:
        """Live through the month's rate; true if that is the end of patience."""
        leaves = turnover.endure(self, self.team, self.model.p)
        turnover.recover(self, self.model.p)
        return leaves

    def leave(self, reason):
        """Go, and be remembered in the tables of exits and cohorts."""
        self.team.members.remove(self)
        self.seat.team = self.team
        self.model.note_exit(self, reason)
        self.remove()

    def move(self, team):
        """Sit in another team from now on."""
        self.team.moved -= 1
        team.moved += 1
        self.team.members.remove(self)
        self.team.changed = team.changed = True
        self.joined = self.model.month
        team.welcome(self)

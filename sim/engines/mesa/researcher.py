"""A researcher: the agent whose staying or leaving everything else is about."""

from typing import TYPE_CHECKING

import mesa

from sim.engines.mesa.team import InTeam
from sim.model import asking, turnover
from sim.model.state import PERSON, Kind, Peers, Person
from sim.scenario.seats import holder

if TYPE_CHECKING:
    from sim.engines.mesa.model import Model


class Seat(Person, Peers, Kind):
    """A seat as an object; who holds it has peers and a kind of their own."""


class Researcher(InTeam, mesa.Agent, Seat):  # type: ignore[misc]  # a team stands for its place, which rows hold
    """Watches what the team gets, judges whether it was fair, and stays or leaves.

    Holds the attributes of `sim.model.state.Person`, and of `Peers` and `Kind`, being like nobody else. Who has left is
    no agent any more, but keeps the seat in `model.people` (with `present` 0) until somebody new takes it.
    """

    def __init__(self, model: "Model", seat: Seat) -> None:
        """`seat`: an empty seat, or whoever held it before."""
        super().__init__(model)
        for name in PERSON.names or ():
            setattr(self, name, getattr(seat, name))

    @property
    def name(self) -> str:
        """Who this is, as in the table of exits: "team/number", with the number of the occupant after a rehire."""
        return holder(self.model.seat_names[self.index], self.occupant)

    def __repr__(self) -> str:
        return f"<Researcher {self.name} in {self.team.name}: fairness {self.fairness:+.2f}>"

    @property
    def fairness(self) -> float:
        """Perceived fairness F: what the person brings along, less what is felt of all that is held against the lab."""
        return self.leaning - self.held

    def experience(self) -> float:
        """Share of a full member's work, from a half to 1."""
        return asking.experience(self, self.model.month, self.model.p)

    def broken_promise(self) -> float:
        """Log of GPUs a head promised over those received, at least 0."""
        return turnover.broken_promise(self, self.team)

    def leaving_rate(self) -> float:
        """Hazard of leaving, per month."""
        p = self.model.p
        return self.readiness * turnover.leaving_rate(self, turnover.log_rate(self, self.team, p), p)

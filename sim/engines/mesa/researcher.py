"""A researcher: the agent whose staying or leaving everything else is about."""

from collections.abc import Callable
from copy import copy
from typing import TYPE_CHECKING, Any

import mesa

from sim.engines.mesa.team import InTeam
from sim.model import asking, turnover
from sim.model.peers import add_kind, add_peers, join, part
from sim.model.state import KIND, PEERS, PERSON, Kind, Peers, Person
from sim.scenario.seats import holder

if TYPE_CHECKING:
    from sim.engines.mesa.model import Model


class Seat(Person, Peers, Kind):
    """A seat that nobody has held yet."""


class Researcher(InTeam, mesa.Agent, Seat):  # type: ignore[misc]  # a team stands for its place
    """Watches what the team gets, judges whether it was fair, and stays or leaves.

    Holds the attributes of `sim.model.state.Person`. Those of `Peers` and of `Kind` are shared with all who are alike,
    until one of them is set: from then on this researcher is like nobody else. Who has left is no agent any more, but
    keeps the seat in `model.people` (with `present` 0), as they were then, until somebody new takes it.
    """

    def __init__(self, model: "Model", seat: Seat) -> None:
        """`seat`: an empty seat, or whoever held it before."""
        super().__init__(model)
        for name in PERSON.names or ():
            setattr(self, name, getattr(seat, name))
        self.alone = False
        self.apart = Kind(), Peers()  # of somebody who is not there yet, or no more

    @property
    def name(self) -> str:
        """Who this is, as in the table of exits: "team/number", with the number of the occupant after a rehire."""
        return holder(self.model.seat_names[self.index], self.occupant)

    def __repr__(self) -> str:
        return f"<Researcher {self.name} in {self.team.name}: fairness {self.fairness:+.2f}>"

    def own_kind(self) -> Kind:
        """Those who have lived through the same, and feel alike."""
        return self.model.kinds[self.kind] if self.present else self.apart[0]

    def own_peers(self) -> Peers:
        """Those who have lived through the same."""
        return self.model.peers[self.own_kind().peers] if self.present else self.apart[1]

    def go(self) -> None:
        """Leave: what the others live through from now on is no matter any more."""
        kind = self.model.kinds[self.kind]
        self.apart = copy(kind), copy(self.model.peers[kind.peers])
        self.remove()

    def stand_alone(self) -> None:
        """Be like nobody else from now on."""
        if self.present and not self.alone:
            self.alone = True
            part(self.model, self)
            peers = add_peers(self.model, self.peers)
            add_kind(self.model, peers, self.nature, self.kind)
            join(self.model, self, self.model.kinds[-1])

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


def _shared(name: str, whose: Callable[[Researcher], object]) -> property:
    """An attribute of all who are alike; to set that of one is to set them apart."""

    def of_all(person: Researcher) -> Any:
        return getattr(whose(person), name)

    def of_one(person: Researcher, value: float) -> None:
        person.stand_alone()
        setattr(whose(person), name, value)

    return property(of_all, of_one)


for row, whose in ((PEERS, Researcher.own_peers), (KIND, Researcher.own_kind)):
    for name in row.names or ():
        if name not in (PERSON.names or ()):
            setattr(Researcher, name, _shared(name, whose))

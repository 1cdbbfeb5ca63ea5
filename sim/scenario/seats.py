"""Every place that a scenario can have people in: the seats of its teams, and those that its hiring events add."""

from typing import NamedTuple

from sim.model.events import HireEvent
from sim.scenario.scenario import Scenario


class Block(NamedTuple):
    """Seats that belong together: a team's own, or those that a hiring event adds to it."""

    origin: str  # "team" or "team/event": its hash is the first word of everybody's identity
    team: str
    event: str | None  # the hiring event that adds them
    size: int


def seat_blocks(scenario: Scenario) -> list[Block]:
    """All seats, in the order of every loop and sum over people: teams in name order, then hiring events in theirs."""
    own = [Block(team.name, team.name, None, team.researchers) for team in scenario.team.values()]
    hired = [Block(f"{event.team}/{event.name}", event.team, event.name, event.people)
             for event in scenario.event.values() if isinstance(event, HireEvent)]  # fmt: skip
    return own + hired


def seat_names(scenario: Scenario) -> list[str]:
    """Identity of each seat's first holder: "team/number" or "team/event/number"."""
    return [f"{block.origin}/{n}" for block in seat_blocks(scenario) for n in range(block.size)]


def holder(name: str, occupant: int) -> str:
    """Identity of the how-manieth holder of a seat; rehires carry their number."""
    return f"{name}.{occupant}" if occupant else name

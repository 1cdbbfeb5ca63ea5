"""Every place that a scenario can have people in: the seats of its teams, and those that its hiring events add."""

from typing import NamedTuple

from sim.draws import name_hash


class Place(NamedTuple):
    """A seat. Its list position is its rank, the order of every loop and sum over people."""

    name: str  # identity of its first holder: "team/number" or "team/event/number"
    low: int  # first word of the identity: the hash of "team" or "team/event"
    number: int
    team: str
    event: str | None  # the hiring event that adds it


def places(scenario) -> list[Place]:
    """All seats: teams in name order, then hiring events in theirs."""
    found = []
    for team in scenario.team.values():
        low = name_hash(team.name)
        found += [Place(f"{team.name}/{n}", low, n, team.name, None) for n in range(team.researchers)]
    for event in scenario.event.values():
        if event.hires:
            origin = f"{event.team}/{event.name}"
            low = name_hash(origin)
            found += [Place(f"{origin}/{n}", low, n, event.team, event.name) for n in range(event.people)]
    return found


def holder(name: str, occupant: int) -> str:
    """Identity of the how-manieth holder of a seat; rehires carry their number."""
    return f"{name}.{occupant}" if occupant else name

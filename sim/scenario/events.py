"""Everything that can happen to a lab on a given month."""

from typing import Annotated, Literal

from pydantic import Discriminator, Field

from sim.scenario.parameter import REQUIRED, Factor, Month, Name, Probability, Section, param, text

EVENT_TYPES = (
    "budget", "priority", "market", "mission", "layoff", "lead_leaves", "lead_arrives", "cancel", "transfer",
    "dissolve", "reorganise", "hire", "shock",
)  # fmt: skip


class _Event(Section):
    name: Name = text(REQUIRED, "name of the event; by default type@month")
    month: Month = text(REQUIRED, "month in which it happens")
    enabled: bool = text(True, "whether it happens")


class BudgetEvent(_Event):
    type: Literal["budget"]
    gpus: float = param(REQUIRED, "GPUs", 0, 1e9, "the committee divides this many from now on", above=0)


class PriorityEvent(_Event):
    type: Literal["priority"]
    priorities: dict[Name, Factor] = text(REQUIRED, "new factors by team or line of work; others stay as they are")
    member: Name | None = text(None, "committee member who changes; default all")


class MarketEvent(_Event):
    type: Literal["market"]
    heat: float = param(REQUIRED, "times usual demand", 0, 1000, "outside demand from now on", above=0)
    line: Name | None = text(None, "line of work; default all")


class MissionEvent(_Event):
    type: Literal["mission"]
    fit: float = param(REQUIRED, "share", 0, 1, "how well the work still fits what people came for")
    line: Name | None = text(None, "line of work; default all")


class LayoffEvent(_Event):
    type: Literal["layoff"]
    fraction: float = param(REQUIRED, "probability", 0, 1, "each person goes with this probability")
    teams: list[Name] | None = text(None, "teams it strikes; default all")


class LeadLeavesEvent(_Event):
    type: Literal["lead_leaves"]
    site: Name = text(REQUIRED, "site that loses its lead")


class LeadArrivesEvent(_Event):
    type: Literal["lead_arrives"]
    site: Name = text(REQUIRED, "site that gets a lead")


class CancelEvent(_Event):
    type: Literal["cancel"]
    project: Name = text(REQUIRED, "project that ends")


class TransferEvent(_Event):
    type: Literal["transfer"]
    project: Name = text(REQUIRED, "project that changes hands")
    to: Name = text(REQUIRED, "team that owns it from now on")


class DissolveEvent(_Event):
    type: Literal["dissolve"]
    team: Name = text(REQUIRED, "team that ends")
    to: Name = text(REQUIRED, "team that takes its members, projects and due hires")


class ReorganiseEvent(_Event):
    type: Literal["reorganise"]
    into: Name = text(REQUIRED, "team that people move into")
    from_: dict[Name, Probability] = Field(
        REQUIRED, alias="from", description="probability that a member moves, by team"
    )


class HireEvent(_Event):
    type: Literal["hire"]
    team: Name = text(REQUIRED, "team that they join")
    people: int = param(REQUIRED, "people", 0, 1_000_000, "how many join now")


class ShockEvent(_Event):
    type: Literal["shock"]
    size: float = param(REQUIRED, "log rate", -5, 5, "a kick of any other origin")
    teams: list[Name] | None = text(None, "teams it strikes; default all")


CLASSES = (
    BudgetEvent, PriorityEvent, MarketEvent, MissionEvent, LayoffEvent, LeadLeavesEvent, LeadArrivesEvent, CancelEvent,
    TransferEvent, DissolveEvent, ReorganiseEvent, HireEvent, ShockEvent,
)  # fmt: skip
CLASS_OF = dict(zip(EVENT_TYPES, CLASSES, strict=True))

Event = Annotated[
    BudgetEvent | PriorityEvent | MarketEvent | MissionEvent | LayoffEvent | LeadLeavesEvent | LeadArrivesEvent
    | CancelEvent | TransferEvent | DissolveEvent | ReorganiseEvent | HireEvent | ShockEvent,
    Discriminator("type"),
]  # fmt: skip


def event_order(event) -> tuple[int, str]:
    """Events of a month happen by type in the order of `EVENT_TYPES`, then by name."""
    return EVENT_TYPES.index(event.type), event.name

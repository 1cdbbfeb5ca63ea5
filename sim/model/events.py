"""Everything that can happen to a lab on a given month: one class for each type of event.

A class holds the fields that a scenario file gives, by kind; the words for stories and figures; and what happens.
`happen(lab, p, event)` is compiled and interpreted like the rest of the month. Its `event` is a row (`EVENT`) with the
numbers and the places of the names that the fields hold, -1 where a name is not given. What a table or list of teams
says stands in `lab.reach[event.index, team]`, negative for a team that the event does not reach; what a table says of
lines of work in `lab.line_reach[event.index, line]`.

Events of a month happen in the order of the classes here, then by name.
"""

from functools import cache, reduce
from operator import or_
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

import numpy as np
from pydantic import Discriminator, Field

from sim.draws import LAYOFF, REORGANISE
from sim.jit import jitable
from sim.model import changes, dividing, turnover
from sim.model.luck import fates_in
from sim.model.state import ACTIVE, LAID_OFF, PLANNED
from sim.parameter import (
    REQUIRED,
    Factor,
    HeadGPUs,
    LineName,
    MemberName,
    Month,
    Name,
    Probability,
    ProjectName,
    Section,
    SiteName,
    TeamName,
    TeamOrLine,
    Weight,
    param,
    parameter,
    refers,
    text,
)  # fmt: skip


class Event(Section):
    """What all events have."""

    name: Name = text(REQUIRED, "name of the event; by default type@month")
    month: Month = text(REQUIRED, "month in which it happens")
    enabled: bool = text(True, "whether it happens")

    salience: ClassVar[int] = 0  # readers look for the highest first where a label cannot tell all of a month
    if TYPE_CHECKING:  # every class has its own
        type: str

        @staticmethod
        def happen(lab, p, event): ...

    def words(self) -> str:
        """What happened, in a few words."""
        return type_of(type(self))

    def gives_people_to(self) -> str | None:
        """The team that people may join by this event."""
        return None

    @staticmethod
    def faults(raw):
        """(key, problem) for what the fields' kinds cannot tell; `raw` may be faulty in any other way too."""
        return ()


class BudgetEvent(Event):
    type: Literal["budget"]
    gpus: float = param(REQUIRED, "GPUs", 0, 1e9, "the committee divides this many from now on", above=0)

    salience = 8

    def words(self):
        return f"budget {self.gpus:,.0f}"

    @staticmethod
    @jitable
    def happen(lab, p, event):
        p.budget.gpus = event.gpus * p.budget.scale
        for team in lab.teams:
            team.changed = 1


class PriorityEvent(Event):
    type: Literal["priority"]
    priorities: dict[TeamOrLine, Factor] = text(
        REQUIRED, "new factors by team or line of work; others stay as they are"
    )
    member: MemberName | None = text(None, "committee member who changes; default all")

    salience = 4

    def words(self):
        return "new priorities"

    @staticmethod
    @jitable
    def happen(lab, p, event):
        by_team, by_line = lab.committee.priority, lab.committee.line_priority
        for member in range(len(by_team)):
            if event.member < 0 or event.member == member:
                for team in range(len(lab.teams)):
                    if lab.reach[event.index, team] >= 0.0:
                        by_team[member, team] = lab.reach[event.index, team]
                for line in range(len(lab.line_hash)):
                    if lab.line_reach[event.index, line] >= 0.0:
                        by_line[member, line] = lab.line_reach[event.index, line]


class MarketEvent(Event):
    type: Literal["market"]
    heat: float = param(REQUIRED, "times usual demand", 0, 1000, "outside demand from now on", above=0)
    line: LineName | None = text(None, "line of work; default all")

    salience = 7

    def words(self):
        return f"outside demand ×{self.heat:g}"

    @staticmethod
    @jitable
    def happen(lab, p, event):
        for team in lab.teams:
            if event.line < 0 or team.line == event.line:
                team.heat = event.heat


class DemandEvent(Event):
    """What teams want apart from projects, from now on. A table of months: `demand_csv` of a team."""

    type: Literal["demand"]
    baseline: dict[TeamName, HeadGPUs] = text(REQUIRED, "GPUs a head that each team wants from now on")

    salience = 0

    def words(self):
        return f"demand of {', '.join(self.baseline)}"

    @staticmethod
    @jitable
    def happen(lab, p, event):
        for team in lab.teams:
            if lab.reach[event.index, team.index] >= 0.0:
                team.baseline = lab.reach[event.index, team.index]


class QuotaEvent(Event):
    """What teams are entitled to, from now on: a new plan for them. A table of months: `quota_csv` of a team."""

    type: Literal["quota"]
    weight: dict[TeamName, Weight] = text(REQUIRED, "entitlement of each team from now on")

    salience = 0

    def words(self):
        return f"quota of {', '.join(self.weight)}"

    @staticmethod
    @jitable
    def happen(lab, p, event):
        for team in lab.teams:
            if lab.reach[event.index, team.index] >= 0.0:
                team.weight = lab.reach[event.index, team.index]
                team.changed = 1
                dividing.begin_plan(team)


class MissionEvent(Event):
    type: Literal["mission"]
    fit: float = param(REQUIRED, "share", 0, 1, "how well the work still fits what people came for")
    line: LineName | None = text(None, "line of work; default all")

    salience = 3

    def words(self):
        return f"mission fit {100 * self.fit:.0f} %"

    @staticmethod
    @jitable
    def happen(lab, p, event):
        for team in lab.teams:
            if event.line < 0 or team.line == event.line:
                team.fit = event.fit


class LayoffEvent(Event):
    """Each person goes with the event's probability; the survivors are shaken."""

    type: Literal["layoff"]
    fraction: float = param(REQUIRED, "probability", 0, 1, "each person goes with this probability")
    teams: list[TeamName] | None = text(None, "teams it strikes; default all")

    salience = 9

    def words(self):
        return f"{100 * self.fraction:.0f} % laid off"

    @staticmethod
    @jitable
    def happen(lab, p, event):
        teams, reach = lab.teams, lab.reach
        fates = fates_in(lab, LAYOFF, event)
        for person in lab.people:
            if person.present and reach[event.index, person.team] >= 0.0:
                if fates[person.index] < event.fraction:
                    teams[person.team].laid_off += 1
                    changes.leave(lab, person, LAID_OFF)
        for team in teams:
            if reach[event.index, team.index] >= 0.0:
                changes.shake(team, turnover.layoff_shock(event.fraction, team.procedure, p))
                team.changed = 1
        changes.feel(lab)


class LeadLeavesEvent(Event):
    type: Literal["lead_leaves"]
    site: SiteName = text(REQUIRED, "site that loses its lead")

    salience = 10

    def words(self):
        return f"lead leaves {self.site}"

    @staticmethod
    @jitable
    def happen(lab, p, event):
        for team in lab.teams:
            if team.site == event.site:
                team.lead = 0
        for peers in lab.peers:
            if peers.size > 0 and lab.teams[peers.team].site == event.site:
                turnover.lose_lead(peers, p)


class LeadArrivesEvent(Event):
    type: Literal["lead_arrives"]
    site: SiteName = text(REQUIRED, "site that gets a lead")

    salience = 6

    def words(self):
        return f"lead for {self.site}"

    @staticmethod
    @jitable
    def happen(lab, p, event):
        for team in lab.teams:
            if team.site == event.site:
                team.lead = 1


class CancelEvent(Event):
    type: Literal["cancel"]
    project: ProjectName = text(REQUIRED, "project that ends")

    salience = 14

    def words(self):
        return f"{self.project} cancelled"

    @staticmethod
    @jitable
    def happen(lab, p, event):
        project = lab.projects[event.project]
        if project.status == PLANNED or project.status == ACTIVE:
            changes.lose(lab, p, project)


class TransferEvent(Event):
    type: Literal["transfer"]
    project: ProjectName = text(REQUIRED, "project that changes hands")
    to: TeamName = text(REQUIRED, "team that owns it from now on")

    salience = 5

    def words(self):
        return f"{self.project} to {self.to}"

    @staticmethod
    @jitable
    def happen(lab, p, event):
        changes.hand_over(lab, lab.projects[event.project], lab.teams[event.to])


class DissolveEvent(Event):
    type: Literal["dissolve"]
    team: TeamName = text(REQUIRED, "team that ends")
    to: TeamName = text(REQUIRED, "team that takes its members, projects and due hires")

    salience = 12

    def words(self):
        return f"{self.team} dissolved"

    def gives_people_to(self):
        return self.to

    @staticmethod
    def faults(raw):
        if isinstance(raw.get("to"), str) and raw.get("team") == raw["to"]:
            yield "to", "a team cannot be dissolved into itself"

    @staticmethod
    @jitable
    def happen(lab, p, event):
        changes.merge(lab, p, lab.teams[event.team], lab.teams[event.to])


class ReorganiseEvent(Event):
    """Each member of the named teams moves with the team's probability; all of them are shaken."""

    type: Literal["reorganise"]
    into: TeamName = text(REQUIRED, "team that people move into")
    from_: dict[TeamName, Probability] = Field(
        REQUIRED, alias="from", description="probability that a member moves, by team"
    )

    salience = 13

    def words(self):
        return f"{self.into} formed"

    def gives_people_to(self):
        return self.into

    @staticmethod
    def faults(raw):
        if isinstance(raw.get("from"), dict) and isinstance(raw.get("into"), str) and raw["into"] in raw["from"]:
            yield ("from", raw["into"]), "a team cannot be reorganised into itself"

    @staticmethod
    @jitable
    def happen(lab, p, event):
        reach = lab.reach
        for team in lab.teams:
            if reach[event.index, team.index] >= 0.0:
                changes.shake(team, p.shocks.reorganise)
        changes.feel(lab)
        for peers in lab.peers:
            peers.movers = -1
        fates = fates_in(lab, REORGANISE, event)
        for person in lab.people:
            if person.present and reach[event.index, person.team] >= 0.0:
                if fates[person.index] < reach[event.index, person.team]:
                    changes.move(lab, person, lab.teams[event.into])


class HireEvent(Event):
    """Adds seats: `people` of them, in `team`."""

    type: Literal["hire"]
    team: TeamName = text(REQUIRED, "team that they join")
    people: int = param(REQUIRED, "people", 0, 1_000_000, "how many join now")

    salience = 1

    def words(self):
        return f"{self.people} join {self.team}"

    def gives_people_to(self):
        return self.team

    @staticmethod
    @jitable
    def happen(lab, p, event):
        for seat in lab.people:
            if seat.event == event.index:
                seat.team = event.team
                lab.teams[event.team].changed = 1
                changes.fill(lab, p, seat)


class ShockEvent(Event):
    type: Literal["shock"]
    size: float = param(REQUIRED, "log rate", -5, 5, "a kick of any other origin")
    teams: list[TeamName] | None = text(None, "teams it strikes; default all")

    salience = 2

    @staticmethod
    @jitable
    def happen(lab, p, event):
        if p.mechanisms.shocks:
            for team in lab.teams:
                if lab.reach[event.index, team.index] >= 0.0:
                    changes.shake(team, event.size)
            changes.feel(lab)


# What follows is derived from the classes.

CLASSES = tuple(Event.__subclasses__())


def type_of(event_class) -> str:
    """The `type` by which scenario files call it."""
    return event_class.model_fields["type"].annotation.__args__[0]


CLASS_OF = {type_of(kind): kind for kind in CLASSES}
EVENT_TYPES = tuple(CLASS_OF)
if TYPE_CHECKING:
    AnyEvent = Event
else:
    AnyEvent = Annotated[reduce(or_, CLASSES), Discriminator("type")]


def event_order(event) -> tuple[int, str]:
    """What events of a month are sorted by."""
    return EVENT_TYPES.index(event.type), event.name


@cache
def own_fields(event_class) -> dict:
    """An event's own fields, by attribute: their entries in the registry, and what names in them refer to."""
    return {
        name: (parameter(field.alias or name, field), refers(field))
        for name, field in event_class.model_fields.items() if name not in (*Event.model_fields, "type")
    }  # fmt: skip


def _row_type():
    """The row of an event: a place for every name, and a number for every number, that any event has."""
    integers = ["index", "month", "kind", "enabled", "name_hash"]
    numbers: list[str] = []
    for cls in CLASSES:
        for name, (entry, kinds) in own_fields(cls).items():
            here = integers if kinds else numbers
            if entry.kind in ("text", "number", "whole number", "switch") and name not in here:
                here.append(name)
    return np.dtype([*((name, np.int64) for name in integers), *((name, np.float64) for name in numbers)], align=True)


EVENT = _row_type()


def _happening():
    """`happen(lab, p, event)` of the event's class, in one function: compiled code knows no table of functions."""
    names = {f"happen{kind}": cls.happen for kind, cls in enumerate(CLASSES)}
    lines = [f"    if event.kind == {kind}:\n        happen{kind}(lab, p, event)" for kind in range(len(CLASSES))]
    exec("def happen(lab, p, event):\n" + "\n".join(lines), names)
    return jitable(names["happen"])


happen = _happening()  # happen(lab, p, event) lets one event happen now

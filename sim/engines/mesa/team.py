"""A team: asks for GPUs, trains with what it gets, and is compared with the others; and the projects that it owns."""

from typing import TYPE_CHECKING

import mesa
import numpy as np

from sim.model import dividing, state, turnover
from sim.model.state import ACTIVE, STATUSES, take

if TYPE_CHECKING:
    from sim.engines.mesa.model import Model
    from sim.engines.mesa.researcher import Researcher


class Team(mesa.Agent, state.Team):
    """Holds the attributes of `sim.model.state.Team`; stands in `model.teams` at its `index`, in name order."""

    model: "Model"

    def __init__(self, model: "Model", row: np.void, name: str) -> None:
        super().__init__(model)
        self.name = name
        take(self, row)

    def __repr__(self) -> str:
        return f"<Team {self.name}: {self.size} people, {self.gpus:,.0f} of {self.need:,.0f} GPUs>"

    def __index__(self) -> int:
        """A team stands for its place, as in the rows of the compiled engine."""
        return self.index

    @property
    def members(self) -> list["Researcher"]:
        """Its researchers, in the order of their seats."""
        return [person for person in self.model.researchers if person.team is self]

    @property
    def projects(self) -> list["Project"]:
        """Its projects, whatever their status, in name order."""
        return [project for project in self.model.projects if project.team is self]

    def active(self) -> list["Project"]:
        """Its active projects, in name order."""
        return [project for project in self.projects if project.status == ACTIVE]

    def appeals(self) -> bool:
        """Whether its grant is so far below its need that it appeals."""
        return dividing.appeals(self, self.model.p)

    def contagion(self) -> float:
        """Recent leavers as members feel them."""
        return turnover.contagion(self)


class InTeam:
    """Belongs to a team of `model.teams`: `team` is that `Team`, and is set by its index."""

    model: "Model"

    @property
    def team(self) -> Team:
        return self._team

    @team.setter
    def team(self, index: int) -> None:
        self._team = self.model.teams[index]


class Project(InTeam, state.Project):  # type: ignore[misc]  # a team stands for its place, which rows hold
    """What a team needs GPUs for. Holds the attributes of `sim.model.state.Project`."""

    def __init__(self, model: "Model", row: np.void, name: str) -> None:
        self.model = model
        self.name = name
        take(self, row)
        self.team = row["team"]

    def __repr__(self) -> str:
        return (
            f"<Project {self.name} of {self.team.name}: {STATUSES[self.status]}, {self.work_left:,.0f} GPU-months left>"
        )

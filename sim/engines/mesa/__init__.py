"""The Mesa engine: agents that carry the model's state, and a model that lets `sim.model.month` happen to them."""

from sim.engines.mesa.committee import Committee
from sim.engines.mesa.head import ResearchHead
from sim.engines.mesa.researcher import Researcher
from sim.engines.mesa.team import Project, Team

__all__ = ["Committee", "Project", "ResearchHead", "Researcher", "Team"]

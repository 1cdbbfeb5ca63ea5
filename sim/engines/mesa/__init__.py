"""The Mesa agents: researchers, teams, the committee and the research head."""

from sim.engines.mesa.committee import Committee
from sim.engines.mesa.head import ResearchHead
from sim.engines.mesa.project import Project
from sim.engines.mesa.researcher import Researcher, Seat
from sim.engines.mesa.team import Team

__all__ = ["Committee", "Project", "ResearchHead", "Researcher", "Seat", "Team"]

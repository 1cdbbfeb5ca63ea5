"""The Mesa agents: researchers, teams, the committee and the research head."""

from sim.agents.committee import Committee
from sim.agents.head import ResearchHead
from sim.agents.project import Project
from sim.agents.researcher import Researcher, Seat
from sim.agents.team import Team

__all__ = ["Committee", "Project", "ResearchHead", "Researcher", "Seat", "Team"]

"""What both engines hand back: plain arrays of many histories, from which the tables are made."""

from dataclasses import dataclass

import numpy as np

from sim.jit import jitable

# One value per replicate, month and team. GPUs unless they are people, shares, scores or log hazards.
TEAM_COLUMNS = (
    "headcount", "need", "ask", "grant", "relief", "gpus", "used", "fairness", "envy", "shortfall", "voice",
    "quit", "laid_off", "hired", "moved", "score", "trust", "padding", "capability",
)  # fmt: skip
LAB_COLUMNS = ("budget", "need")  # GPUs
PEOPLE_COLUMNS = ("headcount", "quit", "laid_off", "hired", "moved")
COHORT_COLUMNS = ("size", "quit", "laid_off")  # end of month, cumulative; size -1 until the cohort is fixed
PROJECT_COLUMNS = ("team", "status", "month", "gpu_months", "prestige")
EXIT_COLUMNS = ("history", "month", "team", "seat", "occupant", "cohorts", "reason")


@jitable
def team_row(team):
    """The month's values of a team, in the order of TEAM_COLUMNS."""
    return (
        float(team.headcount), team.need, team.ask, team.grant, team.relief, team.gpus, team.used, team.fairness,
        team.envy, team.shortfall, team.voice, float(team.quits), float(team.laid_off), float(team.hired),
        float(team.moved), team.score, team.trust, team.padding, team.capability,
    )  # fmt: skip


@dataclass
class History:
    """H histories. The first column of `exits` is the place among the H."""

    replicates: np.ndarray  # (H,) numbers of the replicates
    lab: np.ndarray  # (H, months, LAB_COLUMNS) float64
    teams: np.ndarray  # (H, months, teams, TEAM_COLUMNS) float64
    cohorts: np.ndarray  # (H, months, cohorts, COHORT_COLUMNS) int64
    projects: np.ndarray  # (H, projects, PROJECT_COLUMNS) float64
    exits: np.ndarray  # (E, EXIT_COLUMNS) int64

    @classmethod
    def join(cls, parts):
        """All histories of the parts, in the order given."""
        start = 0
        for part in parts:
            part.exits[:, 0] += start
            start += len(part.replicates)
        return cls(*(np.concatenate([getattr(part, name) for part in parts]) for name in cls.__dataclass_fields__))

    def sorted_exits(self) -> np.ndarray:
        """Exits in order of history, month and seat."""
        return self.exits[np.lexsort((self.exits[:, 3], self.exits[:, 1], self.exits[:, 0]))]

    def team(self, column: str) -> np.ndarray:
        """One of TEAM_COLUMNS: (H, months, teams)."""
        return self.teams[..., TEAM_COLUMNS.index(column)]

    def cohort(self, column: str) -> np.ndarray:
        """One of COHORT_COLUMNS: (H, months, cohorts)."""
        return self.cohorts[..., COHORT_COLUMNS.index(column)]

    def project(self, column: str) -> np.ndarray:
        """One of PROJECT_COLUMNS: (H, projects)."""
        return self.projects[..., PROJECT_COLUMNS.index(column)]

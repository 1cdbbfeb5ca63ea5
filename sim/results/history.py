"""What both engines hand back: plain arrays of many histories, from which the tables are made."""

from dataclasses import dataclass

import numpy as np

from sim.jit import jitable
from sim.model.turnover import log_hazard

# One value per replicate, month and team. GPUs unless they are people, shares, scores or log hazards.
TEAM_COLUMNS = (
    "headcount", "need", "ask", "grant", "relief", "gpus", "used", "fairness", "envy", "shortfall", "voice",
    "quit", "laid_off", "hired", "moved", "score", "trust", "padding", "capability",
    "guilt", "procedure", "felt_envy", "felt_guilt", "felt_want", "felt_grief", "felt_voice", "felt_lead",
    "felt_consistency", "felt_leaning", "quota", "entitled",
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
        team.guilt, team.procedure, team.felt_envy, team.felt_guilt, team.felt_want, team.felt_grief, team.felt_voice,
        team.felt_lead, team.felt_consistency, team.felt_leaning, team.last_grant, team.entitled,
    )  # fmt: skip


# Of every seat as the month ends, where people are asked: occupant -1 if it is empty.
PANEL_COLUMNS = ("occupant", "team", "fairness", "log_hazard")


@jitable
def panel_row(person, team, p):
    """What a person would answer, in the order of PANEL_COLUMNS."""
    return float(person.occupant), float(team.index), person.fairness, log_hazard(person, team, p)


@dataclass
class History:
    """H histories. The first column of `exits` is the place among the H."""

    replicates: np.ndarray  # (H,) numbers of the replicates
    lab: np.ndarray  # (H, months, LAB_COLUMNS) float64
    teams: np.ndarray  # (H, months, teams, TEAM_COLUMNS) float64
    cohorts: np.ndarray  # (H, months, cohorts, COHORT_COLUMNS) int64
    projects: np.ndarray  # (H, projects, PROJECT_COLUMNS) float64
    exits: np.ndarray  # (E, EXIT_COLUMNS) int64
    panel: np.ndarray  # (H, months in which people are asked, seats, PANEL_COLUMNS) float64

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

    def exit_after(self, history, seat, occupant) -> tuple[np.ndarray, np.ndarray]:
        """Of people, by history, seat and occupant: the month in which they left, and why; -1 if they stayed."""
        key = [self.exits[:, 0], self.exits[:, 3], self.exits[:, 4]]
        span = 1 + max([0, *seat, *key[1]]), 1 + max([0, *occupant, *key[2]])
        theirs, known = ((a * span[0] + b) * span[1] + c for a, b, c in ((history, seat, occupant), key))
        order = np.argsort(known, kind="stable")
        place = np.minimum(np.searchsorted(known, theirs, sorter=order), len(known) - 1)
        if not len(known):
            return np.full(len(theirs), -1), np.full(len(theirs), -1)
        row = order[place]
        found = known[row] == theirs
        return np.where(found, self.exits[row, 1], -1), np.where(found, self.exits[row, 6], -1)

    def team(self, column: str) -> np.ndarray:
        """One of TEAM_COLUMNS: (H, months, teams)."""
        return self.teams[..., TEAM_COLUMNS.index(column)]

    def cohort(self, column: str) -> np.ndarray:
        """One of COHORT_COLUMNS: (H, months, cohorts)."""
        return self.cohorts[..., COHORT_COLUMNS.index(column)]

    def project(self, column: str) -> np.ndarray:
        """One of PROJECT_COLUMNS: (H, projects)."""
        return self.projects[..., PROJECT_COLUMNS.index(column)]

"""What both engines hand back: plain arrays of many histories, from which the tables are made."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from sim.aliases import Bools, Floats, Ints
from sim.jit import jitable
from sim.model.state import Kind, Peers, Person, Team
from sim.model.turnover import log_hazard, log_rate

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
def team_row(team: Team) -> tuple[float, ...]:
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
def panel_row(person: Person, kind: Kind, peers: Peers, team: Team, p: Any) -> tuple[float, float, float, float]:
    """What a person would answer, in the order of PANEL_COLUMNS."""
    hazard = log_hazard(person, kind, log_rate(peers, team, p), p)
    return float(person.occupant), float(team.index), person.leaning - kind.held, hazard


@dataclass
class History:
    """H histories. The first column of `exits` is the place among the H."""

    replicates: Ints  # (H,) numbers of the replicates
    lab: Floats  # (H, months, LAB_COLUMNS)
    teams: Floats  # (H, months, teams, TEAM_COLUMNS)
    cohorts: Ints  # (H, months, cohorts, COHORT_COLUMNS)
    projects: Floats  # (H, projects, PROJECT_COLUMNS)
    exits: Ints  # (E, EXIT_COLUMNS)
    panel: Floats  # (H, months in which people are asked, seats, PANEL_COLUMNS)

    def sorted_exits(self) -> Ints:
        """Exits in order of history, month and seat."""
        return self.exits[np.lexsort((self.exits[:, 3], self.exits[:, 1], self.exits[:, 0]))]

    def exit_after(self, history: Ints, seat: Ints, occupant: Ints) -> tuple[Ints, Ints]:
        """Of people, by history, seat and occupant: the month in which they left, and why; -1 if they stayed."""
        key = [self.exits[:, 0], self.exits[:, 3], self.exits[:, 4]]
        span = 1 + max([0, *seat, *key[1]]), 1 + max([0, *occupant, *key[2]])
        theirs, known = ((a * span[0] + b) * span[1] + c for a, b, c in ((history, seat, occupant), key))
        order = np.argsort(known, kind="stable")
        index = np.minimum(np.searchsorted(known, theirs, sorter=order), len(known) - 1)
        if not len(known):
            return np.full(len(theirs), -1), np.full(len(theirs), -1)
        row = order[index]
        found = known[row] == theirs
        return np.where(found, self.exits[row, 1], -1), np.where(found, self.exits[row, 6], -1)

    def quit_by(self, last: Ints) -> tuple[Bools, Bools]:
        """Of the seats in `panel`: which are held, and whose holders then quit, at the latest in month `last` of the
        month in which they are asked: (H, months in which people are asked, seats) each."""
        held = self.panel[..., PANEL_COLUMNS.index("occupant")] >= 0
        where, ask, seat = np.nonzero(held)
        left, reason = self.exit_after(where, seat, self.panel[where, ask, seat, 0].astype(np.int64))
        quits = np.zeros(held.shape, dtype=bool)
        quits[where, ask, seat] = (reason == 0) & (left <= last[ask]) & (left >= 0)
        return held, quits

    def team(self, column: str) -> Floats:
        """One of TEAM_COLUMNS: (H, months, teams)."""
        return self.teams[..., TEAM_COLUMNS.index(column)]

    def cohort(self, column: str) -> Ints:
        """One of COHORT_COLUMNS: (H, months, cohorts)."""
        return self.cohorts[..., COHORT_COLUMNS.index(column)]

    def project(self, column: str) -> Floats:
        """One of PROJECT_COLUMNS: (H, projects)."""
        return self.projects[..., PROJECT_COLUMNS.index(column)]

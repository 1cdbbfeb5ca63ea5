"""The compiled engine's state: rows that carry the attributes of the agents, and room to work in."""

from collections import namedtuple

import numpy as np

from sim.aliases import Floats, Ints
from sim.allocation.claims import make_claims
from sim.engines.compiled.world import Cast, World, room_for_draws
from sim.jit import compiled_struct
from sim.model import stints
from sim.model.fairness import NATURES, make_ratios
from sim.model.state import KIND, PEERS, PERSON, PROJECT, TEAM
from sim.results.history import COHORT_COLUMNS, EXIT_COLUMNS, LAB_COLUMNS, PANEL_COLUMNS, PROJECT_COLUMNS, TEAM_COLUMNS

# The committee's members: powers and priorities (negative where not set).
Committee = namedtuple("Committee", "power priority line_priority")
# Room for one history; every thread has its own.
Buffers = namedtuple(
    "Buffers",
    "p people peers kinds by_nature teams projects committee stints by_target line_releases leavers vacancies "
    "seat_word noise fates natures tallies ratios claims",
)
# What a chunk of histories leaves behind. `team_rows` have their columns apart, for outcomes read few; `exits` is
# room that grows with what is made. `fault` is the first infeasible division: whether there was one, its replicate, its
# month and what `sim.model.dividing.divide` said.
Out = namedtuple("Out", "lab_rows team_rows cohort_rows project_rows panel_rows fault exits")
# All that the phases of a month read and write.
Lab = compiled_struct(
    "Lab",
    [*Buffers._fields[1:], "room_for_peers", "room_for_kinds", "cohort_teams", "cohort_month", "line_hash",
     "noise_member", "noise_team", "seat_hash", *Out._fields, "events", "reach", "line_reach", "history", "seed",
     "replicate", "month", "asks", "draws", "leaving", "vacated", "refilled", "ended", "made"],
)  # fmt: skip


def room(size: int, kind: type[float]) -> Floats | Ints:
    """Zeros, of whole numbers or of others."""
    return np.zeros(size, dtype=np.int64) if kind is int else np.zeros(size, dtype=np.float64)


def make_buffers(world: World, cast: Cast, lines: int) -> Buffers:
    """Room for one history of a scenario with so many lines of work."""
    people, teams = len(cast.people), world.teams.shape[1]
    projects, cohorts = world.projects.shape[1], len(cast.cohort_teams)
    noise, fates, natures = (np.zeros(size) for size in room_for_draws(cast))
    return Buffers(
        np.zeros(1, dtype=world.p.dtype),
        np.zeros(people, dtype=PERSON),
        np.zeros(4 * teams, dtype=PEERS),
        np.zeros(people + 1, dtype=KIND),
        np.zeros((4 * teams, NATURES), dtype=np.int64),
        np.zeros(teams, dtype=TEAM),
        np.zeros(projects, dtype=PROJECT),
        Committee(
            np.zeros(world.power.shape[1]),
            np.zeros(world.priority.shape[1:]),
            np.zeros(world.line_priority.shape[1:]),
        ),
        np.zeros((64, stints.COLUMNS), dtype=np.int64),
        np.arange(projects),
        np.zeros(lines, dtype=np.int64),
        np.zeros(people, dtype=np.int64),
        np.zeros(people, dtype=np.int64),
        np.zeros(people, dtype=np.int64),
        noise,
        fates,
        natures,
        np.zeros((cohorts, len(COHORT_COLUMNS)), dtype=np.int64),
        make_ratios(teams, room),
        make_claims(np.zeros(teams), args=np.zeros(world.args.shape[1])),
    )


def make_out(histories: int, months: int, teams: int, cohorts: int, projects: int, asked: int, seats: int) -> Out:
    """Room for what a chunk of histories leaves behind."""
    return Out(
        np.empty((histories, months, len(LAB_COLUMNS))),
        np.empty((histories, months, len(TEAM_COLUMNS), teams)),
        np.zeros((histories, months, cohorts, len(COHORT_COLUMNS)), dtype=np.int64),
        np.zeros((histories, projects, len(PROJECT_COLUMNS))),
        np.empty((histories, asked, seats, len(PANEL_COLUMNS))),
        np.zeros(4, dtype=np.int64),
        np.empty((64, len(EXIT_COLUMNS)), dtype=np.int64),
    )

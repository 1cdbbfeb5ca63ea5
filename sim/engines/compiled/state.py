"""The compiled engine's state: rows that carry the attributes of the agents, and room to work in."""

from collections import namedtuple

import numpy as np

from sim.allocation.claims import make_claims
from sim.jit import compiled_struct
from sim.model.fairness import make_desk
from sim.results.history import COHORT_COLUMNS, EXIT_COLUMNS, LAB_COLUMNS, PROJECT_COLUMNS, TEAM_COLUMNS


def _row(whole: str, real: str) -> np.dtype:
    return np.dtype(
        [(name, np.int64) for name in whole.split()] + [(name, np.float64) for name in real.split()], align=True
    )


# One row per seat. `team` is where its holder sits or a rehire will sit; `due` the month in which one joins, or -1.
# `seated` of a team counts its members at any time, `size` those who take part in the month.
PERSON = _row(
    "present team joined due occupant cohorts low number home event",
    "promised patience envy guilt fairness strain shock visibility",
)
TEAM = _row(
    "line site lead changed reopened size seated active_projects releases headcount quits laid_off hired moved low",
    "gpus_per_researcher compute_dependence baseline promised_gpus record weight guaranteed_gpus credits "
    "heat fit trust padding lost usage lag1 lag2 last_ask last_grant last_fill "
    "experience morale crew pace capability proximity usable need ask score ticket tie "
    "grant relief gpus voice productivity used free fill shortfall procedure envy guilt "
    "felt_want felt_envy felt_guilt fairness pull",
)
PROJECT = _row("team status month start target slips months_worked finished", "work_left crew prestige pace gpu_months")
# `value` is the event's number: GPUs, heat, fit, fraction or size; references are places in the lists, or -1.
EVENT = _row("month kind enabled member line site team to project low", "value")
# One new priority of one committee member, for a team or a line, made by an event.
SETTING = _row("event member team line", "value")

# What stays the same for all histories of a point, with one leading axis over points (1 where nothing varies).
World = namedtuple("World", "p teams projects events reach power priority line_priority settings")
# What every history of the scenario shares: empty seats, whose cohort is fixed when, and names as hashes.
Cast = namedtuple("Cast", "people cohort_team cohort_month member_low line_low")
# Room for one history; every thread has its own.
Scratch = namedtuple(
    "Scratch",
    "p people teams projects power priority line_priority months_on by_target active last line_releases leavers "
    "tallies desk claims",
)
# What a chunk of histories leaves behind. `made` counts exits, which may be more than there is room for; `fault` is the
# first infeasible division: whether there was one, its replicate, its month and what `behaviour.dividing.divide` said.
Out = namedtuple("Out", "lab_rows team_rows cohort_rows project_rows exits made fault")
# All that the phases of a month read and write.
Lab = compiled_struct(
    "Lab",
    [*Scratch._fields, *Cast._fields[1:], *Out._fields, "events", "reach", "settings", "history", "seed", "replicate",
     "draws", "leaving", "next_hire"],
)  # fmt: skip


def room(size, kind):
    return np.zeros(size, dtype=np.int64 if kind is int else np.float64)


def make_scratch(world, cast, lines):
    """Room for one history of a scenario with so many lines of work."""
    people, teams = len(cast.people), world.teams.shape[1]
    projects, cohorts = world.projects.shape[1], len(cast.cohort_team)
    return Scratch(
        np.zeros(1, dtype=world.p.dtype),
        np.zeros(people, dtype=PERSON),
        np.zeros(teams, dtype=TEAM),
        np.zeros(projects, dtype=PROJECT),
        np.zeros(world.power.shape[1]),
        np.zeros(world.priority.shape[1:]),
        np.zeros(world.line_priority.shape[1:]),
        np.zeros((people, projects), dtype=np.int32),
        np.arange(projects),
        np.zeros(projects, dtype=np.int64),
        np.zeros(teams + 1, dtype=np.int64),
        np.zeros(lines, dtype=np.int64),
        np.zeros(people, dtype=np.int64),
        np.zeros((cohorts, len(COHORT_COLUMNS)), dtype=np.int64),
        make_desk(teams, lines, room),
        make_claims(np.zeros(teams)),
    )


def make_out(histories, months, teams, cohorts, projects, exits):
    """Room for what a chunk of histories leaves behind."""
    return Out(
        np.empty((histories, months, len(LAB_COLUMNS))),
        np.empty((histories, months, teams, len(TEAM_COLUMNS))),
        np.zeros((histories, months, cohorts, len(COHORT_COLUMNS)), dtype=np.int64),
        np.zeros((histories, projects, len(PROJECT_COLUMNS))),
        np.empty((exits, len(EXIT_COLUMNS)), dtype=np.int64),
        np.zeros(1, dtype=np.int64),
        np.zeros(4, dtype=np.int64),
    )

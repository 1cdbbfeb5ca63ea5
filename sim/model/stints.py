"""Stints: who sat in which team, and which team had which project, from one ask to another.

What people have done for a project is told from these when it is released, so that nothing need be counted for
them and every project in every month. A stint that has ended is a row of `lab.stints`: team, first ask, the ask
before which it ended, and the row of the stint before it (-1: none).
"""

import numpy as np

from sim.jit import jitable

COLUMNS = 4


@jitable
def end_stint(lab, team, since, past):
    """Keep a stint that ends now; return its row."""
    if lab.ended == len(lab.stints):
        more = np.empty((2 * lab.ended, COLUMNS), dtype=np.int64)
        for i in range(lab.ended):
            for column in range(COLUMNS):
                more[i, column] = lab.stints[i, column]
        lab.stints = more
    row = lab.stints[lab.ended]
    row[0] = team.index
    row[1] = since
    row[2] = lab.asks
    row[3] = past
    lab.ended += 1
    return lab.ended - 1


@jitable
def months_together(lab, peers, project):
    """Months in which peers were in the team that had the project, which is active."""
    stints = lab.stints
    months = months_of(lab, project, lab.teams[peers.team].index, peers.since, lab.asks)
    past = peers.past
    while past >= 0:
        months += months_of(lab, project, stints[past, 0], stints[past, 1], stints[past, 2])
        past = stints[past, 3]
    return months


@jitable
def months_of(lab, project, team, since, until):
    """Months in which a team had the project, between two asks."""
    stints = lab.stints
    months = 0
    if lab.teams[project.team].index == team:
        months += max(0, until - max(since, project.since))
    past = project.past
    while past >= 0:
        if stints[past, 0] == team:
            months += max(0, min(until, stints[past, 2]) - max(since, stints[past, 1]))
        past = stints[past, 3]
    return months

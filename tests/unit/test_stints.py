"""What a person has done for a project is told from stints as if it had been counted every month."""

from collections import defaultdict
from types import SimpleNamespace as Thing

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from sim.model import changes, stints
from sim.model.state import ACTIVE, PLANNED

TEAMS = 3
places = st.integers(0, TEAMS - 1)
# In each month: what happens before the ask and after it; a move of the person, or a transfer of the project.
happenings = st.lists(st.tuples(st.sampled_from(("move", "transfer", "begin", "nothing")), places), max_size=3)


@given(st.lists(st.tuples(happenings, happenings), min_size=1, max_size=90), st.integers(1, 4))
def test_months_together_are_those_in_which_both_were_asked_for(months, room):
    teams = [Thing(index=i, changed=0, moved=0, seated=0) for i in range(TEAMS)]
    person = Thing(index=0, team=0, kind=0, leaning=0.0)
    peers = Thing(index=0, team=0, since=0, past=-1, joined=-1, leanings=0.0, size=1, movers=-1)
    kind = Thing(index=0, peers=0, nature=0, count=1)
    project = Thing(index=0, team=0, since=0, past=-1, status=PLANNED, month=-1)
    lab = Thing(
        teams=teams,
        peers=[peers],
        kinds=[kind],
        by_nature=defaultdict(lambda: -1),
        asks=0,
        ended=0,
        month=0,
        stints=np.zeros((room, stints.COLUMNS), dtype=np.int64),
    )
    counted = 0
    for month, (before, after) in enumerate(months):
        lab.month = month
        happen(lab, person, project, before)
        lab.asks = month + 1
        counted += project.status == ACTIVE and person.team == project.team
        if project.status == ACTIVE:
            assert stints.months_together(lab, lab.peers[lab.kinds[person.kind].peers], project) == counted
        happen(lab, person, project, after)


def happen(lab, person, project, what):
    for kind, place in what:
        if kind == "move":
            changes.move(lab, person, lab.teams[place])
        if kind == "transfer":
            changes.hand_over(lab, project, lab.teams[place])
        if kind == "begin" and project.status == PLANNED:
            changes.become(lab, project, ACTIVE)

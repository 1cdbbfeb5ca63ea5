"""Who has lived through the same, and feels alike: the formulas run once for all of them.

Peers came to a team together and moved together since: the same was given to their team, promised, cancelled and
released. Those of one nature among them are a kind: they feel the same, and differ only in what they bring along and in
when their patience ends. An agent is its own peers and a kind of its own, so that anything may be done to it alone.
"""

import numpy as np

from sim.jit import compiled_as, jitable
from sim.model import asking
from sim.model.fairness import NATURES
from sim.model.stints import end_stint


@jitable
def come(lab, peers, team, joined):
    """Peers join a team now; nothing has happened to them yet."""
    peers.team = team.index
    peers.size = 0
    peers.joined = joined
    peers.since = lab.asks
    peers.past = -1
    peers.promised = team.promised_gpus
    peers.leanings = 0.0
    peers.wanting = 0.0
    peers.envious = 0.0
    peers.guilty = 0.0
    peers.grief = 0.0
    peers.unheard = 0.0
    peers.unled = 0.0
    peers.jolted = 0.0
    peers.shock = 0.0
    peers.loss = 0.0
    peers.visibility = team.visibility if joined == asking.FROM_THE_START else 0.0


@jitable
def still_new(lab, peers, team, joined):
    """Whether they, too, join the team now, and nothing has happened to them yet."""
    now = peers.team == team.index and peers.joined == joined and peers.since == lab.asks and peers.past < 0
    return now and peers.shock == 0.0 and peers.loss == 0.0 and peers.grief == 0.0


@jitable
def set_out(lab, peers, team):
    """Peers begin a stint in another team."""
    peers.past = end_stint(lab, lab.teams[peers.team], peers.since, peers.past)
    peers.since = lab.asks
    peers.joined = lab.month
    peers.team = team.index


@jitable
def join(lab, person, kind):
    """Be one of a kind from now on."""
    peers = lab.peers[kind.peers]
    kind.count += 1
    peers.size += 1
    peers.leanings += person.leaning
    person.kind = kind.index


@jitable
def part(lab, person):
    """Be one of them no more."""
    kind = lab.kinds[person.kind]
    peers = lab.peers[kind.peers]
    kind.count -= 1
    peers.size -= 1
    peers.leanings -= person.leaning


# What an engine does in its own way: an agent is its own kind, rows are looked up or added


def kind_of_newcomer(lab, person, joined, nature):
    """The kind of somebody who joins their team now."""
    person.peers = person.index
    come(lab, person, lab.teams[person.team], joined)
    return person


@compiled_as(kind_of_newcomer)
def row_of_newcomers(lab, person, joined, nature):
    team = lab.teams[person.team]
    if team.newest < 0 or not still_new(lab, lab.peers[team.newest], team, joined):
        team.newest = add_peers(lab)
        come(lab, lab.peers[team.newest], team, joined)
    if lab.by_nature[team.newest, nature] < 0:
        add_kind(lab, team.newest, nature)
    return lab.kinds[lab.by_nature[team.newest, nature]]


def kind_of_mover(lab, person, team):
    """The kind of somebody who sits in another team from now on."""
    set_out(lab, person, team)
    return person


@compiled_as(kind_of_mover)
def row_of_movers(lab, person, team):
    old = person.kind
    peers, nature = lab.kinds[old].peers, lab.kinds[old].nature
    if lab.peers[peers].movers < 0:
        movers = add_peers(lab)
        lab.peers[movers] = lab.peers[peers]
        lab.peers[peers].movers = movers
        twins = lab.peers[movers]
        twins.index = movers
        twins.size = 0
        twins.leanings = 0.0
        set_out(lab, twins, team)
    movers = lab.peers[peers].movers
    if lab.by_nature[movers, nature] < 0:
        place = add_kind(lab, movers, nature)
        lab.kinds[place] = lab.kinds[old]
        twin = lab.kinds[place]
        twin.index = place
        twin.peers = movers
        twin.count = 0
    return lab.kinds[lab.by_nature[movers, nature]]


@jitable
def add_peers(lab):
    """A row for peers of whom no kind is known yet; returns its place."""
    place = len(lab.peers)
    if place == len(lab.room_for_peers):
        more = np.empty(2 * place, lab.room_for_peers.dtype)
        by_nature = np.empty((2 * place, NATURES), dtype=np.int64)
        for i in range(place):
            more[i] = lab.room_for_peers[i]
            for nature in range(NATURES):
                by_nature[i, nature] = lab.by_nature[i, nature]
        lab.room_for_peers = more
        lab.by_nature = by_nature
    lab.peers = lab.room_for_peers[: place + 1]
    lab.peers[place].index = place
    lab.peers[place].movers = -1
    for nature in range(NATURES):
        lab.by_nature[place, nature] = -1
    return place


@jitable
def add_kind(lab, peers, nature):
    """A row for a kind of which nobody is there yet; returns its place."""
    place = len(lab.kinds)
    if place == len(lab.room_for_kinds):
        more = np.empty(2 * place, lab.room_for_kinds.dtype)
        for i in range(place):
            more[i] = lab.room_for_kinds[i]
        lab.room_for_kinds = more
    lab.kinds = lab.room_for_kinds[: place + 1]
    kind = lab.kinds[place]
    kind.index = place
    kind.peers = peers
    kind.nature = nature
    kind.count = 0
    lab.by_nature[peers, nature] = place
    return place

"""Who has lived through the same, and feels alike: the formulas run once for all of them.

Peers came to a team together and moved together since: the same was given to their team, promised, cancelled and
released. Those of one nature among them are a kind: they feel the same, and differ only in what they bring along and in
when their patience ends.
"""

from copy import copy

import numpy as np

from sim.jit import compiled_as, jitable
from sim.model import asking
from sim.model.fairness import NATURES
from sim.model.state import Kind, Peers
from sim.model.stints import end_stint


@jitable
def come(lab, peers, team, joined):
    """Peers join a team now; nothing has happened to them yet."""
    peers.team = team.index
    peers.joined = joined
    peers.since = lab.asks
    peers.past = -1
    peers.promised = team.promised_gpus
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


@jitable
def kind_of_newcomer(lab, person, joined, nature):
    """The kind of somebody who joins their team now."""
    team = lab.teams[person.team]
    if team.newest < 0 or not still_new(lab, lab.peers[team.newest], team, joined):
        team.newest = add_peers(lab, -1)
        come(lab, lab.peers[team.newest], team, joined)
    if lab.by_nature[team.newest, nature] < 0:
        add_kind(lab, team.newest, nature, -1)
    return lab.kinds[lab.by_nature[team.newest, nature]]


@jitable
def kind_of_mover(lab, person, team):
    """The kind of somebody who sits in another team from now on."""
    old = person.kind
    peers, nature = lab.kinds[old].peers, lab.kinds[old].nature
    if lab.peers[peers].movers < 0:
        movers = add_peers(lab, peers)
        lab.peers[peers].movers = movers
        set_out(lab, lab.peers[movers], team)
    movers = lab.peers[peers].movers
    if lab.by_nature[movers, nature] < 0:
        add_kind(lab, movers, nature, old)
    return lab.kinds[lab.by_nature[movers, nature]]


# What an engine does in its own way: there is an object more, or a row of those that there is room for


def add_peers(lab, like):
    """Peers of whom nobody is there yet, who have lived through the same as others (-1: nothing); their place."""
    peers = copy(lab.peers[like]) if like >= 0 else Peers()
    peers.index, peers.movers, peers.size, peers.leanings = len(lab.peers), -1, 0, 0.0
    lab.peers.append(peers)
    return peers.index


@compiled_as(add_peers)
def row_of_peers(lab, like):
    index = len(lab.peers)
    if index == len(lab.room_for_peers):
        more = np.empty(2 * index, lab.room_for_peers.dtype)
        by_nature = np.empty((2 * index, NATURES), dtype=np.int64)
        for i in range(index):
            more[i] = lab.room_for_peers[i]
            for nature in range(NATURES):
                by_nature[i, nature] = lab.by_nature[i, nature]
        lab.room_for_peers = more
        lab.by_nature = by_nature
    lab.peers = lab.room_for_peers[: index + 1]
    peers = lab.peers[index]
    if like >= 0:
        lab.peers[index] = lab.peers[like]
    peers.index = index
    peers.movers = -1
    peers.size = 0
    peers.leanings = 0.0
    for nature in range(NATURES):
        lab.by_nature[index, nature] = -1
    return index


def add_kind(lab, peers, nature, like):
    """A kind of which nobody is there yet, who feel like those of another (-1: nothing)."""
    kind = copy(lab.kinds[like]) if like >= 0 else Kind()
    kind.index, kind.peers, kind.nature, kind.count = len(lab.kinds), peers, nature, 0
    lab.kinds.append(kind)
    lab.by_nature[peers, nature] = kind.index


@compiled_as(add_kind)
def row_of_kind(lab, peers, nature, like):
    index = len(lab.kinds)
    if index == len(lab.room_for_kinds):
        more = np.empty(2 * index, lab.room_for_kinds.dtype)
        for i in range(index):
            more[i] = lab.room_for_kinds[i]
        lab.room_for_kinds = more
    lab.kinds = lab.room_for_kinds[: index + 1]
    kind = lab.kinds[index]
    if like >= 0:
        lab.kinds[index] = lab.kinds[like]
    kind.index = index
    kind.peers = peers
    kind.nature = nature
    kind.count = 0
    lab.by_nature[peers, nature] = index

"""What an allocation policy is told: one value per claimant."""

from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import ArrayLike

from sim.aliases import Floats, Ints

ByTeam: TypeAlias = Floats  # one number per claimant: GPUs, weights, keys ...
Order: TypeAlias = Ints  # indices of claimants


class Claims(NamedTuple):
    """One entry per team before the committee; one that wants nothing asks for 0, and has its entitlement all the same.

    A policy may write `credits`, and nothing else.
    """

    asks: ByTeam  # GPUs
    weights: ByTeam  # entitlements, any unit
    scores: ByTeam  # the committee's scores
    headcounts: ByTeam  # people
    records: ByTeam  # prestige of past releases
    floors: ByTeam  # guaranteed GPUs
    last: ByTeam  # last month's grant, GPUs; 0 if there was none
    usage: ByTeam  # decayed past usage, GPU-months
    credits: ByTeam  # GPUs' worth
    draws: ByTeam  # uniforms in (0, 1)
    borrow_limits: ByTeam  # the most that a team may hold above its entitlement, GPUs; infinity: no limit
    lend_limits: ByTeam  # the most of its entitlement that others may have while it is idle; infinity: all
    borrow_weights: ByTeam  # by which what is lent is divided
    smoothing: float  # share by which a grant may move
    karma_alpha: float  # guaranteed part of the fair share
    args: Floats  # the policy's own arguments, in the order of its signature; it gets them by name


ARRAYS = Claims._fields[:13]


def make_claims(
    asks: ArrayLike, *, smoothing: float = 0.25, karma_alpha: float = 0.5, args: ArrayLike = (), **given: ArrayLike
) -> Claims:
    """Claims with what is not given left neutral: equal weights and scores, no floors, no past, even draws, no limits.

    What is lent is divided by `weights` where no `borrow_weights` are given.
    """
    amounts = np.array(asks, dtype=np.float64)
    neutral = {
        "weights": 1.0, "scores": 1.0, "headcounts": 1.0, "records": 0.0, "floors": 0.0, "last": 0.0, "usage": 0.0,
        "credits": 0.0, "draws": 0.5, "borrow_limits": np.inf, "lend_limits": np.inf, "borrow_weights": 1.0,
    }  # fmt: skip
    given = {"borrow_weights": given["weights"]} | given if "weights" in given else given
    arrays = {name: np.full(len(amounts), value) for name, value in neutral.items()}
    arrays |= {name: np.ascontiguousarray(values, dtype=np.float64) for name, values in given.items()}
    return Claims(
        amounts, **{name: arrays[name] for name in ARRAYS[1:]},
        smoothing=float(smoothing), karma_alpha=float(karma_alpha), args=np.array(args, float),
    )  # fmt: skip

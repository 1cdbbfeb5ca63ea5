"""Half-lives: what fades, and how fast."""

import math

from sim.jit import jitable


@jitable
def decay(half_life):
    """Share that is left after one month, for a half-life in months; a half-life of 0 leaves nothing."""
    return math.exp2(-1.0 / half_life) if half_life > 0.0 else 0.0

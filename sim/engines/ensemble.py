"""Which histories an ensemble is made of: at which point, of which draw, with whose luck."""

from dataclasses import dataclass, field

import numpy as np

from sim.aliases import Ints, NumbersByPath

LUCK = ("same", "own")
MOST_LUCK = 2**31
# Replicates are told apart by 32 bits of the counter. Steps of the golden section spread the points' lucks over them as
# evenly as can be (Knuth 1973, 6.4: the three-distance theorem): n points of r replicates are apart while n r < 10**9.
STEP = 0x9E3779B1
WORD = 0xFFFFFFFF


@dataclass(frozen=True)
class Ensemble:
    """All replicates of the first point, then of the next."""

    replicates: Ints  # (R,) their numbers
    points: NumbersByPath = field(default_factory=dict)  # dotted path -> (points,)
    draws: NumbersByPath = field(default_factory=dict)  # dotted path -> (draws,); replicate r has draw r modulo
    luck: Ints = field(default_factory=lambda: np.zeros(1, dtype=np.int64))  # (points,) equal numbers, equal luck

    def __len__(self) -> int:
        return len(self.replicates) * len(self.luck)

    def histories(self, indices: Ints) -> tuple[NumbersByPath, Ints, Ints]:
        """Of the histories at these indices: dotted path -> numbers, where in them each history's stand, and the number
        of the replicate whose luck it meets; the latter two as long as `indices`."""
        point, replicate = indices // len(self.replicates), self.replicates[indices % len(self.replicates)]
        luck = (replicate + self.luck[point] * STEP) & WORD
        if not self.draws:
            here = {path: values[point[0] : point[-1] + 1] for path, values in self.points.items()}
            return here, point - point[0], luck
        here = {path: values[replicate % len(values)] for path, values in self.draws.items()}
        here |= {path: values[point] for path, values in self.points.items()}
        return here, np.arange(len(indices)), luck

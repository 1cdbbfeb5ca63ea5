"""Random numbers: every draw is a pure function of (seed, replicate, month, decision, who).

Philox 4x32-10 (Salmon, Moraes, Dror and Shaw 2011, "Parallel random numbers: as easy as 1, 2, 3"): the key is the
64-bit seed, the counter is (replicate, 256 * month + decision, who as two 32-bit words). There is no state, so adding a
team, reordering a file or hiring one person more changes nobody else's luck.

The same source serves Python integers, NumPy int64 arrays (element by element, though annotated for one draw) and
compiled code: products of 32-bit words wrap around in 64 signed bits, and the masks keep the right halves.
"""

import hashlib
import math
from typing import Any, TypeAlias

import numpy as np

from sim.jit import compiled_as, inlined, jitable

# Decisions: one name for everything that luck decides. A block of random bits holds two uniforms.
PERSON = 0  # first: patience; second: aversion to inequality
NOISE = 1  # what a committee member thinks of a team beyond its priority
REVISIT = 2  # whether a team's file is reopened
TIE = 3  # the order of equal appeals
LAYOFF = 4
REORGANISE = 5
QUIT = 6  # first: founds a start-up; second: the vacancy is refilled
REVIEW = 7  # whether the committee acts on a duplicate
LOTTERY = 8  # a team's draw in an allocation lottery
CLOSE = 9  # whether a team's file is closed
SENSITIVITY = 10  # how strongly a person feels
DISPOSITION = 11  # first: what a person brings along; second: how ready to leave
REMAINDER = 12  # the order of equal remainders, where GPUs are granted whole
DEMAND = 13  # how far a team's demand of the month is from its mean

WORD = 0xFFFFFFFF
Words: TypeAlias = tuple[int, int, int, int]


@inlined
def philox(counter0: int, counter1: int, counter2: int, counter3: int, key0: int, key1: int, lanes: int = 1) -> Words:
    """Four 32-bit words from a 128-bit counter and a 64-bit key, all given and returned as 32-bit words.

    Python's integers have room for many such words, 64 bits apart: then `lanes` is as many ones, as far apart.
    """
    word, weyl0, weyl1 = WORD * lanes, 0x9E3779B9 * lanes, 0xBB67AE85 * lanes
    for _ in range(10):
        left = 0xD2511F53 * counter0
        right = 0xCD9E8D57 * counter2
        counter0, counter1, counter2, counter3 = (
            ((right >> 32) & word) ^ counter1 ^ key0,
            right & word,
            ((left >> 32) & word) ^ counter3 ^ key1,
            left & word,
        )
        key0 = (key0 + weyl0) & word
        key1 = (key1 + weyl1) & word
    return counter0, counter1, counter2, counter3


@inlined
def two_uniforms(
    seed: int, replicate: int, month: int, decision: int, who_low: int, who_high: int
) -> tuple[float, float]:
    """Two independent uniforms in (0, 1), 52 bits each, never 0 or 1."""
    a, b, c, d = philox(replicate & WORD, 256 * month + decision, who_low, who_high, seed & WORD, (seed >> 32) & WORD)
    return as_uniforms(a, b, c, d)


@inlined
def as_uniforms(a: Any, b: Any, c: Any, d: Any) -> tuple[Any, Any]:
    """The uniforms that a block of four words holds."""
    first = ((a >> 6) * 67108864.0 + (b >> 6) + 0.5) * 2.220446049250313e-16
    second = ((c >> 6) * 67108864.0 + (d >> 6) + 0.5) * 2.220446049250313e-16
    return first, second


@jitable
def uniform(seed: int, replicate: int, month: int, decision: int, who_low: int, who_high: int) -> float:
    """One uniform in (0, 1): the first of the block's two."""
    return two_uniforms(seed, replicate, month, decision, who_low, who_high)[0]


def fill_uniforms(
    into: Any, start: int, seed: int, replicate: int, month: int, decision: int, salt: int, who_low: Any, who_high: Any
) -> None:
    """Two uniforms for each of n: the first ones from `into[start]` on, the second ones from `into[start + n]` on.

    `salt` is added (exclusive or) to their first words. Ten times as fast as one by one, plain and compiled.
    """
    n = len(who_low)
    lanes = _packed(np.ones(n))
    counter = (replicate & WORD) * lanes, (256 * month + decision) * lanes
    who = _packed(who_low) ^ salt * lanes, _packed(who_high)
    words = philox(*counter, *who, (seed & WORD) * lanes, (seed >> 32) * lanes, lanes)
    blocks = (np.frombuffer(word.to_bytes(8 * n, "little"), dtype="<u8") for word in words)
    into[start : start + 2 * n] = np.concatenate(as_uniforms(*blocks)).tolist()


@compiled_as(fill_uniforms)
def _fill_one_by_one(
    into: Any, start: int, seed: int, replicate: int, month: int, decision: int, salt: int, who_low: Any, who_high: Any
) -> None:
    n = len(who_low)
    first, second = into[start : start + n], into[start + n : start + 2 * n]
    for i in range(n):
        drawn = two_uniforms(seed, replicate, month, decision, who_low[i] ^ salt, who_high[i])
        first[i], second[i] = drawn


def _packed(words: Any) -> int:
    """One integer of many words, 64 bits apart."""
    return int.from_bytes(np.asarray(words, dtype="<u8").tobytes(), "little")


@jitable
def normal(u: float) -> float:
    """Standard normal quantile of one uniform: algorithm AS 241, PPND16 (Wichura 1988), about 16 digits."""
    q = u - 0.5
    if abs(q) <= 0.425:
        r = 0.180625 - q * q
        return (
            q
            * (((((((2.5090809287301226727e3 * r + 3.3430575583588128105e4) * r + 6.7265770927008700853e4) * r
                   + 4.5921953931549871457e4) * r + 1.3731693765509461125e4) * r + 1.9715909503065514427e3) * r
                + 1.3314166789178437745e2) * r + 3.3871328727963666080e0)
            / (((((((5.2264952788528545610e3 * r + 2.8729085735721942674e4) * r + 3.9307895800092710610e4) * r
                   + 2.1213794301586595867e4) * r + 5.3941960214247511077e3) * r + 6.8718700749205790830e2) * r
                + 4.2313330701600911252e1) * r + 1.0)
        )  # fmt: skip
    r = math.sqrt(-math.log(u if q < 0.0 else 1.0 - u))
    if r <= 5.0:
        r -= 1.6
        z = (
            (((((((7.74545014278341407640e-4 * r + 2.27238449892691845833e-2) * r + 2.41780725177450611770e-1) * r
                 + 1.27045825245236838258e0) * r + 3.64784832476320460504e0) * r + 5.76949722146069140550e0) * r
              + 4.63033784615654529590e0) * r + 1.42343711074968357734e0)
            / (((((((1.05075007164441684324e-9 * r + 5.47593808499534494600e-4) * r + 1.51986665636164571966e-2) * r
                   + 1.48103976427480074590e-1) * r + 6.89767334985100004550e-1) * r + 1.67638483018380384940e0) * r
                + 2.05319162663775882187e0) * r + 1.0)
        )  # fmt: skip
    else:
        r -= 5.0
        z = (
            (((((((2.01033439929228813265e-7 * r + 2.71155556874348757815e-5) * r + 1.24266094738807843860e-3) * r
                 + 2.65321895265761230930e-2) * r + 2.96560571828504891230e-1) * r + 1.78482653991729133580e0) * r
              + 5.46378491116411436990e0) * r + 6.65790464350110377720e0)
            / (((((((2.04426310338993978564e-15 * r + 1.42151175831644588870e-7) * r + 1.84631831751005468180e-5) * r
                   + 7.86869131145613259100e-4) * r + 1.48753612908506148525e-2) * r + 1.36929880922735805310e-1) * r
                + 5.99832206555887937690e-1) * r + 1.0)
        )  # fmt: skip
    return -z if q < 0.0 else z


def name_hash(name: str) -> int:
    """32 bits that stand for a name in a counter (BLAKE2b). Collisions are refused when a scenario is loaded."""
    return int.from_bytes(hashlib.blake2b(name.encode(), digest_size=4).digest(), "little")


OCCUPANTS = 4096  # how many people may hold one seat, one after another


@jitable
def seat_word(seat: Any, occupant: int) -> Any:
    """The second word of a researcher's identity: the seat in the team of origin, and its how-manieth holder."""
    return seat * OCCUPANTS + occupant

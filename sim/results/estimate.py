"""A number with how sure it is: what luck leaves open, and what not knowing the parameters leaves open."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike

Z95 = 1.959964  # normal quantile of a two-sided 95 % interval
LUCK = "luck"
NOTHING = 1e-9  # what sums of the same numbers in another order may differ by, in the unit of an outcome


@dataclass(frozen=True)
class Interval:
    """From where to where, how often it holds, and over what: luck, draws of a posterior, tunings, ..."""

    low: float
    high: float
    level: float = 0.95
    over: str = LUCK

    @property
    def known(self) -> bool:
        return bool(np.isfinite(self.low) and np.isfinite(self.high))

    def holds(self, value: float = 0.0) -> bool:
        return self.low - NOTHING <= value <= self.high + NOTHING

    def overlaps(self, other: "Interval") -> bool:
        return self.low <= other.high + NOTHING and other.low <= self.high + NOTHING


@dataclass(frozen=True)
class Estimate:
    """A mean with one interval for each reason why it may be wrong; the first is luck.

    A study of one tuning has one interval. Over a posterior a second one says what not knowing leaves open; whatever
    reads an estimate reads `intervals`, so it need not change.
    """

    value: float
    intervals: tuple[Interval, ...] = ()

    @classmethod
    def of(cls, values: ArrayLike, *more: Interval, z: float = Z95, level: float = 0.95) -> "Estimate":
        """The mean over independent replicates, missing ones left out, with its interval; and further intervals."""
        given = np.asarray(values, dtype=float)
        known = given[~np.isnan(given)]
        if not len(known):
            return cls(np.nan, more)
        middle = float(known.mean())
        width = z * float(known.std(ddof=1)) / np.sqrt(len(known)) if len(known) > 1 else np.nan
        return cls(middle, (Interval(middle - width, middle + width, level), *more))

    @property
    def luck(self) -> Interval:
        """The interval over luck; unknown ends where a single replicate says nothing."""
        return next((interval for interval in self.intervals if interval.over == LUCK), Interval(np.nan, np.nan))

    @property
    def half_width(self) -> float:
        return (self.luck.high - self.luck.low) / 2

    @property
    def widest(self) -> float:
        """Width of the widest interval."""
        return max((interval.high - interval.low for interval in self.intervals), default=np.nan)

    def beyond(self) -> tuple[Interval, ...]:
        """The intervals that are not luck."""
        return tuple(interval for interval in self.intervals if interval.over != LUCK)

    def sure(self, of: float = 0.0) -> bool:
        """Whether every interval is known and lies on one side of a value: the only differences that may be told."""
        return bool(self.intervals) and all(interval.known and not interval.holds(of) for interval in self.intervals)

    def scaled(self, by: float) -> "Estimate":
        """In another unit."""
        ends = (sorted((by * interval.low, by * interval.high)) for interval in self.intervals)
        pairs = zip(self.intervals, ends, strict=True)
        return Estimate(
            by * self.value, tuple(replace(interval, low=low, high=high) for interval, (low, high) in pairs)
        )

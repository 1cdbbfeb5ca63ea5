"""What rounding must not decide: where a branch asks which of two amounts is less, it asks here."""

from typing import Any, overload

from sim.aliases import Bools, Floats
from sim.jit import jitable

SLACK = 1e-9  # relative; far above what sums over all teams lose, far below what anybody could notice


@overload
def less(amount: float, other: float, scale: float) -> bool: ...
@overload
def less(amount: Floats, other: Floats, scale: Floats) -> Bools: ...
@jitable
def less(amount: Any, other: Any, scale: Any) -> Any:
    """Whether an amount is less than another by more than rounding.

    `scale` is the size of the numbers that both were reckoned from: their difference may be rounding alone.
    """
    return amount < other - SLACK * scale

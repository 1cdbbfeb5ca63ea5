"""What rounding must not decide: where a branch asks which of two amounts is less, it asks here."""

from sim.jit import jitable

SLACK = 1e-9  # relative; far above what sums over all teams lose, far below what anybody could notice


@jitable
def less(amount, other, scale):
    """Whether an amount is less than another by more than rounding.

    `scale` is the size of the numbers that both were reckoned from: their difference may be rounding alone.
    """
    return amount < other - SLACK * scale

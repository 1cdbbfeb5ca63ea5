"""Luck as a lab meets it this month: uniforms of `sim.draws` for its teams, lines of work and people."""

from sim.draws import DISPOSITION, PERSON, SENSITIVITY, fill_uniforms, two_uniforms, uniform
from sim.jit import jitable

NATURE = (PERSON, SENSITIVITY, DISPOSITION)


@jitable
def luck(lab, decision, who):
    """This month's uniform for a decision about a team or a line of work, by the hash of its name."""
    return uniform(lab.seed, lab.replicate, lab.month, decision, who, 0)


@jitable
def fates_of(lab, decision, person):
    """This month's two uniforms for a decision about a person."""
    low, high = lab.seat_hash[person.index], lab.seat_word[person.index]
    return two_uniforms(lab.seed, lab.replicate, lab.month, decision, low, high)


@jitable
def fates_in(lab, decision, event):
    """Everybody's uniform in one event, by seat, independent of other events of the month."""
    low, high = lab.seat_hash, lab.seat_word
    fill_uniforms(lab.fates, 0, lab.seed, lab.replicate, lab.month, decision, event.name_hash, low, high)
    return lab.fates


@jitable
def draw_natures(lab):
    """The uniforms that make the first holders of all seats, for `nature_of`."""
    for k in range(len(NATURE)):
        start = 2 * k * len(lab.people)
        fill_uniforms(lab.natures, start, lab.seed, lab.replicate, 0, NATURE[k], 0, lab.seat_hash, lab.seat_word)


@jitable
def nature_of(lab, person):
    """The uniforms that make a newcomer: of patience, aversion, sensitivity, leaning and frailty."""
    seat, n, natures = person.index, len(lab.people), lab.natures
    if person.occupant > 0:
        low, high = lab.seat_hash[seat], lab.seat_word[seat]
        for k in range(len(NATURE)):
            drawn = two_uniforms(lab.seed, lab.replicate, 0, NATURE[k], low, high)
            natures[2 * k * n + seat], natures[(2 * k + 1) * n + seat] = drawn
    return natures[seat], natures[n + seat], natures[2 * n + seat], natures[4 * n + seat], natures[5 * n + seat]

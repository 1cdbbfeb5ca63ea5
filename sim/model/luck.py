"""Luck as a lab meets it this month: uniforms of `sim.draws` for its teams, lines of work and people."""

from sim.draws import seat_word, two_uniforms, uniform
from sim.jit import jitable


@jitable
def luck(lab, decision, who):
    """This month's uniform for a decision about a team or a line of work, by the hash of its name."""
    return uniform(lab.seed, lab.replicate, lab.month, decision, who, 0)


@jitable
def fates_of(lab, decision, person):
    """This month's two uniforms for a decision about a person."""
    word = seat_word(person.number, person.occupant)
    return two_uniforms(lab.seed, lab.replicate, lab.month, decision, person.name_hash, word)


@jitable
def fate_in(lab, decision, event, person):
    """A person's uniform in one event, independent of other events of the month."""
    word = seat_word(person.number, person.occupant)
    return uniform(lab.seed, lab.replicate, lab.month, decision, person.name_hash ^ event.name_hash, word)

"""Draws of a posterior to run a study over."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from sim.aliases import AnyPath, Floats
from sim.engines.run import replicate_numbers
from sim.errors import InputError
from sim.scenario import Scenario

if TYPE_CHECKING:
    from sim.studies.posterior import Posterior

EACH = 4  # histories of a draw, at least: two kinds of spread cannot be told apart with one


def draws_of(
    posterior: "Posterior | AnyPath | None", scenario: Scenario, replicates: int | Iterable[int]
) -> tuple[dict[str, Floats], int]:
    """Dotted path -> numbers of as many draws of a posterior as leave `EACH` of the replicates to each; and how many.

    Arguments:
        posterior: a `Posterior` or the folder of one; None for no draws at all.
        replicates: how many, or their numbers.

    Raises InputError for a posterior of another scenario, and for fewer than 2 draws.
    """
    if posterior is None:
        return {}, 0
    from sim.studies.posterior import posterior_of  # and with it statistics that a study without one does not wait for

    found = posterior_of(posterior)
    draws = found.draws_for(scenario)
    count = len(replicate_numbers(replicates))
    if count < 2 * EACH:
        raise InputError(f"replicates: a posterior needs at least {2 * EACH}, {EACH} to a draw; got {count}")
    chosen = found.evenly(count // EACH)
    return {path: values[chosen] for path, values in draws.items()}, len(chosen)

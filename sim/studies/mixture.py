"""Draws of a posterior to run a study over."""

import numpy as np

from sim.errors import InputError

EACH = 4  # histories of a draw, at least: two kinds of spread cannot be told apart with one


def draws_of(posterior, scenario, replicates) -> tuple[dict[str, np.ndarray], int]:
    """Dotted path -> numbers of as many draws of a posterior as leave `EACH` of the replicates to each; and how many.

    Arguments:
        posterior: a `Posterior` or the folder of one; None for no draws at all.
        replicates: how many, or their numbers.

    Raises InputError for a posterior of another scenario, and for fewer than 2 draws.
    """
    if posterior is None:
        return {}, 0
    from sim.studies.posterior import Posterior  # and with it statistics that a study without one does not wait for

    found = posterior if isinstance(posterior, Posterior) else Posterior.load(posterior)
    draws = found.draws_for(scenario)
    count = replicates if hasattr(replicates, "__index__") else len(replicates)
    if count < 2 * EACH:
        raise InputError(f"replicates: a posterior needs at least {2 * EACH}, {EACH} to a draw; got {count}")
    kept = len(found.resampled)
    chosen = np.linspace(0, kept - 1, min(kept, count // EACH)).round().astype(int)
    return {path: values[chosen] for path, values in draws.items()}, len(chosen)

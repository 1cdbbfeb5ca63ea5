"""Allocation policies as compiled code, of the one signature that the kernel calls."""

from sim.allocation.claims import make_claims
from sim.errors import InputError
from sim.jit import compiled


def compiled_policy(function, keep=False):
    """The policy compiled: `grants = f(claims, budget)`.

    Raises InputError with the first line of the reason if the function does not compile.
    """
    import numba

    try:
        return compiled(function, _claims(), numba.float64, keep=keep)
    except numba.core.errors.NumbaError as error:
        reason = next(line for line in str(error).splitlines() if line.strip() and "Failed in" not in line)
        raise InputError(
            f"policy '{function.__name__}': does not compile for the compiled engine: {reason.strip()} "
            "(engine='mesa' runs it as plain Python)"
        ) from error


def policy_type():
    """The type under which any compiled policy is handed to the kernel."""
    import numba

    return numba.types.FunctionType(numba.float64[::1](_claims(), numba.float64))


def _claims():
    import numba

    return numba.typeof(make_claims([0.0]))

"""Parts are compiled within the whole that calls them, and Numba's other users notice nothing."""

import numba
import numpy as np
import pytest

import sim.linking
from sim.linking import linked_once


def whole_of_parts():
    """A function that calls another twice, one of them through a third."""

    @numba.njit(no_cpython_wrapper=True, no_cfunc_wrapper=True)
    def part(x):
        return np.sqrt(x) + 1.0

    @numba.njit(no_cpython_wrapper=True, no_cfunc_wrapper=True)
    def between(x):
        return 2.0 * part(x)

    def whole(x):
        return part(x) + between(x)

    return part, between, whole


def library(function):
    return function.overloads[(numba.float64,)].library


@pytest.mark.parametrize("known", [sim.linking.KNOWN, ((0, 0), (0, 0))])
def test_a_whole_gives_the_same_and_its_parts_stay_unfinished(monkeypatch, known):
    monkeypatch.setattr(sim.linking, "KNOWN", known)
    part, between, whole = whole_of_parts()
    with linked_once():
        made = numba.njit((numba.float64,))(whole)
    assert made(9.0) == 4.0 + 8.0
    unknown = known[1] == (0, 0)
    assert library(part)._finalized is unknown
    assert library(between)._finalized is unknown


def test_what_others_compiled_meanwhile_works_for_them_afterwards():
    _, between, whole = whole_of_parts()
    with linked_once():
        numba.njit((numba.float64,))(whole)

    @numba.njit((numba.float64,))
    def other(x):
        return between(x)

    assert other(9.0) == 8.0
    assert library(between)._finalized


def test_a_function_that_python_calls_too_can_be_called_afterwards():
    """A helper of a user's policy, say: compiled on the way, and called again by the policy in plain Python."""

    @numba.njit
    def helper(x):
        return x + 1.0

    def whole(x):
        return helper(x)

    with linked_once():
        made = numba.njit((numba.float64,))(whole)
    assert made(1.0) == helper(1.0) == 2.0


def test_a_whole_that_fails_leaves_numba_as_it_was():
    before = numba.core.codegen.JITCPUCodegen._library_class

    def wrong(x):
        return x.nothing_of_this_name

    with pytest.raises(numba.TypingError), linked_once():
        numba.njit((numba.float64,))(wrong)
    assert numba.core.codegen.JITCPUCodegen._library_class is before
    assert numba.njit(lambda x: x + 1)(1) == 2


def test_errors_are_raised_from_parts_too():
    @numba.njit(no_cpython_wrapper=True, no_cfunc_wrapper=True)
    def part(x):
        if x < 0:
            raise ValueError("negative", x)
        return x

    def whole(x):
        return part(x)

    with linked_once():
        made = numba.njit((numba.float64,))(whole)
    with pytest.raises(ValueError, match="negative"):
        made(-1.0)

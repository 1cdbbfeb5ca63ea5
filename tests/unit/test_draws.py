"""The random numbers: Philox 4x32-10 as published, uniforms that are never 0 or 1, normals as SciPy has them."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import special, stats

from sim import draws
from sim.jit import compiled

ONES = 0xFFFFFFFF
KNOWN = [  # Random123's kat_vectors for philox4x32-10: counter, key, answer
    ([0] * 4, [0] * 2, [0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8]),
    ([ONES] * 4, [ONES] * 2, [0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD]),
    (  # digits of pi
        [0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344],
        [0xA4093822, 0x299F31D0],
        [0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1],
    ),
]
word = st.integers(0, ONES)
seed = st.one_of(st.sampled_from([0, 1, ONES, ONES + 1, 2**63 - 1]), st.integers(0, 2**63 - 1))
who = st.tuples(seed, word, st.integers(0, 1200), st.integers(0, 8), word, word)


@pytest.fixture(scope="module")
def machine_draws():
    return compiled(draws.two_uniforms, *[0] * 6)


@pytest.mark.parametrize(("counter", "key", "answer"), KNOWN)
def test_philox_gives_the_published_answers(counter, key, answer):
    assert list(draws.philox(*counter, *key)) == answer
    in_arrays = draws.philox(*(np.array([value, 0, value], dtype=np.int64) for value in [*counter, *key]))
    assert [values[0] for values in in_arrays] == [values[2] for values in in_arrays] == answer
    assert list(compiled(draws.philox, *[0] * 7)(*counter, *key, 1)) == answer


@given(who)
def test_a_draw_is_a_philox_block_of_its_seed_replicate_month_decision_and_identity(who):
    seed, replicate, month, decision, low, high = who
    block = draws.philox(replicate, month * 2**8 + decision, low, high, seed % 2**32, seed // 2**32)
    a, b, c, d = (value >> 6 for value in block)  # 26 bits each
    assert draws.two_uniforms(*who) == ((a * 2**26 + b + 0.5) / 2**52, (c * 2**26 + d + 0.5) / 2**52)
    assert draws.uniform(*who) == draws.two_uniforms(*who)[0]


@given(st.lists(who, min_size=1, max_size=20))
def test_numbers_arrays_and_machine_code_draw_alike(machine_draws, many):
    one_by_one = [draws.two_uniforms(*one) for one in many]
    columns = [np.array(column, dtype=np.int64) for column in zip(*many, strict=True)]
    assert list(zip(*(values.tolist() for values in draws.two_uniforms(*columns)), strict=True)) == one_by_one
    assert [machine_draws(*one) for one in many] == one_by_one


@given(who, st.lists(st.tuples(word, word), max_size=50), st.integers(0, 3))
def test_many_draws_at_once_are_those_drawn_one_by_one(who, many, start):
    *of_all, salt, _ = who
    low, high = (list(words) for words in zip(*many, strict=True)) if many else ([], [])
    pairs = [draws.two_uniforms(*of_all, one ^ salt, other) for one, other in many]
    into = [0.0] * (start + 2 * len(many))
    draws.fill_uniforms(into, start, *of_all, salt, low, high)
    assert into == [0.0] * start + [first for first, _ in pairs] + [second for _, second in pairs]


def test_uniforms_are_never_0_or_1_even_for_the_most_extreme_bits(monkeypatch):
    for bits, expected in [(0, 0.5**53), (ONES, 1.0 - 0.5**53)]:
        monkeypatch.setattr(draws, "philox", lambda *_, bits=bits: [bits] * 4)
        assert draws.two_uniforms(1, 2, 3, 4, 5, 6) == (expected, expected)
        assert 0.0 < expected < 1.0
        assert math.isfinite(draws.normal(expected))


@pytest.mark.parametrize("place", range(6), ids=["seed", "replicate", "month", "decision", "low", "high"])
def test_neighbours_draw_independent_uniforms(place):
    base = [1, 2, 3, 1, 5, 6]
    arguments = [np.full(20_000, value, dtype=np.int64) for value in base]
    arguments[place] = np.arange(20_000) + 10
    first, second = draws.two_uniforms(*arguments)
    for one, other in [(first, second), (first[1:], first[:-1]), (second[1:], second[:-1])]:
        assert stats.kstest(one, "uniform").pvalue > 1e-3
        grid = np.histogram2d(one, other, bins=10, range=[[0, 1], [0, 1]])[0]
        assert stats.chisquare(grid.ravel()).pvalue > 1e-3


def test_every_part_of_the_identity_changes_the_draw():
    blocks = itertools.product([1, 2, 2**32 + 1], [0, 1], [0, 1, 2], range(9), [0, 1], [0, 1])
    values = [value for block in blocks for value in draws.two_uniforms(*block)]
    assert len(set(values)) == len(values) == 2 * 3 * 2 * 3 * 9 * 2 * 2


def test_decisions_have_numbers_of_their_own():
    named = [draws.PERSON, draws.NOISE, draws.REVISIT, draws.TIE, draws.LAYOFF, draws.REORGANISE, draws.QUIT,
             draws.REVIEW, draws.LOTTERY]  # fmt: skip
    assert len(set(named)) == 9
    assert max(named) < 256  # a month's room in the counter


def test_normals_are_the_quantiles_of_scipy():
    near = np.concatenate([np.logspace(-15.9, -0.31, 2000), [0.075, 0.925, 0.5**53, math.exp(-25.0)]])
    machine = compiled(draws.normal, 0.5)
    for u in np.concatenate([near, 1.0 - near]).tolist():
        assert draws.normal(u) == pytest.approx(special.ndtri(u), rel=2e-13, abs=1e-15)
        assert machine(u) == pytest.approx(draws.normal(u), rel=1e-14, abs=1e-16)
    assert draws.normal(0.5) == 0.0
    assert draws.normal(0.975) == pytest.approx(1.959963984540054, rel=1e-15)


def test_names_hash_to_32_bits_that_stay_the_same():
    names = [f"team{n}" for n in range(2000)]
    hashes = {draws.name_hash(name) for name in names}
    assert len(hashes) == 2000
    assert all(0 <= one < 2**32 for one in hashes)
    assert draws.name_hash("llama") == 0x7ED2ABBF  # `printf llama | b2sum -l 32` says bfabd27e


def test_two_holders_never_share_an_identity():
    words = {draws.seat_word(seat, occupant) for seat in range(50) for occupant in range(draws.OCCUPANTS)}
    assert len(words) == 50 * draws.OCCUPANTS
    assert draws.seat_word(2**20 - 1, draws.OCCUPANTS - 1) < 2**32

"""GPUs that are given whole: Hamilton's method, what every policy keeps under it, and both engines."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import sim
from sim.allocation.whole import in_whole, rounded_down, rounded_up
from tests.unit.test_allocation import POLICIES, SPENDING, cases, divide, labs

sizes = st.sampled_from([1, 1, 8])


def test_hamiltons_method_on_seats_of_the_first_house():
    """120 seats by largest remainders after the census of 1790: Hamilton's bill (Balinski and Young 1982)."""
    people = {"va": 630560, "ma": 475327, "pa": 432879, "nc": 353523, "ny": 331589, "md": 278514, "ct": 236841,
              "sc": 206236, "nj": 179570, "nh": 141822, "vt": 85533, "ga": 70835, "ky": 68705, "ri": 68446,
              "de": 55540}  # fmt: skip
    quotas = 120 * np.array(list(people.values())) / sum(people.values())
    seats = in_whole(quotas, 1, np.arange(15.0))
    assert dict(zip(people, seats, strict=True)) == {
        "va": 21, "ma": 16, "pa": 14, "nc": 12, "ny": 11, "md": 9, "ct": 8, "sc": 7, "nj": 6, "nh": 5, "vt": 3,
        "ga": 2, "ky": 2, "ri": 2, "de": 2,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("grants", "granularity", "expected"),
    [
        ([2.5, 2.5], 1, [3, 2]),  # the first ticket
        ([1.4, 1.4, 1.4], 1, [2, 1, 1]),  # a sum of 4.2 is 4
        ([0.3, 0.3, 0.3], 1, [0, 0, 0]),
        ([12.0, 20.0, 8.0], 8, [16, 16, 8]),
        ([3 - 1e-12, 0.5, 0.5], 1, [3, 1, 0]),  # rounding takes no GPU away
        ([2.5, 3.5], 0, [2.5, 3.5]),
        ([], 1, []),
    ],
)
def test_remainders_by_hand(grants, granularity, expected):
    given_whole = in_whole(np.array(grants, dtype=float), granularity, np.arange(float(len(grants))))
    assert given_whole.tolist() == expected


@given(st.floats(0.0, 1e8, allow_subnormal=False), sizes)
def test_rounding_up_and_down_are_the_multiples_around(amount, size):
    low, high = rounded_down(amount, size), rounded_up(amount, size)
    assert low % size == high % size == 0.0
    assert low - 1e-9 * amount <= amount <= high + 1e-9 * amount
    assert high - low <= size + 2e-9 * amount
    assert (rounded_up(amount, 0), rounded_down(amount, 0)) == (amount, amount)


@pytest.mark.parametrize("policy", POLICIES)
@given(labs(), sizes)
@cases
def test_whole_grants_keep_the_sum_and_lie_within_a_multiple_of_the_grants(policy, lab, size):
    whole = divide(policy, lab, granularity=size)
    asks = np.array([rounded_up(ask, size) for ask in lab["asks"]])
    fractions = divide(policy, lab | {"asks": asks})
    assert (whole % size == 0.0).all()
    assert (whole >= 0.0).all()
    assert (whole <= asks).all()
    assert (np.abs(whole - fractions) < size * (1 + 1e-6)).all()
    assert whole.sum() == pytest.approx(rounded_down(fractions.sum(), size))
    if policy in SPENDING:
        assert whole.sum() == pytest.approx(rounded_down(min(lab["budget"], asks.sum()), size))


def test_of_equal_teams_the_lower_draw_has_the_odd_gpu():
    for lot in ([0.2, 0.8], [0.8, 0.2]):
        grants = sim.allocate("max_min", asks=[9, 9], budget=5, draws=lot, granularity=1)
        assert grants.tolist() == [3 if one == 0.2 else 2 for one in lot]
    assert sim.allocate("max_min", asks=[2.2, 9], budget=9, granularity=1).tolist() == [3, 6]


@pytest.mark.parametrize("granularity", [-1, 0.5, True, "1"])
def test_a_granularity_that_is_none_is_refused_in_one_line(granularity):
    with pytest.raises(sim.InputError, match="allocate: granularity: must be a whole number of GPUs, or 0, got"):
        sim.allocate("max_min", asks=[1], budget=1, granularity=granularity)


@pytest.mark.parametrize("engine", ["compiled", "mesa"])
@pytest.mark.parametrize("policy", POLICIES)
def test_every_grant_of_a_run_is_whole_and_none_is_lost(policy, engine):
    odd = {"committee.policy": policy, "committee.granularity": 8, "budget.gpus": 1003.0}
    months = sim.run(sim.load_scenario("two_teams", odd), 2, engine=engine).months
    kept = sim.run(sim.load_scenario("two_teams", odd | {"committee.revisit": 0.5}), 2, engine=engine).months
    for column in ("grant", "relief", "gpus"):
        assert (months[column] % 8 == 0).all(), column
        assert (kept[column] % 8 == 0).all(), column
    by_month = months.groupby(["replicate", "month"], observed=True)[["gpus", "need"]].sum()
    assert (by_month["gpus"] <= 1000).all()
    short = by_month[by_month["need"] > 1200]
    assert len(short)
    if policy in SPENDING:
        assert (short["gpus"] == 1000).all()


def test_the_odd_gpu_of_equal_teams_goes_now_here_now_there():
    team = {"site": "here", "researchers": 4, "baseline": 10.0}
    teams = {name: team | {"line": name} for name in ("a", "b")}
    lab = {"start": "2024-01", "months": 200, "budget": {"gpus": 9.0, "reserve": 0.0}, "team": teams,
           "committee": {"granularity": 1, "policy": "max_min"}, "turnover": {"base_rate": 0.0}}  # fmt: skip
    months = sim.run(sim.Scenario.from_dict(lab), 1).months
    first = months[months["team"] == "a"]["gpus"]
    assert set(first) == {4.0, 5.0}
    assert 0.4 < (first == 5.0).mean() < 0.6


@given(st.lists(st.floats(0.0, 100.0), max_size=12), sizes, st.randoms(use_true_random=False))
@settings(max_examples=100, deadline=None, derandomize=True)
def test_no_remainder_is_passed_over_for_a_smaller_one(grants, size, random):
    grants = np.array(grants)
    tickets = np.array([random.random() for _ in grants])
    whole = in_whole(grants, size, tickets)
    extra = whole > grants
    parts = grants % size
    if extra.any() and (~extra & (parts > 0)).any():
        assert parts[extra].min() >= parts[~extra].max() - 2e-6 * size or parts[~extra].max() > size * (1 - 1e-6)

"""Luck and not knowing, told apart: against variances that are known."""

import numpy as np
import pandas as pd
import pytest

from sim.results.mixture import spread


def world(draws, each, knowing, luck, middle=0.0, seed=3):
    rng = np.random.default_rng(seed)
    centre = middle + knowing * rng.normal(size=draws)
    draw = np.tile(np.arange(draws), each)
    return centre[draw] + luck * rng.normal(size=draws * each), draw


@pytest.mark.parametrize(("knowing", "luck"), [(1.0, 1.0), (0.5, 2.0), (2.0, 0.2)])
def test_both_intervals_are_those_of_their_own_spread(knowing, luck):
    found = spread(*world(2000, 4, knowing, luck))
    assert found["posterior_high"] - found["posterior_low"] == pytest.approx(2 * 1.96 * knowing, rel=0.08)
    assert found["luck_high"] - found["luck_low"] == pytest.approx(2 * 1.96 * luck, rel=0.08)
    assert found["high"] - found["low"] == pytest.approx(2 * 1.96 * np.hypot(knowing, luck), rel=0.08)
    assert found["share"] == pytest.approx(knowing**2 / (knowing**2 + luck**2), abs=0.05)


def test_pure_luck_leaves_nothing_to_know_and_certainty_no_luck():
    assert spread(*world(2000, 4, 0.0, 1.0))["share"] < 0.03
    sure = spread(*world(200, 4, 1.0, 0.0))
    assert sure["share"] == 1.0
    assert sure["luck_low"] == pytest.approx(sure["luck_high"])


def test_what_luck_hides_is_missing_and_not_one_number():
    values, draw = np.tile([0.0, 1.0, 0.0, 1.0], 5), np.repeat(np.arange(5), 4)  # every draw has the same mean
    found = spread(values, draw)
    assert found["share"] == 0.0
    assert np.isnan([found[name] for name in ("posterior_low", "posterior_high", "holds")]).all()
    sure = spread(np.ones(20), draw)
    assert (sure["posterior_low"], sure["posterior_high"], sure["holds"]) == (1.0, 1.0, 1.0)


def test_a_finding_holds_in_the_share_of_draws_with_its_sign():
    found = spread(*world(4000, 8, 1.0, 2.0, middle=1.0))
    assert found["holds"] == pytest.approx(0.841, abs=0.03)  # a normal above minus one standard deviation


def test_the_half_width_of_the_mean_is_over_draws():
    values, draw = world(100, 10, 1.0, 0.0)
    assert spread(values, draw)["pm"] == pytest.approx(
        1.96 * pd.Series(values).groupby(draw).mean().std() / 10, rel=1e-3
    )


def test_histories_without_a_value_are_left_out():
    values, draw = world(50, 4, 1.0, 1.0)
    more = spread(np.append(values, [np.nan] * 4), np.append(draw, [50] * 4))
    assert more == spread(values, draw)
    assert np.isnan(spread([np.nan], [0])["mean"])

"""Sensitivity: exact on closed forms, whole numbers and missing values included."""

import numpy as np
import pytest

import sim
from sim.report.verdicts.of_sensitivity import verdict
from sim.studies.sensitivity import indices, luck, sensitivity

SPANS = [(1, 2), (1, 3), (2, 7), (0, 10)]


@pytest.mark.parametrize("span", SPANS)
def test_morris_tells_what_crossing_the_range_of_a_whole_number_changes(span):
    """10 for each step: the effect is 10 times the range, wherever the grid's levels are rounded to."""
    ranges = {"n": span, "x": (0.0, 1.0)}
    found = indices(
        ranges, lambda values: {"y": 10.0 * values[:, 0] + 3.0 * values[:, 1]}, method="morris", samples=20, whole=["n"]
    )
    assert found["mu_star"].to_numpy() == pytest.approx([10.0 * (span[1] - span[0]), 3.0])
    assert found["sigma"].to_numpy() == pytest.approx([0.0, 0.0], abs=1e-9)


@pytest.mark.parametrize("span", SPANS)
def test_sobol_samples_whole_numbers_evenly(span):
    seen = []

    def evaluate(values):
        seen.append(values[:, 0])
        return {"y": values[:, 0]}

    indices({"n": span, "x": (0.0, 1.0)}, evaluate, method="sobol", samples=1024, whole=["n"])
    numbers, counts = np.unique(seen[0], return_counts=True)
    assert numbers.tolist() == list(range(span[0], span[1] + 1))
    assert counts / counts.sum() == pytest.approx(1 / len(numbers), rel=0.02)


@pytest.mark.parametrize("method", ["morris", "sobol"])
def test_points_without_a_value_are_counted_and_their_blocks_left_out(method):
    """x alone matters; where it is large there is no value. What is left still tells that y does not matter."""
    samples = 64

    def evaluate(values):
        return {"y": np.where(values[:, 0] > 0.9, np.nan, values[:, 0]), "whole": values[:, 0]}

    found = indices({"x": (0.0, 1.0), "y": (0.0, 1.0)}, evaluate, method=method, samples=samples).set_index(
        ["outcome", "parameter"]
    )
    column = "mu_star" if method == "morris" else "ST"
    assert found.loc["whole", "missing"].eq(0).all()
    assert found.loc["whole", "used"].eq(samples).all()
    assert found.loc["y", "missing"].gt(0).all()
    assert found.loc["y", "used"].between(2, samples - 1).all()
    assert found.loc[("y", "x"), column] > 0.5
    assert found.loc[("y", "y"), column] == pytest.approx(0.0, abs=1e-9)


@pytest.mark.parametrize("method", ["morris", "sobol"])
def test_nothing_is_said_where_no_point_has_a_value(method):
    found = indices({"x": (0.0, 1.0)}, lambda values: {"y": np.full(len(values), np.nan)}, method=method, samples=8)
    assert found["used"].tolist() == [0]
    assert found.filter(regex="mu_star|S1|ST").isna().all(axis=None)


def test_what_never_differs_has_no_effects_and_no_variance_to_share_out():
    def evaluate(values):
        return {"y": np.full(len(values), 3.0)}

    assert indices({"x": (0.0, 1.0)}, evaluate, method="morris", samples=8)["mu_star"].tolist() == [0.0]
    assert indices({"x": (0.0, 1.0)}, evaluate, method="sobol", samples=8)[["S1", "ST"]].isna().all(axis=None)


def test_luck_is_the_share_within_points():
    assert luck(np.array([0.0, 2.0]), np.array([1.0, 1.0])) == pytest.approx(1.0 / 3.0)
    assert luck(np.array([0.0, 2.0, np.nan]), np.array([1.0, 1.0, np.nan])) == pytest.approx(1.0 / 3.0)
    assert np.isnan(luck(np.array([1.0, 1.0]), np.array([0.0, 0.0])))
    assert np.isnan(luck(np.array([1.0, 2.0]), np.array([np.nan, 1.0])))


def test_an_outcome_that_histories_lack_says_at_how_many_points():
    found = sensitivity(
        "two_teams", {"budget.gpus": (100, 1500)}, outcomes=["release_month.smaller"], samples=10, replicates=5
    )
    assert 0 < found.table["missing"].item() < 20
    assert found.table["used"].item() < 10
    assert found.luck["luck"].between(0, 1).all()
    assert "no history gives a value" in str(verdict(found))


def test_default_ranges_rise_whatever_the_sign_of_the_value():
    scenario = sim.load_scenario("two_teams", {"shocks.reorganise": -0.6, "hiring.lead_months": 1})
    table = sensitivity(scenario, ["shocks.reorganise", "hiring.lead_months"], samples=2, replicates=2).table
    ends = table.set_index("parameter")[["low", "high"]]
    assert ends.loc["shocks.reorganise"].tolist() == pytest.approx([-0.9, -0.4])
    assert ends.loc["hiring.lead_months"].tolist() == [1, 2]


@pytest.mark.parametrize(
    ("parameters", "rest", "said"),
    [
        (["team.north.record"], {}, "team.north.record: is 0, so it needs a range"),
        (["project.bigger.crew"], {}, "is not given, so it needs a range"),
        (["turnover.contagio"], {}, "did you mean 'turnover.contagion'"),
        (["months"], {}, "is no number that may differ"),
        (["committee.policy"], {}, "is no number that may differ"),
        ({"fairness.bound": (0, 1)}, {}, "within above 0 to 10"),
        ({"turnover.contagion": (0.4, 0.2)}, {}, "and rise"),
        ({"turnover.contagion": (0.4, np.nan)}, {}, "and rise"),
        ({"turnover.contagion": 3}, {}, "must be two numbers"),
        ({"hiring.lead_months": (1.5, 3)}, {}, "end in whole numbers"),
        ("turnover.contagion", {}, "must be paths"),
        ([], {}, "no parameters"),
        (None, {"outcomes": ["quit"]}, "did you mean 'quits'"),
        (None, {"outcomes": ["quits", "quits"]}, "named twice"),
        (None, {"outcomes": []}, "no outcomes"),
        (None, {"samples": 0}, "from 2"),
        (None, {"samples": 1.5}, "from 2"),
        (None, {"samples": 12, "method": "sobol"}, "power of 2"),
        (None, {"method": "fast"}, "unknown method"),
        (None, {"replicates": 0}, "at least 1"),
    ],
)
def test_what_cannot_be_sampled_is_refused(parameters, rest, said):
    with pytest.raises(sim.InputError, match=said):
        sensitivity("two_teams", parameters, **{"samples": 2, "replicates": 2} | rest)

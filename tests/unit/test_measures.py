"""Outcomes against closed forms, and against the tables that they summarise."""

import numpy as np
import pandas as pd
import pytest

import sim
from sim.results.measures import gini, jain
from sim.results.result import _described


def every(amounts):
    return np.ones(np.shape(amounts), dtype=bool)


@pytest.mark.parametrize(
    ("amounts", "unevenness", "index"),
    [
        ([5.0, 5.0, 5.0, 5.0], 0.0, 1.0),
        ([0.0, 0.0, 0.0, 8.0], 3 / 4, 1 / 4),  # one has it all: 1 - 1/n and 1/n
        ([1.0, 2.0, 3.0, 4.0], 1 / 4, 100 / 120),
        ([7.0], 0.0, 1.0),
        ([0.0, 0.0], 0.0, 1.0),
    ],
)
def test_gini_and_jain_are_what_their_definitions_give(amounts, unevenness, index):
    amounts = np.array(amounts)
    assert gini(amounts, every(amounts)) == pytest.approx(unevenness)
    assert jain(amounts, every(amounts)) == pytest.approx(index)


def test_gini_is_half_the_mean_difference_over_the_mean_and_counts_only_who_asks():
    rng = np.random.default_rng(1)
    amounts, counted = rng.uniform(0.0, 9.0, (50, 6)), rng.uniform(size=(50, 6)) < 0.7
    for row, here, found, index in zip(amounts, counted, gini(amounts, counted), jain(amounts, counted), strict=True):
        held = row[here]
        if len(held):
            differences = np.abs(held[:, None] - held[None, :]).mean()
            assert found == pytest.approx(differences / (2.0 * held.mean()))
            assert index == pytest.approx(held.sum() ** 2 / (len(held) * (held**2).sum()))


def test_months_to_release_are_those_of_the_projects():
    lab = sim.load_scenario("two_teams", {"budget.scale": 3.0})
    result = sim.run(lab, 20, seed=2)
    projects = result.projects[result.projects["status"] == "released"]
    assert len(projects) > 5
    for replicate, project, month in projects[["replicate", "project", "month"]].itertuples(index=False):
        told = result.outcomes.set_index("replicate").loc[replicate, f"months_to_release.{project}"]
        assert told == month - lab.month_of(lab.project[project].start)


def test_the_quantiles_beside_a_run_are_those_of_pandas():
    """Of outcomes that every history has, that some have not, and that none has; and of a single history."""
    whole = pd.DataFrame({"a": [3.0, 1.0, 2.0, 8.0], "b": [np.nan, 1.5, np.nan, 0.1], "none": [np.nan] * 4})
    for outcomes in (whole, whole[:1]):
        described = outcomes.describe(percentiles=[0.05, 0.25, 0.5, 0.75, 0.95]).T.reset_index(names="outcome")
        pd.testing.assert_frame_equal(_described(outcomes), described, check_exact=True)

"""Whatever lab can be run can be saved, loaded, told and drawn: labs made at random over the whole schema."""

import io
import tempfile
from contextlib import redirect_stdout
from pathlib import Path

import pandas as pd
import pytest

import sim
from sim.report.verdicts import verdict_of
from tests.strategies import labs

EMPTY = {"start": "2022-01", "months": 3, "budget": {"gpus": 10.0}}
TEAM = {"name": "a", "line": "l", "site": "s", "researchers": 0, "baseline": 5.0}


def saved_and_told(scenario, figures=False):
    result = sim.run(scenario, 3)
    with tempfile.TemporaryDirectory() as folder:
        result.save(Path(folder) / "out", figures=figures)
        again = sim.Result.load(Path(folder) / "out")
    for name, table in result.tables.items():
        if len(table):
            pd.testing.assert_frame_equal(again.tables[name], table, check_exact=True)
        else:  # Parquet keeps no categories of a column without rows
            assert list(again.tables[name].columns) == list(table.columns)
    assert again.scenario.to_dict() == scenario.to_dict()
    told = io.StringIO()
    with redirect_stdout(told):
        sim.tell(again)
    assert "Who got the GPUs" in told.getvalue()
    assert verdict_of(again).text()
    assert verdict_of(again).text(full=True)


def test_random_labs_are_saved_loaded_and_told():
    for scenario in labs(20):
        saved_and_told(scenario)


def test_random_labs_are_drawn():
    for scenario in labs(3, first=20):
        saved_and_told(scenario, figures=True)


@pytest.mark.parametrize("cohort", [[], [{"name": "c", "team": "a", "month": "2022-02"}]])
@pytest.mark.parametrize("baseline", [0.0, 5.0])
def test_a_lab_without_anybody_is_saved_told_and_drawn(cohort, baseline):
    """Its bands have no rows."""
    raw = {**EMPTY, "team": [{**TEAM, "baseline": baseline}], "cohort": cohort}
    saved_and_told(sim.Scenario.from_dict(raw), figures=True)

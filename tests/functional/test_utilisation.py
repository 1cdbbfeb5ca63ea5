"""What becomes of the GPUs, by team and month: the report of a run, and of the cases of a comparison."""

import numpy as np
import pandas as pd
import pytest

import sim
from sim.results.utilisation import AMOUNTS, by_team
from tests.functional.test_lab_rules import lab


@pytest.mark.parametrize("engine", ["compiled", "mesa"])
def test_every_gpu_is_accounted_for(engine):
    report = sim.run("two_teams", 5, engine=engine).utilisation
    assert set(report.columns) >= {*AMOUNTS, *(f"{name}_share" for name in AMOUNTS)}
    np.testing.assert_allclose(report["held"], report["used"] + report["idle"])
    whole = report.groupby("month")[["held", "entitled", "held_share", "budget"]].sum()
    assert (whole["held_share"] <= 1.0 + 1e-9).all()
    reserve = 1.0 - sim.load_scenario("two_teams").budget.reserve
    np.testing.assert_allclose(whole["entitled"], reserve * whole["budget"] / 2)
    np.testing.assert_allclose(report["borrowed_share"], report["borrowed"] / report["budget"])


def test_what_idles_and_who_borrows_under_quotas_that_lend_and_that_do_not():
    apart, lent = (sim.run(lab(months=2, policy=one), 1).utilisation.set_index(["team", "month"])
                   for one in ("quota", "quota_borrowing"))  # fmt: skip
    assert apart.loc[("t0", 0), ["wanted", "entitled", "held", "borrowed", "short"]].tolist() == [60, 25, 25, 0, 35]
    assert apart.loc[("t0", 0), "starving"] == 1.0
    assert apart.loc[("t3", 0), ["wanted", "entitled", "held", "idle"]].tolist() == [2, 25, 2, 0]
    np.testing.assert_allclose(lent.loc[("t0", 0), ["held", "borrowed"]].tolist(), [98 / 3, 98 / 3 - 25])
    assert lent["held_share"].groupby("month").sum().tolist() == pytest.approx([1, 1])


def test_a_run_saves_its_utilisation_and_points_keep_theirs_apart(tmp_path):
    sim.run("two_teams", 3).save(tmp_path / "run")
    saved = pd.read_csv(tmp_path / "run" / "utilisation.csv")
    assert len(saved) == 2 * sim.load_scenario("two_teams").months
    points = sim.run(lab(months=3), 2, points={"budget.gpus": [100.0, 40.0]}).utilisation
    assert points.groupby("point")["held"].sum().tolist() == pytest.approx([3 * 77.0, 3 * 32.0])


def test_a_comparison_says_who_would_have_got_what_who_starves_who_borrows_and_what_idles(tmp_path):
    cases = {one: lab(months=4, policy=one) for one in ("quota", "quota_borrowing", "ranked")}
    found = sim.compare(cases, 4)
    teams = {case: by_team(one).set_index("team") for case, one in found.utilisation.groupby("case", sort=False)}
    assert teams["quota"].loc["t0", "met"] == pytest.approx(25 / 60)
    assert teams["quota_borrowing"].loc["t3", "met"] == 1.0
    text = " ".join(found.verdict().text(full=True).split())
    assert "Starving under quota" in text
    assert "t0, t1 and t2" in text
    assert "Most of what is wanted is held under quota_borrowing (55 %), least under quota (42 %)." in text
    assert "Nobody starves under quota_borrowing." in text
    assert "Who gets what under ranked" in text
    found.save(tmp_path / "compared")
    assert set(pd.read_csv(tmp_path / "compared" / "utilisation.csv")["case"]) == set(cases)
    again = sim.studies.compare.Comparison.load(tmp_path / "compared")
    pd.testing.assert_frame_equal(again.utilisation, found.utilisation, check_categorical=False, check_dtype=False)


def test_a_comparison_saved_before_there_were_reports_is_still_told():
    found = sim.compare({one: lab(months=2, policy=one) for one in ("quota", "max_min")}, 4)
    del found.tables["utilisation"]
    assert "What becomes" not in found.verdict().text(full=True)

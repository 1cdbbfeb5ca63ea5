"""Comparing, attributing and sweeping over a posterior: mixtures, with luck and not knowing told apart."""

import dataclasses

import numpy as np
import pandas as pd
import pytest

import sim
from sim.errors import InputError
from sim.report.figures import plot
from sim.report.kinds import kind_of
from sim.results.mixture import APART, spread
from sim.scenario import Scenario
from sim.studies.compare import Comparison
from sim.studies.sweep import load_sweep, sweep

PRIOR = {
    "turnover.market": {"median": 0.5, "log_sd": 0.7}, "turnover.base_rate": {"median": 0.012, "log_sd": 0.3},
}  # fmt: skip
FACT = {
    "what": "left_share", "cohort": "left", "month": "2023-01", "count": 4, "of": 12, "source": "a paper",
}  # fmt: skip


@pytest.fixture(scope="module")
def scenario():
    raw = sim.load_scenario("two_teams").to_dict()
    team = next(iter(raw["team"]))
    raw["cohort"] = {"left": {"team": team, "month": raw["start"]}}
    year, month = divmod(int(raw["start"][:4]) * 12 + int(raw["start"][5:]) - 1 + raw["months"] - 1, 12)
    raw["record"] = {"gone": {**FACT, "month": f"{year:04d}-{month + 1:02d}"}}
    raw["prior"] = {path: {**one, "source": "a paper"} for path, one in PRIOR.items()}
    return Scenario.from_dict(raw)


@pytest.fixture(scope="module")
def posterior(scenario, tmp_path_factory):
    folder = tmp_path_factory.mktemp("posterior") / "p"
    sim.calibrate(scenario, folder, points=400, stages=0)
    return folder


def test_a_comparison_over_a_posterior_is_that_of_its_draws(scenario, posterior, tmp_path):
    """By hand: every draw's case and baseline on the same luck."""
    cases = {"as it is": scenario, "no contagion": scenario.with_overrides({"turnover.contagion": 0.0})}
    found = sim.compare(cases, 80, posterior=posterior)
    assert found.draws == 20
    drawn = sim.load_posterior(posterior).draws_for(scenario)
    chosen = np.linspace(0, 499, 20).round().astype(int)
    quits = {}
    for name, case in cases.items():
        quits[name] = []
        for replicate in range(80):
            numbers = {path: float(one[chosen[replicate % 20]]) for path, one in drawn.items()}
            quits[name].append(sim.run(case.with_overrides(numbers), [replicate]).outcomes["quits"].iloc[0])
    change = np.array(quits["no contagion"]) - np.array(quits["as it is"])
    row = found.differences.set_index("outcome").loc["quits"]
    assert row["difference"] == pytest.approx(change.mean())
    by_hand = spread(change, np.arange(80) % 20)
    for name in ("posterior_low", "posterior_high", "luck_low", "luck_high", "holds", "share"):
        assert row[name] == pytest.approx(by_hand[name], nan_ok=True), name
    found.save(tmp_path / "c")
    pd.testing.assert_frame_equal(Comparison.load(tmp_path / "c").differences, found.differences)


def test_a_run_over_a_posterior_tells_luck_from_not_knowing(scenario, posterior, tmp_path):
    from sim.report.verdicts import mixtures

    draws = sim.load_posterior(posterior).draws_for(scenario)
    chosen = np.linspace(0, 499, 20).round().astype(int)
    result = sim.run(scenario, 80, draws={path: one[chosen] for path, one in draws.items()})
    row = result.knowing.set_index("outcome").loc["quits"]
    assert row["mean"] == pytest.approx(result.outcomes["quits"].mean())
    assert row["luck_low"] < row["mean"] < row["luck_high"]
    assert "not knowing" in mixtures.of_run(result).text()
    result.save(tmp_path / "r")
    again = sim.Result.load(tmp_path / "r")
    pd.testing.assert_frame_equal(again.knowing, result.knowing)
    with pytest.raises(InputError, match="no draws of a posterior"):
        _ = sim.run(scenario, 8).knowing


def test_what_a_case_sets_is_not_drawn(scenario, posterior):
    cases = {"as it is": scenario, "hot": scenario.with_overrides({"turnover.market": 0.0})}
    found = sim.compare(cases, 40, posterior=posterior)
    hot = found.outcomes[found.outcomes["case"] == "hot"]["quits"].tolist()
    drawn = sim.load_posterior(posterior).draws_for(cases["hot"])
    assert set(drawn) == {"turnover.base_rate"}
    chosen = np.linspace(0, 499, 10).round().astype(int)
    draws = {path: one[chosen] for path, one in drawn.items()}
    assert hot == sim.run(cases["hot"], 40, draws=draws).outcomes["quits"].tolist()


def test_an_effect_that_hangs_on_what_is_not_known_shows_it(scenario, posterior):
    """What the market does is as unsure as its weight; a comparison at one tuning cannot see that."""
    cases = {"as it is": scenario, "calm": scenario.with_overrides({"mechanisms.market": False})}
    over = sim.compare(cases, 400, posterior=posterior).differences.set_index("outcome").loc["quits"]
    at_one = sim.compare(cases, 400).differences.set_index("outcome").loc["quits"]
    assert over["posterior_high"] - over["posterior_low"] > 1.5 * (at_one["high"] - at_one["low"])
    assert over["luck_high"] > over["luck_low"]


def test_shapley_values_over_a_posterior_add_up_in_every_interval(scenario, posterior):
    found = sim.attribute(scenario, 40, mechanisms=["market", "contagion", "visibility"], posterior=posterior)
    assert "tunings" not in found.tables
    totals = found.totals[found.totals["view"] == "mechanisms"].set_index("outcome")
    sums = found.mechanisms.groupby("outcome")["value"].sum()
    for outcome in ("left", "left_share.left"):
        assert sums[outcome] == pytest.approx(totals.loc[outcome, "all_on"] - totals.loc[outcome, "all_off"])
    assert {"posterior_low", "posterior_high", "holds"} <= set(found.mechanisms)


def test_pictures_over_a_posterior_tell_luck_from_not_knowing(scenario, posterior):
    cases = {"as it is": scenario, "hot": scenario.with_overrides({"turnover.market": 1.0})}
    studies = [sim.compare(cases, 80, posterior=posterior),
               sim.attribute(scenario, 40, mechanisms=["market", "contagion"], posterior=posterior)]  # fmt: skip
    for study, kind in zip((studies[0], studies[1]), ("forest", "waterfall"), strict=True):
        over, at_one = plot(study, kind), plot(at_one_tuning(study), kind)
        assert [line.get_gid() for ax in over.axes for line in ax.lines].count("luck") > 0
        assert "luck" not in [line.get_gid() for ax in at_one.axes for line in ax.lines]
    table = kind_of("compare", "forest").data(studies[0]).set_index(["case", "outcome"]).loc[("hot", "quits")]
    assert table["luck_low"] < table["low"] < table["difference"] < table["high"] < table["luck_high"]
    assert "histories vary by" in " ".join(
        " ".join(text.get_text() for text in plot(studies[0], "frontier").texts).split()
    )


def at_one_tuning(study):
    """The same study without what a posterior adds."""
    if study.kind == "compare":
        return dataclasses.replace(study, draws=0)
    tables = {name: table.drop(columns=list(APART), errors="ignore") for name, table in study.tables.items()}
    return dataclasses.replace(study, tables=tables)


def test_a_sweep_over_a_posterior_runs_every_point_over_the_draws(scenario, posterior, tmp_path):
    experiment = {"scenario": "two_teams", "replicates": 40, "outcomes": ["quits"],
                  "factor": [{"path": "budget.scale", "values": [0.5, 1.0]}]}  # fmt: skip
    with pytest.raises(InputError, match="of another scenario"):
        sweep(experiment, tmp_path / "s", posterior=posterior)
    own = sim.calibrate(_with(sim.load_scenario("two_teams"), scenario), points=200, stages=0)
    table = sweep(experiment, tmp_path / "s", posterior=own)
    chosen = np.linspace(0, 499, 10).round().astype(int)
    draws = {path: one[chosen] for path, one in own.draws_for(sim.load_scenario("two_teams")).items()}
    alone = sim.run("two_teams", 40, draws=draws, points={"budget.scale": [0.5, 1.0]}).outcomes
    np.testing.assert_allclose(table["mean"], alone.groupby("point")["quits"].mean())
    assert (table["luck"] > 0.0).all()
    assert (table["knowing"] >= 0.0).all()
    pd.testing.assert_frame_equal(load_sweep(tmp_path / "s"), table)
    with pytest.raises(InputError, match="another experiment"):
        sweep(experiment, tmp_path / "s")


def _with(base, other):
    """The shipped scenario with priors and a fact that name none of its cohorts."""
    raw = base.to_dict()
    raw["prior"] = {path: one.model_dump(exclude_none=True) for path, one in other.prior.items()}
    team = next(iter(raw["team"]))
    raw["record"] = {"held": {"what": "gpus", "team": team, "month": raw["start"], "low": 0.0, "high": 1e9,
                              "source": "a paper"}}  # fmt: skip
    return Scenario.from_dict(raw)


def test_a_mixture_needs_more_histories_than_one_to_a_draw(scenario, posterior):
    with pytest.raises(InputError, match="a posterior needs at least 8"):
        sim.compare({"a": scenario, "b": scenario}, 4, posterior=posterior)
    with pytest.raises(InputError, match="posterior"):
        sim.compare({"a": scenario, "b": scenario}, 40, posterior=posterior / "nothing")

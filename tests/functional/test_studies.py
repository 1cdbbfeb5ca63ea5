"""Comparing, attributing, sensitivity: what they promise, on closed forms and on LLaMA versus OPT."""

import numpy as np
import pandas as pd
import pytest

import sim
from sim.errors import InputError
from sim.studies.attribute import Attribution, attribute, shapley_weights
from sim.studies.compare import Comparison, compare
from sim.studies.paired import paired
from sim.studies.sensitivity import Sensitivity, indices, sensitivity


def test_pairing_removes_most_of_the_variance_of_llama_versus_opt():
    base = sim.load_scenario("llama_vs_opt")
    found = compare(sim.policies_of(base, ["priority", "max_min"]), 400).differences.set_index("outcome")
    assert found.loc["quits", "saved"] > 0.9
    assert found.loc["left_share.rest_of_lab", "saved"] > 0.9
    one = found.loc["quits"]
    apart = sim.run(base.with_overrides({"committee.policy": "max_min"}), 400, seed=2).outcomes["quits"]
    together = one["high"] - one["low"]
    independent = 2 * 1.96 * np.sqrt((sim.run(base, 400).outcomes["quits"].var() + apart.var()) / 400)
    assert together < independent / 3


def test_paired_differences_by_hand():
    before = pd.DataFrame({"quits": [1.0, 2.0, 3.0, np.nan], "never": np.nan})
    after = pd.DataFrame({"quits": [2.0, 4.0, 6.0, 1.0], "never": 1.0})
    table = paired(before, after).set_index("outcome")
    assert table.loc["never", "replicates"] == 0
    assert table.loc["never"].drop("replicates").isna().all()
    found = table.loc["quits"]
    assert (found["base"], found["mean"], found["difference"], found["replicates"]) == (2.0, 4.0, 2.0, 3)
    assert found["high"] - found["difference"] == pytest.approx(1.959964 / np.sqrt(3))
    assert found["saved"] == pytest.approx(1 - 1 / 5)


def test_a_case_equal_to_the_baseline_differs_in_nothing():
    scenario = sim.load_scenario("two_teams")
    found = compare({"a": scenario, "b": scenario}, 50)
    assert (found.differences["difference"].fillna(0.0) == 0.0).all()
    assert (found.people["only_under_case"] == 0.0).all()
    assert (found.people["only_under_baseline"] == 0.0).all()


def test_people_are_counted_by_what_becomes_of_them_under_each_case():
    scenario = sim.load_scenario("two_teams")
    found = compare({"stay": scenario.with_overrides({"turnover.base_rate": 0.0}), "go": scenario}, 60)
    exits = sim.run(scenario, 60).exits
    first = exits[~exits["person"].str.contains(r"\.")]
    added = [event.name for event in scenario.event.values() if event.type == "hire"]
    first = first[~first["person"].str.contains("|".join(f"/{name}/" for name in added) or "^$")]
    by_team = found.people.set_index("team")
    laid_off = found.people["under_both"].sum() * 60
    assert by_team["only_under_case"].sum() * 60 + laid_off <= len(exits)
    assert by_team["only_under_case"].sum() * 60 + laid_off >= len(first)
    assert by_team["only_under_baseline"].sum() == 0.0


def test_a_comparison_is_saved_and_loaded(tmp_path):
    scenario = sim.load_scenario("two_teams")
    found = compare(sim.policies_of(scenario, ["priority", "max_min"]), 30)
    found.save(tmp_path / "c", figures=True)
    again = Comparison.load(tmp_path / "c")
    pd.testing.assert_frame_equal(again.differences, found.differences)
    assert {"forest.png", "forest.csv", "frontier.png", "frontier.csv"} <= {p.name for p in (tmp_path / "c").iterdir()}


@pytest.mark.parametrize(
    ("cases", "baseline", "reason"),
    [({"a": "two_teams"}, None, "at least two"), ({"a": "two_teams", "b": "two_teams"}, "c", "no case 'c'")],
)
def test_comparisons_that_cannot_be_made(cases, baseline, reason):
    with pytest.raises(sim.InputError, match=reason):
        compare(cases, 5, baseline=baseline)


def test_shapley_values_of_the_glove_game():
    """One left glove, two right ones: 2/3, 1/6, 1/6 (Shapley 1953; any textbook)."""
    left, right = 0b001, 0b110
    worth = np.array([float(bool(subset & left and subset & right)) for subset in range(2**3)])
    np.testing.assert_allclose(shapley_weights(3) @ worth, [2 / 3, 1 / 6, 1 / 6])


def test_shapley_values_add_up_and_what_does_nothing_gets_nothing(tmp_path):
    scenario = sim.load_scenario("two_teams", {"turnover.market": 0.0})
    found = attribute(scenario, 60)
    for view, table in (("mechanisms", found.mechanisms), ("events", found.events)):
        totals = found.totals[found.totals["view"] == view].set_index("outcome")
        sums = table.groupby("outcome")["value"].sum()
        np.testing.assert_allclose(sums, (totals["all_on"] - totals["all_off"])[sums.index], atol=1e-9)
    market = found.mechanisms.query("mechanism == 'market'")
    np.testing.assert_allclose(market["value"], 0.0, atol=1e-12)
    found.save(tmp_path / "a", figures=True)
    again = Attribution.load(tmp_path / "a")
    pd.testing.assert_frame_equal(again.mechanisms, found.mechanisms)
    assert (tmp_path / "a" / "waterfall.png").exists()
    assert sim.attribute is attribute


def test_shapley_value_of_the_only_mechanism_is_its_paired_difference():
    scenario = sim.load_scenario("two_teams")
    found = attribute(scenario, 200, mechanisms=["shocks"]).mechanisms.set_index("outcome")
    on, off = (
        sim.run(scenario.with_overrides({"mechanisms.shocks": value}), 200).outcomes["quits"].mean()
        for value in (True, False)
    )
    assert found.loc["left", "value"] == pytest.approx(on - off)


def test_attribution_refuses_what_it_does_not_know():
    with pytest.raises(sim.InputError, match="did you mean 'fairness'"):
        attribute("two_teams", 5, mechanisms=["fairnes"])


PI = np.pi
ISHIGAMI = {"x1": (-PI, PI), "x2": (-PI, PI), "x3": (-PI, PI)}


def ishigami(x, a=7.0, b=0.1):
    return {"y": np.sin(x[:, 0]) + a * np.sin(x[:, 1]) ** 2 + b * x[:, 2] ** 4 * np.sin(x[:, 0])}


def test_sobol_indices_of_the_ishigami_function():
    """Closed forms: S = 0.3139, 0.4424, 0; ST = 0.5576, 0.4424, 0.2437 (Ishigami and Homma 1990)."""
    found = indices(ISHIGAMI, ishigami, method="sobol", samples=4096, seed=1).set_index("parameter")
    np.testing.assert_allclose(found["S1"], [0.3139, 0.4424, 0.0], atol=0.02)
    np.testing.assert_allclose(found["ST"], [0.5576, 0.4424, 0.2437], atol=0.02)
    assert ((found["ST"] - [0.5576, 0.4424, 0.2437]).abs() <= 1.5 * found["ST_pm"]).all()


def test_morris_effects_of_a_linear_function_are_its_slopes():
    found = indices({"a": (0, 2), "b": (0, 1)}, lambda x: {"y": 3 * x[:, 0] - 5 * x[:, 1]}, method="morris", samples=10)
    np.testing.assert_allclose(found["mu_star"], [6.0, 5.0], atol=1e-9)
    np.testing.assert_allclose(found["sigma"], 0.0, atol=1e-9)


def test_sensitivity_ranks_what_drives_departures_and_tells_luck(tmp_path):
    ranges = {"turnover.base_rate": (0.0, 0.2), "committee.noise": (0.2, 0.25)}
    found = sensitivity("two_teams", ranges, outcomes=["quits"], method="sobol", samples=16, replicates=20)
    table = found.table.set_index("parameter")
    assert table.loc["turnover.base_rate", "ST"] > 0.9
    assert table.loc["committee.noise", "ST"] < 0.1
    assert 0.0 < found.luck["luck"].item() < 0.8
    still = sensitivity(
        "two_teams", {"committee.noise": (0.24, 0.25)}, outcomes=["quits"], method="morris", samples=4, replicates=20
    )
    assert still.luck["luck"].item() > 0.95
    found.save(tmp_path / "s", figures=True)
    pd.testing.assert_frame_equal(Sensitivity.load(tmp_path / "s").table, found.table)


@pytest.mark.parametrize(
    ("parameters", "options", "reason"),
    [
        (["turnover.contagio"], {}, "did you mean 'turnover.contagion'"),
        ({"turnover.contagion": (2.0, 1.0)}, {}, "and rise"),
        ({"turnover.contagion": (0.0, 99.0)}, {}, "within 0 to 5"),
        (["committee.policy"], {}, "is no number"),
        (["turnover.contagion"], {"outcomes": ["quit"]}, "did you mean 'quits'"),
        (["turnover.contagion"], {"method": "moris"}, "did you mean 'morris'"),
        (["turnover.contagion"], {"method": "sobol", "samples": 10}, "power of 2"),
    ],
)
def test_sensitivity_refuses(parameters, options, reason):
    with pytest.raises(sim.InputError, match=reason):
        sensitivity("two_teams", parameters, replicates=2, **options)


def test_causes_and_indices_are_those_of_either_engine(tmp_path):
    tables = []
    for engine in ("compiled", "mesa"):
        causes = attribute("two_teams", 5, mechanisms=["contagion"], engine=engine)
        indices = sim.sensitivity("two_teams", ["turnover.contagion"], samples=2, replicates=5, engine=engine)
        again = type(causes).load(causes.save(tmp_path / engine))
        assert again.engine == indices.engine == engine
        tables.append((causes.mechanisms, indices.table))
    for one, other in zip(*tables, strict=True):
        pd.testing.assert_frame_equal(one, other)
    with pytest.raises(InputError, match="engine: unknown 'mess'"):
        attribute("two_teams", 5, engine="mess")

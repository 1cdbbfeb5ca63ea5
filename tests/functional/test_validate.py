"""Validation: targets as they are written, and quantities against what is known of them."""

# ruff: noqa: E501  (one case, one line)

import numpy as np
import pandas as pd
import pytest

import sim
from sim.errors import InputError
from sim.report.figures import plot, save_study_figures
from sim.report.verdicts import verdict_of
from sim.scenario import Scenario
from sim.studies.measure import _slope, measure
from sim.studies.targets import Target, load_targets
from sim.studies.validate import STRUCTURES, Validation, split, validate


def target(**given):
    return Target(**{"name": "t", "low": 0.0, "high": 1.0, "source": "a paper", **given})


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('[[target]]\nname = "a"\n', "quantity: is missing"),
        ('[[target]]\nname = "a"\nquantity = "fairness_qit"\nlow = 0.0\nhigh = 1.0\nsource = "s"', "did you mean 'fairness_quit'"),
        ('[[target]]\nname = "a"\nquantity = "contagion"\nlow = 2.0\nhigh = 1.0\nsource = "s"', "low is above high"),
        ('[[target]]\nname = "a"\nquantity = "quits_ratio"\nlow = 0.0\nhigh = 1.0\nsource = "s"', "needs an event with a type"),
        ('[[target]]\nname = "a"\nquantity = "outcome"\nlow = 0.0\nhigh = 1.0\nsource = "s"', "needs its name"),
        ('[[target]]\nname = "a"\nquantity = "contagion"\nlow = 0.0\nhigh = 1.0\nsource = "s"\nhigg = 1', "unknown key"),
        (
            '[[target]]\nname = "a"\nquantit = "contagion"\nlow = 0.0\nhigh = 1.0\nsource = "s"',
            "quantit: unknown key (did you mean 'quantity'?",
        ),
        ('[[targt]]\nname = "a"\n', "holds no [[target]]"),
        ("", "holds no [[target]]"),
    ],
)  # fmt: skip
def test_a_target_that_is_none_is_told(text, told, tmp_path):
    file = tmp_path / "t.toml"
    file.write_text(text)
    with pytest.raises(InputError) as error:
        load_targets(file)
    assert any(told in line and str(file) in line for line in error.value.faults)


def test_shipped_targets_are_sound_and_none_was_calibrated_with():
    assert len(load_targets("effects")) >= 10
    assert {one.used_for for one in load_targets("effects")} == {"validation"}
    with pytest.raises(InputError, match="no such targets"):
        load_targets("effect")


def test_the_slope_is_that_of_proportional_hazards():
    rng = np.random.default_rng(1)
    fair = rng.normal(size=(40, 500))
    quits = rng.random(fair.shape) < 1.0 - np.exp(-0.15 * np.exp(-np.log(1.35) * fair))
    there = rng.random(fair.shape) < 0.9
    assert _slope(there, fair, quits) == pytest.approx(1.35, rel=0.05)


def quiet(**overrides):
    """A lab in which only the base rate and what is asked for drives people away."""
    scenario = sim.load_scenario("two_teams")
    off = {f"mechanisms.{name}": False for name in scenario.mechanisms.model_dump() if name != "shocks"}
    return scenario.with_overrides({**off, "turnover.base_rate": 0.02, **overrides})


def test_a_shock_multiplies_quits_by_what_it_says():
    """A shock that hardly fades, of log 2, doubles the quits of the months after it, but for those gone."""
    event = {"type": "shock", "month": "2022-07", "size": float(np.log(2.0))}
    scenario = quiet(**{"turnover.shock_half_life": 240.0, "turnover.base_rate": 0.002})
    found = measure(target(quantity="quits_ratio", event=event, within=6), scenario, {}, 60)
    assert np.nanmean(found) == pytest.approx(2.0, rel=0.25)
    nothing = measure(target(quantity="quits_ratio", event={**event, "size": 0.0}, within=6), scenario, {}, 10)
    np.testing.assert_allclose(nothing[np.isfinite(nothing)], 1.0)


def test_correlations_over_people_vanish_where_fairness_drives_nobody():
    scenario = sim.load_scenario("llama_vs_opt").with_overrides({"turnover.fairness": 0.0})
    found = measure(target(quantity="fairness_quit", asked=["2022-10"], within=6), scenario, {}, 12)
    assert abs(np.mean(found)) < 0.08


def test_contagion_follows_its_weight():
    draws = {"turnover.contagion": np.array([0.0, 0.2, 0.4])}
    found = measure(target(quantity="contagion", within=4), sim.load_scenario("llama_vs_opt"), draws, 3)
    assert found[0] == 1.0
    assert 1.0 < found[1] < found[2]


def test_a_frozen_quota_never_changes_and_an_unknown_outcome_is_told():
    scenario = sim.load_scenario("two_teams")
    assert (measure(target(quantity="quota_cut"), scenario, {}, 2) <= 1.0).all()
    with pytest.raises(InputError, match="no outcome 'quit'"):
        measure(target(quantity="outcome", outcome="quit"), scenario, {}, 2)


@pytest.mark.parametrize("name", list(STRUCTURES))
def test_every_structure_gives_a_lab_that_runs(name):
    changed = STRUCTURES[name](sim.load_scenario("llama_vs_opt"))
    if changed is not None:
        assert len(sim.run(changed, 2, detail="summary").outcomes) == 2


def test_halves_add_up_to_the_team():
    raw = sim.load_scenario("two_teams").to_dict()
    team = dict(next(iter(raw["team"].values())), name="third", researchers=7, weight=3.0)
    raw["team"]["third"] = team
    halved = split(Scenario.from_dict(raw))
    assert [halved.team[f"third_{k}"].researchers for k in (1, 2)] == [4, 3]
    assert halved.team["third_1"].weight == 1.5


def test_a_team_of_a_cohort_of_many_is_split_and_its_halves_are_followed():
    scenario = sim.load_scenario("llama_vs_opt")
    halved = split(scenario)
    (cut,) = set(scenario.team) - set(halved.team)
    assert {f"{cut}_1", f"{cut}_2"} <= set(halved.cohort["rest_of_lab"].teams)
    followed = [scenario.cohort["rest_of_lab"].teams, halved.cohort["rest_of_lab"].teams]
    assert [sum(lab.team[name].researchers for name in names)
            for lab, names in zip((scenario, halved), followed, strict=True)] == [150, 150]  # fmt: skip


def test_a_validation_says_what_holds_and_is_saved(tmp_path):
    raw = sim.load_scenario("llama_vs_opt").to_dict()
    raw["prior"] = {"turnover.base_rate": {"median": 0.011, "log_sd": 0.2, "source": "a paper"},
                    "turnover.contagion": {"low": 0.1, "high": 0.4, "source": "a paper"}}  # fmt: skip
    scenario = Scenario.from_dict(raw)
    posterior = sim.calibrate(scenario, points=100, stages=0)
    file = tmp_path / "t.toml"
    file.write_text('[[target]]\nname = "a"\nquantity = "contagion"\nwithin = 4\nlow = 1.0\nhigh = 2.0\nsource = "s"\n'
                    '[[target]]\nname = "b"\nquantity = "contagion"\nwithin = 4\nlow = 5.0\nhigh = 9.0\nsource = "s"\n')  # fmt: skip
    found = validate(scenario, posterior=posterior, targets=file, structures=["need alone"], draws=4)
    verdicts = found.checks.set_index(["structure", "target"])["verdict"]
    assert verdicts[("as it is", "a")] == "holds"
    assert verdicts[("need alone", "b")] == "fails"
    found.save(tmp_path / "v")
    assert Validation.load(tmp_path / "v").checks.equals(found.checks)
    said = verdict_of(found).text()
    assert "Of 2 effects that the model was not fitted to, it shows 1" in said
    assert "where 5.00 to 9.00 is asked for, below it in nearly every draw" in said
    assert found.save(tmp_path / "again")
    assert {path.name for path in save_study_figures(found, tmp_path / "again")} >= {"targets.png", "structures.png"}
    with pytest.raises(InputError, match="structures: unknown 'need alon'"):
        validate(scenario, posterior=posterior, targets=file, structures=["need alon"], draws=4)
    with pytest.raises(InputError, match="draws: must be"):
        validate(scenario, posterior=posterior, targets=file, draws=1)


def judged(*rows):
    """A validation with checks as given: target, structure, low, high, median, 95 %, verdict."""
    names = ["target", "structure", "low", "high", "median", "q025", "q975", "verdict"]
    checks = pd.DataFrame(rows, columns=names).assign(
        quantity="contagion", used_for="validation", inside=0.25, source="s"
    )
    return Validation(
        scenario=sim.load_scenario("two_teams"), seed=1, replicates=list(range(16)), draws=4, tables={"checks": checks}
    )


def test_a_picture_tells_verdicts_by_colour_and_mark_and_which_structures_change_them():
    found = judged(
        ("good", "as it is", 1.0, 2.0, 1.5, 1.2, 1.9, "holds"),
        ("near", "as it is", 1.0, 2.0, 0.9, 0.5, 1.2, "partly"),
        ("far", "as it is", 1.0, 2.0, 90.0, 80.0, 99.0, "fails"),
        ("none", "as it is", 1.0, 1.0, np.nan, np.nan, np.nan, "cannot be measured"),
        ("good", "need alone", 1.0, 2.0, 0.2, 0.1, 0.3, "fails"),
    )
    drawn = [(line.get_color(), line.get_marker()) for line in plot(found, "targets").axes[0].lines]
    marks = {mark: colour for colour, mark in drawn if mark not in ("None", "<", ">")}
    assert len(marks) == len(set(marks.values())) == 3
    rings = [line for line in plot(found, "structures").axes[0].lines if line.get_markerfacecolor() == "none"]
    assert len(rings) == 1
    said = verdict_of(found).text()
    for words in ("shows 1 at the size", "near: 0.9", "below it in 75.0 % of draws", "Not to be measured here: none",
                  "good fails with need alone"):  # fmt: skip
        assert words in " ".join(said.split())


def test_targets_that_need_the_same_histories_are_measured_as_if_each_were_alone():
    scenario, draws = sim.load_scenario("two_teams"), {"turnover.base_rate": np.array([0.01, 0.03])}
    event = {"type": "shock", "month": "2022-07", "size": 0.5}
    several = [target(quantity=one, asked=["2022-07"], within=3) for one in ("fairness_quit", "hazard_quit")]
    several += [target(quantity="quits_ratio", event=event, within=3, teams=teams) for teams in (None, ["north"])]
    several += [target(quantity=one) for one in ("quota_step", "quota_changed")]
    kept: dict = {}
    for one in several:
        together = measure(one, scenario, draws, 2, kept=kept)
        np.testing.assert_array_equal(together, measure(one, scenario, draws, 2))
    assert len(kept) == 3

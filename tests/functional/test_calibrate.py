"""Calibration through the whole engine: closed forms, recovery, resumption, refusals."""

import json
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pandas as pd
import pytest
from scipy import integrate, stats

import sim
from sim.errors import InputError, NothingFound
from sim.scenario import Scenario
from sim.studies.posterior import Posterior
from tests.command_line import command

PEOPLE, MONTHS = 30, 10


def lab(prior, facts, **overrides):
    """One team whose members are followed from the first month; nothing drives them but what is asked for."""
    raw = {
        "title": "a lab", "start": "2022-05", "months": MONTHS, "budget": {"gpus": 100},
        "team": {"north": {"site": "here", "line": "llm", "researchers": PEOPLE, "baseline": 1.0}},
        "cohort": {"all": {"team": "north", "month": "2022-05"}},
        "mechanisms": dict.fromkeys(sim.load_scenario("two_teams").mechanisms.model_dump(), False),
        "turnover": {"base_rate": 0.0, "frailty": 0.0}, "hiring": {"backfill": 0.0},
        "event": {"cut": {"type": "layoff", "month": "2022-06", "fraction": 0.0}},
        "prior": {path: {**one, "source": "a paper"} for path, one in prior.items()},
        "record": {name: {"what": "left_share", "cohort": "all", "month": "2023-02", "source": "a paper", **one}
                   for name, one in facts.items()},
    }  # fmt: skip
    return Scenario.from_dict(raw).with_overrides(overrides)


BETA = {"event.cut.fraction": {"distribution": "beta", "a": 2.0, "b": 3.0}}
RATE = {"turnover.base_rate": {"median": 0.05, "log_sd": 0.5}}


def test_the_conjugate_posterior_and_its_evidence():
    """Each of 30 people goes with probability f, f is Beta(2, 3), 12 went: f is Beta(14, 21)."""
    found = sim.calibrate(lab(BETA, {"gone": {"count": 12, "of": PEOPLE}}), points=1000, replicates=100, stages=0)
    known = stats.beta(14, 21)
    draws = found.draws
    mean = (draws["weight"] * draws["event.cut.fraction"]).sum()
    assert mean == pytest.approx(known.mean(), abs=0.005)
    row = found.parameters.iloc[0]
    np.testing.assert_allclose([row["q05"], row["median"], row["q95"]], known.ppf([0.05, 0.5, 0.95]), atol=0.01)
    assert found.log_evidence == pytest.approx(stats.betabinom(PEOPLE, 2, 3).logpmf(12), abs=0.04)
    assert row["identified"]
    assert found.resampled["event.cut.fraction"].mean() == pytest.approx(known.mean(), abs=0.01)


def test_a_count_that_may_be_either_of_two_is_their_mixture():
    found = sim.calibrate(lab(BETA, {"gone": {"count": [3, 20], "of": PEOPLE}}), points=1000, replicates=60, stages=0)
    either = stats.betabinom(PEOPLE, 2, 3).pmf([3, 20])
    assert found.log_evidence == pytest.approx(np.log(either.sum()), abs=0.06)
    mean = (found.draws["weight"] * found.draws["event.cut.fraction"]).sum()
    assert mean == pytest.approx(either @ [5 / 35, 22 / 35] / either.sum(), abs=0.015)


def test_pure_death_has_the_posterior_of_its_integral():
    scenario = lab(RATE, {"gone": {"count": 12, "of": PEOPLE}})
    found = sim.calibrate(scenario, points=1500, replicates=50)

    def joint(rate):
        prior = stats.lognorm(0.5, scale=0.05).pdf(rate)
        return prior * stats.binom(PEOPLE, 1 - np.exp(-rate * MONTHS)).pmf(12)

    evidence = integrate.quad(joint, 0, 0.5)[0]
    mean = integrate.quad(lambda rate: rate * joint(rate), 0, 0.5)[0] / evidence
    assert found.log_evidence == pytest.approx(np.log(evidence), abs=0.05)
    assert (found.draws["weight"] * found.draws["turnover.base_rate"]).sum() == pytest.approx(mean, rel=0.02)
    assert found.ess > 500


def test_a_fact_with_an_error_and_one_with_an_interval_are_what_they_say():
    """A year's leavers known as a share with an error: the likelihood is the mean of normal kernels."""
    value, sd = 0.4, 0.05
    facts = {"gone": {"value": value, "sd": sd}, "early": {"low": 0.0, "high": 1.0, "month": "2022-07"}}
    found = sim.calibrate(lab(BETA, facts), points=1500, replicates=40, stages=0)
    counts = np.arange(PEOPLE + 1)
    kernel = np.exp(-0.5 * ((counts / PEOPLE - value) / sd) ** 2)
    weights = stats.betabinom(PEOPLE, 2, 3).pmf(counts) * kernel
    assert found.log_evidence == pytest.approx(np.log(weights.sum()), abs=0.06)
    mean = weights @ ((2 + counts) / (5 + PEOPLE)) / weights.sum()
    assert (found.draws["weight"] * found.draws["event.cut.fraction"]).sum() == pytest.approx(mean, abs=0.01)


TWO = {**RATE, "event.cut.fraction": {"low": 0.0, "high": 0.6}}


def test_intervals_hold_the_truth_as_often_as_they_say():
    facts = {"gone": {"count": 12, "of": PEOPLE}, "early": {"value": 0.2, "sd": 0.05, "month": "2022-06"}}
    found = sim.calibrate(lab(TWO, facts), points=4000, stages=0, coverage=True)
    coverage = found.coverage.set_index("path")
    assert 0.88 <= coverage.loc["all together", "inside_90"] <= 0.92
    assert coverage["inside_90"].min() >= 0.846
    assert abs(coverage.loc["all together", "inside_50"] - 0.5) < 0.06
    assert len(found.ranks) == 300


def test_further_stages_gather_draws_where_the_record_is():
    """The record lies far out in the prior."""
    rates = {"turnover.base_rate": {"median": 0.01, "log_sd": 0.7}}
    scenario = lab(rates, {"gone": {"count": 25, "of": PEOPLE}})
    one, more = (sim.calibrate(scenario, points=600, stages=stages) for stages in (0, 3))
    assert len(more.draws) == 600 + 3 * 300
    assert more.ess > 4 * one.ess
    assert more.log_evidence == pytest.approx(one.log_evidence, abs=4 * float(one.evidence["error"].iloc[0]))


def test_the_table_says_what_is_not_identified():
    prior = {**BETA, "turnover.contagion": {"low": 0.0, "high": 1.0}}
    found = sim.calibrate(lab(prior, {"gone": {"count": 12, "of": PEOPLE}}), points=1500, stages=0)
    table = found.parameters.set_index("path")
    assert table.loc["event.cut.fraction", "identified"]
    assert not table.loc["turnover.contagion", "identified"]
    assert abs(table.loc["turnover.contagion", "width"] - 1.0) < 0.1


def test_a_held_out_fact_is_predicted_and_not_used():
    facts = {"gone": {"count": 12, "of": PEOPLE}, "late": {"low": 0.9, "high": 1.0, "used_for": "validation"}}
    with_it, without = (sim.calibrate(lab(BETA, one), points=300, stages=0) for one in (facts, {"gone": facts["gone"]}))
    assert with_it.log_evidence == without.log_evidence
    late = with_it.predictive.set_index("name").loc["late"]
    assert not late["used"]
    assert 0.2 < late["q50"] < 0.6
    early = {"gone": {"count": 12, "of": PEOPLE}, "first": {"count": 10, "of": PEOPLE, "month": "2022-06"}}
    split = sim.calibrate(lab(BETA, early), points=300, stages=0, until="2022-08")
    assert split.predictive.set_index("name")["used"].to_dict() == {"first": True, "gone": False}


def test_rivals_are_calibrated_too_and_the_factor_has_its_error():
    """Without layoffs nobody leaves: the record is impossible; a mechanism that does nothing is told from none."""
    scenario = lab(RATE, {"gone": {"count": 12, "of": PEOPLE}}, **{"mechanisms.market": True})
    found = sim.calibrate(scenario, points=400, stages=0, without=["market"], only=["nothing"])
    rivals = found.evidence.set_index("model")
    assert rivals.loc["without_market", "log_bayes"] == pytest.approx(0.0, abs=1e-12)  # the same luck
    assert "cannot tell" in rivals.loc["only_nothing", "words"]
    assert (rivals.loc[["without_market", "only_nothing"], "log_bayes_error"] > 0.0).all()
    assert set(found.further["model"]) == {"without_market", "only_nothing"}
    assert found.further["if_full"].abs().max() < 0.5  # nothing could tell a model from itself


def test_a_rival_that_the_record_refutes():
    """One in which the market drives people away, against none in which anybody leaves."""
    hot = {"hot": {"type": "market", "month": "2022-05", "heat": 100.0}}
    raw = lab({"turnover.market": {"low": 1.0, "high": 2.0}}, {"gone": {"count": 20, "of": PEOPLE}}).to_dict()
    raw |= {
        "event": hot,
        "turnover": {"base_rate": 0.001, "frailty": 0.0},
        "mechanisms": {**raw["mechanisms"], "market": True},
    }
    found = sim.calibrate(Scenario.from_dict(raw), points=300, stages=0, without=["market"])
    row = found.evidence.set_index("model").loc["without_market"]
    assert "decisively against" in row["words"]
    further = found.further.set_index("data")["if_full"]
    assert (
        abs(further.pop("a survey of fairness, linked to exits")) < 1.0
    )  # a bare mention (Kass and Raftery 1995): it moves nobody
    assert (further > 3.0).all()


class Stop(Exception):
    pass


def stop_after(histories):
    def tell(done, total, ess):
        if done >= histories:
            raise Stop

    return tell


def test_a_stopped_calibration_goes_on_where_it_was(tmp_path):
    scenario = lab(TWO, {"gone": {"count": 25, "of": PEOPLE}})
    asked = {"points": 300, "piece": 400, "stages": 2}
    whole = sim.calibrate(scenario, tmp_path / "whole", **asked)
    for histories in (800, 2400, 2800):  # in the first stage, at its end, in the second
        with pytest.raises(Stop):
            sim.calibrate(scenario, tmp_path / "part", progress=stop_after(histories), **asked)
        with pytest.raises(InputError):
            Posterior.load(tmp_path / "part")
    done = {path: path.stat().st_mtime_ns for path in (tmp_path / "part" / "pieces").iterdir()}
    assert len(done) >= 6
    again = sim.calibrate(scenario, tmp_path / "part", **asked)
    for name, table in whole.tables.items():
        pd.testing.assert_frame_equal(again.tables[name], table)
    assert {path: path.stat().st_mtime_ns for path in done} == done
    loaded = Posterior.load(tmp_path / "part")
    pd.testing.assert_frame_equal(loaded.resampled, whole.resampled)
    assert loaded.ess == pytest.approx(whole.ess)


def test_pieces_and_executors_never_change_the_result(tmp_path):
    scenario = lab(TWO, {"gone": {"count": 25, "of": PEOPLE}})
    one = sim.calibrate(scenario, points=200, stages=1)
    with ThreadPoolExecutor(2) as pool:
        other = sim.calibrate(scenario, points=200, stages=1, piece=100, executor=pool, threads=1)
    pd.testing.assert_frame_equal(one.draws, other.draws)


def test_a_dask_scheduler_gives_what_this_machine_gives():
    distributed = pytest.importorskip("distributed")
    scenario = lab(TWO, {"gone": {"count": 25, "of": PEOPLE}})
    here = sim.calibrate(scenario, points=200, stages=1)
    with distributed.Client(n_workers=1, threads_per_worker=1, processes=False, dashboard_address=None) as client:
        there = sim.calibrate(scenario, points=200, stages=1, piece=400, executor=client.get_executor())
    pd.testing.assert_frame_equal(here.draws, there.draws)


def test_what_came_later_is_predicted_from_what_was_known():
    """People leave at one rate: who knows how many had gone by August predicts how many have by the end."""
    facts = {"early": {"count": 12, "of": PEOPLE, "month": "2022-08"}, "late": {"count": 24, "of": PEOPLE}}
    found = sim.calibrate(lab(RATE, facts), points=500, replicates=20, until="2022-10")
    table = found.predictive.set_index("name")
    assert table["used"].to_dict() == {"early": True, "late": False}
    late = table.loc["late"]
    assert late["q95"] - late["q05"] < late["prior_q95"] - late["prior_q05"]
    assert late["q05"] <= 24 / PEOPLE <= late["q95"]
    assert "1 of 1 fact held out within 90 %" in " ".join(found.verdict().text().split())


def test_another_calibration_in_the_folder_is_refused_unless_afresh(tmp_path):
    scenario = lab(BETA, {"gone": {"count": 12, "of": PEOPLE}})
    sim.calibrate(scenario, tmp_path / "p", points=100, stages=0)
    with pytest.raises(InputError, match=r"another calibration \(points differ\)"):
        sim.calibrate(scenario, tmp_path / "p", points=120, stages=0)
    with pytest.raises(InputError, match="its scenario or priors have changed"):
        sim.calibrate(scenario.with_overrides({"budget.gpus": 50.0}), tmp_path / "p", points=100, stages=0)
    assert len(sim.calibrate(scenario, tmp_path / "p", points=120, stages=0, fresh=True).draws) == 120


GONE = {"gone": {"count": 12, "of": PEOPLE}}


@pytest.mark.parametrize(
    ("prior", "facts", "asked", "told"),
    [
        ({}, GONE, {}, "has no priors"),
        (BETA, {}, {}, "records no facts"),
        (BETA, {"late": {**GONE["gone"], "used_for": "validation"}}, {}, "all are held out"),
        (BETA, GONE, {"facts": ["gonne"]}, "no fact 'gonne' (did you mean 'gone'?"),
        (BETA, {**GONE, "late": {**GONE["gone"], "used_for": "validation"}}, {"facts": ["late"]},
         "kept for validation; calibration never reads it"),
        (BETA, {"gone": {**GONE["gone"], "month": "2025-01"}}, {}, "lies after the end of the run, 2023-02"),
        (BETA, GONE, {"until": "2022-06"}, "all are held out"),
        (BETA, GONE, {"until": "soon"}, "until: must be a month from 2022-05 to 2023-02"),
        (BETA, GONE, {"points": 0}, "points: must be a whole number"),
        (BETA, GONE, {"replicates": 1}, "replicates: must be a whole number from 2"),
        (BETA, GONE, {"seed": -1}, "seed: must be"),
        (BETA, GONE, {"without": ["farness"]}, "without: unknown mechanism 'farness' (did you mean 'fairness'?"),
        (BETA, GONE, {"without": ["fairness"]}, "without: 'fairness' is off in this scenario"),
        (BETA, GONE, {"only": ["nothin"]}, "only: unknown mechanism 'nothin' (did you mean 'nothing'?"),
        ({"months": {"low": 5.0, "high": 9.0}}, GONE, {}, "cannot differ from point to point"),
    ],
)  # fmt: skip
def test_what_cannot_be_calibrated_is_told_in_one_line(prior, facts, asked, told, tmp_path):
    with pytest.raises(InputError) as error:
        sim.calibrate(lab(prior, facts), tmp_path / "p", **asked)
    (line,) = error.value.faults
    assert told in line
    assert not (tmp_path / "p" / "pieces").exists()


def test_a_fact_that_no_history_can_meet_is_named_and_the_pieces_are_kept(tmp_path):
    scenario = lab({"event.cut.fraction": {"low": 0.0, "high": 0.2}}, {"gone": {"low": 0.9, "high": 1.0}})
    with pytest.raises(NothingFound, match=r"record.gone: no history can meet this fact, 0.9 to 1: of 800 "):
        sim.calibrate(scenario, tmp_path / "p", points=100)
    assert list((tmp_path / "p" / "pieces").iterdir())


def test_facts_that_contradict_each_other_are_told():
    facts = {"early": {"low": 0.5, "high": 1.0, "month": "2022-07"}, "gone": {"low": 0.0, "high": 0.4}}
    with pytest.raises(NothingFound, match="meets all facts together"):
        sim.calibrate(lab(BETA, facts), points=100)


def test_a_posterior_of_too_few_draws_says_so_when_it_is_asked():
    found = sim.calibrate(lab(RATE, {"gone": {"value": 0.9, "sd": 0.001}}), points=60, stages=0)
    with pytest.raises(NothingFound, match=r"effective draws; at least 30 are needed"):
        found.demand_enough()


def test_priors_from_a_file_replace_those_of_the_scenario(tmp_path):
    file = tmp_path / "prior.toml"
    file.write_text('[prior]\n"turnover.base_rate" = { median = 0.05, log_sd = 0.5, source = "a" }\n')
    found = sim.calibrate(lab(BETA, GONE), prior=file, points=100, stages=0)
    assert found.paths == ["turnover.base_rate"]
    file.write_text('[[target]]\nname = "x"\n')
    with pytest.raises(InputError, match="targets for validation, which calibration never reads"):
        sim.calibrate(lab(BETA, GONE), prior=file, points=100)
    file.write_text('[prior]\n"turnover.base_rat" = { median = 0.05, log_sd = 0.5, source = "a" }\n')
    with pytest.raises(InputError, match=r"prior.toml: prior.*unknown parameter"):
        sim.calibrate(lab(BETA, GONE), prior=file, points=100)


def test_a_posterior_belongs_to_its_scenario():
    scenario = lab(TWO, GONE)
    found = sim.calibrate(scenario, points=300)
    draws = found.draws_for(scenario)
    assert set(draws) == set(TWO)
    assert {len(one) for one in draws.values()} == {500}
    fixed = scenario.with_overrides({"turnover.base_rate": 0.3, "budget.gpus": 7.0})
    assert set(found.draws_for(fixed)) == {"event.cut.fraction"}  # what a scenario sets otherwise stays as set
    with pytest.raises(InputError, match="posterior: is of another scenario"):
        found.draws_for(sim.load_scenario("two_teams"))


def test_a_posterior_folder_tells_where_it_came_from(tmp_path):
    found = sim.calibrate(lab(BETA, GONE), tmp_path / "p", points=100, stages=0)
    about = json.loads((tmp_path / "p" / "posterior.json").read_text())
    assert about["kind"] == "posterior"
    again = Posterior.load(tmp_path / "p")
    assert again.scenario == found.scenario
    assert again.about_it == found.about_it


# The command line


def told(*words):
    done = command(*words)
    return done.returncode, done.stdout, done.stderr


LAB = """
extends = "two_teams"
[prior]
"turnover.base_rate" = { median = 0.02, log_sd = 0.4, source = "a paper" }
"turnover.contagion" = { low = 0.1, high = 0.5, source = "a paper" }
[[cohort]]
name = "followed"
team = "alpha"
month = "2022-05"
[[record]]
what = "left_share"
cohort = "followed"
month = "2022-12"
count = 3
of = 12
source = "a paper"
"""


def test_the_commands_say_what_they_found_and_where_it_is(tmp_path):
    team = next(iter(sim.load_scenario("two_teams").team))
    file = tmp_path / "lab.toml"
    file.write_text(LAB.replace("alpha", team))
    code, out, err = told("calibrate", file, "--points", 60, "--out", tmp_path / "p", "--coverage", "--no-figures")
    assert code == 0, err
    assert "What the record leaves of each parameter" in out
    assert f"written to {tmp_path / 'p'}/" in out
    code, out, err = told("run", file, "-n", 20, "--posterior", tmp_path / "p", "--out", tmp_path / "r", "--no-figures")
    assert code == 0, err
    assert "How much is luck, and how much is not knowing" in out
    code, out, err = told(
        "compare", file, "--policies", "max_min", "-n", 20, "--posterior", tmp_path / "p", "--out", tmp_path / "c",
        "--no-figures",
    )  # fmt: skip
    assert code == 0, err
    assert "luck and not knowing" in out
    code, out, err = told("compare", "llama_vs_opt", "--policies", "max_min", "--posterior", tmp_path / "p")
    assert code == 2
    assert "posterior: is of another scenario" in err.splitlines()[-1]


def test_a_calibration_that_says_nothing_ends_with_1_and_keeps_what_it_has(tmp_path):
    team = next(iter(sim.load_scenario("two_teams").team))
    file = tmp_path / "lab.toml"
    file.write_text(LAB.replace("alpha", team).replace("count = 3\nof = 12", "low = 2.0\nhigh = 3.0"))
    code, _, err = told("calibrate", file, "--points", 60, "--out", tmp_path / "p")
    assert code == 1
    assert "no history can meet this fact" in err
    assert list((tmp_path / "p" / "pieces").iterdir())
    code, _, err = told("calibrate", "two_teams", "--out", tmp_path / "q")
    assert code == 2
    assert "has no priors" in err
    assert not (tmp_path / "q").exists()

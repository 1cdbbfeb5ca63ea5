"""What is said of every kind of study: the question answered first, luck never sold as a finding, nothing cut."""

import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import sim
from sim.report.verdicts import Verdict, verdict_of
from sim.report.verdicts.of_comparison import summary as cases_summary
from sim.results.estimate import Estimate
from sim.scenario import Scenario, load_parent
from sim.studies.attribute import attribute
from sim.studies.parent import beside_parent
from sim.studies.sweep_folder import Sweep


@pytest.fixture(scope="module")
def compared():
    lab = sim.load_scenario("llama_vs_opt")
    return sim.compare(sim.policies_of(lab, ["priority", "per_head", "max_min", "quota_borrowing", "quota"]), 200)


def test_a_run_answers_its_question_first():
    result = sim.run("llama_vs_opt", 60)
    text = str(result.verdict())
    assert text.splitlines()[1] == result.scenario.question
    assert re.search(r"[\d.]+ people quit \(\d+ to \d+ in nine histories of ten\)", text)
    assert "recorded facts" in text
    quits = result.summary().loc["quits"]
    assert quits["low"] < result.outcomes["quits"].mean() < quits["high"]
    assert "<table>" in result._repr_html_()


@pytest.mark.parametrize("detail", ["summary", "months"])
def test_a_run_of_less_detail_is_told_too(detail):
    assert "people quit" in str(sim.run("two_teams", 5, detail=detail).verdict())


def test_one_history_claims_no_interval():
    text = str(sim.run("two_teams", 1).verdict())
    assert "nine histories of ten" not in text


def test_a_run_with_points_tells_how_far_they_lie_apart():
    result = sim.run("two_teams", 30, points={"budget.scale": [0.5, 2.0]})
    assert "budget.scale=0.5" in str(result.verdict())


def test_a_project_that_is_not_released_lies_outside_its_recorded_interval():
    free = sim.run("free_run", 200)
    row = free.record.set_index("name").loc["release_delay:llama@2023-02"]
    out = free.outcomes["release_month.llama"].notna().mean()
    assert row["missing"] == pytest.approx(1 - out)
    assert row["within"] <= out < 0.95
    assert re.search(r"release_delay of llama.*never in \d+ %", free.verdict().text(width=None))


def test_what_lies_after_the_end_of_the_run_is_neither_within_nor_outside():
    short = sim.run("two_teams", 5, overrides={"months": 5})
    assert np.isnan(short.record["within"]).all()
    assert "after the end of the run" in str(short.verdict())


def test_gpus_mean_the_same_in_a_run_and_in_a_comparison(compared):
    run = sim.run("llama_vs_opt", 200)
    asking = run.months[(run.months["team"] == "genai") & (run.months["ask"] > 0)]
    each = asking.groupby("replicate")["gpus"].mean()
    row = compared.differences.query("case == 'quota' and outcome == 'gpus.genai'").iloc[0]
    assert row["base"] == pytest.approx(each.mean())
    shown = next(table for table in run.verdict().tables if "Who got" in table.title)
    assert shown.columns["GPUs"][shown.columns["team"].index("genai")] == f"{each.mean():,.0f}"


def test_a_comparison_ranks_its_cases_and_marks_what_cannot_be_told_apart(compared):
    quits = compared.outcomes.pivot(index="replicate", columns="case", values="quits")
    best = quits.mean().idxmin()
    gaps = quits.sub(quits[best], axis=0).drop(columns=best)
    width = 2.4977 * gaps.std() / np.sqrt(200)  # normal quantile of 1 - 0.025/4: four cases are held against the best
    near = {case for case in gaps if gaps[case].mean() - width[case] <= 0.0}
    table = cases_summary(compared).query("outcome == 'quits'").set_index("case")
    assert table["mean"].is_monotonic_increasing
    assert table.index[table["rank"] == "best"].tolist() == [best]
    assert set(table.index[table["rank"] == "near"]) == near
    text = compared.verdict().text(width=None)
    assert "The same in every history: max_min and quota_borrowing" in text
    assert all(len(line) <= 80 for line in compared.verdict().text(width=80).splitlines())
    assert "per_head against priority" not in text
    assert "per_head against priority" in compared.verdict().text(full=True)


def test_cases_that_are_one_and_the_same_get_the_same_marks(compared):
    """However their sums were rounded: what differs in the sixteenth digit was sure before."""
    ranks = cases_summary(compared).pivot(index="outcome", columns="case", values="rank")
    assert ((ranks["max_min"] == "") == (ranks["quota_borrowing"] == "")).all()
    assert not Estimate.of([0.3 - 0.1 - 0.2, 0.3 - 0.1 - 0.2]).sure()


def test_cases_that_differ_in_nothing_are_not_ranked():
    same = sim.compare({"a": "two_teams", "b": "two_teams"}, 20)
    text = str(same.verdict())
    assert "No case is sure to lose fewer people than a" in text
    assert "The same in every history: a and b" in text
    assert set(cases_summary(same)["rank"]) == {""}


def test_luck_is_not_told_as_a_finding():
    """Of two labs that differ in luck alone, nothing is sure more often than one in twenty times."""
    lab = sim.load_scenario("two_teams")
    outcomes = sim.run(lab, 2000, seed=9).outcomes
    compared = sim.compare({"a": lab, "b": lab}, 25)
    told = 0
    for trial in range(40):
        tables = [
            outcomes[first : first + 25].assign(case=case, replicate=range(25))
            for case, first in (("a", 50 * trial), ("b", 50 * trial + 25))
        ]
        found = replace(compared, tables=compared.tables | {"outcomes": pd.concat(tables, ignore_index=True)})
        told += "Fewest quit under" in str(verdict_of(found))
    assert told <= 6  # 0.975 quantile of a binomial of 40 at 0.05 is 5


def test_the_time_to_a_release_that_does_not_come_is_marked(compared):
    rows = compared.differences.query("outcome == 'months_to_release.opt_next'")
    assert (rows["censored"] == 1.0).all()
    text = compared.verdict().text(full=True, width=None)
    assert re.search(r"months_to_release.opt_next +months +≥ 14", text)


def test_a_run_is_told_beside_the_scenario_that_it_extends(tmp_path):
    result = sim.run("no_layoffs", 100)
    table = beside_parent(result, load_parent("no_layoffs")).set_index("outcome")
    base = sim.run("llama_vs_opt", 100)
    assert table.loc["quits", "difference"] == pytest.approx((result.outcomes["quits"] - base.outcomes["quits"]).mean())
    assert "Beside LLaMA versus OPT, which it extends, on the same luck: quits -" in result.verdict().text(width=None)
    result.save(tmp_path / "r")
    assert "Beside LLaMA versus OPT" in str(sim.Result.load(tmp_path / "r").verdict())


def test_an_attribution_names_what_drove_people_away_and_what_is_not_told_apart():
    found = sim.attribute("two_teams", 20)
    text = str(found.verdict())
    assert "South authors: " in text
    assert "with every mechanism off" in text
    assert len(found.summary()) == len(found.mechanisms) + len(found.events) + len(found.what_if)


def test_a_sensitivity_study_says_what_matters_most_and_how_much_is_luck():
    ranges = {"turnover.base_rate": (0.0, 0.2), "committee.noise": (0.2, 0.25)}
    for method, samples in (("morris", 6), ("sobol", 16)):
        found = sim.sensitivity("two_teams", ranges, outcomes=["quits"], method=method, samples=samples, replicates=20)
        assert re.search(r"most: turnover.base_rate|cause: turnover.base_rate", str(found.verdict()).replace("\n ", ""))
        assert "Luck is" in str(found.verdict())


def test_a_sweep_tells_ranges_by_factor_and_extremes_with_luck(tmp_path):
    experiment = {"scenario": "two_teams", "replicates": 20, "outcomes": ["quits"],
                  "factor": [{"path": "turnover.base_rate", "values": [0.0, 0.1]},
                             {"path": "committee.policy", "values": ["priority", "talmud"]}]}  # fmt: skip
    sim.sweep(experiment, tmp_path / "s")
    found = Sweep(tmp_path / "s")
    moved = found.summary().set_index("factor")
    assert moved.loc["turnover.base_rate", "least_at"] == "0"
    assert moved.loc["turnover.base_rate", "part"] > 0.9
    assert "least" in str(found.verdict())
    assert "spread by" in str(found.verdict())


@pytest.mark.parametrize("keep", ["histories", "months"])
def test_a_sweep_that_keeps_more_is_told_too(tmp_path, keep):
    experiment = {"scenario": "two_teams", "replicates": 5, "outcomes": ["quits"], "keep": keep,
                  "factor": [{"path": "budget.scale", "values": [0.5, 1.0]}]}  # fmt: skip
    sim.sweep(experiment, tmp_path / "s")
    assert "budget.scale" in str(Sweep(tmp_path / "s").verdict())


def test_a_verdict_holds_no_terminal_escapes_of_what_people_wrote():
    odd = sim.load_scenario("two_teams", {"title": "red \x1b[31m [bold]x[/bold]", "question": "why\nnot?"})
    text = str(sim.run(odd, 3).verdict())
    assert "\x1b" not in text
    assert "[bold]x[/bold]" in text
    assert isinstance(sim.run(odd, 3).verdict(), Verdict)


def test_a_team_is_called_what_its_file_calls_it():
    team = {"site": "s", "line": "l", "researchers": 6, "baseline": 40}
    lab = Scenario.from_dict({
        "start": "2024-01", "months": 4, "budget": {"gpus": 100},
        "team": [{"name": "north", **team}, {"name": "south_side", **team, "site": "t"}],
    })  # fmt: skip
    told = " ".join(verdict_of(sim.run(lab, 4)).found)
    assert "Least fair it feels in" in told
    assert "south_side" in told
    assert "south side" not in told


def test_what_sums_of_nothing_leave_is_no_cause():
    study = attribute("two_teams", 6, seed=3, mechanisms=["fairness", "contagion"])
    table = study.mechanisms.copy()
    table.loc[table["mechanism"] == "contagion", ["value", "low", "high"]] = 1e-17, 0.9e-17, 1.1e-17
    told = " ".join(verdict_of(replace(study, tables={**study.tables, "mechanisms": table})).found)
    assert "contagion" not in told

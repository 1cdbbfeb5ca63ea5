"""What must come out of a run: closed forms, symmetries, and what can change nobody's fate."""

import itertools
import math
from copy import deepcopy

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import sim
from sim.scenario import sections, shipped
from sim.scenario.files import read_toml, shipped_folder

OFF = dict.fromkeys(sections.Mechanisms.model_fields, False)
CHANCE = 1e-4  # a right model fails a test of chance with this probability, once and for all: seeds are fixed


def team(name, researchers=10, **more):
    return {"name": name, "site": "here", "line": "llm", "researchers": researchers, "baseline": 50.0} | more


def lab(teams, months=24, gpus=100.0, mechanisms=(), **more):
    """A lab short of GPUs, all mechanisms off but those named, of equal people, in which nobody refills vacancies."""
    raw = {"start": "2022-01", "months": months, "budget": {"gpus": gpus}, "team": teams}
    raw |= {"mechanisms": OFF | dict.fromkeys(mechanisms, True)} | more
    raw["turnover"] = {"frailty": 0.0} | raw.get("turnover", {})
    raw["fairness"] = {"leaning": 0.0} | raw.get("fairness", {})
    return sim.Scenario.from_dict(raw)


def shipped_dict(name):
    return read_toml(shipped_folder() / f"{name}.toml")


def stands_alone(raw):
    """Whether a file is a lab of its own, with nothing beside it."""
    return "extends" not in raw and "demand_csv" not in str(raw)


WHOLE = [name for name in shipped() if stands_alone(shipped_dict(name))]


def exits_of(result):
    """Who left, when, whence and why: comparable between runs whatever their teams and months."""
    table = result.exits[["replicate", "month", "team", "person", "reason"]].astype({"team": str, "reason": str})
    return table.sort_values(["replicate", "person"]).reset_index(drop=True)


def assert_exits_follow(scenario, cumulative, replicates=600, seed=1):
    """Of everyone there from the start, `1 - exp(-cumulative[t])` have left by the end of month t, independently."""
    result = sim.run(scenario, replicates, seed=seed)
    people = sum(one.researchers for one in scenario.team.values())
    survival = np.exp(-np.concatenate([[0.0], cumulative]))
    chances = np.append(survival[:-1] - survival[1:], survival[-1])
    left = np.bincount(result.exits["month"], minlength=scenario.months)
    observed = np.append(left, people * replicates - left.sum())
    assert stats.chisquare(observed, people * replicates * chances).pvalue > CHANCE
    # Departures of a history are binomial: compare the counts of histories, rare counts put together.
    counts = np.bincount(result.outcomes["quits"].astype(int), minlength=people + 1)
    expected = replicates * stats.binom.pmf(np.arange(people + 1), people, 1.0 - survival[-1])
    common = expected >= 5.0
    observed, expected = ([*values[common], values[~common].sum()] for values in (counts, expected))
    assert stats.chisquare(observed, expected).pvalue > CHANCE
    return result


# Survival


@pytest.mark.parametrize("rate", [0.005, 0.03, 0.2])
def test_with_all_mechanisms_off_people_leave_at_the_base_rate_however_unfair_the_lab(rate):
    teams = [team("rich", 20), team("poor", 30, site="there", promised_gpus=500.0)]
    events = [{"type": "lead_leaves", "month": "2022-03", "site": "there"},
              {"type": "market", "month": "2022-04", "heat": 9.0}]  # fmt: skip
    scenario = lab(
        teams,
        turnover={"base_rate": rate},
        event=events,
        committee={"members": [{"name": "c", "priorities": {"poor": 0.01}}]},
    )
    result = assert_exits_follow(scenario, rate * np.arange(1, 25))
    assert result.months.query("month == 0")["shortfall"].mean() > 0.5
    assert (result.months["fairness"] == 0.0).all()


def test_outside_demand_multiplies_the_rate_from_its_month_on():
    events = [{"type": "market", "month": "2022-07", "heat": 9.0}]
    scenario = lab([team("a", 40)], mechanisms=["market"], event=events, turnover={"base_rate": 0.02, "market": 0.5})
    assert_exits_follow(scenario, np.cumsum(0.02 * np.where(np.arange(24) >= 6, 3.0, 1.0)))


def test_a_shock_fades_by_its_half_life():
    events = [{"type": "shock", "month": "2022-04", "size": 1.5}]
    scenario = lab([team("a", 40)], mechanisms=["shocks"], event=events,
                   turnover={"base_rate": 0.02, "shock_half_life": 3.0})  # fmt: skip
    ages = np.arange(24) - 3
    assert_exits_follow(scenario, np.cumsum(0.02 * np.exp(np.where(ages >= 0, 1.5 * 0.5 ** (ages / 3.0), 0.0))))


def test_a_leaders_exit_has_a_half_life_of_its_own():
    events = [{"type": "lead_leaves", "month": "2022-04", "site": "here"}]
    scenario = lab([team("a", 40)], mechanisms=["shocks"], event=events, turnover={"base_rate": 0.02},
                   shocks={"lead_leaves": 1.1, "lead_half_life": 6.0})  # fmt: skip
    ages = np.arange(24) - 3
    assert_exits_follow(scenario, np.cumsum(0.02 * np.exp(np.where(ages >= 0, 1.1 * 0.5 ** (ages / 6.0), 0.0))))


def test_a_layoff_shakes_those_who_stay_by_its_dose():
    events = [{"type": "layoff", "month": "2022-04", "fraction": 1e-9, "teams": ["a"]}]  # it strikes nobody here
    shocks = {"layoff": 2.0, "layoff_dose": 0.05}
    scenario = lab([team("a", 40)], mechanisms=["shocks"], event=events, shocks=shocks,
                   turnover={"base_rate": 0.02, "shock_half_life": 3.0})  # fmt: skip
    ages, size = np.arange(24) - 3, 2.0 * 1e-7**0.05
    assert size > 0.8
    assert_exits_follow(scenario, np.cumsum(0.02 * np.exp(np.where(ages >= 0, size * 0.5 ** (ages / 3.0), 0.0))))


def test_the_frail_leave_first_and_newcomers_are_as_frail_as_ever():
    """Survival of a lognormal frailty with mean 1 (Vaupel, Manton and Stallard 1979), by quadrature."""
    scenario = lab([team("a", 40)], turnover={"base_rate": 0.08, "frailty": 0.9})
    nodes, weights = np.polynomial.hermite_e.hermegauss(60)
    frailty = np.exp(0.9 * nodes - 0.5 * 0.9**2)
    weights = weights / weights.sum()
    survival = [weights @ np.exp(-0.08 * month * frailty) for month in range(1, 25)]
    assert survival[-1] > 1.3 * math.exp(-0.08 * 24)  # else this says little
    assert_exits_follow(scenario, -np.log(survival))
    refilled = lab([team("a", 40)], turnover={"base_rate": 0.3, "frailty": 0.9}, mechanisms=["hiring"],
                   hiring={"backfill": 1.0, "lead_months": 1})  # fmt: skip
    result = sim.run(refilled, 300, seed=3)
    exits = result.exits
    seat = exits["person"].str.split(".").str[0]
    tenure = exits["month"] - exits.groupby(["replicate", seat])["month"].shift(1)
    newcomers = int(result.months["hired"].sum())
    chance = weights @ (1.0 - np.exp(-0.3 * frailty))
    assert stats.binomtest(int((tenure == 1).sum()), newcomers, chance).pvalue > CHANCE


def test_a_layoff_takes_each_person_with_its_probability():
    events = [{"type": "layoff", "month": "2022-02", "fraction": 0.3, "teams": ["a"]}]
    scenario = lab([team("a", 20), team("b", 20)], months=3, event=events, turnover={"base_rate": 0.0})
    result = sim.run(scenario, 2000, seed=4)
    months = result.months.pivot_table(index="replicate", columns=["team", "month"], values="laid_off", observed=True)
    assert months.drop(columns=("a", 1)).to_numpy().sum() == 0
    counts = np.bincount(months["a", 1].astype(int), minlength=21)
    expected = 2000 * stats.binom.pmf(np.arange(21), 20, 0.3)
    common = expected >= 5.0
    assert stats.chisquare(counts[common], expected[common] * counts[common].sum() / expected[common].sum()).pvalue > (
        CHANCE
    )
    assert stats.binomtest(int(counts @ np.arange(21)), 2000 * 20, 0.3).pvalue > CHANCE


@pytest.mark.parametrize("event", [{"type": "layoff", "fraction": 0.3}, {"type": "shock", "size": 1.0}])
def test_nobody_is_struck_twice_by_one_event(event):
    with pytest.raises(sim.InputError, match=r"event.*teams: names 'a' twice"):
        lab([team("a")], event=[event | {"month": "2022-02", "teams": ["a", "a"]}])


def test_a_vacancy_is_refilled_by_chance_and_after_its_lead_time():
    scenario = lab([team("a", 40)], months=12, mechanisms=["hiring"], turnover={"base_rate": 0.1},
                   hiring={"backfill": 0.4, "lead_months": 3})  # fmt: skip
    result = sim.run(scenario, 500, seed=2)
    by_month = result.months.pivot(index="replicate", columns="month", values=["quit", "hired"])
    quits, hired = by_month["quit"].to_numpy(), by_month["hired"].to_numpy()
    assert (hired[:, :3] == 0).all()
    assert (hired[:, 3:] <= quits[:, :-3]).all()
    assert stats.binomtest(int(hired[:, 3:].sum()), int(quits[:, :-3].sum()), 0.4).pvalue > CHANCE


# Grants


@pytest.mark.parametrize("policy", sim.policies())
def test_grants_never_exceed_asks_or_the_budget_and_use_it_all_when_needs_do(policy):
    scenario = sim.load_scenario("two_teams", {"committee.policy": policy, "budget.gpus": 700.0})
    result = sim.run(scenario, 200, seed=1)
    months = result.months
    assert (months["grant"] <= months["ask"] * (1 + 1e-9)).all()
    assert (months["gpus"] <= months["ask"] * (1 + 1e-9)).all()
    assert (months["relief"] >= 0.0).all()
    sums = months.groupby(["replicate", "month"])[["need", "ask", "grant", "gpus"]].sum()
    lab = sums.join(result.lab.set_index(["replicate", "month"])["budget"])
    assert (lab["grant"] <= 0.95 * lab["budget"] * (1 + 1e-9)).all()
    assert (lab["gpus"] <= lab["budget"] * (1 + 1e-9)).all()
    short = lab["need"] > lab["budget"]
    assert 0.1 < short.mean() < 0.9  # else this says little
    if policy != "quota":
        np.testing.assert_allclose(lab["gpus"], np.minimum(lab["need"], lab["budget"]), rtol=1e-9)


# Symmetry


def twins(**more):
    raw = {
        "start": "2022-01", "months": 18, "budget": {"gpus": 420.0},
        "team": [team("castor", 6, baseline=10.0), team("pollux", 6, baseline=10.0)],
        "project": [
            {"name": f"of_{name}", "team": name, "gpu_months": 1500.0, "start": "2022-03", "target": "2022-10"}
            for name in ("castor", "pollux")
        ],
        "cohort": [{"name": name, "team": name, "month": "2022-01"} for name in ("castor", "pollux")],
    }  # fmt: skip
    return sim.Scenario.from_dict(raw | more)


def test_identical_teams_fare_alike():
    outcomes = sim.run(twins(), 4000, seed=3).outcomes
    wide = 0
    for column in ["quits", "fairness", "gpus", "left_share"]:
        gap = outcomes[f"{column}.castor"] - outcomes[f"{column}.pollux"]
        wide += gap.std() > 0.01 * outcomes[f"{column}.castor"].abs().mean()
        assert abs(gap.mean()) < stats.norm.isf(CHANCE / 2) * gap.std() / math.sqrt(len(gap)), column
    assert wide == 4  # single histories do differ
    first = (outcomes["release_month.of_castor"] < outcomes["release_month.of_pollux"]).sum()
    last = (outcomes["release_month.of_castor"] > outcomes["release_month.of_pollux"]).sum()
    assert first + last > 500
    assert stats.binomtest(int(first), int(first + last), 0.5).pvalue > CHANCE


def test_without_noise_identical_teams_begin_exactly_alike():
    months = sim.run(twins(committee={"noise": 0.0}), 20, seed=3).months.query("month == 0")
    columns = ["need", "ask", "grant", "relief", "gpus", "used", "envy", "shortfall", "voice", "score", "trust"]
    castor, pollux = (months[months["team"] == name][columns].to_numpy() for name in ("castor", "pollux"))
    np.testing.assert_allclose(castor, pollux, rtol=1e-12, atol=1e-12)


# What changes nobody's fate


@pytest.mark.parametrize("name", WHOLE)
def test_the_order_of_teams_projects_and_events_in_a_file_is_irrelevant(name):
    raw = shipped_dict(name)
    turned = deepcopy(raw)
    for table in (turned, turned.get("committee", {})):
        table.update({key: value[::-1] for key, value in table.items() if isinstance(value, list)})
    assert [one["name"] for one in turned["team"]] != [one["name"] for one in raw["team"]]
    one, other = (sim.run(sim.Scenario.from_dict(each), 100, seed=5) for each in (raw, turned))
    assert len(one.exits) > 100
    for table in ("exits", "months", "projects", "cohorts"):
        pd.testing.assert_frame_equal(one.tables[table], other.tables[table])


@pytest.mark.parametrize("line", ["llm", "a_line_of_its_own"])
@pytest.mark.parametrize("name", ["aaa", "zzz"])
def test_a_team_of_nobody_that_asks_for_nothing_changes_nothing(line, name):
    raw = shipped_dict("two_teams")
    result = sim.run(sim.Scenario.from_dict(raw), 200, seed=5)
    raw["team"].append(team(name, 0, site="nowhere", line=line))
    joined = sim.run(sim.Scenario.from_dict(raw), 200, seed=5)
    pd.testing.assert_frame_equal(exits_of(result), exits_of(joined))
    others = joined.months[joined.months["team"] != name].reset_index(drop=True)
    pd.testing.assert_frame_equal(others.astype({"team": str}), result.months.astype({"team": str}))


def test_another_team_elsewhere_leaves_everyone_their_luck():
    """With all mechanisms off nothing but luck decides, and luck goes by name."""
    few, more = ([team(name, 15) for name in names] for names in (["b", "d"], ["a", "b", "c", "d", "e"]))
    few, more = (exits_of(sim.run(lab(teams, turnover={"base_rate": 0.05}), 50, seed=6)) for teams in (few, more))
    known = more[more["team"].isin(["b", "d"])].reset_index(drop=True)
    assert len(few) > 500
    pd.testing.assert_frame_equal(few, known)


@pytest.mark.parametrize("name", WHOLE)
def test_a_longer_run_repeats_the_months_of_the_shorter_one(name):
    raw = shipped_dict(name)
    raw.pop("record", None)
    shorter, longer = (sim.run(sim.Scenario.from_dict(raw | {"months": months}), 60, seed=8) for months in (9, 17))
    for table in ("months", "lab", "exits", "cohorts"):
        one, other = shorter.tables[table], longer.tables[table].query("month < 9").reset_index(drop=True)
        assert len(one) > 0 or not raw.get("cohort")
        pd.testing.assert_frame_equal(one.drop(columns="date"), other.drop(columns="date"))


# Order


@pytest.mark.parametrize(
    ("path", "values"),
    [
        ("turnover.base_rate", [0.01, 0.02, 0.021, 0.1]),
        ("event.boom.heat", [1.0, 1.5, 4.0]),
        ("event.quake.size", [-1.0, 0.0, 0.5, 3.0]),
        ("team.b.promised_gpus", [0.0, 20.0, 45.0]),
    ],
)
def test_a_pointwise_higher_rate_never_delays_a_departure(path, values):
    events = [{"name": "boom", "type": "market", "month": "2022-03", "heat": 1.0},
              {"name": "quake", "type": "shock", "month": "2022-05", "size": 0.0}]  # fmt: skip
    scenario = lab([team("a", 10), team("b", 10)], mechanisms=["market", "shocks", "promise"], event=events)
    result = sim.run(scenario, 300, seed=9, points={path: values})
    months = result.exits.pivot(index=["replicate", "person"], columns="point", values="month").fillna(math.inf)
    for lower, higher in itertools.pairwise(range(len(values))):
        assert (months[higher] <= months[lower]).all()
        assert (months[higher] < months[lower]).any()


# Enough for all


FELT = ["fairness", "capability", "gaming", "appeals"]


@pytest.mark.parametrize(("gpus", "enough"), [(3000.0, True), (500.0, False)])
def test_where_there_is_enough_for_all_nobody_feels_unfairness_and_all_leave_at_the_base_rate(gpus, enough):
    teams = [team("a", 10, record=3.0), team("b", 14, line="vision"), team("c", 6)]
    projects = [{"name": "p", "team": "b", "gpu_months": 4000.0, "start": "2022-03", "target": "2022-12"}]
    rates = {"base_rate": 0.02}
    quiet = lab(teams, gpus=gpus, project=projects, turnover=rates)
    felt = lab(teams, gpus=gpus, project=projects, turnover=rates, mechanisms=FELT)
    if not enough:
        result = sim.run(felt, 200, seed=1)
        assert (result.months["fairness"] <= 0.0).all()
        assert result.months["fairness"].mean() < -0.05
        assert len(result.exits) > 1.05 * len(sim.run(quiet, 200, seed=1).exits)
        return
    result = assert_exits_follow(felt, 0.02 * np.arange(1, 25))
    assert (result.lab["need"] < result.lab["budget"]).all()
    assert (result.months["fairness"] == 0.0).all()  # on average, where people bring something along
    assert (result.months["shortfall"] == 0.0).all()
    assert (result.months["padding"] == 1.0).all()
    assert (result.months["envy"] > 0.0).any()  # they compare; it does not hurt
    pd.testing.assert_frame_equal(exits_of(result), exits_of(sim.run(quiet, 600, seed=1)))


# Attribution


def test_departures_are_attributed_to_the_sources_of_unfairness_and_they_add_up():
    scenario = sim.load_scenario("two_teams")
    found = sim.attribute(scenario, 40, mechanisms=["sources", "market"])
    table = found.tables["mechanisms"].query("outcome == 'left'").set_index("mechanism")["value"]
    sources = ["envy", "guilt", "want", "grief", "voice", "lead", "consistency", "leaning"]
    assert sorted(table.index) == sorted([*sources, "market"])
    totals = found.tables["totals"].query("view == 'mechanisms' and outcome == 'left'").iloc[0]
    assert table.sum() == pytest.approx(totals["all_on"] - totals["all_off"], abs=1e-9)
    assert table["want"] > 0.0
    assert table["grief"] == pytest.approx(0.0, abs=1e-12)  # nothing is cancelled here
    with pytest.raises(sim.InputError, match=r"unknown mechanism .evny. .*did you mean .envy."):
        sim.attribute(scenario, 4, mechanisms=["evny"])

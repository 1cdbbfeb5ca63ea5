"""Demand and quotas by date: events, and tables of months beside a scenario, which both engines follow."""

import numpy as np
import pytest

import sim

LAB = """
start = "2024-01"
months = 6
budget = {{ gpus = 100, reserve = 0 }}
turnover = {{ base_rate = 0 }}
committee = {{ policy = "quota" }}

[[team]]
name = "a"
site = "here"
line = "x"
researchers = 5
baseline = 4
gpus_per_researcher = 100
{a}

[[team]]
name = "b"
site = "here"
line = "y"
researchers = 2
baseline = 100
gpus_per_researcher = 100
{b}

{rest}
"""
DEMAND = "month,team,gpus\n2023-11,a,5\n2023-12,a,10\n2024-03,a,40\n2024-05,a,0\n2024-09,a,7\n"


def lab(tmp_path, a="", b="", rest="", **files):
    for name, text in files.items():
        (tmp_path / f"{name}.csv").write_text(text)
    (tmp_path / "lab.toml").write_text(LAB.format(a=a, b=b, rest=rest))
    return sim.load_scenario(str(tmp_path / "lab.toml"))


def column(scenario, name, team, engine="compiled"):
    months = sim.run(scenario, 1, engine=engine).months
    return months[months["team"] == team][name].tolist()


@pytest.mark.parametrize("engine", ["compiled", "mesa"])
def test_a_demand_event_holds_from_its_month_on_for_each_team_it_names(tmp_path, engine):
    rest = """
[[event]]
type = "demand"
month = "2024-03"
baseline = { a = 10, b = 0 }
"""
    scenario = lab(tmp_path, rest=rest)
    assert column(scenario, "need", "a", engine) == [20, 20, 50, 50, 50, 50]
    assert column(scenario, "need", "b", engine) == [200, 200, 0, 0, 0, 0]


@pytest.mark.parametrize("engine", ["compiled", "mesa"])
def test_a_quota_event_changes_what_a_team_is_entitled_to(tmp_path, engine):
    rest = """
[[event]]
type = "quota"
month = "2024-04"
weight = { b = 3 }
"""
    scenario = lab(tmp_path, rest=rest)
    assert column(scenario, "gpus", "b", engine) == pytest.approx([50, 50, 50, 75, 75, 75])


def test_a_table_of_months_is_demand_from_each_of_its_months_on(tmp_path):
    scenario = lab(tmp_path, a='demand_csv = "demand.csv"', demand=DEMAND)
    assert column(scenario, "need", "a") == pytest.approx([10, 10, 40, 40, 0, 0])
    assert scenario.team["a"].baseline == 2.0  # what held before the start, a head
    assert list(scenario.event) == ["demand@2024-03", "demand@2024-05", "demand@2024-09"]
    again = sim.Scenario.from_dict(scenario.to_dict())
    assert again == scenario  # nothing beside it is needed any more


def test_tables_of_several_teams_make_one_event_a_month(tmp_path):
    tables = {"a": 'quota_csv = "quota.csv"', "b": 'quota_csv = "quota.csv"'}
    quota = "month,team,gpus\n2024-02,a,30\n2024-02,b,10\n2024-04,b,90\n"
    scenario = lab(tmp_path, **tables, quota=quota)
    assert scenario.event["quota@2024-02"].weight == {"a": 30, "b": 10}
    assert column(scenario, "gpus", "b") == pytest.approx([50, 25, 25, 75, 75, 75])


def test_a_table_is_sought_beside_the_file_that_names_it(tmp_path):
    (tmp_path / "deeper").mkdir()
    lab(tmp_path, a='demand_csv = "demand.csv"', demand=DEMAND)
    child = tmp_path / "deeper" / "child.toml"
    child.write_text('extends = "../lab.toml"\n[team.a]\nresearchers = 10\n')
    assert column(sim.load_scenario(str(child)), "need", "a") == pytest.approx([10, 10, 40, 40, 0, 0])


@pytest.mark.parametrize(("table", "fault"), [
    ("", "needs the columns month, team, gpus"), ("month,team,gpus\n", "says nothing of team 'a'"),
    ("month,team,gpus\n2024-13,a,1\n", "line 2: needs a month"), 
    ("month,team,gpus\n2024-03,a,-1\n", "GPUs of at least 0"),
    ("month,team,gpus\n2024-03,a,nan\n", "GPUs of at least 0"),
    ("month,team,gpus\n2024-03,a,1\n2024-03,a,2\n", "line 3: team 'a' has 2024-03 twice"),
])  # fmt: skip
def test_a_bad_table_is_one_line_that_names_file_row_and_reason(tmp_path, table, fault):
    with pytest.raises(sim.InputError) as caught:
        lab(tmp_path, a='demand_csv = "demand.csv"', demand=table)
    assert len(caught.value.faults) == 1
    assert "team.a.demand_csv" in str(caught.value)
    assert fault in str(caught.value)


def test_a_missing_table_and_a_demand_of_nobody_are_told(tmp_path):
    with pytest.raises(sim.InputError, match=r"team\.a\.demand_csv: no such file"):
        lab(tmp_path, a='demand_csv = "nowhere.csv"')
    (tmp_path / "lab.toml").unlink()
    text = LAB.format(a='demand_csv = "demand.csv"', b="", rest="").replace("researchers = 5", "researchers = 0")
    (tmp_path / "lab.toml").write_text(text)
    (tmp_path / "demand.csv").write_text(DEMAND)
    with pytest.raises(sim.InputError, match="needs researchers"):
        sim.load_scenario(str(tmp_path / "lab.toml"))


def test_points_of_demand_equal_overrides(tmp_path):
    scenario = lab(tmp_path, a='demand_csv = "demand.csv"', demand=DEMAND)
    path = "event.demand@2024-03.baseline.a"
    points = sim.run(scenario, 2, points={path: np.array([1.0, 9.0])}).months
    for place, value in enumerate((1.0, 9.0)):
        alone = sim.run(scenario.with_overrides({path: value}), 2).months
        assert points[points["point"] == place].drop(columns="point").reset_index(drop=True).equals(alone)

"""A saved run as a scenario: repeated exactly, but for what is asked for now."""

import json

import pytest

import sim
from sim.cli import main


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    """A run of 30 histories, and one at two points with two draws."""
    folder = tmp_path_factory.mktemp("saved")
    lab = sim.load_scenario("two_teams", {"turnover.base_rate": 0.05})
    sim.run(lab, 30, seed=5, detail="summary").save(folder / "plain")
    points, draws = {"budget.scale": [1.0, 2.0]}, {"turnover.contagion": [0.1, 0.4], "turnover.market": [0.2, 0.3]}
    sim.run(lab, 6, seed=2, points=points, draws=draws, luck="own").save(folder / "points")
    return folder


@pytest.fixture
def run(monkeypatch):
    """`sim run` in this process: words -> exit code."""

    def command(*words):
        monkeypatch.setattr("sys.argv", ["sim", "run", *map(str, words), "--no-figures"])
        with pytest.raises(SystemExit) as ended:
            main()
        return ended.value.code or 0

    return command


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ([], {}),
        (["--set", "turnover.contagion=0.5"], {"overrides": {"turnover.contagion": 0.5}}),
        (["--policy", "max_min"], {"overrides": {"committee.policy": "max_min"}}),
        (["--seed", "9"], {"seed": 9}),
        (["--seed", "1"], {"seed": 1}),
        (["-n", "7"], {"replicates": 7}),
        (["-n", "1000"], {"replicates": 1000}),
        (["--engine", "mesa", "-n", "3"], {"engine": "mesa", "replicates": 3}),
        (["--detail", "months"], {"detail": "months"}),
    ],
)
def test_what_is_asked_for_now_is_applied_to_a_saved_run(run, saved, tmp_path, options, expected):
    assert run(saved / "plain", *options, "--out", tmp_path / "again") == 0
    again = sim.Result.load(tmp_path / "again")
    before = sim.Result.load(saved / "plain")
    how = {"replicates": 30, "seed": 5, "engine": "compiled", "detail": "summary"} | expected
    scenario = before.scenario.with_overrides(how.pop("overrides", {}))
    alone = sim.run(scenario, **how)
    assert again.scenario == scenario
    assert again.outcomes.equals(alone.outcomes)
    assert again.detail == how["detail"]


def test_a_saved_run_with_points_draws_and_luck_of_their_own_is_repeated(run, saved, tmp_path):
    assert run(saved / "points" / "run.json", "--out", tmp_path / "again") == 0
    assert sim.Result.load(tmp_path / "again").outcomes.equals(sim.Result.load(saved / "points").outcomes)


def test_what_is_set_now_is_no_longer_drawn(run, saved, tmp_path):
    assert run(saved / "points", "--set", "turnover.market=0.9", "--out", tmp_path / "again") == 0
    about = json.loads((tmp_path / "again" / "run.json").read_text())
    assert list(about["draws"]) == ["turnover.contagion"]
    assert about["scenario"]["turnover"]["market"] == 0.9


@pytest.mark.parametrize(
    ("folder", "option", "said"),
    [
        ("plain", "no.such=1", "unknown parameter"),
        ("plain", "turnover.contagion=99", "must be at most 5"),
        ("points", "budget.scale=3", "--set budget.scale: is what the points of the saved run differ in"),
    ],
)
def test_what_cannot_be_set_on_a_saved_run_is_refused(run, saved, tmp_path, capsys, folder, option, said):
    assert run(saved / folder, "--set", option, "--out", tmp_path / "again") == 2
    assert said in capsys.readouterr().err
    assert not (tmp_path / "again").exists()


def test_a_run_that_another_engine_made_says_so_naming_both(run, saved, tmp_path, capsys, monkeypatch):
    assert run(saved / "plain", "--out", tmp_path / "same") == 0
    assert "numbers may differ" not in capsys.readouterr().err
    monkeypatch.setattr("sim.studies.made_by.engine_code", lambda: "0ther")
    assert run(saved / "plain", "--out", tmp_path / "other") == 0
    said = capsys.readouterr().err
    assert "it was made by version" in said
    assert "engine 0ther): numbers may differ" in said


def test_a_run_whose_policy_has_other_code_now_says_so_naming_both(run, tmp_path, capsys):
    file = tmp_path / "own.py"
    code = "def half(claims, budget):\n    return {} * claims.asks * min(1.0, budget / claims.asks.sum())\n"
    file.write_text(code.format(0.5))
    mesa = ("--engine", "mesa", "-n", 1)
    assert run("two_teams", *mesa, "--policy", f"{file}:half", "--out", tmp_path / "a") == 0
    for part, says in ((0.5, False), (0.25, True)):
        file.write_text(code.format(part))
        assert run(tmp_path / "a", "--allow-code", "--out", tmp_path / "again") == 0
        said = capsys.readouterr().err
        assert (f"its policy '{file}:half' had other code (hash " in said) is says
    assert run(tmp_path / "a", "--policy", "max_min", "--out", tmp_path / "shipped") == 0
    assert "other code" not in capsys.readouterr().err

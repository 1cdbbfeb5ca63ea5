"""What a scenario's numbers rest on, and how it is printed at any width; options as people write them."""

import pytest

import sim
from sim.cli.check import _table
from sim.cli.layout import definitions
from sim.errors import InputError, by_name_after, did_you_mean
from sim.scenario import load_parent, load_scenario, parse_settings
from sim.scenario.basis import ASSUMED, changed, held


def test_every_number_rests_on_something_and_starting_points_count_as_assumptions():
    scenario = load_scenario("two_teams")
    basis = {one.path: one.basis for one in held(scenario)}
    assert basis["budget.gpus"] == "source"
    assert basis["team.north.researchers"] == "assumption"
    assert basis["budget.reserve"] == "starting point"
    assert basis["turnover.base_rate"] == "literature"
    assert basis["budget.scale"] == "rule"
    assert basis["committee.policy"] == "setting"
    assert {"assumption", "starting point"} == set(ASSUMED)
    assert {one.path for one in held(scenario)} == {path for path, value, _ in scenario.paths() if value is not None}


def test_what_changed_is_told_against_the_parent_or_the_defaults():
    child = {one.path for one, _ in changed(load_scenario("no_layoffs"), load_parent("no_layoffs"))}
    assert "event.first_layoff.enabled" in child
    assert "budget.gpus" not in child
    own = load_scenario("two_teams", {"turnover.contagion": 0.4})
    assert ("turnover.contagion", 0.4) in {(one.path, one.value) for one, _ in changed(own, None)}


@pytest.mark.parametrize("width", [None, 80, 60])
def test_path_and_source_are_whole_at_any_width(width):
    shown = held(load_scenario("llama_vs_opt"))
    text = _table(shown, {}, width)
    words = " ".join(text.split())
    for one in shown:
        assert one.path in text
        assert " ".join(one.source.split()) in words
    if width is None:
        assert len(text.splitlines()) == len(shown)


def test_definitions_are_indented_below_their_name_where_there_is_no_room():
    assert definitions([("a", "b c")], None) == "a  b c"
    assert definitions([("a_long_name", "one two three four five six seven eight nine ten")], 40).splitlines() == [
        "a_long_name", "    one two three four five six seven", "    eight nine ten",
    ]  # fmt: skip


def test_commas_within_brackets_do_not_separate_settings():
    assert parse_settings("head.hears=0, x=[1, 2], y={a = 1, b = 2}, z='p, q'") == {
        "head.hears": 0, "x": [1, 2], "y": {"a": 1, "b": 2}, "z": "p, q",
    }  # fmt: skip


def test_a_shipped_name_written_as_a_file_is_told_to_be_bare(tmp_path):
    (tmp_path / "mine.toml").write_text('extends = "llama_vs_opt.toml"\n')
    with pytest.raises(InputError, match='goes by its bare name: extends = "llama_vs_opt"'):
        load_scenario(tmp_path / "mine.toml")


def test_what_is_unknown_lists_what_is_known():
    assert did_you_mean("max_mn", ["max_min", "talmud"]) == " (did you mean 'max_min'? valid: max_min, talmud)"
    assert did_you_mean("zzz", ["a", "b"]) == " (valid: a, b)"
    assert did_you_mean("zzz", [f"name{n}" for n in range(100)]) == ""


def test_the_old_form_of_a_call_is_told_the_words_to_write():
    @by_name_after(2)
    def work(one, two, *, seed=1, detail=None):
        return seed, detail

    assert work(1, 2, seed=3) == (3, None)
    with pytest.raises(TypeError, match="work: arguments beyond the first 2 go by name: seed=, detail="):
        work(1, 2, 3, "x")
    with pytest.raises(TypeError, match="Model: arguments beyond the first 2 go by name: seed="):
        sim.Model("two_teams", 0, 1)


def test_run_takes_other_values_and_another_policy():
    assert sim.run("two_teams", 2, overrides={"budget.gpus": 400.0}, policy="max_min").scenario.budget.gpus == 400.0
    with pytest.raises(InputError, match="did you mean 'max_min'"):
        sim.run("two_teams", 2, policy="max_mn")
    with pytest.raises(InputError, match="a name or a function"):
        sim.run("two_teams", 2, policy=3)


def test_a_result_is_one_line_and_offers_its_tables():
    result = sim.run("two_teams", 3)
    assert repr(result) == (
        "<Result of 'Two teams, one cluster': 3 replicates, seed 1; "
        "tables outcomes, months, cohorts, projects, lab, exits>"
    )
    assert {"months", "exits", "verdict", "summary", "plot"} <= set(dir(result))

"""The live page: every control moves what it says, a bad value is refused in place, what is made is taken home."""

import math
import tomllib

import pytest

import sim
from sim.app.moves import Moves, literal
from sim.app.walk import walk
from sim.errors import InputError
from sim.model import turnover
from sim.model.state import QUIT
from tests.processes import PATIENCE

testing = pytest.importorskip("streamlit.testing.v1", reason="the extra 'app' is not installed")


def visitor(origin="two_teams", policies=()):
    def script(origin, policies):
        from sim.app.page import main

        main(origin, policies)

    opened = {"origin": origin, "policies": policies}
    return testing.AppTest.from_function(script, kwargs=opened, default_timeout=PATIENCE)


def moved(page):
    """What the page says has been moved."""
    return page.session_state["moves"].values


@pytest.fixture(scope="module")
def opened():
    page = visitor().run()
    assert not page.exception
    return page


def test_the_page_answers_before_anything_is_moved():
    page = visitor().run()
    assert moved(page) == {}
    assert any("Nothing is moved yet" in one.value for one in page.info)
    quits = sim.run("two_teams", 200).outcomes["quits"].mean()
    assert page.metric[0].value == f"{quits:,.1f}"


@pytest.mark.parametrize(("key", "value", "path"), [
    ("policy", "max_min", "committee.policy"), ("scale", 2.0, "budget.scale"), ("reserve", 0.2, "budget.reserve"),
    ("hears", 0, "head.hears"), ("on.lead_goes", False, "event.lead_goes.enabled"),
    ("month.lead_goes", "2022-07", "event.lead_goes.month"), ("mechanism.contagion", False, "mechanisms.contagion"),
])  # fmt: skip
def test_every_control_moves_its_parameter(key, value, path):
    page = visitor().run()
    control = next(one for one in (*page.selectbox, *page.slider, *page.checkbox, *page.toggle) if one.key == key)
    control.set_value(value).run()
    assert not page.exception
    assert moved(page) == {path: value}
    assert page.query_params["set"] in ([f"{path}={literal(value)}"], f"{path}={literal(value)}")


def test_differences_are_those_of_compare_on_the_same_luck():
    page = visitor().run()
    page.selectbox(key="policy").set_value("max_min").run()
    lab = sim.load_scenario("two_teams")
    found = sim.compare({"before": lab, "after": lab.with_overrides({"committee.policy": "max_min"})}, replicates=200)
    row = found.differences.set_index("outcome").loc["quits"]
    half = (row["high"] - row["low"]) / 2
    assert page.metric[0].delta == f"{row['difference']:+.2f} ± {half:.2f}"


def test_any_parameter_is_found_and_a_bad_value_is_refused_in_the_readers_words():
    page = visitor().run()
    page.selectbox(key="path").set_value("turnover.base_rate").run()
    page.text_input(key="value.turnover.base_rate").set_value("7").run()
    assert not page.exception
    assert any("must be at most 1, got 7" in one.value for one in page.error)
    assert moved(page) == {}
    page.text_input(key="value.turnover.base_rate").set_value("0.03").run()
    assert moved(page) == {"turnover.base_rate": 0.03}
    assert not page.error


def test_a_link_brings_the_moves_back_and_a_bad_one_is_told():
    page = visitor()
    page.query_params["set"] = ['committee.policy="talmud"', "no.such=1"]
    page.run()
    assert moved(page) == {"committee.policy": "talmud"}
    assert any("no.such" in one.value.replace("\\", "") for one in page.warning)


def test_two_visitors_do_not_mix():
    one, other = visitor().run(), visitor().run()
    one.selectbox(key="policy").set_value("max_min").run()
    assert moved(other.run()) == {}


def test_everything_can_be_put_back():
    page = visitor().run()
    page.selectbox(key="policy").set_value("max_min").run()
    next(one for one in page.button if one.label == "Put all back").click().run()
    assert moved(page) == {}
    assert page.selectbox(key="policy").value == "priority"


def test_one_history_can_be_walked_through_and_is_the_engines():
    lab = sim.load_scenario("two_teams")
    walked = walk(lab, 3, 1)
    exits = sim.run(lab, [3]).exits
    leavers = [name for month in walked.months for name in month.leavers["who"]]
    assert sorted(leavers) == sorted(exits["person"])
    ended = {life.name: life.ended for life in walked.lives.values() if life.ended}
    assert ended == dict(zip(exits["person"], exits["date"].astype(str), strict=True))
    page = visitor().run()
    page.select_slider(key="walked").set_value("2022-11").run()
    assert any("lead goes" in one.value.replace("\\", "") for one in page.markdown)


def test_what_moves_a_person_adds_up_to_their_rate_of_leaving(monkeypatch):
    factors, rates = {}, {}

    def endure(kind, shared, p):
        factors[kind.index] = turnover.leaving_rate(kind, shared, p) / p.turnover.base_rate
        return lived(kind, shared, p)

    def leaves(person, kind):
        rates[person.name, person.model.month] = factors[kind.index]
        return gone(person, kind)

    lived, gone = turnover.endure, turnover.leaves
    monkeypatch.setattr(turnover, "endure", endure)
    monkeypatch.setattr(turnover, "leaves", leaves)
    lab = sim.load_scenario("llama_vs_opt")
    walked = walk(lab, 0, 1)
    told = {
        (name, lab.month_of(date)): math.exp(sum(parts.values()))
        for name, life in walked.lives.items() for date, *_, parts in life.felt
    }  # fmt: skip
    assert told == pytest.approx(rates, rel=1e-12)


def test_a_life_ends_when_patience_is_used_up_and_not_before():
    walked = walk(sim.load_scenario("llama_vs_opt"), 0, 1)
    lives = [life for life in walked.lives.values() if life.felt]
    quitters = [life for life in lives if life.reason == QUIT]
    assert quitters
    for life in lives:
        used = life.months()["patience"]
        assert used.is_monotonic_increasing
        assert (used.iloc[-1] == 1.0) == (life.reason == QUIT)
    gone = quitters[0]
    assert f"quit in {gone.ended}" in gone.story()
    assert gone.name == gone.story().split()[0]


def test_anybodys_story_is_told():
    page = visitor().run()
    name = page.selectbox(key="person").options[-1]
    page.selectbox(key="person").set_value(name).run()
    assert not page.exception
    assert any(one.value.replace("\\", "").startswith(f"{name} ") for one in page.markdown)


def test_only_policies_named_at_the_start_are_offered(tmp_path):
    mine = tmp_path / "mine.py"
    mine.write_text("def all_to_the_first(claims, budget):\n    grants = claims.asks * 0.0\n"
                    "    grants[0] = min(claims.asks[0], budget)\n    return grants\n")  # fmt: skip
    address = f"{mine}:all_to_the_first"
    page = visitor(policies=(address,)).run()
    page.selectbox(key="policy").set_value(address).run()
    assert not page.exception
    assert moved(page) == {"committee.policy": address}
    assert address not in visitor().run().selectbox(key="policy").options


@pytest.mark.parametrize(
    "values", [{}, {"committee.policy": "max_min", "event.lead_goes.enabled": False, "budget.scale": 1.5}]
)
def test_what_is_taken_home_is_what_was_seen(values, tmp_path, monkeypatch):
    lab = sim.load_scenario("two_teams")
    moves = Moves(lab, "two_teams", {})
    for path, value in values.items():
        moves.set(path, value)
    file = tmp_path / "mine.toml"
    file.write_text(moves.file("Mine"))
    again = sim.load_scenario(str(file))
    assert again.to_dict() | {"title": ""} == moves.scenario.to_dict() | {"title": ""}
    namespace = {}
    exec(moves.python(20, 1).replace("print(", "str("), namespace)
    assert namespace["mine"].digest() == moves.scenario.digest()
    tomllib.loads(moves.file('a "title" with\nodd things'))


def test_a_move_back_to_the_scenarios_own_value_is_none():
    moves = Moves(sim.load_scenario("two_teams"), "two_teams")
    moves.set("budget.scale", 2.0)
    moves.set("budget.scale", 1.0)
    assert moves.values == {}
    with pytest.raises(InputError, match="at most 100"):
        moves.set("budget.scale", 1e9)
    assert moves.values == {}


def test_a_report_of_what_was_made_can_be_saved():
    from sim.app.answers import report

    moves = Moves(sim.load_scenario("two_teams"), "two_teams", {})
    moves.set("committee.policy", "max_min")
    html = report(moves, seed=1, replicates=20)
    assert "as moved" in html
    assert html.count("<svg ") >= 1

"""The Mesa model under Mesa's own tools, and models of one's own as engines."""

import importlib.util
import inspect
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from mesa.batchrunner import batch_run

import sim
from sim.engines.mesa import Researcher, Team
from sim.model.state import KIND, PEERS, PERSON
from sim.scenario import as_scenario
from tests.agreement import assert_agree, run_in_full
from tests.strategies import labs

EXAMPLE = Path(__file__).parents[2] / "experiments" / "own_phase.py"


@pytest.fixture(scope="module")
def model():
    made = sim.Model("two_teams", 3, seed=7, collect=("lab", "teams", "people"))
    made.run_model()
    return made


def test_a_model_runs_to_its_end_and_gives_the_tables_of_a_run(model):
    assert not model.running
    assert model.steps == model.config.months
    run = sim.run("two_teams", [3], seed=7)
    for name, table in model.result().tables.items():
        pd.testing.assert_frame_equal(table, run.tables[name], check_exact=False, rtol=1e-9)


def test_a_model_that_has_not_ended_has_no_result():
    early = sim.Model("two_teams")
    early.step()
    assert early.running
    with pytest.raises(sim.InputError, match="at month 1 of 12"):
        early.result()


def test_the_data_collector_holds_the_tables_of_lab_teams_and_people(model):
    result = model.result()
    lab = model.datacollector.get_model_vars_dataframe()
    np.testing.assert_allclose(lab["budget"], result.lab["budget"])
    assert lab["quit"].sum() == result.outcomes["quits"].iloc[0]
    teams = model.datacollector.get_agenttype_vars_dataframe(Team).reset_index()
    for name in ("headcount", "gpus", "fairness", "quit"):
        np.testing.assert_allclose(teams[name], result.months[name])
    people = model.datacollector.get_agenttype_vars_dataframe(Researcher)
    assert set(people.loc[12, "person"]) == {person.name for person in model.agents_by_type[Researcher]}
    assert (people["leaving_rate"] > 0).all()


def test_people_are_collected_on_request_only():
    plain = sim.Model("two_teams")
    assert Researcher not in plain.datacollector.agenttype_reporters
    with pytest.raises(sim.InputError, match="did you mean 'people'"):
        sim.Model("two_teams", collect=["peopel"])


def test_mesas_batch_runner_gives_the_last_month_of_every_replicate():
    fixed = {"rng": [1]} if "rng" in inspect.signature(batch_run).parameters else {}
    rows = pd.DataFrame(batch_run(sim.Model, {"scenario": "two_teams", "replicate": range(3)}, display_progress=False,
                                  **fixed))  # fmt: skip
    last = sim.run("two_teams", 3).months.query("month == 11").groupby("replicate")[["headcount", "gpus"]].sum()
    found = rows.groupby("replicate")[["headcount", "gpus"]].sum()  # Mesa 3.3 has a row a model, 3.5 one a team
    np.testing.assert_allclose(found, last)


def test_no_seed_is_a_new_seed_and_is_told():
    one, other = sim.Model("two_teams", seed=None), sim.Model("two_teams", seed=None)
    assert one.seed != other.seed


def test_agents_say_who_they_are(model):
    shown = " ".join(map(repr, [model, *model.agents, *model.projects]))
    for words in ("month 12 of 12", "<Team north:", "<Researcher north/0 in north: fairness", "<Committee product",
                  "<ResearchHead", "<Project bigger of north: released"):  # fmt: skip
        assert words in shown
    assert "object at 0x" not in shown


class Patient(sim.Model):
    """Nobody leaves."""

    def stay_or_leave(self):
        for team in self.teams:
            team.quits = 0


def test_a_model_of_ones_own_is_an_engine(tmp_path):
    own = sim.run("two_teams", 5, engine=Patient)
    assert own.engine.endswith("test_mesa:Patient")
    assert own.outcomes["quits"].sum() == 0
    found = sim.compare({"a": "two_teams", "b": "no_layoffs"}, 2, engine=Patient)
    assert found.outcomes["quits"].sum() == 0
    assert sim.run("two_teams", 5, engine="mesa").outcomes["quits"].sum() > 0
    experiment = {"scenario": "two_teams", "replicates": 3, "outcomes": ["quits"],
                  "factor": [{"path": "budget.scale", "values": [0.5, 1.0]}]}  # fmt: skip
    assert (sim.sweep(experiment, tmp_path / "s", engine=Patient)["mean"] == 0).all()
    with pytest.raises(sim.InputError, match="another experiment"):
        sim.sweep(experiment, tmp_path / "s")


class Loners(sim.Model):
    """Nobody is like anybody else: what is the same for all of a kind is reckoned for each person."""

    def ask(self):
        for person in self.researchers:
            person.stand_alone()
        super().ask()


def test_whoever_stands_alone_lives_as_those_alike_do():
    for scenario in (sim.load_scenario("llama_vs_opt"), *labs(20)):
        assert_agree(*(run_in_full(scenario, 1, 5, engine) for engine in ("mesa", Loners)))


def test_what_is_done_to_one_is_done_to_nobody_else():
    model = sim.Model("two_teams", seed=7)
    model.step()
    one, *others = model.team("north").members
    before = [(person.shock, person.wanting, person.leaving_rate()) for person in others]
    one.shock += 5.0
    one.wanting *= 2.0
    assert [(person.shock, person.wanting, person.leaving_rate()) for person in others] == before
    assert one.leaving_rate() > others[0].leaving_rate()
    assert one.own_peers().size == one.own_kind().count == 1
    assert sum(kind.count for kind in model.kinds) == len(model.researchers)
    model.run_model()


def test_who_has_left_is_as_they_were_then():
    model = sim.Model("llama_vs_opt", seed=1)
    while len(left := [held for held in model.people if isinstance(held, Researcher) and not held.present]) < 3:
        model.step()
    there = [person.shock for person in model.researchers]
    before = [(person.fairness, person.shock, person.loss, person.cumulative_hazard) for person in left]
    left[0].shock += 1.0
    assert [person.shock for person in model.researchers] == there
    left[0].shock -= 1.0
    model.run_model()
    assert [(person.fairness, person.shock, person.loss, person.cumulative_hazard) for person in left] == before


class Greeted(sim.Model):
    """Newcomers are met before they have a team: nothing is held against the lab yet, and nobody else notices."""

    def newcomer(self, seat):
        person = super().newcomer(seat)
        assert person.fairness == person.leaning
        person.shock = 1.0
        return person


def test_a_newcomer_can_be_met_and_changed_before_anything_happened_to_them():
    for scenario in ("llama_vs_opt", *labs(5)):
        assert_agree(*(run_in_full(as_scenario(scenario), 1, 5, engine) for engine in ("mesa", Greeted)))


def test_a_seat_that_nobody_has_held_yet_has_every_attribute():
    model = sim.Model("llama_vs_opt", seed=1)
    names = {*PERSON.names, *PEERS.names, *KIND.names}
    assert any(not hasattr(seat, "unique_id") for seat in model.people)
    assert all(hasattr(seat, name) for seat in model.people for name in names)


@pytest.mark.parametrize("engine", [dict, Team])
def test_what_is_no_model_is_no_engine(engine):
    with pytest.raises(sim.InputError, match="no subclass of"):
        sim.run("two_teams", 1, engine=engine)


def test_the_shipped_example_changes_what_it_says():
    spec = importlib.util.spec_from_file_location("own_phase", EXAMPLE)
    example = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(example)
    plain, forgiving = (sim.run("llama_vs_opt", 4, engine=one) for one in ("mesa", example.Forgiving))
    assert forgiving.outcomes["fairness.llama"].mean() > plain.outcomes["fairness.llama"].mean()
    assert len(EXAMPLE.read_text().splitlines()) <= 36

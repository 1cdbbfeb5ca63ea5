"""The recipes of CONTRIBUTING.md followed to the letter in a copy of the package: how many places each takes.

Nothing is compiled: the agents' engine runs what the compiled one compiles.
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import sim

PACKAGE = Path(sim.__file__).parent
TOP = PACKAGE.parent
# Recipe -> its places: (file, what stands there, what is written before it).
PLACES = {
    "policy": [("allocation/ranking.py", '@policy(reads=("scores", "draws"))\n', '''\
@policy(reads=("scores",))
def last_first(claims, budget):
    """lowest score first, each in full, the last in part"""
    return in_order(claims.asks, claims.scores, budget)


''')],
    "event": [("model/events.py", "# What follows is derived from the classes.\n", '''\
class OutingEvent(Event):
    type: Literal["outing"]
    cheer: float = param(REQUIRED, "log rate", 0, 5, "what it takes off everybody's log rate")

    def words(self):
        return "an outing"

    @staticmethod
    @jitable
    def happen(lab, p, event):
        for team in lab.teams:
            changes.shake(team, -event.cheer)
        changes.feel(lab)


''')],
    "outcome": [("results/meanings.py", '    Outcome("hired", ', '''\
    Outcome("gone", "gone", "people", "people who quit or are laid off, over the run",
            lambda scenario, history: history.team("quit").sum(axis=(1, 2)) + history.team("laid_off").sum(axis=(1, 2)),
            FEWER),
''')],
    "mechanism": [
        ("scenario/sections.py", "    base_rate: float = param(", '''\
    boredom: float = param(0.1, "log rate", 0, 5, "sameness pushes", "nobody", mechanism="boredom", off=0.0)
'''),
        ("scenario/sections.py", "    contagion: bool = text(", '    boredom: bool = text(True, "sameness pushes")\n'),
        ("model/turnover.py", "        + peers.shock\n", "        + weights.boredom\n"),
    ],
}  # fmt: skip

ASKED = """
import json, sys
import sim
from sim.model import events
from sim.results.meanings import OUTCOMES
from tests.unit import test_recipes as recipes

lab = sim.load_scenario("two_teams", {"turnover.base_rate": 0.05, "turnover.boredom": 0.0})

def quits(lab):
    return float(sim.run(lab, 6, engine="mesa").outcomes["quits"].sum())

def with_event(lab):
    raw = lab.to_dict()
    raw["event"]["fun"] = {"name": "fun", "type": "outing", "month": raw["start"], "cheer": 5.0}
    return sim.Scenario.from_dict(raw)

bored = lab.with_overrides({"turnover.boredom": 3.0})
outcomes = sim.run(lab, 6, engine="mesa").outcomes
switches = {name: field.description for name, field in type(lab.mechanisms).model_fields.items()}
print(json.dumps({
    "policy": [list(recipes.forgotten_of_policy("last_first")),
               sim.allocate("last_first", asks=[4.0, 4.0], scores=[2.0, 1.0], budget=5.0).tolist()],
    "event": [list(recipes.forgotten_of_event(events.OutingEvent)), quits(with_event(lab)) < quits(lab),
              with_event(lab).event["fun"].words()],
    "outcome": [[fault for one in OUTCOMES if one.name == "gone"
                 for fault in recipes.forgotten_of_outcome(one, list(outcomes))],
                bool((outcomes["gone"] == outcomes["quits"] + outcomes["laid_off"]).all())],
    "mechanism": [list(recipes.forgotten_of_mechanisms(switches, [role for _, role in recipes.declared()],
                                                       recipes.MONTH, recipes.MODEL_MD)),
                  quits(bored) > quits(lab), quits(bored.with_overrides({"mechanisms.boredom": False})) == quits(lab)],
}))
"""


def written(package):
    """Follow every recipe in a copy of the package; the number of files that each took."""
    for places in PLACES.values():
        for name, before, new in places:
            text = (package / name).read_text(encoding="utf-8")
            assert text.count(before) == 1, (name, before)
            (package / name).write_text(text.replace(before, new + before), encoding="utf-8")
    return {recipe: len({name for name, *_ in places}) for recipe, places in PLACES.items()}


def test_a_policy_an_event_and_an_outcome_take_one_place_and_a_mechanism_two(tmp_path):
    shutil.copytree(PACKAGE, tmp_path / "sim", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(TOP / "MODEL.md", tmp_path)
    (tmp_path / "tests").symlink_to(TOP / "tests")
    (tmp_path / "scenarios").symlink_to(TOP / "scenarios")
    assert written(tmp_path / "sim") == {"policy": 1, "event": 1, "outcome": 1, "mechanism": 2}
    done = subprocess.run([sys.executable, "-c", ASKED], cwd=tmp_path, capture_output=True, text=True,
                          env=os.environ | {"PYTHONPATH": str(tmp_path)})  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {
        "policy": [[], [1.0, 4.0]],
        "event": [[], True, "an outing"],
        "outcome": [[], True],
        "mechanism": [["MODEL.md does not tell of 'boredom'"], True, True],  # what has still to be written down
    }

"""The recipes of CONTRIBUTING.md: what their reader forgot is told. Each check is also shown what it must find."""

import ast
import inspect
import re
from pathlib import Path

import numpy as np
import pytest

import sim
from sim import allocation
from sim.allocation.claims import ARRAYS, make_claims
from sim.model import events
from sim.results.meanings import OUTCOMES, Outcome
from sim.scenario import Scenario
from sim.scenario.mechanisms import declared

PACKAGE = Path(sim.__file__).parent
MODEL_MD = (PACKAGE.parent / "MODEL.md").read_text(encoding="utf-8")
MONTH = "\n".join(path.read_text(encoding="utf-8") for path in sorted((PACKAGE / "model").glob("*.py")))


def forgotten_of_mechanisms(switches, roles, month, page):
    """Faults of mechanisms: switch -> meaning, the roles of parameters, the source of the month, MODEL.md."""
    named = {role["mechanism"] for role in roles if "mechanism" in role} | set(
        re.findall(r"p\.mechanisms\.(\w+)", month)
    )
    yield from (f"mechanism '{name}' has no switch in Mechanisms" for name in sorted(named - set(switches)))
    yield from (f"switch '{name}' switches nothing: no parameter has mechanism='{name}'"
                for name in switches if name not in named)  # fmt: skip
    yield from (f"switch '{name}' has no words" for name, meaning in switches.items() if not meaning)
    yield from (f"MODEL.md does not tell of '{name}'" for name in switches if f"`{name}`" not in page)


def test_a_mechanism_has_its_switch_its_parameter_and_its_words():
    switches = {name: field.description for name, field in
                Scenario.model_fields["mechanisms"].annotation.model_fields.items()}  # fmt: skip
    roles = [role for _, role in declared()]
    assert list(forgotten_of_mechanisms(switches, roles, MONTH, MODEL_MD)) == []
    found = list(forgotten_of_mechanisms({"thirst": ""}, [{"mechanism": "hunger", "off": 0.0}], "", ""))
    assert found == [
        "mechanism 'hunger' has no switch in Mechanisms",
        "switch 'thirst' switches nothing: no parameter has mechanism='thirst'",
        "switch 'thirst' has no words",
        "MODEL.md does not tell of 'thirst'",
    ]


def forgotten_of_event(kind):
    """Faults of an event's class."""
    name = kind.__name__
    if "words" not in vars(kind) and kind is not events.ShockEvent:  # the type of that one says all
        yield f"{name} has no words of its own"
    if "happen" not in vars(kind):
        yield f"{name} does not say what happens"
        return
    fields, source = events.own_fields(kind), inspect.getsource(getattr(kind.happen, "py_func", kind.happen))
    yield from (f"{name}.{field} has no meaning" for field, (entry, _) in fields.items() if not entry.meaning)
    used = {node.attr for node in ast.walk(ast.parse(inspect.cleandoc("\n" + source)))
            if isinstance(node, ast.Attribute)}  # fmt: skip
    rows = [field for field in fields if field in events.EVENT.names]
    yield from (
        f"{name}.{field} moves nothing"
        for field in rows
        if field not in used and not issubclass(kind, events.HireEvent)
    )


@pytest.mark.parametrize("kind", events.CLASSES, ids=lambda kind: kind.__name__)
def test_an_event_has_words_and_happens_by_all_its_numbers(kind):
    assert list(forgotten_of_event(kind)) == []


def test_an_event_without_words_or_happening_is_told():
    class Silent:
        pass

    assert list(forgotten_of_event(Silent)) == ["Silent has no words of its own", "Silent does not say what happens"]


def forgotten_of_outcome(outcome, columns):
    """Faults of an outcome, which should stand among the columns of a run."""
    name = outcome.name
    if not (outcome.label and outcome.meaning):
        yield f"{name}: no label or no meaning"
    if name.endswith(".*") != bool(outcome.each):
        yield f"{name}: a family ends in .* and says of whom it is (each=)"
    if not any(re.fullmatch(re.escape(name).replace(r"\*", ".+"), column) for column in columns):
        yield f"{name}: no column of a run"


def test_an_outcome_has_words_and_a_column():
    columns = list(sim.run("llama_vs_opt", 1).outcomes)
    assert [fault for outcome in OUTCOMES for fault in forgotten_of_outcome(outcome, columns)] == []
    assert len({outcome.name for outcome in OUTCOMES}) == len(OUTCOMES)
    forgotten = Outcome("joy.*", "joy", "", "", lambda scenario, history: None)
    assert list(forgotten_of_outcome(forgotten, columns)) == [
        "joy.*: no label or no meaning",
        "joy.*: a family ends in .* and says of whom it is (each=)",
        "joy.*: no column of a run",
    ]


def forgotten_of_policy(name):
    """Claims that a policy reads and does not say: what is not said must not matter."""
    entry, draw = allocation.get(name), np.random.default_rng(1)
    count = min(5, entry.most_teams or 5)
    given = {claim: draw.uniform(0.2, 0.9, count) for claim in ARRAYS if claim != "asks"}
    asks = draw.uniform(1.0, 9.0, count)

    def grants(changed):
        own = {claim: values.copy() for claim, values in (given | changed).items()}  # credits are written
        return entry.grants(make_claims(asks, args=entry.values({}), **own), asks.sum() / 2)

    usual = grants({})
    for claim in given:
        if claim not in entry.reads and not np.array_equal(usual, grants({claim: given[claim][::-1] * 3.0})):
            yield f"policy '{name}' reads {claim} and does not say so"


@pytest.mark.parametrize("name", allocation.policies())
def test_a_policy_says_what_it_reads_and_what_it_does(name):
    assert list(forgotten_of_policy(name)) == []
    assert allocation.get(name).definition

"""What a mechanism that is off means, and the decays that follow from half-lives: as the parameters declare."""

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

from pydantic import BaseModel

from sim.jit import jitable
from sim.model.decay import decay
from sim.model.parameters import as_namespace, number_tree
from sim.parameter import extra_of, is_section
from sim.scenario.scenario import Scenario
from sim.scenario.sections import Mechanisms

DRIVERS = tuple(name for name, field in Mechanisms.model_fields.items() if "driver" in extra_of(field))
"""Mechanisms that drive people away: those that departures are attributed to."""


def declared(model: type[BaseModel] = Scenario, prefix: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """(dotted path, role) of every parameter of the lab-wide tables that declares one, as of `sim.parameter.param`."""
    for name, field in model.model_fields.items():
        if is_section(field.annotation):
            yield from declared(field.annotation, f"{prefix}{name}.")
        elif "off" in (extra := extra_of(field)) or "keep" in extra:
            yield prefix + name, extra


def _written() -> str:
    """The function `prepare`, written from the declarations: plain assignments, which compiled code takes too."""
    lines = ["def prepare(p):", "    p.budget.gpus *= p.budget.scale"]
    for path, role in declared():
        if "off" in role:
            switches = [f"p.mechanisms.{role['mechanism']}"]
            switches += [f"p.fairness.feels.{role['feels']}"] if "feels" in role else []
            lines += [f"    if not ({' and '.join(switches)}):", f"        p.{path} = {role['off']!r}"]
    lines += [f"    p.keep.{role['keep']} = decay(p.{path})" for path, role in declared() if "keep" in role]
    return "\n".join(lines)


_room: dict[str, Any] = {"decay": decay}
exec(_written(), _room)
prepare = jitable(_room["prepare"])
prepare.__doc__ = "Make parameters what the formulas read, in place: budget scaled, mechanisms off, decays derived."


def prepared(scenario: Scenario) -> SimpleNamespace:
    """The parameters of one scenario as an object with attributes, prepared."""
    p = as_namespace(number_tree(scenario))
    prepare(p)
    return p

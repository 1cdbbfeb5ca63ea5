"""What every number of a scenario rests on: a source, the registry's literature, a starting point, or nothing."""

from dataclasses import dataclass
from typing import Any

from sim.parameter import Parameter
from sim.scenario.scenario import Scenario

SOURCED, LITERATURE, STARTING_POINT, RULE, ASSUMPTION, SETTING = (
    "source", "literature", "starting point", "rule", "assumption", "setting",
)  # fmt: skip
ASSUMED = (ASSUMPTION, STARTING_POINT)  # what rests on nothing that anybody measured


@dataclass(frozen=True)
class Held:
    """One value of a scenario, and what it rests on.

    `basis` is "source" (the scenario names one), "literature" (the default, whose source the registry names), "starting
    point" (a default that nothing but a guess stands behind), "rule" (a default that claims nothing about the world),
    "assumption" (the scenario's own, without a source) or "setting" (no number).
    """

    path: str
    value: Any
    unit: str
    default: Any
    basis: str
    source: str
    meaning: str


def held(scenario: Scenario) -> list[Held]:
    """Every value of a scenario, in the order of the registry; numbers that are not given are left out."""
    return [
        Held(path, value, entry.unit, entry.default, *_basis(scenario, path, value, entry), entry.meaning)
        for path, value, entry in scenario.paths() if value is not None
    ]  # fmt: skip


def changed(scenario: Scenario, parent: Scenario | None) -> list[tuple[Held, Any]]:
    """The values that differ from those of the scenario that this one extends, or from the defaults if it extends none;
    each with what it was, None for something new."""
    if parent is not None:
        before = parent.values()
    else:
        before = {path: value if entry.required else entry.default for path, value, entry in scenario.paths()}
    return [(number, before.get(number.path)) for number in held(scenario) if before.get(number.path) != number.value]


def _basis(scenario: Scenario, path: str, value: object, entry: Parameter) -> tuple[str, str]:
    given = scenario.own_source(path)
    if given is not None:
        return SOURCED, given
    if not entry.is_number:
        return SETTING, ""
    if entry.required or value != entry.default:
        return ASSUMPTION, ""
    if entry.source.startswith(STARTING_POINT):
        return STARTING_POINT, entry.source
    return (LITERATURE, entry.source) if entry.source else (RULE, "")

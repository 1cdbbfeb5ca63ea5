"""What is simulated: the schema, which is the parameter registry, and the files it is read from."""

from sim.model.events import EVENT_TYPES
from sim.parameter import Parameter
from sim.scenario.files import (
    as_scenario,
    load_parent,
    load_scenario,
    parse_set,
    parse_settings,
    shipped,
    shipped_folder,
)
from sim.scenario.scenario import Scenario, registry

__all__ = [
    "EVENT_TYPES", "Parameter", "Scenario", "as_scenario", "load_parent", "load_scenario", "parse_set",
    "parse_settings", "registry", "shipped", "shipped_folder",
]  # fmt: skip

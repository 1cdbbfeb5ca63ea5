"""How a lab divides its GPUs between research teams, and who stays and who leaves because of it.

>>> import sim
>>> scenario = sim.load_scenario("llama_vs_opt")
>>> result = sim.run(scenario, replicates=1000, seed=1)
>>> result.record
"""

from importlib import import_module
from typing import TYPE_CHECKING

__version__ = "0.1.0"

if TYPE_CHECKING:  # what a type checker and an editor see; at run time a name is imported when it is first used
    from sim.allocation import allocate, allow_code, policies, policy
    from sim.engines.mesa.model import Model
    from sim.engines.run import run
    from sim.errors import InputError
    from sim.report.story import tell
    from sim.results.result import Result
    from sim.scenario import Scenario, load_scenario
    from sim.studies.attribute import attribute
    from sim.studies.calibrate import calibrate
    from sim.studies.compare import compare, policies_of
    from sim.studies.mechanisms import mechanisms_off
    from sim.studies.posterior import load_posterior
    from sim.studies.sensitivity import sensitivity
    from sim.studies.sweep import load_sweep, sweep
    from sim.studies.validate import validate

_ROOMS = {
    "sim.allocation": ("allocate", "allow_code", "policies", "policy"),
    "sim.engines.mesa.model": ("Model",),
    "sim.engines.run": ("run",),
    "sim.errors": ("InputError",),
    "sim.report.story": ("tell",),
    "sim.results.result": ("Result",),
    "sim.scenario": ("Scenario", "load_scenario"),
    "sim.studies.attribute": ("attribute",),
    "sim.studies.calibrate": ("calibrate",),
    "sim.studies.compare": ("compare", "policies_of"),
    "sim.studies.mechanisms": ("mechanisms_off",),
    "sim.studies.posterior": ("load_posterior",),
    "sim.studies.sensitivity": ("sensitivity",),
    "sim.studies.sweep": ("load_sweep", "sweep"),
    "sim.studies.validate": ("validate",),
}
_FACE = {name: room for room, names in _ROOMS.items() for name in names}

__all__ = [
    "InputError", "Model", "Result", "Scenario", "allocate", "allow_code", "attribute", "calibrate", "compare",
    "load_posterior", "load_scenario", "load_sweep", "mechanisms_off", "policies", "policies_of", "policy", "run",
    "sensitivity", "sweep", "tell", "validate",
]  # fmt: skip


def __getattr__(name: str) -> object:
    """Names of the public face are imported when they are first used: `import sim` stays quick."""
    if name in _FACE:
        return getattr(import_module(_FACE[name]), name)
    raise AttributeError(f"module 'sim' has no attribute '{name}'")


def __dir__() -> list[str]:
    return [*__all__, "__version__"]

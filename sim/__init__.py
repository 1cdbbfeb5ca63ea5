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
    from sim.allocation import allocate, policies, policy
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

_FACE = {
    "InputError": "sim.errors",
    "attribute": "sim.studies.attribute",
    "calibrate": "sim.studies.calibrate",
    "compare": "sim.studies.compare",
    "Model": "sim.engines.mesa.model",
    "Result": "sim.results.result",
    "Scenario": "sim.scenario",
    "allocate": "sim.allocation",
    "allow_code": "sim.allocation",
    "load_scenario": "sim.scenario",
    "load_posterior": "sim.studies.posterior",
    "load_sweep": "sim.studies.sweep",
    "mechanisms_off": "sim.studies.mechanisms",
    "policies": "sim.allocation",
    "policy": "sim.allocation",
    "policies_of": "sim.studies.compare",
    "run": "sim.engines.run",
    "sensitivity": "sim.studies.sensitivity",
    "sweep": "sim.studies.sweep",
    "validate": "sim.studies.validate",
    "tell": "sim.report.story",
}

__all__ = [
    "InputError",
    "Model",
    "Result",
    "Scenario",
    "allocate",
    "attribute",
    "calibrate",
    "compare",
    "load_posterior",
    "load_scenario",
    "load_sweep",
    "mechanisms_off",
    "policies",
    "policies_of",
    "policy",
    "run",
    "sensitivity",
    "sweep",
    "tell",
    "validate",
]


def __getattr__(name: str) -> object:
    """Names of the public face are imported when they are first used: `import sim` stays quick."""
    if name in _FACE:
        return getattr(import_module(_FACE[name]), name)
    raise AttributeError(f"module 'sim' has no attribute '{name}'")


def __dir__() -> list[str]:
    return [*__all__, "__version__"]

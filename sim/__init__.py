"""How a lab divides its GPUs between research teams, and who stays and who leaves because of it.

>>> import sim
>>> scenario = sim.load_scenario("llama_vs_opt")
>>> result = sim.run(scenario, replicates=1000, seed=1)
>>> result.record
"""

from importlib import import_module

_FACE = {
    "InputError": "sim.errors",
    "attribute": "sim.studies.attribute",
    "compare": "sim.studies.compare",
    "Model": "sim.engines.mesa.model",
    "Result": "sim.results.result",
    "Scenario": "sim.scenario",
    "allocate": "sim.allocation",
    "load_scenario": "sim.scenario",
    "load_sweep": "sim.studies.sweep",
    "mechanisms_off": "sim.studies.mechanisms",
    "policies": "sim.allocation",
    "policy": "sim.allocation",
    "policies_of": "sim.studies.compare",
    "run": "sim.engines.run",
    "sensitivity": "sim.studies.sensitivity",
    "sweep": "sim.studies.sweep",
    "tell": "sim.report.story",
}

__all__ = sorted(_FACE)


def __getattr__(name):
    """Names of the public face are imported when they are first used: `import sim` stays quick."""
    if name in _FACE:
        return getattr(import_module(_FACE[name]), name)
    raise AttributeError(f"module 'sim' has no attribute '{name}'")


def __dir__():
    return __all__

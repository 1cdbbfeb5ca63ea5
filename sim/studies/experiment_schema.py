"""JSON schema of experiment files."""

from sim.scenario.schema import DIALECT, Schema, plain
from sim.studies.experiment import Experiment


def experiment_schema() -> Schema:
    """What an experiment file may hold."""
    schema = plain(Experiment.model_json_schema())
    return {"$schema": DIALECT, "title": "Experiment of the GPU lab simulation", **schema, "required": ["scenario"]}

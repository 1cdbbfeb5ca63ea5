"""JSON schemas of experiment files and of files of targets."""

from sim.scenario.schema import DIALECT, Schema, plain
from sim.studies.experiment import Experiment
from sim.studies.targets import QUANTITIES, Target


def experiment_schema() -> Schema:
    """What an experiment file may hold."""
    schema = plain(Experiment.model_json_schema())
    return {"$schema": DIALECT, "title": "Experiment of the GPU lab simulation", **schema, "required": ["scenario"]}


def targets_schema() -> Schema:
    """What a file of targets may hold."""
    target = plain(Target.model_json_schema())
    target["properties"]["quantity"] |= {"enum": list(QUANTITIES)}
    required = [name for name, field in Target.model_fields.items() if field.is_required()]
    return {
        "$schema": DIALECT, "title": "Targets of the GPU lab simulation", "type": "object",
        "properties": {"target": {"type": "array", "minItems": 1, "description": "every target",
                                  "items": {"$ref": "#/$defs/Target"}}},
        "required": ["target"], "additionalProperties": False, "$defs": {"Target": target | {"required": required}},
    }  # fmt: skip

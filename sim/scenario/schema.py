"""JSON schema of scenario files, for editors that complete and check; made from the registry."""

from typing import Any, TypeAlias

from sim.scenario.named import LISTS
from sim.scenario.scenario import Scenario
from sim.scenario.series import SERIES

DIALECT = "http://json-schema.org/draft-07/schema#"  # what editors of TOML read
Schema: TypeAlias = dict[str, Any]
NAME = r"^[^\s./|]+$"  # as `Name`, without the class of control characters that JSON schema has no word for


def scenario_schema() -> Schema:
    """What a scenario file may hold: every key with unit, bounds, meaning and source.

    Elements are a list or a table by name; nothing is required of them, as a file that extends another may leave out
    whatever it does not change. What a whole scenario lacks is told by `sim check`.
    """
    schema = plain(Scenario.model_json_schema(by_alias=True))
    for section in LISTS:
        schema["properties"][section] = _named(_element(schema["properties"][section]), section)
    rules = schema["$defs"]["CommitteeRules"]["properties"]
    rules["members"] = _named({"$ref": "#/$defs/Member"}, "member") | {"description": rules["members"]["description"]}
    for key, (kind, _) in SERIES.items():
        schema["$defs"]["Team"]["properties"][key] = {
            "type": "string", "description": f"CSV beside this file (month, team, gpus): the team's {kind} by month",
        }  # fmt: skip
    schema["properties"]["extends"] = {
        "type": "string", "description": "the scenario that this one changes: a file beside it, or a shipped name",
    }  # fmt: skip
    schema["properties"]["prior"]["description"] = "what is known of a number, by its path, before the record speaks"
    schema["properties"]["sources"] = {
        "type": "object", "description": "where a number comes from, by its dotted path or by that of its table",
    }  # fmt: skip
    return {
        "$schema": DIALECT, "title": "Scenario of the GPU lab simulation", **schema,
        "if": {"not": {"required": ["extends"]}}, "then": {"required": ["start", "months", "budget", "team"]},
    }  # fmt: skip


def plain(schema: Any) -> Any:
    """A schema of pydantic's without titles and requirements, its units and sources told in the descriptions."""
    if isinstance(schema, list):
        return [plain(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    found: Schema = {}
    for key, value in schema.items():
        if key in ("properties", "$defs"):  # tables of schemas: their keys are names
            found[key] = {name: plain(inner) for name, inner in value.items()}
        elif key not in ("required", "unit", "source", "discriminator"):
            found[key] = plain(value)
    if isinstance(found.get("title"), str):
        del found["title"]
    if "patternProperties" in found and len(found["patternProperties"]) == 1:
        (value,) = found.pop("patternProperties").values()
        found |= {"additionalProperties": value, "propertyNames": {"pattern": NAME}}
    if isinstance(found.get("pattern"), str) and r"\p" in found["pattern"]:
        found["pattern"] = NAME
    if isinstance(schema.get("unit"), str):
        unit, source = schema["unit"], schema.get("source")
        found["description"] = f"{found.get('description', '')} [{unit}]" + (f"; source: {source}" if source else "")
    return found


def _element(schema: Schema) -> Schema:
    """The element's schema; an event's depends on its type, and an override of one need not repeat that."""
    element = schema["additionalProperties"]
    if "oneOf" not in element:
        return element
    return {"anyOf": [*element["oneOf"], {"type": "object", "not": {"required": ["type"]}}]}


def _named(element: Schema, section: str) -> Schema:
    """A list of elements that carry their names, or a table of them by name."""
    return {"anyOf": [
        {"type": "array", "items": element, "description": f"every {section} with a name"},
        {"type": "object", "additionalProperties": element, "propertyNames": {"pattern": NAME}},
    ]}  # fmt: skip

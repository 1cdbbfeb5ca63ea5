"""What a parameter is: a field of the schema that carries its unit, bounds, meaning and source."""

from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

Name = Annotated[str, StringConstraints(pattern=r"^[^\s./|]+$")]
Month = Annotated[str, StringConstraints(pattern=r"^\d{4}-(0[1-9]|1[0-2])$")]

REQUIRED = ...


class Section(BaseModel):
    """A table of a scenario file: unknown keys are refused, numbers are taken strictly, nothing changes after loading."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False, populate_by_name=True)


def param(default, unit, low, high, meaning, source="", above=None):
    """A parameter's field. `low` and `high` are inclusive; `above` is an exclusive lower bound in place of `low`."""
    bounds = {"gt": above, "le": high} if above is not None else {"ge": low, "le": high}
    return Field(default, description=meaning, json_schema_extra={"unit": unit, "source": source}, **bounds)


def text(default, meaning, **rest):
    """A field that is no number."""
    return Field(default, description=meaning, **rest)


@dataclass(frozen=True)
class Parameter:
    """One entry of the registry. `path` has `*` in place of an element's name; bounds are None where there are none."""

    path: str
    kind: str  # "number", "whole number", "switch", "text", "month", "table" or "list"
    default: Any  # None if it must be given, or is taken from elsewhere
    required: bool
    unit: str
    low: float | None
    high: float | None
    low_open: bool
    meaning: str
    source: str


def parameter(path, field) -> Parameter:
    """The registry entry of a model's field."""
    extra = field.json_schema_extra or {}
    found = {type(one).__name__: one for one in field.metadata}
    low = getattr(found.get("Ge"), "ge", getattr(found.get("Gt"), "gt", None))
    high = getattr(found.get("Le"), "le", None)
    default = None if field.is_required() else field.get_default(call_default_factory=True)
    return Parameter(
        path, _kind(field), default, field.is_required(), extra.get("unit", ""), low, high, "Gt" in found,
        field.description or "", extra.get("source", ""),
    )  # fmt: skip


def _kind(field):
    kind = str(field.annotation)
    if "bool" in kind:
        return "switch"
    if "float" in kind and "dict" not in kind:
        return "number"
    if "int" in kind and "dict" not in kind:
        return "whole number"
    if "dict" in kind:
        return "table"
    return "list" if "list" in kind else "text"

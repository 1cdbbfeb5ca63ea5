"""What a parameter is: a field of the schema that carries its unit, bounds, meaning and source."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, TypeGuard, Union, get_args, get_origin

from pydantic import BaseModel, ConfigDict, Field, StringConstraints
from pydantic.fields import FieldInfo

MONTH = "[0-9]{4}-(0[1-9]|1[0-2])"
Name = Annotated[str, StringConstraints(pattern=r"^[^\s./|\p{Cc}]+$")]
Month = Annotated[str, StringConstraints(pattern=f"^{MONTH}$")]

REQUIRED = ...


class Section(BaseModel):
    """A table of a scenario file: unknown keys are refused, numbers taken strictly, nothing changes after loading."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


def is_section(kind: object) -> TypeGuard[type[Section]]:
    """Whether an annotation is that of a table with keys of its own."""
    return isinstance(kind, type) and issubclass(kind, Section)


def param(
    default: Any, unit: str, low: float, high: float, meaning: str, source: str = "", above: float | None = None,
    **role: str | float,
) -> Any:  # fmt: skip  # as Field, so that it may stand for a value of the field's type
    """A parameter's field. `low` and `high` are inclusive; `above` is an exclusive lower bound in place of `low`.

    `role`, where it has one: `mechanism="promise", off=0.0` names the switch of `mechanisms` that it belongs to, and
    the value that switches it off; `feels="envy"` a switch of `fairness.feels` beside it; `keep="shock"` the quantity
    of which it is the half-life: `p.keep.shock` is what is left of it from month to month.
    """
    extra: dict[str, Any] = {"unit": unit, "source": source, **role}
    return Field(
        default, description=meaning, json_schema_extra=extra, ge=low if above is None else None, gt=above, le=high
    )


def text(default: Any, meaning: str, **rest: Any) -> Any:
    """A field that is no number."""
    return Field(default, description=meaning, **rest)


@dataclass(frozen=True)
class Refers:
    """Marks a name that must be that of an element of one of these kinds."""

    kinds: tuple[str, ...]


TeamName = Annotated[Name, Refers(("team",))]
LineName = Annotated[Name, Refers(("line",))]
TeamOrLine = Annotated[Name, Refers(("team", "line"))]
SiteName = Annotated[Name, Refers(("site",))]
ProjectName = Annotated[Name, Refers(("project",))]
CohortName = Annotated[Name, Refers(("cohort",))]
MemberName = Annotated[Name, Refers(("member",))]

# The numbers in tables by name.
Factor = Annotated[float, param(REQUIRED, "factor", 0, 1e6, "")]
Argument = Annotated[bool | int | float, param(REQUIRED, "", -1e12, 1e12, "")]
Probability = Annotated[float, param(REQUIRED, "probability", 0, 1, "")]
HeadGPUs = Annotated[float, param(REQUIRED, "GPUs a head", 0, 1e6, "")]
Weight = Annotated[float, param(REQUIRED, "weight", 0, 1e6, "")]


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
    refers: tuple[str, ...] = ()  # kinds of element that a name in it must be of
    options: tuple[str, ...] = ()  # the texts that it may be, where they are listed

    @property
    def is_number(self) -> bool:
        return self.kind in ("number", "whole number")

    @property
    def bounds(self) -> tuple[float, float]:
        """The least and the largest that a number may be."""
        assert self.low is not None  # `param` asks for both
        assert self.high is not None
        return self.low, self.high


def extra_of(field: FieldInfo) -> dict[str, Any]:
    """What `param` was told of a field beyond bounds and meaning: unit, source, and its role if it has one."""
    return field.json_schema_extra if isinstance(field.json_schema_extra, dict) else {}


@cache  # a schema has some hundreds of fields, and every check of a scenario asks for all of them
def parameter(path: str, field: FieldInfo) -> Parameter:
    """The registry entry of a model's field."""
    extra = extra_of(field)
    found = {type(mark).__name__: mark for mark in field.metadata}
    low = getattr(found.get("Ge"), "ge", getattr(found.get("Gt"), "gt", None))
    high = getattr(found.get("Le"), "le", None)
    default = None if field.is_required() else field.get_default(call_default_factory=True)
    return Parameter(
        path, _kind(field), default, field.is_required(), extra.get("unit", ""), low, high, "Gt" in found,
        field.description or "", extra.get("source", ""), refers(field), _options(field.annotation),
    )  # fmt: skip


KINDS = {bool: "switch", float: "number", int: "whole number", dict: "table", list: "list", str: "text"}


def _kind(field: FieldInfo) -> str:
    types, patterns = _types(field.annotation, field.metadata)
    if f"^{MONTH}$" in patterns:
        return "month"
    return next((word for kind, word in KINDS.items() if kind in types), "table")


def refers(field: FieldInfo) -> tuple[str, ...]:
    """The kinds of element that a field's name, names in its list or keys of its table must be of."""
    return _refers((*field.metadata, field.annotation))


def _refers(marks: Iterable[object]) -> tuple[str, ...]:
    """Of the first mark among these, and within them."""
    for mark in marks:
        if found := mark.kinds if isinstance(mark, Refers) else _refers(get_args(mark)):
            return found
    return ()


def _options(annotation: object) -> tuple[str, ...]:
    """The texts of a Literal, alone or beside None."""
    literals = [inner for inner in (annotation, *get_args(annotation)) if get_origin(inner) is Literal]
    return tuple(text for literal in literals for text in get_args(literal))


def _types(annotation: Any, metadata: Iterable[object] = ()) -> tuple[set[type], set[str]]:
    """The plain types that an annotation allows, and the patterns that its text must match."""
    patterns = {pattern for mark in metadata if (pattern := getattr(mark, "pattern", None))}
    origin, inner = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        types, more = _types(inner[0], inner[1:])
        return types, patterns | more
    if origin in (Union, UnionType):
        found = [_types(option) for option in inner if option is not NoneType]
        return set().union(*(types for types, _ in found)), patterns.union(*(more for _, more in found))
    if origin is Literal:
        return {type(option) for option in inner}, patterns
    return {origin or annotation}, patterns

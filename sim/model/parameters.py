"""The scenario's numbers as both engines read them: `p.turnover.base_rate`, on namespaces and on compiled records."""

import math
from types import SimpleNamespace

import numpy as np
from pydantic import BaseModel

SECTIONS = (
    "budget", "committee", "head", "team_defaults", "fairness", "turnover", "shocks", "hiring", "mechanisms",
)  # fmt: skip

DUPLICATES = ("tolerate", "cancel", "merge")  # `p.committee.duplicates` is a place in this list
TOLERATE, CANCEL, MERGE = range(3)


def number_tree(scenario) -> dict:
    """Nested dict of every scalar number of the parameter sections, in the schema's order, and room for the decays."""
    tree = {section: _numbers(getattr(scenario, section)) for section in SECTIONS}
    tree["committee"]["duplicates"] = DUPLICATES.index(scenario.committee.duplicates)
    tree["keep"] = {name: 0.0 for section in SECTIONS for name in _kept(type(getattr(scenario, section)))}
    return tree


def _kept(model):
    """Quantities whose half-life is a parameter of a table."""
    extras = (field.json_schema_extra or {} for field in model.model_fields.values())
    return [extra["keep"] for extra in extras if "keep" in extra]


def _numbers(section: BaseModel) -> dict:
    numbers: dict = {}
    for name, field in type(section).model_fields.items():
        value = getattr(section, name)
        if isinstance(value, BaseModel):
            numbers[name] = _numbers(value)
        elif field.annotation in (bool, int):
            numbers[name] = field.annotation(value)
        elif isinstance(value, (int, float)):
            numbers[name] = float(value)
    return numbers


def as_namespace(tree: dict) -> SimpleNamespace:
    """The tree as an object with attributes, of plain Python numbers."""
    return SimpleNamespace(
        **{name: as_namespace(value) if isinstance(value, dict) else value for name, value in tree.items()}
    )


def record_type(tree: dict) -> np.dtype:
    """The tree as a nested record type: floats are f8, whole numbers and switches i8."""
    fields: list[tuple] = []
    for name, value in tree.items():
        if isinstance(value, dict):
            fields.append((name, record_type(value)))
        else:
            fields.append((name, np.float64 if isinstance(value, float) else np.int64))
    return np.dtype(fields, align=True)


def as_records(tree: dict, count: int) -> np.ndarray:
    """`count` equal rows of the tree's record type."""
    rows = np.zeros(count, dtype=record_type(tree))
    _fill(rows, tree)
    return rows


def _fill(rows, tree):
    for name, value in tree.items():
        if isinstance(value, dict):
            _fill(rows[name], value)
        else:
            rows[name] = value


def team_numbers(scenario, team) -> dict:
    """A team's own numbers, with what it does not say taken from `team_defaults`."""
    defaults = scenario.team_defaults
    own = (team.gpus_per_researcher, team.compute_dependence)
    return {
        "gpus_per_researcher": float(defaults.gpus_per_researcher if own[0] is None else own[0]),
        "compute_dependence": float(defaults.compute_dependence if own[1] is None else own[1]),
        "baseline": float(team.baseline),
        "promised_gpus": float(team.promised_gpus),
        "record": float(team.record),
        "visibility": float(team.visibility),
        "weight": float(team.weight),
        "guaranteed_gpus": float(team.guaranteed_gpus),
        "borrowing_limit": math.inf if team.borrowing_limit is None else float(team.borrowing_limit),
        "lending_limit": math.inf if team.lending_limit is None else float(team.lending_limit),
        "borrowing_weight": -1.0 if team.borrowing_weight is None else float(team.borrowing_weight),
    }


def project_numbers(scenario, project) -> dict:
    """A project's work (GPU-months), crew, first and target month (counted from the start of the run), and prestige."""
    crew = scenario.team[project.team].researchers if project.crew is None else project.crew
    return {
        "work_left": float(project.work),
        "crew": float(crew),
        "start": scenario.month_of(project.start),
        "target": scenario.month_of(project.target),
        "prestige": float(project.prestige),
    }

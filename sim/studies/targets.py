"""Targets: what a model of this kind must show, from a TOML file, and never shown to calibration."""

from collections.abc import Iterator
from typing import Literal

from pydantic import ValidationError

from sim.aliases import AnyPath
from sim.errors import InputError, did_you_mean
from sim.model.events import CLASS_OF, EVENT_TYPES
from sim.parameter import REQUIRED, Section, text
from sim.scenario.faults import fault_lines
from sim.scenario.files import file_of, read_toml
from sim.scenario.wording import Raw

QUANTITIES = {
    "fairness_quit": "correlation over people of perceived fairness with quitting within some months",
    "fairness_hazard": "correlation over people of perceived fairness with the log hazard",
    "hazard_quit": "correlation over people of the log hazard with quitting within some months",
    "hazard_per_sd": "factor on the hazard of quitting for a standard deviation less fair",
    "quits_ratio": "quits within some months of an event, over those without it",
    "contagion": "factor on the hazard of teammates after one resignation, mean over the first months",
    "contagion_peak": "month after a resignation in which teammates' hazard is highest",
    "contagion_left": "what is left of a resignation's effect in that month, over its peak",
    "quota_changed": "share of team-months in which a grant changes by more than a hundredth",
    "quota_cut": "share of team-months in which a grant is cut to nothing",
    "quota_grown": "share of team-months in which a grant grows",
    "quota_step": "median size of a change, over the larger of the two grants",
    "quota_correlation": "correlation over teams of shares with the month before, mean over months",
    "outcome": "mean of an outcome of runs",
}
PANEL = ("fairness_quit", "fairness_hazard", "hazard_quit", "hazard_per_sd")
QUOTA = tuple(name for name in QUANTITIES if name.startswith("quota_"))
CONTAGION = tuple(name for name in QUANTITIES if name.startswith("contagion"))


class Target(Section):
    """One target: a quantity, the interval in which it must lie, and who says so."""

    name: str = text(REQUIRED, "what it is called")
    quantity: str = text(REQUIRED, "what is measured")
    low: float = text(REQUIRED, "the least that the quantity may be")
    high: float = text(REQUIRED, "the most")
    source: str = text(REQUIRED, "who says so")
    used_for: Literal["calibration", "validation"] = text("validation", "whether calibration may see it")
    asked: list[str] | None = text(None, "months as which end people are asked; default every second one")
    within: int = text(12, "months", ge=1, le=240)
    size: int = text(6, "members of the team in which somebody resigns", ge=2, le=10_000)
    teams: list[str] | None = text(None, "whose quits; default all")
    event: Raw | None = text(None, "of a ratio: what is added to the lab")
    quiet: bool = text(True, "of a ratio: whether all other events are left out")
    outcome: str | None = text(None, "of a quantity `outcome`: which")
    scenario: str | None = text(None, "another one, in which it is measured, at its own numbers")


def load_targets(file: AnyPath) -> list[Target]:
    """Targets of a TOML file, or of a shipped one by its bare name. Raises InputError with a line for every fault."""
    path = file_of(str(file), "targets")
    raw = read_toml(path)
    faults = [f"{path}: unknown key '{key}' (did you mean 'target'?)" for key in raw if key != "target"]
    tables = raw.get("target")
    if not isinstance(tables, list) or not tables:
        raise InputError(*faults, f"{path}: holds no [[target]]")
    found = []
    for number, table in enumerate(tables, start=1):
        where = f"{path}: target {table.get('name', number) if isinstance(table, dict) else number}"
        try:
            target = Target.model_validate(table)
        except ValidationError as error:
            faults += fault_lines(error, where, lambda _: Target.model_fields)
            continue
        faults += [f"{where}: {fault}" for fault in _faults(target)]
        found.append(target)
    names = [target.name for target in found]
    faults += [f"{path}: target {name}: given twice" for name in dict.fromkeys(names) if names.count(name) > 1]
    if faults:
        raise InputError(*dict.fromkeys(faults))
    return found


def _faults(target: Target) -> Iterator[str]:
    if target.quantity not in QUANTITIES:
        yield f"unknown quantity '{target.quantity}'{did_you_mean(target.quantity, QUANTITIES)}"
    if target.low > target.high:
        yield f"low is above high, {target.high:g}"
    if target.quantity == "quits_ratio":
        event = target.event or {}
        if event.get("type") not in CLASS_OF:
            yield f"a quits_ratio needs an event with a type{did_you_mean(event.get('type'), EVENT_TYPES)}"
        elif "month" not in event:
            yield "its event needs a month"
    elif target.event is not None:
        yield "only a quits_ratio has an event"
    if (target.quantity == "outcome") != (target.outcome is not None):
        yield "an outcome needs its name (outcome), and nothing else has one"

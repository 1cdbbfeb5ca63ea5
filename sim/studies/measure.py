"""How the quantities of targets are measured: arrays over draws, from histories of a scenario over a posterior."""

import math
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, replace
from types import SimpleNamespace
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from sim.aliases import Bools, Floats, NumbersByPath
from sim.engines.compiled.runner import simulate
from sim.engines.compiled.world import make_world
from sim.engines.ensemble import Ensemble
from sim.errors import InputError, did_you_mean
from sim.model import turnover
from sim.model.parameters import as_namespace
from sim.model.state import TEAM
from sim.results.history import History
from sim.results.measures import quotient
from sim.results.outcomes import outcomes
from sim.scenario import Scenario
from sim.scenario.mechanisms import prepare
from sim.scenario.wording import Raw
from sim.studies.targets import CONTAGION, PANEL, QUOTA, Target

EACH = 16  # histories of a draw
Columns: TypeAlias = tuple[NDArray[Any], ...]  # arrays whose first axis is the history
Reduce: TypeAlias = Callable[[History], Columns]
Kept: TypeAlias = dict[Hashable, list[Any]]  # such arrays of all histories, by what they were needed for


def measure(
    target: Target, scenario: Scenario, draws: NumbersByPath, count: int, *, seed: int = 1,
    threads: int | None = None, kept: Kept | None = None,
) -> Floats:  # fmt: skip
    """One value of the target's quantity for each of `count` draws (dotted path -> their numbers).

    `kept` holds, for the next target of the same scenario and draws, what histories it may need as well. Raises
    InputError for a target that the scenario cannot have.
    """
    runs = Runs(dict(draws), count, seed, threads, {} if kept is None else kept)
    kinds = {PANEL: _panel, CONTAGION: _contagion, QUOTA: _quota, ("quits_ratio",): _ratio, ("outcome",): _outcome}
    of_its_kind = next(of_kind for quantities, of_kind in kinds.items() if target.quantity in quantities)
    return of_its_kind(target, scenario, runs)


@dataclass(frozen=True)
class Runs:
    """The histories of a scenario over draws, made once for all that need the same of them."""

    draws: dict[str, Floats]
    count: int  # of the draws
    seed: int
    threads: int | None
    kept: Kept

    def once(self, key: Hashable, scenario: Scenario, reduce: Reduce, *, asked: Sequence[int] = ()) -> list[Any]:
        """As `of`; found the first time that the key is asked for."""
        if key not in self.kept:
            self.kept[key] = self.of(scenario, reduce, asked=asked)
        return self.kept[key]

    def of(self, scenario: Scenario, reduce: Reduce, *, asked: Sequence[int] = ()) -> list[Any]:
        """What `reduce(history)` gives of every history, joined; the histories of a draw stand together."""
        ensemble = Ensemble(np.arange(EACH), self.draws, luck=np.arange(self.count))
        parts = simulate(
            scenario, ensemble, seed=self.seed, reduce=lambda history, _: reduce(history), threads=self.threads,
            asked=asked,
        )  # fmt: skip
        return [np.concatenate(arrays) for arrays in zip(*parts, strict=True)]


def _panel(target: Target, scenario: Scenario, runs: Runs) -> Floats:
    """Correlations over the people asked in one month of one history, averaged over both."""
    dates = [scenario.date_of(month) for month in range(scenario.months)]
    chosen = dates[3::2] if target.asked is None else target.asked
    lost = [date for date in chosen if date not in dates] or ["no month"]
    if lost[0] != "no month" or not chosen:
        where = f"the run, {dates[0]} to {dates[-1]}"
        raise InputError(f"target {target.name}: asked: {lost[0]} lies outside {where}")
    months = [dates.index(date) for date in chosen]
    asked = np.array(months)
    on = scenario.with_overrides({"months": max(scenario.months, int(asked[-1]) + 1 + target.within)})

    def reduce(history: History) -> Columns:
        there, quits = history.quit_by(asked + target.within)
        return there, history.panel[..., 2], history.panel[..., 3], quits

    key = "panel", tuple(chosen), target.within
    there, fair, hazard, quits = runs.once(key, on, reduce, asked=months)
    if target.quantity == "hazard_per_sd":
        shape = (runs.count, EACH * len(asked), -1)
        return np.array(
            [_slope(*columns) for columns in zip(*(part.reshape(shape) for part in (there, fair, quits)), strict=True)]
        )
    first, second = {"fairness_quit": (fair, quits), "fairness_hazard": (fair, hazard), "hazard_quit": (hazard, quits)}[
        target.quantity
    ]
    found = correlation(first, second.astype(float), there).reshape(runs.count, -1)
    return np.nanmean(np.where(np.isfinite(found), found, np.nan), axis=1)


def correlation(first: Floats, second: Floats, there: Bools) -> Floats:
    """Along the last axis, over those who are there; missing or infinite where nothing varies."""
    n = there.sum(axis=-1, keepdims=True)
    with np.errstate(invalid="ignore", divide="ignore"):
        means = (np.where(there, values, 0.0).sum(axis=-1, keepdims=True) / n for values in (first, second))
        a, b = (np.where(there, values - mean, 0.0) for values, mean in zip((first, second), means, strict=True))
        return (a * b).sum(axis=-1) / np.sqrt((a * a).sum(axis=-1) * (b * b).sum(axis=-1))


def _slope(there: Bools, fair: Floats, quits: Bools) -> float:
    """Factor on the hazard for one standard deviation less fair, within months: cloglog regression, Newton's method."""
    with np.errstate(invalid="ignore", divide="ignore"):
        n = there.sum(axis=-1, keepdims=True)
        away = np.where(there, fair - np.where(there, fair, 0.0).sum(axis=-1, keepdims=True) / n, 0.0)
        spread = np.sqrt((away**2).sum(axis=-1, keepdims=True) / n)
        x = np.where(spread > 0.0, -away / spread, 0.0)[there]
    y = quits[there].astype(float)
    if not len(y) or not 0.0 < y.mean() < 1.0 or not x.any():
        return np.nan
    beta = np.array([math.log(-math.log1p(-y.mean())), 0.0])
    design = np.column_stack([np.ones(len(x)), x])
    for _ in range(12):  # Fisher scoring
        rate = np.exp(np.clip(design @ beta, -20.0, 5.0))
        share = -np.expm1(-rate)
        weight = rate**2 * (1.0 - share) / np.maximum(share, 1e-12)
        score = (y - share) * rate / np.maximum(share, 1e-12)
        beta = beta + np.linalg.solve((design * weight[:, None]).T @ design + 1e-9 * np.eye(2), design.T @ score)
    return float(np.exp(beta[1]))


def _contagion(target: Target, scenario: Scenario, runs: Runs) -> Floats:
    """What the formulas make of one resignation in a quiet team: no history is needed."""
    profile = np.empty((runs.count, 24))
    numbers = np.broadcast_to(make_world(scenario, runs.draws).p, runs.count)
    for draw in range(runs.count):
        p = as_namespace(_tree(numbers[draw]))
        prepare(p)
        team = SimpleNamespace(**dict.fromkeys(TEAM.names or (), 0.0))
        team.size, team.quits = target.size - 1, 1
        for month in range(24):
            turnover.carry_forward(team, p)
            team.quits = 0
            profile[draw, month] = p.turnover.contagion * turnover.contagion(team)
    if target.quantity == "contagion":
        return np.exp(profile[:, : target.within]).mean(axis=1)
    if target.quantity == "contagion_peak":
        return 1.0 + profile.argmax(axis=1)
    peak = profile.max(axis=1)
    return np.divide(profile[:, target.within - 1], peak, out=np.zeros(runs.count), where=peak > 0)


def _tree(row: Any) -> dict[str, Any]:
    """A record of numbers as a nested dict of plain ones."""
    return {name: _tree(row[name]) if row.dtype[name].names else row[name].item() for name in row.dtype.names}


def _ratio(target: Target, scenario: Scenario, runs: Runs) -> Floats:
    """Quits of the teams from the month after the event on, with it over without it, on the same luck."""
    raw = scenario.to_dict()
    event: Raw = {"name": "the_event_of_this_target", **(target.event or {})}
    raw["event"] = {} if target.quiet else raw["event"]
    month = scenario.month_of(event["month"])
    raw["months"] = max(scenario.months, month + 1 + target.within)
    raw["record"], raw["prior"], raw["sources"] = {}, {}, {}
    with_it, without = (
        type(scenario).from_dict({**raw, "event": {**raw["event"], **more}}, where=f"target {target.name}")
        for more in ({event["name"]: event}, {})
    )
    teams = list(scenario.team)
    unknown = [name for name in target.teams or () if name not in teams]
    if unknown:
        raise InputError(f"target {target.name}: no team '{unknown[0]}' in this scenario")
    chosen = [teams.index(name) for name in target.teams or teams]
    runs = replace(runs, draws={path: numbers for path, numbers in runs.draws.items() if not path.startswith("event.")})

    def reduce(history: History) -> Columns:
        return (history.team("quit")[:, month + 1 : month + 1 + target.within].sum(axis=1),)

    alike = "quits without an event", target.quiet, month, target.within
    quits = [gone[:, chosen].sum(axis=1).reshape(runs.count, EACH).sum(axis=1)
             for (gone,) in (runs.of(with_it, reduce), runs.once(alike, without, reduce))]  # fmt: skip
    return quotient(*quits)


def _quota(target: Target, scenario: Scenario, runs: Runs) -> Floats:
    """How grants of teams with members move from month to month."""

    def reduce(history: History) -> Columns:
        return history.team("grant"), history.team("headcount") > 0

    grants, manned = runs.once("grants", scenario, reduce)
    before, after = grants[:, :-1], grants[:, 1:]
    there = manned[:, :-1] & manned[:, 1:] & (np.maximum(before, after) > 0.0)
    size = np.abs(after - before) / np.maximum(np.maximum(before, after), 1e-12)
    changed = there & (size > 0.01)
    shape = (runs.count, -1)
    if target.quantity == "quota_correlation":
        a, b = (part / np.maximum(part.sum(axis=2, keepdims=True), 1e-12) for part in (before, after))
        found = correlation(a, b, there).reshape(shape)
        return np.nanmean(np.where(np.isfinite(found), found, np.nan), axis=1)
    if target.quantity == "quota_step":
        return np.array([np.median(s[c]) if c.any() else np.nan
                         for s, c in zip(size.reshape(shape), changed.reshape(shape), strict=True)])  # fmt: skip
    which = {
        "quota_changed": changed, "quota_cut": changed & (after <= 0.0), "quota_grown": changed & (after > before),
    }[target.quantity]  # fmt: skip
    return which.reshape(shape).sum(axis=1) / np.maximum(1, there.reshape(shape).sum(axis=1))


def _outcome(target: Target, scenario: Scenario, runs: Runs) -> Floats:
    def reduce(history: History) -> Columns:
        table = outcomes(scenario, history)
        if target.outcome not in table:
            raise InputError(
                f"target {target.name}: no outcome '{target.outcome}'{did_you_mean(target.outcome, table)}"
            )
        return (table[target.outcome].to_numpy(dtype=float),)

    (values,) = runs.of(scenario, reduce)
    return np.nanmean(values.reshape(runs.count, EACH), axis=1)

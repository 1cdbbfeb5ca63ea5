"""How the quantities of targets are measured: arrays over draws, from histories of a scenario over a posterior."""

import math
from types import SimpleNamespace

import numpy as np

from sim.engines.compiled.runner import simulate
from sim.engines.ensemble import Ensemble
from sim.engines.points import settings_at
from sim.errors import InputError
from sim.model import turnover
from sim.model.parameters import as_namespace, number_tree
from sim.model.state import TEAM
from sim.results.history import PANEL_COLUMNS
from sim.results.outcomes import outcomes
from sim.scenario.mechanisms import prepare
from sim.studies.targets import CONTAGION, PANEL, QUOTA

EACH = 16  # histories of a draw


def measure(target, scenario, draws, count, seed=1, threads=None) -> np.ndarray:
    """One value of the target's quantity for each of `count` draws (dotted path -> their numbers)."""
    if target.quantity in PANEL:
        return _panel(target, scenario, draws, count, seed, threads)
    if target.quantity in CONTAGION:
        return _contagion(target, scenario, draws, count)
    if target.quantity in QUOTA:
        return _quota(target, scenario, draws, count, seed, threads)
    if target.quantity == "quits_ratio":
        return _ratio(target, scenario, draws, count, seed, threads)
    return _outcome(target, scenario, draws, count, seed, threads)


def _run(scenario, draws, count, seed, threads, reduce, asked=()):
    """What `reduce(history)` gives of every history, joined; the histories of a draw stand together."""
    ensemble = Ensemble(np.arange(EACH), dict(draws), luck=np.arange(count))
    parts = list(simulate(scenario, ensemble, seed, lambda history, _: reduce(history), threads, asked=asked))
    return [np.concatenate(one) for one in zip(*parts, strict=True)]


def _panel(target, scenario, draws, count, seed, threads):
    """Correlations over the people asked in one month of one history, averaged over both."""
    dates = [scenario.date_of(month) for month in range(scenario.months)]
    chosen = dates[3::2] if target.asked is None else target.asked
    lost = [date for date in chosen if date not in dates] or ["no month"]
    if lost[0] != "no month" or not chosen:
        where = f"the run, {dates[0]} to {dates[-1]}"
        raise InputError(f"target {target.name}: asked: {lost[0]} lies outside {where}")
    asked = np.array([dates.index(date) for date in chosen])
    on = scenario.with_overrides({"months": max(scenario.months, int(asked[-1]) + 1 + target.within)})

    def reduce(history):
        panel = history.panel
        there = panel[..., PANEL_COLUMNS.index("occupant")] >= 0
        where, place, seat = np.nonzero(there)
        left, reason = history.exit_after(where, seat, panel[where, place, seat, 0].astype(np.int64))
        quits = np.zeros(there.shape, dtype=bool)
        quits[where, place, seat] = (reason == 0) & (left <= asked[place] + target.within) & (left >= 0)
        return there, panel[..., 2], panel[..., 3], quits

    there, fair, hazard, quits = _run(on, draws, count, seed, threads, reduce, asked)
    if target.quantity == "hazard_per_sd":
        shape = (count, EACH * len(asked), -1)
        return np.array(
            [_slope(*one) for one in zip(*(part.reshape(shape) for part in (there, fair, quits)), strict=True)]
        )
    one, other = {"fairness_quit": (fair, quits), "fairness_hazard": (fair, hazard), "hazard_quit": (hazard, quits)}[
        target.quantity
    ]
    found = correlation(one, other.astype(float), there).reshape(count, -1)
    return np.nanmean(np.where(np.isfinite(found), found, np.nan), axis=1)


def correlation(one, other, there):
    """Along the last axis, over those who are there."""
    n = there.sum(axis=-1, keepdims=True)
    with np.errstate(invalid="ignore", divide="ignore"):
        a, b = (np.where(there, x - np.where(there, x, 0.0).sum(axis=-1, keepdims=True) / n, 0.0) for x in (one, other))
        return (a * b).sum(axis=-1) / np.sqrt((a * a).sum(axis=-1) * (b * b).sum(axis=-1))


def _slope(there, fair, quits):
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


def _contagion(target, scenario, draws, count):
    """What the formulas make of one resignation in a quiet team: no history is needed."""
    profile = np.empty((count, 24))
    for draw in range(count):
        p = as_namespace(number_tree(scenario.with_overrides(settings_at(scenario, draws, draw))))
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
    return np.divide(profile[:, target.within - 1], peak, out=np.zeros(count), where=peak > 0)


def _ratio(target, scenario, draws, count, seed, threads):
    """Quits of the teams from the month after the event on, with it over without it, on the same luck."""
    raw = scenario.to_dict()
    event = {"name": "the_event_of_this_target", **target.event}
    raw["event"] = {name: one for name, one in raw["event"].items() if not target.quiet}
    raw["event"][event["name"]] = event
    month = scenario.month_of(event["month"])
    raw["months"] = max(scenario.months, month + 1 + target.within)
    raw["record"], raw["prior"], raw["sources"] = {}, {}, {}
    with_it = type(scenario).from_dict(raw, where=f"target {target.name}")
    teams = list(scenario.team)
    unknown = [name for name in target.teams or () if name not in teams]
    if unknown:
        raise InputError(f"target {target.name}: no team '{unknown[0]}' in this scenario")
    chosen = [teams.index(name) for name in target.teams or teams]
    quits = []
    for enabled in (True, False):
        here = with_it.with_overrides({f"event.{event['name']}.enabled": enabled})
        drawn = {path: one for path, one in draws.items() if not path.startswith("event.")}

        def reduce(history):
            gone = history.team("quit")[:, month + 1 : month + 1 + target.within][:, :, chosen].sum(axis=2)
            return (gone.sum(axis=1),)

        (gone,) = _run(here, drawn, count, seed, threads, reduce)
        quits.append(gone.reshape(count, EACH).sum(axis=1))
    return np.divide(quits[0], quits[1], out=np.full(count, np.nan), where=quits[1] > 0)


def _quota(target, scenario, draws, count, seed, threads):
    """How grants of teams with members move from month to month."""

    def reduce(history):
        return history.team("grant"), history.team("headcount") > 0

    grants, manned = _run(scenario, draws, count, seed, threads, reduce)
    before, after = grants[:, :-1], grants[:, 1:]
    there = manned[:, :-1] & manned[:, 1:] & (np.maximum(before, after) > 0.0)
    size = np.abs(after - before) / np.maximum(np.maximum(before, after), 1e-12)
    changed = there & (size > 0.01)
    shape = (count, -1)
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


def _outcome(target, scenario, draws, count, seed, threads):
    def reduce(history):
        table = outcomes(scenario, history)
        if target.outcome not in table:
            from sim.errors import did_you_mean

            raise InputError(
                f"target {target.name}: no outcome '{target.outcome}'{did_you_mean(target.outcome, table)}"
            )
        return (table[target.outcome].to_numpy(dtype=float),)

    (values,) = _run(scenario, draws, count, seed, threads, reduce)
    return np.nanmean(values.reshape(count, EACH), axis=1)

"""Which further data would tell rivals apart: the expected log Bayes factor of data that nobody has yet.

Each model is run on from its own posterior; what a kind of data would be, and how likely each model makes it, comes
from the same histories. The expectation is over data of the full model, and over data of the rival.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import pandas as pd
from scipy.special import gammaln, logsumexp

from sim.aliases import Floats, Ints
from sim.engines.compiled.runner import simulate
from sim.engines.ensemble import Ensemble
from sim.model.events import ReorganiseEvent
from sim.results.history import History
from sim.studies.calibrated import Calibrated
from sim.studies.facts import JEFFREYS, over_dispersion
from sim.studies.importance import effective, resample
from sim.studies.measure import correlation

DRAWS, EACH = 250, 16
LATER = 24  # months
SURVEY = 12  # months after a survey in which exits are counted
GROUP = 551  # people of the group that product work was gathered in, August 2023 (press)


@dataclass(frozen=True)
class Shares:
    """Data on a group of people: in which category each is, as the histories of a model would give it."""

    shares: Floats  # of the categories: (draws, histories, categories)
    simulated: Ints  # how many people they are of, in the simulation: (draws, histories)
    of: int  # how many the data are of

    def records(self) -> Ints:
        """What one history of each draw would give: counts by category."""
        rng = np.random.default_rng(7)
        return np.stack([rng.multinomial(self.of, history / history.sum()) for history in self.shares[:, 0]])

    def log_density(self, records: Ints) -> Floats:
        """Of records under each draw: (records, draws)."""
        share = (self.shares * self.simulated[..., None]).sum(axis=1) + JEFFREYS
        share = share / share.sum(axis=1, keepdims=True)
        rho = max(1e-4, over_dispersion(1.0 - self.shares[..., -1], self.simulated.astype(float)))
        alpha = share * (1.0 - rho) / rho  # Dirichlet: fates of one history are correlated by rho
        n = records.sum(axis=1)[:, None]
        whole = gammaln(n + 1) - gammaln(records + 1).sum(axis=1)[:, None]
        strength = alpha.sum(axis=1)
        parts = (gammaln(records[:, [c]] + alpha[:, c]) - gammaln(alpha[:, c]) for c in range(records.shape[1]))
        return whole + gammaln(strength) - gammaln(n + strength) + sum(parts)


@dataclass(frozen=True)
class Numbers:
    """Data that are one number, as the histories of a model would give it: (draws, histories)."""

    numbers: Floats

    def records(self) -> Floats:
        """What one history of each draw would give."""
        return self.numbers[:, 0]

    def log_density(self, records: Floats) -> Floats:
        """Of records under each draw: (records, draws)."""
        mean = self.numbers[:, 1:].mean(axis=1)
        spread = np.sqrt(self.numbers.var(axis=1, ddof=1).mean())
        return -0.5 * ((records[:, None] - mean) / spread) ** 2 - np.log(spread)


Data: TypeAlias = Shares | Numbers


def further(made: Calibrated, others: Mapping[str, Calibrated]) -> pd.DataFrame:
    """A row per kind of further data and rival: `if_full`, the expected log Bayes factor of the full model over the
    rival if the full model is true, and `if_rival`, that of the rival over the full model if the rival is true."""
    full = _gathered(made)
    rows = []
    for name, other in others.items():
        if effective(other.weighed().weights) == 0.0:
            continue
        rival = _gathered(other)
        for data in full:
            rows.append({
                "data": data, "model": name, "if_full": _expected(full[data], rival[data]),
                "if_rival": _expected(rival[data], full[data]),
            })  # fmt: skip
    return pd.DataFrame(rows, columns=["data", "model", "if_full", "if_rival"])


def _gathered(calibration: Calibrated) -> dict[str, list[Data]]:
    """Kind of data -> its independent parts, from draws of the model's posterior run on for two years."""
    scenario = calibration.priors.scenario
    on = scenario.with_overrides({"months": scenario.months + LATER})
    seed = calibration.settings["seed"]
    points = resample(calibration.weighed().weights, DRAWS, seed)
    values = calibration.priors.values(calibration.stages.z[points])
    ensemble = Ensemble(np.arange(EACH), values, luck=len(calibration.stages.z) + np.arange(DRAWS))
    now, end = scenario.months - 1, on.months - 1
    cohorts, teams = list(scenario.cohort), list(scenario.team)
    events = (event for event in scenario.event.values() if isinstance(event, ReorganiseEvent) and event.enabled)
    into = next((event.into for event in events), None)
    group = teams.index(into or max(teams, key=lambda name: scenario.team[name].researchers))

    def reduce(history: History, first: int) -> tuple[Floats | Ints, ...]:
        survey = _survey(history, now)
        left = history.cohort("quit") + history.cohort("laid_off")
        return (left, history.cohort("size")[:, end], history.team("quit")[:, : now + 1, group],
                history.team("headcount")[:, : now + 1, group], survey)  # fmt: skip

    parts = list(simulate(on, ensemble, seed=seed, reduce=reduce, asked=[now]))
    left, size, quits, heads, survey = (
        np.concatenate(arrays).reshape(DRAWS, EACH, *arrays[0].shape[1:]) for arrays in zip(*parts, strict=True)
    )
    counted = {scenario.record[fact.name].cohort for fact in (*calibration.used, *calibration.held) if fact.is_count}
    authors = [k for k, name in enumerate(cohorts) if name in counted]
    found: dict[str, list[Data]] = {"exit months of the counted cohorts": [], "the counted cohorts, two more years": []}
    for k in authors:
        begin = scenario.month_of(scenario.cohort[cohorts[k]].month)
        of = round(float(np.median(size[..., k])))
        by_month = np.diff(left[:, :, begin : now + 1, k], axis=2, prepend=0)
        found["exit months of the counted cohorts"].append(_categories(by_month, size[..., k], of))
        by_year = np.diff(left[:, :, [now, now + LATER // 2, end], k], axis=2, prepend=0)
        found["the counted cohorts, two more years"].append(_categories(by_year, size[..., k], of))
    there = heads > 0
    rate = np.where(there, quits, 0).sum(axis=2) / np.maximum(1, np.where(there, heads, 0).sum(axis=2))
    months = np.maximum(1, there.sum(axis=2)).mean()
    gone = 1.0 - (1.0 - rate) ** months
    found[f"exits of {GROUP} people in {teams[group]}"] = [
        Shares(np.stack([gone, 1.0 - gone], axis=-1), np.maximum(2, heads.max(axis=2)), GROUP)
    ]
    found["a survey of fairness, linked to exits"] = [Numbers(survey)]
    return found


def _survey(history: History, month: int) -> Floats:
    """Correlation over all people of how fair they found it as the month ended with quitting within a year.

    Where nothing is felt, what people answer has nothing to do with who leaves: a correlation of pure chance.
    """
    there, quits = (column[:, 0] for column in history.quit_by(np.array([month + SURVEY])))
    found = correlation(history.panel[:, 0, :, 2], quits.astype(float), there)
    chance = np.random.default_rng([int(number) for number in history.replicates[:1]] or 0).standard_normal(len(found))
    return np.where(np.isfinite(found), found, chance / np.sqrt(np.maximum(2, there.sum(axis=1))))


def _categories(counts: Ints, size: Ints, of: int) -> Shares:
    stayed = size - counts.sum(axis=2)
    shares = np.concatenate([counts, stayed[..., None]], axis=2) / np.maximum(1, size)[..., None]
    return Shares(shares, np.maximum(1, size), of)


def _expected(true: Sequence[Data], other: Sequence[Data]) -> float:
    """Mean over data of the first model of the log of its density under the first over that under the second."""
    shown = [data.records() for data in true]
    mine = _log_density(true, shown, leave_out=True)
    theirs = _log_density(other, shown)
    return float(np.mean(mine - theirs))


def _log_density(model: Sequence[Data], shown: Sequence[Any], leave_out: bool = False) -> Floats:
    """Log density of each record under a mixture over the draws of a model, all parts together."""
    total: Floats = np.zeros(())
    for data, records in zip(model, shown, strict=True):
        total = total + data.log_density(records)  # (records, draws)
    if leave_out:  # a record was made by a history of its own draw
        np.fill_diagonal(total, -np.inf)
    return logsumexp(total, axis=1) - np.log(total.shape[1] - leave_out)

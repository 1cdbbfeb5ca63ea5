"""A posterior: weighted draws of a scenario's parameters, what the record says of them, and mixtures over them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import pandas as pd
from scipy.special import ndtr, ndtri

from sim.aliases import AnyPath, Floats, Ints, NumbersByPath
from sim.errors import InputError, NothingFound, check_names
from sim.results.study import Study
from sim.scenario import Scenario
from sim.studies.calibrated import Calibrated
from sim.studies.coverage import recovered
from sim.studies.further import further
from sim.studies.importance import Weighed, moments, resample, weighted_quantile
from sim.studies.priors import Priors

KEPT = 500  # resampled draws
WIDE = 0.9  # of the prior's width: what is as wide is not identified
BAND = (0.05, 0.25, 0.5, 0.75, 0.95)
LEAST = 30  # effective draws, below which a posterior says nothing
Rivals: TypeAlias = Mapping[str, Calibrated]  # by name


@dataclass(repr=False, kw_only=True)
class Posterior(Study):
    """What calibration found.

    | table | one row per |
    |---|---|
    | `parameters` | path: prior and posterior, how wide the posterior is beside the prior, whether it is identified |
    | `directions` | direction and path: the directions that the record ties down best, narrowest first |
    | `predictive` | fact: recorded beside what prior and posterior predict |
    | `evidence` | model: log evidence and its error; the Bayes factor of the full model over each rival |
    | `draws` | point: weight, log likelihood, numbers |
    | `resampled` | one of 500 draws of equal weight |
    | `coverage`, `ranks` | path; synthetic record (only where it was asked for) |
    | `further` | kind of further data and rival: what it would tell (only with rivals) |
    """

    kind, called, needed = "posterior", "posterior", ("parameters", "evidence", "resampled")
    known = ("parameters", "directions", "predictive", "evidence", "draws", "resampled", "coverage", "ranks", "further")
    settings = ("about_it",)

    about_it: dict[str, Any]  # points, until, facts, stages

    def why_not(self, name: str) -> str:
        asked = {"coverage": "--coverage", "ranks": "--coverage", "further": "--without or --only"}
        return f"the posterior was made without {asked.get(name, name)}"

    def for_people(self) -> dict[str, pd.DataFrame]:
        return {name: table for name, table in self.tables.items() if name not in ("draws", "ranks")}

    @property
    def paths(self) -> list[str]:
        """The parameters that were calibrated."""
        return self.tables["parameters"]["path"].tolist()

    @property
    def ess(self) -> float:
        """Effective sample size."""
        return float(self.evidence["ess"].iloc[0])

    @property
    def log_evidence(self) -> float:
        """Natural logarithm of the probability of the record under the model."""
        return float(self.evidence["log_evidence"].iloc[0])

    def demand_enough(self) -> None:
        """Raise NothingFound where so few draws carry the weight that they say nothing."""
        if self.ess < LEAST:
            title = self.scenario.title or "posterior"
            raise NothingFound(
                f"{title}: only {self.ess:.0f} effective draws; at least {LEAST} are needed "
                "to say anything: give more points, or see whether priors and facts contradict each other"
            )

    def draws_for(self, scenario: Scenario) -> dict[str, Floats]:
        """Dotted path -> the numbers of the resampled draws, to run a scenario with (`run(..., draws=...)`).

        What the scenario sets otherwise than the calibrated one is not drawn: it stays as set. Raises InputError for a
        scenario that the posterior is not about.
        """
        self.demand_enough()
        mine, other = self.scenario, scenario
        for what, then, now in (
            ("starts in", [mine.start], [other.start]), ("has the teams", [*mine.team], [*other.team]),
            ("has the cohorts", [*mine.cohort], [*other.cohort]),
        ):  # fmt: skip
            if then != now:
                raise InputError(f"posterior: is of another scenario: it {what} {', '.join(then)}; this one, "
                                 f"{', '.join(now)}")  # fmt: skip
        check_names("posterior: is of another scenario: this one has no", self.paths, [*other.values()])
        return shared({path: self.resampled[path].to_numpy(dtype=float) for path in self.paths}, mine, other)

    def evenly(self, count: int) -> Ints:
        """Places of so many of the resampled draws, as far apart as can be; all of them if that is more."""
        kept = len(self.resampled)
        return np.linspace(0, kept - 1, min(kept, count)).round().astype(int)


def shared(draws: NumbersByPath, mine: Scenario, other: Scenario) -> dict[str, Floats]:
    """The numbers at those paths that both scenarios have, and set alike."""
    own, theirs = mine.values(), other.values()
    return {path: numbers for path, numbers in draws.items() if path in theirs and theirs[path] == own[path]}


load_posterior = Posterior.load


def posterior_of(given: Posterior | AnyPath) -> Posterior:
    """A posterior as it is, or that of a folder. Raises InputError where there is none."""
    return given if isinstance(given, Posterior) else Posterior.load(given)


def describe(made: Calibrated, others: Rivals, *, coverage: bool = False) -> Posterior:
    """The posterior of a finished calibration, beside those of rivals (name -> calibration)."""
    weighed, priors, z = made.weighed(), made.priors, made.stages.z
    likelihood = made.likelihood()
    values = priors.values(z)
    draws = pd.DataFrame({
        "stage": np.repeat(np.arange(len(made.stages.parts)), [len(part) for part in made.stages.parts]),
        "weight": weighed.weights, "log_likelihood": likelihood.log(), **values,
    })  # fmt: skip
    points = resample(weighed.weights, KEPT, made.settings["seed"])
    tables = {
        "parameters": _parameters(priors, z, weighed.weights),
        "directions": directions(priors.paths, z, weighed, seed=made.settings["seed"]),
        "predictive": _predictive(made, weighed.weights),
        "evidence": _evidence(made, others),
        "draws": draws,
        "resampled": pd.DataFrame({"point": points, **{path: numbers[points] for path, numbers in values.items()}}),
    }
    if others:
        tables["further"] = further(made, others)
    if coverage:
        tables["ranks"], tables["coverage"] = recovered(
            priors.paths, made.stages.parts[0], made.likelihood_of_first(), seed=made.settings["seed"]
        )
    settings, numbers = made.settings, list(range(made.settings["replicates"]))
    return Posterior(
        scenario=priors.scenario, seed=settings["seed"], replicates=numbers, about_it=settings, tables=tables
    )


def _parameters(priors: Priors, z: Floats, weights: Floats) -> pd.DataFrame:
    rows = []
    usual = ndtri(0.95) - ndtri(0.05)
    for k, path in enumerate(priors.paths):
        ends = weighted_quantile(z[:, k], weights, [0.05, 0.5, 0.95])
        low, middle, high = priors.quantile(path, ndtr(ends))
        before = priors.quantile(path, np.array([0.05, 0.5, 0.95]))
        rows.append({
            "path": path, "prior_q05": before[0], "prior_median": before[1], "prior_q95": before[2],
            "q05": low, "median": middle, "q95": high, "z_q05": ends[0], "z_median": ends[1], "z_q95": ends[2],
            "width": (ends[2] - ends[0]) / usual,
            "moved": weights @ z[:, k], "identified": bool((ends[2] - ends[0]) / usual < WIDE),
            "unit": priors.scenario.parameter(path).unit, "source": priors.scenario.prior[path].source,
        })  # fmt: skip
    return pd.DataFrame(rows)


def directions(
    paths: Sequence[str], z: Floats, weighed: Weighed, *, seed: int = 1, most: int = 3, splits: int = 20
) -> pd.DataFrame:
    """The directions in which the posterior is narrowest beside the prior: principal axes of standardised parameters.

    `width` is the posterior's standard deviation along the direction over the prior's, 1. Of many directions some look
    narrow by chance, so it is measured on the half of the points that did not choose the direction, over random halves.
    """
    mean, axes = _axes(z, weighed.weights)
    most = min(most, len(paths))
    rng = np.random.default_rng([seed, 3000])
    apart = np.full((splits, most), np.nan)
    for split in range(splits):
        chosen = rng.random(len(z)) < 0.5
        if not (weighed.weights[chosen].any() and weighed.weights[~chosen].any()):
            continue
        _, by_half = _axes(z[chosen], weighed.weights[chosen])
        others = z[~chosen] @ by_half[:, :most]
        weights = weighed.weights[~chosen] / weighed.weights[~chosen].sum()
        apart[split] = np.sqrt(weights @ (others - weights @ others) ** 2)
    rows = []
    for direction, width in enumerate(apart.mean(axis=0) if np.isnan(apart).all() else np.nanmean(apart, axis=0)):
        axis = axes[:, direction] * np.sign(axes[np.abs(axes[:, direction]).argmax(), direction])
        rows += [
            {"direction": direction + 1, "width": width, "identified": bool(width < WIDE), "path": paths[k],
             "weight": axis[k], "moved": axis @ mean}
            for k in np.argsort(-np.abs(axis), kind="stable")
        ]  # fmt: skip
    return pd.DataFrame(rows)


def _axes(z: Floats, weights: Floats) -> tuple[Floats, Floats]:
    """The mean, and the principal axes as columns, narrowest first."""
    mean, spread = moments(z, weights)
    return mean, np.linalg.eigh(spread)[1]


def _predictive(made: Calibrated, weights: Floats) -> pd.DataFrame:
    """Recorded beside predicted, fact by fact: quantiles over histories under prior (first stage) and posterior."""
    rows = []
    first = len(made.stages.parts[0])
    scenario = made.priors.scenario
    for fact in (*made.used, *made.held):
        record, values = scenario.record[fact.name], made.columns[fact.name]
        histories = values.shape[1]
        before = np.full(first, 1.0 / first)
        row: dict[str, object] = {
            "name": fact.name, "what": record.what, "of": record.whom or "lab",
            "month": record.month, "used": fact in made.used,
            "recorded_low": fact.low, "recorded": fact.value, "recorded_high": fact.high,
        }  # fmt: skip
        for label, weight, shown in (("prior_", before, values[:first]), ("", weights, values)):
            flat, each = shown.ravel(), np.repeat(weight / histories, histories)
            there = np.isfinite(flat)
            missing = max(0.0, 1.0 - each[there].sum())
            found = np.full(len(BAND), np.nan)
            if each[there].sum() > 0.0:
                found = weighted_quantile(flat[there], each[there] / each[there].sum(), BAND)
            row |= {f"{label}q{round(100 * q):02d}": value for q, value in zip(BAND, found, strict=True)}
            inside = (flat >= fact.low) & (flat <= fact.high)
            row |= {f"{label}within": float(each @ inside), f"{label}missing": float(missing)}
        rows.append(row | {"source": record.source})
    return pd.DataFrame(rows)


def _evidence(made: Calibrated, others: Rivals) -> pd.DataFrame:
    rows = []
    for name, calibration in {"full": made, **others}.items():
        weighed = calibration.weighed()
        rows.append({"model": name, "log_evidence": weighed.log_evidence, "error": weighed.error, "ess": weighed.ess,
                     "points": len(calibration.stages.z), "histories": calibration.histories})  # fmt: skip
    table = pd.DataFrame(rows)
    table["log_bayes"] = table["log_evidence"].iloc[0] - table["log_evidence"]
    table["log_bayes_error"] = np.sqrt(table["error"].iloc[0] ** 2 + table["error"] ** 2)
    table.loc[0, "log_bayes_error"] = 0.0
    factors = zip(table["log_bayes"], table["log_bayes_error"], strict=True)
    table["words"] = [words(*factor) if rival else None for rival, factor in enumerate(factors)]
    return table


def words(log_bayes: float, error: float) -> str:
    """What a Bayes factor of the full model over a rival means (Kass and Raftery 1995), if its error allows a sign."""
    size = abs(log_bayes)
    if not np.isfinite(size):
        return "the record is impossible under the rival" if log_bayes > 0 else "the record is impossible here"
    if size < 2.0 * error or size < np.log(3.0):
        return "the record cannot tell the two apart"
    strength = next(word for most, word in ((20.0, "somewhat"), (150.0, "strongly"), (np.inf, "decisively"))
                    if size < np.log(most))  # fmt: skip
    return f"the record speaks {strength} {'against' if log_bayes > 0 else 'for'} the rival"

"""Adaptive importance sampling in standard normal coordinates: weights, evidence, and where to draw next.

Own code, because what there is does worse here: textbook ABC-PMC collapses in twenty dimensions, pyabc gives no result
or stops at weights that are no numbers, emcee does not converge on a noisy likelihood, sbi needs torch. The nested
sampler nautilus agrees with these weights (extra `check`) but cannot stop and go on, and takes the likelihood as exact.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from scipy.special import gammaln, ndtri
from scipy.stats import qmc

from sim.aliases import Floats, Ints

DEFENSIVE = 0.15  # share of a stage that is drawn from the prior, so that no weight can explode (Hesterberg 1995)
FREEDOM = 6.0  # degrees of freedom of the fitted t
STAGES = 3  # beyond the first


@dataclass(frozen=True)
class Student:
    """A multivariate t: where a further stage draws."""

    mean: Floats
    root: Floats  # lower Cholesky factor of the scale matrix

    def draw(self, count: int, rng: np.random.Generator) -> Floats:
        normal = rng.standard_normal((count, len(self.mean)))
        scale = np.sqrt(FREEDOM / rng.chisquare(FREEDOM, count))
        return self.mean + (normal @ self.root.T) * scale[:, None]

    def log(self, z: Floats) -> Floats:
        """Log density."""
        d = len(self.mean)
        away = np.linalg.solve(self.root, (z - self.mean).T)
        constant = (gammaln((FREEDOM + d) / 2) - gammaln(FREEDOM / 2) - d / 2 * np.log(FREEDOM * np.pi)
                    - np.log(np.diag(self.root)).sum())  # fmt: skip
        return constant - (FREEDOM + d) / 2 * np.log1p((away**2).sum(axis=0) / FREEDOM)


def fit(z: Floats, weights: Floats) -> Student:
    """A t with the weighted mean and covariance, drawn towards the prior's where few draws carry the weight."""
    d = z.shape[1]
    mean, spread = moments(z, weights)
    towards = d / (d + effective(weights))
    return Student(mean, np.linalg.cholesky((1.0 - towards) * spread + towards * np.eye(d)))


def moments(z: Floats, weights: Floats) -> tuple[Floats, Floats]:
    """Mean and covariance of weighted points."""
    weights = weights / weights.sum()
    mean = weights @ z
    return mean, (z - mean).T @ ((z - mean) * weights[:, None])


def log_prior(z: Floats) -> Floats:
    """Log density of points (points, dimensions) under the prior."""
    return -0.5 * (z**2).sum(axis=1) - 0.5 * z.shape[1] * np.log(2.0 * np.pi)


@dataclass
class Stages:
    """All points of all stages: a Latin hypercube of the prior, then mixtures of a fitted t and the prior."""

    dimensions: int
    seed: int
    parts: list[Floats] = field(default_factory=list)  # (points, dimensions) of each stage
    proposals: list[Student] = field(default_factory=list)  # of each stage but the first

    def first(self, count: int) -> Floats:
        sampler = qmc.LatinHypercube(self.dimensions, rng=np.random.default_rng([self.seed, 0]))
        self.parts = [ndtri(sampler.random(count))]
        return self.parts[0]

    def further(self, count: int, weights: Floats) -> Floats:
        """The points of one more stage, given the weights of all points so far."""
        rng = np.random.default_rng([self.seed, len(self.parts)])
        proposal = fit(self.z, weights)
        of_prior = round(DEFENSIVE * count)
        drawn = [rng.standard_normal((of_prior, self.dimensions)), proposal.draw(count - of_prior, rng)]
        self.parts.append(np.concatenate(drawn))
        self.proposals.append(proposal)
        return self.parts[-1]

    @property
    def z(self) -> Floats:
        return np.concatenate(self.parts)

    def log_ratio(self) -> Floats:
        """Log of the prior's density over the mixture that all stages together drew from (Cornuet et al. 2012)."""
        z = self.z
        of_prior, total = log_prior(z), len(z)
        log_shares = [np.full(total, np.log(len(self.parts[0]) / total))]
        for part, proposal in zip(self.parts[1:], self.proposals, strict=True):
            both = np.logaddexp(np.log(DEFENSIVE), np.log(1 - DEFENSIVE) + proposal.log(z) - of_prior)
            log_shares.append(np.log(len(part) / total) + both)
        return -np.logaddexp.reduce(log_shares, axis=0)


def effective(weights: Floats) -> float:
    """Kish's effective sample size."""
    total = weights.sum()
    return float(total**2 / (weights**2).sum()) if total > 0.0 else 0.0


@dataclass(frozen=True)
class Weighed:
    """Normalised weights, the log of the evidence and its standard error, and the effective sample size."""

    weights: Floats
    log_evidence: float
    error: float
    ess: float


def weigh(log_likelihood: Floats, log_ratio: Floats) -> Weighed:
    """Weights of points from their log likelihood and the log ratio of prior to proposal. All 0 where none can be."""
    log_weights = log_likelihood + log_ratio
    most = log_weights.max()
    if not np.isfinite(most):
        return Weighed(np.zeros(len(log_weights)), -np.inf, np.nan, 0.0)
    weights = np.exp(log_weights - most)
    mean = weights.mean()
    error = weights.std(ddof=1) / np.sqrt(len(weights)) / mean if len(weights) > 1 else np.nan
    return Weighed(weights / weights.sum(), float(most + np.log(mean)), float(error), effective(weights))


def resample(weights: Floats, count: int, seed: int) -> Ints:
    """Places of `count` draws, systematically: each comes up within one of its expected number (Kitagawa 1996)."""
    start = np.random.default_rng([seed, 1000]).random()
    edges = np.cumsum(weights)
    edges[-1] = 1.0
    return np.searchsorted(edges, (start + np.arange(count)) / count, side="left")


def weighted_quantile(values: Floats, weights: Floats, shares: Sequence[float]) -> Floats:
    """Quantiles of weighted values: where the summed weight, each counted to its middle, reaches the shares."""
    order = np.argsort(values, kind="stable")
    weights = weights[order]
    middle = np.cumsum(weights) - 0.5 * weights
    return np.interp(shares, middle / weights.sum(), np.asarray(values)[order])

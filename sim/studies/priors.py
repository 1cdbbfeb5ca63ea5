"""What is known before the record speaks: independent priors of numbers, in standard normal coordinates."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtr, ndtri
from scipy.stats import beta, triang

from sim.aliases import AnyPath, Floats
from sim.errors import InputError
from sim.parameter import Parameter
from sim.scenario import Scenario
from sim.scenario.elements import Prior
from sim.scenario.files import read_toml

MOST = 60  # numbers that are calibrated at once; importance sampling is lost long before


@dataclass(frozen=True)
class Priors:
    """The joint prior of the numbers at `paths`; coordinate k of a point is standard normal under the prior."""

    scenario: Scenario  # whose `prior` this is
    paths: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.paths)

    def values(self, z: ArrayLike) -> dict[str, Floats]:
        """Dotted path -> numbers, of points (N, paths) in standard normal coordinates."""
        shares = ndtr(np.asarray(z, dtype=float))
        return {path: self.quantile(path, shares[:, k]) for k, path in enumerate(self.paths)}

    def quantile(self, path: str, share: ArrayLike) -> Floats:
        """The numbers below which these shares of the prior of one path lie."""
        prior, entry = self.scenario.prior[path], self.scenario.parameter(path)
        low, high = _ends(prior, entry)
        numbers = _quantile(prior, np.asarray(share, dtype=float), low, high)
        numbers = np.clip(numbers, low, high)
        return np.rint(numbers) if entry.kind == "whole number" else numbers


def _ends(prior: Prior, entry: Parameter) -> tuple[float, float]:
    """Where a distribution is cut: what it says itself, within the parameter's bounds."""
    low, high = entry.bounds
    low = low if prior.low is None else max(prior.low, low)
    high = high if prior.high is None else min(prior.high, high)
    return (np.nextafter(low, high) if entry.low_open else low), high


def _quantile(prior: Any, share: Floats, low: float, high: float) -> Floats:
    if prior.kind == "uniform":
        return low + share * (high - low)
    if prior.kind == "log_uniform":
        return low * (high / low) ** share
    if prior.kind == "triangular":
        return triang.ppf(share, (prior.mode - prior.low) / (prior.high - prior.low), prior.low, prior.high - prior.low)
    if prior.kind == "beta":
        return beta.ppf(share, prior.a, prior.b)
    if prior.kind == "normal":
        first, last = ndtr((np.array([low, high]) - prior.mean) / prior.sd)
        return prior.mean + prior.sd * ndtri(first + share * (last - first))
    with np.errstate(divide="ignore"):
        first, last = ndtr(np.log(np.array([max(low, 0.0), high]) / prior.median) / prior.log_sd)
    return prior.median * np.exp(prior.log_sd * ndtri(first + share * (last - first)))


def priors_of(scenario: Scenario, file: AnyPath | None = None) -> Priors:
    """The priors of a scenario; `file`, a TOML file with a table `[prior]`, replaces them.

    Raises InputError where there are none, or a path cannot differ from point to point.
    """
    if file is not None:
        scenario = _with_priors(scenario, Path(file))
    if not scenario.prior:
        raise InputError(f"{scenario.title or 'scenario'}: has no priors: give a table [prior], or a file of one")
    if len(scenario.prior) > MOST:
        raise InputError(f"prior: {len(scenario.prior)} numbers; at most {MOST} can be calibrated at once")
    from sim.engines.points import check_points

    priors = Priors(scenario, tuple(scenario.prior))
    check_points(scenario, priors.values(np.zeros((1, len(priors)))))
    return priors


def _with_priors(scenario: Scenario, file: Path) -> Scenario:
    raw = read_toml(file)
    if "target" in raw:
        raise InputError(f"{file}: holds targets for validation, which calibration never reads; give a table [prior]")
    if not isinstance(raw.get("prior"), dict) or len(raw) > 1:
        raise InputError(f"{file}: needs a table [prior], and nothing else")
    return Scenario.from_dict({**scenario.to_dict(), **raw}, where=str(file))

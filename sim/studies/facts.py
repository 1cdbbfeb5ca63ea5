"""How likely the recorded facts are, given histories that a point of the parameters has made."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import betaln, gammaln

from sim.aliases import Floats
from sim.errors import InputError, did_you_mean
from sim.results.history import History
from sim.results.measures import simulated
from sim.scenario import Scenario

JEFFREYS = 0.5  # leavers (and stayers) added to what the histories of a point show, so that no share is 0 or 1


@dataclass(frozen=True)
class Fact:
    """A recorded fact: one of several counts of so many, a value with a normal error, or an interval."""

    name: str
    counts: tuple[int, ...] = ()
    of: int = 0
    value: float | None = None
    sd: float | None = None
    low: float = np.nan
    high: float = np.nan

    @property
    def is_count(self) -> bool:
        return bool(self.counts)

    @property
    def middle(self) -> float:
        """Of a value with a normal error: the value."""
        assert self.value is not None  # no scenario with an sd is valid without it
        return self.value

    def kernel(self, values: Floats) -> Floats:
        """How likely the fact is if a history gave these values: a normal density up to a constant, or 1 inside the
        interval and 0 outside. What a history does not reach (a project never released) it does not give."""
        with np.errstate(invalid="ignore"):
            if self.sd is not None:
                dense: Floats = np.exp(-0.5 * ((values - self.middle) / self.sd) ** 2)
            else:
                dense = ((values >= self.low) & (values <= self.high)).astype(float)
        return np.where(np.isnan(values), 0.0, dense)


def facts_of(
    scenario: Scenario, *, until: str | None = None, names: Collection[str] | None = None
) -> tuple[list[Fact], list[Fact]]:
    """The facts that calibration reads, and those held out: for validation, or later than the month `until`.

    `names` chooses among them. Raises InputError for facts that cannot be used, or none at all.
    """
    where = scenario.title or "scenario"
    if not scenario.record:
        raise InputError(f"{where}: records no facts ([[record]]), so there is nothing to calibrate with")
    if until is not None and not scenario.start <= until <= scenario.date_of(scenario.months - 1):
        raise InputError(f"until: must be a month from {scenario.start} to {scenario.date_of(scenario.months - 1)}, "
                         f"got {until}")  # fmt: skip
    faults = []
    for name in names or ():
        if name not in scenario.record:
            faults.append(f"facts: no fact '{name}'{did_you_mean(name, scenario.record)}")
        elif scenario.record[name].used_for == "validation":
            faults.append(f"facts: '{name}' is kept for validation; calibration never reads it")
    used: list[Fact] = []
    held: list[Fact] = []
    for record in scenario.record.values():
        fact = Fact(record.name, tuple(record.counts), record.of or 0, record.value, record.sd, *record.interval)
        late = until is not None and record.month > until
        out = record.used_for == "validation" or late or (names is not None and record.name not in names)
        if scenario.month_of(record.month) >= scenario.months:
            if not out:
                faults.append(f"record.{record.name}: {record.month} lies after the end of the run, "
                              f"{scenario.date_of(scenario.months - 1)}")  # fmt: skip
            continue
        (held if out else used).append(fact)
    if not used and not faults:
        faults.append(f"{where}: no facts are left to calibrate with: all are held out")
    if faults:
        raise InputError(*faults)
    return used, held


def columns_of(scenario: Scenario, history: History, facts: Iterable[Fact]) -> dict[str, Floats]:
    """Per fact what each history gives; and, as `size.NAME`, of how many a count is."""
    found = {}
    for fact in facts:
        record = scenario.record[fact.name]
        found[fact.name] = simulated(scenario, history, record)
        if fact.is_count:
            k = list(scenario.cohort).index(record.whom)
            found[f"size.{fact.name}"] = history.cohort("size")[:, scenario.month_of(record.month), k].astype(float)
    return found


def over_dispersion(shares: Floats, sizes: Floats) -> float:
    """How much more the shares that left vary between histories of a point than binomial ones would: the correlation
    between two members' fates, pooled over points. Both are (points, histories)."""
    usable = np.isfinite(shares).all(axis=1) & (sizes > 1).all(axis=1)
    shares, sizes = shares[usable], sizes[usable]
    histories = shares.shape[1] if shares.ndim == 2 else 0
    if histories < 2 or not len(shares):
        return 0.0
    spread = shares.var(axis=1, ddof=1)
    middle = shares.mean(axis=1)
    most = (middle * (1.0 - middle) + spread / histories).sum()  # unbiased for the sum of p (1 - p)
    if most <= 0.0:
        return 0.0
    n = 1.0 / np.mean(1.0 / sizes)
    return float(np.clip((spread.sum() * n / most - 1.0) / (n - 1.0), 0.0, 0.95))


def log_beta_binomial(count: int, of: int, share: Floats, rho: float) -> Floats:
    """Log probability of a count, where members' fates are correlated by `rho` (0: binomial). `share` within (0, 1)."""
    choose = gammaln(of + 1.0) - gammaln(count + 1.0) - gammaln(of - count + 1.0)
    if rho <= 1e-9:
        return choose + count * np.log(share) + (of - count) * np.log1p(-share)
    strength = (1.0 - rho) / rho
    a, b = share * strength, (1.0 - share) * strength
    return choose + betaln(a + count, b + of - count) - betaln(a, b)


class Likelihood:
    """Of facts, at points whose histories have been made: `columns` maps names to (points, histories)."""

    def __init__(self, facts: Sequence[Fact], columns: Mapping[str, Floats], rho: Mapping[str, float] | None = None):
        self.facts, self.columns = facts, columns
        self.shares: dict[str, Floats] = {}  # mean share that left, at each point; missing if nobody was there
        self.rho: dict[str, float] = {}
        self.left_over: dict[str, float] = {}  # of rho, beside the noise of the mean share
        for fact in facts:
            if not fact.is_count:
                continue
            shares, sizes = columns[fact.name], columns[f"size.{fact.name}"]
            given = np.isfinite(shares)
            left = np.where(given, shares * sizes, 0.0).sum(axis=1)
            of = np.where(given, sizes, 0.0).sum(axis=1)
            self.shares[fact.name] = np.where(of > 0, (left + JEFFREYS) / (of + 2.0 * JEFFREYS), np.nan)
            self.rho[fact.name] = over_dispersion(shares, sizes) if rho is None else rho[fact.name]
            n = max(1.0, float(np.mean(sizes[given])) if given.any() else 1.0)
            # The mean share of a few histories is itself uncertain. Their noise spreads the likelihood as correlated
            # fates do; what it spreads is taken off, so that the estimate is right in the mean (Andrieu and Roberts
            # 2009: then the posterior is, too).
            noise = (self.rho[fact.name] + (1.0 - self.rho[fact.name]) / n) / shares.shape[1]
            self.left_over[fact.name] = max(0.0, self.rho[fact.name] - noise)

    def log(self, facts: Sequence[Fact] | None = None) -> Floats:
        """Log likelihood at each point: counts around the mean share, times the mean kernel of the other facts."""
        facts = self.facts if facts is None else facts
        count = len(next(iter(self.columns.values())))
        total: Floats = np.zeros(count)
        kernel: Floats | None = None
        for fact in facts:
            if fact.is_count:
                share, rho = self.shares[fact.name], self.left_over[fact.name]
                several = [log_beta_binomial(count, fact.of, share, rho) for count in fact.counts]
                total += np.where(np.isnan(share), -np.inf, np.logaddexp.reduce(several, axis=0))
            else:
                each = fact.kernel(self.columns[fact.name])
                kernel = each if kernel is None else kernel * each
        if kernel is not None:
            with np.errstate(divide="ignore"):
                total += np.log(kernel.mean(axis=1))
        return total

    def by_fact(self) -> dict[str, Floats]:
        """Log likelihood of each fact alone."""
        return {fact.name: self.log([fact]) for fact in self.facts}

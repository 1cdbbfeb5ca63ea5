"""Which mechanism, and which kind of event, caused how many departures: Shapley values over all subsets."""

from dataclasses import dataclass, field
from math import factorial

import numpy as np
import pandas as pd
from scipy.stats import qmc

from sim.engines.run import run
from sim.errors import InputError, by_name_after, did_you_mean
from sim.results.mixture import APART
from sim.results.mixture import spread as spread_of
from sim.results.study import Replicates, Seed, Study
from sim.scenario import Scenario, as_scenario
from sim.studies.job import Job
from sim.studies.mixture import draws_of
from sim.studies.paired import half_width

DRIVERS = ("fairness", "contagion", "market", "visibility", "promise", "mission", "shocks", "startup")
SCREEN = 200  # replicates by which a drawn tuning is held against the record, and ...
TUNED = 40  # ... for each subset under one that meets it
MOST = 12  # players; their subsets are 2**12
# What the range over tunings draws from: the weights of the hazard, which only the recorded case ties down.
TUNING = (
    "turnover.base_rate", "turnover.fairness", "turnover.contagion", "turnover.market", "turnover.visibility",
    "turnover.promise", "turnover.mission", "turnover.founding", "fairness.grief", "shocks.lead_leaves",
    "shocks.layoff", "shocks.reorganise", "shocks.dissolve", "shocks.scooped",
)  # fmt: skip


@dataclass
class Attribution(Study):
    """Departures by cause.

    | table | one row per |
    |---|---|
    | `mechanisms` | mechanism, outcome: Shapley value, 95 % interval over replicates; and the range over tunings |
    | `events` | kind of event, outcome: Shapley value and interval |
    | `what_if` | event, outcome: what changes if this one event does not happen |
    | `totals` | view, outcome: all off, all on; the Shapley values of the view add up to the difference |
    | `tunings` | drawn tuning: factor by which each parameter was multiplied, and whether it meets the record |

    Outcomes are shares of cohorts that left (`left_share.*`) and people who left the lab (`left`).
    """

    kind, called, needed = "attribute", "attribution", ("totals",)
    known = ("mechanisms", "events", "what_if", "totals", "tunings")

    scenario: Scenario
    seed: Seed
    replicates: Replicates
    tables: dict[str, pd.DataFrame] = field(repr=False)


@by_name_after(2)
def attribute(
    scenario, replicates=200, *, seed=1, mechanisms=None, tunings=60, spread=2.0, threads=None, progress=None,
    posterior=None,
) -> Attribution:  # fmt: skip
    """Shapley values of mechanisms and of kinds of events on common random numbers.

    Arguments:
        scenario: a `Scenario`, path or shipped name.
        replicates: per subset. 8 mechanisms have 256 subsets.
        mechanisms: which to attribute to; default those of `DRIVERS` that are on.
        tunings: draws of the parameters `TUNING`, each multiplied by a factor from 1/spread to spread (log-uniform,
            Latin hypercube); those that still meet the record give the range. 0 leaves the range out.
        posterior: a `Posterior` or its folder, in place of tunings: values are means over its draws, at least 4
            replicates to a draw, with an interval of what not knowing leaves open.

    Raises InputError for unknown mechanisms, or more than 12.
    """
    scenario = as_scenario(scenario)
    on = [name for name in DRIVERS if getattr(scenario.mechanisms, name)]
    chosen = on if mechanisms is None else list(mechanisms)
    for name in chosen:
        if name not in type(scenario.mechanisms).model_fields:
            raise InputError(
                f"attribute: unknown mechanism '{name}'{did_you_mean(name, type(scenario.mechanisms).model_fields)}"
            )
    switches = {name: [f"mechanisms.{name}"] for name in chosen}
    kinds = {}
    for name, event in scenario.event.items():
        if event.enabled and scenario.month_of(event.month) < scenario.months:
            kinds.setdefault(event.type, []).append(f"event.{name}.enabled")
    single = 1 + sum(len(paths) for paths in kinds.values())
    most = replicates * (2 ** len(switches) + 2 ** len(kinds) + single)
    if posterior is not None:
        tunings = 0
    if tunings and scenario.record:
        most += tunings * (SCREEN + TUNED * 2 ** len(switches))
    study = _Study(scenario, seed, threads, Job(progress, most), draws_of(posterior, scenario, replicates))
    rows, totals = study.shapley(switches, replicates, "mechanisms")
    event_rows, event_totals = study.shapley(kinds, replicates, "kinds of events")
    mechanisms_table = pd.DataFrame(rows, columns=["mechanism", *study.columns])
    tables = {
        "events": pd.DataFrame(event_rows, columns=["kind", *study.columns]),
        "what_if": pd.DataFrame(study.one_by_one(kinds, replicates), columns=["event", *study.columns]),
        "totals": pd.DataFrame([{"view": "mechanisms", **one} for one in totals]
                               + [{"view": "events", **one} for one in event_totals]),
    }  # fmt: skip
    if tunings and scenario.record:
        draws, ranges = study.over_tunings(switches, tunings, spread)
        tables["tunings"] = draws
        if len(ranges):
            mechanisms_table = mechanisms_table.merge(ranges, on=["mechanism", "outcome"], how="left")
    tables = {"mechanisms": mechanisms_table, **tables}
    return Attribution(scenario, int(seed), list(range(replicates)), tables)


class _Study:
    """Runs subsets of switches as points of one ensemble."""

    def __init__(self, scenario, seed, threads, job, mixture=({}, 0)):
        self.draws, self.draw_count = mixture
        self.columns = ["outcome", "value", "low", "high", "replicates", *(APART if self.draw_count else ())]
        self.scenario, self.seed, self.threads, self.job = scenario, seed, threads, job
        self.outcomes = [*(f"left_share.{name}" for name in scenario.cohort), "left"]

    def values(self, points, replicates, doing, scenario=None) -> dict[str, np.ndarray]:
        """Outcome -> (points, replicates)."""
        count = len(next(iter(points.values())))
        progress = self.job.stage(doing, count * replicates)
        result = run(scenario or self.scenario, replicates, seed=self.seed, detail="summary", points=points,
                     threads=self.threads, progress=progress, draws=None if scenario else self.draws)  # fmt: skip
        table = result.outcomes.assign(left=result.outcomes["quits"] + result.outcomes["laid_off"])
        return {name: table[name].to_numpy(dtype=float).reshape(count, -1) for name in self.outcomes}

    def row(self, whom, name, values) -> tuple:
        """What `columns` say of the values of replicates that are there; over a posterior with both intervals."""
        there = ~np.isnan(values)
        kept = values[there]
        if self.draw_count:
            found = spread_of(kept, np.flatnonzero(there) % self.draw_count)
            mean, width = found["mean"], found["pm"]
            return whom, name, mean, mean - width, mean + width, len(kept), *(found[one] for one in APART)
        mean, width = (kept.mean(), half_width(kept)) if len(kept) else (np.nan, np.nan)
        return whom, name, mean, mean - width, mean + width, len(kept)

    def shapley(self, players, replicates, doing):
        """Rows for each player and outcome, as `columns` says, and of totals."""
        if not players:
            return [], []
        subsets = _subsets(players)
        values = self.values(_points(players, subsets), replicates, doing)
        rows, totals = [], []
        for name, by_subset in values.items():
            whole = by_subset[:, ~np.isnan(by_subset).any(axis=0)]  # a cohort may be empty in some subset
            count = whole.shape[1]
            shares = shapley_weights(len(players)) @ by_subset  # missing where any subset is
            rows += [self.row(player, name, one) for player, one in zip(players, shares, strict=True)]
            means = whole.mean(axis=1) if count else np.full(len(subsets), np.nan)
            totals.append({"outcome": name, "all_off": means[0], "all_on": means[-1], "replicates": count})
        return rows, totals

    def one_by_one(self, kinds, replicates):
        """What changes if a single event does not happen: rows like those of `shapley`."""
        paths = [path for several in kinds.values() for path in several]
        if not paths:
            return []
        points = {path: np.array([1.0] + [float(path != other) for other in paths]) for path in paths}
        values = self.values(points, replicates, "single events")
        rows = []
        for place, path in enumerate(paths, start=1):
            for name, by_point in values.items():
                rows.append(self.row(path.split(".")[1], name, by_point[place] - by_point[0]))
        return rows

    def over_tunings(self, players, count, spread):
        """Draws of the tuning; per mechanism and outcome the 5 to 95 % range of its value where the record is met."""
        scenario = self.scenario
        paths = [path for path in TUNING if scenario.value(path) > 0.0]
        unit = qmc.LatinHypercube(len(paths), seed=self.seed % 2**32).random(count)
        factors = spread ** (2.0 * unit - 1.0)
        points = {}
        for k, path in enumerate(paths):
            bounds = scenario.parameter(path)
            points[path] = np.clip(scenario.value(path) * factors[:, k], bounds.low, bounds.high)
        result = run(scenario, SCREEN, seed=self.seed, detail="summary", points=points, threads=self.threads,
                     progress=self.job.stage("drawn tunings", count * SCREEN))  # fmt: skip
        met = meets_record(result)
        self.job.expect(int(met.sum()) * TUNED * 2 ** len(players))
        draws = pd.DataFrame(dict(zip(paths, factors.T, strict=True)))
        draws["meets_record"] = met
        rows = []
        subsets = _subsets(players)
        weights = shapley_weights(len(players))
        for place in np.flatnonzero(met):
            tuned = scenario.with_overrides({path: float(values[place]) for path, values in points.items()})
            values = self.values(_points(players, subsets), TUNED, "tunings that meet the record", tuned)
            for name, by_subset in values.items():
                whole = by_subset[:, ~np.isnan(by_subset).any(axis=0)]
                for player, one in zip(players, weights @ whole, strict=True):
                    rows.append({"mechanism": player, "outcome": name, "value": one.mean() if one.size else np.nan})
        if not rows:
            return draws, pd.DataFrame()
        grouped = pd.DataFrame(rows).groupby(["mechanism", "outcome"])["value"]
        ranges = grouped.quantile([0.05, 0.95]).unstack().set_axis(["tuned_q05", "tuned_q95"], axis=1).reset_index()
        return draws, ranges


def _subsets(players) -> np.ndarray:
    """(2**n, n) of 0 and 1; the first is none, the last all."""
    n = len(players)
    if n > MOST:
        raise InputError(f"attribute: at most {MOST} at once, got {n}: {', '.join(players)}")
    return (np.arange(2**n)[:, None] >> np.arange(n)) & 1


def _points(players, subsets):
    return {path: subsets[:, k].astype(float) for k, paths in enumerate(players.values()) for path in paths}


def shapley_weights(n) -> np.ndarray:
    """(n, 2**n): Shapley values are these weights times the values of the subsets, in binary order (Shapley 1953)."""
    subsets = np.arange(2**n)
    sizes = np.array([int(one).bit_count() for one in subsets])
    weights = np.zeros((n, 2**n))
    for player in range(n):
        within = subsets >> player & 1 == 1
        for size in range(1, n + 1):
            share = factorial(size - 1) * factorial(n - size) / factorial(n)
            with_it = subsets[within & (sizes == size)]
            weights[player, with_it] += share
            weights[player, with_it ^ (1 << player)] -= share
    return weights


def meets_record(result) -> np.ndarray:
    """Per point of a run: whether every recorded fact's interval holds the median of the replicates.

    A fact that most replicates do not reach (a project never released) is not met.
    """
    outcomes = result.outcomes if "point" in result.outcomes else result.outcomes.assign(point=0)
    met = []
    for _, one in outcomes.groupby("point"):
        ok = True
        for fact in result.scenario.record.values():
            values = one[f"record.{fact.name}"]
            if result.scenario.month_of(fact.month) >= result.scenario.months:
                continue
            ok &= bool(values.notna().mean() >= 0.5 and fact.low <= values.median() <= fact.high)
        met.append(ok)
    return np.array(met)

"""Which mechanism, and which kind of event, caused how many departures: Shapley values over all subsets."""

from collections.abc import Iterable
from dataclasses import dataclass
from math import factorial
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import pandas as pd

from sim.aliases import AnyPath, Floats, NumbersByPath
from sim.engines.run import Progress, check_engine
from sim.errors import InputError, NothingFound, by_name_after, check_names
from sim.results.estimate import Z95, Estimate
from sim.results.mixture import APART
from sim.results.mixture import spread as spread_of
from sim.results.study import Study
from sim.scenario import Scenario, as_scenario
from sim.scenario.mechanisms import DRIVERS
from sim.studies.job import Conditions, Job
from sim.studies.mixture import draws_of

if TYPE_CHECKING:
    from sim.studies.posterior import Posterior

MOST = 12  # players of which all subsets are run, 2**12; of more, orders are sampled
PAIRS = 64  # sampled orders, each with its reverse
Players: TypeAlias = dict[str, list[str]]  # name of a cause -> the paths that switch it


@dataclass(repr=False, kw_only=True)
class Attribution(Study):
    """Departures by cause.

    | table | one row per |
    |---|---|
    | `mechanisms` | mechanism, outcome: Shapley value, 95 % interval over replicates |
    | `events` | kind of event, outcome: Shapley value and interval |
    | | where orders were sampled (more than 12 causes): `orders` how many, `order_pm` the part of the interval's
    half-width that is due to that |
    | `what_if` | event, outcome: what changes if this one event does not happen |
    | `totals` | view, outcome: all off, all on; the Shapley values of the view add up to the difference |

    Over a posterior also what not knowing leaves open (`posterior_*`) and luck (`luck_*`), see `sim.results.mixture`.

    Outcomes are shares of cohorts that left (`left_share.*`) and people who left the lab (`left`).
    """

    kind, called, needed = "attribute", "attribution", ("totals",)
    known = ("mechanisms", "events", "what_if", "totals")
    settings = ("engine",)

    engine: str = "compiled"  # or mesa, or the name of a class


@by_name_after(2)
def attribute(
    scenario: Scenario | AnyPath, replicates: int | Iterable[int] = 200, *, seed: int = 1,
    mechanisms: Iterable[str] | None = None, threads: int | None = None, progress: Progress | None = None,
    posterior: "Posterior | AnyPath | None" = None, engine: str | type = "compiled",
) -> Attribution:  # fmt: skip
    """Shapley values of mechanisms and of kinds of events on common random numbers.

    Arguments:
        scenario: a `Scenario`, path or shipped name.
        seed, engine, threads, progress: as for `run`.
        replicates: per subset. 8 mechanisms have 256 subsets.
        mechanisms: which to attribute to; default those of `DRIVERS` that are on. Sources of unfairness may stand
            among them (envy, guilt, want, grief, voice, lead, consistency, leaning), and "sources" for all of them.
        posterior: a `Posterior` or its folder: values are means over its draws, at least 4 replicates to a draw, with
            an interval of what not knowing leaves open.

    Of more than 12 mechanisms or kinds of events at once, 128 orders are sampled; the intervals then hold the error of
    that too.

    Raises InputError for unknown mechanisms; `NothingFound` where nothing is on and nothing happens.
    """
    scenario = as_scenario(scenario)
    check_engine(engine)
    switches: Players = {name: [path] for name, path in _chosen(scenario, mechanisms).items()}
    kinds: Players = {}
    for name, event in scenario.event.items():
        if event.enabled and scenario.month_of(event.month) < scenario.months:
            kinds.setdefault(event.type, []).append(f"event.{name}.enabled")
    if not switches and not kinds:
        raise NothingFound("attribute: no mechanism is on and no event happens, so there is nothing to attribute to")
    single = 1 + sum(len(paths) for paths in kinds.values())
    by_mechanism, by_kind = (_Orders(players, seed) for players in (switches, kinds))
    draws, draw_count = draws_of(posterior, scenario, replicates)
    how = Conditions.of(scenario, replicates, seed, engine=engine, threads=threads, draws=draws)
    most = len(how.replicates) * (len(by_mechanism.subsets) + len(by_kind.subsets) + single)
    study = _Study(how, Job(progress, most), draw_count)
    tables = {
        "mechanisms": study.shapley(switches, by_mechanism, "mechanism", "mechanisms"),
        "events": study.shapley(kinds, by_kind, "kind", "kinds of events"),
        "what_if": pd.DataFrame(study.one_by_one(kinds), columns=["event", *study.columns]),
        "totals": pd.DataFrame(study.totals),
    }
    return Attribution(**how.facts(), tables=tables)


def _chosen(scenario: Scenario, mechanisms: Iterable[str] | None) -> dict[str, str]:
    """Paths of the switches of mechanisms and of sources of unfairness, by name."""
    sources = type(scenario.fairness.feels).model_fields
    known = {name: f"mechanisms.{name}" for name in type(scenario.mechanisms).model_fields}
    known |= {name: f"fairness.feels.{name}" for name in sources}
    if mechanisms is None:
        return {name: known[name] for name in DRIVERS if getattr(scenario.mechanisms, name)}
    if isinstance(mechanisms, str) or not hasattr(mechanisms, "__iter__"):
        raise InputError(f"attribute: mechanisms: must be a list of names, got {mechanisms!r}")
    chosen = dict.fromkeys(cause for name in mechanisms for cause in (sources if name == "sources" else (name,)))
    check_names("attribute: unknown mechanism", chosen, [*known, "sources"])
    return {name: known[name] for name in chosen}


class _Orders:
    """Which subsets of players are run, and how their values make Shapley values.

    Of few players all subsets; of many those that some orders go through, in which each player joins in turn: the value
    of a player is the mean over orders of what changes as it joins (Castro, Gómez and Tejada 2009). Every order comes
    with its reverse, which takes off part of the error.
    """

    def __init__(self, players: Players, seed: int):
        n = len(players)
        self.sampled, self.everybody = n > MOST, -1  # where in the subsets all are on; the first is none
        if not self.sampled:
            self.subsets, self.weights = (np.arange(2**n)[:, None] >> np.arange(n)) & 1, shapley_weights(n)
            return
        draw = np.random.default_rng(seed)
        rows: dict[tuple[int, ...], int] = {}
        steps = []  # subset -> its row; (pair, player, row before it joins, row after)
        for pair in range(PAIRS):
            order = draw.permutation(n)
            for joining in (order, order[::-1]):
                inside = np.zeros(n, dtype=np.int64)
                before = rows.setdefault(tuple(inside), len(rows))
                for player in joining:
                    inside[player] = 1
                    after = rows.setdefault(tuple(inside), len(rows))
                    steps.append((pair, player, before, after))
                    before = after
        self.subsets, self.everybody = np.array(list(rows)), rows[(1,) * n]
        pair, player, before, after = np.array(steps).T
        self.pairs = np.zeros((PAIRS, n, len(rows)))
        np.add.at(self.pairs, (pair, player, after), 0.5)
        np.add.at(self.pairs, (pair, player, before), -0.5)
        self.weights = self.pairs.mean(axis=0)

    def order_width(self, means: Floats) -> Floats:
        """Half-width of the 95 % interval of each player's value that is due to the sampling of orders."""
        return Z95 * (self.pairs @ means).std(axis=0, ddof=1) / np.sqrt(PAIRS)


VIEWS = {"mechanism": "mechanisms", "kind": "events"}  # the key of a view's table -> its name


class _Study:
    """Runs subsets of switches as points of one ensemble."""

    def __init__(self, how: Conditions, job: Job, draw_count: int = 0):
        self.how, self.job, self.draw_count = how, job, draw_count
        self.columns = ["outcome", "value", "low", "high", "replicates", *(APART if draw_count else ())]
        self.totals: list[dict[str, object]] = []
        self.outcomes = [*(f"left_share.{name}" for name in how.scenario.cohort), "left"]

    def values(self, points: NumbersByPath, doing: str) -> dict[str, Floats]:
        """Outcome -> (points, replicates)."""
        count = len(next(iter(points.values())))
        found = self.how.outcomes(points, self.job.stage(doing, count * len(self.how.replicates)))
        table = found.assign(left=found["quits"] + found["laid_off"])
        return {name: table[name].to_numpy(dtype=float).reshape(count, -1) for name in self.outcomes}

    def row(self, whom: str, name: str, values: Floats) -> tuple[object, ...]:
        """What `columns` say of the values of replicates that are there; over a posterior with both intervals."""
        there = int((~np.isnan(values)).sum())
        if self.draw_count:
            found = spread_of(values, np.arange(len(values)) % self.draw_count)
            mean, width = found["mean"], found["pm"]
            return whom, name, mean, mean - width, mean + width, there, *(found[column] for column in APART)
        estimate = Estimate.of(values)
        return whom, name, estimate.value, estimate.luck.low, estimate.luck.high, there

    def shapley(self, players: Players, orders: _Orders, key: str, doing: str) -> pd.DataFrame:
        """The table of a view, a row for each player and outcome; its totals are kept."""
        if not players:
            return pd.DataFrame(columns=[key, *self.columns])
        on = dict(zip(players, orders.subsets.T.astype(float), strict=True))
        values = self.values({path: on[player] for player, paths in players.items() for path in paths}, doing)
        rows: list[tuple[object, ...]] = []
        widths = []
        for name, by_subset in values.items():
            whole = by_subset[:, ~np.isnan(by_subset).any(axis=0)]  # a cohort may be empty in some subset
            count = whole.shape[1]
            means = whole.mean(axis=1) if count else np.full(len(orders.subsets), np.nan)
            shares = orders.weights @ by_subset  # missing where any subset is
            rows += [self.row(player, name, share) for player, share in zip(players, shares, strict=True)]
            self.totals.append({"view": VIEWS[key], "outcome": name, "all_off": means[0],
                                "all_on": means[orders.everybody], "replicates": count})  # fmt: skip
            if orders.sampled:
                widths.append(orders.order_width(means))
        table = pd.DataFrame(rows, columns=[key, *self.columns])
        if orders.sampled:
            width = np.concatenate(widths)
            half = np.sqrt((table["high"] - table["value"]) ** 2 + width**2)
            table = table.assign(
                low=table["value"] - half, high=table["value"] + half, orders=2 * PAIRS, order_pm=width
            )
        return table

    def one_by_one(self, kinds: Players) -> list[tuple[object, ...]]:
        """What changes if a single event does not happen: rows like those of `shapley`."""
        paths = [path for several in kinds.values() for path in several]
        if not paths:
            return []
        points = {path: np.array([1.0] + [float(path != other) for other in paths]) for path in paths}
        values = self.values(points, "single events")
        rows = []
        for point, path in enumerate(paths, start=1):
            for name, by_point in values.items():
                rows.append(self.row(path.split(".")[1], name, by_point[point] - by_point[0]))
        return rows


def shapley_weights(n: int) -> Floats:
    """(n, 2**n): Shapley values are these weights times the values of the subsets, in binary order (Shapley 1953)."""
    subsets = np.arange(2**n)
    sizes = np.array([int(subset).bit_count() for subset in subsets])
    weights = np.zeros((n, 2**n))
    for player in range(n):
        within = subsets >> player & 1 == 1
        for size in range(1, n + 1):
            share = factorial(size - 1) * factorial(n - size) / factorial(n)
            with_it = subsets[within & (sizes == size)]
            weights[player, with_it] += share
            weights[player, with_it ^ (1 << player)] -= share
    return weights

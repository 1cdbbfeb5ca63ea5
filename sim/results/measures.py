"""What is measured of histories: the arrays that outcomes are made of, one value for each history (and whom)."""

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

from sim.aliases import Bools, Floats
from sim.model.state import RELEASED
from sim.results.history import History
from sim.rounding import less
from sim.scenario import Scenario
from sim.scenario.elements import Record

Measure = Callable[[Scenario, History], Floats]


def summed(column: str) -> Measure:
    """Over months and teams, of one of TEAM_COLUMNS."""
    return lambda scenario, history: history.team(column).sum(axis=(1, 2))


def released(scenario: Scenario, history: History) -> Floats:
    """Projects released: (H,)."""
    return (history.project("status") == RELEASED).sum(axis=1)


def output(scenario: Scenario, history: History) -> Floats:
    """Prestige released: (H,)."""
    return ((history.project("status") == RELEASED) * history.project("prestige")).sum(axis=1)


def wasted(scenario: Scenario, history: History) -> Floats:
    """GPU-months held and not used: (H,)."""
    return (history.team("gpus") - history.team("used")).sum(axis=(1, 2))


def scarcity(scenario: Scenario, history: History) -> Floats:
    """Mean over months of the share of needs that the budget cannot meet: (H,)."""
    budget, need = history.lab[..., 0], history.lab[..., 1]
    return np.maximum(0.0, 1.0 - quotient(budget, need, 1.0)).mean(axis=1)


def short_months(scenario: Scenario, history: History) -> Floats:
    """Share of months in which needs exceed the budget: (H,)."""
    budget, need = history.lab[..., 0], history.lab[..., 1]
    return less(budget, need, need).mean(axis=1)


def unevenness(index: Callable[[Floats, Bools], Floats]) -> Measure:
    """Mean over months of an index of the GPUs that asking teams hold."""
    return lambda scenario, history: index(history.team("gpus"), history.team("ask") > 0).mean(axis=1)


def left_share(scenario: Scenario, history: History) -> Floats:
    """Share of each cohort that left by the end of the run; missing if nobody was in it: (H, cohorts)."""
    left = history.cohort("quit")[:, -1] + history.cohort("laid_off")[:, -1]
    return quotient(left, history.cohort("size")[:, -1])


def quit_share(scenario: Scenario, history: History) -> Floats:
    """The same of those who quit: (H, cohorts)."""
    return quotient(history.cohort("quit")[:, -1], history.cohort("size")[:, -1])


def months_to_release(scenario: Scenario, history: History) -> Floats:
    """Months from a project's start to its release, or to the run's end; missing if it never starts: (H, projects)."""
    months = released_in(history)
    starts = np.array([scenario.month_of(project.start) for project in scenario.project.values()], dtype=float)
    until = np.where(np.isnan(months), scenario.months, months)
    return np.where(starts < scenario.months, until - starts, np.nan)  # missing where it never started


def mean_where(column: str, counted: Callable[[History], Bools]) -> Measure:
    """Mean over the months in which a team counts: `counted(history)` is (H, months, teams)."""

    def mean(scenario: Scenario, history: History) -> Floats:
        counts = counted(history)
        return quotient((history.team(column) * counts).sum(axis=1), counts.sum(axis=1))

    return mean


def fairness(scenario: Scenario, history: History) -> Floats:
    """Mean perceived fairness over everybody's months, log hazard: (H,)."""
    people = history.team("headcount")
    return quotient((history.team("fairness") * people).sum(axis=(1, 2)), people.sum(axis=(1, 2)))


def recorded(scenario: Scenario, history: History) -> Floats:
    """What each history gives for every recorded fact: (H, facts)."""
    facts = [simulated(scenario, history, record) for record in scenario.record.values()]
    return np.array(facts).reshape(len(facts), len(history.replicates)).T


def quotient(part: ArrayLike, whole: ArrayLike, empty: float = np.nan) -> Floats:
    """part / whole, and `empty` where the whole is 0 or less."""
    parts, wholes = np.asarray(part, dtype=float), np.asarray(whole, dtype=float)
    with np.errstate(over="ignore"):  # a whole of 5e-324 makes infinity
        return np.divide(parts, wholes, out=np.full(parts.shape, empty), where=wholes > 0)


def gini(amounts: Floats, counted: Bools) -> Floats:
    """Gini coefficient along the last axis, over the counted entries; 0 where there is nothing to compare."""
    held = np.sort(np.where(counted, amounts, 0.0), axis=-1)  # those not counted come first, and hold nothing
    entries, n, total = held.shape[-1], counted.sum(axis=-1), held.sum(axis=-1)
    weighted = held @ (2.0 * np.arange(1, entries + 1) - entries - 1.0)  # by rank among all
    return quotient(weighted - (entries - n) * total, n * total, 0.0)


def jain(amounts: Floats, counted: Bools) -> Floats:
    """Jain, Chiu and Hawe's (1984) fairness index along the last axis, over the counted entries; 1 if all is 0."""
    held = np.where(counted, amounts, 0.0)
    return quotient(held.sum(axis=-1) ** 2, counted.sum(axis=-1) * (held**2).sum(axis=-1), 1.0)


def released_in(history: History) -> Floats:
    """Month of each project's release, missing if it was not released: (H, projects)."""
    return np.where(history.project("status") == RELEASED, history.project("month"), np.nan)


MACHINE = 8.0  # GPUs: quotas on shared clusters are whole machines


def quotas(history: History, what: str, last: int) -> Floats:
    """How quotas move from month to month, to the last month, in whole machines: (H,) values; see `Record`."""
    held = MACHINE * np.round(history.team("quota")[:, : last + 1] / MACHINE)
    before, after = held[:, :-1], held[:, 1:]
    if what == "quotas_correlate":
        x, y = before - before.mean(axis=2, keepdims=True), after - after.mean(axis=2, keepdims=True)
        return np.nanmean(quotient((x * y).sum(axis=2), np.sqrt((x**2).sum(axis=2) * (y**2).sum(axis=2))), axis=1)
    moved = {"quotas_changed": before != after, "quotas_cut": after == 0, "quotas_grown": after > before}[what]
    had = before > 0
    return quotient((had & moved).sum(axis=(1, 2)), had.sum(axis=(1, 2)))


def simulated(scenario: Scenario, history: History, record: Record) -> Floats:
    """What each history gives for a recorded fact: (H,) values, missing where the run does not reach it."""
    month = scenario.month_of(record.month)
    missing = np.full(len(history.replicates), np.nan)
    if record.what in ("left_share", "exit_rate"):
        if month >= scenario.months:
            return missing
        k = list(scenario.cohort).index(record.whom)
        left = (history.cohort("quit") + history.cohort("laid_off"))[:, month, k]
        size = history.cohort("size")[:, month, k]
        left_share = quotient(left, size)
        if record.what == "left_share":
            return left_share
        lived = month + 1 - scenario.month_of(list(scenario.cohort.values())[k].month)
        if lived <= 0:  # there is no such cohort yet
            return missing
        return 1.0 - (1.0 - left_share) ** (1.0 / lived)
    if record.what == "gpus":
        inside = month < scenario.months
        return history.team("gpus")[:, month, list(scenario.team).index(record.whom)] if inside else missing
    if record.what.startswith("quotas_"):
        return quotas(history, record.what, min(month, scenario.months - 1))
    j = list(scenario.project).index(record.whom)
    if record.what == "release_delay":
        return released_in(history)[:, j] - month
    return history.project("gpu_months")[:, j]

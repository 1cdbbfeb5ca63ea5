"""Outcomes of a history: the numbers that people care about, one row for each history."""

import numpy as np
import pandas as pd

from sim.model.state import RELEASED
from sim.results.history import History
from sim.rounding import less


def outcomes(scenario, history: History) -> pd.DataFrame:
    """One row per history, one column per outcome, as `sim.results.meanings` says."""
    columns = _of_the_lab(scenario, history)
    left = history.cohort("quit")[:, -1] + history.cohort("laid_off")[:, -1]
    size = history.cohort("size")[:, -1]
    for k, name in enumerate(scenario.cohort):
        columns[f"left_share.{name}"] = share(left[:, k], size[:, k])
        columns[f"quit_share.{name}"] = share(history.cohort("quit")[:, -1, k], size[:, k])
    months = released_in(history)
    for j, (name, project) in enumerate(scenario.project.items()):
        columns[f"release_month.{name}"] = months[:, j]
        until = np.where(np.isnan(months[:, j]), scenario.months, months[:, j])
        columns[f"months_to_release.{name}"] = until - scenario.month_of(project.start)
        columns[f"gpu_months.{name}"] = history.project("gpu_months")[:, j]
    people = history.team("headcount")
    manned, asking = people > 0, history.team("ask") > 0
    for i, name in enumerate(scenario.team):
        columns[f"gpus.{name}"] = share(
            (history.team("gpus") * asking)[:, :, i].sum(axis=1), asking[:, :, i].sum(axis=1)
        )
        columns[f"fairness.{name}"] = share(
            (history.team("fairness") * manned)[:, :, i].sum(axis=1), manned[:, :, i].sum(axis=1)
        )
        columns[f"quits.{name}"] = history.team("quit")[:, :, i].sum(axis=1)
    for record in scenario.record.values():
        columns[f"record.{record.name}"] = simulated(scenario, history, record)
    columns["fairness"] = share((history.team("fairness") * people).sum(axis=(1, 2)), people.sum(axis=(1, 2)))
    return pd.DataFrame(columns)


def _of_the_lab(scenario, history):
    gpus, used = history.team("gpus"), history.team("used")
    budget, need = history.lab[..., 0], history.lab[..., 1]
    released = history.project("status") == RELEASED
    asking = history.team("ask") > 0
    return {
        "quits": history.team("quit").sum(axis=(1, 2)),
        "laid_off": history.team("laid_off").sum(axis=(1, 2)),
        "hired": history.team("hired").sum(axis=(1, 2)),
        "released": released.sum(axis=1),
        "output": (released * history.project("prestige")).sum(axis=1),
        "gpu_months_held": gpus.sum(axis=(1, 2)),
        "gpu_months_wasted": (gpus - used).sum(axis=(1, 2)),
        "scarcity": np.maximum(0.0, 1.0 - share(budget, need, 1.0)).mean(axis=1),
        "short_months": less(budget, need, need).mean(axis=1),
        "gini": gini(gpus, asking).mean(axis=1),
        "jain": jain(gpus, asking).mean(axis=1),
    }


def share(part, whole, empty=np.nan):
    """part / whole, and `empty` where the whole is 0 or less."""
    part, whole = np.asarray(part, dtype=float), np.asarray(whole, dtype=float)
    with np.errstate(over="ignore"):  # a whole of 5e-324 makes infinity
        return np.divide(part, whole, out=np.full(part.shape, empty), where=whole > 0)


def gini(amounts, counted):
    """Gini coefficient along the last axis, over the counted entries; 0 where there is nothing to compare."""
    held = np.where(counted, amounts, 0.0)
    order = np.sort(np.where(counted, amounts, -1.0), axis=-1)  # those not counted come first
    n = counted.sum(axis=-1)
    rank = np.arange(1, order.shape[-1] + 1) - (order.shape[-1] - n)[..., None]
    weighted = (np.maximum(order, 0.0) * np.where(rank > 0, 2 * rank - n[..., None] - 1, 0)).sum(axis=-1)
    return share(weighted, n * held.sum(axis=-1), 0.0)


def jain(amounts, counted):
    """Jain, Chiu and Hawe's (1984) fairness index along the last axis, over the counted entries; 1 if all is 0."""
    held = np.where(counted, amounts, 0.0)
    return share(held.sum(axis=-1) ** 2, counted.sum(axis=-1) * (held**2).sum(axis=-1), 1.0)


def released_in(history):
    """Month of each project's release, missing if it was not released: (H, projects)."""
    return np.where(history.project("status") == RELEASED, history.project("month"), np.nan)


def simulated(scenario, history, record):
    """What each history gives for a recorded fact: (H,) values, missing where the run does not reach it."""
    month = scenario.month_of(record.month)
    missing = np.full(len(history.replicates), np.nan)
    if record.what in ("left_share", "exit_rate"):
        if month >= scenario.months:
            return missing
        k = list(scenario.cohort).index(record.cohort)
        left = (history.cohort("quit") + history.cohort("laid_off"))[:, month, k]
        size = history.cohort("size")[:, month, k]
        left_share = share(left, size)
        if record.what == "left_share":
            return left_share
        lived = month + 1 - scenario.month_of(scenario.cohort[record.cohort].month)
        return 1.0 - (1.0 - left_share) ** (1.0 / lived)
    if record.what == "gpus":
        inside = month < scenario.months
        return history.team("gpus")[:, month, list(scenario.team).index(record.team)] if inside else missing
    j = list(scenario.project).index(record.project)
    if record.what == "release_delay":
        return released_in(history)[:, j] - month
    return history.project("gpu_months")[:, j]

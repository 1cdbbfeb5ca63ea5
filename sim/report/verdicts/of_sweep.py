"""What a sweep found: how far each factor moves each outcome, where it is least and most, and how large luck is."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from sim.aliases import Column
from sim.report.numbers import listed, number, percent, plural
from sim.report.verdicts.verdict import Shown, Verdict
from sim.report.verdicts.words import Row, difference_words, heading, name_of, value_words
from sim.results.estimate import Z95, Estimate, Interval
from sim.results.meanings import outcome_of
from sim.studies.sweep_folder import Sweep

BINS = 5  # levels that a factor sampled at will is told in
MANY = 12  # values from which on it is
FEW = 6


def verdict(sweep: Sweep) -> Verdict:
    """Of a sweep, finished or not."""
    experiment, status = sweep.about["experiment"], sweep.status()
    found, rows = [], []
    for name, points in sweep.each():
        points = points[points["mean"].notna()]
        found.append(_extremes(sweep, points, name))
        rows += _moved(sweep, points, name)
    done = f"{number(status['done'] - status['failed'])} of {plural(status['points'], 'point')}"
    title = experiment["title"] or experiment["scenario"]
    if status["failed"]:
        found.append(f"{plural(status['failed'], 'point')} failed, left out of everything here.")
    if status["done"] < status["points"]:
        found.append("The sweep is not finished; the same command goes on.")
    return Verdict(
        heading(title, None, experiment["replicates"], experiment["seed"], done), experiment["question"],
        found or ["No point is finished yet."], pd.DataFrame(rows), [_ranges(rows)] if rows else [],
    )  # fmt: skip


def _mean(row: Row) -> Estimate:
    width = Z95 * row["sd"] / np.sqrt(row["replicates"]) if row["replicates"] > 1 else np.nan
    return Estimate(row["mean"], (Interval(row["mean"] - width, row["mean"] + width),))


def _extremes(sweep: Sweep, rows: pd.DataFrame, name: str) -> str:
    if not len(rows):
        return f"{_what(name)}: no point has a value."
    least, most = rows.iloc[int(rows["mean"].argmin())], rows.iloc[int(rows["mean"].argmax())]
    luck = rows["sd"].median()
    words = f"{_what(name)}: least {_told(name, least)} at {_settings(sweep, least)}"
    words += f", most {_told(name, most)} at {_settings(sweep, most)}"
    if luck == luck:
        words += f"; single histories spread by {_spread(name, luck)} (sd)"
    return words + "."


def _what(name: str) -> str:
    words = name_of(name)
    return words[0].upper() + words[1:]


def _told(name: str, row: Row) -> str:
    about, mean = outcome_of(name), _mean(row)
    words = difference_words(name, mean).removeprefix("+") if mean.luck.known else value_words(name, mean.value)
    return f"{words} %" if about.scale == 100.0 and mean.luck.known else words


def _spread(name: str, sd: float) -> str:
    about = outcome_of(name)
    return f"{number(about.scale * sd)} {'points' if about.scale == 100.0 else about.unit}".strip()


def _settings(sweep: Sweep, row: Row) -> str:
    names = sweep.varied
    words = [f"{path}={_value(row[path])}" for path in names[:FEW]]
    return listed(words) + (" ..." if len(names) > FEW else "")


def _value(value: object) -> str:
    return f"{value:g}" if isinstance(value, (float, np.floating)) else str(value)


def _moved(sweep: Sweep, points: pd.DataFrame, name: str) -> list[dict[str, Any]]:
    """A row per factor: its level with the least and the most of an outcome, the mean at both over all the others, and
    `part`: the share of the variance between points that the factor accounts for by itself."""
    rows = []
    mean, total = points["mean"].mean(), points["mean"].var(ddof=0)
    for factor in sweep.varied if len(points) else ():
        grouped = points["mean"].groupby(_levels(points[factor]), sort=False, observed=True)
        means, sizes = grouped.mean(), grouped.size()
        between = float((sizes * (means - mean) ** 2).sum() / sizes.sum())
        rows.append({
            "outcome": name, "factor": factor, "unit": outcome_of(name).unit, "least_at": str(means.idxmin()),
            "least": means.min(), "most_at": str(means.idxmax()), "most": means.max(),
            "range": means.max() - means.min(), "part": between / total if total else np.nan,
        })  # fmt: skip
    return rows


def _levels(values: Column) -> Column:
    """The levels of a factor; a number sampled at will in few bins of equally many points."""
    numeric = pd.api.types.is_numeric_dtype(values) and values.dtype != bool
    if not numeric or values.nunique() <= MANY:
        return values.map(_value)
    bins = pd.qcut(values, BINS, duplicates="drop")
    return bins.map(lambda interval: f"{interval.left:.3g} to {interval.right:.3g}").astype(str)


def _ranges(rows: Sequence[Row]) -> Shown:
    def level(row: Row, key: str) -> str:
        return f"{value_words(row['outcome'], row[key])}" if row["unit"] == "%" else number(row[key])

    return Shown("By factor: where the mean over the other factors is least and most", {
        "outcome": [name_of(row["outcome"]) for row in rows], "factor": [row["factor"] for row in rows],
        "least": [level(row, "least") for row in rows], "at": [row["least_at"] for row in rows],
        "most": [level(row, "most") for row in rows], "at ": [row["most_at"] for row in rows],
        "of the variance": [percent(row["part"]) for row in rows],
    }, left=2, note="Of the variance: between points, by this factor alone; what is missing to 100 % they do together. "
       "Points share their luck, so differences between them are surer than the ± of each.")  # fmt: skip

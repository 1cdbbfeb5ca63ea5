"""What a sweep found: how far each factor moves each outcome, where it is least and most, and how large luck is."""

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
    table = points(sweep)
    outcomes = list(dict.fromkeys(table["outcome"])) if len(table) else []
    done = f"{number(status['done'] - status['failed'])} of {plural(status['points'], 'point')}"
    title = experiment["title"] or experiment["scenario"]
    found = [_extremes(sweep, table, name) for name in outcomes]
    if status["failed"]:
        found.append(f"{plural(status['failed'], 'point')} failed, left out of everything here.")
    if status["done"] < status["points"]:
        found.append("The sweep is not finished; the same command goes on.")
    moved = summary(sweep, table)
    return Verdict(
        heading(title, None, experiment["replicates"], experiment["seed"], done), experiment["question"],
        found or ["No point is finished yet."], moved, [_ranges(moved)] if len(moved) else [],
    )  # fmt: skip


def points(sweep: Sweep) -> pd.DataFrame:
    """One row per finished point and outcome (mean, sd, replicates), whatever the experiment keeps."""
    table, factors = sweep.table(), list(sweep.design.columns)
    keep = sweep.about["experiment"]["keep"]
    if keep == "summary" or not len(table):
        return table if "outcome" in table else table.iloc[:0].assign(outcome=[], mean=[], sd=[], replicates=[])
    keys = ["point", *factors]
    if keep == "months":
        means = table.groupby(["point", "team"], sort=False).mean(numeric_only=True).reset_index()
        long = means.assign(outcome="gpus." + means["team"].astype(str), mean=means["gpus"], sd=np.nan, replicates=1)
        return sweep.design.reset_index(names="point").merge(long[["point", "outcome", "mean", "sd", "replicates"]])
    long = table.drop(columns="replicate").melt(id_vars=keys, var_name="outcome")
    grouped = long.groupby(["point", "outcome"], sort=False)["value"]
    found = grouped.agg(["mean", "std", "count"]).rename(columns={"std": "sd", "count": "replicates"}).reset_index()
    return sweep.design.reset_index(names="point").merge(found, on="point")


def _mean(row: Row) -> Estimate:
    width = Z95 * row["sd"] / np.sqrt(row["replicates"]) if row["replicates"] > 1 else np.nan
    return Estimate(row["mean"], (Interval(row["mean"] - width, row["mean"] + width),))


def varied(sweep: Sweep) -> list[str]:
    """The factors that take more than one value."""
    design = sweep.design
    return [name for name in design.columns if design[name].astype(str).nunique() > 1] or list(design.columns)


def _extremes(sweep: Sweep, table: pd.DataFrame, name: str) -> str:
    rows = table[(table["outcome"] == name) & table["mean"].notna()]
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
    about, one = outcome_of(name), _mean(row)
    words = difference_words(name, one).removeprefix("+") if one.luck.known else value_words(name, one.value)
    return f"{words} %" if about.scale == 100.0 and one.luck.known else words


def _spread(name: str, sd: float) -> str:
    about = outcome_of(name)
    return f"{number(about.scale * sd)} {'points' if about.scale == 100.0 else about.unit}".strip()


def _settings(sweep: Sweep, row: Row) -> str:
    names = varied(sweep)
    words = [f"{path}={_value(row[path])}" for path in names[:FEW]]
    return listed(words) + (" ..." if len(names) > FEW else "")


def _value(value: object) -> str:
    return f"{value:g}" if isinstance(value, (float, np.floating)) else str(value)


def summary(sweep: Sweep, table: pd.DataFrame | None = None) -> pd.DataFrame:
    """A row per outcome and factor: its level with the least and the most, the mean at both over all the others, and
    `part`: the share of the variance between points that the factor accounts for by itself."""
    table, rows = points(sweep) if table is None else table, []
    for name, one in table.groupby("outcome", sort=False):
        one = one[one["mean"].notna()]
        for factor in varied(sweep):
            grouped = one["mean"].groupby(_levels(one[factor]), sort=False, observed=True)
            means, sizes, total = grouped.mean(), grouped.size(), one["mean"].var(ddof=0)
            if not len(means):
                continue
            between = float((sizes * (means - one["mean"].mean()) ** 2).sum() / sizes.sum())
            rows.append({
                "outcome": str(name), "factor": factor, "unit": outcome_of(str(name)).unit,
                "least_at": str(means.idxmin()), "least": means.min(), "most_at": str(means.idxmax()),
                "most": means.max(), "range": means.max() - means.min(), "part": between / total if total else np.nan,
            })  # fmt: skip
    return pd.DataFrame(rows)


def _levels(values: Column) -> Column:
    """The levels of a factor; a number sampled at will in few bins of equally many points."""
    numeric = pd.api.types.is_numeric_dtype(values) and values.dtype != bool
    if not numeric or values.nunique() <= MANY:
        return values.map(_value)
    bins = pd.qcut(values, BINS, duplicates="drop")
    return bins.map(lambda one: f"{one.left:.3g} to {one.right:.3g}").astype(str)


def _ranges(moved: pd.DataFrame) -> Shown:
    rows = moved.to_dict("records")

    def level(row: Row, key: str) -> str:
        return f"{value_words(row['outcome'], row[key])}" if row["unit"] == "%" else number(row[key])

    return Shown("By factor: where the mean over the other factors is least and most", {
        "outcome": [name_of(row["outcome"]) for row in rows], "factor": [row["factor"] for row in rows],
        "least": [level(row, "least") for row in rows], "at": [row["least_at"] for row in rows],
        "most": [level(row, "most") for row in rows], "at ": [row["most_at"] for row in rows],
        "of the variance": [percent(row["part"]) for row in rows],
    }, left=2, note="Of the variance: between points, by this factor alone; what is missing to 100 % they do together. "
       "Points share their luck, so differences between them are surer than the ± of each.")  # fmt: skip

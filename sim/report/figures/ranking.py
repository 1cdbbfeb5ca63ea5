"""Sensitivity in a picture: the parameters that matter most, ranked, with intervals."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from sim.report.figures import style
from sim.report.figures.bars import Dots, dots_page
from sim.report.figures.glyphs import legible
from sim.results.meanings import outcome_of
from sim.studies.sensitivity import Sensitivity

NEEDS = ("table",)
MOST, PANELS = 20, 6  # parameters and outcomes shown
INDEX = {"morris": "mu_star", "sobol": "ST"}
TOLD = {
    "morris": "Mean absolute effect of moving a parameter across its range (Morris), 95 % intervals.",
    "sobol": "Total Sobol index: share of the variance due to parameters that involves this one, 95 % intervals.",
}


def data(study: Sensitivity) -> pd.DataFrame:
    return study.table


@style.styled
def draw(study: Sensitivity) -> Figure:
    """One panel for each outcome; the parameter that matters most for the first one at the top."""
    known = list(dict.fromkeys(study.table["outcome"]))
    outcomes, column = known[:PANELS], INDEX[study.method]
    table = study.table.set_index(["outcome", "parameter"])
    sizes = table[column].unstack("outcome")[outcomes]
    largest = (sizes / sizes.max().replace(0.0, np.nan)).max(axis=1).fillna(0.0)  # for whichever outcome
    kept = set(largest.sort_values(ascending=False, kind="stable").index[:MOST])
    order = [name for name in sizes[outcomes[0]].sort_values(ascending=False, kind="stable").index if name in kept]
    panels = []
    for outcome in outcomes:
        rows, scale = table.loc[outcome].loc[order], _scale(study, outcome)
        values, width = scale * rows[column], scale * rows[f"{column}_pm"]
        panels.append(Dots(values, np.maximum(values - width, 0.0), values + width, style.PALETTE[0],
                           title=style.shown(outcome_of(outcome).label, 26), unit=_unit(study, outcome)))  # fmt: skip
    return dots_page(message(study), _how_to_read(study, outcomes, len(sizes) - len(order)), study,
                     [legible(name) for name in order], panels)  # fmt: skip


def _scale(study: Sensitivity, outcome: str) -> float:
    return outcome_of(outcome).scale if study.method == "morris" else 1.0


def _unit(study: Sensitivity, outcome: str) -> str:
    return outcome_of(outcome).change_unit if study.method == "morris" else "share of the variance"


def _how_to_read(study: Sensitivity, outcomes: Sequence[str], hidden: int) -> str:
    luck = study.luck.set_index("outcome")["luck"]
    shares = [f"{style.percent(luck[name])} of {style.shown(outcome_of(name).label)}" for name in outcomes
             if name in luck and np.isfinite(luck[name])]  # fmt: skip
    words = TOLD[study.method]
    if shares:
        words += f" Luck is this much of the variance between single histories: {style.listed(shares)}."
    if hidden:
        words += f" {hidden} parameters that matter less are left out."
    rest = study.table["outcome"].nunique() - len(outcomes)
    return words + (f" {rest} more outcomes in ranking.csv." if rest else "")


def message(study: Sensitivity) -> str:
    """The parameters that matter most for the first outcome, as far as their intervals lie apart."""
    column = INDEX[study.method]
    outcome = study.table["outcome"].iloc[0]
    rows = study.table[study.table["outcome"] == outcome].sort_values(column, ascending=False, kind="stable")
    label = style.shown(outcome_of(outcome).label)
    if not len(rows) or not rows[column].max() > 0:
        return f"Nothing that was varied matters for {label}"
    first = rows.iloc[0]
    tied = rows[rows[column] + rows[f"{column}_pm"].fillna(0.0) >= first[column] - np.nan_to_num(first[f"{column}_pm"])]
    names = style.some([legible(name) for name in tied["parameter"]])
    return f"{names} {'matters' if len(tied) == 1 else 'matter'} most for {label}"

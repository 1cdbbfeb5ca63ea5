"""Sensitivity in a picture: the parameters that matter most, ranked, with intervals."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from sim.report.figures import style
from sim.report.figures.bars import bars_with_intervals
from sim.report.figures.causes import panels
from sim.report.figures.glyphs import legible
from sim.report.figures.needs import lacking
from sim.results.meanings import outcome_of
from sim.studies.sensitivity import Sensitivity

MOST, PANELS = 20, 6  # parameters and outcomes shown
INDEX = {"morris": "mu_star", "sobol": "ST"}
TOLD = {
    "morris": "Mean absolute effect of moving a parameter across its range (Morris), 95 % intervals.",
    "sobol": "Total Sobol index: share of the variance due to parameters that involves this one, 95 % intervals.",
}


def missing(study: Sensitivity) -> str:
    return lacking(study, "table")


def data(study: Sensitivity) -> pd.DataFrame:
    return study.table


@style.styled
def draw(study: Sensitivity) -> Figure:
    """One panel for each outcome; the parameter that matters most for the first one at the top."""
    known = list(dict.fromkeys(study.table["outcome"]))
    outcomes, column = known[:PANELS], INDEX[study.method]
    table = study.table.set_index(["outcome", "parameter"])
    parts = table[column].unstack("outcome")[outcomes]
    largest = (parts / parts.max().replace(0.0, np.nan)).max(axis=1).fillna(0.0)  # for whichever outcome
    kept = set(largest.sort_values(ascending=False, kind="stable").index[:MOST])
    order = [name for name in parts[outcomes[0]].sort_values(ascending=False, kind="stable").index if name in kept]
    figure, room = style.page(0.35 + (0.32 * len(order) + 1.1) * -(-len(outcomes) // 3), message(study),
                              _how_to_read(study, outcomes, len(parts) - len(order)), study,
                              below_head=True)  # fmt: skip
    names = [legible(name) for name in order]
    left = 0.03 + 0.0088 * max(len(name) for name in names)
    reach: dict[str, float] = {}
    for name in outcomes:
        far = _scale(study, name) * (table.loc[name].loc[order, column] + table.loc[name].loc[order, f"{column}_pm"])
        reach[_unit(study, name)] = max(reach.get(_unit(study, name), 1e-9), np.nanmax(np.append(far, 1e-9)))
    drawn = []
    for ax, outcome, place in panels(figure, outcomes, left, room, 0.62, 0.42):
        one, scale = table.loc[outcome].loc[order], _scale(study, outcome)
        values, width = scale * one[column], scale * one[f"{column}_pm"]
        texts = bars_with_intervals(ax, names, values, np.maximum(values - width, 0.0), values + width,
                                    style.PALETTE[0], _unit(study, outcome))  # fmt: skip
        share = (max(style.measure(figure, text.get_text(), style.SMALL)[0] for text in texts) + 14) / (
            72 * ax.bbox.width / figure.dpi
        )
        drawn.append((ax, _unit(study, outcome), reach[_unit(study, outcome)] / (1 - min(0.6, share))))
        ax.xaxis.set_major_locator(style.few_ticks(5))
        ax.xaxis.set_major_formatter(style.tick)
        ax.set_title(style.shown(outcome_of(outcome).label, 26), pad=6)
        ax.tick_params(axis="y", labelsize=style.SMALL, labelleft=not place)
    for ax, unit, _ in drawn:  # one scale for one unit, with room for the longest number beside its dot
        far = max(end for _, same, end in drawn if same == unit)
        ax.set_xlim(-0.02 * far, far)
    return figure


def _scale(study: Sensitivity, outcome: str) -> float:
    return outcome_of(outcome).scale if study.method == "morris" else 1.0


def _unit(study: Sensitivity, outcome: str) -> str:
    return outcome_of(outcome).change_unit if study.method == "morris" else "share of the variance"


def _how_to_read(study: Sensitivity, outcomes: Sequence[str], hidden: int) -> str:
    luck = study.luck.set_index("outcome")["luck"]
    parts = [f"{style.percent(luck[name])} of {style.shown(outcome_of(name).label)}" for name in outcomes
             if name in luck and np.isfinite(luck[name])]  # fmt: skip
    words = TOLD[study.method]
    if parts:
        words += f" Luck is this much of the variance between single histories: {style.listed(parts)}."
    if hidden:
        words += f" {hidden} parameters that matter less are left out."
    rest = study.table["outcome"].nunique() - len(outcomes)
    return words + (f" {rest} more outcomes in ranking.csv." if rest else "")


def message(study: Sensitivity) -> str:
    """The parameters that matter most for the first outcome, as far as their intervals lie apart."""
    column = INDEX[study.method]
    outcome = study.table["outcome"].iloc[0]
    one = study.table[study.table["outcome"] == outcome].sort_values(column, ascending=False, kind="stable")
    label = style.shown(outcome_of(outcome).label)
    if not len(one) or not one[column].max() > 0:
        return f"Nothing that was varied matters for {label}"
    first = one.iloc[0]
    tied = one[one[column] + one[f"{column}_pm"].fillna(0.0) >= first[column] - np.nan_to_num(first[f"{column}_pm"])]
    names = [legible(name) for name in tied["parameter"][:3]]
    if len(tied) > 3:
        names = [*names[:2], f"{len(tied) - 2} more"]
    return f"{style.listed(names)} {'matters' if len(tied) == 1 else 'matter'} most for {label}"

"""Over a posterior: how much of a spread is luck, how much not knowing, and how often a difference keeps its sign."""

import pandas as pd

from sim.report.numbers import number, percent, signed, span
from sim.report.verdicts.verdict import Shown
from sim.report.verdicts.words import label_of
from sim.results.meanings import outcome_of
from sim.results.result import Result
from sim.studies.compare import Comparison

TOLD = ("quits", "output")
HOW = "95 % intervals: of luck alone at the average draw, and of the means of draws alone."


def of_run(result: Result) -> Shown:
    """Of the outcomes of a run over a posterior."""
    table = result.knowing
    table = table[[name in TOLD or name.startswith("left_share.") for name in table["outcome"]]]
    return Shown("How much is luck, and how much is not knowing", _columns(table, "mean", ""), note=HOW)


def of_comparison(study: Comparison) -> list[Shown]:
    """Of the differences of a comparison over a posterior, case by case."""
    found = []
    for case, table in study.differences.groupby("case", sort=False):
        table = table[[name in TOLD or name.startswith("left_share.") for name in table["outcome"]]]
        columns = _columns(table, "difference", "+")
        columns["its sign holds in"] = [f"{percent(share)} of draws" for share in table["holds"]]
        found.append(
            Shown(
                f"{case} against {study.baseline}: luck and not knowing", columns, note=HOW, full=len(study.cases) > 3
            )
        )
    return found


def _columns(table: pd.DataFrame, value: str, sign: str) -> dict[str, list[str]]:
    scales = [outcome_of(name).scale for name in table["outcome"]]
    form = signed if sign else number
    return {
        "outcome": [label_of(name) for name in table["outcome"]],
        value: [form(by * amount) for by, amount in zip(scales, table[value], strict=True)],
        "luck": [span(by * low, by * high) for by, low, high in
                 zip(scales, table["luck_low"], table["luck_high"], strict=True)],
        "not knowing": [span(by * low, by * high) for by, low, high in
                        zip(scales, table["posterior_low"], table["posterior_high"], strict=True)],
        "of the variance, not knowing, %": [number(100 * share) for share in table["share"]],
    }  # fmt: skip

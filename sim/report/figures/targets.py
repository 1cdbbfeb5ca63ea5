"""A validation in pictures: each target beside what the model shows, and how other structures change the verdicts."""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from sim.report.figures import style
from sim.report.numbers import number, span
from sim.report.tables import rows_of
from sim.studies.validate import AS_IT_IS, FAILS, HOLDS, PARTLY, Validation

# By colour and by mark, for eyes and printers without colours.
COLOURS = {HOLDS: style.PALETTE[2], PARTLY: style.PALETTE[1], FAILS: style.PALETTE[4]}
MARKS = {HOLDS: "o", PARTLY: "D", FAILS: "X"}
FAR = 2.5  # widths of the target interval beyond which a scale is cut


def missing(study: Validation, view: str = "targets") -> str:
    alone = view == "structures" and study.checks["structure"].nunique() < 2
    return "no other structure was tried" if alone else ""


def data(study: Validation, view: str = "targets") -> pd.DataFrame:
    if view == "structures":
        return study.checks
    return study.checks[study.checks["structure"] == AS_IT_IS].reset_index(drop=True)


@style.styled
def draw(study: Validation, view: str = "targets") -> Figure:
    return {"targets": _targets, "structures": _structures}[view](study)


def message(study: Validation) -> str:
    here = data(study)["verdict"]
    return f"{number(int((here == HOLDS).sum()))} of {number(len(here))} targets hold"


def _targets(study: Validation) -> Figure:
    table = data(study).iloc[::-1].reset_index(drop=True)
    how = ("Grey: the interval that a target asks for, each on a scale of its own. Dot and line: the model, median and "
           "95 % over draws of the posterior. An arrow: the line goes on. Green dot: the median lies within. Orange "
           "diamond: some draws reach it. Red cross: none of the 95 % does.")  # fmt: skip
    figure, room = style.page(0.8 + 0.4 * len(table), message(study), how, study)
    (ax,) = style.panels(figure, 1, room, margin=2.8, right=3.85, head=0.3, foot=0.15)
    style.named_rows(ax, [style.shown(name, 34) for name in table["target"]])
    ax.axvspan(0, 1, color=style.FAINT, alpha=0.7, lw=0, zorder=0)
    for index, row in enumerate(rows_of(table)):
        colour, mark = COLOURS.get(row.verdict, style.OTHERS), MARKS.get(row.verdict, "s")
        width = (row.high - row.low) or abs(row.high) or 1.0
        ends = ((np.array([row.q025, row.median, row.q975]) - row.low) / width).tolist()
        low, middle, high = np.clip(ends, -FAR, 1 + FAR)
        if np.isfinite(middle):
            ax.plot([low, high], [index, index], color=colour)
            ax.plot(middle, index, mark, color=colour, ms=8)
            for beyond, x, arrow in ((ends[0] < low, low, "<"), (ends[2] > high, high, ">")):
                if beyond:
                    ax.plot(x, index, arrow, color=colour, ms=7)
        words = f"{number(row.median)} ({span(row.q025, row.q975)}); {span(row.low, row.high)}".replace("-", "−")
        style.right_of(ax, index, words)
    style.right_of(ax, len(table) - 0.35, "model (95 %); target", style.SOFT)
    ax.set(xlim=(-FAR - 0.15, 1 + FAR + 0.15), xticks=[0, 1], xticklabels=["low", "high"])
    return figure


def _structures(study: Validation) -> Figure:
    checks = study.checks
    cases = list(dict.fromkeys(checks["structure"]))
    targets = list(dict.fromkeys(checks["target"]))[::-1]
    verdicts = checks.set_index(["target", "structure"])["verdict"]
    now = {target: verdicts[(target, AS_IT_IS)] for target in targets}
    moved = sum(verdicts.get((target, case), now[target]) != now[target] for target in targets for case in cases)
    title = (f"Other structures change {number(moved)} verdict{'s' * (moved > 1)}" if moved else
             "No structure that was tried changes a verdict")  # fmt: skip
    how = "Green dot: holds. Orange diamond: some draws only. Red cross: fails. A ring: another verdict than as it is."
    figure, room = style.page(2.1 + 0.34 * len(targets), title, how, study)
    (ax,) = style.panels(figure, 1, room, margin=3.0, right=1.25, head=1.7, foot=0.05)
    style.named_rows(ax, [style.shown(name, 34) for name in targets])
    for y, target in enumerate(targets):
        for x, case in enumerate(cases):
            verdict = verdicts.get((target, case))
            if verdict is None:
                continue
            ax.plot(x, y, MARKS.get(verdict, "s"), color=COLOURS.get(verdict, style.OTHERS), ms=9)
            if verdict != now[target]:
                ax.plot(x, y, "o", mfc="none", mec=style.INK, ms=16)
    ax.set_xticks(range(len(cases)), [style.shown(name, 28) for name in cases], rotation=40, ha="left",
                  fontsize=style.SMALL)  # fmt: skip
    ax.xaxis.tick_top()
    ax.set_xlim(-0.5, len(cases) - 0.5)
    ax.spines[:].set_visible(False)
    return figure

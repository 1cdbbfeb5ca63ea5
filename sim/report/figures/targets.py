"""A validation in pictures: each target beside what the model shows, and how other structures change the verdicts."""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from sim.report.figures import style
from sim.report.numbers import number, span
from sim.report.tables import rows_of
from sim.studies.validate import AS_IT_IS, FAILS, HOLDS, PARTLY, Validation

# By colour and by mark, for eyes and printers without colours.
COLOURS = {HOLDS: style.PALETTE[2], PARTLY: style.PALETTE[1], FAILS: style.PALETTE[4]}
MARKS = {HOLDS: "o", PARTLY: "D", FAILS: "X"}
FAR = 2.5  # widths of the target interval beyond which a scale is cut


def missing(study: Validation, view: str = "targets") -> str:
    if view == "structures" and study.checks["structure"].nunique() < 2:
        return "no other structure was tried"
    return ""


def data(study: Validation, view: str = "targets") -> pd.DataFrame:
    if view == "structures":
        return study.checks
    return study.checks[study.checks["structure"] == AS_IT_IS].reset_index(drop=True)


@style.styled
def draw(study: Validation, view: str = "targets") -> Figure:
    return {"targets": _targets, "structures": _structures}[view](study)


def message(study: Validation) -> str:
    here = data(study)["verdict"]
    return f"{style.capital(number(int((here == HOLDS).sum())))} of {number(len(here))} targets hold"


def _targets(study: Validation) -> Figure:
    table = data(study).iloc[::-1].reset_index(drop=True)
    how = ("Grey: the interval that a target asks for, each on a scale of its own. Dot and line: the model, median and "
           "95 % over draws of the posterior. An arrow: the line goes on. Green dot: the median lies within. Orange "
           "diamond: some draws reach it. Red cross: none of the 95 % does.")  # fmt: skip
    height = 1.7 + 0.4 * len(table)
    figure, room = style.page(height, message(study), how, study)
    ax = figure.add_axes((0.28, 0.45 / height, 0.32, room - 0.65 / height))
    ax.add_patch(Rectangle((0, -1), 1, len(table) + 1, color=style.FAINT, alpha=0.7, lw=0, zorder=0))
    for place, row in enumerate(rows_of(table)):
        colour, mark = COLOURS.get(row.verdict, style.OTHERS), MARKS.get(row.verdict, "s")
        width = (row.high - row.low) or abs(row.high) or 1.0
        low, middle, high = ((np.array([row.q025, row.median, row.q975]) - row.low) / width).tolist()
        if np.isfinite(middle):
            left, right = max(low, -FAR), min(high, 1 + FAR)
            ax.plot([min(left, 1 + FAR), max(right, -FAR)], [place, place], color=colour)
            ax.plot(min(max(middle, -FAR), 1 + FAR), place, mark, color=colour, ms=8)
            for beyond, end, arrow in ((low < -FAR, -FAR, "<"), (high > 1 + FAR, 1 + FAR, ">")):
                if beyond:
                    ax.plot(end, place, arrow, color=colour, ms=7)
        words = f"{number(row.median)} ({span(row.q025, row.q975)}); {span(row.low, row.high)}".replace("-", "−")
        ax.text(1.03, place, words, transform=ax.get_yaxis_transform(), va="center", fontsize=style.SMALL)
    ax.text(1.03, len(table) - 0.45, "model (95 %); target", transform=ax.get_yaxis_transform(), va="bottom",
            fontsize=style.SMALL, color=style.SOFT)  # fmt: skip
    ax.set_yticks(range(len(table)), [style.shown(name, 34) for name in table["target"]], fontsize=style.SMALL)
    ax.set_ylim(-0.7, len(table) - 0.4)
    ax.set_xlim(-FAR - 0.15, 1 + FAR + 0.15)
    ax.set_xticks([0, 1], ["low", "high"])
    ax.grid(False)
    return figure


def _structures(study: Validation) -> Figure:
    checks = study.checks
    cases = list(dict.fromkeys(checks["structure"]))
    targets = list(dict.fromkeys(checks["target"]))[::-1]
    verdicts = checks.set_index(["target", "structure"])["verdict"]
    moved = sum(verdicts.get((one, case), now) != now
                for one in targets for now in [verdicts[(one, AS_IT_IS)]] for case in cases)  # fmt: skip
    title = (f"Other structures change {number(moved)} verdict{'s' * (moved > 1)}" if moved else
             "No structure that was tried changes a verdict")  # fmt: skip
    how = "Green dot: holds. Orange diamond: some draws only. Red cross: fails. A ring: another verdict than as it is."
    height = 3.0 + 0.34 * len(targets)
    figure, room = style.page(height, title, how, study)
    ax = figure.add_axes((0.3, 0.4 / height, 0.56, room - 2.1 / height))
    for y, target in enumerate(targets):
        for x, case in enumerate(cases):
            verdict = verdicts.get((target, case))
            if verdict is None:
                continue
            ax.plot(x, y, MARKS.get(verdict, "s"), color=COLOURS.get(verdict, style.OTHERS), ms=9)
            if verdict != verdicts[(target, AS_IT_IS)]:
                ax.plot(x, y, "o", mfc="none", mec=style.INK, ms=16)
    ax.set_yticks(range(len(targets)), [style.shown(name, 34) for name in targets], fontsize=style.SMALL)
    ax.set_xticks(range(len(cases)), [style.shown(name, 28) for name in cases], rotation=40, ha="left",
                  fontsize=style.SMALL)  # fmt: skip
    ax.xaxis.tick_top()
    ax.set_xlim(-0.5, len(cases) - 0.5)
    ax.set_ylim(-0.6, len(targets) - 0.4)
    ax.grid(False)
    for side in ("left", "bottom", "top"):
        ax.spines[side].set_visible(False)
    return figure

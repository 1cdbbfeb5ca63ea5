"""Sensitivity in a picture: the parameters that matter most, ranked, with intervals."""

from pathlib import Path

from sim.report.figures import style
from sim.report.figures.bars import bars_with_intervals
from sim.report.figures.saving import save

MOST = 12  # parameters shown


def save_figures(study, folder) -> list[Path]:
    """Write the ranked bars with their data. Returns the paths."""
    return save(ranked(study), folder, "sensitivity", study.table, study)


@style.styled
def ranked(study):
    """One panel for each of up to three outcomes: indices with 95 % intervals, the largest of the first at the top."""
    outcomes = list(dict.fromkeys(study.table["outcome"]))[:3]
    column = "mu_star" if study.method == "morris" else "ST"
    table = study.table.set_index(["outcome", "parameter"])
    order = table.loc[outcomes[0], column].sort_values(ascending=False, kind="stable").index[:MOST].tolist()
    luck = study.luck.set_index("outcome")["luck"]
    best = [style.shown(name, 40) for name in order[:2]]
    title = f"{style.listed(best)} matter most for {_outcome(outcomes[0])}"
    scale = 100.0 if study.method == "morris" and outcomes[0].startswith("left_share") else 1.0
    unit = {"morris": "points" if scale == 100.0 else "mean effect", "sobol": "share of the parameters' variance"}
    told = {
        "morris": "Mean absolute effect of moving a parameter across its range (Morris), 95 % intervals.",
        "sobol": "Total Sobol index: share of the variance due to parameters that involves this one, 95 % intervals.",
    }
    subtitle = (
        f"{told[study.method]} Luck is {style.percent(luck[outcomes[0]])} of the variance between single histories."
    )
    figure, room = style.page(2.0 + 0.36 * len(order), title[0].upper() + title[1:], subtitle, study)
    height = figure.get_figheight()
    wide = 0.69 / len(outcomes)
    for place, outcome in enumerate(outcomes):
        ax = figure.add_axes((0.28 + place * wide, 0.9 / height, wide * 0.82, room - 1.3 / height))
        one = table.loc[outcome].loc[order]
        values, width = scale * one[column], scale * one[f"{column}_pm"]
        bars_with_intervals(ax, [style.shown(name, 32) for name in order], values, values - width, values + width,
                            style.PALETTE[0])  # fmt: skip
        ax.set_title(_outcome(outcome), pad=6)
        ax.set_xlabel(unit[study.method])
        ax.set_xlim(left=min(0.0, ax.get_xlim()[0]))
        ax.tick_params(axis="y", labelsize=style.SMALL, labelleft=not place)
    return figure


def _outcome(name):
    return (
        f"{style.shown(name.split('.', 1)[1], 22)} leaving" if name.startswith("left_share.") else style.shown(name, 22)
    )

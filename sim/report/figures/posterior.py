"""A posterior in pictures: prior against posterior, directions tied down, what is predicted, rank histograms."""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from sim.report.figures import recorded, style
from sim.report.numbers import number, span
from sim.report.tables import rows_of
from sim.studies.posterior import Posterior

POSTERIOR, PRIOR = style.PALETTE[0], style.OTHERS
END = 1.645  # standard deviations to the ends of a prior's 90 % interval
WEIGHTS, PANELS, BINS = 8, 5, 10


def missing(study: Posterior, view: str = "parameters") -> str:
    return "" if view in study.tables else study.why_not(view)


def data(study: Posterior, view: str = "parameters") -> pd.DataFrame:
    return study.tables[view]


@style.styled
def draw(study: Posterior, view: str = "parameters") -> Figure:
    """One of the pictures of a posterior."""
    return {"parameters": _parameters, "directions": _directions, "predictive": _predictive, "ranks": _ranks}[view](
        study
    )


def _parameters(study: Posterior) -> Figure:
    table = study.parameters.sort_values("width", ascending=False, kind="stable").reset_index(drop=True)
    known = int(table["identified"].sum())
    title = f"The record narrows {number(known)} of {number(len(table))} parameters" if known else (
        "The record narrows no parameter by itself")  # fmt: skip
    how = ("Posterior medians and 90 % intervals, in standard deviations of each prior from its median; the grey "
           "band is the prior's own 90 %. Faint: at least 0.9 as wide as the prior: not identified.")  # fmt: skip
    height = 1.6 + 0.3 * len(table)
    figure, room = style.page(height, title, how, study)
    ax = figure.add_axes((0.3, 0.7 / height, 0.42, room - 0.8 / height))
    ax.add_patch(Rectangle((-END, -1), 2 * END, len(table) + 1, color=style.FAINT, alpha=0.6, lw=0, zorder=0))
    for place, row in enumerate(rows_of(table)):
        strong = 1.0 if row.identified else 0.4
        ax.plot([row.z_q05, row.z_q95], [place, place], color=POSTERIOR, alpha=strong)
        ax.plot(row.z_median, place, "o", color=POSTERIOR, alpha=strong, ms=6)
        words = f"{number(row.median)} ({span(row.q05, row.q95)})"
        ax.text(1.03, place, words, transform=ax.get_yaxis_transform(), va="center", fontsize=style.SMALL,
                color=style.INK if row.identified else style.SOFT)  # fmt: skip
    ax.set_yticks(range(len(table)), [style.path(name, 34) for name in table["path"]], fontsize=style.SMALL)
    ax.set_ylim(-0.7, len(table) - 0.3)
    far = max(2.2, 1.1 * np.abs(table[["z_q05", "z_q95"]].to_numpy()).max())
    ax.set_xlim(-far, far)
    ax.grid(False)
    ax.set_xlabel("standard deviations of the prior")
    return figure


def _directions(study: Posterior) -> Figure:
    table = study.directions
    count = table["direction"].nunique()
    best = table[table["direction"] == 1]
    words = [style.path(name) for name in best["path"][:3]]
    title = f"Together, {style.listed(words)} are known better than apart" if best["identified"].iloc[0] else (
        "No combination of parameters is narrowed by the record")  # fmt: skip
    how = ("The directions in which the posterior is narrowest, in standard deviations of the priors: weights of the "
           f"{WEIGHTS} parameters that count most. Above each: its width beside the prior's, on points that did not "
           "choose it.")  # fmt: skip
    height = 2.0 + 0.32 * WEIGHTS
    figure, room = style.page(height, title, how, study)
    wide = 0.97 / count
    for place, (_, one) in enumerate(table.groupby("direction")):
        one = one.head(WEIGHTS).iloc[::-1]
        ax = figure.add_axes((0.02 + place * wide + 0.62 * wide, 0.8 / height, 0.35 * wide, room - 1.3 / height))
        strong = 1.0 if one["identified"].iloc[0] else 0.4
        ax.barh(range(len(one)), one["weight"], color=POSTERIOR, alpha=strong, height=0.6)
        ax.axvline(0.0, color=style.SOFT, lw=0.8)
        ax.set_yticks(range(len(one)), [style.path(name, 26) for name in one["path"]], fontsize=style.SMALL - 2)
        ax.set_title(f"{style.percent(one['width'].iloc[0])} as wide", pad=6)
        ax.set_xlabel("weight", labelpad=2)
        ax.set_xlim(-1, 1)
        ax.set_xticks([-1, 0, 1])
        ax.grid(False)
    return figure


def _predictive(study: Posterior) -> Figure:
    table = study.predictive.reset_index(drop=True)
    used = table[table["used"]]
    held = int(((used["recorded_low"] <= used["q95"]) & (used["recorded_high"] >= used["q05"])).sum())
    title = f"{number(held)} of {number(len(used))} facts lie where the posterior expects them"
    how = ("Black: recorded, with what is known of it. Blue: what histories of the posterior give, 50 and 90 %. Grey: "
           "of the prior. Each fact on a scale of its own.")  # fmt: skip
    height = 1.7 + 0.72 * len(table)
    figure, room = style.page(height, title, how, study)
    each = (room - 0.5 / height) / len(table)
    for place, row in enumerate(table.to_dict("records")):
        by = 100.0 if "%" in recorded.UNITS.get(row["what"], "") else 1.0
        ax = figure.add_axes((0.36, room - (place + 0.8) * each, 0.6, 0.55 * each))
        for level, prefix, colour in ((2, "", POSTERIOR), (1, "prior_", PRIOR)):
            for low, high, width in (("05", "95", 2.2), ("25", "75", 6)):
                ax.plot(
                    [by * row[f"{prefix}q{low}"], by * row[f"{prefix}q{high}"]], [level, level], color=colour, lw=width
                )
            ax.plot(by * row[f"{prefix}q50"], level, "o", color=colour, ms=6)
        ax.plot([by * row["recorded_low"], by * row["recorded_high"]], [3, 3], color=style.INK, lw=1.4)
        if row["recorded"] is not None and np.isfinite(row["recorded"]):
            ax.plot(by * row["recorded"], 3, "D", color=style.INK, ms=6)
        label = f"{recorded.about(row, study.scenario)}\n{recorded.UNITS.get(row['what'], '').strip()}"
        label += "" if row["used"] else ", held out"
        ax.text(-0.03, 0.5, label, transform=ax.transAxes, ha="right", va="center", fontsize=style.SMALL,
                color=style.INK if row["used"] else style.SOFT)  # fmt: skip
        ax.set_ylim(0.3, 3.7)
        ax.set_yticks([])
        ax.spines["left"].set_visible(False)
        ax.xaxis.set_major_locator(style.few_ticks())
        ax.xaxis.set_major_formatter(style.tick)
        ax.tick_params(axis="x", labelsize=style.SMALL - 2, pad=1)
        ax.grid(False)
    return figure


def _ranks(study: Posterior) -> Figure:
    paths = study.paths
    ranks, coverage = study.ranks[paths], study.coverage.set_index("path")
    held = style.percent(coverage["inside_90"].loc["all together"])
    title = f"90 % intervals hold the truth in {held} of synthetic records"
    how = (f"Ranks of the true value among posterior draws, over {number(len(ranks))} synthetic records: flat if the "
           "method is right. Grey: where 98 in 100 bars should end.")  # fmt: skip
    rows = -(-len(paths) // PANELS)
    height = 1.4 + 1.25 * rows
    figure, room = style.page(height, title, how, study)
    expected = len(ranks) / BINS
    around = 2.33 * np.sqrt(expected * (1 - 1 / BINS))
    for place, path in enumerate(paths):
        row, column = divmod(place, PANELS)
        ax = figure.add_axes((0.02 + 0.195 * column, room - (row + 0.95) * (room - 0.4 / height) / rows, 0.18,
                              0.6 * (room - 0.4 / height) / rows))  # fmt: skip
        ax.axhspan(expected - around, expected + around, color=style.FAINT, lw=0)
        ax.hist(ranks[path], bins=np.linspace(0, 1, BINS + 1).tolist(), color=POSTERIOR, rwidth=0.9)
        ax.set_ylim(0, 2.2 * expected)
        ax.set_xticks([])
        ax.set_yticks([])
        ax.grid(False)
        ax.set_title(style.shown(path.partition(".")[2], 22), fontsize=style.SMALL - 2, pad=2)
    return figure

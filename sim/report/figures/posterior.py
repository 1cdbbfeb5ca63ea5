"""A posterior in pictures: prior against posterior, directions tied down, what is predicted, rank histograms."""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from sim.report.facts import UNITS, scale_of
from sim.report.figures import style
from sim.report.figures.glyphs import legible
from sim.report.figures.recorded import label
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
    views = {"parameters": _parameters, "directions": _directions, "predictive": _predictive, "ranks": _ranks}
    return views[view](study)


def _parameters(study: Posterior) -> Figure:
    table = study.parameters.sort_values("width", ascending=False, kind="stable").reset_index(drop=True)
    known = int(table["identified"].sum())
    title = f"The record narrows {number(known)} of {number(len(table))} parameters" if known else (
        "The record narrows no parameter by itself")  # fmt: skip
    how = ("Posterior medians and 90 % intervals, in standard deviations of each prior from its median; the grey "
           "band is the prior's own 90 %. Faint: at least 0.9 as wide as the prior: not identified.")  # fmt: skip
    figure, room = style.page(0.8 + 0.3 * len(table), title, how, study)
    (ax,) = style.panels(figure, 1, room, margin=3.0, right=2.65, head=0.1, foot=0.35)
    style.named_rows(ax, [style.shortened(legible(name), 34) for name in table["path"]])
    ax.axvspan(-END, END, color=style.FAINT, alpha=0.6, lw=0, zorder=0)
    for index, row in enumerate(rows_of(table)):
        strong = 1.0 if row.identified else 0.4
        ax.plot([row.z_q05, row.z_q95], [index, index], color=POSTERIOR, alpha=strong)
        ax.plot(row.z_median, index, "o", color=POSTERIOR, alpha=strong, ms=6)
        style.right_of(ax, index, f"{number(row.median)} ({span(row.q05, row.q95)})",
                       style.INK if row.identified else style.SOFT)  # fmt: skip
    reach = max(2.2, 1.1 * np.abs(table[["z_q05", "z_q95"]].to_numpy()).max())
    ax.set(xlim=(-reach, reach), xlabel="standard deviations of the prior")
    return figure


def _directions(study: Posterior) -> Figure:
    table = study.directions
    best = table[table["direction"] == 1]
    words = [style.shortened(legible(name), 40) for name in best["path"][:3]]
    title = f"Together, {style.listed(words)} are known better than apart" if best["identified"].iloc[0] else (
        "No combination of parameters is narrowed by the record")  # fmt: skip
    how = ("The directions in which the posterior is narrowest, in standard deviations of the priors: weights of the "
           f"{WEIGHTS} parameters that count most. Above each: its width beside the prior's, on points that did not "
           "choose it.")  # fmt: skip
    figure, room = style.page(1.1 + 0.32 * WEIGHTS, title, how, study)
    count = table["direction"].nunique()
    panels = style.panels(figure, count, room, count, left=6.0 / count, right=0.3 / count, head=0.4, foot=0.45, end=0.2)
    for ax, (_, rows) in zip(panels, table.groupby("direction"), strict=True):
        rows = rows.head(WEIGHTS).iloc[::-1]
        ax.barh(range(len(rows)), rows["weight"], color=POSTERIOR, alpha=1.0 if rows["identified"].iloc[0] else 0.4,
                height=0.6)  # fmt: skip
        ax.axvline(0.0, color=style.SOFT, lw=0.8)
        style.named_rows(ax, [style.shortened(legible(name), 26) for name in rows["path"]])
        ax.tick_params(axis="y", labelsize=style.SMALL - 2)
        ax.set_title(f"{style.percent(rows['width'].iloc[0])} as wide", pad=6)
        ax.set(xlabel="weight", xlim=(-1, 1), xticks=[-1, 0, 1])
    return figure


def _predictive(study: Posterior) -> Figure:
    table = study.predictive.reset_index(drop=True)
    used = table[table["used"]]
    held = int(((used["recorded_low"] <= used["q95"]) & (used["recorded_high"] >= used["q05"])).sum())
    title = f"{number(held)} of {number(len(used))} facts lie where the posterior expects them"
    how = ("Black: recorded, with what is known of it. Blue: what histories of the posterior give, 50 and 90 %. Grey: "
           "of the prior. Each fact on a scale of its own.")  # fmt: skip
    figure, room = style.page(0.5 + 0.72 * len(table), title, how, study)
    panels = style.panels(figure, len(table), room, 1, left=3.6, right=0.25, head=0.05, foot=0.27, below=0.5)
    for ax, row in zip(panels, table.to_dict("records"), strict=True):
        scale = scale_of(row["what"])
        for y, prefix, colour in ((2, "", POSTERIOR), (1, "prior_", PRIOR)):
            for low, high, width in (("05", "95", 2.2), ("25", "75", 6)):
                ends = [scale * row[f"{prefix}q{end}"] for end in (low, high)]
                ax.plot(ends, [y, y], color=colour, lw=width)
            ax.plot(scale * row[f"{prefix}q50"], y, "o", color=colour, ms=6)
        ax.plot([scale * row["recorded_low"], scale * row["recorded_high"]], [3, 3], color=style.INK, lw=1.4)
        if pd.notna(row["recorded"]):
            ax.plot(scale * row["recorded"], 3, "D", color=style.INK, ms=6)
        words = f"{label(row, study.scenario)}\n{UNITS[row['what']]}{'' if row['used'] else ', held out'}"
        ax.text(-0.03, 0.5, words, transform=ax.transAxes, ha="right", va="center", fontsize=style.SMALL,
                color=style.INK if row["used"] else style.SOFT)  # fmt: skip
        ax.set(ylim=(0.3, 3.7), yticks=[])
        ax.spines["left"].set_visible(False)
        style.number_axis(ax.xaxis)
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
    figure, room = style.page(0.5 + 1.25 * -(-len(paths) // PANELS), title, how, study)
    panels = style.panels(figure, len(paths), room, PANELS, margin=0.2, right=0.15, head=0.42, foot=0.05, end=0.05)
    expected = len(ranks) / BINS
    around = 2.33 * np.sqrt(expected * (1 - 1 / BINS))
    for ax, path in zip(panels, paths, strict=True):
        ax.axhspan(expected - around, expected + around, color=style.FAINT, lw=0)
        ax.hist(ranks[path], bins=np.linspace(0, 1, BINS + 1).tolist(), color=POSTERIOR, rwidth=0.9)
        ax.set(ylim=(0, 2.2 * expected), xticks=[], yticks=[])
        ax.set_title(style.shown(path.partition(".")[2], 22), fontsize=style.SMALL - 2, pad=2)
    return figure

"""Sweeps in pictures, drawn from their folder: lines for one number, a heat map for two, a parallel view for many."""

from dataclasses import dataclass
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pandas as pd

from sim.errors import InputError, did_you_mean
from sim.report.figures import style
from sim.report.figures.saving import save
from sim.results.folder import more_files
from sim.scenario import Scenario
from sim.studies.sweep import Sweep

KINDS = ("lines", "heat", "parallel")


@dataclass(frozen=True)
class _About:
    """What the foot and the metadata of a picture tell of."""

    scenario: Scenario
    seed: int
    replicates: range
    points: None = None


def save_figures(folder, kind=None, outcomes=None, x=None, by=None) -> list[Path]:
    """Draw a sweep and write the pictures with their data into its folder. Returns the paths.

    Arguments:
        kind: "lines", "heat" or "parallel"; chosen by the number of numeric factors unless given.
        outcomes: names; default all that were kept, at most six.
        x, by: factors for the horizontal axis and for the colours (heat map: the vertical axis).
    """
    sweep = Sweep(folder)
    about = _About(
        Scenario.from_dict(sweep.about["scenarios"][0]), sweep.about["seed"],
        range(sweep.about["experiment"]["replicates"]),
    )  # fmt: skip
    if sweep.about["experiment"]["keep"] == "months":
        raise InputError(f"{folder}: keeps monthly tables, which have no picture yet; use sim.load_sweep")
    table = _summarised(sweep)
    factors = [name for name in sweep.design.columns if sweep.design[name].nunique() > 1] or list(sweep.design.columns)
    known = list(dict.fromkeys(table["outcome"]))
    for name in outcomes or []:
        if name not in known:
            raise InputError(f"{folder}: no outcome '{name}'{did_you_mean(name, known)}")
    for name in (x, by):
        if name is not None and name not in factors:
            raise InputError(f"{folder}: no factor '{name}'{did_you_mean(name, factors)}")
    if kind is not None and kind not in KINDS:
        raise InputError(f"kind: unknown '{kind}'{did_you_mean(kind, KINDS)}")
    outcomes = list(outcomes or known)[:6]
    numeric = [name for name in factors if pd.api.types.is_numeric_dtype(table[name]) and table[name].dtype != bool]
    others = [name for name in factors if name not in numeric]
    if kind is None:
        grid = len(numeric) == 2 and not others and sweep.about["experiment"]["design"] == "grid"
        kind = "heat" if grid else "lines" if len(numeric) <= 1 and len(factors) <= 2 else "parallel"
    x = x or (numeric + others)[0]
    rest = [name for name in factors if name != x]
    by = by or (rest[0] if rest else None)
    title = sweep.about["experiment"]["title"] or f"{', '.join(factors)}"
    question = sweep.about["experiment"]["question"]
    if kind == "parallel":
        figure = parallel(table, factors, outcomes[0], title, question, about)
    elif kind == "heat":
        figure = heat(table, x, by, outcomes, title, question, about)
    else:
        figure = lines(table, x, by, outcomes, title, question, about)
    with more_files(folder) as new:
        drawn = save(figure, new, "sweep", table[table["outcome"].isin(outcomes)], about)
    return [Path(folder) / path.name for path in drawn]


def _summarised(sweep) -> pd.DataFrame:
    """One row per point and outcome, whatever was kept."""
    table, factors = sweep.table(), list(sweep.design.columns)
    if sweep.about["experiment"]["keep"] == "summary" or not len(table):
        return table
    keys = ["point", *factors]
    long = table.drop(columns="replicate").melt(id_vars=keys, var_name="outcome")
    grouped = long.groupby([*keys, "outcome"], sort=False)["value"]
    found = grouped.agg(["mean", "std", "count"]).rename(columns={"std": "sd", "count": "replicates"})
    for name, share in (("q05", 0.05), ("q50", 0.5), ("q95", 0.95)):
        found[name] = grouped.quantile(share)
    return found.reset_index()


def _panels(outcomes, title, question, about, tall=2.7):
    columns = min(3, len(outcomes)) if len(outcomes) != 4 else 2
    storeys = -(-len(outcomes) // columns)
    figure, room = style.page(1.6 + tall * storeys, title, question, about)
    height = figure.get_figheight()
    each = (room - 0.5 / height) / storeys
    wide = 0.84 / columns
    for place, outcome in enumerate(outcomes):
        row, column = divmod(place, columns)
        box = (0.07 + column * wide, room - (row + 1) * each + 0.55 / height, wide * 0.8, each - 0.95 / height)
        ax = figure.add_axes(box)
        ax.set_title(_named(outcome), pad=6)
        yield figure, ax, outcome, place


@style.styled
def lines(table, x, by, outcomes, title, question, about):
    """Means over one factor, a line for each level of another, with 95 % intervals of the mean."""
    levels = [None] if by is None else list(dict.fromkeys(table[by]))
    many = len(levels) > len(style.PALETTE)
    colours = mpl.colormaps["viridis"](np.linspace(0, 0.9, len(levels))) if many else style.PALETTE
    numbers = pd.api.types.is_numeric_dtype(table[x]) and table[x].dtype != bool
    ticks = list(dict.fromkeys(table[x]))
    figure = None
    for figure, ax, outcome, place in _panels(outcomes, title, question, about):
        scale = 100.0 if outcome.startswith(("left_share.", "quit_share.")) else 1.0
        for level, colour in zip(levels, colours, strict=False):
            one = table[table["outcome"] == outcome]
            one = one if by is None else one[one[by] == level]
            one = one.groupby(x, sort=numbers)[["mean", "sd", "replicates"]].mean().reset_index()
            at = one[x] if numbers else one[x].map(ticks.index)
            width = 1.96 * one["sd"] / np.sqrt(one["replicates"])
            label = None if by is None else style.shown(level, 20)
            ax.plot(at, scale * one["mean"], color=colour, marker="o", markersize=4, label=label)
            ax.fill_between(at, scale * (one["mean"] - width), scale * (one["mean"] + width), color=colour, alpha=0.2)
        if numbers and (table[x] > 0).all() and table[x].max() / table[x].min() >= 4 and len(ticks) < 9:
            ax.set_xscale("log")
            ax.minorticks_off()
            ax.set_xticks(sorted(ticks), [f"{tick:g}" for tick in sorted(ticks)])
        elif not numbers:
            ax.set_xticks(range(len(ticks)), [style.shown(one, 14) for one in ticks])
        ax.set_xlabel(x)
        if by is not None and place == 0:
            figure.legend(*ax.get_legend_handles_labels(), loc="center right", frameon=False, fontsize=style.SMALL,
                          title=by, bbox_to_anchor=(1.0, 0.5))  # fmt: skip
    return figure


@style.styled
def heat(table, x, y, outcomes, title, question, about):
    """Means over two factors, a panel for each outcome, with the number in each field."""
    figure = None
    for figure, ax, outcome, _ in _panels(outcomes, title, question, about, tall=3.4):
        scale = 100.0 if outcome.startswith(("left_share.", "quit_share.")) else 1.0
        one = table[table["outcome"] == outcome].pivot_table(index=y, columns=x, values="mean") * scale
        ax.grid(visible=False)
        image = ax.imshow(one, origin="lower", aspect="auto", cmap="viridis")
        ax.set_xticks(range(one.shape[1]), [f"{value:.3g}" for value in one.columns])
        ax.set_yticks(range(one.shape[0]), [f"{value:.3g}" for value in one.index])
        ax.set_xlabel(x)
        ax.set_ylabel(y)
        if one.size <= 64:
            for (row, column), value in np.ndenumerate(one.to_numpy()):
                if np.isfinite(value):
                    ax.text(column, row, style.number(value), ha="center", va="center", fontsize=9,
                            color=style.ink_on(image.cmap(image.norm(value))))  # fmt: skip
        else:
            figure.colorbar(image, ax=ax, fraction=0.05)
    return figure


@style.styled
def parallel(table, factors, outcome, title, question, about):
    """Every point a line across its factors to its outcome, coloured by the outcome."""
    one = table[table["outcome"] == outcome].reset_index(drop=True)
    one = one.iloc[np.linspace(0, len(one) - 1, min(len(one), 2000)).astype(int)]
    figure, room = style.page(5.2, title, f"{question} Every line is a point; the colour is the last axis.", about)
    ax = figure.add_axes((0.06, 0.2, 0.88, room - 0.3))
    axes, words = [], []
    for name in [*factors, "mean"]:
        column = one[name]
        if pd.api.types.is_numeric_dtype(column):
            low, high = column.astype(float).min(), column.astype(float).max()
            axes.append((column.astype(float) - low) / ((high - low) or 1.0))
            words.append((f"{low:.3g}", f"{high:.3g}"))
        else:
            levels = sorted(column.astype(str).unique())
            axes.append(column.astype(str).map(levels.index) / max(1, len(levels) - 1))
            words.append((levels[0], levels[-1]))
    heights = np.column_stack(axes)
    ax.set_axis_off()
    colours = mpl.colormaps["viridis"](heights[:, -1])
    segments = [np.column_stack([np.arange(heights.shape[1]), row]) for row in heights]
    ax.add_collection(mpl.collections.LineCollection(segments, colors=colours, linewidths=0.8, alpha=0.5))
    ax.set_xlim(-0.1, len(axes) - 0.9)
    ax.set_ylim(-0.05, 1.05)
    for place, (name, (low, high)) in enumerate(zip([*factors, _named(outcome)], words, strict=True)):
        ax.axvline(place, color=style.SOFT, linewidth=0.8)
        ax.text(place, 1.07, high, ha="center", fontsize=style.SMALL)
        ax.text(place, -0.07, low, ha="center", va="top", fontsize=style.SMALL)
        ax.text(place, -0.17, style.shown(name.split(".")[-1], 16), ha="center", va="top", fontsize=style.SMALL,
                color=style.SOFT)  # fmt: skip
    return figure


def _named(outcome):
    if outcome.startswith("left_share."):
        return f"{style.shown(outcome.split('.', 1)[1], 18)} gone, %"
    return {"quits": "people who quit", "output": "prestige released"}.get(
        outcome, style.shown(outcome.replace(".", " "), 26)
    )

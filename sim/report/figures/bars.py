"""Values with their intervals, for figures of any study."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.text import Annotation
from numpy.typing import ArrayLike

from sim.aliases import Floats
from sim.report.figures import style


def bars_with_intervals(
    ax: Axes,
    labels: Sequence[str],
    values: ArrayLike,
    low: ArrayLike,
    high: ArrayLike,
    colours: str | Sequence[str] | None = None,
    unit: str = "",
    words: Sequence[str] | None = None,
    luck: Floats | None = None,
) -> list[Annotation]:
    """Horizontal dots with intervals, one row per label from the top; each value is written beside its interval.

    Arguments:
        labels: text of each row.
        values, low, high: numbers; where a value is missing the row says "none".
        colours: one for all, or one per row.
        unit: of the axis below.
        words: what to write for each value; default the numbers, with as many decimal places as the largest needs.
        luck: low and high ends of single histories, drawn thin and grey behind, where the interval is over a posterior.

    Returns the texts that carry the values.
    """
    values, low, high = (np.asarray(one, dtype=float) for one in (values, low, high))
    count = len(values)
    colours = style.INK if colours is None else colours
    colours = [colours] * count if isinstance(colours, str) else list(colours)
    words = style.column(values) if words is None else list(words)
    ax.grid(axis="y", visible=False)
    ax.grid(axis="x", visible=True)
    for row, ends in enumerate(np.transpose(luck) if luck is not None else ()):
        ax.plot(ends, [row, row], color=style.OTHERS, linewidth=1.2, zorder=1, gid="luck")
    texts = []
    for row, (value, start, end, colour) in enumerate(zip(values, low, high, colours, strict=True)):
        if np.isfinite(start) and np.isfinite(end):
            ax.plot([start, end], [row, row], color=colour, linewidth=3.5, alpha=0.55, solid_capstyle="butt")
        if np.isfinite(value):
            ax.plot([value], [row], marker="o", markersize=5.5, color=colour, markeredgecolor="white",
                    markeredgewidth=0.7, linestyle="none")  # fmt: skip
        edge = np.nanmax([value, end, -np.inf])
        place = (edge, row) if np.isfinite(edge) else (0.0, row)
        texts.append(ax.annotate(words[row], place, xytext=(9, 0), textcoords="offset points", va="center_baseline",
                                 fontsize=style.SMALL, annotation_clip=False, gid="label"))  # fmt: skip
    ax.set_yticks(range(count), [str(label) for label in labels], fontsize=style.TEXT, color=style.INK)
    ax.set_ylim(count - 0.4, -0.6)
    ax.spines["left"].set_visible(False)
    ax.xaxis.set_major_locator(style.few_ticks())
    ax.margins(x=0.12)
    if unit:
        ax.set_xlabel(unit)
    return texts

"""Values with their intervals, for figures of any study."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.text import Annotation
from numpy.typing import ArrayLike

from sim.aliases import Floats
from sim.report.figures import style
from sim.results.showing import Shows


@dataclass(frozen=True)
class Dots:
    """Values with their intervals, one row each."""

    values: ArrayLike  # where one is missing the row says "none"
    low: ArrayLike
    high: ArrayLike
    colours: str | Sequence[str] = style.INK  # one for all, or one per row
    words: Sequence[str] | None = None  # for each value; default the numbers, all with as many decimal places
    luck: Floats | None = None  # (2, rows): ends of single histories, where the interval is over a posterior
    title: str = ""
    unit: str = ""


def dots_page(title: str, subtitle: str, study: Shows, names: Sequence[str], dots: Sequence[Dots]) -> Figure:
    """Panels, three in a row, with a named row for each value; those of one unit have one scale."""
    height = 0.35 + (0.3 * len(names) + 1.1) * -(-len(dots) // 3)
    figure, room = style.page(height, title, subtitle, study)
    reach: dict[str, tuple[float, float]] = {}
    drawn = style.panels(figure, len(dots), room, margin=margin_for(names))
    for index, (ax, panel) in enumerate(zip(drawn, dots, strict=True)):
        texts = bars_with_intervals(ax, names, panel)
        ax.axvline(0.0, color=style.INK, linewidth=1.0, zorder=1)
        ax.set_title(panel.title, pad=6)
        ax.set_xlabel(panel.unit)
        style.number_axis(ax.xaxis, 4)
        ax.tick_params(axis="y", labelsize=style.SMALL, labelleft=index % 3 == 0)
        start, stop = min(ax.dataLim.x0, 0.0), max(ax.dataLim.x1, 1e-9)
        wide = max(style.measure(figure, text.get_text(), style.SMALL)[0] for text in texts)
        share = min(0.6, (wide + 14) / (72 * ax.bbox.width / figure.dpi)) if wide else 0.06
        stop = start + (stop - start) / (1 - share)  # with room for the longest number beside its dot
        known = reach.get(panel.unit, (0.0, 0.0))
        reach[panel.unit] = min(start - 0.06 * (stop - start) * (start < 0), known[0]), max(stop, known[1])
    for ax, panel in zip(drawn, dots, strict=True):
        ax.set_xlim(reach[panel.unit])
    return figure


def margin_for(names: Sequence[str]) -> float:
    """Inches that names of rows take."""
    return 0.3 + 0.09 * max(len(name) for name in names)


def bars_with_intervals(ax: Axes, labels: Sequence[str], dots: Dots) -> list[Annotation]:
    """Horizontal dots with intervals, one row per label from the top, single histories thin and grey behind; each value
    is written beside its interval. Returns the texts that carry the values."""
    values, low, high = (np.asarray(numbers, dtype=float) for numbers in (dots.values, dots.low, dots.high))
    count = len(values)
    colours = [dots.colours] * count if isinstance(dots.colours, str) else dots.colours
    words = style.column(values) if dots.words is None else dots.words
    ax.grid(axis="y", visible=False)
    ax.grid(axis="x", visible=True)
    for row, ends in enumerate(np.transpose(dots.luck) if dots.luck is not None else ()):
        ax.plot(ends, [row, row], color=style.OTHERS, linewidth=1.2, zorder=1, gid="luck")
    texts = []
    for row, (value, start, end, colour) in enumerate(zip(values, low, high, colours, strict=True)):
        if np.isfinite(start) and np.isfinite(end):
            ax.plot([start, end], [row, row], color=colour, linewidth=3.5, alpha=0.55, solid_capstyle="butt")
        if np.isfinite(value):
            style.dot(ax, value, row, colour, size=5.5, markeredgewidth=0.7)
        edge = np.nanmax([value, end, -np.inf])
        texts.append(ax.annotate(words[row], (edge if np.isfinite(edge) else 0.0, row), xytext=(9, 0),
                                 textcoords="offset points", va="center_baseline", fontsize=style.SMALL,
                                 annotation_clip=False, gid="label"))  # fmt: skip
    ax.set_yticks(range(count), [str(label) for label in labels], fontsize=style.TEXT, color=style.INK)
    ax.set_ylim(count - 0.4, -0.6)
    ax.spines["left"].set_visible(False)
    ax.margins(x=0.12)
    return texts

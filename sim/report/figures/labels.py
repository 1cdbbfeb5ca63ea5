"""Labels that stand beside what they name and never on each other."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np
from matplotlib.axes import Axes
from matplotlib.axis import XAxis, YAxis
from matplotlib.figure import Figure
from matplotlib.text import Annotation
from matplotlib.transforms import Transform
from numpy.typing import ArrayLike

from sim.aliases import Floats
from sim.report.figures.style import INK, SMALL, SOFT, TEXT, Colour, figure_of, measure, shortened

Place: TypeAlias = tuple[float, float]  # x and y
Box: TypeAlias = tuple[float, float, float, float]  # left, bottom, right, top


def spread(wanted: ArrayLike, sizes: ArrayLike, low: float, high: float) -> np.ndarray:
    """Centres as near to `wanted` as they can be (least squares) so that labels of these sizes neither overlap nor
    leave [low, high]. If they cannot fit, they start at `low` and run over `high`.

    Pools neighbours that would overlap, as in isotonic regression: wanted centre minus the sizes before it must rise.
    """
    wanted, sizes = np.asarray(wanted, dtype=float), np.asarray(sizes, dtype=float)
    order = np.argsort(wanted, kind="stable")
    before = np.cumsum(sizes[order]) - sizes[order] / 2
    blocks = []  # mean of wanted minus what stands before, and how many
    for value in wanted[order] - before:
        blocks.append((value, 1))
        while len(blocks) > 1 and blocks[-2][0] > blocks[-1][0]:
            (a, m), (b, n) = blocks[-2:]
            blocks[-2:] = [((a * m + b * n) / (m + n), m + n)]
    offsets = np.repeat([mean for mean, _ in blocks], [count for _, count in blocks])
    offsets = np.maximum(np.minimum(offsets, high - sizes.sum()), low)
    centres = np.empty(len(wanted))
    centres[order] = offsets + before
    return centres


def thin_out(axis: XAxis | YAxis, gap: float = 6) -> None:
    """Hide labels of ticks that would meet the one before, along a horizontal or a vertical axis."""
    figure_of(axis.axes).draw_without_rendering()
    across, end = isinstance(axis, XAxis), -1e9
    for label in axis.get_ticklabels():
        box = label.get_window_extent()
        start, stop = (box.x0, box.x1) if across else (box.y0, box.y1)
        if start < end + gap * (across or 0.2):
            label.set_visible(False)
        else:
            end = stop


# At the end of a line


@dataclass
class EndLabel:
    """What to write at the right end of a line that ends at (x, y); if there is no room, the greatest weights stay."""

    y: float
    text: str
    colour: object = INK
    weight: float = 0.0
    x: float | None = None  # where the line ends, if not at the right edge
    leader: bool = True  # whether a thin line may lead to the label


def end_labels(ax: Axes, labels: list[EndLabel], size: float = TEXT, gap: float = 10) -> list[Annotation]:
    """Write labels right of the axes, each at its height or as near as the others leave room, with a thin leader.

    `gap` is in points. Returns the texts.
    """
    labels = sorted((label for label in labels if np.isfinite(label.y)), key=lambda label: -label.weight)
    box = ax.bbox.transformed(ax.figure.dpi_scale_trans.inverted())
    line = measure(figure_of(ax), "Ag", size)[1] + 3
    low, high = 72 * box.y0 - line / 2, 72 * box.y1 + line / 2
    room = 72 * (figure_of(ax).get_figwidth() - box.x1) - gap - 6
    labels = [replace(label, text=_fitting(figure_of(ax), label.text, size, room)) for label in labels]
    heights = np.array([line + 1.25 * size * label.text.count("\n") for label in labels])
    count = int(np.searchsorted(np.cumsum(heights), high - low, side="right"))
    labels, heights = labels[: max(1, count)], heights[: max(1, count)]
    right = ax.get_xlim()[1]
    wanted = points(ax, [(right, label.y) for label in labels])[:, 1]
    texts = []
    for label, shift in zip(labels, spread(wanted, heights, low, high) - wanted, strict=True):
        texts.append(ax.annotate(
            label.text, (right, label.y), xytext=(gap + 2, shift), textcoords="offset points", fontsize=size,
            color=label.colour, va="center_baseline", ha="left", linespacing=1.1, annotation_clip=False, gid="label",
        ))  # fmt: skip
        end = label.x if label.leader and label.x is not None and label.x < right else None
        if end is not None:
            ax.plot([end, right], [label.y] * 2, color=SOFT, linewidth=0.7, linestyle=":", clip_on=False, zorder=1)
        if end is not None or (label.leader and abs(shift) > 2):
            thin_line(ax, (right, label.y), ax.transData, (gap, shift), SOFT)
    return texts


def _fitting(figure: Figure, text: str, size: float, room: float) -> str:
    """The text with every line shortened to a width, in points."""
    lines = []
    for line in text.split("\n"):
        width = measure(figure, line, size)[0]
        most = int(len(line) * room / width) - 1 if width > room else len(line)
        lines.append(shortened(line, max(3, most)))
    return "\n".join(lines)


def points(ax: Axes, places: ArrayLike) -> Floats:
    """Data units as points on the page."""
    return 72 / ax.figure.dpi * ax.transData.transform(np.reshape(places, (-1, 2)))


def thin_line(ax: Axes, start: Place, coordinates: Transform, offset: Place, colour: Colour) -> None:
    """From a point of the axes to an offset from it in points."""
    line = {"arrowstyle": "-", "color": colour, "linewidth": 0.7, "shrinkA": 0, "shrinkB": 0}
    ax.annotate("", start, xycoords=coordinates, xytext=offset, textcoords="offset points", annotation_clip=False,
                arrowprops=line)  # fmt: skip


# Beside a point


def point_labels(
    ax: Axes,
    places: Floats,
    words: Sequence[str],
    order: Sequence[int] | None = None,
    avoid: Sequence[Box] = (),
    size: float = SMALL,
) -> list[int]:
    """Write words beside points of the axes so that they meet neither points nor each other, nor the boxes to avoid.

    Arguments:
        places: (n, 2), in data units; words: n texts.
        order: which to place first, as indices; the last find no room if anything does not.
        avoid: boxes (left, bottom, right, top) in points on the page.

    A label stands right beside its point if it can, else farther off with a thin line. Returns those without room.
    """
    at = points(ax, places)
    box = ax.bbox.transformed(ax.figure.dpi_scale_trans.inverted())
    frame = 72 * box.x0, 72 * box.y0, 72 * figure_of(ax).get_figwidth() - 4, 72 * box.y1 + 6
    taken = [*avoid, *((x - 5, y - 5, x + 5, y + 5) for x, y in at)]
    without = []
    for place in range(len(at)) if order is None else order:
        width, height = measure(figure_of(ax), words[place], size)
        found = _free_place(at[place], width, height, taken, frame)
        if found is None:
            without.append(place)
            continue
        left, bottom, far = found
        taken.append((left, bottom, left + width, bottom + height))
        x, y = at[place]
        ax.annotate(words[place], places[place], xytext=(left - x, bottom + height / 2 - y), textcoords="offset points",
                    fontsize=size, color=INK, va="center_baseline", annotation_clip=False, gid="label",
                    zorder=6)  # fmt: skip
        if far:
            end = np.clip(x, left, left + width) - x, np.clip(y, bottom, bottom + height) - y
            thin_line(ax, places[place], ax.transData, end, SOFT)
    return without


def _free_place(
    at: Floats, width: float, height: float, taken: Sequence[Box], frame: Box
) -> tuple[float, float, bool] | None:
    """Left and bottom of the nearest place for a box beside a point, and whether it needs a line; None without room."""
    x, y = at
    for far in (9, 16, 26, 40, 56, 74, 94, 116, 140):
        for angle in np.radians((0, 25, -25, 180, 155, -155, 60, -60, 120, -120, 90, -90)):
            right, up = np.cos(angle), np.sin(angle)
            left = x + far * right + (0 if right > 0.2 else -width if right < -0.2 else -width / 2)
            bottom = y + far * up - height / 2
            end = left + width, bottom + height
            if left < frame[0] or bottom < frame[1] or end[0] > frame[2] or end[1] > frame[3]:
                continue
            if all(end[0] + 2 < a or c + 2 < left or end[1] + 1 < b or d + 1 < bottom for a, b, c, d in taken):
                return left, bottom, far > 16
    return None

"""Labels that stand beside what they name and never on each other."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

import numpy as np
from matplotlib.axes import Axes
from matplotlib.axis import XAxis, YAxis
from matplotlib.figure import Figure
from matplotlib.transforms import Transform
from numpy.typing import ArrayLike

from sim.aliases import Floats
from sim.report.figures.style import INK, SMALL, SOFT, TEXT, Colour, figure_of, measure, shortened

Point: TypeAlias = tuple[float, float]  # x and y
Box: TypeAlias = tuple[float, float, float, float]  # left, bottom, right, top, in points on the page
STEP = 6  # points: of the search for room


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


@dataclass
class EndLabel:
    """What to write at the right end of a line that ends at (x, y); if there is no room, the greatest weights stay."""

    y: float
    text: str
    colour: object = INK
    weight: float = 0.0
    x: float | None = None  # where the line ends, if not at the right edge
    leader: bool = True  # whether a thin line may lead to the label


def end_labels(ax: Axes, labels: list[EndLabel], size: float = TEXT) -> None:
    """Write labels right of the axes, each at its height or as near as the others leave room, with a thin leader."""
    gap = 10  # points
    labels = sorted((label for label in labels if np.isfinite(label.y)), key=lambda label: -label.weight)
    figure, (_, bottom, edge, top) = figure_of(ax), box_of(ax)
    line = measure(figure, "Ag", size)[1] + 3
    low, high = bottom - line / 2, top + line / 2
    room = 72 * figure.get_figwidth() - edge - gap - 6
    labels = [replace(label, text=_fitting(figure, label.text, size, room)) for label in labels]
    heights = np.array([line + 1.25 * size * label.text.count("\n") for label in labels])
    count = int(np.searchsorted(np.cumsum(heights), high - low, side="right"))
    labels, heights = labels[: max(1, count)], heights[: max(1, count)]
    right = ax.get_xlim()[1]
    wanted = points(ax, [(right, label.y) for label in labels])[:, 1]
    for label, shift in zip(labels, spread(wanted, heights, low, high) - wanted, strict=True):
        ax.annotate(label.text, (right, label.y), xytext=(gap + 2, shift), textcoords="offset points", fontsize=size,
                    color=label.colour, va="center_baseline", ha="left", linespacing=1.1, annotation_clip=False,
                    gid="label")  # fmt: skip
        end = label.x if label.leader and label.x is not None and label.x < right else None
        if end is not None:
            ax.plot([end, right], [label.y] * 2, color=SOFT, linewidth=0.7, linestyle=":", clip_on=False, zorder=1)
        if end is not None or (label.leader and abs(shift) > 2):
            thin_line(ax, (right, label.y), ax.transData, (gap, shift), SOFT)


def _fitting(figure: Figure, text: str, size: float, room: float) -> str:
    """The text with every line shortened to a width, in points."""
    lines = []
    for line in text.split("\n"):
        width = measure(figure, line, size)[0]
        most = int(len(line) * room / width) - 1 if width > room else len(line)
        lines.append(shortened(line, max(3, most)))
    return "\n".join(lines)


def points(ax: Axes, positions: ArrayLike) -> Floats:
    """Data units as points on the page."""
    return 72 / ax.figure.dpi * ax.transData.transform(np.reshape(positions, (-1, 2)))


def box_of(ax: Axes) -> Box:
    left, bottom, right, top = 72 / ax.figure.dpi * np.asarray(ax.bbox.extents)
    return left, bottom, right, top


def thin_line(ax: Axes, start: Point, coordinates: Transform | str, offset: Point, colour: Colour) -> None:
    """From a point of the axes to an offset from it in points."""
    line = {"arrowstyle": "-", "color": colour, "linewidth": 0.7, "shrinkA": 0, "shrinkB": 0}
    ax.annotate("", start, xycoords=coordinates, xytext=offset, textcoords="offset points", annotation_clip=False,
                arrowprops=line)  # fmt: skip


def write_beside(
    ax: Axes,
    anchor: Box,
    lines: Sequence[tuple[str, Colour]],
    taken: list[Box],
    within: Box,
    gap: float = 4,
    size: float = SMALL,
    **looks: Any,
) -> bool:
    """Write lines of (words, colour) right of a box or as near to it as there is room, with a thin line if that is far.

    `taken` are boxes that the lines must not meet; theirs is added. Returns whether there was room.
    """
    wide, tall = max(measure(figure_of(ax), words, size)[0] for words, _ in lines), 1.25 * size * len(lines)
    corner = _free_corner(anchor, wide, tall, taken, within, gap)
    if corner is None:
        return False
    left, bottom = corner
    box = left, bottom, left + wide, bottom + tall
    taken.append(box)
    for row, (words, colour) in enumerate(lines):
        ax.annotate(words, (left, box[3] - (row + 0.5) * 1.25 * size), xycoords="figure points", fontsize=size,
                    color=colour, va="center_baseline", annotation_clip=False, gid="label", zorder=6,
                    **looks)  # fmt: skip
    begin = np.clip(((box[0] + box[2]) / 2, (box[1] + box[3]) / 2), anchor[:2], anchor[2:])
    offset = np.clip(begin, box[:2], box[2:]) - begin
    if np.hypot(*offset) > 2.5 * gap:
        thin_line(ax, tuple(begin), "figure points", tuple(offset), SOFT)
    return True


def _free_corner(
    anchor: Box, wide: float, tall: float, taken: Sequence[Box], within: Box, gap: float
) -> tuple[float, float] | None:
    """Left and bottom of the box of this size, nearest to another, that meets nothing; None if there is none."""
    x0, y0, x1, y1 = anchor
    away = np.arange(0.0, max(within[2] - within[0], within[3] - within[1]), STEP)
    lefts = np.concatenate([x1 + gap + away, x0 - gap - wide - away, [(x0 + x1 - wide) / 2]])
    bottoms = (y0 + y1 - tall) / 2 + np.append(away, -away)
    left, bottom = np.meshgrid(lefts[(lefts >= within[0]) & (lefts + wide <= within[2])],
                               bottoms[(bottoms >= within[1]) & (bottoms + tall <= within[3])])  # fmt: skip
    free = np.ones(left.shape, dtype=bool)
    for a, b, c, d in taken:
        free &= (left + wide + gap / 2 < a) | (c + gap / 2 < left) | (bottom + tall + gap / 4 < b) | (
            d + gap / 4 < bottom)  # fmt: skip
    if not free.any():
        return None
    across = np.maximum(0, np.maximum(x0 - left - wide, left - x1))
    along = np.maximum(0, np.maximum(y0 - bottom - tall, bottom - y1))
    aside = abs(bottom + tall / 2 - (y0 + y1) / 2) + gap * (left < x1)  # level with it and right of it, if it can be
    nearest = np.argmin(np.where(free, np.hypot(across, along) + 0.1 * aside, np.inf))
    return float(left.flat[nearest]), float(bottom.flat[nearest])


def point_labels(
    ax: Axes, positions: Floats, words: Sequence[str], order: Sequence[int] | None = None, avoid: Sequence[Box] = ()
) -> list[int]:
    """Write words beside points of the axes so that they meet neither points nor each other, nor the boxes to avoid.

    Arguments:
        positions: (n, 2), in data units; words: n texts.
        order: which to write first, as indices; the last find no room if anything does not.

    Returns those without room.
    """
    left, bottom, _, top = box_of(ax)
    within = left, bottom, 72 * figure_of(ax).get_figwidth() - 4, top + 6
    dots: list[Box] = [(x - 5, y - 5, x + 5, y + 5) for x, y in points(ax, positions)]
    taken = [*avoid, *dots]
    return [index for index in (range(len(dots)) if order is None else order)
            if not write_beside(ax, dots[index], [(words[index], INK)], taken, within)]  # fmt: skip

"""Points so close together that names beside them would be a tangle: a frame around them, and one list for all."""

import textwrap
from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from sim.aliases import Floats
from sim.report.figures.labels import Box, Place, points, thin_line
from sim.report.figures.style import SMALL, SOFT, Colour, figure_of, measure

CLOSE = 28  # points between two dots of one group, too few for a name between them
LETTERS, LINES = 40, 12  # of a list
STEP, GAP = 6, 10  # points: of the search for room, and from the frame to the list


def groups(ax: Axes, places: Floats, few: int = 3) -> list[list[int]]:
    """The points, as indices, of each chain of more than `few` dots of which each is close to another."""
    at = points(ax, places)
    near = np.hypot(*(at[:, None] - at[None]).transpose(2, 0, 1)) < CLOSE
    for _ in at:
        near = near @ near
    chains = {tuple(np.flatnonzero(row)) for row in near}
    return [[int(k) for k in chain] for chain in sorted(chains) if len(chain) > few]


def listed(names: Sequence[str], letters: int = LETTERS, most: int = LINES) -> list[str]:
    """Names one after the other, in lines; what does not fit is counted."""
    for count in range(len(names), 0, -1):
        rest = [f"and {len(names) - count} more"] if count < len(names) else []
        joined = [one.replace(" ", "\N{NO-BREAK SPACE}") for one in [*names[:count], *rest]]
        lines = textwrap.wrap(", ".join(joined), letters, break_long_words=False)
        if len(lines) <= most:
            return lines
    return []


def name_group(ax: Axes, places: Floats, lines: Sequence[tuple[str, Colour]], taken: list[Box]) -> bool:
    """Frame the points at these places (data units), and write lines of (words, colour) where there is room.

    `taken` are boxes (left, bottom, right, top), in points on the page, that the list must not meet; those of the frame
    and the list are added. Returns whether there was room.
    """
    at = points(ax, places)
    (x0, y0), (x1, y1) = at.min(axis=0) - 8, at.max(axis=0) + 8
    frame: Box = x0, y0, x1, y1
    each = 1.25 * SMALL
    wide, tall = max(measure(figure_of(ax), words, SMALL)[0] for words, _ in lines), each * len(lines)
    found = _room(ax, frame, wide, tall, [frame, *taken])
    if found is None:
        return False
    left, bottom = found
    taken += [frame, (left, bottom, left + wide, bottom + tall)]
    to_data = ax.transData.inverted().transform
    corners = to_data(np.reshape(frame, (2, 2)) * ax.figure.dpi / 72)
    ax.add_patch(Rectangle(corners[0], *(corners[1] - corners[0]), fill=False, edgecolor=SOFT, linewidth=0.8, zorder=1,
                           gid="group"))  # fmt: skip
    anchor = np.asarray(places)[0]
    for place, (words, colour) in enumerate(lines):
        middle = bottom + tall - (place + 0.5) * each
        ax.annotate(words, anchor, xytext=(left - at[0][0], middle - at[0][1]), textcoords="offset points",
                    fontsize=SMALL, color=colour, va="center_baseline", annotation_clip=False, gid="label",
                    zorder=6)  # fmt: skip
    begin, end = _nearest(frame, (left - 3, bottom, left + wide + 3, bottom + tall))
    x, y = to_data(np.asarray(begin) * ax.figure.dpi / 72)
    thin_line(ax, (x, y), ax.transData, (end[0] - begin[0], end[1] - begin[1]), SOFT)
    return True


def _room(ax: Axes, frame: Box, wide: float, tall: float, taken: Sequence[Box]) -> Place | None:
    """Left and bottom of the place nearest to the frame, within the axes, for a box that meets nothing."""
    box = ax.bbox.transformed(ax.figure.dpi_scale_trans.inverted())
    left, bottom = np.meshgrid(np.arange(72 * box.x0 + 6, 72 * box.x1 - wide, STEP),
                               np.arange(72 * box.y0 + 6, 72 * box.y1 - tall, STEP))  # fmt: skip
    free = np.ones(left.shape, dtype=bool)
    for a, b, c, d in taken:
        free &= (left + wide + GAP < a) | (c + GAP < left) | (bottom + tall + GAP / 2 < b) | (d + GAP / 2 < bottom)
    if not free.any():
        return None
    across = np.maximum(0, np.maximum(frame[0] - left - wide, left - frame[2]))
    along = np.maximum(0, np.maximum(frame[1] - bottom - tall, bottom - frame[3]))
    aside = abs(left + wide / 2 - (frame[0] + frame[2]) / 2)
    far = np.where(free, np.hypot(across, along) + 0.05 * aside, np.inf)
    best = np.unravel_index(np.argmin(far), far.shape)
    return float(left[best]), float(bottom[best])


def _nearest(one: Box, other: Box) -> tuple[Place, Place]:
    """The two nearest points of two boxes, in the middle of the sides that face each other."""

    def along(low: float, high: float, other_low: float, other_high: float) -> Place:
        if high < other_low:
            return high, other_low
        if other_high < low:
            return low, other_high
        middle = (max(low, other_low) + min(high, other_high)) / 2
        return middle, middle

    x = along(one[0], one[2], other[0], other[2])
    y = along(one[1], one[3], other[1], other[3])
    return (x[0], y[0]), (x[1], y[1])

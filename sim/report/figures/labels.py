"""Labels that stand beside what they name and never on each other."""

from dataclasses import dataclass

import numpy as np

from sim.report.figures.style import INK, SMALL, SOFT, TEXT, shown


def spread(wanted, sizes, low, high) -> np.ndarray:
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


def measure(figure, text, size, weight="normal") -> tuple[float, float]:
    """Width and height of a text, in points."""
    probe = figure.text(0, 0, text, fontsize=size, fontweight=weight)
    box = probe.get_window_extent(figure.canvas.get_renderer())
    probe.remove()
    return 72 * box.width / figure.dpi, 72 * box.height / figure.dpi


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


def end_labels(ax, labels: list[EndLabel], size=TEXT, gap=10):
    """Write labels right of the axes, each at its height or as near as the others leave room, with a thin leader.

    `gap` is in points. Returns the texts.
    """
    labels = sorted((label for label in labels if np.isfinite(label.y)), key=lambda label: -label.weight)
    box = ax.bbox.transformed(ax.figure.dpi_scale_trans.inverted())
    line = measure(ax.figure, "Ag", size)[1] + 3
    low, high = 72 * box.y0 - line / 2, 72 * box.y1 + line / 2
    heights = np.array([line + 1.25 * size * label.text.count("\n") for label in labels])
    count = int(np.searchsorted(np.cumsum(heights), high - low, side="right"))
    labels, heights = labels[: max(1, count)], heights[: max(1, count)]
    right = ax.get_xlim()[1]
    wanted = _points(ax, [(right, label.y) for label in labels])[:, 1]
    texts = []
    for label, shift in zip(labels, spread(wanted, heights, low, high) - wanted, strict=True):
        texts.append(ax.annotate(
            label.text, (right, label.y), xytext=(gap + 2, shift), textcoords="offset points", fontsize=size,
            color=label.colour, va="center_baseline", ha="left", linespacing=1.1, annotation_clip=False, gid="label",
        ))  # fmt: skip
        early = label.leader and label.x is not None and label.x < right
        if early:
            ax.plot([label.x, right], [label.y] * 2, color=SOFT, linewidth=0.7, linestyle=":", clip_on=False, zorder=1)
        if early or (label.leader and abs(shift) > 2):
            _thin_line(ax, (right, label.y), ax.transData, (gap, shift), SOFT)
    return texts


def _points(ax, places):
    """Data units as points on the page."""
    return 72 / ax.figure.dpi * ax.transData.transform(np.reshape(places, (-1, 2)))


def _thin_line(ax, start, coordinates, offset, colour):
    """From a point of the axes to an offset from it in points."""
    line = {"arrowstyle": "-", "color": colour, "linewidth": 0.7, "shrinkA": 0, "shrinkB": 0}
    ax.annotate("", start, xycoords=coordinates, xytext=offset, textcoords="offset points", annotation_clip=False,
                arrowprops=line)  # fmt: skip


# Events


def event_words(event) -> str:
    """What happened, in a few words: the event's own name if it has one, else its type and what it is about."""
    if event.name != f"{event.type}@{event.month}":
        return shown(event.name)
    return shown(event.words())


def events_by_month(scenario) -> dict[int, list[str]]:
    """Words for what happens in each month of the run, the most telling first, in calendar order."""
    found = {}
    for event in sorted(scenario.event.values(), key=lambda event: -event.salience):
        month = scenario.month_of(event.month)
        if event.enabled and 0 <= month < scenario.months:
            found.setdefault(month, []).append(event_words(event))
    return dict(sorted(found.items()))


def _in_short(words, most=30):
    """As many as fit, and how many more: "llama dissolved, 5 % laid off +2"."""
    count = 1
    while count < len(words) and len(", ".join(words[: count + 1])) <= most:
        count += 1
    more = f" +{len(words) - count}" if count < len(words) else ""
    return ", ".join(words[:count]) + more


def event_lines(ax, scenario):
    """Light vertical lines where something happens."""
    for month in events_by_month(scenario):
        ax.axvline(month, color=SOFT, linewidth=0.7, alpha=0.35, zorder=1.5)


def event_labels(ax, scenario, rows=6, size=SMALL):
    """Write above the axes what happens, in rows, so that no label meets another or another's line.

    Events for which there is no room keep their line only. Returns the height used above the axes, in points.
    """
    figure = ax.figure
    edge = 72 * figure.get_figwidth() - 4
    height = 1.4 * size
    taken = [[] for _ in range(rows)]  # spans of each row, in points
    posts = []  # (x, row) of the labels written
    for month, words in reversed(events_by_month(scenario).items()):
        text = _in_short(words)
        x = _points(ax, (month, 0))[0, 0]
        width = measure(figure, text, size)[0]
        found = _free_row(x, width, edge, taken, posts)
        if found is None:
            continue
        row, left = found
        taken[row].append((left, left + width))
        posts.append((x, row))
        above = 4 + row * height
        ax.annotate(text, (month, 1), xycoords=ax.get_xaxis_transform(), xytext=(left - x, above + 2), fontsize=size,
                    textcoords="offset points", color=INK, va="bottom", annotation_clip=False, gid="event")  # fmt: skip
        _thin_line(ax, (month, 1), ax.get_xaxis_transform(), (0, above + height - 2), SOFT)
    return 4 + height * (1 + max(row for _, row in posts)) if posts else 0


def _free_row(x, width, edge, taken, posts, pad=5):
    """Row and left end of a label at x, right of its line or, failing that, left of it; None where all is taken."""
    for left in (x + 3, x - width - 3):
        if left < 2 or left + width > edge:
            continue
        for row, spans in enumerate(taken):
            here = all(left + width + pad < start or end + pad < left for start, end in spans)
            uncrossed = not any(left - pad < post < left + width + pad and above >= row for post, above in posts)
            unhidden = not any(start - pad < x < end + pad for below in taken[: row + 1] for start, end in below)
            if here and uncrossed and unhidden:
                return row, left
    return None

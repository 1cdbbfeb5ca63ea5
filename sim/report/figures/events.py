"""What happens in a run, named where the figures show it: beside a line, or by a number with its key."""

from collections import Counter
from collections.abc import Sequence
from typing import TypeAlias

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sim.model.events import Event
from sim.report.figures import style
from sim.report.figures.labels import points, thin_line
from sim.scenario import Scenario

FEW = 3  # unnamed events of a type that are named in a figure; more are a series
LABEL = 44  # letters of a label; what is longer is shortened to "+3"
Span: TypeAlias = tuple[float, float]  # from left to right, or from bottom to top


def events_by_month(scenario: Scenario) -> dict[int, list[str]]:
    """Words for what happens in each month of the run, the most telling first, in calendar order: an event's own name
    if it has one, else its type and what it is about.

    What goes on all the time, as demand from a table of months, is no event to be named.
    """
    enabled = [event for event in scenario.event.values() if event.enabled]
    unnamed = Counter(event.type for event in enabled if not _named(event))
    found: dict[int, list[str]] = {}
    for event in sorted(enabled, key=lambda event: -event.salience):
        month = scenario.month_of(event.month)
        if 0 <= month < scenario.months and (_named(event) or unnamed[event.type] <= FEW):
            found.setdefault(month, []).append(style.shown(event.name if _named(event) else event.words(), 30))
    return dict(sorted(found.items()))


def _named(event: Event) -> bool:
    return event.name != f"{event.type}@{event.month}"


def event_lines(ax: Axes, scenario: Scenario) -> None:
    """Light vertical lines where something happens."""
    for month in events_by_month(scenario):
        ax.axvline(month, color=style.SOFT, linewidth=0.7, alpha=0.35, zorder=1.5)


def event_numbers(ax: Axes, scenario: Scenario) -> None:
    """Small numbers above the lines of events, as far as there is room; `event_key` says what they are."""
    end = -1e9
    for number, month in enumerate(events_by_month(scenario), start=1):
        x = points(ax, (month, 0))[0, 0]
        width = style.measure(style.figure_of(ax), str(number), 9)[0]
        if x - width / 2 < end + 2:
            continue
        end = x + width / 2
        ax.annotate(str(number), (month, 1), xycoords=ax.get_xaxis_transform(), xytext=(0, 2), fontsize=9,
                    textcoords="offset points", color=style.SOFT, ha="center", va="bottom", annotation_clip=False,
                    gid="event")  # fmt: skip


def event_key(scenario: Scenario, numbered: bool = True, beyond: int = 0, most: int = 6) -> list[str]:
    """Lines of text: the month and events, after its number, of each month whose words are longer than `beyond`."""
    told = [
        (f"{number}\N{NO-BREAK SPACE}" if numbered else "")
        + f"{style.short_month(scenario, month)}: {', '.join(words)}"
        for number, (month, words) in enumerate(events_by_month(scenario).items(), start=1)
        if len(", ".join(words)) > beyond
    ]
    lines = style.wrapped("; ".join(told), style.WIDTH - 0.4, style.SMALL)
    return lines if len(lines) <= most else [*lines[: most - 1], f"{lines[most - 1]} ..."]


def at_foot(figure: Figure, lines: Sequence[str]) -> float:
    """Write lines at the foot of the page. Returns the height used, in inches."""
    figure.text(0.02, 0.36 / figure.get_figheight(), "\n".join(lines), fontsize=style.SMALL, color=style.SOFT,
                va="bottom", linespacing=1.25, gid="label")  # fmt: skip
    return len(lines) * 1.3 * style.SMALL / 72 + 0.1 * bool(lines)


def axes_below_events(figure: Figure, scenario: Scenario, across: Span, along: Span, numbered: bool = False) -> Axes:
    """Axes of months, and above them what happens, as far as there is room: together from left to right in shares of
    the page, from bottom to top in inches."""
    (left, right), (bottom, top), height = across, along, figure.get_figheight()
    ax = figure.add_axes((left, bottom / height, right - left, 0.1))
    style.month_axis(ax, scenario)
    top -= 0.1 + _event_labels(ax, scenario, numbered) / 72
    ax.set_position((left, bottom / height, right - left, (top - bottom) / height))
    return ax


def _event_labels(ax: Axes, scenario: Scenario, numbered: bool) -> float:
    """Write above the axes what happens, in rows, so that no label meets another or another's line.

    Events for which there is no room keep their line only. Returns the height used above the axes, in points.
    """
    figure, height = style.figure_of(ax), 1.4 * style.SMALL
    edge = 72 * figure.get_figwidth() - 4
    taken: list[list[Span]] = [[] for _ in range(8)]  # of each row, in points
    posts: list[tuple[float, int]] = []  # (x, row) of the labels written
    for number, (month, words) in reversed(list(enumerate(events_by_month(scenario).items(), start=1))):
        text = (f"{number}  " if numbered else "") + _in_short(words)
        x = points(ax, (month, 0))[0, 0]
        width = style.measure(figure, text, style.SMALL)[0]
        found = _free_row(x, width, edge, taken, posts)
        if found is None:
            continue
        row, left = found
        taken[row].append((left, left + width))
        posts.append((x, row))
        above = 4 + row * height
        ax.annotate(text, (month, 1), xycoords=ax.get_xaxis_transform(), xytext=(left - x, above + 2),
                    textcoords="offset points", fontsize=style.SMALL, color=style.INK, va="bottom",
                    annotation_clip=False, gid="event")  # fmt: skip
        thin_line(ax, (month, 1), ax.get_xaxis_transform(), (0, above + height - 2), style.SOFT)
    return 4 + height * (1 + max(row for _, row in posts)) if posts else 0


def _in_short(words: Sequence[str]) -> str:
    """As many as fit, and how many more: "llama dissolved, 5 % laid off +2"."""
    count = 1
    while count < len(words) and len(", ".join(words[: count + 1])) <= LABEL:
        count += 1
    more = f" +{len(words) - count}" if count < len(words) else ""
    return ", ".join(words[:count]) + more


def _free_row(
    x: float, width: float, edge: float, taken: Sequence[Sequence[Span]], posts: Sequence[tuple[float, int]]
) -> tuple[int, float] | None:
    """Row and left end of a label at x, right of its line or, failing that, left of it; None where all is taken."""
    pad = 5
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

"""What happens in a run, named where the figures show it: beside a line, or by a number with its key."""

from collections import Counter
from collections.abc import Sequence

from matplotlib.axes import Axes

from sim.model.events import Event
from sim.report.figures.labels import Place, points, thin_line
from sim.report.figures.style import INK, SMALL, SOFT, figure_of, measure, short_month, shown, wrapped
from sim.scenario import Scenario

FEW = 3  # unnamed events of a type that are named in a figure; more are a series


def event_words(event: Event, most: int = 30) -> str:
    """What happened, in a few words: the event's own name if it has one, else its type and what it is about."""
    return shown(event.name if _named(event) else event.words(), most)


def events_by_month(scenario: Scenario) -> dict[int, list[str]]:
    """Words for what happens in each month of the run, the most telling first, in calendar order.

    What goes on all the time, as demand from a table of months, is no event to be named.
    """
    enabled = [event for event in scenario.event.values() if event.enabled]
    unnamed = Counter(event.type for event in enabled if not _named(event))
    found: dict[int, list[str]] = {}
    for event in sorted(enabled, key=lambda event: -event.salience):
        month = scenario.month_of(event.month)
        if 0 <= month < scenario.months and (_named(event) or unnamed[event.type] <= FEW):
            found.setdefault(month, []).append(event_words(event))
    return dict(sorted(found.items()))


def _named(event: Event) -> bool:
    return event.name != f"{event.type}@{event.month}"


def event_lines(ax: Axes, scenario: Scenario) -> None:
    """Light vertical lines where something happens."""
    for month in events_by_month(scenario):
        ax.axvline(month, color=SOFT, linewidth=0.7, alpha=0.35, zorder=1.5)


# Numbers with a key, for small axes


def event_numbers(ax: Axes, scenario: Scenario, size: float = 9) -> None:
    """Small numbers above the lines of events, as far as there is room; `event_key` says what they are."""
    end = -1e9
    for place, month in enumerate(events_by_month(scenario), start=1):
        x = points(ax, (month, 0))[0, 0]
        width = measure(figure_of(ax), str(place), size)[0]
        if x - width / 2 < end + 2:
            continue
        end = x + width / 2
        ax.annotate(str(place), (month, 1), xycoords=ax.get_xaxis_transform(), xytext=(0, 2), fontsize=size,
                    textcoords="offset points", color=SOFT, ha="center", va="bottom", annotation_clip=False,
                    gid="event")  # fmt: skip


def event_key(scenario: Scenario, inches: float, size: float = SMALL, most: int = 6) -> list[str]:
    """Lines of text: the number, month and events of each month in which something happens."""
    told = [
        f"{place}\N{NO-BREAK SPACE}{short_month(scenario, month)}: {', '.join(words)}"
        for place, (month, words) in enumerate(events_by_month(scenario).items(), start=1)
    ]
    lines = wrapped("; ".join(told), inches, size)
    if len(lines) > most:
        lines = [*lines[: most - 1], f"{lines[most - 1]} ..."]
    return lines


# Labels beside the lines, for large axes


def _in_short(words: Sequence[str], most: int) -> str:
    """As many as fit, and how many more: "llama dissolved, 5 % laid off +2"."""
    count = 1
    while count < len(words) and len(", ".join(words[: count + 1])) <= most:
        count += 1
    more = f" +{len(words) - count}" if count < len(words) else ""
    return ", ".join(words[:count]) + more


def event_labels(
    ax: Axes, scenario: Scenario, rows: int = 8, size: float = SMALL, numbered: bool = False, most: int = 44
) -> float:
    """Write above the axes what happens, in rows, so that no label meets another or another's line.

    Events for which there is no room keep their line only. Returns the height used above the axes, in points.
    """
    figure = figure_of(ax)
    edge = 72 * figure.get_figwidth() - 4
    height = 1.4 * size
    taken: list[list[Place]] = [[] for _ in range(rows)]  # spans of each row, in points
    posts: list[tuple[float, int]] = []  # (x, row) of the labels written
    for place, (month, words) in reversed(list(enumerate(events_by_month(scenario).items(), start=1))):
        text = (f"{place}  " if numbered else "") + _in_short(words, most)
        x = points(ax, (month, 0))[0, 0]
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
        thin_line(ax, (month, 1), ax.get_xaxis_transform(), (0, above + height - 2), SOFT)
    return 4 + height * (1 + max(row for _, row in posts)) if posts else 0


def _free_row(
    x: float,
    width: float,
    edge: float,
    taken: Sequence[Sequence[Place]],
    posts: Sequence[tuple[float, int]],
    pad: float = 5,
) -> tuple[int, float] | None:
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

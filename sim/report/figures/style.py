"""How every figure looks: fonts, the colours of teams, names and dates as people read them, the frame around it."""

import io
import textwrap
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeAlias

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.axis import XAxis, YAxis
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from sim.report import numbers
from sim.report.figures.glyphs import FONT, legible
from sim.results.showing import Shows
from sim.scenario import Scenario

Colour: TypeAlias = str | tuple[float, float, float]  # as Matplotlib takes it

INK, SOFT, FAINT = "#222222", "#666666", "#D9D9D9"
# Okabe and Ito's colours without yellow, which is illegible on white, and without black, which lines of the lab use.
PALETTE = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#D55E00", "#56B4E9")
OTHERS = "#A6A6A6"
DASHES: tuple[Any, ...] = ("-", (0, (5, 1.5)), (0, (1.5, 1.2)), (0, (6, 1.5, 1.5, 1.5)))  # of lines of one colour
TITLE, TEXT, SMALL = 15, 12, 11  # points, on a page 10 inches wide
WIDTH = 10.0  # inches
HASHSALT = "sim"  # the same SVG for the same figure

RC: dict[str, Any] = {
    "font.family": FONT,
    "font.size": TEXT,
    "text.color": INK,
    "axes.labelcolor": SOFT,
    "axes.labelsize": TEXT,
    "axes.edgecolor": SOFT,
    "axes.linewidth": 0.8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.grid.axis": "y",
    "axes.axisbelow": True,
    "axes.titlesize": TEXT,
    "axes.titlelocation": "left",
    "grid.color": FAINT,
    "grid.linewidth": 0.6,
    "xtick.color": SOFT,
    "ytick.color": SOFT,
    "xtick.labelsize": SMALL,
    "ytick.labelsize": SMALL,
    "xtick.major.width": 0.8,
    "ytick.major.size": 0,
    "lines.linewidth": 2.2,
    "lines.solid_capstyle": "round",
    "text.hinting": "no_hinting",  # half the time of a letter is its hinting, which nobody sees at this size
    "text.parse_math": False,  # a name may hold a dollar sign
    "svg.hashsalt": HASHSALT,
    "figure.dpi": 100,
}


@contextmanager
def _settings() -> Iterator[None]:
    with mpl.rc_context():
        mpl.rcdefaults()
        settings: Any = RC  # Matplotlib's versions differ in which names they know
        mpl.rcParams.update(settings)
        yield


styled = _settings()  # decorator: a function draws with the settings of this module, whatever the caller's own are


def leading_teams(scenario: Scenario) -> list[str]:
    """The teams that get a colour of their own, in name order: all if they are few, else those with a cohort
    or a recorded fact, and the largest in the file.

    It depends on the scenario alone, so that a team looks the same in every figure of every run.
    """
    teams = list(scenario.team)
    if len(teams) <= len(PALETTE):
        return teams
    facts = scenario.record.values()
    followed = {cohort.team for cohort in scenario.cohort.values()}  # one team each; the rest need no colours
    followed |= {fact.team for fact in facts}
    followed |= {scenario.project[fact.project].team for fact in facts if fact.project and not fact.team}

    def weight(name: str) -> tuple[bool, float, int]:
        team = scenario.team[name]
        gpus = team.gpus_per_researcher
        gpus = scenario.team_defaults.gpus_per_researcher if gpus is None else gpus
        return (name in followed, team.researchers * gpus, team.researchers)

    largest = sorted(teams, key=weight, reverse=True)[: len(PALETTE)]
    return [name for name in teams if name in largest]


def team_colours(scenario: Scenario) -> dict[str, str]:
    """Colour of every team; grey for those beyond the palette."""
    own = dict(zip(leading_teams(scenario), PALETTE, strict=False))
    return {name: own.get(name, OTHERS) for name in scenario.team}


def cohort_colours(scenario: Scenario) -> dict[str, str]:
    """Every cohort has the colour of its team; grey if it follows several."""
    teams = team_colours(scenario)
    return {name: teams.get(cohort.team or "", OTHERS) for name, cohort in scenario.cohort.items()}


def ink_on(colour: Colour) -> str:
    """Black or white, whichever reads better on a colour."""
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in mpl.colors.to_rgb(colour))
    return "#FFFFFF" if 0.2126 * red + 0.7152 * green + 0.0722 * blue < 0.3 else INK


def darker(colour: Colour, by: float = 0.25) -> Colour:
    """A shade for text in a team's colour, which must be readable on white."""
    red, green, blue = mpl.colors.to_rgb(colour)
    return (1 - by) * red, (1 - by) * green, (1 - by) * blue


def shown(name: str, most: int = 24) -> str:
    """A name as a label: in letters that the font has, underscores as spaces, long names shortened in their middle,
    since many differ at the end."""
    return shortened(legible(str(name)).replace("_", " "), most)


def shortened(words: str, most: int) -> str:
    tail = most // 3
    return words if len(words) <= most else f"{words[: most - 1 - tail].rstrip()}…{words[-tail:].lstrip()}"


listed = numbers.listed


def some(names: Sequence[str], most: int = 3) -> str:
    """a, b and c; a, b and 2 more."""
    return listed(names if len(names) <= most else [*names[: most - 1], f"{len(names) - most + 1} more"])


def percent(share: float) -> str:
    return f"{100 * share:.0f} %"


def number(value: float, places: int | None = None) -> str:
    """Three digits or all before the point, with a minus as Matplotlib's axes have it; millions as such."""
    words = f"{numbers.number(value / 1e6)} M" if abs(value) >= 1e6 else numbers.number(value, places)
    return words.replace("-", "−") if words != numbers.NONE else "none"


def column(values: Iterable[float | None]) -> list[str]:
    """Numbers below each other, with as many decimal places as the largest needs."""
    return [word.replace("-", "−") if word != numbers.NONE else "none" for word in numbers.column(values)]


def signed(value: float, places: int | None = None) -> str:
    return numbers.signed(value, places).replace("-", "−")


MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip


def month_name(scenario: Scenario, month: int) -> str:
    """February 2023."""
    year, of_year = scenario.date_of(int(month)).split("-")
    return f"{MONTHS[int(of_year) - 1]} {int(year)}"


def short_month(scenario: Scenario, month: int) -> str:
    """Feb 2023."""
    name, year = month_name(scenario, month).split()
    return f"{name[:3]} {year}"


class Picture(Figure):
    """A figure that shows itself in a notebook, whether or not anybody set up Matplotlib there."""

    def _repr_png_(self) -> bytes:
        return rendered(self)


def rendered(figure: Figure) -> bytes:
    """A figure as PNG, at the size at which it is read on a screen."""
    image = io.BytesIO()
    styled(figure.savefig)(image, format="png", dpi=RC["figure.dpi"])
    return image.getvalue()


def page(inches: float, title: str, subtitle: str, study: Shows) -> tuple[Figure, float]:
    """An empty figure with the message above, how to read it below that, and where it comes from at the foot; and the
    height, as a share of the page, below which axes find room. `inches` is what the axes and the foot need, however
    many lines stand above."""
    figure, width = Picture(figsize=(WIDTH, inches)), WIDTH - 0.4
    FigureCanvasAgg(figure)
    lines, across = wrapped(title, width, 1.1 * TITLE), width
    while across > 3 and max(measure(figure, line, TITLE, "bold")[0] for line in lines or [""]) > 72 * width:
        across *= 0.9  # wide letters
        lines = wrapped(title, across, 1.1 * TITLE)
    told = wrapped(subtitle, width, SMALL)
    title_ends = 0.16 + 1.3 * TITLE / 72 * len(lines) + 0.06
    head = title_ends + 1.3 * SMALL / 72 * len(told) + 0.08
    height = inches + head
    figure.set_size_inches(WIDTH, height)
    of_both: dict[str, Any] = {"va": "top", "linespacing": 1.25}
    figure.text(0.02, 1 - 0.16 / height, "\n".join(lines), fontsize=TITLE, fontweight="bold", gid="title", **of_both)
    figure.text(0.02, 1 - title_ends / height, "\n".join(told), fontsize=SMALL, color=SOFT, gid="subtitle", **of_both)
    figure.text(0.98, 0.1 / height, origin(study), fontsize=10, color=SOFT, ha="right", va="bottom", gid="origin")
    return figure, 1 - head / height


def panels(
    figure: Figure,
    count: int,
    room: float,
    columns: int = 3,
    *,
    margin: float = 0.0,
    left: float = 0.0,
    right: float = 0.36,
    head: float = 0.42,
    foot: float = 0.62,
    below: float = 0.35,
    end: float = 0.15,
) -> list[Axes]:
    """Axes row by row, with space around each, a margin left of all and room below all for the foot of the page.

    The lengths are in inches, `room` is the share of the page below which there is room.
    """
    width, height = figure.get_size_inches()
    columns = min(columns, count)
    storeys = -(-count // columns)
    wide, tall = (width - margin - end) / columns, (room * height - below) / storeys
    return [figure.add_axes(((margin + column * wide + left) / width,
                             (below + (storeys - 1 - storey) * tall + foot) / height,
                             (wide - left - right) / width, (tall - head - foot) / height))
            for storey, column in (divmod(index, columns) for index in range(count))]  # fmt: skip


def named_rows(ax: Axes, names: Sequence[str]) -> None:
    """A name for each row, the last at the top."""
    ax.set_yticks(range(len(names)), names, fontsize=SMALL)
    ax.set_ylim(-0.7, len(names) - 0.3)
    ax.grid(False)


def number_axis(axis: XAxis | YAxis, most: int = 6) -> None:
    """At most so many round numbers along an axis."""
    axis.set_major_locator(few_ticks(most))
    axis.set_major_formatter(tick)


def dot(ax: Axes, x: float, y: float, colour: Colour, marker: str = "o", size: float = 8, **more: Any) -> None:
    """A mark with a white edge, whole at the edge of the axes too."""
    ax.plot([x], [y], marker, markersize=size, color=colour, markeredgecolor="white", clip_on=False, **more)


def right_of(ax: Axes, row: float, words: str, colour: Colour = INK) -> None:
    """Write right of a row."""
    ax.annotate(words, (1, row), xycoords=ax.get_yaxis_transform(), xytext=(8, 0), textcoords="offset points",
                va="center_baseline", fontsize=SMALL, color=colour, annotation_clip=False, gid="label")  # fmt: skip


def figure_of(ax: Axes) -> Figure:
    """The page that axes stand on."""
    figure = ax.figure
    assert isinstance(figure, Figure)  # no figure here is part of another
    return figure


def measure(figure: Figure, text: str, size: float, weight: str = "normal") -> tuple[float, float]:
    """Width and height of a text, in points."""
    probe = figure.text(0, 0, text, fontsize=size, fontweight=weight)
    box = probe.get_window_extent()
    probe.remove()
    return 72 * box.width / figure.dpi, 72 * box.height / figure.dpi


def wrapped(words: str, inches: float, size: float) -> list[str]:
    """Lines of a text in this width; a number stays with its unit, and no single word is left for the last line."""
    words = legible(" ".join(str(words).split())).replace(" %", "\N{NO-BREAK SPACE}%")
    letters = int(72 * inches / (0.55 * size))
    lines = textwrap.wrap(words, letters)
    if len(lines) < 2 or len(lines[-1]) > letters / 3:
        return lines
    narrower = (textwrap.wrap(words, fewer) for fewer in range(letters - 1, letters // 2, -1))
    return next((found for found in narrower if len(found) == len(lines) and len(found[-1]) > letters / 3), lines)


def origin(study: Shows) -> str:
    """Scenario, replicates and seed, in a few words."""
    count, seed = len(study.replicates), study.seed
    points = len(next(iter(study.points.values()))) if study.points else 1
    words = f"{count:,} replicate{'s' * (count > 1)}, seed {seed}"
    if points > 1:
        words = f"{points:,} points together, each of {words}"
    return f"{shown(study.scenario.title, 60)}   {words}" if study.scenario.title else words


def tick(value: float, _: object = None) -> str:
    """A number on an axis."""
    return f"{value:,.6g}".replace("-", "−") if abs(value) > 1e-12 else "0"


def few_ticks(most: int = 6) -> MaxNLocator:
    """At most so many round ticks."""
    return MaxNLocator(most, steps=[1, 2, 2.5, 5, 10])


def month_axis(ax: Axes, scenario: Scenario, ticks: int = 9) -> None:
    """A calendar below an axis on which `t` is the beginning of month t and `t + 1` its end."""
    months = scenario.months
    ax.set_xlim(0, months)
    step = next((step for step in (1, 2, 3, 6, 12, 24, 60, 120, 240, 600) if months / step <= ticks), 1200)
    first = int(scenario.start[5:7]) - 1 + 12 * int(scenario.start[:4])
    marked = [t for t in range(months + (months > 3)) if (first + t) % step == 0] or [0]
    labels, told = [], None
    for t in marked:
        name, year = short_month(scenario, t).split()
        labels.append(year if step >= 12 else f"{name}\n{year if year != told else ' '}")
        told = year
    ax.set_xticks(marked, labels)
    ax.tick_params(axis="x", length=3)

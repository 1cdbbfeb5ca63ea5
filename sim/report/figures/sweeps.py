"""What the pictures of a sweep share: which factors and outcomes are drawn, what is averaged, how sure means are."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sim.aliases import Column, Floats
from sim.errors import InputError, check_names
from sim.parameter import Parameter
from sim.report.figures import style
from sim.report.figures.glyphs import legible
from sim.report.figures.labels import thin_out
from sim.report.figures.style import Colour
from sim.results.estimate import Z95
from sim.results.meanings import outcome_of
from sim.studies.sweep_folder import Sweep

Level: TypeAlias = str | float | None  # of a factor; switches are numbers

MOST = 6  # outcomes, unless named
SCATTERED = ("latin_hypercube", "sobol")


@dataclass(frozen=True)
class Chosen:
    """A sweep as it is to be drawn."""

    table: pd.DataFrame  # a row per point and outcome that is drawn, with its half-width `pm`
    outcomes: list[str]
    left: int  # outcomes that are not drawn
    factors: list[str]  # those that differ between points
    x: str
    by: str | None
    paired: str  # what `pm` is the half-width of a difference from, on the same luck; empty if it is of the mean

    @property
    def rest(self) -> list[str]:
        """Factors that differ and are neither x nor by."""
        return [name for name in self.factors if name not in (self.x, self.by)]

    def averaged(self, facet: str | None = None) -> str:
        """What is averaged because it is not shown, in words."""
        told = [f"{legible(name)} ({self.table[name].nunique()} values)" for name in self.rest if name != facet]
        return f"Means over {style.listed(told)}." if told else ""


def undrawable(sweep: Sweep) -> str:
    """Why no picture of outcomes can be made; nothing if it can."""
    if sweep.keep == "months":
        return "the sweep keeps monthly tables; draw it with --kind monthly"
    return unfinished(sweep)


def unfinished(sweep: Sweep) -> str:
    """That there is nothing yet; nothing if there is."""
    return "" if sweep.rows() else "no point of the sweep is finished"


def scattered(sweep: Sweep) -> bool:
    """Whether points lie anywhere among several numbers, so that no line or field leads from one to the next."""
    design = sweep.about["experiment"]["design"]
    numbers = [name for name in sweep.varied if is_number(sweep.design[name])]
    return design in SCATTERED and len(numbers) > 1


def too_scattered(sweep: Sweep) -> str:
    """Why neither lines nor fields can be drawn; nothing if they can."""
    scatter = "the points are scattered over several numbers; draw it with --kind parallel"
    return undrawable(sweep) or (scatter if scattered(sweep) else "")


def choose(
    sweep: Sweep, outcomes: Sequence[str] | None = None, x: str | None = None, by: str | None = None,
    most: int | None = None,
) -> Chosen:  # fmt: skip
    """Check and complete what is to be drawn, of `most` outcomes: of MOST, unless they are named.

    Raises InputError for unknown names, and for x and by alike.
    """
    known, factors = sweep.outcomes(), sweep.varied
    check_names("outcome: the sweep keeps no", outcomes or [], known)
    for option, factor in (("x", x), ("by", by)):
        check_names(f"{option}: no factor differs between the points named", [factor] if factor else [], factors)
    if x is not None and x == by:
        raise InputError(f"x and by: both are '{x}'; give two factors, or leave one out")
    numeric = [name for name in factors if is_number(sweep.design[name])]
    free = [name for name in [*numeric, *factors] if name != by]
    x = x or (free[0] if free else None)
    if x is None:
        raise InputError(f"by: '{by}' is the only factor that differs; give it as x, or leave it out")
    if by is None:
        by = next((name for name in factors if name != x), None)
    drawn, paired = list(outcomes or known[:MOST])[:most], ""
    table = sweep.of(drawn)
    if "paired_sd" in table and table["paired_sd"].notna().any():
        paired = "the scenario as it stands" if sweep.keep == "summary" else "the first point"
    spread = table["paired_sd"] if paired else table["sd"]
    table = table.assign(pm=Z95 * spread / np.sqrt(table["replicates"].clip(lower=1)))
    return Chosen(table, drawn, len(known) - len(drawn), factors, x, by, paired)


def chosen_rows(sweep: Sweep, **asked: Any) -> pd.DataFrame:
    """What is drawn, as rows: the data beside the picture."""
    return choose(sweep, **asked).table


def is_number(column: Column) -> bool:
    return pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column)


def levels_of(column: Column) -> list[Any]:
    """The levels of a factor (each a `Level`): numbers rising, others in the order of the design."""
    found: list[Any] = list(dict.fromkeys(column))
    return sorted(found) if is_number(column) else found


def level_words(value: Level, most: int = 18) -> str:
    if isinstance(value, (bool, np.bool_)):
        return "on" if value else "off"
    if isinstance(value, (int, float, np.number)):
        words = f"{value:.3g}"
        return (words if "e" not in words else f"{value:,.6g}").replace("-", "−")
    return style.shown(str(value), most)


def graded(levels: Sequence[Level]) -> bool:
    """Whether so many numbers are told apart by shades of one scale, not by colours and names."""
    return len(levels) > len(style.PALETTE) and not any(isinstance(level, (str, bool)) for level in levels)


def colours_of(levels: Sequence[Level]) -> list[Colour]:
    """A colour for each level; those of the palette come again where words are many."""
    if graded(levels):
        return [tuple(shade) for shade in mpl.colormaps["viridis"](np.linspace(0, 0.9, len(levels)))]
    return [style.PALETTE[index % len(style.PALETTE)] for index in range(len(levels))]


def scale_of_colours(figure: Figure, ax: Axes, column: Column) -> None:
    """A scale of colours for many levels of a number, right of the axes."""
    low, high = column.min(), column.max()
    norm = mpl.colors.Normalize(low, high + (high - low) / 9)  # the lines use nine tenths of the colours
    box = ax.get_position()
    axes = figure.add_axes((box.x1 + 0.02, box.y0, 0.012, box.height))
    bar = figure.colorbar(mpl.cm.ScalarMappable(norm, "viridis"), cax=axes, ticks=style.few_ticks(4), format=style.tick)
    bar.outline.set_visible(False)
    axes.set_ylim(low, high)


def foot(column: Column, columns: int) -> tuple[float, bool]:
    """Inches below axes for the levels of a factor and its name, and whether words must be turned to find room in so
    many columns of axes."""
    if is_number(column):
        return 0.72, False
    words = [level_words(level) for level in set(column)]
    longest = 0.085 * max(len(word) for word in words)
    turned = len(words) * (longest + 0.1) > 7.5 / columns - 1
    return 0.72 + (0.9 * longest if turned else 0.0), turned


def level_ticks(ax: Axes, column: Column, turned: bool) -> None:
    """The levels of a factor, one after the other below the axes; numbers that would meet are left out."""
    levels = levels_of(column)
    how: dict[str, Any] = {"rotation": 60, "ha": "right", "rotation_mode": "anchor"} if turned else {}
    ax.set_xticks(range(len(levels)), [level_words(level) for level in levels], **how)
    if is_number(column):
        thin_out(ax.xaxis)


def panel_title(outcome: str, most: int = 30) -> str:
    """An outcome with its unit."""
    about = outcome_of(outcome)
    return f"{style.shown(about.label, most)}, {about.unit}" if about.unit else style.shown(about.label, most)


def factor_label(sweep: Sweep, path: str, most: int = 44) -> str:
    """A factor's path with its unit."""
    entry = _entry(sweep, path)
    unit = f", {entry.unit}" if entry and entry.unit else ""
    return f"{style.shortened(legible(path), most)}{unit}"


def lines_of(words: str, inches: float) -> list[str]:
    """A label in lines that a side of so many inches holds, broken before the unit; the last way out is to shorten."""
    letters = int(72 * inches / (0.6 * style.TEXT))
    lines = [words] if len(words) <= letters else words.split(", ", 1)
    return [style.shortened(line, letters) for line in lines]


def _entry(sweep: Sweep, path: str) -> Parameter | None:
    try:
        return sweep.scenario.parameter(path)
    except InputError:
        return None


def _meaning(sweep: Sweep, path: str) -> str:
    entry = _entry(sweep, path)
    return f"{legible(path)}: {entry.meaning}." if entry and entry.meaning else ""


def title(sweep: Sweep) -> str:
    experiment = sweep.about["experiment"]
    factors = [legible(name) for name in sweep.varied]
    return experiment["title"] or f"What {style.listed(factors)} change{'s' * (len(factors) == 1)}"


def how_to_read(
    sweep: Sweep, chosen: Chosen, marks: str = "", averaged: str = "", factors: Sequence[str | None] = ()
) -> str:
    """The question, what the factors mean, how sure the means are, what is averaged, and how many points failed."""
    meanings = [_meaning(sweep, path) for path in factors if path and is_number(sweep.design[path])]
    words = [sweep.about["experiment"]["question"], *meanings, marks, averaged]
    status = sweep.status()
    if status["failed"]:
        words.append(f"{status['failed']:,} of {status['points']:,} points failed and are left out.")
    if status["done"] < status["points"]:
        words.append(f"{status['points'] - status['done']:,} of {status['points']:,} points are not run yet.")
    if chosen.left > 0:
        words.append(f"{chosen.left} more outcomes: --outcome.")
    return " ".join(word for word in words if word)


def bands_words(chosen: Chosen) -> str:
    if chosen.paired:
        return f"Bands: 95 % intervals of the difference from {chosen.paired}, on the same luck."
    return (
        "Bands: 95 % intervals of each mean. Points share their luck, so differences between them are much surer than "
        "the bands."
    )


def colour_range(values: Floats, pm: Floats) -> tuple[float, float]:
    """Ends of a colour scale that noise cannot fill: at least eight half-widths wide, and not below 0 for no reason."""
    low, high = float(np.nanmin(values)), float(np.nanmax(values))
    noise = np.nan_to_num(np.nanmedian(pm)) if np.isfinite(pm).any() else 0.0
    least = max(8 * noise, 1e-9 * max(1.0, abs(low)))
    if high - low >= least:
        return low, high
    start = (low + high - least) / 2
    start = max(0.0, start) if low >= 0 else start
    return start, start + least

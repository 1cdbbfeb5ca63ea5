"""Numbers as people read them, the same in every table, sentence and picture: 2,090; 63.8; -4.0 ± 0.2; 54 %."""

import math
from collections.abc import Iterable

from sim.results.estimate import NOTHING, Estimate

NONE = "-"  # in place of a number that there is not


def number(value: float | None, places: int | None = None) -> str:
    """Three digits, or all before the point: 2,090; 63.8; 3.87; 0.54; 0.0123. Or that many decimal places."""
    if value is None or not math.isfinite(value):
        return NONE
    if places is None:
        if value != 0 and not 1e-6 <= abs(value) < 1e12:
            return f"{value:.3g}"
        places = _places(value)
        words = f"{value:,.{places}f}"
        if abs(value) < 1 and "." in words:
            words = words.rstrip("0").rstrip(".")
    else:
        words = f"{value:,.{places}f}"
    return words.removeprefix("-") if float(words.replace(",", "")) == 0 else words


def column(values: Iterable[float | None]) -> list[str]:
    """Numbers of one column with as many decimal places as its largest needs: 8.1, 0.5, 36.0; 0.94, 0.06."""
    given = [abs(value) for value in values if value is not None and math.isfinite(value)]
    largest = float(max(given, default=0.0))
    places = _places(largest) - (largest < 1) if largest > 1e-9 else 0  # less is what sums may differ by
    return [number(value, places) for value in values]


def _places(value: float) -> int:
    """Decimal places that leave three digits of what the number is rounded to; whole numbers of Python have none."""
    rounded = abs(float(f"{value:.3g}"))
    if rounded == 0 or isinstance(value, int):
        return 0
    return max(0, min(9, 2 - math.floor(math.log10(rounded))))


def signed(value: float | None, places: int | None = None) -> str:
    """With its sign: +4.0, -4.0; nothing before zero."""
    words = number(value, places)
    return words if words == NONE or words.startswith("-") or not words.strip("0.,") else f"+{words}"


def percent(share: float | None, places: int | None = None) -> str:
    """A share: 54 %; 1.6 % below five."""
    if share is None or not math.isfinite(share):
        return NONE
    if places is None:
        places = 0 if abs(share) >= 0.0495 or share == 0 else 1
    return f"{number(100.0 * share, places)} %"


def places_for(width: float) -> int:
    """Decimal places at which a half-width still says something: 0.2 has one, 0.13 two, 4 and 12 none."""
    if not math.isfinite(width) or width <= 0:
        return 1
    power = math.floor(math.log10(width))
    leading = width / 10.0**power
    return max(0, min(6, -power + (leading < 1.45)))


def estimate(found: Estimate, sign: bool = False, places: int | None = None) -> str:
    """63.8 ± 0.2; and for every further interval its span: -4.0 ± 0.2 (-5.0 to -1.5)."""
    if not math.isfinite(found.value):
        return NONE
    form = signed if sign else number
    if not found.luck.known or found.half_width < NOTHING:  # nothing is known of luck, or it has no part in this
        words = form(found.value, places)
    else:
        places = places_for(found.half_width) if places is None else places
        words = f"{form(found.value, places)} ± {number(found.half_width, places)}"
    for other in found.beyond():
        if other.known:
            words += f" ({span(other.low, other.high, places)})"
    return words


def span(low: float | None, high: float | None, places: int | None = None) -> str:
    """52 to 76; one number where both ends read the same."""
    start, end = number(low, places), number(high, places)
    return start if start == end else f"{start} to {end}"


def listed(words: Iterable[object]) -> str:
    """a, b and c."""
    *first, last = [str(word) for word in words] or [""]
    return f"{', '.join(first)} and {last}" if first else last


def plural(count: float, thing: str, things: str = "") -> str:
    """1 case, 3 cases."""
    return f"{number(count)} {thing if count == 1 else things or thing + 's'}"

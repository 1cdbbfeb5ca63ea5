"""Names in any script: what the figures' font cannot show is written in Latin letters."""

import unicodedata
import warnings
from functools import cache

from anyascii import anyascii

FONT = "DejaVu Sans"
_warned: set[bool] = set()  # sessions are told once


@cache
def _charmap() -> frozenset[int]:
    """The letters of the font in both weights that figures use."""
    from matplotlib.font_manager import FontProperties, findfont, get_font

    maps = [
        set(get_font(findfont(FontProperties(family=FONT, weight=weight))).get_charmap())
        for weight in ("normal", "bold")
    ]
    return frozenset(maps[0] & maps[1])


def _can_show(letter: str) -> bool:
    """Right-to-left scripts are in the font, but older Matplotlib sets their letters apart and the wrong way round."""
    return ord(letter) in _charmap() and unicodedata.bidirectional(letter) not in ("R", "AL", "AN")


@cache
def legible(text: str) -> str:
    """The text with every word that the font cannot show transliterated, and without control characters.

    The first time that it happens there is one warning.
    """
    text = "".join(" " if unicodedata.category(letter) == "Cc" and letter != "\n" else letter for letter in text)
    if text.isascii() or all(map(_can_show, text)):
        return text
    if not _warned:
        _warned.add(True)
        warnings.warn(f"the figures' font cannot show '{text}', so such names are written in Latin letters",
                      stacklevel=2)  # fmt: skip
    return "".join(letter if _can_show(letter) else anyascii(letter) or "?" for letter in text)

"""How wide things are printed: as wide as a terminal is, unbroken in a pipe, where every line is one fact."""

import shutil
import sys
import textwrap
from collections.abc import Iterable


def room() -> int | None:
    """Letters in a line of the terminal; None in a pipe or a file."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else None


def bold(words: str) -> str:
    """Words in bold, on a terminal."""
    return f"\033[1m{words}\033[0m" if words and sys.stdout.isatty() else words


def definitions(pairs: Iterable[tuple[str, str]], width: int | None) -> str:
    """Names with what they mean, a line each; where that is wider than `width` letters, the meaning is broken and
    indented."""
    pairs = list(pairs)
    wide = max((len(name) for name, _ in pairs), default=0)
    lines = []
    for name, meaning in pairs:
        line = f"{name.ljust(wide)}  {meaning}".rstrip()
        if width is None or len(line) <= width:
            lines.append(line)
        elif wide + 30 <= width:
            lines += textwrap.wrap(line, width, subsequent_indent=" " * (wide + 2), break_on_hyphens=False)
        else:
            lines += [name, *below(meaning, width)]
    return "\n".join(lines)


def below(words: str, width: int) -> list[str]:
    """Words as lines that stand below what they are about."""
    return textwrap.wrap(words, width, initial_indent="    ", subsequent_indent="    ", break_on_hyphens=False)

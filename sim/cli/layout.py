"""How wide things are printed: as wide as a terminal is, unbroken in a pipe, where every line is one fact."""

import shutil
import sys
import textwrap


def room() -> int | None:
    """Letters in a line of the terminal; None in a pipe or a file."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else None


def bold(words: str) -> str:
    """Words in bold, on a terminal."""
    return f"\033[1m{words}\033[0m" if words and sys.stdout.isatty() else words


def definitions(pairs, width: int | None) -> str:
    """Names with what they mean, a line each; on a narrow terminal the meaning is broken and indented."""
    pairs = [(str(name), str(meaning)) for name, meaning in pairs]
    wide = max((len(name) for name, _ in pairs), default=0)
    lines = []
    for name, meaning in pairs:
        line = f"{name.ljust(wide)}  {meaning}".rstrip()
        if width is None or len(line) <= width:
            lines.append(line)
        elif wide + 30 <= width:
            lines += textwrap.wrap(line, width, subsequent_indent=" " * (wide + 2), break_on_hyphens=False)
        else:
            lines += [
                name,
                *textwrap.wrap(meaning, width, initial_indent="    ", subsequent_indent="    ", break_on_hyphens=False),
            ]
    return "\n".join(lines)

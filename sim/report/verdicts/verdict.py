"""What was found, in words and small tables: printed by the command line, shown in a notebook, set into the report."""

import textwrap
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from html import escape

import pandas as pd

from sim.report.console import plain

GAP = 2  # letters between columns
NARROW = 80  # letters of a terminal that one may count on
UNBROKEN = 10_000


@dataclass(frozen=True)
class Shown:
    """A table of texts, ready to be read. Column headings are broken over lines at their spaces."""

    title: str
    columns: dict[str, list[str]]  # texts of people among them; they are made `plain`
    left: int = 1  # so many columns, from the first, stand to the left
    note: str = ""
    full: bool = False  # only shown where everything is asked for
    most: int = 0  # if not 0: so many columns always stay, the last of the others give way where there is no room

    def __post_init__(self) -> None:
        columns = {plain(name): [plain(word) for word in words] for name, words in self.columns.items()}
        object.__setattr__(self, "columns", columns)
        object.__setattr__(self, "title", plain(self.title))

    def rows(self) -> list[tuple[str, ...]]:
        return list(zip(*self.columns.values(), strict=True))

    def widths(self) -> list[int]:
        return [max([0, *map(len, _broken(name, values)), *map(len, values)]) for name, values in self.columns.items()]

    def width(self) -> int:
        return sum(self.widths()) + GAP * (len(self.columns) - 1)

    def fitting(self, width: int | None) -> "Shown":
        """The table without the last columns that may give way, as far as it is wider; a line says which."""
        columns = dict(self.columns)
        hidden: list[str] = []
        while self.most and width and len(columns) > self.most and replace(self, columns=columns).width() > width:
            hidden.insert(0, columns.popitem()[0])
        if not hidden:
            return self
        return replace(self, columns=columns, note=f"{self.note} No room for: {'; '.join(hidden)} (--full).".strip())

    def text(self, bold: Callable[[str], str] = str, width: int | None = None) -> str:
        """As plain text. No cell is ever cut, whatever the width: a name that cannot be copied is no name."""
        shown = self.fitting(width)
        if shown is not self:
            return replace(shown, most=0).text(bold, width)
        lines = _wrapped(self.title, width or UNBROKEN)
        lines = [bold(line) for line in lines]
        stacked = width is not None and 0 < width < self.width() and len(self.columns) > 1
        lines += self._stacked() if stacked else self._lines()
        if self.note:
            lines += _wrapped(self.note, width or NARROW)
        return "\n".join(lines)

    def _lines(self) -> list[str]:
        widths = self.widths()
        heads = [_broken(name, values) for name, values in self.columns.items()]
        tall = max((len(head) for head in heads), default=0)
        above = zip(*([""] * (tall - len(head)) + head for head in heads), strict=True)
        lines = []
        for row in (*above, *self.rows()):
            cells = (
                word.ljust(wide) if index < self.left else word.rjust(wide)
                for index, (word, wide) in enumerate(zip(row, widths, strict=True))
            )
            lines.append((" " * GAP).join(cells).rstrip())
        return lines

    def _stacked(self) -> list[str]:
        """Where there is no room, the first column stands above each row."""
        first, *rest = self.columns
        below = replace(self, columns={name: self.columns[name] for name in rest}, left=max(0, self.left - 1))
        lines = below._lines()
        heads = len(lines) - len(self.columns[first])
        rows = zip(self.columns[first], lines[heads:], strict=True)
        return [first, *(f"  {line}" for line in lines[:heads]),
                *(line for name, row in rows for line in (name, f"  {row}"))]  # fmt: skip

    def html(self) -> str:
        def row(tag: str, words: Iterable[str]) -> str:
            cells = (
                f'<{tag} style="text-align:{"left" if index < self.left else "right"}">{escape(word)}</{tag}>'
                for index, word in enumerate(words)
            )
            return f"<tr>{''.join(cells)}</tr>"

        body = "".join(row("td", words) for words in self.rows())
        note = f"<p><small>{escape(self.note)}</small></p>" if self.note else ""
        caption = f'<caption style="text-align:left;caption-side:top"><b>{escape(self.title)}</b></caption>'
        return f"<table>{caption}<thead>{row('th', self.columns)}</thead><tbody>{body}</tbody></table>{note}"


def _wrapped(words: str, width: int) -> list[str]:
    """A text in lines; a number stays with its unit and its interval."""
    whole = words.replace(" %", "\N{NO-BREAK SPACE}%").replace(" ± ", "\N{NO-BREAK SPACE}±\N{NO-BREAK SPACE}")
    return [line.replace("\N{NO-BREAK SPACE}", " ") for line in textwrap.wrap(whole, width, break_on_hyphens=False)]


def _broken(name: str, values: Sequence[str]) -> list[str]:
    """A heading over several lines, so that it is not much wider than what stands below it."""
    wide = max([6, *map(len, values)])
    return textwrap.wrap(name, wide, break_long_words=False, break_on_hyphens=False) or [""]


@dataclass(frozen=True)
class Verdict:
    """What a study found: `found` says it in sentences, the first one first; `summary` holds the numbers."""

    title: str  # what was studied, with replicates and seed
    question: str
    found: list[str]
    summary: pd.DataFrame
    tables: list[Shown] = field(default_factory=list)
    more: str = ""  # what to ask for to see more

    def __post_init__(self) -> None:
        for name in ("title", "question"):
            object.__setattr__(self, name, plain(getattr(self, name)))
        object.__setattr__(self, "found", [plain(words) for words in self.found])

    def text(self, full: bool = False, width: int | None = NARROW, bold: Callable[[str], str] = str) -> str:
        """As plain text, sentences broken at `width` (None: not at all); `full` with every table and column.

        `bold` dresses headings.
        """
        room, width = None if full else width, width or UNBROKEN
        lines = [bold(line) for line in _wrapped(self.title, width)] + _wrapped(self.question, width)
        lines.append("")
        for sentence in self.found:
            lines += [f"  {line}" for line in _wrapped(sentence, width - 2)]
        hidden = False
        for table in self.tables:
            if table.full and not full:
                hidden = True
            else:
                lines += ["", table.text(bold, room)]
        if hidden and self.more:
            lines += ["", self.more]
        return "\n".join(lines)

    def __str__(self) -> str:
        return self.text()

    def _repr_html_(self) -> str:
        head, *rest = self.found or [""]
        parts = [f"<p><b>{escape(self.title)}</b><br><i>{escape(self.question)}</i></p>", f"<p><b>{escape(head)}</b>"]
        parts += [f"<br>{escape(sentence)}" for sentence in rest]
        parts.append("</p>")
        for table in self.tables:
            shown = table.html()
            if table.full:
                shown = f"<details><summary>{escape(table.title)}</summary>{shown}</details>"
            parts.append(shown)
        return f"<div>{''.join(parts)}</div>"

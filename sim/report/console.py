"""What is printed: user text is never markup and holds no terminal escapes, and printing never fails."""

import re
from typing import Any, TextIO

CLOSED = (OSError, ValueError)  # a full disk, a pipe nobody reads, a stream that was closed


# What a terminal obeys, but for line breaks, tabs and the colours and weights that we set ourselves.
ORDERS = re.compile(r"(?!\x1b\[[0-9;]{0,20}m)[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


class Unfailing:
    """A text stream that never raises: what its encoding lacks becomes `?`, what cannot be written is dropped.

    `failed` keeps the first reason why something was dropped. With `words`, all that is written is text: whatever else
    a terminal would obey is taken out, wherever it came from.
    """

    def __init__(self, stream: TextIO | None, words: bool = False) -> None:
        self.stream, self.words = stream, words
        self.failed: OSError | ValueError | None = None

    def write(self, text: str) -> int:
        if self.words:
            text = ORDERS.sub("\ufffd", text)
        if self.stream is not None and self.failed is None:
            try:
                _write(self.stream, text)
            except CLOSED as error:
                self.failed = error
        return len(text)

    def flush(self) -> None:
        if self.stream is not None and self.failed is None:
            try:
                self.stream.flush()
            except CLOSED as error:
                self.failed = error

    def isatty(self) -> bool:
        try:
            return self.stream is not None and self.stream.isatty()
        except ValueError:
            return False

    def __getattr__(self, name: str) -> Any:
        return getattr(self.stream, name)


def _write(stream: TextIO, text: str) -> None:
    """Write a text; what the stream's encoding lacks becomes `?`."""
    try:
        stream.write(text)
    except UnicodeEncodeError:
        encoding = stream.encoding or "ascii"
        stream.write(text.encode(encoding, "replace").decode(encoding))


JOINERS = "\u200c\u200d"  # invisible, and needed to write Persian, Hindi and others


def plain(words: object) -> str:
    """A text without what a terminal would obey: control characters, and marks that turn the reading direction.

    Line breaks and other white space become spaces.
    """
    return "".join(" " if c.isspace() else c if c.isprintable() or c in JOINERS else "\ufffd" for c in str(words))

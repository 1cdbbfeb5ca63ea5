"""Folders in which a study grows, piece by piece: one process at a time writes to it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from sim.aliases import AnyPath
from sim.errors import InputError
from sim.results.folder import check_growable, clear, tidy, writing


@contextmanager
def growing(out: AnyPath, kind: str, *, doing: str, fresh: bool) -> Iterator[Path]:
    """The folder of a study of this kind, held against other processes; emptied first if it is to be `fresh`.

    Raises InputError for a folder of something else, one that another process holds, and where it cannot be written.
    """
    folder = Path(out)
    check_growable(folder, kind)
    with writing(folder):
        folder.mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(folder / ".lock", timeout=0):
            if fresh:
                clear(folder)
            for written in (folder, *folder.glob("**/pieces")):
                tidy(written)
            yield folder
    except Timeout:
        raise InputError(f"{folder}: another process is {doing} into this folder") from None
    except OSError as error:
        raise InputError(f"{folder}: cannot write: {error.strerror or error}; finished pieces are kept") from error

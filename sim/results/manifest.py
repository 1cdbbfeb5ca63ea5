"""The list of the files that the program made in a folder, with size and hash: what may be replaced, what is damaged.

A line a file, only ever added to. A file is entered before it gets its name, so that one which stands there, whole, is
on the list whatever was killed in between; a file written anew has two lines, and either is right.
"""

import hashlib
import json
import os
from collections import defaultdict
from pathlib import Path
from typing import TypeAlias

from sim.aliases import AnyPath
from sim.errors import InputError
from sim.results.owners import made_by_us

MANIFEST = "manifest.jsonl"
LOCK = ".lock"  # of sweeps; empty
Stamp: TypeAlias = tuple[int, str]  # size and SHA-256 of a file
Entered: TypeAlias = dict[str, set[Stamp]]  # name -> the stamps that the file may have


def stamp(path: AnyPath) -> Stamp:
    """Size and SHA-256 of a file."""
    with open(path, "rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
        return file.tell(), digest


def enter(folder: AnyPath, files: dict[str, Path]) -> None:
    """Add files to the list: the name (with `/`, from the folder) that each has or will have -> where it is now."""
    lines = []
    for name, path in files.items():
        size, digest = stamp(path)
        lines.append(json.dumps({"name": name, "size": size, "sha256": digest}))
    if not lines:
        return
    with open(Path(folder) / MANIFEST, "ab+") as file:
        if file.tell() and (file.seek(-1, os.SEEK_END), file.read(1))[1] != b"\n":
            file.write(b"\n")  # after a line that a kill cut short
        file.write(("\n".join(lines) + "\n").encode())


def entered(folder: AnyPath) -> Entered:
    """Name -> the sizes and hashes that it may have; empty where there is no list. Unreadable lines are left out."""
    path = Path(folder) / MANIFEST
    found: defaultdict[str, set[Stamp]] = defaultdict(set)
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return {}
    for line in text.splitlines():
        try:
            entry = json.loads(line)
            found[str(entry["name"])].add((int(entry["size"]), str(entry["sha256"])))
        except (ValueError, TypeError, KeyError, RecursionError):
            continue
    return dict(found)


def damage(folder: AnyPath, name: str, known: Entered | None = None) -> str | None:
    """What is wrong with a file that was written to the folder: `is missing`, ...; None if it is as it was written.

    A folder without a list, of an older version, has nothing to be compared with. `known` is `entered(folder)`, for
    whoever asks about many files.
    """
    path = Path(folder) / name
    known = entered(folder) if known is None else known
    if not path.is_file():
        return "is missing"
    if known and name not in known:
        return f"is not on the list of what was written ({MANIFEST})"
    if known and stamp(path) not in known[name]:
        return "is not as it was written: its size or hash differs"
    return None


def strangers(folder: AnyPath) -> list[str]:
    """Whatever in a folder the program did not write, or not as it is now, and so may not delete."""
    folder = Path(folder)
    known, found = entered(folder), []
    for name in files_in(folder):
        path = folder / name
        if name in (MANIFEST, LOCK) and path.is_file() and (name == MANIFEST or not path.stat().st_size):
            continue
        if path.is_symlink() or name not in known or not path.is_file() or stamp(path) not in known[name]:
            found.append(name)
    return found


def files_in(folder: AnyPath) -> list[str]:
    """Names of all in a folder that is no folder itself, links included, but for temporary files of ours."""
    found = []
    for here, folders, files in os.walk(Path(folder)):
        above = Path(here)
        folders[:] = [name for name in folders if not made_by_us(above / name)]
        links = [name for name in folders if (above / name).is_symlink()]
        found += [above / name for name in (*files, *links) if not made_by_us(above / name)]
    return sorted(path.relative_to(folder).as_posix() for path in found)


def refuse_strangers(folder: AnyPath) -> None:
    """Raise InputError if the folder holds anything that the program did not write."""
    found = strangers(folder)
    if found:
        known = entered(folder)
        words = [f"{name} (changed since it was written)" if name in known else name for name in found[:3]]
        more = f" and {len(found) - 3} more" if len(found) > 3 else ""
        raise InputError(f"{folder}: is not empty, and holds what this program did not write and will not delete: "
                         f"{', '.join(words)}{more}; give an empty or a new folder")  # fmt: skip

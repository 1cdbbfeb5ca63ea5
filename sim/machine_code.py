"""The folder in which compiled machine code waits for the next process: ours alone, and only as it was written.

Numba unpickles what it finds there, so whoever can write to the folder can run code; and a file that was cut short
ends the process. Each version of the engine has a folder of its own with a list of its files and their hashes: what is
not on the list, or not as listed, is made again.
"""

import hashlib
import os
import shutil
import stat
import sys
import time
from pathlib import Path

LIST = "machine-code.sha256"  # also the mark by which a folder is known for ours
KINDS = (".nbi", ".nbc")
KEPT = 4  # versions of the engine
_checked: set[Path] = set()
_told: set[str] = set()


def usable_folder(root: Path, fingerprint: str) -> Path | None:
    """The folder for one version of the engine, checked; None where it cannot be written, or not by us alone."""
    folder = root / fingerprint
    try:
        root.mkdir(parents=True, exist_ok=True, mode=0o700)
        if not folder.exists():
            _forget_old(root)
            folder.mkdir(exist_ok=True, mode=0o700)
        for ours in (root, folder):
            if _open_to_others(ours):
                _tell(f"machine code is not kept in {ours}: others can write to it (chmod go-w)")
                return None
        (folder / LIST).touch()
        if folder not in _checked:
            _remove_unlisted(folder)
            _checked.add(folder)
    except OSError:
        return None
    return folder if os.access(folder, os.W_OK) else None


def note_new(folder: Path) -> None:
    """Put all that was compiled into the list."""
    known = _listed(folder)
    lines = []
    for path in _files(folder):
        try:
            digest = _digest(path)
        except FileNotFoundError:  # another process took it for unfinished
            continue
        if digest not in known.get(path.name, ()):
            lines.append(f"{digest}  {path.name}\n")
    if lines:
        with open(folder / LIST, "a", encoding="utf-8") as file:
            file.write("\n" + "".join(lines))  # the last line may have been cut short


def _files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.suffix in KINDS]


def _listed(folder: Path) -> dict[str, set[str]]:
    known: dict[str, set[str]] = {}
    for line in (folder / LIST).read_text(encoding="utf-8", errors="replace").splitlines():
        digest, _, name = line.partition("  ")
        known.setdefault(name, set()).add(digest)
    return known


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _remove_unlisted(folder: Path) -> None:
    known = _listed(folder)
    for path in _files(folder):
        if _digest(path) not in known.get(path.name, ()):
            path.unlink(missing_ok=True)
    for path in folder.rglob("*.tmp.*"):  # of processes that were killed while they wrote
        if time.time() - path.stat().st_mtime > 3600:
            path.unlink(missing_ok=True)


def _open_to_others(folder: Path) -> bool:
    if not hasattr(os, "getuid"):
        return False
    about = folder.stat()
    return about.st_uid not in (os.getuid(), 0) or bool(about.st_mode & (stat.S_IWGRP | stat.S_IWOTH))


def _tell(words: str) -> None:
    if words not in _told:
        _told.add(words)
        print(words, file=sys.stderr)


def _forget_old(root: Path) -> None:
    """Drop the machine code of all but the newest few versions of the engine."""
    folders = [path for path in root.iterdir() if (path / LIST).is_file() and not path.is_symlink()]
    ours = [folder for folder in folders if _holds_only_code(folder)]
    for folder in sorted(ours, key=lambda folder: folder.stat().st_mtime)[:-KEPT]:
        shutil.rmtree(folder, ignore_errors=True)


def _holds_only_code(folder: Path) -> bool:
    files = [path for path in folder.rglob("*") if path.is_symlink() or not path.is_dir()]
    return all(path.suffix in KINDS or ".tmp." in path.name or path.name == LIST for path in files)

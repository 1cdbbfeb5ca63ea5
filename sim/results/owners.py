"""Temporary files and folders that say in their name which process made them, so that those of dead ones can go."""

import hashlib
import os
import re
import secrets
import socket
import time
from pathlib import Path

OLD = 86_400  # seconds after which a process of another machine counts as dead
NAME = re.compile(r"\..{1,100}\.sim-(?P<host>[0-9a-f]{8})-(?P<pid>\d{1,10})-[0-9a-f]{8}\.(?P<use>new|old)")


def hidden(path: Path, use: str) -> Path:
    """A name beside a path that nothing has yet: for what is to become it (`new`) or what it was (`old`)."""
    return path.parent / f"{_stem(path)}.sim-{_host()}-{os.getpid()}-{secrets.token_hex(4)}.{use}"


def made_by_us(path: Path) -> bool:
    """Whether the path has a name that `hidden` gives."""
    return NAME.fullmatch(path.name) is not None


def leftovers(path: Path) -> list[tuple[Path, str]]:
    """What dead processes left beside a path on its behalf, with the use that it was for."""
    return [(left, use) for left, use in abandoned(path.parent) if left.name.startswith(f"{_stem(path)}.sim-")]


def abandoned(folder: Path) -> list[tuple[Path, str]]:
    """All that dead processes left in a folder, with the use that it was for."""
    found = []
    for entry in os.scandir(folder):
        said = NAME.fullmatch(entry.name)
        if said and _dead(Path(entry.path), said):
            found.append((Path(entry.path), said["use"]))
    return found


def _stem(path: Path) -> str:
    name = path.name
    if len(name.encode()) > 90:  # names have at most 255 bytes
        name = hashlib.sha256(name.encode()).hexdigest()[:40]
    return f".{name}"


def _host() -> str:
    return hashlib.sha256(socket.gethostname().encode()).hexdigest()[:8]


def _dead(path: Path, said: re.Match[str]) -> bool:
    try:
        if time.time() - path.lstat().st_mtime > OLD:
            return True
        if said["host"] != _host() or os.name == "nt":  # there, to ask after a process is to end it
            return False
        os.kill(int(said["pid"]), 0)
    except (ProcessLookupError, OverflowError):
        return True
    except OSError:
        return False
    return False

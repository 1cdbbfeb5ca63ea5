"""Folders that appear whole or not at all, and where a result came from."""

import json
import platform
import shutil
import subprocess
import tempfile
from contextlib import contextmanager
from importlib import metadata
from pathlib import Path

from sim.errors import InputError

PACKAGES = ("mesa", "numpy", "pandas", "numba", "scipy", "matplotlib")
DISTRIBUTION = "gpu-lab-sim"


@contextmanager
def whole_folder(folder, mark):
    """A temporary folder beside `folder`, put in its place when the block ends well and removed when it does not.

    An existing folder is replaced only if it is empty or holds a file named `mark`, the sign that it is one of ours.
    """
    folder = Path(folder)
    check_replaceable(folder, mark)
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        new = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    except OSError as error:
        raise InputError(f"{folder}: cannot write here: {error.strerror or error}") from error
    try:
        yield new
        new.chmod(0o755)
        old = None
        if folder.exists():
            old = Path(tempfile.mkdtemp(prefix=f".{folder.name}-old-", dir=folder.parent))
            folder.rename(old / "old")
        new.rename(folder)
        if old:
            shutil.rmtree(old, ignore_errors=True)
    except OSError as error:
        raise InputError(f"{folder}: cannot write: {error.strerror or error}") from error
    finally:
        shutil.rmtree(new, ignore_errors=True)


def check_replaceable(folder, mark):
    """Raise InputError if the folder holds something that is not ours."""
    folder = Path(folder)
    if folder.exists() and not folder.is_dir():
        raise InputError(f"{folder}: is a file, not a folder")
    if folder.is_dir() and any(folder.iterdir()) and not (folder / mark).exists():
        raise InputError(f"{folder}: is not empty and holds no {mark}; give an empty or a new folder")


def write_about(folder, mark, kind, **rest):
    """Write what it takes to repeat a study into its folder: the file `mark`."""
    about = {"kind": kind, "provenance": provenance(), **rest}
    (Path(folder) / mark).write_text(json.dumps(about, indent=1) + "\n", encoding="utf-8")


@contextmanager
def reading(folder, what):
    """Whatever goes wrong while a saved result is read is an InputError that names the folder."""
    try:
        yield
    except InputError:
        raise
    except (OSError, ValueError, KeyError) as error:
        raise InputError(f"{folder}: not a saved {what} ({error})") from error


def read_about(file, kind) -> dict:
    """What `write_about` wrote, of the same kind; ValueError for another. To be used while `reading`."""
    about = json.loads(Path(file).read_text(encoding="utf-8"))
    if not isinstance(about, dict) or about.get("kind") != kind:
        raise ValueError("another kind of result")
    return about


def provenance() -> dict:
    """Versions and git revision that made a result."""
    versions = {}
    for package in (DISTRIBUTION, *PACKAGES):
        try:
            versions[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            versions[package] = None
    return {"python": platform.python_version(), "versions": versions, "git": git_revision()}


def git_revision() -> str | None:
    """Commit of the checkout that this package runs from, with `+changes` if it was edited since; None outside one."""
    here = Path(__file__).parent
    git = ["git", "-C", str(here)]
    try:
        top = subprocess.run([*git, "ls-files", "--error-unmatch", __file__], capture_output=True, timeout=10)
        if top.returncode:
            return None
        head = subprocess.run([*git, "rev-parse", "HEAD"], capture_output=True, text=True, timeout=10)
        changes = subprocess.run([*git, "status", "--porcelain", "--", "."], capture_output=True, text=True, timeout=10)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return head.stdout.strip() + ("+changes" if changes.stdout.strip() else "") if head.returncode == 0 else None

"""Folders of results: they appear whole or not at all, and replace only what the program itself wrote."""

import json
import os
import shutil
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, TypeAlias

from sim import allocation
from sim.aliases import AnyPath
from sim.errors import InputError
from sim.results.manifest import MANIFEST, damage, enter, entered, files_in, refuse_strangers
from sim.results.owners import abandoned, hidden, leftovers
from sim.results.provenance import DISTRIBUTION, provenance, version

FORMAT = 1  # of saved folders; raised when an older version could not read them
About: TypeAlias = dict[str, Any]  # what a mark says: all that it takes to repeat a study, as JSON has it


def check_replaceable(folder: AnyPath, kind: str) -> None:
    """Raise InputError unless a result of this kind may be written to the folder: told before the work is done.

    It may where nothing is, in an empty folder, and in the place of an earlier one of the same kind to which nobody
    has added and in which nobody has changed anything.
    """
    with writing(folder):
        real = _real(folder)
        recover(real)
        if real.exists() and not real.is_dir():
            raise InputError(f"{folder}: is a file, not a folder")
        if real in (Path.cwd(), *Path.cwd().parents):
            raise InputError(f"{folder}: is the folder that you are in, or one above it; give a folder within it")
        if real.is_dir() and os.path.ismount(real):
            raise InputError(f"{folder}: is a mount point, which cannot be replaced; give a folder within it")
        _check_writable(folder, real)
        if real.is_dir():
            refuse_strangers(real)
            other = next((about["kind"] for about in marks_in(real) if about["kind"] != kind), None)
            if other:
                raise InputError(f"{folder}: holds a saved {other}, not a {kind}; give another folder")


def check_growable(folder: AnyPath, kind: str) -> None:
    """Raise InputError unless work of this kind may be begun, or gone on with, inside the folder.

    It may where nothing is, in an empty folder, in one that holds such work, and in what is left of one whose mark was
    never written.
    """
    with writing(folder):
        real = _real(folder)
        if real.exists() and not real.is_dir():
            raise InputError(f"{folder}: is a file, not a folder")
        _check_writable(folder, real / kind)
        if real.is_dir() and not any(about["kind"] == kind for about in marks_in(real)):
            refuse_strangers(real)


def _real(folder: AnyPath) -> Path:
    """The folder that a path means, through links."""
    return Path(os.path.realpath(folder))


def _check_writable(folder: AnyPath, real: Path) -> None:
    above = real.parent
    while not above.exists():
        above = above.parent
    if not above.is_dir():
        raise InputError(f"{folder}: cannot write here: {above} is a file")
    if not os.access(above, os.W_OK | os.X_OK):
        raise InputError(f"{folder}: cannot write here: no permission to write to {above}")


def marks_in(folder: AnyPath) -> list[About]:
    """What the marks in a folder say, of one that is ours a single one; files that cannot be read say nothing."""
    found = []
    for path in sorted(Path(folder).glob("*.json")):
        with suppress(OSError, ValueError, RecursionError):
            about = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else None
            if isinstance(about, dict) and about.get("kind") == path.stem:
                found.append(about)
    return found


@contextmanager
def whole_folder(folder: AnyPath, kind: str) -> Iterator[Path]:
    """A new folder to fill, which takes the place of `folder` when the block ends well and goes when it does not.

    What may be replaced: `check_replaceable`. Every file is entered in the folder's list. If anything fails or is
    killed on the way, the earlier folder stands; see `recover`.
    """
    check_replaceable(folder, kind)
    real = _real(folder)
    with writing(folder):
        real.parent.mkdir(parents=True, exist_ok=True)
        new = hidden(real, "new")
        new.mkdir()
        try:
            (new / MANIFEST).touch()
            yield new
            enter(new, {path.relative_to(new).as_posix(): path for path in sorted(new.rglob("*"))
                        if path.is_file() and path.name != MANIFEST})  # fmt: skip
            check_replaceable(folder, kind)
            _exchange(new, real)
        finally:
            shutil.rmtree(new, ignore_errors=True)


def _exchange(new: Path, real: Path) -> None:
    if not real.exists():
        new.rename(real)
        return
    old = hidden(real, "old")
    real.rename(old)
    try:
        new.rename(real)
    except BaseException:
        old.rename(real)
        raise
    shutil.rmtree(old, ignore_errors=True)


def recover(folder: AnyPath) -> None:
    """Put right what killed processes left beside a folder: what stood there is put back, half-written ones go."""
    real = _real(folder)
    with suppress(OSError):
        for path, use in leftovers(real):
            if use == "old" and not real.exists():
                path.rename(real)
            elif path.is_dir() and ((path / MANIFEST).is_file() or not any(path.iterdir())):
                shutil.rmtree(path, ignore_errors=True)


@contextmanager
def more_files(folder: AnyPath) -> Iterator[Path]:
    """A new folder to fill with files that `folder` gets when the block ends well, some in the place of earlier ones.

    Each file is replaced whole. Only files that the program wrote are replaced. Yields the folder to fill.
    """
    folder = _real(folder)
    with writing(folder):
        tidy(folder)
        new = hidden(folder / "more", "new")
        new.mkdir()
        try:
            yield new
            files = {path.relative_to(new).as_posix(): path for path in sorted(new.rglob("*")) if path.is_file()}
            known = entered(folder)
            for name in files:
                if known and (folder / name).exists() and damage(folder, name, known):
                    raise InputError(f"{folder / name}: was not written by this program, or changed since; "
                                     "move it away first")  # fmt: skip
            if known:
                enter(folder, files)
            for name, path in files.items():
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                path.replace(folder / name)
        finally:
            shutil.rmtree(new, ignore_errors=True)


def write_file(folder: AnyPath, name: str, write: Callable[[Path], object]) -> None:
    """One file of a folder that grows: `write(path)` beside it, entered in the folder's list, then put in its place.

    Raises InputError if a file of that name stands there which the program did not write.
    """
    folder = Path(folder)
    path = folder / name
    if path.exists() and name not in entered(folder):
        raise InputError(f"{path}: was not written by this program; move it away first")
    new = hidden(path, "new")
    try:
        write(new)
        with open(new, "rb") as file:
            os.fsync(file.fileno())
        enter(folder, {name: new})
        new.replace(path)
    finally:
        new.unlink(missing_ok=True)


def write_json(folder: AnyPath, name: str, about: About) -> None:
    """A mark of a folder that grows, as `write_file` does it."""
    text = json.dumps(about, indent=1) + "\n"
    write_file(folder, name, lambda path: path.write_text(text, encoding="utf-8"))


def tidy(folder: AnyPath) -> None:
    """Remove the temporary files and folders that dead processes left in a folder of ours."""
    for path, _ in abandoned(Path(folder)):
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)


def write_whole(path: AnyPath, text: str) -> None:
    """Write a text file that stands alone, such as a document: whole, or not at all."""
    path = _real(path)
    new = hidden(path, "new")
    try:
        new.write_text(text, encoding="utf-8")
        if path.exists():
            shutil.copymode(path, new)
        new.replace(path)
    finally:
        new.unlink(missing_ok=True)


def clear(folder: AnyPath) -> None:
    """Delete what the program wrote to a folder; InputError, and nothing is deleted, where there is anything else."""
    folder = Path(folder)
    with writing(folder):
        refuse_strangers(folder)
        known = entered(folder)
        for name in files_in(folder):
            if name in known:
                (folder / name).unlink()
        (folder / MANIFEST).unlink(missing_ok=True)


@contextmanager
def writing(folder: AnyPath) -> Iterator[None]:
    """What goes wrong with the disk while a result is written is an InputError that names the folder."""
    try:
        yield
    except InputError:
        raise
    except OSError as error:
        raise InputError(f"{folder}: cannot write: {error.strerror or error}") from error
    except ValueError as error:
        if "null" not in str(error):  # a path cannot hold a NUL byte
            raise
        raise InputError(f"{str(folder)!r}: cannot write: {error}") from error


def write_about(folder: AnyPath, kind: str, **rest: Any) -> None:
    """Write what it takes to repeat a study into its folder: the file `kind`.json, the mark of the folder."""
    made = provenance()
    if own := _code_of_policy(rest.get("scenario")):
        made["policy"] = own
    about = {"kind": kind, "format": FORMAT, "provenance": made, **rest}
    (Path(folder) / f"{kind}.json").write_text(json.dumps(about, indent=1) + "\n", encoding="utf-8")


def _code_of_policy(scenario: dict[str, Any] | None) -> str | None:
    """A hash of the code of the scenario's policy if it is a user's own, and its code is had."""
    try:
        return allocation.fingerprint(scenario["committee"]["policy"]) if scenario else None
    except InputError:  # a result from elsewhere is saved again, and the code of its policy is not allowed or not here
        return None


@contextmanager
def reading(path: AnyPath, what: str) -> Iterator[None]:
    """Whatever goes wrong while a part of a saved result is read is an InputError that names it."""
    try:
        yield
    except (InputError, MemoryError):
        raise
    except Exception as error:  # the bytes may be anything, and each reader fails in its own ways
        words = " ".join(str(getattr(error, "strerror", None) or error).split())[:200]
        raise InputError(f"{path}: not a saved {what} ({words or type(error).__name__})") from error


def read_about(file: AnyPath, kinds: str | Collection[str], what: str) -> About:
    """What `write_about` wrote, of a kind or one of several.

    Raises InputError, naming the file, if it is none, damaged, or of a newer version.
    """
    file = Path(file)
    recover(file.parent)
    with reading(file, what):
        if file.exists() and not file.is_file():
            raise ValueError("no plain file")
        about = json.loads(file.read_bytes().decode("utf-8"))
        if not isinstance(about, dict) or about.get("kind") not in ((kinds,) if isinstance(kinds, str) else kinds):
            raise ValueError("another kind of result")
        form = about.get("format", 0)
        if isinstance(form, int) and form > FORMAT:
            by = about.get("provenance", {}).get("versions", {}).get(DISTRIBUTION)
            raise InputError(f"{file}: saved by a newer version of this program ({by}) than this one ({version()})")
        known = entered(file.parent)
        wrong = damage(file.parent, file.name, known) if file.name in known else None
    if wrong:
        raise InputError(f"{file}: {wrong}")
    return about

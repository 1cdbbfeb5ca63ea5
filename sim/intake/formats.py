"""Which format a file has, and its reader."""

import codecs
import gzip
import re
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, TextIO

from sim.aliases import AnyPath
from sim.errors import InputError, check_names
from sim.intake import kueue, slurm, tidy
from sim.intake.usage import Usage, joined
from sim.scenario import shipped_folder

FORMATS = {
    "tidy": "a CSV with the columns month, team and any of wanted, peak, used, people, quota",
    "sacct": "jobs: sacct -X -P with a header, or 26 fields without one as XDMoD collects them",
    "sshare": "shares: sshare -P, with -a also the people",
    "kueue": "ClusterQueues of Kueue, YAML",
}
READERS: dict[str, Callable[..., Usage]] = {
    "tidy": tidy.read, "sacct": slurm.read_jobs, "sshare": slurm.read_shares, "kueue": kueue.read,
}  # fmt: skip


def read(
    files: Sequence[AnyPath],
    *,
    format: str | None = None,
    team_by: str = "account",
    cohort: str | None = None,
    peaks: bool = False,
) -> Usage:
    """What one or several files of a cluster say.

    Arguments:
        files: paths; a name that ends in .gz is unpacked; or the bare name of a table that is shipped.
        format: one of FORMATS; by default told by the first lines of each file.
        team_by: what is a team in `sacct`: "account", "user", "partition", "qos" or "group".
        peaks: of a table, what is wanted in a month is the largest of its rows, not their mean.
        cohort: of Kueue's queues only those of this cohort; all by default.

    Raises InputError for a file that cannot be read, of no known format, or with nothing usable in it.
    """
    check_names("format: unknown", [] if format is None else [format], FORMATS)
    options: dict[str, dict[str, Any]] = {
        "tidy": {"peaks": peaks},
        "sacct": {"team_by": team_by},
        "kueue": {"cohort": cohort},
    }
    usages: list[Usage] = []
    kinds: set[str] = set()
    for file in map(_located, files):
        try:
            with _opened(file) as lines:
                kind = format or _told_by(lines, file)
                kinds.add(kind)
                lines.seek(0)
                usages.append(READERS[kind](lines, file.name, **options.get(kind, {})))
        except (OSError, EOFError) as error:
            raise InputError(f"{file}: cannot be read: {getattr(error, 'strerror', None) or error}") from error
        except UnicodeDecodeError as error:
            raise InputError(f"{file}: is no text in UTF-8 or UTF-16: {error.reason} at byte {error.start}") from error
    if not usages:
        raise InputError("nothing to import: give at least one file")
    for option, given, about in (("peaks", peaks, "tidy"), ("cohort", cohort is not None, "kueue")):
        if given and about not in kinds:
            raise InputError(
                f"{option}: says nothing of {', '.join(sorted(kinds))}; it is for {about}, {FORMATS[about]}"
            )
    usage = joined(usages)
    if not usage.teams():
        why = f"; {usage.bad:,} rows could not be read, {usage.examples[0]}" if usage.bad else ""
        raise InputError(f"{', '.join(map(str, files))}: nothing usable was found{why}")
    return usage


def _located(file: AnyPath) -> Path:
    """The path of a file, or of a shipped table by its bare name."""
    file = Path(file)
    shipped = shipped_folder() / f"{file}.csv"
    return shipped if file.name == str(file) and not file.suffix and not file.exists() and shipped.is_file() else file


def _opened(file: Path) -> TextIO:
    if not file.is_file():
        raise InputError(f"{file}: no such file")
    opener: Callable[..., Any] = gzip.open if file.suffix == ".gz" else open
    with opener(file, "rb") as begun:
        two = begun.read(2)
    encoding = "utf-16" if two in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE) else "utf-8-sig"  # spreadsheets save both
    text: TextIO = opener(file, "rt", encoding=encoding, newline="")
    return text


def _told_by(lines: Iterable[str], file: Path) -> str:
    """By the first line that says something."""
    first = next((line.strip() for line in lines if line.strip() and not line.startswith(("#", "---"))), "")
    if not first:
        raise InputError(f"{file}: is empty")
    fields = [text.strip().lower() for text in first.split("|")]
    if "rawshares" in fields:
        return "sshare"
    if len(fields) >= len(slurm.XDMOD) or "account" in fields or "alloctres" in fields or "jobid" in fields:
        return "sacct"
    if first.startswith(("apiVersion", "kind", "items:", "metadata", "{")):  # JSON is YAML
        return "kueue"
    columns = [text.strip().strip('"').lower() for text in re.split("[,;\t]", first)]
    if "month" in columns and "team" in columns:
        return "tidy"
    known = "; ".join(f"{name}: {what}" for name, what in FORMATS.items())
    raise InputError(f"{file}: of no known format ({known})")

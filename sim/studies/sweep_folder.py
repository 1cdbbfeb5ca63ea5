"""A sweep's folder: its mark, the design, and pieces that are each written whole."""

import json
import warnings
from functools import cached_property, partial
from pathlib import Path
from typing import TypedDict

import numpy as np
import pandas as pd
from filelock import FileLock, Timeout

from sim.aliases import AnyPath
from sim.results.folder import About, read_about, reading, write_file, write_json
from sim.results.manifest import damage, entered
from sim.results.showing import Shows
from sim.results.study import read_table
from sim.scenario import Scenario
from sim.studies.pieces import Failure

MARK = "sweep.json"


class Status(TypedDict):
    """How far a sweep is."""

    points: int
    done: int
    failed: int
    points_per_second: float  # by when the last pieces were written; missing before there are two
    seconds_left: float
    running: bool


class Sweep(Shows):
    """A sweep's folder: `sweep.json` (the resolved experiment, hash, versions), `design.parquet`, `pieces/`."""

    kind = "sweep"
    points = None

    def __init__(self, folder: AnyPath):
        self.folder = Path(folder)
        self.about = read_about(self.folder / MARK, "sweep", "sweep")
        with reading(self.folder / MARK, "sweep"):
            self.sizes = [int(one) for one in self.about["sizes"]]

    @cached_property
    def scenario(self) -> Scenario:
        """The scenario of its first points."""
        return Scenario.from_saved(self.about["scenarios"][0], str(self.folder / MARK))

    @property
    def seed(self) -> int:
        return int(self.about["seed"])

    @property
    def replicates(self) -> list[int]:
        return list(range(self.about["experiment"]["replicates"]))

    def state(self) -> dict[int, str | None]:
        """Number of every piece that was written -> what is wrong with its files, None if nothing is."""
        known = entered(self.folder)
        found: dict[int, str | None] = {}
        for number in range(len(self.sizes)):
            names = [name for name in (piece_name(number), failed_name(number)) if (self.folder / name).exists()]
            if piece_name(number) in names:
                wrong = [f"{self.folder / name}: {fault}" for name in names
                         if (fault := damage(self.folder, name, known))]  # fmt: skip
                found[number] = wrong[0] if wrong else None
        return found

    def done(self) -> list[int]:
        """Numbers of the finished pieces, those that failed among them; damaged ones are not."""
        return [number for number, wrong in self.state().items() if wrong is None]

    def table(self) -> pd.DataFrame:
        """All finished points, in order of the design. What is damaged is left out, with a warning that names it."""
        found = [one for number in sound(self) if len(one := self.piece(number))]
        design = self.design
        if not found:
            return pd.DataFrame(columns=["point", *design.columns])
        table = pd.concat(found, ignore_index=True).sort_values("point", kind="stable", ignore_index=True)
        return table.astype(design.dtypes.to_dict())  # a piece in which a factor is not given has it as None

    def piece(self, number: int) -> pd.DataFrame:
        """The rows of one piece."""
        with reading(self.folder / piece_name(number), "piece of a sweep"):
            return pd.read_parquet(self.folder / piece_name(number))

    def failures(self) -> pd.DataFrame:
        """Points that could not be run: their parameters and the message."""
        rows = [row for number in self.done() for row in self._failed(number)]
        return pd.DataFrame(rows, columns=["point", "message"]).join(self.design, on="point")

    def _failed(self, number: int) -> list[Failure]:
        path = self.folder / failed_name(number)
        with reading(path, "list of failed points"):
            return json.loads(path.read_text(encoding="utf-8")) if path.exists() else []

    @property
    def design(self) -> pd.DataFrame:
        """A row per point, a column per factor."""
        return read_table(self.folder, "design.parquet", "sweep")

    def status(self) -> Status:
        """How far it is, by what is in its folder."""
        finished = self.done()
        done, total = sum(self.sizes[number] for number in finished), sum(self.sizes)
        times = sorted(((self.folder / piece_name(one)).stat().st_mtime, self.sizes[one]) for one in finished)[-20:]
        rate = np.nan
        if len(times) > 1 and times[-1][0] > times[0][0]:
            rate = sum(size for _, size in times[1:]) / (times[-1][0] - times[0][0])
        failed = sum(len(self._failed(one)) for one in finished)
        return {
            "points": total, "done": done, "failed": failed, "points_per_second": rate,
            "seconds_left": (total - done) / rate if rate == rate else np.nan, "running": self._running(),
        }  # fmt: skip

    def _running(self) -> bool:
        lock = self.folder / ".lock"
        if not lock.exists():
            return False
        try:
            with FileLock(lock, timeout=0):
                return False
        except Timeout:
            return True
        except (OSError, NotImplementedError):  # a folder of another's, or on a disk without locks: then none is held
            return False


def piece_name(number: int) -> str:
    return f"pieces/{number:06d}.parquet"


def failed_name(number: int) -> str:
    return f"pieces/{number:06d}.failed.json"


def sound(here: Sweep, then: str = "it is left out until the same command has made it again") -> list[int]:
    """Numbers of the finished pieces; of every damaged one a warning says what becomes of it."""
    state = here.state()
    for wrong in filter(None, state.values()):
        warnings.warn(f"{wrong}; {then}", stacklevel=3)
    return [number for number, wrong in state.items() if wrong is None]


def write_piece(here: Sweep, number: int, *, table: pd.DataFrame, failures: list[Failure]) -> None:
    """A piece with a list of failures is run again: so that list is written first, or removed last."""
    if failures:
        write_file(here.folder, failed_name(number), lambda new: new.write_text(json.dumps(failures), encoding="utf-8"))
    write_file(here.folder, piece_name(number), partial(table.to_parquet, index=False))
    if not failures:
        (here.folder / failed_name(number)).unlink(missing_ok=True)


def mark_folder(folder: Path, about: About) -> Sweep:
    """Write the mark of a sweep's folder; returns the sweep."""
    write_json(folder, MARK, about)
    return Sweep(folder)


def join_pieces(here: Sweep, firsts: dict[int, int], path: Path) -> None:
    """Write all finished points to one file in order of the design, holding only pieces that overlap at a time.

    `firsts`: number of a piece -> its first point.
    """
    import pyarrow as pa
    from pyarrow import parquet

    numbers = sorted(here.done(), key=firsts.__getitem__)
    files = [here.folder / piece_name(number) for number in numbers]
    schemas = [schema.remove_metadata() for file in files if len(schema := parquet.read_schema(file))]
    if not schemas:
        here.table().to_parquet(path, index=False)
        return
    schema = pa.unify_schemas(schemas, promote_options="permissive")
    held: list[pd.DataFrame] = []
    ends = [firsts[number] for number in numbers[1:]] + [np.inf]
    with parquet.ParquetWriter(path, schema) as writer:
        for number, end in zip(numbers, ends, strict=True):
            if len(piece := here.piece(number)):
                held.append(piece)
            if not held or not any((one["point"] < end).any() for one in held):
                continue
            joined = pd.concat(held, ignore_index=True).sort_values("point", kind="stable", ignore_index=True)
            cut = joined["point"].searchsorted(end)
            ready = joined.iloc[:cut].reindex(columns=schema.names)
            writer.write_table(pa.Table.from_pandas(ready, schema=schema, preserve_index=False))
            held = [joined.iloc[cut:]] if cut < len(joined) else []

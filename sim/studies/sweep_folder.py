"""A sweep's folder: its mark, the design, and pieces that are each written whole and read a part at a time."""

import json
import warnings
from collections.abc import Iterator, Sequence
from functools import cached_property, partial
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict

import numpy as np
import pandas as pd
from filelock import FileLock, Timeout

from sim.aliases import AnyPath, Column
from sim.results.folder import About, read_about, reading, write_file, write_json
from sim.results.manifest import Entered, damage, entered
from sim.results.showing import Shows
from sim.results.study import read_table
from sim.scenario import Scenario
from sim.studies.pieces import Failure

if TYPE_CHECKING:
    from pyarrow import Table
    from pyarrow.dataset import Dataset

MARK = "sweep.json"
ROWS = 200_000  # that are held at a time, about, by whoever does not ask for all
GROUP = 50_000  # rows of a piece that can be read without its others
MEANS = ("outcome", "mean", "sd", "replicates")


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
            self.sizes = [int(size) for size in self.about["sizes"]]
        self.warned: set[str] = set()
        self._judged: dict[tuple[str, int, int], str | None] = {}

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

    @property
    def keep(self) -> str:
        """What is kept of each point: "summary", "histories" or "months"."""
        return str(self.about["experiment"]["keep"])

    def state(self) -> dict[int, str | None]:
        """Number of every piece that was written -> what is wrong with its files, None if nothing is."""
        known = entered(self.folder)
        found: dict[int, str | None] = {}
        for number in range(len(self.sizes)):
            names = [name for name in (piece_name(number), failed_name(number)) if (self.folder / name).exists()]
            if piece_name(number) in names:
                wrong = [f"{self.folder / name}: {fault}" for name in names if (fault := self._damage(name, known))]
                found[number] = wrong[0] if wrong else None
        return found

    def _damage(self, name: str, known: Entered) -> str | None:
        """As `damage`; what nobody has touched since is not read again."""
        about = (self.folder / name).stat()
        key = name, about.st_size, about.st_mtime_ns
        if key not in self._judged:
            self._judged[key] = damage(self.folder, name, known)
        return self._judged[key]

    def failing(self) -> set[int]:
        """Numbers of the pieces with points that failed, which are run again."""
        return {number for number in range(len(self.sizes)) if (self.folder / failed_name(number)).exists()}

    def done(self) -> list[int]:
        """Numbers of the finished pieces, those that failed among them; damaged ones are not."""
        return [number for number, wrong in self.state().items() if wrong is None]

    def table(self, columns: Sequence[str] | None = None, *, outcomes: Sequence[str] | None = None) -> pd.DataFrame:
        """All finished points, in order of the design. What is damaged is left out, with a warning that names it.

        `columns`: those alone, and `point`. `outcomes`: their rows alone, where a summary is kept.
        """
        import pyarrow

        parts = list(self._parts(columns, outcomes))
        if not parts:
            return pd.DataFrame(columns=["point", *self.design])
        table = pyarrow.concat_tables(parts)
        del parts
        return self._frame(table)

    def parts(self, columns: Sequence[str] | None = None) -> Iterator[pd.DataFrame]:
        """The rows of `table`, not many at a time; those of a point come together."""
        for part in self._parts(columns):
            yield self._frame(part)

    def _parts(self, columns: Sequence[str] | None = None, outcomes: Sequence[str] | None = None) -> Iterator["Table"]:
        from pyarrow.dataset import field

        with reading(self.folder / "pieces", "sweep"):
            if (pieces := self._pieces()) is None:
                return
            points = len(self.design)
            step = points if outcomes is not None else max(1, ROWS * points // max(1, pieces.count_rows()))
            for first in range(0, points, step):
                chosen = (field("point") >= first) & (field("point") < first + step)
                if outcomes is not None:
                    chosen &= field("outcome").isin(outcomes)
                there = None if columns is None else list(dict.fromkeys(["point", *columns]))
                yield pieces.to_table(there, filter=chosen, batch_readahead=1, fragment_readahead=1).sort_by("point")

    def _frame(self, table: "Table") -> pd.DataFrame:
        kinds = {name: kind for name, kind in self.design.dtypes.items() if name in table.column_names}
        frame = table.to_pandas(split_blocks=True, self_destruct=True)
        return frame.astype(kinds)  # a piece in which a factor is not given has it as None

    def _pieces(self) -> "Dataset | None":
        """The rows of the finished pieces, where they lie; None if there are none."""
        import pyarrow
        from pyarrow import dataset, parquet

        files = [self.folder / piece_name(number) for number in sound(self)]
        schemas = {str(file): schema.remove_metadata() for file in files if len(schema := parquet.read_schema(file))}
        if not schemas:
            return None
        schema = pyarrow.unify_schemas(list(schemas.values()), promote_options="permissive")
        return dataset.dataset(list(schemas), schema=schema, format="parquet")

    def rows(self) -> int:
        """How many rows the table has."""
        return pieces.count_rows() if (pieces := self._pieces()) else 0

    def columns(self) -> list[str]:
        """Of the table."""
        return list(pieces.schema.names) if (pieces := self._pieces()) else ["point", *self.design]

    def outcomes(self) -> list[str]:
        """The outcomes that finished points have; where months are kept, the GPUs of each team."""
        if self.keep == "histories":
            return [name for name in self.columns() if name not in ("point", "replicate", *self.design)]
        column, before = ("outcome", "") if self.keep == "summary" else ("team", "gpus.")
        found: dict[str, None] = {}
        pieces = self._pieces()
        for batch in pieces.to_batches(columns=[column]) if pieces else ():
            found |= dict.fromkeys(batch[column].unique().to_pylist())
        return [before + name for name in found]

    def of(self, names: Sequence[str]) -> pd.DataFrame:
        """Some outcomes: a row per finished point and outcome, whatever is kept.

        At least `point`, the factors, `outcome`, `mean`, `sd` and `replicates`; with `paired_sd`, the sd of the
        difference from the scenario as it stands or, of histories, from the first point.
        """
        if self.keep == "summary":
            return self.table(outcomes=names)
        if self.keep == "months":
            parts = (part.groupby(["point", "team"], sort=False) for part in self.parts(["team", "gpus"]))
            found = (
                pd.concat(part["gpus"].mean() for part in parts)
                .rename("mean")
                .reset_index()
                .assign(sd=np.nan, replicates=1)
            )
            found = found.assign(outcome="gpus." + found["team"]).drop(columns="team")
            found = found[found["outcome"].isin(names)].reset_index(drop=True)
        else:
            table = self.table(["replicate", *names])
            first, point = table[table["point"] == table["point"].min()].set_index("replicate"), table["point"]
            found = pd.concat([_over_replicates(table[name], table["replicate"].map(first[name]), point)
                               for name in names], keys=names, names=["outcome"]).reset_index()  # fmt: skip
        return self._with_factors(found)

    def _with_factors(self, found: pd.DataFrame) -> pd.DataFrame:
        factors = self.design.iloc[found["point"].to_numpy()].set_axis(found.index)
        return pd.concat([found[["point"]], factors, found.drop(columns="point")], axis=1)

    def each(self) -> Iterator[tuple[str, pd.DataFrame]]:
        """Every outcome with its rows: `point`, the factors and MEANS; few outcomes are held at a time."""
        names, rows = self.outcomes(), len(self.design) * (len(self.replicates) if self.keep == "histories" else 1)
        some = max(1, 2 * ROWS // rows)
        for first in range(0, len(names), some):
            read = names[first : first + some]
            table = self.table(MEANS, outcomes=read) if self.keep == "summary" else self.of(read)[["point", *MEANS]]
            yield from ((name, self._with_factors(table[table["outcome"] == name])) for name in read)

    def failures(self) -> pd.DataFrame:
        """Points that could not be run: their parameters and the message."""
        rows = [row for number in self.done() for row in self._failed(number)]
        return pd.DataFrame(rows, columns=["point", "message"]).join(self.design, on="point")

    def _failed(self, number: int) -> list[Failure]:
        path = self.folder / failed_name(number)
        with reading(path, "list of failed points"):
            return json.loads(path.read_text(encoding="utf-8")) if path.exists() else []

    @cached_property
    def varied(self) -> list[str]:
        """The factors that differ between points; all if none does."""
        factors = [str(name) for name in self.design]
        return [name for name in factors if self.design[name].nunique(dropna=False) > 1] or factors

    @cached_property
    def design(self) -> pd.DataFrame:
        """A row per point, a column per factor."""
        return read_table(self.folder, "design.parquet", "sweep")

    def status(self) -> Status:
        """How far it is, by what is in its folder."""
        finished = self.done()
        done, total = sum(self.sizes[number] for number in finished), sum(self.sizes)
        written = {number: (self.folder / piece_name(number)).stat().st_mtime for number in finished}
        times = sorted((time, self.sizes[number]) for number, time in written.items())[-20:]
        rate = np.nan
        if len(times) > 1 and times[-1][0] > times[0][0]:
            rate = sum(size for _, size in times[1:]) / (times[-1][0] - times[0][0])
        failed = sum(len(self._failed(number)) for number in finished)
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
    """Numbers of the finished pieces; of every damaged one a warning says, once, what becomes of it."""
    state = here.state()
    for told in sorted({f"{wrong}; {then}" for wrong in state.values() if wrong} - here.warned):
        warnings.warn(told, stacklevel=3)
        here.warned.add(told)
    return [number for number, wrong in state.items() if wrong is None]


def write_piece(here: Sweep, number: int, *, table: pd.DataFrame, failures: list[Failure]) -> None:
    """A piece with a list of failures is run again: so that list is written first, or removed last."""
    if failures:
        write_file(here.folder, failed_name(number), lambda new: new.write_text(json.dumps(failures), encoding="utf-8"))
    write_file(here.folder, piece_name(number), partial(table.to_parquet, index=False, row_group_size=GROUP))
    if not failures:
        (here.folder / failed_name(number)).unlink(missing_ok=True)


def mark_folder(folder: Path, about: About) -> Sweep:
    """Write the mark of a sweep's folder; returns the sweep."""
    write_json(folder, MARK, about)
    return Sweep(folder)


def _over_replicates(values: Column, beside: Column, point: Column) -> pd.DataFrame:
    """A row per point: mean, sd and number of its values, and the sd of their difference from those beside."""
    grouped = values.groupby(point)
    return pd.DataFrame({"mean": grouped.mean(), "sd": grouped.std(), "replicates": grouped.count(),
                         "paired_sd": (values - beside).groupby(point).std()})  # fmt: skip


def join_pieces(here: Sweep, path: Path) -> None:
    """Write all finished points to one file, in order of the design."""
    from pyarrow.parquet import ParquetWriter

    parts = here._parts()
    if (first := next(parts, None)) is None:
        here.table().to_parquet(path, index=False)
        return
    with ParquetWriter(path, first.schema) as writer:
        for part in chain([first], parts):
            writer.write_table(part)

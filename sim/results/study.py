"""What every result is, a run or a study: tables, and what it takes to repeat them; saved whole, loaded with care."""

import warnings
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, ClassVar, Self, get_type_hints

import pandas as pd
from pydantic import Field, TypeAdapter

from sim.aliases import AnyPath, NumbersByPath
from sim.errors import InputError
from sim.results.folder import About, more_files, read_about, reading, whole_folder, write_about
from sim.results.manifest import Entered, damage, entered
from sim.results.showing import NoTable, Shows
from sim.scenario import Scenario

Seed = Annotated[int, Field(ge=0, lt=2**63)]
Replicates = list[Annotated[int, Field(ge=0)]]  # their numbers


@dataclass(repr=False, kw_only=True)
class Study(Shows):
    """Base of `Result` and of all studies.

    A subclass says what it is called and of which tables it consists; the rest follows: attributes for the tables, a
    folder with a mark (`kind`.json), each table as Parquet, those for people as CSV, figures, and the way back.

    | class variable | meaning |
    |---|---|
    | `kind` | names the mark and the figures: "compare" |
    | `called` | what it is, in messages: "comparison" |
    | `known` | the tables that it may have |
    | `needed` | those without which it cannot be loaded |
    | `settings` | further fields that it takes to repeat it, plain data |
    """

    kind: ClassVar[str]
    called: ClassVar[str]
    known: ClassVar[tuple[str, ...]]
    needed: ClassVar[tuple[str, ...]] = ()
    settings: ClassVar[tuple[str, ...]] = ()

    scenario: Scenario
    seed: Seed
    replicates: Replicates
    tables: dict[str, pd.DataFrame]
    points: NumbersByPath | None = None
    origin: str | None = None  # the file that its scenario is from, where that is known
    damaged: dict[str, str] = field(default_factory=dict)  # table -> what is wrong with its file, if it was left out

    def __getattr__(self, name: str) -> pd.DataFrame:
        if "tables" in self.__dict__:
            if name in self.tables:
                return self.tables[name]
            if name in self.damaged:
                raise NoTable(f"{self.damaged[name]}; the {self.called} was loaded without it")
            if name in type(self).known:
                raise NoTable(self.why_not(name))
        raise AttributeError(f"'{type(self).__name__}' has no attribute '{name}'")

    def __repr__(self) -> str:
        """In one line: what it is, of which scenario, how large, and its tables."""
        title = self.scenario.title or "a scenario"
        size = f"{len(self.replicates):,} replicate{'' if len(self.replicates) == 1 else 's'}, seed {self.seed}"
        return f"<{type(self).__name__} of {title!r}: {size}; tables {', '.join(self.tables)}>"

    def __dir__(self) -> list[str]:
        """What can be written after the dot: the tables too."""
        return sorted({*super().__dir__(), *self.__dict__.get("tables", ())})

    def why_not(self, name: str) -> str:
        """Why a table that such a study may have is not there."""
        return f"this {self.called} has no table '{name}'"

    def about(self) -> About:
        """All that it takes to repeat the study, as plain data."""
        settings = {name: getattr(self, name) for name in self.settings}
        return {"title": self.scenario.title, "seed": self.seed, "replicates": self.replicates, **settings,
                "scenario": self.scenario.to_dict()}  # fmt: skip

    @classmethod
    def again(cls, about: About, tables: dict[str, pd.DataFrame], where: str) -> Self:
        """The study of what `about` gave and its tables; `where` names the file in messages.

        What a file of an earlier version does not say is as it was then: the default.
        """
        late = {name for name in cls.settings if name not in about and hasattr(cls, name)}
        fields = {name: checked(cls, name, about[name]) for name in ("seed", "replicates", *cls.settings)
                  if name not in late}  # fmt: skip
        return cls(scenario=Scenario.from_saved(about["scenario"], where), tables=tables, **fields)

    def for_people(self) -> dict[str, pd.DataFrame]:
        """The tables that are written as CSV too: name -> table."""
        return self.tables

    def save(self, folder: AnyPath, figures: bool = False) -> Path:
        """Write the tables and what it takes to repeat the study; with `figures`, draw them into the folder afterwards.

        The folder appears whole or not at all. It takes the place of an earlier one of the same kind; anything that
        the program did not write is refused with InputError.
        """
        with whole_folder(folder, self.kind) as new:
            for name, table in self.tables.items():
                write_table(table, new / f"{name}.parquet")
            for name, table in self.for_people().items():
                table.to_csv(new / f"{name}.csv", index=False)
            columns = {name: [str(column) for column in table.columns] for name, table in self.tables.items()}
            write_about(new, self.kind, columns=columns, **({"of": self.origin} if self.origin else {}), **self.about())
        if figures:
            self.draw(folder)
        return Path(folder)

    def draw(self, folder: AnyPath) -> list[Path]:
        """Draw the figures into the folder of the saved study; what is there already is replaced. Returns the paths."""
        from sim.report.figures import save_study_figures

        with more_files(folder) as new:
            drawn = save_study_figures(self, new)
        return [Path(folder) / path.relative_to(new) for path in drawn]

    @classmethod
    def load(cls, folder: AnyPath) -> Self:
        """A saved study. Raises InputError, naming the file, where there is none or it cannot be read.

        Tables that are damaged are left out with a warning, if the study can do without them: `damaged` says which.
        """
        folder = Path(folder)
        mark = folder / f"{cls.kind}.json"
        about = read_about(mark, cls.kind, cls.called)
        known = entered(folder)
        tables, damaged = {}, {}
        for name in cls.known:
            file = f"{name}.parquet"
            if not (folder / file).exists() and file not in known and name not in cls.needed:
                continue
            try:
                tables[name] = read_table(folder, file, cls.called, known)
                with reading(folder / file, f"table of a {cls.called}"):
                    columns = [str(column) for column in tables[name].columns]
                    if columns != about.get("columns", {}).get(name, columns):
                        raise ValueError("it has other columns")
            except InputError as error:
                tables.pop(name, None)
                if name in cls.needed:
                    raise
                damaged[name] = str(error)
        for line in damaged.values():
            warnings.warn(f"{line}; the rest is read", stacklevel=2)
        with reading(mark, cls.called):
            study = cls.again(about, tables, str(mark))
        study.damaged = damaged
        return study


def checked(cls: type[Study], name: str, value: object) -> Any:
    """A value of a field of a study, if it has the field's type; ValueError otherwise."""
    kind = get_type_hints(cls, include_extras=True)[name]
    try:
        return TypeAdapter(kind).validate_python(value, strict=True)
    except ValueError:
        raise ValueError(f"'{name}' is not what it should be") from None


def write_table(table: pd.DataFrame, path: AnyPath) -> None:
    """Write a table as a Parquet file. Real numbers hardly ever repeat: a dictionary of them takes two thirds of the
    time that writing takes, and makes the file larger."""
    repeating = [str(name) for name, kind in table.dtypes.items() if kind.kind != "f"]
    table.to_parquet(path, index=False, use_dictionary=repeating)


def read_table(folder: AnyPath, name: str, called: str, known: Entered | None = None) -> pd.DataFrame:
    """A Parquet file of a saved folder, if it is as it was written."""
    path = Path(folder) / name
    wrong = damage(folder, name, known)
    if wrong:
        raise InputError(f"{path}: {wrong}")
    with reading(path, f"table of a {called}"):
        return pd.read_parquet(path)

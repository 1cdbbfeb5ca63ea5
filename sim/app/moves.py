"""What has been changed on the page: paths and values over a scenario, and the ways to take them home."""

import shlex
from collections.abc import Iterable, MutableMapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import tomlkit

from sim.errors import InputError
from sim.results.result import Result
from sim.scenario import Scenario, as_scenario, parse_set


def opened(origin: str) -> Scenario:
    """What the page is opened on: a scenario's file, a shipped name, or the folder of a saved run. Raises InputError
    where there is none."""
    return Result.load(origin).scenario if Path(origin).is_dir() else as_scenario(origin)


@dataclass
class Moves:
    """Values at dotted paths, each different from the scenario's own; `origin` is its file, shipped name or folder.

    `scenario` is the base with all moves.
    """

    base: Scenario
    origin: str
    values: dict[str, object] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.own = self.base.values()
        self.scenario = self.base.with_overrides(self.values) if self.values else self.base

    def now(self, path: str) -> Any:
        """The value of a path with the moves."""
        return self.values.get(path, self.own.get(path))

    def set(self, path: str, value: object) -> None:
        """Change a value; back at the scenario's own, it is no move any more. Raises InputError for a bad one."""
        if path in self.own and value == self.now(path):
            return
        values = {path: now for path, now in {**self.values, path: value}.items() if now != self.own.get(path)}
        self.scenario = self.base.with_overrides(values) if values else self.base
        self.values = values

    def settings(self) -> list[str]:
        """The moves as `--set` takes them."""
        return [f"{path}={literal(value)}" for path, value in sorted(self.values.items())]

    @classmethod
    def of(cls, base: Scenario, origin: str, settings: Iterable[str]) -> tuple["Moves", list[str]]:
        """Moves from settings (of a page's address, say), and a line for each that cannot be."""
        moves, faults = cls(base, origin), []
        for setting in settings:
            try:
                moves.set(*parse_set(setting))
            except InputError as error:
                faults += error.faults
        return moves, faults

    def command(self, replicates: int, seed: int) -> str:
        """The command line that compares what was made with the scenario as it stands."""
        case = ", ".join(self.settings()).replace("; ", ", ")
        words = ["sim", "compare", self.origin, "--case", f"mine: {case}", "-n", str(replicates), "--seed", str(seed)]
        return shlex.join(words) if self.values else f"sim run {shlex.quote(self.origin)} -n {replicates} --seed {seed}"

    def python(self, replicates: int, seed: int) -> str:
        """The same from Python."""
        values = "".join(f"    {path!r}: {value!r},\n" for path, value in sorted(self.values.items()))
        return (
            "import sim\n\n"
            f"lab = sim.load_scenario({self.origin!r})\n"
            f"mine = lab.with_overrides({{\n{values}}})\n"
            f'found = sim.compare({{"as it was": lab, "mine": mine}}, replicates={replicates}, seed={seed})\n'
            "print(found.differences)\n"
        )

    def file(self, title: str) -> str:
        """A scenario file of what was made: what differs from a shipped name or file, else the whole."""
        document = tomlkit.document()
        if self.origin.endswith(".toml") or "/" not in self.origin:
            document["extends"] = self.origin
            document["title"] = title
            for path, value in sorted(self.values.items()):
                _put(document, path.split("."), value)
        else:
            document.update(self.scenario.to_dict() | {"title": title})
        return tomlkit.dumps(document)


def literal(value: object) -> str:
    """A value as TOML writes it."""
    return tomlkit.item(value).as_string()


def _put(table: MutableMapping[str, Any], path: Sequence[str], value: object) -> None:
    for name in path[:-1]:
        table = table.setdefault(name, tomlkit.table())
    table[path[-1]] = value

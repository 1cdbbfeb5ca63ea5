"""One job made of several runs: its progress counts all of them, so that one bar fills once."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from sim.aliases import AnyPath, NumbersByPath
from sim.engines.run import Progress, check_engine, engine_name, replicate_numbers, run
from sim.scenario import Scenario, as_scenario


@dataclass(frozen=True)
class Conditions:
    """Under which all points of a study run: the same replicates, so the same luck, by the same engine."""

    scenario: Scenario
    replicates: list[int]  # their numbers
    seed: int
    engine: str | type = "compiled"
    threads: int | None = None
    draws: NumbersByPath = field(default_factory=dict)  # of a posterior; replicate r has draw r modulo their count

    @classmethod
    def of(
        cls, scenario: Scenario | AnyPath, replicates: int | Iterable[int], seed: int, *, engine: str | type,
        threads: int | None, draws: NumbersByPath | None = None,
    ) -> "Conditions":  # fmt: skip
        """As they were asked for. Raises InputError for what is no scenario, engine, or number of replicates."""
        check_engine(engine)
        return cls(as_scenario(scenario), replicate_numbers(replicates), seed, engine, threads, draws or {})

    def facts(self) -> dict[str, Any]:
        """What a study says of them."""
        return {"scenario": self.scenario, "seed": int(self.seed), "replicates": self.replicates,
                "engine": engine_name(self.engine)}  # fmt: skip

    def outcomes(self, points: NumbersByPath, progress: Progress | None = None) -> pd.DataFrame:
        """A run's `outcomes` at some points: a row per point and replicate, point after point."""
        result = run(
            self.scenario, self.replicates, seed=self.seed, detail="summary", points=points, draws=self.draws,
            engine=self.engine, threads=self.threads, progress=progress,
        )  # fmt: skip
        return result.outcomes


class Job:
    """Passes on how far a study is.

    Arguments:
        progress: called with (histories done, histories in all); its `doing`, if it has one, with what is being done.
        total: histories of all stages together, or the most that they can be; 0 to count those begun.
    """

    def __init__(self, progress: Progress | None = None, total: int = 0):
        self.progress, self.total, self.begun = progress, total, 0

    def stage(self, words: str, histories: int) -> Progress | None:
        """Begin a stage of so many histories; returns what its run calls, or None where nobody listens."""
        before = self.begun
        self.begun += histories
        if (tell := self.progress) is None:
            return None
        getattr(tell, "doing", lambda _: None)(words)
        return lambda done, _: tell(before + done, max(self.total, self.begun))

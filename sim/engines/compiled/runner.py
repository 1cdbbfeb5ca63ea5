"""Ensembles: histories in chunks, chunks over threads, each chunk reduced as it is made."""

import os
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from typing import TypeVar

import numpy as np

from sim import allocation
from sim.aliases import Ints, NumbersByPath
from sim.allocation.compiled import compiled_policy, policy_type
from sim.allocation.feasible import complaint
from sim.engines.compiled.kernel import run_histories
from sim.engines.compiled.state import make_buffers, make_out
from sim.engines.compiled.world import make_cast, make_world
from sim.engines.ensemble import Ensemble
from sim.engines.rehearsal import rehearse
from sim.errors import InputError
from sim.jit import compiled
from sim.results.history import COHORT_COLUMNS, LAB_COLUMNS, PANEL_COLUMNS, TEAM_COLUMNS, History
from sim.scenario import Scenario

Reduced = TypeVar("Reduced")

MOST = 1024  # histories that one call of the kernel makes; no result depends on it
ROOM = 2**24  # bytes that the rows of one call should not exceed: the next finds the same memory again, near at hand
WORTH_A_CALL = 30_000  # person-months: the tables of fewer cost more than another thread saves


class Engine:
    """The compiled engine for one scenario and seed; its methods may be called from several threads."""

    def __init__(self, scenario: Scenario, seed: int, asked: Sequence[int] = ()) -> None:
        self.scenario, self.seed = scenario, int(seed)
        self.asked = np.asarray(asked, dtype=np.int64)
        self.cast, self.base = make_cast(scenario), make_world(scenario)
        self.lines = len(scenario.lines())
        policy = allocation.get(scenario.committee.policy)
        self.draws = int("draws" in policy.reads)
        self.policy, self.users_policy = compiled_policy(policy), policy if policy.origin else None
        self.own = threading.local()

    def histories(self, points: NumbersByPath, point_index: Ints, replicates: Ints) -> History:
        """History h is (point_index[h], replicates[h]); `points`: path -> array that `point_index` points into."""
        scenario = self.scenario
        world = make_world(scenario, points, self.base)
        if not hasattr(self.own, "buffers"):
            self.own.buffers = make_buffers(world, self.cast, self.lines)
        sizes = len(scenario.team), len(scenario.cohort), len(scenario.project), len(self.asked), len(self.cast.people)
        out = make_out(len(replicates), scenario.months, *sizes)
        arguments = (
            world, self.cast, self.own.buffers, out, point_index, replicates, self.seed, scenario.months, self.asked,
            self.draws,
        )  # fmt: skip
        kernel = _kernel(arguments)
        try:
            exits = kernel(*arguments, self.policy)
        except Exception as error:
            if self.users_policy is None:
                raise
            name = scenario.committee.policy
            raise InputError(f"policy '{name}': fails: {type(error).__name__}: {error}") from error
        if out.fault[0]:
            _, _, month, verdict = out.fault.tolist()
            reason = complaint(verdict, list(scenario.team))
            name = scenario.committee.policy
            raise InputError(f"policy '{name}': {reason} in month {month} ({scenario.date_of(month)})")
        return History(
            replicates,
            out.lab_rows,
            out.team_rows.swapaxes(2, 3),
            out.cohort_rows,
            out.project_rows,
            exits,
            out.panel_rows,
        )


_compiling = threading.Lock()
_kernels: list[Callable[..., Ints]] = []


def _kernel(examples: Sequence[object]) -> Callable[..., Ints]:
    """The one compiled kernel: its types depend on the schema, not on the scenario."""
    with _compiling:
        if not _kernels:
            _kernels.append(compiled(run_histories, *examples, policy_type()))
    return _kernels[0]


def _chunk(scenario: Scenario, total: int, workers: int, people: int, asked: int) -> int:
    """How many histories a call makes: as many as fit the room, and few enough to keep all workers busy."""
    monthly = len(LAB_COLUMNS) + len(scenario.team) * len(TEAM_COLUMNS) + len(scenario.cohort) * len(COHORT_COLUMNS)
    size = 8 * (scenario.months * monthly + asked * people * len(PANEL_COLUMNS))
    least = WORTH_A_CALL // max(1, people * scenario.months)
    return max(1, min(MOST, ROOM // size, max(least, -(-total // (2 * workers)))))


def simulate(
    scenario: Scenario,
    ensemble: Ensemble,
    *,
    seed: int,
    reduce: Callable[[History, int], Reduced],
    threads: int | None = None,
    chunk: int | None = None,
    progress: Callable[[int], object] | None = None,
    asked: Sequence[int] = (),
) -> Iterator[Reduced]:
    """Yield `reduce(history, first)` for chunk after chunk, in order; `first` is the index of its first history.

    `progress(done)` is told how many histories of the ensemble are finished; `asked` are the months as which end people
    are asked.
    """
    engine = Engine(scenario, seed, asked)
    if engine.users_policy is not None:
        rehearse(engine, engine.users_policy, ensemble)
    total = len(ensemble)
    workers = threads or os.cpu_count() or 1
    chunk = chunk or _chunk(scenario, total, workers, len(engine.cast.people), len(asked))

    def work(first: int) -> tuple[int, Reduced]:
        indices = np.arange(first, min(first + chunk, total))
        history = engine.histories(*ensemble.histories(indices))
        return len(indices), reduce(history, first)

    done = 0
    starts = iter(range(0, total, chunk))
    pool = ThreadPoolExecutor(workers)
    try:
        pending = deque(pool.submit(work, first) for first in islice(starts, 2 * workers))
        while pending:
            count, result = pending.popleft().result()
            for first in starts:
                pending.append(pool.submit(work, first))
                break
            done += count
            if progress:
                progress(done)
            yield result
    finally:
        pool.shutdown(wait=False, cancel_futures=True)  # Ctrl-C must not wait for a policy that never ends

"""Calibration: which values of the parameters the recorded facts leave, and what the record says of rival models."""

import hashlib
import json
import tempfile
from collections.abc import Callable, Collection, Iterable
from concurrent.futures import Executor
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TypedDict

import numpy as np
import pandas as pd

from sim.aliases import AnyPath, Floats, Ints
from sim.allocation import get
from sim.engines.compiled.runner import simulate
from sim.engines.ensemble import Ensemble
from sim.errors import InputError, NothingFound, check_whole, did_you_mean
from sim.results.folder import FORMAT, read_about, write_file, write_json
from sim.results.history import History
from sim.results.provenance import provenance
from sim.results.study import read_table
from sim.scenario import Scenario, as_scenario
from sim.scenario.mechanisms import DRIVERS
from sim.scenario.wording import Raw
from sim.studies.calibrated import Calibrated
from sim.studies.facts import Likelihood, columns_of, facts_of
from sim.studies.growing import growing
from sim.studies.importance import STAGES, Stages, weigh
from sim.studies.posterior import Posterior, describe
from sim.studies.priors import Priors, priors_of
from sim.studies.workers import Workers, results

MARK = "calibration.json"
POINTS, THOROUGH, REPLICATES = 10_000, 40_000, 8
RIVALS = 12_500  # points where rivals are asked for: 100,000 histories each
ENOUGH = 1000  # effective draws, beyond which no further stage is drawn
PIECE = 20_000  # histories


def calibrate(
    scenario: Scenario | AnyPath, out: AnyPath | None = None, *, prior: AnyPath | None = None,
    points: int | None = None, replicates: int = REPLICATES, seed: int = 1, until: str | None = None,
    facts: Collection[str] | None = None, without: Iterable[str] = (), only: Iterable[str] = (),
    coverage: bool = False, stages: int = STAGES, executor: Executor | None = None, fresh: bool = False,
    piece: int = PIECE, threads: int | None = None, window: int | None = None,
    progress: Callable[[int, int, float], object] | None = None,
) -> Posterior:  # fmt: skip
    """The posterior of a scenario's parameters given its recorded facts, by adaptive importance sampling.

    Arguments:
        scenario: a `Scenario` with priors (`[prior]`) and facts (`[[record]]`), path or shipped name.
        out: the folder; a calibration of the same there goes on where it was stopped. None keeps no files.
        prior: a TOML file whose table `[prior]` replaces the scenario's.
        points: of the first stage, 10,000 (12,500 with rivals); each of up to `stages` further ones draws half as many,
            as long as the effective sample size is below 1,000.
        replicates: histories at each point, each with its own luck.
        until: the last month that is known ("2023-02"); later facts are held out and predicted.
        facts: names of the recorded facts to use; default all that are for calibration.
        without, only: mechanisms. Each of `without` makes a rival without it, each of `only` a rival in which of all
            that drives people away only it is left ("nothing": none). Rivals are calibrated too.
        coverage: also whether the method recovers what it is shown (`Posterior.coverage`).
        executor: any `concurrent.futures` executor whose workers can import `sim`; default: this process's threads.
        progress: called with (histories done, histories in all, effective sample size so far).

    Raises InputError for what cannot be calibrated; NothingFound where the run went through and says nothing.
    """
    scenario = as_scenario(scenario)
    get(scenario.committee.policy)  # code that a file names is refused before anything runs
    priors = priors_of(scenario, prior)
    rivals = rivals_of(priors.scenario, without=without, only=only)
    points = (RIVALS if rivals else POINTS) if points is None else points
    _check(points, replicates, seed, stages, piece)
    used, held = facts_of(priors.scenario, until=until, names=facts)
    settings = {"points": points, "replicates": replicates, "seed": int(seed), "until": until, "stages": stages,
                "facts": [fact.name for fact in used]}  # fmt: skip
    work = _Work(Workers(executor, threads, window), piece, progress, 1 + len(rivals))
    opened: AbstractContextManager[AnyPath] = (
        tempfile.TemporaryDirectory(prefix="calibration-") if out is None
        else growing(out, "posterior", doing="calibrating", fresh=fresh)
    )  # fmt: skip
    with opened as folder:

        def calibration(of: Priors, within: str = "") -> _Calibration:
            made = Calibrated(of, used, held, settings, Stages(len(of), int(seed)))
            return _Calibration(made, Path(folder), within)

        made = calibration(priors).run(work)
        others = {
            name: calibration(priors_of(rival), f"rivals/{name}/").run(work, rival=True)
            for name, rival in rivals.items()
        }
        found = describe(made, others, coverage=coverage)
        if out is not None:
            _keep(found, Path(folder))
    return found


def rivals_of(scenario: Scenario, *, without: Iterable[str] = (), only: Iterable[str] = ()) -> dict[str, Scenario]:
    """Name -> scenario with mechanisms switched off. InputError for unknown ones and those that are off."""
    found: dict[str, Scenario] = {}
    faults: list[str] = []
    on = [name for name in DRIVERS if getattr(scenario.mechanisms, name)]
    known = type(scenario.mechanisms).model_fields
    for kind, names in (("without", without), ("only", only)):
        for name in dict.fromkeys(names):
            if name not in known and not (kind == "only" and name == "nothing"):
                valid = [*known, "nothing"] if kind == "only" else known
                faults.append(f"{kind}: unknown mechanism '{name}'{did_you_mean(name, valid)}")
            elif name != "nothing" and not getattr(scenario.mechanisms, name):
                faults.append(f"{kind}: '{name}' is off in this scenario")
            else:
                off = [name] if kind == "without" else [other for other in on if other != name]
                found[f"{kind}_{name}"] = scenario.with_overrides({f"mechanisms.{cause}": False for cause in off})
    if faults:
        raise InputError(*faults)
    return found


def _check(points: int, replicates: int, seed: int, stages: int, piece: int) -> None:
    for name, value, low, high in (
        ("points", points, 10, 1_000_000), ("replicates", replicates, 2, 1000), ("seed", seed, 0, 2**63 - 1),
        ("stages", stages, 0, 20), ("piece", piece, 1, 10**9),
    ):  # fmt: skip
        check_whole(name, value, low, high)


def _keep(found: Posterior, folder: Path) -> None:
    """Write a posterior into the folder in which it grew: its mark last, so that half a posterior is none."""
    for name, table in found.tables.items():
        write_file(folder, f"{name}.parquet", partial(table.to_parquet, index=False))
    for name, table in found.for_people().items():
        write_file(folder, f"{name}.csv", partial(table.to_csv, index=False))
    about = {"kind": found.kind, "format": FORMAT, "provenance": provenance(), **found.about()}
    write_json(folder, f"{found.kind}.json", about)


@dataclass
class _Work:
    """How pieces are run, and how far all calibrations of a call are."""

    workers: Workers
    piece: int  # histories
    progress: Callable[[int, int, float], object] | None
    calibrations: int
    done: int = 0
    total: int = 0

    def tell(self, ess: float) -> None:
        if self.progress:
            self.progress(self.done, self.total, ess)


class _Calibration:
    """Makes a model's stages, piece by piece, in a folder of its own: `within`, in the whole calibration's."""

    def __init__(self, made: Calibrated, folder: Path, within: str = ""):
        self.made, self.folder, self.within = made, folder, within
        self.settings, self.priors, self.stages = made.settings, made.priors, made.stages
        self._begin()

    def digest(self) -> str:
        """Hash of all that decides the result."""
        text = json.dumps([self.settings, self.priors.scenario.to_dict()], sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()

    def _begin(self) -> None:
        mark = self.folder / self.within / MARK
        if mark.exists():
            about = read_about(mark, "calibration", "calibration")
            if about["hash"] != self.digest():
                differ = [key for key, value in self.settings.items() if about["settings"].get(key) != value]
                why = f"{', '.join(differ)} differ" if differ else "its scenario or priors have changed"
                raise InputError(f"{mark.parent}: holds another calibration ({why}); give another folder, or start "
                                 "afresh (--fresh)")  # fmt: skip
            return
        (mark.parent / "pieces").mkdir(parents=True, exist_ok=True)
        write_json(self.folder, f"{self.within}{MARK}", {
            "kind": "calibration", "format": FORMAT, "hash": self.digest(), "settings": self.settings,
            "provenance": provenance(), "scenario": self.priors.scenario.to_dict(),
        })  # fmt: skip

    def _table(self, name: str) -> pd.DataFrame | None:
        """A table of this calibration, if it is there as it was written; one that is damaged is made again."""
        with suppress(InputError):
            return read_table(self.folder, f"{self.within}{name}", "calibration")
        return None

    def _write(self, name: str, table: pd.DataFrame) -> None:
        write_file(self.folder, f"{self.within}{name}", partial(table.to_parquet, index=False))

    def run(self, work: _Work, rival: bool = False) -> Calibrated:
        """Draw, simulate and weigh stage after stage. Raises NothingFound where no point can be weighed, unless it is a
        rival, whom that refutes."""
        points = self.settings["points"]
        work.total = max(work.total, work.calibrations * points * self.settings["replicates"])
        self._simulate(0, self._design(0, self.stages.first(points)), work)
        if not rival:
            self._demand_possible()
        for stage in range(1, self.settings["stages"] + 1):
            weighed = self.made.weighed()
            if weighed.ess >= ENOUGH or weighed.ess == 0.0:
                break
            count = max(10, points // 2)
            work.total += count * self.settings["replicates"]
            self._simulate(stage, self._design(stage, self.stages.further(count, weighed.weights)), work)
        return self.made

    def _design(self, stage: int, z: Floats) -> Floats:
        """A stage's points as they were drawn once: a stopped calibration goes on with the same, to the last bit."""
        kept = self._table(f"design_{stage}.parquet")
        if kept is not None and kept.shape == z.shape:
            z = self.stages.parts[stage] = kept.to_numpy()
        else:
            self._write(f"design_{stage}.parquet", pd.DataFrame(z, columns=list(self.priors.paths)))
        return z

    def _simulate(self, stage: int, z: Floats, work: _Work) -> None:
        before = sum(len(part) for part in self.stages.parts[:stage])
        each = max(1, work.piece // self.settings["replicates"])
        values = self.priors.values(z)
        found: dict[int, pd.DataFrame] = {}
        tasks: list[PieceOfStage] = []
        for first in range(0, len(z), each):
            points = {path: column[first : first + each] for path, column in values.items()}
            table = self._table(_piece(stage, first))
            if table is not None:
                found[first] = table
                continue
            tasks.append({
                "number": first, "scenario": self.priors.scenario.to_dict(), "points": points,
                "luck": before + np.arange(first, min(first + each, len(z))),
                "facts": [fact.name for fact in (*self.made.used, *self.made.held)],
                "replicates": self.settings["replicates"], "seed": self.settings["seed"],
            })  # fmt: skip
        work.done += sum(len(table) for table in found.values())
        work.tell(self._ess(found, stage))
        for first, table in results(tasks, simulate_piece, work.workers):
            self._write(_piece(stage, first), table)
            found[first] = table
            work.done += len(table)
            if work.progress:
                work.tell(self._ess(found, stage))
        joined = pd.concat([found[first] for first in sorted(found)], ignore_index=True)
        for name, column in self._columns(joined).items():
            self.made.columns[name] = np.concatenate([self.made.columns[name], column]) if stage else column

    def _columns(self, table: pd.DataFrame) -> dict[str, Floats]:
        return {str(name): table[name].to_numpy().reshape(-1, self.settings["replicates"]) for name in table}

    def _ess(self, found: dict[int, pd.DataFrame], stage: int) -> float:
        """Effective draws: of the finished pieces of the first stage; later, of all stages that are whole."""
        if stage:
            return self.made.weighed().ess
        if not found:
            return 0.0
        likelihood = Likelihood(self.made.used, self._columns(pd.concat(found.values(), ignore_index=True))).log()
        return weigh(likelihood, np.zeros(len(likelihood))).ess

    def _demand_possible(self) -> None:
        likelihood = self.made.likelihood()
        faults = []
        for fact in self.made.used:
            if np.isfinite(likelihood.by_fact()[fact.name]).any():
                continue
            values = self.made.columns[fact.name]
            given = values[np.isfinite(values)]
            what = f"they give {given.min():.4g} to {given.max():.4g}" if len(given) else "none reaches it"
            low, high = fact.low, fact.high
            faults.append(f"record.{fact.name}: no history can meet this fact, {low:g} to {high:g}: of {values.size:,} "
                          f"{what}")  # fmt: skip
        if not faults and not np.isfinite(likelihood.log()).any():
            faults = [f"{self.priors.scenario.title or 'scenario'}: no history of "
                      f"{self.made.histories:,} meets all facts together"]  # fmt: skip
        if faults:
            raise NothingFound(*faults)


def _piece(stage: int, first: int) -> str:
    return f"pieces/{stage}_{first:07d}.parquet"


class PieceOfStage(TypedDict):
    """Some points of a stage, as plain data that any worker can run."""

    number: int  # of its first point, in the stage
    scenario: Raw
    points: dict[str, Floats]
    luck: Ints
    facts: list[str]
    replicates: int
    seed: int


def simulate_piece(task: PieceOfStage, threads: int | None = 1) -> tuple[int, pd.DataFrame]:
    """Histories at some points, each with its own luck: the piece's number, and what each gives for every fact."""
    scenario = Scenario.from_dict(task["scenario"])
    used, held = facts_of(scenario)
    facts = [fact for fact in (*used, *held) if fact.name in task["facts"]]
    ensemble = Ensemble(np.arange(task["replicates"]), task["points"], luck=task["luck"])

    def reduce(history: History, first: int) -> dict[str, Floats]:
        return columns_of(scenario, history, facts)

    parts = list(simulate(scenario, ensemble, seed=task["seed"], reduce=reduce, threads=threads))
    return task["number"], pd.DataFrame({name: np.concatenate([part[name] for part in parts]) for name in parts[0]})

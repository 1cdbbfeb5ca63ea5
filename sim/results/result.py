"""The tables that both engines return, and what a run adds to `Study`."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal, Self

import numpy as np
import pandas as pd
from pydantic import TypeAdapter

from sim.aliases import Floats, Ints, NumbersByPath
from sim.errors import InputError
from sim.model.state import REASONS, STATUSES
from sim.results.bands import LEVELS, NAMES, bands, statistics
from sim.results.folder import About
from sim.results.history import COHORT_COLUMNS, PEOPLE_COLUMNS, TEAM_COLUMNS, History
from sim.results.measures import quotient
from sim.results.mixture import spreads
from sim.results.outcomes import outcomes
from sim.results.study import Study
from sim.results.utilisation import utilisation
from sim.scenario import Scenario
from sim.scenario.seats import holder, seat_names

Detail = Literal["summary", "months", "people", "panel"]
DETAILS = ("summary", "months", "people", "panel")
TABLES = {"outcomes": "summary", "months": "months", "cohorts": "months", "projects": "months", "lab": "months",
          "exits": "people", "panel": "panel", "beside": "summary"}  # fmt: skip
TEXT = pd.Series([""]).dtype  # what pandas holds text in; as "str", pandas 2 turned a missing one into the word None
BANDED = {"months": ["team", "month"], "cohorts": ["cohort", "month"], "lab": ["month"]}  # table -> of whom and when


@dataclass(repr=False, kw_only=True)
class Result(Study):
    """What a run found. Tables that its `detail` did not ask for raise AttributeError, naming the detail needed.

    | table | one row per |
    |---|---|
    | `outcomes` | history: the columns of `sim.results.meanings.OUTCOMES` |
    | `months` | history, month, team |
    | `cohorts` | history, month, cohort |
    | `projects` | history, project |
    | `lab` | history, month: budget and need, in GPUs |
    | `exits` | departure |
    | `beside` | outcome, of a run that `sim run` set beside the scenario that its own one extends: paired difference |
    | `panel` | person asked and month: fairness, log hazard, the month in which they left afterwards |
    | `record` | recorded fact |
    | `utilisation` | team, month: what is wanted, entitled to, held, used, idle and borrowed |

    With `points`, a column `point` comes first.
    """

    kind, called, known, needed = "run", "run", tuple(TABLES), ("outcomes",)
    settings = ("engine", "detail", "luck")

    engine: str  # compiled, mesa, or the name of a class
    detail: Detail
    luck: Literal["same", "own"] | list[int] = "same"  # of the points, as for `run`
    draws: NumbersByPath | None = None

    @property
    def histories(self) -> int:
        """How many histories the result is made of."""
        return len(self.outcomes)

    @cached_property
    def record(self) -> pd.DataFrame:
        """Simulated beside recorded: one row per recorded fact (and point).

        Median and 90 % band are of the histories that give a value; `missing` is the share of those that give none (a
        project that is not released). They lie outside the recorded interval: `within` counts them. It is missing
        itself where the run ends before the fact's month.
        """
        if not self.points:
            return self._recorded(self.outcomes)
        parts = {point: self._recorded(histories) for point, histories in self.outcomes.groupby("point")}
        return pd.concat(parts, names=["point"]).reset_index("point").reset_index(drop=True)

    def _recorded(self, outcomes: pd.DataFrame) -> pd.DataFrame:
        rows, count = [], max(1, len(outcomes))
        for fact in self.scenario.record.values():
            reached = self.scenario.month_of(fact.month) < self.scenario.months
            values = outcomes[f"record.{fact.name}"].dropna()
            low, middle, high = values.quantile([0.05, 0.5, 0.95]) if len(values) else [np.nan] * 3
            rows.append({
                "name": fact.name, "what": fact.what, "of": fact.whom or "the lab",
                "month": fact.month, "recorded_low": fact.low, "recorded": fact.value, "recorded_high": fact.high,
                "simulated_q05": low, "simulated_median": middle, "simulated_q95": high,
                "within": values.between(*fact.interval).sum() / count if reached else np.nan,
                "missing": 1.0 - len(values) / count, "source": fact.source,
            })  # fmt: skip
        return pd.DataFrame(rows)

    @cached_property
    def knowing(self) -> pd.DataFrame:
        """Of a run over a posterior, per outcome: the mean, where it lies by luck alone and by not knowing alone, and
        which share of the variance is not knowing (`sim.results.mixture.spread`).

        Raises InputError for a run at one tuning.
        """
        if not self.draws:
            raise InputError("this run has no draws of a posterior, so nothing is known of not knowing")
        return spreads(self.outcomes, len(next(iter(self.draws.values()))))

    @cached_property
    def utilisation(self) -> pd.DataFrame:
        """What becomes of the GPUs: a row per team and month (and point), means over histories.

        Columns `wanted asked entitled granted held used idle borrowed short` in GPUs, the same with `_share` in parts
        of the month's budget, `people`, and `starving`, the share of histories in which the team holds less than half
        of what it needs. A run's folder has it as `utilisation.csv`.
        """
        return utilisation(self.months, self.lab)

    def bands(self, table: str, value: str) -> pd.DataFrame:
        """Quantiles over replicates of one column of `months`, `cohorts` or `lab`: a row per month (and whom).

        Columns `q05 q25 q50 q75 q95 mean`, indexed by (whom, month); `lab` by month alone.
        """
        return self._bands(table, [value]).droplevel("column")

    def _bands(self, table: str, columns: list[str]) -> pd.DataFrame:
        frame, keys = getattr(self, table), BANDED[table]
        if table != "months":
            return bands(frame, keys, columns)
        whole = [name for name in columns if name in PEOPLE_COLUMNS]
        manned = frame[frame["headcount"] + frame["hired"] + frame["moved"].clip(lower=0) > 0]
        rest = [name for name in columns if name not in PEOPLE_COLUMNS]
        return pd.concat(bands(rows, keys, names) for rows, names in ((frame, whole), (manned, rest)) if names)

    def why_not(self, name: str) -> str:
        if name == "beside":
            return "this result was not set beside the scenario that its own one extends"
        return f"this result was made with detail='{self.detail}'; '{name}' needs detail='{TABLES[name]}'"

    def about(self) -> About:
        points, draws = (
            {path: np.asarray(values).tolist() for path, values in (given or {}).items()}
            for given in (self.points, self.draws)
        )
        return {**super().about(), "points": points, "draws": draws}

    @classmethod
    def again(cls, about: About, tables: dict[str, pd.DataFrame], where: str) -> Self:
        about = {"draws": {}, **about}
        result = super().again(about, tables, where)
        result.points, result.draws = _arrays(about["points"]), _arrays(about["draws"])
        return result

    def for_people(self) -> dict[str, pd.DataFrame]:
        found = {"outcomes_quantiles": _described(self.outcomes)}
        for monthly in ("months", "cohorts", "lab"):
            if monthly in self.tables:
                found[f"{monthly}_quantiles"] = self._quantiles(monthly)
        if "months" in self.tables:
            found["utilisation"] = self.utilisation
        if self.scenario.record:
            found["record"] = self.record
        if self.draws and not self.points:
            found["knowing"] = self.knowing
        return found

    def _quantiles(self, table: str) -> pd.DataFrame:
        skip = {"point", "replicate", "date", *BANDED[table]}
        return self._bands(table, [name for name in getattr(self, table).columns if name not in skip]).reset_index()


def _described(outcomes: pd.DataFrame) -> pd.DataFrame:
    """Count, mean, spread and quantiles of each outcome over the histories: a row per outcome."""
    found = {name: values[0] for name, values in statistics(outcomes.to_numpy(dtype=float)[None], LEVELS).items()}
    middle = {f"{level:.0%}": found[name] for level, name in zip(LEVELS, NAMES, strict=True)}
    return pd.DataFrame({
        "outcome": outcomes.columns, "count": found["replicates"].astype(float), "mean": found["mean"],
        "std": found["sd"], "min": outcomes.min().to_numpy(), **middle, "max": outcomes.max().to_numpy(),
    })  # fmt: skip


def _arrays(saved: object) -> NumbersByPath | None:
    lists = TypeAdapter(dict[str, list[float]]).validate_python(saved)
    return {path: np.asarray(values) for path, values in lists.items()} or None


class Tables:
    """Gathers the tables of a result from histories, chunk by chunk, keeping what the detail asks for."""

    def __init__(
        self, scenario: Scenario, detail: Detail, replicates: list[int], points: NumbersByPath | None = None,
        asked: Sequence[int] = (),
    ):  # fmt: skip
        self.scenario, self.detail, self.points = scenario, detail, points
        self.replicates = np.asarray(replicates)
        self.asked = np.asarray(asked, dtype=np.int64)
        self.names = seat_names(scenario) if detail in ("people", "panel") else []
        self.dates = pd.Categorical(
            [scenario.date_of(month) for month in range(scenario.months)],
            categories=[scenario.date_of(month) for month in range(scenario.months)], ordered=True,
        )  # fmt: skip

    def reduce(self, history: History, first: int) -> dict[str, pd.DataFrame]:
        """The tables of one chunk, whose first history has the given place among all."""
        asked = DETAILS[: DETAILS.index(self.detail) + 1]
        makers = {"outcomes": self._outcomes, "months": self._months, "cohorts": self._cohorts,
                  "projects": self._projects, "lab": self._lab, "exits": self._exits, "panel": self._panel}  # fmt: skip
        return {name: make(history, first) for name, make in makers.items() if TABLES[name] in asked}

    def join(self, parts: Iterable[dict[str, pd.DataFrame]]) -> dict[str, pd.DataFrame]:
        parts = list(parts)
        if len(parts) == 1:
            return {name: table.reset_index(drop=True) for name, table in parts[0].items()}
        return {name: pd.concat([part[name] for part in parts], ignore_index=True) for name in parts[0]}

    def _keyed(self, history: History, first: int, table: pd.DataFrame, rows: Ints | None = None) -> pd.DataFrame:
        """Put the replicate, and the point if there are points, in front; `rows` is each row's history."""
        index = first + (np.arange(len(history.replicates)) if rows is None else rows)
        table.insert(0, "replicate", self.replicates[index % len(self.replicates)])
        if self.points:
            table.insert(0, "point", index // len(self.replicates))
        return table

    def _grid(
        self, history: History, first: int, names: Iterable[str], key: str, columns: Mapping[str, Floats | Ints]
    ) -> pd.DataFrame:
        """A table with a row per history, month and name; `columns` maps names to (H, months, names) arrays."""
        count, months, whom = next(iter(columns.values())).shape
        month = np.tile(np.repeat(np.arange(months), whom), count)
        codes = np.tile(np.arange(whom), count * months)
        table = pd.DataFrame({
            "month": month, "date": self.dates[month],
            key: _named(codes, names),
            **{name: values.reshape(-1) for name, values in columns.items()},
        })  # fmt: skip
        return self._keyed(history, first, table, np.repeat(np.arange(count), months * whom))

    def _outcomes(self, history: History, first: int) -> pd.DataFrame:
        return self._keyed(history, first, outcomes(self.scenario, history))

    def _months(self, history: History, first: int) -> pd.DataFrame:
        columns = {}
        for name in TEAM_COLUMNS:
            values = history.team(name)
            columns[name] = values.astype(np.int64) if name in PEOPLE_COLUMNS else values
        return self._grid(history, first, self.scenario.team, "team", columns)

    def _cohorts(self, history: History, first: int) -> pd.DataFrame:
        size, quits, laid_off = (history.cohort(name) for name in COHORT_COLUMNS)
        left = quits + laid_off
        columns = {"size": size, "present": size - left, "quit": quits, "laid_off": laid_off,
                   "left_share": quotient(left, size)}  # fmt: skip
        table = self._grid(history, first, self.scenario.cohort, "cohort", columns)
        return table[table["size"] >= 0].reset_index(drop=True)

    def _lab(self, history: History, first: int) -> pd.DataFrame:
        count, months, _ = history.lab.shape
        month = np.tile(np.arange(months), count)
        table = pd.DataFrame({"month": month, "date": self.dates[month], "budget": history.lab[..., 0].reshape(-1),
                              "need": history.lab[..., 1].reshape(-1)})  # fmt: skip
        return self._keyed(history, first, table, np.repeat(np.arange(count), months))

    def _projects(self, history: History, first: int) -> pd.DataFrame:
        count, projects = history.project("status").shape
        month = history.project("month").reshape(-1)
        table = pd.DataFrame({
            "project": _named(np.tile(np.arange(projects), count), self.scenario.project),
            "team": _named(history.project("team").reshape(-1).astype(int), self.scenario.team),
            "status": _named(history.project("status").reshape(-1).astype(int), STATUSES),
            "month": pd.array(np.where(month < 0, np.nan, month), dtype="Int64"),
            "gpu_months": history.project("gpu_months").reshape(-1),
        })  # fmt: skip
        return self._keyed(history, first, table, np.repeat(np.arange(count), projects))

    def _panel(self, history: History, first: int) -> pd.DataFrame:
        where, ask, seat = np.nonzero(history.panel[..., 0] >= 0)
        rows = history.panel[where, ask, seat]
        occupant, team = rows[:, 0].astype(np.int64), rows[:, 1].astype(np.int64)
        left, reason = history.exit_after(where, seat, occupant)
        table = pd.DataFrame({
            "month": self.asked[ask], "date": self.dates[self.asked[ask]],
            "team": _named(team, self.scenario.team),
            "person": pd.Series([holder(self.names[s], o) for s, o in zip(seat, occupant, strict=True)], dtype="str"),
            "fairness": rows[:, 2], "log_hazard": rows[:, 3],
            "exit_month": pd.array(np.where(left < 0, np.nan, left), dtype="Int64"),
            "reason": _named(reason, REASONS),
        })  # fmt: skip
        return self._keyed(history, first, table, where)

    def _exits(self, history: History, first: int) -> pd.DataFrame:
        rows = history.sorted_exits()
        names = list(self.scenario.cohort)
        masks, codes = np.unique(rows[:, 5], return_inverse=True)
        labels = ["|".join(name for k, name in enumerate(names) if mask >> k & 1) or None for mask in masks.tolist()]
        seats, seat_codes = np.unique(rows[:, 3] << 32 | rows[:, 4], return_inverse=True)  # seat, then its occupant
        people = [holder(self.names[seat >> 32], seat & 0xFFFFFFFF) for seat in seats.tolist()]
        table = pd.DataFrame({
            "month": rows[:, 1], "date": self.dates[rows[:, 1]],
            "team": _named(rows[:, 2], self.scenario.team),
            "cohort": _texts(codes, labels),
            "person": _texts(seat_codes, people),
            "reason": _named(rows[:, 6], REASONS),
        })  # fmt: skip
        return self._keyed(history, first, table, rows[:, 0])


def _texts(codes: Ints, words: list[Any]) -> Any:
    """A column of texts, some of them missing, from the place of each in a list: they are made once."""
    return pd.Series(np.array(words, dtype=object)).astype(TEXT).array.take(codes)


def _named(codes: Ints, names: Iterable[str]) -> "pd.Categorical[str]":
    """A column of names, from the place of each among them."""
    return pd.Categorical.from_codes(codes, pd.Index(list(names)))

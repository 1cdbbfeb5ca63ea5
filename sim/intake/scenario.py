"""A scenario file from what was read: every number with its source, every guess marked as one."""

import csv
import io
import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

import pandas as pd
import tomlkit
from tomlkit.items import Table

from sim.errors import InputError
from sim.intake.usage import Usage, months_from
from sim.scenario import load_scenario

GPUS_A_HEAD = 8.0  # of what a team wants in its busiest month; how people are guessed where nobody counted them
AS_MANY = f"not recorded; one for {GPUS_A_HEAD:g} GPUs wanted at most"
ROOM = 3.0  # what a person could keep busy, over the most that a head wanted in any month: demand has a spread
LONGEST = 80  # letters of a name
FOREIGN = re.compile(r"[\s./|\x00-\x1f\x7f-\x9f]+")  # what no name may hold


@dataclass
class Draft:
    """A scenario as files: name -> text, the scenario's own first; and what had to be guessed, a line each."""

    files: dict[str, str]
    guesses: list[str]


def as_scenario_file(
    usage: Usage, name: str, *, gpus: float | None = None, months: int | None = None, start: str | None = None
) -> Draft:
    """The scenario that the records tell of.

    Arguments:
        usage: what was read.
        name: of the scenario; its file is NAME.toml, its demand NAME_demand.csv, its quotas NAME_quota.csv.
        gpus: the budget; by default the sum of quotas, else the most that was ever used at once.
        months, start: length and first month; by default those of the records.

    Raises InputError where nobody wants any GPUs and no quota says how many there are.
    """
    draft = _Writer(usage, name, gpus, months, start).draft()
    _check(draft, name)
    return draft


def _check(draft: Draft, name: str) -> None:
    """Raise InputError, with a line for every number that a scenario may not hold, where the draft is none."""
    with TemporaryDirectory() as folder:
        for file, text in draft.files.items():
            (Path(folder) / file).write_text(text, encoding="utf-8")
        first = Path(folder) / next(iter(draft.files))
        try:
            load_scenario(str(first))
        except InputError as error:
            faults = (fault.replace(f"{first}: ", "").replace(f"{folder}/", "") for fault in error.faults)
            raise InputError(*(f"what was read makes no scenario {name}: {fault}" for fault in faults)) from None


class _Writer:
    """What goes into the file, part by part, and on the way what is known from where and what is guessed."""

    def __init__(self, usage: Usage, name: str, gpus: float | None, months: int | None, start: str | None) -> None:
        self.usage, self.name, self.gpus = usage, name, gpus
        self.guesses: list[str] = []
        self.uncounted: list[str] = []  # teams whose people nobody counted
        self.sources: dict[str, str] = {}  # by dotted path
        self.names = _names(usage.teams())
        read = usage.months()
        self.start = start or (read[0] if read else f"{date.today():%Y-%m}")
        if not read and start is None:
            self.guesses.append(f"start: the records have no dates; this month, {self.start}")
        self.count = months or len(read) or 12
        if not read and months is None:
            self.guesses.append("months: the records have no dates; a year")
        for key, given in (("start", start), ("months", months)):
            if given is not None or read:
                self.sources[key] = "the months of the records" if given is None else "given on import"
        self.wanted, self.quota = self._wanted(), self._monthly("quota")
        self.guesses.append("team.*.site, line, gpus_per_researcher: all at one site, nobody's rival, "
                            f"{ROOM:g} times the most that a head wanted")  # fmt: skip

    def draft(self) -> Draft:
        document = tomlkit.document()
        document.add(tomlkit.comment("Made from what a cluster wrote; numbers marked GUESS are no more than that."))
        document.add(tomlkit.nl())
        document.update({
            "title": f"{self.name}: {len(self.names)} teams",
            "question": "Who would have got what under another policy, who starves, and what idles?",
            "start": self.start, "months": self.count,
        })  # fmt: skip
        for key in {"start", "months"} - set(self.sources):
            document[key].comment("GUESS: the records have no dates")
        document.add(tomlkit.nl())
        document.update({"budget": self._budget(), "committee": self._committee(), "team": tomlkit.aot()})
        for team in self.usage.teams():
            document["team"].append(self._team(team))
        document["sources"] = self.sources
        if self.uncounted:
            self.guesses.append(f"team.*.researchers: {AS_MANY}: {', '.join(self.uncounted)}")
        files = {f"{self.name}.toml": tomlkit.dumps(document)}
        for series, months in (("demand", self.wanted), ("quota", self.quota)):
            if self._changes(months):
                files[f"{self.name}_{series}.csv"] = self._csv(months)
        return Draft(files, self.guesses)

    # What the records say

    def _monthly(self, column: str) -> pd.DataFrame:
        """Months by teams; a standing value holds in every month, a gap keeps the last value."""
        table = self.usage.by_month(column).astype(float)
        if table.empty:
            months = months_from(self.start, periods=self.count)
            table = pd.DataFrame(index=months, columns=self.usage.teams(), dtype=float)
        if column in self.usage.standing:
            table = table.fillna(self.usage.standing[column].reindex(table.columns))
        return table

    def _wanted(self) -> pd.DataFrame:
        """GPUs wanted; where only use is known, that much at least; where only a quota is, the quota."""
        wanted = self._as_in_the_nearest_month(self._monthly("wanted"))
        for column, words in (("used", "at least what was used"), ("quota", "what its quota is")):
            lacking = wanted.isna() & self._monthly(column).notna()
            if lacking.to_numpy().any():
                teams = ", ".join(self.names[team] for team in wanted.columns[lacking.any()])
                self.guesses.append(f"demand of {teams}: not recorded in some month; {words}")
                wanted = wanted.fillna(self._monthly(column))
        return wanted.fillna(0.0)

    def _as_in_the_nearest_month(self, wanted: pd.DataFrame) -> pd.DataFrame:
        """Months of which no record tells anybody's demand are taken to be as the last one before, else after, is."""
        recorded = wanted.notna().any(axis=1)
        if recorded.all() or not recorded.any():
            return wanted
        months = list(wanted.index[~recorded])
        span = f"{months[0]} to {months[-1]}" if len(months) > 1 else months[0]
        self.guesses.append(f"demand in {len(months)} months ({span}): not recorded; as in the nearest that is")
        nearest = wanted.index.to_series().where(recorded).ffill().bfill()
        return wanted.loc[nearest].set_axis(wanted.index)

    def _changes(self, table: pd.DataFrame) -> bool:
        return bool(len(table) > 1 and (table.nunique(dropna=True) > 1).any())

    # The parts of the file

    def _budget(self) -> Table:
        table, quotas = tomlkit.table(), self.quota.sum(axis=1)
        source: str | None = None
        if self.gpus is not None:
            gpus, source = float(self.gpus), "given on import"
        elif quotas.max() > 0.0:
            said = self.usage.words.get("quota", "records")
            gpus, source = quotas.max(), f"sum of quotas, the most of any month ({said})"
        else:
            used = self._monthly("used").sum(axis=1).max()
            gpus = used if used > 0.0 else self.wanted.sum(axis=1).max()
            self.guesses.append("budget.gpus: no record says how many there are; the most that was used in a month")
        if not gpus > 0.0:
            raise InputError("nothing usable was found: no team wants GPUs, and no quota says how many there are")
        guess = "no record says how many there are; the most that was used"
        self._put(table, "budget", "gpus", math.ceil(gpus), source, guess)
        table["reserve"] = 0.0
        table["reserve"].comment("GUESS: nobody keeps GPUs back for appeals")
        self.guesses.append("budget.reserve: nobody keeps GPUs back for appeals")
        return table

    def _committee(self) -> Table:
        table, known = tomlkit.table(), self.usage.known
        table["policy"] = "quota_borrowing" if known("quota") else "fair_share" if known("weight") else "max_min"
        table["policy"].comment("GUESS: how your lab divides; `sim policies` lists the others")
        self.guesses.append(f"committee.policy: {table['policy']}, by what kind of record there is")
        return table

    def _team(self, team: str) -> Table:
        table, path = tomlkit.table(), f"team.{self.names[team]}"
        table["name"] = self.names[team]
        table["site"], table["line"] = "here", self.names[team]
        table["site"].comment("GUESS: all at one site")
        table["line"].comment("GUESS: nobody's rival; give two teams one line if they are rivals")
        wanted = self.wanted[team]
        people, source = self._people(team, wanted)
        self._put(table, path, "researchers", people, source, AS_MANY)
        in_words = self._words("wanted", f"in {wanted.index[0]}, a head")
        self._put(table, path, "baseline", wanted.iloc[0] / people, in_words)
        table["gpus_per_researcher"] = _number(max(1.0, ROOM * wanted.max() / people))
        table["gpus_per_researcher"].comment(f"GUESS: {ROOM:g} times the most that a head wanted")
        quota, standing = self.quota[team].dropna(), self.usage.standing.reindex([team]).loc[team].to_dict()
        if len(quota):
            self._put(table, path, "weight", quota.iloc[0], self._words("quota"))
        elif not math.isnan(standing["weight"]):
            self._put(table, path, "weight", standing["weight"], self._words("weight"))
        if standing["guaranteed"] > 0.0:
            self._put(table, path, "guaranteed_gpus", standing["guaranteed"], self._words("guaranteed"))
        for key in ("borrowing_limit", "lending_limit", "borrowing_weight"):
            if not math.isnan(standing[key]):
                self._put(table, path, key, standing[key], self._words(key))
        for series, months in (("demand", self.wanted), ("quota", self.quota)):
            if self._changes(months[[team]]):
                table[f"{series}_csv"] = f"{self.name}_{series}.csv"
        return table

    def _people(self, team: str, wanted: "pd.Series[float]") -> tuple[int, str | None]:
        """How many people a team has, and who says so: None where it is a guess."""
        counted = self.usage.monthly.loc[self.usage.monthly["team"] == team, "people"].dropna()
        people = counted.iloc[0] if len(counted) else self.usage.standing["people"].get(team, math.nan)
        if not math.isnan(people):
            return max(1, round(people)), self._words("people")
        self.uncounted.append(self.names[team])
        return max(1, math.ceil(wanted.max() / GPUS_A_HEAD)), None

    def _words(self, column: str, more: str = "") -> str:
        return f"{self.usage.words.get(column, 'the records')} {more}".rstrip()

    def _put(self, table: Table, path: str, key: str, value: float, source: str | None, guess: str = "") -> None:
        """A number, and where it is from: in the sources, or beside it that it is a guess."""
        table[key] = _number(value)
        if source is None:
            table[key].comment(f"GUESS: {guess}")
        else:
            self.sources[f"{path}.{key}"] = source

    def _csv(self, table: pd.DataFrame) -> str:
        """month, team, gpus: a row whenever a team's number changes."""
        text = io.StringIO()
        write = csv.writer(text, lineterminator="\n")
        write.writerow(["month", "team", "gpus"])
        for team, name in self.names.items():
            column = table[team].fillna(0.0)
            kept = column[column.ne(column.shift())]
            write.writerows([month, name, _number(value)] for month, value in kept.items())
        return text.getvalue()


def _number(value: float) -> float:
    """Four digits, whole where it is."""
    value = float(f"{value:.4g}")
    return int(value) if value.is_integer() else value


def _names(teams: Iterable[str]) -> dict[str, str]:
    """Names that a scenario takes, each its own: what a name may not hold becomes a line."""
    names: dict[str, str] = {}
    for team in teams:
        plain = FOREIGN.sub("_", team).strip("_")[:LONGEST] or "team"
        name, number = plain, 2
        while name in names.values():
            name, number = f"{plain}_{number}", number + 1
        names[team] = name
    return names

"""What a cluster's records say of its teams: the form that every reader of this room fills."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import pandas as pd

from sim.errors import InputError

MONTHLY = ("wanted", "used", "people", "quota")  # GPUs (means over the month) and people
# What a record says of a team without a date.
STANDING = ("people", "quota", "weight", "guaranteed", "borrowing_limit", "lending_limit", "borrowing_weight")
SHOWN = 5  # bad rows that are quoted
MOST = 1e9  # GPUs; more than that is a slip of the pen
YEARS = range(1970, 2200)


def amount(text: str) -> float:
    """The number that a text is; NaN for what is none."""
    try:
        return float(text)
    except ValueError:
        return math.nan


def once(fields: Sequence[str], file: str) -> None:
    """Raise InputError where a column or field of a file is there twice: which one is meant?"""
    for field_name in fields:
        if field_name and fields.count(field_name) > 1:
            raise InputError(f"{file}: has '{field_name}' {fields.count(field_name)} times")


@dataclass
class Usage:
    """What was read, and how much of it could not be; at first no row of any team.

    `monthly` has a row per team and month (columns `month` as YYYY-MM, `team` and MONTHLY), `standing` a row per team
    (index `team`, columns STANDING); what a record does not say is NaN. `words` tells where a column comes from.
    """

    words: dict[str, str] = field(default_factory=dict)
    monthly: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(
        columns=["month", "team", *MONTHLY]).astype({"month": str, "team": str} | dict.fromkeys(MONTHLY, float)
    ))  # fmt: skip
    standing: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(
        columns=list(STANDING), index=pd.Index([], name="team"), dtype=float
    ))  # fmt: skip
    notes: list[str] = field(default_factory=list)
    rows: int = 0  # that were read
    bad: int = 0  # that could not be
    examples: list[str] = field(default_factory=list)  # the first bad ones: "line 12: ..."

    def teams(self) -> list[str]:
        """All that any record names, in the order of their names."""
        return sorted({*self.monthly["team"], *self.standing.index})

    def months(self) -> list[str]:
        """Every month from the first to the last, also those without a row."""
        there = self.monthly["month"]
        return [] if there.empty else months_from(there.min(), there.max())

    def known(self, column: str) -> bool:
        """Whether any record says something of a column."""
        return any(column in table and table[column].notna().any() for table in (self.monthly, self.standing))

    def by_month(self, column: str) -> pd.DataFrame:
        """A column as months by teams."""
        table = self.monthly.groupby(["month", "team"])[column].sum(min_count=1).unstack("team")
        return table.reindex(index=self.months(), columns=self.teams())

    def reject(self, number: int, reason: str, *, of: str = "line") -> None:
        """Count a row (or document, as `of` says) that cannot be read; the first few are quoted."""
        self.bad += 1
        if len(self.examples) < SHOWN:
            self.examples.append(f"{of} {number:,}: {reason}")


def months_from(first: str, last: str | None = None, *, periods: int | None = None) -> list[str]:
    """Every month from the first to the last, YYYY-MM, or so many of them. Raises InputError for what is no month."""
    try:
        return pd.period_range(first, last, periods=periods, freq="M").astype(str).tolist()
    except ValueError:
        raise InputError(f"start: must be a month, YYYY-MM, got {first!r}") from None


def joined(usages: list[Usage]) -> Usage:
    """What several records say together; where two say the same thing, the earlier one is believed."""
    whole = Usage()
    keys = ["month", "team"]
    for usage in usages:
        monthly = whole.monthly.set_index(keys).combine_first(usage.monthly.set_index(keys))
        whole.monthly = monthly.reset_index()[[*keys, *MONTHLY]]
        whole.standing = whole.standing.combine_first(usage.standing)[list(STANDING)]
        whole.standing.index.name = "team"
        whole.words = usage.words | whole.words
        whole.notes += usage.notes
        whole.rows += usage.rows
        whole.bad += usage.bad
        whole.examples += usage.examples[: SHOWN - len(whole.examples)]
    return whole

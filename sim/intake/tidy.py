"""A tidy table: one row per team and month."""

import csv
import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain
from typing import Any

import pandas as pd

from sim.errors import InputError, check_names
from sim.intake.usage import MONTHLY, MOST, YEARS, Usage, amount, once

PEAK = "peak"
DAY = re.compile(r"(\d{4})-(0[1-9]|1[0-2])(-\d{2}.*)?$")  # a month, or any day in it


def read(lines: Iterable[str], name: str, *, peaks: bool = False) -> Usage:
    """Columns `month` (YYYY-MM, or a day of it), `team`, and any of wanted, peak, used, people, quota.

    Several rows of a team and month (days, say) are averaged. With `peaks`, what a team wants in a month is the largest
    `peak` of its rows (of `wanted`, where there is no such column): what a quota must cover. Lines with # before the
    header are remarks. `name` is the file's. Raises InputError for columns that are missing or there twice.
    """
    remarks, header, lines = _remarks(iter(lines))
    comma = next((mark for mark in ";\t" if mark in header and "," not in header), ",")
    rows = csv.DictReader(lines, delimiter=comma)
    columns = [(text or "").strip().lower() for text in rows.fieldnames or []]
    rows.fieldnames = columns
    once(columns, name)
    check_names(f"{name}: needs a column", ("month", "team"), columns)
    wanted = PEAK if peaks and PEAK in columns else "wanted"
    if peaks and wanted not in columns:
        raise InputError(f"{name}: has no peaks: needs a column '{PEAK}', or 'wanted'")
    given = [what for what in MONTHLY if what in columns or (what == "wanted" and wanted in columns)]
    if not given:
        raise InputError(f"{name}: needs a column of {', '.join(MONTHLY)}, got {', '.join(columns)}")
    read_from = {what: wanted if what == "wanted" else what for what in given}
    usage = Usage({what: f"{name}, column {column}" for what, column in read_from.items()})
    if peaks:
        usage.words["wanted"] += ", the largest of the month"
    unknown = [column for column in columns if column not in ("month", "team", PEAK, *MONTHLY)]
    if unknown:
        usage.notes.append(f"{name}: columns not used: {', '.join(unknown)}")
    found: list[dict[str, str | float]] = []
    try:
        for row in rows:
            usage.rows += 1
            if comma != ",":  # as spreadsheets write where a comma parts the decimals
                row |= {column: row[column].replace(",", ".") for column in read_from.values() if row.get(column)}
            if reason := _fault(row, list(read_from.values())):
                usage.reject(remarks + rows.line_num, reason)
                continue
            numbers = {what: float(row[column]) for what, column in read_from.items() if row[column].strip()}
            found.append({"month": row["month"].strip()[:7], "team": row["team"].strip(), **numbers})
    except csv.Error as error:
        raise InputError(f"{name}: line {remarks + rows.line_num:,}: {error}") from None
    table = pd.DataFrame(found, columns=["month", "team", *MONTHLY]).astype(dict.fromkeys(MONTHLY, float))
    how = dict.fromkeys(MONTHLY, "mean") | ({"wanted": "max"} if peaks else {})
    usage.monthly = table.groupby(["month", "team"]).agg(how).dropna(how="all").reset_index()
    return usage


def _remarks(lines: Iterator[str]) -> tuple[int, str, Iterator[str]]:
    """How many remarks come first, the line after them, and it with all that follow."""
    count = 0
    for line in lines:
        if not line.startswith("#"):
            return count, line, chain([line], lines)
        count += 1
    return count, "", iter(())


def _fault(row: Mapping[str | Any, str | Any], given: Sequence[str]) -> str | None:
    """Why a row cannot be read; None if it can."""
    if None in row or any(row[column] is None for column in ("month", "team", *given)):
        return "another number of columns than the header"
    day = DAY.match(row["month"].strip())
    if not day or int(day[1]) not in YEARS:
        return f"month must be YYYY-MM, got {row['month'][:40]!r}"
    if not row["team"].strip():
        return "no team"
    for column in given:
        text = row[column].strip()
        number = amount(text or "0")
        if not 0.0 <= number <= MOST:
            form = "a number" if math.isnan(number) else f"from 0 to {MOST:g}"
            return f"{column} must be {form}, got {text[:40]!r}"
    return None

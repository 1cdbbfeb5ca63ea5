"""A tidy table: one row per team and month."""

import csv
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain
from typing import Any

import pandas as pd

from sim.errors import InputError, did_you_mean
from sim.intake.usage import MONTHLY, MOST, YEARS, Usage, nothing_yet, once

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
    for needed in ("month", "team"):
        if needed not in columns:
            raise InputError(f"{name}: needs a column '{needed}'{did_you_mean(needed, columns)}")
    wanted = PEAK if peaks and PEAK in columns else "wanted"
    if peaks and wanted not in columns:
        raise InputError(f"{name}: has no peaks: needs a column '{PEAK}', or 'wanted'")
    given = [what for what in MONTHLY if what in columns or (what == "wanted" and wanted in columns)]
    if not given:
        raise InputError(f"{name}: needs a column of {', '.join(MONTHLY)}, got {', '.join(columns)}")
    read_from = {what: wanted if what == "wanted" else what for what in given}
    usage = nothing_yet({what: f"{name}, column {column}" for what, column in read_from.items()})
    if peaks:
        usage.words["wanted"] += ", the largest of the month"
    unknown = [column for column in columns if column not in ("month", "team", PEAK, *MONTHLY)]
    if unknown:
        usage.notes.append(f"{name}: columns not used: {', '.join(unknown)}")
    sums: dict[tuple[str, str], dict[str, float]] = defaultdict(lambda: defaultdict(float))  # (month, team) -> column
    counts: dict[tuple[str, str], dict[str, int]] = defaultdict(lambda: defaultdict(int))
    try:
        for row in rows:
            usage.rows += 1
            if comma != ",":  # as spreadsheets write where a comma parts the decimals
                row |= {column: row[column].replace(",", ".") for column in read_from.values() if row.get(column)}
            reason = _fault(row, list(read_from.values()))
            if reason:
                usage.reject(remarks + rows.line_num, reason)
                continue
            key = "-".join(DAY.findall(row["month"].strip())[0][:2]), row["team"].strip()
            for what, column in read_from.items():
                if row[column].strip():
                    value, before = float(row[column]), sums[key][what]
                    largest = peaks and what == "wanted"
                    sums[key][what] = max(before, value) if largest else before + value
                    counts[key][what] += not (largest and counts[key][what])
    except csv.Error as error:
        raise InputError(f"{name}: line {remarks + rows.line_num:,}: {error}") from None
    means = [
        {"month": month, "team": team} | {what: sums[month, team][what] / count for what, count in counted.items()}
        for (month, team), counted in sorted(counts.items())
    ]
    usage.monthly = pd.DataFrame(means, columns=["month", "team", *MONTHLY])
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
        try:
            number = float(text or 0.0)
        except ValueError:
            return f"{column} must be a number, got {text[:40]!r}"
        if not 0.0 <= number <= MOST:
            return f"{column} must be from 0 to {MOST:g}, got {text[:40]!r}"
    return None

"""A tidy table: one row per team and month."""

import csv
import re
from collections import defaultdict
from itertools import chain

import pandas as pd

from sim.errors import InputError, did_you_mean
from sim.intake.usage import MONTHLY, MOST, YEARS, nothing_yet, once

PEAK = "peak"
DAY = re.compile(r"(\d{4})-(0[1-9]|1[0-2])(-\d{2}.*)?$")  # a month, or any day in it


def read(lines, name, peaks=False):
    """Columns `month` (YYYY-MM, or a day of it), `team`, and any of wanted, peak, used, people, quota.

    Several rows of a team and month (days, say) are averaged. With `peaks`, what a team wants in a month is the largest
    `peak` of its rows (of `wanted`, where there is no such column): what a quota must cover. Lines with # before the
    header are remarks.
    """
    remarks, header, lines = _remarks(iter(lines))
    comma = next((one for one in ";\t" if one in header and "," not in header), ",")
    rows = csv.DictReader(lines, delimiter=comma)
    columns = [(one or "").strip().lower() for one in rows.fieldnames or []]
    rows.fieldnames = columns
    once(columns, name)
    for needed in ("month", "team"):
        if needed not in columns:
            raise InputError(f"{name}: needs a column '{needed}'{did_you_mean(needed, columns)}")
    wanted = PEAK if peaks and PEAK in columns else "wanted"
    if peaks and wanted not in columns:
        raise InputError(f"{name}: has no peaks: needs a column '{PEAK}', or 'wanted'")
    given = [one for one in MONTHLY if one in columns or (one == "wanted" and wanted in columns)]
    if not given:
        raise InputError(f"{name}: needs a column of {', '.join(MONTHLY)}, got {', '.join(columns)}")
    read_from = {one: wanted if one == "wanted" else one for one in given}
    usage = nothing_yet({one: f"{name}, column {column}" for one, column in read_from.items()})
    if peaks:
        usage.words["wanted"] += ", the largest of the month"
    unknown = [one for one in columns if one not in ("month", "team", PEAK, *MONTHLY)]
    if unknown:
        usage.notes.append(f"{name}: columns not used: {', '.join(unknown)}")
    sums: dict[tuple[str, str], dict] = defaultdict(lambda: defaultdict(float))
    counts: dict[tuple[str, str], dict] = defaultdict(lambda: defaultdict(int))
    try:
        for row in rows:
            usage.rows += 1
            if comma != ",":  # as spreadsheets write where a comma parts the decimals
                row |= {one: row[one].replace(",", ".") for one in read_from.values() if row.get(one)}
            reason = _fault(row, read_from.values())
            if reason:
                usage.reject(remarks + rows.line_num, reason)
                continue
            key = "-".join(DAY.findall(row["month"].strip())[0][:2]), row["team"].strip()
            for one, column in read_from.items():
                if (row[column] or "").strip():
                    value = float(row[column])
                    largest = peaks and one == "wanted"
                    sums[key][one] = max(sums[key][one], value) if largest else sums[key][one] + value
                    counts[key][one] += not (largest and counts[key][one])
    except csv.Error as error:
        raise InputError(f"{name}: line {remarks + rows.line_num:,}: {error}") from None
    means = [
        {"month": month, "team": team} | {one: sums[month, team][one] / count for one, count in given.items()}
        for (month, team), given in sorted(counts.items())
    ]
    usage.monthly = pd.DataFrame(means, columns=["month", "team", *MONTHLY])
    return usage


def _remarks(lines):
    """How many remarks come first, the line after them, and it with all that follow."""
    count = 0
    for line in lines:
        if not line.startswith("#"):
            return count, line, chain([line], lines)
        count += 1
    return count, "", iter(())


def _fault(row, given):
    if None in row or any(row[one] is None for one in ("month", "team", *given)):
        return "another number of columns than the header"
    day = DAY.match(row["month"].strip())
    if not day or int(day[1]) not in YEARS:
        return f"month must be YYYY-MM, got {row['month'][:40]!r}"
    if not row["team"].strip():
        return "no team"
    for one in given:
        text = row[one].strip()
        try:
            number = float(text or 0.0)
        except ValueError:
            return f"{one} must be a number, got {text[:40]!r}"
        if not 0.0 <= number <= MOST:
            return f"{one} must be from 0 to {MOST:g}, got {text[:40]!r}"
    return None

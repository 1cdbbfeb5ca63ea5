"""Tables of months beside a scenario: `demand_csv` and `quota_csv` of a team, which become events."""

import csv
import math
import re
from collections import defaultdict
from pathlib import Path

from sim.errors import InputError
from sim.parameter import MONTH
from sim.scenario.named import table_in
from sim.scenario.wording import Fault, Raw, one_line, shown

SERIES = {"demand_csv": ("demand", "baseline"), "quota_csv": ("quota", "weight")}  # event type, its table by team
COLUMNS = ("month", "team", "gpus")
LARGEST = 50_000_000  # bytes


def located(raw: Raw, folder: Path) -> None:
    """Note in place, in the tables of one file, where the tables of months that it names are."""
    for team in table_in(raw, "team").values():
        for key in SERIES:
            if isinstance(team, dict) and isinstance(team.get(key), str):
                team[key] = str(folder / team[key])


def expanded(raw: Raw) -> list[Fault]:
    """Turn the teams' tables of months into events, in place: one a month for all teams that change in it.

    Demand is in GPUs of the whole team, and is divided by its researchers. Returns the faults: (path, problem) pairs.
    """
    faults: list[Fault] = []
    tables: dict[str, dict[str, dict[str, float]]] = {}  # file -> team -> month -> GPUs
    for name, team in table_in(raw, "team").items():
        for key, (kind, column) in SERIES.items():
            if not isinstance(team, dict) or key not in team:
                continue
            given, path = team.pop(key), ("team", name, key)
            if not isinstance(given, str):
                faults.append((path, f"must be the name of a CSV file, got {shown(given)}"))
                continue
            try:
                if given not in tables:
                    tables[given] = _read(Path(given))
                months = tables[given].get(name)
                heads = team.get("researchers") if kind == "demand" else 1
                if months is None:
                    raise InputError(f"{given} says nothing of team '{name}'")
                if not isinstance(heads, (int, float)) or heads <= 0:
                    raise InputError("needs researchers, among whom the demand is divided")
            except InputError as error:
                faults.append((path, one_line(str(error))))
                continue
            for month, gpus in months.items():
                event = raw.setdefault("event", {}).setdefault(
                    f"{kind}@{month}", {"name": f"{kind}@{month}", "type": kind, "month": month, column: {}}
                )
                event[column][name] = gpus / heads
    _begin(raw)
    return faults


def _begin(raw: Raw) -> None:
    """What holds before the start holds as it begins."""
    start = raw.get("start")
    if not isinstance(start, str):
        return
    events = table_in(raw, "event")
    for kind, column in SERIES.values():
        for name in sorted(name for name in events if f"{kind}@" <= name < f"{kind}@{start}"):
            for team, value in events.pop(name)[column].items():
                raw["team"][team][column] = value


def _read(file: Path) -> dict[str, dict[str, float]]:
    """GPUs by team and month. Raises InputError with the first row that is wrong."""
    try:
        if not file.is_file():
            raise InputError(f"no such file {file}")
        if file.stat().st_size > LARGEST:
            raise InputError(f"{file} is larger than {LARGEST:,} bytes")
        text = file.read_text(encoding="utf-8-sig")
    except (OSError, ValueError) as error:
        if isinstance(error, InputError):
            raise
        raise InputError(f"{file} cannot be read: {getattr(error, 'strerror', None) or error}") from None
    rows = csv.DictReader(text.splitlines())
    columns = [(column or "").strip().lower() for column in rows.fieldnames or []]
    if not set(COLUMNS) <= set(columns):
        raise InputError(f"{file} needs the columns {', '.join(COLUMNS)}, got {', '.join(columns) or 'none'}")
    rows.fieldnames = columns
    found: defaultdict[str, dict[str, float]] = defaultdict(dict)
    for row in rows:
        month, team, gpus = ((row[name] or "").strip() for name in COLUMNS)
        try:
            number = float(gpus)
        except ValueError:
            number = math.nan
        if not re.fullmatch(MONTH, month) or not (math.isfinite(number) and number >= 0.0):
            raise InputError(f"{file}, line {rows.line_num}: needs a month, YYYY-MM, and GPUs of at least 0; got "
                             f"{month!r}, {gpus!r}")  # fmt: skip
        if month in found[team]:
            raise InputError(f"{file}, line {rows.line_num}: team '{team}' has {month} twice")
        found[team][month] = number
    return found

"""Slurm's records: jobs (`sacct -P`) and shares (`sshare -P`)."""

import math
import re
from calendar import monthrange
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import chain
from typing import NamedTuple, TypeAlias

import pandas as pd

from sim.errors import InputError, check_names, did_you_mean
from sim.intake.usage import MONTHLY, MOST, STANDING, YEARS, Usage, amount, once

Cell: TypeAlias = tuple[int, int, str]  # year, month, team

# What Open XDMoD asks of sacct, in this order and without a header; a job's name comes last, as it may hold bars.
XDMOD = (
    "jobid", "jobidraw", "cluster", "partition", "qos", "account", "group", "gid", "user", "uid", "submit", "eligible",
    "start", "end", "elapsed", "exitcode", "state", "nnodes", "ncpus", "reqcpus", "reqmem", "reqtres", "alloctres",
    "timelimit", "nodelist", "jobname",
)  # fmt: skip
TEAM_BY = ("account", "user", "partition", "qos", "group")
NO_TIME = ("", "unknown", "none", "n/a")


class _Job(NamedTuple):
    """A job, or all the tasks that a pending array still has."""

    team: str
    user: str  # nothing where no user is told
    gpus: float
    submit: datetime
    start: datetime | None  # while it waits
    end: datetime | None  # while it has not ended


@dataclass
class _Totals:
    """GPU-seconds by year, month and team, and who had jobs there."""

    wanted: dict[Cell, float] = field(default_factory=lambda: defaultdict(float))
    used: dict[Cell, float] = field(default_factory=lambda: defaultdict(float))
    users: dict[Cell, set[str]] = field(default_factory=lambda: defaultdict(set))

    def add(self, job: _Job, end: datetime) -> None:
        """Count a job that ends, or is taken to end, at a moment."""
        for year, month, seconds in _by_month(job.submit, end):
            self.wanted[year, month, job.team] += job.gpus * seconds
            if job.user:
                self.users[year, month, job.team].add(job.user)
        if job.start is not None:
            for year, month, seconds in _by_month(job.start, end):
                self.used[year, month, job.team] += job.gpus * seconds

    def by_month(self, latest: datetime, *, with_people: bool) -> pd.DataFrame:
        """Means over the whole of each month; the last one as far as the dump goes, to its `latest` moment."""
        rows = []
        for year, month, team in sorted({*self.wanted, *self.used}):
            begin = datetime(year, month, 1)
            whole = begin + timedelta(days=monthrange(year, month)[1])
            seconds = (min(whole, latest) - begin).total_seconds()
            wanted, used = self.wanted[year, month, team] / seconds, self.used[year, month, team] / seconds
            people = len(self.users[year, month, team]) if with_people else 0
            rows.append({"month": f"{year:04d}-{month:02d}", "team": team, "wanted": wanted, "used": used,
                         "people": people or math.nan})  # fmt: skip
        return pd.DataFrame(rows, columns=["month", "team", *MONTHLY])


def read_jobs(lines: Iterator[str], name: str, *, team_by: str = "account") -> Usage:
    """GPUs wanted (queued or running) and used (running) by team and month, as means over the month.

    A job is wanted from its submission to its end, also while it waits; it counts as used while it runs. Jobs that had
    not ended run on to the last moment that the dump knows of. Steps repeat their job and are passed over; a pending
    array stands for all its tasks. Streams: memory grows with teams and months, not with jobs. `name` is the file's.

    Raises InputError for a dump without the fields that are needed.
    """
    check_names("team-by: unknown", [team_by], TEAM_BY)
    usage = Usage({
        "wanted": f"{name}: GPUs of jobs queued or running, mean over the month, by {team_by}",
        "used": f"{name}: GPUs of running jobs, mean over the month, by {team_by}",
        "people": f"{name}: distinct users who had jobs in the month",
    })  # fmt: skip
    fields, rows = _fields(lines, name)
    _check_fields(fields, name, team_by)
    totals = _Totals()
    unended: list[_Job] = []
    latest, steps, without = datetime.min, 0, 0
    for number, line in rows:
        line = line.rstrip("\r\n")
        if not line.strip():
            continue
        usage.rows += 1
        try:
            values = _values(line, fields)
            if _is_step(values.get("jobid", "")):
                steps += 1
                continue
            job = _job(values, team_by)
            latest = max(latest, *(moment for moment in (job.submit, job.start, job.end) if moment is not None))
            if job.end is not None and job.end < (job.start or job.submit):
                raise ValueError(f"ends before it {'starts' if job.start else 'is submitted'}")
        except ValueError as error:
            usage.reject(number, str(error))
            continue
        if job.gpus == 0.0:
            without += 1
        elif job.end is None:
            unended.append(job)
        else:
            totals.add(job, job.end)
    for job in unended:
        totals.add(job, latest)
    for count, words in (
        (steps, "steps passed over: their jobs are counted (sacct -X leaves them out)"),
        (without, "jobs without GPUs passed over"),
        (len(unended), f"jobs had not ended; they run on to {latest:%Y-%m-%d %H:%M}"),
    ):
        usage.notes += [f"{name}: {count:,} {words}"] if count else []
    usage.monthly = totals.by_month(latest, with_people="user" in fields and team_by != "user")
    return usage


def _fields(lines: Iterator[str], name: str) -> tuple[list[str], Iterator[tuple[int, str]]]:
    """The fields' names, and the numbered lines that hold jobs: the first one too, if it is no header."""
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        fields = [text.strip().lower() for text in line.rstrip("\r\n").split("|")]
        count = len(fields)
        while fields and not fields[-1]:  # sacct -p ends every line with a bar
            fields.pop()
        rest = enumerate(lines, start=number + 1)
        if {"end", "start", "account", "alloctres", "reqtres", "submit"} & set(fields):
            return fields, rest
        if count >= len(XDMOD):  # the last fields of a job may be empty
            return list(XDMOD), chain([(number, line)], rest)
        raise InputError(
            f"{name}: has no header, and not the {len(XDMOD)} fields that XDMoD collects but {count}; "
            "leave --noheader away"
        )
    return list(XDMOD), iter(())


def _check_fields(fields: Sequence[str], name: str, team_by: str) -> None:
    """Raise InputError for a dump that lacks a field, or has one twice."""
    once(fields, name)
    check_names(f"{name}: has no field", [team_by], fields)
    for either, words in (
        ({"alloctres", "reqtres"}, "AllocTRES or ReqTRES, which say how many GPUs a job has"),
        ({"submit", "start", "eligible"}, "Submit or Start"),
        ({"end"}, f"End{did_you_mean('end', fields)}"),
    ):
        if not either & set(fields):
            raise InputError(f"{name}: needs {words}")


def _values(line: str, fields: Sequence[str]) -> dict[str, str]:
    """A row by field; bars within a job's name belong to it. Raises ValueError for another number of fields."""
    values = line.split("|")
    if len(values) == len(fields) + 1 and not values[-1]:
        values.pop()
    surplus = len(values) - len(fields)
    if surplus > 0 and "jobname" in fields:
        column = fields.index("jobname")
        values[column : column + surplus + 1] = ["|".join(values[column : column + surplus + 1])]
    if len(values) != len(fields):
        raise ValueError(f"{len(values)} fields instead of {len(fields)}")
    return dict(zip(fields, values, strict=True))


def _is_step(jobid: str) -> bool:
    """Whether a row repeats a part of a job that has a row of its own: 7.batch, 7_1.0."""
    return "." in jobid.partition("_")[0] or re.search(r"\.\w+$", jobid) is not None


def _job(values: Mapping[str, str], team_by: str) -> _Job:
    """What a row says of a job. Raises ValueError that names what cannot be read."""
    submit = _time(values.get("submit")) or _time(values.get("eligible"))
    start, end = _time(values.get("start")), _time(values["end"])
    # What it has, or asks for while it waits: of all tasks that a pending array still has.
    tres = (values.get("alloctres") if start is not None else "") or values.get("reqtres") or ""
    gpus = count_gpus(tres) * _tasks(values.get("jobid", ""))
    submit = submit or start
    if submit is None:
        raise ValueError("neither Submit nor Start")
    return _Job(values[team_by] or "none", values.get("user", ""), gpus, submit, start, end)


def _time(text: str | None) -> datetime | None:
    """A moment; None where the field says that there is none. Raises ValueError for anything else."""
    if text is None or text.strip().lower() in NO_TIME:
        return None
    text = text.strip()
    try:
        if text.isdecimal() and len(text) > 8:  # SLURM_TIME_FORMAT=%s
            moment = datetime(1970, 1, 1) + timedelta(seconds=int(text))
        else:
            moment = datetime.fromisoformat(text).replace(tzinfo=None)
    except (ValueError, OverflowError):
        moment = None
    if moment is None or moment.year not in YEARS:
        raise ValueError(f"no time: {text[:40]!r}")
    return moment


def count_gpus(tres: str) -> float:
    """GPUs in a TRES text; `gres/gpu:h100=8` repeats `gres/gpu=8`, and counts only where the latter is missing."""
    whole, typed = None, 0.0
    for resource in tres.split(","):
        key, _, value = resource.strip().partition("=")
        if key == "gres/gpu":
            whole = _count(value)
        elif key.startswith("gres/gpu:"):
            typed += _count(value)
    return typed if whole is None else whole


def _count(value: str) -> float:
    match = re.fullmatch(r"(\d+(?:\.\d+)?)([KMG]?)", value.strip(), re.IGNORECASE)
    count = float(match[1]) * {"": 1.0, "k": 1e3, "m": 1e6, "g": 1e9}[match[2].lower()] if match else MOST + 1.0
    if count > MOST:
        raise ValueError(f"no number of GPUs: {value[:40]!r}")
    return count


def _tasks(jobid: str) -> int:
    """Tasks that an id stands for: 7_[1-4,9%2] are five; anything else is one."""
    inside = re.search(r"_\[([^\]%]*)", jobid)
    if not inside:
        return 1
    count = 0
    for tasks in inside[1].split(","):
        match = re.fullmatch(r"(\d+)(?:-(\d+)(?::(\d+))?)?", tasks.strip())
        if match:
            first, last, step = int(match[1]), int(match[2] or match[1]), int(match[3] or 1)
            count += max(0, (last - first) // max(1, step) + 1)
        elif tasks.strip() != "...":
            raise ValueError(f"no array of tasks: {jobid!r}")
    return max(1, count)


def _by_month(start: datetime, end: datetime) -> Iterator[tuple[int, int, float]]:
    """(year, month, seconds) of every month that a stretch of time touches."""
    while start < end:
        year, month = start.year, start.month
        following = datetime(year + month // 12, month % 12 + 1, 1)
        until = min(end, following)
        yield year, month, (until - start).total_seconds()
        start = until


class _Account(NamedTuple):
    """An account of the tree of shares."""

    name: str
    depth: int  # in the tree: letters that its name is set in
    shares: float | None  # None: what the account above has


def read_shares(lines: Iterable[str], name: str) -> Usage:
    """Weights from a tree of shares, and people from its users.

    A leaf account's weight is the product, down the tree, of its part of its siblings' shares; `parent` is what the
    account above has, by itself. `name` is the file's. Raises InputError for a dump without the fields that are needed.
    """
    usage = Usage({"weight": f"{name}: normalized shares", "people": f"{name}: users of the account"})
    rows = ((number, line.rstrip("\r\n").split("|")) for number, line in enumerate(lines, start=1) if line.strip())
    header = [text.strip().lower() for text in next(rows, (0, [""]))[1]]
    once(header, name)
    check_names(f"{name}: has no field", ("account", "rawshares"), header)
    tree: list[_Account] = []
    users: dict[str, set[str]] = defaultdict(set)
    for number, values in rows:
        usage.rows += 1
        if len(values) < len(header):
            usage.reject(number, f"{len(values)} fields instead of {len(header)}")
            continue
        row = dict(zip(header, values, strict=False))
        account, shares = row["account"], row["rawshares"].strip().lower()
        if row.get("user", "").strip():
            users[account.strip()].add(row["user"].strip())
            continue
        weight = None if shares in ("", "parent") else amount(shares)
        if weight is not None and not 0.0 <= weight <= MOST:
            usage.reject(number, f"RawShares must be a number or 'parent', got {shares[:40]!r}")
            continue
        tree.append(_Account(account.strip(), len(account) - len(account.lstrip()), weight))
    weights = _leaf_weights(tree)
    people = {team: len(users[team]) or math.nan for team in weights}
    usage.standing = pd.DataFrame({"weight": weights, "people": people}).reindex(columns=list(STANDING))
    usage.standing = usage.standing.rename_axis("team")
    return usage


def _leaf_weights(tree: Sequence[_Account]) -> dict[str, float]:
    """Leaf account -> its share of the whole, from accounts in the order of the tree."""
    parents: list[int | None] = []
    above: list[int] = []
    for index, account in enumerate(tree):
        while above and tree[above[-1]].depth >= account.depth:
            above.pop()
        parents.append(above[-1] if above else None)
        above.append(index)
    siblings: dict[int | None, float] = defaultdict(float)
    for parent, account in zip(parents, tree, strict=True):
        siblings[parent] += account.shares or 0.0
    weights: list[float] = []
    for parent, account in zip(parents, tree, strict=True):
        whole = 1.0 if parent is None else weights[parent]
        if account.shares is None or parent is None:
            weights.append(whole)
        else:
            weights.append(whole * account.shares / siblings[parent] if siblings[parent] > 0.0 else 0.0)
    leaves = sorted(set(range(len(tree))) - set(parents))
    return {tree[leaf].name: weights[leaf] for leaf in leaves if tree[leaf].name != "root" or len(tree) == 1}

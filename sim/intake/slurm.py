"""Slurm's records: jobs (`sacct -P`) and shares (`sshare -P`)."""

import re
from calendar import monthrange
from collections import defaultdict
from datetime import datetime, timedelta

import pandas as pd

from sim.errors import InputError, did_you_mean
from sim.intake.usage import MONTHLY, MOST, STANDING, YEARS, nothing_yet, once

# What Open XDMoD asks of sacct, in this order and without a header; a job's name comes last, as it may hold bars.
XDMOD = (
    "jobid", "jobidraw", "cluster", "partition", "qos", "account", "group", "gid", "user", "uid", "submit", "eligible",
    "start", "end", "elapsed", "exitcode", "state", "nnodes", "ncpus", "reqcpus", "reqmem", "reqtres", "alloctres",
    "timelimit", "nodelist", "jobname",
)  # fmt: skip
TEAM_BY = ("account", "user", "partition", "qos", "group")
NO_TIME = ("", "unknown", "none", "n/a")


def read_jobs(lines, name, team_by="account"):
    """GPUs wanted (queued or running) and used (running) by team and month, as means over the month.

    A job is wanted from its submission to its end, also while it waits; it counts as used while it runs. Jobs that had
    not ended run on to the last moment that the dump knows of. Steps repeat their job and are passed over; a pending
    array stands for all its tasks. Streams: memory grows with teams and months, not with jobs.
    """
    if team_by not in TEAM_BY:
        raise InputError(f"team-by: unknown '{team_by}'{did_you_mean(team_by, TEAM_BY)}")
    usage = nothing_yet({
        "wanted": f"{name}: GPUs of jobs queued or running, mean over the month, by {team_by}",
        "used": f"{name}: GPUs of running jobs, mean over the month, by {team_by}",
        "people": f"{name}: distinct users who had jobs in the month",
    })  # fmt: skip
    fields, first = _fields(lines, name)
    once(fields, name)
    if team_by not in fields:
        raise InputError(f"{name}: has no field '{team_by}'{did_you_mean(team_by, fields)}")
    if not {"alloctres", "reqtres"} & set(fields):
        raise InputError(f"{name}: needs AllocTRES or ReqTRES, which say how many GPUs a job has")
    if not {"submit", "start", "eligible"} & set(fields):
        raise InputError(f"{name}: needs Submit or Start")
    if "end" not in fields:
        raise InputError(f"{name}: needs End{did_you_mean('end', fields)}")
    totals: dict[str, dict] = {"wanted": defaultdict(float), "used": defaultdict(float)}  # (month, team) -> GPU-seconds
    users: dict[str, set] = defaultdict(set)
    unended, latest, steps, without = [], datetime.min, 0, 0
    for number, line in first if first is not None else enumerate(lines, start=2):
        line = line.rstrip("\r\n")
        if not line.strip():
            continue
        usage.rows += 1
        job = _job(line, fields)
        if isinstance(job, str):
            usage.reject(number, job)
            continue
        if "." in job.get("jobid", "").partition("_")[0] or re.search(r"\.\w+$", job.get("jobid", "")):
            steps += 1
            continue
        try:
            submit = _time(job.get("submit")) or _time(job.get("eligible"))
            start, end = _time(job.get("start")), _time(job["end"])
            gpus = _gpus(job, start)
        except ValueError as error:
            usage.reject(number, str(error))
            continue
        submit = submit or start
        if submit is None:
            usage.reject(number, "neither Submit nor Start")
            continue
        for moment in (submit, start, end):
            latest = max(latest, moment or latest)
        if end is not None and end < (start or submit):
            usage.reject(number, f"ends before it {'starts' if start else 'is submitted'}")
            continue
        if gpus == 0.0:
            without += 1
            continue
        team = job[team_by] or "none"
        row = team, job.get("user", ""), gpus, submit, start, end
        if end is None:
            unended.append(row)
        else:
            _add(totals, users, *row)
    for row in unended:
        _add(totals, users, *row[:-1], latest)
    if steps:
        usage.notes.append(f"{name}: {steps:,} steps passed over: their jobs are counted (sacct -X leaves them out)")
    if without:
        usage.notes.append(f"{name}: {without:,} jobs without GPUs passed over")
    if unended:
        usage.notes.append(f"{name}: {len(unended):,} jobs had not ended; they run on to {latest:%Y-%m-%d %H:%M}")
    usage.monthly = _monthly(totals, users, latest, known_users="user" in fields and team_by != "user")
    return usage


def _fields(lines, name):
    """The fields' names, and the numbered lines if the first one is no header."""
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        fields = [one.strip().lower() for one in line.rstrip("\r\n").split("|")]
        count = len(fields)
        while fields and not fields[-1]:  # sacct -p ends every line with a bar
            fields.pop()
        if {"end", "start", "account", "alloctres", "reqtres", "submit"} & set(fields):
            return fields, None
        if count >= len(XDMOD):  # the last fields of a job may be empty
            return list(XDMOD), _rest(number, line, lines)
        raise InputError(
            f"{name}: has no header, and not the {len(XDMOD)} fields that XDMoD collects but {count}; "
            "leave --noheader away"
        )
    return list(XDMOD), iter(())


def _rest(number, line, lines):
    yield number, line
    yield from enumerate(lines, start=number + 1)


def _job(line, fields):
    """The row as a dict, or what is wrong with it; bars within a job's name belong to it."""
    values = line.split("|")
    if len(values) == len(fields) + 1 and not values[-1]:
        values.pop()
    surplus = len(values) - len(fields)
    if surplus > 0 and "jobname" in fields:
        place = fields.index("jobname")
        values[place : place + surplus + 1] = ["|".join(values[place : place + surplus + 1])]
    if len(values) != len(fields):
        return f"{len(values)} fields instead of {len(fields)}"
    return dict(zip(fields, values, strict=True))


def _time(text) -> datetime | None:
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


def _gpus(job, start) -> float:
    """GPUs of a job: those it has, or asks for while it waits; of all tasks that a pending array still has."""
    text = job.get("alloctres") if start is not None else ""
    return count_gpus(text or job.get("reqtres") or "") * _tasks(job.get("jobid", ""))


def count_gpus(tres: str) -> float:
    """GPUs in a TRES text; `gres/gpu:h100=8` repeats `gres/gpu=8`, and counts only where the latter is missing."""
    whole, typed = None, 0.0
    for one in tres.split(","):
        key, _, value = one.strip().partition("=")
        if key == "gres/gpu":
            whole = _count(value)
        elif key.startswith("gres/gpu:"):
            typed += _count(value)
    return typed if whole is None else whole


def _count(value) -> float:
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
    for one in inside[1].split(","):
        match = re.fullmatch(r"(\d+)(?:-(\d+)(?::(\d+))?)?", one.strip())
        if match:
            first, last, step = int(match[1]), int(match[2] or match[1]), int(match[3] or 1)
            count += max(0, (last - first) // max(1, step) + 1)
        elif one.strip() == "...":
            continue
        else:
            raise ValueError(f"no array of tasks: {jobid!r}")
    return max(1, count)


def _add(totals, users, team, user, gpus, submit, start, end):
    for year, month, seconds in _by_month(submit, end):
        totals["wanted"][year, month, team] += gpus * seconds
        if user:
            users[year, month, team].add(user)
    if start is not None:
        for year, month, seconds in _by_month(start, end):
            totals["used"][year, month, team] += gpus * seconds


def _by_month(start, end):
    """(year, month, seconds) of every month that a stretch of time touches."""
    while start < end:
        year, month = start.year, start.month
        following = datetime(year + month // 12, month % 12 + 1, 1)
        until = min(end, following)
        yield year, month, (until - start).total_seconds()
        start = until


def _monthly(totals, users, latest, known_users):
    """Means over the whole of each month; the last one as far as the dump goes."""
    rows = []
    for year, month, team in sorted({*totals["wanted"], *totals["used"]}):
        begin = datetime(year, month, 1)
        whole = begin + timedelta(days=monthrange(year, month)[1])
        seconds = (min(whole, latest) - begin).total_seconds()
        row = {"month": f"{year:04d}-{month:02d}", "team": team}
        for what, total in totals.items():
            row[what] = total[year, month, team] / seconds
        if known_users:
            row["people"] = len(users[year, month, team]) or float("nan")
        rows.append(row)
    return pd.DataFrame(rows, columns=["month", "team", *MONTHLY])


def read_shares(lines, name):
    """Weights from a tree of shares, and people from its users.

    A leaf account's weight is the product, down the tree, of its part of its siblings' shares; `parent` is what the
    account above has, by itself.
    """
    usage = nothing_yet({"weight": f"{name}: normalized shares", "people": f"{name}: users of the account"})
    header = None
    tree, users = [], defaultdict(set)  # (depth, account, shares)
    for number, line in enumerate(lines, start=1):
        line = line.rstrip("\r\n")
        if not line.strip():
            continue
        values = line.split("|")
        if header is None:
            header = [one.strip().lower() for one in values]
            once(header, name)
            for needed in ("account", "rawshares"):
                if needed not in header:
                    raise InputError(f"{name}: has no field '{needed}'{did_you_mean(needed, header)}")
            continue
        usage.rows += 1
        if len(values) < len(header):
            usage.reject(number, f"{len(values)} fields instead of {len(header)}")
            continue
        row = dict(zip(header, values, strict=False))
        account, shares = row["account"], row["rawshares"].strip().lower()
        if row.get("user", "").strip():
            users[account.strip()].add(row["user"].strip())
            continue
        if shares in ("", "parent"):
            weight = None
        else:
            try:
                weight = float(shares)
            except ValueError:
                weight = -1.0
            if not 0.0 <= weight <= MOST:
                usage.reject(number, f"RawShares must be a number or 'parent', got {shares[:40]!r}")
                continue
        tree.append((len(account) - len(account.lstrip()), account.strip(), weight))
    weights = _leaf_weights(tree)
    rows = [{"team": team, "weight": one, "people": len(users[team]) or float("nan")} for team, one in weights.items()]
    usage.standing = pd.DataFrame(rows, columns=["team", *STANDING]).set_index("team")
    return usage


def _leaf_weights(tree):
    """Leaf account -> its part of the whole, from (depth, account, shares or None) in the order of the tree."""
    parents: list[int | None] = []
    above: list[int] = []
    for place, (depth, _, _) in enumerate(tree):
        while above and tree[above[-1]][0] >= depth:
            above.pop()
        parents.append(above[-1] if above else None)
        above.append(place)
    siblings: dict[int | None, float] = defaultdict(float)
    for parent, (_, _, shares) in zip(parents, tree, strict=True):
        siblings[parent] += shares or 0.0
    part: list[float] = []
    for parent, (_, _, shares) in zip(parents, tree, strict=True):
        whole = 1.0 if parent is None else part[parent]
        if shares is None or parent is None:
            part.append(whole)
        else:
            part.append(whole * shares / siblings[parent] if siblings[parent] > 0.0 else 0.0)
    leaves = set(range(len(tree))) - {one for one in parents if one is not None}
    return {tree[one][1]: part[one] for one in sorted(leaves) if tree[one][1] != "root" or len(tree) == 1}

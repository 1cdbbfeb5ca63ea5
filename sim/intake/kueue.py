"""Kueue's ClusterQueues: quotas, limits of borrowing and weights."""

import pandas as pd

from sim.errors import InputError
from sim.intake.usage import STANDING, nothing_yet

SUFFIXES = {"": 1.0, "m": 1e-3, "k": 1e3, "M": 1e6, "G": 1e9, "Ki": 2.0**10, "Mi": 2.0**20, "Gi": 2.0**30}


def read(lines, name):
    """A team for every ClusterQueue: its nominal quota of GPUs (all flavors together) and its fair-sharing weight."""
    import yaml

    usage = nothing_yet({
        "quota": f"{name}: nominalQuota of the ClusterQueue", "weight": f"{name}: nominalQuota of the ClusterQueue",
        "guaranteed": f"{name}: nominalQuota of the ClusterQueue",
    })  # fmt: skip
    try:
        documents = list(_flat(yaml.safe_load_all(lines.read())))
    except (yaml.YAMLError, RecursionError) as error:
        where = getattr(error, "problem_mark", None)
        line = f" line {where.line + 1:,}:" if where else ""
        raise InputError(f"{name}:{line} is no YAML: {getattr(error, 'problem', None) or error}") from None
    rows, cohorts, others, flavors = {}, set(), 0, set()
    for number, one in enumerate(documents, start=1):
        if not isinstance(one, dict) or one.get("kind") != "ClusterQueue":
            others += one is not None
            continue
        usage.rows += 1
        try:
            team, row, cohort, types = _queue(one)
        except ValueError as error:
            usage.bad += 1
            usage.examples.append(f"document {number:,}: {error}")
            continue
        if team in rows:
            usage.bad += 1
            usage.examples.append(f"document {number:,}: another ClusterQueue is called {team!r}")
            continue
        rows[team] = row
        cohorts.add(cohort)
        flavors |= types
    usage.standing = pd.DataFrame.from_dict(rows, orient="index", columns=list(STANDING)).rename_axis("team")
    if others:
        usage.notes.append(f"{name}: {others:,} documents of other kinds passed over")
    if len(cohorts) > 1:
        usage.notes.append(
            f"{name}: {len(cohorts)} cohorts, which borrow apart in Kueue: here everyone shares one budget"
        )
    if len(flavors) > 1:
        usage.notes.append(f"{name}: {len(flavors)} flavors of GPU ({', '.join(sorted(flavors))}) are added up")
    return usage


def _flat(documents):
    """Documents, and the items of lists (`kubectl get clusterqueues -o yaml`)."""
    for one in documents:
        if isinstance(one, dict) and isinstance(one.get("items"), list):
            yield from one["items"]
        else:
            yield one


def _queue(document):
    team = (document.get("metadata") or {}).get("name")
    if not isinstance(team, str) or not team:
        raise ValueError("a ClusterQueue without a name")
    spec = document.get("spec") or {}
    nominal, types = 0.0, set()
    for group in spec.get("resourceGroups") or []:
        for flavor in group.get("flavors") or []:
            for resource in flavor.get("resources") or []:
                if "gpu" in str(resource.get("name", "")).lower():
                    nominal += _quantity(resource.get("nominalQuota", 0), team)
                    types.add(str(flavor.get("name")))
    weight = _quantity((spec.get("fairSharing") or {}).get("weight", 1), team)
    row = {"people": float("nan"), "quota": nominal, "weight": nominal or weight, "guaranteed": nominal}
    return team, [row[one] for one in STANDING], spec.get("cohortName") or spec.get("cohort"), types


def _quantity(value, team) -> float:
    """A Kubernetes quantity."""
    text = str(value).strip()
    number = text.rstrip("mkMGi")
    try:
        return float(number) * SUFFIXES[text[len(number) :]]
    except (ValueError, KeyError):
        raise ValueError(f"ClusterQueue {team!r}: no quantity: {text!r}") from None

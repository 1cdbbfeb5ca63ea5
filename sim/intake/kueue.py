"""Kueue's ClusterQueues: quotas, limits of borrowing and weights."""

import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple, TextIO, TypeAlias

import pandas as pd

from sim.errors import InputError, did_you_mean
from sim.intake.usage import STANDING, Usage
from sim.scenario.wording import one_line

QUANTITY = re.compile(r"\+?((?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)([a-zA-Z]*)")
SUFFIXES = {"": 1.0, "m": 1e-3, "k": 1e3, "M": 1e6, "G": 1e9, "Ki": 2.0**10, "Mi": 2.0**20, "Gi": 2.0**30}

Node: TypeAlias = Mapping[str, Any]  # a mapping of a YAML document: whatever somebody wrote


def read(lines: TextIO, name: str, *, cohort: str | None = None) -> Usage:
    """A team for every ClusterQueue that has GPUs: its quota (all flavors together), limits and fair-sharing weight.

    With `cohort`, only the queues of that cohort. What a queue without a limit says is NaN: none. `name` is the file's.
    Raises InputError for what is no YAML, and for a cohort that no queue is of.
    """
    import yaml

    words = {
        "quota": "nominalQuota", "weight": "nominalQuota", "guaranteed": "nominalQuota", "borrowing_limit":
        "borrowingLimit", "lending_limit": "lendingLimit", "borrowing_weight": "fairSharing.weight",
    }  # fmt: skip
    usage = Usage({column: f"{name}: {word} of the ClusterQueue" for column, word in words.items()})
    try:
        documents = list(_flat(yaml.safe_load_all(lines.read())))
    except (yaml.YAMLError, RecursionError, ValueError) as error:  # PyYAML lets ValueError through for odd dates
        where = getattr(error, "problem_mark", None)
        line = f" line {where.line + 1:,}:" if where else ""
        reason = getattr(error, "problem", None) or getattr(error, "reason", None) or str(error)
        raise InputError(f"{name}:{line} is no YAML: {one_line(reason)[:200]}") from None
    queues: dict[str, _Queue] = {}
    elsewhere: set[str | None] = set()  # cohorts
    others = 0
    for number, document in enumerate(documents, start=1):
        if not isinstance(document, dict) or document.get("kind") != "ClusterQueue":
            others += document is not None
            continue
        usage.rows += 1
        try:
            queue = _queue(document)
            if queue.name in queues:
                raise ValueError(f"another ClusterQueue is called {queue.name!r}")
        except ValueError as error:
            usage.reject(number, str(error), of="document")
            continue
        if cohort is None or queue.cohort == cohort:
            queues[queue.name] = queue
        else:
            elsewhere.add(queue.cohort)
    if cohort is not None and not queues and elsewhere:
        known = sorted(other for other in elsewhere if other)
        raise InputError(f"{name}: no ClusterQueue is of cohort '{cohort}'{did_you_mean(cohort, known)}")
    with_gpus = [queue for queue in queues.values() if queue.flavors]
    usage.standing = pd.DataFrame(
        [queue.standing for queue in with_gpus], pd.Index([queue.name for queue in with_gpus], name="team"),
        list(STANDING), dtype=float,
    )  # fmt: skip
    if usage.known("borrowing_weight"):
        usage.standing["borrowing_weight"] = usage.standing["borrowing_weight"].fillna(1.0)
    usage.notes += [f"{name}: {note}" for note in _notes(with_gpus, len(queues) - len(with_gpus), others)]
    return usage


def _notes(queues: Sequence["_Queue"], without: int, others: int) -> Iterator[str]:
    cohorts = {queue.cohort for queue in queues if queue.cohort}
    flavors = {flavor for queue in queues for flavor in queue.flavors}
    alone = [queue.name for queue in queues if not queue.cohort]
    if others:
        yield f"{others:,} documents of other kinds passed over"
    if without:
        yield f"{without:,} ClusterQueues without GPUs passed over"
    if alone and len(queues) > 1:
        yield f"of no cohort, so that they neither borrow nor lend: {', '.join(alone)}"
    if len(cohorts) > 1:
        yield (f"{len(cohorts)} cohorts, which borrow apart in Kueue, are taken for one; --cohort "
               f"{' or '.join(sorted(cohorts))} makes a scenario of one")  # fmt: skip
    if len(flavors) > 1:
        yield f"{len(flavors)} flavors of GPU ({', '.join(sorted(flavors))}) are added up"


def _flat(documents: Iterable[object]) -> Iterator[object]:
    """Documents, and the items of lists (`kubectl get clusterqueues -o yaml`)."""
    for document in documents:
        if isinstance(document, dict) and isinstance(document.get("items"), list):
            yield from document["items"]
        else:
            yield document


class _Queue(NamedTuple):
    name: str
    cohort: str | None
    flavors: set[str]  # that have GPUs
    standing: dict[str, float]  # columns of STANDING of which it says something


def _queue(document: Node) -> _Queue:
    """What a ClusterQueue says of its GPUs. Raises ValueError that names what is wrong."""
    name = _mapping(document.get("metadata"), "metadata").get("name")
    if not isinstance(name, str) or not name:
        raise ValueError("a ClusterQueue without a name")
    spec = _mapping(document.get("spec"), f"spec of {name!r}")
    flavors: set[str] = set()
    nominal = borrowing = lending = 0.0
    for group in _list(spec.get("resourceGroups"), name):
        for flavor in _list(group.get("flavors"), name):
            for resource in _list(flavor.get("resources"), name):
                if "gpu" in str(resource.get("name", "")).lower():
                    nominal += _quantity(resource.get("nominalQuota", 0), name)
                    borrowing += _limit(resource.get("borrowingLimit"), name)
                    lending += _limit(resource.get("lendingLimit"), name)
                    flavors.add(str(flavor.get("name")))
    cohort = spec.get("cohortName") or spec.get("cohort") or None
    if cohort is None:
        borrowing = lending = 0.0
    # Infinite where there is none.
    weight = _limit(_mapping(spec.get("fairSharing"), f"fairSharing of {name!r}").get("weight"), name)
    limits = {"borrowing_limit": borrowing, "lending_limit": lending, "borrowing_weight": weight}
    standing = dict.fromkeys(("quota", "weight", "guaranteed"), nominal)
    standing |= {column: limit for column, limit in limits.items() if math.isfinite(limit)}
    return _Queue(name, None if cohort is None else str(cohort), flavors, standing)


def _mapping(value: object, what: str) -> Node:
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise ValueError(f"{what} must be a mapping, got {str(value)[:40]!r}")
    return value


def _list(value: object, queue: str) -> list[Node]:
    """A list of mappings; nothing where it is left out."""
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        raise ValueError(f"ClusterQueue {queue!r}: resourceGroups, flavors and resources must be lists of mappings")
    return value


def _limit(value: object, queue: str) -> float:
    return math.inf if value is None else _quantity(value, queue)


def _quantity(value: object, queue: str) -> float:
    """A Kubernetes quantity."""
    text = str(value).strip()
    match = QUANTITY.fullmatch(text)
    if not match or match[2] not in SUFFIXES or not math.isfinite(number := float(match[1]) * SUFFIXES[match[2]]):
        raise ValueError(f"ClusterQueue {queue!r}: no quantity: {text[:40]!r}")
    return number

"""An engine that ignores any one entry of the registry is found out by the labs that the engines are compared on.

To ignore an entry is to run as if it had another value. Each is changed in turn for one engine only, on generated labs,
until the comparison of `tests/agreement.py` fails between that engine and the other.
"""

import numpy as np
import pytest

import sim
from sim import allocation
from sim.engines.points import varies
from sim.scenario import registry
from tests.agreement import LABS, assert_agree, run_in_full
from tests.strategies import SILENT, labs

SEED = 3
TURNED_OVER = pytest.mark.filterwarnings("ignore")  # labs with numbers at their bounds overflow, and may


@pytest.fixture
def _a_policy_with_arguments():
    """The shipped ones take none: random labs are to divide by one that takes a number of each kind, too."""

    @sim.policy(name="with_arguments")
    def with_arguments(claims, budget, part: float = 0.75, halvings: int = 1, largest_first: bool = False):
        asked = claims.asks * claims.asks if largest_first else claims.asks * 1.0
        share = part * 0.5**halvings * min(1.0, budget / max(claims.asks.sum(), 1e-9))
        return np.minimum(claims.asks, share * asked / max(asked.max(), 1e-9) * claims.asks.min())


def all_entries():
    """Every entry by which something happens; each option, and each argument of a policy, by itself."""
    found = set()
    for entry in registry():
        options = sim.policies() if entry.path == "committee.policy" else entry.options
        if entry.path == "committee.policy_args":
            found |= {f"{name}.{one.name}" for name in sim.policies() for one in allocation.get(name).arguments}
        elif entry.path not in SILENT:
            found |= {f"{entry.path}={one}" for one in options} or {entry.path + ".*" * (entry.kind == "table")}
    return found


def name_of(scenario, path, value, entry):
    """An entry's name among `all_entries`."""
    if path.startswith("committee.policy_args."):
        return f"{scenario.committee.policy}.{path.rsplit('.')[-1]}"
    return f"{entry.path}={value}" if entry.options or entry.path == "committee.policy" else entry.path


def another_number(entry, value):
    """What an engine that ignores a number might take for it: the default, or where that is the value, another."""
    if entry.kind == "switch":
        return not value
    if isinstance(entry.default, (int, float)) and entry.default != value:
        return entry.default
    doubled, middle = 2.0 * value, (entry.low + min(entry.high, entry.low + 2.0)) / 2.0
    further = doubled if value and doubled <= entry.high else middle
    return int(further) if entry.kind == "whole number" else float(further)


def other_values(scenario, path, value, entry):
    """The same for what is no number, or sizes the lab."""
    if entry.kind == "month":
        return [scenario.date_of(scenario.month_of(value) + step) for step in (1, -1)]
    if entry.kind == "whole number":
        return [value + 1]
    key = path.rsplit(".")[-1]
    names = {"team": list(scenario.team), "line": scenario.lines(), "site": scenario.sites(),
             "project": list(scenario.project), "member": list(scenario.committee.members)}  # fmt: skip
    kinds = entry.refers or ((key,) if key in names else ())
    options = [name for kind in kinds for name in names[kind]]
    options += entry.options or (sim.policies()[:3] if entry.path == "committee.policy" else ())
    if entry.kind == "list":
        options = [[name] for name in options]
    return [one for one in [*options, None] if one != value and not (one is None and entry.required)]


def summed(result, points):
    """Sums of the numbers of the tables, (points, numbers): where they differ, tables do."""
    months = (
        result.months.select_dtypes("number").to_numpy(dtype=float).reshape(points, len(result.months) // points, -1)
    )
    panel = result.tables["panel"].groupby("point")[["fairness", "log_hazard"]].sum().reindex(range(points))
    return np.hstack([months[:, :, 1:].reshape(points, -1), panel.to_numpy()])


def suspects(scenario, wanted):
    """{entry: overrides} of numbers whose change shows in the sums, all tried in one run."""
    tried = {}
    for path, value, entry in scenario.paths():
        name = name_of(scenario, path, value, entry)
        if name in wanted and varies(entry) and value is not None:
            tried[path] = name, another_number(entry, value), value
    points = {}
    for place, (path, (_, other, value)) in enumerate(tried.items(), start=1):
        points[path] = np.full(len(tried) + 1, float(value))
        points[path][place] = other
    if not points:
        return {}
    try:
        found = summed(run_in_full(scenario, 2, SEED, points=points, threads=1), len(tried) + 1)
    except sim.InputError:  # a change that no scenario file may hold, as all weights 0
        return {}
    same = [np.allclose(found[0], one, rtol=1e-9, atol=1e-9, equal_nan=True) for one in found[1:]]
    return {name: {path: other} for (path, (name, other, _)), as_before in zip(tried.items(), same, strict=True)
            if not as_before}  # fmt: skip


def further_suspects(scenario, wanted):
    """The same for what cannot be tried in one run: each is a suspect."""
    for path, value, entry in scenario.paths():
        name = name_of(scenario, path, value, entry)
        if name in wanted and (value is None or not varies(entry)):
            for other in other_values(scenario, path, value, entry)[:3]:
                yield name, {path: other}


def is_noticed(scenario, ignored, whole):
    """Whether the engines' tables differ if the compiled one has other values there."""
    try:
        other = scenario.with_overrides(ignored)
    except sim.InputError:
        return False
    try:
        assert_agree(run_in_full(other, 2, SEED, threads=1), whole)
    except AssertionError:
        return True
    return False


def look_for(wanted, made):
    """Those of the wanted entries that some lab notices, and how many labs it took."""
    noticed, count = set(), 0
    for scenario in made:
        count += 1
        left = wanted - noticed
        found = [*suspects(scenario, left).items(), *further_suspects(scenario, left)]
        whole = run_in_full(scenario, 2, SEED, "mesa") if found else None
        for name, ignored in found:
            if name not in noticed and is_noticed(scenario, ignored, whole):
                noticed.add(name)
        if noticed == wanted:
            break
    return noticed, count


@TURNED_OVER
@pytest.mark.usefixtures("_a_policy_with_arguments")
def test_an_engine_that_ignores_any_entry_of_the_registry_is_found_out(capsys):
    wanted = all_entries()
    noticed, count = look_for(wanted, labs(LABS))
    with capsys.disabled():
        print(f"\n{len(noticed)} of {len(wanted)} entries are noticed if one engine ignores them, by {count} labs")
    assert not wanted - noticed, sorted(wanted - noticed)


@pytest.mark.large
@TURNED_OVER
@pytest.mark.usefixtures("_a_policy_with_arguments")
@pytest.mark.parametrize("block", range(1, 6))
def test_other_labs_find_it_out_too(block):
    wanted = all_entries()
    noticed, _ = look_for(wanted, labs(2 * LABS, first=2 * LABS * block))
    assert not wanted - noticed, sorted(wanted - noticed)

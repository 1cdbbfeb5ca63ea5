"""Validation: whether the calibrated model shows what it was not fitted to, and under which structures it does."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import pandas as pd

from sim.aliases import AnyPath, Floats
from sim.engines.run import Progress
from sim.errors import by_name_after, check_names, check_whole
from sim.parameter import Parameter
from sim.results.study import Study
from sim.scenario import Scenario, as_scenario, load_scenario
from sim.studies.measure import EACH, Kept, measure
from sim.studies.posterior import Posterior, posterior_of, shared
from sim.studies.targets import Target, load_targets

DRAWS = 100  # of the posterior
AS_IT_IS = "as it is"
HOLDS, PARTLY, FAILS = "holds", "partly", "fails"


@dataclass(repr=False, kw_only=True)
class Validation(Study):
    """What a calibrated model shows of targets that it was not fitted to.

    | table | one row per |
    |---|---|
    | `checks` | target and structure: the target's interval, the model's median and 95 % over draws, the verdict |
    | `facts` | recorded fact: whether it was calibrated with, and how it lies in what prior and posterior predict |

    Verdicts: "holds" where the median lies within the target, "fails" where the 95 % interval over draws lies outside
    it, "partly" between.
    """

    kind, called, known, needed = "validate", "validation", ("checks", "facts"), ("checks",)
    settings = ("draws",)

    draws: int


@by_name_after(1)
def validate(
    scenario: Scenario | AnyPath, *, posterior: Posterior | AnyPath, targets: AnyPath = "effects",
    structures: Iterable[str] | None = None, draws: int = DRAWS, seed: int = 1, threads: int | None = None,
    progress: Progress | None = None,
) -> Validation:  # fmt: skip
    """Measure every target over the draws of a posterior, as the model is and under other structures.

    Arguments:
        scenario: a `Scenario`, path or shipped name.
        posterior: a `Posterior` or its folder.
        targets: a TOML file of [[target]] tables, or a shipped one's bare name.
        structures: names of `STRUCTURES` to try besides; default all that change something here, () for none.
        draws: of the posterior; each gives 16 histories.
        progress: called with (checks done, checks in all).

    Raises InputError for faulty targets or a posterior of another scenario.
    """
    scenario = as_scenario(scenario)
    found = posterior_of(posterior)
    wanted = load_targets(targets)
    check_whole("draws", draws, 2, len(found.resampled))
    cases = _cases(scenario, structures)
    drawn = {name: _draws(found, scenario, case, draws) for name, case in cases.items()}
    rows: list[dict[str, object]] = []
    total = len(cases) * len(wanted)
    for name, case in cases.items():
        kept: Kept = {}  # histories of this case that several targets need
        for target in wanted:
            if target.scenario is not None and name != AS_IT_IS:
                continue
            if progress:
                progress(len(rows), total)
            if target.scenario is None:
                here, numbers, shared = case, drawn[name], kept
            else:
                here, numbers, shared = load_scenario(target.scenario), {}, None
            values = measure(target, here, numbers, draws, seed=int(seed), threads=threads, kept=shared)
            rows.append({"target": target.name, "structure": name, **_judged(target, values), "source": target.source})
    if progress:
        progress(total, total)
    tables = {"checks": pd.DataFrame(rows), "facts": facts(found)}
    return Validation(scenario=scenario, seed=int(seed), replicates=list(range(EACH)), draws=int(draws), tables=tables)


def _draws(posterior: Posterior, scenario: Scenario, case: Scenario, count: int) -> dict[str, Floats]:
    """Numbers of the draws for a structure: what it sets otherwise than the scenario is not drawn."""
    chosen = posterior.evenly(count)
    return {path: numbers[chosen] for path, numbers in shared(posterior.draws_for(scenario), scenario, case).items()}


def _judged(target: Target, values: Floats) -> dict[str, object]:
    there = values[np.isfinite(values)]
    low, middle, high = np.quantile(there, [0.025, 0.5, 0.975]) if len(there) else [np.nan] * 3
    inside = float(((there >= target.low) & (there <= target.high)).mean()) if len(there) else np.nan
    words = _verdict(low, middle, high, (target.low, target.high)) if len(there) else "cannot be measured"
    return {
        "quantity": target.quantity, "used_for": target.used_for, "low": target.low, "high": target.high,
        "median": middle, "q025": low, "q975": high, "inside": inside, "verdict": words,
    }  # fmt: skip


def _verdict(low: float, middle: float, high: float, wanted: tuple[float, float]) -> str:
    """Of a band with its median, beside what it is to lie in."""
    if wanted[0] <= middle <= wanted[1]:
        return HOLDS
    return FAILS if low > wanted[1] or high < wanted[0] else PARTLY


def facts(posterior: Posterior) -> pd.DataFrame:
    """Recorded facts beside predictions: is what was held out predicted, and what was used within the prior's reach?

    `verdict` as for targets, of the posterior predictive. `prior_50`: whether the fact (its count, or some of its
    interval) lies within the 50 % band of the prior predictive, as it should where no cause is counted twice.
    """
    table = posterior.predictive
    rows = []
    for row in table.to_dict("records"):
        value = row["recorded"]
        counted = posterior.scenario.record[row["name"]].counts
        low, high = (value, value) if counted else (row["recorded_low"], row["recorded_high"])
        rows.append({
            "fact": row["name"], "used": row["used"], "low": row["recorded_low"], "value": value,
            "high": row["recorded_high"], "median": row["q50"], "q05": row["q05"], "q95": row["q95"],
            "verdict": _verdict(row["q05"], row["q50"], row["q95"], (row["recorded_low"], row["recorded_high"])),
            "prior_50": bool(high >= row["prior_q25"] and low <= row["prior_q75"]), "source": row["source"],
        })  # fmt: skip
    return pd.DataFrame(rows)


# What else might be so: gives the scenario changed, or None where it changes nothing here.
Structure: TypeAlias = Callable[[Scenario], Scenario | None]


def setting(path: str, value: float | None = None, *, times: float = 1.0) -> Structure:
    """A structure that sets one number, or multiplies it."""

    def changed(scenario: Scenario) -> Scenario | None:
        numbers: dict[str, tuple[Any, Parameter]] = {other: (now, entry) for other, now, entry in scenario.paths()}
        if path not in numbers or numbers[path][0] is None:
            return None
        now, entry = numbers[path]
        new = value if value is not None else float(np.clip(now * times, *entry.bounds))
        return None if new == now else scenario.with_overrides({path: new})

    return changed


def only_norm(norm: str) -> Structure:
    """A structure in which one norm alone says what is deserved."""

    def changed(scenario: Scenario) -> Scenario:
        norms = scenario.fairness.norms.model_dump()
        return scenario.with_overrides({f"fairness.norms.{other}": float(other == norm) for other in norms})

    return changed


def split(scenario: Scenario) -> Scenario | None:
    """The largest team that nothing in the file names but lists of teams and tables by team, cut into equal halves."""
    raw = scenario.to_dict()
    named = {project.team for project in scenario.project.values()}
    named |= {cohort.get("team") for cohort in raw["cohort"].values()}
    for event in raw["event"].values():
        named |= {event.get(key) for key in ("team", "to", "into")}
    named |= {record.get("team") for record in raw["record"].values()}
    free = [name for name in raw["team"] if name not in named and raw["team"][name]["researchers"] > 1]
    if not free:
        return None
    whole = max(free, key=lambda name: raw["team"][name]["researchers"])
    team = raw["team"].pop(whole)
    halves = [f"{whole}_1", f"{whole}_2"]
    for index, name in enumerate(halves):
        people = (team["researchers"] + 1 - index) // 2
        raw["team"][name] = {**team, "name": name, "researchers": people}
        for key in ("weight", "guaranteed_gpus"):
            if key in team:
                raw["team"][name][key] = team[key] / 2
    tables = [member.get("priorities", {}) for member in raw["committee"]["members"].values()]
    tables += [event.get(key, {}) for event in raw["event"].values() for key in ("priorities", "from")]
    for table in tables:
        if whole in table:
            table |= dict.fromkeys(halves, table.pop(whole))
    for element in (*raw["event"].values(), *raw["cohort"].values()):
        if whole in (element.get("teams") or ()):
            element["teams"] = [name for name in element["teams"] if name != whole] + halves
    raw["sources"] = {path: source for path, source in raw["sources"].items() if not path.startswith(f"team.{whole}")}
    raw["prior"] = {path: prior for path, prior in raw["prior"].items() if not path.startswith(f"team.{whole}")}
    return Scenario.from_dict(raw, where="scenario")


STRUCTURES: dict[str, Structure] = {
    "a team split in halves": split,
    "every file open each month": setting("committee.revisit", 1.0),
    "files open one month in six": setting("committee.revisit", 0.16),
    "memory half as long": setting("fairness.memory", times=0.5),
    "memory twice as long": setting("fairness.memory", times=2.0),
    "nobody self-serving": setting("fairness.self_serving", 0.0),
    "self-serving 1": setting("fairness.self_serving", 1.0),
    "self-serving 2": setting("fairness.self_serving", 2.0),
    "equality alone": only_norm("equality"),
    "need alone": only_norm("need"),
    "equity alone": only_norm("equity"),
}


def _cases(scenario: Scenario, structures: Iterable[str] | None) -> dict[str, Scenario]:
    names = list(STRUCTURES) if structures is None else list(structures)
    check_names("structures: unknown", names, STRUCTURES)
    changed = {name: STRUCTURES[name](scenario) for name in names}
    return {AS_IT_IS: scenario, **{name: case for name, case in changed.items() if case is not None}}

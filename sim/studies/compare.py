"""Compare policies, scenarios or any sets of overrides on the same luck."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Annotated, Any

import pandas as pd
from pydantic import Field

from sim.aliases import AnyPath
from sim.engines.run import Progress, replicate_numbers, run
from sim.errors import InputError, by_name_after, check_names
from sim.results.estimate import Estimate
from sim.results.folder import About
from sim.results.mixture import APART, spreads
from sim.results.study import Study, checked
from sim.scenario import Scenario, as_scenario
from sim.scenario.seats import seat_names
from sim.studies.job import Job
from sim.studies.mixture import draws_of
from sim.studies.paired import paired

if TYPE_CHECKING:
    from sim.studies.posterior import Posterior

LAB = ("quits", "laid_off", "released", "output", "gpu_months_wasted", "scarcity", "gini", "jain", "fairness")
OF = ("left_share", "months_to_release", "fairness", "gpus")


@dataclass(repr=False, kw_only=True)
class Comparison(Study):
    """What differs between cases on common random numbers.

    | table | one row per |
    |---|---|
    | `outcomes` | case, replicate: the columns of a run's `outcomes` |
    | `differences` | case, outcome: paired difference from the baseline with its 95 % interval |
    | `utilisation` | case, team, month: what is wanted, entitled to, held, used, idle and borrowed, as of a run |
    | `people` | case, team: who left under the baseline only, under the case only, under both and how much earlier |
    """

    kind, called, known, needed = "compare", "comparison", ("outcomes", "people", "utilisation"), ("outcomes",)

    cases: dict[str, Scenario]
    baseline: str  # `scenario` is this one's
    draws: Annotated[int, Field(ge=0)] = 0  # of a posterior, if it is a mixture: replicate r has draw r modulo these
    engine: str = "compiled"  # or mesa, or the name of a class

    @cached_property
    def differences(self) -> pd.DataFrame:
        """Per case and outcome: means, paired difference, 95 % interval, variance saved by pairing; and in how many
        histories, in the worse of the two, the time to a release is censored: the project does not come out.

        Over a posterior also where the difference lies by luck alone and by not knowing alone, which share of its
        variance is not knowing, and in which share of draws it has its sign (`sim.results.mixture.spread`).
        """
        base, names = self._of(self.baseline), self.compared()
        parts = {}
        for case in self.others():
            other = self._of(case)
            found = beside(base, other, names)
            if self.draws:
                apart = spreads((other[names] - base[names]).reset_index(), self.draws, names)
                mean, width = apart["mean"], apart["pm"]
                found = found.assign(difference=mean, low=mean - width, high=mean + width, **apart[list(APART)])
            parts[case] = found
        return _stacked(parts)

    @property
    def frontier(self) -> pd.DataFrame:
        """Per case: mean people lost and output (prestige released); half-widths are of the paired difference."""
        base, rows = self._of(self.baseline), []
        base["lost"] = base["quits"] + base["laid_off"]
        for case in self.cases:
            outcomes = self._of(case)
            outcomes["lost"] = outcomes["quits"] + outcomes["laid_off"]
            row: dict[str, Any] = {"case": case}
            for name in ("lost", "output"):
                row |= {name: outcomes[name].mean(), f"{name}_pm": Estimate.of(outcomes[name] - base[name]).half_width}
            rows.append(row)
        return pd.DataFrame(rows)

    def others(self) -> list[str]:
        return [case for case in self.cases if case != self.baseline]

    def compared(self) -> list[str]:
        """The outcomes that all cases have, those of the lab first."""
        given = (self.outcomes.groupby("case").count() > 0).all()
        shared = given.index[given]
        lab = [name for name in LAB if name in given.index]
        return [*lab, *(name for of in OF for name in shared if name.startswith(f"{of}."))]

    def _of(self, case: str) -> pd.DataFrame:
        return self.outcomes[self.outcomes["case"] == case].set_index("replicate").drop(columns="case")

    def about(self) -> About:
        cases = {case: scenario.to_dict() for case, scenario in self.cases.items()}
        return {"baseline": self.baseline, "seed": self.seed, "replicates": self.replicates, "draws": self.draws,
                "engine": self.engine, "cases": cases}  # fmt: skip

    @classmethod
    def again(cls, about: About, tables: dict[str, pd.DataFrame], where: str) -> "Comparison":
        cases = {case: Scenario.from_saved(saved, where) for case, saved in about["cases"].items()}
        if about["baseline"] not in cases:
            raise ValueError("its baseline is none of its cases")
        said = {"engine": "compiled", **about}
        fields = {name: checked(cls, name, said[name]) for name in ("seed", "replicates", "draws", "engine")}
        baseline = about["baseline"]
        return cls(scenario=cases[baseline], cases=cases, baseline=baseline, tables=tables, **fields)

    def for_people(self) -> dict[str, pd.DataFrame]:
        whose: dict[str, pd.DataFrame] = {
            name: self.tables[name] for name in ("people", "utilisation") if name in self.tables
        }
        return {"differences": self.differences, "frontier": self.frontier, **whose}


@by_name_after(2)
def compare(
    cases: Mapping[str, Scenario | AnyPath],
    replicates: int | Iterable[int] = 1000,
    *,
    seed: int = 1,
    baseline: str | None = None,
    engine: str | type = "compiled",
    threads: int | None = None,
    progress: Progress | None = None,
    posterior: "Posterior | AnyPath | None" = None,
) -> Comparison:
    """Run every case with the same seed, so that the same people meet the same luck; pair them by replicate.

    Arguments:
        cases: name -> scenario (a `Scenario`, path or shipped name); at least two.
        replicates, seed, engine, threads, progress: as for `run`.
        baseline: the case that the others are compared with; default the first.
        posterior: a `Posterior` or its folder: results are mixtures over its draws, at least 4 replicates to a draw.
            What a case sets is not drawn.

    Raises InputError for fewer than two cases or an unknown baseline.
    """
    scenarios = {name: as_scenario(given) for name, given in cases.items()}
    if len(scenarios) < 2:
        raise InputError("compare: needs at least two cases: policies, scenarios or sets of overrides")
    baseline = next(iter(scenarios)) if baseline is None else baseline
    check_names("compare: no case", [baseline], scenarios)
    mixtures = {name: draws_of(posterior, scenario, replicates) for name, scenario in scenarios.items()}
    outcomes, exits, gpus = {}, {}, {}
    each = len(replicate_numbers(replicates))
    job = Job(progress, each * len(scenarios))
    for name, scenario in scenarios.items():
        tell = job.stage(name, each)
        result = run(scenario, replicates, seed=seed, detail="people", engine=engine, threads=threads, progress=tell,
                     draws=mixtures[name][0])  # fmt: skip
        outcomes[name], exits[name], gpus[name] = result.outcomes, result.exits, result.utilisation
    base, count = scenarios[baseline], len(result.replicates)
    people = {
        name: _people(base, other, (exits[baseline], exits[name]), count)
        for name, other in scenarios.items() if name != baseline
    }  # fmt: skip
    tables = {"outcomes": _stacked(outcomes), "people": _stacked(people), "utilisation": _stacked(gpus)}
    return Comparison(
        scenario=base, cases=scenarios, baseline=baseline, seed=int(seed), replicates=result.replicates, tables=tables,
        draws=mixtures[baseline][1], engine=result.engine,
    )  # fmt: skip


def beside(base: pd.DataFrame, other: pd.DataFrame, names: list[str]) -> pd.DataFrame:
    """`paired` of some outcomes, and in how many histories, in the worse of the two, each is `censored`."""
    worse = [max(unfinished(base, name), unfinished(other, name)) for name in names]
    return paired(base[names], other[names]).assign(censored=worse)


def unfinished(outcomes: pd.DataFrame, name: str) -> float:
    """Share of the histories in which a project's months to its release are those to the run's end."""
    family, _, project = name.partition(".")
    return float(outcomes[f"release_month.{project}"].isna().mean()) if family == "months_to_release" else 0.0


def _stacked(tables: dict[str, pd.DataFrame]) -> pd.DataFrame:
    joined = pd.concat(tables, names=["case"]).copy()  # in one piece: many pieces make pandas warn of what is added
    return joined.reset_index("case").reset_index(drop=True)


def policies_of(scenario: Scenario, names: Iterable[str]) -> dict[str, Scenario]:
    """Cases of one scenario under each of the named policies."""
    return {name: scenario.with_overrides({"committee.policy": name}) for name in names}


def _people(base: Scenario, other: Scenario, exits: tuple[pd.DataFrame, pd.DataFrame], count: int) -> pd.DataFrame:
    """Means over replicates, by the team of a person's first seat: who left under which case, and how much earlier.

    Only people whom both cases seat by themselves are compared; replacements are other people.
    """
    shared = set(seat_names(base)) & set(seat_names(other))
    months = [table[table["person"].isin(shared)].set_index(["replicate", "person"])["month"] for table in exits]
    both = pd.concat(months, axis=1, keys=["base", "other"])
    team = both.index.get_level_values("person").str.split("/").str[0]
    earlier = both["base"] - both["other"]
    fates = pd.DataFrame({
        "only_under_baseline": both["other"].isna(),
        "only_under_case": both["base"].isna(),
        "under_both": earlier.notna(),
        "earlier_under_case": earlier > 0,
        "later_under_case": earlier < 0,
    })  # fmt: skip
    differs = (
        (fates["only_under_baseline"] | fates["only_under_case"]).groupby([both.index.get_level_values(0), team]).any()
    )
    table = fates.groupby(team).sum() / count
    table["months_earlier"] = earlier.groupby(team).mean()
    table["replicates_differing"] = differs.groupby(level=1).sum() / count
    return table.rename_axis("team").reset_index()

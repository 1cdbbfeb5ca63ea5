"""Which parameters matter: Morris screening and Sobol indices (SALib) of outcomes, and the share of luck."""

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

from sim.engines.run import run
from sim.errors import InputError, by_name_after, did_you_mean
from sim.results.folder import read_about, reading, whole_folder, write_about
from sim.scenario import Scenario, as_scenario
from sim.studies.attribute import TUNING

MARK = "sensitivity.json"
METHODS = ("morris", "sobol")
ALSO = ("budget.scale", "budget.reserve", "committee.noise", "committee.proximity_half_life", "head.appeal_below",
        "fairness.envy", "fairness.self_serving", "fairness.procedural", "team_defaults.optimism",
        "hiring.backfill")  # fmt: skip
SPREAD = 1.5  # the default range: from the value over this to the value times this, within its bounds
LEVELS = 4  # of Morris's grid


@dataclass
class Sensitivity:
    """`table`: a row per outcome and parameter: its range, indices and half-widths of their 95 % intervals.

    Morris: `mu_star` (mean absolute effect of crossing the range, in the outcome's unit) and `sigma`. Sobol: `S1`, `ST`
    (shares of the variance that parameters cause). `luck`: per outcome, the share of the variance over all histories
    that is luck rather than parameters.
    """

    scenario: Scenario
    seed: int
    replicates: list[int]
    method: str
    samples: int
    table: pd.DataFrame = field(repr=False)
    luck: pd.DataFrame = field(repr=False)

    points = None

    def save(self, folder, figures=False) -> Path:
        """Write the tables as CSV and what it takes to repeat the study; the folder appears whole."""
        with whole_folder(folder, mark=MARK) as new:
            self.table.to_csv(new / "indices.csv", index=False)
            self.luck.to_csv(new / "luck.csv", index=False)
            write_about(new, MARK, "sensitivity", seed=self.seed, replicates=self.replicates, method=self.method,
                        samples=self.samples, scenario=self.scenario.to_dict())  # fmt: skip
            if figures:
                from sim.report.figures.sensitive import save_figures

                save_figures(self, new)
        return Path(folder)

    @classmethod
    def load(cls, folder) -> "Sensitivity":
        """A saved study. Raises InputError where there is none."""
        folder = Path(folder)
        with reading(folder, "sensitivity study"):
            about = read_about(folder / MARK, "sensitivity")
            tables = [pd.read_csv(folder / f"{name}.csv") for name in ("indices", "luck")]
        scenario = Scenario.from_dict(about["scenario"], where=f"{folder}/{MARK}")
        return cls(scenario, about["seed"], about["replicates"], about["method"], about["samples"], *tables)


@by_name_after(2)
def sensitivity(
    scenario, parameters=None, *, outcomes=None, method="morris", samples=None, replicates=100, seed=1, threads=None,
    progress=None,
) -> Sensitivity:  # fmt: skip
    """Indices of outcomes, averaged over replicates on common random numbers, in a scenario's parameters.

    Arguments:
        scenario: a `Scenario`, path or shipped name.
        parameters: dotted paths, or path -> (low, high); default the weights of the hazard and some of the committee's.
            A path without a range gets its value divided and multiplied by 1.5, within the registry's bounds.
        outcomes: columns of a run's `outcomes`; default the shares of the cohorts that left.
        method: "morris" (trajectories: `samples`, default 50) or "sobol" (base samples, a power of 2, default 256).

    Raises InputError for unknown paths, outcomes or methods.
    """
    scenario = as_scenario(scenario)
    if method not in METHODS:
        raise InputError(f"sensitivity: unknown method '{method}'{did_you_mean(method, METHODS)}")
    ranges = _ranges(scenario, parameters)
    if outcomes is None:
        outcomes = [f"left_share.{name}" for name in scenario.cohort] or ["quits"]
    known = run(scenario, 1, seed=seed, detail="summary", threads=1).outcomes.columns
    faults = [f"sensitivity: no outcome '{name}'{did_you_mean(name, known)}" for name in outcomes if name not in known]
    if faults:
        raise InputError(*faults)
    whole = [scenario.parameter(path).kind == "whole number" for path in ranges]
    within = {}

    def evaluate(sample):
        values = np.where(whole, np.rint(sample), sample)
        points = dict(zip(ranges, values.T, strict=True))
        result = run(
            scenario, replicates, seed=seed, detail="summary", points=points, threads=threads, progress=progress
        )
        histories = result.outcomes[list(outcomes)].to_numpy(dtype=float).reshape(len(sample), -1, len(outcomes))
        means = np.nanmean(histories, axis=1)
        spread = np.nanvar(histories, axis=1, ddof=1).mean(axis=0) if replicates > 1 else np.full(len(outcomes), np.nan)
        within["luck"] = spread / (spread + means.var(axis=0, ddof=1))
        return dict(zip(outcomes, means.T, strict=True))

    table = indices(ranges, evaluate, method, samples, seed)
    luck = pd.DataFrame({"outcome": list(outcomes), "luck": within["luck"]})
    count = samples or DEFAULT_SAMPLES[method]
    return Sensitivity(scenario, int(seed), list(range(replicates)), method, count, table, luck)


DEFAULT_SAMPLES = {"morris": 50, "sobol": 256}


def indices(ranges, evaluate, method, samples=None, seed=1) -> pd.DataFrame:
    """Indices of any function: `evaluate` takes (points, parameters) and gives outcome -> (points,).

    `ranges`: parameter -> (low, high). Returns a row per outcome and parameter.
    """
    from SALib.analyze import morris as analyse_morris
    from SALib.analyze import sobol as analyse_sobol
    from SALib.sample import morris as sample_morris
    from SALib.sample import sobol as sample_sobol

    samples = samples or DEFAULT_SAMPLES[method]
    if method == "sobol" and samples & (samples - 1):
        raise InputError(f"sensitivity: Sobol sampling needs a power of 2, got {samples}")
    problem = {"num_vars": len(ranges), "names": list(ranges), "bounds": [list(one) for one in ranges.values()]}
    seed = int(seed) % 2**32
    if method == "morris":
        sample = sample_morris.sample(problem, samples, num_levels=LEVELS, seed=seed)
    else:
        sample = sample_sobol.sample(problem, samples, calc_second_order=False, seed=seed)
    rows = []
    for outcome, values in evaluate(sample).items():
        if np.ptp(values) == 0.0:  # nothing matters
            columns = ("mu_star", "mu_star_pm", "sigma") if method == "morris" else ("S1", "S1_pm", "ST", "ST_pm")
            found = {name: np.zeros(len(ranges)) for name in columns}
        elif method == "morris":
            one = analyse_morris.analyze(problem, sample, values, num_levels=LEVELS, seed=seed)
            found = {"mu_star": one["mu_star"], "mu_star_pm": one["mu_star_conf"], "sigma": one["sigma"]}
        else:
            one = analyse_sobol.analyze(problem, values, calc_second_order=False, seed=seed)
            found = {"S1": one["S1"], "S1_pm": one["S1_conf"], "ST": one["ST"], "ST_pm": one["ST_conf"]}
        lows, highs = zip(*ranges.values(), strict=True)
        table = {"outcome": outcome, "parameter": list(ranges), "low": lows, "high": highs}
        rows.append(pd.DataFrame(table | {name: np.asarray(column) for name, column in found.items()}))
    return pd.concat(rows, ignore_index=True)


def _ranges(scenario, parameters) -> dict:
    if parameters is None:
        parameters = [path for path in (*TUNING, *ALSO) if scenario.value(path) != 0]
    given = parameters if isinstance(parameters, dict) else dict.fromkeys(parameters)
    found, faults = {}, []
    for path, span in given.items():
        try:
            value, entry = scenario.value(path), scenario.parameter(path)
        except InputError as error:
            faults += error.faults
            continue
        if entry.kind not in ("number", "whole number") or value is None:
            faults.append(f"sensitivity: {path}: is no number")
            continue
        ends = (value / SPREAD, value * SPREAD) if value else (entry.low, entry.high)
        low, high = span or (max(ends[0], entry.low), min(ends[1], entry.high))
        if not entry.low <= low < high <= entry.high:
            faults.append(f"sensitivity: {path}: the range must lie within {entry.low:g} to {entry.high:g}, and rise; "
                          f"got {low:g} to {high:g}")  # fmt: skip
        found[path] = (float(low), float(high))
    if not given:
        faults.append("sensitivity: no parameters")
    if faults:
        raise InputError(*faults)
    return found

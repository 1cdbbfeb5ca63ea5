"""What a run found: who left, what shipped, who got the GPUs, how it felt, what the record says; beside its parent."""

from collections.abc import Sized

import numpy as np
import pandas as pd

from sim.aliases import Column
from sim.report.numbers import number, percent, plural, span
from sim.report.story import who_got_what
from sim.report.tables import rows_of
from sim.report.verdicts import mixtures
from sim.report.verdicts.run_tables import tables as story_tables
from sim.report.verdicts.verdict import Verdict
from sim.report.verdicts.words import changes, heading, name_of, value_words
from sim.results.bands import QUANTILES, quantiles
from sim.results.estimate import Estimate
from sim.results.meanings import chosen, outcome_of
from sim.results.result import Result

FEW = 6  # names in one sentence


def verdict(result: Result) -> Verdict:
    """Of a run; of one with points, how far they lie apart."""
    if result.points:
        return _of_points(result)
    found = [_who_left(result), _beside(result), _shares(result), _shipped(result), _gpus(result), _felt(result),
             _recorded(result)]  # fmt: skip
    tables = [mixtures.of_run(result)] if result.draws else []
    tables += story_tables(result) if result.detail != "summary" else []
    return Verdict(
        _title(result), result.scenario.question, [words for words in found if words], summary(result.outcomes), tables
    )  # fmt: skip


def _title(result: Result) -> str:
    points = f"{len(next(iter(result.points.values())))} points" if result.points else ""
    return heading(result.scenario.title, result.scenario, len(result.replicates), result.seed,
                   points or f"{result.engine} engine")  # fmt: skip


def summary(outcomes: pd.DataFrame) -> pd.DataFrame:
    """A row per outcome: unit, mean with its 95 % interval, 5 to 95 % of the histories, share of them without it."""
    names = _told(outcomes)
    table, abouts = outcomes[names].to_numpy(dtype=float).T, [outcome_of(name) for name in names]
    means, missing = [Estimate.of(values) for values in table], np.isnan(table)
    return pd.DataFrame({
        "unit": [about.unit for about in abouts], "mean": [mean.value for mean in means],
        "low": [mean.luck.low for mean in means], "high": [mean.luck.high for mean in means],
        **quantiles(table, (~missing).sum(axis=1), QUANTILES.values()), "missing": missing.mean(axis=1),
        "meaning": [about.meaning for about in abouts],
    }, index=pd.Index(names, name="outcome"))  # fmt: skip


def _told(outcomes: pd.DataFrame) -> list[str]:
    return [name for name in outcomes.columns if name not in ("replicate", "point") and not name.startswith("record.")]


def _range(values: Column) -> str:
    values = values.dropna()
    return span(*(round(bound) for bound in values.quantile([0.05, 0.95]))) if len(values) > 1 else ""


def _who_left(result: Result) -> str:
    outcomes, scenario = result.outcomes, result.scenario
    spread = _range(outcomes["quits"])
    often = f" ({spread} in nine histories of ten)" if spread else ""
    words = f"{number(outcomes['quits'].mean())} people quit{often}"
    if outcomes["laid_off"].any():
        words += f" and {number(outcomes['laid_off'].mean())} are laid off"
    if scenario.project:
        words += f"; {number(outcomes['released'].mean(), 1)} of {plural(len(scenario.project), 'project')} come out"
    return words + "."


def _shares(result: Result) -> str:
    cohorts = chosen(["left_share.*"], result.outcomes.columns)
    means = result.outcomes[cohorts].median().dropna().sort_values(ascending=False)
    if not len(means):
        return ""
    told = []
    for name, middle in zip(means.index[:FEW], means, strict=False):
        spread = _range(100 * result.outcomes[name])
        told.append(f"{name_of(name)} {percent(middle)}" + (f" ({spread})" if spread else ""))
    return f"Gone by the end, median and nine tenths: {', '.join(told)}{_rest(means)}."


def _shipped(result: Result) -> str:
    """Which projects come out, when, and which do not."""
    scenario, out, not_out = result.scenario, [], []
    for name in scenario.project:
        months = result.outcomes[f"release_month.{name}"]
        share = months.notna().mean()
        if share >= 0.5:
            often = "" if share > 0.995 else f", in {percent(share)} of the histories"
            out.append((months.median(), f"{name} ({scenario.date_of(round(months.median()))}{often})"))
        else:
            not_out.append(f"{name} ({'never' if share == 0 else f'in {percent(share)}'}{_cancelled(result, name)})")
    words = []
    if out:
        told = [name for _, name in sorted(out)]
        words.append(f"Out: {', '.join(told[:FEW])}{_rest(told)}.")
    if not_out:
        words.append(f"Mostly not out: {', '.join(not_out[:FEW])}{_rest(not_out)}.")
    return " ".join(words)


def _cancelled(result: Result, name: str) -> str:
    if result.detail == "summary":
        return ""
    fate = result.projects.loc[result.projects["project"] == name, "status"]
    share = (fate == "cancelled").mean()
    return f"; cancelled in {percent(share)}" if share else ""


def _gpus(result: Result) -> str:
    words = f"Needs exceed the budget in {percent(result.outcomes['short_months'].mean())} of the months"
    if result.detail == "summary":
        return words + "."
    met = who_got_what(result)["met"].dropna().sort_values()
    if len(met) > 1 and met.iloc[0] < 0.995:
        words += f": {met.index[0]} gets least of its need ({percent(met.iloc[0])}), {met.index[-1]} most"
        words += f" ({percent(met.iloc[-1])})"
    return words + "."


def _felt(result: Result) -> str:
    felt = result.outcomes[chosen(["fairness.*"], result.outcomes.columns)].mean().dropna()
    if not len(felt) or felt.min() > -0.005:
        return ""
    words = f"Least fair it feels in {outcome_of(str(felt.idxmin())).of} ({number(felt.min(), 2)} log hazard"
    return words + (f"; {outcome_of(str(felt.idxmax())).of}: {number(felt.max(), 2)})." if len(felt) > 1 else ").")


def _recorded(result: Result) -> str:
    record = result.record
    if not len(record):
        return ""
    reached = record[record["within"].notna()]
    held = reached["within"] >= 0.5
    words = f"Held by most histories: {number(int(held.sum()))} of {plural(len(reached), 'recorded fact')}"
    missed = [f"{fact.what} of {fact.of} ({percent(fact.within)})" for fact in rows_of(reached[~held])]
    if missed:
        words += f"; not: {', '.join(missed[:FEW])}{_rest(missed)}"
    if len(reached) < len(record):
        words += f"; {number(len(record) - len(reached))} lie after the end of the run"
    return words + "."


def _beside(result: Result) -> str:
    """How it differs from the scenario that it extends, on the same luck."""
    beside = result.tables.get("beside")
    if beside is None or not len(beside):
        return ""
    sure = changes(beside)
    parent = f"Beside {beside['parent'].iloc[0]}, which it extends, on the same luck: "
    return parent + (f"{', '.join(sure)}." if sure else "nothing that is told here differs for certain.")


def _rest(names: Sized) -> str:
    return f" and {len(names) - FEW} more" if len(names) > FEW else ""


def _of_points(result: Result) -> Verdict:
    outcomes = result.outcomes
    means = outcomes.drop(columns="replicate").groupby("point").mean()
    found = []
    for name in [name for name in ("quits", "output", *chosen(["left_share.*"], outcomes.columns)) if name in means]:
        column = means[name].dropna()
        if len(column):
            least, most = column.index[int(column.argmin())], column.index[int(column.argmax())]
            found.append(f"{name_of(name)}: {value_words(name, column.min())} at {_settings(result, least)}, "
                         f"{value_words(name, column.max())} at {_settings(result, most)}.")  # fmt: skip
    return Verdict(_title(result), result.scenario.question, found, means)


def _settings(result: Result, point: int) -> str:
    values = [f"{path}={np.asarray(values)[point]:g}" for path, values in (result.points or {}).items()]
    return f"point {point} ({', '.join(values[:3])}{', ...' if len(values) > 3 else ''})"

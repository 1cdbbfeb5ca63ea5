"""What a calibration found: what the record ties down, what it cannot tell, and what it says of rivals."""

from typing import Any

import numpy as np

from sim.aliases import Column
from sim.report.numbers import NONE, column, listed, number, percent, plural, signed, span
from sim.report.tables import rows_of
from sim.report.verdicts.verdict import Shown, Verdict
from sim.report.verdicts.words import Row, heading
from sim.studies.posterior import Posterior

LARGE = 0.25  # weight in a direction, from which a parameter is named
FEW = 6
IMPOSSIBLE = 0.25  # beyond what 250 draws leave to chance


def verdict(study: Posterior) -> Verdict:
    """Of a posterior."""
    points = int(study.evidence["points"].iloc[0])
    until = study.about_it["until"]
    rest = [plural(points, "point"), f"effective draws {number(int(study.ess))}"]
    rest += [f"until {until}"] if until else []
    title = heading(study.scenario.title, None, len(study.replicates), study.seed, ", ".join(rest))
    tables = [_parameters(study), _directions(study), _predictive(study)]
    tables += [_rivals(study)] if len(study.evidence) > 1 else []
    tables += [_further(study)] if "further" in study.tables else []
    tables += [_coverage(study)] if "coverage" in study.tables else []
    return Verdict(title, study.scenario.question, _found(study), study.parameters, tables)


def _found(study: Posterior) -> list[str]:
    table = study.parameters
    known = table[table["identified"]]
    words = []
    if len(known):
        rows = rows_of(known.sort_values("width"))
        names = [f"{row.path} to {percent(row.width)} of its prior's width" for row in rows][:FEW]
        names += [f"{number(len(known) - FEW)} more"] if len(known) > FEW else []
        words.append(f"The record narrows {number(len(known))} of {plural(len(table), 'parameter')}: {listed(names)}.")
    else:
        words.append("The record narrows no parameter by itself.")
    rest = len(table) - len(known)
    if rest:
        words.append(f"{number(rest)} are not identified: what is known of them is what their prior says.")
    ways = study.directions[study.directions["identified"]]
    for _, weights in ways.groupby("direction"):
        names = [f"{row.path} {signed(row.weight, 2)}" for row in rows_of(weights) if abs(row.weight) >= LARGE]
        width = percent(weights["width"].iloc[0])
        words.append(f"Together it ties down {', '.join(names)}: to {width} of the prior's width.")
    if not len(ways):
        words.append("No combination of them is narrowed either.")
    words += _held_out(study)
    for row in rows_of(study.evidence.iloc[1:]):
        words.append(f"{_rival(row.model)}: {row.words} (Bayes factor for the full model {_bayes(row)}).")
    if "coverage" in study.tables:
        all_, each = study.coverage.iloc[-1], study.coverage.iloc[:-1]
        pooled, worst, half = (percent(share, 1) for share in
                               (all_["inside_90"], each["inside_90"].min(), all_["inside_50"]))  # fmt: skip
        words.append(f"Shown {number(int(all_['records']))} synthetic records, its 90 % intervals hold the truth in "
                     f"{pooled} of cases, at worst {worst}; its 50 % intervals in {half}.")  # fmt: skip
    return words


def _held_out(study: Posterior) -> list[str]:
    """Whether facts that were not calibrated with lie where the posterior expects them."""
    held = study.predictive[~study.predictive["used"]]
    if not len(held):
        return []
    low = held["recorded"].fillna(held["recorded_low"])
    high = held["recorded"].fillna(held["recorded_high"])
    met = (low <= held["q95"]) & (high >= held["q05"])
    missed = held.loc[~met, "name"].tolist()
    words = f"{number(int(met.sum()))} of {plural(len(held), 'fact')} held out within 90 % of what is predicted"
    return [f"Not calibrated with: {words}" + (f"; not {listed(missed)}." if missed else ".")]


def _rival(model: str) -> str:
    kind, _, name = model.partition("_")
    if kind == "only":
        return "Base rate alone" if name == "nothing" else f"With {name.replace('_', ' ')} alone"
    return f"Without {name.replace('_', ' ')}"


def _bayes(row: Any) -> str:
    if not np.isfinite(row.log_bayes):
        return "infinite" if row.log_bayes > 0 else "0"
    factor = np.exp(row.log_bayes)
    return f"{number(factor)}, {span(*(np.exp(row.log_bayes + side * 1.96 * row.log_bayes_error) for side in (-1, 1)))}"


def _parameters(study: Posterior) -> Shown:
    table = study.parameters
    columns = {
        "parameter": list(table["path"]),
        "prior median": column_each(table["prior_median"]),
        "prior 90 %": [span(low, high) for low, high in zip(table["prior_q05"], table["prior_q95"], strict=True)],
        "posterior median": column_each(table["median"]),
        "posterior 90 %": [span(low, high) for low, high in zip(table["q05"], table["q95"], strict=True)],
        "": ["" if known else "not identified" for known in table["identified"]],
    }
    return Shown("What the record leaves of each parameter", columns, note="Not identified: the posterior is at least "
                 "0.9 as wide as the prior.")  # fmt: skip


def column_each(values: Column) -> list[str]:
    return [number(value) for value in values]


def _directions(study: Posterior) -> Shown:
    table = study.directions[study.directions["direction"] == 1].head(FEW)
    columns = {"parameter": list(table["path"]), "weight": [signed(weight, 2) for weight in table["weight"]]}
    return Shown("The best-identified direction, in standard deviations of the priors", columns, full=True,
                 note=f"Width {percent(table['width'].iloc[0])} of the prior's.")  # fmt: skip


def _predictive(study: Posterior) -> Shown:
    table = study.predictive
    scale = [100.0 if what in ("left_share", "exit_rate") else 1.0 for what in table["what"]]
    columns = {
        "fact": [row.name + ("" if row.used else " (held out)") for row in rows_of(table)],
        "recorded": [_recorded(row, by) for row, by in zip(table.to_dict("records"), scale, strict=True)],
        "prior 90 %": [span(by * low, by * high) for low, high, by in
                       zip(table["prior_q05"], table["prior_q95"], scale, strict=True)],
        "posterior median": [number(by * value) for value, by in zip(table["q50"], scale, strict=True)],
        "posterior 90 %": [span(by * low, by * high) for low, high, by in
                           zip(table["q05"], table["q95"], scale, strict=True)],
        "within, %": column(100.0 * table["within"]),
    }  # fmt: skip
    return Shown("Recorded, and what prior and posterior predict (shares in %)", columns)


def _recorded(row: Row, by: float) -> str:
    ends = span(by * row["recorded_low"], by * row["recorded_high"])
    return ends if row["recorded"] is None or row["recorded"] != row["recorded"] else (
        f"{number(by * row['recorded'])} ({ends})")  # fmt: skip


def _rivals(study: Posterior) -> Shown:
    rows = study.evidence.iloc[1:]
    columns = {
        "rival": [_rival(model) for model in rows["model"]],
        "log Bayes factor": [
            f"{signed(row.log_bayes, 2)} ± {number(1.96 * row.log_bayes_error, 2)}" for row in rows_of(rows)
        ],
        "histories": [number(int(count)) for count in rows["histories"]],
        "the record": [words.removeprefix("the record ") for words in rows["words"]],
    }  # fmt: skip
    return Shown("Rivals: above 0 speaks for the full model", columns)


def _further(study: Posterior) -> Shown:
    table = study.further
    # Under the model that made the data the expectation cannot be negative: the approximation fails there.
    told = (table[["if_full", "if_rival"]].min(axis=1) > -IMPOSSIBLE).tolist()
    columns = {
        "further data": list(table["data"]),
        "rival": [_rival(model) for model in table["model"]],
        "if the full model is true": [
            signed(factor, 1) if ok else NONE for factor, ok in zip(table["if_full"], told, strict=True)
        ],
        "if the rival is true": [
            signed(-factor, 1) if ok else NONE for factor, ok in zip(table["if_rival"], told, strict=True)
        ],
    }
    return Shown("What further data would tell: expected log Bayes factor", columns, left=2,
                 note="Beyond 3 in size it would speak strongly. Above 0 for the full model."
                 + ("" if all(told) else f" {NONE}: cannot be estimated so roughly."))  # fmt: skip


def _coverage(study: Posterior) -> Shown:
    table = study.coverage
    columns = {"parameter": list(table["path"]), "50 % intervals": [percent(share, 1) for share in table["inside_50"]],
               "90 % intervals": [percent(share, 1) for share in table["inside_90"]]}  # fmt: skip
    return Shown("How often intervals hold the truth, over synthetic records", columns, full=True)

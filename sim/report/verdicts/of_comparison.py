"""What a comparison found: one row a case, the best first, and which cannot be told apart from the best."""

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd

from sim.aliases import Floats
from sim.report.compared import by_case, foremost, unbeaten
from sim.report.numbers import listed, number, percent, plural
from sim.report.verdicts import mixtures
from sim.report.verdicts.gpus_compared import found_of_gpus, what_became_of_gpus
from sim.report.verdicts.verdict import Shown, Verdict
from sim.report.verdicts.words import (
    Row,
    difference_words,
    estimate_of,
    heading,
    label_of,
    level_words,
    shared_places,
    value_words,
)
from sim.results.meanings import chosen, outcome_of
from sim.studies.compare import Comparison

RANKED_BY = "quits"
BEST, NEAR = "*", "~"  # marks: the best case, and one that cannot be told apart from it
FEW = 4  # names in one sentence


def verdict(comparison: Comparison) -> Verdict:
    """Of a comparison."""
    table = summary(comparison)
    order = list(dict.fromkeys(table["case"]))
    base, scenario = comparison.baseline, comparison.scenario
    title = f"{scenario.title or base}, {plural(len(comparison.cases), 'case')}"
    return Verdict(
        heading(title, None, len(comparison.replicates), comparison.seed, f"differences from {base}"),
        scenario.question, _found(comparison, table), table,
        [_overview(comparison, table), *what_became_of_gpus(comparison, order), *_luck_and_knowing(comparison),
         *_differences(comparison), *_people(comparison)],
        "Every outcome and the same people case by case: --full",
    )  # fmt: skip


def told(comparison: Comparison) -> list[str]:
    """The outcomes that stand beside each other: people, releases, fairness, then cohorts."""
    shared = comparison.compared()
    return [RANKED_BY, "output", *chosen(["fairness"], shared), *chosen(["left_share.*"], shared)]


def summary(comparison: Comparison) -> pd.DataFrame:
    """A row per case and outcome, cases sorted by who quits: mean, difference from the baseline with its interval,
    and `rank`: "best", "near" where it cannot be told apart from the best, else nothing.

    "Near" is at 95 % over all cases together (Bonferroni), since the best is chosen after the fact.
    """
    names = told(comparison)
    tables = by_case(comparison)
    means = {case: table[names].mean() for case, table in tables.items()}
    order = sorted(comparison.cases, key=lambda case: means[case][RANKED_BY])
    differences = {(row["case"], row["outcome"]): row for row in comparison.differences.to_dict("records")}
    left = ("case", "outcome", "base", "mean", "replicates", "saved")
    ranks = {name: _ranks({case: tables[case] for case in order}, name) for name in names}
    rows = []
    for case in order:
        for name in names:
            row = {"case": case, "outcome": name, "unit": outcome_of(name).unit, "mean": means[case][name]}
            if case == comparison.baseline:
                row |= {"difference": 0.0, "low": 0.0, "high": 0.0}
            else:
                row |= {str(key): value for key, value in differences[case, name].items() if key not in left}
            rows.append({**row, "rank": ranks[name].get(case, "")})
    return pd.DataFrame(rows)


def _ranks(tables: dict[str, pd.DataFrame], name: str) -> dict[str, str]:
    """Case -> "best" or "near", of an outcome; nothing where all cases are the same or no direction is better."""
    better = outcome_of(name).better
    if not better or len({table[name].mean() for table in tables.values() if table[name].notna().any()}) < 2:
        return {}
    best, *near = foremost(tables, name, better)
    return {best: "best", **dict.fromkeys(near, "near")}


def _found(comparison: Comparison, table: pd.DataFrame) -> list[str]:
    base = comparison.baseline
    quits = table[table["outcome"] == RANKED_BY].set_index("case")
    least = quits.index[0]
    near = list(quits.index[quits["rank"] == "near"])
    found, gain = [], estimate_of(quits.loc[least], "difference")
    if least == base or not gain.sure():
        words = f"No case is sure to lose fewer people than {base} ({number(quits['mean'].loc[base])} quit)"
        others = [case for case in near if case != base]
        found.append(f"{words}; not told apart from the best: {_some(others)}." if others else f"{words}.")
    else:
        fewer = difference_words(RANKED_BY, gain.scaled(-1.0)).removeprefix("+")
        found.append(f"Fewest quit under {least}: {fewer} fewer than the {number(quits['mean'].loc[base])} under {base}"
                     + (f"; not told apart from it: {_some(near)}." if near else "."))  # fmt: skip
        found.append(_cost(table, least, base))
    most = _worst(quits, base)
    found += [_unbeaten(comparison), most, _ships(table, base), *found_of_gpus(comparison), _same(comparison)]
    return [words for words in found if words]


def _some(names: Sequence[str]) -> str:
    more = f" and {len(names) - FEW} more" if len(names) > FEW else ""
    return (", ".join(names[:FEW]) + more) if more else listed(names)


def _cost(table: pd.DataFrame, case: str, base: str) -> str:
    """What the case that keeps the most people does to the output."""
    rows = table[table["outcome"] == "output"].set_index("case")
    change = estimate_of(rows.loc[case], "difference")
    if not change.sure():
        return "It ships as much, as far as can be told."
    more = "more" if change.value > 0 else "less"
    words = difference_words("output", change.scaled(1.0 if change.value > 0 else -1.0)).removeprefix("+")
    return f"It ships {words} {more} prestige than the {number(rows['mean'].loc[base])} under {base}."


def _unbeaten(comparison: Comparison) -> str:
    """As the picture of the frontier has it."""
    tables = by_case(comparison)
    best = unbeaten(tables, comparison.draws)
    if len(best) == len(tables):
        return ""
    return f"No case beats {_some(best)}: none surely keeps more people or ships more without being worse in the other."


def _worst(quits: pd.DataFrame, base: str) -> str:
    case = quits.index[-1]
    loss = estimate_of(quits.loc[case], "difference")
    if case == base or loss.value <= 0 or not loss.sure():
        return ""
    return f"Most quit under {case}: {difference_words(RANKED_BY, loss).removeprefix('+')} more."


def _ships(table: pd.DataFrame, base: str) -> str:
    rows = table[table["outcome"] == "output"].set_index("case")
    best = rows.index[rows["rank"] == "best"]
    if not len(best):
        return ""
    near = list(rows.index[rows["rank"] == "near"])
    also = f"; not told apart from it: {_some(near)}" if near else ""
    return f"Most ships under {best[0]} ({value_words('output', rows['mean'].loc[best[0]])}){also}."


def _same(comparison: Comparison) -> str:
    """Cases that are one and the same here: every outcome of every history agrees."""
    groups: list[tuple[list[str], Floats]] = []
    for case, outcomes in comparison.outcomes.groupby("case", sort=False):
        values = outcomes.set_index("replicate").drop(columns="case").sort_index().to_numpy(dtype=float)
        for group, first in groups:
            if values.shape == first.shape and np.allclose(values, first, rtol=1e-9, atol=1e-9, equal_nan=True):
                group.append(str(case))
                break
        else:
            groups.append(([str(case)], values))
    same = [listed(group) for group, _ in groups if len(group) > 1]
    return f"The same in every history: {'; '.join(same)}." if same else ""


def _overview(comparison: Comparison, table: pd.DataFrame) -> Shown:
    columns = {"case": list(dict.fromkeys(table["case"]))}
    for name, rows in table.groupby("outcome", sort=False):
        cells: list[str] = []
        places = shared_places(str(name), [estimate_of(row, "difference") for row in rows.to_dict("records")])
        for row in rows.to_dict("records"):
            mark = {"best": BEST, "near": NEAR}.get(row["rank"], " ")
            if row["case"] == comparison.baseline:
                words = level_words(str(name), row["mean"])
            else:
                words = difference_words(str(name), estimate_of(row, "difference"), places)
            cells.append(words.replace(" ± ", "±") + mark)
        columns[label_of(str(name))] = cells
    note = (
        f"{comparison.baseline} as it is, the others as differences from it on the same luck, with 95 % intervals. "
        f"{BEST} best, {NEAR} not told apart from the best (at 95 % over all cases)."
    )
    return Shown(f"Cases, fewest quits first; {percent(max(0.0, comparison.differences['saved'].median()))} of the "
                 "variance removed by pairing (median)", columns, note=note, most=3)  # fmt: skip


def _differences(comparison: Comparison) -> Iterator[Shown]:
    """A table per case: every outcome that all cases have."""
    for case, differences in comparison.differences.groupby("case", sort=False):
        rows = differences.to_dict("records")
        censored = [row.get("censored", 0.0) for row in rows]
        yield Shown(f"{case} against {comparison.baseline}: paired differences, 95 % intervals", {
            "outcome": [row["outcome"] for row in rows],
            "unit": [outcome_of(row["outcome"]).unit for row in rows],
            comparison.baseline: [level_words(row["outcome"], row["base"], some)
                                  for row, some in zip(rows, censored, strict=True)],
            str(case): [level_words(row["outcome"], row["mean"], some)
                        for row, some in zip(rows, censored, strict=True)],
            "difference": [difference_words(row["outcome"], estimate_of(row, "difference")) for row in rows],
            "sure": ["" if not estimate_of(row, "difference").sure() else _good(row) for row in rows],
        }, left=2, full=True, note="≥: in some histories the project does not come out, and the run's end counts."
           if any(censored) else "")  # fmt: skip


def _good(row: Row) -> str:
    better = outcome_of(row["outcome"]).better
    return "yes" if not better else "better" if (row["difference"] > 0) == (better > 0) else "worse"


def _luck_and_knowing(comparison: Comparison) -> list[Shown]:
    return mixtures.of_comparison(comparison) if comparison.draws else []


def _people(comparison: Comparison) -> list[Shown]:
    if "people" not in comparison.tables:
        return []
    people = comparison.people
    columns = {name.replace("_", " "): [number(mean, 2) for mean in people[name]] for name in people.columns[2:]}
    return [Shown("The same people: means over replicates, by their first team",
                  {"case": list(people["case"]), "team": list(people["team"]), **columns},
                  left=2, full=True)]  # fmt: skip

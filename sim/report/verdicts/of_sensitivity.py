"""What a sensitivity study found: which parameters matter, which cannot be told from none, and how much is luck."""

from sim.report.numbers import column, number, percent, plural, span
from sim.report.verdicts.verdict import Shown, Verdict
from sim.report.verdicts.words import Row, difference_words, heading, name_of
from sim.results.estimate import Estimate, Interval
from sim.results.meanings import outcome_of
from sim.studies.sensitivity import Sensitivity

COLUMNS = {"morris": ("mu_star", "mu_star_pm"), "sobol": ("ST", "ST_pm")}
FEW = 3


def verdict(study: Sensitivity) -> Verdict:
    """Of a Morris screening or Sobol indices."""
    outcomes = list(dict.fromkeys(study.table["outcome"]))
    found = [_found(study, name) for name in outcomes]
    rest = f"{study.method}, {plural(study.samples, 'sample')}"
    return Verdict(
        heading(study.scenario.title, None, len(study.replicates), study.seed, rest), study.scenario.question,
        found, study.table.merge(study.luck, on="outcome", how="left"), [_table(study, name) for name in outcomes],
    )  # fmt: skip


def _estimates(study: Sensitivity, name: str) -> list[tuple[str, Estimate]]:
    """(parameter, estimate) of an outcome, the largest first."""
    value, half = COLUMNS[study.method]
    rows = study.table[(study.table["outcome"] == name) & study.table[value].notna()]
    found = [
        (row["parameter"], Estimate(row[value], (Interval(row[value] - row[half], row[value] + row[half]),)))
        for row in rows.to_dict("records")
    ]
    return sorted(found, key=lambda ranked: -ranked[1].value)


def _found(study: Sensitivity, name: str) -> str:
    ranked = _estimates(study, name)
    luck = study.luck.set_index("outcome")["luck"].loc[name]
    chance = f" Luck is {percent(luck)} of the variance between single histories." if luck == luck else ""
    chance += _missing(study, name)
    if not ranked or not ranked[0][1].sure():
        return f"{_what(name)}: no parameter is sure to matter.{chance}"
    first = ranked[0][1]
    top = [path for path, effect in ranked if effect.luck.overlaps(first.luck)]
    head = ", ".join(f"{path} {_words(study, name, effect)}" for path, effect in ranked[:FEW])
    apart = f" ({number(len(top))} of them not told apart from the first)" if len(top) > 1 else ""
    small = sum(effect.value < 0.1 * first.value for _, effect in ranked)
    rest = f"; {number(small)} of {plural(len(ranked), 'parameter')} move it less than a tenth of that" if small else ""
    what = "crossing its range moves it most" if study.method == "morris" else "largest part of what parameters cause"
    return f"{_what(name)}, {what}: {head}{_unit(study, name)}{apart}{rest}.{chance}"


def _missing(study: Sensitivity, name: str) -> str:
    """What is said of points without a value, and of an outcome that never differs."""
    row = study.table[study.table["outcome"] == name].iloc[0]
    if not row.get("missing", 0):
        return (
            "" if row[COLUMNS[study.method][0]] == row[COLUMNS[study.method][0]] else " It is the same at every point."
        )
    blocks = "trajectories" if study.method == "morris" else "base samples"
    return (f" At {plural(int(row['missing']), 'point')} no history gives a value; {number(int(row['used']))} of "
            f"{number(study.samples)} {blocks} are used.")  # fmt: skip


def _what(name: str) -> str:
    words = name_of(name)
    return words[0].upper() + words[1:]


def _words(study: Sensitivity, name: str, effect: Estimate) -> str:
    if study.method == "sobol":
        return difference_words("left_share.x", effect).removeprefix("+") + " %"
    return difference_words(name, effect).removeprefix("+")


def _unit(study: Sensitivity, name: str) -> str:
    return f" {outcome_of(name).change_unit}" if study.method == "morris" else ""


def _table(study: Sensitivity, name: str) -> Shown:
    value, _ = COLUMNS[study.method]
    rows = study.table[study.table["outcome"] == name].sort_values(value, ascending=False)
    about = outcome_of(name)
    columns = {
        "parameter": list(rows["parameter"]),
        "range": [span(low, high) for low, high in zip(rows["low"], rows["high"], strict=True)],
    }
    if study.method == "morris":
        columns[f"effect (mu*), {about.change_unit}"] = [
            difference_words(name, Estimate(row["mu_star"], (_around(row, "mu_star"),))).removeprefix("+")
            for row in rows.to_dict("records")
        ]
        columns["sigma"] = column(about.scale * rows["sigma"])
        note = "mu*: mean absolute effect of crossing the range; sigma: how much it depends on the others."
    else:
        for index, label in (("S1", "alone (S1), %"), ("ST", "with others (ST), %")):
            columns[label] = [
                difference_words("left_share.x", Estimate(row[index], (_around(row, index),))).removeprefix("+")
                for row in rows.to_dict("records")
            ]
        note = "Shares of the variance that the parameters cause. 95 % intervals."
    return Shown(about.label, columns, left=2, note=note)


def _around(row: Row, name: str) -> Interval:
    return Interval(row[name] - row[f"{name}_pm"], row[name] + row[f"{name}_pm"])

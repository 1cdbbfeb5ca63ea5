"""What a validation found: which targets the model meets, which it misses, and under which structures that changes."""

from sim.report.numbers import listed, number, plural, span
from sim.report.tables import rows_of
from sim.report.verdicts.verdict import Shown, Verdict
from sim.report.verdicts.words import heading
from sim.studies.validate import AS_IT_IS, FAILS, HOLDS, PARTLY, Validation

MARK = {"holds": "+", "partly": "~", "fails": "-", "cannot be measured": "?"}
SAID = {"holds": "holds", "partly": "is met by some draws only", "fails": "fails"}


def verdict(study: Validation) -> Verdict:
    """Of a validation."""
    rest = f"{plural(study.draws, 'draw')} of the posterior"
    tables = [_targets(study), _facts(study), _structures(study)]
    title = heading(study.scenario.title, None, len(study.replicates), study.seed, rest)
    return Verdict(
        title, study.scenario.question, _found(study), study.checks, [table for table in tables if table.rows()]
    )


def _found(study: Validation) -> list[str]:
    here = study.checks[study.checks["structure"] == AS_IT_IS]
    held = number(int((here["verdict"] == HOLDS).sum()))
    words = [
        f"Of {plural(len(here), 'effect')} that the model was not fitted to, it shows {held} at the size asked for."
    ]
    for row in rows_of(here[here["verdict"].isin([FAILS, PARTLY])]):
        side = "below it" if row.median < row.low else "above it"
        sure = "in nearly every draw" if row.verdict == FAILS else f"in {number(100 * (1 - row.inside))} % of draws"
        words.append(f"{row.target}: {number(row.median)} where {span(row.low, row.high)} is asked for, {side} {sure}.")
    lost = here.loc[~here["verdict"].isin([HOLDS, PARTLY, FAILS]), "target"].tolist()
    if lost:
        words.append(f"Not to be measured here: {listed(lost)}.")
    moved = _moved(study)
    for (verdict, target), structures in moved.items():
        words.append(f"{target} {SAID[verdict]} with {listed(structures)}.")
    if not moved and study.checks["structure"].nunique() > 1:
        words.append("No structure that was tried changes a verdict.")
    if "facts" in study.tables:
        kept = study.facts[~study.facts["used"]]
        if len(kept):
            met = f"{number(int((kept['verdict'] != FAILS).sum()))} of {plural(len(kept), 'fact')}"
            words.append(f"Not calibrated with: {met} held out within 90 % of what is predicted.")
        far = study.facts.loc[~study.facts["prior_50"], "fact"].tolist()
        if far:
            words.append(f"Outside the middle half of what the priors predict: {listed(far)}.")
    return words


def _moved(study: Validation) -> dict[tuple[str, str], list[str]]:
    """(Other verdict, target) -> structures under which it is so."""
    here = study.checks[study.checks["structure"] == AS_IT_IS].set_index("target")["verdict"]
    found: dict[tuple[str, str], list[str]] = {}
    for row in rows_of(study.checks):
        if row.structure != AS_IT_IS and row.verdict != here[row.target]:
            found.setdefault((row.verdict, row.target), []).append(row.structure)
    return found


def _targets(study: Validation) -> Shown:
    here = study.checks[study.checks["structure"] == AS_IT_IS]
    columns = {
        "target": list(here["target"]),
        "wanted": [span(low, high) for low, high in zip(here["low"], here["high"], strict=True)],
        "model": [number(value) for value in here["median"]],
        "95 % over draws": [span(low, high) for low, high in zip(here["q025"], here["q975"], strict=True)],
        "draws within, %": [number(100 * share) for share in here["inside"]],
        "": list(here["verdict"]),
    }
    return Shown("Targets that calibration never saw", columns)


def _facts(study: Validation) -> Shown:
    if "facts" not in study.tables:
        return Shown("", {})
    table = study.facts
    by = [100.0 if name.startswith(("left_share", "exit_rate")) else 1.0 for name in table["fact"]]
    columns = {
        "fact": [row.fact + ("" if row.used else " (held out)") for row in rows_of(table)],
        "recorded": [span(b * low, b * high) for low, high, b in zip(table["low"], table["high"], by, strict=True)],
        "predicted": [number(b * value) for value, b in zip(table["median"], by, strict=True)],
        "90 %": [span(b * low, b * high) for low, high, b in zip(table["q05"], table["q95"], by, strict=True)],
        "": list(table["verdict"]),
        "in the middle half of the prior's": ["yes" if inside else "no" for inside in table["prior_50"]],
    }
    return Shown("Facts, and what the posterior predicts (shares in %)", columns)


def _structures(study: Validation) -> Shown:
    others = [name for name in dict.fromkeys(study.checks["structure"]) if name != AS_IT_IS]
    if not others:
        return Shown("", {})
    table = study.checks.pivot(index="target", columns="structure", values="verdict")
    table = table.reindex(index=list(dict.fromkeys(study.checks["target"])))
    columns = {"target": list(table.index)}
    for name in (AS_IT_IS, *others):
        columns[name] = [MARK.get(verdict, "") for verdict in table[name]]
    return Shown("Under other structures", columns, note="+ holds, ~ partly, - fails.")

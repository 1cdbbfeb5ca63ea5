"""What an attribution found: what drove people away, by how much, and which causes cannot be told apart."""

import pandas as pd

from sim.report.numbers import listed, number, percent
from sim.report.verdicts.verdict import Shown, Verdict
from sim.report.verdicts.words import difference_words, estimate_of, heading, name_of
from sim.results.estimate import Estimate
from sim.results.meanings import outcome_of
from sim.studies.attribute import Attribution

VIEWS = {
    "mechanisms": ("mechanism", "mechanism", "Shapley value of each mechanism"),
    "events": ("kind", "kind of event", "Shapley value of each kind of event (several mechanisms at once)"),
    "what_if": ("event", "event", "What changes if one event does not happen"),
}


def verdict(attribution: Attribution) -> Verdict:
    """Of an attribution."""
    found = [_driven(attribution, name) for name in _outcomes(attribution, "mechanisms")]
    found += [_event(attribution, name) for name in _outcomes(attribution, "what_if")]
    tables = [_table(attribution, view) for view in VIEWS if _outcomes(attribution, view)]
    return Verdict(
        heading(attribution.scenario.title, None, len(attribution.replicates), attribution.seed, "all subsets"),
        attribution.scenario.question, [words for words in found if words], summary(attribution),
        [*tables, _totals(attribution)],
    )  # fmt: skip


def summary(attribution: Attribution) -> pd.DataFrame:
    """A row per view, cause and outcome: value with its intervals, in the outcome's own unit."""
    parts = []
    for view, (key, _, _) in VIEWS.items():
        if _outcomes(attribution, view):
            parts.append(getattr(attribution, view).rename(columns={key: "cause"}).assign(view=view))
    if not parts:
        return pd.DataFrame(columns=["view", "cause", "outcome", "value", "low", "high"])
    table = pd.concat(parts, ignore_index=True)
    return table[["view", "cause", *(name for name in table if name not in ("view", "cause"))]]


def _outcomes(attribution: Attribution, view: str) -> list[str]:
    """The outcomes that a view tells of, cohorts first."""
    table = getattr(attribution, view, None)
    return list(dict.fromkeys(table["outcome"])) if table is not None and len(table) else []


def _driven(attribution: Attribution, name: str) -> str:
    """The causes of one cohort's loss, the largest first; those that overlap with the largest are named with it."""
    table = attribution.mechanisms
    rows = table[(table["outcome"] == name) & table["value"].notna()].sort_values("value", ascending=False)
    totals = attribution.totals.query("view == 'mechanisms' and outcome == @name")
    if not len(rows) or not len(totals):
        return ""
    values = [(row["mechanism"], estimate_of(row)) for row in rows.to_dict("records")]
    first = values[0][1]
    if not first.sure() or first.value <= 0.0:
        return f"{_whom(name)}: no mechanism is sure to drive anybody away."
    top = [cause for cause, value in values if value.luck.overlaps(first.luck)]
    rest = [(cause, value) for cause, value in values if cause not in top and value.sure()]
    off, on = (_level(name, totals[key].iloc[0]) for key in ("all_off", "all_on"))
    told = ", ".join(f"{cause} {_share(name, value)}" for cause, value in values if cause in top)
    apart = " (not told apart)" if len(top) > 1 else ""
    words = f"{_whom(name)}: {off} with every mechanism off, {on} with all on. Most by {told}{apart}"
    if rest:
        words += f"; then {listed(f'{cause} {_share(name, value)}' for cause, value in rest[:3])}"
    return words + f", {_unit(name)}."


def _event(attribution: Attribution, name: str) -> str:
    table = attribution.what_if
    rows = table[(table["outcome"] == name) & table["value"].notna()].sort_values("value")
    sure = [(row["event"], change) for row in rows.to_dict("records") if (change := estimate_of(row)).sure()]
    fewer = [f"{event} {_share(name, change, True)}" for event, change in sure if change.value < 0.0]
    if not fewer:
        return f"{_whom(name)}: no single event, had it not happened, is sure to have kept anybody."
    return f"{_whom(name)}, had one event not happened: {', '.join(fewer[:3])}, {_unit(name)}."


def _whom(name: str) -> str:
    return "Everybody" if name == "left" else name_of(name).capitalize()


def _level(name: str, value: float) -> str:
    return f"{_plain(name, value)} {'left' if name == 'left' else 'gone'}"


def _unit(name: str) -> str:
    return "people" if name == "left" else "points"


def _share(name: str, value: Estimate, sign: bool = False) -> str:
    words = _words(name, value)
    return words if sign else words.removeprefix("+")


def _words(name: str, value: Estimate) -> str:
    return difference_words("quits" if name == "left" else name, value)


def _table(attribution: Attribution, view: str) -> Shown:
    key, cause, title = VIEWS[view]
    table = getattr(attribution, view)
    first = table[table["outcome"] == table["outcome"].iloc[0]]
    causes = list(first.sort_values("value", ascending=False, kind="stable")[key])
    columns = {cause: [str(cause) for cause in causes]}
    for name, rows in table.groupby("outcome", sort=False):
        by_cause = rows.set_index(key)
        label = "everybody, people" if name == "left" else f"{outcome_of(name).label}, points"
        columns[label] = [_words(name, estimate_of(by_cause.loc[cause])) for cause in causes]
    return Shown(f"{title}, 95 % intervals", columns, most=2)


def _totals(attribution: Attribution) -> Shown:
    rows = attribution.totals.to_dict("records")
    return Shown("All of them off and on; the values above add up to the difference", {
        "outcome": ["everybody" if row["outcome"] == "left" else outcome_of(row["outcome"]).label for row in rows],
        "view": [row["view"] for row in rows],
        "all off": [_plain(row["outcome"], row["all_off"]) for row in rows],
        "all on": [_plain(row["outcome"], row["all_on"]) for row in rows],
    }, left=2)  # fmt: skip


def _plain(name: str, value: float) -> str:
    return number(value) if name == "left" else percent(value)

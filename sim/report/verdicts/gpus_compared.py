"""What becomes of the GPUs in the cases of a comparison: whose needs are met, who starves, who borrows, what idles."""

from collections.abc import Iterator, Mapping, Sequence

import pandas as pd

from sim.report.numbers import column, listed, number, percent
from sim.report.verdicts.verdict import Shown
from sim.results.utilisation import by_team
from sim.studies.compare import Comparison

FEW = 3  # teams named in one sentence
OFTEN = 0.25  # of the months: who starves as often is named
CLOSE = 0.005  # shares of needs that differ by less read the same


def found_of_gpus(comparison: Comparison) -> list[str]:
    """Sentences: under which case needs are met best and worst, and who starves where."""
    if "utilisation" not in comparison.tables:
        return []
    cases = _by_case(comparison)
    met = {case: _met(teams) for case, teams in cases.items()}
    best, worst = max(met, key=lambda case: met[case]), min(met, key=lambda case: met[case])
    if met[best] - met[worst] < CLOSE:
        found = [f"Needs are met alike under every case ({percent(met[best])})."]
    else:
        found = [f"Most of what is wanted is held under {_alike(met, best)} ({percent(met[best])}), least under "
                 f"{_alike(met, worst)} ({percent(met[worst])})."]  # fmt: skip
    starving = {case: _starving(teams) for case, teams in cases.items()}
    here = starving[comparison.baseline]
    if here:
        found.append(f"Starving under {comparison.baseline}, with less than half of what is needed in a quarter of the "
                     f"months or more: {_some(here)}.")  # fmt: skip
    spared = [case for case, teams in starving.items() if not teams]
    if spared and len(spared) < len(cases):
        found.append(f"Nobody starves under {_some(spared)}.")
    return found


def what_became_of_gpus(comparison: Comparison, order: Sequence[str]) -> Iterator[Shown]:
    """A row per case, in the given order; and, where everything is asked for, a table of teams for each case."""
    if "utilisation" not in comparison.tables:
        return
    parts = _by_case(comparison)
    whole = {case: teams.sum(numeric_only=True) / teams["budget"].iloc[0] for case, teams in parts.items()}
    yield Shown("What becomes of the GPUs: means over months, in parts of the budget; a team starves where it holds "
                "less than half of what it needs, in a quarter of the months or more", {
        "case": list(order),
        "needs met": [percent(_met(parts[case])) for case in order],
        "used": [percent(whole[case]["used"]) for case in order],
        "held idle": [percent(whole[case]["idle"]) for case in order],
        "not given out": [percent(max(0.0, round(1.0 - whole[case]["held"], 9))) for case in order],
        "above entitlement": [percent(whole[case]["borrowed"]) for case in order],
        "worst met": [_worst(parts[case]) for case in order],
        "teams that starve": [str(len(_starving(parts[case]))) for case in order],
    }, most=5)  # fmt: skip
    for case in order:
        teams, gpus = parts[case], ("wanted", "asked", "entitled", "held", "used", "idle", "borrowed")
        yield Shown(f"Who gets what under {case}: GPUs, means over months", {
            "team": [str(team) for team in teams["team"]],
            **{name: column(teams[name]) for name in gpus},
            **{name: [percent(share) for share in teams[name]] for name in ("met", "starving")},
        }, full=True)  # fmt: skip


def _by_case(comparison: Comparison) -> dict[str, pd.DataFrame]:
    """Case -> its teams, means over months."""
    return {str(case): by_team(table) for case, table in comparison.utilisation.groupby("case", sort=False)}


def _met(teams: pd.DataFrame) -> float:
    """Share of all that is wanted that is held."""
    wanted = teams["wanted"].sum()
    return float((wanted - teams["short"].sum()) / wanted) if wanted > 0 else 1.0


def _starving(teams: pd.DataFrame) -> list[str]:
    """Those who starve often, most often first."""
    often = teams[teams["starving"] >= OFTEN].sort_values("starving", ascending=False, kind="stable")
    return [str(team) for team in often["team"]]


def _worst(teams: pd.DataFrame) -> str:
    asking = teams[teams["met"].notna()]
    if asking.empty or asking["met"].min() > 1.0 - CLOSE:
        return ""
    row = asking.iloc[int(asking["met"].argmin())]
    return f"{row['team']} {percent(row['met'])}"


def _alike(met: Mapping[str, float], case: str) -> str:
    """The case and those that read the same."""
    return _some([other for other in met if abs(met[other] - met[case]) < CLOSE])


def _some(names: Sequence[str]) -> str:
    more = len(names) - FEW
    return f"{', '.join(names[:FEW])} and {number(more)} more" if more > 0 else listed(names)

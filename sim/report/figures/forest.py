"""A comparison as a forest: what each case changes in each of several outcomes, paired, with intervals."""

from collections.abc import Sequence
from dataclasses import replace

import pandas as pd
from matplotlib.figure import Figure

from sim.report.compared import TOLD_APART, USED, by_case, change, foremost, knowing_and_luck
from sim.report.figures import style
from sim.report.figures.bars import Dots, dots_page
from sim.report.figures.causes import LUCK
from sim.results.estimate import NOTHING
from sim.results.meanings import FEWER, MORE, NEITHER, Outcome, outcome_of
from sim.studies.compare import Comparison

NEEDS = ("outcomes",)
PANELS, MOST = 6, 40


def data(comparison: Comparison) -> pd.DataFrame:
    """Paired differences from the baseline: a row per case and outcome, in the unit drawn, with 95 % intervals.

    Over a posterior `low` and `high` are of the means of draws (not knowing), `luck_` of single histories.
    """
    tables, rows = by_case(comparison), []
    for case in _ranked(comparison, tables):
        for name in _chosen(tables):
            about = _about(name)
            gap = change(tables[comparison.baseline][name], tables[case][name], comparison.draws).scaled(about.scale)
            row = {"case": case, "outcome": name, "unit": about.change_unit, "difference": gap.value,
                   "low": gap.luck.low, "high": gap.luck.high, "sure": gap.sure()}  # fmt: skip
            if comparison.draws:
                both = tables[case][name] - tables[comparison.baseline][name]
                row |= knowing_and_luck(both, comparison.draws, about.scale)
            rows.append(row)
    return pd.DataFrame(rows)


@style.styled
def draw(comparison: Comparison) -> Figure:
    table, tables = data(comparison), by_case(comparison)
    ranked, known = _ranked(comparison, tables), _chosen(tables)
    differ = table.groupby("outcome")["difference"].agg(lambda values: values.abs().max() > NOTHING)
    chosen = [name for name in known if differ.get(name, False)] or known
    alike = [name for name in known if name not in chosen]
    cases, panels = ranked[:MOST], []
    for name in chosen:
        about, rows = _about(name), table[table["outcome"] == name].set_index("case").loc[cases]
        colours = [_colour(about.better, *ends) for ends in zip(rows["difference"], rows["sure"], strict=True)]
        luck = rows[LUCK].to_numpy(dtype=float).T if comparison.draws else None
        panels.append(Dots(rows["difference"], rows["low"], rows["high"], colours, [""] * len(cases), luck,
                           style.shown(about.label, 26), about.change_unit))  # fmt: skip
    return dots_page(message(comparison), how_to_read(comparison, len(ranked) - len(cases), alike), comparison,
                     [style.shown(case, 22) for case in cases], panels)  # fmt: skip


def _about(name: str) -> Outcome:
    """GPU-months used are at work; idle ones, held or entitled, are not."""
    return replace(outcome_of("gpu_months_held"), label="GPU-months used") if name == USED else outcome_of(name)


def _chosen(tables: dict[str, pd.DataFrame]) -> list[str]:
    """Outcomes that every case has: quits, output, GPU-months used and the shares of cohorts."""
    shares = [name for name in next(iter(tables.values())).columns if name.startswith("left_share.")]
    cohorts = [name for name in shares if all(name in case and case[name].notna().any() for case in tables.values())]
    cohorts = cohorts[: PANELS - 3]
    chosen = ["quits", "output", USED, *cohorts]
    return [*chosen, "laid_off", "released"][: 3 if len(chosen) == 3 else PANELS]


def _ranked(comparison: Comparison, tables: dict[str, pd.DataFrame]) -> list[str]:
    """The cases but the baseline, fewest quits first."""
    means = pd.Series({case: table["quits"].mean() for case, table in tables.items() if case != comparison.baseline})
    return means.sort_values(kind="stable").index.tolist()


def message(comparison: Comparison) -> str:
    """Which cases keep most people, as far as luck lets one tell, and how many more than the baseline."""
    tables, base = by_case(comparison), comparison.baseline
    best = foremost(tables, "quits", FEWER, comparison.draws)
    if base in best or not change(tables[base]["quits"], tables[best[0]]["quits"], comparison.draws).sure():
        return f"No case surely keeps more people than {style.shown(base)}"
    fewer = [style.number(-change(tables[base]["quits"], tables[case]["quits"]).value, 1) for case in best[:3]]
    names = [style.shown(case) for case in best[:3]]
    if len(best) > 3:
        return f"{len(best)} cases keep more people than {style.shown(base)}: {fewer[0]} fewer quit under {names[0]}"
    words = f"{style.listed(names)} {'keeps' if len(best) == 1 else 'keep'} the most people"
    return f"{words}: {style.listed(fewer)} fewer quit than under {style.shown(base)}"


def how_to_read(comparison: Comparison, hidden: int = 0, alike: Sequence[str] = ()) -> str:
    what = TOLD_APART if comparison.draws else "mean and 95 % interval."
    words = (
        f"Difference from {style.shown(comparison.baseline)} on the same luck: {what} Blue is surely better, red "
        "surely worse, grey unclear or neither. Panels of one unit have one scale."
    )
    if alike:
        words += f" The same in every case: {style.listed(_about(name).label for name in alike)}."
    return words + (f" {hidden} more cases in forest.csv." if hidden else "")


def _colour(better: int, difference: float, sure: bool) -> str:
    if better == NEITHER or not sure:
        return style.OTHERS
    return style.PALETTE[0] if (difference > 0) == (better == MORE) else style.PALETTE[4]

"""The outcomes: what each is called, its unit and meaning, which direction is better, and how it is measured.

An outcome is one entry here, with a function of (scenario, history) that gives one value for each history, or for each
history and cohort, project, team or recorded fact (H, whom).
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase

from sim.errors import InputError, did_you_mean
from sim.results import measures

FEWER, MORE, NEITHER = -1, 1, 0


@dataclass(frozen=True)
class Outcome:
    """A column of `outcomes`; `name` ends in `.*` where there is one for each cohort, project or team."""

    name: str
    label: str  # of the whole column: "people who quit"; of a family, beside the name: "llama authors gone"
    unit: str  # of a level
    meaning: str
    values: measures.Measure
    better: int = NEITHER
    each: str = ""  # of a family: "cohort", "project", "team" or "record"
    scale: float = 1.0  # from the column to the unit: shares are told in %
    change: str = ""  # unit of a difference, where it is another: percentage points are points, not %
    of: str = ""  # whom, of a family

    @property
    def change_unit(self) -> str:
        return self.change or self.unit


def _share(
    name: str, label: str, meaning: str, values: measures.Measure, better: int = NEITHER, each: str = ""
) -> Outcome:
    return Outcome(name, label, "%", meaning, values, better, each, 100.0, "points")


OUTCOMES = (
    Outcome("quits", "quits", "people", "people who quit, over the run", measures.summed("quit"), FEWER),
    Outcome("laid_off", "laid off", "people", "people laid off, over the run", measures.summed("laid_off"), FEWER),
    Outcome("hired", "hired", "people", "people who joined, over the run", measures.summed("hired")),
    Outcome("released", "released", "projects", "projects released", measures.released, MORE),
    Outcome("output", "output", "prestige", "prestige released", measures.output, MORE),
    Outcome("gpu_months_held", "GPU-months held", "GPU-months", "GPU-months that teams held", measures.summed("gpus")),
    Outcome("gpu_months_wasted", "GPU-months held idle", "GPU-months", "GPU-months held but not used",
            measures.wasted, FEWER),
    _share("scarcity", "scarcity", "mean share of needs that the budget cannot meet", measures.scarcity),
    _share("short_months", "months short", "share of months in which needs exceed the budget", measures.short_months),
    Outcome("gini", "Gini", "index", "mean Gini coefficient of GPUs held, over teams that ask",
            measures.unevenness(measures.gini)),
    Outcome("jain", "Jain", "index", "mean Jain index of GPUs held, over teams that ask (1 = equal)",
            measures.unevenness(measures.jain)),
    _share("left_share.*", "{} gone", "share of a cohort that left (quit or laid off) by the end of the run",
           measures.left_share, FEWER, "cohort"),
    _share("quit_share.*", "{} quit", "share of a cohort that quit by the end of the run",
           measures.quit_share, FEWER, "cohort"),
    Outcome("release_month.*", "{} out", "month",
            "month of a project's release, from the start of the run; missing if it was not released",
            lambda scenario, history: measures.released_in(history), FEWER, "project"),
    Outcome("months_to_release.*", "{} took", "months",
            "months from a project's start to its release; censored: to the run's end if it was not released",
            measures.months_to_release, FEWER, "project"),
    Outcome("gpu_months.*", "{} used", "GPU-months", "GPU-months used by a project",
            lambda scenario, history: history.project("gpu_months"), NEITHER, "project"),
    Outcome("gpus.*", "{} held", "GPUs", "mean GPUs held by a team, over the months in which it asks",
            measures.mean_where("gpus", lambda history: history.team("ask") > 0), MORE, "team"),
    Outcome("fairness.*", "{} felt", "log hazard",
            "mean perceived fairness in a team, over the months in which it has members",
            measures.mean_where("fairness", lambda history: history.team("headcount") > 0), MORE, "team"),
    Outcome("quits.*", "{} quits", "people", "people who quit from a team, over the run",
            lambda scenario, history: history.team("quit").sum(axis=1), FEWER, "team"),
    Outcome("record.*", "{}", "", "what the history gives for a recorded fact; missing where it gives none",
            measures.recorded, NEITHER, "record"),
    Outcome("fairness", "fairness", "log hazard", "mean perceived fairness over everybody's months",
            measures.fairness, MORE),
)  # fmt: skip
_BY_NAME = {outcome.name: outcome for outcome in OUTCOMES}


def outcome_of(name: str) -> Outcome:
    """The entry of a column: `left_share.llama_authors` is that of `left_share.*`, its label with the name in it.

    Raises InputError with the nearest name if there is none.
    """
    if name in _BY_NAME:
        return _BY_NAME[name]
    family, dot, of = name.partition(".")
    if dot and f"{family}.*" in _BY_NAME:
        outcome = _BY_NAME[f"{family}.*"]
        return replace(outcome, name=name, label=outcome.label.format(of.replace("_", " ")), of=of)
    raise InputError(f"no outcome '{name}'{did_you_mean(name, _BY_NAME)}")


def chosen(patterns: Iterable[str], known: Iterable[str]) -> list[str]:
    """The known columns that any of the patterns fits, in their own order: a column's name, or one with * for anything.

    Brackets are part of a name, where there is a column of that name.
    """
    names = list(known)
    wanted = set(patterns)
    loose = wanted.difference(names)
    return [name for name in names if name in wanted or any(fnmatchcase(name, pattern) for pattern in loose)]

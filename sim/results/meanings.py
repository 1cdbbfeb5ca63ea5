"""What each outcome means: its unit, what people call it, and which direction is better. One entry an outcome."""

from dataclasses import dataclass, replace
from fnmatch import fnmatchcase

from sim.errors import InputError, did_you_mean

FEWER, MORE, NEITHER = -1, 1, 0


@dataclass(frozen=True)
class Outcome:
    """A column of `outcomes`; `name` ends in `.*` where there is one for each cohort, project or team."""

    name: str
    label: str  # of the whole column: "people who quit"; of a family, beside the name: "llama authors gone"
    unit: str  # of a level
    meaning: str
    better: int = NEITHER
    scale: float = 1.0  # from the column to the unit: shares are told in %
    change: str = ""  # unit of a difference, where it is another: percentage points are points, not %
    of: str = ""  # whom, of a family

    @property
    def change_unit(self) -> str:
        return self.change or self.unit


def _share(name, label, meaning, better=NEITHER):
    return Outcome(name, label, "%", meaning, better, 100.0, "points")


OUTCOMES = (
    Outcome("quits", "quits", "people", "people who quit, over the run", FEWER),
    Outcome("laid_off", "laid off", "people", "people laid off, over the run", FEWER),
    Outcome("hired", "hired", "people", "people who joined, over the run"),
    Outcome("released", "released", "projects", "projects released", MORE),
    Outcome("output", "output", "prestige", "prestige released", MORE),
    Outcome("gpu_months_held", "GPU-months held", "GPU-months", "GPU-months that teams held"),
    Outcome("gpu_months_wasted", "GPU-months held idle", "GPU-months", "GPU-months held but not used", FEWER),
    _share("scarcity", "scarcity", "mean share of needs that the budget cannot meet"),
    _share("short_months", "months short", "share of months in which needs exceed the budget"),
    Outcome("gini", "Gini", "index", "mean Gini coefficient of GPUs held, over teams that ask"),
    Outcome("jain", "Jain", "index", "mean Jain index of GPUs held, over teams that ask (1 = equal)"),
    _share("left_share.*", "{} gone", "share of a cohort that left (quit or laid off) by the end of the run", FEWER),
    _share("quit_share.*", "{} quit", "share of a cohort that quit by the end of the run", FEWER),
    Outcome("release_month.*", "{} out", "month",
            "month of a project's release, from the start of the run; missing if it was not released", FEWER),
    Outcome("months_to_release.*", "{} took", "months",
            "months from a project's start to its release; censored: to the run's end if it was not released", FEWER),
    Outcome("gpu_months.*", "{} used", "GPU-months", "GPU-months used by a project"),
    Outcome("gpus.*", "{} held", "GPUs", "mean GPUs held by a team, over the months in which it asks", MORE),
    Outcome("fairness.*", "{} felt", "log hazard",
            "mean perceived fairness in a team, over the months in which it has members", MORE),
    Outcome("quits.*", "{} quits", "people", "people who quit from a team, over the run", FEWER),
    Outcome("record.*", "{}", "", "what the history gives for a recorded fact; missing where it gives none"),
    Outcome("fairness", "fairness", "log hazard", "mean perceived fairness over everybody's months", MORE),
)  # fmt: skip
MEANINGS = {one.name: one.meaning for one in OUTCOMES}
_BY_NAME = {one.name: one for one in OUTCOMES}


def outcome_of(name: str) -> Outcome:
    """The entry of a column: `left_share.llama_authors` is that of `left_share.*`, its label with the name in it.

    Raises InputError with the nearest name if there is none.
    """
    if name in _BY_NAME:
        return _BY_NAME[name]
    family, dot, of = name.partition(".")
    if dot and f"{family}.*" in _BY_NAME:
        one = _BY_NAME[f"{family}.*"]
        return replace(one, name=name, label=one.label.format(of.replace("_", " ")), of=of)
    raise InputError(f"no outcome '{name}'{did_you_mean(name, _BY_NAME)}")


def chosen(patterns, known) -> list[str]:
    """The known columns that any of the patterns (names, with * for anything) fits, in their own order."""
    return [name for name in known if any(fnmatchcase(name, pattern) for pattern in patterns)]

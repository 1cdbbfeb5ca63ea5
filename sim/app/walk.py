"""One history, month by month, as the Mesa model lives it: who asked, who got, who was heard, who left and why."""

import math
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import pandas as pd

from sim.engines.mesa.model import Model
from sim.engines.mesa.researcher import Researcher
from sim.engines.mesa.team import Team
from sim.model import asking
from sim.model.state import LAID_OFF, QUIT
from sim.scenario import Scenario

TEAM = {
    "headcount": "people", "need": "needs", "ask": "asks", "grant": "granted", "relief": "from the head",
    "gpus": "holds", "fairness": "fairness", "quits": "quit", "laid_off": "laid off",
}  # fmt: skip
ENDS = {QUIT: "quit", LAID_OFF: "was laid off"}
LEAVER = ("who", "team", "why", "times the usual rate", "moved most by")
TOLD = 3  # sources that a story names


@dataclass(frozen=True)
class Month:
    """What happened in a month: a row a team, and a line for each who left."""

    date: str
    teams: pd.DataFrame
    leavers: pd.DataFrame


class Felt(NamedTuple):
    """A month that somebody lived through."""

    date: str
    team: str
    chance: float  # of leaving in that month
    patience: float  # share of it used up since they came
    by_source: dict[str, float]  # what moved them: source -> log rate over the usual


@dataclass
class Life:
    """One person in one history."""

    name: str
    joined: str | None  # date; None for those there from the start
    ended: str | None = None  # date
    reason: int | None = None
    felt: list[Felt] = field(default_factory=list)

    def months(self) -> pd.DataFrame:
        """A row a month: date, team, chance of leaving, patience used up."""
        return pd.DataFrame([month[:4] for month in self.felt], columns=["date", "team", "chance", "patience"])

    def moved(self) -> pd.DataFrame:
        """A row a month and source that moved them in any month, in log rate over the usual."""
        sources = {name for month in self.felt for name, size in month.by_source.items() if size}
        rows = [(month.date, name, size) for month in self.felt
                for name, size in month.by_source.items() if name in sources]  # fmt: skip
        return pd.DataFrame(rows, columns=["date", "source", "log_rate"])

    def story(self) -> str:
        """The life in a few sentences."""
        words = [f"{self.name} " + ("was there from the start" if self.joined is None else f"joined in {self.joined}")]
        teams = list(dict.fromkeys(month.team for month in self.felt))
        words[0] += f" in {', then '.join(teams)}" if teams else ""
        end = "is there at the end" if self.reason is None else f"{ENDS[self.reason]} in {self.ended}"
        words[0] += f" and {end}."
        if self.felt:
            worst = max(self.felt, key=lambda month: month.chance)
            words.append(f"Leaving was likeliest in {worst.date}, at {worst.chance:.1%}: {most_of(worst.by_source)}.")
            if self.reason != QUIT:
                words.append(f"At the end {self.felt[-1].patience:.0%} of their patience was used up.")
        return " ".join(words)


@dataclass(frozen=True)
class Walk:
    """One history: its months, and the life of everybody who was there."""

    months: list[Month]
    lives: dict[str, Life]


def moves_of(person: Researcher, grief: float) -> dict[str, float]:
    """What moves a person to leave (or to stay, below 0), in log rate over the usual; the sum is the whole.

    After the month's judging, and before shocks fade; `grief` as it was before the judging.
    """
    team, p = person.team, person.model.p
    weights = p.turnover
    held = {
        "want": person.wanting, "envy": person.envy * person.envious, "guilt": person.guilt * person.guilty,
        "grief": grief, "not heard": person.unheard, "no lead": person.unled, "jumps": person.jolted,
    }  # fmt: skip
    grievance = sum(held.values())
    felt = weights.fairness * person.held / grievance if grievance > 0.0 else 0.0
    return {
        **{name: felt * size for name, size in held.items()},
        "leavers around": weights.contagion * team.contagion(),
        "outside offers": weights.market * math.log(team.heat),
        "lost mission": weights.mission * (1.0 - team.fit),
        "known for releases": weights.visibility * person.visibility,
        "broken promise": weights.promise * person.broken_promise(),
        "shocks": person.shock,
        "leader gone": person.loss,
    }


def most_of(parts: dict[str, float]) -> str:
    """The largest of what moved somebody to leave, in words."""
    most = sorted((item for item in parts.items() if item[1] > 0.005), key=lambda item: -item[1])[:TOLD]
    return ", ".join(f"{name} {size:+.2f}" for name, size in most) or "nothing beyond the usual"


class Watched(Model):
    """The model, with an eye on everybody's months and on those who leave."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.left: list[tuple[Life, str]] = []  # this month, and from which team
        self.lives: dict[str, Life] = {}
        self.mourned: list[float] = []  # grief of those present, before the month's judging
        super().__init__(*args, **kwargs)

    def judge(self) -> None:
        """Grief fades within the judging: what counts is what was there before."""
        self.mourned = [person.grief for person in self.researchers]
        super().judge()

    def stay_or_leave(self) -> None:
        """What moves everybody, how likely they are to leave, and how much of their patience that uses up."""
        before = [
            (person, person.team.name, moves_of(person, grief))
            for person, grief in zip(self.researchers, self.mourned, strict=True)
        ]
        super().stay_or_leave()
        date = self.config.date_of(self.month)
        usual = self.p.turnover.base_rate
        for person, team, parts in before:
            chance = -math.expm1(-usual * person.readiness * math.exp(sum(parts.values())))
            used = min(1.0, person.cumulative_hazard / person.patience)
            self.life_of(person).felt.append(Felt(date, team, chance, used, parts))

    def note_exit(self, person: Researcher, reason: int) -> None:
        """Who left, and why."""
        life = self.life_of(person)
        life.ended, life.reason = self.config.date_of(self.month), reason
        self.left.append((life, person.team.name))
        super().note_exit(person, reason)

    def life_of(self, person: Researcher) -> Life:
        """The life of whoever holds a seat."""
        if person.name not in self.lives:
            start = person.joined == asking.FROM_THE_START
            self.lives[person.name] = Life(person.name, None if start else self.config.date_of(person.joined))
        return self.lives[person.name]


def walk(scenario: Scenario, replicate: int, seed: int) -> Walk:
    """One history from its first month to its last: the same that the compiled engine makes of this replicate."""
    model, months = Watched(scenario, replicate, seed=seed), []
    for month in range(scenario.months):
        model.left.clear()
        model.step()
        rows = {
            team.name: {words: getattr(team, name) for name, words in TEAM.items()} | {"appeal": _appeal(team)}
            for team in model.teams
        }
        leavers = pd.DataFrame([_leaver(life, team) for life, team in model.left], columns=LEAVER)
        months.append(Month(scenario.date_of(month), pd.DataFrame.from_dict(rows, orient="index"), leavers))
    return Walk(months, dict(sorted(model.lives.items())))


def _appeal(team: Team) -> str:
    return "" if not team.appeals() else "heard" if team.voice == 1.0 else "in vain"


def _leaver(life: Life, team: str) -> tuple[str, str, str, float, str]:
    """Of somebody who left, in the order of LEAVER."""
    if life.reason == LAID_OFF:
        return life.name, team, ENDS[LAID_OFF], math.nan, ""
    parts = life.felt[-1].by_source
    return life.name, team, ENDS[QUIT], math.exp(sum(parts.values())), most_of(parts)

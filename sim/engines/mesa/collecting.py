"""What Mesa's data collector holds: a row a month of the lab, of every team, and on request of every person."""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from mesa import DataCollector

from sim.engines.mesa.researcher import Researcher
from sim.engines.mesa.team import Team
from sim.errors import check_names
from sim.results.history import LAB_COLUMNS, TEAM_COLUMNS

if TYPE_CHECKING:
    from sim.engines.mesa.model import Model

WHAT = ("lab", "teams", "people")
BY_DEFAULT = ("lab", "teams")
COUNTED = ("headcount", "quit", "laid_off", "hired", "gpus", "used")  # of teams, summed over the lab


def collector(what: str | Iterable[str]) -> DataCollector:
    """A collector of some of `WHAT`. InputError for anything else.

    The lab's rows are model variables; teams and people are agent types, so that each has a table of its own
    (`get_agenttype_vars_dataframe(Team)`).
    """
    what = (what,) if isinstance(what, str) else tuple(what)
    check_names("collect: unknown", what, WHAT)
    kinds: dict[type, dict[str, str | Callable[..., object]]] = {}  # agents -> column -> attribute, or function of one
    if "teams" in what:
        kinds[Team] = {"team": "name", **{name: _of_team(column) for column, name in enumerate(TEAM_COLUMNS)}}
    if "people" in what:
        kinds[Researcher] = {"person": "name", "team": lambda person: person.team.name, "fairness": "fairness",
                             "leaving_rate": lambda person: person.leaving_rate()}  # fmt: skip
    return DataCollector(model_reporters=_lab() if "lab" in what else None, agenttype_reporters=kinds or None)


def _lab() -> dict[str, Callable[["Model"], object]]:
    """Reporters of the lab, by column."""
    columns: dict[str, Callable[[Model], object]] = {"date": lambda model: model.config.date_of(model.month)}
    columns |= {name: _of_lab(column) for column, name in enumerate(LAB_COLUMNS)}
    return columns | {name: _summed(TEAM_COLUMNS.index(name)) for name in COUNTED}


def _of_lab(column: int) -> Callable[["Model"], float]:
    return lambda model: model.lab_rows[-1][column]


def _summed(column: int) -> Callable[["Model"], float]:
    return lambda model: sum(row[column] for row in model.team_rows[-1])


def _of_team(column: int) -> Callable[[Team], float]:
    return lambda team: team.model.team_rows[-1][team.index][column]

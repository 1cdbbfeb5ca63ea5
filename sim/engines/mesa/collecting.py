"""What Mesa's data collector holds: a row a month of the lab, of every team, and on request of every person."""

from mesa import DataCollector

from sim.engines.mesa.researcher import Researcher
from sim.engines.mesa.team import Team
from sim.errors import InputError, did_you_mean
from sim.results.history import LAB_COLUMNS, TEAM_COLUMNS

WHAT = ("lab", "teams", "people")
BY_DEFAULT = ("lab", "teams")
COUNTED = ("headcount", "quit", "laid_off", "hired", "gpus", "used")  # of teams, summed over the lab


def collector(what) -> DataCollector:
    """A collector of some of `WHAT`. InputError for anything else.

    The lab's rows are model variables; teams and people are agent types, so that each has a table of its own
    (`get_agenttype_vars_dataframe(Team)`).
    """
    what = (what,) if isinstance(what, str) else tuple(what)
    for one in what:
        if one not in WHAT:
            raise InputError(f"collect: unknown '{one}'{did_you_mean(one, WHAT)}")
    kinds: dict[type, dict] = {}
    if "teams" in what:
        kinds[Team] = {"team": "name", **{name: _of_team(place) for place, name in enumerate(TEAM_COLUMNS)}}
    if "people" in what:
        kinds[Researcher] = {"person": "name", "team": lambda person: person.team.name, "fairness": "fairness",
                             "leaving_rate": lambda person: person.leaving_rate()}  # fmt: skip
    return DataCollector(model_reporters=_lab() if "lab" in what else None, agenttype_reporters=kinds or None)


def _lab():
    """Reporters of the lab, by column."""
    columns = {"date": lambda model: model.config.date_of(model.month)}
    columns |= {name: _of_lab(place) for place, name in enumerate(LAB_COLUMNS)}
    return columns | {name: _summed(TEAM_COLUMNS.index(name)) for name in COUNTED}


def _of_lab(place):
    return lambda model: model.lab_rows[-1][place]


def _summed(place):
    return lambda model: sum(row[place] for row in model.team_rows[-1])


def _of_team(place):
    return lambda team: team.model.team_rows[-1][team.index][place]

"""One history, month by month, as the Mesa model lives it: who asked, who got, who was heard, who left and why."""

from dataclasses import dataclass

import pandas as pd

from sim.engines.mesa.model import Model
from sim.model.state import QUIT
from sim.scenario.seats import holder, seat_names

TEAM = {
    "headcount": "people", "need": "needs", "ask": "asks", "grant": "granted", "relief": "from the head",
    "gpus": "holds", "voice": "heard", "fairness": "fairness", "quits": "quit", "laid_off": "laid off",
}  # fmt: skip


LEAVER = ("who", "team", "why", "times the usual rate", "fairness", "shaken", "known")


@dataclass(frozen=True)
class Month:
    """What happened in a month: a row a team, and a line for each who left."""

    date: str
    teams: pd.DataFrame
    leavers: pd.DataFrame


class Watched(Model):
    """The model, with an eye on those who leave."""

    def __init__(self, *args, **kwargs):
        self.left = []
        super().__init__(*args, **kwargs)

    def note_exit(self, person, reason):
        """What moved somebody, in the moment of leaving."""
        seat = person.index, person.occupant
        usual = person.leaving_rate() / self.p.turnover.base_rate if reason == QUIT else float("nan")
        self.left.append((seat, person.team.name, reason, usual, person.fairness, person.shock, person.visibility))
        super().note_exit(person, reason)


def walk(scenario, replicate: int, seed: int) -> list[Month]:
    """Every month of one history. The replicate is the same history that the compiled engine makes."""
    model, seats, months = Watched(scenario, replicate, seed=seed), seat_names(scenario), []
    for month in range(scenario.months):
        model.left.clear()
        model.step()
        rows = {team.name: {words: getattr(team, name) for name, words in TEAM.items()} for team in model.teams}
        leavers = [
            (holder(seats[seat], occupant), team, "quit" if reason == QUIT else "laid off", *moved)
            for (seat, occupant), team, reason, *moved in model.left
        ]
        months.append(Month(
            scenario.date_of(month), pd.DataFrame.from_dict(rows, orient="index"), pd.DataFrame(leavers, columns=LEAVER)
        ))  # fmt: skip
    return months

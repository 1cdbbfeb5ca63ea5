"""The Mesa model: one lab, one history. `Model.step` is one month, read top to bottom."""

from collections import defaultdict
from collections.abc import Iterable
from types import SimpleNamespace
from typing import TypeVar

import mesa
import numpy as np

from sim.aliases import AnyPath, Ints
from sim.allocation.claims import make_claims
from sim.engines.compiled.world import make_cast, make_world, room_for_draws
from sim.engines.mesa import Committee, Project, Researcher, ResearchHead, Team
from sim.engines.mesa.collecting import BY_DEFAULT, collector
from sim.engines.mesa.researcher import Seat
from sim.errors import InputError, by_name_after
from sim.model import fairness, month, stints
from sim.model.state import Kind, Peers, take
from sim.results import history as columns
from sim.results.history import History, panel_row, team_row
from sim.results.result import Detail, Result, Tables
from sim.scenario import Scenario, as_scenario
from sim.scenario.mechanisms import prepared
from sim.scenario.seats import seat_names

Thing = TypeVar("Thing")


class Model(mesa.Model):
    """A lab that divides its GPUs between teams every month.

    Arguments:
        scenario: a `Scenario`, or a path or shipped name to load.
        replicate, seed: number of the history (0, 1, ...), and 0 to 2**63 - 1. The same three give the same history,
            whatever else runs. Mesa's own `model.random` and `model.rng` are not used. `seed=None` draws a seed.
        asked: months at whose end everybody is asked (detail "panel").
        collect: what `datacollector` holds after each month: any of "lab", "teams", "people".

    `run_model()` runs to the end of the scenario, where `running` becomes False; `result()` then gives the tables of a
    run. What happens in a month stands in `sim.model.month`, for this engine and the compiled one. A subclass may
    override a phase, or add to it, and is an engine of its own: `sim.run(scenario, engine=MyModel)`.
    """

    @by_name_after(2)
    def __init__(
        self,
        scenario: Scenario | AnyPath,
        replicate: int = 0,
        *,
        seed: int | None = 1,
        asked: Iterable[int] = (),
        collect: str | Iterable[str] = BY_DEFAULT,
    ) -> None:
        scenario = as_scenario(scenario)
        seed = int(np.random.SeedSequence().generate_state(1)[0]) if seed is None else int(seed)
        super().__init__(rng=seed)
        self.config = scenario  # `scenario` is a name of Mesa's own
        self.replicate, self.seed = int(replicate), seed
        self.datacollector = collector(collect)
        self.month, self.asked = 0, list(asked)
        self.p = prepared(scenario)

        world, cast = make_world(scenario), make_cast(scenario)
        self.teams = [Team(self, row, name) for row, name in zip(world.teams[0], scenario.team, strict=True)]
        self.projects = [
            Project(self, row, name) for row, name in zip(world.projects[0], scenario.project, strict=True)
        ]
        self.people = [_given(Seat(), row) for row in cast.people]  # seats, until somebody takes them
        self.peers: list[Peers] = []
        self.kinds: list[Kind] = []
        self.by_nature: dict[tuple[int, int], int] = defaultdict(lambda: -1)
        self.seat_names = seat_names(scenario)
        self.committee = Committee(self, world.power[0], world.priority[0], world.line_priority[0])
        self.head = ResearchHead(self)
        self.events = [_given(SimpleNamespace(), row) for row in world.events[0]]
        self.reach, self.line_reach = world.reach[0], world.line_reach[0]
        self.cohort_teams, self.cohort_month = cast.cohort_teams, cast.cohort_month.tolist()
        self.line_hash, self.noise_member, self.noise_team = cast.line_hash.tolist(), cast.noise_member, cast.noise_team
        self.seat_hash, self.seat_word = cast.seat_hash.tolist(), cast.seat_word.tolist()
        self.draws = "draws" in self.committee.policy.reads

        # Room to work in.
        lines, teams, projects = len(self.line_hash), len(self.teams), len(self.projects)
        self.by_target = list(range(projects))
        self.line_releases, self.leavers = [0] * lines, [0] * len(self.people)
        self.ratios, self.claims = fairness.make_ratios(teams), make_claims([0.0] * teams, args=world.args[0])
        self.noise, self.fates, self.natures = ([0.0] * size for size in room_for_draws(cast))
        self.vacancies = [0] * len(self.people)
        self.leaving, self.vacated, self.refilled = 0, 0, 0
        self.asks, self.stints, self.ended = 0, np.zeros((64, stints.COLUMNS), dtype=np.int64), 0

        # What is recorded.
        self.tallies = np.tile([-1, 0, 0], (len(scenario.cohort), 1))
        self.lab_rows: list[tuple[float, float]] = []
        self.team_rows: list[list[tuple[float, ...]]] = []
        self.cohort_rows: list[Ints] = []
        self.exits: list[tuple[int, ...]] = []
        self.panel_rows = np.full((len(self.asked), len(self.people), len(columns.PANEL_COLUMNS)), -1.0)
        month.begin(self, self.p)

    # The month

    def step(self) -> None:
        """One month: calendar, ask, divide, appeal, train, judge, stay or leave, after."""
        self.open_calendar()
        self.ask()
        self.divide()
        self.appeal()
        self.train()
        self.judge()
        self.stay_or_leave()
        self.aftermath()
        self.collect()
        self.month += 1
        self.running = self.month < self.config.months

    def open_calendar(self) -> None:
        """Fix cohorts, let events happen, seat due hires, start projects."""
        month.open_calendar(self, self.p)

    def ask(self) -> None:
        """Teams work out what they need and what they say they need."""
        month.ask(self, self.p)

    def divide(self) -> None:
        """The committee opens files, scores the teams and divides the GPUs by its policy."""
        month.divide(self, self.p, self.committee.grants)

    def appeal(self) -> None:
        """The head hears appeals; what is left of the reserve goes to unmet asks."""
        month.appeal(self, self.p)

    def train(self) -> None:
        """Use the GPUs; release what is done; miss targets; learn."""
        month.train(self, self.p)

    def judge(self) -> None:
        """Compare, weigh up, and let everyone feel it."""
        month.judge(self, self.p)

    def stay_or_leave(self) -> None:
        """Everyone lives through their rate, and some have had enough."""
        month.stay_or_leave(self, self.p)

    def aftermath(self) -> None:
        """Start-ups, vacancies, lagged leavers, duplicates and teams that can no longer carry a project."""
        month.aftermath(self, self.p)

    def collect(self) -> None:
        """Keep the month's rows of the lab, its teams and cohorts."""
        need = 0.0
        for team in self.teams:
            need += team.need
        self.lab_rows.append((self.p.budget.gpus, need))
        self.team_rows.append([team_row(team) for team in self.teams])
        self.cohort_rows.append(self.tallies.copy())
        if self.month in self.asked:
            rows = self.panel_rows[self.asked.index(self.month)]
            for person in self.researchers:
                rows[person.index] = panel_row(person, person.own_kind(), person.own_peers(), person.team, self.p)
        self.datacollector.collect(self)

    @property
    def researchers(self) -> list[Researcher]:
        """Everybody who holds a seat, in the order of seats."""
        return [person for person in self.people if isinstance(person, Researcher) and person.present]

    # What `sim.model.events` asks of an engine

    def newcomer(self, seat: Seat) -> Researcher:
        """A new agent takes an empty seat."""
        person = Researcher(self, seat)
        self.people[seat.index] = person
        return person

    def note_exit(self, person: Researcher, reason: int) -> None:
        """Somebody has left, and is no agent any more. `reason`: QUIT or LAID_OFF of `sim.model.state`."""
        row = (0, self.month, person.team.index, person.index, person.occupant, person.cohorts, reason)
        self.exits.append(row)
        person.go()

    def note_fault(self, verdict: int) -> None:
        """The policy granted what it cannot."""
        self.committee.refuse(verdict)

    # Who is who

    def team(self, name: str) -> Team:
        """The team of that name."""
        return next(team for team in self.teams if team.name == name)

    def project(self, name: str) -> Project:
        """The project of that name."""
        return next(project for project in self.projects if project.name == name)

    def __repr__(self) -> str:
        month = min(self.month, self.config.months)
        return (f"<{type(self).__name__} {self.config.title or 'of a lab'}: month {month} of {self.config.months}, "
                f"{sum(team.size for team in self.teams)} people>")  # fmt: skip

    def result(self, detail: Detail = "people") -> Result:
        """The tables of this history, as those of `sim.run`. Raises InputError before the end of the scenario."""
        if self.month < self.config.months:
            raise InputError(f"result: the run is at month {self.month} of {self.config.months}; run_model() ends it")
        tables = Tables(self.config, detail, [self.replicate], None, self.asked)
        made = tables.join([tables.reduce(self.history(), 0)])
        return Result(scenario=self.config, seed=self.seed, replicates=[self.replicate], engine="mesa", detail=detail,
                      tables=made)  # fmt: skip

    def history(self) -> History:
        """All months so far, in the form that both engines share."""
        months, teams, cohorts = len(self.team_rows), len(self.teams), len(self.tallies)
        projects = [
            (project.team.index, project.status, project.month, project.gpu_months, project.prestige)
            for project in self.projects
        ]
        return History(
            np.array([self.replicate]),
            np.array(self.lab_rows, dtype=float).reshape(1, months, len(columns.LAB_COLUMNS)),
            np.array(self.team_rows, dtype=float).reshape(1, months, teams, len(columns.TEAM_COLUMNS)),
            np.array(self.cohort_rows, dtype=np.int64).reshape(1, months, cohorts, len(columns.COHORT_COLUMNS)),
            np.array(projects, dtype=float).reshape(1, len(projects), len(columns.PROJECT_COLUMNS)),
            np.array(self.exits, dtype=np.int64).reshape(-1, len(columns.EXIT_COLUMNS)),
            self.panel_rows[None],
        )


def _given(thing: Thing, row: np.void) -> Thing:
    """The thing with the attributes of a row, as plain Python numbers."""
    take(thing, row)
    return thing

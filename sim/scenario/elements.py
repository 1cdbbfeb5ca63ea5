"""The named elements of a scenario: teams, projects, cohorts and recorded facts."""

from typing import Literal

from pydantic import Field

from sim.scenario.parameter import REQUIRED, Month, Name, Section, param, text

HOURS_A_MONTH = 730.0


class Team(Section):
    name: Name = text(REQUIRED, "name of the team")
    site: Name = text(REQUIRED, "where it sits; a site may have or lack a lead")
    line: Name = text(REQUIRED, "line of work; teams on one line are rivals")
    researchers: int = param(REQUIRED, "people", 0, 1_000_000, "members as the run begins")
    baseline: float = param(0.0, "GPUs a head", 0, 1e6, "work apart from projects")
    record: float = param(0.0, "prestige", 0, 1000, "what it has released before the run")
    gpus_per_researcher: float | None = param(None, "GPUs", 0, 1e6, "as `team_defaults`, for this team")
    compute_dependence: float | None = param(None, "share", 0, 1, "as `team_defaults`, for this team")
    promised_gpus: float = param(0.0, "GPUs a head", 0, 1e6, "what a head promised at hiring; 0 nothing")
    weight: float = param(1.0, "weight", 0, 1e6, "entitlement under the policies that weigh teams")
    guaranteed_gpus: float = param(0.0, "GPUs", 0, 1e9, "floor under `floor_max_min`")


class Project(Section):
    name: Name = text(REQUIRED, "name of the project")
    team: Name = text(REQUIRED, "team that owns it")
    gpu_hours: float | None = param(None, "GPU-hours", 0, 1e13, "work; or give gpu_months", above=0)
    gpu_months: float | None = param(None, "GPU-months", 0, 1e10, "work; or give gpu_hours, 730 to the month", above=0)
    crew: float | None = param(None, "people", 0, 1e6, "people it needs; default the team's size in the file")
    start: Month = text(REQUIRED, "month in which it becomes active")
    target: Month = text(REQUIRED, "month in which it is to be released")
    prestige: float = param(1.0, "prestige", 0, 1000, "what a release is worth to record and visibility")

    @property
    def work(self) -> float:
        """GPU-months."""
        return self.gpu_months if self.gpu_months is not None else self.gpu_hours / HOURS_A_MONTH


class Cohort(Section):
    name: Name = text(REQUIRED, "name of the cohort")
    team: Name = text(REQUIRED, "its members are those of this team ...")
    month: Month = text(REQUIRED, "... as this month begins")


# Which of cohort, project and team a recorded quantity is about.
RECORDS = {
    "left_share": "cohort", "exit_rate": "cohort", "release_delay": "project", "gpu_months": "project", "gpus": "team",
}  # fmt: skip


class Record(Section):
    """A recorded fact that the simulation is compared with.

    left_share: share of a cohort that left by the end of `month`. exit_rate: mean share leaving a month, to `month`.
    release_delay: simulated release minus `month`, in months. gpus: of a team in `month`. gpu_months: of a project.
    """

    name: Name = text(REQUIRED, "name of the fact")
    what: Literal["left_share", "exit_rate", "release_delay", "gpus", "gpu_months"] = text(REQUIRED, "quantity")
    cohort: Name | None = text(None, "cohort that it is about")
    project: Name | None = text(None, "project that it is about")
    team: Name | None = text(None, "team that it is about")
    month: Month = text(REQUIRED, "month that it is about")
    low: float = Field(REQUIRED, description="lower end of what is known")
    value: float | None = Field(None, description="the recorded value, if there is one")
    high: float = Field(REQUIRED, description="upper end of what is known")
    source: str = text(REQUIRED, "who says so")

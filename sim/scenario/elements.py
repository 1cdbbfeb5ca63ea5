"""The named elements of a scenario: teams, projects, cohorts and recorded facts."""

import math
from typing import Any, Literal, Self

from pydantic import Field, SerializerFunctionWrapHandler, model_serializer, model_validator

from sim.parameter import REQUIRED, CohortName, Month, Name, ProjectName, Section, TeamName, param, text

HOURS_A_MONTH = 730.0


class Team(Section):
    name: Name = text(REQUIRED, "name of the team")
    site: Name = text(REQUIRED, "where it sits; a site may have or lack a lead")
    line: Name = text(REQUIRED, "line of work; teams on one line are rivals")
    researchers: int = param(REQUIRED, "people", 0, 1_000_000, "members as the run begins")
    baseline: float = param(0.0, "GPUs a head", 0, 1e6, "work apart from projects")
    record: float = param(0.0, "prestige", 0, 1000, "what it has released before the run")
    visibility: float = param(0.0, "prestige", 0, 1000, "how known its members are, from earlier releases")
    gpus_per_researcher: float | None = param(None, "GPUs", 0, 1e6, "as `team_defaults`, for this team")
    compute_dependence: float | None = param(None, "share", 0, 1, "as `team_defaults`, for this team")
    promised_gpus: float = param(0.0, "GPUs a head", 0, 1e6, "what a head promised at hiring; 0 nothing")
    weight: float = param(1.0, "weight", 0, 1e6, "entitlement under the policies that weigh teams")
    guaranteed_gpus: float = param(0.0, "GPUs", 0, 1e9, "floor under `floor_max_min`")
    borrowing_limit: float | None = param(None, "GPUs", 0, 1e9,
        "the most that it may hold above its entitlement under `quota_borrowing`; default no limit")  # fmt: skip
    lending_limit: float | None = param(None, "GPUs", 0, 1e9,
        "the most of its entitlement that is lent while it is idle, likewise; default all of it")  # fmt: skip
    borrowing_weight: float | None = param(None, "weight", 0, 1e6,
        "by which what is lent is divided, likewise; default its `weight`")  # fmt: skip


class Project(Section):
    name: Name = text(REQUIRED, "name of the project")
    team: TeamName = text(REQUIRED, "team that owns it")
    gpu_hours: float | None = param(None, "GPU-hours", 0, 1e13, "work; or give gpu_months", above=0)
    gpu_months: float | None = param(None, "GPU-months", 0, 1e10, "work; or give gpu_hours, 730 to the month", above=0)
    crew: float | None = param(None, "people", 0, 1e6, "people it needs; default the team's size in the file")
    start: Month = text(REQUIRED, "month in which it becomes active")
    target: Month = text(REQUIRED, "month in which it is to be released")
    prestige: float = param(1.0, "prestige", 0, 1000, "what a release is worth to record and visibility")

    @property
    def work(self) -> float:
        """GPU-months."""
        if self.gpu_months is not None:
            return self.gpu_months
        assert self.gpu_hours is not None  # no scenario is valid without one of them
        return self.gpu_hours / HOURS_A_MONTH


class Cohort(Section):
    name: Name = text(REQUIRED, "name of the cohort")
    team: TeamName | None = text(None, "its members are those of this team ...")
    teams: list[TeamName] | None = text(None, "... or of these teams ...")
    month: Month = text(REQUIRED, "... as this month begins")

    @property
    def followed(self) -> list[str]:
        """Names of the teams whose members it follows."""
        return list(self.teams or ()) if self.team is None else [self.team]


# Which of cohort, project and team a recorded quantity is about.
RECORDS = {
    "left_share": "cohort", "exit_rate": "cohort", "release_delay": "project", "gpu_months": "project", "gpus": "team",
    "quotas_changed": "lab", "quotas_cut": "lab", "quotas_grown": "lab", "quotas_correlate": "lab",
}  # fmt: skip


class Record(Section):
    """A recorded fact that the simulation is compared with.

    left_share: share of a cohort that left by the end of `month`. exit_rate: mean share leaving a month, to `month`.
    release_delay: simulated release minus `month`, in months. gpus: of a team in `month`. gpu_months: of a project.
    quotas_changed, _cut, _grown: share of team-months with a quota, to `month`, in which it changes by half a machine
    of 8 GPUs or more, falls to nothing, grows. quotas_correlate: mean correlation of quotas from month to month.

    It is known as a count of so many (or one of several counts), as a value with a normal error, or as an interval;
    `low`, `value` and `high` that are not given follow: the exact 95 % interval and the share, or value ± 1.96 sd.
    """

    name: Name = text(REQUIRED, "name of the fact")
    what: Literal[
        "left_share", "exit_rate", "release_delay", "gpus", "gpu_months",
        "quotas_changed", "quotas_cut", "quotas_grown", "quotas_correlate",
    ] = text(REQUIRED, "quantity")  # fmt: skip
    cohort: CohortName | None = text(None, "cohort that it is about")
    project: ProjectName | None = text(None, "project that it is about")
    team: TeamName | None = text(None, "team that it is about")
    month: Month = text(REQUIRED, "month that it is about")
    count: int | list[int] | None = Field(None, description="how many left; a list: any of these")
    of: int | None = Field(None, ge=1, le=1_000_000, description="of how many")
    sd: float | None = Field(None, gt=0, description="standard deviation of what is known about the value")
    low: float | None = Field(None, description="lower end of what is known")
    value: float | None = Field(None, description="the recorded value, if there is one")
    high: float | None = Field(None, description="upper end of what is known")
    used_for: Literal["calibration", "validation"] = text("calibration", "validation: calibration never reads it")
    source: str = text(REQUIRED, "who says so")

    @model_validator(mode="after")
    def _follow(self) -> Self:
        """Fill what follows; `model_fields_set` still tells what was given."""
        follows: dict[str, float] = {}
        if self.of and self.counts and 0 <= min(self.counts) <= max(self.counts) <= self.of:
            low, high = exact_interval(min(self.counts), self.of)[0], exact_interval(max(self.counts), self.of)[1]
            follows = {"low": low, "value": sum(self.counts) / len(self.counts) / self.of, "high": high}
        elif self.sd is not None and self.value is not None:
            follows = {"low": self.value - 1.96 * self.sd, "high": self.value + 1.96 * self.sd}
        for name, number in follows.items():
            if getattr(self, name) is None:
                object.__setattr__(self, name, number)
        return self

    @model_serializer(mode="wrap")
    def _given(self, dump: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """What follows is not written down: it must not outlive a change of what it follows from."""
        follows = {"low", "value", "high"} - self.model_fields_set
        return {name: value for name, value in dump(self).items() if name not in follows}

    @property
    def counts(self) -> list[int]:
        """The counts that are possible; none if the fact is no count."""
        return [self.count] if isinstance(self.count, int) else list(self.count or [])

    @property
    def whom(self) -> str:
        """Name of the cohort, project or team that it is about; empty if that is the lab."""
        return self.cohort or self.project or self.team or ""

    @property
    def interval(self) -> tuple[float, float]:
        """From where to where the quantity is known to lie."""
        assert self.low is not None  # no scenario is valid without them, and they follow from counts and errors
        assert self.high is not None
        return self.low, self.high


def exact_interval(count: int, of: int) -> tuple[float, float]:
    """The exact binomial 95 % interval of a share (Clopper and Pearson 1934)."""
    from scipy.special import betaincinv

    low = float(betaincinv(count, of - count + 1, 0.025)) if count > 0 else 0.0
    high = float(betaincinv(count + 1, of - count, 0.975)) if count < of else 1.0
    return low, high


# What each distribution of a prior is given by; lognormal and normal may be cut at `low` and `high` besides.
DISTRIBUTIONS = {
    "lognormal": ("median", "log_sd"), "normal": ("mean", "sd"), "uniform": ("low", "high"),
    "log_uniform": ("low", "high"), "triangular": ("low", "mode", "high"), "beta": ("a", "b"),
}  # fmt: skip
TAIL = 3.0902  # standard deviations beyond which a thousandth lies


class Prior(Section):
    """What is known about a number before the record speaks.

    median and log_sd make it lognormal; low and high uniform, or on a log scale; others are named.
    """

    distribution: Literal["lognormal", "normal", "uniform", "log_uniform", "triangular", "beta"] | None = None
    median: float | None = Field(None, gt=0)
    log_sd: float | None = Field(None, gt=0, le=5)
    mean: float | None = None
    sd: float | None = Field(None, gt=0)
    low: float | None = None
    mode: float | None = None
    high: float | None = None
    a: float | None = Field(None, gt=0, le=1e4)
    b: float | None = Field(None, gt=0, le=1e4)
    scale: Literal["linear", "log"] = text("linear", "of low and high: log makes it uniform in the logarithm")
    source: str = text(REQUIRED, "where it comes from")

    @property
    def kind(self) -> str | None:
        """The distribution, told by what is given if it is not named."""
        if self.distribution is not None:
            return self.distribution
        if self.median is not None or self.log_sd is not None:
            return "lognormal"
        if self.low is not None and self.high is not None and self.mode is None:
            return "log_uniform" if self.scale == "log" else "uniform"
        return None

    def fault(self) -> str | None:
        """What is wrong with the distribution itself."""
        if self.kind is None:
            return "needs median and log_sd, low and high, or a named distribution"
        needed = DISTRIBUTIONS[self.kind]
        missing = [name for name in needed if getattr(self, name) is None]
        if missing:
            return f"a {self.kind} prior needs {' and '.join(missing)}"
        may = (*needed, "low", "high") if self.kind in ("lognormal", "normal") else needed
        numbers = ("median", "log_sd", "mean", "sd", "low", "mode", "high", "a", "b")
        over = [name for name in numbers if getattr(self, name) is not None and name not in may]
        if over:
            return f"a {self.kind} prior takes no {' or '.join(over)}"
        if self.scale == "log" and self.kind != "log_uniform":
            return f"a {self.kind} prior takes no scale"
        low, high = self._cut
        if not low < high:
            return f"low must be below high, got {low:g} to {high:g}"
        if self.kind == "log_uniform" and low <= 0.0:
            return f"a log scale needs low above 0, got {low:g}"
        if self.mode is not None and not low <= self.mode <= high:
            return f"mode must lie from low to high, got {self.mode:g}"
        middle = self.median if self.kind == "lognormal" else self.mean
        if middle is not None and not low < middle < high:
            return f"low and high must leave its middle, {middle:g}, within"
        return None

    @property
    def _cut(self) -> tuple[float, float]:
        return -math.inf if self.low is None else self.low, math.inf if self.high is None else self.high

    def span(self) -> tuple[float, float]:
        """The ends between which all but a thousandth on either side lies."""
        if self.kind == "beta":
            return 0.0, 1.0
        low, high = -math.inf, math.inf
        if self.median is not None and self.log_sd is not None:  # lognormal
            factor = math.exp(TAIL * self.log_sd)
            low, high = self.median / factor, self.median * factor
        elif self.mean is not None and self.sd is not None:  # normal
            low, high = self.mean - TAIL * self.sd, self.mean + TAIL * self.sd
        return max(low, self._cut[0]), min(high, self._cut[1])

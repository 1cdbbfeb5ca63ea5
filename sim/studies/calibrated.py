"""One model against the record: the points of all stages, and what their histories give for every fact."""

from dataclasses import dataclass, field
from typing import Any

from sim.aliases import Floats
from sim.studies.facts import Fact, Likelihood
from sim.studies.importance import Stages, Weighed, weigh
from sim.studies.priors import Priors


@dataclass
class Calibrated:
    """What the stages of a calibration have drawn and simulated so far."""

    priors: Priors
    used: list[Fact]
    held: list[Fact]  # facts that are predicted, not read
    settings: dict[str, Any]  # points, replicates, seed, until, stages, facts
    stages: Stages
    columns: dict[str, Floats] = field(default_factory=dict)  # of a fact, (points, histories); see `facts.columns_of`

    @property
    def points(self) -> int:
        """How many have been simulated."""
        return len(next(iter(self.columns.values())))

    @property
    def histories(self) -> int:
        return next(iter(self.columns.values())).size

    def likelihood_of_first(self) -> Likelihood:
        """The likelihood at the points of the first stage alone, which were drawn from the prior."""
        first = len(self.stages.parts[0])
        return Likelihood(self.used, {name: values[:first] for name, values in self.columns.items()})

    def likelihood(self) -> Likelihood:
        """Of all points; fates are as correlated as they are under the prior, in the first stage."""
        return Likelihood(self.used, self.columns, self.likelihood_of_first().rho)

    def weighed(self) -> Weighed:
        return weigh(self.likelihood().log(), self.stages.log_ratio()[: self.points])

"""From what a cluster already writes (a table, Slurm, Kueue) to a scenario."""

from sim.intake.formats import FORMATS, read
from sim.intake.scenario import as_scenario_file
from sim.intake.usage import Usage

__all__ = ["FORMATS", "Usage", "as_scenario_file", "read"]

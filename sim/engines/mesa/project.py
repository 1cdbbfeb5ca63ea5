"""A project: what a team needs the GPUs for."""

from sim.model.parameters import project_numbers
from sim.results.history import PLANNED


class Project:
    """Work left (GPU-months), the crew it needs, a target month, prestige, and a status."""

    def __init__(self, scenario, spec, team):
        numbers = project_numbers(scenario, spec)
        self.name = spec.name
        self.team = team
        self.work_left = numbers["work_left"]  # GPU-months
        self.crew = numbers["crew"]
        self.start = numbers["start"]
        self.target = numbers["target"]
        self.prestige = numbers["prestige"]
        self.status = PLANNED
        self.month = -1  # of the last change of status
        self.pace = 0.0  # work a month, to be done on time
        self.slips = 0
        self.gpu_months = 0.0
        self.months_worked = 0

    def become(self, status, month):
        self.status = status
        self.month = month
        self.team.changed = True

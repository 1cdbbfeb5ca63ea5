"""A phase of one's own: what if people forgave whenever their team released something?

A subclass of `sim.Model` overrides a phase of the month, or adds to it, and is an engine like the shipped ones. Run:

    python experiments/own_phase.py [replicates]
"""

import sys

import sim
from sim.model.state import RELEASED

HELD = ("wanting", "envious", "guilty", "grief", "unheard", "unled", "jolted")  # of a person, as MODEL.md lists them


class Forgiving(sim.Model):
    """After a release, half of what its team holds against the lab is forgotten."""

    def judge(self):
        super().judge()
        for project in self.projects:
            if project.status == RELEASED and project.month == self.month:
                for person in project.team.members:
                    for grievance in HELD:
                        setattr(person, grievance, getattr(person, grievance) / 2)


if __name__ == "__main__":
    replicates = int(sys.argv[1]) if len(sys.argv) > 1 else 50
    lab = sim.load_scenario("llama_vs_opt")
    plain, forgiving = (sim.run(lab, replicates, engine=engine) for engine in ("mesa", Forgiving))
    change = forgiving.outcomes["quits"] - plain.outcomes["quits"]
    print(f"{change.mean():+.2f} quit, of {plain.outcomes['quits'].mean():.1f}; {replicates} histories, the same luck")

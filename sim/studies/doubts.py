"""Where a valid scenario still cannot answer anything."""

from sim.allocation import is_address, is_allowed
from sim.scenario import Scenario

MOST_PERSON_MONTHS = 20_000  # in which Mesa is done before compiled code is at hand
REPLICATES = 10


def doubts(scenario: Scenario) -> list[str]:
    """One line for each reason to doubt that a run will tell anything; found by a few runs and by reading."""
    from sim.engines.run import run

    policy = scenario.committee.policy
    if is_address(policy) and not is_allowed(policy):
        return [f"its policy is code, {policy}, and was not run: nothing more can be said without --allow-code"]
    people = sum(team.researchers for team in scenario.team.values())
    engine = "mesa" if people * scenario.months <= MOST_PERSON_MONTHS else "compiled"
    result = run(scenario, REPLICATES, engine=engine, detail="people")
    found = []
    lab, months = result.lab, result.months
    binding = (lab["need"] > lab["budget"]).mean()
    if binding == 0.0:
        found.append("the budget never binds: every team gets what it needs, so every policy gives the same")
    elif binding < 0.1:
        found.append(f"the budget binds in only {binding:.0%} of the months, so policies can hardly differ")
    asked = months.groupby("team", observed=True)["ask"].max()
    found += [f"team '{name}' never asks for GPUs: no baseline, no project" for name in asked.index[asked == 0.0]]
    sizes = result.cohorts.groupby("cohort", observed=True)["size"].max()
    found += [f"cohort '{name}' has nobody in it" for name in sizes.index[sizes == 0]]
    found += [f"cohort '{name}' is never fixed" for name in scenario.cohort if name not in sizes.index]
    if not len(result.exits):
        found.append("nobody leaves")
    budgets = [event for event in scenario.event.values() if event.enabled and event.type == "budget"]
    if not budgets and len(scenario.team) == 1:
        found.append("there is one team: nothing is divided")
    for project in scenario.project.values():
        capacity = scenario.team[project.team].researchers
        if capacity == 0 and not any(event.gives_people_to() == project.team for event in scenario.event.values()):
            found.append(f"project '{project.name}' belongs to team '{project.team}', which never has members")
    return found

"""A team cut into equal halves, each with half of its entitlement: findings must not turn on how a file is cut."""

import numpy as np
import pytest

import sim

# By these policies it must change, whoever the teams are: they divide among claimants, however large each is.
DIVIDES_AMONG_CLAIMANTS = {
    "equal_losses": "every claimant loses the same number of GPUs, so two halves lose twice as much",
    "talmud": "half of a claim is conceded, then losses are equal: as equal losses above half",
    "random_arrival": "every claimant comes once in the queue, so two halves come twice",
    "fair_tree": "a rank counts those behind, and two halves are two",
    "lottery": "every claimant has one ticket, so two halves have two",
    "merit": "every claimant counts by its record, and both halves have the record of the whole",
    "karma": "every claimant has an equal guarantee, whatever its size",
}
INTENSIVE = ("scores", "records", "draws")


def claims(rng, n=4):
    asks = rng.uniform(20.0, 200.0, n)
    given = {
        "weights": rng.uniform(0.5, 2.0, n), "scores": rng.uniform(0.2, 2.0, n), "records": rng.uniform(0.0, 3.0, n),
        "headcounts": 2.0 * rng.integers(1, 10, n), "floors": rng.uniform(0.0, 30.0, n), "draws": rng.uniform(0, 1, n),
        "last": rng.uniform(0, 100, n), "usage": rng.uniform(0, 100, n), "credits": rng.uniform(0, 300, n),
    }  # fmt: skip
    return asks, given, asks.sum() * rng.uniform(0.3, 0.9)


def largest_change(policy):
    """The largest change of a grant, in parts of the budget, when the second of four teams is cut in halves."""
    rng, worst = np.random.default_rng(1), 0.0
    for _ in range(40):
        asks, given, budget = claims(rng)
        copies, parts = np.array([0, 1, 1, 2, 3]), np.array([1.0, 0.5, 0.5, 1.0, 1.0])
        cut = {name: values[copies] * (1.0 if name in INTENSIVE else parts) for name, values in given.items()}
        cut["draws"][2] = rng.uniform()
        whole = np.array(sim.allocate(policy, asks=asks, budget=budget, **given))
        halves = np.array(sim.allocate(policy, asks=asks[copies] * parts, budget=budget, **cut))
        joined = np.array([halves[0], halves[1] + halves[2], halves[3], halves[4]])
        worst = max(worst, np.abs(joined - whole).max() / budget)
    return worst


@pytest.mark.parametrize("policy", sim.policies())
def test_a_team_cut_in_halves_is_granted_what_it_was_but_where_claimants_are_counted(policy):
    change = largest_change(policy)
    if policy in DIVIDES_AMONG_CLAIMANTS:
        assert change > 0.01, DIVIDES_AMONG_CLAIMANTS[policy]
    else:
        assert change < 1e-9


def cut(scenario, name):
    """The scenario with a team as two halves, its projects and what follows it too."""
    raw = scenario.to_dict()
    team = raw["team"].pop(name)
    heads = team["researchers"]
    assert heads % 2 == 0
    names = [f"{name}_{half}" for half in ("a", "b")]
    for half in names:
        raw["team"][half] = team | {"name": half, "researchers": heads // 2, "weight": team["weight"] / 2}
    for key, project in list(raw["project"].items()):
        if project["team"] == name:
            del raw["project"][key]
            crew = project.get("crew", heads) / 2
            for half in names:
                part = {"name": f"{key}_{half}", "team": half, "crew": crew, "gpu_hours": project["gpu_hours"] / 2,
                        "prestige": project["prestige"]}  # fmt: skip
                raw["project"][part["name"]] = project | part
    for cohort in raw["cohort"].values():
        if name in (cohort.get("teams") or ()):
            cohort["teams"] = [one for one in cohort["teams"] if one != name] + names
    for event in raw["event"].values():
        if name in event.get("from", {}):
            chance = event["from"].pop(name)
            event["from"] |= dict.fromkeys(names, chance)
    for member in raw["committee"]["members"].values():
        if name in member["priorities"]:
            member["priorities"] |= dict.fromkeys(names, member["priorities"].pop(name))
    for path in [path for path in raw["sources"] if f".{name}" in path]:
        del raw["sources"][path]
    return sim.Scenario.from_dict(raw)


@pytest.mark.parametrize("policy", ["priority", "per_head", "max_min", "proportional", "quota", "fair_share"])
def test_the_recorded_case_hardly_changes_when_a_team_of_the_rest_is_cut(policy):
    # Halves that finish the same work apart would scoop each other: that is another lab, and not what is asked here.
    whole = sim.load_scenario("llama_vs_opt", {"committee.policy": policy, "committee.scooped_worth": 1.0})
    scenarios = [whole, cut(whole, "translation"), cut(whole, "vision")]
    tables = [sim.run(one, 400, seed=1, detail="summary").outcomes.mean() for one in scenarios]
    for parts in tables[1:]:
        for cohort in ("llama_authors", "opt_authors", "rest_of_lab"):
            assert parts[f"left_share.{cohort}"] == pytest.approx(tables[0][f"left_share.{cohort}"], abs=0.03)
        assert parts["months_to_release.llama"] == pytest.approx(tables[0]["months_to_release.llama"], abs=0.5)
        assert parts["gpus.llama"] == pytest.approx(tables[0]["gpus.llama"], rel=0.05)
        assert parts["quits"] == pytest.approx(tables[0]["quits"], rel=0.04)

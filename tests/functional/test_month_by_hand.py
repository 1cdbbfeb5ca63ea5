"""One month of a lab of two teams, worked out by hand, phase by phase, and compared with both engines.

Nothing here calls the code under test for a number. Only luck is taken as given: the nature that people were born with.
"""

from math import exp, log, tanh
from types import SimpleNamespace as Thing

import pytest

import sim
from sim.model.state import STATUSES

SEED = 1  # somebody leaves each team, and somebody, the newcomer too, stays in each

SCENARIO = {
    "start": "2022-01", "months": 1,
    "budget": {"gpus": 400.0, "reserve": 0.1},
    "committee": {
        "policy": "priority", "noise": 0.0, "proximity_half_life": 2.0, "proximity_floor": 0.2, "absent_presence": 0.5,
        "slip": 3, "slip_cost": 0.1, "trust_learning": 0.2, "scooped_worth": 0.5,
        "members": [
            {"name": "product", "power": 3.0, "priorities": {"apple": 2.0}},
            {"name": "research", "power": 1.0, "priorities": {"llm": 1.5, "berry": 0.5}},
        ],
    },
    "head": {"appeal_below": 0.6, "hears": 0},
    "team_defaults": {
        "gpus_per_researcher": 100.0, "skill_elasticity": 1.0, "ramp": 5.0, "optimism": 0.5, "padding_speed": 0.2,
        "padding_max": 1.1,
    },
    "fairness": {
        "envy": 0.85, "guilt": 0.315, "norms": {"equality": 1.0, "need": 2.0, "equity": 1.0}, "self_serving": 2.0,
        "distant": 0.25, "eps0": 0.1, "deprivation": 0.5, "procedural": 0.4, "fair_process": 0.5, "bound": 2.0,
        "half_shortfall": 0.2, "onset": 1.0, "memory": 9.0, "sensitivity": 0.5, "leaning": 0.2,
        "procedure": {"voice": 1.0, "lead": 1.0, "consistency": 2.0},
    },
    "turnover": {
        "base_rate": 0.1, "fairness": 2.0, "contagion_half_life": 1.0, "market": 0.5, "visibility": 0.5, "promise": 0.2,
        "mission": 0.4, "founding": 1.0, "frailty": 0.5, "visibility_half_life": 1.0, "shock_half_life": 1.0,
    },
    "shocks": {"lead_leaves": 0.5, "lead_half_life": 1.0, "scooped": 0.6, "startup": 0.2},
    "hiring": {"backfill": 1.0, "lead_months": 4},
    "team": [
        {"name": "apple", "site": "here", "line": "llm", "researchers": 4, "baseline": 10.0, "record": 1.0},
        {"name": "berry", "site": "there", "line": "llm", "researchers": 2, "baseline": 5.0, "promised_gpus": 200.0,
         "compute_dependence": 0.5},
    ],
    "project": [
        {"name": "big", "team": "apple", "gpu_months": 1200.0, "crew": 5, "start": "2022-01", "target": "2022-05"},
        {"name": "easy", "team": "berry", "gpu_months": 10.0, "crew": 2, "start": "2022-01", "target": "2022-01",
         "prestige": 0.5},
        {"name": "hard", "team": "berry", "gpu_months": 80.0, "crew": 3, "start": "2022-01", "target": "2022-01"},
        {"name": "later", "team": "apple", "gpu_months": 999.0, "crew": 9, "start": "2022-02", "target": "2022-05"},
    ],
    "cohort": [{"name": "founders", "team": "berry", "month": "2022-01"}],
    "event": [
        {"name": "boom", "type": "market", "month": "2022-01", "heat": 4.0},
        {"name": "drift", "type": "mission", "month": "2022-01", "fit": 0.5},
        {"name": "exodus", "type": "lead_leaves", "month": "2022-01", "site": "there"},
        {"name": "growth", "type": "hire", "month": "2022-01", "team": "berry", "people": 1},
    ],
}  # fmt: skip


def by_hand(people, hears):
    """The month. `people`: for each team its people's patience, envy, guilt, sensitivity and leaning, by seat."""
    a, b = Thing(), Thing()  # apple and berry

    # Calendar: the lead of `there` leaves, then one more joins berry. Nothing is cancelled; `later` is not yet due.
    a.n, b.n = 4, 2 + 1
    a.loss = [0.0] * 4
    b.loss = [0.5, 0.5, 0.0]  # the newcomer was not there when the lead left

    # Ask: capability = experience / crews; a newcomer counts half; drag is 0, for nobody has anything against it yet.
    a.capability = 4 / 5  # crew of `big`
    b.capability = (2 + 0.5) / (2 + 3)  # crews of `easy` and `hard`
    # Productivity = capability, the elasticity being 1. Months left: 4 for `big`, the least, 1, for those due now.
    a.need = 400.0  # 10 * 4 + (1200 / 4) / 0.8 = 415, of which 4 people can use 400
    b.need = 5 * 3 + (10 / 1 + 80 / 1) / 0.5  # = 195, of which 3 people could use 300
    assert (a.capability, b.capability, b.need) == (0.8, 0.5, 195.0)

    # Divide: 90 % of 400 GPUs. Declared months are half those left, but at least 1.
    proximity_a = 0.2 + 0.8 * 2 ** (-2 / 2)
    proximity_b = 0.2 + 0.8 * 2 ** (-1 / 2)
    a.score = 1 * proximity_a * (3 * 2.0 + 1 * 1.5) / (3 + 1)  # by name; by line
    b.score = 1 * proximity_b * 0.5 * (3 * 1.0 + 1 * 0.5) / (3 + 1)  # no lead; by default; by name
    assert a.score == pytest.approx(1.125)
    level = 360 / (400 * a.score + 195 * b.score)  # grant = ask * level * score: level * score < 1 for both
    a.grant, b.grant = 400 * level * a.score, 195 * level * b.score
    assert 0.6 * 400 < a.grant < 400  # apple has no cause to appeal
    assert b.grant < 0.6 * 195  # berry has

    # Appeal: 40 GPUs of reserve, for berry if it is heard, else in equal parts to both, who both lack more than that.
    a.relief, b.relief = (0.0, 40.0) if hears else (20.0, 20.0)
    a.voice, b.voice = 1.0, float(hears > 0)
    a.gpus, b.gpus = a.grant + a.relief, b.grant + b.relief

    # Train: baseline first. A GPU does 0.8 GPU-months of work in apple, 0.5 in berry.
    big = 1200 - (a.gpus - 40) * 0.8
    hard = 80 - (b.gpus - 15 - 10 / 0.5) * 0.5  # after `easy`, which takes 20 GPUs and is released
    assert 0 < hard < 80
    a.work_left, b.work_left = {"big": big, "later": 999.0}, {"easy": 0.0, "hard": hard}
    a.used, b.used = a.gpus, b.gpus
    a.record, b.record = 1.0, 0.5
    a.shock, b.shock = [0.3] * 4, [0.0] * 3  # half of its worth is gone; berry works on `hard`, but scoops not itself
    a.visibility, b.visibility = 0.0, 0.5  # one month of one
    # Trust moves toward output a GPU, no ask being padded. `hard` slips, by three months: the rest takes longer.
    a.trust = 1.0 + 0.2 * ((40 + 0.8 * (a.gpus - 40)) / a.gpus - 1.0)
    b.trust = (1 - 0.1) + 0.2 * ((15 + 0.5 * (b.gpus - 15)) / b.gpus - (1 - 0.1))
    assert hard / (80 - hard) > 2
    a.padding = 1 + 0.2 * (1 - a.gpus / 400)
    b.padding = 1.1  # 1 + 0.2 * (1 - gpus / 195) is more than the bound
    assert a.padding < 1.1 < 1 + 0.2 * (1 - b.gpus / 195)

    # Judge. Berry's work hangs on GPUs by half, so its 3 people count 1.5 beside apple's 4.
    a.claims = [4 / 5.5, 400 / 595, 4 * 2.0 / (4 * 2.0 + 1.5 * 1.5)]  # by equality, need and equity
    b.claims = [1.5 / 5.5, 195 / 595, 1.5 * 1.5 / (4 * 2.0 + 1.5 * 1.5)]
    for team, need in [(a, 400), (b, 195)]:
        floor = 0.1 * need / 595 + 1e-12
        team.ratios = [log((team.gpus / 400 + floor) / (claim + floor)) for claim in team.claims]  # all GPUs are given
        leaned = [norm * exp(-2 * ratio) for norm, ratio in zip((1, 2, 1), team.ratios, strict=True)]
        team.weights = [weight / sum(leaned) for weight in leaned]
    for team, rival in [(a, b), (b, a)]:
        rows = list(zip(team.weights, rival.ratios, team.ratios, strict=True))
        more = sum(weight * max(0, its - own) for weight, its, own in rows)
        less = sum(weight * max(0, own - its) for weight, its, own in rows)
        team.envy = 0.75 * rival.n / 7 * more + 0.25 * sum(weight * max(0, -own) for weight, _, own in rows)
        team.guilt = 0.75 * rival.n / 7 * less + 0.25 * sum(weight * max(0, own) for weight, _, own in rows)
    assert b.envy > a.envy >= 0.0
    assert a.guilt > b.guilt >= 0.0
    scarcity = 1 - 400 / 595
    a.justice, a.unheard, a.alone = 1.0, 0.0, 0.0
    b.justice = (1 * b.voice + 1 * 0 + 2 * 1) / 4  # no lead; there is no last month to be consistent with
    b.unheard, b.alone = (1 - b.voice) / 4, 1 / 4
    for team, need, dependence in [(a, 400, 1.0), (b, 195, 0.5)]:
        team.shortfall = 1 - team.gpus / need
        gate = team.shortfall / (team.shortfall + 0.2)
        softened = dependence * (1 - 0.5 * team.justice)
        team.fairness = []
        for _, envy, guilt, sensitivity, leaning in people[team is b]:
            outcome = softened * (0.5 * team.shortfall + envy * gate * team.envy)
            outcome += softened * guilt * scarcity / (scarcity + 0.2) * team.guilt
            outrage = dependence * 0.4 * gate * (team.unheard + team.alone)
            grievance = (1 - 0.5) * sensitivity * (outcome + outrage)  # it grows by half in a month
            team.fairness.append(leaning - 2 * tanh(grievance / 2))

    # Stay or leave: demand of 4 times the usual, a fit of a half, 200 GPUs promised to each of berry.
    a.promise = 0.0
    b.promise = log(1.1 * 65 / (b.gpus / 3 + 0.1 * 65))  # 65 a head are all that they need
    for team in (a, b):
        team.cumulative_hazard, team.left = [], []
        for place, (patience, _, _, _, leaning) in enumerate(people[team is b]):
            pull = 0.5 * log(4) + 0.4 * (1 - 0.5)
            push = 2 * (leaning - team.fairness[place]) + 0.5 * team.visibility + 0.2 * team.promise
            team.cumulative_hazard.append(0.1 * exp(pull + push + team.shock[place] + team.loss[place]))
            team.left.append(team.cumulative_hazard[place] >= patience)
        # After: what people carry halves; then each leaver's start-up shakes those who stay. Teams of less than 10.
        team.visibility *= 0.5
        team.shock = [0.5 * shock + 0.2 * sum(team.left) for shock in team.shock]
        team.loss = [0.5 * loss for loss in team.loss]
        team.lag1, team.lag2 = sum(team.left), 0.0
    return a, b


def near(value):
    return pytest.approx(value, rel=1e-12, abs=1e-14)


@pytest.fixture(params=[0, 1], ids=["nobody is heard", "berry is heard"])
def month(request):
    scenario = sim.Scenario.from_dict(SCENARIO | {"head": {"appeal_below": 0.6, "hears": request.param}})
    model = sim.Model(scenario, replicate=0, seed=SEED)
    born = [list(team.members) for team in model.teams]
    model.step()
    born[1] += [one for one in model.teams[1].members if one.joined == 0]  # the newcomer
    assert [len(people) for people in born] == [4, 3]
    luck = [[(one.patience, one.envy, one.guilt, one.sensitivity, one.leaning) for one in people] for people in born]
    table = {(0.0, 0.0), (0.5, 0.25), (1.0, 0.6), (4.0, 0.6)}  # Fehr and Schmidt's, at the means of their table
    assert all((envy, guilt) in table for people in luck for _, envy, guilt, _, _ in people)
    return Thing(scenario=scenario, model=model, born=born, teams=by_hand(luck, request.param))


def test_the_mesa_model_does_what_the_hand_does(month):
    for team, people, hand in zip(month.model.teams, month.born, month.teams, strict=True):
        assert any(hand.left)
        assert not all(hand.left)
        for name in ("capability", "need", "score", "grant", "relief", "gpus", "used", "voice", "record", "trust",
                     "padding", "envy", "guilt", "shortfall", "lag1", "lag2"):  # fmt: skip
            assert getattr(team, name) == near(getattr(hand, name)), name
        assert (team.size, team.ask, team.procedure) == (hand.n, near(hand.need), near(hand.justice))
        assert {project.name: project.work_left for project in team.projects} == near(hand.work_left)
        for place, person in enumerate(people):
            assert person.fairness == near(hand.fairness[place])
            assert person.cumulative_hazard == near(hand.cumulative_hazard[place])
            assert person.visibility == near(hand.visibility)
            assert (person not in team.members) == hand.left[place]
            if not hand.left[place]:
                assert (person.shock, person.loss) == (near(hand.shock[place]), near(hand.loss[place]))
        # Vacancies come back after four months.
        assert [person.due for person in people] == [4 if left else -1 for left in hand.left]
    projects = {project.name: project for project in month.model.projects}
    statuses = {name: (STATUSES[one.status], one.month) for name, one in projects.items()}
    assert statuses == {"big": ("active", 0), "easy": ("released", 0), "hard": ("active", 0), "later": ("planned", -1)}
    assert {name: (one.target, one.slips) for name, one in projects.items()} == {
        "big": (4, 0), "easy": (0, 0), "hard": (3, 1), "later": (4, 0)
    }  # fmt: skip


@pytest.mark.parametrize("engine", ["compiled", "mesa"])
def test_the_tables_of_both_engines_say_what_the_hand_says(month, engine):
    result = sim.run(month.scenario, [0], seed=SEED, engine=engine, detail="people")
    rows = result.months.set_index("team")
    apple, berry = month.teams
    for name, hand in [("apple", apple), ("berry", berry)]:
        row = rows.loc[name]
        for column in ("need", "grant", "relief", "gpus", "used", "envy", "shortfall", "voice", "score", "trust",
                       "padding", "capability"):  # fmt: skip
            assert row[column] == near(getattr(hand, column)), column
        assert (row["ask"], row["fairness"]) == (near(hand.need), near(sum(hand.fairness) / hand.n))
        assert (row["quit"], row["laid_off"], row["moved"]) == (sum(hand.left), 0, 0)
    assert rows["headcount"].to_dict() == {"apple": 4, "berry": 2}  # as the month begins
    assert rows["hired"].to_dict() == {"apple": 0, "berry": 1}
    assert (result.lab["budget"].item(), result.lab["need"].item()) == (400.0, near(595.0))

    names = ["apple/0", "apple/1", "apple/2", "apple/3", "berry/0", "berry/1", "berry/growth/0"]
    left = [*apple.left, *berry.left]
    assert list(result.exits["person"]) == [name for name, gone in zip(names, left, strict=True) if gone]
    cohort = result.cohorts.iloc[0]  # fixed before the newcomer came
    assert (cohort["size"], cohort["quit"]) == (2, sum(berry.left[:2]))
    projects = result.projects.set_index("project")
    assert dict(projects["status"]) == {"big": "active", "easy": "released", "hard": "active", "later": "planned"}
    assert dict(projects["gpu_months"]) == near(
        {"big": apple.gpus - 40, "easy": 20.0, "hard": berry.gpus - 35, "later": 0.0}
    )

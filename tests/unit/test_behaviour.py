"""The formulas of `sim/model` against textbook and pairwise definitions, and what must hold of them always."""

import math
from types import SimpleNamespace as Thing
from typing import get_type_hints

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import sim
from sim.allocation import feasible, filling
from sim.allocation.claims import make_claims
from sim.model import asking, dividing, fairness, training, turnover
from sim.model.decay import decay
from sim.model.state import Team
from sim.scenario.mechanisms import prepared

BARE = {
    "start": "2022-01", "months": 1, "budget": {"gpus": 100.0},
    "team": [{"name": "a", "site": "here", "line": "x", "researchers": 1}],
}  # fmt: skip


def numbers(**sections):
    """Prepared parameters: the defaults, but for the sections given."""
    return prepared(sim.Scenario.from_dict(BARE | sections))


def amounts(low=0.0, high=1000.0):
    return st.floats(low, high, allow_subnormal=False)


def often(value, high):
    """Amounts up to the highest, which is as likely as a certain other value or all the rest."""
    return st.one_of(st.just(value), st.just(high), amounts(0.0, high))


P = numbers()


def a_team(**given):
    """As every team is before its first month, but for what is given."""
    return Thing(**({name: getattr(Team, name) for name in get_type_hints(Team)} | given))


# Asking


def test_newcomers_learn_the_second_half_of_the_work_in_the_ramp():
    p = numbers(team_defaults={"ramp": 4.0})
    learned = [asking.experience(Thing(joined=3), month, p) for month in range(3, 10)]
    assert learned == [0.5, 0.625, 0.75, 0.875, 1.0, 1.0, 1.0]
    assert asking.experience(Thing(joined=asking.FROM_THE_START), 0, p) == 1.0


def test_members_add_up_to_size_experience_and_morale_and_a_month_starts_empty():
    team = Thing(size=9, experience=9.0, morale=9.0, crew=9.0, pace=9.0, active_projects=9)
    asking.open_month(team, P)
    assert vars(team) == {"size": 0, "experience": 0.0, "morale": 0.0, "crew": 0.0, "pace": 0.0, "active_projects": 0,
                          "proximity": P.committee.proximity_floor}  # fmt: skip
    for joined, feels in [(asking.FROM_THE_START, -0.25), (4, -0.5), (1, 0.0)]:
        asking.count_in(Thing(count=2, held=-feels), Thing(joined=joined), team, 4, P)
    assert (team.size, team.experience, team.morale) == (6, 2 * (1.0 + 0.5 + 0.75), pytest.approx(-1.5))


def test_a_release_is_believed_by_its_declared_distance_and_half_as_much_after_each_slip():
    p = numbers(
        committee={"proximity_half_life": 3.0, "proximity_floor": 0.2}, team_defaults={"optimism": 0.25, "ramp": 6.0}
    )
    for left, slips, closeness in [(4, 0, 1 / 2), (8, 0, 1 / 4), (4, 2, 1 / 8), (-5, 0, 0.5 ** (1 / 3))]:
        team, project = Thing(), Thing(target=7 + left, work_left=60.0, crew=2.0, slips=slips, novelty=1.0)
        asking.open_month(team, p)
        asking.plan(project, team, 7, p)
        assert team.proximity == pytest.approx(0.2 + 0.8 * closeness, rel=1e-14)
        assert project.pace == team.pace == 60.0 / max(1, left)  # late work is wanted at once
        assert (team.crew, team.active_projects) == (2.0, 1)


def test_a_project_whose_work_a_rival_has_released_counts_as_far_as_that_left_it_its_worth():
    p = numbers(committee={"proximity_floor": 0.2, "scooped_worth": 0.25})
    project = Thing(target=2, work_left=60.0, crew=3.0, slips=0, novelty=1.0, prestige=2.0)
    found = []
    for _ in range(3):
        team = Thing()
        asking.open_month(team, p)
        asking.plan(project, team, 0, p)
        found.append((project.proximity, team.proximity, training.worth(project)))
        training.be_scooped(project, p)
    near = found[0][0]
    assert near > 0.8  # a release in sight
    assert found == [(near, near, 2.0), (near / 4, near / 4, 0.5), (near / 16, 0.2, 0.125)]  # the floor is the team's


def test_a_team_counts_its_nearest_release_and_adds_up_crews_and_paces():
    team, other = Thing(), Thing()
    near, far = (
        Thing(target=target, work_left=60.0, crew=crew, slips=0, novelty=1.0) for target, crew in [(2, 3.0), (12, 4.0)]
    )
    for into, projects in [(team, [near, far]), (other, [near])]:
        asking.open_month(into, P)
        for project in projects:
            asking.plan(project, into, 0, P)
    assert team.proximity == other.proximity > P.committee.proximity_floor
    assert (team.crew, team.pace, team.active_projects) == (7.0, 60.0 / 2 + 60.0 / 12, 2)


@given(amounts(0, 3), amounts(0, 5), amounts(0.01, 1), amounts(-10, 0), st.integers(1, 20))
def test_productivity_is_capability_to_the_elasticity_times_a_spirit_that_never_falls_below_half(
    elasticity, drag, capability, mean, size
):
    p = numbers(team_defaults={"skill_elasticity": elasticity, "drag": drag})
    made = asking.productivity(Thing(size=size, capability=capability, morale=mean * size), p)
    spirit = max(0.5, 1.0 + drag * (mean * size / size))
    assert made == pytest.approx(math.exp(elasticity * math.log(capability)) * spirit, rel=1e-12)
    assert 0.0 <= made <= 1.0
    worse = asking.productivity(Thing(size=size, capability=capability, morale=(mean - 1.0) * size), p)
    thinner = asking.productivity(Thing(size=size, capability=capability / 2, morale=mean * size), p)
    assert worse <= made
    assert thinner == pytest.approx(made * 0.5**elasticity, rel=1e-12)


def test_good_spirits_never_speed_work_up_and_nobody_makes_nothing():
    assert asking.productivity(Thing(size=2, capability=1.0, morale=3.0), P) == 1.0
    assert asking.productivity(Thing(size=0, capability=1.0, morale=0.0), P) == 0.0
    assert asking.gpus_for(100.0, Thing(productivity=0.0)) == 0.0


def asker(size=4, experience=4.0, crew=0.0, pace=0.0, padding=1.0, morale=0.0):
    return a_team(size=size, experience=experience, crew=crew, pace=pace, padding=padding, morale=morale,
                 gpus_per_researcher=100.0, baseline=10.0)  # fmt: skip


def test_need_is_baseline_plus_pace_at_the_teams_productivity_and_no_more_than_it_can_use():
    for team, need in [
        (asker(), 40.0),
        (asker(pace=100.0, crew=2.0), 40.0 + 100.0),
        (asker(pace=100.0, crew=16.0), 40.0 + 100.0 / math.sqrt(4 / 16)),
        (asker(pace=100.0, crew=16.0, morale=-0.5 * 4), 40.0 + 100.0 / (math.sqrt(4 / 16) * 0.75)),
        (asker(pace=1e6, crew=2.0), 400.0),
        (asker(size=0, experience=0.0, pace=50.0, crew=2.0), 0.0),
    ]:
        team.padding = 1.5
        asking.ask(team, P)
        assert (team.need, team.ask) == (pytest.approx(need, rel=1e-14), pytest.approx(1.5 * need, rel=1e-14))
    team = asker(crew=16.0)
    asking.ask(team, numbers(mechanisms={"capability": False}))
    assert team.capability == 1.0


@given(st.lists(st.tuples(amounts(0, 500), amounts(0, 500)), max_size=30), amounts(0, 5), amounts(0.1, 120))
def test_padding_is_the_decayed_sum_of_past_shortfalls_up_to_its_bound(months, speed, half_life):
    p = numbers(team_defaults={"padding_speed": speed, "padding_half_life": half_life, "padding_max": 1e2})
    capped = numbers(team_defaults={"padding_speed": speed, "padding_half_life": half_life, "padding_max": 2.0})
    team, other = Thing(padding=1.0), Thing(padding=1.0)
    shortfalls = [max(0.0, need - gpus) / need if need else 0.0 for need, gpus in months]
    for need, gpus in months:
        for who, numbers_of in [(team, p), (other, capped)]:
            who.need, who.gpus = need, gpus
            asking.pad(who, numbers_of)
        assert 1.0 <= other.padding <= min(2.0, team.padding * (1 + 1e-12))
    ages = range(len(months) - 1, -1, -1)
    total = sum(speed * short * 0.5 ** (age / half_life) for short, age in zip(shortfalls, ages, strict=True))
    assume(total < 98.0)
    assert team.padding == pytest.approx(1.0 + total, rel=1e-9)


# Dividing


def test_a_standing_is_a_product_and_a_priority_is_weighed_by_power():
    p = numbers(committee={"absent_presence": 0.25, "noise": 0.5})
    team = Thing(trust=0.5, lead=True)
    assert dividing.standing(team, 2.0, p) == pytest.approx(1.0, rel=1e-14)
    team.lead = False
    assert dividing.standing(team, 2.0, p) == pytest.approx(0.25, rel=1e-14)
    assert dividing.weighted_priority(3.0, 2.0, 1.2, p) == pytest.approx(6.0 * math.exp(0.6), rel=1e-14)
    assert dividing.weighted_priority(3.0, 2.0, 1.2, numbers(committee={"noise": 0.0})) == 6.0


@given(st.lists(st.tuples(amounts(1, 100), amounts(1, 3)), min_size=1, max_size=6), amounts(1, 600))
def test_where_there_are_gpus_for_all_nobody_is_admitted_more_than_they_need(asks, gpus):
    teams = [Thing(need=need, ask=padding * need) for need, padding in asks]
    dividing.admit(teams, numbers(budget={"gpus": gpus}))
    enough = sum(team.need for team in teams) <= gpus * (1 + 1e-9)
    assert [team.claim for team in teams] == [team.need if enough else team.ask for team in teams]


def test_files_are_open_in_the_first_month_and_a_change_only_ever_makes_reopening_likelier():
    p = numbers(committee={"revisit": 0.2, "reopen": 0.6})
    quiet, changed, idle = (Thing(changed=changed, last_ask=ask) for changed, ask in [(0, 9.0), (1, 9.0), (0, 0.0)])
    assert [dividing.reopening(team, 0, p) for team in (quiet, changed, idle)] == [1.0] * 3
    assert [dividing.reopening(team, 5, p) for team in (quiet, changed, idle)] == [0.2, 0.6, 0.6]
    assert dividing.reopening(changed, 5, numbers(committee={"revisit": 0.2, "reopen": 0.0})) == 0.2


def desk_team(ask, grant=0.0, reopened=True, last_grant=0.0, score=1.0):
    return a_team(ask=ask, claim=ask, grant=grant, reopened=reopened, last_grant=last_grant, score=score, size=1,
                 weight=1.0, record=0.0, guaranteed_gpus=0.0, usage=0.0, credits=0.0, lottery_draw=0.5)  # fmt: skip


@given(st.lists(st.tuples(amounts(), st.booleans(), amounts()), min_size=1, max_size=6), amounts(1, 3000))
def test_closed_files_keep_what_they_had_and_the_rest_is_divided_among_the_reopened(files, gpus):
    p = numbers(budget={"gpus": gpus, "reserve": 0.1})
    teams = [desk_team(ask, reopened=reopened, last_grant=last) for ask, reopened, last in files]
    verdict = dividing.divide(teams, make_claims([0.0] * len(teams)), filling.proportional, p)
    assert verdict == feasible.FEASIBLE
    budget = 0.9 * gpus
    keeping = [0.0 if reopened else min(ask, last) for ask, reopened, last in files]
    shrink = min(1.0, budget / sum(keeping)) if sum(keeping) else 1.0
    asked = sum(ask for ask, reopened, _ in files if reopened)
    share = min(1.0, max(0.0, budget - sum(keeping)) / asked) if asked else 0.0
    for team, kept, (ask, reopened, _) in zip(teams, keeping, files, strict=True):
        assert team.grant == pytest.approx(share * ask if reopened else shrink * kept, rel=1e-9, abs=1e-9)


def test_a_policy_is_told_of_every_team_but_those_whose_files_stay_closed_and_those_without_people():
    teams = [desk_team(50.0, reopened=False, last_grant=20.0), desk_team(0.0), desk_team(60.0), desk_team(70.0),
             desk_team(0.0, reopened=False), desk_team(0.0)]  # fmt: skip
    for place, team in enumerate(teams):
        team.weight, team.size, team.score, team.record, team.guaranteed_gpus, team.last_grant = (
            10.0**place, *range(10 * place + 20, 10 * place + 24), 10.0 * place + 23.0
        )  # fmt: skip
        team.usage, team.credits, team.lottery_draw = 7.0 + place, 8.0 + place, 0.1 * place
    teams[5].size = 0
    told = []

    def policy(claims, budget):
        told.append((claims, budget))
        claims.credits[:] -= 1.0
        return np.zeros(len(claims.asks))

    p = numbers(budget={"gpus": 200.0, "reserve": 0.25}, committee={"smoothing": 0.4, "karma_alpha": 0.3})
    dividing.divide(teams, make_claims([0.0] * 6), policy, p)
    ((claims, budget),) = told
    assert budget == 0.75 * 200.0 - 23.0  # what the first keeps
    assert claims.asks.tolist() == [0.0, 60.0, 70.0, 0.0]
    assert claims.weights.tolist() == [1e1, 1e2, 1e3, 1e4]
    for first, name in enumerate(("headcounts", "scores", "records", "floors"), start=30):
        assert getattr(claims, name).tolist() == [first, first + 10, first + 20, first + 30], name
    assert (claims.last.tolist(), claims.usage.tolist()) == ([33, 43, 53, 63], [8.0, 9.0, 10.0, 11.0])
    assert claims.draws.tolist() == pytest.approx([0.1, 0.2, 0.3, 0.4])
    assert (claims.smoothing, claims.karma_alpha) == (0.4, 0.3)
    assert [team.credits for team in teams] == [8.0, 8.0, 9.0, 10.0, 11.0, 13.0]  # only the policy's own are changed


def test_a_policy_that_gives_what_it_must_not_is_found_out():
    p = numbers(budget={"gpus": 100.0, "reserve": 0.0})
    teams = [desk_team(50.0, reopened=False, last_grant=20.0), desk_team(0.0), desk_team(60.0), desk_team(70.0)]
    room = make_claims([0.0] * 4)
    for grants, verdict in [
        ([0.0, 40.0, 40.0], feasible.FEASIBLE),
        ([0.0, 40.0, 71.0], 3),  # the place among all teams
        ([0.0, -1.0, 40.0], 2),
        ([0.0, math.nan, 1.0], 2),
        ([0.1, 40.0, 39.0], 1),  # it asked for nothing
        ([0.0, 40.0, 41.0], feasible.OVER_BUDGET),
        ([40.0, 40.0], feasible.WRONG_LENGTH),
    ]:
        assert dividing.divide(teams, room, lambda claims, budget, g=grants: np.array(g), p) == verdict


appellants = st.lists(
    st.tuples(st.integers(0, 30).map(float), often(0.5, 1.0), often(1.0, 1.1), st.permutations(range(8))),
    min_size=1, max_size=8,
)  # fmt: skip


@given(appellants, st.integers(0, 8), often(0.25, 0.5), often(0.9, 1.0))
def test_the_head_hears_the_largest_shortfalls_in_parts_of_the_need_while_the_reserve_lasts(
    given_teams, hears, reserve, appeal_below
):
    p = numbers(budget={"gpus": 60.0, "reserve": reserve}, head={"hears": hears, "appeal_below": appeal_below})
    ties = given_teams[0][3]
    teams = [Thing(need=need, claim=max(1.0, padding) * need, grant=need * part, tie_draw=ties[place],
                   remainder_draw=0.5)
             for place, (need, part, padding, _) in enumerate(given_teams)]  # fmt: skip
    left = dividing.hear(teams, p)
    queue = [team for team in teams if team.grant < appeal_below * team.need - 1e-9 * team.need]
    queue.sort(key=lambda team: (-math.floor(1000 * (1 + 1e-9 - team.grant / team.need) + 0.5), team.tie_draw))
    pot = 60.0 * reserve
    for place, team in enumerate(queue):
        relief = min(team.need - team.grant, pot) if place < hears else 0.0
        assert (team.voice, team.relief) == (float(place < hears), relief)
        pot -= relief
    for team in teams:
        assert team in queue or (team.voice, team.relief) == (1.0, 0.0)
    assert left == pot >= 0.0

    before = [team.grant + team.relief for team in teams]
    dividing.share_out(teams, make_claims([0.0] * len(teams)), left, p)
    unmet = [team.claim - had for team, had in zip(teams, before, strict=True)]
    low, high = 0.0, 1e6
    for _ in range(200):  # the water level, by bisection
        middle = (low + high) / 2
        low, high = (middle, high) if sum(min(middle, gap) for gap in unmet) < left else (low, middle)
    for team, had, gap in zip(teams, before, unmet, strict=True):
        assert team.gpus == pytest.approx(had + min(low, gap), abs=1e-9)
        assert team.gpus <= team.claim


def test_what_is_left_of_the_reserve_goes_where_the_heads_relief_did_not_reach():
    p = numbers(budget={"gpus": 100.0, "reserve": 0.5}, head={"hears": 1, "appeal_below": 0.9})
    teams = [
        Thing(need=need, claim=claim, grant=grant, tie_draw=0.5, remainder_draw=0.5)
        for need, claim, grant in [(60.0, 70.0, 20.0), (60.0, 65.0, 58.0), (40.0, 40.0, 40.0)]
    ]
    left = dividing.hear(teams, p)
    assert ([team.relief for team in teams], left) == ([40.0, 0.0, 0.0], 10.0)
    dividing.share_out(teams, make_claims([0.0] * 3), left, p)  # 10, 7 and 0 are unmet
    assert [team.gpus for team in teams] == [65.0, 63.0, 40.0]


# Training


def test_baseline_is_served_first_and_projects_take_what_they_can_use():
    team = a_team(gpus=100.0, usable=90.0, baseline=10.0, size=3, productivity=0.5)
    training.start_training(team)
    assert (team.used, team.free) == (30.0, 60.0)
    small, large = Thing(work_left=20.0, gpu_months=1.0), Thing(work_left=50.0, gpu_months=0.0)
    assert training.work_on(small, team)  # 40 GPUs at half a GPU-month each
    assert not training.work_on(large, team)
    assert (small.work_left, small.gpu_months, large.work_left, large.gpu_months) == (0.0, 41.0, 40.0, 20.0)
    assert (team.used, team.free) == (90.0, 0.0)
    assert not training.work_on(Thing(work_left=0.0, gpu_months=0.0), Thing(productivity=0.0, free=9.0))


def test_output_is_the_baseline_and_the_work_done():
    team = a_team(gpus=100.0, usable=90.0, baseline=10.0, size=3, productivity=0.5)
    training.start_training(team)
    small, large = Thing(work_left=20.0, gpu_months=1.0), Thing(work_left=50.0, gpu_months=0.0)
    for project in (small, large):
        training.work_on(project, team)
    assert team.output == 30.0 + 20.0 + 10.0
    assert large.done == 10.0


def test_missed_targets_cost_trust_and_output_against_the_ask_earns_it_back():
    p = numbers(committee={"slip": 2, "slip_cost": 0.25, "trust_learning": 0.5})
    team = Thing(trust=1.0, gpus=100.0, output=50.0, need=60.0, ask=120.0)
    project = Thing(target=4, slips=1, work_left=9.0, done=0.0)
    training.slip(project, team, p)
    assert (project.target, project.slips, team.trust) == (6, 2, 0.75)
    training.learn_trust(team, p)
    assert team.trust == 0.75 + 0.5 * (50.0 / 100.0 * (60.0 / 120.0) - 0.75)
    team.gpus, team.trust = 0.0, -0.5
    training.learn_trust(team, p)
    assert team.trust == 0.05


@given(amounts(0.1, 500), amounts(0.1, 500), st.integers(1, 9))
def test_a_target_slips_by_the_months_that_the_rest_takes_at_the_pace_so_far_and_no_more_than_that(left, done, most):
    project = Thing(target=4, slips=0, work_left=left, done=done)
    training.slip(project, Thing(trust=1.0), numbers(committee={"slip": most}))
    assert project.target == 4 + max(1, min(most, math.ceil(left / done - 1e-9)))


def test_nobody_is_trusted_less_for_what_they_were_not_given_and_padding_is_found_out():
    p = numbers(committee={"trust_learning": 1.0})
    starved, served, padding = (
        Thing(trust=0.5, gpus=gpus, output=gpus, need=100.0, ask=ask)
        for gpus, ask in [(20.0, 100.0), (100.0, 100.0), (20.0, 200.0)]
    )
    for team in (starved, served, padding):
        training.learn_trust(team, p)
    assert (starved.trust, served.trust, padding.trust) == (1.0, 1.0, 0.5)


@given(amounts(0, 1), st.lists(st.tuples(amounts(0, 100), amounts(0, 1), st.booleans()), max_size=20), amounts(0, 1))
def test_trust_stays_within_its_bounds(trust, months, learning):
    p = numbers(committee={"trust_learning": learning, "slip_cost": 0.5})
    team = Thing(trust=max(0.05, trust), need=90.0, ask=100.0)
    for team.gpus, part, late in months:
        team.output = part * team.gpus
        if late:
            training.slip(Thing(target=0, slips=0, done=0.0), team, p)
        training.learn_trust(team, p)
        assert 0.05 <= team.trust <= 1.0


def test_a_release_is_credited_by_months_on_it():
    person, project = Thing(visibility=0.5), Thing(prestige=4.0, novelty=0.5)
    training.credit(person, project, 3, 4)
    assert person.visibility == 0.5 + 2.0 * 3 / 4
    training.credit(person, project, 0, 0)
    assert person.visibility == 2.0


# Fairness


def test_aversions_are_fehr_and_schmidts_table_scaled_to_the_means():
    p = numbers(fairness={"envy": 1.7, "guilt": 0.63})  # twice the means of the table
    grid = [(n + 0.5) / 1000 for n in range(1000)]
    pairs = [fairness.aversions(u, p) for u in grid]
    for which, table in [(0, {0.0: 300, 0.5: 300, 1.0: 300, 4.0: 100}), (1, {0.0: 300, 0.25: 300, 0.6: 400})]:
        values = [pair[which] / 2.0 for pair in pairs]
        assert {value: values.count(value) for value in set(values)} == table
    assert np.mean(pairs, axis=0) == pytest.approx([1.7, 0.63], rel=1e-12)
    assert all(guilt <= envy for envy, guilt in pairs)


@st.composite
def labs(draw):
    """Teams to compare, and parameters of the comparison."""
    weights = st.sampled_from([0.0, 0.5, 1.0, 3.0])
    norms = draw(st.tuples(weights, weights, weights).filter(any))
    p = numbers(
        fairness={
            "norms": dict(zip(["equality", "need", "equity"], norms, strict=True)),
            "self_serving": draw(st.sampled_from([0.0, 1.0, 2.0, 3.5])),
            "distant": draw(amounts(0, 1)), "eps0": draw(amounts(1e-3, 2)),
        }
    )  # fmt: skip
    team = st.builds(
        Thing, size=st.integers(0, 5), need=st.one_of(st.just(0.0), amounts(1, 500)), gpus=amounts(0, 500),
        record=amounts(0, 5), line=st.integers(0, 2),
        compute_dependence=st.one_of(st.just(0.0), st.just(1.0), amounts(0, 1)),
    )  # fmt: skip
    teams = draw(st.lists(team, max_size=9))
    for one in teams:
        one.ask = 1.5 * one.need
    if draw(st.integers(0, 3)) == 0:  # nobody's work hangs on GPUs, so nobody has a claim by headcount
        for one in teams:
            one.compute_dependence = 0.0
    return teams, p


def felt_by_pairs(teams, p):
    """Envy and guilt of every claimant, person by person and norm by norm, from the definition."""
    f = p.fairness
    norms = np.array([f.norms.equality, f.norms.need, f.norms.equity])
    claimants = [team for team in teams if team.size > 0 and team.ask > 0]

    def shares(values):
        return [value / sum(values) if sum(values) > 0 else 1 / len(values) for value in values]

    heads = [team.compute_dependence * team.size for team in claimants]
    merits = [head * (1 + team.record) for head, team in zip(heads, claimants, strict=True)]
    needs = shares([team.need for team in claimants])
    held = shares([team.gpus for team in claimants]) if any(team.gpus for team in claimants) else [0.0] * len(claimants)
    ratios = [
        np.log([(share + f.eps0 * need + 1e-12) / (claim + f.eps0 * need + 1e-12) for claim in (head, need, merit)])
        for share, need, head, merit in zip(held, needs, shares(heads), shares(merits), strict=True)
    ]
    found = {}
    for me, mine in zip(claimants, ratios, strict=True):
        weights = norms * np.exp(-f.self_serving * mine)
        weights /= weights.sum()
        near = [its for it, its in zip(claimants, ratios, strict=True) for _ in range(it.size) if it.line == me.line]
        feelings = []
        for sign in (1, -1):
            rivals = np.mean([weights @ np.maximum(sign * (its - mine), 0) for its in near])
            feelings.append((1 - f.distant) * rivals + f.distant * (weights @ np.maximum(-sign * mine, 0)))
        found[id(me)] = tuple(feelings)
    return found


@given(labs())
def test_envy_and_guilt_are_mean_gaps_to_the_people_on_the_line_and_to_the_lab_norm_by_norm(lab):
    teams, p = lab
    fairness.compare(teams, fairness.make_ratios(9), p)
    expected = felt_by_pairs(teams, p) if any(fairness.is_claimant(team) for team in teams) else {}
    for team in teams:
        assert (team.envy, team.guilt) == pytest.approx(expected.get(id(team), (0.0, 0.0)), rel=1e-9, abs=1e-11)


def two_equal_teams(**other):
    return [Thing(**({"size": 3, "ask": 100.0, "need": 100.0, "gpus": 50.0, "record": 0.0, "line": 0,
                      "compute_dependence": 1.0} | given)) for given in ({}, other)]  # fmt: skip


def test_equals_envy_nobody_and_the_one_who_gets_less_envies_the_one_who_gets_more():
    p = numbers(fairness={"self_serving": 0.0})
    teams = two_equal_teams()
    fairness.compare(teams, fairness.make_ratios(2), p)
    assert [(team.envy, team.guilt) for team in teams] == [(0.0, 0.0)] * 2
    before = 0.0
    for gpus in [60.0, 80.0, 300.0]:
        teams = two_equal_teams(gpus=gpus)
        fairness.compare(teams, fairness.make_ratios(2), p)
        poor, rich = teams
        assert poor.envy > before
        assert poor.guilt == rich.envy == 0.0 < rich.guilt
        before = poor.envy


def test_a_team_leans_to_the_norm_by_which_it_has_least():
    found = []
    for self_serving in (0.0, 1.0, 3.0):
        needy, modest = two_equal_teams(need=25.0)  # half of the GPUs each, but a fifth of the need
        fairness.compare([needy, modest], fairness.make_ratios(2), numbers(fairness={"self_serving": self_serving}))
        found.append(needy.envy)
    assert 0.0 < found[0] < found[1] < found[2]


def test_where_nobody_has_a_claim_by_a_norm_all_have_equal_ones():
    assert [fairness.part(*given) for given in [(0.0, 0.0, 4), (3.0, 12.0, 4)]] == [0.25, 0.25]


@given(labs())
def test_a_team_cut_in_equal_halves_compares_as_before(lab):
    teams, p = lab
    halves = []
    for team in teams:
        team.size, team.need, team.ask, team.gpus = 2 * team.size, 2 * team.need, 2 * team.ask, 2 * team.gpus
        half = vars(team) | {name: getattr(team, name) / 2 for name in ("need", "ask", "gpus")}
        halves += [Thing(**(half | {"size": team.size // 2})) for _ in range(2)]
    fairness.compare(teams, fairness.make_ratios(9), p)
    fairness.compare(halves, fairness.make_ratios(18), p)
    heads = [team.compute_dependence * team.size for team in teams if team.size > 0 and team.ask > 0]
    assume(any(heads))  # where nobody's work hangs on GPUs, claims by head are equal by team
    for place, team in enumerate(teams):
        for half in halves[2 * place : 2 * place + 2]:
            assert (half.envy, half.guilt) == pytest.approx((team.envy, team.guilt), rel=1e-6, abs=1e-5)


def test_scarcity_is_the_share_of_needs_that_the_budget_cannot_meet():
    for needs, scarce in [([60.0, 140.0], 0.5), ([60.0, 40.0], 0.0), ([10.0], 0.0), ([0.0], 0.0), ([], 0.0)]:
        assert fairness.scarcity([Thing(need=need) for need in needs], P) == pytest.approx(scarce)


def claimant(**given):
    return Thing(**({"size": 2, "need": 100.0, "gpus": 100.0, "voice": 1.0, "lead": True, "last_fill": 1.0,
                     "envy": 0.0, "guilt": 0.0, "compute_dependence": 1.0} | given))  # fmt: skip


SOURCES = ("wanting", "envious", "guilty", "grief", "unheard", "unled", "jolted")


def feeling(**given):
    """A kind of one, of mean sensitivity, who leans nowhere and holds nothing against anybody."""
    nobody = dict.fromkeys(SOURCES, 0.0) | {"envy": 0.0, "guilt": 0.0, "sensitivity": 1.0, "leanings": 0.0, "count": 1}
    return Thing(**(nobody | given))


def judged(person, team, p, scarce=0.5):
    """Perceived fairness after the month."""
    fairness.appraise(team, scarce, p)
    fairness.open_sums(team)
    feel([person], team, p)
    return person.leanings - person.held


def feel(people, team, p):
    """Everybody judges, each a kind of their own."""
    for person in people:
        fairness.live_through(person, team, p)
        fairness.judge(person, person, p)
        fairness.gather(person, team, p)


def test_people_differ_in_five_equal_classes_of_sensitivity_with_mean_1():
    p = numbers(fairness={"sensitivity": 0.6})
    found = [fairness.sensitivity((n + 0.5) / 1000, p) for n in range(1000)]
    assert len(set(found)) == 5
    assert np.mean(found) == pytest.approx(1.0, abs=0.01)
    assert np.log(found).std() == pytest.approx(0.6, rel=1e-3)
    assert {fairness.sensitivity(u, numbers(fairness={"sensitivity": 0.0})) for u in (0.01, 0.5, 0.99)} == {1.0}


def test_what_people_bring_along_is_normal_and_frailty_is_lognormal_with_mean_1():
    grid = (np.arange(4_000) + 0.5) / 4_000
    leanings = [fairness.leaning(u, numbers(fairness={"leaning": 0.3})) for u in grid.tolist()]
    assert (np.mean(leanings), np.std(leanings)) == (pytest.approx(0.0, abs=1e-9), pytest.approx(0.3, rel=2e-3))
    p = numbers(turnover={"frailty": 0.7})
    frailties = [turnover.readiness(0.0, u, p) for u in grid.tolist()]
    assert np.mean(frailties) == pytest.approx(1.0, rel=2e-3)
    assert np.log(frailties).std() == pytest.approx(0.7, rel=2e-3)
    assert turnover.readiness(0.5, 0.5, p) == pytest.approx(math.exp(-0.5 * 0.7**2 - 0.5))
    nobody = numbers(turnover={"frailty": 0.0}, fairness={"leaning": 0.0})
    assert turnover.readiness(fairness.leaning(0.9, nobody), 0.9, nobody) == 1.0


def test_procedure_weighs_voice_a_lead_and_consistency():
    p = numbers(fairness={"procedure": {"voice": 1.0, "lead": 2.0, "consistency": 5.0}})
    for given_, just in [
        ({}, 1.0),
        ({"voice": 0.0}, 7 / 8),
        ({"lead": False}, 6 / 8),
        ({"gpus": 40.0, "last_fill": 0.8}, (3 + 5 * 0.6) / 8),
        ({"gpus": 40.0, "last_fill": fairness.NEW_CLAIMANT}, 1.0),
        ({"gpus": 500.0, "last_fill": 0.5}, (3 + 5 * 0.5) / 8),
    ]:
        team = claimant(**given_)
        fairness.appraise(team, 0.5, p)
        assert team.procedure == pytest.approx(just, rel=1e-14), given_
        assert team.last_fill == team.fill == min(1.0, team.gpus / 100.0)


def test_a_source_that_nobody_minds_is_as_just_as_can_be():
    for source, wrong in [("voice", {"voice": 0.0}), ("lead", {"lead": False}), ("consistency", {"last_fill": 0.9})]:
        p = numbers(fairness={"feels": {source: False}})
        team = claimant(gpus=30.0, **({"last_fill": 0.3} | wrong))
        fairness.appraise(team, 0.5, p)
        assert team.procedure == 1.0, source
        assert team.raw_voice == team.raw_lead == team.raw_consistency == 0.0


def test_what_a_member_feels_is_the_sum_of_its_sources_each_with_its_own_memory():
    p = numbers(fairness={"deprivation": 0.7, "procedural": 0.4, "fair_process": 0.6, "bound": 2.0, "onset": 0.5,
                          "memory": 3.0, "half_shortfall": 0.2})  # fmt: skip
    team = claimant(gpus=25.0, envy=0.3, guilt=0.1, compute_dependence=0.8, voice=0.0, last_fill=0.5)
    person = feeling(envy=4.0, guilt=0.6, sensitivity=1.5, leanings=0.2, wanting=0.6, unheard=0.02, grief=0.2)
    now = judged(person, team, p, scarce=0.3)
    justice = (0 + 1 + (1 - abs(0.25 - 0.5))) / 3
    soft = 0.8 * (1 - 0.6 * justice)
    gate = 0.75 / (0.75 + 0.2)
    onset, memory = 0.5 ** (1 / 0.5), 0.5 ** (1 / 3)
    sources = {
        "want": memory * 1.5 * 0.6 + (1 - memory) * 1.5 * soft * 0.7 * 0.75,  # less than it was: it fades, slowly
        "envy": (1 - onset) * 1.5 * 4.0 * soft * gate * 0.3,
        "guilt": (1 - onset) * 1.5 * 0.6 * soft * 0.3 / (0.3 + 0.2) * 0.1,
        "voice": onset * 1.5 * 0.02 + (1 - onset) * 1.5 * 0.8 * 0.4 * gate / 3,
        "lead": 0.0,
        "consistency": (1 - onset) * 1.5 * 0.8 * 0.4 * gate * 0.25 / 3,
        "grief": 0.3,
    }
    total = sum(sources.values())
    assert now == pytest.approx(0.2 - 2.0 * math.tanh(total / 2.0), rel=1e-13)
    assert person.grief == pytest.approx(memory * 0.2)
    share = 2.0 * math.tanh(total / 2.0) / total
    for name, grievance in sources.items():
        assert getattr(team, f"felt_{name}") == pytest.approx(-share * grievance, rel=1e-12), name
    assert team.felt_leaning == 0.2


def test_the_sources_sum_to_what_a_team_feels():
    team = claimant(size=3, gpus=40.0, envy=0.4, guilt=0.2, lead=False, last_fill=0.7)
    fairness.appraise(team, 0.5, P)
    fairness.open_sums(team)
    people = [feeling(envy=envy, guilt=0.3, leanings=lean) for envy, lean in [(0.0, 0.1), (1.0, -0.4), (4.0, 0.0)]]
    feel(people, team, P)
    fairness.close_sums(team)
    assert team.fairness == pytest.approx(np.mean([person.leanings - person.held for person in people]))
    felt = [value for name, value in vars(team).items() if name.startswith("felt_")]
    assert len(felt) == 8
    assert sum(felt) == pytest.approx(team.fairness)


def test_a_grievance_grows_fast_and_fades_slowly():
    p = numbers(fairness={"onset": 1.0, "memory": 8.0})
    grievance = 0.0
    for month in range(3):
        grievance = fairness.remember(grievance, 1.0, p)
        assert grievance == pytest.approx(1.0 - 0.5 ** (month + 1))
    before = grievance
    for _ in range(8):
        grievance = fairness.remember(grievance, 0.0, p)
    assert grievance == pytest.approx(before / 2)


def test_a_cancelled_project_is_mourned_by_its_share_of_the_need_and_softened_by_a_fair_procedure():
    p = numbers(fairness={"grief": 2.0, "fair_process": 0.5})
    team = claimant(procedure=1.0, productivity=0.5, compute_dependence=0.8)
    project = Thing(pace=30.0)
    assert asking.share_of_need(project, team) == 0.6
    assert asking.share_of_need(Thing(pace=90.0), team) == 1.0
    assert asking.share_of_need(project, claimant(need=0.0, productivity=0.5)) == 0.0
    person = feeling(sensitivity=1.5, grief=0.1)
    fairness.mourn(person, team, 0.6, p)
    assert person.grief == pytest.approx(0.1 + 0.8 * 0.5 * 2.0 * 0.6)  # as somebody of sensitivity 1 mourns


def test_a_team_that_wants_nothing_judges_nothing_and_its_feelings_fade():
    p = numbers(fairness={"bound": 10.0})
    for team in (claimant(need=0.0, voice=0.0, lead=False, envy=1.0), claimant(size=0, gpus=0.0)):
        person = feeling(envy=4.0, guilt=0.6, wanting=0.01, grief=0.02)
        judged(person, team, p, 1.0)
        assert person.wanting == pytest.approx(0.01 * 0.5 ** (1 / p.fairness.memory))
        assert person.grief == pytest.approx(0.02 * 0.5 ** (1 / p.fairness.memory))
        assert sum(getattr(person, name) for name in SOURCES) == pytest.approx(person.wanting + person.grief)
        assert team.last_fill == fairness.NEW_CLAIMANT


@given(amounts(0, 5), amounts(0, 5), st.booleans(), st.sampled_from([0.0, 1.0]), amounts(0, 1))
def test_whoever_is_fully_served_where_all_are_feels_no_unfairness(envy, guilt, lead, voice, last_fill):
    team = claimant(gpus=150.0, envy=envy, guilt=guilt, lead=lead, voice=voice, last_fill=last_fill)
    assert judged(feeling(envy=4.0, guilt=0.6, leanings=0.1), team, P, scarce=0.0) == 0.1


teams_felt = st.builds(
    claimant, gpus=amounts(0, 150), envy=amounts(0, 3), guilt=amounts(0, 3), lead=st.booleans(),
    voice=st.sampled_from([0.0, 1.0]), compute_dependence=amounts(0, 1),
    last_fill=st.one_of(st.just(-1.0), amounts(0, 1)),
)  # fmt: skip


@given(st.lists(teams_felt, min_size=1, max_size=8), amounts(0, 1), amounts(0.01, 10), amounts(0, 1))
def test_perceived_fairness_stays_between_its_bound_and_0(months, scarce, bound, more):
    p = numbers(fairness={"bound": bound})
    person, envious = feeling(envy=4.0, guilt=0.5), feeling(envy=4.0 + more, guilt=0.5 + more)
    for team in months:
        judged(person, team, p, scarce)
        judged(envious, Thing(**(vars(team) | {"last_fill": team.last_fill})), p, scarce)
        assert -1e-12 <= team.procedure <= 1.0
        assert 0.0 <= team.shortfall <= 1.0
        assert 0.0 <= person.held <= bound * (1 + 1e-12)


@given(teams_felt, amounts(0, 1), amounts(0, 1))
def test_more_comparison_or_scarcity_never_feels_better_and_a_fair_procedure_never_worse(team, scarce, more):
    def felt(scarcity=scarce, envy=1.0, **changed):
        return judged(feeling(envy=envy, guilt=0.5), Thing(**(vars(team) | changed)), P, scarcity)

    now = felt() + 1e-12
    assert felt(1.0 if scarce > 0.5 else scarce, envy=1.0 + more) <= now
    assert felt(**{"envy": 1.0}, guilt=team.guilt + more) <= now
    assert felt(scarcity=scarce + more) <= now
    assert felt(voice=0.0) <= felt(voice=1.0) + 1e-12
    assert felt(lead=False) <= felt(lead=True) + 1e-12
    assert felt(last_fill=-1.0, gpus=team.gpus / 2) <= felt(last_fill=-1.0) + 1e-12


# Turnover


def test_closeness_is_double_for_one_left_alone_whole_in_teams_of_two_to_ten_and_less_in_larger_ones():
    sizes = {0: 0.0, 1: 2.0, 2: 1.0, 10: 1.0, 20: 0.5, 1000: 0.01}
    assert {size: turnover.closeness(Thing(size=size)) for size in sizes} == sizes


def test_a_leaver_is_felt_by_a_two_stage_lag_from_the_second_month_on():
    rho = 0.5 ** (1 / P.turnover.contagion_half_life)
    team = Thing(quits=3, laid_off=5, lag1=0.0, lag2=0.0, usage=1.0, gpus=0.0, size=20)
    felt = []
    for age in range(12):
        turnover.carry_forward(team, P)
        team.quits = team.laid_off = 0
        felt.append(turnover.contagion(team))
        # two equal geometric stages, one after the other: (1 - rho) age rho^(age - 1) of each who quit
        assert felt[-1] == pytest.approx(3 * (1 - rho) * age * rho ** max(0, age - 1) * 10 / 20, rel=1e-12)
    assert felt[0] == 0.0
    assert felt.index(max(felt)) in (1, 2)  # felt most two to three months after the departure
    assert felt[5] < 0.15 * max(felt)


def test_usage_is_a_decayed_sum_of_what_a_team_held():
    team = Thing(quits=0, laid_off=0, lag1=0.0, lag2=0.0, usage=0.0)
    held = [5.0, 0.0, 7.0, 11.0]
    for team.gpus in held:
        turnover.carry_forward(team, P)
    assert team.usage == pytest.approx(sum(gpus * 0.5 ** ((3 - k) / 3) for k, gpus in enumerate(held)), rel=1e-13)


def test_a_broken_promise_is_the_log_of_promised_over_received_as_far_as_there_is_need():
    def broken(promised, gpus, need=1e6):
        return turnover.broken_promise(Thing(promised=promised), Thing(gpus=gpus, size=4, need=need))

    assert broken(0.0, 0.0) == broken(100.0, 400.0) == broken(100.0, 900.0) == 0.0
    assert broken(100.0, 0.0) == pytest.approx(math.log(11.0))
    assert broken(100.0, 200.0) == pytest.approx(math.log(110.0 / 60.0))
    assert broken(100.0, 200.0, need=240.0) == pytest.approx(math.log(66.0 / 56.0))  # 60 a head would do
    assert broken(100.0, 200.0, need=200.0) == broken(100.0, 0.0, need=0.0) == 0.0


def test_a_layoff_shakes_by_its_dose_and_more_where_procedure_is_unjust():
    assert turnover.layoff_shock(0.01, 1.0, P) == 0.6
    assert turnover.layoff_shock(0.005, 1.0, P) == pytest.approx(0.6 * 0.5**0.265)
    assert turnover.layoff_shock(0.01, 0.4, P) == pytest.approx(0.6 * 1.6)
    assert turnover.layoff_shock(0.0, 0.0, P) == 0.0
    doses = [turnover.layoff_shock(fraction, 1.0, P) for fraction in (0.001, 0.01, 0.13, 1.0)]
    assert doses == sorted(doses)


def test_a_rivals_release_shakes_by_the_worth_that_it_takes():
    for left, shock in [(1.0, 0.0), (0.5, 0.3), (0.0, 0.6)]:
        assert turnover.scooped_shock(numbers(committee={"scooped_worth": left})) == pytest.approx(shock)


feelings = st.builds(
    Thing, held=amounts(0, 1.5), visibility=amounts(0, 3), promised=amounts(0, 300),
    shock=amounts(-1, 3), loss=amounts(0, 2),
)  # fmt: skip
leaving = st.builds(
    Thing, heat=amounts(0.1, 10), fit=amounts(0, 1), lag2=amounts(0, 5), size=st.integers(1, 30), gpus=amounts(),
    need=amounts(),
)  # fmt: skip


@given(feelings, leaving)
def test_the_leaving_rate_is_the_base_rate_times_the_exponential_of_everything(person, team):
    turnover.set_shared_log_rate(team, P)
    rate = turnover.leaving_rate(person, turnover.log_rate(person, team, P), P)
    t = P.turnover
    due = min(person.promised, team.need / team.size)
    factors = [
        math.exp(person.held),
        math.exp(t.contagion * team.lag2 * max(turnover.PAIR / team.size, min(1, 10 / team.size))),
        team.heat**t.market,
        math.exp(t.visibility * person.visibility),
        max(1.0, 1.1 * due / (team.gpus / team.size + 0.1 * due)) ** t.promise if due else 1.0,
        math.exp(t.mission * (1 - team.fit)),
        math.exp(person.shock),
        math.exp(person.loss),
    ]
    assert rate == pytest.approx(t.base_rate * math.prod(factors), rel=1e-9)


@given(feelings, leaving, amounts(0, 1))
def test_every_push_raises_the_rate_and_gpus_lower_it(person, team, more):
    def rate(who=None, where=None):
        crew = Thing(**(vars(team) | (where or {})))
        turnover.set_shared_log_rate(crew, P)
        one = Thing(**(vars(person) | (who or {})))
        return turnover.leaving_rate(one, turnover.log_rate(one, crew, P), P)

    now = rate() * (1 - 1e-12)
    for push in ("visibility", "promised", "shock", "loss"):
        assert rate({push: getattr(person, push) + more}) >= now
    assert rate({"held": person.held + more}) >= now
    assert rate(where={"heat": team.heat + more}) >= now
    assert rate(where={"lag2": team.lag2 + more}) >= now
    assert rate(where={"fit": team.fit - more}) >= now
    assert rate(where={"need": team.need + 100 * more}) >= now
    assert rate(where={"gpus": team.gpus + 100 * more}) * (1 - 1e-12) <= rate()


QUIET = Thing(heat=1.0, fit=1.0, lag2=0.0, size=5, gpus=0.0, need=0.0)


def calm(**given):
    """Somebody to whom nothing happens."""
    nothing = dict.fromkeys(("cumulative_hazard", "held", "visibility", "promised", "shock", "loss"), 0.0)
    return Thing(**(nothing | given))


def gone(person, team, p):
    """Whether somebody has had enough after a further month."""
    turnover.endure(person, turnover.log_rate(person, team, p), p)
    return turnover.leaves(person, person)


def test_patience_is_exponential_and_the_month_of_leaving_follows_from_it():
    uniforms = (np.arange(4_000) + 0.5) / 4_000
    p = numbers(turnover={"base_rate": 0.1})
    turnover.set_shared_log_rate(QUIET, p)
    quiet, months = QUIET, []
    for u in uniforms.tolist():
        person = calm(patience=turnover.patience(u, 1.0))
        months.append(next(month for month in range(10_000) if gone(person, quiet, p)))
    for month in (0, 1, 5, 20):  # an independent hazard of 1 - exp(-rate) each month
        assert np.mean(np.array(months) > month) == pytest.approx(math.exp(-0.1 * (month + 1)), abs=1e-4)


def test_readiness_is_a_factor_on_the_hazard_for_life():
    p = numbers(turnover={"base_rate": 0.02})
    turnover.set_shared_log_rate(QUIET, p)
    for readiness in (0.25, 1.0, 3.0):
        months = []
        for u in ((np.arange(4000) + 0.5) / 4000).tolist():
            person = calm(patience=turnover.patience(u, readiness))
            months.append(next(month for month in range(100_000) if gone(person, QUIET, p)))
        assert np.mean(np.array(months) > 11) == pytest.approx(math.exp(-0.02 * readiness * 12), abs=1e-3)


@given(st.lists(st.tuples(amounts(-3, 3), amounts(0, 1)), min_size=1, max_size=30), amounts(0.001, 0.999))
def test_a_worse_month_never_delays_a_departure(months, luck):
    p = numbers(turnover={"base_rate": 0.1})
    quiet = QUIET
    turnover.set_shared_log_rate(quiet, p)

    def leaves(shocks):
        person = calm(patience=turnover.patience(luck, 1.0))
        for month, person.shock in enumerate(shocks):
            if gone(person, quiet, p):
                return month
        return math.inf

    assert leaves([shock + more for shock, more in months]) <= leaves([shock for shock, _ in months])


def test_shocks_add_up_and_fade_by_their_half_lives():
    person = Thing(shock=0.0, visibility=1.0, loss=0.0)
    turnover.lose_lead(person, P)
    turnover.kick(person, 0.7)
    turnover.kick(person, -0.2)
    assert person.shock == pytest.approx(0.5)
    for _ in range(12):
        turnover.recover(person, P)
    assert (person.shock, person.visibility) == pytest.approx((0.5 / 2**3, 1.0 / 2))  # 4 and 12 months
    assert person.loss == pytest.approx(1.2 / 2**1.5)  # 8 months


# Mechanisms


@given(amounts(0.01, 120))
def test_a_half_life_halves(half_life):
    assert decay(half_life) ** half_life == pytest.approx(0.5, rel=1e-9)
    assert decay(0.0) == 0.0


@given(feelings, leaving)
def test_with_every_mechanism_of_leaving_off_the_rate_is_the_base_rate(person, team):
    off = ["fairness", "contagion", "market", "visibility", "promise", "mission", "shocks"]
    p = numbers(mechanisms=dict.fromkeys(off, False))
    turnover.set_shared_log_rate(team, p)
    person = feeling(**(vars(person) | {"leanings": fairness.leaning(0.9, p), "shock": 0.0, "loss": 0.0}))
    person.envy, person.guilt = fairness.aversions(0.95, p)
    felt = claimant(gpus=0.0, envy=2.0, guilt=2.0, voice=0.0, lead=False, procedure=0.0)
    fairness.mourn(person, felt, 1.0, p)
    turnover.lose_lead(person, p)
    turnover.kick(person, turnover.layoff_shock(0.5, 0.0, p) + turnover.scooped_shock(p))
    assert judged(person, felt, p, 1.0) == 0.0
    assert turnover.leaving_rate(person, turnover.log_rate(person, team, p), p) == P.turnover.base_rate

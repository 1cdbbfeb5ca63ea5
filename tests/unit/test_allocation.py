"""Allocation policies: worked examples of the literature, what each rule promises, edges, and policies of one's own."""

import json
import math
from itertools import permutations
from pathlib import Path
from random import Random

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import sim
from sim.allocation.shares import fair_share_factor, fair_tree_factors

INF = math.inf
POLICIES = tuple(sim.policies())
SPENDING = tuple(name for name in POLICIES if name != "quota")  # these leave nothing idle that is asked for
CLAIMS_RULES = ("proportional", "max_min", "equal_losses", "talmud", "random_arrival")
# More budget changes what credits are worth, so that under these two it may move GPUs from one team to another.
MONOTONE = tuple(name for name in POLICIES if name not in ("karma", "credit_market"))
PER_TEAM = ("asks", "weights", "scores", "headcounts", "records", "floors", "last", "usage", "credits", "draws")
IN_GPUS = ("asks", "budget", "floors", "last", "credits")

EXTREME = (5e-324, 1e-320, 1e-300, 1e-9, 1e9, 1e18)
tame = st.sampled_from([0.0, 1.0, 2.0, 10.0]) | st.floats(0.01, 1000.0)
cases = settings(max_examples=40)


def labs(*, wild=False, least=1):
    """Everything that `allocate` can be told about up to eight teams; the budget anywhere up to beyond the asks."""
    return st.integers(0, 2**32).map(lambda number: _lab(Random(number), wild, least))


def _lab(random, wild, least):
    def value():
        if wild and random.random() < 0.2:
            return random.choice(EXTREME)
        return random.choice((0.0, 1.0, 2.0, 10.0, random.uniform(0.01, 1000.0), float(random.randint(1, 100))))

    n = random.randint(least, 8)
    lab = {name: np.array([value() for _ in range(n)], dtype=float) for name in PER_TEAM[:-1]}
    lab["draws"] = np.array([random.uniform(1e-6, 0.999) for _ in range(n)], dtype=float)
    share = random.choice((0.0, 0.5, 1.0, *(random.uniform(0.0, 1.3) for _ in range(5))))
    lab["budget"] = value() if random.random() < 0.25 else share * lab["asks"].sum()
    return lab | {"smoothing": random.uniform(0.0, 2.0), "karma_alpha": random.random()}


def divide(policy, lab, **changes):
    lab = {name: np.copy(value) if name in PER_TEAM else value for name, value in (lab | changes).items()}
    return sim.allocate(policy, **lab)


def even(lab, value=1.0):
    return np.full(len(lab["asks"]), float(value))


def assert_same(grants, expected, lab):
    np.testing.assert_allclose(grants, expected, rtol=1e-9, atol=1e-9 * max(1.0, lab["asks"].sum()))


# Worked examples

EXAMPLES = {
    one["id"]: one for one in json.loads((Path(__file__).parents[1] / "data/allocation_examples.json").read_text())
}
NAMES_THERE = {
    "talmud": "talmud", "proportional": "proportional", "cea": "max_min", "cel": "equal_losses",
    "random_arrival": "random_arrival", "maxmin": "max_min", "maxmin_weighted": "max_min",
    "maxmin_weighted_floor": "floor_max_min",
}  # fmt: skip


@pytest.mark.parametrize(
    "one", [one for one in EXAMPLES.values() if one["policy"] in NAMES_THERE], ids=lambda one: one["id"]
)
def test_published_divisions_come_out(one):
    told = one["input"]
    budget = told.get("E", told.get("C"))
    asks = [budget if ask is None else ask for ask in told["d"]]  # YARN: no maximum
    grants = sim.allocate(
        NAMES_THERE[one["policy"]], asks=asks, budget=budget, weights=told.get("w"), floors=told.get("lo")
    )
    np.testing.assert_allclose(grants, one["expected"], atol=one["tol"])


@pytest.mark.parametrize(
    ("policy", "estate", "expected"),
    [
        ("talmud", 100, (100 / 3, 100 / 3, 100 / 3)), ("talmud", 200, (50, 75, 75)), ("talmud", 300, (50, 100, 150)),
        ("talmud", 400, (50, 125, 225)), ("talmud", 500, (200 / 3, 500 / 3, 800 / 3)),
        ("equal_losses", 100, (0, 0, 100)), ("equal_losses", 200, (0, 50, 150)), ("equal_losses", 300, (0, 100, 200)),
        ("equal_losses", 400, (100 / 3, 400 / 3, 700 / 3)),
        ("random_arrival", 100, (100 / 3, 100 / 3, 100 / 3)), ("random_arrival", 200, (100 / 3, 250 / 3, 250 / 3)),
        ("random_arrival", 300, (50, 100, 150)), ("random_arrival", 400, (200 / 3, 350 / 3, 650 / 3)),
        ("max_min", 200, (200 / 3, 200 / 3, 200 / 3)), ("max_min", 400, (100, 150, 150)),
        ("proportional", 200, (100 / 3, 200 / 3, 100)),
    ],
)  # fmt: skip
def test_three_widows(policy, estate, expected):
    """Ketubot 93a, by the rules of Aumann and Maschler (1985), O'Neill (1982) and Thomson (2003)."""
    np.testing.assert_allclose(sim.allocate(policy, asks=[100, 200, 300], budget=estate), expected, rtol=1e-12)


@pytest.mark.parametrize(
    ("policy", "told", "expected"),
    [
        ("max_min", {"asks": [10, 10, 10], "weights": [1, 2, 3], "budget": 12}, (2, 4, 6)),
        ("max_min", {"asks": [10, 10, 10], "weights": [1, 2, 9], "budget": 16}, (2, 4, 10)),
        ("max_min", {"asks": [10, 10, 4], "weights": [1, 0, 0], "budget": 17}, (10, 5, 2)),
        ("max_min", {"asks": [10, 10], "weights": [5e-324, 5e-324], "budget": 5}, (2.5, 2.5)),
        ("max_min", {"asks": [10, 1e18], "weights": [1e-306, 1e-292], "budget": 5}, (5, 0)),
        ("equal_losses", {"asks": [1e18, 3, 1e18], "budget": 10}, (5, 0, 5)),
        ("per_head", {"asks": [90, 90], "headcounts": [1, 2], "budget": 90}, (30, 60)),
        ("merit", {"asks": [90, 90], "records": [0, 1], "budget": 90}, (30, 60)),
        ("priority", {"asks": [10, 20, 40], "scores": [1, 2, 0.5], "budget": 35}, (5, 20, 10)),
        ("priority", {"asks": [10, 20, 30], "scores": [1, 0, 0], "budget": 35}, (10, 10, 15)),
        ("ranked", {"asks": [10, 20, 40], "scores": [1, 2, 0.5], "budget": 35}, (10, 20, 5)),
        ("ranked", {"asks": [10, 20, 40], "scores": [1, 1, 2], "budget": 55}, (5, 10, 40)),
        ("lottery", {"asks": [10, 20, 40], "scores": [1, 1, 0], "draws": [0.2, 0.5, 0.9], "budget": 35}, (10, 20, 5)),
        ("fair_share", {"asks": [100, 100], "usage": [3, 1], "budget": 30}, (10, 20)),  # 2^-1.5 against 2^-0.5
        ("fair_share", {"asks": [100, 100], "usage": [3, 1], "weights": [3, 1], "budget": 30}, (15, 15)),
        ("fair_share", {"asks": [10, 20], "usage": [0, 0], "weights": [1, 3], "budget": 15}, (5, 10)),
        ("smoothed", {"asks": [90, 90], "scores": [9, 1], "last": [40, 40], "budget": 80}, (50, 30)),
        ("smoothed", {"asks": [90, 90], "scores": [1, 3], "last": [0, 40], "budget": 80}, (30, 50)),
        ("smoothed", {"asks": [90, 90], "scores": [1, 3], "last": [40, 40], "budget": 30}, (15, 15)),
        ("quota", {"asks": [10, 90, 90], "weights": [1, 1, 2], "budget": 80}, (10, 20, 40)),
        ("quota_borrowing", {"asks": [10, 90, 90], "weights": [1, 1, 2], "budget": 80}, (10, 70 / 3, 140 / 3)),
        # Kueue's cohorts: what may be borrowed is the nominal quota that the others do not use.
        ("quota_borrowing", {"asks": [30, 0], "weights": [9, 12], "budget": 21}, (21, 0)),
        ("quota_borrowing", {"asks": [30, 12], "weights": [9, 12], "budget": 21}, (9, 12)),
        # ... its BorrowingLimit: team-a-cq may borrow 1, team-b-cq has no limit.
        ("quota_borrowing", {"asks": [30, 0], "weights": [9, 12], "borrow_limits": [1, INF], "budget": 21}, (10, 0)),
        ("quota_borrowing", {"asks": [0, 30], "weights": [9, 12], "borrow_limits": [1, INF], "budget": 21}, (0, 21)),
        # ... its LendingLimit: team-b-cq lends 1, team-a-cq all.
        ("quota_borrowing", {"asks": [30, 0], "weights": [9, 12], "lend_limits": [INF, 1], "budget": 21}, (10, 0)),
        ("quota_borrowing", {"asks": [30, 11], "weights": [9, 12], "lend_limits": [INF, 1], "budget": 21}, (10, 11)),
        ("quota_borrowing", {"asks": [0, 30], "weights": [9, 12], "lend_limits": [INF, 1], "budget": 21}, (0, 21)),
        # ... its fair sharing: what is borrowed, by weight.
        ("quota_borrowing", {"asks": [90, 90, 0], "weights": [1, 1, 1], "borrow_weights": [2, 1, 1], "budget": 90},
         (50, 40, 0)),
        ("quota_borrowing", {"asks": [90, 90, 0], "weights": [1, 1, 1], "borrow_weights": [0, 1, 1], "budget": 90},
         (30, 60, 0)),
        # Slurm's Fair Tree: rank by shares over usage (2, 1/2, unused: 2/3, 1/3 and 1).
        ("fair_tree", {"asks": [60, 60, 60], "usage": [1, 4, 0], "weights": [2, 2, 1], "budget": 60}, (20, 10, 30)),
        ("fair_tree", {"asks": [60, 60, 60], "usage": [0, 0, 3], "weights": [1, 5, 1], "budget": 70}, (30, 30, 10)),
        # Slurm's classic factor: an idle account's shares are shares all the same; 2^-3 against 2^-0 of thirds.
        ("fair_share", {"asks": [90, 90, 0], "usage": [1, 0, 0], "budget": 90}, (10, 80, 0)),
        ("floor_max_min", {"asks": [90, 90, 10], "floors": [50, 0, 30], "budget": 100}, (50, 40, 10)),
        ("floor_max_min", {"asks": [90, 90], "floors": [60, 30], "budget": 30}, (20, 10)),
        ("floor_max_min", {"asks": [92, 46, 10, 10], "floors": [46, 46, 10, 0], "budget": 75},
         (46 * 75 / 102, 46 * 75 / 102, 10 * 75 / 102, 0)),
    ],
)  # fmt: skip
def test_divisions_worked_by_hand(policy, told, expected):
    np.testing.assert_allclose(sim.allocate(policy, **told), expected, rtol=1e-12)


@given(labs(), st.data())
@cases
def test_nobody_borrows_or_lends_more_than_its_limit(lab, data):
    n = len(lab["asks"])
    limits = {name: np.array(data.draw(st.lists(tame | st.just(INF), min_size=n, max_size=n)))
              for name in ("borrow_limits", "lend_limits")}  # fmt: skip
    grants = divide("quota_borrowing", lab | limits)
    share = lab["weights"] / lab["weights"].sum() if lab["weights"].sum() > 0 else np.full(n, 1 / n)
    quotas, slack = share * lab["budget"], 1e-9 * max(1.0, lab["asks"].sum(), lab["budget"])
    borrowed, idle = np.maximum(0.0, grants - quotas), np.maximum(0.0, quotas - grants)
    assert (borrowed <= limits["borrow_limits"] + slack).all()
    assert borrowed.sum() <= np.minimum(idle, limits["lend_limits"]).sum() + slack
    assert (grants >= np.minimum(lab["asks"], quotas) - slack).all()
    if borrowed.sum() < np.minimum(idle, limits["lend_limits"]).sum() - slack:  # then nobody may borrow more
        assert ((grants >= lab["asks"] - slack) | (borrowed >= limits["borrow_limits"] - slack)).all()


def test_fair_tree_ranks_as_slurm_does():
    """fair_tree.html: rank over the number of users; who used nothing is first, at 1.0; ties have the same rank."""
    factors = fair_tree_factors(np.array([0.0, 5.0, 0.0, 5.0, 10.0]), np.array([0.1, 0.2, 0.3, 0.2, 0.2]))
    assert factors.tolist() == [1.0, 0.6, 1.0, 0.6, 0.2]
    assert fair_tree_factors(np.array([0.0, 9.0]), np.array([0.0, 1.0])).tolist() == [0.5, 1.0]  # no shares come last


def test_slurm_factors_of_its_classic_example():
    told = EXAMPLES["slurm-classic"]["input"]
    used = told["usage"]

    def actual(name, account):
        return sum(actual(*one) for one in account.items()) if isinstance(account, dict) else used.get(name, 0.0)

    def users(accounts, share=1.0, above=None):
        """(entitled share, effective usage) of every user: a share of what siblings used counts as one's own."""
        size = {name: one["_"] if isinstance(one, dict) else one for name, one in accounts.items() if name != "_"}
        for name, part in size.items():
            part /= sum(size.values())
            own = actual(name, accounts[name])
            effective = own if above is None else own + (above - own) * part
            if isinstance(accounts[name], dict):
                yield from users(accounts[name], share * part, effective)
            else:
                yield share * part, effective

    factors = [fair_share_factor(effective, share) for share, effective in users(told["shares"])]
    np.testing.assert_allclose(factors, EXAMPLES["slurm-classic"]["expected"], atol=1e-6)


def test_karma_divides_and_pays_as_its_reference_code():
    told, expected = EXAMPLES["karma"]["input"], EXAMPLES["karma"]["expected"]
    credits = np.full(3, float(told["credits0"]))
    for month, asks in enumerate(told["demands"]):
        grants = sim.allocate("karma", asks=asks, budget=told["C"], credits=credits, karma_alpha=told["alpha"])
        np.testing.assert_allclose(grants, expected["alloc"][month], atol=1e-9)
        np.testing.assert_allclose(credits, expected["credits_after"][month], atol=1e-9)


@pytest.mark.parametrize(
    ("asks", "credits", "grants", "after"),
    [
        ([0, 0, 1.5], [1, 4, 4], (0, 0, 1.5), (2.5, 5, 4.5)),  # half a GPU is borrowed, from the poorer lender
        ([0, 4, 4], [0, 3, 9], (0, 2, 4), (2, 3, 7)),  # the richer borrower first
        ([0, 4, 4], [0, 0, 0], (0, 3, 3), (2, 0, 0)),  # beyond their credits, borrowers share alike and pay nothing
    ],
)
def test_karma_lends_from_the_poorest_to_the_richest(asks, credits, grants, after):
    """Six GPUs: to each of three teams one guaranteed, and a credit for the one that is not."""
    credits = np.array(credits, dtype=float)
    np.testing.assert_allclose(sim.allocate("karma", asks=asks, budget=6, credits=credits), grants, atol=1e-12)
    np.testing.assert_allclose(credits, after, atol=1e-12)


def test_on_the_credit_market_who_asked_little_can_buy_more_later():
    credits = np.zeros(2)
    np.testing.assert_allclose(sim.allocate("credit_market", asks=[10, 2], budget=10, credits=credits), (8, 2))
    np.testing.assert_allclose(credits, (0, 3.75))  # a credit bought 8/5 GPUs
    np.testing.assert_allclose(
        sim.allocate("credit_market", asks=[10, 10], budget=10, credits=credits), (40 / 11, 70 / 11)
    )
    np.testing.assert_allclose(credits, 0.0, atol=1e-12)


def test_lottery_draws_places_without_replacement_by_score():
    """Exact chances of five items of weights 1 to 5 (Plackett-Luce) in every place."""
    example = EXAMPLES["lottery-pl"]
    told = {"asks": [1] * 5, "scores": example["input"]["w"]}
    draws = np.random.default_rng(1).random((5_000, 5))
    # One and a half GPUs tell the first two places from each other and the rest, three and a half the next two.
    served = [[sim.allocate("lottery", draws=one, budget=b, **told) for b in (1.5, 3.5)] for one in draws]
    place = (4 - 2 * np.sum(served, axis=1)).round().astype(int)
    shares = np.array([(place == j).mean(axis=0) for j in range(5)]).T
    np.testing.assert_allclose(shares, example["expected"], atol=2 * example["tol"])


# What every policy promises


@pytest.mark.parametrize("policy", POLICIES)
@given(labs(wild=True, least=0))
@cases
def test_no_gpu_is_given_twice_or_unasked_or_left_idle(policy, lab):
    grants, asked, nothing = divide(policy, lab), lab["asks"].sum(), 1e-305
    assert (grants >= 0.0).all()
    assert (grants <= lab["asks"] * (1 + 1e-12) + nothing).all()
    assert grants.sum() <= lab["budget"] * (1 + 1e-12) + nothing
    if policy in SPENDING:
        assert grants.sum() >= min(lab["budget"], asked) * (1 - 1e-12) - nothing


@pytest.mark.parametrize("policy", SPENDING)
@given(labs())
@cases
def test_where_there_is_enough_everyone_gets_what_they_ask(policy, lab):
    assert_same(divide(policy, lab, budget=lab["asks"].sum() * 1.01), lab["asks"], lab)


@pytest.mark.parametrize("policy", POLICIES)
@given(labs(least=2))
@cases
def test_equals_are_treated_alike(policy, lab):
    for name in PER_TEAM:
        lab[name][-1] = lab[name][0]
    grants = divide(policy, lab)
    assert_same(grants[-1], grants[0], lab)


@pytest.mark.parametrize("policy", POLICIES)
@given(labs(), st.randoms(use_true_random=False))
@cases
def test_the_order_of_listing_is_irrelevant(policy, lab, random):
    order = np.array(random.sample(range(len(lab["asks"])), len(lab["asks"])))
    assert_same(divide(policy, lab, **{name: lab[name][order] for name in PER_TEAM}), divide(policy, lab)[order], lab)


@pytest.mark.parametrize("policy", POLICIES)
@given(labs())
@cases
def test_a_thousandfold_lab_is_divided_alike(policy, lab):
    assert_same(divide(policy, lab, **{name: 1000 * lab[name] for name in IN_GPUS}) / 1000, divide(policy, lab), lab)


@pytest.mark.parametrize("policy", MONOTONE)
@given(labs(), st.floats(0.0, 1.0))
@cases
def test_a_larger_budget_leaves_nobody_with_less(policy, lab, part):
    less = divide(policy, lab, budget=part * lab["budget"])
    assert (divide(policy, lab) >= less - 1e-9 * max(1.0, lab["asks"].sum())).all()


# Claims rules


def other_half(policy, lab):
    """What the rule leaves of the asks when it divides what the budget does not cover."""
    return lab["asks"] - divide(policy, lab, budget=lab["asks"].sum() - lab["budget"])


@pytest.mark.parametrize(
    ("policy", "dual"),
    [("equal_losses", "max_min"), *((name, name) for name in ("talmud", "random_arrival", "proportional"))],
)
@given(labs())
@cases
def test_duals_divide_losses_as_the_other_divides_awards(policy, dual, lab):
    assume(lab["budget"] <= lab["asks"].sum())
    lab["weights"] = even(lab)
    assert_same(divide(policy, lab), other_half(dual, lab), lab)


@pytest.mark.parametrize("policy", CLAIMS_RULES)
@given(labs())
@cases
def test_who_claims_more_is_granted_no_less_and_loses_no_less(policy, lab):
    lab["weights"] = even(lab)
    lab["asks"].sort()
    grants, slack = divide(policy, lab), 1e-9 * max(1.0, lab["asks"].sum())
    assert (np.diff(grants) >= -slack).all()
    assert (np.diff(lab["asks"] - grants) >= -slack).all()


@given(labs(least=2))
@cases
def test_talmud_divides_between_any_two_as_the_contested_garment(lab):
    """Aumann and Maschler's theorem: each of two concedes what exceeds the other's claim, and the rest is halved."""
    grants = divide("talmud", lab)
    for i, j in permutations(range(len(grants)), 2):
        ours, a, b = grants[i] + grants[j], lab["asks"][i], lab["asks"][j]
        conceded_to_i, conceded_to_j = max(0.0, ours - b), max(0.0, ours - a)
        assert_same(grants[i], conceded_to_i + (ours - conceded_to_i - conceded_to_j) / 2, lab)


@given(labs())
@cases
def test_random_arrival_is_the_mean_over_all_orders_at_the_bank(lab):
    asks = lab["asks"] = lab["asks"][:5]
    at_the_bank = []
    for order in permutations(range(len(asks))):
        left, got = lab["budget"], np.zeros(len(asks))
        for i in order:
            got[i] = min(asks[i], left)
            left -= got[i]
        at_the_bank.append(got)
    expected = np.mean(at_the_bank, axis=0)
    assert_same(sim.allocate("random_arrival", asks=asks, budget=lab["budget"]), expected, lab)


def test_random_arrival_is_exact_for_twenty_teams_and_refused_beyond():
    np.testing.assert_allclose(sim.allocate("random_arrival", asks=[10] * 20, budget=50), 2.5)
    with pytest.raises(sim.InputError, match="'random_arrival' is exact for at most 20 teams, got 21"):
        sim.allocate("random_arrival", asks=[10] * 21, budget=50)
    many = {
        "start": "2022-01", "months": 2, "committee": {"policy": "random_arrival", "members": [{"name": "all"}]},
        "team": [{"name": f"t{i}", "line": "llm", "site": "here", "researchers": 1} for i in range(21)],
    }  # fmt: skip
    with pytest.raises(sim.InputError, match=r"committee\.policy.*at most 20 teams, and the scenario has 21"):
        sim.Scenario.from_dict(many)


# One policy as a special case of another


@pytest.mark.parametrize(
    ("policy", "plain", "neutral"),
    [
        ("fair_share", "proportional", {"usage": 3.0, "weights": 2.0}),
        ("fair_share", "proportional", {"usage": 0.0, "weights": 2.0}),
        ("fair_tree", "proportional", {"usage": 0.0, "weights": 2.0}),
        ("quota_borrowing", "quota", {"borrow_limits": 0.0}),
        ("quota_borrowing", "quota", {"lend_limits": 0.0}),
        ("priority", "proportional", {"scores": 0.3}),
        ("ranked", "proportional", {"scores": 0.3}),
        ("lottery", "proportional", {"scores": 0.3, "draws": 0.7}),
        ("per_head", "max_min", {"headcounts": 7.0, "weights": 1.0}),
        ("merit", "max_min", {"records": 0.0, "weights": 1.0}),
        ("merit", "max_min", {"records": 2.5, "weights": 1.0}),
        ("floor_max_min", "max_min", {"floors": 0.0}),
        ("smoothed", "priority", {"last": 0.0}),
        ("smoothed", "priority", {"last": 1.0, "smoothing": 1e4}),
        ("credit_market", "max_min", {"credits": 0.0}),
        ("quota_borrowing", "max_min", {}),
        ("karma", "max_min", {"credits": 0.0, "karma_alpha": 1.0, "weights": 2.0}),
    ],
    ids=lambda value: "+".join(value) if isinstance(value, dict) else value,
)
@given(labs())
@cases
def test_with_neutral_claims_one_policy_is_another(policy, plain, neutral, lab):
    arrays = (*PER_TEAM, "borrow_limits", "lend_limits")
    lab |= {name: even(lab, value) if name in arrays else value for name, value in neutral.items()}
    assume(plain != "max_min" or lab["weights"].any())  # without weights, entitlements are equal, max_min by ask
    assert_same(divide(policy, lab), divide(plain, lab), lab)


@given(labs())
@cases
def test_floors_are_kept_where_they_fit(lab):
    floors = np.minimum(lab["floors"], lab["asks"])
    assume(floors.sum() <= lab["budget"])
    assert (divide("floor_max_min", lab) >= floors - 1e-9 * max(1.0, lab["asks"].sum())).all()


@given(labs())
@cases
def test_smoothed_grants_move_no_further_than_allowed_where_the_budget_allows(lab):
    last = lab["last"] = 1.0 + lab["last"]
    low = np.minimum(lab["asks"], max(0.0, 1 - lab["smoothing"]) * last)
    high = np.minimum(lab["asks"], (1 + lab["smoothing"]) * last)
    lab["budget"] = (low.sum() + high.sum()) / 2
    grants, slack = divide("smoothed", lab, scores=1.0 + lab["scores"]), 1e-9 * max(1.0, lab["asks"].sum())
    assert (grants >= low - slack).all()
    assert (grants <= high + slack).all()


@pytest.mark.parametrize("policy", ["ranked", "lottery"])
@given(labs(least=2))
@cases
def test_nobody_is_served_before_someone_who_goes_first(policy, lab):
    key = -lab["scores"]
    if policy == "lottery":
        key = np.array(
            [math.inf if s == 0 else -math.log(u) / s for s, u in zip(lab["scores"], lab["draws"], strict=True)]
        )
    grants, slack = divide(policy, lab), 1e-9 * max(1.0, lab["asks"].sum())
    for i, j in permutations(range(len(key)), 2):
        assert not (key[i] < key[j] and grants[i] < lab["asks"][i] - slack and grants[j] > slack)


@pytest.mark.parametrize("policy", ["karma", "credit_market"])
@given(labs())
@cases
def test_nobody_runs_into_debt(policy, lab):
    credits = lab["credits"].copy()
    sim.allocate(policy, **lab | {"credits": credits})
    assert np.isfinite(credits).all()
    assert (credits >= -1e-9 * max(1.0, lab["credits"].max(), lab["budget"])).all()


@given(labs())
@cases
def test_karma_pays_lenders_what_borrowers_pay_up_to_what_was_lent_out_of_guarantees(lab):
    credits = lab["credits"].copy()
    grants = sim.allocate("karma", **lab | {"credits": credits, "weights": even(lab)})
    guarantee = even(lab, lab["karma_alpha"] * lab["budget"] / len(credits))
    kept_back = lab["budget"] - guarantee.sum()
    borrowed = np.maximum(0.0, grants - guarantee)
    change = credits - lab["credits"] - kept_back / len(credits)
    slack = 1e-9 * max(1.0, lab["asks"].sum(), lab["budget"], lab["credits"].max())
    assert (change >= -borrowed - slack).all()  # a credit a GPU at most: who has none left borrows for nothing
    assert (change <= np.maximum(0.0, guarantee - lab["asks"]) + slack).all()
    assert change.sum() >= -max(0.0, kept_back) - slack  # only what was nobody's is paid to nobody


# Edges


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ({"asks": []}, []),
        ({"asks": [0, 0, 0]}, [0, 0, 0]),
        ({"asks": [5, 7], "budget": 0}, [0, 0]),
        ({"asks": [8, 8], "weights": [0, 0], "scores": [0, 0], "headcounts": [0, 0]}, [5, 5]),
        ({"asks": [1e-300, 1e-300], "budget": 1e-300}, [5e-301, 5e-301]),
        ({"asks": [1e18, 1e18], "budget": 1e18}, [5e17, 5e17]),
        ({"asks": [8, 8], "floors": [50, 50]}, [5, 5]),
        ({"asks": [8, 8], "last": [50, 50]}, [5, 5]),
    ],
    ids=[
        "no teams",
        "no asks",
        "no budget",
        "no weight",
        "1e-300",
        "1e18",
        "floors above the budget",
        "large last grants",
    ],
)
def test_edges(policy, told, expected):
    lab = {"budget": 10.0, "asks": np.array(told["asks"], dtype=float)}
    for name, value in {
        "scores": 1,
        "headcounts": 1,
        "records": 0,
        "floors": 0,
        "last": 0,
        "usage": 0,
        "credits": 0,
    }.items():
        lab[name] = even(lab, value)
    np.testing.assert_allclose(divide(policy, lab | {"draws": even(lab, 0.5)} | told), expected, rtol=1e-12)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"asks": [1, -1]}, "asks: must be finite and at least 0"),
        ({"asks": [1, math.nan]}, "asks: must be finite and at least 0"),
        ({"asks": [1, math.inf]}, "asks: must be finite and at least 0"),
        ({"asks": ["many", 1]}, "asks: must be numbers"),
        ({"asks": 3}, "asks: needs one value per team"),
        ({"asks": [[1, 2]]}, "asks: needs one value per team"),
        ({"budget": -1}, "budget: must be finite and at least 0"),
        ({"budget": math.nan}, "budget: must be finite and at least 0"),
        ({"budget": "all"}, "budget: must be a number"),
        ({"budget": [1, 2]}, "budget: must be a number"),
        ({"weights": [1, 2, 3]}, "weights: needs one value per team, 2"),
        ({"weights": [1, -2]}, "weights: must be finite and at least 0"),
        ({"policy": "quota_borrowing", "lend_limits": [1, math.nan]}, "lend_limits: must be finite and at least 0"),
        ({"policy": "quota_borrowing", "borrow_limits": [1, -1]}, "borrow_limits: must be finite and at least 0"),
        ({"policy": "priority", "scores": [1, math.nan]}, "scores: must be finite and at least 0"),
        ({"policy": "priority"}, "policy 'priority' needs scores="),
        ({"policy": "max_mim"}, r"unknown policy 'max_mim' \(did you mean 'max_min'\?"),
        ({"policy": 3}, "policy: must be a name or a function, got 3"),
        ({"weight": [1, 2]}, r"unknown argument 'weight' \(did you mean 'weights'\?"),
        ({"smoothing": -0.1}, "smoothing: must be finite and at least 0"),
        ({"smoothing": "much"}, "smoothing: must be a number"),
        ({"karma_alpha": 1.1}, "karma_alpha: must be at most 1"),
        ({"policy": "lottery", "scores": [1, 1], "draws": [0.0, 0.5]}, "draws: must lie between 0 and 1"),
        ({"policy": "lottery", "scores": [1, 1], "draws": [0.5, 1.5]}, "draws: must lie between 0 and 1"),
        ({"policy": "karma", "credits": np.array([6, 6])}, "credits: an array that is updated must hold floats"),
    ],
)  # fmt: skip
def test_bad_input_is_refused_in_one_line(changes, reason):
    with pytest.raises(sim.InputError, match=reason) as caught:
        sim.allocate(**{"policy": "max_min", "asks": [1, 2], "budget": 2} | changes)
    assert "\n" not in str(caught.value)


def test_nothing_but_credits_is_written_to():
    told = {name: np.array([4.0, 6.0]) for name in PER_TEAM} | {"draws": np.array([0.2, 0.4])}
    before = {name: values.copy() for name, values in told.items()}
    for policy in POLICIES:
        sim.allocate(policy, budget=5.0, **told | {"credits": [4.0, 6.0]})
    np.testing.assert_equal(told, before)


# A policy of one's own

TWO_TEAMS = sim.load_scenario("two_teams")  # asks exceed the budget from 2022-06, when both projects begin
ENGINES = ("compiled", "mesa")


def under(policy, engine):
    return sim.run(TWO_TEAMS.with_overrides({"committee.policy": policy, "budget.reserve": 0.0}), 2, engine=engine)


def smallest_first(claims, budget):
    grants = np.zeros(len(claims.asks))
    left = budget
    for i in np.argsort(claims.asks):
        grants[i] = min(claims.asks[i], left)
        left -= grants[i]
    return grants


@pytest.mark.parametrize("engine", ENGINES)
def test_ones_own_policy_divides_by_its_name(engine):
    sim.policy(smallest_first)
    assert "smallest_first" in sim.policies()
    months = under("smallest_first", engine).months
    scarce = months[(months["month"] == 1)].groupby("team", observed=True)[["ask", "grant"]].mean()
    np.testing.assert_allclose(scarce["grant"]["south"], scarce["ask"]["south"])  # the smaller ask
    np.testing.assert_allclose(scarce["grant"].sum(), 900.0)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("decorated", [False, True], ids=["plain", "decorated"])
def test_ones_own_policy_divides_from_its_file(tmp_path, engine, decorated):
    file = tmp_path / "mine.py"
    file.write_text(
        "import numpy as np\nimport sim\n"
        + ("@sim.policy(name='ticket', reads=('draws',))\n" if decorated else "")
        + "def luckiest(claims, budget):\n"
        "    grants = np.zeros(len(claims.asks))\n"
        "    best = np.argmax(claims.draws)\n"
        "    grants[best] = min(budget, claims.asks[best])\n"
        "    return grants\n"
    )
    months = under(f"{file}:{'ticket' if decorated else 'luckiest'}", engine).months
    winners = months[months["grant"] > 0]
    assert (winners.groupby(["replicate", "month"]).size() == 1).all()
    assert winners["team"].nunique() == (2 if decorated else 1)  # who draws no tickets has no luck


def test_ones_own_function_divides_as_it_is():
    np.testing.assert_array_equal(sim.allocate(smallest_first, asks=[9, 4, 5], budget=10), [1, 4, 5])


@pytest.mark.parametrize(
    ("address", "reason"),
    [
        ("gone.py:rule", "no such file"),
        ("mine.py:rul", r"no function 'rul' in .*mine.py \(did you mean 'rule'\?"),
        ("mine.py:np", "no function 'np'"),
        ("broken.py:rule", "broken.py fails: ZeroDivisionError"),
        ("unreadable.py:rule", "unreadable.py fails: SyntaxError"),
        ("mine.txt:rule", "is no Python file"),
        ("taken.py:max_min", "a shipped policy has this name"),
    ],
)
def test_files_without_the_policy_are_refused_in_one_line(tmp_path, address, reason):
    rule = "def rule(claims, budget):\n    return claims.asks * 0\n"
    (tmp_path / "mine.py").write_text("import numpy as np\n" + rule)
    (tmp_path / "mine.txt").write_text(rule)
    (tmp_path / "broken.py").write_text("1 / 0\n")
    (tmp_path / "unreadable.py").write_text("def rule(:\n")
    (tmp_path / "taken.py").write_text(
        "import sim\n@sim.policy\ndef max_min(claims, budget):\n    return claims.asks\n"
    )
    with pytest.raises(sim.InputError, match=reason) as caught:
        sim.allocate(f"{tmp_path}/{address}", asks=[1, 2], budget=2)
    assert "\n" not in str(caught.value)


FAULTS = [
    "granted team 'north'", "granted team 'south'", "granted team 'south'", "granted team 'north'",
    "granted more than the budget", "another number of grants",
]  # fmt: skip


def faulty(claims, budget, fault: int = 0):
    """Where all can have what they ask they do; else one fault: too generous, takes back, is undecided, ..."""
    grants, scarce = claims.asks.copy(), claims.asks.sum() > budget
    if not scarce:
        return grants
    if fault == 0:
        return 1.5 * grants
    if fault == 1:
        grants[-1] = -1.0
    elif fault == 2:
        grants[-1] = np.nan
    elif fault == 3:  # moves the goalposts
        claims.asks[0] += 1e3
        return np.where(claims.asks > 1e3, budget, 0.0)
    return grants[1:] if fault == 5 else grants


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("fault", range(len(FAULTS)), ids=FAULTS.__getitem__)
def test_grants_that_cannot_be_are_refused_naming_policy_team_and_month(fault, engine):
    sim.policy(faulty)
    lab = TWO_TEAMS.with_overrides({
        "committee.policy": "faulty", "committee.policy_args": {"fault": fault}, "budget.reserve": 0.0
    })  # fmt: skip
    with pytest.raises(sim.InputError, match=rf"policy 'faulty': .*{FAULTS[fault]}.* in month 1 \(2022-06\)"):
        sim.run(lab, 2, engine=engine)
    with pytest.raises(sim.InputError, match=rf"policy 'faulty': .*{FAULTS[fault].split(' team')[0]}"):
        sim.allocate("faulty", asks=[600, 500], budget=900, fault=fault)

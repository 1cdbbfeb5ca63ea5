"""Attribution of many causes, of none, and of what cannot be attributed to."""

import numpy as np
import pytest

import sim
from sim.errors import NothingFound
from sim.scenario import EVENT_TYPES
from sim.studies.attribute import PAIRS, _Orders, attribute
from tests.functional.test_points import LAB

NOTHING_ON = {f"mechanisms.{name}": False for name in type(LAB.mechanisms).model_fields}
NO_EVENTS = {f"event.{name}.enabled": False for name in LAB.event}


def test_sampled_orders_add_up_and_are_exact_where_players_do_not_interact():
    players = [f"p{k}" for k in range(15)]
    orders = _Orders(players, seed=3)
    worths = np.arange(15.0)
    assert orders.sampled
    assert len(orders.subsets) <= 2 * PAIRS * 14 + 2
    assert not orders.subsets[0].any()
    assert orders.subsets[orders.everybody].all()
    assert orders.weights @ (orders.subsets @ worths) == pytest.approx(worths)
    assert orders.order_width(orders.subsets @ worths) == pytest.approx(0.0, abs=1e-12)
    together = orders.subsets.all(axis=1).astype(float)  # worth something only when all are there: a fifteenth each
    shares, widths = orders.weights @ together, orders.order_width(together)
    assert shares.sum() == pytest.approx(1.0)
    assert (abs(shares - 1 / 15) < 2.5 * widths + 0.02).all()


def test_sampled_orders_agree_with_all_subsets_within_their_error(monkeypatch):
    exact = attribute(LAB, 8, mechanisms=["fairness", "contagion", "market", "shocks"])
    monkeypatch.setattr("sim.studies.attribute.MOST", 3)
    sampled = attribute(LAB, 8, mechanisms=["fairness", "contagion", "market", "shocks"])
    assert (sampled.mechanisms["orders"] == 2 * PAIRS).all()
    apart = (sampled.mechanisms["value"] - exact.mechanisms["value"]).abs()
    assert (apart <= 2.0 * sampled.mechanisms["order_pm"] + 1e-12).all()
    for found in (exact, sampled):
        sums = found.mechanisms.groupby("outcome", sort=False)["value"].sum()
        totals = found.totals[found.totals["view"] == "mechanisms"].set_index("outcome")
        assert sums.to_numpy() == pytest.approx((totals["all_on"] - totals["all_off"]).to_numpy())


def test_every_kind_of_event_is_attributed_to_at_once(tmp_path):
    found = attribute(LAB, 4, mechanisms=["fairness"])
    assert set(found.events["kind"]) == set(EVENT_TYPES)
    sums = found.events.groupby("outcome", sort=False)["value"].sum()
    totals = found.totals[found.totals["view"] == "events"].set_index("outcome")
    assert sums.to_numpy() == pytest.approx((totals["all_on"] - totals["all_off"]).to_numpy())
    assert (found.events["high"] - found.events["value"] >= found.events["order_pm"]).all()
    found.save(tmp_path / "a", figures=True)
    assert sim.studies.attribute.Attribution.load(tmp_path / "a").events.equals(found.events)


def test_a_lab_in_which_nothing_is_on_still_has_its_events():
    found = attribute(LAB.with_overrides(NOTHING_ON), 4)
    assert not len(found.mechanisms)
    assert len(found.events)


def test_where_there_is_nothing_to_attribute_to_it_says_so():
    with pytest.raises(NothingFound, match="no mechanism is on and no event happens"):
        attribute(LAB.with_overrides(NOTHING_ON | NO_EVENTS), 4)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"mechanisms": "fairness"}, "mechanisms: must be a list of names"),
        ({"mechanisms": 3}, "mechanisms: must be a list"),
        ({"mechanisms": ["fairnes"]}, "did you mean 'fairness'"),
        ({"replicates": 0}, "at least 1"),
        ({"seed": -1}, "seed"),
    ],
)
def test_what_is_no_argument_of_an_attribution_is_refused(options, said):
    with pytest.raises(sim.InputError, match=said):
        attribute("two_teams", **{"replicates": 2} | options)


def test_replicates_may_be_given_by_number():
    found = attribute("two_teams", range(5, 9), mechanisms=["fairness"])
    assert found.replicates == [5, 6, 7, 8]
    assert found.mechanisms["replicates"].max() == 4

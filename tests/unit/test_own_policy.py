"""A user's own policy that raises: an error that names it, in both engines."""

import pytest

import sim

RAISES = """
def cross(claims, budget):
    if budget > 0.0:
        raise ValueError("no budget is small enough")
    return claims.asks * 0.0
"""


@pytest.mark.parametrize("engine", ["compiled", "mesa"])
def test_a_policy_that_raises_is_named(tmp_path, engine):
    (tmp_path / "cross.py").write_text(RAISES)
    scenario = sim.load_scenario("two_teams", {"committee.policy": f"{tmp_path}/cross.py:cross"})
    with pytest.raises(sim.InputError, match=r"cross.py:cross': fails: ValueError: no budget is small enough"):
        sim.run(scenario, 2, engine=engine)

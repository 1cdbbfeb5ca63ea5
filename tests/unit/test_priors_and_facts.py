"""How priors and recorded facts are written, and how what is wrong with one is told."""

import pytest
from scipy.stats import beta

from sim.errors import InputError
from sim.scenario import Scenario, load_scenario

SOURCE = {"source": "a paper"}


def with_prior(prior):
    return Scenario.from_dict({**load_scenario("two_teams").to_dict(), "prior": prior})


def with_fact(**fact):
    fact = {"what": "left_share", "cohort": "llama_authors", "month": "2023-09", **SOURCE, **fact}
    raw = load_scenario("llama_vs_opt").to_dict()
    return Scenario.from_dict({**raw, "record": [{"name": "fact", **fact}]}).record["fact"]


def test_a_quoted_path_and_a_table_in_a_table_are_the_same_prior():
    prior = {"median": 0.012, "log_sd": 0.2, **SOURCE}
    quoted, nested = with_prior({"turnover.base_rate": prior}), with_prior({"turnover": {"base_rate": prior}})
    assert quoted == nested == Scenario.from_dict(quoted.to_dict())
    assert quoted.prior["turnover.base_rate"].kind == "lognormal"


def test_a_scenario_that_extends_another_replaces_a_prior_as_a_whole(tmp_path):
    (tmp_path / "base.toml").write_text(
        'extends = "two_teams"\n[prior]\n"turnover.market" = { median = 0.3, log_sd = 0.2, source = "a" }\n'
        '"turnover.contagion" = { low = 0, high = 1, source = "a" }\n'.replace("= 0,", "= 0.0,").replace("1,", "1.0,")
    )
    (tmp_path / "top.toml").write_text(
        'extends = "base.toml"\n[prior]\n"turnover.market" = { low = 0.1, high = 0.5, source = "b" }\n'
    )
    prior = load_scenario(tmp_path / "top.toml").prior
    assert prior["turnover.market"].kind == "uniform"
    assert set(prior) == {"turnover.market", "turnover.contagion"}


@pytest.mark.parametrize(
    ("path", "prior", "told"),
    [
        ("turnover.markt", {"low": 0.1, "high": 0.2}, "unknown parameter (did you mean 'turnover.market'?"),
        ("committee.policy", {"low": 0.1, "high": 0.2}, "is no number"),
        ("mechanisms.fairness", {"low": 0.1, "high": 0.2}, "is no number"),
        ("turnover.market", {"low": 0.1, "high": 7.0}, "bounds, 0 to 5: it reaches from 0.1 to 7"),
        ("turnover.base_rate", {"median": 0.1, "log_sd": 1.0}, "outside the parameter's bounds, 0 to 1"),
        ("shocks.dissolve", {"distribution": "normal", "mean": 0.0, "sd": 2.0}, "it reaches from -6.1804 to 6.1804"),
        ("fairness.bound", {"low": 0.0, "high": 2.0}, "outside the parameter's bounds"),  # 0 itself is none
        ("turnover.frailty", {"distribution": "beta", "a": 1.0}, "a beta prior needs b"),
        ("turnover.market", {"low": 0.5, "high": 0.1}, "low must be below high"),
        ("turnover.market", {"low": 0.0, "high": 1.0, "scale": "log"}, "a log scale needs low above 0"),
        ("turnover.market", {"low": 0.1}, "needs median and log_sd, low and high, or a named distribution"),
        ("turnover.market", {"median": 0.1}, "a lognormal prior needs log_sd"),
        ("turnover.market", {"median": 0.1, "log_sd": 0.1, "sd": 2.0}, "a lognormal prior takes no sd"),
        ("turnover.market", {"median": 0.3, "log_sd": 0.1, "low": 0.4}, "must leave its middle, 0.3, within"),
        ("turnover.market", {"distribution": "triangular", "low": 0.1, "mode": 0.9, "high": 0.5}, "mode must lie"),
        ("turnover.market", {"median": 0.1, "log_sd": 0.1, "scale": "log"}, "takes no scale"),
        ("turnover.market", {"median": -0.1, "log_sd": 0.1}, ".median: must be more than 0"),
        ("turnover.market", {"medain": 0.1, "log_sd": 0.1}, "unknown key (did you mean 'median'?"),
        ("turnover.market", {"distribution": "gama"}, "unknown value 'gama'"),
        ("turnover.market", 3, "must be a table"),
    ],
)  # fmt: skip
def test_a_prior_that_is_none_is_told_in_one_line(path, prior, told):
    with pytest.raises(InputError) as error:
        with_prior({path: prior | SOURCE if isinstance(prior, dict) else prior})
    (line,) = error.value.faults
    assert line.startswith(f'scenario: prior."{path}"')
    assert told in line


def test_a_prior_needs_a_source():
    with pytest.raises(InputError, match="source: is missing"):
        with_prior({"turnover.market": {"low": 0.1, "high": 0.2}})


def test_a_count_gives_its_share_and_its_exact_interval():
    assert with_fact(count=8, of=14).value == 8 / 14
    for count, of in ((8, 14), (1, 1), (3, 2_000)):
        fact = with_fact(count=count, of=of)
        assert fact.low == pytest.approx(beta.ppf(0.025, count, of - count + 1), rel=1e-11)
        assert fact.high == pytest.approx(beta.ppf(0.975, count + 1, of - count) if count < of else 1.0, rel=1e-11)
    either = with_fact(count=[9, 10], of=19)
    assert (either.low, either.value, either.high) == (
        with_fact(count=9, of=19).low, 0.5, with_fact(count=10, of=19).high,
    )  # fmt: skip
    assert (with_fact(count=0, of=14).low, with_fact(count=14, of=14).high) == (0.0, 1.0)


def test_a_value_with_an_error_gives_an_interval_and_an_interval_stays():
    assert (with_fact(value=0.5, sd=0.1).low, with_fact(value=0.5, sd=0.1).high) == pytest.approx((0.304, 0.696))
    fact = with_fact(low=0.2, high=0.4)
    assert (fact.low, fact.value, fact.high) == (0.2, None, 0.4)
    assert with_fact(count=8, of=14, low=0.33, high=0.79).low == 0.33


def test_what_follows_from_a_count_follows_again_when_the_count_changes():
    raw = load_scenario("llama_vs_opt").to_dict()
    raw["record"] = [{"name": "f", "what": "left_share", "cohort": "llama_authors", "month": "2023-09", "count": 8,
                      "of": 14, **SOURCE}]  # fmt: skip
    changed = Scenario.from_dict(raw).with_overrides({"record.f.count": 14})
    assert (changed.record["f"].value, changed.record["f"].high) == (1.0, 1.0)
    assert Scenario.from_dict(changed.to_dict()) == changed


@pytest.mark.parametrize(
    ("fact", "told"),
    [
        ({"count": 8}, "needs both count and of"),
        ({"of": 14}, "needs both count and of"),
        ({"count": 15, "of": 14}, "count: must be from 0 to 14, got 15"),
        ({"count": [3, -1], "of": 14}, "count: must be from 0 to 14, got -1"),
        ({"count": [], "of": 14}, "count: is empty"),
        ({"count": 3, "of": 14, "sd": 0.1}, "sd: a count has no sd"),
        ({"count": 3.5, "of": 14}, "count: must be a whole number, got 3.5"),
        ({"count": "many", "of": 14}, "count: must be a whole number, got 'many'"),
        ({"what": "exit_rate", "count": 3, "of": 14}, "only a left_share can be a count"),
        ({"sd": 0.1}, "an sd needs a value"),
        ({"sd": -0.1, "value": 0.2}, "sd: must be more than 0"),
        ({"low": 0.2}, "needs low and high, value and sd, or count and of"),
        ({}, "needs low and high, value and sd, or count and of"),
        ({"low": 0.4, "high": 0.3}, "low: is above high"),
        ({"low": 0.2, "high": 0.3, "used_for": "validating"}, "used_for: unknown value"),
    ],
)
def test_a_fact_that_is_none_is_told_in_one_line(fact, told):
    with pytest.raises(InputError) as error:
        with_fact(**fact)
    (line,) = error.value.faults
    assert told in line

"""The mathematics of calibration against closed forms: priors, likelihood, weights, evidence, ranks."""

import numpy as np
import pytest
from scipy import stats
from scipy.special import ndtr

import sim
from sim.scenario import Scenario
from sim.studies import importance
from sim.studies.coverage import recovered
from sim.studies.facts import Fact, Likelihood, log_beta_binomial, over_dispersion
from sim.studies.posterior import directions, words
from sim.studies.priors import priors_of

SOURCE = {"source": "a paper"}


def priors(**tables):
    raw = sim.load_scenario("two_teams").to_dict()
    return priors_of(Scenario.from_dict({**raw, "prior": {path: one | SOURCE for path, one in tables.items()}}))


@pytest.mark.parametrize(
    ("path", "prior", "known"),
    [
        ("turnover.base_rate", {"median": 0.01, "log_sd": 0.3}, stats.lognorm(0.3, scale=0.01)),
        ("shocks.reorganise", {"distribution": "normal", "mean": 0.5, "sd": 0.2}, stats.norm(0.5, 0.2)),
        ("turnover.market", {"low": 0.2, "high": 0.9}, stats.uniform(0.2, 0.7)),
        ("turnover.market", {"low": 0.2, "high": 0.9, "scale": "log"}, stats.loguniform(0.2, 0.9)),
        ("hiring.backfill", {"distribution": "beta", "a": 2.0, "b": 5.0}, stats.beta(2, 5)),
        ("turnover.market", {"distribution": "triangular", "low": 0.1, "mode": 0.2, "high": 0.9},
         stats.triang(1 / 8, 0.1, 0.8)),
        ("turnover.market", {"median": 0.3, "log_sd": 1.0, "low": 0.2, "high": 1.0},
         stats.truncnorm(np.log(0.2 / 0.3), np.log(1.0 / 0.3), loc=np.log(0.3), scale=1.0)),
    ],
)  # fmt: skip
def test_a_prior_has_the_quantiles_of_its_distribution(path, prior, known):
    shares = np.array([0.01, 0.3, 0.5, 0.97])
    found = priors(**{path: prior}).quantile(path, shares)
    cut = known.dist.name == "truncnorm"
    np.testing.assert_allclose(found, np.exp(known.ppf(shares)) if cut else known.ppf(shares), rtol=2e-3)


def test_a_whole_number_is_drawn_as_one():
    found = priors(**{"hiring.lead_months": {"low": 1.0, "high": 6.0}}).values(np.linspace(-3, 3, 50)[:, None])
    assert set(found["hiring.lead_months"]) == {1, 2, 3, 4, 5, 6}


@pytest.mark.parametrize("rho", [0.0, 0.02, 0.4])
def test_the_likelihood_of_a_count_is_beta_binomial(rho):
    share, of = 0.3, 14
    known = stats.binom(of, share) if rho == 0.0 else stats.betabinom(of, share * (1 / rho - 1), 0.7 * (1 / rho - 1))
    counts = np.arange(of + 1)
    np.testing.assert_allclose(log_beta_binomial(counts, of, share, rho), known.logpmf(counts), rtol=1e-9)


@pytest.mark.parametrize("rho", [0.0, 0.05, 0.3])
def test_over_dispersion_is_found_whatever_the_shares(rho):
    rng = np.random.default_rng(1)
    middle = rng.uniform(0.1, 0.9, size=(4000, 1))
    of_history = middle if rho == 0.0 else rng.beta(middle * (1 / rho - 1), (1 - middle) * (1 / rho - 1), (4000, 8))
    shares = rng.binomial(14, of_history, (4000, 8)) / 14
    assert over_dispersion(shares, np.full(shares.shape, 14.0)) == pytest.approx(rho, abs=0.01)


def test_kernels_of_facts():
    values = np.array([0.0, 1.0, 2.0, np.nan])
    np.testing.assert_allclose(Fact("x", value=1.0, sd=1.0).kernel(values), [np.exp(-0.5), 1.0, np.exp(-0.5), 0.0])
    np.testing.assert_array_equal(Fact("x", low=1.0, high=2.0).kernel(values), [0.0, 1.0, 1.0, 0.0])


def test_a_count_known_as_one_of_two_is_as_likely_as_both_together():
    columns = {"x": np.full((1, 8), 0.5), "size.x": np.full((1, 8), 19.0)}
    one, two, either = (Fact("x", counts, 19) for counts in ((9,), (10,), (9, 10)))
    found = [np.exp(Likelihood([fact], columns).log()) for fact in (one, two, either)]
    assert found[2] == pytest.approx(found[0] + found[1])


def gauss(d, sd, shift):
    """Prior N(0, I), observations `shift` of every coordinate with error sd: posterior and evidence in closed form."""
    variance = 1 / (1 + 1 / sd**2)
    evidence = stats.norm(0, np.sqrt(1 + sd**2)).logpdf(shift) * d
    return variance * shift / sd**2, np.sqrt(variance), evidence


@pytest.mark.parametrize(("d", "sd", "shift"), [(1, 0.5, 1.0), (5, 0.5, 1.0), (20, 1.0, 0.7)])
def test_stages_find_a_posterior_and_evidence_that_are_known(d, sd, shift):
    mean, spread, evidence = gauss(d, sd, shift)

    def log_likelihood(z):
        return stats.norm(shift, sd).logpdf(z).sum(axis=1)

    stages = importance.Stages(d, seed=4)
    stages.first(3000)
    first = importance.weigh(log_likelihood(stages.z), stages.log_ratio())
    for _ in range(3):
        weighed = importance.weigh(log_likelihood(stages.z), stages.log_ratio())
        stages.further(1500, weighed.weights)
    weighed = importance.weigh(log_likelihood(stages.z), stages.log_ratio())
    assert weighed.ess > 2 * first.ess
    assert weighed.log_evidence == pytest.approx(evidence, abs=4 * weighed.error)
    assert weighed.error < 0.06
    error = 4 * spread / np.sqrt(weighed.ess)
    np.testing.assert_allclose(weighed.weights @ stages.z, mean, atol=error)
    places = importance.resample(weighed.weights, 500, 1)
    np.testing.assert_allclose(stages.z[places].std(axis=0), spread, rtol=0.25)


def test_a_nested_sampler_agrees():
    """The optional cross-check (extra `check`): another method, the same posterior."""
    nautilus = pytest.importorskip("nautilus")
    mean, _, evidence = gauss(3, 0.5, 1.0)
    prior = nautilus.Prior()
    for k in range(3):
        prior.add_parameter(f"z{k}", dist=stats.norm(0, 1))

    def log_likelihood(one):
        z = np.stack([one[f"z{k}"] for k in range(3)])
        return stats.norm(1.0, 0.5).logpdf(z).sum(axis=0)

    sampler = nautilus.Sampler(prior, log_likelihood, n_live=300, n_networks=1, vectorized=True, seed=1)
    sampler.run(n_eff=1000)
    points, log_weights, _ = sampler.posterior()
    assert sampler.log_z == pytest.approx(evidence, abs=0.1)
    np.testing.assert_allclose(np.exp(log_weights) @ points / np.exp(log_weights).sum(), mean, atol=0.05)
    stages = importance.Stages(3, seed=2)
    stages.first(4000)
    weighed = importance.weigh(stats.norm(1.0, 0.5).logpdf(stages.z).sum(axis=1), stages.log_ratio())
    assert weighed.log_evidence == pytest.approx(sampler.log_z, abs=0.1 + 4 * weighed.error)


def test_the_error_of_the_evidence_is_its_spread_over_repetitions():
    found = []
    for seed in range(200):
        z = np.random.default_rng(seed).standard_normal((400, 1))
        found.append(importance.weigh(stats.norm(1.0, 0.5).logpdf(z[:, 0]), np.zeros(400)))
    assert np.std([one.log_evidence for one in found]) == pytest.approx(np.mean([one.error for one in found]), rel=0.2)


def test_draws_that_cannot_be_carry_no_weight():
    weighed = importance.weigh(np.array([-np.inf, 0.0, -np.inf]), np.zeros(3))
    assert weighed.weights.tolist() == [0.0, 1.0, 0.0]
    assert importance.weigh(np.full(3, -np.inf), np.zeros(3)).ess == 0.0


def test_weighted_quantiles_of_equal_weights_are_quantiles():
    values = np.random.default_rng(2).normal(size=2001)
    found = importance.weighted_quantile(values, np.full(2001, 1 / 2001), [0.05, 0.5, 0.95])
    np.testing.assert_allclose(found, np.quantile(values, [0.05, 0.5, 0.95]), atol=0.01)


def binomial_world(points=4000, histories=8, of=30, rng=None):
    """Two parameters of which one decides the share that leaves; the other does nothing."""
    rng = rng or np.random.default_rng(5)
    z = rng.standard_normal((points, 2))
    share = rng.binomial(of, np.broadcast_to(ndtr(z[:, :1]), (points, histories))) / of
    columns = {
        "left": share,
        "size.left": np.full(share.shape, float(of)),
        "delay": z[:, 1:] + rng.normal(size=share.shape),
    }
    return z, columns


def test_what_the_record_shows_is_recovered_as_often_as_the_intervals_say():
    z, columns = binomial_world()
    likelihood = Likelihood([Fact("left", (9,), 30), Fact("delay", value=0.5, sd=0.5)], columns)
    ranks, coverage = recovered(["share", "other"], z, likelihood, records=600)
    assert 0.87 < coverage["inside_90"].iloc[-1] < 0.93
    assert 0.46 < coverage["inside_50"].iloc[-1] < 0.54
    assert (ranks["ess"] > 100).mean() > 0.9
    assert stats.kstest(ranks["share"], "uniform").pvalue > 0.01


def test_a_likelihood_that_is_too_sure_of_itself_is_found_out():
    z, columns = binomial_world()
    facts = [Fact("left", (9,), 30), Fact("delay", value=0.5, sd=0.5)]
    sure = Likelihood(facts, {**columns, "delay": np.repeat(z[:, 1:], 8, axis=1)})  # as if histories had no luck
    sure.columns = columns  # in which the records are found
    sure.log = Likelihood(facts, {**columns, "delay": np.repeat(z[:, 1:], 8, axis=1)}).log
    coverage = recovered(["share", "other"], z, sure, records=300)[1].set_index("path")
    assert coverage.loc["other", "inside_90"] < 0.8


def test_a_direction_that_the_record_ties_down_is_found_and_chance_is_not():
    z = np.random.default_rng(6).standard_normal((6000, 8))
    along = np.array([1.0, 1.0, 0, 0, 0, 0, 0, 0]) / np.sqrt(2)
    weighed = importance.weigh(stats.norm(0.5, 0.4).logpdf(z @ along), np.zeros(len(z)))
    paths = [f"p{k}" for k in range(8)]
    found = directions(paths, z, weighed)
    best = found[found["direction"] == 1].set_index("path")
    assert best["identified"].all()
    assert best["width"].iloc[0] == pytest.approx(np.sqrt(0.16 / 1.16), abs=0.05)
    assert set(best.index[:2]) == {"p0", "p1"}
    assert not found.loc[found["direction"] > 1, "identified"].any()


@pytest.mark.parametrize(
    ("log_bayes", "error", "told"),
    [(0.5, 0.1, "cannot tell"), (3.0, 2.0, "cannot tell"), (2.0, 0.1, "somewhat against"), (-4.0, 0.1, "strongly for"),
     (9.0, 0.2, "decisively against"), (np.inf, np.nan, "impossible under the rival")],
)  # fmt: skip
def test_bayes_factors_in_words(log_bayes, error, told):
    assert told in words(log_bayes, error)

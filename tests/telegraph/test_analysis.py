"""Telegraph analysis: naive twins, an independent library, known rates, coverage, false alarms."""

import math
import warnings
from pathlib import Path

import numpy as np
import pytest
import xarray
from hypothesis import given
from hypothesis import strategies as st

from mtjphys import telegraph
from mtjphys.core.errors import DataError, MtjphysWarning, ParameterError
from mtjphys.kernels import telegraph as kernels
from mtjphys.kernels.telegraph import TwoLevelModel
from mtjphys.laboratory.traces import Trace

DATA = Path(__file__).parent / "data"
OVERLAPPING = TwoLevelModel(-1.0, 1.2, 0.8, 1.7, 0.07, 0.12)
PAPER = TwoLevelModel(
    0.042092104 - 0.0059316154,
    0.042092104 + 0.0059316154,
    0.00090841466**2,
    0.00090841466**2,
    0.0809,
    0.0809,
)


def chain(model, samples, seed):
    """Draw the hidden Markov chain itself, sample by sample."""
    rng = np.random.default_rng(seed)
    states = np.empty(samples, np.int8)
    states[0] = rng.integers(2)
    for t in range(1, samples):
        flip = model.flip_down if states[t - 1] else model.flip_up
        states[t] = states[t - 1] ^ (rng.random() < flip)
    mean = np.array([model.mean_low, model.mean_high])
    sigma = np.sqrt([model.variance_low, model.variance_high])
    return states, mean[states] + sigma[states] * rng.standard_normal(samples)


def quiet(*args, **options):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", MtjphysWarning)
        return telegraph.analyse(*args, **options)


def naive_posteriors(values, model, initial_high):
    """Forward-backward in log space, as in the textbook: log P(y), P(x_t), P(x_t, x_{t+1})."""
    mean = np.array([model.mean_low, model.mean_high])
    variance = np.array([model.variance_low, model.variance_high])
    emit = -0.5 * np.log(2 * np.pi * variance) - 0.5 * (values[:, None] - mean) ** 2 / variance
    move = np.log([[1 - model.flip_up, model.flip_up], [model.flip_down, 1 - model.flip_down]])
    n = len(values)
    forward, backward = np.empty((n, 2)), np.zeros((n, 2))
    forward[0] = np.log([1 - initial_high, initial_high]) + emit[0]
    for t in range(1, n):
        forward[t] = np.logaddexp(*(forward[t - 1][:, None] + move)) + emit[t]
    for t in range(n - 2, -1, -1):
        backward[t] = np.logaddexp(*(move + emit[t + 1] + backward[t + 1]).T)
    total = np.logaddexp(*forward[-1])
    pair = np.exp(forward[:-1, :, None] + move + (emit[1:] + backward[1:])[:, None, :] - total)
    return total, np.exp(forward + backward - total), pair


@pytest.mark.parametrize("model", [OVERLAPPING, PAPER, TwoLevelModel(0, 1, 1e-8, 4e-8, 0.3, 0.9)])
@pytest.mark.parametrize("initial", [0.5, 0.02])
def test_recursions_match_the_naive_twin(model, initial):
    _, values = chain(model, 400, seed=3)
    total, posterior, pair = naive_posteriors(values, model, initial)
    fast, log_likelihood = kernels.forward_backward(values, model, initial)
    np.testing.assert_allclose(fast, posterior[:, 1], atol=1e-11)
    assert log_likelihood == pytest.approx(total, rel=1e-12)
    e = kernels.expectations(values, model, initial)
    low, high = posterior.T
    d_low, d_high = values - model.mean_low, values - model.mean_high
    expected = [
        total, 400, high.sum(), low @ d_low, high @ d_high, low @ d_low**2, high @ d_high**2,
        pair[:, 0, 1].sum(), pair[:, 1, 0].sum(), high[-1],
    ]  # fmt: skip
    np.testing.assert_allclose(np.array(e), expected, rtol=1e-10, atol=1e-12)


def test_expectations_do_not_lose_digits_over_a_million_samples():
    _, values = chain(OVERLAPPING, 1000, seed=5)
    values = np.tile(values, 1000)
    e = kernels.expectations(values, OVERLAPPING, 0.5)
    posterior, log_likelihood = kernels.forward_backward(values, OVERLAPPING, 0.5)
    assert e.log_likelihood == pytest.approx(log_likelihood, rel=1e-11)
    assert e.high == pytest.approx(posterior.sum(), rel=1e-10)
    assert e.second_high == pytest.approx(posterior @ (values - OVERLAPPING.mean_high) ** 2, rel=1e-10)


def test_recursions_survive_an_outlier():
    _, values = chain(PAPER, 1000, seed=6)
    values[500] = 1e3
    e = kernels.expectations(values, PAPER, 0.5)
    posterior, log_likelihood = kernels.forward_backward(values, PAPER, 0.5)
    assert np.isfinite(e).all()
    assert np.isfinite(posterior).all()
    assert e.log_likelihood == pytest.approx(log_likelihood, rel=1e-12)


def test_viterbi_is_the_best_of_all_paths():
    for seed in range(20):
        _, values = chain(OVERLAPPING, 10, seed)
        best, score = None, -math.inf
        for code in range(1024):
            path = (code >> np.arange(10)) & 1
            flips = np.where(path[:-1] == 1, OVERLAPPING.flip_down, OVERLAPPING.flip_up)
            mean = np.where(path == 1, OVERLAPPING.mean_high, OVERLAPPING.mean_low)
            variance = np.where(path == 1, OVERLAPPING.variance_high, OVERLAPPING.variance_low)
            own = np.log(np.where(path[1:] != path[:-1], flips, 1 - flips)).sum()
            own += (-0.5 * np.log(variance) - 0.5 * (values - mean) ** 2 / variance).sum()
            own += math.log(0.3 if path[0] else 0.7)
            if own > score:
                best, score = path, own
        np.testing.assert_array_equal(kernels.viterbi(values, OVERLAPPING, 0.3), best)


def test_fit_matches_hmmlearn():
    hmm = pytest.importorskip("hmmlearn.hmm")
    _, values = chain(OVERLAPPING, 5000, seed=8)
    start = TwoLevelModel(-0.5, 1.0, 1.0, 1.0, 0.1, 0.1)
    model, log_likelihood, _ = telegraph._baum_welch(values[None], start, 1e-9, 5000)
    peer = hmm.GaussianHMM(
        2, "diag", min_covar=0, covars_prior=0, covars_weight=0, n_iter=5000, tol=1e-9,
        params="tmc", init_params="",
    )  # fmt: skip
    peer.startprob_ = np.array([0.5, 0.5])
    peer.transmat_ = np.array([[0.9, 0.1], [0.1, 0.9]])
    peer.means_ = np.array([[-0.5], [1.0]])
    peer.covars_ = np.ones((2, 1))
    assert kernels.expectations(values, start, 0.5).log_likelihood == pytest.approx(
        peer.score(values[:, None]), abs=1e-6
    )
    peer.fit(values[:, None])
    assert log_likelihood == pytest.approx(peer.score(values[:, None]), abs=1e-6)
    theirs = [
        *peer.means_.ravel(),
        *peer.covars_.ravel(),
        peer.transmat_[0, 1],
        peer.transmat_[1, 0],
    ]
    np.testing.assert_allclose(np.array(model), theirs, rtol=1e-4, atol=1e-5)
    np.testing.assert_array_equal(kernels.viterbi(values, model, 0.5), peer.predict(values[:, None]))


@given(st.lists(st.integers(0, 1), min_size=1, max_size=60), st.integers(1, 5))
def test_runs_and_dead_time_against_the_naive_twin(bits, minimum):
    states = np.array(bits, np.int8)
    runs = [(bits[0], 1)]
    for bit in bits[1:]:
        runs[-1:] = [(bit, runs[-1][1] + 1)] if bit == runs[-1][0] else [runs[-1], (bit, 1)]
    lengths = kernels.run_lengths(states)
    assert lengths.tolist() == [length for _, length in runs]
    result, current = [], next((s for s, length in runs if length >= minimum), bits[0])
    for state, length in runs:
        current = state if length >= minimum else current
        result += [current] * length
    if any(length >= minimum for _, length in runs):
        assert kernels.impose_dead_time(states, minimum).tolist() == result


def test_hysteresis():
    values = np.array([0.5, 0.5, 0.9, 0.5, 0.1, 0.5, 0.71, 0.3, 0.29])
    states = kernels.threshold_states(values, 0.3, 0.7)
    assert states.tolist() == [1, 1, 1, 1, 0, 0, 1, 1, 0]


@pytest.mark.parametrize(("up", "down", "dt"), [(1.0, 1.0, 0.05), (0.2, 3.0, 0.4), (5.0, 2.0, 0.5)])
def test_sampled_process_is_the_exact_chain(up, down, dt):
    """The sampler draws continuous time; its flips must be those of the matrix exponential."""
    n = 400_000
    states = kernels.sample_telegraph(np.random.default_rng(9), up, down, dt, True, n)
    total = up + down
    for state, rate in ((0, up), (1, down)):
        p = rate / total * -math.expm1(-total * dt)
        from_here = states[:-1] == state
        flips = np.count_nonzero(states[1:][from_here] != state)
        trials = np.count_nonzero(from_here)
        # 5 sigma, false alarm 6e-7 each
        assert abs(flips - trials * p) < 5 * math.sqrt(trials * p * (1 - p))


def test_chain_of_the_paper_is_recovered():
    _, values = chain(PAPER, 100_000, seed=11)
    result = telegraph.analyse(values, dt=1.0)
    assert result.level_low.value == pytest.approx(PAPER.mean_low, abs=5 * 9.1e-4 / math.sqrt(5e4))
    assert result.level_high.value == pytest.approx(PAPER.mean_high, abs=5 * 9.1e-4 / math.sqrt(5e4))
    assert result.noise_low.value == pytest.approx(0.00090841466, rel=5 / math.sqrt(1e5))
    for flip in (result.flip_up, result.flip_down):
        # 5 sigma of a binomial proportion in 5e4 trials
        assert flip.value == pytest.approx(0.0809, abs=5 * math.sqrt(0.0809 * 0.92 / 5e4))
    # C(k) = (1 - 2p)^k falls to 1/e after 5.67 samples
    assert result.tau_c.value == pytest.approx(5.67, rel=0.05)
    assert result.autocorrelation.time == pytest.approx(5.67, rel=0.05)
    assert result.autocorrelation.value[1] == pytest.approx(0.8382 * 0.977, abs=0.01)
    assert result.dwell_low.durations.mean() == pytest.approx(1 / 0.0809, rel=0.06)
    # continuous time: flips between samples make the rate higher than p per sample
    assert 1 / result.rate_up.value == pytest.approx(2 * 5.67, rel=0.06)
    assert result.quality.two_level
    assert result.quality.separation == pytest.approx(13.06, rel=0.02)


def test_derived_table_of_the_paper():
    table = np.genfromtxt(DATA / "koenders2025_fig2_dwell_times.csv", delimiter=",", skip_header=2)
    for seed, (_, p_high, tau_c, dwell_high, dwell_low) in enumerate(table):
        trace = telegraph.sample(1e3 / dwell_low, 1e3 / dwell_high, 25e-6, 200_000, (36.2e-3, 48e-3), 0.9e-3, seed)
        result = telegraph.analyse(trace)
        assert result.occupation.value == pytest.approx(p_high, abs=0.02)
        assert result.tau_c.value == pytest.approx(tau_c * 1e-3, rel=0.04)
        assert result.autocorrelation.time == pytest.approx(tau_c * 1e-3, rel=0.08)


@pytest.mark.parametrize(
    ("up", "down", "noise", "options"),
    [
        (0.05, 0.05, 0.08, {}),
        (0.15, 0.4, 0.08, {}),  # several flips between samples
        (0.01, 0.1, 0.1, {"method": "threshold"}),
        (0.05, 0.08, 0.45, {}),  # overlapping levels: information is lost
        (0.05, 0.08, 0.08, {"dead_time": 4.0}),
        (0.03, 0.06, 0.08, {"dead_time": 6.0, "method": "threshold"}),
    ],
)
def test_coverage_of_the_intervals(up, down, noise, options):
    """95 % intervals cover the truth in 95 % of records, within 5 sigma of the binomial law."""
    records = 200 if noise < 0.4 else 80
    hits = np.zeros(4)
    for seed in range(records):
        trace = telegraph.sample(up, down, 1.0, 3000, noise=noise, seed=seed)
        r = quiet(trace, segments=2, max_lag=20.0, **options)
        truth = (up, down, up / (up + down), 1 / (up + down))
        for k, estimate in enumerate((r.rate_up, r.rate_down, r.occupation, r.tau_c)):
            hits[k] += estimate.low <= truth[k] <= estimate.high
    sigma = math.sqrt(records * 0.95 * 0.05)
    assert np.all(hits > 0.95 * records - 5 * sigma), hits
    assert np.all(hits < records), hits


def test_threshold_estimates_are_the_counts():
    trace = telegraph.sample(0.05, 0.08, 1.0, 3000, noise=0.05, seed=12)
    states = trace.values > 0.5
    result = telegraph.analyse(trace, method="threshold")
    flips = np.count_nonzero(~states[:-1] & states[1:])
    assert result.flip_up.value == pytest.approx(flips / np.count_nonzero(~states[:-1]), rel=1e-12)
    assert result.dwell_low.count == flips
    assert result.dwell_low.censored + result.dwell_high.censored == 2
    assert result.dwell_low.durations.size == flips - (not states[0])
    # Garwood's exact interval, times what sampling adds, here below 1 %
    from scipy.stats import chi2

    time = result.dwell_low.mean.value * flips
    exact = 2 * time / chi2.ppf([0.975, 0.025], [2 * flips + 2, 2 * flips])
    assert (result.dwell_low.mean.low, result.dwell_low.mean.high) == pytest.approx(exact, rel=0.01)


def test_filtered_signal():
    """A one-pole filter of 8 samples: short stays are swallowed, the dead time puts them back."""
    from scipy.signal import lfilter

    up, down, tau_f = 0.002, 0.005, 8.0
    trace = telegraph.sample(up, down, 1.0, 2_000_000, noise=0.0, seed=3)
    a = math.exp(-1 / tau_f)
    rng = np.random.default_rng(13)
    filtered = lfilter([1 - a], [1, -a], trace.values) + 0.02 * rng.normal(size=trace.values.size)
    result = telegraph.analyse(filtered, dt=1.0, method="threshold", dead_time=2 * tau_f)
    with pytest.warns(MtjphysWarning, match="not Gaussian .* use method='threshold'"):
        telegraph.analyse(filtered, dt=1.0)
    # 2,800 stays of each: 5 sigma is 10 %
    assert result.rate_up.value == pytest.approx(up, rel=0.1)
    assert result.rate_down.value == pytest.approx(down, rel=0.1)
    assert not result.drift.drifting
    thinned = quiet(filtered[:: int(3 * tau_f)], dt=3 * tau_f)
    assert thinned.rate_up.value == pytest.approx(up, rel=0.1)
    assert thinned.rate_down.value == pytest.approx(down, rel=0.1)


def test_standard_errors_against_the_numerical_hessian():
    _, values = chain(OVERLAPPING, 4000, seed=14)
    model, _, _ = telegraph._baum_welch(values[None], OVERLAPPING, 1e-9, 5000)

    def log_likelihood(theta):
        mean, variance, odds = theta[:2], np.exp(theta[2:4]), np.exp(theta[4:])
        moved = TwoLevelModel(*mean, *variance, *(odds / (1 + odds)))
        return kernels.forward_backward(values, moved, 0.5)[1]

    flips = np.array(model[4:])
    centre = np.array([*model[:2], *np.log(model[2:4]), *np.log(flips / (1 - flips))])
    h = 1e-3 * np.eye(6)
    hessian = np.array(
        [
            [
                sum(a * b * log_likelihood(centre + a * h[i] + b * h[j]) for a in (1, -1) for b in (1, -1)) / 4e-6
                for j in range(6)
            ]
            for i in range(6)
        ]
    )
    covariance = np.linalg.inv(-hessian)
    single, pair = telegraph._standard_errors(values[None], model)
    np.testing.assert_allclose(single, np.diag(covariance)[:4], rtol=0.01)
    to_log = np.outer(1 - flips, 1 - flips)
    np.testing.assert_allclose(pair, covariance[4:, 4:] * to_log, rtol=0.01)


def test_overlap_of_the_levels_widens_the_intervals():
    width = []
    for noise in (0.05, 0.6):
        trace = telegraph.sample(0.05, 0.05, 1.0, 50_000, noise=noise, seed=15)
        rate = quiet(trace).rate_up
        width.append(math.log(rate.high / rate.low))
    assert width[1] > 1.2 * width[0]


def test_intervals_scale_with_confidence():
    trace = telegraph.sample(0.05, 0.05, 1.0, 5000, seed=2)
    wide, narrow = (telegraph.analyse(trace, confidence=c).rate_up for c in (0.99, 0.68))
    assert wide.value == narrow.value
    assert wide.low < narrow.low < wide.value < narrow.high < wide.high


def test_few_stays_are_not_biased_by_censoring():
    """About five stays a record: without the cut ones the mean would be far too short."""
    up, n = 0.01, 400
    events = exposure = dropped = count = 0.0
    for seed in range(2000):
        states = kernels.sample_telegraph(np.random.default_rng(seed), up, up, 1.0, seed % 2 == 0, n)
        for stays in telegraph._stays(states[None], 1):
            events += stays.events
            exposure += stays.exposure
            dropped += stays.complete.sum()
            count += stays.complete.size
    p = 0.5 * -math.expm1(-2 * up)
    # events is a sum of exposure * p trials: 5 sigma
    assert abs(events - exposure * p) < 5 * math.sqrt(events)
    assert dropped / count < 0.8 / p


def test_dead_time_correction():
    up, down, dt = 0.02, 0.05, 1.0
    trace = telegraph.sample(up, down, dt, 2_000_000, noise=0.08, seed=21)
    for method in ("hmm", "threshold"):
        r = telegraph.analyse(trace, method=method, dead_time=10.0)
        # about 24,000 stays, several flips each lost: 5 sigma is 4 %
        assert r.rate_up.value == pytest.approx(up, rel=0.04)
        assert r.rate_down.value == pytest.approx(down, rel=0.04)
        apparent = r.dwell_low.durations.mean()
        m, q = 10, (1 - r.flip_down.value) ** 9
        expected = 1 / (r.flip_up.value * q) + (1 / q - 1) / r.flip_down.value
        assert apparent == pytest.approx(expected, rel=0.05)
        continuous = math.exp(down * (m - 1)) * (1 / up + 1 / down) - 1 / down
        assert apparent == pytest.approx(continuous, rel=0.06)
        assert r.dwell_low.durations.min() >= 10
    with pytest.raises(DataError, match="use a shorter dead_time"):
        telegraph._flips_from_stays(
            telegraph._Stays(np.empty(0, int), 100, 0, 100.0),
            telegraph._Stays(np.empty(0, int), 100, 0, 100.0),
            30, "trace", 1.0,
        )  # fmt: skip


def test_asymmetric_stays():
    trace = telegraph.sample(1 / 0.1461e-3, 1 / 2.8347e-3, 25e-6, 1_000_000, noise=0.1, seed=31)
    r = telegraph.analyse(trace)
    assert r.dwell_low.mean.low < 0.1461e-3 < r.dwell_low.mean.high
    assert r.dwell_high.mean.low < 2.8347e-3 < r.dwell_high.mean.high
    assert r.occupation.value == pytest.approx(0.951, abs=0.003)


def test_spectrum_follows_the_model():
    trace = telegraph.sample(2e3, 3e3, 25e-6, 2_000_000, noise=0.2, seed=41)
    s = telegraph.analyse(trace).spectrum
    ratio = s.density / (s.sampled + s.white_noise)
    # means over 20 bands; each band averages some 1e4 periodogram values
    bands = [band.mean() for band in np.array_split(ratio, 20)]
    np.testing.assert_allclose(bands, 1, atol=0.06)
    assert np.trapezoid(s.density, s.frequency) == pytest.approx(trace.values.var(), rel=0.05)
    assert s.white_noise == pytest.approx(2 * 25e-6 * 0.04, rel=0.02)


@pytest.mark.parametrize("samples", [500, 70_000])
def test_autocorrelation_against_the_naive_twin(samples):
    rng = np.random.default_rng(51)
    rows = np.cumsum(rng.normal(size=(2, samples)), axis=1) * 0.01 + rng.normal(size=(2, samples))
    x = rows - rows.mean()
    naive = [np.sum(x[:, : samples - k] * x[:, k:]) / (samples - k) for k in range(31)]
    np.testing.assert_allclose(telegraph.autocorrelation(rows, 30), np.array(naive) / naive[0], atol=1e-12)


def test_exponential_test_false_alarms_and_power():
    rng = np.random.default_rng(61)
    for mean in (1.5, 12.4, 1000.0):  # in samples: coarse sampling must not matter
        p = np.array(
            [telegraph.exponential_test(rng.geometric(1 / mean, 200), 1.0, seed=k).p_value for k in range(1000)]
        )
        for level in (0.05, 0.2, 0.5):
            # 5 sigma of a binomial of 1000
            assert abs(np.mean(p < level) - level) < 5 * math.sqrt(level * (1 - level) / 1000)
    mixed = np.concatenate([rng.geometric(1 / 5, 1000), rng.geometric(1 / 50, 1000)])
    assert telegraph.exponential_test(mixed, 1.0).p_value < 1e-3
    assert telegraph.exponential_test(rng.gamma(2.0, 1.0, 500)).p_value < 1e-3
    assert math.isnan(telegraph.exponential_test([1.0, 2.0]).p_value)
    assert math.isnan(telegraph.exponential_test(np.ones(100), 1.0).p_value)
    shifted = telegraph.exponential_test(rng.geometric(0.1, 500) + 4, 1.0, shortest=5)
    assert shifted.p_value > 1e-3


def test_drift_warns_only_when_there_is_drift():
    alarms = 0
    for seed in range(300):
        trace = telegraph.sample(0.05, 0.08, 1.0, 5000, noise=0.1, seed=seed)
        alarms += quiet(trace, method="threshold", max_lag=20.0).drift.drifting
    # four tests at 1e-4 each are 0.12 expected; more than 5 has probability below 1e-7
    assert alarms <= 5
    steady = telegraph.sample(0.05, 0.08, 1.0, 100_000, noise=0.1, seed=1)
    ramp = np.linspace(-0.5, 0.5, 100_000)
    telegraph.analyse(steady)
    with pytest.warns(MtjphysWarning, match=r"low level \(from .*high level .*drifts"):
        telegraph.analyse(steady.values + 0.02 * ramp, dt=1.0)
    first = telegraph.sample(0.05, 0.08, 1.0, 50_000, noise=0.1, seed=2).values
    second = telegraph.sample(0.05, 0.06, 1.0, 50_000, noise=0.1, seed=3).values
    with pytest.warns(MtjphysWarning, match="occupation"):
        telegraph.analyse(np.concatenate([first, second]), dt=1.0)
    second = telegraph.sample(0.08, 0.128, 1.0, 50_000, noise=0.1, seed=3).values
    with pytest.warns(MtjphysWarning, match="switching rate drifts"):
        telegraph.analyse(np.concatenate([first, second]), dt=1.0)


def coloured(samples, seed, decay=0.95):
    from scipy.signal import lfilter

    noise = np.random.default_rng(seed).normal(size=samples)
    return lfilter([math.sqrt(1 - decay**2)], [1, -decay], noise)


def test_one_level_is_not_two():
    for values in (coloured(50_000, 1), np.random.default_rng(2).uniform(size=50_000)):
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            try:
                telegraph.analyse(values, dt=1.0)
            except DataError as error:
                assert "two levels" in str(error)
                continue
        told = " ".join(str(item.message) for item in caught)
        assert "may not be a two-level signal" in told or "of the sampling interval" in told
    three = telegraph.sample(0.01, 0.01, 1.0, 50_000, noise=0.1, seed=4).values
    three = three + telegraph.sample(0.01, 0.01, 1.0, 50_000, noise=0.1, seed=5).values
    with pytest.warns(MtjphysWarning, match="may not be a two-level signal"):
        telegraph.analyse(three, dt=1.0)


def test_thresholds_warn_where_noise_crosses_them():
    trace = telegraph.sample(0.01, 0.01, 1.0, 20_000, noise=0.3, seed=6)
    with pytest.warns(MtjphysWarning, match="noise crosses the thresholds"):
        telegraph.analyse(trace, method="threshold", segments=2)
    result = telegraph.analyse(trace)
    assert result.rate_up.low < 0.01 < result.rate_up.high


@pytest.mark.parametrize("noise", [0.0, 1e-9])
def test_noise_free_and_digitised_signals(noise):
    trace = telegraph.sample(0.05, 0.05, 1.0, 20_000, noise=noise, seed=7)
    result = telegraph.analyse(trace)
    np.testing.assert_array_equal(result.states[0], trace.values > 0.5)
    assert all(math.isfinite(x) for _, value, _, i in result.summary() for x in (value, *(i or ())))
    rough = telegraph.sample(0.05, 0.05, 1.0, 20_000, noise=0.1, seed=7)
    digitised = telegraph.analyse(np.round(rough.values / 0.15) * 0.15, dt=1.0)
    assert digitised.quality.two_level
    assert digitised.rate_up.low < 0.05 < digitised.rate_up.high


def test_units_and_offsets_do_not_matter():
    trace = telegraph.sample(0.05, 0.03, 1.0, 5000, noise=0.15, seed=8)
    one = telegraph.analyse(trace)
    other = telegraph.analyse(trace.values * 1e-9 + 1e-6, dt=1e-9)
    assert other.rate_up.value == pytest.approx(1e9 * one.rate_up.value, rel=1e-4)
    assert other.rate_up.high == pytest.approx(1e9 * one.rate_up.high, rel=1e-3)
    mirrored = telegraph.analyse(-trace.values, dt=1.0)
    assert mirrored.rate_down.value == pytest.approx(one.rate_up.value, rel=1e-4)


def replicas(shape=(1, 2, 4), samples=4000):
    rows = np.empty((*shape, samples))
    for lane in np.ndindex(*shape):
        rate = 0.03 * (1 + lane[1])
        seed = int(np.ravel_multi_index(lane, shape))
        rows[lane] = telegraph.sample(rate * 1e9, 0.05e9, 1e-9, samples, seed=seed).values
    return xarray.DataArray(
        rows,
        dims=("device", "bias", "replica", "time"),
        coords={"time": 1e-9 * np.arange(samples)},
        attrs={"units": "V"},
        name="voltage",
    )


def test_replicas_are_pooled_and_lanes_kept_apart():
    data = replicas()
    with pytest.raises(DataError, match=r"choose one with bias=0.*or use analyse_lanes"):
        telegraph.analyse(data)
    pooled = telegraph.analyse(data, bias=1)
    single = telegraph.analyse(data, bias=1, replica=2)
    assert pooled.states.shape == (4, 4000)
    assert single.states.shape == (1, 4000)
    # four times the data: half the width, give or take the sampling error of the counts
    width = [math.log(r.rate_up.high / r.rate_up.low) for r in (single, pooled)]
    assert width[0] / width[1] == pytest.approx(2, rel=0.2)
    assert pooled.rate_up.low < 0.06e9 < pooled.rate_up.high
    lanes = telegraph.analyse_lanes(data)
    assert lanes.rate_up.dims == ("device", "bias")
    assert lanes.rate_up.values[0, 1] == pooled.rate_up.value
    assert lanes.rate_up_interval.dims == ("device", "bias", "bound")
    assert lanes.rate_up.attrs["units"] == "1/s"
    same = telegraph.analyse(data.values[0, 1], dt=1e-9)
    assert same.rate_up.value == pytest.approx(pooled.rate_up.value, rel=1e-9)


def test_a_bad_lane_does_not_stop_the_others(tmp_path):
    data = replicas()
    data[0, 0] = 0.5
    path = tmp_path / "run.nc"
    data.to_dataset().to_netcdf(path, engine="h5netcdf")
    with pytest.warns(MtjphysWarning, match="device 0, bias 0: .*every sample is 0.5"):
        lanes = telegraph.analyse_lanes(path)
    assert np.isnan(lanes.rate_up.values[0, 0])
    assert lanes.rate_up.values[0, 1] > 0
    assert telegraph.analyse(path, bias=1).rate_up.value == lanes.rate_up.values[0, 1]
    with pytest.raises(DataError, match="no lane can be analysed"):
        telegraph.analyse_lanes(data[:, :1])


def test_csv_end_to_end(tmp_path):
    trace = telegraph.sample(2e3, 2.5e3, 25e-6, 20_000, (36.2e-3, 48e-3), 0.9e-3, seed=1)
    time = 25e-6 * np.arange(20_000)
    np.savetxt(
        tmp_path / "t.csv",
        np.c_[time * 1e3, trace.values * 1e3],
        delimiter=",",
        header="time (ms),V (mV)",
        comments="",
    )
    result = telegraph.analyse(tmp_path / "t.csv")
    assert (result.unit, result.name) == ("V", "V")
    assert result.rate_up.low < 2e3 < result.rate_up.high
    assert result.levels == pytest.approx((36.2e-3, 48e-3), rel=1e-3)


SQUARE = np.arange(500) // 50 % 2


@pytest.mark.parametrize(
    ("trace", "options", "error", "message"),
    [
        (np.ones(500), {"dt": 1.0}, DataError, "every sample is 1"),
        (np.ones((2, 500)), {"dt": 1.0}, DataError, "every sample is the same"),
        (np.arange(50.0), {"dt": 1.0}, DataError, "holds 50 samples; expected at least 100"),
        (np.full(500, np.nan), {"dt": 1.0}, DataError, "sample 0 is nan"),
        (np.arange(500) % 2.0, {}, DataError, "pass the sampling interval in s"),
        (np.arange(500) % 2.0, {"dt": 1.0}, DataError, "sample faster than every dt=1 s"),
        (np.arange(500) // 250.0, {"dt": 1.0}, DataError, "switches up 1 and down 0 times"),
        (Trace(np.ones(500), 1.0), {}, DataError, "every sample is 1"),
        ("missing.csv", {}, DataError, "missing.csv: no such file"),
        ("missing.nc", {}, DataError, "missing.nc: no such file"),
        (SQUARE, {"dt": 1.0, "method": "magic"}, ParameterError, "method='magic'"),
        (SQUARE, {"dt": 1.0, "hysteresis": 1.5}, ParameterError, "hysteresis=1.5"),
        (SQUARE, {"dt": 1.0, "confidence": 95}, ParameterError, "confidence=95"),
        (SQUARE, {"dt": 1.0, "dead_time": -1.0}, ParameterError, "dead_time=-1.0 s"),
        (SQUARE, {"dt": 1.0, "dead_time": 60.0}, DataError, "switches up 0"),
        (SQUARE, {"dt": 1.0, "max_lag": 1e9}, ParameterError, "max_lag="),
    ],
)  # fmt: skip
@pytest.mark.filterwarnings("ignore::mtjphys.core.errors.MtjphysWarning")
def test_bad_calls(trace, options, error, message):
    with pytest.raises(error, match=message) as caught:
        telegraph.analyse(trace, **options)
    assert "\n" not in str(caught.value)


def test_unconverged_fit_warns():
    _, values = chain(OVERLAPPING, 3000, seed=71)
    with pytest.warns(MtjphysWarning, match="raise max_iterations or tolerance"):
        telegraph.analyse(values, dt=1.0, max_iterations=2)


def test_summary_dataset_and_figures(tmp_path):
    import matplotlib.pyplot as plt

    trace = telegraph.sample(2e3, 2.5e3, 25e-6, 20_000, (36.2e-3, 48e-3), 0.9e-3, seed=1, unit="V")
    result = telegraph.analyse(trace)
    names = [name for name, *_ in result.summary()]
    assert len(set(names)) == len(names)
    for name, value, unit, interval in result.summary():
        assert type(value) is float, name
        assert isinstance(unit, str)
        if interval is not None:
            assert interval[0] <= value <= interval[1]
            assert type(interval[0]) is type(interval[1]) is float
    dataset = result.to_dataset()
    dataset.to_netcdf(tmp_path / "r.nc", engine="h5netcdf")
    assert float(dataset.rate_up) == result.rate_up.value
    assert dataset.power_spectral_density.attrs["units"] == "V^2/Hz"
    page = telegraph.figure(result)
    page.savefig(tmp_path / "f.png")
    assert [ax.get_xlabel() for ax in page.axes] == [
        "Time (ms)", "Density (1/mV)", "Dwell time t (ms)", "Lag t (ms)", "Frequency (Hz)",
    ]  # fmt: skip
    for plot in (
        telegraph.plot_trace,
        telegraph.plot_histogram,
        telegraph.plot_dwell_times,
        telegraph.plot_autocorrelation,
        telegraph.plot_spectrum,
    ):
        ax = plt.subplots()[1]
        assert plot(result, ax=ax) is ax
        assert plot(result) is not ax
    plt.close("all")


def test_same_trace_same_result():
    trace = telegraph.sample(0.05, 0.05, 1.0, 5000, seed=3)
    assert telegraph.analyse(trace).summary() == telegraph.analyse(trace).summary()
    again = telegraph.sample(0.05, 0.05, 1.0, 5000, seed=3)
    np.testing.assert_array_equal(trace.values, again.values)

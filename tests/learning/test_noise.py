"""Ideal noise: its law, its independence, and that it continues to the bit."""

import copy
import itertools
import math

import naive
import numpy as np
import pytest
from scipy import stats

import mtjphys as mp
from mtjphys import learning
from mtjphys.core.errors import DataError, ParameterError
from mtjphys.learning import BernoulliNoise, BinomialNoise, GaussianNoise, TelegraphNoise

# Seeds are fixed; a right source would fail a threshold of 5 standard deviations for one seed in 1.7 million.

KINDS = {
    "gaussian": lambda: GaussianNoise(0.01, seed=4, mean=0.1),
    "chain": lambda: TelegraphNoise(seed=4),
    "unequal": lambda: TelegraphNoise(seed=4, flip_probability=(0.3, 0.1)),
    "bernoulli": lambda: BernoulliNoise(0.7, 0.01, seed=4),
    "binomial": lambda: BinomialNoise(12, 0.3, 0.01, seed=4),
}
every_kind = pytest.mark.parametrize("fresh", KINDS.values(), ids=KINDS)


@every_kind
@pytest.mark.parametrize("n_units", [1, 3, 7, 16, 19, 37])
def test_any_division_into_calls_gives_the_same_bits(fresh, n_units):
    whole, source = fresh().volts(12, n_units), fresh()
    parts = [source.volts(n, n_units) for n in (5, 1, 1, 3, 2)]
    assert whole.dtype == np.float32
    np.testing.assert_array_equal(whole, np.vstack(parts))
    assert np.unique(whole).size > 1


@every_kind
@pytest.mark.parametrize("n_units", [1, 2, 3, 5, 18])
def test_a_unit_has_the_same_bits_alone_and_among_others(fresh, n_units):
    np.testing.assert_array_equal(fresh().volts(33, 40)[:, :n_units], fresh().volts(33, n_units))


@every_kind
@pytest.mark.parametrize("done", [0, 4, 5])
def test_saved_and_loaded_continues_with_the_same_bits(fresh, done):
    source, used = fresh(), fresh()
    if done:
        source.volts(done, 19)
    used.volts(3, 19)
    late = fresh()
    state = {name: array.copy() for name, array in source.state_dict().items()}
    twin = copy.deepcopy(source)
    expected = source.volts(7, 19)
    for other in (used, late):
        other.load_state_dict(state)
        np.testing.assert_array_equal(expected, other.volts(7, 19))
    np.testing.assert_array_equal(expected, twin.volts(7, 19))


@every_kind
def test_a_unit_has_its_own_stream_whatever_the_others(fresh):
    few, many = fresh().volts(50, 3), fresh().volts(50, 40)
    np.testing.assert_array_equal(few, many[:, :3])
    assert len({column.tobytes() for column in many.T}) == 40


@every_kind
def test_a_used_source_equals_a_fresh_one(fresh):
    used, other = fresh(), fresh()
    used.volts(2, 20)
    other.volts(3, 20)
    assert used == other == fresh()
    other.gain = 2.0
    assert used != other


@every_kind
def test_another_number_of_units_is_refused(fresh):
    source = fresh()
    source.volts(2, 3)
    with pytest.raises(ParameterError, match="n_units=4, but this source already feeds 3"):
        source.volts(2, 4)
    with pytest.raises(ParameterError, match="at least 1"):
        source.volts(0, 3)


def words_of(seed, unit):
    state = np.random.SeedSequence(seed, spawn_key=(unit,)).generate_state(4, np.uint64)
    return naive.xoshiro256plusplus([int(word) for word in state])


def naive_chain(seed, unit, n, mean, amplitude, sigma, up, down):
    """One unit's samples, two by two, in plain Python."""
    words = words_of(seed, unit)
    either = up + down
    level = 1 if (next(words) >> 12) / 2**52 < (up / either if either else 0.5) else -1
    volts = []
    while len(volts) < n:
        levels = []
        for _ in range(2):
            if amplitude and (next(words) >> 12) / 2**52 < (down if level == 1 else up):
                level = -level
            levels.append(level)
        normals = naive.gaussian_pair(next(words), next(words))
        volts += [mean + amplitude * s + sigma * x for s, x in zip(levels, normals, strict=True)]
    return volts[:n]


@pytest.mark.parametrize(
    ("source", "law"),
    [
        (GaussianNoise(2.0, seed=3, mean=0.5), (0.5, 0.0, 2.0, 0.0, 0.0)),
        (TelegraphNoise(seed=9), (0.042092104, 0.0059316154, 0.00090841466, 0.0809, 0.0809)),
        (
            TelegraphNoise(mean=1.0, amplitude=2.0, sigma=0.1, flip_probability=(0.5, 0.2), seed=2**70),
            (1.0, 2.0, 0.1, 0.5, 0.2),
        ),
        (TelegraphNoise(mean=0.0, amplitude=1.0, sigma=0.1, flip_probability=0.0), (0.0, 1.0, 0.1, 0.0, 0.0)),
    ],
)
def test_chain_agrees_with_plain_python(source, law):
    volts = source.volts(41, 18)
    for unit in (0, 5, 15, 16, 17):
        expected = naive_chain(source.seed, unit, 41, *law)
        np.testing.assert_allclose(volts[:, unit], expected, rtol=2e-7, atol=1e-7 * law[2])


@pytest.mark.parametrize("source", [BernoulliNoise(0.7, 0.01, seed=5), BinomialNoise(12, 0.3, 0.5, seed=5)])
def test_coins_agree_with_plain_python(source):
    volts = source.volts(60, 18)
    for unit in (0, 15, 17):
        for value, word in zip(volts[:, unit], words_of(5, unit), strict=False):
            u = (word >> 12) / 2**52
            below = itertools.accumulate(
                math.comb(source.n, k) * source.p**k * (1 - source.p) ** (source.n - k) for k in range(source.n)
            )
            assert value == np.float32(source.amplitude * sum(u >= total for total in below))


def test_chain_has_the_levels_and_the_memory_of_the_paper():
    source = TelegraphNoise(seed=2)
    volts = source.volts(40_000, 20).astype(float)
    state = np.where(volts > source.mean, 1.0, -1.0)  # levels are 6.5 sigma from the middle
    # Every statistic is an average over 20 independent units; its scatter between them gives the
    # standard error. 5.9 of these with 19 degrees of freedom: false alarm about 1e-5.
    for k in (1, 2, 5, 10):
        correlation = (state[k:] * state[:-k]).mean(axis=0)
        error = correlation.std(ddof=1) / math.sqrt(20)
        assert abs(correlation.mean() - 0.8382**k) < 5.9 * error
        assert error < 0.01
    up = volts[state > 0]
    assert abs(up.mean() - (0.042092104 + 0.0059316154)) < 5 * 0.00090841466 / math.sqrt(up.size)
    # The standard deviation of n normal numbers scatters by sigma/sqrt(2 n).
    assert abs(up.std() - 0.00090841466) < 5 * 0.00090841466 / math.sqrt(2 * up.size)
    occupation = state.mean(axis=0)
    assert abs(occupation.mean()) < 5.9 * occupation.std(ddof=1) / math.sqrt(20)
    assert source.standard_deviation == pytest.approx(0.0060007, rel=1e-4)


@pytest.mark.parametrize(("flips", "high"), [(0.0809, 0.5), ((0.05, 0.2), 0.2), ((0.3, 0.0), 1.0), (0.0, 0.5)])
def test_chain_starts_and_stays_in_its_stationary_law(flips, high):
    source = TelegraphNoise(seed=3, flip_probability=flips)
    up = source.volts(6, 10_000) > 0.042092104
    assert source.occupation == pytest.approx(high)
    for sample in up:
        assert abs(sample.mean() - high) <= 5 * math.sqrt(high * (1 - high) / 10_000)


def test_unequal_stays_have_their_flip_probabilities_and_their_variance():
    source = TelegraphNoise(seed=6, flip_probability=(0.05, 0.2))
    volts = source.volts(20_000, 16).astype(float)
    up = volts > source.mean
    for state, probability in ((False, 0.05), (True, 0.2)):
        flips = (up[1:] != up[:-1])[up[:-1] == state]
        assert abs(flips.mean() - probability) < 5 * math.sqrt(probability * (1 - probability) / flips.size)
    # (1 + c)/(1 - c) = 7 correlated samples, c = 1 - 0.25, make an independent one.
    kurtosis = ((volts - volts.mean()) ** 4).mean() / volts.var() ** 2
    error = source.standard_deviation**2 * math.sqrt((kurtosis - 1) * 7 / volts.size)
    assert abs(volts.var() - source.standard_deviation**2) < 5 * error


@pytest.mark.parametrize("source", [BernoulliNoise(0.9, 0.01, seed=2), BinomialNoise(5, 0.4, 0.01, seed=2)])
def test_coins_fall_as_they_should(source):
    counts = np.round(source.volts(5000, 20) / source.amplitude).astype(int)
    found = np.bincount(counts.ravel(), minlength=source.n + 1) / counts.size
    law = stats.binom(source.n, source.p).pmf(np.arange(source.n + 1))
    assert np.all(np.abs(found - law) < 5 * np.sqrt(law * (1 - law) / counts.size))
    assert source.mean == pytest.approx(source.amplitude * stats.binom(source.n, source.p).mean())
    assert source.standard_deviation == pytest.approx(source.amplitude * stats.binom(source.n, source.p).std())
    assert abs(((counts[1:] - source.n * source.p) * (counts[:-1] - source.n * source.p)).mean()) < (
        5 * stats.binom(source.n, source.p).var() / math.sqrt(counts[1:].size)
    )


@pytest.mark.parametrize("p", [0.5, 0.01])
def test_many_coins_keep_mean_and_variance(p):
    source = BinomialNoise(1000, p, 1.0, seed=1)
    counts = source.volts(1000, 16).astype(float)
    error = source.standard_deviation / math.sqrt(counts.size)
    assert abs(counts.mean() - source.mean) < 5 * error
    assert abs(counts.var() - source.standard_deviation**2) < 5 * error * source.standard_deviation * math.sqrt(2)


def test_certain_coins():
    assert np.all(BernoulliNoise(0.0, 0.01).volts(50, 3) == 0.0)
    assert np.all(BernoulliNoise(1.0, 0.01).volts(50, 3) == np.float32(0.01))


def test_chain_from_an_analysis_at_another_sampling_interval():
    true = TelegraphNoise(seed=8, flip_probability=(0.02, 0.06))
    found = mp.telegraph.analyse(true.volts(60_000, 1)[:, 0], sample_interval=1e-6)
    noise = TelegraphNoise.from_analysis(found, seed=3, gain=10.0)
    assert noise.mean == pytest.approx(true.mean, rel=0.01)
    assert noise.amplitude == pytest.approx(true.amplitude, rel=0.01)
    assert noise.sigma == pytest.approx(true.sigma, rel=0.03)
    assert (noise.seed, noise.gain) == (3, 10.0)
    assert noise.flip_probabilities == pytest.approx((found.flip_up.value, found.flip_down.value), rel=1e-9)
    # Four steps of the chain are one step at four times the interval (Chapman-Kolmogorov).
    (up, down), (up4, down4) = noise.flip_probabilities, TelegraphNoise.from_analysis(found, 4e-6).flip_probabilities
    step = np.linalg.matrix_power([[1 - up, up], [down, 1 - down]], 4)
    np.testing.assert_allclose([up4, down4], [step[0, 1], step[1, 0]], rtol=1e-9)
    rare = TelegraphNoise.from_analysis(found, 1e-3)
    assert sum(rare.flip_probabilities) == pytest.approx(1.0)  # no memory is left
    assert rare.occupation == pytest.approx(found.occupation.value, rel=1e-3)
    with pytest.raises(ParameterError, match=r"sample_interval=0\.0 s"):
        TelegraphNoise.from_analysis(found, 0.0)


def test_chain_from_unequal_levels_has_their_mean_square_noise():
    clean = TelegraphNoise(seed=8, sigma=0.0, flip_probability=(0.02, 0.06)).volts(60_000, 1)[:, 0].astype(float)
    high = clean > 0.042
    record = clean + np.where(high, 1.5e-3, 0.5e-3) * np.random.default_rng(8).standard_normal(clean.size)
    noise = TelegraphNoise.from_analysis(mp.telegraph.analyse(record, sample_interval=1e-6))
    expected = math.sqrt((record - clean).var())
    assert noise.sigma == pytest.approx(expected, rel=0.03)  # the other way round it is 1.5 times as large


def test_gaussian_is_gaussian():
    n = GaussianNoise(2.0, seed=1, mean=1.0).volts(20_000, 20).astype(float)
    z = (n - 1.0) / 2.0
    # 5 sigma each: variances of z, z^2, z^3, z^4 are 1, 2, 15, 96.
    for power, expected, variance in ((1, 0, 1), (2, 1, 2), (3, 0, 15), (4, 3, 96)):
        assert abs((z**power).mean() - expected) < 5 * math.sqrt(variance / z.size)
    assert abs((z[1:] * z[:-1]).mean()) < 5 / math.sqrt(z.size)


@every_kind
def test_units_are_independent(fresh):
    volts = fresh().volts(20_000, 12).astype(float)
    correlation = np.corrcoef(volts.T)[np.triu_indices(12, 1)]
    # A chain of autocorrelation c^k has n (1 - c^2)/(1 + c^2) independent samples for a product, 20000/5.8 for the
    # slowest here, c = 0.84; 66 pairs at 5.5 sigma: false alarm 3e-6.
    assert np.abs(correlation).max() < 5.5 / math.sqrt(3_400)


def test_conversion_to_preactivation_is_as_declared():
    raw = TelegraphNoise(seed=5).volts(4, 3)
    source = TelegraphNoise(seed=5, gain=100.0, offset=0.04)
    eps = learning.perturbation(source, 4, 3, np.float64)
    np.testing.assert_allclose(eps, 100.0 * (raw.astype(float) - 0.04), rtol=1e-12)
    np.testing.assert_array_equal(learning.perturbation(TelegraphNoise(seed=5), 4, 3), raw)  # the paper: raw volts


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: GaussianNoise(-1.0), "sigma=-1.0 V"),
        (lambda: GaussianNoise(float("nan")), "sigma=nan V"),
        (lambda: TelegraphNoise(flip_probability=1.5), r"flip_probability=1.5 .* \[0, 1\]"),
        (lambda: TelegraphNoise(flip_probability=(0.1, float("nan"))), "flip_probability=nan"),
        (lambda: TelegraphNoise(flip_probability=(0.1, 0.2, 0.3)), "must be a number or a pair"),
        (lambda: TelegraphNoise(amplitude=0.0), "amplitude=0.0 V"),
        (lambda: TelegraphNoise(seed=-1), "seed=-1 is not a whole number"),
        (lambda: BernoulliNoise(1.5, 0.01), r"p=1.5 .* \[0, 1\]"),
        (lambda: BernoulliNoise(0.5, 0.0), "amplitude=0.0 V"),
        (lambda: BinomialNoise(0, 0.5, 0.01), "n=0 coins"),
        (lambda: BinomialNoise(2000, 0.5, 0.01), "use GaussianNoise"),
        (lambda: BinomialNoise(2.5, 0.5, 0.01), "n=2.5 is not a whole number"),
        (lambda: TelegraphNoise(gain=float("inf")), "gain=inf 1/V"),
    ],
)
def test_wrong_parameters_are_one_sentence(call, message):
    with pytest.raises(ParameterError, match=message):
        call()


def test_a_foreign_noise_state_is_refused():
    streams = np.zeros((4, 2), np.uint64)
    for state, message in (
        ({"streams": np.zeros((4, 2)), "levels": np.ones(2), "half": 0}, "uint64"),
        ({"place": np.array(3)}, "uint64"),
        ({"streams": streams}, "expected a level of -1 or 1"),
        ({"streams": streams, "levels": np.ones(3), "half": 0}, "expected a level of -1 or 1"),
        ({"streams": streams, "levels": np.zeros(2), "half": 0}, "expected a level of -1 or 1"),
        ({"streams": streams, "levels": np.ones(2), "half": 2}, "half=2"),
    ):
        with pytest.raises(DataError, match=message):
            GaussianNoise(1.0).load_state_dict(state)


def test_conversion_leaves_what_the_source_keeps_alone():
    class Kept:
        gain, offset = 2.0, 0.5
        table = np.ones((4, 3), np.float32)

        def volts(self, n_samples, n_units):
            return self.table

    source = Kept()
    for _ in range(2):
        np.testing.assert_array_equal(learning.perturbation(source, 4, 3), np.ones((4, 3)))

"""The two-level chain: its law, and how it is taken from an analysis."""

import math

import numpy as np
import pytest
from noise_checks import check_source

import mtjphys as mp
from mtjphys import Spread
from mtjphys.core.errors import ParameterError
from mtjphys.learning import TelegraphNoise, TwoLevelDevice


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


def test_chain_from_an_analysis_at_another_sampling_interval():
    true = TelegraphNoise(seed=8, flip_probability=(0.02, 0.06))
    analysis = mp.telegraph.analyse(true.volts(60_000, 1)[:, 0], sample_interval=1e-6)
    noise = TelegraphNoise.from_analysis(analysis, seed=3, gain=10.0)
    assert noise.mean == pytest.approx(true.mean, rel=0.01)
    assert noise.amplitude == pytest.approx(true.amplitude, rel=0.01)
    assert noise.sigma == pytest.approx(true.sigma, rel=0.03)
    assert (noise.seed, noise.gain) == (3, 10.0)
    assert noise.flip_probabilities == pytest.approx((analysis.flip_up.value, analysis.flip_down.value), rel=1e-9)
    # Four steps of the chain are one step at four times the interval (Chapman-Kolmogorov).
    (up, down), (up4, down4) = noise.flip_probabilities, TelegraphNoise.from_analysis(analysis, 4e-6).flip_probabilities
    step = np.linalg.matrix_power([[1 - up, up], [down, 1 - down]], 4)
    np.testing.assert_allclose([up4, down4], [step[0, 1], step[1, 0]], rtol=1e-9)
    rare = TelegraphNoise.from_analysis(analysis, 1e-3)
    assert sum(rare.flip_probabilities) == pytest.approx(1.0)  # no memory is left
    assert rare.occupation == pytest.approx(analysis.occupation.value, rel=1e-3)
    with pytest.raises(ParameterError, match=r"sample_interval=0\.0 s"):
        TelegraphNoise.from_analysis(analysis, 0.0)


def test_chain_from_unequal_levels_has_their_mean_square_noise():
    clean = TelegraphNoise(seed=8, sigma=0.0, flip_probability=(0.02, 0.06)).volts(60_000, 1)[:, 0].astype(float)
    high = clean > 0.042
    record = clean + np.where(high, 1.5e-3, 0.5e-3) * np.random.default_rng(8).standard_normal(clean.size)
    noise = TelegraphNoise.from_analysis(mp.telegraph.analyse(record, sample_interval=1e-6))
    expected = math.sqrt((record - clean).var())
    assert noise.sigma == pytest.approx(expected, rel=0.03)  # the other way round it is 1.5 times as large


def test_it_is_a_source_that_files_call_telegraph():
    check_source(lambda: TelegraphNoise(seed=4), {"kind": "telegraph"})
    unlike = {"spread": {"barrier": 0.1, "seed": 2}, "device": {"stray_field": 1e-4}}
    check_source(
        lambda: TelegraphNoise(
            flip_probability=(0.1, 0.2),
            spread=Spread(barrier=0.1, seed=2),
            device=TwoLevelDevice(stray_field=1e-4),
            seed=4,
        ),
        {"kind": "telegraph", "flip_probability": (0.1, 0.2), **unlike},
    )

"""Coins against plain Python and the binomial law."""

import itertools
import math

import numpy as np
import pytest
from ideal_noise import words_of
from scipy import stats

from mtjphys.learning import BernoulliNoise, BinomialNoise


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


@pytest.mark.parametrize("source", [BernoulliNoise(0.9, 0.01, seed=2), BinomialNoise(5, 0.4, 0.01, seed=2)])
def test_coins_fall_as_they_should(source):
    counts = np.round(source.volts(5000, 20) / source.amplitude).astype(int)
    shares = np.bincount(counts.ravel(), minlength=source.n + 1) / counts.size
    law = stats.binom(source.n, source.p).pmf(np.arange(source.n + 1))
    assert np.all(np.abs(shares - law) < 5 * np.sqrt(law * (1 - law) / counts.size))
    assert source.mean == pytest.approx(source.amplitude * stats.binom(source.n, source.p).mean())
    assert source.standard_deviation == pytest.approx(source.amplitude * stats.binom(source.n, source.p).std())
    assert abs(((counts[1:] - source.n * source.p) * (counts[:-1] - source.n * source.p)).mean()) < (
        5 * stats.binom(source.n, source.p).var() / math.sqrt(counts[1:].size)
    )

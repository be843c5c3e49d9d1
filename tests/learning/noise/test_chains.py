"""Two-level chains against plain Python, and independent of each other."""

import math

import naive
import numpy as np
import pytest
from ideal_noise import every_kind, words_of

from mtjphys.core.errors import DataError
from mtjphys.learning import GaussianNoise, TelegraphNoise


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


@every_kind
def test_units_are_independent(fresh):
    volts = fresh().volts(20_000, 12).astype(float)
    correlation = np.corrcoef(volts.T)[np.triu_indices(12, 1)]
    # A chain of autocorrelation c^k has n (1 - c^2)/(1 + c^2) independent samples for a product, 20000/5.8 for the
    # slowest here, c = 0.84; 66 pairs at 5.5 sigma: false alarm 3e-6.
    assert np.abs(correlation).max() < 5.5 / math.sqrt(3_400)


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

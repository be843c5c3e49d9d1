"""Whether noise is white, octave by octave."""

import numpy as np
import pytest
from scipy.signal import lfilter

from mtjphys.calibration.likelihoods import whiteness


def test_p_values_of_white_noise_are_uniform() -> None:
    stream = np.random.default_rng(1)
    values = np.sort([whiteness(stream.standard_normal(1000)).p_value for _ in range(400)])
    # Kolmogorov's distance, which is above 1.95/sqrt(n) once in a thousand.
    assert np.abs(values - np.linspace(0.0, 1.0, 400)).max() < 1.95 / 20.0


@pytest.mark.parametrize("samples", [16, 17, 1023, 1024])
def test_octaves_cover_all_frequencies_once(samples: int) -> None:
    # A tone at any frequency but zero is found where it is.
    noise = np.random.default_rng(samples).standard_normal(samples)
    for k in range(1, (samples + 1) // 2):
        found = whiteness(noise + 12.0 * np.cos(2.0 * np.pi * k * np.arange(samples) / samples))
        assert found.slowest <= k / samples <= found.fastest
        assert found.power > 1.0


def test_slow_and_fast_noise_are_told_apart() -> None:
    noise = np.random.default_rng(2).standard_normal(20_000)
    slow, fast = whiteness(noise + np.linspace(-0.1, 0.1, 20_000)), whiteness(lfilter([0.98], [1.0, -0.2], noise))
    assert slow.p_value < 1e-4
    assert slow.fastest < 1e-3
    assert fast.p_value < 1e-4
    assert fast.slowest > 0.1
    assert fast.power < 1.0

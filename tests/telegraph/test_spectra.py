"""Spectrum and autocorrelation: known processes and naive twins."""

import numpy as np
import pytest
from scipy.integrate import trapezoid

from mtjphys import telegraph


def test_spectrum_follows_the_model():
    trace = telegraph.sample(2e3, 3e3, 25e-6, 500_000, noise=0.2, seed=41)
    s = telegraph.analyse(trace).spectrum
    ratio = s.density / (s.sampled + s.white_noise)
    # means over 20 bands; each band averages some 2e4 periodogram values, so that atol is 8 sigma
    bands = [band.mean() for band in np.array_split(ratio, 20)]
    np.testing.assert_allclose(bands, 1, atol=0.06)
    below = s.density[0] * s.frequency[0]  # the plateau under the lowest frequency
    assert below + trapezoid(s.density, s.frequency) == pytest.approx(trace.values.var(), rel=0.02)
    assert s.white_noise == pytest.approx(2 * 25e-6 * 0.04, rel=0.02)


@pytest.mark.parametrize("samples", [500, 70_000])
def test_autocorrelation_against_the_naive_twin(samples):
    rng = np.random.default_rng(51)
    rows = np.cumsum(rng.normal(size=(2, samples)), axis=1) * 0.01 + rng.normal(size=(2, samples))
    x = rows - rows.mean()
    naive = [np.sum(x[:, : samples - k] * x[:, k:]) / (samples - k) for k in range(31)]
    np.testing.assert_allclose(telegraph.autocorrelation(rows, 30), np.array(naive) / naive[0], atol=1e-12)

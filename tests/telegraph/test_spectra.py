"""Spectrum and autocorrelation: known processes and naive twins."""

import numpy as np
import pytest
from scipy.integrate import trapezoid

from mtjphys import telegraph, theory
from mtjphys.telegraph.spectra import finite_runs, modes, spectrum_of


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


def test_two_levels_have_machlups_spectrum():
    rates, frequency = np.array([[-2.0, 2.0], [5.0, -5.0]]), np.geomspace(0.01, 5.0, 20)
    weights, decays = modes(rates, np.array([1.0, 4.0]))
    np.testing.assert_allclose(decays, 7.0)
    for interval in (None, 0.1):
        exact = theory.machlup_spectrum(frequency, 3.0, 0.5, 0.2, interval)
        np.testing.assert_allclose(spectrum_of(frequency, weights, decays, interval), exact, rtol=1e-12)


def test_modes_are_the_autocovariance():
    from scipy.linalg import expm

    rates = np.array([[-3.0, 3.0, 0.0], [0.0, -2.0, 2.0], [4.0, 0.0, -4.0]])  # runs around: complex decays
    signal, time = np.array([0.0, 1.0, 5.0]), 0.3
    share = np.linalg.lstsq(np.vstack([rates.T, np.ones(3)]), [0, 0, 0, 1.0], rcond=None)[0]
    weights, decays = modes(rates, signal)
    exact = share * signal @ expm(rates * time) @ signal - (share @ signal) ** 2
    assert np.real((weights * np.exp(-decays * time)).sum()) == pytest.approx(exact, rel=1e-10)


def test_gaps_are_left_out():
    rng = np.random.default_rng(5)
    row = np.cumsum(rng.normal(size=500)) * 0.1 + rng.normal(size=500)
    row[40:60] = row[0] = np.nan
    x = row - np.nanmean(row)
    naive = [np.nanmean(x[: 500 - k] * x[k:]) for k in range(21)]
    np.testing.assert_allclose(telegraph.autocorrelation(row, 20), np.array(naive) / naive[0], atol=1e-12)
    assert finite_runs(row) == [slice(1, 40), slice(60, 500)]

"""Averaged periodograms of white noise follow their law; overlapping segments are worth fewer."""

import numpy as np
import pytest
from scipy import signal, stats

from mtjphys.calibration.likelihoods import averaged_periodogram, effective_averages


def test_the_law_is_chi_square_of_twice_the_averages():
    density, truth = np.array([1.3e-12, 0.8e-12]), 1e-12
    likelihood = averaged_periodogram(density, 40)
    law = stats.chi2(80, scale=truth / 80)
    # densities of the sum and of the mean differ by the constant number of averages
    assert likelihood.log_likelihood(np.log([truth, truth])) == pytest.approx(
        law.logpdf(density).sum() - 2 * np.log(40)
    )


@pytest.mark.parametrize("overlap", [0.0, 0.5, 0.75])
def test_welch_of_white_noise_scatters_as_the_effective_averages_say(overlap):
    rows, length, segments = 400, 64, 20
    step = round(length * (1 - overlap))
    noise = np.random.default_rng(1).standard_normal((rows, step * (segments - 1) + length))
    window = signal.get_window("hann", length)
    density = signal.welch(noise, nperseg=length, noverlap=length - step, window=window, detrend=False)[1][:, 4:28:3]
    averages = effective_averages(segments, window, overlap)
    ratio = density / 2.0  # one-sided, of unit variance and sampling rate
    squares = (ratio - 1.0) ** 2 * averages
    assert abs(squares.mean() - 1.0) < 5 * squares.std() / np.sqrt(squares.size)
    assert averages <= segments
    assert effective_averages(1, window, overlap) == 1.0

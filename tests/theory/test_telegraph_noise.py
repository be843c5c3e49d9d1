"""Spectra of telegraph noise."""

import math

import numpy as np
import pytest
from numpy.testing import assert_allclose

from mtjphys import theory


def test_machlup_numbers():
    low, high, amplitude = 0.391e-3, 0.441e-3, 11.86e-3
    assert theory.machlup_spectrum(0.0, amplitude, low, high) == pytest.approx(2.90e-8, rel=2e-3)
    corner = 1 / (2 * math.pi * theory.telegraph_correlation_time(low, high))
    assert corner == pytest.approx(769, rel=2e-3)
    assert theory.machlup_spectrum(corner, amplitude, low, high) == pytest.approx(1.45e-8, rel=2e-3)
    f = np.linspace(0, 2e7, 2_000_001)
    area = np.trapezoid(theory.machlup_spectrum(f, amplitude, low, high), f)
    assert area == pytest.approx(theory.telegraph_autocovariance(0.0, amplitude, low, high), rel=1e-3)


def test_spectrum_is_the_transform_of_the_autocovariance():
    low, high = 0.4e-3, 0.1e-3
    time = np.linspace(0, 4e-3, 400_001)
    covariance = theory.telegraph_autocovariance(time, 2.0, low, high)
    for f in (0.0, 500.0, 4e3):
        transform = 4 * np.trapezoid(covariance * np.cos(2 * np.pi * f * time), time)
        assert theory.machlup_spectrum(f, 2.0, low, high) == pytest.approx(transform, rel=1e-6)
    # Two states: p(1 - p) dV^2.
    assert covariance[0] == pytest.approx(4 * 0.2 * 0.8)
    assert theory.telegraph_autocovariance(-1e-4, 2.0, low, high) == pytest.approx(covariance[10_000])


def test_sampled_machlup_is_the_folded_one():
    f = np.array([0.0, 1e3, 7e3, 20e3])
    dt = 25e-6
    k = np.arange(-20_000, 20_001)[:, None]
    folded = theory.machlup_spectrum(np.abs(f + k / dt), 1.0, 0.4e-3, 0.3e-3).sum(0)
    assert_allclose(theory.machlup_spectrum(f, 1.0, 0.4e-3, 0.3e-3, dt), folded, rtol=1e-4)

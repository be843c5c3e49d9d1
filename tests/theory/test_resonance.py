"""Resonance in the noise against the linear stochastic equation."""

import numpy as np
import pytest
from closed_forms import GAMMA
from numpy.testing import assert_allclose
from scipy.optimize import brentq, minimize_scalar

from mtjphys import presets, theory


def test_resonance_spectrum_against_the_linear_stochastic_equation():
    """Landau-Lifshitz form about e3 in coordinates (u, v), with the noise field of Brown and Gilbert damping 0.2."""
    soft, stiff, alpha, thermal = 0.1, 0.7, 0.2, 1e-4
    rate = GAMMA / (1 + alpha**2)
    # dm/dt = -rate (m x b + alpha m x (m x b)), linear in the transverse field b.
    response = rate * np.array([[alpha, 1.0], [-1.0, alpha]])
    drift = response @ -np.diag([soft, stiff])
    noise = response @ response.T * 2 * alpha * thermal / GAMMA
    for f in (0.0, 3e9, 7e9, 3e10):
        resolvent = np.linalg.inv(2j * np.pi * f * np.eye(2) - drift)
        expected = 2 * resolvent @ noise @ resolvent.conj().T
        ours = theory.resonance_spectrum(f, (soft, stiff), thermal, alpha)
        assert_allclose(ours, np.diag(expected).real, rtol=1e-12)
        assert abs(expected[0, 1].real) < 1e-12 * abs(expected[0, 0])


def test_resonance_spectrum_holds_the_thermal_variance():
    soft, stiff, thermal = 0.05, 0.9, 1e-4
    for alpha in (0.005, 0.5):
        f = np.concatenate([[0.0], np.geomspace(1e5, 1e16, 400_001)])
        density = theory.resonance_spectrum(f, (soft, stiff), thermal, alpha)
        assert_allclose(np.trapezoid(density, f), [thermal / soft, thermal / stiff], rtol=1e-4)


def test_resonance_peak_and_width_are_those_of_the_junction():
    junction = presets.rehm_2023()
    fields = junction.stiffness_fields()
    centre, width = junction.resonance_frequency(), junction.resonance_linewidth()

    def density(f):
        return theory.resonance_spectrum(f, fields, 1e-3, junction.free_layer.damping)[0]

    peak = minimize_scalar(lambda f: -density(f), bounds=(0.5 * centre, 1.5 * centre), method="bounded").x
    assert peak == pytest.approx(centre, rel=1e-3)
    half = [
        brentq(lambda f: density(f) - 0.5 * density(peak), *ends) for ends in ((0.8 * peak, peak), (peak, 1.2 * peak))
    ]
    assert half[1] - half[0] == pytest.approx(width, rel=0.01)

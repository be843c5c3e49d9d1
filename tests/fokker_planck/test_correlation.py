"""Autocorrelation and correlation times of Fokker-Planck, against closed forms."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from spins import ZERO, far_from_equilibrium, uniaxial

from mtjphys import fokker_planck as fp


@pytest.mark.parametrize(("xi", "damping"), [(100, 0.1), (100, 0.02), (400, 0.05)])
def test_easy_plane_autocorrelation(xi, damping):
    spin = fp.Macrospin(ZERO, np.diag([0, 0, -1.0]), 1 / xi, damping, reference=[1, 0, 0])
    s = np.linspace(0, 4 * np.sqrt(2 * xi), 60)
    formula = np.exp(-((damping * s - 1 + np.exp(-damping * s)) / damping**2 + damping * s) / xi)
    ours = fp.autocorrelation(spin, times=s / spin.gyromagnetic_ratio)
    assert_allclose(ours, formula, atol=0.01)


def test_easy_plane_time_without_damping():
    xi = 200
    spin = fp.Macrospin(ZERO, np.diag([0, 0, -1.0]), 1 / xi, 1e-3, reference=[1, 0, 0])
    found = fp.correlation_time(spin, kind="1/e") * spin.gyromagnetic_ratio
    assert_allclose(found, np.sqrt(2 * xi), rtol=0.01)


def test_two_wells_correlate_exponentially():
    spin = uniaxial(8)
    rate = fp.relaxation_rate(spin)
    times = np.geomspace(1e-3, 5, 20) / rate
    curve = fp.autocorrelation(spin, times=times)
    # The fast motion inside a well takes a small share at once, the slow mode keeps the rest.
    late = np.exp(-rate * times)
    share = curve[-1] / late[-1]
    assert 0.9 < share < 1
    assert_allclose(curve[5:] / late[5:], share, rtol=1e-3)


def test_correlation_integral_far_from_equilibrium():
    spin = far_from_equilibrium()
    integral = fp.correlation_time(spin, observable="resistance")
    times = np.linspace(0, 15 * integral, 20001)
    curve = fp.autocorrelation(spin, times=times, observable="resistance")
    assert curve[0] == pytest.approx(1)
    assert_allclose(np.trapezoid(curve, times), integral, rtol=1e-4)

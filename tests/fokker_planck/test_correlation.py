"""Autocorrelation and correlation times of Fokker-Planck, against closed forms."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from spins import ZERO, far_from_equilibrium, uniaxial

import mtjphys as mp
from mtjphys import fokker_planck as fp
from mtjphys import theory
from mtjphys.core.errors import ParameterError, SimulationError
from mtjphys.fokker_planck import correlation


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


STATISTICS = {
    "autocorrelation": lambda *given: fp.autocorrelation(*given, times=1e-9),
    "correlation_time": fp.correlation_time,
    "spectrum": lambda *given: fp.spectrum(*given, frequencies=1e6),
}


@pytest.mark.parametrize("name", STATISTICS)
@pytest.mark.parametrize("ratio", [0.0, 1e-9])
@pytest.mark.parametrize("bias", [mp.Bias(), mp.Bias(voltage=0.02, series_resistance=1e4)])
def test_a_resistance_that_does_not_depend_on_m_is_named(name, ratio, bias, monkeypatch):
    # Nothing is solved for.
    monkeypatch.setattr(correlation, "converge", None)
    junction = mp.presets.koenders_2025().with_parameters({"barrier.tunnel_magnetoresistance": ratio})
    with pytest.raises(ParameterError, match="observable='resistance' is 5670 ohm whatever m"):
        STATISTICS[name](junction, bias)


@pytest.mark.parametrize("ratio", [1.0, 1e-3, 1e-6])
def test_a_small_magnetoresistance_correlates_as_the_projection(ratio):
    """R is linear in m.p then; with more it bends, and the time changes."""
    junction = mp.presets.funatsu_2022().with_parameters({"barrier.tunnel_magnetoresistance": ratio})
    bias = mp.Bias(voltage=0.02, series_resistance=1e4)
    times = [fp.correlation_time(junction, bias, observable=name) for name in ("resistance", "projection")]
    assert (abs(times[0] / times[1] - 1.0) < 1e-6) == (ratio < 1.0)


@pytest.mark.parametrize("name", STATISTICS)
@pytest.mark.parametrize("barrier", [57.0, 90.0])
def test_a_reference_across_high_wells_is_named(name, barrier):
    spin = uniaxial(barrier, reference=[1, 0, 0])
    message = f"all wells have the same mean of what is observed.*over a barrier of {barrier:g} kT"
    with pytest.raises(SimulationError, match=message):
        STATISTICS[name](spin)


def test_a_reference_across_low_wells_shows_the_motion_in_a_well():
    """That of ferromagnetic resonance, but for terms of the order of b/B_k."""
    spin = uniaxial(30, reference=[1, 0, 0])
    low = fp.spectrum(spin, frequencies=0.0)
    expected = theory.resonance_spectrum(0.0, (0.6, 0.6), 0.01, 0.1)
    assert_allclose(low, expected, rtol=0.1)


def test_correlation_integral_far_from_equilibrium():
    spin = far_from_equilibrium()
    integral = fp.correlation_time(spin, observable="resistance")
    times = np.linspace(0, 15 * integral, 20001)
    curve = fp.autocorrelation(spin, times=times, observable="resistance")
    assert curve[0] == pytest.approx(1)
    assert_allclose(np.trapezoid(curve, times), integral, rtol=1e-4)

"""Spectra by the Fokker-Planck equation, against closed forms and second discretisations."""

import numpy as np
from numpy.testing import assert_allclose
from scipy.special import roots_legendre
from spins import THERMAL_FIELD, ZERO, along, far_from_equilibrium

from mtjphys import fokker_planck as fp


def free_spin(**more):
    return fp.Macrospin(ZERO, np.zeros((3, 3)), THERMAL_FIELD, 0.1, **more)


def test_free_diffusion_has_a_lorentzian_spectrum():
    free = free_spin()
    tau = 1 / (2 * free.diffusion)
    f = np.array([0.0, 0.1, 1.0, 30.0]) / tau
    expected = 4 / 3 * tau / (1 + (2 * np.pi * f * tau) ** 2)
    for observable in ("projection", [0.6, 0.0, 0.8]):
        assert_allclose(fp.spectrum(free, frequencies=f, observable=observable), expected, rtol=1e-8)


def test_two_wells_make_telegraph_noise():
    """Machlup: S = 4 dV^2 p (1 - p) tau/(1 + (2 pi f tau)^2), with the mean levels of the wells."""
    spin = along(14, field=(0, 0, 0.03), resistance=lambda c: 8000 - 3000 * c)
    times = fp.dwell_times(spin)
    tau = 1 / (1 / times.parallel + 1 / times.antiparallel)
    share = times.parallel / (times.parallel + times.antiparallel)
    z = np.linspace(-1, 1, 20001)
    density = np.exp(14 * (z * z + 0.06 * z - 1))
    high, low = ((z[side] * density[side]).sum() / density[side].sum() for side in (z > -0.03, z < -0.03))
    step = 3000 * (high - low)
    corner = 1 / (2 * np.pi * tau)
    ours = fp.spectrum(spin, frequencies=[0, corner, 3 * corner])
    plateau = 4 * step**2 * share * (1 - share) * tau
    assert_allclose(ours, plateau / np.array([1, 2, 10]), rtol=2e-3)


def test_spectrum_is_the_transform_of_the_autocorrelation():
    spin = far_from_equilibrium()
    n = np.array([0.0, 0.6, 0.8])
    tau = fp.correlation_time(spin, observable=n)
    times = np.linspace(0, 400 * abs(tau), 40001)
    curve = fp.autocorrelation(spin, times=times, observable=n)
    eq = fp.equilibrium(spin)
    variance = n @ eq.second_moments @ n - (n @ eq.moments) ** 2
    f = np.array([0.0, 0.03, 0.1, 0.3]) / abs(tau)
    expected = [4 * variance * np.trapezoid(curve * np.cos(2 * np.pi * x * times), times) for x in f]
    ours = fp.spectrum(spin, frequencies=f, observable=n)
    assert_allclose(ours, expected, rtol=1e-3)
    assert_allclose(ours[0], 4 * variance * tau, rtol=1e-4)


def test_spectrum_integrates_to_the_variance():
    spin = far_from_equilibrium()
    tau = fp.correlation_time(spin, observable="resistance")
    x, w = roots_legendre(200)
    angle = np.pi / 4 * (x + 1)  # f = tan(angle)/tau, from 0 to infinity
    density = fp.spectrum(spin, frequencies=np.tan(angle) / tau)
    total = (w * np.pi / 4 / np.cos(angle) ** 2) @ density / tau
    eq = fp.equilibrium(spin)
    square = eq.mean(lambda m: spin.resistance(m @ spin.reference) ** 2)
    assert_allclose(total, square - eq.resistance**2, rtol=1e-3)


def test_a_unit_vector_along_p_is_the_projection():
    spin = far_from_equilibrium()
    times = np.linspace(0, 3e-9, 7)
    named, along = (fp.autocorrelation(spin, times=times, observable=o) for o in ("projection", [0.8, 0.6, 0.0]))
    assert_allclose(named, along, atol=1e-8)
    assert fp.autocorrelation(spin, times=[0.0, 0.0]).tolist() == [1, 1]


def test_ferromagnetic_resonance_line():
    """A stiff well: m_x + i m_y decays as exp[(i - alpha) gamma B t/(1 + alpha^2)], <m_x^2> = b/B."""
    field, b, alpha = 1.0, 1e-3, 0.05
    spin = fp.Macrospin([0, 0, field], np.zeros((3, 3)), b, alpha)
    omega = spin.gyromagnetic_ratio * field / (1 + alpha**2)
    f = np.array([0.5, 0.95, 1.0, 1.05, 2.0]) * omega / (2 * np.pi)
    w = 2 * np.pi * f
    expected = 2 * b / field * ((1 / (1j * w + (alpha - 1j) * omega)) + 1 / (1j * w + (alpha + 1j) * omega)).real
    ours = fp.spectrum(spin, frequencies=f, observable=[1, 0, 0])
    assert_allclose(ours, expected, rtol=0.01)  # of the order of b/B over alpha

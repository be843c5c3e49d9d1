"""Rectified spectra: their resonance, their line shape and their sign, simulated and linear."""

import math

import matplotlib.pyplot as plt
import numpy as np
import pytest
from waveform_checks import check_refused

import mtjphys as mp
from mtjphys import experiments
from mtjphys.core.errors import ParameterError

TILTED = mp.Bias(field=(0.02, 0.06, 0.0), temperature=300.0)
COLD = mp.Bias(field=(0.02, 0.06, 0.0), temperature=0.0)
AMPLITUDE = 1e-6


def film(damping=0.02, damping_like=0.02, ratio=0.0, **more):
    """Return a film in the plane with its axis and p along x, B_k 20 mT and an easy plane of 0.63 T."""
    return mp.MTJ(
        free_layer=mp.FreeLayer(
            saturation_magnetisation=5e5,
            volume=2e-23,
            damping=damping,
            demagnetising_factors=(0.0, 0.0, 1.0),
            uniaxial_anisotropy=(5e3, (1.0, 0.0, 0.0)),
        ),
        barrier=mp.Barrier(
            resistance_parallel=2e3,
            tunnel_magnetoresistance=1.0,
            damping_like_per_volt=damping_like,
            field_like_ratio=ratio,
            **more,
        ),
        reference=mp.ReferenceLayer(direction=(1.0, 0.0, 0.0)),
    )


def derived(junction, damping_like, field_like, frequencies):
    """Return the linear response from the LLG equation in the frame of m, with torques in T/V.

    With unit vectors m, e = z x m and z, and the transverse field h: d(e)/dt = g (h_z + alpha h_e) and
    d(z)/dt = g (-h_e + alpha h_z), g = gamma/(1 + alpha^2), where the stiffness fields give h_e = -B1 e and
    h_z = -B2 z. The torques are those of the fields a_DL m x p and a_FL p, which are -a_DL sin(phi) along z and
    -a_FL sin(phi) along e, with p = x and m at phi. The resistance is R_P 4/(3 + cos(phi)) for a TMR of 1.
    """
    m = junction.wells(TILTED)[0].direction
    soft, stiff = junction.stiffness_fields(TILTED)
    alpha = junction.free_layer.damping
    g = junction.free_layer.gyromagnetic_ratio / (1.0 + alpha**2)
    resistance, slope = 2e3 * 4.0 / (3.0 + m[0]), -2e3 * 4.0 / (3.0 + m[0]) ** 2
    jacobian = g * np.array([[-alpha * soft, -stiff], [soft, -alpha * stiff]])
    h_e, h_z = -field_like * m[1] * resistance, -damping_like * m[1] * resistance
    drive = g * np.array([h_z + alpha * h_e, -h_e + alpha * h_z])
    found = []
    for frequency in frequencies:
        moved = np.linalg.solve(2j * math.pi * frequency * np.eye(2) - jacobian, drive)[0]
        found.append(0.5 * AMPLITUDE**2 * slope * -m[1] * moved.real)  # dR/d(e) = R'(c) p.e
    return np.array(found)


@pytest.mark.parametrize(("ratio", "amplitudes"), [(0.0, (0.02, 0.0)), (0.5, (0.02, 0.01))])
def test_the_linear_response_is_the_one_derived(ratio, amplitudes):
    junction = film(ratio=ratio)
    f0 = junction.resonance_frequency(TILTED)
    frequencies = np.linspace(0.3, 2.0, 41) * f0
    spectrum = experiments.rectified_spectrum(junction, frequencies, amplitude=AMPLITUDE, bias=TILTED, method="linear")
    ours, expected = spectrum.rectified_voltage.values, derived(junction, *amplitudes, frequencies)
    np.testing.assert_allclose(ours, expected, atol=1e-5 * np.abs(expected).max())
    assert spectrum.attrs["resonance_frequency"] == pytest.approx(f0, rel=5 * 0.02**2)
    assert spectrum.attrs["linewidth"] == pytest.approx(junction.resonance_linewidth(TILTED), rel=1e-3)


def test_the_damping_like_torque_gives_a_dip_and_the_field_like_torque_a_dispersion():
    """A positive current favours the low resistance: with the torque in phase, less voltage than more."""
    half = 0.5 * film().resonance_linewidth(TILTED)
    around = film().resonance_frequency(TILTED) + half * np.array([-1.0, 0.0, 1.0])
    options = {"amplitude": AMPLITUDE, "bias": TILTED, "method": "linear"}
    dip = experiments.rectified_spectrum(film(), around, **options).rectified_voltage.values
    assert dip[1] < 0.0 and dip[[0, 2]] / dip[1] == pytest.approx(0.5, rel=0.05)
    both = experiments.rectified_spectrum(film(ratio=1.0), around, **options).rectified_voltage.values
    dispersion = both - dip
    assert abs(dispersion[1]) < 0.1 * abs(dispersion[0])
    assert dispersion[0] == pytest.approx(-dispersion[2], rel=0.15)


def test_without_noise_the_simulation_is_the_linear_response():
    junction = film(ratio=0.5)
    frequencies = np.array([0.7, 0.97, 1.0, 1.03, 1.5]) * junction.resonance_frequency(TILTED)
    simulated, linear = (
        experiments.rectified_spectrum(junction, frequencies, amplitude=0.5e-6, bias=COLD, method=method)
        for method in ("simulated", "linear")
    )
    largest = float(np.abs(linear.rectified_voltage).max())
    np.testing.assert_allclose(simulated.rectified_voltage, linear.rectified_voltage, atol=5e-3 * largest)
    assert "standard_error" not in simulated


def test_with_noise_the_line_stays_where_it_is():
    """A barrier of 24 kT: the fluctuations change the line by some per cent, the reading by its standard error."""
    junction = film()
    frequencies = np.array([0.6, 1.0, 1.4]) * junction.resonance_frequency(TILTED)
    options = {"amplitude": 2e-6, "bias": TILTED}
    simulated = experiments.rectified_spectrum(junction, frequencies, replicas=16, seed=1, **options)
    linear = experiments.rectified_spectrum(junction, frequencies, method="linear", **options)
    difference = np.abs(simulated.rectified_voltage - linear.rectified_voltage)
    largest = float(np.abs(linear.rectified_voltage).max())
    assert (difference < 5.0 * simulated.standard_error + 0.04 * largest).all()
    assert float(simulated.standard_error.max()) < 0.01 * largest  # the noise of the lanes at rest is subtracted


def test_a_direct_current_adds_what_the_curved_characteristic_rectifies():
    """Far above the resonance m stands still, and V = I R(V) is rectified: I_rf^2/4 d2V/dI2."""
    junction = film(damping_like=1e-4, half_voltage=0.3)
    bias = COLD.model_copy(update={"current": 2e-5, "voltage": 0.0})
    frequency = 12.0 * junction.resonance_frequency(TILTED)
    simulated, linear = (
        experiments.rectified_spectrum(junction, frequency, amplitude=5e-6, bias=bias, method=method)
        for method in ("simulated", "linear")
    )
    assert float(linear.rectified_voltage[0]) < -5e-6
    np.testing.assert_allclose(simulated.rectified_voltage, linear.rectified_voltage, rtol=0.01)


def test_a_collinear_magnetisation_rectifies_nothing():
    spectrum = experiments.rectified_spectrum(
        film(), [5e9], amplitude=AMPLITUDE, bias=mp.Bias(field=(0.02, 0.0, 0.0)), method="linear"
    )
    assert abs(float(spectrum.rectified_voltage[0])) < 1e-15


def test_figure():
    ax = plt.subplots()[1]
    frequencies = np.linspace(2e9, 6e9, 9)
    options = {"amplitude": AMPLITUDE, "bias": COLD}
    linear = experiments.rectified_spectrum(film(), frequencies, method="linear", **options)
    assert linear.rectified_voltage.attrs["units"] == "V" and linear.frequency.attrs["units"] == "Hz"
    assert experiments.plot_rectified_spectrum(linear, ax) is ax
    simulated = experiments.rectified_spectrum(film(), frequencies[:1], duration=1e-10, **options)
    assert experiments.plot_rectified_spectrum(simulated, ax) is ax
    assert ax.get_xlabel() == "Frequency (GHz)" and len(ax.texts) == 1
    assert experiments.plot_rectified_spectrum(simulated) is not ax


def test_bad_input():
    def spectrum(junction=None, frequencies=(1e9,), amplitude=AMPLITUDE, **more):
        return experiments.rectified_spectrum(junction or film(), frequencies, amplitude=amplitude, **more)

    check_refused(ParameterError, "not an MTJ", lambda: spectrum(junction=1.0))
    check_refused(ParameterError, "above 0 Hz", lambda: spectrum(frequencies=[0.0]))
    check_refused(ParameterError, "amplitude=0", lambda: spectrum(amplitude=0.0))
    check_refused(ParameterError, "method='fast'", lambda: spectrum(method="fast"))
    check_refused(ParameterError, "has a voltage", lambda: spectrum(bias=mp.Bias(voltage=0.1)))
    check_refused(ParameterError, "has a voltage", lambda: spectrum(bias=mp.Bias(series_resistance=50.0)))
    sine = mp.Bias(current=mp.Sine(amplitude=1e-6, frequency=1e9))
    check_refused(ParameterError, "varies in time", lambda: spectrum(bias=sine))
    strong = TILTED.model_copy(update={"current": -1e-3})
    check_refused(ParameterError, "no stable equilibrium", lambda: spectrum(bias=strong))

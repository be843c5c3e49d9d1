"""Switching against the LLG equation and finite volumes."""

import math

import numpy as np
import pytest
from closed_forms import ALPHA, DIFFUSION_TIME, FIELD, GAMMA, THERMAL_FIELD, uniaxial
from numpy.testing import assert_allclose
from scipy.integrate import solve_ivp
from scipy.linalg import solve_banded
from scipy.optimize import brentq

from mtjphys import fokker_planck as fp
from mtjphys import theory
from mtjphys.core.errors import ParameterError


@pytest.mark.parametrize(("field", "torque"), [(2.0, 0.0), (0.0, 1.5), (0.7, 0.8), (0.95, 0.0)])
def test_switching_time_against_the_llg_equation(field, torque):
    """Gilbert's equation as it stands: field -z, torque towards -z, alpha = 0.1."""
    alpha, b_k = 0.1, 0.3
    start, stop = 0.4, 2.5
    p = np.array([0, 0, -1.0])

    def gilbert(t, m):
        b = np.array([0, 0, b_k * m[2]]) + field * b_k * p
        cross = np.array([[0, -m[2], m[1]], [m[2], 0, -m[0]], [-m[1], m[0], 0]])
        right = -GAMMA * np.cross(m, b) - GAMMA * torque * alpha * b_k * np.cross(m, np.cross(m, p))
        return np.linalg.solve(np.eye(3) - alpha * cross, right)

    def there(t, m):
        return m[2] - math.cos(stop)

    there.terminal = True
    found = solve_ivp(gilbert, (0, 1e-8), [math.sin(start), 0, math.cos(start)], events=there, rtol=1e-9, atol=1e-11)
    ours = theory.switching_time(start, stop, field + torque, b_k, alpha)
    assert ours == pytest.approx(found.t_events[0][0], rel=1e-6)


def test_switching_time_limits():
    assert theory.switching_time(0.3, 1.0, math.cos(0.3), 0.3, 0.1) == math.inf
    times = theory.switching_time(0.3, 1.5, [1 - 1e-5, 1.0, 1 + 1e-5], 0.3, 0.1)
    assert_allclose(times, times[1], rtol=1e-3)
    assert times[1] == pytest.approx(0.5 * (times[0] + times[2]), rel=1e-7)
    parts = theory.switching_time([0.1, 1.0], [1.0, 2.0], 1.7, 0.3, 0.1)
    assert parts.sum() == pytest.approx(theory.switching_time(0.1, 2.0, 1.7, 0.3, 0.1))
    small = theory.switching_time([1e-9, 1e-8], 1.0, 3.0, FIELD, ALPHA)
    assert small[0] - small[1] == pytest.approx(DIFFUSION_TIME * math.log(10) / 2, rel=1e-9)


def naive_write_error(barrier, drive, times, cells=1500, steps=1500):
    """Finite volumes in z with exact fluxes between cells, Crank-Nicolson in time; time in tau_D."""
    faces = np.cos(np.linspace(np.pi, 0, cells + 1))
    z, width = 0.5 * (faces[1:] + faces[:-1]), np.diff(faces)
    step = np.diff(2 * barrier * (drive * z - 0.5 * z**2))
    conductance = (1 - faces[1:-1] ** 2) / (2 * barrier * np.diff(z))
    up = conductance * step / np.expm1(step) / width[:-1]
    down = -conductance * step / np.expm1(-step) / width[1:]
    rate = np.zeros((3, cells))
    rate[0, 1:], rate[2, :-1] = down, up
    rate[1, :-1] -= up
    rate[1, 1:] -= down
    density = np.where(z > 0, np.exp(barrier * (z**2 - 1)), 0.0) * width
    density /= density.sum()
    left, now = [], 0.0
    for time in times:
        h = (time - now) / steps
        implicit = -0.5 * h * rate
        implicit[1] += 1
        for _ in range(steps):
            known = density + 0.5 * h * rate[1] * density
            known[1:] += 0.5 * h * up * density[:-1]
            known[:-1] += 0.5 * h * down * density[1:]
            density = solve_banded((1, 1), implicit, known)
        now = time
        left.append(density[z > 0].sum())
    return np.array(left)


@pytest.mark.parametrize(("barrier", "drive", "tolerance"), [(40, 2.0, 0.06), (80, 2.0, 0.03), (40, 3.0, 0.015)])
def test_ballistic_write_error(barrier, drive, tolerance):
    time = np.array([2.0, 4.0, 8.0, 12.0]) / (drive - 1)
    ours = theory.ballistic_write_error(time * DIFFUSION_TIME, drive, barrier, FIELD, ALPHA)
    assert_allclose(ours, naive_write_error(barrier, drive, time), rtol=tolerance)


def test_ballistic_write_error_against_the_exact_table():
    ours = theory.ballistic_write_error(np.array([2, 4, 6]) * DIFFUSION_TIME, 2.0, 40.0, FIELD, ALPHA)
    assert_allclose(ours, [0.45035, 1.0050e-2, 1.7634e-4], rtol=0.06)


def test_slopes_of_the_switching_probability_at_one_half():
    """dp/d ln t: ln 2/2 in the thermal limit, and as given in the docstring in the ballistic one."""

    def half_and_slope(error, unit):
        half = unit * brentq(lambda t: error(t * unit) - 0.5, 1e-3, 1e3)
        return half, (error(half * 0.999) - error(half * 1.001)) / 2e-3

    _, slope = half_and_slope(lambda t: theory.thermal_write_error(t, 0.6, 60.0, FIELD, ALPHA), 20e-6)
    assert slope == pytest.approx(math.log(2) / 2, rel=1e-5)
    half, slope = half_and_slope(lambda t: theory.ballistic_write_error(t, 2.32, 90.0, FIELD, ALPHA), 1e-9)
    growth = 2.64 + 0.68 / (1.32 * 90)
    tau = growth * half / DIFFUSION_TIME
    assert slope == pytest.approx(0.5 * math.log(2) * tau / (1 - math.exp(-tau) / 2.32), rel=1e-5)
    # The fit to Rehm et al., arXiv:2310.18779, at the pulse that switches half: 1.71.
    assert slope == pytest.approx(1.71, abs=0.02)


def test_thermal_write_error_against_the_exact_rate():
    case = uniaxial(30.0, -0.4, ALPHA)
    time = 1 / fp.relaxation_rate(case)
    ours = theory.thermal_write_error([0.0, time, 3 * time], 0.4, 30.0, 60 * THERMAL_FIELD, ALPHA)
    assert_allclose(ours, np.exp([0.0, -1.0, -3.0]), rtol=0.05)


def test_switching_angles_must_be_in_order():
    with pytest.raises(ParameterError, match="start <= stop"):
        theory.switching_time(1.0, 0.5, 2.0, 0.3, 0.1)
    with pytest.raises(ParameterError, match="start <= stop"):
        theory.switching_time(1.0, math.pi, 2.0, 0.3, 0.1)
    with pytest.raises(ParameterError, match="order=2"):
        theory.uniaxial_escape_rates(30.0, 0.3, 0.1, order=2)


def test_nothing_to_switch_takes_no_time():
    assert theory.switching_time(0.3, 0.3, 0.1, 0.3, 0.01) == 0.0

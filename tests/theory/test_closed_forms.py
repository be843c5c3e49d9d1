"""Closed forms against exact spectra, integration of the LLG equation, quadrature, and a second derivation."""

import doctest
import math
import warnings

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.constants import Boltzmann, e, hbar
from scipy.integrate import quad, solve_ivp
from scipy.linalg import solve_banded
from scipy.optimize import brentq, minimize_scalar
from scipy.special import erf

import mtjphys as mp
from mtjphys import fokker_planck as fp
from mtjphys import presets, theory
from mtjphys.core.errors import MtjphysWarning, ParameterError
from mtjphys.macrospin import energy

GAMMA = theory.GYROMAGNETIC_RATIO
THERMAL_FIELD = 0.01  # T
FIELD, ALPHA = 0.3, 0.01  # T, 1: of a perpendicular junction
DIFFUSION_TIME = (1 + ALPHA**2) / (ALPHA * GAMMA * FIELD)


def spin(field, diagonal, damping, **more):
    """A macrospin with field and matrix given in units of the thermal field."""
    matrix = THERMAL_FIELD * np.diag(diagonal).astype(float)
    options = {"reference": [0, 0, 1], "gyromagnetic_ratio": GAMMA} | more
    return fp.Macrospin(THERMAL_FIELD * np.array(field, float), matrix, THERMAL_FIELD, damping, **options)


def uniaxial(sigma, drive=0.0, damping=0.1):
    return spin([0, 0, 2 * sigma * drive], [0, 0, 2 * sigma], damping)


def in_plane(delta, flatness, damping, field=(0, 0, 0)):
    """Easy axis x, B_d/B_k = flatness; `field` in units of B_k."""
    return spin(2 * delta * np.array(field), [2 * delta, 0, -2 * delta * flatness], damping, reference=[1, 0, 0])


# Uniaxial particle


@pytest.mark.parametrize(
    ("sigma", "drive", "exact"), [(10, 0.0, 2.88217e-3), (15, 0, 3.72649e-5), (10, 0.1, 8.60053e-3)]
)
def test_brown_against_the_exact_table(sigma, drive, exact):
    unit = 2 * uniaxial(sigma).diffusion
    first, leading = (
        2 * sum(theory.uniaxial_escape_rates(sigma, 2 * sigma * THERMAL_FIELD, 0.1, drive, order=order)) / unit
        for order in (1, 0)
    )
    assert first == pytest.approx(exact, rel=0.02)
    assert 0.9 < (leading / exact - 1) * sigma * (1 - drive) ** 2 < 1.35


@pytest.mark.parametrize("sigma", [3.5, 5.0, 7.0, 10.0, 20.0, 60.0])
@pytest.mark.parametrize("drive", [0.0, -0.2, 0.5])
def test_each_well_of_brown_against_fokker_planck(sigma, drive):
    lower = sigma * (1 - abs(drive)) ** 2
    if lower < 5:
        with pytest.warns(MtjphysWarning, match="at least 5"):
            theory.uniaxial_escape_rates(sigma, 1.0, 0.1, drive, order=1 if lower > 1.5 else 0)
        return
    rates = theory.uniaxial_escape_rates(sigma, 2 * sigma * THERMAL_FIELD, 0.1, drive)
    exact = fp.dwell_times(uniaxial(sigma, drive))
    tolerance = 0.025 if lower < 20 else 0.003
    assert sum(rates) == pytest.approx(1 / exact.parallel + 1 / exact.antiparallel, rel=tolerance)
    assert rates.parallel == pytest.approx(1 / exact.parallel, rel=tolerance + math.exp(-lower))


def test_browns_formula_is_26_per_cent_high_at_5():
    exact = 0.135406 * uniaxial(5).diffusion
    leading = sum(theory.uniaxial_escape_rates(5.0, 10 * THERMAL_FIELD, 0.1, order=0))
    assert leading / exact == pytest.approx(1.256, abs=0.005)


def test_interpolation_and_expansion_hold_their_stated_errors():
    barriers = np.geomspace(0.02, 45.0, 25)
    exact = np.array([fp.relaxation_rate(uniaxial(sigma)) for sigma in barriers])
    error = theory.uniaxial_relaxation_rate(barriers, 2 * barriers * THERMAL_FIELD, 0.1) / exact - 1
    assert 0.05 < np.abs(error).max() < 0.08
    assert np.abs(error[barriers > 20]).max() < 0.01
    low = barriers < 1.4
    error = theory.low_barrier_relaxation_rate(barriers[low], 2 * barriers[low] * THERMAL_FIELD, 0.1) / exact[low] - 1
    assert np.abs(error).max() < 0.01
    assert np.abs(error[barriers[low] < 0.8]).max() < 1.2e-3


# Barriers


def test_collinear_barrier_is_that_of_the_landscape():
    for drive in (-0.7, 0.0, 0.4):
        case = energy.Landscape(np.array([0, 0, drive]), np.diag([0.0, 0, 1]), 2.0)
        well = min(energy.wells(case), key=lambda well: well.direction[2])
        assert theory.collinear_barrier(1.0, drive) == pytest.approx(energy.saddles(case)[0].energy - well.energy)
    assert theory.collinear_barrier(40.0, 1.2) == 0.0


def naive_barrier(h, angle):
    """Climb in the plane of field and easy axis from the well at pi, on both sides."""
    phi = np.linspace(0, 2 * np.pi, 200_001)
    level = np.sin(phi) ** 2 - 2 * h * np.cos(phi - angle)
    wells = [
        i for i in range(1, phi.size - 1) if level[i] < min(level[i - 1], level[i + 1]) and abs(phi[i] - np.pi) < 1.6
    ]
    well = min(wells, key=lambda i: abs(phi[i] - np.pi)) if angle < 1.5 else max(wells, key=lambda i: phi[i])
    left = next(i for i in range(well, 0, -1) if level[i - 1] < level[i] and level[i] > level[well])
    right = next(i for i in range(well, phi.size - 1) if level[i + 1] < level[i] and level[i] > level[well])
    return min(level[left], level[right]) - level[well]


@pytest.mark.parametrize(("h", "degrees"), [(0.2, 45), (0.4, 45), (0.3, 10), (0.3, 80), (0.5, 70)])
def test_stoner_wohlfarth_barrier_against_a_climb(h, degrees):
    angle = math.radians(degrees)
    assert theory.stoner_wohlfarth_barrier(1.0, h, angle) == pytest.approx(naive_barrier(h, angle), rel=1e-6)


def test_stoner_wohlfarth_limits():
    h = np.array([0.0, 0.3, 0.9])
    for angle in (0.0, 0.5 * math.pi):
        assert_allclose(theory.stoner_wohlfarth_barrier(30.0, h, angle), 30 * (1 - h) ** 2, rtol=1e-9)
    angles = np.radians([1.0, 30.0, 60.0, 89.0])
    edge = theory.stoner_wohlfarth_switching_field(angles)
    assert np.all(theory.stoner_wohlfarth_barrier(1.0, 0.999 * edge, angles) > 0)
    assert_allclose(theory.stoner_wohlfarth_barrier(1.0, 1.001 * edge, angles), 0.0, atol=1e-12)


def test_near_astroid_law():
    angle = np.radians([10.0, 20.0, 45.0, 70.0, 80.0])[:, None]
    edge = theory.stoner_wohlfarth_switching_field(angle)
    for distance, tolerance in ((0.2, 0.017), (1e-3, 2e-4)):
        h = edge * (1 - distance)
        exact = theory.stoner_wohlfarth_barrier(1.0, h, angle)
        assert_allclose(theory.near_astroid_barrier(1.0, h, angle), exact, rtol=tolerance)
    assert np.all(theory.near_astroid_barrier(1.0, 1.1 * edge, angle) == 0)


# Escape at any damping


@pytest.mark.parametrize("loss", [1e-4, 0.03, 1.0, 8.0])
def test_depopulation_factor_against_quadrature(loss):
    def integrand(x):
        return math.log(-math.expm1(-loss * (x**2 + 0.25))) / (x**2 + 0.25)

    cut = 60 / math.sqrt(loss)
    exact = math.exp(quad(integrand, 0, cut, limit=2000, epsabs=1e-10, points=[1, cut / 60, cut / 20])[0] / math.pi)
    assert theory.depopulation_factor(loss) == pytest.approx(exact, rel=1e-4)


def test_depopulation_factor_limits():
    assert theory.depopulation_factor(0.0) == 0.0
    # The first correction is -0.82 sqrt(delta).
    assert theory.depopulation_factor(1e-6) == pytest.approx(1e-6, rel=1e-3)
    assert theory.depopulation_factor(200.0) == pytest.approx(1.0, abs=1e-9)


@pytest.mark.parametrize(
    ("field", "diagonal"),
    [((0, 0, 0), (1, 0, -50)), ((0.2, 0.3, 1.0), (1, 0, -5)), ((0.2, 0, 0.3), (0, 0, 1)), ((0, 0.02, 0), (1, 0, -5))],
)
def test_action_is_the_dissipation_of_one_precession(field, diagonal):
    """Follow the undamped precession just inside the well once around; alpha times the action is what it loses."""
    case = energy.Landscape(np.array(field, float), np.diag(diagonal).astype(float), 1.0)
    (bx, by, bz), (kx, ky, kz) = field, diagonal
    top = energy.saddles(case)[0].energy
    for well in energy.wells(case):
        level = top - 0.02 * (top - well.energy)
        ray = np.linalg.svd(well.direction[None, :])[2][1]
        angles = np.linspace(0, np.pi, 100_000)[:, None]
        points = np.cos(angles) * well.direction + np.sin(angles) * ray
        start = points[np.argmax(energy.energy(case, points) > level)]
        plane = np.cross(well.direction, ray)

        def motion(t, m):
            x, y, z, _ = m
            hx, hy, hz = bx + kx * x, by + ky * y, bz + kz * z
            u, v, w = hy * z - hz * y, hz * x - hx * z, hx * y - hy * x
            return [u, v, w, u * u + v * v + w * w]

        def back(t, m, plane=plane):
            return m[:3] @ plane

        first = solve_ivp(motion, (0, 0.01), [*start, 0.0], rtol=1e-7, atol=1e-9).y[:, -1]
        back.terminal, back.direction = True, np.sign(first[:3] @ plane)
        rest = solve_ivp(motion, (0, 1000), first, events=back, rtol=1e-7, atol=1e-9)
        assert theory._action(case, well, level) == pytest.approx(rest.y[3, -1], rel=2e-3)


def naive_turnover(losses, gap, cells=120, reach=12.0):
    """Mel'nikov's problem with two saddles: follow the energy from saddle to saddle, on a grid of kT.

    Backwards in time the energy falls by the loss on average, with the variance 2 loss; v is the probability of having
    come from well 0. At a saddle one stays in the well below its height, and changes it above.
    """
    edges = np.linspace(-reach, reach, cells + 1)
    centres = 0.5 * (edges[1:] + edges[:-1])
    above = [np.clip((edges[1:] - height) * cells / (2 * reach), 0, 1) for height in (0.0, gap)]
    arrivals = [(well, saddle) for well in (0, 1) for saddle in (0, 1)]
    system, source = np.eye(4 * cells), np.zeros(4 * cells)
    for well, saddle in arrivals:
        half = 0.5 * losses[well]
        below = 0.5 * (1 + erf((edges - (centres[:, None] - half)) / math.sqrt(4 * half)))
        chance = np.diff(below)
        chance[:, -1] += 1 - below[:, -1]
        rows = arrivals.index((well, saddle)) * cells + np.arange(cells)
        start = 1 - saddle
        for before, share in ((well, 1 - above[start]), (1 - well, above[start])):
            columns = arrivals.index((before, start)) * cells + np.arange(cells)
            system[np.ix_(rows, columns)] -= chance * share
        source[rows] += (well == 0) * below[:, 0]
    v = np.linalg.solve(system, source).reshape(4, cells)
    weight = -np.diff(np.exp(-edges))
    flux = sum(weight * above[k] @ (v[arrivals.index((0, k))] - v[arrivals.index((1, k))]) for k in (0, 1))
    return flux / (1 + math.exp(-gap))


@pytest.mark.parametrize("losses", [(1.5, 1.5), (5.0, 2.0), (12.0, 12.0)])
def test_turnover_with_two_saddles_against_its_integral_equations(losses):
    for gap in (0.0, 0.2, 0.7, 1.5, 4.0):
        assert theory._turnover(list(losses), gap) == pytest.approx(naive_turnover(losses, gap), rel=0.03)
    one, two, both = theory.depopulation_factor([*losses, sum(losses)])
    assert theory._turnover(list(losses), math.inf) == pytest.approx(one * two / both, rel=1e-12)


@pytest.mark.parametrize("gap", [0.0, 0.5, 2.0, 9.0])
def test_lowest_damping_is_the_diffusion_of_energy_to_the_lowest_saddle(gap):
    loss = 1e-5
    assert theory._turnover([loss, loss], gap) * (1 + math.exp(-gap)) == pytest.approx(0.5 * loss, rel=0.01)


def test_in_plane_turnover_has_a_closed_form():
    rates = theory.escape_rates(in_plane(6.0, 20.0, 0.01))
    loss = 4 * 0.01 * 6.0 * math.sqrt(20.0)
    single, double = theory.depopulation_factor([loss, 2 * loss])
    assert rates.depopulation == pytest.approx(single**2 / double, rel=1e-3)


def test_escape_rates_against_the_exact_in_plane_table():
    for damping, exact in ((0.05, 0.136858), (0.1, 0.144810)):
        case = in_plane(3.0, 50.0, damping)
        rates = theory.escape_rates(case)
        ratio = rates.relaxation / (exact * GAMMA * 6 * THERMAL_FIELD)
        assert 1.0 < ratio < 1.06
        assert ratio - 1 < rates.relative_error


@pytest.mark.parametrize(
    "case",
    [
        in_plane(6, 50, 0.03),
        in_plane(6, 5, 0.03),
        in_plane(6, 5, 0.5),
        in_plane(6, 1, 0.1),
        in_plane(7, 5, 0.1, (0, 0.02, 0)),
        in_plane(7, 5, 0.03, (0.1, 0.1, 0)),
        in_plane(7, 5, 0.1, (0, 0, 1.0)),
        spin([5, 0, 0], [0, 0, 24], 0.01),
        spin([5, 0, 0], [0, 0, 24], 0.3),
        spin([0.2, 0, 0], [0, 0, 16], 0.003),
        spin([0.05, 0, 0], [0, 0, 16], 0.01),
        spin([1.5, 1.0, 2.0], [0, -1, 20], 0.05),
        spin([0.01, 0, 10], [0, 0, 40], 0.1),
        spin([1e-9, 0, 10], [0, 0, 40], 0.1),
    ],
)
def test_escape_rates_keep_their_stated_error(case):
    rates = theory.escape_rates(case)
    ratio = rates.relaxation / fp.relaxation_rate(case, rtol=5e-3)
    assert abs(ratio - 1) < rates.relative_error < 0.5


def test_turnover_matters():
    case = in_plane(6, 5, 0.01)
    rates = theory.escape_rates(case)
    exact = fp.relaxation_rate(case, rtol=5e-3)
    assert rates.relaxation / rates.depopulation > 5 * exact
    assert rates.relaxation == pytest.approx(exact, rel=0.25)


def test_error_falls_with_the_barrier():
    errors = []
    for delta in (4, 10):
        case = in_plane(delta, 5, 0.2)
        errors.append(theory.escape_rates(case).relaxation / fp.relaxation_rate(case, rtol=1e-3) - 1)
    assert errors[1] * 10 == pytest.approx(errors[0] * 4, rel=0.5)
    assert 0 < errors[1] < 0.06


def test_two_wells_escape_at_their_own_rates():
    case = in_plane(8, 5, 0.05, (0.15, 0, 0))
    rates, exact = theory.escape_rates(case), fp.dwell_times(case, rtol=5e-3)
    assert rates.parallel == pytest.approx(1 / exact.parallel, rel=rates.relative_error)
    assert rates.antiparallel == pytest.approx(1 / exact.antiparallel, rel=rates.relative_error)
    # Detailed balance of the Gaussian wells, whatever the damping.
    landscape = energy.Landscape(case.field, case.matrix, 1.0)
    deep, shallow = (math.sqrt(np.prod(well.curvatures)) for well in energy.wells(landscape))
    weights = deep * math.exp(-rates.barriers.parallel), shallow * math.exp(-rates.barriers.antiparallel)
    assert rates.parallel / rates.antiparallel == pytest.approx(weights[0] / weights[1])
    attempt = rates.attempt
    assert attempt.parallel == pytest.approx(rates.parallel * math.exp(rates.barriers.parallel))


@pytest.mark.parametrize(("torque", "reference"), [(0.0, 1), (0.3, 1), (-0.3, 1), (0.3, -1)])
def test_axial_escape_holds_spin_torque(torque, reference):
    case = spin(
        [0, 0, 3],
        [0, 0, 60],
        0.1,
        damping_like=[0, 0, torque * 0.1 * 60 * THERMAL_FIELD],
        reference=[0, 0, reference],
    )
    rates, exact = theory.escape_rates(case), fp.dwell_times(case)
    assert rates.depopulation == 1.0
    assert rates.relaxation == pytest.approx(fp.relaxation_rate(case), rel=rates.relative_error)
    assert rates.parallel == pytest.approx(1 / exact.parallel, rel=0.02)
    assert rates.antiparallel == pytest.approx(1 / exact.antiparallel, rel=0.02)
    drive = reference * (0.05 + torque)
    assert rates.barriers == pytest.approx((30 * (1 + drive) ** 2, 30 * (1 - drive) ** 2))


def test_escape_rates_of_a_junction():
    junction = presets.funatsu_2022()
    assert theory.escape_rates(junction).relaxation == pytest.approx(fp.relaxation_rate(junction), rel=0.02)
    field = mp.Bias(field=(0.001, 0.0, 0.0))
    koenders = presets.koenders_2025()
    biased = theory.escape_rates(koenders, field)
    assert biased.parallel < theory.escape_rates(koenders).parallel < biased.antiparallel
    stability = koenders.thermal_stability(field=(0.001, 0.0, 0.0))
    assert biased.barriers == pytest.approx(stability)
    one_point = theory.escape_rates(fp.macrospin(koenders, field))
    assert one_point == biased


def test_what_no_closed_form_holds():
    with pytest.raises(ParameterError, match="two wells"):
        theory.escape_rates(spin([0, 0, 50], [0, 0, 20], 0.1))
    with pytest.raises(ParameterError, match="two wells"):
        theory.escape_rates(in_plane(5, 5, 0.1, (2, 0, 0)))
    with pytest.raises(ParameterError, match="two wells"):
        theory.escape_rates(spin([0, 0, 0], [0, 0, -20], 0.1))
    with pytest.raises(ParameterError, match="no closed form"):
        theory.escape_rates(presets.koenders_2025(), mp.Bias(voltage=0.1))
    with pytest.raises(ParameterError, match="no closed form"):
        theory.escape_rates(presets.funatsu_2022(), mp.Bias(voltage=0.1, series_resistance=1e4))
    with pytest.warns(MtjphysWarning, match=r"=1.5 .* at least 3: .*fokker_planck"):
        theory.escape_rates(in_plane(1.5, 5, 0.1))


# Easy plane


@pytest.mark.parametrize("damping", [0.02, 0.1])
def test_easy_plane_autocorrelation_against_fokker_planck(damping):
    case = spin([0, 0, 0], [0, 0, -100], damping, reference=[1, 0, 0])
    plane = 100 * THERMAL_FIELD
    tau = theory.easy_plane_correlation_time(plane, THERMAL_FIELD, 0.02)
    time = np.linspace(0, 3, 13) * tau
    ours = theory.easy_plane_autocorrelation(time, plane, THERMAL_FIELD, damping)
    assert_allclose(ours, fp.autocorrelation(case, times=time, rtol=1e-3), atol=0.01)
    assert ours[0] == 1.0


def test_easy_plane_time_and_its_corrections():
    plane, thermal = 0.5, 1e-4
    xi = plane / thermal
    for damping in (1e-5, 1e-3, 4e-3):
        tau = theory.easy_plane_correlation_time(plane, thermal, damping)

        def above(t, damping=damping, tau=tau):
            return theory.easy_plane_autocorrelation(t * tau, plane, thermal, damping) - math.exp(-1)

        correction = damping * (math.sqrt(2 * xi) / 6 - 1 / math.sqrt(2 * xi))
        assert brentq(above, 0.1, 3.0) - 1 == pytest.approx(correction, rel=0.1)
    # The series of small damping times time joins the closed expression.
    edge = 1e-4 / (0.01 * GAMMA * plane)
    below, beyond = theory.easy_plane_autocorrelation([edge * (1 - 1e-9), edge * (1 + 1e-9)], plane, thermal, 0.01)
    assert below == pytest.approx(beyond, rel=1e-10)


# Switching


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


# Telegraph noise


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


# Resonance


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


# Critical current and field


def test_critical_current_in_both_geometries():
    delta, temperature, alpha, eta = 60.0, 300.0, 0.01, 0.6
    thermal = Boltzmann * temperature
    perpendicular = theory.critical_current((0.3, 0.3), 2 * delta * thermal / 0.3, alpha, eta)
    assert perpendicular == pytest.approx(4 * e * alpha * delta * thermal / (hbar * eta))
    in_plane = theory.critical_current((0.02, 0.02 + 1.0), 1e-17, alpha, eta)
    assert in_plane == pytest.approx(2 * e * alpha / (hbar * eta) * 1e-17 * (0.02 + 1.0 / 2))


@pytest.mark.parametrize("junction", [presets.rehm_2023(), presets.koenders_2025()])
def test_critical_current_against_the_followed_equilibrium(junction):
    junction = junction.with_parameters(
        {
            "barrier.torque_law": "current",
            "barrier.damping_like_per_volt": None,
            "barrier.field_like_ratio": 0.0,
            "barrier.voltage_anisotropy": 0.0,
        }
    )
    polarisation = junction.barrier.spin_polarisation
    both = junction.critical_currents()
    for current, cosine in zip(both, (1, -1), strict=True):
        efficiency = polarisation / (1 + polarisation**2 * cosine) * junction.barrier.damping_like_efficiency
        ours = theory.critical_current(
            junction.stiffness_fields(), junction.moment, junction.free_layer.damping, efficiency
        )
        assert ours == pytest.approx(abs(current), rel=2e-3)


@pytest.mark.parametrize("barrier", [40.0, 100.0])
def test_sharrock_against_browns_rate(barrier):
    rate = theory.uniaxial_escape_rates(barrier, FIELD, ALPHA).parallel
    for h in (0.1, 0.3, 0.5):
        time = math.log(2) / theory.uniaxial_escape_rates(barrier, FIELD, ALPHA, h).antiparallel
        law = theory.sharrock_field(time, barrier, 1.0, rate * math.exp(barrier))
        assert h - 0.03 < law < h


def test_sharrock_inverts_its_barrier():
    for exponent in (1.5, 2.0):
        field = theory.sharrock_field(1e-3, 50.0, 0.2, 1e9, exponent)
        rate = 1e9 * math.exp(-50 * (1 - field / 0.2) ** exponent)
        assert 1 - math.exp(-rate * 1e-3) == pytest.approx(0.5)


# What every function shares

CALLS = {
    "uniaxial_escape_rates": (theory.uniaxial_escape_rates, (30.0, 0.3, 0.1, 0.1)),
    "uniaxial_relaxation_rate": (theory.uniaxial_relaxation_rate, (30.0, 0.3, 0.1)),
    "low_barrier_relaxation_rate": (theory.low_barrier_relaxation_rate, (0.5, 0.3, 0.1)),
    "collinear_barrier": (theory.collinear_barrier, (30.0, 0.1)),
    "stoner_wohlfarth_barrier": (theory.stoner_wohlfarth_barrier, (30.0, 0.1, 0.3)),
    "stoner_wohlfarth_switching_field": (theory.stoner_wohlfarth_switching_field, (0.3,)),
    "near_astroid_barrier": (theory.near_astroid_barrier, (30.0, 0.47, 0.7)),
    "depopulation_factor": (theory.depopulation_factor, (0.3,)),
    "easy_plane_autocorrelation": (theory.easy_plane_autocorrelation, (1e-10, 0.5, 1e-3, 0.01)),
    "easy_plane_correlation_time": (theory.easy_plane_correlation_time, (0.5, 1e-3, 0.01)),
    "switching_time": (theory.switching_time, (0.1, 1.5, 2.0, 0.3, 0.1)),
    "ballistic_write_error": (theory.ballistic_write_error, (1e-9, 3.0, 60.0, 0.3, 0.1)),
    "thermal_write_error": (theory.thermal_write_error, (1e-9, 0.3, 60.0, 0.3, 0.1)),
    "telegraph_correlation_time": (theory.telegraph_correlation_time, (1e-3, 2e-3)),
    "critical_current": (lambda b, m, a, n: theory.critical_current((b, b), m, a, n), (0.3, 1e-18, 0.01, 0.6)),
    "sharrock_field": (theory.sharrock_field, (1.0, 60.0, 0.3, 1e9, 2.0)),
}


@pytest.mark.parametrize("name", CALLS)
def test_shapes_follow_the_input(name):
    function, values = CALLS[name]
    single = function(*values)
    column = function(*(np.full((2, 1), value) for value in values))
    singles, columns = (single, column) if name == "uniaxial_escape_rates" else ((single,), (column,))
    for one, many in zip(singles, columns, strict=True):
        assert np.ndim(one) == 0 and isinstance(one, float)
        assert_allclose(many, np.full((2, 1), one), rtol=1e-12)


@pytest.mark.parametrize("name", CALLS)
@pytest.mark.parametrize("bad", [math.nan, math.inf, -5.0])
def test_bad_numbers_are_refused(name, bad):
    function, values = CALLS[name]
    may_be_negative = {"drive", "time", "angle"}
    names = function.__code__.co_varnames[: len(values)]
    for position, argument in enumerate(names):
        if bad == -5.0 and argument in may_be_negative:
            continue
        given = list(values)
        given[position] = bad
        with pytest.raises(ParameterError), warnings.catch_warnings():
            warnings.simplefilter("ignore", MtjphysWarning)
            function(*given)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: theory.uniaxial_escape_rates(8.0, 0.3, 0.1, 0.5), r"=2 .* at least 5: .*relaxation_rate"),
        (lambda: theory.low_barrier_relaxation_rate([0.5, 2.0], 0.3, 0.1), r"barrier=2 .* at most 1.4"),
        (lambda: theory.collinear_barrier(40.0, -1.5), r"drive=-1.5 .* at least -1"),
        (lambda: theory.near_astroid_barrier(40.0, 0.2, 0.8), r"h/h_sw=0.6.* at most 0.2"),
        (lambda: theory.near_astroid_barrier(40.0, 0.9, 0.01), r"angle=0.01 .* at least 0.174533"),
        (lambda: theory.easy_plane_autocorrelation(1e-9, 0.5, 0.01, 0.01), r"=50 .* at least 100"),
        (lambda: theory.easy_plane_autocorrelation(1e-9, 0.5, 1e-4, 0.3), r"damping=0.3 .* at most 0.1"),
        (lambda: theory.easy_plane_correlation_time(0.5, 1e-5, 0.1), r"sqrt\(2 xi\)=31.6.* at most 0.5"),
        (lambda: theory.ballistic_write_error(1e-9, 1.1, 60.0, 0.3, 0.1), r"=0.6 .* at least 40: .*write_error"),
        (lambda: theory.thermal_write_error(1e-9, 0.01, 60.0, 0.3, 0.1), r"drive=2.4 .* at least 5"),
        (lambda: theory.resonance_spectrum(1e9, (0.01, 1.0), 1e-3, 0.1), r"=0.1 .* at most 0.02"),
        (lambda: theory.sharrock_field(1e30, 40.0, 0.3, 1e9), r"barrier=2.2.* at most 1"),
    ],
)
def test_out_of_range_warns_with_value_range_and_the_caller(call, message):
    with pytest.warns(MtjphysWarning, match=message) as record:
        call()
    assert record[0].filename == __file__


def test_switching_angles_must_be_in_order():
    with pytest.raises(ParameterError, match="start <= stop"):
        theory.switching_time(1.0, 0.5, 2.0, 0.3, 0.1)
    with pytest.raises(ParameterError, match="start <= stop"):
        theory.switching_time(1.0, math.pi, 2.0, 0.3, 0.1)
    with pytest.raises(ParameterError, match="order=2"):
        theory.uniaxial_escape_rates(30.0, 0.3, 0.1, order=2)


def test_doctests():
    assert doctest.testmod(theory).failed == 0


@pytest.mark.filterwarnings("ignore::mtjphys.core.errors.MtjphysWarning")
@pytest.mark.parametrize("drive", [0.95, 1.0, -1.0])
def test_no_negative_rate_near_the_critical_drive(drive):
    with pytest.raises(ParameterError, match="too low"):
        theory.uniaxial_escape_rates(60.0, 0.3, 0.01, drive)
    assert theory.uniaxial_escape_rates(60.0, 0.3, 0.01, drive, order=0).antiparallel >= 0


def test_the_rate_at_a_barrier_beyond_the_range_of_exp_is_zero():
    assert theory.uniaxial_relaxation_rate(800.0, 0.3, 0.01) == 0


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: theory.machlup_spectrum(math.nan, 1.0, 1e-3, 1e-3), "frequency"),
        (lambda: theory.machlup_spectrum(1.0, 1.0, 1e-3, 1e-3, dt=0.0), "dt=0.0 s"),
        (lambda: theory.resonance_spectrum(math.inf, (0.02, 0.8), 1e-4, 0.01), "frequency"),
        (lambda: theory.resonance_spectrum(1e9, (0.02, 0.8), 1e-4, 0.01, gyromagnetic_ratio=-1.0), "gyromagnetic"),
        (lambda: theory.easy_plane_autocorrelation(1e-9, 0.2, 1e-3, 0.01, gyromagnetic_ratio=0.0), "gyromagnetic"),
        (lambda: theory.easy_plane_correlation_time(0.2, 1e-3, 0.01, gyromagnetic_ratio=-1.0), "gyromagnetic"),
    ],
)
def test_nonsense_is_refused_by_name(call, words):
    with pytest.raises(ParameterError, match=words):
        call()


def test_nothing_to_switch_takes_no_time():
    assert theory.switching_time(0.3, 0.3, 0.1, 0.3, 0.01) == 0.0

"""Fokker-Planck against tabulated exact numbers, closed forms and a second discretisation."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy import sparse
from scipy.integrate import quad
from scipy.optimize import brentq
from scipy.sparse.linalg import eigs
from scipy.spatial.transform import Rotation

from mtjphys import fokker_planck as fp
from mtjphys import presets, simulate, theory
from mtjphys.bias import Bias
from mtjphys.bias.waveforms import Sine
from mtjphys.core.errors import MtjphysWarning, ParameterError, SimulationError
from mtjphys.fokker_planck.galerkin import Galerkin
from mtjphys.fokker_planck.levels import levels, operator
from mtjphys.fokker_planck.weight import weight_of
from mtjphys.junction import MTJ, Barrier, FreeLayer, Heating, ReferenceLayer

THERMAL_FIELD = 0.01  # T
ZERO = np.zeros(3)


def uniaxial(sigma, field=0.0, torque=0.0, angle=0.0, damping=0.1, **more):
    """Barrier sigma kT along z; `field` in units of B_k, `torque` in units of damping B_k."""
    b_k = 2 * sigma * THERMAL_FIELD
    direction = np.array([np.sin(angle), 0.0, np.cos(angle)])
    return fp.Macrospin(
        field * b_k * direction,
        np.diag([0.0, 0.0, b_k]),
        THERMAL_FIELD,
        damping,
        damping_like=[0.0, 0.0, torque * damping * b_k],
        **more,
    )


def biaxial(delta, ratio, damping):
    b_k = 2 * delta * THERMAL_FIELD
    matrix = np.diag([b_k, 0.0, -ratio * b_k])
    return fp.Macrospin(ZERO, matrix, THERMAL_FIELD, damping, reference=[1, 0, 0])


def general(spin):
    """Return `spin` with its axial symmetry hidden, so that the spherical-harmonic solver runs."""
    spin.__dict__["axis"] = None
    return spin


def reduced(spin, **options):
    return fp.relaxation_rate(spin, **options) / spin.diffusion


# Tabulated values


@pytest.mark.parametrize("damping", [0.01, 0.1, 1.0])
@pytest.mark.parametrize(
    ("sigma", "expected"),
    [(1, 1.30628), (3, 0.471402), (5, 0.135406), (10, 2.88217e-3), (15, 3.72649e-5)],
)
def test_uniaxial_rates(sigma, expected, damping):
    assert_allclose(reduced(uniaxial(sigma, damping=damping)), expected, rtol=5e-6)


@pytest.mark.parametrize(("h", "expected"), [(0.1, 8.60053e-3), (0.3, 0.136468)])
def test_field_and_spin_torque_have_one_spectrum(h, expected):
    assert_allclose(reduced(uniaxial(10, field=h)), expected, rtol=5e-6)
    assert_allclose(reduced(uniaxial(10, torque=h)), expected, rtol=5e-6)
    assert_allclose(reduced(general(uniaxial(10, torque=h))), expected, rtol=5e-6)


def test_transverse_field():
    assert_allclose(reduced(uniaxial(10, field=0.2, angle=np.pi / 2)), 0.078413, rtol=1e-4)


@pytest.mark.parametrize(("damping", "expected"), [(0.05, 0.136858), (0.1, 0.144810)])
def test_in_plane_junction(damping, expected):
    spin = biaxial(3, 50, damping)
    rate = fp.relaxation_rate(spin)
    assert_allclose(rate / (spin.gyromagnetic_ratio * 6 * THERMAL_FIELD), expected, rtol=1e-4)


def test_equilibrium_moment():
    spin = uniaxial(3)
    assert_allclose(fp.equilibrium(spin).second_moments[2, 2], 0.62619, atol=5e-6)
    solver = Galerkin(general(uniaxial(3)), 30, 10)
    assert_allclose(solver.mean_of(lambda c: c**2) @ solver.stationary, 0.62619, atol=5e-6)


def test_high_barriers():
    for sigma, tolerance in ((60, 2e-3), (250, 1e-4)):
        brown = 4 / np.sqrt(np.pi) * sigma**1.5 * np.exp(-sigma) * (1 - 1 / sigma)
        assert_allclose(reduced(uniaxial(sigma)), brown, rtol=tolerance)


# A second discretisation: finite volumes in (z, phi) with the Gilbert equation solved as it stands


def cross_matrix(v):
    """Return the matrices [v x]."""
    zero = np.zeros(v.shape[:-1])
    rows = [
        [zero, -v[..., 2], v[..., 1]],
        [v[..., 2], zero, -v[..., 0]],
        [-v[..., 1], v[..., 0], zero],
    ]
    return np.moveaxis(np.array(rows), (0, 1), (-2, -1))


def finite_volume_rate(field, matrix, damping_like, b, alpha, gamma, n):
    """Return the slowest rate on n x 2n cells in the angles."""
    step = np.pi / n
    theta_face, theta = step * np.arange(n + 1), step * (np.arange(n) + 0.5)
    phi_face, phi = step * np.arange(2 * n), step * (np.arange(2 * n) + 0.5)
    area = np.repeat((np.cos(theta_face[:-1]) - np.cos(theta_face[1:])) * step, 2 * n)

    def velocity(theta, phi):
        s, c, sp, cp = np.sin(theta), np.cos(theta), np.sin(phi), np.cos(phi)
        m = np.stack([s * cp, s * sp, c], axis=-1)
        total = field + m @ matrix + np.cross(m, damping_like)
        gilbert = np.eye(3) - alpha * cross_matrix(m)
        moved = np.linalg.solve(gilbert, -gamma * np.cross(m, total)[..., None])[..., 0]
        gain = np.linalg.solve(gilbert, -gamma * cross_matrix(m))
        # half the spectral density of the thermal field times the squared gain a direction
        diffusion = alpha * b / gamma * (gain**2).sum(axis=(-1, -2)) / 2
        along_theta = (moved * np.stack([c * cp, c * sp, -s], axis=-1)).sum(-1)
        along_phi = (moved * np.stack([-sp, cp, 0 * s], axis=-1)).sum(-1)
        return along_theta, along_phi, diffusion

    index = np.arange(2 * n * n).reshape(n, 2 * n)
    entries = []

    def flux(source, target, drift, diffusion):
        """Flow from source to target: drift (p_s + p_t)/2 + diffusion (p_s - p_t)."""
        for cell, value in ((source, drift / 2 + diffusion), (target, drift / 2 - diffusion)):
            value = value.ravel() / area[cell.ravel()]
            entries.append((target.ravel(), cell.ravel(), value))
            entries.append((source.ravel(), cell.ravel(), -value))

    tt, pp = np.meshgrid(theta_face[1:-1], phi, indexing="ij")
    drift, _, diffusion = velocity(tt, pp)
    flux(index[:-1], index[1:], drift * np.sin(tt) * step, diffusion * np.sin(tt))
    tt, pp = np.meshgrid(theta, phi_face, indexing="ij")
    _, drift, diffusion = velocity(tt, pp)
    flux(np.roll(index, 1, axis=1), index, drift * step, diffusion / np.sin(tt))
    rows, columns, values = (np.concatenate(part) for part in zip(*entries, strict=True))
    generator = sparse.csc_array((values, (rows, columns)), shape=(index.size, index.size))
    shift = -0.3 * gamma * alpha * b
    found = eigs(generator, k=3, sigma=shift, v0=np.ones(index.size), return_eigenvectors=False)
    return np.sort(-found.real)[1]


def test_finite_volumes_agree_far_from_detailed_balance():
    alpha, gamma, b = 0.3, 1.76e11, 0.01
    field = np.array([0.012, 0.006, 0.01])
    matrix = np.array([[0.02, 0.005, 0.0], [0.005, -0.03, 0.01], [0.0, 0.01, 0.05]])
    torque = np.array([0.006, -0.004, 0.002])
    spin = fp.Macrospin(field, matrix, b, alpha, torque, gamma)
    ours = fp.relaxation_rate(spin, rtol=1e-6)
    coarse, fine = (finite_volume_rate(field, matrix, torque, b, alpha, gamma, n) for n in (24, 48))
    assert_allclose(ours, (4 * fine - coarse) / 3, rtol=2e-5)
    # The torque matters, or the test would not see it.
    still = fp.Macrospin(field, matrix, b, alpha, ZERO, gamma)
    assert abs(fp.relaxation_rate(still) / ours - 1) > 0.05


def test_finite_volumes_agree_for_a_driven_in_plane_junction():
    alpha, gamma, b = 0.1, 1.76e11, 0.01
    field, torque = np.array([0.005, 0.0, 0.01]), np.array([0.008, 0.006, 0.0])
    matrix = np.diag([0.06, 0.0, -0.4])
    ours = fp.relaxation_rate(fp.Macrospin(field, matrix, b, alpha, torque, gamma, reference=[0.8, 0.6, 0.0]))
    coarse, fine = (finite_volume_rate(field, matrix, torque, b, alpha, gamma, n) for n in (48, 96))
    assert_allclose(ours, (4 * fine - coarse) / 3, rtol=2e-3)


# Invariants


def test_between_the_weights_relaxation_is_symmetric_and_precession_antisymmetric():
    field, matrix = [0.02, 0.01, 0.03], np.diag([0.06, 0.0, -0.3])
    damped, lossy = (Galerkin(fp.Macrospin(field, matrix, THERMAL_FIELD, a), 20, 12) for a in (0.1, 0.5))
    relaxing = ((0.5 * lossy.operator - 0.1 * damped.operator) / 0.4).toarray()
    turning = damped.operator.toarray() - relaxing
    size = np.abs(relaxing).max()
    assert_allclose(relaxing, relaxing.T, atol=1e-12 * size)
    assert_allclose(turning, -turning.T, atol=1e-12 * size)
    assert np.abs(turning).max() > 1
    assert_allclose(Galerkin(fp.Macrospin(field, matrix, THERMAL_FIELD, 0.1), 60, 20).spread, 1, rtol=1e-6)


def test_the_weight_is_a_choice_of_representation():
    spin = fp.Macrospin([0.03, 0, 0], np.diag([0.0, 0.0, 0.1]), THERMAL_FIELD, 0.05, [0.0, 0.001, 0.004])
    rates = [Galerkin(spin, 40, 24, weight=weight_of(spin, share)).slow_mode[0] for share in (0.0, 0.5, 1.0)]
    assert_allclose(rates, reduced(spin), rtol=1e-5)


def test_the_relaxation_time_of_a_measured_in_plane_junction():
    """The preset was given the anisotropy with which its relaxation time is 0.207 ms, as measured."""
    result = fp.relaxation_rates(presets.koenders_2025(), n=1, rtol=5e-3)
    assert_allclose(1 / result.rates[0].real, 0.207e-3, rtol=5e-3)


def test_turning_everything_changes_nothing():
    turn = Rotation.from_rotvec([0.3, -1.1, 0.7]).as_matrix()
    field, torque = np.array([0.01, 0.02, -0.01]), np.array([0.0, 0.001, 0.002])
    matrix = np.diag([0.08, 0.02, -0.1])
    here = fp.Macrospin(field, matrix, THERMAL_FIELD, 0.1, torque, reference=[1, 0, 0])
    there = fp.Macrospin(
        turn @ field,
        turn @ matrix @ turn.T,
        THERMAL_FIELD,
        0.1,
        turn @ torque,
        reference=turn @ [1, 0, 0],
    )
    assert_allclose(fp.relaxation_rate(there), fp.relaxation_rate(here), rtol=1e-8)
    assert_allclose(fp.equilibrium(there).moments, turn @ fp.equilibrium(here).moments, rtol=1e-5, atol=1e-7)
    tilted = fp.Macrospin(ZERO, turn @ np.diag([0, 0, 0.1]) @ turn.T, THERMAL_FIELD, 0.1, reference=turn[:, 2])
    assert tilted.axis is not None
    assert_allclose(reduced(tilted), reduced(uniaxial(5)), rtol=1e-12)


def test_axial_and_general_solver_agree_with_state_dependent_torque():
    def make():
        parts = (
            fp.Modulation(lambda c: 0.4 / (1 + 0.5 * c), damping_like=[0, 0, 0.005]),
            fp.Modulation(lambda c: 0.2 / (2 + c), matrix=np.diag([0, 0, 0.1])),
            fp.Modulation(lambda c: np.exp(-c), field=[0, 0, 0.004]),
        )
        return fp.Macrospin(ZERO, np.diag([0, 0, 0.1]), 0.01, 0.1, modulations=parts)

    assert_allclose(reduced(general(make())), reduced(make()), rtol=1e-8)
    axial, full = fp.equilibrium(make()), fp.equilibrium(general(make()))
    assert axial.galerkin is None and full.galerkin is not None
    assert_allclose(full.moments, axial.moments, rtol=1e-7, atol=1e-10)
    assert_allclose(full.occupation(), axial.occupation(), rtol=1e-6)


def test_profiles_multiply_in_a_general_frame():
    """Two state-dependent torques that add up to a constant one are the constant one."""
    p = np.array([0.6, 0.0, 0.8])
    field, matrix = np.array([0.01, 0.0, 0.0]), np.diag([0.04, 0.0, -0.04])
    plain = fp.Macrospin(field, matrix, THERMAL_FIELD, 0.1, 0.002 * p, reference=p)
    parts = (
        fp.Modulation(lambda c: 0.5 + np.sin(c), damping_like=0.002 * p),
        fp.Modulation(lambda c: 0.5 - np.sin(c), damping_like=0.002 * p),
    )
    split = fp.Macrospin(field, matrix, THERMAL_FIELD, 0.1, reference=p, modulations=parts)
    assert_allclose(fp.relaxation_rate(split, rtol=1e-6), fp.relaxation_rate(plain), rtol=1e-5)


def test_free_diffusion():
    free = fp.Macrospin(ZERO, np.zeros((3, 3)), THERMAL_FIELD, 0.1)
    result = fp.relaxation_rates(free, n=9)
    assert_allclose(result.rates / free.diffusion, [2, 2, 2, 6, 6, 6, 6, 6, 12], rtol=1e-10)


def test_precession_of_a_single_well():
    """A strong field: the transverse modes are (alpha +- i) gamma B/(1 + alpha^2)."""
    spin = fp.Macrospin([0, 0, 2.0], np.zeros((3, 3)), 0.01, 1.0)
    rates = fp.relaxation_rates(spin, n=2).rates
    unit = spin.gyromagnetic_ratio * 2.0 / 2
    # Corrections are of the order of b/B = 0.005.
    assert_allclose(np.sort(rates.imag) / unit, [-1, 1], rtol=0.01)
    assert_allclose(rates.real / unit, 1, rtol=0.01)


# Dwell times


def test_symmetric_wells_dwell_twice_the_relaxation_time():
    for spin in (uniaxial(6), biaxial(5, 10, 0.1)):
        times = fp.dwell_times(spin)
        expected = 2 / fp.relaxation_rate(spin)
        assert_allclose([times.parallel, times.antiparallel], expected, rtol=1e-4)


def test_dwell_times_obey_balance_and_reading_with_hysteresis():
    spin = uniaxial(20, field=0.1)
    two_state = fp.dwell_times(spin)
    up = fp.equilibrium(spin).occupation()
    assert_allclose(two_state.parallel / two_state.antiparallel, up / (1 - up), rtol=1e-6)
    total = 1 / two_state.parallel + 1 / two_state.antiparallel
    assert_allclose(total, fp.relaxation_rate(spin), rtol=1e-10)
    read = fp.dwell_times(spin, thresholds=(-0.6, 0.6))
    assert_allclose(read[:2], two_state[:2], rtol=5e-3)
    swapped = fp.dwell_times(uniaxial(20, field=0.1, reference=[0, 0, -1]), thresholds=(-0.6, 0.6))
    assert_allclose(swapped[:2], read[1::-1], rtol=1e-9)


def test_unequal_wells_of_an_in_plane_junction_obey_balance():
    field = np.array([0.025, 0.0, 0.0])
    spin = fp.Macrospin(field, np.diag([0.16, 0.0, -0.8]), THERMAL_FIELD, 0.05, reference=[1, 0, 0])
    times = fp.dwell_times(spin, rtol=5e-3)
    up = fp.equilibrium(spin).occupation()
    assert times.separation > 200
    assert_allclose(times.parallel / times.antiparallel, up / (1 - up), rtol=0.01)
    assert_allclose(1 / times.parallel + 1 / times.antiparallel, fp.relaxation_rate(spin), rtol=1e-3)


@pytest.mark.parametrize("field", [0.05, 0.08, -0.08])
def test_very_unequal_wells_in_a_tilted_field_have_the_axial_dwell_times(field):
    # On the slopes of the deep well the mode has the sign of the shallow one, which holds 1e-5 to 1e-8 here.
    def times(across):
        return fp.dwell_times(fp.Macrospin([across, 0, field], np.diag([0, 0, 0.2]), 0.01 / 1.2, 0.5))

    exact, tilted = times(0.0), times(1e-4)
    assert max(exact[:2]) / min(exact[:2]) > 1e4
    assert_allclose(tilted[:2], exact[:2], rtol=1e-3)


def test_energies_beyond_the_numbers_are_an_error():
    with pytest.raises(SimulationError, match="kT"):
        fp.dwell_times(fp.Macrospin(ZERO, np.diag([0, 0, 2.0]), 0.001, 0.05), thresholds=(-0.5, 0.5))
    with pytest.raises(SimulationError, match="kT"):
        fp.equilibrium(fp.Macrospin([600, 640, 480], np.diag([0, 0, 1e-9]), 0.001, 0.05))


def test_finite_elements_read_with_hysteresis_as_the_integrals_do():
    for spin in (
        uniaxial(20, field=0.1, damping=0.03),
        uniaxial(6, torque=0.3),
        uniaxial(4, modulations=(fp.Modulation(lambda c: 1 / (2 + c), damping_like=[0, 0, 0.01]),)),
    ):
        exact = fp.dwell_times(spin, thresholds=(-0.6, 0.5))
        found = fp.dwell_times(general(spin), thresholds=(-0.6, 0.5))
        assert_allclose(found[:2], exact[:2], rtol=1e-6)


def test_a_simulated_trace_read_with_hysteresis_has_the_dwell_times():
    layer = FreeLayer(
        saturation_magnetisation=1e5,
        volume=1e-23,
        damping=0.1,
        demagnetising_factors=(0.0, 0.0, 1.0),
        uniaxial_anisotropy=(1250.0, (1.0, 0.0, 0.0)),
    )
    reference = ReferenceLayer(direction=(0.8, 0.6, 0.0))
    junction = MTJ(free_layer=layer, barrier=Barrier(damping_like_per_volt=0.05), reference=reference)
    bias = Bias(voltage=0.05, field=(0.002, 0.004, 0.01))
    low, high = -0.4, 0.5
    expected = fp.dwell_times(junction, bias, thresholds=(low, high), rtol=1e-3)
    duration, replicas = 1e-6, 100
    run = simulate(
        junction,
        bias,
        duration=duration,
        replicas=replicas,
        seed=3,
        step=5e-13,
        settle=2e-8,
        thresholds=(low, high),
        sample_interval=1e-7,
    )
    share = float(run.parallel_share.mean())
    into = run.transitions_into.sum(("device", "bias", "replica")).values
    # About 6000 dwell times of each state: 5 standard deviations are 6.5 %.
    assert_allclose(share * duration * replicas / into[0], expected.parallel, rtol=0.065)
    assert_allclose((1 - share) * duration * replicas / into[1], expected.antiparallel, rtol=0.065)
    # The two-state times are a different thing: those of the slowest mode.
    assert fp.dwell_times(junction, bias).parallel > 1.2 * expected.parallel


def test_hysteresis_of_free_diffusion():
    """Without energy, D d/dc (1 - c^2) dT/dc = -1 gives T = ln((1 - low)/(1 - high))/D upwards."""
    free = fp.Macrospin(ZERO, np.zeros((3, 3)), THERMAL_FIELD, 0.1)
    low, high = -0.3, 0.6
    times = fp.dwell_times(free, thresholds=(low, high))
    up, down = np.log((1 - low) / (1 - high)), np.log((1 + high) / (1 + low))
    assert_allclose(times.antiparallel * free.diffusion, up, rtol=1e-10)
    assert_allclose(times.parallel * free.diffusion, down, rtol=1e-10)


def test_general_and_axial_dwell_times_agree():
    for sign in (1, -1):
        axial = fp.dwell_times(uniaxial(6, field=0.1, reference=[0, 0, sign]))
        full = fp.dwell_times(general(uniaxial(6, field=0.1, reference=[0, 0, sign])))
        assert_allclose(full[:2], axial[:2], rtol=1e-5)
        assert (axial.parallel > axial.antiparallel) == (sign > 0)


# Autocorrelation


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
    spin = fp.Macrospin(
        [0.01, 0.0, 0.005],
        np.diag([0.04, 0.0, -0.1]),
        THERMAL_FIELD,
        0.1,
        [0.002, 0.0, 0.001],
        reference=[0.8, 0.6, 0.0],
        resistance=lambda c: 1e4 / (1.5 + 0.5 * c),
    )
    integral = fp.correlation_time(spin, observable="resistance")
    times = np.linspace(0, 15 * integral, 20001)
    curve = fp.autocorrelation(spin, times=times, observable="resistance")
    assert curve[0] == pytest.approx(1)
    assert_allclose(np.trapezoid(curve, times), integral, rtol=1e-4)


# Equilibrium


def test_boltzmann_from_the_null_vector():
    def make():
        return fp.Macrospin([0.01, 0.02, 0.005], np.diag([0.06, 0.0, -0.1]), THERMAL_FIELD, 0.05)

    boltzmann = fp.equilibrium(make())
    solver = next(iter(levels(make())))
    weights, nodes = boltzmann.probabilities, boltzmann.nodes
    assert_allclose(solver.density(nodes), boltzmann.density(nodes), rtol=1e-5)
    assert_allclose(weights.sum(), 1)


def test_langevin_and_occupation():
    x = 3.0
    eq = fp.equilibrium(fp.Macrospin([0, 0, x * 0.01], np.zeros((3, 3)), 0.01, 0.1))
    assert_allclose(eq.projection, 1 / np.tanh(x) - 1 / x, rtol=1e-12)
    assert_allclose(eq.occupation(), (np.exp(x) - 1) / (np.exp(x) - np.exp(-x)), rtol=1e-12)
    assert_allclose(eq.occupation([1, 1, 0]), 0.5, rtol=1e-12)
    assert_allclose(eq.density([0.0, 0.0, 1.0]), x * np.exp(x) / (4 * np.pi * np.sinh(x)))


def perpendicular(**more):
    layer = FreeLayer(
        saturation_magnetisation=1e6,
        volume=1e-24,
        damping=0.1,
        demagnetising_factors=(0.0, 0.0, 0.0),
        uniaxial_anisotropy=(2e4, (0.0, 0.0, 1.0)),
    )
    barrier = dict(damping_like_per_volt=0.05, half_voltage=0.5, resistance_parallel=5000.0)
    return MTJ(free_layer=layer, barrier=Barrier(**barrier), **more)


@pytest.mark.parametrize(
    "bias",
    [
        Bias(voltage=0.05),
        Bias(voltage=0.3, series_resistance=2e4),
        Bias(current=1e-5),
        Bias(voltage=0.02, field=(0.0, 0.0, -0.004)),
    ],
)
def test_junction_in_its_circuit(bias):
    """Along the axis u' = [B_z + a_DL/alpha + B_k c]/b, with the voltage found by bisection."""
    junction = perpendicular()
    lane = junction.lane_parameters()
    b = 1.380649e-23 * 300 / lane.moment

    def volt(c):
        def excess(v):
            r = junction.resistance(c, Bias(voltage=v))
            if bias.current is not None:
                return v / r - bias.current
            return v * (1 + bias.series_resistance / r) - bias.voltage

        return brentq(excess, -1.0, 1.0, xtol=1e-14)

    def slope(c):
        return (bias.field[2] + 0.05 * volt(c) / 0.1 + 0.04 * c) / b

    grid = np.linspace(-1, 1, 401)
    slopes = np.array([slope(c) for c in grid])
    u = np.concatenate(([0], np.cumsum((slopes[1:] + slopes[:-1]) / 2 * np.diff(grid))))
    weight = np.exp(u - u.max())
    mean = np.trapezoid(weight * grid, grid) / np.trapezoid(weight, grid)
    resistances = [junction.resistance(c, Bias(voltage=volt(c))) for c in grid]
    ohm = np.trapezoid(weight * resistances, grid) / np.trapezoid(weight, grid)
    eq = fp.equilibrium(junction, bias)
    assert_allclose(eq.projection, mean, rtol=2e-3)
    assert_allclose(eq.resistance, ohm, rtol=1e-4)
    rate = fp.relaxation_rate(junction, bias)
    spin = general(fp.macrospin(junction, bias))
    assert_allclose(fp.relaxation_rate(spin), rate, rtol=1e-6)


def test_uniaxial_junction_is_the_macrospin_of_the_table():
    junction = perpendicular()
    kelvin = 2e4 * 1e-24 / 1.380649e-23 / 5
    spin = fp.macrospin(junction, Bias(temperature=kelvin))
    assert_allclose(reduced(spin), 0.135406, rtol=1e-5)
    tau = 1e6 * 1e-24 * (1 + 0.01) / (2 * 0.1 * spin.gyromagnetic_ratio * 1.380649e-23 * kelvin)
    rate = fp.relaxation_rate(junction, Bias(temperature=kelvin))
    assert_allclose(2 * tau * rate, 0.135406, rtol=1e-5)
    # No bias is the default bias.
    assert fp.relaxation_rate(junction) == fp.relaxation_rate(junction, Bias())


def test_current_law_depends_on_the_angle():
    layer = perpendicular().free_layer
    junction = MTJ(free_layer=layer, barrier=Barrier(torque_law="current", polarisation=0.6))
    lane = junction.lane_parameters()
    spin = fp.macrospin(junction, Bias(current=2e-6))
    (part,) = spin.modulations
    c = np.linspace(-1, 1, 9)
    assert_allclose(part.profile(c), lane.torques[0].damping_like_current * 2e-6 / (1 + 0.36 * c), rtol=1e-12)
    assert_allclose(part.damping_like, [0, 0, 1])


def test_magnetisation_falls_with_temperature():
    layer = FreeLayer(
        saturation_magnetisation=1e6,
        volume=1e-24,
        damping=0.1,
        demagnetising_factors=(0.0, 0.0, 1.0),
        uniaxial_anisotropy=(8e5, (0.0, 0.0, 1.0)),
        curie_temperature=1200.0,
        bloch_exponent=1.5,
        anisotropy_exponent=2.5,
    )
    kelvin = 400.0
    cold = layer.reference_temperature
    s = (1 - (kelvin / 1200) ** 1.5) / (1 - (cold / 1200) ** 1.5)
    barrier = Barrier(damping_like_per_volt=0.05)
    spin = fp.macrospin(MTJ(free_layer=layer, barrier=barrier), Bias(temperature=kelvin, voltage=0.1))
    assert_allclose(spin.thermal_field, 1.380649e-23 * kelvin / (1e-18 * s), rtol=1e-10)
    mu0 = 4e-7 * np.pi
    assert_allclose(spin.matrix[2, 2], 1.6 * s**1.5 - mu0 * 1e6 * s, rtol=1e-8)
    assert_allclose(spin.damping_like, [0, 0, 0.005 / s], rtol=1e-10)


# Bad input


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: fp.Macrospin(ZERO, np.eye(3), 0.0, 0.1), "thermal_field=0.0 T"),
        (lambda: fp.Macrospin(ZERO, np.eye(3), 0.01, -0.1), "damping=-0.1"),
        (lambda: fp.Macrospin([0, 0, np.nan], np.eye(3), 0.01, 0.1), "finite"),
        (lambda: fp.Macrospin(ZERO, np.eye(2), 0.01, 0.1), "3x3"),
        (lambda: fp.Macrospin(ZERO, np.eye(3), 0.01, 0.1, reference=ZERO), "no direction"),
        (lambda: fp.Macrospin(ZERO, np.tri(3), 0.01, 0.1), "symmetric"),
        (lambda: fp.Macrospin(["a", 0, 0], np.eye(3), 0.01, 0.1), r"field=\['a', 0, 0\] must be 3 finite numbers in T"),
        (lambda: modulated(field=[0.0, 1.0]), r"modulations\[1\].field=\[0.0, 1.0\] must be 3 finite numbers in T"),
        (lambda: modulated(field=[0.0, 0.0, np.inf]), r"modulations\[1\].field=.* finite numbers in T"),
        (lambda: modulated(damping_like="high"), r"modulations\[1\].damping_like='high' .* in T"),
        (lambda: modulated(matrix=np.eye(2)), r"modulations\[1\].matrix=.* must be 3x3 finite numbers in T"),
        (lambda: modulated(matrix=np.tri(3)), r"modulations\[1\].matrix=.* T must be symmetric"),
        (lambda: modulated(profile=0.4), r"modulations\[1\].profile=0.4 must be a function"),
        (lambda: fp.Macrospin(ZERO, np.eye(3), 0.01, 0.1, modulations=fp.Modulation(np.exp)), "a tuple of Modulation"),
        (lambda: fp.Macrospin(ZERO, np.eye(3), 0.01, 0.1, modulations=[np.exp]), r"modulations\[0\]=.* a Modulation"),
        (lambda: fp.relaxation_rate(modulated(profile=lambda c: c[:3], field=[0, 0, 1])), "does not take an array"),
        (lambda: fp.relaxation_rate(uniaxial(1), Bias()), "leave bias out"),
        (lambda: fp.relaxation_rates(uniaxial(1), n=0), "n=0"),
        (lambda: fp.relaxation_rate(biaxial(3, 5, 0.1), rtol=0.0), "rtol=0.0"),
        (lambda: fp.dwell_times(uniaxial(5), thresholds=(0.5, -0.5)), "low < high"),
        (lambda: fp.dwell_times(uniaxial(5, reference=[1, 0, 0])), "same resistance"),
        (lambda: fp.dwell_times(across(5)), "same resistance"),
        (lambda: fp.dwell_times(across(60)), "same resistance"),  # where the expansion does not reach
        (lambda: fp.autocorrelation(uniaxial(1), times=[-1.0]), "times"),
        (lambda: fp.autocorrelation(uniaxial(1), times=[1.0], observable="mz"), "projection"),
        (lambda: fp.correlation_time(uniaxial(1), kind="half"), "integral"),
        (lambda: fp.equilibrium(uniaxial(1)).resistance, "resistance"),
        (lambda: fp.equilibrium(uniaxial(1)).occupation(ZERO), "direction"),
        (lambda: fp.equilibrium(uniaxial(1)).density([1.0, 1.0, 0.0]), "unit vectors"),
        (
            lambda: fp.relaxation_rate(perpendicular(), Bias(voltage=Sine(amplitude=0.1, frequency=1e9))),
            "constant bias",
        ),
        (
            lambda: fp.relaxation_rate(perpendicular(heating=Heating(thermal_resistance=1e6)), Bias(voltage=0.1)),
            "heating",
        ),
        (lambda: fp.relaxation_rate(perpendicular(), Bias(temperature=0.0)), "thermal noise"),
    ],
)
def test_bad_input_is_one_clear_sentence(call, message):
    with pytest.raises(ParameterError, match=message) as caught:
        call()
    assert "\n" not in str(caught.value)


def across(delta):
    """An in-plane junction whose reference layer is at right angles to its easy axis."""
    return replace(biaxial(delta, 0.3, 0.1), reference=[0, 1, 0])


def modulated(profile=np.exp, **numbers):
    items = fp.Modulation(np.exp), fp.Modulation(profile, **numbers)
    return fp.Macrospin(ZERO, np.diag([0.0, 0.1, 0.2]), 0.01, 0.1, modulations=items)


@pytest.mark.parametrize("rtol", [0.0, -1e-4, 1.0, np.nan, "small", None])
@pytest.mark.parametrize(
    "call",
    [
        lambda spin, rtol: fp.relaxation_rate(spin, rtol=rtol),
        lambda spin, rtol: fp.relaxation_rates(spin, n=4, rtol=rtol),
        lambda spin, rtol: fp.dwell_times(spin, rtol=rtol),
        lambda spin, rtol: fp.dwell_times(spin, thresholds=(-0.5, 0.5), rtol=rtol),
        lambda spin, rtol: fp.equilibrium(spin, rtol=rtol),
        lambda spin, rtol: fp.autocorrelation(spin, rtol=rtol),
    ],
)
@pytest.mark.parametrize("spin", [uniaxial(8), biaxial(8, 1, 0.1)], ids=["axial", "general"])
def test_every_path_refuses_an_accuracy_out_of_range(spin, call, rtol):
    with pytest.raises(ParameterError, match=r"rtol=.* is outside \(0, 1\)"):
        call(spin, rtol)


def test_beyond_the_range_of_the_numbers():
    with pytest.raises(SimulationError, match="energy varies by"):
        fp.relaxation_rate(uniaxial(700))
    with pytest.raises(SimulationError, match="not stable"):
        fp.relaxation_rates(biaxial(2000, 50, 0.1), n=2)


def test_the_expansion_reaches_45_kt_and_never_takes_rounding_for_a_rate():
    for sigma in (15, 30, 45):
        exact = fp.relaxation_rate(uniaxial(sigma))
        result = fp.relaxation_rates(general(uniaxial(sigma)), n=1)
        assert result.method == "exact"
        assert abs(result.rates[0].real / exact - 1) <= min(result.relative_error, 1e-4) + 1e-9
    with pytest.raises(SimulationError, match="rounding"):
        fp.relaxation_rates(general(uniaxial(60)), n=2)
    with pytest.raises(SimulationError, match="rounding"):
        fp.autocorrelation(uniaxial(60), times=[1.0])


def test_where_the_expansion_ends_the_asymptotic_rate_takes_over():
    exact = fp.relaxation_rates(biaxial(25, 1, 0.1), n=1)
    escape = theory.escape_rates(biaxial(25, 1, 0.1))
    assert exact.method == "exact"
    assert abs(escape.relaxation / exact.rates[0].real - 1) < escape.relative_error < 0.1
    with pytest.warns(MtjphysWarning, match="asymptotic rate, with an estimated relative error"):
        beyond = fp.relaxation_rates(biaxial(60, 0.3, 0.1), n=1)
    escape = theory.escape_rates(biaxial(60, 0.3, 0.1))
    assert (beyond.method, beyond.relative_error) == ("asymptotic", escape.relative_error)
    assert beyond.rates[0] == escape.relaxation
    with pytest.warns(MtjphysWarning, match="asymptotic"):
        times = fp.dwell_times(biaxial(60, 0.3, 0.1))
    assert_allclose(times[:2], 1 / escape.parallel)
    driven = fp.Macrospin(ZERO, np.diag([0.7, 0.0, -2.8]), 0.01, 0.1, [0.01, 0.0, 0.0], reference=[1, 0, 0])
    with pytest.raises(SimulationError, match="rare_events"):
        fp.relaxation_rate(driven)


@pytest.mark.parametrize(("b_k", "torque"), [(0.01, 0.0), (0.04, 0.03)], ids=["low barrier", "torque beyond a well"])
def test_two_states_that_describe_a_junction_poorly_are_warned_of(b_k, torque):
    spin = fp.Macrospin(ZERO, np.diag([b_k, 0, -2 * b_k]), 0.01, 0.1, [torque, 0, 0], reference=[1, 0, 0])
    with pytest.warns(MtjphysWarning, match="two states"):
        fp.dwell_times(spin)


def test_a_single_well_has_no_dwell_times_but_those_between_thresholds():
    in_plane = MTJ(
        free_layer=FreeLayer(
            saturation_magnetisation=1e6,
            volume=1e-24,
            damping=0.1,
            demagnetising_factors=(0, 0, 1),
            uniaxial_anisotropy=(1e4, (1, 0, 0)),
        ),
        reference=ReferenceLayer(direction=(1, 0, 0)),
    )
    for junction, bias, words in (
        (presets.funatsu_2022_34nm(), Bias(voltage=-0.1), r"voltage=-0.1 V, field=\(0, 0, 0\) T"),
        (presets.funatsu_2022_34nm(), Bias(current=-3e-5), r"current=-3e-05 A"),
        (in_plane, Bias(field=(0.03, 0.0, 0.0)), r"voltage=0 V, field=\(0.03, 0, 0\) T"),
        (uniaxial(4, field=1.5), None, "its field and torque"),
        (uniaxial(4, torque=-1.5), None, "its field and torque"),
        (general(uniaxial(4, field=1.5)), None, "its field and torque"),
        (uniaxial(-4), None, "its field and torque"),
    ):
        with pytest.raises(ParameterError, match=f"no second well under {words}.*nearer to zero, or give thresholds"):
            fp.dwell_times(junction, bias)
    times = fp.dwell_times(presets.funatsu_2022_34nm(), Bias(voltage=-0.1), thresholds=(-0.5, 0.5))
    assert 0 < times.parallel < 1e-9 * times.antiparallel
    assert fp.dwell_times(uniaxial(4, field=0.9)).separation > 3  # there is a second well, of 0.04 kT


def test_reference_layer_direction_counts():
    away = perpendicular(reference=ReferenceLayer(direction=(0.0, 0.0, -1.0)))
    bias = Bias(voltage=0.03)
    here, there = (fp.equilibrium(j, bias) for j in (perpendicular(), away))
    assert here.projection > 0.1
    assert_allclose(there.projection, here.projection, rtol=1e-10)
    assert_allclose(there.moments, -here.moments, atol=1e-12)


def test_committor_quadrature_against_scipy():
    spin = uniaxial(4, field=0.1)
    u = lambda c: 4 * c * c + 0.8 * c  # noqa: E731
    low, high = -0.4, 0.5
    resistance = quad(lambda c: np.exp(-u(c)) / (1 - c * c), low, high)[0]

    def q(c):
        if c <= low:
            return 0.0
        if c >= high:
            return 1.0
        return quad(lambda x: np.exp(-u(x)) / (1 - x * x), low, c)[0] / resistance

    rising = quad(lambda c: q(c) * np.exp(u(c)), low, high)[0]
    rising += quad(lambda c: np.exp(u(c)), high, 1)[0]
    times = fp.dwell_times(spin, thresholds=(low, high))
    assert_allclose(times.parallel * spin.diffusion, rising * resistance, rtol=1e-8)


def test_one_junction_is_factorised_once():
    junction = MTJ(
        free_layer=FreeLayer(
            saturation_magnetisation=1e6,
            volume=1e-24,
            damping=0.1,
            demagnetising_factors=(0, 0, 1),
            uniaxial_anisotropy=(1e4, (1, 0, 0)),
        ),
        reference=ReferenceLayer(direction=(1, 0, 0)),
    )
    bias = Bias(field=(1e-3, 0, 0))
    rate = fp.relaxation_rate(junction, bias)
    made = operator.cache_info().misses
    times = fp.dwell_times(junction, Bias(field=(1e-3, 0, 0)))
    assert operator.cache_info().misses == made
    assert_allclose(1 / times.parallel + 1 / times.antiparallel, rate, rtol=1e-9)
    fp.relaxation_rate(junction, Bias(field=(2e-3, 0, 0)))
    assert operator.cache_info().misses > made

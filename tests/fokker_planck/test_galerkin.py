"""The expansion in spherical harmonics: against finite volumes, and what no choice of representation may change."""

import pickle

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy import sparse
from scipy.sparse.linalg import eigs
from scipy.spatial.transform import Rotation
from spins import THERMAL_FIELD, ZERO, general, in_plane_junction, reduced, uniaxial

from mtjphys import fokker_planck as fp
from mtjphys.bias import Bias
from mtjphys.fokker_planck.galerkin import Galerkin
from mtjphys.fokker_planck.levels import OPERATORS
from mtjphys.fokker_planck.weight import weight_of


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
    rates = [Galerkin(spin, 40, 24, weight=weight_of(spin, share)).slow_mode.rate for share in (0.0, 0.5, 1.0)]
    assert_allclose(rates, reduced(spin), rtol=1e-5)


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

    assert_allclose(reduced(general(make()), rtol=1e-9), reduced(make()), rtol=1e-8)
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
    assert_allclose(fp.relaxation_rate(split, rtol=1e-6), fp.relaxation_rate(plain, rtol=1e-6), rtol=1e-5)


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


def test_memory_held_is_told():
    """Against what pickle writes, a little of which is no array; the basis is shared by all operators."""
    spin = fp.Macrospin([0, 0.3, 1.0], np.diag([0.5, 0.0, 0.0]), 0.01, 1.0)
    for l_max in (12, 24):
        operator = Galerkin(spin, l_max, l_max)
        operator.slow_mode, operator.stationary, operator.grid  # noqa: B018
        factors = operator._factors.nbytes
        state = {name: value for name, value in vars(operator).items() if name not in ("_wide", "_factors")}
        assert operator.nbytes == pytest.approx(len(pickle.dumps(state)) + factors, rel=0.05)


def test_one_junction_is_factorised_once():
    junction = in_plane_junction()
    bias = Bias(field=(1e-3, 0, 0))
    rate = fp.relaxation_rate(junction, bias)
    made = OPERATORS.made
    times = fp.dwell_times(junction, Bias(field=(1e-3, 0, 0)))
    assert OPERATORS.made == made
    assert_allclose(1 / times.parallel + 1 / times.antiparallel, rate, rtol=1e-9)
    fp.relaxation_rate(junction, Bias(field=(2e-3, 0, 0)))
    assert OPERATORS.made > made

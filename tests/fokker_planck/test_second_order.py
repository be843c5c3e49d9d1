"""The second-order anisotropy in the Fokker-Planck equation: axial, general, and against Boltzmann's integral."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.integrate import quad

import mtjphys as mp
from mtjphys import fokker_planck as fp
from mtjphys.core.errors import SimulationError
from mtjphys.fokker_planck.galerkin import Galerkin
from mtjphys.kernels.contributions import TERMS
from mtjphys.kernels.terms.second_order_anisotropy import TERM, SecondOrder

B = 0.01
# (D1, D2), Lambda = 2 tau_N lambda_1 and <mz^2> for E/kT = D1 sin^2 + D2 sin^4, computed by two other codes.
TABLE = [(3.0, 2.0, 0.1196683, 0.742813), (-4.0, 8.0, 0.1173471, 0.636263), (4.0, -1.5, 0.6618334, 0.583195)]


def spin(first, second, damping=0.1, field=(0.0, 0.0, 0.0), **options):
    matrix = np.diag([0.0, 0.0, 2.0 * first * B]) + options.pop("matrix", 0.0)
    return fp.Macrospin(field, matrix, B, damping, terms=(SecondOrder(4.0 * second * B),), **options)


def general(spin):
    """Return the macrospin with its axis hidden, so that it is expanded in harmonics."""
    spin.__dict__["axis"] = None
    return spin


def reduced(spin, **options):
    """Return ``Lambda = 2 tau_N lambda_1``."""
    return fp.relaxation_rate(spin, **options) / spin.diffusion


@pytest.mark.parametrize(("first", "second", "rate", "square"), TABLE)
@pytest.mark.parametrize("damping", [0.01, 0.1, 1.0])
def test_axial_rates_and_moments_of_the_table(first, second, rate, square, damping):
    case = spin(first, second, damping)
    assert case.axis is not None
    assert_allclose(reduced(case), rate, rtol=1e-6)
    assert_allclose(fp.equilibrium(case).second_moments[2, 2], square, atol=1e-6)


@pytest.mark.parametrize(("first", "second", "rate", "square"), TABLE)
def test_the_expansion_agrees_with_the_axial_integrals(first, second, rate, square):
    case = general(spin(first, second))
    assert_allclose(reduced(case, rtol=1e-8), reduced(spin(first, second)), rtol=1e-9)
    driven = dict(damping_like=(0.0, 0.0, 0.0005))
    assert_allclose(
        reduced(general(spin(first, second, **driven)), rtol=1e-7), reduced(spin(first, second, **driven)), rtol=1e-6
    )


def test_the_weight_makes_detailed_balance_exact():
    """Null vectors of equal norm: the weight is the logarithm of the density, general term included."""
    matrix = np.diag([0.06, -0.02, 0.0])
    operator = Galerkin(spin(-4.0, 8.0, matrix=matrix), 40, 30)
    assert_allclose(operator.spread, 1.0, rtol=1e-6)


@pytest.mark.parametrize("damping", [0.05, 0.5])
def test_moments_off_the_axis_are_boltzmann_s(damping):
    field, matrix = np.array([0.004, 0.002, -0.003]), np.diag([0.03, 0.0, 0.0])
    case = spin(-4.0, 8.0, damping, field, matrix=matrix)
    moments = fp.equilibrium(case).second_moments

    def weight(z, phi):
        m = np.array([np.sqrt(1 - z * z) * np.cos(phi), np.sqrt(1 - z * z) * np.sin(phi), z])
        sine2 = 1.0 - z * z
        return np.exp(m @ field / B + 0.5 * m @ matrix @ m / B + 4.0 * sine2 - 8.0 * sine2**2)

    phi = 2 * np.pi * (np.arange(64) + 0.5) / 64
    norm = quad(lambda z: np.mean([weight(z, f) for f in phi]), -1, 1)[0]
    square = quad(lambda z: z * z * np.mean([weight(z, f) for f in phi]), -1, 1)[0]
    assert_allclose(moments[2, 2], square / norm, rtol=1e-7)
    # The stationary density of the operator is the same, without knowing it.
    nodes, probabilities = Galerkin(case, 44, 30).distribution
    assert_allclose(probabilities @ nodes[:, 2] ** 2, square / norm, rtol=1e-6)


def test_a_term_without_an_axis_has_its_equilibrium_by_quadrature(monkeypatch):
    """And under a torque, where there is no such formula, an error says so."""
    known = spin(-4.0, 8.0, matrix=np.diag([0.02, 0.0, 0.0]))
    moments = fp.equilibrium(known).second_moments
    monkeypatch.setattr(TERMS, "of", lambda lane: replace(TERM, axis=lambda t: None))
    case = spin(-4.0, 8.0, matrix=np.diag([0.02, 0.0, 0.0]))
    assert_allclose(fp.equilibrium(case).second_moments, moments, atol=1e-9)
    driven = spin(-4.0, 8.0, damping_like=(0.0, 0.001, 0.0))
    for solve in (fp.equilibrium, fp.relaxation_rate):
        with pytest.raises(SimulationError, match=r"second_order_anisotropy has no axis of symmetry.*use equilibrium"):
            solve(driven)


def test_rates_over_the_barrier_off_the_axis_against_finite_differences():
    """lambda_1 of a cone with an easy axis in the plane, with the operator of an independent discretisation."""
    matrix = np.diag([0.02, 0.0, 0.0])
    case = spin(-2.0, 5.0, 0.3, matrix=matrix)
    rate = fp.relaxation_rate(case, rtol=1e-6) / case.diffusion
    from scipy import sparse
    from scipy.sparse.linalg import eigs

    def slowest(count):
        theta = (np.arange(count) + 0.5) * np.pi / count
        turns = 2 * count
        phi = 2 * np.pi * (np.arange(turns) + 0.5) / turns
        t, f = np.meshgrid(theta, phi, indexing="ij")
        dt, df = np.pi / count, 2 * np.pi / turns

        def m_of(t, f):
            return np.stack((np.sin(t) * np.cos(f), np.sin(t) * np.sin(f), np.cos(t)), -1)

        def u_of(t, f):
            m = m_of(t, f)
            s2 = 1 - m[..., 2] ** 2
            return 0.5 * np.einsum("...i,ij,...j", m, matrix, m) / B + 2.0 * s2 - 5.0 * s2**2

        size, index = count * turns, np.arange(count * turns).reshape(count, turns)
        rows, columns, values = [], [], []

        def couple(one, other, value):
            rows.extend([one.ravel(), one.ravel(), other.ravel(), other.ravel()])
            columns.extend([one.ravel(), other.ravel(), other.ravel(), one.ravel()])
            values.extend([-value.ravel(), value.ravel(), -value.ravel(), value.ravel()])

        # Symmetric part: integral of rho |grad h|^2; precession: the antisymmetric one, a current along level lines.
        tf = theta[:-1] + dt / 2
        couple(
            index[:-1], index[1:], (np.exp(u_of(*np.meshgrid(tf, phi, indexing="ij"))) * np.sin(tf)[:, None]) * df / dt
        )
        pf = phi + df / 2
        right = np.roll(index, -1, axis=1)
        couple(index, right, np.exp(u_of(*np.meshgrid(theta, pf, indexing="ij"))) / np.sin(theta)[:, None] * dt / df)
        form = sparse.csr_array(
            (np.concatenate(values), (np.concatenate(rows), np.concatenate(columns))), shape=(size, size)
        )
        corner = np.exp(u_of(*np.meshgrid(np.arange(count + 1) * dt, phi - df / 2, indexing="ij"))) / 0.3
        # The flux of exp(u) m x grad u = curl(exp(u)) through an edge is the difference of exp(u) at its corners.
        down = np.roll(corner[1:-1], -1, axis=1) - corner[1:-1]
        around = np.roll(corner, -1, axis=1)
        side = around[:-1] - around[1:]
        skew_rows, skew_columns, skew = [], [], []
        for one, other, flux in ((index[:-1], index[1:], down), (index, right, side)):
            skew_rows += [one.ravel(), other.ravel()]
            skew_columns += [other.ravel(), one.ravel()]
            skew += [flux.ravel() / 2, -flux.ravel() / 2]
        turn = sparse.csr_array(
            (np.concatenate(skew), (np.concatenate(skew_rows), np.concatenate(skew_columns))), shape=(size, size)
        )
        mass = (np.exp(u_of(t, f)) * np.sin(t)).ravel() * dt * df
        operator = sparse.diags_array(1 / mass) @ (form + turn)
        found = eigs(sparse.csc_array(operator), k=3, sigma=1e-6, return_eigenvectors=False)
        return np.sort(np.abs(found.real))[1]

    coarse, fine = slowest(40), slowest(80)
    assert_allclose(rate, fine + (fine - coarse) / 3, rtol=2e-3)


def test_a_junction_given_by_its_stack():
    layer = {
        "saturation_magnetisation": 1e6,
        "volume": 4.14e-24,
        "damping": 0.1,
        "demagnetising_factors": (0.0, 0.0, 0.0),
        "uniaxial_anisotropy": (-4e3, (0, 0, 1)),
        "second_order_anisotropy": 8e3,
    }
    device = mp.MTJ(free_layer=layer, reference={"direction": (0.0, 0.0, 1.0)})
    numbers = fp.macrospin(device, mp.Bias())
    kT = 1.380649e-23 * 300.0
    assert numbers.terms[0].second_order == pytest.approx(4.0 * 8e3 / 1e6)
    twin = spin(-4e3 * 4.14e-24 / kT, 8e3 * 4.14e-24 / kT)
    assert_allclose(fp.relaxation_rate(device) / numbers.diffusion, reduced(twin), rtol=1e-9)
    # Two symmetric states: the mean dwell time is 2/lambda_1; with thresholds it is that of the trace.
    times = fp.dwell_times(device)
    assert_allclose(times.parallel * fp.relaxation_rate(device), 2.0, rtol=1e-9)
    read = fp.dwell_times(device, thresholds=(-0.3, 0.3))
    tilted = fp.dwell_times(device.with_parameters({"reference.direction": (1e-6, 0.0, 1.0)}), thresholds=(-0.3, 0.3))
    assert_allclose(tilted.parallel, read.parallel, rtol=1e-3)


def test_pulses_over_a_cone():
    """General and axial discretisation of a pulse agree, and a long weak one follows the rate."""
    start, pulse = spin(-3.0, 9.0), spin(-3.0, 9.0, damping_like=(0.0, 0.0, 0.008))
    tau = 1.0 / pulse.diffusion
    durations = np.array([0.05, 0.2, 0.5]) * tau
    axial = fp.switching_probability(pulse, durations=durations, start=start, initial="antiparallel")
    other = fp.switching_probability(
        general(spin(-3.0, 9.0, damping_like=(0.0, 0.0, 0.008))),
        durations=durations,
        start=general(spin(-3.0, 9.0)),
        initial="antiparallel",
    )
    assert_allclose(other, axial, rtol=2e-3)

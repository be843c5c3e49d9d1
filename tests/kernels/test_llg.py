"""The two steppers: against naive twins and sdeint, their orders, and what must not change."""

import math

import naive
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numba import njit

import mtjphys as mp
from mtjphys.kernels import random
from mtjphys.kernels.ensemble import HEUN, MIDPOINT
from mtjphys.kernels.llg import DIVIDED, FIXED, STIFF
from mtjphys.kernels.parameters import LaneParameters
from mtjphys.kernels.replay import replay
from mtjphys.simulation.stepping import centred

SCHEMES = {"midpoint": MIDPOINT, "heun": HEUN}


def parameters(**changes):
    """Return a junction with every term switched on, and nothing aligned with anything."""
    p = np.array([0.3, -0.5, 0.8])
    sigma = np.array([0.2, 0.9, -0.1])
    p, sigma = p / np.linalg.norm(p), sigma / np.linalg.norm(sigma)
    values = {
        "gyromagnetic_ratio": 1.7608596e11,
        "damping": 0.05,
        "moment": 6e-19,
        "shape_xx": -0.05,
        "shape_yy": -0.09,
        "shape_zz": -0.9,
        "shape_xy": 0.01,
        "shape_xz": -0.02,
        "shape_yz": 0.03,
        "anisotropy_xx": 0.04,
        "anisotropy_yy": 0.01,
        "anisotropy_zz": 0.7,
        "anisotropy_xy": -0.02,
        "anisotropy_xz": 0.015,
        "anisotropy_yz": 0.005,
        "vcma": -0.06,
        "stray_x": 0.004,
        "stray_y": -0.002,
        "stray_z": 0.01,
        "reference_x": p[0],
        "reference_y": p[1],
        "reference_z": p[2],
        "damping_like": 0.03,
        "damping_like_quadratic": 0.004,
        "field_like": 0.01,
        "field_like_quadratic": 0.02,
        "damping_like_current": 0.0,
        "field_like_current": 0.0,
        "polarisation_squared": 0.33,
        "conductance_parallel": 2e-4,
        "tunnel_magnetoresistance": 1.2,
        "inverse_half_voltage": 2.0,
        "spin_orbit_x": sigma[0],
        "spin_orbit_y": sigma[1],
        "spin_orbit_z": sigma[2],
        "spin_orbit_damping_like": 12.0,
        "spin_orbit_field_like": -5.0,
        "thermal_resistance": 0.0,
        "thermal_rate": 0.0,
        "reference_temperature": 300.0,
        "inverse_curie_temperature": 0.0,
        "bloch_exponent": 1.0583,
        "anisotropy_exponent": 1.804,
    }
    return LaneParameters(**values | {name: float(value) for name, value in changes.items()})


CURRENT_LAW = {
    "damping_like": 0.0,
    "damping_like_quadratic": 0.0,
    "field_like": 0.0,
    "field_like_quadratic": 0.0,
    "damping_like_current": 200.0,
    "field_like_current": 60.0,
}
HOT = {
    "thermal_resistance": 2e6,
    "thermal_rate": 2e11,
    "inverse_curie_temperature": 1.0 / 1453.0,
}


def bias(source=0.2, steps=None, *, field=(0.02, -0.03, 0.05), temperature=300.0, channel=1e-3):
    """Return the table of a constant bias, or one in which everything varies."""
    table = np.array([source, *field, temperature, channel])[:, None]
    if steps is None:
        return table
    phase = np.linspace(0.0, 4.0, steps) + np.arange(6)[:, None]
    return np.ascontiguousarray(table * (1.0 + 0.3 * np.sin(phase)))


def start(p, m, source, a, b):
    return naive.junction_voltage(p, m @ naive.vector(p, "reference"), source, a, b)


def advance(
    p,
    m,
    noise,
    table,
    dt,
    scheme,
    *,
    circuit=STIFF,
    law=False,
    hot=False,
    a=1.0,
    b=0.0,
    renormalise=True,
):
    m = np.asarray(m, dtype=float)
    voltage = start(p, m, table[0, 0], a, b)
    noise = np.ascontiguousarray(noise)
    return replay(p, m, voltage, noise, table, dt, SCHEMES[scheme], renormalise, circuit, law, hot, a, b)


def unit(vector):
    return np.asarray(vector) / np.linalg.norm(vector)


def normal_numbers(steps, seed=0):
    return np.random.default_rng(seed).standard_normal((steps, 3))


M0 = unit([0.4, 0.5, -0.6])
directions = st.tuples(*[st.floats(-1.0, 1.0)] * 3).filter(lambda v: np.linalg.norm(v) > 0.1)


# The equation


@given(m=directions, voltage=st.floats(-1.0, 1.0))
def test_an_isotropic_part_of_the_anisotropy_turns_nothing(m, voltage):
    p, m, applied = parameters(), unit(m), bias()[:, 0]
    other = centred(p)
    assert np.median(
        np.linalg.eigvalsh(naive.symmetric(other, "shape") + naive.symmetric(other, "anisotropy"))
    ) == pytest.approx(0.0, abs=1e-15)
    np.testing.assert_allclose(
        naive.gilbert(other, m, voltage, applied, 300.0),
        naive.gilbert(p, m, voltage, applied, 300.0),
        atol=1e-12 * p.gyromagnetic_ratio,
    )


@given(m=directions, voltage=st.floats(-1.0, 1.0), alpha=st.floats(0.0, 1.0), law=st.booleans())
def test_explicit_form_solves_the_gilbert_form(m, voltage, alpha, law):
    p = parameters(damping=alpha, **(CURRENT_LAW if law else {}))
    m = unit(m)
    applied = bias()[:, 0]
    rate = np.cross(naive.angular_velocity(p, m, voltage, applied, 300.0), m)
    implicit = naive.gilbert(p, m, voltage, applied, 300.0)
    np.testing.assert_allclose(rate, implicit, atol=1e-12 * p.gyromagnetic_ratio)


CASES = {
    "stiff": {},
    "divided": {"circuit": DIVIDED, "b": 4000.0},
    "current source": {"circuit": DIVIDED, "a": 0.0, "b": 1.0},
    "current law, stiff": {"circuit": FIXED, "law": True},
    "current law, divided": {"circuit": DIVIDED, "law": True, "b": 4000.0},
    "hot, stiff": {"hot": True},
    "hot, divided": {"hot": True, "circuit": DIVIDED, "b": 4000.0},
    "hot, current law": {"hot": True, "circuit": DIVIDED, "law": True, "a": 0.0, "b": 1.0},
}


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("driven", [False, True])
@pytest.mark.parametrize("case", CASES)
def test_steppers_agree_with_the_naive_twin(scheme, driven, case):
    options = CASES[case]
    p = parameters(**(CURRENT_LAW if options.get("law") else {}), **(HOT if options.get("hot") else {}))
    source = 40e-6 if options.get("a") == 0.0 else 0.3
    steps, dt = 300, 2e-14
    table = bias(source, steps if driven else None)
    noise = normal_numbers(steps)
    path, voltage, temperature = advance(p, M0, noise, table, dt, scheme, **options)
    twin, twin_voltage, twin_temperature = naive.run(
        p,
        M0,
        noise,
        table,
        dt,
        scheme,
        a=options.get("a", 1.0),
        b=options.get("b", 0.0),
        hot=options.get("hot", False),
    )
    # log and exp of the kernel are good to 6e-10, which enters where Ms depends on temperature.
    tolerance = 2e-8 if options.get("hot") else 1e-10
    assert np.linalg.norm(path[-1] - path[0]) > 0.05
    np.testing.assert_allclose(path, twin, atol=tolerance)
    # One Newton step follows the voltage from the last step, where the twin solves to rounding.
    np.testing.assert_allclose(voltage, twin_voltage, rtol=1e-6)
    np.testing.assert_allclose(temperature, twin_temperature, rtol=tolerance)
    if options.get("hot"):
        assert temperature[-1] > temperature[0] + 3.0


@pytest.mark.parametrize("scheme", SCHEMES)
def test_steppers_agree_with_the_twin_at_the_largest_steps(scheme):
    """At 0.3 rad a step the midpoint's quotient, expanded to third order, is what differs."""
    p = parameters()
    noise = normal_numbers(200)
    path, _, _ = advance(p, M0, noise, bias(), 6e-12, scheme)
    twin, _, _ = naive.run(p, M0, noise, bias(), 6e-12, scheme)
    angle = np.arccos(np.clip(np.sum(path[1:] * path[:-1], axis=1), -1.0, 1.0))
    assert np.max(angle) > 0.25
    np.testing.assert_allclose(path, twin, atol=1e-5 if scheme == "midpoint" else 1e-11)


def junction(**changes):
    """Return a perpendicular junction with every voltage effect, as the device layer describes it."""
    layer = {
        "saturation_magnetisation": 1.1e6,
        "diameter": 30e-9,
        "thickness": 1.4e-9,
        "interfacial_anisotropy": 1.05e-3,
        "damping": 0.02,
    }
    barrier = {
        "resistance_area_product": 5e-12,
        "tunnel_magnetoresistance": 1.2,
        "half_voltage": 0.5,
        "voltage_anisotropy": 40e-15,
        "field_like_ratio": 0.3,
        "field_like_per_volt_squared": 0.004,
    }
    return mp.MTJ(
        free_layer=layer | changes.pop("free_layer", {}),
        barrier=barrier | changes.pop("barrier", {}),
        reference={"direction": (0.2, 0.0, 1.0), "stray_field": (0.001, 0.0, 0.004)},
        **changes,
    )


@pytest.mark.parametrize("integrator", SCHEMES)
@pytest.mark.parametrize("replicas", [1, 3])
def test_a_simulation_is_the_twin_driven_by_its_own_generator(integrator, replicas):
    """Stack, stream, circuit and recording together: nothing between the API and the bits is left out."""
    device = junction()
    applied = mp.Bias(voltage=0.4, field=(0.01, 0.0, 0.02), series_resistance=5000.0)
    steps, dt, seed = 80, 1e-13, 9
    simulator = mp.Simulator(
        device,
        applied,
        sample_interval=dt,
        step=dt,
        replicas=replicas,
        seed=seed,
        integrator=integrator,
        initial=M0,
    )
    samples = simulator.advance(steps)
    p = centred(device.lane_parameters())
    for lane in range(replicas):
        path, _, _ = naive.run(
            p,
            M0,
            naive.normals(seed, lane, steps),
            applied.table(0, 1, dt),
            dt,
            integrator,
            b=5000.0,
        )
        np.testing.assert_allclose(samples["m"][lane], path[1:], atol=2e-8)
        cosine = path[1:] @ naive.vector(p, "reference")
        voltage = [naive.junction_voltage(p, c, 0.4, 1.0, 5000.0) for c in cosine]
        np.testing.assert_allclose(samples["voltage"][lane], voltage, rtol=1e-7)


@njit
def stream_of_one(state, pairs):
    out = np.empty((pairs, 2))
    s0, s1, s2, s3 = state[0], state[1], state[2], state[3]
    for k in range(pairs):
        bits1, s0, s1, s2, s3 = random.next_bits(s0, s1, s2, s3)
        bits2, s0, s1, s2, s3 = random.next_bits(s0, s1, s2, s3)
        out[k, 0], out[k, 1] = random.gaussian_pair(bits1, bits2)
    return out


@pytest.mark.parametrize("integrator", SCHEMES)
def test_replay_has_the_bits_of_the_ensemble(integrator):
    device = junction()
    applied = mp.Bias(voltage=0.4, field=(0.01, 0.0, 0.02))
    simulator = mp.Simulator(device, applied, sample_interval=1e-13, seed=4, integrator=integrator, initial=M0)
    samples = simulator.advance(200)
    state = np.random.SeedSequence(4, spawn_key=(0,)).generate_state(4, np.uint64)
    noise = stream_of_one(state, 300).reshape(200, 3)
    table = applied.table(0, 1, 1e-13)
    path, _, _ = advance(
        centred(device.lane_parameters()),
        M0 / np.linalg.norm(M0),
        noise,
        table,
        simulator.step,
        integrator,
    )
    assert np.array_equal(path[1:], samples["m"][0])


# An independent solver


@pytest.mark.parametrize("law", [False, True])
def test_heun_is_sdeint_s_stratonovich_heun(law):
    sdeint = pytest.importorskip("sdeint")
    p = parameters(**(CURRENT_LAW if law else {}))
    dt, steps = 5e-13, 400
    table = bias(0.3)
    sigma = naive.thermal_angle(p, 300.0, dt) / math.sqrt(dt)
    basis = np.eye(3)

    def drift(m, t):
        return np.cross(naive.angular_velocity(p, m, 0.3, table[:, 0], 300.0), m)

    def diffusion(m, t):
        return sigma * np.array([np.cross(axis, m) for axis in basis]).T

    noise = normal_numbers(steps, 5)
    times = np.arange(steps + 1) * dt
    theirs = sdeint.stratHeun(drift, diffusion, M0, times, dW=noise * math.sqrt(dt))
    ours, _, _ = advance(
        p,
        M0,
        noise,
        table,
        dt,
        "heun",
        circuit=FIXED if law else STIFF,
        law=law,
        renormalise=False,
    )
    assert np.max(np.abs(np.linalg.norm(ours, axis=1) - 1.0)) > 1e-6
    np.testing.assert_allclose(ours, theirs, atol=1e-12, rtol=0.0)


@given(m=directions, alpha=st.floats(0.001, 1.0))
def test_isotropic_rotation_noise_is_brown_s_thermal_field(m, alpha):
    """Both noises have the same covariance and the same Ito drift on the sphere: the same process."""
    m = unit(m)

    def ours(m):
        return np.array([np.cross(axis, m) for axis in np.eye(3)]).T / math.sqrt(1.0 + alpha**2)

    def brown(m):
        # dm/dt = -gamma/(1 + alpha^2) [m x B + alpha m x (m x B)]
        columns = [-(np.cross(m, axis) + alpha * np.cross(m, np.cross(m, axis))) for axis in np.eye(3)]
        return np.array(columns).T / (1.0 + alpha**2)

    def correction(g):
        # Ito drift 1/2 sum_jk g_jk d_j g_ik, the derivative taken by central differences.
        size = 1e-6
        total = np.zeros(3)
        for k in range(3):
            along = g(m)[:, k] * size
            total += 0.5 * (g(m + along)[:, k] - g(m - along)[:, k]) / (2.0 * size)
        return total

    np.testing.assert_allclose(ours(m) @ ours(m).T, brown(m) @ brown(m).T, atol=1e-13)
    np.testing.assert_allclose(correction(ours), correction(brown), atol=1e-8)
    np.testing.assert_allclose(correction(ours), -m / (1.0 + alpha**2), atol=1e-8)


# Orders


def slope(steps, errors):
    return np.polyfit(np.log(steps), np.log(errors), 1)[0]


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("case", ["stiff", "divided", "current law, divided"])
def test_deterministic_order_is_two(scheme, case):
    options = CASES[case]
    p = parameters(**(CURRENT_LAW if options.get("law") else {}))
    table = bias(0.3, temperature=0.0)
    duration = 2e-11
    counts = np.array([64, 128, 256, 512])
    ends = [advance(p, M0, np.zeros((n, 3)), table, duration / n, scheme, **options)[0][-1] for n in (*counts, 65536)]
    errors = [np.linalg.norm(end - ends[-1]) for end in ends[:-1]]
    assert slope(duration / counts, errors) == pytest.approx(2.0, abs=0.1)


def strong_errors(scheme, *, scale, duration, counts, paths, finest):
    """Return the mean distance to the path of the finest step under the same, nested, increments."""
    p = parameters(**{name: getattr(parameters(), name) * scale for name in FIELD_NAMES}, damping=0.5)
    table = bias(0.3, field=tuple(scale * np.array([0.02, -0.03, 0.05])), channel=1e-3)
    generator = np.random.default_rng(11)
    errors = np.zeros((paths, len(counts)))
    for path in range(paths):
        fine = generator.standard_normal((finest, 3))
        reference = advance(p, M0, fine, table, duration / finest, scheme)[0][-1]
        for k, n in enumerate(counts):
            coarse = fine.reshape(n, -1, 3).sum(axis=1) / math.sqrt(finest // n)
            end = advance(p, M0, coarse, table, duration / n, scheme)[0][-1]
            errors[path, k] = np.linalg.norm(end - reference)
    return np.mean(errors, axis=0)


FIELD_NAMES = [
    name
    for name in LaneParameters._fields
    if name.startswith(("shape", "anisotropy_", "stray", "vcma", "damping_like", "field_like"))
    and name != "anisotropy_exponent"
] + ["spin_orbit_damping_like", "spin_orbit_field_like"]


@pytest.mark.parametrize("scheme", SCHEMES)
def test_strong_order_is_one_half_where_the_noise_dominates(scheme):
    """Three rotations do not commute, and no scheme without their areas does better than 1/2."""
    counts = np.array([16, 32, 64, 128, 256])
    # 400 paths: the statistical error of the slope is below 0.02; 5 of them are allowed.
    errors = strong_errors(scheme, scale=0.0, duration=1e-9, counts=counts, paths=400, finest=16384)
    assert errors[0] > 0.02
    assert slope(1.0 / counts, errors) == pytest.approx(0.5, abs=0.1)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_both_schemes_converge_to_the_same_path(scheme):
    """Full physics and noise: the fine paths of either scheme are one (Stratonovich) solution."""
    other = "heun" if scheme == "midpoint" else "midpoint"
    p, table, duration = parameters(damping=0.5), bias(0.3), 2e-10
    distances = []
    for n in (1024, 4096, 16384):
        total = 0.0
        for seed in range(40):
            noise = normal_numbers(16384, seed).reshape(n, -1, 3).sum(axis=1)
            noise /= math.sqrt(16384 // n)
            a = advance(p, M0, noise, table, duration / n, scheme)[0][-1]
            b = advance(p, M0, noise, table, duration / n, other)[0][-1]
            total += np.linalg.norm(a - b)
        distances.append(total / 40)
    assert distances[2] < 1e-3
    assert distances[2] < 0.3 * distances[1] < 0.1 * distances[0]


@pytest.mark.parametrize("scheme, order", [("midpoint", 2), ("heun", 1)])
def test_weak_order_of_free_diffusion(scheme, order):
    """<m(t)> = m(0) exp(-s^2) a step; the mean over the noise is a quadrature, so that no sampling blurs it."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(14)
    grid = np.array(np.meshgrid(nodes, nodes, nodes, indexing="ij")).reshape(3, -1).T
    weight = np.prod(np.array(np.meshgrid(weights, weights, weights, indexing="ij")), axis=0)
    weight = weight.ravel() / np.sum(weight)
    p = parameters(**dict.fromkeys(FIELD_NAMES, 0.0), damping=0.5)
    table = bias(0.0, field=(0.0, 0.0, 0.0), channel=0.0)
    steps = np.array([2e-12, 4e-12, 8e-12])
    errors = []
    for dt in steps:
        mean = 0.0
        for z, w in zip(grid, weight, strict=True):
            mean += w * advance(p, [0.0, 0.0, 1.0], z[None, :], table, dt, scheme)[0][1, 2]
        s2 = naive.thermal_angle(p, 300.0, dt) ** 2
        # The error of the rate: of one step, over its length.
        errors.append(abs(mean - math.exp(-s2)) / dt)
    assert 0.005 < s2 < 0.1
    assert slope(steps, errors) == pytest.approx(order, abs=0.15)


@pytest.mark.parametrize(
    "integrator, dt, expected, tolerance",
    [
        # REFERENCE: exact 0.7047; Heun heats. Standard error over 2048 lanes x 200 ns about 0.0015.
        ("midpoint", 4e-12, 0.7047, 0.006),
        ("midpoint", 8e-12, 0.7047, 0.006),
        ("heun", 4e-12, 0.6445, 0.012),
        ("heun", 8e-12, 0.355, 0.012),
    ],
)
@pytest.mark.filterwarnings("ignore:step=")
def test_equilibrium_at_low_damping_and_large_steps(integrator, dt, expected, tolerance):
    volume = 4.0 * naive.BOLTZMANN * 300.0 / (0.5 * 1e6 * 0.4)
    device = mp.MTJ(
        free_layer={
            "saturation_magnetisation": 1e6,
            "volume": volume,
            "damping": 0.005,
            "demagnetising_factors": (0.0, 0.0, 0.0),
            "uniaxial_anisotropy": (0.5 * 1e6 * 0.4, (1.0, 0.0, 0.0)),
        }
    )
    simulator = mp.Simulator(
        device,
        sample_interval=dt,
        step=dt,
        replicas=2048,
        seed=2,
        integrator=integrator,
        initial="random",
        record=(),
        moments=True,
    )
    simulator.settle(30e-9)
    simulator.advance(round(60e-9 / dt))
    measured = simulator.statistics()["m_second_moment"][1][0, 0, :, 0, 0]
    assert naive.boltzmann_mz2(4.0) == pytest.approx(0.7047, abs=1e-4)
    assert np.mean(measured) == pytest.approx(expected, abs=tolerance)


# What must not change


@pytest.mark.parametrize("integrator", SCHEMES)
def test_the_length_stays_one_for_a_million_steps(integrator):
    simulator = mp.Simulator(
        junction(),
        mp.Bias(voltage=0.3, series_resistance=3000.0),
        sample_interval=1e-9,
        step=1e-13,
        replicas=16,
        seed=1,
        integrator=integrator,
    )
    m = simulator.advance(100)["m"]
    assert simulator.steps_done == 1_000_000
    # A random walk of roundings of 1e-16 would be at 1e-13 here.
    assert np.max(np.abs(np.linalg.norm(m, axis=-1) - 1.0)) < 1e-12


def rotated(p, rotation):
    """Return the junction with all its matrices and vectors turned."""
    changes = {}
    for name in ("shape", "anisotropy"):
        matrix = rotation @ naive.symmetric(p, name) @ rotation.T
        for pair, value in zip(
            ("xx", "yy", "zz", "xy", "xz", "yz"),
            matrix[[0, 1, 2, 0, 0, 1], [0, 1, 2, 1, 2, 2]],
            strict=True,
        ):
            changes[f"{name}_{pair}"] = value
    for name in ("stray", "reference", "spin_orbit"):
        for axis, value in zip("xyz", rotation @ naive.vector(p, name), strict=True):
            changes[f"{name}_{axis}"] = value
    return p._replace(**{name: float(value) for name, value in changes.items()})


@settings(max_examples=40)
@given(
    axis=directions,
    angle=st.floats(0.1, 3.0),
    m=directions,
    source=st.floats(-0.5, 0.5),
    scheme=st.sampled_from(sorted(SCHEMES)),
    divided=st.booleans(),
    about_normal=st.booleans(),
)
def test_turning_everything_turns_the_path(axis, angle, m, source, scheme, divided, about_normal):
    # Voltage-controlled anisotropy has the film normal as its axis: with it only turns about z are free.
    axis = np.array([0.0, 0.0, 1.0]) if about_normal else unit(axis)
    p = parameters() if about_normal else parameters(vcma=0.0)
    x, y, z = axis
    turn = np.array([[0.0, -z, y], [z, 0.0, -x], [-y, x, 0.0]])
    rotation = np.eye(3) + math.sin(angle) * turn + (1.0 - math.cos(angle)) * turn @ turn
    options = {"circuit": DIVIDED, "b": 4000.0} if divided else {}
    noise, table, m = normal_numbers(100), bias(source), unit(m)
    turned = table.copy()
    turned[1:4, 0] = rotation @ table[1:4, 0]
    path, _, _ = advance(p, m, noise, table, 1e-12, scheme, **options)
    other, _, _ = advance(rotated(p, rotation), rotation @ m, noise @ rotation.T, turned, 1e-12, scheme, **options)
    np.testing.assert_allclose(other, path @ rotation.T, atol=1e-11)


def energy(p, m, field):
    """Return the energy over the moment, in T."""
    matrix = naive.symmetric(p, "shape") + naive.symmetric(p, "anisotropy")
    return -0.5 * np.einsum("ki,ij,kj->k", m, matrix, m) - m @ field


@settings(max_examples=60)
@given(m=directions, alpha=st.floats(0.01, 1.0), scheme=st.sampled_from(sorted(SCHEMES)))
def test_energy_falls_without_noise_and_torque(m, alpha, scheme):
    p = parameters(damping=alpha)
    table = bias(0.0, temperature=0.0, channel=0.0)
    path, _, _ = advance(p, unit(m), np.zeros((3000, 3)), table, 5e-14, scheme)
    levels = energy(p, path, table[1:4, 0] + naive.vector(p, "stray"))
    assert np.all(np.diff(levels) < 1e-14)


@settings(max_examples=40)
@given(factor=st.floats(0.1, 10.0), m=directions, scheme=st.sampled_from(sorted(SCHEMES)))
def test_time_scaling(factor, m, scheme):
    """Fields, torques and temperature times k, in a k-th of the time: the same path."""
    p = parameters()
    names = FIELD_NAMES
    faster = p._replace(**{name: factor * getattr(p, name) for name in names})
    noise, m = normal_numbers(200), unit(m)
    table = bias(0.3)
    scaled = table.copy()
    scaled[1:5] *= factor
    path, _, _ = advance(p, m, noise, table, 5e-13, scheme)
    other, _, _ = advance(faster, m, noise, scaled, 5e-13 / factor, scheme)
    np.testing.assert_allclose(other, path, atol=1e-10)


@settings(max_examples=30)
@given(m=directions, reference=directions, scheme=st.sampled_from(sorted(SCHEMES)))
def test_positive_voltage_drives_towards_the_reference_and_negative_away(m, reference, scheme):
    reference, m = unit(reference), unit(m)
    if abs(m @ reference) > 0.99:
        m = unit(np.cross(reference, M0) + 0.1 * m)
    changes = dict.fromkeys(FIELD_NAMES, 0.0) | {"damping_like": 0.05}
    changes |= {f"reference_{axis}": value for axis, value in zip("xyz", reference, strict=True)}
    p = parameters(**changes)
    for sign in (1.0, -1.0):
        table = bias(sign, field=(0.0, 0.0, 0.0), temperature=0.0, channel=0.0)
        path, _, _ = advance(p, m, np.zeros((4000, 3)), table, 5e-13, scheme)
        cosine = sign * (path @ reference)
        assert np.all(np.diff(cosine) > -1e-12)
        assert cosine[-1] > 0.99999


def test_spin_torque_rate_is_gamma_a_over_one_plus_alpha_squared():
    """Without field, c = m.p obeys dc/dt = gamma a_DL/(1 + alpha^2) (1 - c^2): a tanh."""
    alpha, a_dl, dt, n = 0.4, 0.05, 1e-14, 20000
    p = parameters(**dict.fromkeys(FIELD_NAMES, 0.0) | {"damping_like": a_dl}, damping=alpha)
    table = bias(1.0, field=(0.0, 0.0, 0.0), temperature=0.0, channel=0.0)
    path, _, _ = advance(p, M0, np.zeros((n, 3)), table, dt, "midpoint")
    c = path @ naive.vector(p, "reference")
    rate = p.gyromagnetic_ratio * a_dl / (1.0 + alpha**2)
    expected = np.tanh(np.arctanh(c[0]) + rate * dt * np.arange(n + 1))
    np.testing.assert_allclose(c, expected, atol=1e-7)


def test_ferromagnetic_resonance_at_small_angle():
    """A damped ellipse of frequency gamma sqrt(B_x B_y)/(2 pi) to first order in alpha."""
    alpha = 0.002
    device = mp.presets.schnitzspan_2023()
    device = device.with_parameters({"free_layer.damping": alpha, "reference.stray_field": (0.0, 0.0, 0.0)})
    field = 0.1 * np.array(device.easy_axis)
    expected = device.resonance_frequency(field=tuple(field), temperature=0.0)
    simulator = mp.Simulator(
        device,
        mp.Bias(field=tuple(field), temperature=0.0),
        sample_interval=2e-13,
        initial=np.add(device.easy_axis, (0.0, 1e-3, 1e-4)),
        record=("m",),
    )
    signal = simulator.advance(60000)["m"][0, :, 1]
    assert simulator.step <= 2e-13
    rising = np.nonzero((signal[:-1] < 0.0) & (signal[1:] >= 0.0))[0]
    crossing = rising + signal[rising] / (signal[rising] - signal[rising + 1])
    period = (crossing[-1] - crossing[0]) / (crossing.size - 1) * 2e-13
    assert crossing.size > 20
    assert 1.0 / period == pytest.approx(expected, rel=2e-4)

"""The two steppers against naive twins and sdeint, on the same noise."""

import math

import naive
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numba import njit
from one_lane import (
    CASES,
    HOT,
    LAW,
    M0,
    SCHEMES,
    advance,
    bias,
    circuit_of,
    directions,
    junction,
    normal_numbers,
    parameters,
    unit,
)

import mtjphys as mp
from mtjphys.kernels import random
from mtjphys.kernels.conduction import FIXED, STIFF
from mtjphys.simulation.stepping import centred

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


@given(m=directions, voltage=st.floats(-1.0, 1.0), alpha=st.floats(0.0, 1.0), law=st.sampled_from(sorted(LAW)))
def test_explicit_form_solves_the_gilbert_form(m, voltage, alpha, law):
    p = parameters(damping=alpha, **LAW[law])
    m = unit(m)
    applied = bias()[:, 0]
    rate = np.cross(naive.angular_velocity(p, m, voltage, applied, 300.0), m)
    implicit = naive.gilbert(p, m, voltage, applied, 300.0)
    np.testing.assert_allclose(rate, implicit, atol=1e-12 * p.gyromagnetic_ratio)


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("driven", [False, True])
@pytest.mark.parametrize("case", CASES)
def test_steppers_agree_with_the_naive_twin(scheme, driven, case):
    options = CASES[case]
    p = parameters(**LAW[options.get("law", "voltage")], **(HOT if options.get("hot") else {}))
    source = 40e-6 if options.get("a") == 0.0 else 0.3
    steps, dt = 300, 2e-14
    table = bias(source, steps if driven else None)
    noise = normal_numbers(steps)
    path, voltage, temperature = advance(p, M0, noise, table, dt, scheme, **circuit_of(options))
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
        hold=options.get("hold", 1),
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


@pytest.mark.compiles("others")
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


@pytest.mark.compiles("others")
@pytest.mark.parametrize("law", LAW)
def test_heun_is_sdeint_s_stratonovich_heun(law):
    sdeint = pytest.importorskip("sdeint")
    p = parameters(**LAW[law])
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
        circuit=FIXED if law == "current" else STIFF,
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

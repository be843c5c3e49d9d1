"""The orders of the two steppers, strong and weak."""

import math

import naive
import numpy as np
import pytest
from one_lane import CASES, LAW, M0, SCHEMES, advance, bias, circuit_of, normal_numbers, parameters, scaled_fields

import mtjphys as mp

# Orders


def slope(steps, errors):
    return np.polyfit(np.log(steps), np.log(errors), 1)[0]


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("case", ["stiff", "divided", "current law, divided"])
def test_deterministic_order_is_two(scheme, case):
    options = CASES[case]
    p = parameters(**LAW[options.get("law", "voltage")])
    table = bias(0.3, temperature=0.0)
    duration = 2e-11
    counts = np.array([64, 128, 256, 512])
    options = circuit_of(options)
    ends = [advance(p, M0, np.zeros((n, 3)), table, duration / n, scheme, **options)[0][-1] for n in (*counts, 65536)]
    errors = [np.linalg.norm(end - ends[-1]) for end in ends[:-1]]
    assert slope(duration / counts, errors) == pytest.approx(2.0, abs=0.1)


def strong_errors(scheme, *, scale, duration, counts, paths, finest):
    """Return the mean distance to the path of the finest step under the same, nested, increments."""
    p = scaled_fields(parameters(damping=0.5), scale)
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
    p = scaled_fields(parameters(damping=0.5), 0.0)
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

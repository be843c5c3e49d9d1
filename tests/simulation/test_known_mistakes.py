"""Mistakes found in published codes: each is made here, and the statistic that ours passes catches it.

The right and the mistaken variants of `naive` run the same Delta = 3 macrospin (exact <mz^2> = 0.62619) from a
Boltzmann start, so that only a wrong equilibrium can move them. Seeds are fixed. "Caught" means off by more than
four times what is allowed; the allowance is above 5 standard errors of the ensemble.
"""

import math

import naive
import numpy as np
import pytest

import mtjphys as mp
from mtjphys.core.streams import states as streams
from mtjphys.simulation import Simulator, simulate

EXACT = 0.62619
ALLOWED = 0.012  # of <mz^2>, for 4096 copies: the standard error is under 0.002
B_K = 0.05
GAMMA = mp.FreeLayer(saturation_magnetisation=1e6, diameter=5e-8, thickness=1e-9).gyromagnetic_ratio
STEP = 0.02  # 1/(gamma B_k), unless a mistake needs the step it was published with


def uniaxial(alpha, delta=3.0, **parts):
    magnetisation = 1e6
    energy_density = 0.5 * magnetisation * B_K
    return mp.MTJ(
        free_layer={
            "saturation_magnetisation": magnetisation,
            "volume": delta * naive.BOLTZMANN * 300.0 / energy_density,
            "damping": alpha,
            "demagnetising_factors": (0.0, 0.0, 0.0),
            "uniaxial_anisotropy": (energy_density, (0.0, 0.0, 1.0)),
        },
        **parts,
    )


def ours(alpha, *, copies=4096, relaxation_times=8.0, integrator="midpoint"):
    """Return the ensemble mean of mz^2 of `simulate`, with the statistic of `naive.uniaxial`."""
    tau = (1.0 + alpha**2) / (alpha * GAMMA * B_K)
    start = naive.boltzmann_start(3.0, copies, np.random.default_rng(1)).T
    simulator = Simulator(
        uniaxial(alpha),
        sample_interval=tau / 4.0,
        replicas=copies,
        seed=3,
        initial=start[None, None],
        integrator=integrator,
        record=("m",),
    )
    m = simulator.advance(round(4.0 * relaxation_times))["m"]
    half = m.shape[1] // 2
    return float(np.mean(m[:, half:, 2] ** 2))


def twin(alpha, *, dt=STEP, copies=2048, relaxation_times=4.0, mistake=None):
    generator = np.random.default_rng(2)
    start = naive.boltzmann_start(3.0, copies, generator)
    steps = round(relaxation_times * (1.0 + alpha**2) / alpha / dt)
    return naive.uniaxial(start, alpha, 3.0, dt, steps, generator, mistake)[1]


def test_the_exact_value():
    assert naive.boltzmann_mz2(3.0) == pytest.approx(EXACT, abs=1e-5)


@pytest.mark.parametrize("alpha", [0.02, 0.1, 1.0])
@pytest.mark.parametrize("integrator", ["midpoint", "heun"])
def test_ours_is_at_equilibrium(alpha, integrator):
    assert ours(alpha, integrator=integrator) == pytest.approx(EXACT, abs=ALLOWED)


def test_the_right_variant_of_the_twin_is_at_equilibrium():
    assert twin(0.1, dt=0.05) == pytest.approx(EXACT, abs=ALLOWED)


def test_euler_drift_with_heun_noise_is_caught():
    # 1 ps at mu0 H_k = 1.1 T, alpha 0.02: the drift's Euler step heats by w^2 a step, against 2 alpha w of damping.
    assert twin(0.02, dt=0.2, mistake=None) == pytest.approx(EXACT, abs=ALLOWED)
    assert abs(twin(0.02, dt=0.2, mistake="euler_drift") - EXACT) > 4.0 * ALLOWED


def test_spherical_angles_without_the_cotangent_are_caught():
    generator = np.random.default_rng(4)
    start = np.arccos(naive.boltzmann_start(3.0, 4096, generator)[2])
    right, wrong = (
        naive.uniaxial_in_angles(start, 1.0, 3.0, 0.02, 1500, generator, cotangent=cotangent)
        for cotangent in (True, False)
    )
    # Euler's steps near the poles cost the right variant some per cent.
    assert right == pytest.approx(EXACT, abs=2.0 * ALLOWED)
    assert abs(wrong - EXACT) > 4.0 * ALLOWED


def test_doubled_thermal_variance_is_caught():
    wrong = twin(0.1, dt=0.05, relaxation_times=8.0, mistake="doubled_variance")
    assert abs(wrong - EXACT) > 4.0 * ALLOWED
    assert wrong == pytest.approx(naive.boltzmann_mz2(1.5), abs=ALLOWED)


def test_noise_component_by_component_is_caught():
    wrong = twin(0.1, dt=0.05, relaxation_times=8.0, mistake="componentwise")
    assert abs(wrong - EXACT) > 4.0 * ALLOWED


def test_dropped_one_plus_alpha_squared_is_caught_at_equilibrium():
    wrong = twin(1.0, dt=0.02, relaxation_times=10.0, mistake="noise_without_denominator")
    # Twice the damping with the noise of one: half the temperature.
    assert abs(wrong - EXACT) > 4.0 * ALLOWED
    assert wrong == pytest.approx(naive.boltzmann_mz2(6.0), abs=2.0 * ALLOWED)


def reversal(alpha, time, field, angle, denominator):
    """Return mz(t) of a moment that a field along z aligns: ``tan(theta/2)`` falls exponentially."""
    rate = alpha * GAMMA * field / denominator
    return math.cos(2.0 * math.atan(math.tan(0.5 * angle) * math.exp(-rate * time)))


def test_dropped_one_plus_alpha_squared_is_caught_in_the_dynamics():
    """Dropped everywhere the equilibrium stays, but everything is (1 + alpha^2) times too fast."""
    alpha, field, angle, time = 0.7, 0.1, 2.8, 2e-10
    device = mp.MTJ(
        free_layer={
            "saturation_magnetisation": 1e6,
            "volume": 1e-24,
            "damping": alpha,
            "demagnetising_factors": (0.0, 0.0, 0.0),
        }
    )
    run = simulate(
        device,
        mp.Bias(field=(0.0, 0.0, field), temperature=0.0),
        duration=time,
        sample_interval=time / 1000.0,
        initial=(math.sin(angle), 0.0, math.cos(angle)),
    )
    mz = float(run.m.values[0, 0, 0, -1, 2])
    right = reversal(alpha, time, field, angle, 1.0 + alpha**2)
    wrong = reversal(alpha, time, field, angle, 1.0)
    assert mz == pytest.approx(right, abs=1e-4)
    assert abs(wrong - right) > 0.1
    # The precession, too.
    phi = np.unwrap(np.arctan2(run.m.values[0, 0, 0, :, 1], run.m.values[0, 0, 0, :, 0]))
    expected = GAMMA * field / (1.0 + alpha**2) * time
    assert abs(phi[-1] - phi[0]) * 1000.0 / 999.0 == pytest.approx(expected, rel=1e-3)


def test_free_diffusion_decays_with_the_neel_time():
    """<m(t)> = m(0) exp(-t/tau_N), tau_N = Ms V (1 + alpha^2)/(2 alpha gamma kB T)."""
    alpha, volume = 0.7, 1e-24
    tau = 1e6 * volume * (1.0 + alpha**2) / (2.0 * alpha * GAMMA * naive.BOLTZMANN * 300.0)
    device = mp.MTJ(
        free_layer={
            "saturation_magnetisation": 1e6,
            "volume": volume,
            "damping": alpha,
            "demagnetising_factors": (0.0, 0.0, 0.0),
        },
        reference={"direction": (0.0, 0.0, 1.0)},
    )
    mz = Simulator(device, sample_interval=tau / 4.0, replicas=20000, seed=5, record=("m",)).advance(4)["m"][:, :, 2]
    # The standard error of the mean is under 0.0042; 5 of them. Doubled variance would be at exp(-2).
    np.testing.assert_allclose(mz.mean(axis=0), np.exp(-np.arange(1, 5) / 4.0), atol=0.021)


def test_junctions_that_share_a_stream_are_caught():
    lanes = Simulator(uniaxial(0.1), sample_interval=2e-10, replicas=24, seed=6).advance(4000)
    correlation = np.corrcoef(lanes["m"][:, :, 0])
    upper = np.triu_indices(24, 1)
    # m_x decorrelates within a sample or two; 276 pairs of 4000 samples: 6 standard deviations are 0.15.
    assert np.max(np.abs(correlation[upper])) < 0.15
    # The mistake: both with the stream of lane 0.
    alone = [Simulator(uniaxial(0.1), sample_interval=2e-10, seed=6, first_lane=0).advance(4000)["m"] for _ in range(2)]
    shared = np.corrcoef(alone[0][0, :, 0], alone[1][0, :, 0])[0, 1]
    assert shared > 0.99
    # Different junctions under one stream, as in a code that seeds each junction alike.
    other = Simulator(uniaxial(0.1, 3.3), sample_interval=2e-10, seed=6).advance(4000)["m"]
    assert abs(np.corrcoef(alone[0][0, :, 0], other[0, :, 0])[0, 1]) > 0.15
    pair = Simulator([uniaxial(0.1), uniaxial(0.1, 3.3)], sample_interval=2e-10, seed=6)
    m = pair.advance(4000)["m"]
    assert abs(np.corrcoef(m[0, :, 0], m[1, :, 0])[0, 1]) < 0.12


def test_seeds_that_depend_on_the_number_of_threads_are_caught():
    def run(threads):
        simulator = Simulator(uniaxial(0.1), sample_interval=1e-10, replicas=70, seed=6, threads=threads)
        return simulator.advance(20)["m"]

    one = run(1)
    for threads in (2, 3, 5):
        assert np.array_equal(one, run(threads))

    # The mistake: a stream a thread, its lanes one after the other.
    def mistaken(threads):
        return np.concatenate(
            [streams(6, [t] * len(part)) for t, part in enumerate(np.array_split(range(70), threads))],
            axis=1,
        )

    assert not np.array_equal(mistaken(1), mistaken(2))


def test_p_and_ap_swapped_are_caught():
    """Along p the resistance is R_P, the lower; against p it is R_P (1 + TMR)."""
    device = uniaxial(0.1, barrier={"resistance_parallel": 4000.0, "tunnel_magnetoresistance": 1.5})
    for sign, state, expected in ((1.0, "parallel", 4000.0), (-1.0, "antiparallel", 10000.0)):
        run = simulate(
            device,
            mp.Bias(temperature=0.0),
            duration=1e-10,
            sample_interval=1e-10,
            initial=sign * np.array(device.reference_direction),
        )
        assert run.resistance.values.item() == pytest.approx(expected, rel=1e-12)
        named = simulate(device, mp.Bias(temperature=0.0), duration=1e-10, sample_interval=1e-10, initial=state)
        assert named.resistance.values.item() == pytest.approx(expected, rel=1e-12)
    moments = Simulator(device, sample_interval=1e-9, seed=1, replicas=64, thresholds=(-0.5, 0.5), moments=True)
    samples = moments.advance(300)
    parallel = samples["m"] @ device.reference_direction > 0.9
    assert np.all(samples["resistance"][parallel] < 4600.0)


def test_the_sign_of_the_damping_like_torque_is_caught():
    """Positive voltage favours P: its share of the time rises, as a field along p would make it."""
    device = uniaxial(0.1, barrier={"damping_like_per_volt": 0.002})
    shares = {}
    for voltage in (-0.3, 0.0, 0.3):
        simulator = Simulator(
            device,
            mp.Bias(voltage=voltage),
            sample_interval=1e-9,
            replicas=512,
            seed=2,
            initial="random",
            record=("resistance",),
            thresholds=(-0.3, 0.3),
        )
        simulator.settle(100e-9)
        resistance = simulator.advance(400)["resistance"]
        share = simulator.statistics()["parallel_share"][1]
        shares[voltage] = (float(np.mean(share)), float(np.mean(resistance)))
    assert shares[0.0][0] == pytest.approx(0.5, abs=0.03)
    assert shares[0.3][0] > 0.6 and shares[-0.3][0] < 0.4
    assert shares[0.3][1] < shares[0.0][1] < shares[-0.3][1]
    # The equivalent field a_DL/alpha along p has the identical effect (the same stationary distribution).
    field = 0.002 * 0.3 / 0.1
    z = np.linspace(-1.0, 1.0, 20001)
    boltzmann = np.exp(3.0 * (z**2 + 2.0 * field / B_K * z) - 9.0)
    simulator = Simulator(
        device,
        mp.Bias(voltage=0.3),
        sample_interval=1e-9,
        replicas=2048,
        seed=2,
        initial="random",
        record=(),
        moments=True,
    )
    simulator.settle(100e-9)
    simulator.advance(300)
    mean = simulator.statistics()["m_mean"][1][..., 2]
    assert np.mean(mean) == pytest.approx(np.sum(z * boltzmann) / np.sum(boltzmann), abs=0.012)

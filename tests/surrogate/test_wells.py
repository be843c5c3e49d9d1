"""Fluctuations within the states."""

import numpy as np
import pytest
from two_state_devices import axial

import mtjphys as mp
from mtjphys import fokker_planck, surrogate
from mtjphys.kernels.surrogate import PARALLEL
from mtjphys.kernels.terms.second_order_anisotropy import SecondOrder
from mtjphys.surrogate.wells import axial_memory_time, memory_time, wells


def test_fluctuations_have_the_distribution_and_memory_of_the_wells():
    junction = axial(8.0, damping=0.05)
    bias = mp.Bias(field=(0.0, 0.0, 0.003))
    device = surrogate.from_fokker_planck(junction, fields=[bias.field])
    stationary = fokker_planck.equilibrium(junction, bias)
    top = -0.003 / 0.05
    interval = 0.5 * float(device.memory_times[PARALLEL, 0, 0, 0])
    run = mp.simulate(
        device,
        bias,
        duration=2e5 * interval,
        sample_interval=interval,
        replicas=4,
        seed=4,
        initial="random",
        record=["parallel", "projection"],
    )
    parallel, cosine = run.parallel.values.reshape(4, -1) > 0, run.projection.values.reshape(4, -1)
    for state, sign in ((parallel, 1.0), (~parallel, -1.0)):

        def inside(m, sign=sign):
            return sign * (m[:, 2] - top) > 0.0

        share = stationary.mean(lambda m: 1.0 * inside(m))
        mean = stationary.mean(lambda m: m[:, 2] * inside(m)) / share
        square = stationary.mean(lambda m: m[:, 2] ** 2 * inside(m)) / share
        assert cosine[state].mean() == pytest.approx(mean, abs=1e-3)
        assert cosine[state].std() == pytest.approx(np.sqrt(square - mean**2), rel=0.01)

    # With the telegraph part, the autocorrelation of the junction itself.
    lags = np.array([1, 2, 4, 8, 16, 3000])
    exact = fokker_planck.autocorrelation(junction, bias, lags * interval, "projection")
    centred = cosine - stationary.projection
    found = [np.mean(centred[:, :-lag] * centred[:, lag:]) for lag in lags]
    np.testing.assert_allclose(np.array(found) / np.mean(centred**2), exact, atol=0.015)


def test_memory_time_is_that_of_the_simulated_junction():
    """An in-plane junction far from axial: the integral time of m.p inside a well, by the sLLG.

    At 60 K, where the well is harmonic; at 300 K the simulated time is 7 to 10 % longer.
    """
    junction = mp.presets.koenders_2025().with_parameters(
        {"free_layer.uniaxial_anisotropy": (20000.0, (1.0, 0.0, 0.0)), "free_layer.damping": 0.2}
    )
    bias = mp.Bias(field=(0.0, 0.004, 0.0), temperature=60.0)
    spin = fokker_planck.macrospin(junction, bias)
    expected = memory_time(spin, np.array([1.0, 0.1, 0.0]), "a bias")
    interval = expected / 2
    run = mp.simulate(
        junction,
        bias,
        duration=600 * interval,
        sample_interval=interval,
        replicas=1024,
        seed=2,
        settle=2e-8,
        record=["m"],
    )
    cosine = run.m.values[0, 0, :, :, 0]
    assert cosine.min() > 0
    centred = cosine - cosine.mean()
    correlation = [np.mean(centred[:, : 600 - lag] * centred[:, lag:]) for lag in range(100)]
    integral = interval * (np.sum(correlation) / correlation[0] - 0.5)
    assert integral == pytest.approx(expected, rel=0.06)

    # The deviates under a waveform follow the table of each moment: m.p stays inside [-1, 1].
    assert np.abs(cosine).max() <= 1.0


@pytest.mark.parametrize(("first", "second", "field"), [(8.0, 0.0, 20.0), (-6.0, 10.0, 6.0), (-6.0, 10.0, 0.0)])
def test_the_axial_time_is_the_integral_of_the_exact_autocorrelation(first, second, field):
    """Over the whole sphere, where Fokker-Planck knows it, of one well, a cone and two cones."""
    b = 0.01
    matrix = np.diag([0.0, 0.0, 2.0 * first * b])
    spin = fokker_planck.Macrospin((0.0, 0.0, field * b), matrix, b, 0.1, terms=(SecondOrder(4.0 * second * b),))
    angle = np.linspace(0.0, np.pi, 4001)
    c = -np.cos(angle)
    energy = (first + second * (1.0 - c * c)) * (1.0 - c * c) - field * c
    found = axial_memory_time(angle, np.exp(energy.min() - energy)) / spin.diffusion
    assert found == pytest.approx(fokker_planck.correlation_time(spin, observable="projection"), rel=1e-6)


def test_the_axial_time_is_the_linear_one_in_a_narrow_well():
    spin = fokker_planck.macrospin(axial(300.0, damping=0.05), mp.Bias(field=(0.0, 0.0, 0.003)))
    (_, exact), _ = wells(spin, "a bias")
    assert exact == pytest.approx(memory_time(spin, np.array([0.0, 0.0, 1.0]), "a bias"), rel=0.02)


def test_two_cones_are_two_states():
    kT = 1.380649e-23 * 300.0
    layer = {
        "saturation_magnetisation": 1e6,
        "volume": 4.14e-24,
        "damping": 0.1,
        "demagnetising_factors": (0.0, 0.0, 0.0),
        "uniaxial_anisotropy": (-8.0 * kT / 4.14e-24, (0.0, 0.0, 1.0)),
        "second_order_anisotropy": 16.0 * kT / 4.14e-24,
    }
    cone = mp.MTJ(free_layer=layer, reference={"direction": (0.0, 0.0, 1.0)})
    device = surrogate.from_fokker_planck(cone)
    # The middle of the density of m_z, whose maximum is at sin^2 = 1/4.
    middle = device.cosines[PARALLEL, 0, 0, 0, device.cosines.shape[-1] // 2]
    assert middle == pytest.approx(np.sqrt(0.75), abs=0.03)
    assert 1.0 / device.rates().parallel == pytest.approx(fokker_planck.dwell_times(cone).parallel, rel=1e-6)

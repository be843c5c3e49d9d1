"""The choice of the step: bounds that hold, limits that are kept, and one sentence where they are not."""

import dataclasses
import math
import warnings

import naive
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.constants import Boltzmann

import mtjphys as mp
from mtjphys.kernels.conduction import junction_voltage
from mtjphys.macrospin.constant import circuit_weights, ratio_at
from mtjphys.simulation import stepping
from mtjphys.simulation.stepping import FastestRates, choose_step, fastest_rates, largest_step

SLOW = FastestRates(rotation=1e9, diffusion=1e6, damping=0.01)
FREE = (math.inf, "voltage")  # nothing to follow


def devices():
    full = {
        "tunnel_magnetoresistance": 1.0,
        "half_voltage": 0.6,
        "voltage_anisotropy": 60e-15,
        "field_like_ratio": 0.4,
        "field_like_per_volt_squared": 0.01,
    }
    hot = {
        "curie_temperature": 1453.0,
        "bloch_exponent": 1.0583,
        "anisotropy_exponent": 1.804,
    }
    stack = {
        "saturation_magnetisation": 1.1e6,
        "diameters": (60e-9, 40e-9),
        "thickness": 1.6e-9,
        "interfacial_anisotropy": 0.9e-3,
        "damping": 0.02,
    }
    yield mp.MTJ(free_layer=stack, barrier=full)
    yield mp.MTJ(
        free_layer=stack | hot | {"damping": 0.3},
        barrier={"tunnel_magnetoresistance": 1.0, "torque_law": "current", "field_like_ratio": 0.2},
        reference={"direction": (1.0, 0.0, 0.3), "stray_field": (0.01, 0.0, -0.02)},
        heating={"thermal_resistance": 2e6, "time_constant": 1e-9},
    )
    yield mp.MTJ(
        free_layer=stack,
        spin_orbit={
            "spin_hall_angle": -0.3,
            "channel_width": 80e-9,
            "channel_thickness": 5e-9,
            "field_like_ratio": 0.5,
        },
    )


DEVICES = list(devices())
BIASES = [
    mp.Bias(field=(0.02, -0.1, 0.05)),
    mp.Bias(voltage=-0.7, field=(0.0, 0.0, 0.1)),
    mp.Bias(voltage=1.5, series_resistance=1000.0),
    mp.Bias(current=80e-6),
    mp.Bias(spin_orbit_current=2e-4, temperature=400.0),
    mp.Bias(voltage=mp.Sine(amplitude=0.5, frequency=1e9), field=(0.03, 0.0, 0.0)),
]


@given(
    device=st.sampled_from(DEVICES),
    bias=st.sampled_from(BIASES),
    m=st.tuples(*[st.floats(-1.0, 1.0)] * 3).filter(lambda v: np.linalg.norm(v) > 0.1),
    step=st.integers(0, 1000),
)
def test_no_state_turns_faster_than_the_bound(device, bias, m, step):
    p = device.lane_parameters()
    m = np.array(m) / np.linalg.norm(m)
    applied = bias.table(step, 1, 1e-12)[:, 0]
    a, b = circuit_weights(bias)
    voltage = naive.junction_voltage(p, m @ naive.vector(p, "reference"), applied[0], a, b)
    speed = np.linalg.norm(naive.gilbert(p, m, voltage, applied, applied[4]))
    rates = fastest_rates(p, bias)
    assert speed <= rates.rotation * (1.0 + 1e-9)
    dt = 1e-13
    assert naive.thermal_angle(p, applied[4], dt) ** 2 <= rates.diffusion * dt * (1.0 + 1e-9)


def test_the_bound_is_tight_for_a_uniaxial_magnet_and_blind_to_an_isotropic_field():
    p = DEVICES[0].lane_parameters()
    bias = mp.Bias()
    rates = fastest_rates(p, bias)
    shifted = p._replace(shape_xx=p.shape_xx + 5.0, shape_yy=p.shape_yy + 5.0, shape_zz=p.shape_zz + 5.0)
    assert fastest_rates(shifted, bias).rotation == pytest.approx(rates.rotation, rel=1e-9)
    matrix = naive.symmetric(p, "shape") + naive.symmetric(p, "anisotropy")
    low, *_, high = np.linalg.eigvalsh(matrix)
    gamma = p.gyromagnetic_ratio / math.sqrt(1.0 + p.damping**2)
    assert rates.rotation == pytest.approx(gamma * (high - low), rel=1e-12)


@pytest.mark.parametrize("integrator", ["midpoint", "heun"])
def test_largest_step_keeps_both_angles(integrator):
    fast = FastestRates(rotation=1e11, diffusion=1e6, damping=0.01)
    step, reason = largest_step(fast, integrator)
    angle = stepping.LARGEST_ROTATION
    if integrator == "heun":
        angle = min(angle, (stepping.HEUN_HEATING * 0.01) ** (1.0 / 3.0))
    assert step == pytest.approx(angle / 1e11, rel=1e-12)
    assert "rotation of" in reason and "rad/s" in reason
    hot = dataclasses.replace(SLOW, diffusion=1e10)
    step, reason = largest_step(hot, integrator)
    thermal = {
        "midpoint": stepping.LARGEST_THERMAL_ROTATION,
        "heun": stepping.HEUN_THERMAL_ROTATION,
    }
    assert step == pytest.approx(thermal[integrator] ** 2 / 1e10, rel=1e-12)
    assert "thermal rotation" in reason
    assert largest_step(FastestRates(0.0, 0.0, 0.01), integrator) == (math.inf, "nothing moves")


@given(
    rotation=st.floats(1e8, 1e13),
    diffusion=st.floats(1e3, 1e11),
    interval=st.floats(1e-14, 1e-6),
    integrator=st.sampled_from(["midpoint", "heun"]),
)
def test_chosen_step_is_a_whole_fraction_and_the_largest_allowed(rotation, diffusion, interval, integrator):
    rates = [FastestRates(rotation, diffusion, 0.02), SLOW]
    limit = min(largest_step(rate, integrator)[0] for rate in rates)
    step, steps, reason = choose_step(rates, FREE, integrator, None, interval)
    assert step == interval / steps
    assert step <= limit * (1.0 + 1e-9)
    assert steps == 1 or interval / (steps - 1) > limit * (1.0 - 1e-9)
    assert f"{limit:.3g}" in reason or "limit" in reason


def test_given_step_is_used_exactly_and_snapped_to_the_sample_interval():
    assert choose_step([SLOW], FREE, "midpoint", 1e-12, 1e-9) == (1e-9 / 1000, 1000, "given")
    step, steps, _ = choose_step([SLOW], FREE, "midpoint", 1.42857142e-10, 1e-9)
    assert steps == 7 and step == 1e-9 / 7


@pytest.mark.parametrize("step", [0.0, -1e-12, math.nan, math.inf])
def test_illegal_steps_are_refused(step):
    with pytest.raises(mp.ParameterError, match="must be above 0 s"):
        choose_step([SLOW], FREE, "midpoint", step, 1e-9)


@pytest.mark.parametrize("step", [3e-10, 7e-13, 2e-9])
def test_a_sample_interval_that_is_not_a_whole_number_of_steps(step):
    with pytest.raises(mp.ParameterError, match=r"not a whole number of steps.*give a multiple"):
        choose_step([SLOW], FREE, "midpoint", step, 1e-9)


@pytest.mark.parametrize(
    "rates", [FastestRates(1e11, 1e6, 0.01), FastestRates(1e8, 4e9, 0.01)], ids=["rotation", "thermal"]
)
def test_too_large_steps_are_warned_about_then_refused(rates):
    limit, _ = largest_step(rates, "midpoint")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        choose_step([rates], FREE, "midpoint", limit, limit)
    with pytest.warns(mp.MtjphysWarning, match=r"off by more than 0\.5 %; use at most"):
        choose_step([rates], FREE, "midpoint", 1.5 * limit, 1.5 * limit)
    with pytest.raises(mp.SimulationError, match=r"rad a step|step=None"):
        choose_step([rates], FREE, "midpoint", 15.0 * limit, 15.0 * limit)


def test_a_hopeless_number_of_steps_is_refused():
    with pytest.raises(mp.SimulationError, match="sample more often"):
        choose_step([FastestRates(1e12, 1e6, 0.01)], FREE, "midpoint", None, 10.0)


def test_temperatures_above_curie_are_refused():
    hot = DEVICES[1]
    with pytest.raises(mp.SimulationError, match="Curie temperature"):
        fastest_rates(hot.lane_parameters(), mp.Bias(temperature=1440.0))
    with pytest.raises(mp.SimulationError, match="heating included"):
        fastest_rates(hot.lane_parameters(), mp.Bias(voltage=4.0))


def test_magnetisation_ratio_is_the_twin_s():
    p = DEVICES[1].lane_parameters()
    for temperature in (0.0, 100.0, 300.0, 900.0):
        assert ratio_at(p, temperature) == pytest.approx(naive.magnetisation_ratio(p, temperature), rel=1e-14)
    assert ratio_at(p, 300.0) == 1.0


def test_the_voltage_bound_is_the_largest_the_circuit_can_give():
    p = DEVICES[0].lane_parameters()
    lowest = p.conductance_parallel / (1.0 + p.tunnel_magnetoresistance)
    for bias in (BIASES[2], BIASES[3]):
        a, b = circuit_weights(bias)
        value = bias.bounds()[0, 1]
        v = junction_voltage(p, -1.0, value, *circuit_weights(bias))
        assert v <= value / (a + b * lowest)


# Heun's scheme is 0.3 to 0.35 % off at its step, so that it takes longer to see that this is less than 0.5 %, whatever
# the last bits: three standard errors at damping 0.03, four and more at the others. A relaxation takes steps as the
# inverse 4/3 power of the damping where Heun's heating limits them, at 0.03 a quarter of those at 0.01.
@pytest.mark.parametrize(
    ("integrator", "alpha", "relaxations"),
    [
        ("midpoint", 0.03, 250),
        ("midpoint", 0.1, 250),
        ("midpoint", 1.0, 250),
        ("heun", 0.03, 500),
        ("heun", 0.1, 2000),
        ("heun", 1.0, 2000),
    ],
)
def test_equilibrium_at_the_chosen_step(integrator, alpha, relaxations):
    """<mz^2> of a uniaxial macrospin at Delta = 3 is 0.62619, within 0.5 % at the step that is chosen."""
    volume = 3.0 * naive.BOLTZMANN * 300.0 / (0.5 * 1e6 * 0.05)
    device = mp.MTJ(
        free_layer={
            "saturation_magnetisation": 1e6,
            "volume": volume,
            "damping": alpha,
            "demagnetising_factors": (0.0, 0.0, 0.0),
            "uniaxial_anisotropy": (0.5 * 1e6 * 0.05, (0.0, 0.0, 1.0)),
        }
    )
    simulator = mp.Simulator(
        device,
        sample_interval=1e-9,
        replicas=2048,
        seed=8,
        integrator=integrator,
        initial="random",
        record=(),
        moments=True,
    )
    tau = 1.0 / (alpha / (1.0 + alpha**2) * device.lane_parameters().gyromagnetic_ratio * 0.05)
    simulator.settle(6.0 * tau)
    simulator.advance(max(1, round(relaxations * tau / 1e-9)))
    lanes = simulator.statistics()["m_second_moment"][1][0, 0, :, 2, 2]
    error = np.std(lanes) / math.sqrt(lanes.size)
    assert naive.boltzmann_mz2(3.0) == pytest.approx(0.62619, abs=1e-5)
    # 4.5 standard errors and the bias of the step together stay inside the promised 0.5 %.
    assert 4.5 * error < 0.0031
    assert np.mean(lanes) == pytest.approx(0.62619, rel=0.005)


@pytest.mark.parametrize(
    ("damping", "barrier", "aligned"), [(1.0, 0.0, 1.0), (0.3, 0.0, 1.0), (1.0, 1.0, 1.0), (1.0, 0.0, 3.0)]
)
def test_the_largest_thermal_rotation_keeps_the_mean_of_a_nearly_free_moment(damping, barrier, aligned):
    """Within 1e-3, which is 5 sigma: at 0.3 rad a step it was 7.8e-3 short of Langevin's 0.3130."""
    moment, thermal = 1e6 * 1e-25, Boltzmann * 300.0
    device = mp.MTJ(
        free_layer={
            "saturation_magnetisation": 1e6,
            "volume": 1e-25,
            "damping": damping,
            "demagnetising_factors": (0.0, 0.0, 0.0),
            "uniaxial_anisotropy": (barrier * thermal / 1e-25, (0.0, 0.0, 1.0)),
        }
    )
    bias = mp.Bias(field=(0.0, 0.0, aligned * thermal / moment))
    rates = fastest_rates(device.lane_parameters(), bias)
    time = 2.0 / rates.diffusion
    options = {"replicas": 4096, "seed": 3, "initial": "random", "record": (), "moments": True}
    simulator = mp.Simulator(device, bias, sample_interval=time, **options)
    assert 0.24 < math.sqrt(rates.diffusion * simulator.step) <= 0.3
    simulator.settle(10.0 * time)
    simulator.advance(2000)
    mean = simulator.statistics()["m_mean"][1][..., 2].ravel()
    u, weight = np.polynomial.legendre.leggauss(200)
    density = weight * np.exp(aligned * (u - 1.0) + barrier * (u * u - 1.0))
    assert 5.0 * mean.std() / math.sqrt(mean.size) < 1.2e-3
    assert float(mean.mean()) == pytest.approx(float((density * u).sum() / density.sum()), abs=1e-3)

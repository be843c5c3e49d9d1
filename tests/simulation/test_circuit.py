"""What the kernel records of a junction in its circuit."""

import numpy as np
import pytest
from circuits import junction

import mtjphys as mp
from mtjphys.kernels.conduction import conductance, junction_voltage
from mtjphys.macrospin.constant import circuit_weights
from mtjphys.simulation import simulate

BIASES = {
    "stiff": mp.Bias(voltage=0.4),
    "divided": mp.Bias(voltage=0.8, series_resistance=7000.0),
    "high resistance": mp.Bias(voltage=3.3, series_resistance=100e3),
    "current": mp.Bias(current=40e-6),
    "negative": mp.Bias(voltage=-0.8, series_resistance=7000.0),
    "driven": mp.Bias(voltage=mp.Sine(amplitude=0.8, frequency=2e8), series_resistance=7000.0),
}


@pytest.mark.parametrize("torque_law", ["voltage", "current"])
@pytest.mark.parametrize("replicas", [1, 20])
@pytest.mark.parametrize("name", BIASES)
def test_recorded_voltage_and_resistance_belong_to_the_recorded_magnetisation(name, replicas, torque_law):
    """The kernel follows the root by Newton steps; what it records is within 1e-9 of the root."""
    bias, device = BIASES[name], junction(torque_law=torque_law)
    p = device.lane_parameters()
    run = simulate(
        device,
        bias,
        duration=2e-8,
        sample_interval=1e-10,
        replicas=replicas,
        seed=3,
        initial="random",
    )
    cosine = run.m.values @ device.reference_direction
    assert np.ptp(cosine) > (1.5 if replicas > 1 else 0.3)
    source = bias.channels[0](run.time.values)
    expected = junction_voltage(p, cosine, source, *circuit_weights(bias))
    scale = np.max(np.abs(expected))
    np.testing.assert_allclose(run.voltage.values, expected, rtol=0.0, atol=1e-9 * scale)
    resistance = 1.0 / conductance(p, cosine, run.voltage.values)
    np.testing.assert_allclose(run.resistance.values, resistance, rtol=1e-12)


JUMPS = mp.PulseTrain(amplitude=-0.9, width=0.7e-9, period=1.5e-9, start=0.33e-9, baseline=0.6)


@pytest.mark.parametrize("series_resistance", [0.0, 7000.0])
@pytest.mark.parametrize("replicas", [1, 20])
@pytest.mark.parametrize("source", [mp.Sine(amplitude=0.5, frequency=1e9), JUMPS], ids=["sine", "jumps"])
def test_a_sample_is_that_of_the_end_of_its_interval(source, replicas, series_resistance):
    """Steps have the mean over themselves: samples once had it too, 0.338 V for 0.354 V."""
    bias = mp.Bias(voltage=source, series_resistance=series_resistance)
    run = simulate(junction(), bias, duration=3e-9, sample_interval=1.25e-10, step=1.25e-10 / 9, replicas=replicas)
    p = junction().lane_parameters()
    cosine = run.m.values @ junction().reference_direction
    expected = junction_voltage(p, cosine, source(run.time.values), *circuit_weights(bias))
    np.testing.assert_allclose(run.voltage.values, expected, rtol=0.0, atol=1e-9)
    # An average over the interval is that of the source.
    mean = simulate(junction(), bias, duration=3e-9, sample_interval=1.25e-10, step=1.25e-10 / 9, average=True)
    if series_resistance == 0.0:
        expected = source.average(mean.time.values - 1.25e-10, 1.25e-10)
        np.testing.assert_allclose(mean.voltage.values[0, 0, 0], expected, rtol=0.0, atol=1e-12)


def test_the_temperature_is_that_of_the_end_of_its_interval():
    """It once answered the voltage of the step before: -25 K at the end of a step of 62.5 ps with an edge in it."""
    device = mp.MTJ(
        free_layer={
            "saturation_magnetisation": 1e6,
            "volume": 4.14e-24,
            "damping": 0.02,
            "demagnetising_factors": (0.0, 0.0, 0.0),
            "uniaxial_anisotropy": (1e4, (0.0, 0.0, 1.0)),
        },
        barrier={"resistance_parallel": 5e3, "tunnel_magnetoresistance": 0.0},
        heating={"thermal_resistance": 1e7, "time_constant": 1e-9},
    )
    bias = mp.Bias(voltage=mp.Step(final=0.5, time=1e-9))
    run = simulate(device, bias, duration=4e-9, sample_interval=6.25e-11, step=6.25e-11, record=("temperature",))
    time = run.time.values
    expected = 300.0 + 500.0 * (1.0 - np.exp(-np.maximum(time - 1e-9, 0.0) / 1e-9))
    np.testing.assert_allclose(run.temperature.values[0, 0, 0], expected, rtol=1e-9)


def test_an_ambient_temperature_is_that_of_the_end_of_its_interval():
    ramp = mp.Ramp(initial=250.0, final=350.0, duration=2e-9)
    run = simulate(junction(), mp.Bias(temperature=ramp), duration=3e-9, sample_interval=1e-10, record=("temperature",))
    np.testing.assert_allclose(run.temperature.values[0, 0, 0], ramp(run.time.values), rtol=1e-12)


def test_a_divider_gives_the_antiparallel_state_the_larger_voltage():
    bias = mp.Bias(voltage=0.1, series_resistance=10e3, temperature=0.0)
    ends = [
        simulate(junction(), bias, duration=1e-10, sample_interval=1e-10, initial=state)
        for state in ("parallel", "antiparallel")
    ]
    parallel, antiparallel = (float(end.voltage.values.item()) for end in ends)
    assert parallel == pytest.approx(0.1 * 5.0 / 15.0, rel=1e-9)
    assert antiparallel > 1.5 * parallel
    assert float(ends[0].resistance.values.item()) == pytest.approx(5000.0, rel=1e-9)

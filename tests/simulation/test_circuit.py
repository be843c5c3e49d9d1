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
    steps = round(1e-10 / run.attrs["step"])
    cosine = run.m.values @ device.reference_direction
    assert np.ptp(cosine) > (1.5 if replicas > 1 else 0.3)
    last = np.arange(1, 201) * steps - 1
    source = np.array([bias.table(int(k), 1, run.attrs["step"])[0, 0] for k in last])
    expected = junction_voltage(p, cosine, source, *circuit_weights(bias))
    scale = np.max(np.abs(expected))
    np.testing.assert_allclose(run.voltage.values, expected, rtol=0.0, atol=1e-9 * scale)
    resistance = 1.0 / conductance(p, cosine, run.voltage.values)
    np.testing.assert_allclose(run.resistance.values, resistance, rtol=1e-12)


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

"""Conductance and circuit: closed limits, an independent root, and what the kernel records."""

import naive
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import mtjphys as mp
from mtjphys.macrospin.transport import circuit_weights, conductance, cosine_of, junction_voltage
from mtjphys.simulation import simulate


def junction(*, torque_law="voltage", half_voltage=0.5, magnetoresistance=1.5, **barrier):
    return mp.MTJ(
        free_layer={
            "saturation_magnetisation": 1e6,
            "volume": 3e-24,
            "damping": 0.1,
            "demagnetising_factors": (0.0, 0.0, 0.0),
            "uniaxial_anisotropy": (1e3, (0.0, 0.0, 1.0)),
        },
        barrier={
            "resistance_parallel": 5000.0,
            "tunnel_magnetoresistance": magnetoresistance,
            "half_voltage": half_voltage,
            "damping_like_efficiency": 0.03,
            "torque_law": torque_law,
            **barrier,
        },
    )


P = junction().lane_parameters()


def test_conductance_is_high_in_parallel_and_falls_by_the_magnetoresistance():
    assert conductance(P, 1.0, 0.0) == pytest.approx(1.0 / 5000.0, rel=1e-15)
    assert conductance(P, 1.0, 0.7) == pytest.approx(1.0 / 5000.0, rel=1e-15)
    assert conductance(P, -1.0, 0.0) == pytest.approx(1.0 / 12500.0, rel=1e-15)
    # At V_half the ratio is half: R_AP = 5000 (1 + 0.75).
    assert conductance(P, -1.0, 0.5) == pytest.approx(1.0 / 8750.0, rel=1e-15)
    assert conductance(P, -1.0, -0.5) == conductance(P, -1.0, 0.5)
    flat = junction(half_voltage=None).lane_parameters()
    assert conductance(flat, -1.0, 3.0) == pytest.approx(1.0 / 12500.0, rel=1e-15)


def test_the_cosine_of_a_conductance_is_its_inverse():
    cosine, voltage = np.linspace(-1.0, 1.0, 9)[:, None], np.array([-0.7, 0.0, 0.3])
    back = cosine_of(P, conductance(P, cosine, voltage), voltage)
    np.testing.assert_allclose(back, np.broadcast_to(cosine, back.shape), atol=1e-14)


@given(c=st.floats(-1.0, 1.0), v=st.floats(-2.0, 2.0))
def test_conductance_is_the_twin_s_and_linear_in_the_cosine(c, v):
    assert conductance(P, c, v) == pytest.approx(naive.conductance(P, c, v), rel=1e-14)
    ends = conductance(P, [-1.0, 1.0], v)
    assert conductance(P, c, v) == pytest.approx(np.interp(c, [-1.0, 1.0], ends), rel=1e-14)


@given(
    c=st.floats(-1.0, 1.0),
    value=st.floats(-5.0, 5.0),
    series=st.floats(0.0, 1e6),
    current=st.booleans(),
)
def test_junction_voltage_solves_the_circuit(c, value, series, current):
    source = "current" if current else "voltage"
    value = value * 1e-4 if current else value
    v = float(junction_voltage(P, c, value, source=source, series_resistance=series))
    g = naive.conductance(P, c, v)
    if current:
        assert v * g == pytest.approx(value, rel=1e-13, abs=1e-300)
    else:
        assert v * (1.0 + series * g) == pytest.approx(value, rel=1e-13, abs=1e-300)
    a, b = circuit_weights(source, series)
    assert v == pytest.approx(naive.junction_voltage(P, c, value, a, b), rel=1e-12, abs=1e-17)


def test_junction_voltage_broadcasts_and_refuses_other_sources():
    assert junction_voltage(P, [[1.0], [-1.0]], [0.1, 0.2, 0.3]).shape == (2, 3)
    assert np.array_equal(junction_voltage(P, [1.0, -1.0], 0.2), [0.2, 0.2])
    with pytest.raises(mp.ParameterError, match="source='power'"):
        junction_voltage(P, 1.0, 0.1, source="power")


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
    expected = junction_voltage(p, cosine, source, source=bias.source, series_resistance=bias.series_resistance)
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

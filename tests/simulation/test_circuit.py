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


REPLICAS = [
    pytest.param(1, marks=pytest.mark.compiles("others")),
    pytest.param(20, marks=pytest.mark.compiles("blocks")),
]


@pytest.mark.parametrize("torque_law", ["voltage", "current"])
@pytest.mark.parametrize("replicas", REPLICAS)
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


def heater(**barrier):
    """Return a hot junction that the step's other limits leave 13 ps, and one more torque."""
    return mp.MTJ(
        free_layer={
            "saturation_magnetisation": 1e6,
            "volume": 4.14e-24,
            "damping": 0.02,
            "demagnetising_factors": (0.0, 0.0, 0.0),
            "uniaxial_anisotropy": (1e4, (0.0, 0.0, 1.0)),
        },
        barrier={"resistance_parallel": 5e3, "tunnel_magnetoresistance": 0.0, **barrier},
        heating={"thermal_resistance": 1e7, "time_constant": 1e-9},
    )


@pytest.mark.parametrize("gigahertz", [1, 3, 10, 30])
def test_a_fast_drive_heats_with_its_mean_square(gigahertz):
    """250 K by 0.5 V over 5 kOhm; the square of the mean once heated 246, 219, 43 and 0 K."""
    bias = mp.Bias(voltage=mp.Sine(amplitude=0.5, frequency=gigahertz * 1e9))
    options = {"sample_interval": 1e-9, "record": ("temperature",), "average": True}
    run = simulate(heater(), bias, duration=30e-9, **options)
    assert float(run.temperature[..., 15:].mean()) - 300.0 == pytest.approx(250.0, abs=0.01)
    assert run.attrs["step"] <= 1.0 / (25.0 * gigahertz * 1e9)
    if gigahertz > 3:  # a longer step is the user's, and keeps the heat
        with pytest.warns(mp.MtjphysWarning, match="too long to follow the voltage"):
            run = simulate(heater(), bias, duration=30e-9, step=1e-9 / 72, **options)
        assert float(run.temperature[..., 15:].mean()) - 300.0 == pytest.approx(250.0, abs=0.01)


@pytest.mark.parametrize("series_resistance", [0.0, 5000.0])
def test_pulses_shorter_than_a_step_heat_with_their_mean_square(series_resistance):
    """A tenth of a picosecond every 20 ps at 5 V, of which the divider leaves half: the share of the time counts."""
    pulses = mp.PulseTrain(amplitude=5.0 * (1.0 + series_resistance / 5e3), width=1e-13, period=2e-11)
    bias = mp.Bias(voltage=pulses, series_resistance=series_resistance)
    with pytest.warns(mp.MtjphysWarning, match="too long to follow the voltage"):
        run = simulate(
            heater(), bias, duration=30e-9, sample_interval=1e-9, step=1e-11, record=("temperature",), average=True
        )
    assert float(run.temperature[..., 15:].mean()) - 300.0 == pytest.approx(1e7 * 25.0 * 0.005 / 5e3, rel=1e-3)


@pytest.mark.parametrize("torque_law", ["voltage", "current"])
@pytest.mark.parametrize("series_resistance", [0.0, 5000.0])
def test_torques_that_are_quadratic_in_a_fast_drive_have_its_mean_square(series_resistance, torque_law):
    """The magnetisation goes as under the constant voltage of that mean square, where it once did as under none."""
    barrier = {"damping_like_per_volt_squared": 0.004, "field_like_per_volt_squared": -0.01}
    device = heater(torque_law=torque_law, damping_like_efficiency=0.0, **barrier).model_copy(update={"heating": None})
    divider = 1.0 + series_resistance / 5e3
    options = {"series_resistance": series_resistance, "temperature": 0.0, "field": (0.008, 0.0, 0.0)}

    def path(source):
        bias = mp.Bias(voltage=source, **options)
        run = simulate(
            device, bias, duration=10e-9, sample_interval=1e-9, step=1e-9 / 72, initial=(0.4, 0.0, 0.9), record=("m",)
        )
        return run.m.values[0, 0, 0]

    with pytest.warns(mp.MtjphysWarning, match="too long to follow the voltage"):
        found = path(mp.Sine(amplitude=divider, frequency=30e9))
    assert np.abs(found - path(0.0)).max() > 0.1
    np.testing.assert_allclose(found, path(divider * np.sqrt(0.5)), rtol=0.0, atol=5e-3)

"""Exact sampling in continuous time, against the master equation."""

import itertools

import numpy as np
import pytest
from scipy.integrate import solve_ivp
from scipy.stats import chi2, kstest
from two_state_devices import toy
from unknown_shapes import Bump, Chirp

import mtjphys as mp
from mtjphys import surrogate
from mtjphys.bias import waveforms
from mtjphys.core.errors import SimulationError


def test_dwell_times_at_constant_bias_are_exponential():
    device = toy()
    bias = mp.Bias(voltage=0.2)
    rates = device.rates(bias)
    dwell = np.diff(device.switching_times(bias, duration=60.0, seed=3), prepend=0.0)
    assert dwell.size > 50_000
    for stays, rate in ((dwell[::2], rates.parallel), (dwell[1::2], rates.antiparallel)):
        assert kstest(stays * rate, "expon").pvalue > 1e-6
    # Neighbours are independent.
    assert abs(np.corrcoef(dwell[:-1:2], dwell[1::2][: dwell[:-1:2].size])[0, 1]) < 5 / np.sqrt(dwell.size / 2)


@pytest.mark.parametrize(
    "voltage",
    [
        mp.Sine(amplitude=0.95, frequency=2e3, phase=0.4),
        mp.Sine(amplitude=0.9, frequency=3e5),
        mp.Piecewise(times=[0.0, 2e-4, 3e-4, 8e-4], values=[-0.9, 0.8, 0.8, -0.5]),
        mp.PulseTrain(amplitude=1.6, baseline=-0.8, width=5e-5, period=2e-4, rise_time=2e-5),
        mp.Sampled(values=[0.9, -0.9, 0.3, 0.0], interval=1.7e-4),
        mp.Step(initial=-0.7, final=0.7, time=3.3e-4),
        Bump(height=0.95, centre=4e-4, width=8e-5),
        Chirp(height=0.95, rate=8e6),
    ],
)
def test_waveforms_obey_the_master_equation(voltage):
    device, replicas, interval = toy(), 4000, 5e-5
    run = mp.simulate(
        device,
        mp.Bias(voltage=voltage),
        duration=1e-3,
        sample_interval=interval,
        replicas=replicas,
        seed=5,
        record=["parallel"],
        threads=1,
    )
    found = run.parallel.values[0, 0].mean(axis=0)
    table = device.lowered(mp.Bias(voltage=mp.Ramp(initial=-1.0, final=1.0, duration=1.0)))
    nodes, (down, up) = np.arange(513), table.log_rates.reshape(2, -1)

    def slope(t, p):
        place = (float(voltage(t)) + 1.0) * table.per_unit[0]
        return np.exp(np.interp(place, nodes, up)) * (1 - p) - np.exp(np.interp(place, nodes, down)) * p

    longest = 1e-6 if getattr(voltage, "frequency", 0.0) > 1e5 else 5e-6
    times = np.minimum(run.time.values, 1e-3)
    kinks = np.concatenate(([0.0], voltage.breakpoints(1e-9, 1e-3 - 1e-9), [1e-3]))
    exact, start = np.empty(times.size), 1.0
    for begin, end in itertools.pairwise(kinks):
        inside = (times > begin) & (times <= end)
        piece = solve_ivp(
            slope,
            (begin, end),
            [start],
            t_eval=np.unique([*times[inside], end]),
            rtol=1e-8,
            atol=1e-10,
            max_step=longest,
        )
        exact[inside], start = piece.y[0][: inside.sum()], piece.y[0][-1]
    assert np.ptp(exact) > 0.15
    errors = np.sqrt(exact * (1 - exact) / replicas)
    assert np.abs(found - exact).max() < 5 * errors.max()
    assert chi2.sf(np.sum(((found - exact) / errors) ** 2 / 2), times.size) > 1e-7  # samples are correlated


def test_field_and_temperature_together_obey_the_master_equation():
    """Three waveforms at once, in a table with curvature along every axis."""
    volts, tesla, kelvin = np.linspace(-1, 1, 5), np.linspace(-0.01, 0.02, 4), np.linspace(250, 350, 3)
    v, b, t = np.meshgrid(volts, tesla, kelvin, indexing="ij")
    device = surrogate.from_measurement(
        volts,
        1e-4 * np.exp(-v + 40 * b - t / 100 + 3 + v * b),
        1e-4 * np.exp(v - 50 * b**2 * 100 - t / 200 + 1.5),
        fields=[(0, x, 0) for x in tesla],
        temperatures=kelvin,
        resistance_parallel=1e3,
        resistance_antiparallel=2e3,
    )
    bias = mp.Bias(
        voltage=mp.Sine(amplitude=0.9, frequency=3e3),
        field=waveforms.along((0, 1, 0), mp.Ramp(initial=-0.01, final=0.02, duration=5e-4)),
        temperature=mp.Sine(amplitude=40.0, offset=300.0, frequency=5e3),
    )
    run = mp.simulate(device, bias, duration=6e-4, sample_interval=5e-5, replicas=4000, seed=8, record=["parallel"])

    def slope(t, p):
        now = mp.Bias(voltage=bias.voltage(t), field=(0, bias.field[1](t), 0), temperature=bias.temperature(t))
        rates = device.rates(now)
        return rates.antiparallel * (1 - p) - rates.parallel * p

    exact = solve_ivp(slope, (0, 6e-4), [1.0], t_eval=np.minimum(run.time.values, 6e-4), rtol=1e-4, max_step=2e-5).y[0]
    errors = np.sqrt(exact * (1 - exact) / 4000)
    np.testing.assert_array_less(np.abs(run.parallel.values[0, 0].mean(axis=0) - exact), 5 * errors + 1e-3)


def test_pulses_switch_at_their_exact_phase():
    """A short pulse with fast rates between long quiet times: every switching time lies in a pulse."""
    device = toy(up=(1e-3, 1e7), down=(1e7, 1e-3))
    bias = mp.Bias(voltage=mp.PulseTrain(amplitude=1.0, baseline=0.0, width=1e-7, period=1e-3, start=1e-5))
    rate = device.rates(mp.Bias(voltage=1.0)).antiparallel
    options = {"duration": 2e-4, "seed": 1, "initial": "antiparallel"}
    first = [device.switching_times(bias, lane=lane, **options)[:1] for lane in range(150)]
    times = np.concatenate(first) - 1e-5
    assert np.mean((times < 0) | (times > 1e-7)) < 0.1
    assert times.size > 70
    inside = times[(times >= 0) & (times <= 1e-7)]
    share = 1 - np.exp(-rate * 1e-7)
    assert kstest(inside, lambda t: (1 - np.exp(-rate * t)) / share).pvalue > 1e-6


def test_settling_and_random_starts_have_the_right_occupation():
    device = toy()
    rates = device.rates()
    share = rates.antiparallel / sum(rates)
    lanes = 4_000
    options = {"sample_interval": 1e-9, "replicas": lanes, "record": ["parallel"]}
    start = surrogate.TwoStateSimulator(device, initial="random", **options)
    sigma = np.sqrt(share * (1 - share) / lanes)
    assert abs(start.advance(1)["parallel"].mean() - share) < 5 * sigma
    half = surrogate.TwoStateSimulator(device, **options)
    half.settle(np.log(2.0) / sum(rates))
    assert abs(half.advance(1)["parallel"].mean() - (share + 0.5 * (1 - share))) < 5 * sigma
    with pytest.raises(SimulationError, match="settle before"):
        half.settle(1.0)

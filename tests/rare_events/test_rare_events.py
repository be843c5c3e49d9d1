"""Tests of forward flux sampling and weighted ensembles against exact theory and against plain simulation."""

import math
import threading
from contextlib import contextmanager

import numpy as np
import pytest

import mtjphys as mp
from mtjphys import fokker_planck, rare_events
from mtjphys.core.errors import ParameterError, SimulationError, SimulationInterrupted
from mtjphys.kernels import splitting
from mtjphys.macrospin import energy

FIELD = 0.02  # T, anisotropy
SIGMAS = 5.0


def junction(stability, damping=0.1, *, in_plane=0.0, heating=None, **barrier):
    """Return an axial junction, or an elongated film with a demagnetising field of `in_plane` anisotropy fields."""
    magnetisation = in_plane * FIELD / (4e-7 * math.pi) if in_plane else 1e6
    easy = (1.0, 0.0, 0.0) if in_plane else (0.0, 0.0, 1.0)
    volume = 2.0 * stability * 1.380649e-23 * 300.0 / (magnetisation * FIELD)
    return mp.MTJ(
        free_layer=mp.FreeLayer(
            saturation_magnetisation=magnetisation,
            volume=volume,
            damping=damping,
            demagnetising_factors=(0.0, 0.0, 1.0 if in_plane else 0.0),
            uniaxial_anisotropy=(0.5 * FIELD * magnetisation, easy),
        ),
        barrier=mp.Barrier(**{"resistance_parallel": 5e3, "damping_like_efficiency": 0.0} | barrier),
        reference=mp.ReferenceLayer(direction=easy),
        heating=heating,
    )


def critical_voltage(device):
    """Return the voltage at which the spin torque cancels the damping of the parallel state."""
    return -FIELD * device.free_layer.damping / device.lane_parameters().damping_like


def close(found, expected):
    """Say whether a result is within five standard errors, which have to mean something."""
    return found.relative_error < 0.1 and abs(found.value - expected) < SIGMAS * found.standard_error


# Dwell times


@pytest.mark.parametrize("thresholds", [None, (-0.5, 0.5), (-0.8, 0.9)])
def test_dwell_time_is_that_of_fokker_planck(thresholds):
    device = junction(8.0)
    found = rare_events.dwell_time(device, thresholds=thresholds, seed=1, relative_error=0.05)
    # Between the cores, whose edges are where the energy says.
    low, high = thresholds or (-math.sqrt(1.0 - 2.0 / 8.0), math.sqrt(-found.interfaces[0] / 8.0))
    assert close(found, fokker_planck.dwell_times(device, thresholds=(low, high)).parallel)
    assert found.relative_error <= 0.05
    assert np.all(np.diff(found.interfaces) > 0.0)
    assert (found.flux * found.probabilities.prod() * found.value == pytest.approx(1.0)) == (thresholds is None)


@pytest.mark.parametrize("initial", ["parallel", "antiparallel"])
def test_voltage_that_follows_the_state(initial):
    device = junction(8.0, 0.05, damping_like_efficiency=0.3, tunnel_magnetoresistance=1.0)
    bias = mp.Bias(voltage=0.4 * critical_voltage(device), series_resistance=5e3)
    found = rare_events.dwell_time(device, bias, initial=initial, thresholds=(-0.8, 0.8), seed=2)
    exact = fokker_planck.dwell_times(device, bias, thresholds=(-0.8, 0.8))
    assert exact.antiparallel > 30.0 * exact.parallel
    assert close(found, getattr(exact, initial))


def test_trace_of_a_weakly_damped_film():
    # The magnetisation passes to and fro several times before it settles, which the cores do not count.
    device = junction(4.0, 0.02, in_plane=10.0)
    thresholds = (-0.5, 0.5)
    found = rare_events.dwell_time(device, thresholds=thresholds, seed=3, relative_error=0.06)
    run = mp.simulate(
        device,
        duration=5e-7,
        replicas=256,
        seed=1,
        settle=2e-8,
        step=5e-12,
        sample_interval=5e-7,
        record=(),
        telegraph=thresholds,
    )
    time, count = run.parallel_share.values[0, 0] * 5e-7, run.transitions_into.values[0, 0, :, 1]
    without = (time.sum() - time) / (count.sum() - count)
    error = math.sqrt(255.0 / 256.0 * np.sum((without - without.mean()) ** 2))
    assert abs(found.value - time.sum() / count.sum()) < SIGMAS * math.hypot(found.standard_error, error)
    cores = rare_events.dwell_time(device, seed=3)
    assert cores.value - found.value > SIGMAS * math.hypot(cores.standard_error, found.standard_error)


def same_bits(one, other):
    """Say whether two results are equal in every number."""
    return all(np.array_equal(getattr(one, name), getattr(other, name)) for name in vars(one))


def test_heating_with_a_constant_power(monkeypatch):
    # 2 uW and 75 K: the temperature is constant, and Fokker-Planck knows the rate.
    bias, hot = mp.Bias(voltage=0.1), mp.Bias(voltage=0.1, temperature=375.0)
    ohmic = {"tunnel_magnetoresistance": 0.0}
    heated = mp.Heating(thermal_resistance=37.5e6, time_constant=1e-9)
    found = rare_events.dwell_time(junction(8.0, heating=heated, **ohmic), bias, thresholds=(-0.5, 0.5), seed=4)
    exact = fokker_planck.dwell_times(junction(8.0, **ohmic), hot, thresholds=(-0.5, 0.5)).parallel
    assert close(found, exact)
    assert exact < 0.5 * fokker_planck.dwell_times(junction(8.0), thresholds=(-0.5, 0.5)).parallel
    # Without heat, the temperature as a state changes no bit.
    monkeypatch.setattr(rare_events, "_settling", lambda device, wells: 3e-8)
    unheated = mp.Heating(thermal_resistance=0.0)
    runs = [rare_events.dwell_time(junction(8.0, heating=heat, **ohmic), bias, seed=4) for heat in (None, unheated)]
    assert same_bits(*runs)


def test_slow_field_averages_the_rates():
    device = junction(8.0)
    period = 2e-7  # many relaxation times of 3 ns, far below the dwell time
    bias = mp.Bias(field=(0.0, 0.0, mp.Sine(amplitude=0.1 * FIELD, frequency=1.0 / period)))
    found = rare_events.dwell_time(device, bias, period=period, thresholds=(-0.5, 0.5), seed=5)
    phases = 2.0 * np.pi * (np.arange(16) + 0.5) / 16
    fields = [mp.Bias(field=(0.0, 0.0, 0.1 * FIELD * math.sin(phase))) for phase in phases]
    rates = [1.0 / fokker_planck.dwell_times(device, field, thresholds=(-0.5, 0.5)).parallel for field in fields]
    assert close(found, 1.0 / np.mean(rates))
    assert 1.0 / np.mean(rates) < 0.7 * fokker_planck.dwell_times(device, thresholds=(-0.5, 0.5)).parallel


def test_error_bars_cover():
    device = junction(6.0)
    z = []
    for seed in range(12):
        found = rare_events.dwell_time(device, seed=seed, threads=1)
        levels = -math.sqrt(1.0 - 2.0 / 6.0), math.sqrt(-found.interfaces[0] / 6.0)
        exact = fokker_planck.dwell_times(device, thresholds=levels).parallel
        z.append((found.value - exact) / found.standard_error)
    # Chi-squared of 12 degrees of freedom: outside in one of 1e5 runs.
    assert 0.6 < np.sum(np.square(z)) < 48.0
    assert abs(np.sum(z)) < SIGMAS * math.sqrt(12.0)


def test_bits_do_not_depend_on_threads():
    device = junction(6.0)
    one, three = (rare_events.dwell_time(device, thresholds=(-0.5, 0.5), seed=6, threads=n) for n in (1, 3))
    assert same_bits(one, three)
    assert not same_bits(*(rare_events.dwell_time(device, seed=seed) for seed in (6, 7)))
    pulse = mp.Bias(field=(0.0, 0.0, -0.5 * FIELD))
    runs = [rare_events.switching_probability(device, pulse, 1e-9, start=mp.Bias(), threads=n) for n in (1, 3)]
    assert runs[0] == runs[1]


def test_order_parameter():
    film = energy.Landscape(np.array([0.001, 0.002, 0.0]), np.diag([0.02, 0.0, -0.3]), 1e-18)
    well, other = (point.direction for point in energy.wells(film))
    order = rare_events._order(film, well, other, 4e-21)._replace(mark_x=-1.0, level=0.9)
    m = np.random.default_rng(1).standard_normal((200, 3))
    m /= np.linalg.norm(m, axis=1, keepdims=True)
    phi = rare_events.order_parameter(order, m)
    kernel = [splitting.order_parameter(order, *vector) for vector in m]
    np.testing.assert_allclose(kernel, phi, rtol=0, atol=1e-9)
    assert np.array_equal(np.isinf(phi), m[:, 0] < -0.9)
    # Continuous across the ridge: two neighbours on either side.
    side = np.array([order.side_x, order.side_y, order.side_z])
    flat = m - np.outer(m @ side, side)
    flat *= math.sqrt(1.0 - order.edge**2) / np.linalg.norm(flat, axis=1, keepdims=True)
    near = [rare_events.order_parameter(order, flat + (order.edge + shift) * side) for shift in (1e-9, -1e-9)]
    np.testing.assert_allclose(*near, atol=0.01)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"junction": [junction(8.0)]}, "not an MTJ"),
        ({"bias": 0.1}, "not a Bias"),
        ({"initial": "up"}, "initial='up'"),
        ({"thresholds": (0.5, -0.5)}, "thresholds"),
        ({"thresholds": 0.5}, "thresholds"),
        ({"relative_error": 2}, "relative_error=2"),
        ({"seed": -1}, "seed=-1"),
        ({"threads": 0}, "threads=0"),
        ({"period": 1e-9}, "leave period out"),
        ({"bias": mp.Bias(temperature=0.0)}, "temperature"),
        ({"bias": mp.Bias(field=(0.0, 0.0, 2.0 * FIELD))}, "two wells"),
        ({"junction": junction(2.0)}, "barrier of 2 kT"),
        ({"bias": mp.Bias(voltage=mp.Sine(amplitude=0.1, frequency=1e8))}, "period in s"),
        ({"bias": mp.Bias(voltage=mp.Sine(amplitude=0.1, frequency=1e8)), "period": 7e-9}, "repeats"),
        ({"bias": mp.Bias(voltage=mp.Sine(amplitude=0.1, frequency=1e2)), "period": 1e-2}, "limit"),
    ],
)
def test_bad_input(change, message):
    options = {"junction": junction(8.0), "bias": None} | change
    with pytest.raises(ParameterError, match=message):
        rare_events.dwell_time(options.pop("junction"), options.pop("bias"), **options)


def test_unstable_state_is_refused():
    device = junction(8.0, 0.05, damping_like_efficiency=0.3)
    bias = mp.Bias(voltage=1.5 * critical_voltage(device))
    with pytest.raises(ParameterError, match="no rare event"):
        rare_events.dwell_time(device, bias)


@pytest.mark.parametrize(("looks", "kept"), [(0, None), (1500, 32)])
def test_interruption_keeps_what_is_done(monkeypatch, looks, kept):
    class Event(threading.Event):
        count = 0

        def is_set(self):
            self.count += 1
            return self.count > looks

    @contextmanager
    def interrupted():
        yield Event()

    monkeypatch.setattr(rare_events, "deferred_interrupt", interrupted)
    with pytest.raises(SimulationInterrupted) as caught:
        rare_events.dwell_time(junction(5.0), relative_error=0.001, threads=1)
    assert (caught.value.result is None) == (kept is None)
    if kept is not None:
        assert caught.value.result.repetitions >= kept


# Pulses


def test_write_error_of_a_spin_torque_pulse():
    # Twice the critical torque, barrier 40 kT: 1.0050e-2 after 4 relaxation times (Fokker-Planck).
    damping = 0.02
    device = junction(40.0, damping, damping_like_efficiency=0.3)
    unit = (1.0 + damping**2) / (damping * device.free_layer.gyromagnetic_ratio * FIELD)
    bias = mp.Bias(voltage=2.0 * critical_voltage(device))
    found = rare_events.switching_probability(device, bias, 4.0 * unit, seed=8)
    assert found.complement_error < 0.1 * found.complement
    assert abs(found.complement - 1.0050e-2) < SIGMAS * found.complement_error
    assert found.value + found.complement == pytest.approx(1.0, rel=1e-9)


def test_rare_switching_in_a_field_pulse():
    device = junction(8.0)
    pulse = mp.Bias(field=(0.0, 0.0, -0.3 * FIELD))
    exact = float(fokker_planck.switching_probability(device, pulse, 1e-8, start=mp.Bias()))
    found = rare_events.switching_probability(device, pulse, 1e-8, start=mp.Bias(), seed=9)
    assert exact < 0.05
    assert found.standard_error < 0.1 * found.value
    assert abs(found.value - exact) < SIGMAS * found.standard_error
    # The same pulse as a waveform, over half way through the time.
    shape = mp.PulseTrain(amplitude=-0.3 * FIELD, width=1e-8)
    longer = rare_events.switching_probability(device, mp.Bias(field=(0.0, 0.0, shape)), 1e-8, start=mp.Bias(), seed=9)
    assert abs(longer.value - exact) < SIGMAS * longer.standard_error


def test_resampling_keeps_every_mean():
    rng = np.random.default_rng(3)
    bins, weights = rng.integers(0, 5, 64), rng.random(64)
    copies, carried = np.zeros(64), np.zeros(64)
    offsets = (np.arange(4000) + 0.5) / 4000
    for u in offsets:
        chosen, new = rare_events._resample(bins, weights, float(u))
        for wanted in np.unique(bins):
            assert new[bins[chosen] == wanted].sum() == pytest.approx(weights[bins == wanted].sum(), rel=1e-12)
        np.add.at(carried, chosen, new / offsets.size)
        np.add.at(copies, chosen, 1.0 / offsets.size)
    np.testing.assert_allclose(carried, weights, atol=2e-3)
    assert copies.sum() == pytest.approx(64.0)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"duration": 0.0}, "duration"),
        ({"start": mp.Bias(voltage=mp.Sine(amplitude=0.1, frequency=1e9))}, "constant"),
        ({"start": mp.Bias(field=(0.0, 0.0, 2.0 * FIELD))}, "two wells"),
        ({"step": -1e-12}, "step"),
    ],
)
def test_bad_pulse(change, message):
    options = {"duration": 1e-9} | change
    with pytest.raises(ParameterError, match=message):
        rare_events.switching_probability(junction(8.0), mp.Bias(), options.pop("duration"), **options)


def test_probability_out_of_reach():
    with pytest.raises(SimulationError, match="too small"):
        rare_events.switching_probability(junction(60.0), mp.Bias(), 1e-12)

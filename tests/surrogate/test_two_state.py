"""Two-state surrogates: rates against their source, exact sampling against the master equation, plugging in."""

import itertools
import json
import warnings

import numpy as np
import pytest
from scipy.constants import Boltzmann
from scipy.integrate import solve_ivp
from scipy.stats import chi2, kstest

import mtjphys as mp
from mtjphys import fokker_planck, surrogate
from mtjphys.bias import waveforms
from mtjphys.core.errors import MtjphysWarning, ParameterError, SimulationError
from mtjphys.surrogate import PARALLEL, TwoState

VOLTS = np.linspace(-0.2, 0.2, 9)


def axial(stability=8.0, damping=0.1, torque=0.004):
    """A uniaxial macrospin along z with a barrier of `stability` kT and a torque in T/V."""
    return mp.MTJ(
        free_layer=mp.FreeLayer(
            saturation_magnetisation=1e6,
            volume=2.0 * stability * Boltzmann * 300.0 / (1e6 * 0.05),
            demagnetising_factors=(0.0, 0.0, 0.0),
            uniaxial_anisotropy=(0.5 * 0.05 * 1e6, (0.0, 0.0, 1.0)),
            damping=damping,
        ),
        barrier=mp.Barrier(resistance_parallel=5e3, half_voltage=0.5, damping_like_per_volt=torque),
        reference=mp.ReferenceLayer(direction=(0.0, 0.0, 1.0)),
        name="axial",
    )


@pytest.fixture(scope="module")
def device():
    return surrogate.from_fokker_planck(axial(), voltages=VOLTS)


def toy(up=(1e3, 2e4), down=(3e4, 5e2), **rest):
    """Rates of leaving AP and P that change with voltage as a parabola in the logarithm."""
    volts = np.linspace(-1.0, 1.0, 9)

    def rates(low, high):
        return np.exp(np.interp(volts, (-1, 1), np.log([low, high])) - 1.0 * (1.0 - volts**2))

    return surrogate.from_measurement(
        volts,
        1.0 / rates(*down),
        1.0 / rates(*up),
        resistance_parallel=1e3,
        resistance_antiparallel=2e3,
        **rest,
    )


# Rates


def test_rates_are_those_of_the_source_at_the_nodes_and_between_within_the_stated_error(device):
    for volt in (VOLTS[1], VOLTS[6]):
        times = fokker_planck.dwell_times(axial(), mp.Bias(voltage=volt))
        rates = device.rates(mp.Bias(voltage=volt))
        np.testing.assert_allclose(rates, [1.0 / times.parallel, 1.0 / times.antiparallel], rtol=1e-9)
    assert device.interpolation_error < 1e-3
    for volt in 0.5 * (VOLTS[1:] + VOLTS[:-1]):
        times = fokker_planck.dwell_times(axial(), mp.Bias(voltage=volt))
        rates = device.rates(mp.Bias(voltage=volt))
        exact = np.array([1.0 / times.parallel, 1.0 / times.antiparallel])
        np.testing.assert_allclose(rates, exact, rtol=device.interpolation_error)


def test_tables_over_field_and_temperature():
    junction = axial()
    fields = [(0.0, 0.0, b) for b in (-0.004, -0.002, 0.0, 0.002, 0.004)]
    device = surrogate.from_fokker_planck(junction, fields=fields, temperatures=(280.0, 300.0, 320.0))
    bias = mp.Bias(field=(0.0, 0.0, 0.001), temperature=310.0)
    times = fokker_planck.dwell_times(junction, bias)
    np.testing.assert_allclose(device.rates(bias), (1 / times.parallel, 1 / times.antiparallel), rtol=2e-3)
    assert 1e-5 < device.interpolation_error < 0.05
    with pytest.raises(ParameterError, match=r"leaves the line of the table"):
        device.rates(mp.Bias(field=(0.001, 0.0, 0.0)))
    with pytest.raises(ParameterError, match=r"field along the line goes from 0.009 to 0.009 T"):
        device.rates(mp.Bias(field=(0.0, 0.0, 0.005)))
    with pytest.raises(ParameterError, match=r"temperature goes from 330 to 330 K"):
        device.rates(mp.Bias(temperature=330.0))


def test_the_circuit_of_the_table_is_exact_and_another_takes_the_mean_voltage_on_the_way_out():
    junction, resistor = axial(), 6e3
    bias = mp.Bias(voltage=0.3, series_resistance=resistor)
    own = surrogate.from_fokker_planck(junction, voltages=np.linspace(0.1, 0.5, 5), series_resistance=resistor)
    times = fokker_planck.dwell_times(junction, bias)
    exact = np.array([1 / times.parallel, 1 / times.antiparallel])
    np.testing.assert_allclose(own.rates(bias), exact, rtol=1e-9)

    # A table without resistor: the divider by hand, from m.p = +-1 to the top.
    stiff = surrogate.from_fokker_planck(junction, voltages=np.linspace(0.0, 0.4, 9))
    rates = stiff.rates(bias)
    cosine, volt = np.linspace(-1.0, 1.0, 2001), np.full(2001, 0.2)
    for _ in range(200):
        share = 1.0 / (1.0 + 1.0 / (1.0 + (volt / 0.5) ** 2))
        volt = 0.3 / (1.0 + resistor * (0.5 * (1.0 + cosine) + 0.5 * (1.0 - cosine) * share) / 5e3)
    antiparallel, parallel = np.trapezoid(volt[:1001], dx=1e-3), np.trapezoid(volt[1000:], dx=1e-3)
    assert antiparallel - parallel > 0.02
    assert rates.parallel == pytest.approx(stiff.rates(mp.Bias(voltage=parallel)).parallel, rel=1e-6)
    assert rates.antiparallel == pytest.approx(stiff.rates(mp.Bias(voltage=antiparallel)).antiparallel, rel=1e-6)
    # Right to first order in the torque, where the voltages at rest are not.
    rest = stiff.rates(mp.Bias(voltage=volt[-1])).parallel, stiff.rates(mp.Bias(voltage=volt[0])).antiparallel
    assert np.all(np.abs(np.log(rates / exact)) < 0.25 * np.abs(np.log(rest / exact)))
    assert np.abs(np.log(rates / exact)).max() < 0.05

    # From the resistor's table back to a stiff source, and to a current source.
    assert own.rates(mp.Bias(voltage=parallel)).parallel == pytest.approx(exact[0], rel=1e-6)
    current = 0.07 * float(mp.transport.conductance(junction.lane_parameters(), 0.5, 0.07))
    times = fokker_planck.dwell_times(junction, mp.Bias(current=current))
    np.testing.assert_allclose(
        stiff.rates(mp.Bias(current=current)), [1 / times.parallel, 1 / times.antiparallel], rtol=0.05
    )


@pytest.mark.parametrize("bias", [[mp.Bias()], [], 0.1, "0.1 V", {"voltage": 0.1}], ids=str)
def test_rates_are_those_of_one_bias(device, bias):
    for call in (device.rates, device.lowered, lambda bias: device.switching_times(bias, duration=1e-6)):
        with pytest.raises(ParameterError, match=r"bias=.* is not one Bias; give them one at a time"):
            call(bias)


def test_outside_the_tables_nothing_is_extrapolated(device):
    with pytest.raises(ParameterError, match=r"source voltage goes from 0.21 to 0.21 V, the table from -0.2 to 0.2 V"):
        device.rates(mp.Bias(voltage=0.21))
    with pytest.raises(ParameterError, match="spin_orbit_current"):
        device.rates(mp.Bias(spin_orbit_current=1e-3))
    with pytest.raises(ParameterError, match="constant bias"):
        device.rates(mp.Bias(voltage=mp.Sine(amplitude=0.1, frequency=1e3)))
    with pytest.raises(ParameterError, match=r"from -0.3 to 0.3 V"):
        mp.simulate(device, mp.Bias(voltage=mp.Sine(amplitude=0.3, frequency=1e3)), duration=1.0)


@pytest.mark.parametrize(
    ("junction", "reason"),
    [
        (mp.presets.safranski_2021(), "same resistance|second relaxation rate"),
        (axial(1.0), "second relaxation rate is only"),
    ],
)
def test_refuses_where_two_states_fail(junction, reason):
    with pytest.raises(ParameterError, match=f"two states do not describe this junction.*{reason}"):
        surrogate.from_fokker_planck(junction)


def test_refuses_a_state_that_the_torque_has_destroyed():
    with pytest.raises(ParameterError, match="two states do not describe"):
        surrogate.from_fokker_planck(axial(torque=0.05), voltages=[0.12])


def test_an_asymptotic_rate_is_passed_on_with_its_warning_and_error(monkeypatch):
    exact = fokker_planck.dwell_times

    def asymptotic(spin, rtol):
        warnings.warn("the asymptotic rate", MtjphysWarning, stacklevel=2)
        return exact(spin, rtol=rtol)._replace(separation=np.nan)

    monkeypatch.setattr(fokker_planck, "dwell_times", asymptotic)
    with pytest.warns(MtjphysWarning, match="the asymptotic rate"):
        device = surrogate.from_fokker_planck(axial(12.0))
    assert device.source_error == mp.theory.escape_rates(axial(12.0)).relative_error > 1e-3


def test_warns_at_low_barriers_and_says_how_much_is_left_out():
    with pytest.warns(MtjphysWarning, match=r"6\.93 times the first, a barrier below about 3 kT: .* about 14 %"):
        device = surrogate.from_fokker_planck(axial(2.0))
    assert device.error == pytest.approx(1 / 6.9278, rel=1e-3)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        surrogate.from_fokker_planck(axial(3.5))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"voltages": [0.0, 0.1]}, "one, or three or more"),
        ({"voltages": [0.0, 0.2, 0.1]}, "should rise"),
        ({"voltages": [0.0], "dwell_parallel": [1.0, 2.0]}, r"dwell_parallel=\[1.0, 2.0\] s should be 1 positive"),
        ({"voltages": [0.0], "dwell_parallel": [-1.0]}, "positive"),
        ({"voltages": []}, "voltages=\\[\\]"),
        ({"temperatures": [-5.0]}, "temperatures=-5.0 K"),
        ({"dwell_parallel": "fast"}, "dwell_parallel='fast' is not a number or an array of numbers; give it in s"),
        ({"dwell_antiparallel": ["1e-3"]}, r"dwell_antiparallel=\['1e-3'\] is not a number .* in s"),
        ({"dwell_parallel": [[1.0], [1.0, 2.0]]}, "dwell_parallel=.* is not a number .* in s"),
        ({"temperatures": "300 K"}, "temperatures='300 K' is not a number .* in K"),
        ({"fields": ["0", "0", "0"]}, "fields=.* is not a number .* in T"),
        ({"relative_errors": "5%"}, "relative_errors='5%' is not a number"),
        ({"fluctuation": ("a", "b")}, "fluctuation=.* is not a number .* in ohm"),
        ({"half_voltage": -0.5}, "half_voltage=-0.5 V"),
        ({"series_resistance": -100.0}, "series_resistance=-100.0 ohm"),
        ({"relative_errors": np.nan}, "source_error=nan"),
        ({"fluctuation": (-10.0, 0.0)}, "should be two numbers of at least 0"),
        ({"fluctuation": (0.0, 900.0)}, "makes the conductance negative"),
        ({"voltages": [0.0], "resistance_antiparallel": 900.0}, "the antiparallel resistance is the higher one"),
        ({"voltages": [0.0], "fields": [(0, 0, 0), (0, 0, 1e-3), (0, 1e-3, 2e-3)]}, "off a straight line"),
    ],
)
def test_bad_tables(change, message):
    good = {"voltages": [0.0], "resistance_parallel": 1e3, "resistance_antiparallel": 2e3} | change
    n = len(good["voltages"]) * len(good.get("fields", [0]))
    good = {"dwell_parallel": np.ones(n), "dwell_antiparallel": np.ones(n)} | good
    with pytest.raises(ParameterError, match=message):
        surrogate.from_measurement(**good)


# Sampling


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

    def slope(t, p):
        place = (float(voltage(t)) + 1.0) * table.per_unit[0]
        up, down = (np.exp(np.interp(place, np.arange(513), rates.ravel())) for rates in table.log_rates)
        return up * (1 - p) - down * p

    times = np.minimum(run.time.values, 1e-3)
    kinks = np.concatenate(([0.0], voltage.breakpoints(1e-9, 1e-3 - 1e-9), [1e-3]))
    exact, start = np.empty(times.size), 1.0
    for begin, end in itertools.pairwise(kinks):
        inside = (times > begin) & (times <= end)
        piece = solve_ivp(
            slope, (begin, end), [start], t_eval=np.unique([*times[inside], end]), rtol=1e-8, atol=1e-10, max_step=1e-6
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
    start = surrogate.Simulator(device, sample_interval=1e-9, replicas=lanes, initial="random", record=["parallel"])
    sigma = np.sqrt(share * (1 - share) / lanes)
    assert abs(start.advance(1)["parallel"].mean() - share) < 5 * sigma
    half = surrogate.Simulator(device, sample_interval=1e-9, replicas=lanes, record=["parallel"])
    half.settle(np.log(2.0) / sum(rates))
    assert abs(half.advance(1)["parallel"].mean() - (share + 0.5 * (1 - share))) < 5 * sigma
    with pytest.raises(SimulationError, match="settle before"):
        half.settle(1.0)


BIASES = [
    mp.Bias(voltage=0.1),
    mp.Bias(voltage=mp.Sine(amplitude=0.15, frequency=3e6), series_resistance=500.0),
    mp.Bias(voltage=mp.PulseTrain(amplitude=0.1, width=2e-8, period=7e-8, rise_time=1e-8)),
]


def test_a_state_that_is_refused_changes_nothing(device):
    first, second = (surrogate.Simulator(device, sample_interval=3e-8, seed=k) for k in (1, 2))
    before, saved = first.save_state(), second.save_state()
    with pytest.raises(SimulationError, match=r"the saved state lacks \['flips', 'wells'\]"):
        first.load_state({name: saved[name] for name in ("state", "steps_done", "settled")})
    with pytest.raises(SimulationError, match="the saved state has shape"):
        first.load_state(saved | {"state": saved["state"][:-1]})
    for name, array in first.save_state().items():
        np.testing.assert_array_equal(array, before[name])


@pytest.mark.parametrize("small", [False, True])
def test_bits_do_not_depend_on_chunks_threads_or_other_lanes(device, monkeypatch, small):
    if small:  # many drives in a run
        monkeypatch.setattr(surrogate, "_LARGEST_DRIVE", 256)
    options = {"sample_interval": 3e-8, "seed": 7, "record": surrogate.RECORDS}
    whole = surrogate.Simulator(device, BIASES, replicas=3, threads=1, **options).advance(1000)
    parts = surrogate.Simulator(device, BIASES, replicas=3, threads=3, **options)
    chunks = [parts.advance(n) for n in (1, 400, 0, 99, 500)]
    other = surrogate.Simulator(device, BIASES, replicas=3, **options)
    first = other.advance(333)
    resumed = surrogate.Simulator(device, BIASES, replicas=3, **options)
    resumed.load_state(other.save_state())
    rest = resumed.advance(667)
    alone = surrogate.Simulator(device, BIASES[1], first_lane=4, **options).advance(1000)
    for name, values in whole.items():
        assert len(np.unique(values)) > 1
        np.testing.assert_array_equal(values, np.concatenate([chunk[name] for chunk in chunks], axis=1))
        np.testing.assert_array_equal(values, np.concatenate([first[name], rest[name]], axis=1))
        np.testing.assert_array_equal(values[4:5], alone[name])


def test_samples_show_the_exact_switching_times(device):
    times = device.switching_times(BIASES[0], duration=1e-4, seed=2, lane=5)
    run = mp.simulate(device, BIASES[0], duration=1e-4, sample_interval=1e-7, seed=2, first_lane=5)
    expected = 1 - np.searchsorted(times, run.time.values, side="right") % 2
    np.testing.assert_array_equal(run.parallel.values.ravel(), expected)
    assert times.size > 10


# Fluctuations inside the states


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
    exact = fokker_planck.autocorrelation(junction, bias, lags * interval)
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
    expected = surrogate._memory_time(spin, np.array([1.0, 0.1, 0.0]), bias)
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


# Sources


def test_from_traces_finds_the_rates_of_a_simulated_junction():
    junction = axial(4.0, damping=0.3, torque=0.01)
    biases = [mp.Bias(voltage=v) for v in (-0.05, 0.0, 0.05)]
    run = mp.simulate(junction, biases, duration=2e-6, sample_interval=1e-10, replicas=16, seed=3)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", MtjphysWarning)
        device = surrogate.from_traces(run, hysteresis=0.6)
    assert device.source == "simulated traces of axial"
    assert 0.01 < device.source_error < 0.1
    for bias in biases:
        levels = [m * (1.0 - 0.4) for m in (-1.0, 1.0)]
        exact = fokker_planck.dwell_times(junction, bias, thresholds=tuple(levels))
        found = device.rates(bias)
        # The thresholds stand at the levels' midpoint +- 0.3 of their distance in ohm, not in m.p.
        np.testing.assert_allclose(found, [1 / exact.parallel, 1 / exact.antiparallel], rtol=0.25)
    again = mp.simulate(device, biases[1], duration=1e-5, sample_interval=1e-10, seed=1)
    np.testing.assert_allclose(again.resistance.mean(), run.resistance[0, 1].mean(), rtol=0.05)


def test_from_traces_refuses_what_has_no_two_states_or_is_no_grid():
    run = mp.simulate(axial(1.0), duration=1e-7, sample_interval=1e-10, replicas=8, seed=3)
    with warnings.catch_warnings(), pytest.raises(ParameterError, match="relaxes in a state only"):
        warnings.simplefilter("ignore", MtjphysWarning)
        surrogate.from_traces(run)
    biases = [mp.Bias(voltage=v, temperature=t) for v, t in ((0.0, 300.0), (0.1, 300.0), (0.1, 310.0))]
    run = mp.simulate(axial(), biases, duration=1e-9)
    with pytest.raises(ParameterError, match="3 biases are not all combinations of 2 voltages, 1 fields and 2"):
        surrogate.from_traces(run)


def test_from_measurement_keeps_levels_noise_and_errors():
    device = surrogate.from_measurement(
        [0.1],
        [4e-4],
        [3e-4],
        resistance_parallel=5670.0,
        resistance_antiparallel=9230.0,
        series_resistance=10e3,
        relative_errors=[0.02, 0.03],
        fluctuation=(60.0, 90.0),
        memory_time=1e-5,
        source="Koenders et al.",
    )
    assert device.error == 0.03
    bias = mp.Bias(voltage=0.1, series_resistance=10e3)
    run = mp.simulate(device, bias, duration=20.0, sample_interval=1e-4, seed=1)
    resistance, parallel = run.resistance.values.ravel(), run.parallel.values.ravel() > 0
    assert resistance[parallel].mean() == pytest.approx(5670.0, rel=0.002)
    assert resistance[~parallel].mean() == pytest.approx(9230.0, rel=0.002)
    assert resistance[parallel].std() == pytest.approx(60.0, rel=0.03)
    assert resistance[~parallel].std() == pytest.approx(90.0, rel=0.03)
    assert parallel.mean() == pytest.approx(4 / 7, abs=5 * np.sqrt(12 / 49 * 2 * 1.714e-4 / 20.0))


# Plugging in


def test_toml_round_trip(device, tmp_path):
    text = device.to_toml()
    again = TwoState.from_toml(text)
    assert again.to_toml() == text
    path = tmp_path / "device.toml"
    path.write_text(text)
    assert TwoState.from_toml(path).rates() == device.rates()
    with pytest.raises(ParameterError, match="cosines is missing"):
        TwoState.from_toml("voltages = [0.0]\n")
    with pytest.raises(ParameterError, match="not valid TOML"):
        TwoState.from_toml("voltages = [\n")
    with pytest.raises(ParameterError, match="colour is unknown"):
        TwoState.from_toml(text + "colour = 1\n")


def test_streams_to_a_file_and_resumes_with_the_same_bits(device, tmp_path):
    options = {"sample_interval": 3e-8, "seed": 7, "replicas": 2}
    path = tmp_path / "run.nc"
    mp.simulate(device, BIASES, duration=6e-6, output=path, **options).close()
    with mp.resume(path, duration=3e-5) as run:
        whole = mp.simulate(device, BIASES, duration=3e-5, **options)
        for name in ("parallel", "resistance", "voltage"):
            np.testing.assert_array_equal(run[name].values, whole[name].values)
            assert run[name].attrs["units"] == whole[name].attrs["units"]
        assert TwoState.from_toml(json.loads(run.attrs["surrogates"])[0]).to_toml() == device.to_toml()


def test_readout_and_analysis_take_it():
    device = toy(fluctuation=(10.0, 20.0), memory_time=1e-6)
    bias = mp.Bias(voltage=0.2, series_resistance=1e3)
    run = mp.simulate(device, bias, duration=0.5, sample_interval=2e-6, seed=1)
    record = mp.readout.measure(run, noise_rms=1e-3)
    rates = device.rates(bias)
    found = mp.telegraph.analyse(record)
    # Positive voltage: the parallel state is the low one.
    for rate, estimate in ((rates.parallel, found.rate_up), (rates.antiparallel, found.rate_down)):
        assert abs(float(estimate) - rate) < 2.6 * (estimate.high - estimate.low) / 2  # 5 sigma of a 95 % interval


def test_noise_source_of_surrogates(device):
    bias = mp.Bias(voltage=0.1, series_resistance=5e3)
    noise = mp.learning.JunctionNoise(device, bias, 1e-6, seed=3, settle=8)
    first = noise.volts(50, 6)
    saved = noise.state_dict()
    rest = noise.volts(50, 6)
    again = mp.learning.JunctionNoise(device, bias, 1e-6, seed=3, settle=8)
    again.load_state_dict(saved)
    np.testing.assert_array_equal(again.volts(50, 6), rest)
    assert first.shape == (50, 6) and 0.04 < first.min() < first.max() < 0.075
    several = mp.learning.JunctionNoise([device, device], bias, 1e-6, seed=3, settle=8)
    assert several.volts(5, 2).shape == (5, 2)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"step": 1e-12}, "step=1e-12 means nothing"),
        ({"moments": True}, "moments=True means nothing"),
        ({"record": ["m"]}, "two states have no other"),
        ({"initial": [0, 0, 1]}, "is unknown"),
        ({"replicas": 0}, "replicas=0"),
    ],
)
def test_arguments_that_mean_nothing_are_refused(device, options, message):
    with pytest.raises(ParameterError, match=message):
        mp.simulate(device, duration=1e-6, **options)
    with pytest.raises(ParameterError, match="is not TwoState"):
        mp.simulate([device, axial()], duration=1e-6)


def test_a_bias_that_bends_too_often_is_refused(device):
    bias = mp.Bias(voltage=mp.PulseTrain(amplitude=0.1, width=1e-10, period=2e-10))
    with pytest.raises(ParameterError, match="sample more often"):
        mp.simulate(device, bias, duration=1.0)


def test_a_field_that_leaves_the_line_between_its_extremes_is_refused():
    tesla = np.linspace(-0.002, 0.002, 5)
    device = surrogate.from_fokker_planck(axial(), fields=[(0.0, b, b) for b in tesla])
    sine, shifted = (mp.Sine(amplitude=0.002, frequency=1e6, phase=phase) for phase in (0.0, 1.0))
    mp.simulate(device, mp.Bias(field=(0.0, sine, sine)), duration=1e-6)
    with pytest.raises(ParameterError, match="leaves the line"):
        mp.simulate(device, mp.Bias(field=(0.0, sine, shifted)), duration=1e-6)
    # The two meet at every half period, on which the ends of the drives fall.
    opposite = mp.Sine(amplitude=-0.002, frequency=1e6)
    with pytest.raises(ParameterError, match="leaves the line"):
        mp.simulate(device, mp.Bias(field=(0.0, sine, opposite)), duration=1e-6, sample_interval=1.25e-7)

"""What holds for all live noise: bits, states, threads, and what it costs."""

import warnings

import numpy as np
import pytest
from live_noise import BIAS, FAST, SOURCES, STIFF, TWO, every_source, two_state
from noise_checks import check_source

import mtjphys as mp
from mtjphys.core.errors import DataError, MtjphysWarning, ParameterError, SimulationError
from mtjphys.learning import JunctionNoise, SeriesNoise


@every_source
def test_every_way_to_read_junctions_is_a_source(kind):
    check_source(SOURCES[kind])
    source = SOURCES[kind]()
    assert source.state_dict() == {} and source.usage == (0, 0.0, 0.0)
    source.volts(2, 7)
    source.load_state_dict({})
    assert source.usage == (0, 0.0, 0.0)


@pytest.mark.parametrize("kind", ["live", "series"])
def test_threads_leave_no_trace(kind):
    one, two = (SOURCES[kind](threads=threads) for threads in (1, 2))
    np.testing.assert_array_equal(one.volts(5, 40), two.volts(5, 40))
    assert one.usage == two.usage
    assert repr(one) == repr(two)  # or a checkpoint would not move to another machine


def test_readings_that_cannot_vary_are_refused():
    source = JunctionNoise(TWO, STIFF, 1e-9)
    for _ in range(2):
        with pytest.raises(ParameterError, match=r"0\.1 V whatever its state: set voltage"):
            source.volts(4, 3)
    for nothing in (mp.Bias(series_resistance=1e4), mp.Bias(current=0.0)):
        with pytest.raises(ParameterError, match="0 V whatever its state"):
            JunctionNoise(TWO, nothing, 1e-9).volts(4, 3)
    with pytest.raises(ParameterError, match=r"0\.1 V whatever its state"):
        SeriesNoise([TWO] * 2, STIFF, 1e-9).volts(4, 3)


def test_settling_readings_are_not_handed_out():
    early = JunctionNoise(TWO, BIAS, 5e-9, seed=1, settle=10).volts(30, 3)
    late = JunctionNoise(TWO, BIAS, 5e-9, seed=1, settle=20).volts(20, 3)
    np.testing.assert_array_equal(early[10:], late)


def test_junctions_settle_for_five_relaxation_times():
    """By the rates of the surrogate, 2/dwell: the first reading is in either state, where 64 left most parallel."""
    slow = two_state(dwell=1e-6)
    source = JunctionNoise(slow, BIAS, 1e-9, seed=1)
    first = source.volts(1, 2000)
    assert source.usage.device_time == pytest.approx((4096 + 1) * 1e-9)
    # Half of them are antiparallel, but for e^-8; five standard errors of 2000.
    assert abs((first > first.mean()).mean() - 0.5) < 5 * 0.5 / 2000**0.5
    with pytest.warns(MtjphysWarning, match=r"5e-07 s: .* 64 readings do not settle them; give settle=250[01]"):
        few = JunctionNoise(slow, BIAS, 1e-9, seed=1, settle=64).volts(1, 2000)
    assert (few == few.min()).mean() > 0.8
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        JunctionNoise(slow, BIAS, 1e-9, seed=1, settle=501).volts(1, 2)


@pytest.mark.parametrize(("interval", "readings"), [(2e-10, 256), (2e-9, 64)])
def test_the_exact_rate_says_how_long(interval, readings):
    """1/rate of this junction is 5.72 ns."""
    source = JunctionNoise(FAST, BIAS, interval, seed=1)
    source.volts(1, 1)
    assert source.usage.device_time == pytest.approx((readings + 1) * interval)
    needed = 5.0 / mp.fokker_planck.relaxation_rate(FAST, BIAS) / interval
    assert needed < readings and (readings == 64 or needed > readings / 2)


def test_junctions_that_never_settle_are_told():
    with pytest.warns(MtjphysWarning, match=r"relax in 0\.5 s: all begin parallel, and 64 readings do not settle them"):
        JunctionNoise(two_state(dwell=1.0), BIAS, 1e-9, seed=1).volts(1, 2)


def test_a_foreign_state_is_refused():
    source = SOURCES["shared"]()
    source.volts(2, 3)
    state = source.state_dict()
    with pytest.raises(DataError, match=r"a noise state of 3 junctions for lanes=2"):
        JunctionNoise(TWO, BIAS, 5e-9, lanes=2).load_state_dict(state)
    with pytest.raises(DataError, match="lacks"):
        source.load_state_dict({"streams": np.zeros((4, 2))})
    with pytest.raises(DataError, match="of shared junctions for one junction per unit"):
        JunctionNoise(TWO, BIAS, 5e-9).load_state_dict(state | {"kept": np.zeros((2, 1))})
    with pytest.raises(SimulationError, match="shape"):
        JunctionNoise(TWO, BIAS, 5e-9).load_state_dict(state | {"n_lanes": np.array(5), "kept": np.empty((2, 0))})
    chain = SeriesNoise([TWO] * 3, BIAS, 5e-9)
    chain.volts(2, 3)
    others = [SeriesNoise([TWO] * n, BIAS, 5e-9) for n in (2, 4)]
    for other in (*others, JunctionNoise(TWO, BIAS, 5e-9)):
        with pytest.raises(DataError, match=r"a noise state of 3 junctions in series for [124]: continue"):
            other.load_state_dict(chain.state_dict())


def test_a_source_that_fed_other_units_takes_a_state():
    source, other = SOURCES["surrogate"](), SOURCES["surrogate"]()
    source.volts(3, 7)
    other.volts(3, 4)
    other.load_state_dict(source.state_dict())
    np.testing.assert_array_equal(source.volts(5, 7), other.volts(5, 7))


def test_a_junction_held_parallel_draws_what_ohm_says():
    held = mp.Bias(voltage=0.1, series_resistance=1e4, field=(0.5, 0.0, 0.0), temperature=0.0)
    junction = mp.presets.koenders_2025()
    source = JunctionNoise(junction, held, 1e-9, settle=10)
    volts = source.volts(90, 4)
    parallel = junction.resistance_parallel
    np.testing.assert_allclose(volts, 0.1 * parallel / (1e4 + parallel), rtol=1e-6)
    readings, time, energy = source.usage
    assert readings == 360
    assert time == pytest.approx(100e-9, rel=1e-12)
    assert energy == pytest.approx(4 * 100e-9 * 0.1**2 / (1e4 + parallel), rel=1e-9)
    stiff = JunctionNoise(junction, held.model_copy(update={"series_resistance": 0.0}), 1e-9, settle=10, lanes=2)
    stiff.resistances(3, 5)  # 15 readings of two junctions: eight of each
    assert stiff.usage.readings == 15
    assert stiff.usage.device_time == pytest.approx(18e-9, rel=1e-12)
    assert stiff.usage.energy == pytest.approx(2 * 18e-9 * 0.1**2 / parallel, rel=1e-9)
    read = JunctionNoise(junction, held.model_copy(update={"voltage": 0.0}), 1e-9, settle=10, read_current=1e-5)
    read.volts(90, 1)
    assert read.usage.energy == pytest.approx(100e-9 * 1e-5**2 * parallel, rel=1e-9)


@pytest.mark.parametrize("bias", [BIAS, mp.Bias(current=1e-5)])
def test_energy_is_that_of_the_readings(bias):
    source = JunctionNoise(TWO, bias, 1e-8, seed=1, settle=1)
    run = mp.surrogate.TwoStateSimulator(TWO, bias, sample_interval=1e-8, replicas=3, seed=1).advance(21)
    current = run["voltage"] / run["resistance"]
    power = current**2 * (run["resistance"] + bias.series_resistance)
    source.volts(20, 3)
    assert source.usage.energy == pytest.approx(1e-8 * power.sum(), rel=1e-12)


def test_nothing_is_spent_before_the_first_reading():
    assert SOURCES["live"]().usage == (0, 0.0, 0.0)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: JunctionNoise(TWO, BIAS, 0.0), "sample_interval=0.0 s"),
        (lambda: JunctionNoise(TWO, BIAS, 1e-9, read_current=-1e-6), "read_current=-1e-06 A"),
        (lambda: JunctionNoise(TWO, BIAS, 1e-9, settle=0), "settle=0"),
        (lambda: JunctionNoise(TWO, BIAS, 1e-9, lanes=0), "lanes=0 junctions .* leave it out"),
        (lambda: JunctionNoise(TWO, BIAS, 1e-9, settle=2.5), "settle=2.5 is not a whole number"),
        (lambda: JunctionNoise(TWO, BIAS, 1e-9, lanes=2.5), "lanes=2.5 is not a whole number"),
        (lambda: JunctionNoise(TWO, BIAS, 1e-9, seed=-1), "seed=-1 is not a whole number"),
        (lambda: JunctionNoise(TWO, BIAS, 1e-9, seed=0.5), "seed=0.5 is not a whole number"),
        (lambda: JunctionNoise(TWO, BIAS, 1e-9, gain=float("nan")), "gain=nan"),
    ],
)
def test_wrong_parameters_are_one_sentence(call, message):
    with pytest.raises(ParameterError, match=message):
        call()


def test_a_reading_that_takes_long_to_simulate_is_announced():
    # Warnings are errors here: it comes before the first step.
    with pytest.raises(MtjphysWarning, match=r"sample_interval=0.01 s: a reading of 3 junctions takes .* surrogate"):
        JunctionNoise(mp.presets.schnitzspan_2023(), BIAS, 1e-2).volts(1, 3)

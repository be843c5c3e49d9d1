"""Live junctions as noise: simulated, read, shared, in series, unlike each other, and continued to the bit."""

import math

import numpy as np
import pytest

import mtjphys as mp
from mtjphys import learning
from mtjphys.core.errors import DataError, MtjphysWarning, ParameterError, SimulationError
from mtjphys.junction import Spread
from mtjphys.junction.variability import log_normal
from mtjphys.learning import GaussianNoise, JunctionNoise, SeriesNoise, TelegraphNoise, correlation_time

BIAS = mp.Bias(voltage=0.1, series_resistance=1e4)
STIFF = mp.Bias(voltage=0.1)
FAST = mp.presets.safranski_2021()


def two_state(dwell=10e-9, resistance=6e3, ratio=0.5):
    """Return a junction of two sharp levels and equal dwell times (s)."""
    states = np.array([1.0, -1.0])[:, None, None, None, None]
    return mp.surrogate.TwoState(
        voltages=[-1.0, 0.0, 1.0],
        fields=[[0.0, 0.0, 0.0]],
        temperatures=[300.0],
        log_rates=np.full((2, 3, 1, 1), -math.log(dwell)),
        memory_times=np.zeros((2, 3, 1, 1)),
        cosines=np.broadcast_to(states, (2, 3, 1, 1, 81)),
        resistance_parallel=resistance,
        tunnel_magnetoresistance=ratio,
    )


TWO = two_state()
SOURCES = {
    "live": lambda **given: JunctionNoise(FAST, BIAS, 2e-10, seed=4, settle=4, **given),
    "surrogate": lambda **given: JunctionNoise(TWO, BIAS, 5e-9, seed=4, **given),
    "shared": lambda **given: JunctionNoise(TWO, BIAS, 5e-9, seed=4, lanes=3, **given),
    "serial": lambda **given: JunctionNoise(FAST, BIAS, 2e-10, seed=4, lanes=1, settle=4, **given),
    "unlike": lambda **given: JunctionNoise(
        FAST, BIAS, 2e-10, seed=4, settle=4, spread=Spread(barrier=0.2, resistance=0.1, seed=9), **given
    ),
    "series": lambda **given: SeriesNoise([FAST] * 9, BIAS, 2e-10, seed=4, settle=4, lanes=1, **given),
}
every_source = pytest.mark.parametrize("kind", SOURCES)


@every_source
def test_one_call_of_ten_is_ten_of_one(kind):
    whole = SOURCES[kind]()
    volts = whole.volts(10, 7)
    parts = SOURCES[kind]()
    pieces = [parts.volts(n, 7) for n in (1, 1, 4, 1, 3)]
    assert volts.dtype == np.float32
    np.testing.assert_array_equal(volts, np.vstack(pieces))
    assert np.unique(volts).size > 1
    assert whole.usage == parts.usage


@every_source
def test_saved_and_loaded_continues_with_the_same_bits(kind):
    source, other, late = SOURCES[kind](), SOURCES[kind](), SOURCES[kind]()
    assert source.state_dict() == {}
    source.volts(2, 7)
    state = source.state_dict()
    expected = source.volts(5, 7)
    other.volts(4, 7)
    for resumed in (other, late):
        resumed.load_state_dict(state)
        np.testing.assert_array_equal(expected, resumed.volts(5, 7))
        assert resumed.usage == source.usage
    source.load_state_dict({})
    assert source.usage == (0, 0.0, 0.0)
    np.testing.assert_array_equal(source.volts(2, 7), SOURCES[kind]().volts(2, 7))


@every_source
def test_a_used_source_equals_a_fresh_one(kind):
    used = SOURCES[kind]()
    used.volts(2, 7)
    assert used == SOURCES[kind]()
    assert used != SOURCES[kind](gain=2.0)


@pytest.mark.parametrize("kind", ["live", "series"])
def test_threads_leave_no_trace(kind):
    one, two = (SOURCES[kind](threads=threads) for threads in (1, 2))
    np.testing.assert_array_equal(one.volts(5, 40), two.volts(5, 40))
    assert one.usage == two.usage
    assert repr(one) == repr(two)  # or a checkpoint would not move to another machine


@pytest.mark.parametrize("kind", ["live", "surrogate", "unlike"])
def test_a_unit_has_its_own_junction_whatever_the_others(kind):
    few, many = SOURCES[kind]().volts(50, 3), SOURCES[kind]().volts(50, 8)
    np.testing.assert_array_equal(few, many[:, :3])
    assert len({column.tobytes() for column in many.T}) == 8


@pytest.mark.parametrize("lanes", [1, 3, 7, 20])
def test_units_share_junctions_as_behind_a_multiplexer(lanes):
    volts = JunctionNoise(TWO, BIAS, 5e-9, seed=2, lanes=lanes, settle=5).volts(6, 7)
    rounds = -(-42 // lanes)
    table = mp.surrogate.TwoStateSimulator(
        TWO, BIAS, sample_interval=5e-9, replicas=lanes, seed=2, record=("voltage",)
    ).advance(5 + rounds)["voltage"]
    naive = [[table[(s * 7 + u) % lanes, 5 + (s * 7 + u) // lanes] for u in range(7)] for s in range(6)]
    np.testing.assert_array_equal(volts, np.array(naive, np.float32))


def test_shared_junctions_feed_any_number_of_units():
    source, serial = SOURCES["shared"](), SOURCES["shared"]().volts(1, 22)[0]
    np.testing.assert_array_equal(np.concatenate([source.volts(2, 5).ravel(), source.volts(3, 4).ravel()]), serial)


def test_sharing_correlates_the_units_as_the_junction_remembers():
    # Unit u + 1 reads the junction one interval after unit u: exp(-2 interval/dwell) with equal dwell times.
    volts = JunctionNoise(TWO, BIAS, 1e-9, seed=3, lanes=1).volts(1, 40_000)[0]
    state = np.where(volts > volts.mean(), 1.0, -1.0)
    for k in (1, 5, 10):
        expected = math.exp(-2.0 * k * 1e-9 / 10e-9)
        # 40000/(2 tau) = 4000 independent samples at tau = 5 intervals: 5 sigma.
        assert abs((state[k:] * state[:-k]).mean() - expected) < 5.0 / math.sqrt(4_000)


def test_another_number_of_units_is_refused():
    source = SOURCES["surrogate"]()
    source.volts(2, 3)
    with pytest.raises(ParameterError, match="n_units=4, but this source already feeds 3"):
        source.volts(2, 4)
    with pytest.raises(ParameterError, match="at least 1"):
        source.volts(0, 3)


def test_junction_reads_the_divider_or_the_read_current():
    divided = JunctionNoise(TWO, BIAS, 1e-8, seed=1).volts(20, 3)
    np.testing.assert_allclose(np.unique(divided), 0.1 * np.array([6e3 / 16e3, 9e3 / 19e3]), rtol=1e-6)
    driven = JunctionNoise(TWO, STIFF, 1e-8, seed=1, read_current=1e-6).volts(20, 3)
    np.testing.assert_allclose(np.unique(driven), [6e-3, 9e-3], rtol=1e-6)
    resistances = JunctionNoise(TWO, STIFF, 1e-8, seed=1).resistances(20, 3)
    np.testing.assert_allclose(resistances, driven / 1e-6, rtol=1e-6)


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


def test_one_junction_for_each_unit():
    slow = two_state(dwell=1.0)
    volts = JunctionNoise([TWO, slow, TWO], BIAS, 1e-8, seed=1).volts(30, 3)
    assert np.ptp(volts[:, 0]) > 0.0
    assert np.ptp(volts[:, 1]) == 0.0
    with pytest.raises(ParameterError, match="3 junctions for 4 units"):
        JunctionNoise([TWO] * 3, BIAS, 1e-9).volts(4, 4)
    with pytest.raises(ParameterError, match="3 junctions for 2 lanes"):
        JunctionNoise([TWO] * 3, BIAS, 1e-9, lanes=2).volts(4, 4)


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


# What it costs


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


# Several in series


def test_a_chain_of_one_is_a_junction():
    for bias in (BIAS, mp.Bias(current=1e-5)):
        chain, one = (cls(j, bias, 2e-10, seed=1) for cls, j in ((SeriesNoise, [FAST]), (JunctionNoise, FAST)))
        np.testing.assert_allclose(chain.volts(20, 4), one.volts(20, 4), rtol=3e-7)
        assert chain.usage == pytest.approx(one.usage, rel=1e-12)


def levels(chain, bias):
    return np.unique(SeriesNoise(chain, bias, 2e-8, seed=1).volts(200, 5).astype(float).round(7))


def test_a_chain_has_the_levels_of_the_paper():
    # n + 1 for equal junctions, 2^n for unlike ones.
    def divided(resistance):
        return 0.1 * resistance / (resistance + 1e4)

    alike = [3 * 6e3 + k * 3e3 for k in range(4)]
    np.testing.assert_allclose(levels([TWO] * 3, BIAS), divided(np.array(alike)), rtol=2e-6)
    ratios = (0.5, 0.25, 0.125)
    unlike = [
        18e3 + 6e3 * sum(r * b for r, b in zip(ratios, (k & 1, k >> 1 & 1, k >> 2), strict=True)) for k in range(8)
    ]
    chain = [two_state(ratio=ratio) for ratio in ratios]
    np.testing.assert_allclose(levels(chain, BIAS), np.sort(divided(np.array(unlike))), rtol=2e-6)
    np.testing.assert_allclose(levels(chain, mp.Bias(current=1e-6)), np.sort(unlike) * 1e-6, rtol=2e-5)


def test_a_chain_switches_at_the_sum_of_the_rates():
    dwells, interval, n = (10e-9, 20e-9, 40e-9), 0.5e-9, 200_000
    chain = [two_state(dwell, ratio=ratio) for dwell, ratio in zip(dwells, (0.5, 0.25, 0.125), strict=True)]
    volts = SeriesNoise(chain, BIAS, interval, seed=3, lanes=1).volts(n, 1)[:, 0]
    changes = np.count_nonzero(np.diff(volts))
    # An odd number of flips in an interval shows; of junctions with equal dwell times it does not depend on the state.
    seen = [0.5 * -math.expm1(-2.0 * interval / dwell) for dwell in dwells]
    share = 1.0 - math.prod(1.0 - p for p in seen)
    assert share == pytest.approx(interval * sum(1.0 / dwell for dwell in dwells), rel=0.1)
    assert abs(changes - share * (n - 1)) < 5.0 * math.sqrt(share * (1.0 - share) * n)  # binomial, 5 sigma


def test_a_chain_draws_the_current_of_all():
    chain = SeriesNoise([TWO] * 3, BIAS, 1e-8, seed=1, settle=1)
    volts = chain.volts(500, 2).astype(float)
    # V = U R/(R + R_s), and the source delivers U (U - V)/R_s.
    mean = (0.1 * (0.1 - volts) / 1e4).mean()
    assert chain.usage.energy == pytest.approx(2 * 501 * 1e-8 * mean, rel=1e-3)


def test_each_junction_of_a_chain_sees_the_mean_of_the_others():
    other = FAST.with_parameters({"barrier.tunnel_magnetoresistance": 0.5})
    strong = mp.Bias(voltage=0.6, series_resistance=1e3)
    total = 0.0
    for place, (junction, rest) in enumerate([(FAST, other), (other, FAST)]):
        mean = 0.5 * (rest.resistance_parallel + rest.resistance_antiparallel)
        bias = mp.Bias(voltage=0.6, series_resistance=1e3 + mean)
        simulator = mp.Simulator(junction, bias, sample_interval=1e-9, replicas=3, seed=2, first_lane=place * 2**26)
        total = total + simulator.advance(6)["resistance"][:, 2:].T
    chain = SeriesNoise([FAST, other], strong, 1e-9, seed=2, settle=2)
    np.testing.assert_allclose(chain.resistances(4, 3), total, rtol=1e-9)


def test_junctions_of_a_chain_are_devices_of_their_own():
    spread, bias, total = Spread(resistance=0.2, seed=1), mp.Bias(current=1e-6), 0.0
    for first in (0, 2**26):
        chip = spread.junctions(FAST, 3, first=first)
        simulator = mp.Simulator(chip, bias, sample_interval=1e-9, seed=2, first_lane=first)
        total = total + simulator.advance(6)["resistance"][:, 2:].T
    chain = SeriesNoise([FAST, FAST], bias, 1e-9, seed=2, settle=2, spread=spread)
    np.testing.assert_allclose(chain.resistances(4, 3), total, rtol=1e-9)


def test_junctions_of_a_chain_have_streams_of_their_own():
    chain = SeriesNoise([TWO, TWO], mp.Bias(current=1e-6), 1e-7, seed=1)
    first = JunctionNoise(TWO, mp.Bias(current=1e-6), 1e-7, seed=1)
    second = chain.volts(4000, 2).astype(float) - first.volts(4000, 2)
    correlation = np.corrcoef(np.hstack([second, first.volts(4000, 2)]).T)
    assert np.unique(second.round(5)).size == 2  # what is left is one junction
    # The first calls of `first` are those inside the chain, the later ones are independent: 5.5 sigma of 4000 samples.
    assert np.abs(correlation[np.triu_indices(4, 1)]).max() < 5.5 / math.sqrt(4000)


def test_a_chain_is_a_list():
    for junction in (TWO, [], [TWO] * 33):
        with pytest.raises(ParameterError, match="is not a chain: give a list of 1 to 32 junctions"):
            SeriesNoise(junction, BIAS, 1e-9)


# No two are alike


@pytest.mark.parametrize(
    "name", ["koenders_2025", "schnitzspan_2023", "vodenicarevic_2017", "funatsu_2022", "rehm_2023"]
)
def test_the_spread_in_barrier_is_what_it_says(name):
    # Anisotropy along the easy axis, across it, none but the interface, and a macrospin without stack.
    nominal = mp.presets.load(name)
    chip = Spread(barrier=0.2, seed=1).junctions(nominal, 400)
    barriers = np.array([junction.thermal_stability().parallel for junction in chip])
    factors = barriers / nominal.thermal_stability().parallel
    # The logarithm is normal: its mean and variance scatter by s/sqrt(n) and s^2 sqrt(2/n); 5 sigma.
    s = math.sqrt(math.log1p(0.2**2))
    z = (np.log(factors) + 0.5 * s**2) / s
    assert abs(z.mean()) < 5.0 / math.sqrt(400)
    assert abs(z.var() - 1.0) < 5.0 * math.sqrt(2.0 / 400)
    assert {junction.volume for junction in chip} == {nominal.volume}
    assert {junction.resistance_parallel for junction in chip} == {nominal.resistance_parallel}


@pytest.mark.parametrize("relative", [0.05, 0.2, 1.0])
def test_factors_have_mean_one_and_exactly_the_given_deviation(relative):
    z, weights = np.polynomial.hermite_e.hermegauss(80)
    factors, weights = log_normal(relative, z), weights / weights.sum()
    assert weights @ factors == pytest.approx(1.0, rel=1e-12)
    assert weights @ (factors - 1.0) ** 2 == pytest.approx(relative**2, rel=1e-9)


def test_factors_have_mean_one_and_the_given_deviation():
    chip = Spread(resistance=0.3, tunnel_magnetoresistance=0.5, stray_field=2e-3, seed=2).junctions(FAST, 3000)
    resistance = np.array([junction.resistance_parallel for junction in chip]) / FAST.resistance_parallel
    ratio = np.array([junction.barrier.tunnel_magnetoresistance for junction in chip])
    stray = np.array([junction.reference.stray_field for junction in chip])
    # 5 sigma; the variance of a log-normal scatters by its fourth moment: about 1.9 and 4.4 of sqrt(2/n).
    for values, relative, excess in ((resistance, 0.3, 1.9), (ratio, 0.5, 4.4)):
        assert abs(values.mean() - 1.0) < 5.0 * relative / math.sqrt(3000)
        assert abs(values.std() / relative - 1.0) < 5.0 * excess * math.sqrt(0.5 / 3000)
    assert abs(stray[:, 0].std() / 2e-3 - 1.0) < 5.0 * math.sqrt(0.5 / 3000)
    assert not stray[:, 1:].any()  # along the reference, x
    assert np.abs(np.corrcoef([resistance, ratio, stray[:, 0]])[np.triu_indices(3, 1)]).max() < 5.5 / math.sqrt(3000)
    assert {
        junction.thermal_stability(mp.Bias(field=(-junction.reference.stray_field[0], 0, 0))).parallel
        for junction in chip[:9]
    }


def test_a_device_is_itself_whatever_else_is_asked():
    chip = Spread(barrier=0.2, seed=1).junctions(FAST, 6)
    assert Spread(barrier=0.2, seed=1).junctions(FAST, 2, first=3) == chip[3:5]
    both = Spread(barrier=0.2, resistance=0.1, seed=1).junctions(FAST, 6)
    assert [j.free_layer for j in both] == [j.free_layer for j in chip]
    assert Spread(barrier=0.2, seed=2).junctions(FAST, 1) != chip[:1]
    assert Spread(seed=1).junctions(FAST, 2) == [FAST, FAST]
    assert len(set(map(str, chip))) == 6


def test_unlike_junctions_are_those_of_the_spread():
    spread = Spread(barrier=0.2, resistance=0.1, seed=9)
    by_hand = JunctionNoise(spread.junctions(FAST, 5), BIAS, 2e-10, seed=4, settle=4)
    np.testing.assert_array_equal(SOURCES["unlike"]().volts(6, 5), by_hand.volts(6, 5))


def test_a_spread_that_means_nothing_is_refused():
    with pytest.raises(ParameterError, match=r"barrier=20.0 .* \[0, 1\] .*; 20 per cent are 0.2"):
        Spread(barrier=20.0)
    with pytest.raises(ParameterError, match="needs one MTJ, not TwoState"):
        JunctionNoise(TWO, BIAS, 1e-9, spread=Spread(barrier=0.1)).volts(1, 2)
    with pytest.raises(ParameterError, match="needs one MTJ, not list"):
        JunctionNoise([FAST, FAST], BIAS, 1e-9, spread=Spread(barrier=0.1)).volts(1, 2)
    easy_plane = FAST.with_parameters({"free_layer.uniaxial_anisotropy": None})
    with pytest.raises(ParameterError, match="needs a junction with two wells"):
        Spread(barrier=0.1).junctions(easy_plane, 2)
    ellipse = mp.MTJ(free_layer=mp.FreeLayer(saturation_magnetisation=1e6, diameters=(9e-8, 5e-8), thickness=2e-9))
    with pytest.raises(ParameterError, match=r"no anisotropy constant .* uniaxial_anisotropy along its easy axis"):
        Spread(barrier=0.1).junctions(ellipse, 2)


# What the network sees of the memory


@pytest.mark.parametrize("flip", [0.02, 0.0809, 0.4])
def test_correlation_time_of_the_chain(flip):
    source = TelegraphNoise(sigma=1e-9, flip_probability=flip, seed=1)
    expected = -1.0 / math.log(1.0 - 2.0 * flip)
    # 5 sigma of sqrt(2 tau/N), the estimator's own scatter for tau above 1; for small tau that of C_1, 1/sqrt(N).
    error = math.sqrt(2.0 * max(expected, 1.0) / (4096 * 50)) * max(1.0, (1.0 - 2.0 * flip) ** -1 * expected)
    assert abs(correlation_time(source, 4096, 50) / expected - 1.0) < 5.0 * error


def test_correlation_time_is_zero_without_memory_and_leaves_the_source_alone():
    source = GaussianNoise(1.0, seed=1)
    assert correlation_time(source, 4096, 10) == 0.0
    np.testing.assert_array_equal(source.volts(5, 10), GaussianNoise(1.0, seed=1).volts(5, 10))
    with pytest.raises(DataError, match="constant"):
        correlation_time(JunctionNoise(two_state(1.0), BIAS, 1e-6, seed=3), 64, 20)
    with pytest.raises(ParameterError, match="n_samples=8"):
        correlation_time(source, 8, 10)


def test_a_source_that_ends_while_it_is_probed_is_put_back():
    record = TelegraphNoise(seed=1).volts(1000, 1)[:, 0]
    source = learning.RecordedNoise(record, sample_interval=1e-6, at_end="error")
    source.volts(10, 10)
    with pytest.raises(DataError, match="have been read"):
        correlation_time(source, 950, 1)
    np.testing.assert_array_equal(source.volts(90, 10).ravel(), record[100:])


def test_correlation_time_of_a_live_junction_is_the_exact_one():
    junction = mp.presets.hayakawa_2021()
    bias = mp.Bias(voltage=0.02, series_resistance=1e4)
    exact = mp.fokker_planck.correlation_time(junction, bias, "1/e", "resistance")
    interval = 0.2 * exact
    source = JunctionNoise(junction, bias, interval, seed=1, settle=30)
    source.volts(1, 32)
    measured = correlation_time(source, 2000, 32) * interval
    # sqrt(2 tau/T) of T = 32 x 400 tau: 1.3 %; 5 sigma, and 1.4 % for the mean that is taken out of each unit.
    assert abs(measured / exact - 1.0) < 5.0 * 0.013 + 0.014
    assert source.usage.readings == 32


def test_a_network_learns_from_unlike_live_junctions():
    data = learning.digits()
    junction = mp.presets.schnitzspan_2023().with_parameters({"heating": None})
    noise = JunctionNoise(junction, BIAS, 1e-10, seed=2, spread=Spread(barrier=0.2, seed=1))
    training = learning.Training(
        learning.Network([64, 20, 10], decorrelated=True, seed=1),
        learning.ANP(),
        data,
        learning.Adam(5e-3),
        epochs=8,
        noise=noise,
        decorrelation=learning.Decorrelation(1e-3),
    )
    history = training.run(progress=False)
    assert history.train_accuracy[-1] > 0.6
    assert noise.usage.readings >= 8 * 2 * len(data.train.inputs) * 30
    assert 0.0 < noise.usage.energy < 30 * noise.usage.device_time * 0.1**2 / 1e4


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

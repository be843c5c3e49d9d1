"""Noise sources: their law, their independence, and that they continue to the bit."""

import importlib
import math

import numpy as np
import pytest

import mtjphys as mp
from mtjphys import learning
from mtjphys.errors import DataError, ParameterError, SimulationError
from mtjphys.learning import GaussianNoise, JunctionNoise, TelegraphNoise


class FakeSimulator:
    """Two resistances, one stream per lane; keeps the protocol of `mtjphys.Simulator`."""

    made = 0

    def __init__(self, junction, bias, *, replicas, seed, step, sample_interval, record):
        FakeSimulator.made += 1
        self.n_lanes = replicas * (len(junction) if isinstance(junction, list) else 1)
        self.bias, self.record, self.seed, self.done = bias, record, seed, 0

    def advance(self, n_samples):
        table = []
        for lane in range(self.n_lanes):
            stream = np.random.default_rng([self.seed, lane])
            stream.random(self.done)
            table.append(stream.random(n_samples) < 0.5)
        self.done += n_samples
        resistance = np.where(table, 6e3, 9e3)
        voltage = self.bias["voltage"] * resistance / (resistance + self.bias["series_resistance"])
        return {name: {"resistance": resistance, "voltage": voltage}[name] for name in self.record}

    def save_state(self):
        return {"done": np.array(self.done)}

    def load_state(self, state):
        self.done = int(state["done"])


@pytest.fixture
def fake(monkeypatch):
    # `mtjphys.simulate` is a function as well as a module.
    monkeypatch.setattr(importlib.import_module("mtjphys.simulation"), "Simulator", FakeSimulator)
    FakeSimulator.made = 0


DIVIDER = {"voltage": 0.1, "series_resistance": 1e4}
STIFF = {"voltage": 0.1, "series_resistance": 0.0}


def fresh(kind):
    return {
        "gaussian": lambda: GaussianNoise(0.01, seed=4, mean=0.1),
        "chain": lambda: TelegraphNoise(seed=4),
        "junction": lambda: JunctionNoise(None, DIVIDER, 1e-9, seed=4),
    }[kind]()


@pytest.mark.parametrize("kind", ["gaussian", "chain", "junction"])
def test_one_call_of_ten_is_two_of_five(kind, fake):
    whole = fresh(kind).volts(10, 7)
    source = fresh(kind)
    parts = np.vstack([source.volts(5, 7), source.volts(5, 7)])
    assert whole.dtype == np.float32
    assert whole.shape == (10, 7)
    np.testing.assert_array_equal(whole, parts)
    assert np.unique(whole).size > 1


@pytest.mark.parametrize("kind", ["gaussian", "chain", "junction"])
def test_saved_and_loaded_continues_with_the_same_bits(kind, fake):
    source = fresh(kind)
    other = fresh(kind)
    other.volts(3, 7)
    other.load_state_dict(source.state_dict())
    np.testing.assert_array_equal(source.volts(5, 7), other.volts(5, 7))
    late = fresh(kind)
    late.load_state_dict(source.state_dict())
    np.testing.assert_array_equal(source.volts(5, 7), late.volts(5, 7))


@pytest.mark.parametrize("kind", ["gaussian", "chain", "junction"])
def test_a_unit_has_its_own_stream_whatever_the_others(kind, fake):
    few, many = fresh(kind).volts(50, 3), fresh(kind).volts(50, 8)
    np.testing.assert_array_equal(few, many[:, :3])
    assert len({column.tobytes() for column in many.T}) == 8


@pytest.mark.parametrize("kind", ["gaussian", "chain", "junction"])
def test_another_number_of_units_is_refused(kind, fake):
    source = fresh(kind)
    source.volts(2, 3)
    with pytest.raises(ParameterError, match="n_units=4, but this source already feeds 3"):
        source.volts(2, 4)
    with pytest.raises(ParameterError, match="at least 1"):
        source.volts(0, 3)


def test_chain_has_the_levels_and_the_memory_of_the_paper():
    source = TelegraphNoise(seed=2)
    volts = source.volts(40_000, 20).astype(float)
    state = np.where(volts > source.mean, 1.0, -1.0)  # levels are 6.5 sigma from the middle
    # Every statistic is an average over 20 independent units; its scatter between them gives the
    # standard error. 5.9 of these with 19 degrees of freedom: false alarm about 1e-5.
    for k in (1, 2, 5, 10):
        correlation = (state[k:] * state[:-k]).mean(axis=0)
        error = correlation.std(ddof=1) / math.sqrt(20)
        assert abs(correlation.mean() - 0.8382**k) < 5.9 * error
        assert error < 0.01
    up = volts[state > 0]
    assert abs(up.mean() - (0.042092104 + 0.0059316154)) < 5 * 0.00090841466 / math.sqrt(up.size)
    # The standard deviation of n normal numbers scatters by sigma/sqrt(2 n).
    assert abs(up.std() - 0.00090841466) < 5 * 0.00090841466 / math.sqrt(2 * up.size)
    occupation = state.mean(axis=0)
    assert abs(occupation.mean()) < 5.9 * occupation.std(ddof=1) / math.sqrt(20)
    assert source.standard_deviation == pytest.approx(0.0060007, rel=1e-4)


def test_chain_starts_in_both_states_equally():
    start = TelegraphNoise(seed=3).volts(1, 10_000)[0] > 0.042092104
    assert abs(start.mean() - 0.5) < 5 * 0.5 / math.sqrt(10_000)  # 5 sigma, 6e-7


def test_gaussian_is_gaussian():
    n = GaussianNoise(2.0, seed=1, mean=1.0).volts(20_000, 20).astype(float)
    z = (n - 1.0) / 2.0
    # 5 sigma each: variances of z, z^2, z^3, z^4 are 1, 2, 15, 96.
    for power, expected, variance in ((1, 0, 1), (2, 1, 2), (3, 0, 15), (4, 3, 96)):
        assert abs((z**power).mean() - expected) < 5 * math.sqrt(variance / z.size)
    assert abs((z[1:] * z[:-1]).mean()) < 5 / math.sqrt(z.size)


@pytest.mark.parametrize("kind", ["gaussian", "chain"])
def test_units_are_independent(kind):
    volts = fresh(kind).volts(20_000, 12).astype(float)
    correlation = np.corrcoef(volts.T)[np.triu_indices(12, 1)]
    # A chain of 1/e time tau has about n/(2 tau) independent samples for a product: 20000/5.8;
    # 66 pairs at 5.5 sigma: false alarm 3e-6.
    assert np.abs(correlation).max() < 5.5 / math.sqrt(20_000 if kind == "gaussian" else 3_400)


def test_conversion_to_preactivation_is_as_declared():
    raw = TelegraphNoise(seed=5).volts(4, 3)
    source = TelegraphNoise(seed=5, gain=100.0, offset=0.04)
    eps = learning.perturbation(source, 4, 3, np.float64)
    np.testing.assert_allclose(eps, 100.0 * (raw.astype(float) - 0.04), rtol=1e-12)
    np.testing.assert_array_equal(learning.perturbation(TelegraphNoise(seed=5), 4, 3), raw)  # the paper: raw volts


def test_junction_reads_the_divider_or_the_read_current(fake):
    divided = JunctionNoise(None, DIVIDER, 1e-9, seed=1).volts(20, 3)
    levels = 0.1 * np.array([6e3 / 16e3, 9e3 / 19e3])
    np.testing.assert_allclose(np.unique(divided), levels, rtol=1e-6)
    driven = JunctionNoise(None, STIFF, 1e-9, seed=1, read_current=1e-6).volts(20, 3)
    np.testing.assert_allclose(np.unique(driven), [6e-3, 9e-3], rtol=1e-6)


def test_a_stiff_source_without_read_current_is_refused(fake):
    source = JunctionNoise(None, STIFF, 1e-9)
    for _ in range(2):
        with pytest.raises(ParameterError, match=r"0\.1 V whatever its state: set series_resistance"):
            source.volts(4, 3)


def test_settling_readings_are_not_handed_out(fake):
    early = JunctionNoise(None, DIVIDER, 1e-9, seed=1, settle=10).volts(30, 3)
    late = JunctionNoise(None, DIVIDER, 1e-9, seed=1, settle=20).volts(20, 3)
    np.testing.assert_array_equal(early[10:], late)


def test_one_junction_for_each_unit(fake):
    assert JunctionNoise([None] * 3, DIVIDER, 1e-9).volts(4, 3).shape == (4, 3)
    with pytest.raises(ParameterError, match="3 junctions for 4 units"):
        JunctionNoise([None] * 3, DIVIDER, 1e-9).volts(4, 4)


def test_live_junctions_drive_the_units():
    bias = mp.Bias(voltage=0.1, series_resistance=1e4)
    junction = mp.presets.safranski_2021()

    def source():
        return JunctionNoise(junction, bias, 2e-9, seed=1, settle=8)

    whole = source().volts(40, 10)
    assert whole.std(axis=0).min() > 1e-5
    assert np.all((whole > 0.0) & (whole < 0.1))
    split = source()
    first = split.volts(15, 10)
    resumed = source()
    resumed.load_state_dict(split.state_dict())
    np.testing.assert_array_equal(whole, np.vstack([first, resumed.volts(25, 10)]))
    np.testing.assert_array_equal(whole[:, :3], source().volts(40, 3))
    with pytest.raises(SimulationError):
        resumed.load_state_dict(split.state_dict() | {"n_units": np.array(20)})


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: GaussianNoise(-1.0), "sigma=-1.0 V"),
        (lambda: GaussianNoise(float("nan")), "sigma=nan V"),
        (lambda: TelegraphNoise(flip_probability=1.5), r"flip_probability=1.5 .* \[0, 1\]"),
        (lambda: TelegraphNoise(amplitude=0.0), "amplitude=0.0 V"),
        (lambda: TelegraphNoise(gain=float("inf")), "gain=inf 1/V"),
        (lambda: JunctionNoise(None, DIVIDER, 0.0), "sample_interval=0.0 s"),
        (lambda: JunctionNoise(None, DIVIDER, 1e-9, read_current=-1e-6), "read_current=-1e-06 A"),
        (lambda: JunctionNoise(None, DIVIDER, 1e-9, settle=0), "settle=0"),
    ],
)
def test_wrong_parameters_are_one_sentence(call, message):
    with pytest.raises(ParameterError, match=message):
        call()


def test_a_foreign_noise_state_is_refused():
    with pytest.raises(DataError, match="uint64"):
        GaussianNoise(1.0).load_state_dict({"streams": np.zeros((4, 2)), "levels": np.ones(2)})

"""The summing node and the ring buffer: their law, their limits, and that they continue to the bit."""

import math

import numpy as np
import pytest

import mtjphys as mp
from mtjphys.core.errors import DataError, MtjphysWarning, ParameterError
from mtjphys.learning import (
    GaussianNoise,
    JunctionNoise,
    RingBufferNoise,
    SerialNoise,
    SummingNode,
    TelegraphNoise,
    Usage,
    correlation_time,
)

STIFF = mp.Bias(voltage=0.1)
LIVE = mp.Bias(voltage=3.3, series_resistance=1e5)
FAST = mp.presets.safranski_2021()


class Count:
    """Readings 0, 1, 2 ... V."""

    gain, offset = 1.0, 0.0

    def __init__(self):
        self.done = 0

    def volts(self, n_samples, n_units):
        first, self.done = self.done, self.done + n_samples * n_units
        return np.arange(first, self.done, dtype=np.float32).reshape(n_samples, n_units)

    def state_dict(self):
        return {"done": np.array(self.done)}

    def load_state_dict(self, state):
        self.done = int(state["done"]) if state else 0


def junction(bias=STIFF, lanes=None):
    return JunctionNoise(FAST, bias, 2e-10, seed=3, settle=4, lanes=lanes)


SOURCES = {
    "node": lambda: SummingNode(junction(), 1e3),
    "node of a record": lambda: SummingNode(TelegraphNoise(seed=3), 1e3, voltage=-0.2, divider=(0.1, 1e4)),
    "buffer": lambda: RingBufferNoise(junction(LIVE, lanes=1), size=20, seed=5, reads_per_call=0.7),
    "buffer of a chain": lambda: RingBufferNoise(TelegraphNoise(seed=3), size=20, reads_per_call=3),
    "node of a buffer": lambda: SummingNode(
        RingBufferNoise(TelegraphNoise(seed=3), size=20, bits=None), 1e3, voltage=0.1, divider=(0.1, 1e4)
    ),
}
every_source = pytest.mark.parametrize("kind", SOURCES)


@every_source
def test_one_call_of_ten_is_ten_of_one(kind):
    whole, parts = SOURCES[kind]().volts(10, 7), SOURCES[kind]()
    assert whole.dtype == np.float32
    assert whole.shape == (10, 7)
    np.testing.assert_array_equal(whole, np.vstack([parts.volts(n, 7) for n in (1, 1, 4, 1, 3)]))
    assert np.unique(whole).size > 1


@every_source
def test_saved_and_loaded_continues_with_the_same_bits(kind):
    source, other, late = SOURCES[kind](), SOURCES[kind](), SOURCES[kind]()
    fresh = source.state_dict()
    first = source.volts(3, 7)
    state = source.state_dict()
    expected = source.volts(5, 7)
    other.volts(4, 7)
    for resumed in (other, late):
        resumed.load_state_dict(state)
        np.testing.assert_array_equal(expected, resumed.volts(5, 7))
        assert resumed.usage == source.usage
    source.load_state_dict(fresh)
    np.testing.assert_array_equal(source.volts(3, 7), first)


@every_source
def test_a_source_that_was_read_before_is_not_rewound(kind):
    def read():
        circuit = SOURCES[kind]()
        units = 1 if kind.startswith("buffer") else 7
        if kind == "node":
            circuit.inner.resistances(3, units)  # its junction has no divider whose volts could be read
        else:
            circuit.inner.volts(3, units)
        return circuit

    expected, source, late = read().volts(5, 7), read(), SOURCES[kind]()
    late.load_state_dict(source.state_dict())
    source.volts(2, 7)
    source.load_state_dict(read().state_dict())
    for resumed in (source, late):
        np.testing.assert_array_equal(resumed.volts(5, 7), expected)


@every_source
def test_a_used_source_equals_a_fresh_one(kind):
    used = SOURCES[kind]()
    used.volts(3, 7)
    assert used == SOURCES[kind]()
    used.gain = 2.0
    assert used != SOURCES[kind]()


def test_circuits_pass_on_what_their_junctions_spent():
    node, buffer = SOURCES["node"](), SOURCES["buffer"]()
    node.volts(3, 5)
    buffer.volts(10, 5)
    assert node.usage.readings == 15
    assert buffer.usage.readings == 20 + 7  # filled, and 0.7 a call
    assert isinstance(buffer.usage, Usage)
    assert buffer.usage.energy == buffer.inner.usage.energy > 0.0
    assert SOURCES["buffer of a chain"]().usage is None


# The summing node


def test_the_node_adds_the_current_of_the_junction():
    resistances = junction().resistances(20, 5)
    np.testing.assert_allclose(SummingNode(junction(), 2e3).volts(20, 5), -2e3 * 0.1 / resistances, rtol=1e-6)
    turned = junction(mp.Bias(voltage=-0.1))
    assert SummingNode(turned, 2e3).volts(20, 5).min() > 0.0


def test_the_step_of_the_node_is_that_of_the_paper():
    parallel, antiparallel = 5.67e3, 9.23e3
    levels = [0.1 * r / (r + 1e4) for r in (parallel, antiparallel)]
    chain = TelegraphNoise(mean=sum(levels) / 2, amplitude=(levels[1] - levels[0]) / 2, sigma=0.0, seed=1)
    volts = np.unique(SummingNode(chain, 1e3, voltage=0.3, divider=(0.1, 1e4)).volts(200, 2))
    np.testing.assert_allclose(volts, [-1e3 * 0.3 / parallel, -1e3 * 0.3 / antiparallel], rtol=1e-5)
    step = 1e3 * 0.3 * (1.0 / parallel - 1.0 / antiparallel)
    assert volts[1] - volts[0] == pytest.approx(step, rel=1e-5)


def test_the_branch_draws_what_the_junction_draws_at_its_voltage():
    held = mp.Bias(voltage=0.1, field=(0.5, 0.0, 0.0), temperature=0.0)
    node = SummingNode(JunctionNoise(FAST, held, 1e-9, settle=10), 1e3)
    volts = node.volts(90, 2)
    np.testing.assert_allclose(volts, -1e3 * 0.1 / FAST.resistance_parallel, rtol=1e-6)
    energy = 2 * 100e-9 * 0.1**2 / FAST.resistance_parallel
    assert node.usage.energy == pytest.approx(energy, rel=1e-9)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: SummingNode(junction(LIVE), 1e3), "no series_resistance or current"),
        (lambda: SummingNode(junction(mp.Bias()), 1e3), "a voltage other than 0 V"),
        (lambda: SummingNode(junction(mp.Bias(current=1e-6)), 1e3), "a constant voltage across the junction"),
        (lambda: SummingNode(TelegraphNoise(), 1e3), "TelegraphNoise gives no resistances: .* divider="),
        (lambda: SummingNode(TelegraphNoise(), 1e3, divider=(0.1, 1e4)), "give the voltage of the branch"),
        (lambda: SummingNode(junction(), 1e3, voltage=0.2), "voltage=0.2 V without a divider"),
        (lambda: SummingNode(junction(), 0.0), "feedback_resistance=0.0 ohm"),
        (lambda: SummingNode(TelegraphNoise(), 1e3, voltage=0.0, divider=(0.1, 1e4)), "voltage=0.0 V"),
        (
            lambda: SummingNode(TelegraphNoise(gain=2.0), 1e3, voltage=0.1, divider=(0.1, 1e4)),
            "gain=2 1/V .* give gain and offset to the circuit",
        ),
        (lambda: SummingNode(TelegraphNoise(), 1e3, voltage=0.1, divider=(0.1, 0.0)), "series resistance=0.0 ohm"),
    ],
)
def test_a_node_that_makes_no_circuit_is_refused(call, message):
    with pytest.raises(ParameterError, match=message):
        call()


def test_volts_outside_the_divider_are_refused():
    for divider in ((0.04, 1e4), (-0.1, 1e4)):
        node = SummingNode(TelegraphNoise(seed=1), 1e3, voltage=0.1, divider=divider)
        with pytest.raises(DataError, match="a junction reads between 0 V and that"):
            node.volts(10, 3)


# The ring buffer


def test_a_call_shuffles_the_newest_readings():
    buffer = RingBufferNoise(Count(), size=10, reads_per_call=3, bits=None, seed=1)
    calls = buffer.volts(6, 10)
    for call, values in enumerate(calls):
        assert sorted(values) == list(range(3 * call, 3 * call + 10))
        assert list(values) != sorted(values)
    few = RingBufferNoise(Count(), size=10, reads_per_call=3, bits=None, seed=1).volts(6, 4)
    np.testing.assert_array_equal(few, calls[:, :4])
    other = RingBufferNoise(Count(), size=10, reads_per_call=3, bits=None, seed=2).volts(6, 10)
    assert not np.array_equal(other, calls)


def test_a_call_draws_what_a_ring_buffer_of_its_number_draws():
    readings = np.arange(30, dtype=float)
    for call, values in enumerate(RingBufferNoise(Count(), size=10, reads_per_call=3, bits=None, seed=6).volts(5, 4)):
        twin = mp.readout.RingBuffer(10, seed=6, lane=call)
        twin.push(readings[: 10 + 3 * call])
        np.testing.assert_array_equal(values, twin.draw(4))


@pytest.mark.parametrize(("rate", "newest"), [(0, [9] * 6), (0.5, [9, 9, 10, 10, 11, 11]), (25, range(9, 150, 25))])
def test_readings_arrive_at_their_rate(rate, newest):
    calls = RingBufferNoise(Count(), size=10, reads_per_call=rate, bits=None).volts(6, 10)
    assert calls.max(axis=1).tolist() == list(newest)
    assert np.all(calls.min(axis=1) == calls.max(axis=1) - 9)


def test_every_order_is_equally_likely():
    calls = RingBufferNoise(Count(), size=4, reads_per_call=0, bits=None, seed=7).volts(4800, 4)
    _, counts = np.unique(calls, axis=0, return_counts=True)
    assert counts.size == 24
    # Chi-square of 23 degrees of freedom: 77 has p = 1e-7.
    assert ((counts - 200) ** 2 / 200).sum() < 77.0


def test_the_converter_rounds_to_its_codes():
    volts = RingBufferNoise(TelegraphNoise(seed=1), bits=8, full_scale=(0.0, 0.1)).volts(50, 20).astype(float)
    codes = volts / (0.1 / 256)
    np.testing.assert_allclose(codes, codes.round(), atol=1e-4)
    exact = RingBufferNoise(TelegraphNoise(seed=1), bits=None).volts(50, 20).astype(float)
    assert 0.0 < np.abs(volts - exact).max() <= 0.5 * 0.1 / 256 + 1e-9
    clipping = RingBufferNoise(GaussianNoise(1.0, seed=1), full_scale=(-0.5, 0.5))
    with pytest.warns(MtjphysWarning, match="clipped"):
        clipping.volts(1, 5)


def test_the_live_experiment_reads_its_divider():
    volts = RingBufferNoise(junction(LIVE, lanes=1), seed=1).volts(50, 5)
    low, high = (3.3 * r / (r + 1e5) for r in (FAST.resistance_parallel, FAST.resistance_antiparallel))
    assert low - 1e-3 < volts.min() < volts.max() < high + 1e-3
    assert volts.std() > 0.02 * (high - low)


def test_shuffling_takes_the_order_away_and_not_the_slow_mean():
    # A chain that flips every 2000 readings: the buffer's mean lives on, as the units see it.
    slow = TelegraphNoise(sigma=1e-6, flip_probability=5e-4, seed=1)
    buffer = RingBufferNoise(slow, bits=None, reads_per_call=1)
    assert correlation_time(buffer, 2000, 5) > 100
    fast = RingBufferNoise(TelegraphNoise(sigma=1e-6, flip_probability=0.5, seed=1), bits=None, reads_per_call=200)
    assert correlation_time(fast, 2000, 5) == 0.0


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: RingBufferNoise(Count(), size=0), "size=0 values"),
        (lambda: RingBufferNoise(Count(), size=5.5), "size=5.5 is not a whole number"),
        (lambda: RingBufferNoise(Count(), seed=-1), "seed=-1 is not a whole number"),
        (lambda: RingBufferNoise(Count(), seed=1.5), "seed=1.5 is not a whole number"),
        (lambda: RingBufferNoise(TelegraphNoise(offset=0.04)), "offset=0.04 V .* give gain and offset to the circuit"),
        (
            lambda: RingBufferNoise(SerialNoise(TelegraphNoise(gain=3.0))),
            "gain=3 1/V .* give gain and offset to the circuit",
        ),
        (lambda: RingBufferNoise(Count(), reads_per_call=-1), "reads_per_call=-1 readings"),
        (lambda: RingBufferNoise(Count(), bits=40), r"bits=40 is outside \[1, 32\]"),
        (lambda: RingBufferNoise(Count(), full_scale=(1.0, 0.0)), "is no range"),
        (lambda: RingBufferNoise(Count(), gain=math.inf), "gain=inf"),
        (lambda: RingBufferNoise(Count(), size=4).volts(1, 5), "give a size of at least 5"),
        (lambda: RingBufferNoise(Count()).volts(0, 5), "at least 1"),
    ],
)
def test_wrong_parameters_are_one_sentence(call, message):
    with pytest.raises(ParameterError, match=message):
        call()


def test_the_state_of_another_buffer_is_refused():
    source = RingBufferNoise(Count(), size=10, bits=None)
    source.volts(1, 5)
    state = source.state_dict()
    for wrong in (state, {"levels": np.ones(5)}, {n: a for n, a in state.items() if n != "values"}):
        with pytest.raises(DataError, match="not the state of a ring buffer of 20 values"):
            RingBufferNoise(Count(), size=20).load_state_dict(wrong)

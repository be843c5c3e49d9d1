"""What holds for sources that read another one."""

import numpy as np
import pytest
from circuits import LIVE, junction

from mtjphys.learning import (
    RingBufferNoise,
    SummingNode,
    TelegraphNoise,
    Usage,
)

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

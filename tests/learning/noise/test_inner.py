"""What holds for sources that read another one."""

import numpy as np
import pytest
from noise_checks import check_source
from noise_circuits import LIVE, junction

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
def test_every_circuit_is_a_source(kind):
    check_source(SOURCES[kind])


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


def test_circuits_pass_on_what_their_junctions_spent():
    node, buffer = SOURCES["node"](), SOURCES["buffer"]()
    node.volts(3, 5)
    buffer.volts(10, 5)
    assert node.usage.readings == 15
    assert buffer.usage.readings == 20 + 7  # filled, and 0.7 a call
    assert isinstance(buffer.usage, Usage)
    assert buffer.usage.energy == buffer.inner.usage.energy > 0.0
    assert SOURCES["buffer of a chain"]().usage is None

"""Ring buffer: the newest values, in a fresh order on every call."""

import numpy as np
import pytest

from mtjphys.core.errors import DataError, ParameterError
from mtjphys.laboratory.readout import RingBuffer


def test_ring_buffer_holds_the_newest_and_shuffles_every_call():
    buffer = RingBuffer(seed=1)
    for chunk in np.arange(1000.0).reshape(-1, 8):
        buffer.push(chunk)
    assert len(buffer) == buffer.size == 200
    first, second = buffer.draw(200), buffer.draw(200)
    assert sorted(first) == sorted(second) == list(range(800, 1000))
    assert np.count_nonzero(first == second) < 15  # Poisson of mean 1: chance below 1e-12
    buffer.push(5000.0)
    assert 5000.0 in buffer.draw(200) and 800.0 not in buffer.draw(200)
    assert np.unique(buffer.draw(50)).size == 50


def test_ring_buffer_draws_each_value_equally_often():
    buffer = RingBuffer(size=20, seed=3)
    buffer.push(np.arange(20.0))
    counts = np.bincount(np.concatenate([buffer.draw(5) for _ in range(4000)]).astype(int))
    # Each value is drawn 1000 +- 27 times; 5 sigma, false alarm 1e-5 over 20 values.
    assert np.abs(counts - 1000).max() < 5 * 27.4


def test_ring_buffer_is_reproducible_and_refuses():
    a, b, c = RingBuffer(seed=4), RingBuffer(seed=4), RingBuffer(seed=4, lane=1)
    for buffer in (a, b, c):
        buffer.push(np.arange(200.0))
    drawn = a.draw(200)
    assert np.array_equal(drawn, b.draw(200)) and not np.array_equal(drawn, c.draw(200))
    for call, message in (
        (lambda: RingBuffer(size=0), "at least 1"),
        (lambda: RingBuffer(size=2.5), "size=2.5"),
        (lambda: RingBuffer().draw(1), "holds 0"),
        (lambda: a.draw(201), "n=201"),
        (lambda: a.draw(-1), "n=-1"),
        (lambda: a.push([np.nan]), "not finite"),
        (lambda: a.push("x"), "not all numbers"),
    ):
        with pytest.raises((ParameterError, DataError), match=message):
            call()

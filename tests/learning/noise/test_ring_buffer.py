"""The ring buffer: its shuffles, its converter, its limits."""

import math

import numpy as np
import pytest
from noise_checks import check_source
from noise_circuits import FAST, LIVE, Count, junction

import mtjphys as mp
from mtjphys.core.errors import DataError, MtjphysWarning, ParameterError
from mtjphys.learning import (
    GaussianNoise,
    RingBufferNoise,
    SerialNoise,
    TelegraphNoise,
    correlation_time,
)


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


def test_it_is_a_source_that_files_call_ring_buffer():
    table = {"kind": "ring_buffer", "size": 20, "reads_per_call": 0.7, "inner": {"kind": "telegraph", "seed": 4}}
    check_source(lambda: RingBufferNoise(TelegraphNoise(seed=4), size=20, reads_per_call=0.7, seed=5), table)

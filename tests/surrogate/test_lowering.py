"""A bias in pieces."""

import numpy as np
import pytest
from two_state_devices import axial
from unknown_shapes import Bump, Chirp

import mtjphys as mp
from mtjphys import surrogate
from mtjphys.bias.waveforms import as_waveform
from mtjphys.core.errors import ParameterError
from mtjphys.surrogate import lowering
from mtjphys.surrogate.tables import FieldLine


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


LINE = FieldLine(np.array([[0.0, 0.0, -0.002], [0.0, 0.0, 0.002]]))


def taken(course, times):
    """Return source, field along the line and temperature at times within a course, (n, 3)."""
    piece = np.clip(np.searchsorted(course.start, times, side="right") - 1, 0, course.start.size - 2)
    elapsed = (times - course.start[piece])[:, None]
    turns = course.cycles[piece] + course.frequency * elapsed
    return course.level[piece] + course.slope[piece] * elapsed + course.amplitude * np.sin(2.0 * np.pi * turns)


@pytest.mark.parametrize(
    "voltage",
    [
        mp.Constant(value=0.1),
        mp.Sine(amplitude=0.1, frequency=3e5, offset=0.02),
        mp.PulseTrain(amplitude=0.1, width=2e-7, period=7e-7, rise_time=1e-7),
        Bump(height=0.1, centre=4e-4, width=1e-6),
        Chirp(height=0.1, rate=3e8),
    ],
)
def test_the_pieces_of_all_blocks_are_the_bias(monkeypatch, voltage):
    monkeypatch.setattr(lowering, "MOST_PIECES", 512)
    bias = mp.Bias(
        voltage=voltage,
        field=(0.0, 0.0, mp.Ramp(initial=-0.002, final=0.001, duration=1e-3)),
        temperature=Bump(height=40.0, centre=2e-4, width=3e-5) if voltage.kind == "sine" else 300.0,
    )
    interval, samples = 1e-6, 1024
    applied = lowering.AppliedBias(bias, LINE, interval)
    blocks, sample = [], 0
    while sample < samples:
        blocks.append(applied.block(sample))
        assert blocks[-1].start <= sample < blocks[-1].stop
        sample = blocks[-1].stop
    assert (len(blocks) > 1) == (voltage.kind in ("pulse_train", "chirp"))
    rng = np.random.default_rng(1)
    for block in blocks:
        assert block.course.start.size <= 8 * 512
        times = rng.uniform(block.start * interval, min(block.stop, samples) * interval, 200)
        expected = np.stack([voltage(times), bias.field[2](times) + 0.002, as_waveform(bias.temperature)(times)], 1)
        off = np.abs(taken(block.course, times) - expected).max(axis=0)
        span = np.ptp(bias.bounds(), axis=1)[[0, 3, 4]]
        assert np.all(off <= 1e-4 * span + 1e-12 * np.abs(expected).max(axis=0))
    # In any order, and anew, the same blocks.
    for sample in rng.integers(0, samples, 30):
        again = lowering.AppliedBias(bias, LINE, interval).block(int(sample))
        assert (again.start, again.stop) in [(block.start, block.stop) for block in blocks]


def test_a_piece_that_goes_through_less_of_the_range_has_less_windows():
    bias = mp.Bias(voltage=mp.Piecewise(times=[1e-6, 2e-6, 3e-6], values=[0.0, 0.1, 0.05]))
    windows = lowering.AppliedBias(bias, LINE, 1e-5).block(0).course.windows
    assert windows.tolist() == [1.0, 32.0, 16.0, 1.0]

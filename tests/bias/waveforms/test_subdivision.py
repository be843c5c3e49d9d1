"""Curves as straight lines: shapes that no part of the package knows."""

import math

import numpy as np
import pytest
from unknown_shapes import Bump, Chirp, Kink
from waveform_checks import check_waveform

from mtjphys.bias.waveforms import Straight
from mtjphys.bias.waveforms.subdivision import subdivide
from mtjphys.bias.waveforms.waveform import LINE_ACCURACY


def largest_error(wave, start, stop):
    """Return the largest difference between a waveform and its pieces over its range, and the number of pieces."""
    knots = np.concatenate([[start], wave.knots(start, stop), [stop]])
    pieces = wave.pieces(knots)
    elapsed = np.diff(knots)[:, None] * np.linspace(1e-3, 1.0 - 1e-3, 101)
    taken = pieces.level[:, None] + pieces.slope[:, None] * elapsed
    low, high = wave.bounds()
    return np.abs(taken - wave(knots[:-1, None] + elapsed)).max() / (high - low), knots.size - 1


@pytest.mark.parametrize("wave", [Bump(), Bump(height=-0.2, width=1.3), Chirp(rate=1.0)])
def test_an_unknown_shape_keeps_what_every_waveform_keeps(wave):
    assert not isinstance(wave, Straight)
    check_waveform(wave, registered=False)


@pytest.mark.parametrize(
    ("wave", "stop"),
    [(Bump(), 2.0), (Bump(width=1e-3), 2.0), (Bump(width=1e-6, centre=0.4321), 2.0), (Chirp(), 12.0), (Kink(), 3.0)],
)
def test_the_error_is_bounded_whatever_the_shape(wave, stop):
    error, pieces = largest_error(wave, -1.0, stop)
    assert error <= LINE_ACCURACY
    assert pieces < 25_000  # some 160 in each of the 108 turns of the chirp; the others take some hundred


def test_the_accuracy_is_reached_but_not_overdone():
    # 3 |w''| h^2/32 of a piece h: a sine of half its range takes 137 pieces a period, up to a factor of two.
    def value(t):
        return 0.5 * np.sin(2.0 * np.pi * t)

    def mean(t, dt):
        return value(t + 0.5 * dt) * np.sinc(dt)

    knots = subdivide(value, mean, np.array([0.0, 10.0]), 1.0, 1e-4, math.inf)
    assert 1370 <= knots.size <= 2800
    assert subdivide(value, mean, np.array([0.0, 10.0]), 1.0, 1e-4, 1000) is None
    assert subdivide(value, mean, np.array([0.0, 3.0, 10.0]), 0.0, 1e-4, 1000).tolist() == [3.0]


def test_a_pulse_between_the_points_is_found_by_its_mean():
    # A millionth of the interval long: no value that is looked at first knows of it.
    wave = Bump(width=1e-6, centre=0.4321)
    knots = wave.knots(0.0, 1.0)
    assert np.count_nonzero(np.abs(knots - wave.centre) < 3e-6) > 50


def test_late_times_end_in_rounding_and_not_in_ever_shorter_pieces():
    wave = Bump(centre=1e6 + 0.25, width=1e-8)
    knots = wave.knots(1e6, 1e6 + 1.0, most=10_000)
    assert knots is not None and np.diff(knots).min() > 1e-10

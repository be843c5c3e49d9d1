"""What every waveform keeps: the one check that the test of each shape calls with its examples (times of seconds)."""

import itertools
import pickle

import numpy as np
import pytest

from mtjphys.bias.waveforms import Straight, as_waveform, from_toml
from mtjphys.bias.waveforms.waveform import LINE_ACCURACY


def check_waveform(wave, *, registered=True):
    """Hold a waveform, whose features lie between -3 and 5 s, to all that is asked of a shape."""
    check_averages(wave)
    check_variances(wave)
    check_integral(wave)
    check_bounds(wave)
    check_scaling(wave)
    check_breakpoints(wave)
    check_pieces(wave)
    check_bits(wave)
    if registered:
        check_round_trip(wave)


def naive_mean(wave, t, dt, n=200_000):
    """Mean by the midpoint rule: the slow twin of `average`."""
    return wave(t + (np.arange(n) + 0.5) * (dt / n)).mean()


def check_averages(wave):
    for t, dt in [(-3.0, 7.7), (0.0, 0.05), (0.31, 1.9), (0.9, 0.4), (5.0, 3.3)]:
        # A jump inside the interval costs the midpoint rule up to half a cell, 1/n of the interval.
        assert wave.average(t, dt) == pytest.approx(naive_mean(wave, t, dt), abs=3e-5)
    # A picosecond at a late time is as exact as the first: the value there, and its slope over half of it.
    low, high = wave.bounds()
    for t in (0.97, 1.61, 4.83):
        slope = (wave(t + 1e-6) - wave(t - 1e-6)) / 2e-6
        assert wave.average(t, 1e-12) == pytest.approx(wave(t) + slope * 0.5e-12, abs=1e-14 * max(-low, high))
    t, dt = np.linspace(-3.0, 6.0, 91), 0.1
    parts = wave.average(t, dt).sum() * dt
    assert parts == pytest.approx(wave.average(-3.0, 9.1) * 9.1, rel=1e-12, abs=1e-13)


def check_variances(wave):
    """The variance is that of the values, and hardly any of it falls within the longest step, but at jumps."""
    # What is no straight line between its breakpoints may jump where ten values have to do.
    straight = isinstance(wave, Straight)
    for t, dt in [(-3.0, 7.7), (0.0, 0.05), (0.31, 1.9), (0.9, 0.4), (5.0, 3.3)]:
        if straight or dt < 0.5 * wave.longest_step():
            times = t + (np.arange(200_000) + 0.5) * (dt / 200_000)
            scale = max(np.abs(wave.bounds())) ** 2
            assert wave.variance(t, dt) == pytest.approx(wave(times).var(), abs=1e-4 * scale + 1e-25)
    step = min(wave.longest_step(), 1.0)
    assert step > 0.0 and (not wave.is_constant or wave.longest_step() == np.inf)
    # Averages of averages: what a long interval has and its parts have not is within the parts.
    t = -3.0 + step / 3.0 * np.arange(30)
    whole = wave.variance(-3.0, 10.0 * step)
    means, within = wave.average(t, step / 3.0), wave.variance(t, step / 3.0)
    assert np.all(within >= 0.0)
    scale = max(np.abs(wave.bounds())) ** 2
    tolerance = 1e-9 if straight else 0.01
    assert whole == pytest.approx(means.var() + within.mean(), rel=tolerance, abs=tolerance * scale)


def check_integral(wave):
    assert wave.integral(0.0) == 0.0
    t = np.array([-1.03, 0.15, 0.58, 1.71, 4.03])
    h = 1e-5
    slope = (wave.integral(t + h) - wave.integral(t - h)) / (2 * h)
    np.testing.assert_allclose(slope, wave(t), atol=1e-8)
    total = wave.average(0.15, 4.03 - 0.15) * (4.03 - 0.15)
    assert wave.integral(4.03) - wave.integral(0.15) == pytest.approx(total, abs=1e-13)


def check_bounds(wave):
    low, high = wave.bounds()
    values = wave(np.linspace(-10, 10, 400_001))
    assert values.min() >= low and values.max() <= high
    assert values.min() == pytest.approx(low, abs=1e-4)
    assert values.max() == pytest.approx(high, abs=1e-4)
    assert wave.is_constant == (low == high)


def check_scaling(wave):
    t = np.linspace(-3, 5, 57)
    np.testing.assert_allclose((-2 * wave)(t), -2 * wave(t), rtol=1e-14, atol=1e-15)
    np.testing.assert_allclose((wave * 3).average(t, 0.3), 3 * wave.average(t, 0.3), atol=1e-14)
    np.testing.assert_allclose((-wave)(t), -wave(t), rtol=0, atol=1e-16)


def check_breakpoints(wave):
    points = wave.breakpoints(-3.0, 5.0)
    assert np.all(np.diff(points) > 0) and np.all((points >= -3.0) & (points <= 5.0))
    assert points.size <= wave.bends(-3.0, 5.0)
    if isinstance(wave, Straight):
        for left, right in itertools.pairwise([-3.0, *points, 5.0]):
            if right - left > 1e-9:
                t = np.linspace(left, right, 12)[1:-1]
                np.testing.assert_allclose(np.diff(wave(t), 2), 0.0, atol=1e-12)


def check_pieces(wave):
    """The pieces between the knots are the waveform, also where the knots of others cut them again."""
    own = wave.knots(-3.0, 5.0)
    assert np.all(np.diff(own) > 0)
    assert own.size == 0 or wave.knots(-3.0, 5.0, most=own.size - 1) is None
    np.testing.assert_array_equal(wave.knots(-3.0, 5.0, most=4 * own.size + 100), own)
    low, high = wave.bounds()
    for others in ([], np.sort(np.random.default_rng(1).uniform(-3.0, 5.0, 40))):
        knots = np.unique(np.concatenate([[-3.0], own, others, [5.0]]))
        pieces = wave.pieces(knots)
        elapsed = np.diff(knots)[:, None] * np.linspace(1e-6, 1.0 - 1e-6, 33)
        turns = pieces.cycles[:, None] + pieces.frequency * elapsed
        taken = pieces.level[:, None] + pieces.slope[:, None] * elapsed
        taken = taken + pieces.amplitude * np.sin(2.0 * np.pi * turns)
        allowed = (LINE_ACCURACY if pieces.amplitude == 0.0 and not isinstance(wave, Straight) else 1e-12) * (
            high - low
        )
        np.testing.assert_allclose(taken, wave(knots[:-1, None] + elapsed), rtol=1e-12, atol=allowed)


def check_bits(wave):
    """The bits of a value or an average do not depend on where in an array it stands."""
    t = np.arange(1001) * 7.3e-3
    whole, value, spread = wave.average(t, 7.3e-3), wave(t), wave.variance(t, 7.3e-3)
    for cut in (1, 3, 500, 998):
        parts = np.concatenate((wave.variance(t[:cut], 7.3e-3), wave.variance(t[cut:], 7.3e-3)))
        assert np.array_equal(parts, spread)
        parts = np.concatenate((wave.average(t[:cut], 7.3e-3), wave.average(t[cut:], 7.3e-3)))
        assert np.array_equal(parts, whole)
        assert np.array_equal(np.concatenate((wave(t[:cut]), wave(t[cut:]))), value)
    assert [wave.average(float(x), 7.3e-3) for x in t[::83]] == whole[::83].tolist()


def check_round_trip(wave):
    wave(0.3)  # what is kept of the pieces must not enter equality
    assert from_toml(wave.to_toml()) == wave
    assert as_waveform(wave.to_mapping()) == wave
    assert pickle.loads(pickle.dumps(wave)) == wave
    assert hash(from_toml(wave.to_toml())) == hash(wave)


def check_refused(error, message, make):
    """What is wrong is said in one sentence."""
    with pytest.raises(error, match=message) as caught:
        make()
    assert "\n" not in str(caught.value)

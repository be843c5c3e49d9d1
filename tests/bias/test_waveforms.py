"""Waveforms: values, exact averages against numerical integration, bounds, files, bad input."""

import doctest
import itertools
import pickle
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mtjphys.bias import waveforms
from mtjphys.bias.waveforms import (
    Constant,
    Piecewise,
    PulseTrain,
    Ramp,
    Sampled,
    Sine,
    Step,
    Waveform,
    along,
    as_waveform,
    from_toml,
)
from mtjphys.core.errors import DataError, ParameterError

EXAMPLES: list[Waveform] = [
    Constant(value=-0.3),
    Step(final=0.2, initial=-0.1, time=1.3),
    Ramp(final=0.5, initial=-0.5, start=0.4, duration=2.1),
    Sine(amplitude=0.3, frequency=0.7, phase=0.4, offset=0.1),
    PulseTrain(amplitude=0.8, width=0.5),
    PulseTrain(amplitude=0.8, width=0.5, rise_time=0.2, start=0.7, baseline=-0.1),
    PulseTrain(amplitude=-0.8, width=0.5, period=1.1, start=-2.0, baseline=0.2),
    PulseTrain(amplitude=0.8, width=0.3, period=0.5, rise_time=0.2, count=4, start=0.25),
    Piecewise(times=(0.5, 0.6, 1.9, 3.0), values=(0.0, 0.7, -0.4, 0.3)),
    Sampled(values=(0.1, -0.4, 0.2, 0.9, 0.0), interval=0.37, start=0.2),
]


@pytest.fixture(params=EXAMPLES, ids=lambda wave: wave.kind)
def wave(request):
    return request.param


def naive_mean(wave, t, dt, n=200_000):
    """Mean by the midpoint rule: the slow twin of `average`."""
    return wave(t + (np.arange(n) + 0.5) * (dt / n)).mean()


def test_doctest():
    assert doctest.testmod(waveforms).failed == 0


@pytest.mark.parametrize("t, dt", [(-3.0, 7.7), (0.0, 0.05), (0.31, 1.9), (0.9, 0.4), (5.0, 3.3)])
def test_average_is_the_integral_of_the_value(wave, t, dt):
    # A jump inside the interval costs the midpoint rule up to half a cell, 1/n of the interval.
    assert wave.average(t, dt) == pytest.approx(naive_mean(wave, t, dt), abs=3e-5)


def test_average_is_additive(wave):
    t, dt = np.linspace(-3.0, 6.0, 91), 0.1
    parts = wave.average(t, dt).sum() * dt
    assert parts == pytest.approx(wave.average(-3.0, 9.1) * 9.1, rel=1e-12, abs=1e-13)


def test_integral_starts_at_zero_and_its_slope_is_the_value(wave):
    assert wave.integral(0.0) == 0.0
    t = np.array([-1.03, 0.15, 0.58, 1.71, 4.03])
    h = 1e-5
    slope = (wave.integral(t + h) - wave.integral(t - h)) / (2 * h)
    np.testing.assert_allclose(slope, wave(t), atol=1e-8)
    total = wave.average(0.15, 4.03 - 0.15) * (4.03 - 0.15)
    assert wave.integral(4.03) - wave.integral(0.15) == pytest.approx(total, abs=1e-13)


def test_bounds_hold_and_are_reached(wave):
    low, high = wave.bounds()
    values = wave(np.linspace(-10, 10, 400_001))
    assert values.min() >= low and values.max() <= high
    assert values.min() == pytest.approx(low, abs=1e-4)
    assert values.max() == pytest.approx(high, abs=1e-4)
    assert wave.is_constant == isinstance(wave, Constant)


def test_round_trip_and_equality(wave):
    wave(0.3)  # the cached pieces must not enter equality
    assert from_toml(wave.to_toml()) == wave
    assert as_waveform(wave.to_mapping()) == wave
    assert pickle.loads(pickle.dumps(wave)) == wave
    assert hash(from_toml(wave.to_toml())) == hash(wave)


def test_scaling_scales_everything(wave):
    t = np.linspace(-3, 5, 57)
    np.testing.assert_allclose((-2 * wave)(t), -2 * wave(t), rtol=1e-14, atol=1e-15)
    np.testing.assert_allclose((wave * 3).average(t, 0.3), 3 * wave.average(t, 0.3), atol=1e-14)
    np.testing.assert_allclose((-wave)(t), -wave(t), rtol=0, atol=1e-16)


def test_breakpoints_are_where_the_value_or_slope_jumps(wave):
    points = wave.breakpoints(-3.0, 5.0)
    assert np.all(np.diff(points) > 0)
    edges = np.concatenate(([-3.0], points, [5.0]))
    for left, right in itertools.pairwise(edges):
        t = np.linspace(left, right, 12)[1:-1]
        if not isinstance(wave, Sine) and right - left > 1e-9:
            np.testing.assert_allclose(np.diff(wave(t), 2), 0.0, atol=1e-12)
    if not isinstance(wave, (Constant, Sine)):
        assert points.size > 0


def test_vectorised_bits_do_not_depend_on_the_array(wave):
    t = np.arange(1001) * 7.3e-3
    whole, value = wave.average(t, 7.3e-3), wave(t)
    for cut in (1, 3, 500, 998):
        parts = np.concatenate((wave.average(t[:cut], 7.3e-3), wave.average(t[cut:], 7.3e-3)))
        assert np.array_equal(parts, whole)
        assert np.array_equal(np.concatenate((wave(t[:cut]), wave(t[cut:]))), value)
    assert [wave.average(float(x), 7.3e-3) for x in t[::83]] == whole[::83].tolist()


@pytest.mark.parametrize(
    "wave, t, expected",
    [
        (Sine(amplitude=1.0, frequency=3.7, phase=0.2), 1.0, None),
        (Ramp(final=2.0, initial=1.0, start=0.5, duration=1.0), 1.0, Fraction(3, 2)),
        (PulseTrain(amplitude=0.3, width=0.5, period=0.7), 1.0, Fraction(0.3)),
        (PulseTrain(amplitude=0.3, width=0.5, start=0.6), 1.0, Fraction(0.3)),
        (Piecewise(times=(0.5, 1.5), values=(1.0, 2.0)), 1.0, Fraction(3, 2)),
        (Sampled(values=(0.2, 0.3, 0.4), interval=0.4), 1.0, Fraction(0.4)),
        (Step(final=0.3, time=0.7), 1.0, Fraction(0.3)),
    ],
    ids=lambda value: getattr(value, "kind", ""),
)
def test_a_picosecond_at_one_second(wave, t, expected):
    dt = 1e-12
    mean = wave.average(t, dt)
    if expected is None:  # a sine is linear over a picosecond
        expected = wave(t) + np.cos(2 * np.pi * 3.7 + 0.2) * 2 * np.pi * 3.7 * dt / 2
    elif not isinstance(wave, (PulseTrain, Sampled, Step)):
        expected += Fraction(dt) / 2
    assert mean == pytest.approx(float(expected), rel=1e-13)


def test_gigahertz_sine_at_one_second_keeps_its_phase():
    t = 1.0 + 2.0**-30 * np.arange(1, 5)  # times that floats hold exactly
    sine = Sine(amplitude=1.0, frequency=1.234567e9)
    exact = [float(Fraction(1.234567e9) * Fraction(x) % 1) for x in t]
    np.testing.assert_allclose(sine(t), np.sin(2 * np.pi * np.array(exact)), atol=1e-14)


def test_sine_averages_to_its_offset_over_whole_periods():
    sine = Sine(amplitude=1.0, frequency=1e9, phase=1.0, offset=0.25)
    assert sine.average(3e-9, 1e-9) == pytest.approx(0.25, abs=1e-15)
    assert sine.average(0.0, 0.5e-9) == pytest.approx(0.25 + np.cos(1.0) * 2 / np.pi, abs=1e-14)


@settings(max_examples=200, deadline=None)
@given(
    width=st.floats(0.01, 1.0),
    gap=st.floats(0.0, 2.0),
    rise=st.floats(0.0, 1.0),
    count=st.integers(1, 7),
    dt=st.floats(1e-3, 3.0),
    offset=st.floats(-3.0, 0.0),
)
def test_pulse_area_is_exact_whatever_the_step(width, gap, rise, count, dt, offset):
    rise_time = rise * width
    period = width + rise_time + gap
    train = PulseTrain(amplitude=2.0, width=width, period=period, count=count, rise_time=rise_time)
    n_steps = int((count * period + 4.0) / dt) + 2
    t = offset + np.arange(n_steps) * dt
    area = train.average(t, dt).sum() * dt
    assert area == pytest.approx(2.0 * width * count, rel=1e-10)


def test_pulse_edges():
    pulses = PulseTrain(amplitude=1.0, width=0.3, period=0.1 * 7, count=3)
    k = np.arange(5)
    assert pulses(k * (0.1 * 7)).tolist() == [1, 1, 1, 0, 0]
    assert pulses(np.array([-1e-12, 0.299, 0.301, 0.69])).tolist() == [0, 1, 0, 0]
    endless = PulseTrain(amplitude=1.0, width=0.3e-9, period=1.3e-9)
    assert np.all(endless(np.arange(100_000) * 1.3e-9) == 1.0)  # whatever the quotient rounds to
    soft = PulseTrain(amplitude=1.0, width=0.3, rise_time=0.1)
    np.testing.assert_allclose(soft([0.0, 0.05, 0.1, 0.3, 0.35, 0.4]), [0, 0.5, 1, 1, 0.5, 0])


def test_sampled_at_its_own_interval_returns_the_samples():
    values = np.random.default_rng(1).normal(size=3001)
    wave = Sampled(values=values, interval=1.3e-12)
    t = np.arange(3001) * 1.3e-12
    assert np.array_equal(wave(t), values)
    np.testing.assert_allclose(wave.average(t, 1.3e-12), values, atol=1e-12)
    assert wave(-1.0) == values[0] and wave(1.0) == values[-1]


def test_late_samples_of_a_long_record_lose_no_precision():
    wave = Sampled(values=1.0 + np.arange(1_000_000) % 2, interval=1e-9)
    t = np.arange(900_000, 900_500) * 1e-9
    np.testing.assert_allclose(wave.average(t, 2e-9), 1.5, rtol=1e-9)
    np.testing.assert_allclose(wave.average(t, 4e-9), 1.5, rtol=1e-9)


def test_csv_reading(tmp_path):
    path = tmp_path / "pulse.csv"
    path.write_text("# scope\ntime (s),spare,V\n0.0,9,0.1\n1e-9,9,0.2\n\n2e-9,9,0.3\n")
    wave = Sampled.from_csv(path, value="V", time="time (s)")
    assert wave.values == (0.1, 0.2, 0.3) and wave.interval == 1e-9
    assert Sampled.from_csv(path, value=2, interval=5e-9).interval == 5e-9
    line = Piecewise.from_csv(path, value="V")
    assert line(0.5e-9) == pytest.approx(0.15)
    assert as_waveform({"kind": "sampled", "path": str(path), "value": "V"}) == wave


@pytest.mark.parametrize(
    "text, message",
    [
        ("", "no rows of numbers"),
        ("t,V\n", "no rows of numbers"),
        ("0,1\n1,abc\n", "line 2 has 'abc'"),
        ("0,1\n1,nan\n", "line 2 has 'nan'"),
        ("0,1\n1\n", "line 2 has 1 columns"),
        ("0,1\n1,2\n5,3\n", "not equally spaced"),
        ("1,1\n0,2\n", "not equally spaced"),
        ("0,1\n", "one row"),
    ],
)
def test_bad_csv_is_one_sentence(tmp_path, text, message):
    path = tmp_path / "bad.csv"
    path.write_text(text)
    with pytest.raises(DataError, match=message) as caught:
        Sampled.from_csv(path)
    assert "\n" not in str(caught.value)
    with pytest.raises(DataError, match="cannot be read"):
        Sampled.from_csv(tmp_path / "missing.csv")


@pytest.mark.parametrize(
    "make, message",
    [
        (lambda: PulseTrain(amplitude=1.0, width=0.0), "width=0.0 s is outside"),
        (lambda: PulseTrain(amplitude=1.0, width=-1e-9), "width=-1e-09 s is outside"),
        (lambda: PulseTrain(amplitude=1.0, width=2e-9, period=1e-9), "may not overlap"),
        (lambda: PulseTrain(amplitude=1.0, width=1e-9, count=3), "need a period"),
        (lambda: PulseTrain(amplitude=1.0, width=1e-9, period=1e-8, count=0), "below 1"),
        (lambda: PulseTrain(amplitude=1.0, width=1e-9, rise_time=2e-9), "rise_time=2e-09"),
        (lambda: Ramp(final=1.0, duration=0.0), "use Step"),
        (lambda: Sine(amplitude=1.0, frequency=0.0), "frequency=0.0 Hz"),
        (lambda: Piecewise(times=[0, 1, 1], values=[0, 1, 2]), r"times\[2\]=1 s does not come"),
        (lambda: Piecewise(times=[0], values=[1]), "at least two"),
        (lambda: Piecewise(times=[0, 1], values=[1]), "as many values as times"),
        (lambda: Sampled(values=[], interval=1e-9), "values is empty"),
        (lambda: Sampled(values=[0.0, np.nan], interval=1e-9), "values: entry 1 is nan"),
        (lambda: Sampled(values=["a"], interval=1e-9), "not a number"),
        (lambda: Sampled(values=np.ones((2, 2)), interval=1e-9), "one dimension"),
        (lambda: Sampled(values=[0.0, 1.0], interval=1e-12, start=1e6), "lost in rounding"),
        (lambda: Constant(value=np.inf), "finite"),
        (lambda: Constant(value="0.1"), "number"),
        (lambda: Step(final=1.0, tiem=0.0), "tiem: unknown parameter"),
        (lambda: Constant(value=1.0)(np.nan), "not finite"),
        (lambda: Constant(value=1.0)("now"), "not a time"),
        (lambda: Constant(value=1.0).average(0.0, 0.0), "not above 0 s"),
        (lambda: as_waveform(None), "neither a number nor a waveform"),
        (lambda: as_waveform(True), "neither a number nor a waveform"),
        (lambda: as_waveform({"kind": "square"}), "kind='square' is not a waveform"),
        (lambda: as_waveform({"values": [1.0]}), "names no kind; give kind = one of constant,"),
        (
            lambda: as_waveform({"kind": "sampled", "path": "x", "values": [1]}),
            "do not go together",
        ),
        (lambda: from_toml("kind = "), "not valid TOML"),
        (lambda: along((0.0, 0.0, 0.0), 1.0), "not a direction"),
    ],
)
def test_bad_input_is_one_sentence(make, message):
    with pytest.raises(ParameterError, match=message) as caught:
        make()
    assert "\n" not in str(caught.value)


def test_along_is_the_direction_times_the_magnitude():
    parts = along((1.0, -2.0, 2.0), Sine(amplitude=0.3, frequency=1.0))
    t = np.linspace(0, 2, 31)
    total = np.array([part(t) for part in parts])
    expected = np.outer([1 / 3, -2 / 3, 2 / 3], 0.3 * np.sin(2 * np.pi * t))
    np.testing.assert_allclose(total, expected, atol=1e-15)

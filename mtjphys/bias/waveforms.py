"""What is applied to a junction as a function of time: from a constant to samples.

Every waveform gives its value ``w(t)`` and, exactly, its mean over a time step

    average(t, dt) = (1/dt) int_t^{t+dt} w(t') dt'

so that the area of a pulse does not depend on the step of the simulation. Averages are built from
the overlap of the step with each part of the waveform, never from a difference of two large
integrals: a picosecond step at one second is as exact as the first.
"""

from __future__ import annotations

import csv
import math
import tomllib
from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from pydantic import BeforeValidator, Field, ValidationInfo, model_validator

from mtjphys.core.errors import DataError, ParameterError
from mtjphys.core.parameters import Parameters, check_range, to_toml

Array = NDArray[np.float64]

LONGEST_TIME = 1e9
"""Largest time that a waveform may name, in s."""


def plain_number(value: Any) -> Any:
    """Return NumPy scalars as the Python numbers that strict parameters accept."""
    if isinstance(value, (np.generic, np.ndarray)) and value.ndim == 0:
        return value.item()
    return value


def named_numbers(value: Any, info: ValidationInfo) -> tuple[float, ...]:
    """Return the numbers of a field as a tuple of floats, or raise with the field's name."""
    try:
        return plain_numbers(value)
    except ParameterError as error:
        raise ParameterError(f"{info.field_name}: {error}") from None


def plain_numbers(value: Any) -> tuple[float, ...]:
    """Return lists and one-dimensional arrays as a tuple of floats; name the first bad entry."""
    if isinstance(value, (str, bytes, Mapping)) or not hasattr(value, "__len__"):
        raise ParameterError(f"{value!r} is not a list of numbers; give a list, tuple or 1-d array")
    try:
        array = np.asarray(value)
        if array.dtype.kind not in "iuf":
            raise TypeError
    except (TypeError, ValueError):
        raise ParameterError(
            f"a list of {len(value)} entries holds something that is not a number; give real numbers"
        ) from None
    if array.ndim != 1:
        raise ParameterError(f"an array of shape {array.shape} is given; give one dimension")
    bad = np.flatnonzero(~np.isfinite(array))
    if bad.size:
        raise ParameterError(
            f"entry {bad[0]} is {array[bad[0]]} ({bad.size} of {array.size} are not finite); give finite numbers"
        )
    return tuple(array.astype(np.float64).tolist())


Number = Annotated[float, BeforeValidator(plain_number)]
Numbers = Annotated[tuple[float, ...], BeforeValidator(named_numbers)]


class Waveform(Parameters):
    """Base of all waveforms: a value for every time, with exact averages.

    Values have the unit of the quantity that the waveform is given to (V, A, T or K); times are in
    s. A factor scales a waveform: ``0.5 * waveform``.
    """

    levels: ClassVar[tuple[str, ...]] = ()

    @abstractmethod
    def _value(self, t: Array) -> Array: ...

    @abstractmethod
    def _mean(self, t: Array, dt: Array) -> Array: ...

    @abstractmethod
    def bounds(self) -> tuple[float, float]:
        """Return the smallest and the largest value over all time."""

    @abstractmethod
    def breakpoints(self, start: float, stop: float) -> Array:
        """Return the times in ``[start, stop]``, in s, where the value or the slope jumps."""

    def __call__(self, t: ArrayLike) -> Any:
        """Return the value at time `t`; at a jump, the value after it.

        Parameters
        ----------
        t : float or array_like
            Time in s.

        Returns
        -------
        float or ndarray
            Of the shape of `t`.
        """
        times = finite_times("t", t)
        return as_given(self._value(times))

    def average(self, t: ArrayLike, dt: ArrayLike) -> Any:
        """Return the mean over ``[t, t + dt]``.

        Parameters
        ----------
        t : float or array_like
            Begin of the interval in s.
        dt : float or array_like
            Length of the interval in s, above zero.

        Returns
        -------
        float or ndarray
            Of the shape of `t` and `dt` broadcast together.

        Raises
        ------
        ParameterError
            If a time is not finite or `dt` is not above zero.
        """
        begin, length = np.broadcast_arrays(finite_times("t", t), finite_times("dt", dt))
        if np.any(length <= 0):
            raise ParameterError(f"dt={length.min():g} s is not above 0 s; give the step's length")
        return as_given(self._mean(begin, length))

    def integral(self, t: ArrayLike) -> Any:
        """Return the antiderivative ``int_0^t w(t') dt'`` (negative times count backwards).

        Parameters
        ----------
        t : float or array_like
            Time in s.

        Returns
        -------
        float or ndarray
            In the waveform's unit times s, of the shape of `t`.
        """
        times = finite_times("t", t)
        length = np.where(times == 0, 1.0, np.abs(times))
        return as_given(times * self._mean(np.minimum(times, 0.0), length))

    @property
    def is_constant(self) -> bool:
        """Whether the value is the same at all times."""
        low, high = self.bounds()
        return low == high

    def scaled(self, factor: float) -> Self:
        """Return the same waveform with every level multiplied by `factor`."""
        scale = float(plain_number(factor))
        values = self.model_dump()
        for name in self.levels:
            level = values[name]
            values[name] = tuple(scale * v for v in level) if name == "values" else scale * level
        return type(self)(**values)

    def __mul__(self, factor: float) -> Self:
        """Return the waveform times `factor`."""
        return self.scaled(factor)

    __rmul__ = __mul__

    def __neg__(self) -> Self:
        """Return the waveform with every level of opposite sign."""
        return self.scaled(-1.0)

    def to_mapping(self) -> dict[str, Any]:
        """Return the parameters, with their `kind`, as a mapping that `as_waveform` reads."""
        return {key: value for key, value in self.model_dump().items() if value is not None}

    def to_toml(self) -> str:
        """Return the waveform as TOML text."""
        return to_toml(self.to_mapping())


def finite_times(name: str, values: ArrayLike) -> Array:
    """Return times as a float array, or raise one sentence."""
    try:
        times = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError):
        raise ParameterError(f"{name}={values!r} is not a time; give numbers in s") from None
    if not np.all(np.isfinite(times)):
        raise ParameterError(f"{name} holds a time that is not finite; give finite times in s")
    return times


def as_given(values: Array) -> Any:
    """Return a 0-d array as a float, any other array as it is."""
    return float(values) if np.ndim(values) == 0 else values


def mixed(low: float, high: float, fraction: Array) -> Array:
    """Return ``low (1 - fraction) + high fraction``, exact at both ends."""
    return low * (1.0 - fraction) + high * fraction


class Constant(Waveform):
    """The same `value` at all times.

    Examples
    --------
    >>> from mtjphys.bias.waveforms import Constant
    >>> Constant(value=0.1).average(5.0, 1e-12)
    0.1
    """

    levels: ClassVar[tuple[str, ...]] = ("value",)
    kind: Literal["constant"] = "constant"
    value: Number = Field(description="value at all times")

    def _value(self, t: Array) -> Array:
        return np.full(t.shape, self.value)

    def _mean(self, t: Array, dt: Array) -> Array:
        return np.full(t.shape, self.value)

    def bounds(self) -> tuple[float, float]:
        """Return the value twice."""
        return self.value, self.value

    def breakpoints(self, start: float, stop: float) -> Array:
        """Return no times: a constant has no jumps."""
        return np.empty(0)


class Step(Waveform):
    """A jump from `initial` to `final` at `time`.

    Parameters
    ----------
    final : float
        Value from `time` on.
    initial : float
        Value before `time`.
    time : float
        Time of the jump in s.

    Examples
    --------
    >>> from mtjphys.bias.waveforms import Step
    >>> Step(final=0.2, time=1e-9).average(0.5e-9, 1e-9)
    0.1
    """

    levels: ClassVar[tuple[str, ...]] = ("final", "initial")
    kind: Literal["step"] = "step"
    final: Number
    initial: Number = 0.0
    time: Number = 0.0

    @model_validator(mode="after")
    def _check(self) -> Self:
        check_range("time", self.time, "s", -LONGEST_TIME, LONGEST_TIME)
        return self

    def _value(self, t: Array) -> Array:
        return np.where(t >= self.time, self.final, self.initial)

    def _mean(self, t: Array, dt: Array) -> Array:
        before = np.clip(self.time - t, 0.0, dt)
        return mixed(self.initial, self.final, (dt - before) / dt)

    def bounds(self) -> tuple[float, float]:
        """Return the lower and the higher of the two levels."""
        return min(self.initial, self.final), max(self.initial, self.final)

    def breakpoints(self, start: float, stop: float) -> Array:
        """Return the time of the jump, if it lies in ``[start, stop]``."""
        return within(np.array([self.time]), start, stop)


class Ramp(Waveform):
    """A linear change from `initial` to `final` that begins at `start` and takes `duration`.

    Parameters
    ----------
    final : float
        Value after the ramp.
    duration : float
        Length of the ramp in s, above zero.
    initial : float
        Value before the ramp.
    start : float
        Begin of the ramp in s.

    Examples
    --------
    >>> from mtjphys.bias.waveforms import Ramp
    >>> Ramp(final=1.0, duration=2.0)(0.5)
    0.25
    """

    levels: ClassVar[tuple[str, ...]] = ("final", "initial")
    kind: Literal["ramp"] = "ramp"
    final: Number
    duration: Number
    initial: Number = 0.0
    start: Number = 0.0

    @model_validator(mode="after")
    def _check(self) -> Self:
        hint = "for a jump use Step"
        check_range("duration", self.duration, "s", 0.0, LONGEST_TIME, hint, open_low=True)
        check_range("start", self.start, "s", -LONGEST_TIME, LONGEST_TIME)
        return self

    def _value(self, t: Array) -> Array:
        fraction = np.clip(t - self.start, 0.0, self.duration) / self.duration
        return mixed(self.initial, self.final, fraction)

    def _mean(self, t: Array, dt: Array) -> Array:
        elapsed = t - self.start
        begin = np.clip(-elapsed, 0.0, dt)
        end = np.clip(self.duration - elapsed, 0.0, dt)
        middle = np.clip(elapsed + 0.5 * (begin + end), 0.0, self.duration) / self.duration
        return mixed(self.initial, self.final, ((end - begin) * middle + (dt - end)) / dt)

    def bounds(self) -> tuple[float, float]:
        """Return the lower and the higher of the two levels."""
        return min(self.initial, self.final), max(self.initial, self.final)

    def breakpoints(self, start: float, stop: float) -> Array:
        """Return begin and end of the ramp, those that lie in ``[start, stop]``."""
        return within(np.array([self.start, self.start + self.duration]), start, stop)


class Sine(Waveform):
    """``offset + amplitude sin(2 pi frequency t + phase)``.

    Parameters
    ----------
    amplitude : float
        Half the peak-to-peak value.
    frequency : float
        In Hz, above zero.
    phase : float
        In rad.
    offset : float
        Mean value.

    Examples
    --------
    >>> from mtjphys.bias.waveforms import Sine
    >>> round(Sine(amplitude=0.01, frequency=1e9, offset=0.1)(0.25e-9), 12)
    0.11
    """

    levels: ClassVar[tuple[str, ...]] = ("amplitude", "offset")
    kind: Literal["sine"] = "sine"
    amplitude: Number
    frequency: Number
    phase: Number = 0.0
    offset: Number = 0.0

    @model_validator(mode="after")
    def _check(self) -> Self:
        check_range("frequency", self.frequency, "Hz", 0.0, 1e15, "in Hz, not rad/s", open_low=True)
        return self

    def cycles(self, t: Array) -> Array:
        """Return the argument of the sine over 2 pi, less whole turns that do not count."""
        return fractional_product(self.frequency, t) + self.phase / (2.0 * math.pi)

    def _value(self, t: Array) -> Array:
        return self.offset + self.amplitude * sine_of_cycles(self.cycles(t))

    def _mean(self, t: Array, dt: Array) -> Array:
        middle = sine_of_cycles(self.cycles(t) + 0.5 * self.frequency * dt)
        # The mean of a sine over an interval is its value at the middle times sinc(f dt).
        damped = sine_of_cycles(fractional_product(0.5 * self.frequency, dt)) / (math.pi * self.frequency * dt)
        return self.offset + self.amplitude * middle * damped

    def bounds(self) -> tuple[float, float]:
        """Return ``offset - |amplitude|`` and ``offset + |amplitude|``."""
        return self.offset - abs(self.amplitude), self.offset + abs(self.amplitude)

    def breakpoints(self, start: float, stop: float) -> Array:
        """Return no times: a sine is smooth."""
        return np.empty(0)


def fractional_product(factor: float, t: Array) -> Array:
    """Return ``factor t`` modulo 1 from the exact product, so that late phases stay exact.

    Parameters
    ----------
    factor : float
        Finite, of at most 1e15.
    t : ndarray
        Finite, of at most 1e9.

    References
    ----------
    T. J. Dekker, Numer. Math. 18, 224 (1971).
    """
    splitter = 134217729.0  # 2^27 + 1
    product = factor * t
    t_high = splitter * t
    t_high = t_high - (t_high - t)
    t_low = t - t_high
    f_high = splitter * factor
    f_high = f_high - (f_high - factor)
    f_low = factor - f_high
    rest = ((f_high * t_high - product) + f_high * t_low + f_low * t_high) + f_low * t_low
    return (product - np.rint(product)) + rest


def sine_of_cycles(cycles: Array) -> Array:
    """Return ``sin(2 pi cycles)``, with the argument within half a turn.

    Small arguments keep the vectorised sine of NumPy on one path, so that the bits do not depend on
    where in an array a value stands.
    """
    return np.sin(2.0 * math.pi * (cycles - np.rint(cycles)))


class PulseTrain(Waveform):
    """Equal pulses of height `amplitude` above `baseline`.

    Each pulse rises linearly within `rise_time`, and falls as fast; `width` is its full width at
    half height, so that its area is ``amplitude * width`` whatever the rise time. Pulse ``k``
    begins to rise at ``start + k period``.

    Parameters
    ----------
    amplitude : float
        Height above the baseline.
    width : float
        Full width at half height in s, above zero.
    period : float, optional
        From the begin of one pulse to the next in s, at least ``width + rise_time``; None is one
        pulse.
    count : int, optional
        Number of pulses; None never ends (one pulse if there is no period).
    start : float
        Begin of the first pulse in s.
    rise_time : float
        From baseline to full height in s, at most `width`.
    baseline : float
        Value between the pulses.

    Examples
    --------
    >>> from mtjphys.bias.waveforms import PulseTrain
    >>> write = PulseTrain(amplitude=0.8, width=1e-9, period=10e-9, count=3)
    >>> write.average(0.0, 4e-9)
    0.2
    """

    levels: ClassVar[tuple[str, ...]] = ("amplitude", "baseline")
    kind: Literal["pulse_train"] = "pulse_train"
    amplitude: Number
    width: Number
    period: Number | None = None
    count: int | None = None
    start: Number = 0.0
    rise_time: Number = 0.0
    baseline: Number = 0.0

    @model_validator(mode="after")
    def _check(self) -> Self:
        hint = "a pulse needs a length; in s, 1 ns is 1e-9"
        check_range("width", self.width, "s", 0.0, LONGEST_TIME, hint, open_low=True)
        check_range("start", self.start, "s", -LONGEST_TIME, LONGEST_TIME)
        hint = "width is the full width at half height, so the edges may not be longer than it"
        check_range("rise_time", self.rise_time, "s", 0.0, self.width, hint)
        if self.count is not None and self.count < 1:
            raise ParameterError(f"count={self.count} is below 1; leave it out for pulses without end")
        if self.period is None:
            if self.count not in (None, 1):
                raise ParameterError(f"count={self.count} pulses need a period; give period in s")
            return self
        hint = f"width + rise_time is {self.width + self.rise_time:g} s and pulses may not overlap"
        shortest = (self.width + self.rise_time) * (1.0 - 1e-12)
        check_range("period", self.period, "s", shortest, LONGEST_TIME, hint)
        return self

    def _value(self, t: Array) -> Array:
        elapsed = t - self.start
        if self.period is not None:
            last = np.inf if self.count is None else self.count - 1
            pulse = np.clip(tolerant_floor(elapsed / self.period), 0.0, last)
            inside = np.maximum(elapsed - pulse * self.period, 0.0)
            elapsed = np.where(elapsed >= 0.0, inside, elapsed)
        if self.rise_time > 0.0:
            to_edge = np.minimum(elapsed, self.width + self.rise_time - elapsed)
            height = np.clip(to_edge, 0.0, self.rise_time) / self.rise_time
        else:
            height = np.where((elapsed >= 0.0) & (elapsed < self.width), 1.0, 0.0)
        return mixed(self.baseline, self.baseline + self.amplitude, height)

    def _pulse_mean(self, elapsed: Array, dt: Array) -> Array:
        begin, top, fall, end = (
            np.clip(edge - elapsed, 0.0, dt) for edge in (0.0, self.rise_time, self.width, self.width + self.rise_time)
        )
        area = fall - top
        if self.rise_time > 0.0:
            rise = np.clip(elapsed + 0.5 * (begin + top), 0.0, self.rise_time)
            left = (self.width - elapsed) + self.rise_time - 0.5 * (fall + end)
            left = np.clip(left, 0.0, self.rise_time)
            area = area + (rise * (top - begin) + left * (end - fall)) / self.rise_time
        return area / dt

    def _mean(self, t: Array, dt: Array) -> Array:
        elapsed = t - self.start
        if self.period is None:
            height = self._pulse_mean(elapsed, dt)
        else:
            final = np.inf if self.count is None else self.count - 1
            first = tolerant_floor(elapsed / self.period)
            last = np.maximum(tolerant_floor((elapsed + dt) / self.period), first)
            height = np.zeros(elapsed.shape)
            for pulse, wanted in ((first, first >= 0), (last, (last > first) & (last >= 0))):
                there = wanted & (pulse <= final)
                mean = self._pulse_mean(elapsed - pulse * self.period, dt)
                height = height + np.where(there, mean, 0.0)
            between = np.minimum(last - 1, final) - np.maximum(first + 1, 0) + 1
            height = height + np.maximum(between, 0.0) * (self.width / dt)
        return mixed(self.baseline, self.baseline + self.amplitude, height)

    def bounds(self) -> tuple[float, float]:
        """Return the lower and the higher of baseline and top."""
        top = self.baseline + self.amplitude
        return min(self.baseline, top), max(self.baseline, top)

    def breakpoints(self, start: float, stop: float) -> Array:
        """Return the corners of all pulses that lie in ``[start, stop]``."""
        corners = np.unique([0.0, self.rise_time, self.width, self.width + self.rise_time])
        first, last = 0, 0
        if self.period is not None:
            first = max(math.floor((start - self.start) / self.period) - 1, 0)
            last = math.floor((stop - self.start) / self.period) + 1
            if self.count is not None:
                last = min(last, self.count - 1)
        begins = self.start + np.arange(first, last + 1) * (self.period or 0.0)
        return within(np.unique(begins[:, None] + corners), start, stop)


def tolerant_floor(x: Array) -> Array:
    """Return the floor, where a number a few roundings below an integer counts as that integer."""
    nearest = np.rint(x)
    close = np.abs(x - nearest) <= 4.0 * np.finfo(np.float64).eps * np.abs(x)
    return np.where(close, nearest, np.floor(x))


def within(times: Array, start: float, stop: float) -> Array:
    """Return those of `times` that lie in ``[start, stop]``."""
    return times[(times >= start) & (times <= stop)]


@dataclass(frozen=True, eq=False)
class Segments:
    """Linear pieces between knots, constant before the first and after the last."""

    knots: Array
    anchors: Array  # s, where `levels` hold; entry i + 1 belongs to the piece after knot i
    levels: Array
    slopes: Array
    areas: NDArray[np.longdouble]  # integral from the first knot to each knot

    @classmethod
    def build(cls, knots: Array, values: Array, slopes: Array) -> Segments:
        """Return the pieces that begin at `knots` with `values` and `slopes`; the last is flat."""
        lengths = np.diff(knots)
        pieces = (values[:-1] + 0.5 * slopes * lengths) * lengths
        areas = np.concatenate(([0.0], np.cumsum(pieces.astype(np.longdouble))))
        return cls(
            knots,
            np.concatenate((knots[:1], knots)),
            np.concatenate((values[:1], values)),
            np.concatenate(([0.0], slopes, [0.0])),
            areas,
        )

    def value(self, t: Array) -> Array:
        """Return the value at `t`."""
        piece = np.searchsorted(self.knots, t, side="right")
        return self._at(piece, t, 0.0)

    def _at(self, piece: NDArray[np.intp], t: Array, shift: Array | float) -> Array:
        elapsed = (t - self.anchors[piece]) + shift
        return self.levels[piece] + self.slopes[piece] * elapsed

    def mean(self, t: Array, dt: Array) -> Array:
        """Return the mean over ``[t, t + dt]``."""
        first = np.searchsorted(self.knots, t, side="right")
        last = np.maximum(np.searchsorted(self.knots, t + dt, side="left"), first)
        same = first == last
        # Piece i lies before knot i; where the step crosses no knot the index is a placeholder.
        after = np.minimum(first, self.knots.size - 1)
        before = np.maximum(last - 1, 0)
        head = np.clip(self.knots[after] - t, 0.0, dt)
        tail = np.clip(self.knots[before] - t, 0.0, dt)
        whole = (self.areas[before] - self.areas[after]).astype(np.float64)
        crossed = (
            self._at(first, t, 0.5 * head) * head + whole + self._at(last, t, 0.5 * (tail + dt)) * (dt - tail)
        ) / dt
        return np.where(same, self._at(first, t, 0.5 * dt), crossed)


class Piecewise(Waveform):
    """Straight lines between points, constant before the first and after the last.

    Parameters
    ----------
    times : sequence of float
        In s, strictly increasing, at least two.
    values : sequence of float
        One for each time.

    Examples
    --------
    >>> from mtjphys.bias.waveforms import Piecewise
    >>> triangle = Piecewise(times=[0.0, 1e-6, 2e-6], values=[0.0, 0.1, 0.0])
    >>> triangle(0.5e-6)
    0.05
    """

    levels: ClassVar[tuple[str, ...]] = ("values",)
    kind: Literal["piecewise"] = "piecewise"
    times: Numbers
    values: Numbers

    @model_validator(mode="after")
    def _check(self) -> Self:
        if len(self.times) < 2 or len(self.times) != len(self.values):
            raise ParameterError(
                f"{len(self.times)} times and {len(self.values)} values are given; "
                "give as many values as times, and at least two"
            )
        check_range("times[0]", self.times[0], "s", -LONGEST_TIME, LONGEST_TIME)
        check_range("times[-1]", self.times[-1], "s", -LONGEST_TIME, LONGEST_TIME)
        back = np.flatnonzero(np.diff(self.times) < 1e-30)
        if back.size:
            i = int(back[0])
            raise ParameterError(
                f"times[{i + 1}]={self.times[i + 1]:g} s does not come after "
                f"times[{i}]={self.times[i]:g} s; give strictly increasing times"
            )
        return self

    @classmethod
    def from_csv(cls, path: str | Path, time: int | str = 0, value: int | str = 1) -> Self:
        """Read the points from two columns, by number (from 0) or by heading, of a CSV file."""
        times, values = read_columns(path, (time, value))
        return cls(times=tuple(times), values=tuple(values))

    @cached_property
    def segments(self) -> Segments:
        """The straight pieces."""
        times, values = np.array(self.times), np.array(self.values)
        return Segments.build(times, values, np.diff(values) / np.diff(times))

    def _value(self, t: Array) -> Array:
        return self.segments.value(t)

    def _mean(self, t: Array, dt: Array) -> Array:
        return self.segments.mean(t, dt)

    def bounds(self) -> tuple[float, float]:
        """Return the smallest and the largest value."""
        return min(self.values), max(self.values)

    def breakpoints(self, start: float, stop: float) -> Array:
        """Return the times of the points that lie in ``[start, stop]``."""
        return within(np.array(self.times), start, stop)


class Sampled(Waveform):
    """Equally spaced samples, each held until the next (zero-order hold).

    Value ``k`` holds from ``start + k interval``; the first also before that, the last for ever.

    Parameters
    ----------
    values : sequence of float
        The samples, at least one.
    interval : float
        Time between samples in s, above zero.
    start : float
        Time of the first sample in s.

    Examples
    --------
    >>> from mtjphys.bias.waveforms import Sampled
    >>> Sampled(values=[1.0, 3.0], interval=1e-9)(1.5e-9)
    3.0
    """

    levels: ClassVar[tuple[str, ...]] = ("values",)
    kind: Literal["sampled"] = "sampled"
    values: Numbers
    interval: Number
    start: Number = 0.0

    @model_validator(mode="after")
    def _check(self) -> Self:
        if not self.values:
            raise ParameterError("values is empty; give at least one sample")
        check_range("interval", self.interval, "s", 0.0, LONGEST_TIME, open_low=True)
        check_range("start", self.start, "s", -LONGEST_TIME, LONGEST_TIME)
        if np.any(np.diff(self.segments.knots) <= 0.0):
            raise ParameterError(
                f"interval={self.interval:g} s is lost in rounding beside start={self.start:g} s; begin nearer to zero"
            )
        return self

    @classmethod
    def from_csv(
        cls,
        path: str | Path,
        value: int | str = 1,
        time: int | str | None = 0,
        interval: float | None = None,
        start: float | None = None,
    ) -> Self:
        """Read the samples from a CSV file.

        Parameters
        ----------
        path : str or Path
            File with commas between the columns; a heading in the first row is optional.
        value, time : int or str
            Columns by number (from 0) or by heading; `time` in s, equally spaced.
        interval, start : float, optional
            In s; with an `interval` the time column is not read.

        Raises
        ------
        DataError
            If the file is missing, truncated, not numeric, or not equally spaced.
        """
        if interval is not None or time is None:
            if interval is None:
                raise DataError(f"{path}: give the interval in s where no column holds the time")
            (values,) = read_columns(path, (value,))
            return cls(values=tuple(values), interval=interval, start=0.0 if start is None else start)
        times, values = read_columns(path, (time, value))
        if len(times) < 2:
            raise DataError(f"{path}: one row does not tell the interval; give interval in s")
        spacing = (times[-1] - times[0]) / (len(times) - 1)
        if spacing <= 0 or np.any(np.abs(np.diff(times) - spacing) > 1e-3 * spacing):
            raise DataError(f"{path}: the times are not equally spaced; use Piecewise.from_csv or give interval")
        begin = times[0] if start is None else start
        return cls(values=tuple(values), interval=spacing, start=begin)

    @cached_property
    def segments(self) -> Segments:
        """The flat pieces."""
        values = np.array(self.values)
        knots = self.start + np.arange(values.size, dtype=np.float64) * self.interval
        return Segments.build(knots, values, np.zeros(values.size - 1))

    def _value(self, t: Array) -> Array:
        return self.segments.value(t)

    def _mean(self, t: Array, dt: Array) -> Array:
        return self.segments.mean(t, dt)

    def bounds(self) -> tuple[float, float]:
        """Return the smallest and the largest sample."""
        return min(self.values), max(self.values)

    def breakpoints(self, start: float, stop: float) -> Array:
        """Return the times of all samples but the first that lie in ``[start, stop]``."""
        return within(self.segments.knots[1:], start, stop)


def read_columns(path: str | Path, columns: tuple[int | str, ...]) -> list[list[float]]:
    """Return numeric columns of a CSV file, by number (from 0) or by heading.

    Blank lines and lines that begin with ``#`` are left out.

    Raises
    ------
    DataError
        If the file is missing, empty, truncated or not numeric; the sentence names the line.
    """
    try:
        with Path(path).open(newline="", encoding="utf-8") as file:
            rows = [
                (line, [cell.strip() for cell in row])
                for line, row in enumerate(csv.reader(file), start=1)
                if any(cell.strip() for cell in row) and not row[0].lstrip().startswith("#")
            ]
    except OSError as error:
        raise DataError(f"{path}: cannot be read ({error.strerror})") from None
    except (UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"{path}: is not a CSV text file ({error})") from None
    heading = rows[0][1] if rows and not all(is_number(cell) for cell in rows[0][1]) else None
    if heading is not None:
        rows = rows[1:]
    if not rows:
        raise DataError(f"{path}: holds no rows of numbers; give at least one")
    numbers = []
    for column in columns:
        if isinstance(column, int):
            numbers.append(column)
        elif heading is not None and column in heading:
            numbers.append(heading.index(column))
        else:
            raise DataError(f"{path}: no column {column!r}; the headings are {heading or 'missing'}")
    read: list[list[float]] = [[] for _ in columns]
    for line, row in rows:
        for number, values in zip(numbers, read, strict=True):
            if not 0 <= number < len(row):
                raise DataError(f"{path}: line {line} has {len(row)} columns; column {number} is missing")
            if not is_number(row[number]):
                raise DataError(f"{path}: line {line} has {row[number]!r} where a finite number is due")
            values.append(float(row[number]))
    return read


def is_number(text: str) -> bool:
    """Whether a text is a finite number."""
    try:
        return math.isfinite(float(text))
    except ValueError:
        return False


KINDS: dict[str, type[Waveform]] = {
    "constant": Constant,
    "step": Step,
    "pulse_train": PulseTrain,
    "sine": Sine,
    "ramp": Ramp,
    "piecewise": Piecewise,
    "sampled": Sampled,
}


def as_waveform(value: Any) -> Waveform:
    """Return a waveform from a number, a waveform, or a mapping with a `kind`.

    Parameters
    ----------
    value : float, Waveform or mapping
        A mapping names its `kind` (constant, step, pulse_train, sine, ramp, piecewise, sampled);
        for piecewise and sampled it may name a CSV file as `path` instead of the values.

    Returns
    -------
    Waveform
        A number becomes a `Constant`.

    Raises
    ------
    ParameterError
        If it is none of these, or a parameter is wrong.

    Examples
    --------
    >>> from mtjphys.bias.waveforms import as_waveform
    >>> as_waveform({"kind": "sine", "amplitude": 0.1, "frequency": 1e6}).bounds()
    (-0.1, 0.1)
    """
    if isinstance(value, Waveform):
        return value
    if isinstance(value, Mapping):
        parameters = dict(value)
        kind = parameters.pop("kind", None)
        if not isinstance(kind, str) or kind not in KINDS:
            given = f"kind={kind!r} is not a waveform" if kind is not None else f"the waveform {value!r} names no kind"
            raise ParameterError(f"{given}; give kind = one of {', '.join(KINDS)}")
        cls = KINDS[kind]
        if "path" in parameters and cls in (Piecewise, Sampled):
            try:
                return cls.from_csv(**parameters)
            except TypeError:
                raise ParameterError(
                    f"{kind}: {', '.join(sorted(parameters))} do not go together; with a path give "
                    "only time and value (columns) and, if sampled, interval and start"
                ) from None
        return cls(**parameters)
    number = plain_number(value)
    if isinstance(number, bool) or not isinstance(number, (int, float)):
        raise ParameterError(f"{value!r} is neither a number nor a waveform; give one of the two")
    if not math.isfinite(number):
        raise ParameterError(f"{number!r} is not finite; give a finite number")
    return Constant(value=float(number))


def from_toml(text: str) -> Waveform:
    """Return the waveform that ``to_toml`` wrote."""
    try:
        return as_waveform(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise ParameterError(f"not valid TOML: {error}") from None


def along(direction: tuple[float, float, float], magnitude: float | Waveform) -> tuple[Waveform, Waveform, Waveform]:
    """Return the three components of a vector waveform along a fixed direction.

    Parameters
    ----------
    direction : tuple of three floats
        Any length but zero; it is normalised.
    magnitude : float or Waveform
        Signed length of the vector, in T for a field.

    Returns
    -------
    tuple of three Waveform
        To be given as the `field` of a `Bias`.

    Examples
    --------
    >>> from mtjphys.bias.waveforms import Ramp, along
    >>> x, y, z = along((3.0, 0.0, 4.0), Ramp(final=0.1, duration=1e-6))
    >>> round(x(1e-6), 12), y(1e-6), round(z(1e-6), 12)
    (0.06, 0.0, 0.08)
    """
    unit = np.array(plain_numbers(direction))
    length = float(np.linalg.norm(unit))
    if unit.shape != (3,) or length == 0.0:
        raise ParameterError(f"direction={direction!r} is not a direction; give three numbers, not all 0")
    wave = as_waveform(magnitude)
    x, y, z = (wave.scaled(component) for component in unit / length)
    return x, y, z

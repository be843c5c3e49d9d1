"""What every waveform is: a value at every time, exact averages, and how the two-state surrogate takes it."""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, NamedTuple, Self

import numpy as np
from numpy.polynomial import legendre
from numpy.typing import ArrayLike, NDArray
from pydantic import BeforeValidator, ValidationInfo

from mtjphys.bias.waveforms.subdivision import subdivide
from mtjphys.core.errors import ParameterError
from mtjphys.core.parameters import Parameters, plain, to_toml
from mtjphys.core.quantity import Quantity
from mtjphys.core.registry import Registry

Array = NDArray[np.float64]

LONGEST_TIME = 1e9
"""Largest time that a waveform may name, in s."""

TIME = Quantity("s", -LONGEST_TIME, LONGEST_TIME)

SMOOTH_LOSS = 0.005
"""Share of the power of a smooth waveform that may change within a step."""

STEPS_IN_A_PULSE = 6.0
"""Least number of steps in a pulse."""

LINE_ACCURACY = 1e-4
"""Share of its range by which a waveform may differ from the lines that the two-state surrogate takes for it."""


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


Numbers = Annotated[tuple[float, ...], BeforeValidator(named_numbers)]


class Pieces(NamedTuple):
    """A waveform between neighbouring knots: ``level + slope s + amplitude sin 2 pi (cycles + frequency s)``.

    s is the time since the knot before, in s.
    """

    level: Array  # (n,), one for each piece
    slope: Array  # (n,) 1/s
    cycles: Array  # (n,) turns
    amplitude: float = 0.0
    frequency: float = 0.0  # Hz


class Waveform(Parameters):
    """Base of all waveforms: a value for every time, with exact averages.

    Values have the unit of the quantity that the waveform is given to (V, A, T or K); times are in
    s. A factor scales a waveform: ``0.5 * waveform``.

    A shape gives its value, its exact mean, its bounds, its breakpoints and the longest step that follows it, and names
    in `levels` the parameters that a factor scales. Nothing else knows the shapes: wherever a waveform has to be taken
    apart in time (by the surrogate), it is asked for its `knots` and `pieces`. By default these are straight lines,
    short enough to follow any curve; a shape that knows better says so.
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
        """Return the times in ``[start, stop]``, in s, ascending, where the value or the slope jumps."""

    @abstractmethod
    def longest_step(self) -> float:
        """Return the longest step in s whose means follow the waveform.

        They keep all but half a per cent of the power of what changes smoothly, and six of them fit into a pulse. A
        jump may fall into a step, which has its impulse, and in `variance` its power. Infinite where nothing recurs.
        """

    def _variance(self, t: Array, dt: Array) -> Array:
        """Return the variance within ``[t, t + dt]``, here from ten values: exact for what is smooth there."""
        nodes, weights = legendre.leggauss(5)
        places = 0.25 * (nodes + 1.0)
        mean = self._mean(t, dt)
        total = np.zeros(np.shape(mean))
        for place, weight in zip(np.append(places, places + 0.5), np.append(weights, weights) / 4.0, strict=True):
            total = total + weight * (self._value(t + place * dt) - mean) ** 2
        return total

    def bends(self, start: float, stop: float) -> float:
        """Return how many breakpoints there are in ``[start, stop]``, or somewhat more.

        A shape that goes on for ever counts them without making them.
        """
        return self.breakpoints(start, stop).size

    def knots(self, start: float, stop: float, most: float = math.inf) -> Array | None:
        """Return the times between which the waveform is what `pieces` says, to `LINE_ACCURACY` of its range.

        They are the breakpoints, and between these as many times more as the curve needs.

        Parameters
        ----------
        start, stop : float
            In s.
        most : float
            None is returned where more than these are needed.

        Returns
        -------
        ndarray or None
            Ascending times within ``(start, stop)`` in s.
        """
        if self.bends(start, stop) > most:
            return None
        low, high = self.bounds()
        inner = self.breakpoints(start, stop)
        edges = np.concatenate(([start], inner[(inner > start) & (inner < stop)], [stop]))
        return subdivide(self._value, self._mean, edges, high - low, LINE_ACCURACY, most)

    def pieces(self, knots: Array) -> Pieces:
        """Return what the waveform is between neighbouring `knots`, among which are its own.

        Parameters
        ----------
        knots : ndarray of shape (n + 1,)
            Ascending times in s.

        Returns
        -------
        Pieces
            Here n straight lines. Two points inside a piece tell its line, whatever the value does at its ends.
        """
        starts, quarter = knots[:-1], 0.25 * np.diff(knots)
        first, last = self._value(starts + quarter), self._value(starts + 3.0 * quarter)
        slope = (last - first) / (2.0 * quarter)
        return Pieces(first - slope * quarter, slope, np.zeros(starts.size))

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

    def until(self, t: Array, interval: float) -> Array:
        """Return the values that intervals of length `interval` end with at times `t`: at a jump, the one before it.

        Times in s; a jump is where it belongs though its time and `t` differ by their rounding.
        """
        low, high = self.bounds()
        there, before = self._value(t), self._value(t - 1e-6 * interval)
        return np.where(np.abs(there - before) > 1e-4 * (high - low), before, there)

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
        begin, length = intervals(t, dt)
        return as_given(self._mean(begin, length))

    def variance(self, t: ArrayLike, dt: ArrayLike) -> Any:
        """Return the variance within ``[t, t + dt]``: the mean square less the square of the mean.

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
        begin, length = intervals(t, dt)
        return as_given(self._variance(begin, length))

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
        scale = float(plain(factor))
        values = self.model_dump()
        for name in self.levels:
            level = values[name]
            values[name] = tuple(scale * v for v in level) if isinstance(level, tuple) else scale * level
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

    @classmethod
    def from_mapping(cls, parameters: Mapping[str, Any]) -> Self:
        """Return the waveform of a mapping, without its `kind`."""
        return cls(**parameters)

    def to_toml(self) -> str:
        """Return the waveform as TOML text."""
        return to_toml(self.to_mapping())


class Straight(Waveform):
    """Base of the waveforms that are straight lines between their breakpoints."""

    def knots(self, start: float, stop: float, most: float = math.inf) -> Array | None:
        """Return the breakpoints within ``(start, stop)``, or None if they are more than `most`."""
        if self.bends(start, stop) > most:
            return None
        inner = self.breakpoints(start, stop)
        return inner[(inner > start) & (inner < stop)]

    def _variance(self, t: Array, dt: Array) -> Array:
        """Return the variance within ``[t, t + dt]``, exactly: each interval is cut at the breakpoints in it."""
        begin, length = np.ravel(t), np.ravel(dt)
        end = begin + length
        if begin.size == 0 or self.bends(float(begin.min()), float(end.max())) > 16.0 * begin.size + 1e4:
            return super()._variance(t, dt)
        points = self.breakpoints(float(begin.min()), float(end.max()))
        first, last = np.searchsorted(points, begin, side="right"), np.searchsorted(points, end, side="left")
        inside = np.maximum(last - first, 0)
        pieces = inside + 1
        number = np.repeat(np.arange(begin.size), pieces)
        # The k-th piece of an interval ends at its k-th breakpoint, the last at its end.
        k = np.arange(number.size) - np.repeat(np.cumsum(pieces) - pieces, pieces)
        cut = np.append(points, np.inf)[np.minimum(first[number] + k, points.size)]
        right = np.where(k < inside[number], cut, end[number])
        left = np.where(k == 0, begin[number], np.roll(right, 1))
        size = right - left
        low, high = self._value(left + 0.25 * size), self._value(left + 0.75 * size)
        middle, range_ = 0.5 * (low + high), 2.0 * (high - low)
        share = size / length[number]
        mean = np.bincount(number, share * middle, begin.size)
        spread = (middle - mean[number]) ** 2 + range_**2 / 12.0
        variance = np.asarray(np.bincount(number, share * spread, begin.size), dtype=np.float64)
        return variance.reshape(np.shape(t))


WAVEFORMS: Registry[type[Waveform]] = Registry("waveform", "mtjphys.bias.waveforms")
"""The shapes by their `kind`, the name that a file gives."""


def finite_times(name: str, values: ArrayLike) -> Array:
    """Return times as a float array, or raise one sentence."""
    try:
        times = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError):
        raise ParameterError(f"{name}={values!r} is not a time; give numbers in s") from None
    if not np.all(np.isfinite(times)):
        raise ParameterError(f"{name} holds a time that is not finite; give finite times in s")
    return times


def intervals(t: ArrayLike, dt: ArrayLike) -> tuple[Array, Array]:
    """Return begin and length of intervals as arrays of one shape, or raise one sentence."""
    begin, length = np.broadcast_arrays(finite_times("t", t), finite_times("dt", dt))
    if np.any(length <= 0):
        raise ParameterError(f"dt={length.min():g} s is not above 0 s; give the step's length")
    return begin, length


def as_given(values: Array) -> Any:
    """Return a 0-d array as a float, any other array as it is."""
    return float(values) if np.ndim(values) == 0 else values


def mixed(low: float, high: float, fraction: Array) -> Array:
    """Return ``low (1 - fraction) + high fraction``, exact at both ends."""
    return low * (1.0 - fraction) + high * fraction


def within(times: Array, start: float, stop: float) -> Array:
    """Return those of `times` that lie in ``[start, stop]``."""
    return times[(times >= start) & (times <= stop)]

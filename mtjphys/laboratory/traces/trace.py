"""A trace: an array, its sampling interval, and where it came from; and what is refused as one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mtjphys.core.errors import DataError
from mtjphys.core.text import human

Floats = NDArray[np.float64]

MINIMUM_SAMPLES = 100
"""Fewest samples that are read as a trace."""


@dataclass(frozen=True, repr=False)
class Trace:
    """One evenly sampled record.

    Attributes
    ----------
    values : array (samples,)
        What was measured, float64, in `unit`.
    sample_interval : float
        Time between samples in s.
    unit : str
        SI unit of `values`, empty if it is not known.
    name : str
        Name of the column or variable.
    origin : str
        File or kind of object that the trace was read from.
    """

    values: Floats
    sample_interval: float
    unit: str = ""
    name: str = "signal"
    origin: str = "array"

    def __repr__(self) -> str:
        return _shown(self)

    @property
    def duration(self) -> float:
        """Length of the record in s."""
        return self.values.size * self.sample_interval


@dataclass(frozen=True, repr=False)
class Replicas:
    """Traces of one device at one bias: values (replicas, samples) and what they share, as in `Trace`."""

    values: Floats
    sample_interval: float
    unit: str = ""
    name: str = "signal"
    origin: str = "array"

    def __repr__(self) -> str:
        return _shown(self)


def _shown(trace: Trace | Replicas) -> str:
    """Return a trace in a line."""
    values = trace.values
    size = f"{values.shape[-1]:,} samples"
    if values.ndim == 2 and len(values) > 1:
        size = f"{len(values):,} replicas of {size}"
    low, high = (f"{human(float(end), trace.unit)}" for end in (np.nanmin(values), np.nanmax(values)))
    interval = human(trace.sample_interval, "s")
    return f"<{type(trace).__name__}: {trace.name} ({trace.origin}), {size} every {interval}, {low} to {high}>"


def check_interval(sample_interval: float | None) -> None:
    """Refuse a sampling interval that is not a positive number of seconds; None is one that is not known."""
    if sample_interval is None:
        return
    if isinstance(sample_interval, bool) or not isinstance(sample_interval, (int, float, np.integer, np.floating)):
        raise DataError(f"sample_interval={sample_interval!r} is not a number; give it in s, e.g. 25e-6")
    if not (np.isfinite(sample_interval) and sample_interval > 0):
        raise DataError(f"sample_interval={sample_interval!r} s is outside (0, inf) s; give it in s, e.g. 25e-6")


def check_finite(values: Floats, origin: str, first: int = 0, *, gaps: bool = False) -> None:
    """Refuse values that are not all finite, naming the first bad sample.

    `first` is the number of ``values[0]``; with `gaps`, NaN says that nothing was measured.
    """
    # The sum is finite unless a value is not, or many huge ones overflow, which costs a second look only.
    if np.isfinite(values.sum()):
        return
    bad = np.flatnonzero(np.isinf(values) if gaps else ~np.isfinite(values))
    if bad.size:
        raise DataError(
            f"{origin}: sample {first + bad[0]} is {values[bad[0]]} ({bad.size} of {values.size} samples are not "
            "finite); expected finite numbers, cut these samples out or record again"
        )


def check_values(
    values: Floats,
    origin: str,
    minimum_samples: int = MINIMUM_SAMPLES,
    *,
    constant: bool = True,
    gaps: bool = False,
) -> None:
    """Refuse a trace that is too short, not finite or, with `constant`, constant; name the offending sample.

    With `gaps`, NaN says that nothing was measured.
    """
    measured = values[~np.isnan(values)] if gaps else values
    if measured.size < minimum_samples:
        raise too_short(origin, measured.size, minimum_samples)
    check_finite(values, origin, gaps=gaps)
    if constant and measured.min() == measured.max():
        raise constant_signal(origin, measured.flat[0])


def too_short(origin: str, samples: int, minimum_samples: int = MINIMUM_SAMPLES) -> DataError:
    """Return the error that says that a record is too short."""
    return DataError(f"{origin}: holds {samples} samples; expected at least {minimum_samples}, record for longer")


def constant_signal(origin: str, value: float) -> DataError:
    """Return the error that says that nothing varies."""
    return DataError(f"{origin}: every sample is {value:g}; expected a signal that varies, check the channel")


def no_time(origin: str, what: str) -> DataError:
    """Return the error that asks for the sampling interval."""
    return DataError(f"{origin}: {what}; pass the sampling interval in s, sample_interval=...")

"""What an analysis finds: estimates with their intervals, dwell times, correlation, spectrum, drift, quality."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from mtjphys.core.shown import Shown
from mtjphys.core.text import human

if TYPE_CHECKING:
    import xarray

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Estimate:
    """A number with its confidence interval and unit."""

    value: float
    low: float
    high: float
    unit: str = ""

    def __float__(self) -> float:
        return self.value

    def __str__(self) -> str:
        low, high = human(self.low, self.unit), human(self.high, self.unit)
        return f"{human(self.value, self.unit)} ({low} to {high})"


@dataclass(frozen=True)
class ExponentialTest:
    """Anderson-Darling test that dwell times are exponential with an unknown mean."""

    statistic: float
    p_value: float
    count: int


@dataclass(frozen=True)
class DwellStatistics:
    """The stays in one state.

    Attributes
    ----------
    mean : Estimate
        Mean dwell time in s, corrected for censoring, sampling and dead time.
    count : int
        Stays whose end was seen; what the interval rests on.
    censored : int
        Stays cut off by the start or the end of a record.
    durations : array
        Stays in s with both ends seen, in order, as multiples of the sampling interval.
    exponential : ExponentialTest
        Whether `durations` are exponential.
    """

    mean: Estimate
    count: int
    censored: int
    durations: Floats = field(repr=False)
    exponential: ExponentialTest


@dataclass(frozen=True)
class Autocorrelation:
    """Normalised autocorrelation; `time` is where its telegraph part falls to 1/e."""

    lag: Floats = field(repr=False)
    value: Floats = field(repr=False)
    time: float


@dataclass(frozen=True)
class PowerSpectrum:
    """One-sided power spectral density in unit^2/Hz beside the Machlup form and white noise.

    `machlup` is the spectrum of the signal, `sampled` that of its samples, in which what lies above
    half the sampling rate is folded back; `density` should be ``sampled + white_noise``.
    """

    frequency: Floats = field(repr=False)
    density: Floats = field(repr=False)
    machlup: Floats = field(repr=False)
    sampled: Floats = field(repr=False)
    white_noise: float


@dataclass(frozen=True)
class Drift:
    """Segment by segment, whether anything moves by more than its statistical error.

    `p_values` holds the chi-square probability of ``low level``, ``high level``, ``occupation`` and
    ``switching rate`` being constant; it is empty if the record is too short to be divided.
    """

    time: Floats = field(repr=False)
    level_low: Floats = field(repr=False)
    level_high: Floats = field(repr=False)
    occupation: Floats = field(repr=False)
    p_values: dict[str, float]

    @property
    def drifting(self) -> bool:
        """Whether any of the p values is below 1e-4."""
        return any(p < 1e-4 for p in self.p_values.values())


@dataclass(frozen=True)
class Quality:
    """Whether it is a two-level signal at all.

    Attributes
    ----------
    separation : float
        Distance of the levels over the rms of their noises (Ashman's D); clearly two peaks above 2.
    bic_gain : float
        BIC of one Gaussian less that of two, from the histogram and the number of independent
        samples; above 10 the evidence for two levels is strong.
    histogram_distance : float
        Largest difference between the measured distribution function and that of the two Gaussians.
    """

    separation: float
    bic_gain: float
    histogram_distance: float

    @property
    def two_level(self) -> bool:
        """Whether there are two peaks, apart, and either Gaussian or far apart.

        Two Gaussians are needed, 2 noise widths apart, and describe the histogram within 0.05
        unless they are 6 widths apart: a third level that is merged into a peak widens it.
        """
        shape = self.histogram_distance < 0.05 or self.separation > 6
        return self.bic_gain > 10 and self.separation > 2 and shape


@dataclass(frozen=True, repr=False)
class TelegraphAnalysis(Shown):
    """What `analyse` finds; times in s, rates in 1/s, levels in `unit`.

    States are in the order (low, high) of the signal, 0 and 1; where it is the resistance, or the voltage behind a
    resistor, that is the order (parallel, antiparallel).

    Attributes
    ----------
    values, states : array (replicas, samples)
        The trace and its idealisation, 0 low and 1 high.
    sample_interval : float
        Time between samples in s.
    unit, name, origin : str
        Of the trace, as in `mtjphys.laboratory.traces.Trace`.
    method : {"hmm", "threshold"}
        How states were found.
    thresholds : (float, float) or None
        Below the first a sample is low, above the second high; None for the hidden Markov model, which has none.
    dead_time, confidence : float
        Shortest stay that is trusted, in s, and level of all intervals.
    level_low, level_high, noise_low, noise_high : Estimate
        Mean and standard deviation of the signal in each state.
    occupation : Estimate
        Fraction of time in the high state, ``dwell_high/(dwell_low + dwell_high)``.
    dwell_low, dwell_high : DwellStatistics
        Mean stays, their intervals, the stays themselves and the test that they are exponential.
    rate_up, rate_down : Estimate
        ``1/dwell_low`` and ``1/dwell_high``.
    tau_c : Estimate
        ``dwell_low dwell_high/(dwell_low + dwell_high)``, decay time of the autocorrelation.
    flip_up, flip_down : Estimate
        Flip probabilities per sample.
    autocorrelation, spectrum, drift, quality
        Of the signal.
    log_likelihood : float
        Of the hidden Markov model; NaN for the threshold method.
    iterations : int
        Baum-Welch iterations; 0 for the threshold method.
    seed : int
        Of the dither in the exponential test.
    """

    values: Floats
    states: NDArray[np.int8]
    sample_interval: float
    unit: str
    name: str
    origin: str
    method: str
    thresholds: tuple[float, float] | None
    dead_time: float
    confidence: float
    level_low: Estimate
    level_high: Estimate
    noise_low: Estimate
    noise_high: Estimate
    occupation: Estimate
    dwell_low: DwellStatistics
    dwell_high: DwellStatistics
    rate_up: Estimate
    rate_down: Estimate
    tau_c: Estimate
    flip_up: Estimate
    flip_down: Estimate
    autocorrelation: Autocorrelation
    spectrum: PowerSpectrum
    drift: Drift
    quality: Quality
    log_likelihood: float
    iterations: int
    seed: int

    @property
    def levels(self) -> tuple[float, float]:
        """Mean of the signal in the low and in the high state."""
        return self.level_low.value, self.level_high.value

    def told(self) -> tuple[str, list[tuple[str, str]]]:
        """Return what was found in a line, and its rows (quantity, value)."""
        replicas, samples = self.values.shape
        size = f"{samples:,} samples" if replicas == 1 else f"{replicas:,} replicas of {samples:,} samples"
        low, high = (human(dwell.mean.value, "s") for dwell in (self.dwell_low, self.dwell_high))
        line = (
            f"{self.name} ({self.origin}), {size} every {human(self.sample_interval, 's')}; dwell times {low} low and "
            f"{high} high"
        )
        if not self.quality.two_level:
            line += "; perhaps not two levels"
        rows = [(name.replace("_", " "), str(estimate)) for name, estimate in self._estimates().items()]
        rows += [(name.replace("_", " "), human(value, unit)) for name, (value, unit) in self._scalars().items()]
        method = {"hmm": "hidden Markov model", "threshold": "thresholds"}[self.method]
        return line, [("states by", method), (f"{self.confidence:.0%} intervals", "in parentheses"), *rows]

    def _estimates(self) -> dict[str, Estimate]:
        return {
            "level_low": self.level_low,
            "level_high": self.level_high,
            "noise_low": self.noise_low,
            "noise_high": self.noise_high,
            "occupation": self.occupation,
            "dwell_low": self.dwell_low.mean,
            "dwell_high": self.dwell_high.mean,
            "rate_up": self.rate_up,
            "rate_down": self.rate_down,
            "tau_c": self.tau_c,
            "flip_up": self.flip_up,
            "flip_down": self.flip_down,
        }

    def _scalars(self) -> dict[str, tuple[float, str]]:
        return {
            "autocorrelation_time": (self.autocorrelation.time, "s"),
            "white_noise": (self.spectrum.white_noise, f"{self.unit}^2/Hz" if self.unit else "1/Hz"),
            "exponential_p_value_low": (self.dwell_low.exponential.p_value, ""),
            "exponential_p_value_high": (self.dwell_high.exponential.p_value, ""),
            "dwells_low": (float(self.dwell_low.count), ""),
            "dwells_high": (float(self.dwell_high.count), ""),
            "separation": (self.quality.separation, ""),
            "bic_gain": (self.quality.bic_gain, ""),
            "histogram_distance": (self.quality.histogram_distance, ""),
            "drift_p_value": (min(self.drift.p_values.values(), default=math.nan), ""),
            "log_likelihood": (self.log_likelihood, ""),
        }

    def summary(self) -> list[tuple[str, float, str, tuple[float, float] | None]]:
        """Return rows (quantity, value, unit, confidence interval or None) for a table."""
        rows: list[tuple[str, float, str, tuple[float, float] | None]] = [
            (name, e.value, e.unit, (e.low, e.high)) for name, e in self._estimates().items()
        ]
        rows += [(name, value, unit, None) for name, (value, unit) in self._scalars().items()]
        return rows

    def to_dataset(self) -> xarray.Dataset:
        """Return everything but the trace as a Dataset; intervals along dimension ``bound``."""
        import xarray

        data: dict[str, Any] = {}
        for name, e in self._estimates().items():
            data[name] = ((), e.value, {"units": e.unit})
            data[f"{name}_interval"] = (("bound",), [e.low, e.high], {"units": e.unit})
        for name, (value, unit) in self._scalars().items():
            data[name] = ((), value, {"units": unit})
        square = {"units": f"{self.unit}^2/Hz" if self.unit else "1/Hz"}
        data["autocorrelation"] = (("lag",), self.autocorrelation.value, {"units": ""})
        data["power_spectral_density"] = (("frequency",), self.spectrum.density, square)
        data["machlup"] = (("frequency",), self.spectrum.machlup, square)
        data["durations_low"] = (("stay_low",), self.dwell_low.durations, {"units": "s"})
        data["durations_high"] = (("stay_high",), self.dwell_high.durations, {"units": "s"})
        data["states"] = (("replica", "time"), self.states, {"units": ""})
        if self.thresholds is not None:
            data["thresholds"] = (("bound",), list(self.thresholds), {"units": self.unit})
        times = np.arange(self.states.shape[1]) * self.sample_interval
        return xarray.Dataset(
            data,
            coords={
                "bound": ["lower", "upper"],
                "lag": ("lag", self.autocorrelation.lag, {"units": "s"}),
                "frequency": ("frequency", self.spectrum.frequency, {"units": "Hz"}),
                "time": ("time", times, {"units": "s"}),
            },
            attrs={
                "origin": self.origin,
                "variable": self.name,
                "units": self.unit,
                "method": self.method,
                "seed": self.seed,
                "sample_interval": self.sample_interval,
                "dead_time": self.dead_time,
                "confidence": self.confidence,
            },
        )

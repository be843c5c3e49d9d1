"""What an analysis is made of: estimates with their intervals, dwell times, correlation, spectrum, drift, quality."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from mtjphys.core.text import human

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
class Matrix:
    """A number for going from every level (row) to every other (column), with its confidence interval and unit."""

    value: Floats
    low: Floats
    high: Floats
    unit: str = ""

    def __getitem__(self, place: tuple[int, int]) -> Estimate:
        """Return the entry of (from, to)."""
        return Estimate(float(self.value[place]), float(self.low[place]), float(self.high[place]), self.unit)


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
        Mean dwell time in s, corrected for censoring, sampling and dead time. Its interval is wider by `scatter`.
    count : int
        Stays whose end was seen; what the interval rests on.
    censored : int
        Stays cut off by the start or the end of a record.
    durations : array
        Stays in s with both ends seen, in order, as multiples of the sampling interval.
    exponential : ExponentialTest
        Whether `durations` are exponential.
    scatter : float
        By how much the mean is less certain than that of steady exponential stays: 1, or more where the rate moves, or
        stays are not exponential or come in bursts.
    """

    mean: Estimate
    count: int
    censored: int
    durations: Floats = field(repr=False)
    exponential: ExponentialTest
    scatter: float = 1.0


@dataclass(frozen=True)
class Level:
    """One level: where it is, its noise (standard deviation), the share of the time spent there, and its stays."""

    mean: Estimate
    noise: Estimate
    occupation: Estimate
    dwell: DwellStatistics


@dataclass(frozen=True)
class Autocorrelation:
    """Normalised autocorrelation; `time` is where its telegraph part falls to 1/e."""

    lag: Floats = field(repr=False)
    value: Floats = field(repr=False)
    time: float


@dataclass(frozen=True)
class PowerSpectrum:
    """One-sided power spectral density in unit^2/Hz beside the Machlup form and white noise.

    `machlup` is the spectrum of the switching (of more than two levels, a sum of such forms), `sampled` that of its
    samples, in which what lies above half the sampling rate is folded back; `density` should be ``sampled +
    white_noise``.
    """

    frequency: Floats = field(repr=False)
    density: Floats = field(repr=False)
    machlup: Floats = field(repr=False)
    sampled: Floats = field(repr=False)
    white_noise: float


@dataclass(frozen=True)
class Drift:
    """Segment by segment, whether anything moves by more than its statistical error.

    Attributes
    ----------
    time : array (segments,)
        Middle of each, in s.
    levels, occupations : array (levels, segments)
        Mean of the signal in each state, and share of the time spent there.
    p_values : dict
        Chi-square probability of ``low level``, ``high level``, ``occupation`` (of more levels ``level 0``,
        ``occupation 0``, ...) and ``switching rate`` being constant; empty if the record is too short to be divided.
    removed : array (replicas, knots) or None
        What `detrend` took off the signal, at `removed_time` in s and on straight lines between.
    """

    time: Floats = field(repr=False)
    levels: Floats = field(repr=False)
    occupations: Floats = field(repr=False)
    p_values: dict[str, float]
    removed_time: Floats | None = field(default=None, repr=False)
    removed: Floats | None = field(default=None, repr=False)

    @property
    def drifting(self) -> bool:
        """Whether any of the p values is below 1e-4."""
        return any(p < 1e-4 for p in self.p_values.values())


@dataclass(frozen=True)
class Quality:
    """Whether the signal is one of so many levels at all.

    Attributes
    ----------
    separation : float
        Smallest distance of neighbouring levels over the rms of their noises (Ashman's D); peaks of their own above 2.
    bic_gain : float
        Evidence for more than one level, above 10 strong: BIC of one Gaussian less that of two, from the histogram and
        the number of independent samples, or of correlated Gaussian noise of one level (autoregressive, of order 8)
        less that of the hidden Markov model, whichever is larger.
    histogram_distance : float
        Largest difference between the measured distribution function and that of the Gaussians of the levels.
    levels : int
        How many were fitted.
    further_level : float
        Evidence for a level more than were fitted, above 10 strong: BIC of this fit less that of the other, with as
        many samples as are independent; 0 where nothing hints at one.
    confusion : array (levels, levels) or None
        Probability that a sample of one level (row) is taken for another (column), by the hidden Markov model.
    """

    separation: float
    bic_gain: float
    histogram_distance: float
    levels: int = 2
    further_level: float = 0.0
    confusion: Floats | None = field(default=None, repr=False)

    @property
    def two_level(self) -> bool:
        """Whether two levels were fitted and describe the signal."""
        return self.levels == 2 and self.distinct

    @property
    def distinct(self) -> bool:
        """Whether so many levels describe the signal.

        There is evidence for them and none for one more, and they are 2 noise widths apart, or samples of one are
        taken for another in less than one case of four: levels that overlap are told apart by how long they last. The
        histogram is within 0.05 of their Gaussians, or they are 6 widths apart, or thresholds tell them apart, which
        assume no law.
        """
        shape = self.confusion is None or self.histogram_distance < 0.05 or self.separation > 6
        apart = self.separation > 2 or (self.confusion is not None and not self.confused)
        return self.bic_gain > 10 and self.further_level <= 10 and apart and shape

    @property
    def confused(self) -> list[tuple[int, int]]:
        """Pairs of levels that are not told apart: one of the two is taken for the other in one case of four."""
        if self.confusion is None:
            return []
        worst = np.maximum(self.confusion, self.confusion.T)
        return [(int(i), int(j)) for i, j in np.argwhere(np.triu(worst, 1) > 0.25)]

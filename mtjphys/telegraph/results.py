"""What an analysis finds, as a whole."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from mtjphys.core.errors import DataError
from mtjphys.core.shown import Shown
from mtjphys.core.text import human
from mtjphys.telegraph.parts import (
    Autocorrelation,
    Drift,
    DwellStatistics,
    Estimate,
    Level,
    Matrix,
    PowerSpectrum,
    Quality,
)

if TYPE_CHECKING:
    import xarray

Floats = NDArray[np.float64]


@dataclass(frozen=True, repr=False)
class TelegraphAnalysis(Shown):
    """What `analyse` finds; times in s, rates in 1/s, levels in `unit`.

    States are in the order of the signal, from 0, the lowest; of two levels, where it is the resistance, or the voltage
    behind a resistor, that is the order (parallel, antiparallel).

    Attributes
    ----------
    values, states : array (replicas, samples)
        The trace, NaN in gaps and without what `detrend` took off, and its idealisation, 0 for the lowest level, -1 in
        gaps.
    sample_interval : float
        Time between samples in s.
    unit, name, origin : str
        Of the trace, as in `mtjphys.laboratory.traces.Trace`.
    method : {"hmm", "threshold"}
        How states were found.
    thresholds : (float, float), tuple of such pairs, or None
        Below the first a sample is low, above the second high; of more levels, a pair between every two neighbours;
        None for the hidden Markov model, which has none.
    dead_time, confidence : float
        Shortest stay that is trusted, in s, and level of all intervals.
    each : tuple of Level
        The levels, from low to high: mean, noise, share of the time, stays.
    rates : Matrix
        Rates from each level to each other, in 1/s; the diagonal is minus their sums.
    transitions : Matrix
        Probabilities per sample.
    tau_c : Estimate
        Slowest relaxation of the switching; of two levels ``dwell_low dwell_high/(dwell_low + dwell_high)``, decay time
        of the autocorrelation.
    autocorrelation, spectrum, drift, quality
        Of the signal.
    log_likelihood : float
        Of the hidden Markov model; NaN for the threshold method.
    iterations : int
        Baum-Welch iterations; 0 for the threshold method.
    seed : int
        Of the path that was drawn and of the dither in the exponential test.
    """

    values: Floats
    states: NDArray[np.int8]
    sample_interval: float
    unit: str
    name: str
    origin: str
    method: str
    thresholds: tuple[float, float] | tuple[tuple[float, float], ...] | None
    dead_time: float
    confidence: float
    each: tuple[Level, ...]
    rates: Matrix
    transitions: Matrix
    tau_c: Estimate
    autocorrelation: Autocorrelation
    spectrum: PowerSpectrum
    drift: Drift
    quality: Quality
    log_likelihood: float
    iterations: int
    seed: int

    @property
    def levels(self) -> tuple[float, ...]:
        """Mean of the signal in each state."""
        return tuple(level.mean.value for level in self.each)

    @property
    def noises(self) -> tuple[float, ...]:
        """Standard deviation of the signal in each state."""
        return tuple(level.noise.value for level in self.each)

    @property
    def occupations(self) -> tuple[float, ...]:
        """Share of the time spent in each state."""
        return tuple(level.occupation.value for level in self.each)

    @property
    def level_low(self) -> Estimate:
        """Mean of the signal in the lowest level."""
        return self.each[0].mean

    @property
    def level_high(self) -> Estimate:
        """Mean of the signal in the highest level."""
        return self.each[-1].mean

    @property
    def noise_low(self) -> Estimate:
        """Standard deviation of the signal in the lowest level."""
        return self.each[0].noise

    @property
    def noise_high(self) -> Estimate:
        """Standard deviation of the signal in the highest level."""
        return self.each[-1].noise

    @property
    def dwell_low(self) -> DwellStatistics:
        """Stays in the lowest level."""
        return self.each[0].dwell

    @property
    def dwell_high(self) -> DwellStatistics:
        """Stays in the highest level."""
        return self.each[-1].dwell

    @property
    def occupation(self) -> Estimate:
        """Share of the time in the high one of two levels, ``dwell_high/(dwell_low + dwell_high)``."""
        return self._of_two("occupation", self.each[-1].occupation)

    @property
    def rate_up(self) -> Estimate:
        """Rate from the low to the high one of two levels, ``1/dwell_low``."""
        return self._of_two("rate_up", self.rates[0, -1])

    @property
    def rate_down(self) -> Estimate:
        """Rate from the high to the low one of two levels, ``1/dwell_high``."""
        return self._of_two("rate_down", self.rates[-1, 0])

    @property
    def flip_up(self) -> Estimate:
        """Probability per sample of going from the low to the high one of two levels."""
        return self._of_two("flip_up", self.transitions[0, -1])

    @property
    def flip_down(self) -> Estimate:
        """Probability per sample of going from the high to the low one of two levels."""
        return self._of_two("flip_down", self.transitions[-1, 0])

    def _of_two(self, name: str, value: Estimate) -> Estimate:
        if len(self.each) != 2:
            raise DataError(
                f"{name} is of two levels, and {self.origin} has {len(self.each)}; see each, rates and transitions"
            )
        return value

    def told(self) -> tuple[str, list[tuple[str, str]]]:
        """Return what was found in a line, and its rows (quantity, value)."""
        replicas, samples = self.values.shape
        size = f"{samples:,} samples" if replicas == 1 else f"{replicas:,} replicas of {samples:,} samples"
        stays = [human(level.dwell.mean.value, "s") for level in self.each]
        line = f"{self.name} ({self.origin}), {size} every {human(self.sample_interval, 's')}; "
        if len(stays) == 2:
            line += f"dwell times {stays[0]} low and {stays[1]} high"
        else:
            line += f"{len(stays)} levels, dwell times {', '.join(stays)}"
        if not self.quality.distinct:
            line += f"; perhaps not {'two' if len(stays) == 2 else len(stays)} levels"
        rows = [(name.replace("_", " "), str(estimate)) for name, estimate in self._estimates().items()]
        rows += [(name.replace("_", " "), human(value, unit)) for name, (value, unit) in self._scalars().items()]
        method = {"hmm": "hidden Markov model", "threshold": "thresholds"}[self.method]
        return line, [("states by", method), (f"{self.confidence:.0%} intervals", "in parentheses"), *rows]

    def _suffixes(self) -> list[str]:
        return ["low", "high"] if len(self.each) == 2 else [str(k) for k in range(len(self.each))]

    def _estimates(self) -> dict[str, Estimate]:
        named = list(zip(self._suffixes(), self.each, strict=True))
        found = {f"level_{name}": level.mean for name, level in named}
        found |= {f"noise_{name}": level.noise for name, level in named}
        if len(self.each) == 2:
            found["occupation"] = self.occupation
        else:
            found |= {f"occupation_{name}": level.occupation for name, level in named}
        found |= {f"dwell_{name}": level.dwell.mean for name, level in named}
        if len(self.each) == 2:
            found |= {"rate_up": self.rate_up, "rate_down": self.rate_down}
        else:
            found |= {f"rate_{i}_{j}": self.rates[i, j] for i, j in self._pairs()}
        found["tau_c"] = self.tau_c
        if len(self.each) == 2:
            found |= {"flip_up": self.flip_up, "flip_down": self.flip_down}
        return found

    def _pairs(self) -> list[tuple[int, int]]:
        return [(i, j) for i in range(len(self.each)) for j in range(len(self.each)) if i != j]

    def _scalars(self) -> dict[str, tuple[float, str]]:
        named = list(zip(self._suffixes(), self.each, strict=True))
        return {
            "autocorrelation_time": (self.autocorrelation.time, "s"),
            "white_noise": (self.spectrum.white_noise, f"{self.unit}^2/Hz" if self.unit else "1/Hz"),
            **{f"exponential_p_value_{name}": (level.dwell.exponential.p_value, "") for name, level in named},
            **{f"scatter_{name}": (level.dwell.scatter, "") for name, level in named},
            **{f"dwells_{name}": (float(level.dwell.count), "") for name, level in named},
            "separation": (self.quality.separation, ""),
            "bic_gain": (self.quality.bic_gain, ""),
            "histogram_distance": (self.quality.histogram_distance, ""),
            "further_level": (self.quality.further_level, ""),
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
        for name, level in zip(self._suffixes(), self.each, strict=True):
            data[f"durations_{name}"] = ((f"stay_{name}",), level.dwell.durations, {"units": "s"})
        for name, matrix in (("rates", self.rates), ("transitions", self.transitions)):
            data[name] = (("level", "to_level"), matrix.value, {"units": matrix.unit})
            ends = np.stack([matrix.low, matrix.high], axis=-1)
            data[f"{name}_interval"] = (("level", "to_level", "bound"), ends, {"units": matrix.unit})
        data["states"] = (("replica", "time"), self.states, {"units": ""})
        if self.thresholds is not None:
            pairs = np.array(self.thresholds)
            data["thresholds"] = (("border", "bound")[2 - pairs.ndim :], pairs, {"units": self.unit})
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

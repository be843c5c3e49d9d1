"""Random telegraph signals: from a trace to states, dwell times, rates, spectra and their errors.

The switching of a stochastic junction between two levels is a two-state Markov process with rates
``rate_up`` (low to high) and ``rate_down`` (high to low). Seen at the sampling instants it is
exactly a Markov chain with flip probabilities ``p_up = (rate_up/k)(1 - exp(-k dt))``, ``k = rate_up
+ rate_down``, and ``p_down`` likewise; inverting this (the matrix logarithm of the 2x2 transition
matrix) accounts exactly for the flips that fall between two samples.
"""

from __future__ import annotations

import math
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mtjphys.core.errors import DataError, MtjphysWarning, ParameterError
from mtjphys.core.parameters import check_range
from mtjphys.kernels import telegraph as kernels
from mtjphys.kernels.telegraph import Expectations, TwoLevelModel
from mtjphys.laboratory.traces import MINIMUM_SAMPLES, Replicas, Trace, open_dataset, read_trace, replicas_of
from mtjphys.laboratory.traces.trace import as_floats, check_interval, check_values
from mtjphys.telegraph.figures import (
    figure,
    plot_autocorrelation,
    plot_dwell_times,
    plot_histogram,
    plot_spectrum,
    plot_trace,
)
from mtjphys.theory import machlup_spectrum

if TYPE_CHECKING:
    import xarray

__all__ = [
    "DwellTimes",
    "Estimate",
    "TelegraphAnalysis",
    "analyse",
    "analyse_lanes",
    "autocorrelation",
    "exponential_test",
    "figure",
    "plot_autocorrelation",
    "plot_dwell_times",
    "plot_histogram",
    "plot_spectrum",
    "plot_trace",
    "sample",
]

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


@dataclass(frozen=True)
class ExponentialTest:
    """Anderson-Darling test that dwell times are exponential with an unknown mean."""

    statistic: float
    p_value: float
    count: int


@dataclass(frozen=True)
class DwellTimes:
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
    durations: Floats
    exponential: ExponentialTest


@dataclass(frozen=True)
class Autocorrelation:
    """Normalised autocorrelation; `time` is where its telegraph part falls to 1/e."""

    lag: Floats
    value: Floats
    time: float


@dataclass(frozen=True)
class Spectrum:
    """One-sided power spectral density in unit^2/Hz beside the Machlup form and white noise.

    `machlup` is the spectrum of the signal, `sampled` that of its samples, in which what lies above
    half the sampling rate is folded back; `density` should be ``sampled + white_noise``.
    """

    frequency: Floats
    density: Floats
    machlup: Floats
    sampled: Floats
    white_noise: float


@dataclass(frozen=True)
class Drift:
    """Segment by segment, whether anything moves by more than its statistical error.

    `p_values` holds the chi-square probability of ``low level``, ``high level``, ``occupation`` and
    ``switching rate`` being constant; it is empty if the record is too short to be divided.
    """

    time: Floats
    level_low: Floats
    level_high: Floats
    occupation: Floats
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


@dataclass(frozen=True)
class TelegraphAnalysis:
    """What `analyse` finds; times in s, rates in 1/s, levels in `unit`.

    Attributes
    ----------
    values, states : array (replicas, samples)
        The trace and its idealisation, 0 low and 1 high.
    level_low, level_high, noise_low, noise_high : Estimate
        Mean and standard deviation of the signal in each state.
    occupation : Estimate
        Fraction of time in the high state, ``dwell_high/(dwell_low + dwell_high)``.
    dwell_low, dwell_high : DwellTimes
        Mean stays, their intervals, the stays themselves and the test that they are exponential.
    rate_up, rate_down : Estimate
        ``1/dwell_low`` and ``1/dwell_high``.
    tau_c : Estimate
        ``dwell_low dwell_high/(dwell_low + dwell_high)``, decay time of the autocorrelation.
    flip_up, flip_down : Estimate
        Flip probabilities per sample.
    log_likelihood : float
        Of the hidden Markov model; NaN for the threshold method.
    iterations : int
        Baum-Welch iterations; 0 for the threshold method.
    """

    values: Floats
    states: NDArray[np.int8]
    dt: float
    unit: str
    name: str
    source: str
    method: str
    dead_time: float
    confidence: float
    level_low: Estimate
    level_high: Estimate
    noise_low: Estimate
    noise_high: Estimate
    occupation: Estimate
    dwell_low: DwellTimes
    dwell_high: DwellTimes
    rate_up: Estimate
    rate_down: Estimate
    tau_c: Estimate
    flip_up: Estimate
    flip_down: Estimate
    autocorrelation: Autocorrelation
    spectrum: Spectrum
    drift: Drift
    quality: Quality
    log_likelihood: float
    iterations: int

    @property
    def levels(self) -> tuple[float, float]:
        """Mean of the signal in the low and in the high state."""
        return self.level_low.value, self.level_high.value

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
            "white_noise": (
                self.spectrum.white_noise,
                f"{self.unit}^2/Hz" if self.unit else "1/Hz",
            ),
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
        return xarray.Dataset(
            data,
            coords={
                "bound": ["lower", "upper"],
                "lag": ("lag", self.autocorrelation.lag, {"units": "s"}),
                "frequency": ("frequency", self.spectrum.frequency, {"units": "Hz"}),
                "time": ("time", np.arange(self.states.shape[1]) * self.dt, {"units": "s"}),
            },
            attrs={
                "source": self.source,
                "variable": self.name,
                "units": self.unit,
                "method": self.method,
                "dead_time": self.dead_time,
                "confidence": self.confidence,
            },
        )


def analyse(
    trace: Any,
    dt: float | None = None,
    method: str = "hmm",
    dead_time: float | None = None,
    *,
    variable: str | int | None = None,
    device: int | None = None,
    bias: int | None = None,
    replica: int | None = None,
    hysteresis: float = 0.5,
    confidence: float = 0.95,
    tolerance: float = 1e-6,
    max_iterations: int = 500,
    max_lag: float | None = None,
    segments: int = 10,
    seed: int = 0,
) -> TelegraphAnalysis:
    """Find the two levels of a telegraph signal, its states, rates and their confidence intervals.

    ``method="hmm"`` fits the two-state Gaussian hidden Markov model by maximum likelihood
    (Baum-Welch; each state has its own level, noise and flip probability; the state of the first
    sample is not assumed) and takes the states from the Viterbi path. ``method="threshold"`` calls
    a sample high above ``(low + high)/2 + hysteresis (high - low)/2``, low below the same with a
    minus, and unchanged between. Rates follow from the flip probabilities by the matrix logarithm
    (module text).

    Intervals of the mean dwell times are the exact chi-square intervals of the exponential law for
    a record of given length, ``[2T/chi2(1 - a/2; 2n + 2), 2T/chi2(a/2; 2n)]``; stays cut by the
    record's ends count with their time but not as events. Their logarithmic half-widths are scaled
    by the ratio of the standard error that includes the overlap of the levels (observed information
    of the hidden Markov model), the sampling and the dead time to ``1/sqrt(n)``.

    Dead time. The sampled chain is exact, so without a filter none is needed. Where a filter or
    detector swallows short stays, give `dead_time`: stays of fewer than ``m = ceil(dead_time/dt)``
    samples are removed (merged into the stay before) in all cases, and the apparent mean stays in
    samples, ``L_low = 1/(p_up Q_high) + (1/Q_high - 1)/p_down``, ``Q_high = (1 - p_down)^(m-1)``,
    and likewise with low and high exchanged, are solved for the flip probabilities, on the branch
    of slow switching. This is the exact mean of the apparent intervals in Colquhoun and Hawkes'
    definition, for sampled signals; for ``dt -> 0`` it becomes ``exp(rate_down dead_time)(1/rate_up
    + 1/rate_down) - 1/rate_down``.

    Signals that are not two levels plus white noise. Where a filter of time constant tau_f rounds
    the steps over several samples, the samples in between widen and pull the fitted levels: use
    ``method="threshold"`` with a `dead_time` of about 2 tau_f (rates within 1 % for stays of
    25 tau_f or more), or keep one sample in every 3 tau_f and use the hidden Markov model.
    Simulated magnetisation sampled faster than it relaxes in its well crosses the barrier several
    times in one flip and is not Gaussian in the well: use ``method="threshold"`` with a
    `hysteresis` of 0.6 or more.

    Parameters
    ----------
    trace : path, array (samples,) or (replicas, samples), Trace, xarray.DataArray or xarray.Dataset
        The record. Replicas of one device at one bias are pooled into one estimate.
    dt : float, optional
        Sampling interval in s; needed where `trace` has no time.
    method : {"hmm", "threshold"}
        How states are found.
    dead_time : float, optional
        Shortest stay that is trusted, in s.
    variable : str or int, optional
        Column or variable of a file or Dataset.
    device, bias, replica : int, optional
        Lane of a simulated result.
    hysteresis : float
        Width of the undecided band over the distance of the levels, in [0, 1).
    confidence : float
        Level of all intervals, in [0.5, 1).
    tolerance : float
        Baum-Welch stops when the log-likelihood gains less than this (or 1e-12 per sample).
    max_iterations : int
        Most Baum-Welch iterations.
    max_lag : float, optional
        Longest lag of the autocorrelation in s; 8 tau_c by default.
    segments : int
        Segments of the drift test; fewer are used where they would hold under 40 flips each.
    seed : int
        Seed of the dither that undoes the sampling of the stays in the exponential test.

    Returns
    -------
    TelegraphAnalysis
        Levels, noise, states, dwell times, rates, spectra, drift and quality.

    Raises
    ------
    DataError
        If the trace is not usable (see `mtjphys.laboratory.traces.read_trace`), never switches, switches too
        fast for its sampling, or the dead time is too long.
    ParameterError
        If an option is outside its range.

    Warns
    -----
    MtjphysWarning
        If the levels are not apart, noise crosses the thresholds, the sampling is too slow,
        anything drifts, or the fit has not converged.

    References
    ----------
    .. [1] L. E. Baum et al., Ann. Math. Stat. 41, 164 (1970).
    .. [2] D. Colquhoun and A. G. Hawkes, Phil. Trans. R. Soc. B 300, 1 (1982).
    .. [3] S. Machlup, J. Appl. Phys. 25, 341 (1954).

    Examples
    --------
    >>> from mtjphys import telegraph
    >>> trace = telegraph.sample(rate_up=2.0e3, rate_down=2.5e3, dt=25e-6, samples=40_000,
    ...                          levels=(36.2e-3, 48.0e-3), noise=0.9e-3, seed=1)
    >>> result = telegraph.analyse(trace)
    >>> result.rate_up.low < 2.0e3 < result.rate_up.high
    True
    """
    if method not in ("hmm", "threshold"):
        raise ParameterError(f"method={method!r} is unknown; choose 'hmm' or 'threshold'")
    check_range("hysteresis", hysteresis, "", 0.0, 0.99)
    check_range("confidence", confidence, "", 0.5, 0.9999)
    check_range("tolerance", tolerance, "", 0.0, 1e6, open_low=True)
    check_range("max_iterations", max_iterations, "", 1, 1e6)
    check_range("segments", segments, "", 2, 1000)
    block = _block(trace, dt, variable, device, bias, replica)
    values, dt = block.values, block.sample_interval
    minimum = 1
    if dead_time is not None:
        check_range("dead_time", dead_time, "s", 0.0, values.shape[1] * dt, "it is given in s")
        minimum = max(1, math.ceil(dead_time / dt - 1e-9))

    mixture = _fit_mixture(values)
    lower, upper = _thresholds(mixture.means, hysteresis)
    states = np.stack([kernels.threshold_states(row, lower, upper) for row in values])
    log_likelihood, iterations, model = math.nan, 0, None
    if method == "hmm":
        start = _start(values, states, mixture)
        model, log_likelihood, iterations = _baum_welch(values, start, tolerance, max_iterations)
        states = np.stack([kernels.viterbi(row, model, 0.5) for row in values])
    # levels and noise belong to the states as seen, before short stays are merged into long ones
    errors = None if model is None else _standard_errors(values, model)
    seen = model or _moments(values, states)
    inflation = _noise_inflation(values, states, seen)
    level, noise = _levels(seen, states, None if errors is None else errors[0], inflation, confidence, block.unit)
    if minimum > 1:
        states = np.stack([kernels.impose_dead_time(row, minimum) for row in states])

    stays_low, stays_high = _stays(states, minimum)
    if stays_low.events == 0 or stays_high.events == 0:
        raise DataError(
            f"{block.origin}: the signal switches up {stays_low.events} and down "
            f"{stays_high.events} times in {values.size * dt:g} s; expected at least one of each, "
            "record for longer"
        )
    if model is not None and errors is not None and minimum == 1:
        flips = np.array([model.flip_up, model.flip_down])
        covariance = errors[1]
    else:
        flips, covariance = _flips_from_stays(stays_low, stays_high, minimum, block.origin, dt)
        if errors is not None:  # overlap of the levels costs information with a dead time too
            np.fill_diagonal(covariance, np.maximum(np.diag(covariance), np.diag(errors[1])))
    if flips.sum() >= 1:
        raise DataError(
            f"{block.origin}: neighbouring samples are independent (flip probabilities "
            f"{flips[0]:.3g} and {flips[1]:.3g} per sample add up to 1 or more), so there is no "
            f"rate; sample faster than every dt={dt:g} s, or check that the signal has two levels"
        )
    log_rates, jacobian = _log_rates(np.log(flips), dt)
    rate_covariance = jacobian @ covariance @ jacobian.T
    counts = np.array([stays_low.events, stays_high.events], dtype=float)
    spread = np.sqrt(np.maximum(np.diag(rate_covariance), 0.0) * counts)
    dwells = [_chi_square_interval(math.exp(-log_rates[k]), counts[k], spread[k], confidence) for k in (0, 1)]
    z = _normal_quantile(0.5 + confidence / 2)
    rates = [_estimate(1 / d.value, 1 / d.high, 1 / d.low, "1/s") for d in dwells]
    flip_sd = np.sqrt(np.diag(covariance))
    flip = [
        _estimate(
            flips[k],
            flips[k] * math.exp(-z * flip_sd[k]),
            min(1.0, flips[k] * math.exp(z * flip_sd[k])),
        )
        for k in (0, 1)
    ]
    up, down = np.exp(log_rates)
    total = up + down
    share = up / total
    gradient = np.array([up, down]) / total
    tau_sd = math.sqrt(gradient @ rate_covariance @ gradient)
    tau_c = _estimate(1 / total, math.exp(-z * tau_sd) / total, math.exp(z * tau_sd) / total, "s")
    contrast = np.array([1.0, -1.0])
    logit, logit_sd = log_rates[0] - log_rates[1], math.sqrt(contrast @ rate_covariance @ contrast)
    occupation = _estimate(
        share,
        1 / (1 + math.exp(-logit + z * logit_sd)),
        1 / (1 + math.exp(-logit - z * logit_sd)),
    )

    distance = seen.mean_high - seen.mean_low
    variance = (1 - share) * seen.variance_low + share * seen.variance_high
    telegraph_variance = distance**2 * share * (1 - share)
    lags = _lags(values.shape[1], dt, tau_c.value, max_lag)
    correlation = autocorrelation(values, lags)
    signal_share = telegraph_variance / (telegraph_variance + variance)
    frequency, density = _welch(values, dt, tau_c.value)
    white = float(2 * dt * variance)
    spectrum = Spectrum(
        frequency,
        density,
        machlup_spectrum(frequency, distance, dwells[0].value, dwells[1].value),
        machlup_spectrum(frequency, distance, dwells[0].value, dwells[1].value, dt),
        white,
    )
    quality = Quality(
        float(distance / math.sqrt(0.5 * (seen.variance_low + seen.variance_high))),
        mixture.bic_gain,
        mixture.distance,
    )
    drift = _drift(values, states, dt, up, down, inflation, segments)
    if method == "threshold":
        _warn_false_flips(block.origin, quality.separation, hysteresis, float(flips.min()))
    if tau_c.value < 0.5 * dt:
        warnings.warn(
            f"{block.origin}: tau_c is {tau_c.value / dt:.2g} of the sampling interval, so that "
            "most flips fall between samples and the rates rest on the model alone; sample faster",
            MtjphysWarning,
            stacklevel=2,
        )
    if method == "hmm" and quality.two_level and quality.histogram_distance > 0.05:
        warnings.warn(
            f"{block.origin}: the signal within each level is not Gaussian (histogram "
            f"{quality.histogram_distance:.2g} from two Gaussians, expected below 0.05), so that "
            "the hidden Markov model may take excursions for flips; use method='threshold'",
            MtjphysWarning,
            stacklevel=2,
        )
    _warn(block.origin, quality, drift)
    return TelegraphAnalysis(
        values=values,
        states=states,
        dt=dt,
        unit=block.unit,
        name=block.name,
        source=block.origin,
        method=method,
        dead_time=0.0 if dead_time is None else float(dead_time),
        confidence=confidence,
        level_low=level[0],
        level_high=level[1],
        noise_low=noise[0],
        noise_high=noise[1],
        occupation=occupation,
        dwell_low=_dwell_times(dwells[0], stays_low, minimum, dt, seed),
        dwell_high=_dwell_times(dwells[1], stays_high, minimum, dt, seed + 1),
        rate_up=rates[0],
        rate_down=rates[1],
        tau_c=tau_c,
        flip_up=flip[0],
        flip_down=flip[1],
        autocorrelation=Autocorrelation(
            np.arange(lags + 1, dtype=np.float64) * dt,
            correlation,
            _decay_time(correlation, signal_share, dt),
        ),
        spectrum=spectrum,
        drift=drift,
        quality=quality,
        log_likelihood=log_likelihood,
        iterations=iterations,
    )


def analyse_lanes(
    data: xarray.DataArray | xarray.Dataset | str | Path, dt: float | None = None, **options: Any
) -> xarray.Dataset:
    """Analyse every device and bias of a simulated result, the replicas of each pooled.

    Parameters
    ----------
    data : xarray.DataArray, xarray.Dataset or path of a netCDF file
        Dimensions among ``device, bias, replica, time``.
    dt : float, optional
        Sampling interval in s, if there is no ``time`` coordinate.
    **options
        Passed on to `analyse`, e.g. ``method``, ``dead_time``, ``variable``.

    Returns
    -------
    xarray.Dataset
        The quantities of `TelegraphAnalysis.summary` with dimensions ``device, bias``, and their
        intervals with dimension ``bound``. A lane that cannot be analysed is NaN and named in a
        warning.

    Warns
    -----
    MtjphysWarning
        One for all lanes that failed or that `analyse` warned about.

    Examples
    --------
    >>> import numpy as np, xarray
    >>> from mtjphys import telegraph
    >>> rows = [telegraph.sample(1e3, k, 5e-5, 20_000, seed=3).values for k in (1e3, 3e3)]
    >>> data = xarray.DataArray(rows, dims=("bias", "time"),
    ...                         coords={"time": 5e-5 * np.arange(20_000)})
    >>> lanes = telegraph.analyse_lanes(data)
    >>> lanes.dwell_high.shape
    (1, 2)
    """
    import xarray

    if isinstance(data, (str, Path)):
        with open_dataset(data) as opened:
            return analyse_lanes(opened.load(), dt, **options)
    shape = tuple(int(data.sizes.get(name, 1)) for name in ("device", "bias"))
    table: dict[str, Floats] = {}
    units: dict[str, str] = {}
    remarks: list[str] = []
    for lane in np.ndindex(*shape):
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            try:
                result = analyse(data, dt, device=lane[0], bias=lane[1], **options)
            except DataError as error:
                remarks.append(f"device {lane[0]}, bias {lane[1]}: {error}")
                continue
        remarks += [f"device {lane[0]}, bias {lane[1]}: {item.message}" for item in caught]
        for name, value, unit, interval in result.summary():
            units[name] = unit
            table.setdefault(name, np.full(shape, np.nan))[lane] = value
            if interval is not None:
                table.setdefault(f"{name}_interval", np.full((*shape, 2), np.nan))[lane] = interval
    if not table:
        raise DataError("no lane can be analysed: " + "; ".join(remarks))
    if remarks:
        warnings.warn("; ".join(remarks), MtjphysWarning, stacklevel=2)
    dims = ("device", "bias")
    variables = {
        name: (
            (*dims, "bound") if array.ndim == 3 else dims,
            array,
            {"units": units[name.removesuffix("_interval")]},
        )
        for name, array in table.items()
    }
    coordinates: dict[str, Any] = {"bound": ["lower", "upper"]}
    coordinates |= {name: data.coords[name] for name in dims if name in data.coords}
    return xarray.Dataset(variables, coords=coordinates)


def sample(
    rate_up: float,
    rate_down: float,
    dt: float,
    samples: int,
    levels: tuple[float, float] = (0.0, 1.0),
    noise: float | tuple[float, float] = 0.1,
    seed: int = 0,
    unit: str = "",
) -> Trace:
    """Draw an exact telegraph signal: exponential stays in continuous time plus white noise.

    Parameters
    ----------
    rate_up, rate_down : float
        Rates in 1/s of low to high and high to low.
    dt : float
        Sampling interval in s.
    samples : int
        Number of samples.
    levels : (float, float)
        Mean of the signal in the low and high state.
    noise : float or (float, float)
        Standard deviation of the noise, for both or for each state.
    seed : int
        Seed of the stream.
    unit : str
        Unit of the levels.

    Returns
    -------
    Trace
        The signal; the first sample is drawn from the stationary occupation.

    Examples
    --------
    >>> from mtjphys import telegraph
    >>> telegraph.sample(1e3, 1e3, dt=1e-5, samples=500, seed=1).values.shape
    (500,)
    """
    check_range("rate_up", rate_up, "1/s", 0.0, 1e300, open_low=True)
    check_range("rate_down", rate_down, "1/s", 0.0, 1e300, open_low=True)
    check_interval(dt)
    check_range("samples", samples, "", 1, 1e12)
    sigmas = np.broadcast_to(np.asarray(noise, dtype=float), (2,))
    if not np.all(sigmas >= 0):
        raise ParameterError(f"noise={noise!r} is negative; give a standard deviation of at least 0")
    generator = np.random.default_rng(np.random.SeedSequence(seed))
    start = bool(generator.random() < rate_up / (rate_up + rate_down))
    states = kernels.sample_telegraph(generator, rate_up, rate_down, dt, start, int(samples))
    values = np.asarray(levels, dtype=float)[states] + sigmas[states] * generator.standard_normal(int(samples))
    return Trace(values, float(dt), unit, "signal", "telegraph.sample")


def autocorrelation(values: ArrayLike, max_lag: int) -> Floats:
    """Normalised autocorrelation for lags 0..max_lag, by Fourier transform of blocks.

    ``C_k = sum_t x_t x_{t+k}/(N - k)``, ``x`` less the mean of all samples, divided by ``C_0``. All
    pairs are used; memory does not grow with the record.

    Parameters
    ----------
    values : array (samples,) or (replicas, samples)
        The signal; replicas are pooled.
    max_lag : int
        Longest lag in samples, below the number of samples.

    Returns
    -------
    array (max_lag + 1,)
        The correlation, 1 at lag 0.

    Examples
    --------
    >>> from mtjphys import telegraph
    >>> telegraph.autocorrelation([1.0, -1.0, 1.0, -1.0], 2)
    array([ 1., -1.,  1.])
    """
    from scipy.fft import irfft, next_fast_len, rfft

    rows = np.atleast_2d(np.asarray(values, dtype=np.float64))
    n = rows.shape[1]
    check_range("max_lag", max_lag, "samples", 0, n - 1)
    mean = rows.mean()
    block = max(4 * max_lag, 1 << 16)
    size = next_fast_len(min(block, n) + max_lag, real=True)
    total = np.zeros(max_lag + 1)
    for row in rows:
        for start in range(0, n, block):
            longer = row[start : start + block + max_lag] - mean
            product = np.conj(rfft(longer[:block], size)) * rfft(longer, size)
            total += irfft(product, size)[: max_lag + 1]
    total /= n - np.arange(max_lag + 1)
    if total[0] == 0:
        raise DataError("the autocorrelation of a constant signal is not defined; check the channel")
    return np.asarray(total / total[0])


def exponential_test(durations: ArrayLike, dt: float = 0.0, shortest: int = 1, seed: int = 0) -> ExponentialTest:
    """Anderson-Darling test of exponential dwell times, mean estimated, sampling accounted for.

    Sampled exponential stays are geometric; a random fraction of a sample, exponential on (0, 1)
    with the estimated rate, turns a geometric stay into an exponential one, so that the continuous
    test is valid however coarse the sampling. The p value is Stephens' fit for an unknown mean,
    between 1e-6 and 1.

    Parameters
    ----------
    durations : array
        Dwell times in s, multiples of `dt` of at least ``shortest dt`` unless `dt` is 0.
    dt : float
        Sampling interval in s; 0 for durations that are not sampled.
    shortest : int
        Shortest stay kept, in samples (1 without a dead time).
    seed : int
        Seed of the random fractions.

    Returns
    -------
    ExponentialTest
        NaN below 8 durations, and where no stay is longer than the shortest one.

    References
    ----------
    .. [1] R. B. D'Agostino and M. A. Stephens, Goodness-of-Fit Techniques, Marcel Dekker (1986),
    table 4.14.

    Examples
    --------
    >>> import numpy as np
    >>> from mtjphys import telegraph
    >>> telegraph.exponential_test(np.ones(100)).p_value < 0.01
    True
    """
    x = np.asarray(durations, dtype=np.float64)
    n = x.size
    if n < 8:
        return ExponentialTest(math.nan, math.nan, n)
    if dt > 0:
        whole = np.rint(x / dt) - shortest
        mean = whole.mean() + 1
        if mean <= 1:
            return ExponentialTest(math.nan, math.nan, n)
        rate = -math.log1p(-1 / mean)
        uniform = np.random.default_rng(np.random.SeedSequence(seed)).random(n)
        x = whole - np.log1p(uniform * math.expm1(-rate)) / rate
    x = np.sort(x) / x.mean()
    with np.errstate(divide="ignore"):
        log_cdf = np.log(-np.expm1(-x))
    weight = 2 * np.arange(1, n + 1) - 1
    statistic = float(-n - np.sum(weight * (log_cdf - x[::-1])) / n)
    a = statistic * (1 + 0.6 / n)
    if not math.isfinite(a):
        return ExponentialTest(statistic, 1e-6, n)
    if a < 0.26:
        p = 1 - math.exp(-12.2204 + 67.459 * a - 110.3 * a * a)
    elif a < 0.51:
        p = 1 - math.exp(-6.1327 + 20.218 * a - 18.663 * a * a)
    elif a < 0.95:
        p = math.exp(0.9209 - 3.353 * a + 0.300 * a * a)
    else:
        a = min(a, 10.0)
        p = max(1e-6, math.exp(0.731 - 3.009 * a + 0.15 * a * a))
    return ExponentialTest(statistic, p, n)


def _block(
    trace: Any,
    dt: float | None,
    variable: str | int | None,
    device: int | None,
    bias: int | None,
    replica: int | None,
) -> Replicas:
    """Return whatever the user gave as (replicas, samples)."""
    check_interval(dt)
    if isinstance(trace, (str, Path)) and Path(trace).suffix.lower() in (
        ".nc",
        ".nc4",
        ".h5",
        ".hdf5",
    ):
        if not Path(trace).exists():
            raise DataError(f"{trace}: no such file")
        with open_dataset(trace) as dataset:
            return replicas_of(
                dataset,
                dt,
                variable=variable,
                device=device,
                bias=bias,
                replica=replica,
                origin=str(trace),
            )
    if hasattr(trace, "dims") and hasattr(trace, "coords"):
        return replicas_of(trace, dt, variable=variable, device=device, bias=bias, replica=replica)
    if not isinstance(trace, (str, Path, Trace)):
        values = as_floats(trace, "array")
        if values.ndim == 2:
            for row in values:
                check_values(row, "array", constant=False)
            if values.size == 0 or values.min() == values.max():
                raise DataError("array: every sample is the same; expected a signal that varies")
            if dt is None:
                raise DataError("array: an array has no time; pass the sampling interval in s, dt=...")
            if replica is not None:
                check_range("replica", replica, "", 0, values.shape[0] - 1)
                values = values[replica : replica + 1]
            return Replicas(values, float(dt), "", "signal", "array")
        trace = values
    if device or bias or replica:
        raise DataError(
            f"device={device}, bias={bias}, replica={replica} choose a lane of a simulated result; "
            "leave them out, this is one trace"
        )
    one = read_trace(trace, column=variable, sample_interval=dt)
    if isinstance(trace, Trace):
        check_values(one.values, one.origin, MINIMUM_SAMPLES)
    return Replicas(one.values[np.newaxis], dt or one.sample_interval, one.unit, one.name, one.origin)


@dataclass(frozen=True)
class _Mixture:
    weights: Floats
    means: Floats
    variances: Floats
    bic_gain: float
    distance: float


def _fit_mixture(values: Floats, bins: int = 400) -> _Mixture:
    """Fit two Gaussians to the histogram; the best of three starts."""
    from scipy.special import ndtr

    low, high = float(values.min()), float(values.max())
    counts, edges = np.histogram(values, bins=bins, range=(low, high))
    x = 0.5 * (edges[1:] + edges[:-1])
    width = edges[1] - edges[0]
    weight = counts / counts.sum()
    keep = weight > 0
    x, weight = x[keep], weight[keep]
    floor = width**2 / 12
    mean = float(weight @ x)
    variance = max(float(weight @ (x - mean) ** 2), floor)
    one = -0.5 * (math.log(2 * math.pi * variance) + 1)
    centre = mean
    for _ in range(50):
        below = x <= centre
        lower, upper = weight[below].sum(), weight[~below].sum()
        if lower == 0 or upper == 0:
            break
        centre = 0.5 * ((weight @ (x * below)) / lower + (weight @ (x * ~below)) / upper)
    cumulative = np.cumsum(weight)
    tail = [float(np.interp(q, cumulative, x)) for q in (0.001, 0.999)]
    fits = []
    for split in (centre, 0.5 * (low + high), 0.5 * sum(tail)):
        above = np.clip((x > split).astype(float), 1e-3, 1 - 1e-3)
        score = -math.inf
        for _ in range(200):
            w = np.array([weight @ (1 - above), weight @ above])
            m = np.array([weight @ (x * (1 - above)), weight @ (x * above)]) / w
            v = np.array([weight @ ((x - m[0]) ** 2 * (1 - above)), weight @ ((x - m[1]) ** 2 * above)]) / w
            v = np.maximum(v, floor)
            logs = np.log(w / np.sqrt(2 * np.pi * v)) - 0.5 * (x[:, None] - m) ** 2 / v
            joint = np.logaddexp(logs[:, 0], logs[:, 1])
            above = np.clip(np.exp(logs[:, 1] - joint), 1e-300, 1 - 1e-16)
            previous, score = score, float(weight @ joint)
            if score - previous < 1e-9:
                break
        fits.append((score, w, m, v))
    two, w, m, v = max(fits, key=lambda fit: fit[0])
    order = np.argsort(m)
    w, m, v = w[order], m[order], v[order]
    # at the middle of each step, so that coarse digitisation is not taken for a third level
    distance = float(np.max(np.abs(ndtr((x[:, None] - m) / np.sqrt(v)) @ w - cumulative + 0.5 * weight)))
    independent = values.size / _integrated_correlation(values)
    gain = 2 * independent * (two - one) - 3 * math.log(max(independent, 2.0))
    return _Mixture(w, m, v, gain, distance)


def _integrated_correlation(values: Floats, limit: int = 1_000_000) -> float:
    """Return ``1 + 2 sum_k rho_k`` in samples, up to the first insignificant lag."""
    rows = values[: max(1, limit // values.shape[1]), :limit]
    lags = min(16, rows.shape[1] - 1)
    while True:
        correlation = autocorrelation(rows, lags)
        small = np.flatnonzero(correlation < 2 / math.sqrt(rows.size))
        if small.size or lags >= rows.shape[1] // 4:
            break
        lags = min(4 * lags, rows.shape[1] // 4)
    end = int(small[0]) if small.size else lags + 1
    return float(1 + 2 * correlation[1:end].sum())


def _thresholds(means: Floats, hysteresis: float) -> tuple[float, float]:
    middle, half = 0.5 * (means[0] + means[1]), 0.5 * (means[1] - means[0])
    return middle - hysteresis * half, middle + hysteresis * half


def _start(values: Floats, states: NDArray[np.int8], mixture: _Mixture) -> TwoLevelModel:
    """Return the start of Baum-Welch: levels of the histogram, flips of thresholded states."""
    up = np.count_nonzero(np.diff(states) == 1) + 0.5
    down = np.count_nonzero(np.diff(states) == -1) + 0.5
    high = np.count_nonzero(states) + 1.0
    low = states.size - high + 2.0
    floor = _variance_floor(values)
    return TwoLevelModel(
        float(mixture.means[0]),
        float(mixture.means[1]),
        max(float(mixture.variances[0]), floor),
        max(float(mixture.variances[1]), floor),
        min(up / low, 0.5),
        min(down / high, 0.5),
    )


def _variance_floor(values: Floats) -> float:
    return (1e-6 * float(values.max() - values.min())) ** 2


def _expect(values: Floats, model: TwoLevelModel) -> Expectations:
    """E-step over all replicas; nothing is assumed about the first state."""
    total = np.zeros(len(Expectations._fields))
    for row in values:
        total += kernels.expectations(row, model, 0.5)
    return Expectations(*total)


def _baum_welch(
    values: Floats, model: TwoLevelModel, tolerance: float, max_iterations: int
) -> tuple[TwoLevelModel, float, int]:
    """Maximise the likelihood; returns model, log-likelihood and iterations."""
    floor = _variance_floor(values)
    replicas = values.shape[0]
    threshold = max(tolerance, 1e-12 * values.size)
    previous = -math.inf
    iterations = 0
    while True:
        e = _expect(values, model)
        if not math.isfinite(e.log_likelihood):
            raise DataError("the hidden Markov fit does not converge on this trace; use method='threshold'")
        gain = e.log_likelihood - previous
        if gain < threshold:
            break
        if iterations == max_iterations:
            warnings.warn(
                f"the hidden Markov fit still gains {gain:.2g} in log-likelihood after "
                f"{max_iterations} iterations; raise max_iterations or tolerance",
                MtjphysWarning,
                stacklevel=3,
            )
            break
        iterations += 1
        previous = e.log_likelihood
        low = e.samples - e.high
        if min(low, e.high) < 1e-6:
            raise DataError(
                "the hidden Markov fit finds one level only; expected a signal that switches, record for longer"
            )
        shift_low, shift_high = e.first_low / low, e.first_high / e.high
        model = TwoLevelModel(
            model.mean_low + shift_low,
            model.mean_high + shift_high,
            max(e.second_low / low - shift_low**2, floor),
            max(e.second_high / e.high - shift_high**2, floor),
            _inside(e.flips_up / (low - (replicas - e.last_high))),
            _inside(e.flips_down / (e.high - e.last_high)),
        )
    if model.mean_low > model.mean_high:
        model = TwoLevelModel(*(model[k] for k in (1, 0, 3, 2, 5, 4)))
    return model, float(e.log_likelihood), iterations


def _inside(probability: float) -> float:
    return min(max(probability, 1e-12), 1 - 1e-12)


def _score(values: Floats, model: TwoLevelModel) -> Floats:
    """Gradient of the log-likelihood by Fisher's identity.

    In (mean, mean, ln variance, ln variance, logit flip up, logit flip down).
    """
    e = _expect(values, model)
    low = e.samples - e.high
    return np.array(
        [
            e.first_low / model.variance_low,
            e.first_high / model.variance_high,
            0.5 * (e.second_low / model.variance_low - low),
            0.5 * (e.second_high / model.variance_high - e.high),
            e.flips_up - model.flip_up * (low - values.shape[0] + e.last_high),
            e.flips_down - model.flip_down * (e.high - e.last_high),
        ]
    )


def _standard_errors(values: Floats, model: TwoLevelModel) -> tuple[Floats, Floats]:
    """Variances of (means, ln variances) and covariance of ln flip probabilities.

    From the observed information, the negative central difference of the score.
    """
    e = _expect(values, model)
    low = e.samples - e.high
    flips = np.array([max(e.flips_up, 1.0), max(e.flips_down, 1.0)])
    # complete-data standard errors: the natural length of a step
    scale = np.sqrt([model.variance_low / low, model.variance_high / e.high, 2 / low, 2 / e.high, *(1 / flips)])

    def moved(k: int, by: float) -> TwoLevelModel:
        theta = np.array(model)
        if k < 2:
            theta[k] += by
        elif k < 4:
            theta[k] *= math.exp(by)
        else:
            odds = theta[k] / (1 - theta[k]) * math.exp(by)
            theta[k] = odds / (1 + odds)
        return TwoLevelModel(*theta)

    information = np.empty((6, 6))
    for k in range(6):
        step = 0.1 * scale[k]
        difference = _score(values, moved(k, step)) - _score(values, moved(k, -step))
        information[k] = -difference / (2 * step) * scale * scale[k]
    information = 0.5 * (information + information.T)
    eigenvalues, vectors = np.linalg.eigh(information)
    # a flat direction is a parameter that the trace does not fix; its interval becomes very wide
    covariance = (vectors / np.maximum(eigenvalues, 1e-4)) @ vectors.T * np.outer(scale, scale)
    to_log = np.array([1 - model.flip_up, 1 - model.flip_down])
    return np.diag(covariance)[:4], covariance[4:, 4:] * np.outer(to_log, to_log)


def _moments(values: Floats, states: NDArray[np.int8]) -> TwoLevelModel:
    """Levels and noises of the samples in each state; the flip probabilities are not used."""
    floor = _variance_floor(values)
    low, high = values[states == 0], values[states == 1]
    return TwoLevelModel(
        float(low.mean()),
        float(high.mean()),
        max(float(low.var()), floor),
        max(float(high.var()), floor),
        math.nan,
        math.nan,
    )


@dataclass(frozen=True)
class _Stays:
    """Stays in one state over all replicas, in samples."""

    complete: NDArray[np.int64]
    events: int
    censored: int
    exposure: float  # samples spent beyond the shortest stay, at which a flip could be seen


def _stays(states: NDArray[np.int8], minimum: int) -> tuple[_Stays, _Stays]:
    """Collect the stays of both states.

    A first stay has no known beginning, but by memorylessness its time and its end count as any
    other's; a last one counts with its time only.
    """
    complete: tuple[list[Any], list[Any]] = ([], [])
    events, censored, exposure = [0, 0], [0, 0], [0.0, 0.0]
    for row in states:
        lengths = kernels.run_lengths(row)
        for state in (0, 1):
            first = 0 if row[0] == state else 1
            own = lengths[first::2]
            if own.size == 0:
                continue
            holds_first = first == 0
            holds_last = (lengths.size - 1 - first) % 2 == 0
            finished = own.size - int(holds_last)
            events[state] += finished
            censored[state] += int(holds_last) + int(holds_first and not (holds_last and own.size == 1))
            inner = own[int(holds_first) : own.size - int(holds_last)]
            complete[state].append(inner)
            exposure[state] += float((inner - (minimum - 1)).sum())
            if holds_first and finished:
                exposure[state] += float(own[0])
            if holds_last:
                exposure[state] += max(float(own[-1]) - 1 - (minimum - 1) * (not holds_first or own.size > 1), 0.0)
    result = []
    for state in (0, 1):
        joined = np.concatenate(complete[state]) if complete[state] else np.empty(0, np.int64)
        result.append(_Stays(joined, events[state], censored[state], exposure[state]))
    return result[0], result[1]


def _apparent_stays(log_flips: Floats, minimum: int) -> Floats:
    """Mean apparent stays in samples of a chain whose runs below `minimum` samples are dropped."""
    p = np.exp(log_flips)
    survive = (1 - p) ** (minimum - 1)
    return np.asarray(1 / (p * survive[::-1]) + (1 / survive[::-1] - 1) / p[::-1])


def _flips_from_stays(low: _Stays, high: _Stays, minimum: int, source: str, dt: float) -> tuple[Floats, Floats]:
    """Flip probabilities and the covariance of their logarithms from apparent stays."""
    events = np.array([low.events, high.events], dtype=float)
    beyond = np.array([low.exposure, high.exposure]) / events
    mean = beyond + (minimum - 1)
    log_flips = -np.log(mean)
    if minimum > 1:
        for _ in range(1000):
            # towards the root of slow switching from below: each step adds what is missed at the
            # last rates
            previous = log_flips
            p = np.exp(log_flips)
            survive = (1 - p) ** (minimum - 1)
            rest = mean - (1 / survive[::-1] - 1) / p[::-1]
            if np.any(rest <= 0):
                break
            log_flips = -np.log(survive[::-1] * rest)
            if np.any(log_flips >= 0):
                break
            if np.max(np.abs(log_flips - previous)) < 1e-12:
                break
        solved = np.all(log_flips < 0) and np.allclose(_apparent_stays(log_flips, minimum), mean, rtol=1e-6)
        if not solved:
            raise DataError(
                f"{source}: apparent mean stays of {mean[0] * dt:g} and {mean[1] * dt:g} s cannot "
                f"come from two rates with a dead time of {(minimum - 1) * dt:g} s; use a shorter "
                "dead_time or a faster detector"
            )
    h = 1e-6
    jacobian = np.empty((2, 2))
    for k in (0, 1):
        shift = h * np.eye(2)[k]
        jacobian[:, k] = (
            np.log(_apparent_stays(log_flips + shift, minimum)) - np.log(_apparent_stays(log_flips - shift, minimum))
        ) / (2 * h)
    variances = (beyond / mean) ** 2 * np.maximum(1 - 1 / np.maximum(beyond, 1.0), 0.0) / events
    inverse = np.linalg.inv(jacobian)
    return np.exp(log_flips), inverse @ np.diag(variances) @ inverse.T


def _log_rates(log_flips: Floats, dt: float) -> tuple[Floats, Floats]:
    """Logarithm of the continuous-time rates and their derivatives with respect to `log_flips`.

    ``rate = -ln(1 - s)/(s dt) p``, ``s = p_up + p_down``: the matrix logarithm of the 2x2
    transition matrix.
    """
    p = np.exp(log_flips)
    s = float(p.sum())
    factor = -math.log1p(-s) / s
    slope = (1 / (1 - s) / s - factor / s) / factor  # d ln(factor)/ds
    return log_flips + math.log(factor / dt), np.eye(2) + slope * np.tile(p, (2, 1))


def _levels(
    model: TwoLevelModel,
    states: NDArray[np.int8],
    variances: Floats | None,
    inflation: float,
    confidence: float,
    unit: str,
) -> tuple[list[Estimate], list[Estimate]]:
    """Levels and noises with intervals; `inflation` counts correlated samples as fewer."""
    z = _normal_quantile(0.5 + confidence / 2)
    level, noise = [], []
    for k in (0, 1):
        mean, variance = model[k], model[2 + k]
        samples = int(np.count_nonzero(states == k))
        mean_variance = variance / samples if variances is None else variances[k]
        log_variance = 2.0 / samples if variances is None else variances[2 + k]
        half = z * math.sqrt(mean_variance * inflation)
        sigma = math.sqrt(variance)
        factor = math.exp(0.5 * z * math.sqrt(log_variance * inflation))
        level.append(_estimate(mean, mean - half, mean + half, unit))
        noise.append(_estimate(sigma, sigma / factor, sigma * factor, unit))
    return level, noise


def _estimate(value: float, low: float, high: float, unit: str = "") -> Estimate:
    return Estimate(float(value), float(low), float(high), unit)


def _normal_quantile(probability: float) -> float:
    from scipy.special import ndtri

    return float(ndtri(probability))


def _chi_square_interval(mean: float, count: float, spread: float, confidence: float) -> Estimate:
    """Interval of an exponential mean from `count` events, its log half-widths times `spread`."""
    from scipy.special import gammaincinv

    tail = 0.5 * (1 - confidence)
    below = math.log(float(gammaincinv(count + 1, 1 - tail)) / count) * spread
    above = math.log(count / float(gammaincinv(count, tail))) * spread
    return _estimate(mean, mean * math.exp(-below), mean * math.exp(above), "s")


def _dwell_times(mean: Estimate, stays: _Stays, minimum: int, dt: float, seed: int) -> DwellTimes:
    durations = stays.complete.astype(np.float64) * dt
    return DwellTimes(
        mean,
        stays.events,
        stays.censored,
        durations,
        exponential_test(durations, dt, minimum, seed),
    )


def _noise_inflation(values: Floats, states: NDArray[np.int8], model: TwoLevelModel) -> float:
    """Integrated autocorrelation of what is left after the levels are taken off, in samples."""
    rows = max(1, 1_000_000 // values.shape[1])
    part, idle = values[:rows, :1_000_000], states[:rows, :1_000_000]
    rest = part - np.where(idle == 1, model.mean_high, model.mean_low)
    if rest.min() == rest.max():
        return 1.0
    return max(1.0, _integrated_correlation(rest))


def _lags(samples: int, dt: float, tau_c: float, max_lag: float | None) -> int:
    if max_lag is None:
        return int(min(max(8 * tau_c / dt, 20), samples // 2))
    check_range("max_lag", max_lag, "s", dt, (samples - 1) * dt)
    return round(max_lag / dt)


def _decay_time(correlation: Floats, share: float, dt: float) -> float:
    """Return the lag in s at which the correlation is `share`/e, log-linear between samples.

    `share` is the telegraph part of the variance, white noise counts at lag 0 only; NaN if the
    level is not reached.
    """
    target = share / math.e
    below = np.flatnonzero(correlation[1:] < target)
    if below.size == 0:
        return math.nan
    k = int(below[0]) + 1
    before = correlation[k - 1] if k > 1 else share
    after = max(float(correlation[k]), 1e-12)
    return dt * (k - 1 + math.log(before / target) / math.log(before / after))


def _welch(values: Floats, dt: float, tau_c: float) -> tuple[Floats, Floats]:
    """Welch's estimate with segments long enough to show the plateau below the corner."""
    from scipy.signal import welch

    n = values.shape[1]
    wanted = 2 ** math.ceil(math.log2(max(128 * tau_c / dt, 256)))
    length = int(min(wanted, 1 << 22, max(n // 4, MINIMUM_SAMPLES)))
    block = max(length, (1 << 22) // length * length)
    total, count = np.zeros(length // 2 + 1), 0
    mean = values.mean()
    for row in values:
        for start in range(0, n, block):
            part = row[start : start + block]
            if part.size < length:
                continue
            averaged = 2 * part.size // length - 1
            frequency, density = welch(part - mean, fs=1 / dt, nperseg=length, detrend="constant")
            total += averaged * density
            count += averaged
    # detrending removes power from the lowest two bins
    return frequency[2:], total[2:] / count


def _drift(
    values: Floats,
    states: NDArray[np.int8],
    dt: float,
    up: float,
    down: float,
    inflation: float,
    segments: int,
) -> Drift:
    """Compare segment means with their statistical errors for a steady telegraph process.

    The error of a level is the larger of that of noise with the given integrated correlation and of
    the scatter between stays, which sees what a filter leaves of each flip.
    """
    from scipy.special import gammaincc

    replicas, n = values.shape
    flips = int(np.count_nonzero(np.diff(states)))
    number = min(segments, flips // 40)
    empty = np.empty(0)
    if number < 2:
        return Drift(empty, empty, empty, empty, {})
    edges = np.linspace(0, n, number + 1).astype(int)
    level, samples = np.full((2, number), math.nan), np.zeros((2, number))
    squares, scatter = np.zeros(2), np.zeros(2)
    occupied, rate = np.empty(number), np.empty(number)
    for k in range(number):
        part, idle = values[:, edges[k] : edges[k + 1]], states[:, edges[k] : edges[k + 1]]
        flipped = np.ones(idle.shape, bool)
        flipped[:, 1:] = idle[:, 1:] != idle[:, :-1]
        starts = np.flatnonzero(flipped)
        length = np.diff(np.append(starts, idle.size))
        total = np.add.reduceat(part.ravel(), starts)
        state_of = idle.ravel()[starts]
        for state in (0, 1):
            own = state_of == state
            samples[state, k] = length[own].sum()
            if samples[state, k] > 0:
                level[state, k] = total[own].sum() / samples[state, k]
                squares[state] += np.sum((part[idle == state] - level[state, k]) ** 2)
                scatter[state] += np.sum((total[own] - level[state, k] * length[own]) ** 2)
        occupied[k] = idle.mean()
        rate[k] = starts.size - replicas
    per_sample = np.maximum(squares * inflation, scatter) / samples.sum(1)
    span = np.diff(edges) * dt
    t_low, t_high = 1 / up, 1 / down
    tau_c, share = 1 / (up + down), up / (up + down)
    # time average of a telegraph signal over `span`, and flips of a renewal process
    shape = tau_c / span * (1 - tau_c / span * (1 - np.exp(-span / tau_c)))
    occupation_variance = 2 * share * (1 - share) * shape / replicas
    cycle = t_low + t_high
    flips_expected = rate.sum() * span / span.sum()
    flips_variance = np.maximum(2 * flips_expected * (t_low**2 + t_high**2) / cycle**2, 1.0)

    def p_value(x: Floats, variance: Floats) -> float:
        good = np.isfinite(x)
        if np.count_nonzero(good) < 2:
            return 1.0
        weight = 1 / np.maximum(variance[good], tiny)
        mean = weight @ x[good] / weight.sum()
        return float(gammaincc(0.5 * (weight.size - 1), 0.5 * (weight @ (x[good] - mean) ** 2)))

    tiny = 1e-18 * float(values.max() - values.min()) ** 2
    with np.errstate(divide="ignore"):
        level_variance = per_sample[:, None] / samples
    p_values = {
        "low level": p_value(level[0], level_variance[0]),
        "high level": p_value(level[1], level_variance[1]),
        "occupation": p_value(occupied, occupation_variance),
        "switching rate": p_value(rate / span, flips_variance / span**2),
    }
    return Drift(0.5 * (edges[1:] + edges[:-1]) * dt, level[0], level[1], occupied, p_values)


def _warn_false_flips(source: str, separation: float, hysteresis: float, flip: float) -> None:
    from scipy.special import ndtr

    false = float(ndtr(-0.5 * (1 + hysteresis) * separation))
    if false > 0.05 * flip:
        warnings.warn(
            f"{source}: noise crosses the thresholds on {false:.2g} of the samples, against real "
            f"flips on {flip:.2g}, so that the rates are too high; use method='hmm' or a wider "
            "hysteresis",
            MtjphysWarning,
            stacklevel=3,
        )


def _warn(source: str, quality: Quality, drift: Drift) -> None:
    if not quality.two_level:
        warnings.warn(
            f"{source}: this may not be a two-level signal (levels {quality.separation:.2g} noise "
            f"widths apart, expected above 2; evidence for two levels {quality.bic_gain:.3g}, "
            f"expected above 10; histogram {quality.histogram_distance:.2g} from two Gaussians, "
            "expected below 0.05); look at plot_histogram, and if a filter rounds the steps see "
            "the notes of telegraph.analyse",
            MtjphysWarning,
            stacklevel=3,
        )
    if drift.drifting:
        moved = [name for name, p in drift.p_values.items() if p < 1e-4]
        ranges = {
            "low level": drift.level_low,
            "high level": drift.level_high,
            "occupation": drift.occupation,
        }
        told = [
            f"{name} (from {np.nanmin(ranges[name]):.4g} to {np.nanmax(ranges[name]):.4g})" if name in ranges else name
            for name in moved
        ]
        warnings.warn(
            f"{source}: {', '.join(told)} drifts by more than the statistical error; analyse "
            "shorter pieces or remove the drift",
            MtjphysWarning,
            stacklevel=3,
        )

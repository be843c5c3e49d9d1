"""From a trace to states, dwell times, rates, spectra and their errors."""

from __future__ import annotations

import math
import warnings
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from mtjphys.core.checks import as_choice
from mtjphys.core.errors import DataError, MtjphysWarning, ParameterError
from mtjphys.core.quantity import check_range
from mtjphys.core.streams import as_seed
from mtjphys.kernels import telegraph as kernels
from mtjphys.kernels.telegraph import TwoLevelModel
from mtjphys.laboratory.traces import read_replicas
from mtjphys.telegraph.drift import doubts, find_drift, noise_inflation
from mtjphys.telegraph.dwell_times import Stays, dwell_statistics, stays_in
from mtjphys.telegraph.hidden_markov import baum_welch, moments, standard_errors, start_model
from mtjphys.telegraph.intervals import level_estimates
from mtjphys.telegraph.rates import SwitchingEstimates, flips_from_stays, switching_estimates
from mtjphys.telegraph.results import Autocorrelation, PowerSpectrum, Quality, TelegraphAnalysis
from mtjphys.telegraph.spectra import autocorrelation, decay_time, longest_lag, power_density
from mtjphys.telegraph.thresholds import Mixture, check_thresholds, false_flips, fit_mixture, thresholds_between
from mtjphys.theory import machlup_spectrum

Floats = NDArray[np.float64]


def analyse(
    trace: Any,
    sample_interval: float | None = None,
    method: str = "hmm",
    dead_time: float | None = None,
    *,
    variable: str | int | None = None,
    device: int | None = None,
    bias: int | None = None,
    replica: int | None = None,
    thresholds: tuple[float, float] | None = None,
    hysteresis: float | None = None,
    confidence: float = 0.95,
    tolerance: float = 1e-6,
    max_iterations: int = 500,
    max_lag: float | None = None,
    segments: int = 10,
    seed: int | None = 0,
) -> TelegraphAnalysis:
    """Find the two levels of a telegraph signal, its states, rates and their confidence intervals.

    ``method="hmm"`` fits the two-state Gaussian hidden Markov model by maximum likelihood
    (Baum-Welch; each state has its own level, noise and flip probability; the state of the first
    sample is not assumed) and takes the states from the Viterbi path. ``method="threshold"`` calls
    a sample high above the upper threshold, low below the lower one, and unchanged between; by
    default they are ``(low + high)/2 -+ hysteresis (high - low)/2`` of two Gaussians fitted to the
    histogram. The switching is a two-state Markov process; seen at the sampling instants it is
    exactly a Markov chain with flip probabilities ``p_up = (rate_up/k)(1 - exp(-k dt))``, ``k =
    rate_up + rate_down``, and ``p_down`` likewise; inverting this (the matrix logarithm of the 2x2
    transition matrix) accounts exactly for the flips that fall between two samples.

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
    trace : path, array (samples,) or (replicas, samples), Trace, Replicas, xarray.DataArray or xarray.Dataset
        The record. Replicas of one device at one bias are pooled into one estimate.
    sample_interval : float, optional
        Time between samples (dt above) in s; needed where `trace` has no time.
    method : {"hmm", "threshold"}
        How states are switching.
    dead_time : float, optional
        Shortest stay that is trusted, in s.
    variable : str or int, optional
        Column or variable of a file or Dataset. Of a simulated run the resistance, of a readout its signal is taken
        by default.
    device, bias, replica : int, optional
        Lane of a simulated result.
    thresholds : (float, float), optional
        Of ``method="threshold"``, low and high, in the unit of the signal.
    hysteresis : float, optional
        Width of the undecided band over the distance of the levels, in [0, 1), where no `thresholds` are given;
        0.5 by default.
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
    seed : int or None
        Seed of the dither that undoes the sampling of the stays in the exponential test; None draws one. The result
        has it.

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
    >>> trace = telegraph.sample(rate_up=2.0e3, rate_down=2.5e3, sample_interval=25e-6, samples=40_000,
    ...                          levels=(36.2e-3, 48.0e-3), noise=0.9e-3, seed=1)
    >>> result = telegraph.analyse(trace)
    >>> result.rate_up.low < 2.0e3 < result.rate_up.high
    True
    """
    as_choice("method", method, ("hmm", "threshold"))
    check_range("confidence", confidence, "", 0.5, 0.9999)
    check_range("tolerance", tolerance, "", 0.0, 1e6, open_low=True)
    check_range("max_iterations", max_iterations, "", 1, 1e6)
    check_range("segments", segments, "", 2, 1000)
    seed = as_seed(seed)
    if method == "hmm" and thresholds is not None:
        raise ParameterError(f"thresholds={thresholds!r} are for method='threshold'; the hidden Markov model has none")
    given, width = check_thresholds(thresholds, hysteresis)
    record = read_replicas(trace, variable, sample_interval, device=device, bias=bias, replica=replica)
    values, interval = record.values, record.sample_interval
    minimum = 1
    if dead_time is not None:
        check_range("dead_time", dead_time, "s", 0.0, values.shape[1] * interval, "it is given in s")
        minimum = max(1, math.ceil(dead_time / interval - 1e-9))

    mixture = fit_mixture(values)
    borders = given or thresholds_between(mixture.means, width)
    idealised = _idealise(values, mixture, borders, None if method == "threshold" else (tolerance, max_iterations))
    # levels and noise belong to the states as seen, before short stays are merged into long ones
    seen, states = idealised.seen, idealised.states
    inflation = noise_inflation(values, states, seen)
    level, noise = level_estimates(seen, states, idealised.variances, inflation, confidence, record.unit)
    if minimum > 1:
        states = np.stack([kernels.impose_dead_time(row, minimum) for row in states])
    stays = stays_in(0, states, minimum), stays_in(1, states, minimum)
    switching = _switching(record.origin, idealised, stays, minimum, interval, values.size * interval, confidence)

    correlation, spectrum = _fluctuations(values, seen, switching, interval, max_lag)
    separation = (seen.mean_high - seen.mean_low) / math.sqrt(0.5 * (seen.variance_low + seen.variance_high))
    quality = Quality(float(separation), mixture.bic_gain, mixture.distance)
    up, down = (rate.value for rate in switching.rates)
    drift = find_drift(values, states, interval, (up, down), inflation, segments)
    told = list(idealised.remarks)
    if method == "threshold":
        told += false_flips(seen, borders, min(flip.value for flip in switching.flips))
    if switching.tau_c.value < 0.5 * interval:
        told.append(
            f"tau_c is {switching.tau_c.value / interval:.2g} of the sampling interval, so that most flips fall "
            "between samples and the rates rest on the model alone; sample faster"
        )
    if method == "hmm" and quality.two_level and quality.histogram_distance > 0.05:
        told.append(
            f"the signal within each level is not Gaussian (histogram {quality.histogram_distance:.2g} from two "
            "Gaussians, expected below 0.05), so that the hidden Markov model may take excursions for flips; use "
            "method='threshold'"
        )
    for remark in told + doubts(quality, drift):
        warnings.warn(f"{record.origin}: {remark}", MtjphysWarning, stacklevel=2)
    return TelegraphAnalysis(
        values=values,
        states=states,
        sample_interval=interval,
        unit=record.unit,
        name=record.name,
        origin=record.origin,
        method=method,
        thresholds=borders if method == "threshold" else None,
        dead_time=0.0 if dead_time is None else float(dead_time),
        confidence=confidence,
        level_low=level[0],
        level_high=level[1],
        noise_low=noise[0],
        noise_high=noise[1],
        occupation=switching.occupation,
        dwell_low=dwell_statistics(switching.dwells[0], stays[0], minimum, interval, seed, 0),
        dwell_high=dwell_statistics(switching.dwells[1], stays[1], minimum, interval, seed, 1),
        rate_up=switching.rates[0],
        rate_down=switching.rates[1],
        tau_c=switching.tau_c,
        flip_up=switching.flips[0],
        flip_down=switching.flips[1],
        autocorrelation=correlation,
        spectrum=spectrum,
        drift=drift,
        quality=quality,
        log_likelihood=idealised.log_likelihood,
        iterations=idealised.iterations,
        seed=seed,
    )


class _Idealised(NamedTuple):
    """States, and the levels and noises that they have or were taken with."""

    states: NDArray[np.int8]
    seen: TwoLevelModel
    variances: Floats | None = None  # of (means, ln variances), by the hidden Markov model
    covariance: Floats | None = None  # of ln flip probabilities, by the hidden Markov model
    log_likelihood: float = math.nan
    iterations: int = 0
    remarks: tuple[str, ...] = ()


def _idealise(
    values: Floats, mixture: Mixture, thresholds: tuple[float, float], markov: tuple[float, int] | None
) -> _Idealised:
    """Find the states by thresholds, or with them as a start by the hidden Markov model (tolerance, iterations)."""
    states = np.stack([kernels.threshold_states(row, *thresholds) for row in values])
    if markov is None:
        return _Idealised(states, moments(values, states))
    fit = baum_welch(values, start_model(values, states, mixture), *markov)
    states = np.stack([kernels.viterbi(row, fit.model, 0.5) for row in values])
    remarks: tuple[str, ...] = ()
    if fit.rest:
        remarks = (
            f"the hidden Markov fit still gains {fit.rest:.2g} in log-likelihood after {fit.iterations} iterations; "
            "raise max_iterations or tolerance",
        )
    return _Idealised(
        states, fit.model, *standard_errors(values, fit.model), fit.log_likelihood, fit.iterations, remarks
    )


def _switching(
    origin: str,
    idealised: _Idealised,
    stays: tuple[Stays, Stays],
    minimum: int,
    interval: float,
    duration: float,
    confidence: float,
) -> SwitchingEstimates:
    """Return the rates: of the hidden Markov model, or of the stays where that has none or short ones are dropped."""
    events = stays[0].events, stays[1].events
    if 0 in events:
        raise DataError(
            f"{origin}: the signal switches up {events[0]} and down {events[1]} times in {duration:g} s; expected at "
            "least one of each, record for longer"
        )
    if idealised.covariance is not None and minimum == 1:
        flips = np.array([idealised.seen.flip_up, idealised.seen.flip_down])
        covariance = idealised.covariance
    else:
        flips, covariance = flips_from_stays(*stays, minimum, origin, interval)
        if idealised.covariance is not None:  # overlap of the levels costs information with a dead time too
            np.fill_diagonal(covariance, np.maximum(np.diag(covariance), np.diag(idealised.covariance)))
    if flips.sum() >= 1:
        raise DataError(
            f"{origin}: neighbouring samples are independent (flip probabilities {flips[0]:.3g} and {flips[1]:.3g} per "
            "sample add up to 1 or more), so there is no rate; sample faster than every "
            f"sample_interval={interval:g} s, or check that the signal has two levels"
        )
    return switching_estimates(flips, covariance, events, interval, confidence)


def _fluctuations(
    values: Floats, seen: TwoLevelModel, switching: SwitchingEstimates, interval: float, max_lag: float | None
) -> tuple[Autocorrelation, PowerSpectrum]:
    """Return what is measured without a model, beside what the model says."""
    share, distance = switching.occupation.value, seen.mean_high - seen.mean_low
    variance = (1 - share) * seen.variance_low + share * seen.variance_high
    telegraph_variance = distance**2 * share * (1 - share)
    lags = longest_lag(values.shape[1], interval, switching.tau_c.value, max_lag)
    correlation = autocorrelation(values, lags)
    decay = decay_time(correlation, telegraph_variance / (telegraph_variance + variance), interval)
    frequency, density = power_density(values, interval, switching.tau_c.value)
    stays = (switching.dwells[0].value, switching.dwells[1].value)
    spectrum = PowerSpectrum(
        frequency,
        density,
        machlup_spectrum(frequency, distance, *stays),
        machlup_spectrum(frequency, distance, *stays, interval),
        float(2 * interval * variance),
    )
    return Autocorrelation(np.arange(lags + 1, dtype=np.float64) * interval, correlation, decay), spectrum

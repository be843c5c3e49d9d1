"""From a trace to states, dwell times, rates, spectra and their errors."""

from __future__ import annotations

import math
import warnings
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mtjphys.core.checks import as_choice
from mtjphys.core.errors import DataError, MtjphysWarning, ParameterError
from mtjphys.core.quantity import check_range
from mtjphys.core.streams import as_seed
from mtjphys.kernels import telegraph as kernels
from mtjphys.laboratory.traces import read_replicas
from mtjphys.telegraph.bursts import Moves, move_counts, moves_in, scatter
from mtjphys.telegraph.detrending import remove_drift
from mtjphys.telegraph.drift import find_drift, noise_inflation
from mtjphys.telegraph.dwell_times import Stays, dwell_statistics, stays_in
from mtjphys.telegraph.idealising import Idealised, check_levels, idealise
from mtjphys.telegraph.intervals import level_estimates
from mtjphys.telegraph.level_count import Search
from mtjphys.telegraph.parts import Autocorrelation, Level, PowerSpectrum
from mtjphys.telegraph.quality import doubts, judge
from mtjphys.telegraph.rates import (
    SwitchingEstimates,
    flips_from_stays,
    switching_estimates,
    transitions_from_moves,
)
from mtjphys.telegraph.results import TelegraphAnalysis
from mtjphys.telegraph.spectra import autocorrelation, decay_time, longest_lag, modes, power_density, spectrum_of
from mtjphys.telegraph.thresholds import check_thresholds, false_flips

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
    levels: int | Sequence[float] | None = 2,
    thresholds: tuple[float, float] | Sequence[tuple[float, float]] | None = None,
    hysteresis: float | None = None,
    detrend: float | None = None,
    confidence: float = 0.95,
    tolerance: float = 1e-6,
    max_iterations: int = 500,
    max_lag: float | None = None,
    segments: int = 10,
    seed: int | None = 0,
) -> TelegraphAnalysis:
    """Find the levels of a telegraph signal, its states, rates and their confidence intervals.

    ``method="hmm"`` fits the Gaussian hidden Markov model by maximum likelihood (Baum-Welch from
    several starts: the Gaussians of the histogram, and unequal shares of the time with the correlated
    part of the variance and its decay; each state has its own level, noise and transition
    probabilities; the state of the first sample is not assumed). The states are the Viterbi path; stays
    are taken from a path drawn from the posterior, since the most probable one has too few short stays
    where levels overlap. Samples that are not a number are gaps: time passes, and nothing is learnt.

    ``method="threshold"`` calls a sample high above the upper threshold, low below the lower one, and
    unchanged between; by default they are ``(low + high)/2 -+ hysteresis (high - low)/2`` of the levels
    that are reported, which are the means of the samples that the thresholds tell apart.

    The switching is a Markov process of rate matrix Q; seen at the sampling instants it is exactly a
    Markov chain with the transition matrix ``exp(Q dt)``, of two levels ``p_up = (rate_up/k)(1 - exp(-k
    dt))``, ``k = rate_up + rate_down``, and ``p_down`` likewise; the matrix logarithm accounts exactly
    for the flips that fall between two samples. Where it has a negative rate by more than its error, a
    warning says so.

    Levels. ``levels=None`` adds one after the other, each by dividing the one where that gains most, as
    long as the Bayes information criterion (BIC) improves by more than 10, samples counted as far as
    they are independent; a level has to be a noise width from its neighbours and to last three
    samples, and the whole to be likelier than one level with correlated noise.

    Intervals of the mean dwell times are the exact chi-square intervals of the exponential law for
    a record of given length, ``[2T/chi2(1 - a/2; 2n + 2), 2T/chi2(a/2; 2n)]``; stays cut by the
    record's ends count with their time but not as events. Their logarithmic half-widths are scaled
    by the ratio of the standard error that includes the overlap of the levels (observed information
    of the hidden Markov model), the sampling and the dead time to ``1/sqrt(n)``, and by the scatter of
    the numbers of flips in parts of the record, where that is larger than steady rates have it: for
    bursts, drifting rates and stays that are not exponential.

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

    Slow noise, of 1/f for instance, is as good as levels to the fit where those are 2 noise widths apart: it takes
    the swings of the noise for flips and overlooks a rare, short state. Take it off with `detrend`. Of stays of 10 and
    0.55 ms, a separation of 2.2, and noise half of which is 1/f, 63 % of the samples are then right without it, and
    98.8 % with ``detrend=5e-3``.

    Parameters
    ----------
    trace : path, array (samples,) or (replicas, samples), Trace, Replicas, or a Series, DataFrame, DataArray, Dataset
        The record, NaN where nothing was measured. Replicas of one device at one bias are pooled into one estimate.
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
    levels : int, sequence of float or None
        How many levels, 2 to 8; or the levels themselves in the unit of the signal, where they are known; or None for
        as many as the record shows.
    thresholds : (float, float) or sequence of such pairs, optional
        Of ``method="threshold"``, low and high, in the unit of the signal; of more than two levels, a pair between
        every two neighbours.
    hysteresis : float, optional
        Width of the undecided band over the distance of the levels, in [0, 1), where no `thresholds` are given;
        0.5 by default.
    detrend : float, optional
        Take off what all levels share and what changes no faster than over this time in s: a drift, or slow noise. It
        has to be some ten times as long as the shorter stays.
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
        Seed of the path that is drawn from the posterior, and of the dither that undoes the sampling of the stays in
        the exponential test; None draws one. The result has it.

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
        If the levels are not apart or there are more, another fit is as good, noise crosses the thresholds, the
        sampling is too slow, stays come in bursts or are not exponential, anything drifts, there is no rate matrix, or
        the fit has not converged.

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
    borders, width = check_thresholds(thresholds, hysteresis)
    number, means = check_levels(levels, borders)
    record = read_replicas(trace, variable, sample_interval, device=device, bias=bias, replica=replica, gaps=True)
    values, interval, origin = record.values, record.sample_interval, record.origin
    minimum = 1
    if dead_time is not None:
        check_range("dead_time", dead_time, "s", 0.0, values.shape[1] * interval, "it is given in s")
        minimum = max(1, math.ceil(dead_time / interval - 1e-9))
    how = Search(tolerance, int(max_iterations), seed)
    removed = None
    if detrend is not None:
        check_range("detrend", detrend, "s", 10 * interval, values.shape[1] * interval, "it is given in s")
        values, *removed = remove_drift(values, detrend / interval, number, how)

    found = idealise(values, method, number, means, borders, width, how)
    count = found.model.means.size
    # levels and noise belong to the states as seen, before short stays are merged into long ones
    inflation = noise_inflation(values, found.path, found.model)
    level, noise = level_estimates(found.model, found.variances, inflation, confidence, record.unit)
    states, path = found.states, found.path
    if minimum > 1:
        if count > 2:
            raise ParameterError(f"dead_time={dead_time!r} s: it is corrected for two levels, and there are {count}")
        states, path = (np.stack([kernels.impose_dead_time(row, minimum) for row in rows]) for rows in (states, path))
    moves = moves_in(path)
    stays = [stays_in(k, path, minimum) for k in range(count)]
    spread = scatter(path, moves, count)
    switching = _switching(origin, found, stays, moves, path, spread, minimum, interval, confidence)
    rates = switching.rates.value
    each = tuple(
        Level(
            level[k],
            noise[k],
            switching.occupations[k],
            dwell_statistics(switching.dwells[k], stays[k], minimum, interval, seed, k, float(spread[k])),
        )
        for k in range(count)
    )
    correlation, spectrum = _fluctuations(values, found, switching, interval, max_lag)
    drift = find_drift(values, path, moves, rates, interval, inflation, segments)
    if removed is not None:
        drift = replace(drift, removed_time=removed[0] * interval, removed=removed[1])
    quality = judge(values, found, switching, inflation, number, how)
    told = [*found.remarks, *switching.remarks]
    if found.thresholds is not None:
        told += false_flips(found.model, found.thresholds, 1 - np.diag(switching.transitions.value))
    if switching.tau_c.value < 0.5 * interval:
        told.append(
            f"tau_c is {switching.tau_c.value / interval:.2g} of the sampling interval, so that most flips fall "
            "between samples and the rates rest on the model alone; sample faster"
        )
    if method == "hmm" and quality.distinct and quality.histogram_distance > 0.05:
        told.append(
            f"the signal within each level is not Gaussian (histogram {quality.histogram_distance:.2g} from "
            "Gaussians, expected below 0.05), so that the hidden Markov model may take excursions for flips; use "
            "method='threshold'"
        )
    slow = min(max(values.shape[1] / 10 * interval, 40 * switching.tau_c.value), values.shape[1] / 2 * interval)
    for remark in told + doubts(quality, drift, each, slow):
        warnings.warn(f"{origin}: {remark}", MtjphysWarning, stacklevel=2)
    pairs = found.thresholds
    return TelegraphAnalysis(
        values=values,
        states=states,
        sample_interval=interval,
        unit=record.unit,
        name=record.name,
        origin=origin,
        method=method,
        thresholds=pairs[0] if pairs is not None and len(pairs) == 1 else pairs,
        dead_time=0.0 if dead_time is None else float(dead_time),
        confidence=confidence,
        each=each,
        rates=switching.rates,
        transitions=switching.transitions,
        tau_c=switching.tau_c,
        autocorrelation=correlation,
        spectrum=spectrum,
        drift=drift,
        quality=quality,
        log_likelihood=found.log_likelihood,
        iterations=found.iterations,
        seed=seed,
    )


def _switching(
    origin: str, found: Idealised, stays: list[Stays], moves: Moves, path: NDArray[np.int8], spread: Floats,
    minimum: int, interval: float, confidence: float,
) -> SwitchingEstimates:  # fmt: skip
    """Return the rates: of the hidden Markov model, or of the stays where that has none or short ones are dropped."""
    events = [stay.events for stay in stays]
    count = len(stays)
    if 0 in events:
        duration = np.count_nonzero(path >= 0) * interval
        numbers = " and ".join(map(str, events))
        flips = f"up {events[0]} and down {events[1]}" if count == 2 else f"out of its levels {numbers}"
        raise DataError(
            f"{origin}: the signal switches {flips} times in {duration:g} s; expected at least one of each, record for "
            "longer"
        )
    counts = move_counts(path, moves, count)
    if minimum > 1:
        leaving, logs = flips_from_stays(stays[0], stays[1], minimum, origin, interval)
        transitions = np.array([[1 - leaving[0], leaving[0]], [leaving[1], 1 - leaving[1]]])
        covariance = logs / np.outer(1 - leaving, 1 - leaving)
        if found.covariance is not None:  # overlap of the levels costs information with a dead time too
            np.fill_diagonal(covariance, np.maximum(np.diag(covariance), np.diag(found.covariance)))
    elif found.covariance is not None:
        transitions, covariance = found.model.transitions, found.covariance
    else:
        transitions, covariance = transitions_from_moves(counts)
    if count == 2 and transitions[0, 1] + transitions[1, 0] >= 1:
        raise DataError(
            f"{origin}: neighbouring samples are independent (flip probabilities {transitions[0, 1]:.3g} and "
            f"{transitions[1, 0]:.3g} per sample add up to 1 or more), so there is no rate; sample faster than every "
            f"sample_interval={interval:g} s, or check that the signal has two levels"
        )
    wider = np.repeat(spread, count - 1)
    try:
        return switching_estimates(transitions, covariance * np.outer(wider, wider), counts, interval, confidence)
    except DataError as error:
        raise DataError(f"{origin}: {error}; sample faster, or take fewer levels") from None


def _fluctuations(
    values: Floats, found: Idealised, switching: SwitchingEstimates, interval: float, max_lag: float | None
) -> tuple[Autocorrelation, PowerSpectrum]:
    """Return what is measured without a model, beside what the model says."""
    variance = float(np.array([share.value for share in switching.occupations]) @ found.model.variances)
    weights, decays = modes(switching.rates.value, found.model.means)
    telegraph_variance = float(np.real(weights.sum()))
    lags = longest_lag(values.shape[1], interval, switching.tau_c.value, max_lag)
    correlation = autocorrelation(values, lags)
    decay = decay_time(correlation, telegraph_variance / (telegraph_variance + variance), interval)
    frequency, density = power_density(values, interval, switching.tau_c.value)
    spectrum = PowerSpectrum(
        frequency,
        density,
        spectrum_of(frequency, weights, decays, None),
        spectrum_of(frequency, weights, decays, interval),
        2 * interval * variance,
    )
    return Autocorrelation(np.arange(lags + 1, dtype=np.float64) * interval, correlation, decay), spectrum

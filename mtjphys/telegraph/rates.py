"""Rates in continuous time from transitions between samples: dead time, matrix logarithm, confidence intervals."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mtjphys.core.errors import DataError
from mtjphys.telegraph.dwell_times import Stays
from mtjphys.telegraph.hidden_markov import from_log_odds, log_odds, off_diagonal
from mtjphys.telegraph.intervals import chi_square_interval, estimate, normal_quantile, poisson_interval
from mtjphys.telegraph.parts import Estimate, Matrix

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class SwitchingEstimates:
    """How the signal switches, as in `mtjphys.telegraph.TelegraphAnalysis`."""

    dwells: tuple[Estimate, ...]
    occupations: tuple[Estimate, ...]
    rates: Matrix
    transitions: Matrix
    tau_c: Estimate
    remarks: tuple[str, ...]


def apparent_stays(log_flips: Floats, minimum: int) -> Floats:
    """Mean apparent stays in samples of a two-level chain whose runs below `minimum` samples are dropped."""
    p = np.exp(log_flips)
    survive = (1 - p) ** (minimum - 1)
    return np.asarray(1 / (p * survive[::-1]) + (1 / survive[::-1] - 1) / p[::-1])


def flips_from_stays(
    low: Stays, high: Stays, minimum: int, origin: str, sample_interval: float
) -> tuple[Floats, Floats]:
    """Flip probabilities and the covariance of their logarithms from apparent stays.

    Parameters
    ----------
    low, high : Stays
        Of the two states.
    minimum : int
        Shortest stay that was kept, in samples.
    origin : str
        Name of the trace, for messages.
    sample_interval : float
        In s, for messages.

    Raises
    ------
    DataError
        If no two rates give such stays with such a dead time.
    """
    events = np.array([low.events, high.events], dtype=float)
    beyond = np.array([low.exposure, high.exposure]) / events
    mean = beyond + (minimum - 1)
    log_flips = -np.log(mean)
    for _ in range(1000):
        # towards the root of slow switching from below: each step adds what is missed at the last rates
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
    solved = np.all(log_flips < 0) and np.allclose(apparent_stays(log_flips, minimum), mean, rtol=1e-6)
    if not solved:
        raise DataError(
            f"{origin}: apparent mean stays of {mean[0] * sample_interval:g} and {mean[1] * sample_interval:g} s "
            f"cannot come from two rates with a dead time of {(minimum - 1) * sample_interval:g} s; use a shorter "
            "dead_time or a faster detector"
        )
    h = 1e-6
    jacobian = np.empty((2, 2))
    for k in (0, 1):
        shift = h * np.eye(2)[k]
        jacobian[:, k] = (
            np.log(apparent_stays(log_flips + shift, minimum)) - np.log(apparent_stays(log_flips - shift, minimum))
        ) / (2 * h)
    variances = (beyond / mean) ** 2 * np.maximum(1 - 1 / np.maximum(beyond, 1.0), 0.0) / events
    inverse = np.linalg.inv(jacobian)
    return np.exp(log_flips), inverse @ np.diag(variances) @ inverse.T


def transitions_from_moves(moves: Floats) -> tuple[Floats, Floats]:
    """Transition probabilities and the covariance of their ln(p_ij/p_ii) from counts, multinomial in each row."""
    levels = len(moves)
    transitions = moves / moves.sum(axis=1, keepdims=True)
    transitions = np.maximum(transitions, 1e-12)
    transitions /= transitions.sum(axis=1, keepdims=True)
    rows, _ = np.nonzero(off_diagonal(levels))
    covariance = np.diag(1 / np.maximum(moves[off_diagonal(levels)], 1.0))
    covariance += (rows[:, None] == rows) / np.maximum(np.diag(moves), 1.0)[rows]
    return transitions, covariance


def generator_of(transitions: Floats, sample_interval: float) -> tuple[Floats, Floats]:
    """Return the rate matrix by the matrix logarithm, and the logarithm itself over the interval, both in 1/s.

    They differ where an off-diagonal entry of the logarithm is negative, which no rate can be: it is set to zero and
    its row to the sum zero, by the diagonal.

    Parameters
    ----------
    transitions : array (levels, levels)
        Probabilities per sample.
    sample_interval : float
        In s.

    Raises
    ------
    DataError
        If there is no real logarithm: an eigenvalue is zero or negative.

    References
    ----------
    .. [1] R. B. Israel, J. S. Rosenthal, J. Z. Wei, Math. Finance 11, 245 (2001).
    """
    levels = len(transitions)
    # Of two levels the other eigenvalue than 1 is 1 - s, where s = p_01 + p_10: log P = (P - 1) log(1 - s)/(-s).
    leaving = float(transitions[0, 1] + transitions[1, 0])
    if levels == 2:
        lowest = 1.0 - leaving
    else:
        eigenvalues = np.linalg.eigvals(transitions)
        lowest = eigenvalues[np.abs(eigenvalues.imag) < 1e-12].real.min()
    if lowest <= 0:
        raise DataError(
            f"the transition matrix has the eigenvalue {lowest:.3g} and no real logarithm, so there are no rates"
        )
    if levels == 2:
        logarithm = (-math.log1p(-leaving) / leaving if leaving else 1.0) * (transitions - np.eye(2))
    else:
        from scipy.linalg import logm

        logarithm = np.real(logm(transitions))
    logarithm = logarithm / sample_interval
    rates = np.where(off_diagonal(levels), np.maximum(logarithm, 0.0), 0.0)
    np.fill_diagonal(rates, -rates.sum(axis=1))
    return rates, logarithm


def stationary(rates: Floats) -> Floats:
    """Return the occupations that a rate matrix leaves as they are."""
    levels = len(rates)
    system = np.vstack([rates.T / max(float(np.abs(rates).max()), 1e-300), np.ones(levels)])
    solution = np.linalg.lstsq(system, np.append(np.zeros(levels), 1.0), rcond=None)[0]
    return np.asarray(np.clip(solution, 1e-300, 1.0))


def slowest(rates: Floats) -> float:
    """Return the longest relaxation time of a rate matrix in s."""
    decays = np.sort(-np.linalg.eigvals(rates).real)
    return float(1 / decays[1])


def switching_estimates(
    transitions: Floats, covariance: Floats, moves: Floats, sample_interval: float, confidence: float
) -> SwitchingEstimates:
    """Return dwell times, rates, correlation time and occupations with their intervals.

    Parameters
    ----------
    transitions : array (levels, levels)
        Probabilities per sample.
    covariance : array
        Of their ln(p_ij/p_ii), i != j, row by row.
    moves : array (levels, levels)
        Transitions that were seen.
    sample_interval : float
        In s.
    confidence : float
        Level of the intervals.
    """
    levels = len(transitions)
    odds, off = log_odds(transitions), off_diagonal(len(transitions))
    rates, logarithm = generator_of(transitions, sample_interval)

    def wanted(odds: Floats) -> Floats:
        moved = from_log_odds(odds, levels)
        q, logs = generator_of(moved, sample_interval)
        share = stationary(q)
        return np.concatenate(
            [np.log(-np.diag(q)), np.log(share / (1 - share)), [math.log(slowest(q))], logs[off], moved[off]]
        )

    h = 1e-4
    columns = []
    for k in range(odds.size):
        shift = np.zeros_like(odds)
        shift[k] = h if odds[k] > -20 else 0.0  # what was never seen does not move the others
        columns.append((wanted(odds + shift) - wanted(odds - shift)) / (2 * h))
    jacobian = np.array(columns).T
    deviation = np.sqrt(np.maximum(np.diag(jacobian @ covariance @ jacobian.T), 0.0))
    log_dwell, logit, log_tau, rate_sd, move_sd = np.split(deviation, np.cumsum([levels, levels, 1, odds.size]))
    events = np.where(off, moves, 0.0)
    leaving = events.sum(axis=1)
    z = normal_quantile(0.5 + confidence / 2)
    dwells = tuple(
        chi_square_interval(-1 / rates[k, k], leaving[k], log_dwell[k] * math.sqrt(leaving[k]), confidence)
        for k in range(levels)
    )
    share = stationary(rates)
    occupations = tuple(
        estimate(p, 1 / (1 + (1 - p) / p * math.exp(z * sd)), 1 / (1 + (1 - p) / p * math.exp(-z * sd)))
        for p, sd in zip(share.tolist(), logit.tolist(), strict=True)
    )
    tau = slowest(rates)
    tau_c = estimate(tau, tau * math.exp(-z * log_tau[0]), tau * math.exp(z * log_tau[0]), "s")
    low, high = np.zeros((levels, levels)), np.zeros((levels, levels))
    p_low, p_high = np.zeros((levels, levels)), np.ones((levels, levels))
    remarks = []
    for (i, j), sd, flip_sd in zip(np.argwhere(off), rate_sd, move_sd, strict=True):
        p, rate, n = transitions[i, j], rates[i, j], events[i, j]
        trials = max(moves[i].sum(), 1.0)
        if n >= 1 and rate > sd:
            ratio = z * flip_sd / p
            p_low[i, j], p_high[i, j] = p * math.exp(-ratio), min(1.0, p * math.exp(ratio))
            around = chi_square_interval(1 / rate, n, sd / rate * math.sqrt(n), confidence)
            low[i, j], high[i, j] = 1 / around.high, 1 / around.low
        else:
            most = float(poisson_interval(n, confidence)[1]) / trials
            p_low[i, j], p_high[i, j] = 0.0, min(1.0, max(most, p + z * flip_sd))
            high[i, j] = max(most / sample_interval, rate + z * sd)
        if logarithm[i, j] < -3 * max(sd, (n + 1) ** 0.5 / trials / sample_interval):
            remarks.append(f"{i} to {j} ({logarithm[i, j]:.3g} +- {sd:.2g} 1/s)")
    for end, other in ((low, "low"), (high, "high")):
        np.fill_diagonal(end, [-1 / getattr(dwell, other) for dwell in dwells])
    for end, other_end in ((p_low, p_high), (p_high, p_low)):
        np.fill_diagonal(end, np.maximum(1 - np.where(off, other_end, 0.0).sum(axis=1), 0.0))
    told: tuple[str, ...] = ()
    if remarks:
        told = (
            f"no rate matrix gives these transitions: its entries {', '.join(remarks)} would be negative; they are set "
            "to 0, sample faster or take fewer levels",
        )
    return SwitchingEstimates(
        dwells, occupations, Matrix(rates, low, high, "1/s"), Matrix(transitions, p_low, p_high, ""), tau_c, told
    )

"""Levels, noise and rates of a telegraph trace by maximum likelihood, with their covariance."""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mtjphys.calibration.likelihoods.averaging import Sampling, TraceParameters
from mtjphys.calibration.likelihoods.gaussian import Gaussian
from mtjphys.calibration.likelihoods.trace import AveragedTelegraph
from mtjphys.core.errors import MtjphysWarning
from mtjphys.core.quantity import check_range

Floats = NDArray[np.float64]

FIRST = 20_000
"""Samples of the first fit, from several starts; each later one takes `GROWTH` times more, from where that ended."""
GROWTH = 25
ENOUGH = 1_000_000
"""Samples whose information stands for that of a longer trace."""
LONGEST = 1e4  # sample intervals in a mean dwell time, of the starts
_LEAST_NOISE = 1e-3  # of the range of the values: of records without noise it is this, which moves no rate
_FASTEST = 100.0  # flips per sample interval, beyond which nothing is left of them


@dataclass(frozen=True)
class TraceFit:
    """What a trace says of a junction.

    Attributes
    ----------
    parameters : TraceParameters
        Likeliest levels, ln noise and ln rates, the lower level first.
    covariance : array (5, 5)
        Of `parameters`, from the observed information; zero for what was given.
    log_likelihood : float
        At its maximum.
    samples : int
        How many there were.
    """

    parameters: TraceParameters
    covariance: Floats
    log_likelihood: float
    samples: int

    @property
    def standard_errors(self) -> TraceParameters:
        """Standard errors of `parameters`."""
        return TraceParameters(*(float(error) for error in np.sqrt(np.diag(self.covariance))))

    def dwell_times(self) -> Gaussian:
        """Return the likelihood of ln of the mean dwell times in s, eta = (ln tau_low, ln tau_high).

        Gaussian about the estimates, with their covariance: levels and noise are fitted along.
        """
        return Gaussian(-np.array(self.parameters[3:]), self.covariance[3:, 3:])


def fit_trace(
    values: ArrayLike,
    sampling: Sampling,
    *,
    levels: tuple[float, float] | None = None,
    noise: float | None = None,
) -> TraceFit:
    r"""Fit levels, noise and rates of a two-state process to a trace by maximum likelihood.

    The likelihood is that of `AveragedTelegraph`, so that flips faster than the sampling or the amplifier count: the
    shape of the histogram and the correlation of neighbours hold their rates. It starts from what three moments and
    that correlation say for a number of rates, on the first samples, and goes on to the whole trace.

    Parameters
    ----------
    values : array_like (samples,)
        The trace.
    sampling : Sampling
        How a sample comes about.
    levels : (float, float), optional
        Low and high level, where they are known, as from slower traces of the same junction.
    noise : float, optional
        Standard deviation of a value about its level, where it is known, as of a resistor in the junction's place.

    Returns
    -------
    TraceFit
        Estimates and covariance.

    Raises
    ------
    DataError
        If the trace is too short, constant or not finite.

    Warns
    -----
    MtjphysWarning
        If the rates are not fixed by the trace: their standard error is above a factor of two.

    References
    ----------
    L. E. Baum et al., Ann. Math. Stat. 41, 164 (1970); O. Cappe, E. Moulines and T. Ryden, Inference in Hidden Markov
    Models (2005), chapter 10.

    Examples
    --------
    >>> import numpy as np
    >>> from mtjphys.calibration.likelihoods import Sampling, TraceParameters, sample_trace
    >>> truth = TraceParameters(0.0, 1.0, np.log(0.05), np.log(3e6), np.log(3e6))
    >>> trace = sample_trace(Sampling(1e-6), truth, 5000, np.random.default_rng(1))
    >>> fit = fit_trace(trace, Sampling(1e-6))
    >>> bool(np.all(np.abs(np.subtract(fit.parameters, truth)) < 3 * np.array(fit.standard_errors)))
    True
    """
    whole = AveragedTelegraph(np.asarray(values), sampling)
    given = {} if levels is None else {0: float(min(levels)), 1: float(max(levels))}
    if noise is not None:
        given[2] = math.log(check_range("noise", noise, "(unit of the values)", 0.0, math.inf, open_low=True))
    free = np.array([k for k in range(5) if k not in given])
    part = whole.first(FIRST)
    tried = [_climbed(part, start, free, _natural_root(start, free)) for start in _starts(part, given)]
    eta, value = max(tried, key=lambda found: found[1])
    while part.values.size < whole.values.size:
        larger = whole.first(part.values.size * GROWTH)
        root = _root_of_covariance(part, eta, free) * math.sqrt(part.values.size / larger.values.size)
        part = larger
        eta, value = _climbed(part, eta, free, root)
    most = whole.first(ENOUGH)
    root = _root_of_covariance(most, eta, free) * math.sqrt(most.values.size / whole.values.size)
    covariance = np.zeros((5, 5))
    covariance[np.ix_(free, free)] = root @ root.T
    if eta[0] > eta[1]:
        order = [1, 0, 2, 4, 3]
        eta, covariance = eta[order], covariance[np.ix_(order, order)]
    fit = TraceFit(TraceParameters(*(float(x) for x in eta)), covariance, value, whole.values.size)
    if not max(fit.standard_errors[3:]) < math.log(2.0):
        factor = math.exp(max(fit.standard_errors[3:]))
        warnings.warn(
            f"the rates of the trace are known to a factor of {factor:.2g} only; record for longer, sample faster, or "
            "give levels and noise",
            MtjphysWarning,
            stacklevel=2,
        )
    return fit


def _starts(likelihood: AveragedTelegraph, given: dict[int, float]) -> list[Floats]:
    """Return the likeliest few of those parameters that have the moments of the trace, with what is given."""
    found = []
    for total in np.geomspace(1.0 / LONGEST, 20.0, 25):  # of both rates, per sample interval
        for eta in _of_moments(likelihood.means, total, likelihood.sampling, given):
            for k, number in given.items():
                eta[k] = number
            found.append((likelihood.log_likelihood(eta), eta))
    found.sort(key=lambda pair: -pair[0])
    return [eta for _, eta in found[:3]]


def _of_moments(y: Floats, total: float, sampling: Sampling, given: dict[int, float]) -> Iterable[Floats]:
    """Yield parameters that have the mean, variance, third moment and lag-1 covariance of a trace at a total rate.

    With p the occupation, D the distance of the levels, l the total rate times dt, for a mean over the whole interval:
    C_1 = D^2 p(1-p) (1 - e^-l)^2/l^2, Var = D^2 p(1-p) 2(l - 1 + e^-l)/l^2 + noise^2,
    M_3 = D^3 p(1-p)(1-2p) 6 (l - 2 + (l + 2) e^-l)/l^3. Where the correlation is within its error, half of the variance
    is taken for switching; the third moment is taken as it is and, for the uncertainty of its own, as nothing.
    """
    deviation = y - y.mean()
    variance = float(deviation @ deviation) / y.size
    covariance = float(deviation[1:] @ deviation[:-1]) / (y.size - 1)
    left = math.exp(-total)
    same = 2.0 * (total - 1.0 + left) / total**2 if total > 1e-3 else 1.0 - total / 3.0
    skewed = 6.0 * (total - 2.0 + (total + 2.0) * left) / total**3 if total > 1e-2 else 1.0 - total / 2.0
    spread = covariance / (math.expm1(-total) / total) ** 2  # D^2 p (1 - p)
    if not 0.0 < spread * same < 2.0 * variance:
        spread = 0.5 * variance / same
    for third in (float(np.mean(deviation**3)), 0.0):
        ratio = third / skewed / spread**1.5  # (1 - 2p)/sqrt(p (1 - p))
        high = 0.5 * (1.0 - ratio / math.sqrt(4.0 + ratio**2))
        distance = math.sqrt(spread / (high * (1.0 - high)))
        low_level = float(y.mean()) - high * distance
        if 0 in given:
            low_level, distance = given[0], given[1] - given[0]
            high = min(max((float(y.mean()) - low_level) / distance, 0.01), 0.99)
            spread = distance**2 * high * (1.0 - high)
        noise = math.sqrt(max(variance - spread * same, 1e-4 * variance)) / sampling.noise_gain
        rates = total / sampling.sample_interval * np.array([high, 1.0 - high])
        yield np.array([low_level, low_level + distance, math.log(noise), *np.log(rates)])


def _natural_root(eta: Floats, free: NDArray[np.int64]) -> Floats:
    """Return a scale of what is free, as a diagonal matrix."""
    noise = math.exp(eta[2])
    return np.diag(np.array([noise, noise, 1.0, 1.0, 1.0])[free])


def _root_of_covariance(likelihood: AveragedTelegraph, eta: Floats, free: NDArray[np.int64]) -> Floats:
    """Return R, R R^T the inverse of the observed information of what is free; flat directions get a wide one."""
    information = likelihood.information(eta)[np.ix_(free, free)]
    scale = 1.0 / np.sqrt(np.maximum(np.diag(information), 1e-300))
    values, vectors = np.linalg.eigh(information * np.outer(scale, scale))
    return np.asarray(scale[:, None] * vectors / np.sqrt(np.maximum(values, 1e-6)))


def _climbed(
    likelihood: AveragedTelegraph, start: Floats, free: NDArray[np.int64], metric: Floats
) -> tuple[Floats, float]:
    """Return the likeliest parameters near `start`, and their log-likelihood; the columns of `metric` are steps."""
    from scipy.optimize import minimize

    span = float(np.ptp(likelihood.means))
    interval = likelihood.sampling.sample_interval
    duration = interval * likelihood.values.size
    lowest = np.array(
        [
            -math.inf,
            -math.inf,
            math.log(_LEAST_NOISE * span / likelihood.sampling.noise_gain),
            *[math.log(1e-3 / duration)] * 2,
        ]
    )
    highest = np.array([math.inf, math.inf, math.log(span), *[math.log(_FASTEST / interval)] * 2])

    def place(x: Floats) -> Floats:
        eta = start.copy()
        eta[free] += metric @ x
        return eta

    def negative(x: Floats) -> tuple[float, Floats]:
        eta = place(x)
        inside = np.clip(eta, lowest, highest)
        value, gradient = likelihood.value_and_gradient(inside)
        outside = eta - inside  # a parabola back into the range
        value -= 0.5 * float(outside @ outside) * 1e3
        return -value, -metric.T @ (np.where(outside == 0.0, gradient, 0.0) - 1e3 * outside)[free]

    found = minimize(negative, np.zeros(free.size), jac=True, method="BFGS", options={"gtol": 0.03, "maxiter": 200})
    return np.clip(place(found.x), lowest, highest), -float(found.fun)


__all__ = ["ENOUGH", "FIRST", "GROWTH", "LONGEST", "TraceFit", "fit_trace"]

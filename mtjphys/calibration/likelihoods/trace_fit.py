"""Levels, noise and rates of a telegraph trace by maximum likelihood, with their covariance."""

from __future__ import annotations

import math
import warnings
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mtjphys.calibration.likelihoods.averaging import Sampling, TraceParameters
from mtjphys.calibration.likelihoods.gaussian import Gaussian
from mtjphys.calibration.likelihoods.trace import AveragedTelegraph
from mtjphys.calibration.likelihoods.trace_maximum import (
    climbed,
    likelier_sampling,
    natural_root,
    root_of_covariance,
    starts,
    variance_of_means,
)
from mtjphys.core.errors import MtjphysWarning, ParameterError
from mtjphys.core.quantity import check_range

Floats = NDArray[np.float64]

FIRST = 20_000
"""Samples of the first fit, from several starts; each later one takes `GROWTH` times more, from where that ended."""
GROWTH = 25
ENOUGH = 1_000_000
"""Samples whose information stands for that of a longer trace."""
CHECKED = 5000
"""Samples on which other ways of sampling are tried."""
DOUBTFUL = 20.0
"""Gain in log-likelihood above which another way of sampling is told."""


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
    that correlation say for a number of rates, on the first samples, or where the trace has what is slower, on means
    over blocks of it, and goes on to the whole trace. A noise below a thousandth of the range of the values is taken as
    that.

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
    ParameterError
        If levels or noise are out of range.

    Warns
    -----
    MtjphysWarning
        If the rates are not fixed by the trace: their standard error is above a factor of two. If another way of
        sampling, at instants, as means, or behind an amplifier, fits better: of a fast junction the rates depend on it.

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
    if levels is not None and not levels[0] < levels[1]:
        raise ParameterError(f"levels={levels!r} are not a low and a high one; give the low one first")
    given = {} if levels is None else dict(enumerate(levels))
    if noise is not None:
        given[2] = math.log(check_range("noise", noise, "(unit of the values)", 0.0, math.inf, open_low=True))
    free = np.array([k for k in range(5) if k not in given])
    eta, value = _likeliest(whole, given, free)
    covariance = np.zeros((5, 5))
    covariance[np.ix_(free, free)] = _covariance(whole, eta, free)
    other, gain = likelier_sampling(whole.first(CHECKED), eta, free)
    if gain > DOUBTFUL:
        warnings.warn(
            f"the trace is likelier to be {other} than {sampling}, by {gain:.0f} in log-likelihood for its first "
            f"{min(CHECKED, whole.values.size)} samples; check aperture and bandwidth, on which the rates depend",
            MtjphysWarning,
            stacklevel=2,
        )
    if eta[0] > eta[1]:
        order = [1, 0, 2, 4, 3]
        eta, covariance = eta[order], covariance[np.ix_(order, order)]
    fit = TraceFit(TraceParameters(*(float(x) for x in eta)), covariance, value, whole.values.size)
    if not max(fit.standard_errors[3:]) < math.log(2.0):
        factor = math.exp(min(max(fit.standard_errors[3:]), math.log(1e3)))
        warnings.warn(
            f"the rates of the trace are known to a factor of {factor:.2g} at best; record for longer, sample faster, "
            "or give levels and noise",
            MtjphysWarning,
            stacklevel=2,
        )
    return fit


def _likeliest(whole: AveragedTelegraph, given: dict[int, float], free: NDArray[np.int64]) -> tuple[Floats, float]:
    """Return the likeliest parameters, and their log-likelihood: from a part of the trace to larger ones."""
    part = whole.first(FIRST)
    eta, value = _best(part, given, free)
    length = -(-whole.values.size // FIRST)
    if length > 1:
        blocks = whole.in_blocks(length)
        if blocks.values.var() > 2.0 * variance_of_means(eta, whole.sampling, length):
            less_noise = 0.5 * math.log(length)
            slow = _best(blocks, {k: x - (less_noise if k == 2 else 0.0) for k, x in given.items()}, free)[0]
            to_values = np.array(
                [1.0, 1.0, 1.0 / math.sqrt(length), 1.0, 1.0]
            )  # all values have noise, not means alone
            root = to_values[free, None] * root_of_covariance(blocks, slow, free)
            slow[2] += less_noise
            if whole.log_likelihood(slow) > whole.log_likelihood(eta):
                return climbed(whole, slow, free, root)
    while part.values.size < whole.values.size:
        larger = whole.first(part.values.size * GROWTH)
        root = root_of_covariance(part, eta, free) * math.sqrt(part.values.size / larger.values.size)
        part = larger
        eta, value = climbed(part, eta, free, root)
    return eta, value


def _best(likelihood: AveragedTelegraph, given: dict[int, float], free: NDArray[np.int64]) -> tuple[Floats, float]:
    """Return the likeliest parameters from several starts."""
    tried = [climbed(likelihood, start, free, natural_root(start, free)) for start in starts(likelihood, given)]
    return max(tried, key=lambda found: found[1])


def _covariance(whole: AveragedTelegraph, eta: Floats, free: NDArray[np.int64]) -> Floats:
    """Return the covariance of what is free; a part of the trace with a thousand flips stands for all of it."""
    flips = ENOUGH * whole.sampling.sample_interval / (math.exp(-eta[3]) + math.exp(-eta[4]))
    part = whole.first(ENOUGH) if flips > 1000.0 else whole
    root = root_of_covariance(part, eta, free) * math.sqrt(part.values.size / whole.values.size)
    return np.asarray(root @ root.T)


__all__ = ["CHECKED", "DOUBTFUL", "ENOUGH", "FIRST", "GROWTH", "TraceFit", "fit_trace"]

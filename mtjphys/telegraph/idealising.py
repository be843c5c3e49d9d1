"""States of a trace, by thresholds or by the hidden Markov model, with the levels that they have."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mtjphys.core.errors import ParameterError
from mtjphys.kernels.hidden_markov import LevelModel
from mtjphys.telegraph.hidden_markov import Fit, covariance, drawn, moments, most_probable
from mtjphys.telegraph.level_count import MOST, Search, given_levels, search
from mtjphys.telegraph.thresholds import (
    Mixture,
    Pairs,
    fit_mixture,
    settle,
    states_between,
    thresholds_between,
)

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Idealised:
    """States, and the levels and noises that they have.

    Attributes
    ----------
    states : int8 array (replicas, samples)
        Those that are reported; by the hidden Markov model, the most probable ones. -1 in gaps.
    path : int8 array (replicas, samples)
        Those that stays are taken from: by the hidden Markov model, drawn from the posterior, since the most probable
        path lacks short stays where levels overlap.
    model : LevelModel
        Levels and noises; of thresholds without transitions.
    variances : array (2 levels,)
        Of the means and of the logarithms of the noises' variances.
    mixture : Mixture
        Two Gaussians of the histogram.
    thresholds : pairs or None
        That were used.
    fit : Fit or None
        Of the hidden Markov model.
    covariance : array or None
        Of ln(p_ij/p_ii), by the hidden Markov model.
    remarks : tuple of str
        What has to be said.
    """

    states: NDArray[np.int8]
    path: NDArray[np.int8]
    model: LevelModel
    variances: Floats
    mixture: Mixture
    thresholds: Pairs | None = None
    fit: Fit | None = None
    covariance: Floats | None = None
    remarks: tuple[str, ...] = ()

    @property
    def log_likelihood(self) -> float:
        """Of the hidden Markov model; NaN for thresholds."""
        return math.nan if self.fit is None else self.fit.log_likelihood

    @property
    def iterations(self) -> int:
        """Of Baum-Welch."""
        return 0 if self.fit is None else self.fit.iterations


def check_levels(levels: int | Sequence[float] | None, thresholds: Pairs | None) -> tuple[int | None, Floats | None]:
    """Return how many levels are asked for, None for as many as there are, and which, if they are given."""
    if levels is None or (isinstance(levels, int | np.integer) and not isinstance(levels, bool)):
        if levels is not None and not 2 <= levels <= MOST:
            raise ParameterError(f"levels={levels!r} is outside 2..{MOST}; give a number of levels, or their values")
        number, means = None if levels is None else int(levels), None
    else:
        try:
            means = np.array(levels, dtype=float)
        except (TypeError, ValueError):
            means = np.array(math.nan)
        if means.ndim != 1 or not 2 <= means.size <= MOST or not np.all(np.diff(means) > 0) or np.isnan(means).any():
            raise ParameterError(f"levels={levels!r} are not 2 to {MOST} rising values in the unit of the signal")
        number = means.size
    if thresholds is not None:
        parted = len(thresholds) + 1
        if number not in (None, 2, parted) or (means is not None and number != parted):
            raise ParameterError(f"thresholds={thresholds!r} part {parted} levels, not {number}")
        number = parted
    return number, means


def idealise(
    values: Floats, method: str, levels: int | None, means: Floats | None, thresholds: Pairs | None,
    hysteresis: float, how: Search,
) -> Idealised:  # fmt: skip
    """Find states and levels.

    Parameters
    ----------
    values : array (replicas, samples)
        The traces.
    method : {"hmm", "threshold"}
        How.
    levels : int or None
        How many; None for as many as there are.
    means : array or None
        The levels, where they are known.
    thresholds : pairs or None
        Where they are given.
    hysteresis : float
        Width of the undecided band over the distance of the levels, where they are not.
    how : Search
        How the hidden Markov fit is looked for.
    """
    mixture = fit_mixture(values)
    if method == "threshold":
        return _by_thresholds(values, mixture, levels, means, thresholds, hysteresis, how)
    if means is None:
        fit, told = search(values, mixture, levels, how)
    else:
        fit, told = given_levels(values, means, how), []
    if fit.rest:
        told.append(
            f"the hidden Markov fit still gains {fit.rest:.2g} in log-likelihood after {fit.iterations} iterations; "
            "raise max_iterations or tolerance"
        )
    count = fit.model.means.size
    errors = covariance(values, fit, fixed=means is not None)
    return Idealised(
        most_probable(values, fit.model),
        drawn(values, fit.model, how.seed),
        fit.model,
        np.diag(errors)[: 2 * count],
        mixture,
        fit=fit,
        covariance=errors[2 * count :, 2 * count :],
        remarks=tuple(told),
    )


def _by_thresholds(
    values: Floats, mixture: Mixture, levels: int | None, means: Floats | None, thresholds: Pairs | None,
    hysteresis: float, how: Search,
) -> Idealised:  # fmt: skip
    if thresholds is None and means is not None:
        thresholds = thresholds_between(means, hysteresis)
    if thresholds is None:
        start = mixture.means if levels == 2 else search(values, mixture, levels, how)[0].model.means
        states, model, thresholds = settle(values, start, hysteresis)
    else:
        states = states_between(values, thresholds)
        model = moments(values, states, len(thresholds) + 1)
    if means is not None:
        model = model._replace(means=means, variances=model.variances + (model.means - means) ** 2)
    samples = np.array([np.count_nonzero(states == k) for k in range(model.means.size)])
    known = 0.0 if means is not None else 1.0
    variances = np.concatenate([known * model.variances / samples, 2 / samples])
    return Idealised(states, states, model, variances, mixture, thresholds)

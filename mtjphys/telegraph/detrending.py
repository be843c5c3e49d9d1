"""Taking off a drift that all levels share."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mtjphys.core.errors import DataError
from mtjphys.telegraph.hidden_markov import most_probable
from mtjphys.telegraph.level_count import Search, search
from mtjphys.telegraph.thresholds import fit_mixture

Floats = NDArray[np.float64]


def remove_drift(values: Floats, window: float, levels: int | None, how: Search) -> tuple[Floats, Floats, Floats]:
    """Take off what all levels share and what is slow.

    The signal less the level of its state is averaged over windows, and joined by straight lines; the levels are
    fitted anew, and so on until nothing moves. It starts from the average of the signal itself.

    Parameters
    ----------
    values : array (replicas, samples)
        The traces.
    window : float
        In samples.
    levels : int or None
        How many; None for as many as there are.
    how : Search
        How the hidden Markov fit is looked for.

    Returns
    -------
    values : array (replicas, samples)
        What is left.
    knots : array (knots,)
        Where the drift is known, in samples.
    drift : array (replicas, knots)
        What was taken off, of mean zero.
    """
    n = values.shape[1]
    edges = np.linspace(0, n, max(round(n / window), 1) + 1).astype(int)
    knots = 0.5 * (edges[1:] + edges[:-1] - 1)
    place = np.arange(n)

    def slow(rest: Floats) -> Floats:
        measured = np.isfinite(rest)
        counts = np.add.reduceat(measured, edges[:-1], axis=1)
        sums = np.add.reduceat(np.where(measured, rest, 0.0), edges[:-1], axis=1)
        known = counts > 0
        rows = [np.interp(knots, knots[k], s[k] / c[k]) for s, c, k in zip(sums, counts, known, strict=True)]
        found = np.stack(rows)
        return np.asarray(found - found.mean())

    drift = slow(values)
    for _ in range(20):
        left = values - np.stack([np.interp(place, knots, row) for row in drift])
        fit, _ = search(left, fit_mixture(left), levels, how)
        states = most_probable(left, fit.model)
        before, drift = drift, slow(values - fit.model.means[states])
        if np.max(np.abs(drift - before)) < 0.02 * float(np.sqrt(fit.model.variances.min())):
            break
    else:
        raise DataError(
            "the drift does not settle; detrend has to be longer than many stays, and the levels farther apart than "
            "they move in that time"
        )
    return values - np.stack([np.interp(place, knots, row) for row in drift]), knots, drift

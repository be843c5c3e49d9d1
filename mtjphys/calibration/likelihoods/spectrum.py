"""Averaged spectra: each density of a Gaussian signal is an exponential number, their mean a gamma one."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from mtjphys.calibration.likelihoods.exponential import Exponential
from mtjphys.core.checks import as_count
from mtjphys.core.quantity import check_range


def averaged_periodogram(density: ArrayLike, averages: ArrayLike) -> Exponential:
    r"""Return the likelihood of an averaged spectrum, eta = ln S.

    The periodogram of a long record is :math:`S \chi^2_2/2` at each frequency, independent of its neighbours (Whittle);
    the mean of K is :math:`S \chi^2_{2K}/(2K)`, the law of the mean of K exponential times. At zero and at half the
    sampling rate the transform is real, and K counts half.

    Parameters
    ----------
    density : array_like (points,)
        Measured density at each frequency, in any unit.
    averages : array_like (points,)
        K: spectra in the mean, as independent ones (`effective_averages`).

    Returns
    -------
    Exponential
        Whose mean is the density.

    References
    ----------
    P. Whittle, Ark. Mat. 2, 423 (1953).

    Examples
    --------
    >>> import numpy as np
    >>> spectrum = averaged_periodogram([2.1e-12, 1.7e-12], 100)
    >>> spectrum.residuals(np.log([2e-12, 2e-12])).round(3)
    array([ 0.492, -1.582])
    """
    return Exponential.of_means(density, averages)


def effective_averages(segments: int, window: ArrayLike, overlap: float) -> float:
    r"""Return how many independent spectra the mean of overlapping segments is worth (Welch).

    .. math:: K_{eff} = K \Big/ \Big(1 + 2 \sum_{j=1}^{K-1} (1 - j/K) \rho_j\Big), \qquad
        \rho_j = \Big(\frac{\sum_t w_t w_{t + jD}}{\sum_t w_t^2}\Big)^2

    with D the distance of two segments.

    Parameters
    ----------
    segments : int
        K.
    window : array_like (samples,)
        w, of one segment.
    overlap : float
        Share of a segment that the next one has too, in [0, 1).

    Returns
    -------
    float
        At most K.

    References
    ----------
    P. D. Welch, IEEE Trans. Audio Electroacoust. 15, 70 (1967).

    Examples
    --------
    >>> import numpy as np
    >>> print(f"{effective_averages(99, np.hanning(256), 0.5):.1f}")
    94.0
    """
    segments = as_count("segments", segments)
    check_range("overlap", overlap, "", 0.0, 1.0, open_high=True)
    taper = np.asarray(window, dtype=np.float64)
    step = max(round((1.0 - overlap) * taper.size), 1)
    inflation = 1.0
    for j in range(1, min(segments, -(-taper.size // step))):
        common = float(taper[: taper.size - j * step] @ taper[j * step :]) / float(taper @ taper)
        inflation += 2.0 * (1.0 - j / segments) * common**2
    return segments / inflation


__all__ = ["averaged_periodogram", "effective_averages"]

"""Whether numbers that should be independent and standard normal are: their spectrum, octave by octave."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import chi2


class Whiteness(NamedTuple):
    """How white a series is.

    Attributes
    ----------
    p_value : float
        Probability that white noise is as far off in the octave where it is furthest off.
    slowest, fastest : float
        That octave, cycles per sample.
    power : float
        There, over that of white noise.
    """

    p_value: float
    slowest: float
    fastest: float
    power: float


def whiteness(series: ArrayLike) -> Whiteness:
    r"""Test whether a series is white noise of variance 1.

    Of such noise twice the periodogram is :math:`\chi^2_2` at each frequency, independent of the others, and its sum
    over n frequencies :math:`\chi^2_{2n}`. Each octave, from the lowest frequency on, is tested to both sides, and the
    smallest p-value p of b octaves stands for :math:`1 - (1 - p)^b` (Sidak).

    Parameters
    ----------
    series : array_like (n,)
        At least 16 numbers.

    Returns
    -------
    Whiteness
        p-value, and where it is furthest off.

    Examples
    --------
    >>> import numpy as np
    >>> noise = np.random.default_rng(1).standard_normal(4000)
    >>> whiteness(noise).p_value > 0.01
    True
    >>> slow = whiteness(noise + np.linspace(-0.2, 0.2, 4000))
    >>> slow.p_value < 1e-3, slow.power > 10.0
    (True, True)
    """
    values = np.asarray(series, dtype=np.float64)
    power = np.abs(np.fft.rfft(values)[1 : (values.size + 1) // 2]) ** 2 / values.size
    edges = [*(2**k - 1 for k in range(int(np.log2(power.size + 1)))), power.size]
    sums, counts = np.add.reduceat(power, edges[:-1]), np.diff(edges)
    both = 2.0 * np.minimum(chi2.cdf(2.0 * sums, 2 * counts), chi2.sf(2.0 * sums, 2 * counts))
    worst = int(np.argmin(both))
    p_value = -np.expm1(counts.size * np.log1p(-min(float(both[worst]), 1.0 - 1e-16)))
    slowest, fastest = (edges[worst] + 1) / values.size, edges[worst + 1] / values.size
    return Whiteness(float(p_value), slowest, fastest, float(sums[worst] / counts[worst]))


__all__ = ["Whiteness", "whiteness"]

"""Thermal switching while the field is swept."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from mtjphys.theory.checks import Floats, numbers, positive, warn_outside


def swept_survival(
    field: ArrayLike,
    sweep_rate: ArrayLike,
    barrier: ArrayLike,
    switching_field: ArrayLike,
    attempt_rate: ArrayLike,
    exponent: ArrayLike = 2.0,
) -> Floats:
    r"""Return the probability that a junction has not switched when a swept field has come to B (Kurkijaervi).

    A barrier :math:`\Delta(1-B/B_0)^n` and a constant attempt rate, the field rising as :math:`B = rt` from far below:
    :math:`dS/dB = -S\,(f_0/r)\,e^{-\Delta(1-B/B_0)^n}`, and with :math:`u = \Delta(1-B/B_0)^n`

    .. math:: S(B) = \exp\left[-\frac{f_0B_0}{r\,n\,\Delta^{1/n}}\,\Gamma\!\left(\tfrac1n, u\right)\right]

    with the incomplete gamma function, exactly; for n = 2 it is an error function. From B_0 on the junction leaves with
    the attempt rate. Its derivative is the distribution of switching fields, `swept_field` its inverse.

    Parameters
    ----------
    field : array_like
        B against the state, T.
    sweep_rate : array_like
        r, T/s.
    barrier : array_like
        Delta without field, in units of kB T.
    switching_field : array_like
        B_0, at which the barrier is gone, T.
    attempt_rate : array_like
        f_0, 1/s.
    exponent : array_like
        n, 1 to 2, as in `sharrock_field`.

    Returns
    -------
    array
        S, 1 to 0.

    References
    ----------
    J. Kurkijaervi, Phys. Rev. B 6, 832 (1972); A. Garg, Phys. Rev. B 51, 15592 (1995).

    Examples
    --------
    >>> print(swept_survival([0.1, 0.115, 0.125], 1e-3, 60.0, 0.3, 1e9).round(3))
    [0.99  0.613 0.003]
    """
    from scipy.special import gamma, gammaincc

    b = numbers("field", field, "T", -math.inf)
    scale, n, delta, start = _scale(sweep_rate, barrier, switching_field, attempt_rate, exponent)
    u = delta * np.maximum(1 - b / start, 0.0) ** n
    beyond = n * delta ** (1 / n) * np.maximum(b / start - 1, 0.0)
    return np.asarray(np.exp(-scale * (gamma(1 / n) * gammaincc(1 / n, u) + beyond)))[()]


def swept_field(
    survival: ArrayLike,
    sweep_rate: ArrayLike,
    barrier: ArrayLike,
    switching_field: ArrayLike,
    attempt_rate: ArrayLike,
    exponent: ArrayLike = 2.0,
) -> Floats:
    r"""Return the field up to which a fraction of swept junctions survives: the inverse of `swept_survival`.

    At one half it is the median of the switching fields. They are distributed like Gumbel's extremes, steeply towards
    high and with a tail towards low fields; the standard deviation is about
    :math:`(\pi/\sqrt6)\,B_0\,(u/\Delta)^{1/n}/(nu + n - 1)`, u the barrier at the median in units of kB T (to 4 % at
    u = 7, 2 % beyond 15).

    The attempt rate does depend on the field: for a uniaxial particle with barriers of 40 and more, the law with the
    attempt rate at zero field is too low by at most 0.023 B_0 at median fields up to B_0/2, 0.0014 up to B_0/10.

    Parameters
    ----------
    survival : array_like
        S, between 0 and 1.
    sweep_rate : array_like
        r, T/s.
    barrier : array_like
        Delta without field, in units of kB T.
    switching_field : array_like
        B_0, at which the barrier is gone, T.
    attempt_rate : array_like
        f_0, 1/s.
    exponent : array_like
        n, 1 to 2, as in `sharrock_field`.

    Returns
    -------
    array
        B, T. Range: up to B_0; where so many survive it, B_0 and a warning.

    References
    ----------
    J. Kurkijaervi, Phys. Rev. B 6, 832 (1972); A. Garg, Phys. Rev. B 51, 15592 (1995).

    Examples
    --------
    >>> print(swept_field([0.9, 0.5, 0.1], 1e-3, 60.0, 0.3, 1e9).round(4))
    [0.109  0.1164 0.1212]
    """
    from scipy.special import gamma, gammainccinv

    s = numbers("survival", survival, "(dimensionless)", 0.0, 1.0, open_low=True)
    scale, n, delta, start = _scale(sweep_rate, barrier, switching_field, attempt_rate, exponent)
    share = -np.log(s) / scale / gamma(1 / n)
    warn_outside("-ln(survival) over that of B_0", share, 0.0, 1.0, "so few have switched only beyond B_0")
    u = gammainccinv(1 / n, np.minimum(share, 1.0))
    return np.asarray(start * (1 - (u / delta) ** (1 / n)))[()]


def _scale(
    sweep_rate: ArrayLike, barrier: ArrayLike, switching_field: ArrayLike, attempt_rate: ArrayLike, exponent: ArrayLike
) -> tuple[Floats, Floats, Floats, Floats]:
    """Return ``f0 B0/(r n Delta^(1/n))``, n, Delta and B0, checked."""
    rate = positive("sweep_rate", sweep_rate, "T/s")
    delta = positive("barrier", barrier, "kB T")
    start = positive("switching_field", switching_field, "T")
    n = numbers("exponent", exponent, "(dimensionless)", 1.0, 2.0)
    attempts = positive("attempt_rate", attempt_rate, "1/s") * start / rate
    return np.asarray(attempts / (n * delta ** (1 / n))), n, delta, start

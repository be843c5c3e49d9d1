"""m.p within a state, as a function of a Gaussian deviate that forgets."""

from __future__ import annotations

import math

import numpy as np
from scipy.special import eval_hermitenorm

from mtjphys.surrogate.tables import Floats

DEVIATES = np.linspace(-5.0, 5.0, 81)
"""Standard normal deviates of the tables of m.p."""


def hermite_factor(cosines: Floats) -> Floats:
    r"""Return the correlation time of the deviate u over the integral correlation time of g(u).

    With :math:`g = \sum_n a_n He_n/\sqrt{n!}` the correlation of g is :math:`\sum_n a_n^2 e^{-nt/\tau}/\sum_n a_n^2`.

    Parameters
    ----------
    cosines : ndarray of shape (..., 81)
        g at the `DEVIATES`.

    Returns
    -------
    ndarray of shape (...)
        1 where g is constant.
    """
    weights = np.exp(-0.5 * DEVIATES**2)
    weights /= weights.sum()
    orders = np.arange(1, 13)
    basis = [eval_hermitenorm(n, DEVIATES) / math.sqrt(math.factorial(n)) for n in orders]
    squares = (cosines @ (weights * np.array(basis)).T) ** 2
    total = squares.sum(axis=-1)
    return np.divide(total, (squares / orders).sum(axis=-1), out=np.ones(total.shape), where=total > 0.0)

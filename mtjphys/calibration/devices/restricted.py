r"""The restricted likelihood of a population of devices, each known by a quadratic form.

Device i has numbers :math:`\theta_i\sim N(\mu,\Sigma)`, :math:`\Sigma = AA^T` with a lower triangle A, and its data say
:math:`\ln L_i(\theta) = b_i^T\theta - \tfrac12\theta^T\Lambda_i\theta`, of which :math:`\Lambda_i` may be singular: a
number of which a device says nothing has a row of zeros. Then, with :math:`r_i = b_i-\Lambda_i\mu` and
:math:`M_i = 1 + A^T\Lambda_iA`,

.. math::

    \ell_i(\mu,\Sigma) = b_i^T\mu - \tfrac12\mu^T\Lambda_i\mu - \tfrac12\ln|M_i| + \tfrac12r_i^TAM_i^{-1}A^Tr_i ,

which is regular at :math:`\Sigma = 0`. Its derivatives are :math:`\partial\ell_i/\partial\mu = u_i = (1 + \Lambda_i
\Sigma)^{-1}r_i` and :math:`\partial\ell_i/\partial\Sigma = \tfrac12(u_iu_i^T - W_i)` with :math:`W_i =
(1+\Lambda_i\Sigma)^{-1}\Lambda_i`. With the mean integrated out over a flat prior (restricted maximum likelihood, which
for devices that are known exactly divides by their number less one),

.. math::

    \ell(\Sigma) = \sum_i\ell_i(\hat\mu,\Sigma) - \tfrac12\ln|H| ,\quad H = \sum_iW_i ,\quad
    \hat\mu = H^{-1}\sum_i(1+\Lambda_i\Sigma)^{-1}b_i .

References
----------
H. D. Patterson and R. Thompson, Biometrika 58, 545 (1971); D. A. Harville, J. Am. Stat. Assoc. 72, 320 (1977).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


class Value(NamedTuple):
    """The restricted likelihood at a place.

    Attributes
    ----------
    value : float
        ln of it.
    slope : array (parameters, parameters)
        d value/d A, of the lower triangle.
    mean : array (parameters,)
        Of highest likelihood.
    information : array (parameters, parameters)
        H, the inverse of the mean's covariance.
    """

    value: float
    slope: Floats
    mean: Floats
    information: Floats


class Conditional(NamedTuple):
    """What is known of each device given the population.

    Attributes
    ----------
    mean : array (devices, parameters)
        Expectation.
    covariance : array (devices, parameters, parameters)
        Given the population's mean as well.
    share : array (devices, parameters, parameters)
        d expectation/d mean of the population.
    """

    mean: Floats
    covariance: Floats
    share: Floats


@dataclass(frozen=True, eq=False)
class Quadratic:
    """What the data of devices say: ``ln L = shift.theta - theta.precision.theta/2``.

    Attributes
    ----------
    precision : array (devices, parameters, parameters)
        Positive semidefinite.
    shift : array (devices, parameters)
        ln L's slope at zero.
    """

    precision: Floats
    shift: Floats

    def restricted(self, factor: Floats) -> Value:
        """Return the restricted likelihood of ``Sigma = factor factor^T``."""
        precision, shift = self.precision, self.shift
        size = factor.shape[0]
        one = np.eye(size)
        sigma = factor @ factor.T
        unmixed = np.linalg.inv(one + precision @ sigma)
        marginal = unmixed @ precision
        information = marginal.sum(axis=0)
        mean = np.linalg.solve(information, np.einsum("nij,nj->i", unmixed, shift))
        residual = shift - precision @ mean
        score = np.einsum("nij,nj->ni", unmixed, residual)
        scaled = residual @ factor
        inner = one + factor.T @ precision @ factor
        likelihood = (
            shift @ mean
            - 0.5 * np.einsum("i,nij,j->n", mean, precision, mean)
            - 0.5 * np.linalg.slogdet(inner)[1]
            + 0.5 * np.einsum("ni,ni->n", scaled, np.linalg.solve(inner, scaled[..., None])[..., 0])
        )
        covariance = np.linalg.inv(information)
        slope = score.T @ score - information + np.einsum("nij,jk,nkl->il", marginal, covariance, marginal)
        value = float(likelihood.sum()) - 0.5 * float(np.linalg.slogdet(information)[1])
        return Value(value, np.tril(slope @ factor), mean, information)

    def conditional(self, mean: Floats, factor: Floats) -> Conditional:
        """Return what is known of each device of a population."""
        sigma = factor @ factor.T
        share = np.linalg.inv(np.eye(mean.size) + sigma @ self.precision)
        expected = np.einsum("nij,nj->ni", share, mean + self.shift @ sigma)
        return Conditional(np.asarray(expected), np.asarray(share @ sigma), np.asarray(share))

r"""What the data of one device say of its numbers, as a table of ln of the likelihood.

A population asks for it near the device's best fit and, where the device is weakly measured, near the population's
mean. A quadratic form is not the same at both places where numbers of events are small or a range ends. So the form is
found again where the population puts the device: of all forms the one that is nearest to the table, by least squares,
under the normal law :math:`q` of the device given the population. By Stein's lemma its coefficients are the expected
slope and curvature of :math:`\ln L` under q, which is the fixed point of a variational normal approximation
(M. Opper and C. Archambeau, Neural Computation 21, 786 (2009)); of a likelihood that is normal it is exact. The ends of
ranges are no data: points lie within them, and the form goes on beyond.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from mtjphys.calibration.fitting import Calibration

Floats = NDArray[np.float64]

REACH = 1.5
"""Standard deviation of the points of a table, in those of the device's own fit."""

_POINTS = 20  # for each coefficient of a form
_EFFECTIVE = 3  # the same, of points that count
_WIDENED = (0.0, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, np.inf)


@dataclass(frozen=True, eq=False)
class Evidence:
    """Ln of the likelihood of a device's data at points near its best fit.

    Attributes
    ----------
    centre : array (parameters,)
        The best fit, on the scale of the fit.
    axes : array (parameters, parameters)
        Of its covariance, one standard deviation in each column.
    points : array (n, parameters)
        Coordinates along the axes.
    log_likelihood : array (n,)
        There, relative to that of the best fit.
    """

    centre: Floats
    axes: Floats
    points: Floats
    log_likelihood: Floats

    @property
    def covariance(self) -> Floats:
        """Covariance of the device's own fit; of a number that it says nothing about that of the range."""
        return self.axes @ self.axes.T

    def quadratic(self, mean: Floats, covariance: Floats) -> tuple[Floats, Floats]:
        """Return precision and shift, see `restricted.Quadratic`, of ln of the likelihood under a normal law."""
        inverse = np.linalg.inv(self.axes)
        here, about = inverse @ (mean - self.centre), inverse @ covariance @ inverse.T
        x, size = self.points, self.centre.size
        rows, columns = np.triu_indices(size)
        if len(x) < 1.5 * (1 + size + rows.size):  # hardly any place has an answer: as normal as at the best fit
            precision = inverse.T @ inverse
            return precision, precision @ self.centre
        forms = np.column_stack((np.ones(len(x)), x, x[:, rows] * x[:, columns]))
        weights = np.ones(len(x))
        for wider in _WIDENED:
            if np.isinf(wider):
                weights = np.ones(len(x))
                break
            away = np.linalg.solve(np.linalg.cholesky(about + (wider + 1e-9) * np.eye(size)), (x - here).T)
            logs = 0.5 * (np.sum(x**2, axis=1) / REACH**2 - np.sum(away**2, axis=0))
            weights = np.exp(logs - logs.max())
            if weights.sum() ** 2 >= _EFFECTIVE * forms.shape[1] * np.sum(weights**2):
                break
        root = np.sqrt(weights)
        found = np.linalg.lstsq(forms * root[:, None], self.log_likelihood * root, rcond=None)[0]
        bend = np.zeros((size, size))
        bend[rows, columns] = found[1 + size :]
        values, vectors = np.linalg.eigh(-bend - bend.T)
        precision = (vectors * np.maximum(values, 0.0)) @ vectors.T
        precision = inverse.T @ precision @ inverse
        return precision, inverse.T @ found[1 : 1 + size] + precision @ self.centre


def spread_points(size: int, number: int) -> Floats:
    """Return points that fill a normal law of `REACH` standard deviations evenly, (number, size)."""
    from scipy.stats import qmc

    return np.asarray(REACH * ndtri(qmc.Halton(size, scramble=False).random(number + 1)[1:]))


def evidence_of(fit: Calibration) -> Evidence:
    """Return the table of a fitted device, of points within its ranges."""
    made, size = fit.surface, len(fit.free)
    wanted = _POINTS * (1 + size + size * (size + 1) // 2)
    points = fit.best + spread_points(size, 20 * wanted)
    points = points[made.inside(points)][:wanted]
    best = fit.problem.log_likelihood(made.predict(fit.best))
    values = np.array([fit.problem.log_likelihood(made.predict(v)) - best for v in points]) / fit.dispersion
    finite = np.isfinite(values)
    return Evidence(made.position(fit.best), made.axes, points[finite] - fit.best, values[finite])

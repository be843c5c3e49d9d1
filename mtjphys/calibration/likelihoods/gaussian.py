"""Gaussian errors, independent or correlated, perhaps with a common factor that is itself uncertain."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Self

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import gammaln

from mtjphys.calibration.likelihoods.independent import Floats, as_eta, as_points, check_points
from mtjphys.core.checks import as_numbers
from mtjphys.core.errors import DataError
from mtjphys.core.quantity import check_range


@dataclass(frozen=True, eq=False)
class Gaussian:
    r"""Values with Gaussian errors; eta is the model's value itself.

    With z = L^T (y - eta), L L^T the inverse covariance C, and n points,

    .. math:: l = -\tfrac12 z \cdot z - \tfrac12 \ln\det(2\pi C).

    Where all errors share a factor that is known only as well as a standard deviation of nu + 1 repeated measurements,
    the law is Student's of nu degrees of freedom, and large deviations count for less:

    .. math:: l = -\tfrac{\nu + n}2 \ln\Big(1 + \frac{z \cdot z}{\nu}\Big) + \ln\Gamma(\tfrac{\nu + n}2)
        - \ln\Gamma(\tfrac\nu2) - \tfrac n2 \ln\tfrac\nu2 - \tfrac12 \ln\det(2\pi C),

    with expected information :math:`C^{-1} (\nu + n)/(\nu + n + 2)`; its residuals are z times a common factor.

    Parameters
    ----------
    observed : array_like (points,)
        y.
    error : array_like (points,) or (points, points)
        Standard deviations, or the covariance C.
    degrees_of_freedom : float
        nu, above 0; infinite for errors that are known.

    Attributes
    ----------
    root : array (points,) or (points, points)
        L, or its diagonal where the errors are independent.

    Raises
    ------
    DataError
        If the errors are not positive, or the covariance is not positive definite.

    References
    ----------
    K. L. Lange, R. J. A. Little and J. M. G. Taylor, J. Am. Stat. Assoc. 84, 881 (1989).

    Examples
    --------
    >>> loop = Gaussian([3120.0, 3190.0], error=20.0)
    >>> loop.residuals([3100.0, 3200.0])
    array([ 1. , -0.5])
    """

    observed: Floats
    error: Floats
    degrees_of_freedom: float = math.inf
    root: Floats = field(init=False, repr=False)

    def __post_init__(self) -> None:
        observed = as_points("observed", self.observed, "")
        error = as_numbers("error", self.error, "the unit of observed")
        if error.ndim < 2:
            observed, error = np.broadcast_arrays(observed, as_points("error", error, ""))
            check_points("error", error, error > 0, "a standard deviation above 0")
            root = 1.0 / error
        else:
            root = _root_of_inverse(error, observed.size)
        if self.degrees_of_freedom != math.inf:
            check_range("degrees_of_freedom", self.degrees_of_freedom, "", 0.0, math.inf, open_low=True)
        object.__setattr__(self, "observed", observed)
        object.__setattr__(self, "error", error)
        object.__setattr__(self, "root", root)

    def _deviations(self, eta: ArrayLike) -> Floats:
        """Return z, whose covariance is the unit matrix."""
        return self._times(self.observed - as_eta(eta, self.observed.size))

    def _times(self, vector: Floats) -> Floats:
        root = self.root
        return root * vector if root.ndim == 1 else root.T @ vector

    def _weight(self, square: float) -> float:
        """Return what the slope of the log-likelihood has more than that of known errors."""
        nu = self.degrees_of_freedom
        return 1.0 if nu == math.inf else (nu + self.observed.size) / (nu + square)

    def log_likelihood(self, eta: ArrayLike) -> float:
        """Return the log-likelihood with its constants."""
        z = self._deviations(eta)
        square, n, nu = float(z @ z), z.size, self.degrees_of_freedom
        root = self.root
        diagonal = root if root.ndim == 1 else np.diag(root)
        constant = float(np.log(diagonal).sum()) - 0.5 * n * math.log(2.0 * math.pi)
        if nu == math.inf:
            return constant - 0.5 * square
        constant += float(gammaln(0.5 * (nu + n)) - gammaln(0.5 * nu)) - 0.5 * n * math.log(0.5 * nu)
        return constant - 0.5 * (nu + n) * math.log1p(square / nu)

    def gradient(self, eta: ArrayLike) -> Floats:
        """Return the derivative of `log_likelihood`, (points,)."""
        z = self._deviations(eta)
        root = self.root
        return self._weight(float(z @ z)) * (root * z if root.ndim == 1 else root @ z)

    def information(self, eta: ArrayLike) -> Floats:
        """Return the expected information, (points,) for independent errors, else (points, points)."""
        nu, n = self.degrees_of_freedom, as_eta(eta, self.observed.size).size
        root = self.root
        share = 1.0 if nu == math.inf else (nu + n) / (nu + n + 2.0)
        return share * (root**2 if root.ndim == 1 else root @ root.T)

    def residuals(self, eta: ArrayLike) -> Floats:
        """Return z, times a common factor where that of the errors is uncertain; (points,)."""
        z = self._deviations(eta)
        return z * self._factor(float(z @ z))[0]

    def slopes(self, eta: ArrayLike) -> Floats:
        """Return the derivative of the residuals, (points,) for independent known errors, else (points, points)."""
        root = self.root
        if self.degrees_of_freedom == math.inf:
            return -root if root.ndim == 1 else -root.T
        z = self._deviations(eta)
        factor, rise = self._factor(float(z @ z))
        along = np.outer(z, z) * (2.0 * rise)
        matrix = np.diag(root) if root.ndim == 1 else root.T
        return -(factor * np.eye(z.size) + along) @ matrix

    def _factor(self, square: float) -> tuple[float, float]:
        """Return sqrt((nu + n)/s ln(1 + s/nu)) at s = z.z, and its derivative with respect to s."""
        nu, n = self.degrees_of_freedom, self.observed.size
        if nu == math.inf:
            return 1.0, 0.0
        x = square / nu
        if x < 1e-4:
            ratio, slope = 1.0 - x / 2.0 + x * x / 3.0, -0.5 + 2.0 * x / 3.0 - 0.75 * x * x  # of ln(1 + x)/x
        else:
            ratio = math.log1p(x) / x
            slope = (1.0 / (1.0 + x) - ratio) / x
        scale = (nu + n) / nu
        factor = math.sqrt(scale * ratio)
        return factor, 0.5 * scale * slope / (nu * factor)

    def dispersion(self, eta: ArrayLike) -> float:
        """Return the likeliest common factor of all errors, the root mean square of z."""
        z = self._deviations(eta)
        return math.sqrt(float(z @ z) / z.size)

    def replicate(self, eta: ArrayLike, generator: np.random.Generator) -> Self:
        """Return values drawn at `eta` with the same errors, times a common factor where that is uncertain."""
        eta, nu = as_eta(eta, self.observed.size), self.degrees_of_freedom
        root = self.root
        z = generator.standard_normal(eta.size)
        if nu != math.inf:
            z *= math.sqrt(nu / generator.chisquare(nu))
        noise = z / root if root.ndim == 1 else np.linalg.solve(root.T, z)
        return type(self)(eta + noise, self.error, nu)


def _root_of_inverse(covariance: Floats, points: int) -> Floats:
    """Return L, L L^T the inverse of the covariance."""
    if covariance.shape != (points, points):
        raise DataError(
            f"error has shape {covariance.shape}; expected ({points},) or, a covariance, ({points}, {points})"
        )
    try:
        lower = np.linalg.cholesky(covariance)
    except np.linalg.LinAlgError:
        raise DataError(
            "error is a covariance that is not positive definite; check it, or give standard deviations"
        ) from None
    return np.asarray(np.linalg.inv(lower).T)


def log_normal(mean: ArrayLike, error: ArrayLike) -> Gaussian:
    """Return the likelihood of positive values of which errors are given: Gaussian in their logarithm, eta = ln value.

    Parameters
    ----------
    mean, error : array_like (points,)
        Values and their standard errors, in one unit; the error of the logarithm is their ratio.

    Examples
    --------
    >>> import numpy as np
    >>> log_normal(1.3e-3, 0.1e-3).residuals(np.log([1.3e-3]))
    array([0.])
    """
    value, sigma = np.broadcast_arrays(as_points("mean", mean, ""), as_points("error", error, ""))
    check_points("mean", value, value > 0, "above 0")
    return Gaussian(np.log(value), sigma / value)


__all__ = ["Gaussian", "log_normal"]

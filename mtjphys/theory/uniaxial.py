"""Rates of a uniaxial particle."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from mtjphys.core.errors import ParameterError
from mtjphys.macrospin.energy import States
from mtjphys.theory.checks import GYROMAGNETIC_RATIO, Floats, diffusion_rate, numbers, positive, warn_outside

LOWEST_BARRIER = 5.0
"""Over kB T, of the range of `uniaxial_escape_rates`."""


def uniaxial_escape_rates(
    barrier: ArrayLike,
    anisotropy_field: ArrayLike,
    damping: ArrayLike,
    drive: ArrayLike = 0.0,
    *,
    order: int = 1,
    gyromagnetic_ratio: float = GYROMAGNETIC_RATIO,
) -> States:
    r"""Return the escape rates of the two wells of a uniaxial particle with a high barrier (Brown).

    With the drive x, positive towards the parallel state, and :math:`1/\tau_D = \alpha\gamma B_k/(1+\alpha^2)`,

    .. math:: \Gamma_{P,AP} = \frac{1}{\tau_D}\sqrt{\frac{\Delta}{\pi}}\,(1-x^2)(1\pm x)\,e^{-\Delta(1\pm x)^2}
        \left[1 - \frac{1\mp x+2x^2}{\Delta(1-x^2)^2}\right].

    The bracket is the next order of the steepest-descent integrals, 1 - 1/Delta without drive; `order` 0 leaves it
    out. The relaxation rate is the sum of the two; without drive that is Brown's
    :math:`2\tau_N\lambda_1 = (4/\sqrt\pi)\Delta^{3/2}e^{-\Delta}`.

    Range: the lower barrier, :math:`\Delta(1-|x|)^2`, at least 5. There the sum is within 2.5 % of the exact rate
    at order 1 (0.3 % at a barrier of 20); at order 0 it is too high by 1.0 to 1.35 over that barrier (26 % at 5). Where
    the bracket is not positive, at about 1 and below, order 1 is an error.

    Parameters
    ----------
    barrier : array_like
        Delta without drive, in units of kB T.
    anisotropy_field : array_like
        B_k, T.
    damping : array_like
        Gilbert damping, 1.
    drive : array_like
        x, between -1 and 1.
    order : int
        0 (Brown) or 1.
    gyromagnetic_ratio : float
        rad/(s T).

    Returns
    -------
    States
        Escape rates ``(parallel, antiparallel)``, 1/s.

    References
    ----------
    W. F. Brown, Phys. Rev. 130, 1677 (1963); the correction without field: W. T. Coffey et al., Phys. Rev. E 49, 1869
    (1994); field and torque in one: Z. Li, S. Zhang, Phys. Rev. B 69, 134416 (2004).

    Examples
    --------
    >>> rates = uniaxial_escape_rates(40.0, 0.3, 0.01)
    >>> print(f"mean dwell time {1 / rates.parallel:.2g} s")
    mean dwell time 1.3e+08 s
    """
    if order not in (0, 1):
        raise ParameterError(f"order={order!r} must be 0 (Brown's formula) or 1 (with the 1/barrier term)")
    sigma = positive("barrier", barrier, "kB T")
    x = numbers("drive", drive, "(dimensionless)", -1.0, 1.0)
    attempt = diffusion_rate(anisotropy_field, damping, gyromagnetic_ratio) * np.sqrt(sigma / np.pi)
    warn_outside(
        "the lower barrier",
        sigma * (1 - np.abs(x)) ** 2,
        LOWEST_BARRIER,
        math.inf,
        "the steepest-descent integrals are off by more than 3 %; use fokker_planck.relaxation_rate",
    )

    parallel, antiparallel = (attempt * brown(sigma, toward, order) for toward in (x, -x))
    return States(parallel[()], antiparallel[()])  # type: ignore[arg-type]


def brown(sigma: Floats, x: Floats, order: int = 1) -> Floats:
    """Return the escape rate of a well that the drive `x` deepens, in units of ``sqrt(sigma/pi)/tau_D``."""
    leading = np.asarray((1 - x**2) * (1 + x) * np.exp(-sigma * (1 + x) ** 2))
    if order == 0:
        return leading
    with np.errstate(divide="ignore"):
        correction = (1 - x + 2 * x**2) / (sigma * (1 - x**2) ** 2)
    if np.any(correction >= 1):
        lower = float(np.min(sigma * (1 - np.abs(x)) ** 2))
        raise ParameterError(
            f"the lower barrier, {lower:.3g} kB T, is too low for an escape rate: the 1/barrier term exceeds the rate "
            "itself; use fokker_planck, or order=0 for Brown's formula alone"
        )
    return np.asarray(leading * (1 - correction))


def uniaxial_relaxation_rate(
    barrier: ArrayLike,
    anisotropy_field: ArrayLike,
    damping: ArrayLike,
    *,
    gyromagnetic_ratio: float = GYROMAGNETIC_RATIO,
) -> Floats:
    r"""Return the relaxation rate of a uniaxial particle without drive, at any barrier.

    The interpolation between free diffusion and Brown's asymptote,

    .. math:: \frac{1}{\lambda_1} = \tau_N\frac{e^\sigma-1}{2\sigma}
        \left[\frac{\sigma}{1+\sigma}\sqrt{\frac{\sigma}{\pi}} + 2^{-\sigma-1}\right]^{-1},\qquad
        \tau_N = \frac{\sigma(1+\alpha^2)}{\alpha\gamma B_k}.

    Range: every barrier above 0; the error is at most 8 % (-8 % at sigma = 0.45, +7 % at 3, below 1 % above 20).

    Parameters
    ----------
    barrier : array_like
        sigma = Delta, in units of kB T.
    anisotropy_field : array_like
        B_k, T.
    damping : array_like
        Gilbert damping, 1.
    gyromagnetic_ratio : float
        rad/(s T).

    Returns
    -------
    array
        :math:`\lambda_1`, 1/s; the mean dwell time is twice its inverse.

    References
    ----------
    P. J. Cregg, D. S. F. Crothers, A. W. Wickstead, J. Appl. Phys. 76, 4900 (1994).

    Examples
    --------
    >>> print(f"{uniaxial_relaxation_rate(5.0, 0.02, 0.1):.3g} 1/s")
    5.05e+06 1/s
    """
    sigma = positive("barrier", barrier, "kB T")
    diffusion = diffusion_rate(anisotropy_field, damping, gyromagnetic_ratio)
    bracket = sigma / (1 + sigma) * np.sqrt(sigma / np.pi) + 2 ** (-sigma - 1)
    return np.asarray(2 * diffusion * bracket * np.exp(-sigma) / -np.expm1(-sigma))[()]


def low_barrier_relaxation_rate(
    barrier: ArrayLike,
    anisotropy_field: ArrayLike,
    damping: ArrayLike,
    *,
    gyromagnetic_ratio: float = GYROMAGNETIC_RATIO,
) -> Floats:
    r"""Return the relaxation rate of a uniaxial particle near free diffusion.

    .. math:: 2\tau_N\lambda_1 = 2\left(1-\tfrac25\sigma+\tfrac{48}{875}\sigma^2\right),\qquad
        \tau_N = \frac{\sigma(1+\alpha^2)}{\alpha\gamma B_k}.

    Range: barriers up to 1.4, where the error is below 1 % (0.12 % up to 0.8).

    Parameters
    ----------
    barrier : array_like
        sigma = Delta, in units of kB T.
    anisotropy_field : array_like
        B_k, T.
    damping : array_like
        Gilbert damping, 1.
    gyromagnetic_ratio : float
        rad/(s T).

    Returns
    -------
    array
        :math:`\lambda_1`, 1/s.

    References
    ----------
    W. F. Brown, Phys. Rev. 130, 1677 (1963).

    Examples
    --------
    >>> print(f"{low_barrier_relaxation_rate(0.5, 0.01, 0.1):.3g} 1/s")
    2.84e+08 1/s
    """
    sigma = positive("barrier", barrier, "kB T")
    warn_outside(
        "barrier",
        sigma,
        0.0,
        1.4,
        "the expansion about free diffusion is off by more than 1 %; use uniaxial_relaxation_rate",
    )
    diffusion = diffusion_rate(anisotropy_field, damping, gyromagnetic_ratio)
    return np.asarray(diffusion / sigma * (1 - 0.4 * sigma + 48 / 875 * sigma**2))[()]

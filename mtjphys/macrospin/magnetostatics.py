"""Demagnetising factors of the shapes a free layer can have; N_x + N_y + N_z = 1."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from scipy import special

from mtjphys.core.errors import ParameterError

_SERIES_TERMS = 10
_MOST_NODES = 1 << 20


class DemagnetisingFactors(NamedTuple):
    """The principal demagnetising factors; dimensionless, their sum is one."""

    x: float
    y: float
    z: float


def _complement_of_elliptic_e(p: np.ndarray) -> np.ndarray:
    """Return ``E(m) - 1`` for ``m = 1 - p`` without cancellation at small p (DLMF 19.12.2)."""
    half_log = 0.5 * np.log(16.0 / p)
    small = np.zeros_like(p)
    coefficient, harmonic = 0.5, 0.0
    power = p.copy()
    for n in range(1, _SERIES_TERMS + 1):
        small += coefficient * power * (half_log - harmonic - 1.0 / (2 * n * (2 * n - 1)))
        harmonic += 2.0 / (2 * n * (2 * n - 1))
        coefficient *= (2 * n - 1) * (2 * n + 1) / (2 * n * (2 * n + 2))
        power = power * p
    return np.where(p < 0.02, small, special.ellipe(1.0 - p) - 1.0)


def _in_plane_share(aspect: np.ndarray) -> np.ndarray:
    """Return ``1 - N_z`` of the circular disc against ``aspect = thickness/diameter``.

    With ``p = aspect^2/(1 + aspect^2)`` and elliptic integrals of parameter ``1 - p``,
    ``1 - N_z = 4/(3 pi aspect) {sqrt(1 + aspect^2) [aspect^2 (K - E) + E] - 1}`` (Joseph 1966),
    written so that no two large numbers are subtracted.
    """
    squared = aspect * aspect
    p = squared / (1.0 + squared)
    root = np.sqrt(1.0 + squared)
    e_less_one = _complement_of_elliptic_e(p)
    k_less_e = special.ellipkm1(p) - (1.0 + e_less_one)
    bracket = squared / (1.0 + root) + root * (squared * k_less_e + e_less_one)
    thin = 4.0 / (3.0 * math.pi) * bracket / aspect
    inverse = 1.0 / np.maximum(aspect, 1.0)
    axial = 4.0 / (3.0 * math.pi) * inverse - (special.hyp2f1(-0.5, 0.5, 2.0, -(inverse**2)) - 1.0)
    return np.where(aspect <= 1.0, thin, 1.0 - axial)


def _positive(**lengths: float) -> None:
    for name, value in lengths.items():
        if not (math.isfinite(value) and value > 0.0):
            raise ParameterError(f"{name}={value!r} m is outside (0, inf) m; give a length in metres")


def disc_demagnetising_factors(diameter_x: float, diameter_y: float, thickness: float) -> DemagnetisingFactors:
    r"""Return the exact factors of a uniformly magnetised elliptic disc (magnetometric).

    In Fourier space every direction :math:`\psi` of the in-plane wave vector sees a circular disc,
    so that with semi-axes a, b, :math:`\kappa^2 = \cos^2\varphi/a^2 + \sin^2\varphi/b^2` and
    :math:`N_\circ(\tau)` the axial factor of the circular disc of thickness over diameter tau,

    .. math::

        N_z = \frac{1}{2\pi}\int_0^{2\pi} N_\circ(\kappa t/2)\,d\varphi, \qquad
        N_x = \frac{1}{2\pi}\int_0^{2\pi} \frac{\cos^2\varphi}{a^2\kappa^2}
              [1 - N_\circ(\kappa t/2)]\,d\varphi .

    The integrands are periodic and analytic, so the trapezoidal rule converges exponentially; it is
    refined until two rules agree to 1e-13.

    Parameters
    ----------
    diameter_x, diameter_y : float
        Full lengths along x and y, m.
    thickness : float
        Thickness along z, m.

    Returns
    -------
    DemagnetisingFactors
        ``(x, y, z)``, dimensionless, good to 1e-12.

    Raises
    ------
    ParameterError
        A length is not positive and finite, or two lengths differ by more than a factor 1e8.

    References
    ----------
    R. I. Joseph, J. Appl. Phys. 37, 4639 (1966); M. Beleggia, M. De Graef, Y. T. Millev,
    D. A. Goode, G. Rowlands, J. Phys. D: Appl. Phys. 38, 3333 (2005).

    Examples
    --------
    >>> from mtjphys.macrospin.magnetostatics import disc_demagnetising_factors
    >>> nx, ny, nz = disc_demagnetising_factors(120e-9, 60e-9, 1.7e-9)
    >>> round(nx, 4), round(ny, 4), round(nz, 4)
    (0.0179, 0.0473, 0.9349)
    """
    _positive(diameter_x=diameter_x, diameter_y=diameter_y, thickness=thickness)
    lengths = (diameter_x, diameter_y, thickness)
    if max(lengths) > 1e8 * min(lengths):
        raise ParameterError(
            f"diameters and thickness {lengths} m differ by more than a factor 1e8; give all three in metres"
        )
    a, b = 0.5 * diameter_x, 0.5 * diameter_y
    ratio = math.sqrt(b / a)

    def rule(nodes: int) -> tuple[float, float]:
        # tan(phi) = sqrt(b/a) tan(theta) moves the poles at tan^2(phi) = -b^2/a^2 away from the
        # axis.
        theta = (np.arange(nodes) + 0.5) * (0.5 * math.pi / nodes)
        cosine, sine = np.cos(theta) ** 2, np.sin(theta) ** 2
        spread = cosine + ratio**2 * sine
        in_x, in_y = cosine / (spread * a * a), ratio**2 * sine / (spread * b * b)
        kappa_squared = in_x + in_y
        weight = ratio / spread / nodes
        share = weight * _in_plane_share(0.5 * thickness * np.sqrt(kappa_squared)) / kappa_squared
        return float(np.sum(share * in_x)), float(np.sum(share * in_y))

    nodes = 16
    previous = rule(nodes)
    while nodes < _MOST_NODES:
        nodes *= 2
        current = rule(nodes)
        if max(abs(current[0] - previous[0]), abs(current[1] - previous[1])) < 1e-13:
            break
        previous = current
    return DemagnetisingFactors(current[0], current[1], 1.0 - (current[0] + current[1]))


def ellipsoid_demagnetising_factors(diameter_x: float, diameter_y: float, diameter_z: float) -> DemagnetisingFactors:
    r"""Return the factors of the general ellipsoid, for comparison with the disc.

    :math:`N_x = (abc/3) R_D(b^2, c^2, a^2)` with Carlson's integral and the semi-axes a, b, c, and
    cyclically. A flat ellipsoid has smaller in-plane factors than a disc of the same diameters and
    thickness, and so underestimates the shape anisotropy of a free layer.

    Parameters
    ----------
    diameter_x, diameter_y, diameter_z : float
        Full lengths of the axes, m.

    Returns
    -------
    DemagnetisingFactors
        ``(x, y, z)``, dimensionless.

    Raises
    ------
    ParameterError
        A length is not positive and finite.

    References
    ----------
    J. A. Osborn, Phys. Rev. 67, 351 (1945); B. C. Carlson, Numer. Algorithms 10, 13 (1995).

    Examples
    --------
    >>> from mtjphys.macrospin.magnetostatics import ellipsoid_demagnetising_factors
    >>> [round(n, 12) for n in ellipsoid_demagnetising_factors(1e-9, 1e-9, 1e-9)]
    [0.333333333333, 0.333333333333, 0.333333333333]
    """
    _positive(diameter_x=diameter_x, diameter_y=diameter_y, diameter_z=diameter_z)
    scale = (diameter_x * diameter_y * diameter_z) ** (1.0 / 3.0)
    x, y, z = ((length / scale) ** 2 for length in (diameter_x, diameter_y, diameter_z))
    return DemagnetisingFactors(
        float(special.elliprd(y, z, x)) / 3.0,
        float(special.elliprd(z, x, y)) / 3.0,
        float(special.elliprd(x, y, z)) / 3.0,
    )


__all__ = [
    "DemagnetisingFactors",
    "disc_demagnetising_factors",
    "ellipsoid_demagnetising_factors",
]

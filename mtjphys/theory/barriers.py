"""Barriers of a uniaxial particle in a field or under a torque."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from mtjphys.macrospin import energy
from mtjphys.macrospin.energy import Landscape
from mtjphys.theory.checks import Floats, numbers, positive, warn_outside


def collinear_barrier(barrier: ArrayLike, drive: ArrayLike) -> Floats:
    r"""Return the barrier of the well that a longitudinal field and a collinear spin torque act against.

    .. math:: \Delta(x) = \Delta\,(1-x)^2,\qquad x = \frac{B}{B_k} + \frac{a_{DL}}{\alpha B_k}.

    Exact for an axially symmetric junction, where the torque enters the Fokker-Planck equation as the field
    a_DL/alpha; x = 1 is the switching field, or the critical current. Range of x: -1 to 1; beyond it there is one
    well and no barrier: x > 1 returns 0, x < -1 warns.

    Parameters
    ----------
    barrier : array_like
        Delta without drive, in units of kB T.
    drive : array_like
        x, positive against the well.

    Returns
    -------
    array
        Barrier in units of kB T.

    References
    ----------
    E. C. Stoner, E. P. Wohlfarth, Philos. Trans. R. Soc. A 240, 599 (1948); T. Taniguchi, H. Imamura,
    arXiv:1010.5845 (2010).

    Examples
    --------
    >>> print(f"{collinear_barrier(40.0, 0.5):.1f}")
    10.0
    """
    delta = positive("barrier", barrier, "kB T")
    x = numbers("drive", drive, "(dimensionless)", -math.inf)
    warn_outside("drive", x, -1.0, math.inf, "there is no second well to switch to, hence no barrier")
    return np.asarray(delta * np.maximum(1 - x, 0.0) ** 2)[()]


def stoner_wohlfarth_switching_field(angle: ArrayLike) -> Floats:
    r"""Return the field that removes the barrier, in units of B_k: the astroid.

    .. math:: h_{sw} = \left(|\cos\psi|^{2/3}+|\sin\psi|^{2/3}\right)^{-3/2}

    Parameters
    ----------
    angle : array_like
        psi between field and easy axis, rad.

    Returns
    -------
    array
        h_sw = B_sw/B_k.

    References
    ----------
    E. C. Stoner, E. P. Wohlfarth, Philos. Trans. R. Soc. A 240, 599 (1948).

    Examples
    --------
    >>> print(f"{stoner_wohlfarth_switching_field(np.pi / 4):.3f}")
    0.500
    """
    psi = numbers("angle", angle, "rad", -math.inf)
    cosine, sine = np.abs(np.cos(psi)), np.abs(np.sin(psi))
    return np.asarray((cosine ** (2 / 3) + sine ** (2 / 3)) ** -1.5)[()]


def stoner_wohlfarth_barrier(barrier: ArrayLike, field_ratio: ArrayLike, angle: ArrayLike) -> Floats:
    r"""Return the barrier of a uniaxial particle in a field at any angle, from its stationary points.

    :math:`E/(M_sVB_k) = -\tfrac12 m_z^2 - h\,\mathbf n\cdot\mathbf m`; the barrier is that of the well which the field
    opposes (of either at 90 degrees), 0 outside the astroid. Along the easy axis it is Delta (1 - h)^2, across it
    Delta (1 - h)^2 too, in between the exponent falls to about 3/2 (`near_astroid_barrier`). Exact.

    Parameters
    ----------
    barrier : array_like
        Delta without field, in units of kB T.
    field_ratio : array_like
        h = B/B_k, not negative.
    angle : array_like
        psi between the field and the easy direction opposite to m, rad, 0 to pi/2.

    Returns
    -------
    array
        Barrier in units of kB T.

    References
    ----------
    E. C. Stoner, E. P. Wohlfarth, Philos. Trans. R. Soc. A 240, 599 (1948).

    Examples
    --------
    >>> print(stoner_wohlfarth_barrier(40.0, 0.2, np.radians([0.0, 45.0, 90.0])).round(2))
    [25.6  19.24 25.6 ]
    """
    delta = positive("barrier", barrier, "kB T")
    h = numbers("field_ratio", field_ratio, "(dimensionless)")
    psi = numbers("angle", angle, "rad", 0.0, 0.5 * math.pi)
    uniaxial = np.diag([0.0, 0.0, 1.0])

    def relative(strength: float, tilt: float) -> float:
        case = Landscape(strength * np.array([math.sin(tilt), 0.0, math.cos(tilt)]), uniaxial, 1.0)
        passes = energy.saddles(case)
        return 2 * (passes[0].energy - energy.wells(case)[-1].energy) if passes else 0.0

    return np.asarray(delta * np.vectorize(relative, otypes=[float])(h, psi))[()]


def near_astroid_barrier(barrier: ArrayLike, field_ratio: ArrayLike, angle: ArrayLike) -> Floats:
    r"""Return the barrier close to the switching field of an oblique field: the exponent 3/2.

    Where well and saddle merge the energy is a cubic, and

    .. math:: \Delta(h) = \Delta\,\frac{8}{3}\sqrt{\frac23}\,
        \frac{(\sin\psi\cos\psi)^{1/3}}{\sin^{2/3}\psi+\cos^{2/3}\psi}\left(1-\frac{h}{h_{sw}}\right)^{3/2}.

    Range: 1 - h/h_sw at most 0.2, where the error is below 1.7 % between 10 and 80 degrees; along and across the
    easy axis the coefficient vanishes and the exponent is 2 (`collinear_barrier`).

    Parameters
    ----------
    barrier : array_like
        Delta without field, in units of kB T.
    field_ratio : array_like
        h = B/B_k, up to the astroid (beyond it the barrier is 0).
    angle : array_like
        psi between the field and the easy direction opposite to m, rad, 0 to pi/2.

    Returns
    -------
    array
        Barrier in units of kB T.

    References
    ----------
    R. H. Victora, Phys. Rev. Lett. 63, 457 (1989).

    Examples
    --------
    >>> print(f"{near_astroid_barrier(40.0, 0.45, np.pi / 4):.3f}")
    1.377
    """
    delta = positive("barrier", barrier, "kB T")
    h = numbers("field_ratio", field_ratio, "(dimensionless)")
    psi = numbers("angle", angle, "rad", 0.0, 0.5 * math.pi)
    distance = 1 - h / stoner_wohlfarth_switching_field(psi)
    warn_outside("1 - h/h_sw", distance, -math.inf, 0.2, "use stoner_wohlfarth_barrier")
    warn_outside("angle", psi, math.radians(10), math.radians(80), "use stoner_wohlfarth_barrier")
    sine, cosine = np.sin(psi), np.abs(np.cos(psi))
    shape = np.cbrt(sine * cosine) / (np.cbrt(sine) ** 2 + np.cbrt(cosine) ** 2)
    return np.asarray(delta * 8 / 3 * math.sqrt(2 / 3) * shape * np.maximum(distance, 0.0) ** 1.5)[()]

"""An easy plane, which forgets its direction."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from mtjphys.theory.checks import GYROMAGNETIC_RATIO, Floats, numbers, positive, warn_outside


def easy_plane_autocorrelation(
    time: ArrayLike,
    easy_plane_field: ArrayLike,
    thermal_field: ArrayLike,
    damping: ArrayLike,
    *,
    gyromagnetic_ratio: float = GYROMAGNETIC_RATIO,
) -> Floats:
    r"""Return the normalised autocorrelation of an in-plane component of m in an easy plane.

    m_z fluctuates with the variance :math:`1/\xi = k_BT/(M_sVB_d)` and relaxes at :math:`\alpha\gamma B_d`; the azimuth
    turns at :math:`\gamma B_dm_z` and diffuses. With :math:`s = \gamma B_d|t|`,

    .. math:: C(t) = \exp\left\{-\frac1\xi\left[\frac{\alpha s-1+e^{-\alpha s}}{\alpha^2}+\alpha s\right]\right\}.

    Range: xi at least 100 and damping at most 0.1, where C is good to 0.01.

    Parameters
    ----------
    time : array_like
        Lag t, s.
    easy_plane_field : array_like
        B_d = M_xx - M_zz, T (second of `MTJ.anisotropy_fields`).
    thermal_field : array_like
        kB T/(Ms V), T.
    damping : array_like
        Gilbert damping, 1.
    gyromagnetic_ratio : float
        rad/(s T).

    Returns
    -------
    array
        C(t), 1.

    References
    ----------
    J. Kaiser et al., Phys. Rev. Applied 12, 054056 (2019), arXiv:1902.03312.

    Examples
    --------
    >>> print(easy_plane_autocorrelation([0.0, 1e-9, 3e-9], 0.2, 1e-3, 0.01).round(3))
    [1.    0.063 0.   ]
    """
    lag = numbers("time", time, "s", -math.inf)
    plane, thermal = _easy_plane(easy_plane_field, thermal_field)
    alpha = positive("damping", damping, "(dimensionless)")
    warn_outside("B_d Ms V/(kB T)", plane / thermal, 100.0, math.inf, "m leaves the plane")
    warn_outside("damping", alpha, 0.0, 0.1, "out-of-plane and in-plane motion do not separate")
    s = positive("gyromagnetic_ratio", gyromagnetic_ratio, "rad/(s T)") * plane * np.abs(lag)
    x = alpha * s
    # For small x the difference below would lose its digits.
    dephasing = s**2 * np.where(x < 1e-4, 0.5 - x / 6, (x + np.expm1(-x)) / np.where(x < 1e-4, 1.0, x) ** 2)
    return np.asarray(np.exp(-(dephasing + x) * thermal / plane))[()]


def _easy_plane(easy_plane_field: ArrayLike, thermal_field: ArrayLike) -> tuple[Floats, Floats]:
    return positive("easy_plane_field", easy_plane_field, "T"), positive("thermal_field", thermal_field, "T")


def easy_plane_correlation_time(
    easy_plane_field: ArrayLike,
    thermal_field: ArrayLike,
    damping: ArrayLike,
    *,
    gyromagnetic_ratio: float = GYROMAGNETIC_RATIO,
) -> Floats:
    r"""Return the time in which an easy plane at low damping forgets its direction, to 1/e.

    .. math:: \tau = \frac{\sqrt{2\xi}}{\gamma B_d} = \frac{1}{\gamma}\sqrt{\frac{2M_sV}{k_BT\,B_d}}

    does not depend on the damping: it is the dephasing of the thermal spread of precession frequencies. Damping
    lengthens it by the fraction :math:`\alpha\sqrt{2\xi}/6`, and friction in the plane shortens it by
    :math:`\alpha/\sqrt{2\xi}`.

    Range: :math:`\alpha\sqrt{2\xi}` at most 0.5 (error of 9 %) and xi at least 100.

    Parameters
    ----------
    easy_plane_field : array_like
        B_d = M_xx - M_zz, T.
    thermal_field : array_like
        kB T/(Ms V), T.
    damping : array_like
        Gilbert damping, for the range alone, 1.
    gyromagnetic_ratio : float
        rad/(s T).

    Returns
    -------
    array
        tau, s.

    References
    ----------
    J. Kaiser et al., Phys. Rev. Applied 12, 054056 (2019), arXiv:1902.03312.

    Examples
    --------
    >>> print(f"{easy_plane_correlation_time(0.2, 1e-3, 0.01):.3g} s")
    5.68e-10 s
    """
    plane, thermal = _easy_plane(easy_plane_field, thermal_field)
    alpha = positive("damping", damping, "(dimensionless)")
    xi = plane / thermal
    warn_outside("B_d Ms V/(kB T)", xi, 100.0, math.inf, "m leaves the plane")
    warn_outside(
        "damping times sqrt(2 xi)",
        alpha * np.sqrt(2 * xi),
        0.0,
        0.5,
        "damping slows the dephasing; use easy_plane_autocorrelation",
    )
    gamma = positive("gyromagnetic_ratio", gyromagnetic_ratio, "rad/(s T)")
    return np.asarray(np.sqrt(2 * xi) / (gamma * plane))[()]

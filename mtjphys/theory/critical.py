"""Critical current, and the field that switches in a given time."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike
from scipy.constants import e, hbar

from mtjphys.theory.checks import Floats, numbers, positive, stiffness_pair, warn_outside


def critical_current(
    stiffness_fields: tuple[ArrayLike, ArrayLike], moment: ArrayLike, damping: ArrayLike, efficiency: ArrayLike
) -> Floats:
    r"""Return the current at which a collinear spin torque makes a well unstable, at zero temperature.

    .. math:: I_{c0} = \frac{2e}{\hbar}\frac{\alpha}{\eta}M_sV\,\frac{B_1+B_2}{2}

    With B_1 = B_2 = B_k (perpendicular) that is :math:`4e\alpha\Delta k_BT/(\hbar\eta)`; with B_1 = B_k,
    B_2 = B_k + B_d (in the plane) it holds B_k + B_d/2. To first order in the damping, for a torque along the easy
    axis; `MTJ.critical_currents` follows the equilibrium with all torques of a junction.

    Parameters
    ----------
    stiffness_fields : pair of array_like
        B_1, B_2 of the well, T: `MTJ.stiffness_fields()`.
    moment : array_like
        Ms V, A m2.
    damping : array_like
        Gilbert damping, 1.
    efficiency : array_like
        eta of the torque per electron, :math:`a_{DL}M_sV = (\hbar/2e)\eta I`: P/(1 + P^2 cos theta) at fixed current.

    Returns
    -------
    array
        I_c0, A.

    References
    ----------
    J. Z. Sun, Phys. Rev. B 62, 570 (2000).

    Examples
    --------
    >>> from scipy.constants import Boltzmann
    >>> current = critical_current((0.3, 0.3), 2 * 60 * Boltzmann * 300 / 0.3, 0.01, 0.6)
    >>> print(f"{current * 1e6:.1f} uA")
    25.2 uA
    """
    first, second = stiffness_pair(stiffness_fields)
    angular_momentum = positive("damping", damping, "(dimensionless)") * positive("moment", moment, "A m2")
    eta = positive("efficiency", efficiency, "(dimensionless)")
    return np.asarray(e / hbar * angular_momentum * (first + second) / eta)[()]


def sharrock_field(
    duration: ArrayLike, barrier: ArrayLike, field: ArrayLike, attempt_rate: ArrayLike, exponent: ArrayLike = 2.0
) -> Floats:
    r"""Return the field that switches half of the junctions within a time (Sharrock's law).

    .. math:: B_c(t) = B_0\left\{1-\left[\frac1\Delta\ln\frac{f_0t}{\ln2}\right]^{1/n}\right\}

    from a barrier :math:`\Delta(1-B/B_0)^n` and a constant attempt rate: n = 2 along or across the easy axis, 3/2 near
    the astroid otherwise. The attempt rate does depend on the field: for a uniaxial particle with the one at zero
    field, the law is too low by at most 0.03 B_0 at barriers of 40 and more and fields up to B_0/2.

    Range: times with 0 < ln(f0 t/ln 2) < Delta.

    Parameters
    ----------
    duration : array_like
        t during which the field is applied, s.
    barrier : array_like
        Delta without field, in units of kB T.
    field : array_like
        B_0, at which the barrier is gone, T.
    attempt_rate : array_like
        f_0, 1/s.
    exponent : array_like
        n, 1 to 2.

    Returns
    -------
    array
        B_c, T; 0 beyond the range at long, B_0 at short times.

    References
    ----------
    M. P. Sharrock, J. Appl. Phys. 76, 6413 (1994).

    Examples
    --------
    >>> print(sharrock_field([1e-3, 1.0, 1e3], 60.0, 0.3, 1e9).round(4))
    [0.1541 0.1221 0.0951]
    """
    time = positive("duration", duration, "s")
    delta = positive("barrier", barrier, "kB T")
    start = positive("field", field, "T")
    n = numbers("exponent", exponent, "(dimensionless)", 1.0, 2.0)
    spent = np.log(positive("attempt_rate", attempt_rate, "1/s") * time / math.log(2)) / delta
    warn_outside("ln(f0 t/ln 2)/barrier", spent, 0.0, 1.0, "no thermally activated switching on this time scale")
    return np.asarray(start * (1 - np.clip(spent, 0.0, 1.0) ** (1 / n)))[()]

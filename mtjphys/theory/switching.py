"""Switching by a pulse: how long it takes, and how often it fails."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from mtjphys.core.errors import ParameterError
from mtjphys.theory.checks import GYROMAGNETIC_RATIO, Floats, diffusion_rate, numbers, positive, warn_outside
from mtjphys.theory.uniaxial import uniaxial_escape_rates


def switching_time(
    start_angle: ArrayLike,
    stop_angle: ArrayLike,
    drive: ArrayLike,
    anisotropy_field: ArrayLike,
    damping: ArrayLike,
    *,
    gyromagnetic_ratio: float = GYROMAGNETIC_RATIO,
) -> Floats:
    r"""Return the time in which m turns from one angle to another at zero temperature, exactly (Mallinson).

    Uniaxial particle, drive x against the easy direction from which theta is measured: a reversed longitudinal field, a
    collinear spin torque, or both. :math:`\dot\theta = \tau_D^{-1}\sin\theta\,(x-\cos\theta)` gives

    .. math:: t = \frac{\tau_D}{x^2-1}\left[x\ln\frac{\tan(\theta_1/2)}{\tan(\theta_0/2)}
        + \ln\frac{\sin\theta_1}{\sin\theta_0} + \ln\frac{x-\cos\theta_0}{x-\cos\theta_1}\right],\qquad
        \tau_D = \frac{1+\alpha^2}{\alpha\gamma B_k},

    whatever the precession does. Infinite where the torque holds m back, :math:`x\le\cos\theta_0`.

    Parameters
    ----------
    start_angle, stop_angle : array_like
        theta_0 < theta_1, rad, strictly between 0 and pi.
    drive : array_like
        x, positive against the start.
    anisotropy_field : array_like
        B_k, T.
    damping : array_like
        Gilbert damping, 1.
    gyromagnetic_ratio : float
        rad/(s T).

    Returns
    -------
    array
        Time, s.

    References
    ----------
    J. C. Mallinson, IEEE Trans. Magn. 36, 1976 (2000); with spin torque: J. Z. Sun, Phys. Rev. B 62, 570 (2000).

    Examples
    --------
    >>> print(f"{switching_time(0.1, np.pi / 2, 2.0, 0.3, 0.01):.3g} s")
    4.8e-09 s
    """
    first = numbers("start_angle", start_angle, "rad", 0.0, math.pi, open_low=True)
    last = numbers("stop_angle", stop_angle, "rad", 0.0, math.pi, open_low=True)
    if np.any(first > last) or np.any(last >= math.pi):
        raise ParameterError(
            f"start_angle={start_angle!r} and stop_angle={stop_angle!r} rad must obey 0 < start <= stop < pi; "
            "measure both from the easy direction that is left"
        )
    x = numbers("drive", drive, "(dimensionless)", -math.inf)
    diffusion = diffusion_rate(anisotropy_field, damping, gyromagnetic_ratio)
    z0, z1 = np.cos(first), np.cos(last)
    double = np.abs(x - 1) < 1e-7  # the two poles merge
    safe = np.where(double | (x <= z0), 2.0, x)
    turn = np.log(np.tan(last / 2) / np.tan(first / 2))
    general = safe * turn + np.log(np.sin(last) / np.sin(first)) + np.log((safe - z0) / (safe - z1))
    merged = 0.5 * (0.5 / np.sin(first / 2) ** 2 - 0.5 / np.sin(last / 2) ** 2) + 0.5 * turn
    reduced = np.where(double, merged, general / (safe**2 - 1))
    held = (x <= z0) & (first < last)  # where nothing has to move, nothing is held back
    return np.asarray(np.where(held, np.inf, np.where(first < last, reduced, 0.0)) / diffusion)[()]


def ballistic_write_error(
    duration: ArrayLike,
    drive: ArrayLike,
    barrier: ArrayLike,
    anisotropy_field: ArrayLike,
    damping: ArrayLike,
    *,
    gyromagnetic_ratio: float = GYROMAGNETIC_RATIO,
) -> Floats:
    r"""Return the probability that a pulse beyond the critical drive leaves a uniaxial junction unswitched.

    Near the pole m is a linear unstable process of two components, which starts from the Boltzmann distribution
    (variance :math:`1/(2\Delta)`) and is fed by noise; the exact nonlinear trajectory takes it to the equator. With
    :math:`\tau = t/\tau_D`, :math:`\tau_D = (1+\alpha^2)/(\alpha\gamma B_k)`,

    .. math:: P = 1-\exp\left[-\frac{\Delta(x-1)u^2}{x\,e^{\lambda\tau}-1}\right],\quad
        u^2 = 4^{x/(x+1)}\left(\frac{x-1}{x}\right)^{2/(x+1)},\quad
        \lambda = 2(x-1)+\frac{3-x}{(x-1)\Delta}.

    u is the equator in the coordinate that grows as :math:`e^{(x-1)\tau}` all the way; the last term is the first
    correction of the slowest eigenvalue by the noise. In this limit :math:`dP/d\ln t` at P = 1/2 is
    :math:`(\ln2/2)\lambda\tau/(1-e^{-\lambda\tau}/x)`.

    Range: :math:`\Delta(x-1)^2` at least 40, where the relative error of P, for P below 0.9 and however small, is below
    6 % (3 % from 80, 1.5 % from 160).

    Parameters
    ----------
    duration : array_like
        Length of the pulse t, s.
    drive : array_like
        x > 1, against the start.
    barrier : array_like
        Delta of the start without drive, in units of kB T.
    anisotropy_field : array_like
        B_k, T.
    damping : array_like
        Gilbert damping, 1.
    gyromagnetic_ratio : float
        rad/(s T).

    Returns
    -------
    array
        Write error P: m has not passed the equator.

    References
    ----------
    W. H. Butler et al., IEEE Trans. Magn. 48, 4684 (2012), arXiv:1202.2621 (the exponential law); J. He, J. Z. Sun,
    S. Zhang, J. Appl. Phys. 101, 09A501 (2007) (the eigenvalue).

    Examples
    --------
    >>> print(f"{ballistic_write_error(20e-9, 2.0, 60.0, 0.3, 0.01):.1e}")
    2.7e-08
    """
    time = numbers("duration", duration, "s")
    delta = positive("barrier", barrier, "kB T")
    x = numbers("drive", drive, "(dimensionless)", 1.0, open_low=True)
    diffusion = diffusion_rate(anisotropy_field, damping, gyromagnetic_ratio)
    warn_outside(
        "barrier (drive - 1)^2",
        delta * (x - 1) ** 2,
        40.0,
        math.inf,
        "the noise acts beyond the linear range about the pole; use fokker_planck.write_error",
    )
    equator = 4 ** (x / (x + 1)) * ((x - 1) / x) ** (2 / (x + 1))
    growth = 2 * (x - 1) + (3 - x) / ((x - 1) * delta)
    with np.errstate(over="ignore"):
        spread = x * np.exp(growth * time * diffusion) - 1
    return np.asarray(-np.expm1(-delta * (x - 1) * equator / spread))[()]


def thermal_write_error(
    duration: ArrayLike,
    drive: ArrayLike,
    barrier: ArrayLike,
    anisotropy_field: ArrayLike,
    damping: ArrayLike,
    *,
    gyromagnetic_ratio: float = GYROMAGNETIC_RATIO,
) -> Floats:
    r"""Return the probability that a pulse below the critical drive leaves a uniaxial junction unswitched.

    .. math:: P = e^{-\Gamma t}

    with the escape rate :math:`\Gamma` of `uniaxial_escape_rates`: thermal activation over the lowered barrier
    :math:`\Delta(1-x)^2`. In this limit :math:`dP/d\ln t` at P = 1/2 is ln 2/2 = 0.347 (in magnitude), whatever the
    junction.

    Range: as there, and :math:`4\Delta x`, the difference of the two barriers, at least 5: the way back is neglected,
    which costs :math:`e^{-4\Delta x}`.

    Parameters
    ----------
    duration : array_like
        Length of the pulse t, s.
    drive : array_like
        0 < x < 1, against the start.
    barrier : array_like
        Delta of the start without drive, in units of kB T.
    anisotropy_field : array_like
        B_k, T.
    damping : array_like
        Gilbert damping, 1.
    gyromagnetic_ratio : float
        rad/(s T).

    Returns
    -------
    array
        Write error P.

    References
    ----------
    W. F. Brown, Phys. Rev. 130, 1677 (1963); Z. Li, S. Zhang, Phys. Rev. B 69, 134416 (2004).

    Examples
    --------
    >>> print(f"{thermal_write_error(20e-6, 0.6, 60.0, 0.3, 0.01):.3f}")
    0.484
    """
    time = numbers("duration", duration, "s")
    warn_outside("4 barrier drive", 4 * np.multiply(barrier, drive), 5.0, math.inf, "the junction switches back")
    rates = uniaxial_escape_rates(barrier, anisotropy_field, damping, drive, gyromagnetic_ratio=gyromagnetic_ratio)
    return np.asarray(np.exp(-rates.antiparallel * time))[()]

"""Telegraph noise: its spectrum and its memory."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from mtjphys.theory.checks import Floats, numbers, one, positive


def machlup_spectrum(
    frequency: ArrayLike,
    amplitude: float,
    dwell_low: float,
    dwell_high: float,
    sample_interval: float | None = None,
) -> Floats:
    r"""Return the one-sided spectrum of a telegraph signal (Machlup).

    .. math:: S(f) = \frac{4\,\Delta V^2}{(\tau_1+\tau_2)\left[(1/\tau_1+1/\tau_2)^2+(2\pi f)^2\right]},

    and of its samples, an interval dt apart, :math:`S(f) = 2\,dt\,C(0)(1-r^2)/(1-2r\cos2\pi f\,dt+r^2)` with
    :math:`r = e^{-dt/\tau_c}`. Its integral is the variance. Exact.

    Parameters
    ----------
    frequency : array_like
        Frequencies, Hz.
    amplitude : float
        Distance of the two levels.
    dwell_low, dwell_high : float
        Mean dwell times, s.
    sample_interval : float, optional
        In s, for the spectrum of the samples.

    Returns
    -------
    array
        Density in (unit of `amplitude`)^2/Hz.

    References
    ----------
    S. Machlup, J. Appl. Phys. 25, 341 (1954).

    Examples
    --------
    >>> print(f"{machlup_spectrum(0.0, 11.86e-3, 0.391e-3, 0.441e-3):.2e} V^2/Hz")
    2.90e-08 V^2/Hz
    """
    omega = 2 * math.pi * numbers("frequency", frequency, "Hz", -math.inf)
    amplitude = one("amplitude", amplitude, "its own unit")
    dwell_low, dwell_high = one("dwell_low", dwell_low, "s"), one("dwell_high", dwell_high, "s")
    rate = 1 / telegraph_correlation_time(dwell_low, dwell_high)
    if sample_interval is not None:
        dt = float(positive("sample_interval", sample_interval, "s"))
        r = math.exp(-rate * dt)
        variance = telegraph_autocovariance(0.0, amplitude, dwell_low, dwell_high)
        return np.asarray(2 * dt * variance * (1 - r * r) / (1 - 2 * r * np.cos(omega * dt) + r * r))[()]
    return np.asarray(4 * amplitude**2 / ((dwell_low + dwell_high) * (rate**2 + omega**2)))[()]


def telegraph_autocovariance(time: ArrayLike, amplitude: float, dwell_low: float, dwell_high: float) -> Floats:
    r"""Return the autocovariance of a telegraph signal.

    .. math:: C(t) = \Delta V^2p(1-p)\,e^{-|t|/\tau_c},\qquad p = \frac{\tau_2}{\tau_1+\tau_2}

    Exact for exponential dwell times.

    Parameters
    ----------
    time : array_like
        Lag, s.
    amplitude : float
        Distance of the two levels.
    dwell_low, dwell_high : float
        Mean dwell times, s.

    Returns
    -------
    array
        In (unit of `amplitude`)^2.

    References
    ----------
    S. Machlup, J. Appl. Phys. 25, 341 (1954).

    Examples
    --------
    >>> print(f"{telegraph_autocovariance(0.0, 2.0, 1e-3, 1e-3):.3f}")
    1.000
    """
    lag = np.abs(numbers("time", time, "s", -math.inf))
    amplitude = one("amplitude", amplitude, "its own unit")
    dwell_low, dwell_high = one("dwell_low", dwell_low, "s"), one("dwell_high", dwell_high, "s")
    correlation_time = telegraph_correlation_time(dwell_low, dwell_high)
    variance = amplitude**2 * dwell_low * dwell_high / (dwell_low + dwell_high) ** 2
    return np.asarray(variance * np.exp(-lag / correlation_time))[()]


def telegraph_correlation_time(dwell_low: ArrayLike, dwell_high: ArrayLike) -> Floats:
    r"""Return the correlation time of a telegraph signal, :math:`\tau_c = \tau_1\tau_2/(\tau_1+\tau_2)`.

    Its inverse is the sum of the two escape rates, and :math:`1/(2\pi\tau_c)` the corner of the spectrum.

    Parameters
    ----------
    dwell_low, dwell_high : array_like
        Mean dwell times, s.

    Returns
    -------
    array
        tau_c, s.

    References
    ----------
    S. Machlup, J. Appl. Phys. 25, 341 (1954).

    Examples
    --------
    >>> print(f"{1 / (2 * np.pi * telegraph_correlation_time(0.391e-3, 0.441e-3)):.0f} Hz")
    768 Hz
    """
    low, high = positive("dwell_low", dwell_low, "s"), positive("dwell_high", dwell_high, "s")
    return np.asarray(1 / (1 / low + 1 / high))[()]

"""What an instrument makes of a telegraph signal within a sample: the law of a value, given the states at its ends."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from mtjphys.core.errors import DataError, ParameterError
from mtjphys.core.quantity import check_range
from mtjphys.core.text import human
from mtjphys.kernels import averaged_telegraph as kernels

Floats = NDArray[np.float64]
Matrices = NDArray[np.complex128]
"""The elements 00, 01, 10, 11 of 2x2 matrices, on the first axis."""

REACH = 9.0
"""Read noises beyond the levels that a table covers; the law of a value is below 1e-17 there."""

PIECES = 64
"""Pieces of constant weight, an even number."""

MOST_NODES = 1 << 19
"""Largest table."""


class TraceParameters(NamedTuple):
    """What the likelihood of a trace depends on; levels and noise in the unit of the values, rates in 1/s."""

    level_low: float
    level_high: float
    log_noise: float
    log_rate_up: float
    log_rate_down: float


@dataclass(frozen=True)
class Sampling:
    r"""How a sample comes about: the weight that each instant has in it, and the step of the converter.

    Parameters
    ----------
    sample_interval : float
        In s.
    aperture : float, optional
        In s: a sample is the mean over the last `aperture` of its interval, by default over all of it; 0 is the value
        at an instant.
    bandwidth : float, optional
        B in Hz, of a one-pole amplifier (`mtjphys.laboratory.readout.Instrument`) whose output is sampled at instants.
        With :math:`\rho = e^{-2\pi B\,dt}` the differences :math:`(y_t - \rho y_{t-1})/(1 - \rho)` are means of the
        input over the sample with the weight :math:`e^{2\pi B t}`, and noise that is white ahead of the amplifier is
        independent in them: exact.
    quantisation : float
        Step of the converter, in the unit of the values; 0 for none. A value stands for all within half a step. With a
        bandwidth it must be 0: the step is then a part of the noise.

    Raises
    ------
    ParameterError
        If a value is outside its range, or aperture or quantisation are given beside a bandwidth.
    """

    sample_interval: float
    aperture: float | None = None
    bandwidth: float | None = None
    quantisation: float = 0.0

    def __post_init__(self) -> None:
        check_range("sample_interval", self.sample_interval, "s", 0.0, 1e6, open_low=True)
        check_range("quantisation", self.quantisation, "(unit of the values)", 0.0, math.inf, open_high=True)
        if self.aperture is not None:
            check_range("aperture", self.aperture, "s", 0.0, self.sample_interval)
        if self.bandwidth is None:
            return
        check_range("bandwidth", self.bandwidth, "Hz", 0.0, 1e15, open_low=True)
        if self.aperture is not None or self.quantisation != 0.0:
            raise ParameterError(
                f"aperture={self.aperture} and quantisation={self.quantisation:g} are of a converter without a filter "
                "ahead; with a bandwidth leave both out"
            )

    def __str__(self) -> str:
        if self.bandwidth is not None:
            return f"samples behind an amplifier of {human(self.bandwidth, 'Hz')}"
        return f"means over {human(self.window, 's')}" if self.window else "samples at instants"

    @property
    def window(self) -> float:
        """Time over which a sample is a mean, s."""
        return self.sample_interval if self.aperture is None else self.aperture

    @property
    def decay(self) -> float:
        """Rate in 1/s at which the amplifier forgets; 0 without one."""
        return 0.0 if self.bandwidth is None else 2.0 * math.pi * self.bandwidth

    @property
    def memory(self) -> float:
        """Share of a value that is left in the next one."""
        return math.exp(-self.decay * self.sample_interval) if self.decay else 0.0

    @property
    def noise_gain(self) -> float:
        """Noise of a mean over that of a value."""
        return math.sqrt((1.0 + self.memory) / (1.0 - self.memory))

    def means(self, values: Floats) -> Floats:
        """Return the means of the input over each sample; with a bandwidth, one fewer than there are values."""
        if self.bandwidth is None:
            return values
        return np.asarray((values[1:] - self.memory * values[:-1]) / (1.0 - self.memory))

    @cached_property
    def pieces(self) -> tuple[Floats, Floats]:
        """Times in s and weights of the pieces of a sample; the first is what lies ahead of the window."""
        if not self.decay:
            return np.array([self.sample_interval - self.window, self.window]), np.array([0.0, 1.0])
        # lengths grow as the weight to the power -1/3: the least sum of errors, h^3 w each
        span = min(self.sample_interval, 30.0 / self.decay)
        ahead = -3.0 * np.log1p(np.linspace(1.0, 0.0, PIECES + 1) * math.expm1(-span * self.decay / 3.0)) / self.decay
        weights = -np.diff(np.expm1(-self.decay * ahead)) / math.expm1(-self.decay * span)
        return np.concatenate([[self.sample_interval - span], -np.diff(ahead)]), np.concatenate([[0.0], weights])


def characteristic(sampling: Sampling, rate_up: float, rate_down: float, phase: Floats) -> Matrices:
    r"""Return the characteristic function of the share of time in the high state, with the states at both ends.

    .. math:: E_{ij}(\theta) = \big\langle e^{i\theta\varphi}\, 1[x(dt) = j] \,\big|\, x(0) = i \big\rangle
        = \Big[\mathcal T \exp \int_0^{dt} \big(Q + i\theta w(t) D\big) dt \Big]_{ij}

    with the weight w of the sampling, Q the rates and D = diag(0, 1). For a constant weight it is one exponential, the
    transform of point masses at 0 and 1 and modified Bessel functions between (Pedler); the weight of an amplifier is
    constant in each of many pieces, and the result extrapolated to none.

    Parameters
    ----------
    sampling : Sampling
        How a sample comes about.
    rate_up, rate_down : float
        In 1/s.
    phase : array (frequencies,)
        theta.

    Returns
    -------
    array (4, frequencies)
        The elements 00, 01, 10, 11.

    References
    ----------
    P. J. Pedler, J. Appl. Prob. 8, 381 (1971).

    Examples
    --------
    >>> import numpy as np
    >>> characteristic(Sampling(1e-3), 2e3, 1e3, np.zeros(1)).real.ravel().round(4)
    array([0.3665, 0.6335, 0.3167, 0.6833])
    """
    times, weights = sampling.pieces
    result = kernels.characteristic(rate_up, rate_down, times, weights, phase)
    if times.size > 2:  # the error is quadratic in the length of the pieces (Richardson)
        longer = [np.concatenate([part[:1], part[1:].reshape(-1, 2).sum(axis=1)]) for part in (times, weights)]
        result += (result - kernels.characteristic(rate_up, rate_down, *longer, phase)) / 3.0
    return np.asarray(result)


@dataclass(frozen=True)
class Grid:
    """Values at which the law of a sample is tabulated: `nodes` from `start` on, `spacing` apart."""

    start: float
    spacing: float
    nodes: int

    @classmethod
    def covering(cls, low: float, high: float, parameters: TraceParameters, sampling: Sampling) -> Grid:
        """Return a grid for values from `low` to `high` that depends on the parameters by powers of two only."""
        from scipy.fft import next_fast_len

        noise = math.exp(parameters.log_noise) * sampling.noise_gain
        margin = REACH * noise + 0.5 * sampling.quantisation
        spacing = 2.0 ** (math.floor(math.log2(noise)) - 4)
        ends = sorted((parameters.level_low, parameters.level_high))
        first = math.floor(min(low, ends[0] - margin) / spacing) - 2
        last = math.ceil(max(high, ends[1] + margin) / spacing) + 4
        if last - first > MOST_NODES:
            least = 16.0 * (last - first) * spacing / MOST_NODES
            raise DataError(
                f"a noise of {noise:g} is below {least:g}, too small for the range of the values; cut outliers out, or "
                "for a record without noise use telegraph.analyse"
            )
        return cls(first * spacing, spacing, next_fast_len(last - first, real=True))


def tabulate(sampling: Sampling, parameters: TraceParameters, grid: Grid) -> Floats:
    r"""Return the law of a value with the states at its ends, as the kernels take it.

    .. math:: M_{ij}(y) = \int \frac{d\omega}{2\pi} E_{ij}\big(\omega (\mu_1 - \mu_0)\big)
        e^{-i\omega(y - \mu_0) - \sigma^2\omega^2/2} \frac{\sin(\omega q/2)}{\omega q/2},

    by fast Fourier transform: the Gaussian noise ends it at a finite frequency, so that it is exact to rounding, 1e-16
    of the largest value. Far outside the levels, where that is not enough, the logarithm goes on as the parabola of the
    noise.

    Parameters
    ----------
    sampling : Sampling
        How a sample comes about.
    parameters : TraceParameters
        Levels, noise and rates.
    grid : Grid
        Values y.

    Returns
    -------
    array (nodes, 5)
        As in `mtjphys.kernels.averaged_telegraph`.
    """
    noise = math.exp(parameters.log_noise) * sampling.noise_gain
    omega = np.arange(grid.nodes // 2 + 1, dtype=np.float64) * (2.0 * math.pi / (grid.nodes * grid.spacing))
    used = omega[omega * noise < REACH]
    distance = parameters.level_high - parameters.level_low
    matrix = characteristic(
        sampling, math.exp(parameters.log_rate_up), math.exp(parameters.log_rate_down), used * distance
    )
    common = np.exp(1j * used * (parameters.level_low - grid.start) - 0.5 * (used * noise) ** 2)
    common *= np.sinc(used * sampling.quantisation / (2.0 * math.pi)) / grid.spacing
    density = np.fft.irfft(np.conj(matrix * common), grid.nodes, axis=1)
    density = np.maximum(density, 1e-15 * density.max())
    total = density.sum(axis=0)
    table = np.empty((grid.nodes, 5))
    table[:, 0] = np.log(total)
    table[:, 1:] = (density / total).T
    trusted = np.flatnonzero(total > 1e-9 * total.max())
    _extend(table, int(trusted[0]), -1, grid.spacing / noise)
    _extend(table, int(trusted[-1]), 1, grid.spacing / noise)
    return table


def _extend(table: Floats, edge: int, side: int, spacing: float) -> None:
    """Continue a table beyond node `edge` with the shares it has there and the curvature of the noise."""
    last = 0 if side < 0 else len(table) - 1
    beyond = np.arange(edge + side, last + side, side)
    distance = np.abs(beyond - edge) * spacing
    slope = (table[edge, 0] - table[edge - side, 0]) / spacing - 0.5 * spacing
    table[beyond, 0] = table[edge, 0] + slope * distance - 0.5 * distance**2
    table[beyond, 1:] = table[edge, 1:]


__all__ = ["MOST_NODES", "PIECES", "REACH", "Grid", "Sampling", "TraceParameters", "characteristic", "tabulate"]

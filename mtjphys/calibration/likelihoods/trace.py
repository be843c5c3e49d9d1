"""The likelihood of a telegraph trace as an instrument sees it: averaged over samples, noisy, quantised."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mtjphys.calibration.likelihoods.averaging import Grid, Sampling, TraceParameters, tabulate
from mtjphys.core.errors import ParameterError
from mtjphys.kernels import averaged_telegraph as kernels
from mtjphys.laboratory.tables.table import as_floats
from mtjphys.laboratory.traces.trace import check_values

Floats = NDArray[np.float64]

_STEP = 3e-4  # of the derivatives of a table, in noises and in logarithms


@dataclass(frozen=True, eq=False)
class AveragedTelegraph:
    r"""Likelihood of samples of a two-state process in continuous time, each the mean over its interval, with noise.

    The state at the end of a sample and its value form a Markov chain, so that the likelihood is a product of 2x2
    matrices, :math:`L = \pi M(y_1) M(y_2) \dots M(y_N) 1`, with :math:`M_{ij}(y)` the density of the value y and the
    state j at the end of a sample, given the state i at its beginning (`averaging.tabulate`), and :math:`\pi` the
    stationary occupation. Exact for any number of flips within a sample, for white Gaussian noise that both states
    share; so is the gradient, by one backward pass.

    Its eta is not a value for each sample but `averaging.TraceParameters`: the levels (low, high), ln noise, and ln of
    the rates (up, down) in 1/s; its information is the observed one.

    Parameters
    ----------
    values : array_like (samples,)
        The trace.
    sampling : Sampling
        How a sample comes about.

    Attributes
    ----------
    means : array
        Means over the samples (`Sampling.means`).
    ends : (float, float)
        The least and the largest mean.

    Raises
    ------
    DataError
        If the trace is too short, constant or not finite.
    """

    values: Floats
    sampling: Sampling
    means: Floats = field(init=False, repr=False)
    ends: tuple[float, float] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        values = as_floats(self.values, "values")
        check_values(values, "values")
        object.__setattr__(self, "values", values)
        object.__setattr__(self, "means", np.ascontiguousarray(self.sampling.means(values)))
        object.__setattr__(self, "ends", (float(self.means.min()), float(self.means.max())))

    def first(self, samples: int) -> Self:
        """Return the likelihood of the first `samples` values."""
        return self if samples >= self.values.size else type(self)(self.values[:samples], self.sampling)

    def in_blocks(self, length: int) -> Self:
        """Return the likelihood of the means over blocks of `length` values, which have all that is slow."""
        number = self.values.size // length
        means = self.values[: number * length].reshape(number, length).mean(axis=1)
        return type(self)(means, Sampling(length * self.sampling.sample_interval))

    def _grid(self, parameters: TraceParameters) -> Grid:
        return Grid.covering(*self.ends, parameters, self.sampling)

    def log_likelihood(self, eta: ArrayLike) -> float:
        """Return the log-likelihood at levels, ln noise and ln rates."""
        parameters = _as_parameters(eta)
        grid = self._grid(parameters)
        table = tabulate(self.sampling, parameters, grid)
        return (
            float(kernels.log_likelihood(self.means, grid.start, grid.spacing, table, _high(parameters), np.empty(0)))
            + self._constant()
        )

    def _constant(self) -> float:
        """Density of the values over that of the means."""
        return -self.means.size * math.log(1.0 - self.sampling.memory)

    def value_and_gradient(self, eta: ArrayLike) -> tuple[float, Floats]:
        """Return the log-likelihood and its gradient, (5,)."""
        parameters = _as_parameters(eta)
        grid, high = self._grid(parameters), _high(parameters)
        table = tabulate(self.sampling, parameters, grid)
        filtered = np.empty(self.means.size)
        value = kernels.log_likelihood(self.means, grid.start, grid.spacing, table, high, filtered)
        by_table, by_high = kernels.adjoint(self.means, grid.start, grid.spacing, table, high, filtered)
        gradient = np.empty(5)
        noise = math.exp(parameters.log_noise)
        for k in range(5):
            step = _STEP * (noise if k < 2 else 1.0) * np.eye(5)[k]
            more, less = (TraceParameters(*(np.array(parameters) + sign * step)) for sign in (1.0, -1.0))
            change = tabulate(self.sampling, more, grid) - tabulate(self.sampling, less, grid)
            gradient[k] = (np.vdot(by_table, change) + by_high * (_high(more) - _high(less))) / (2.0 * step[k])
        return float(value) + self._constant(), gradient

    def gradient(self, eta: ArrayLike) -> Floats:
        """Return the derivative of `log_likelihood`, (5,)."""
        return self.value_and_gradient(eta)[1]

    def information(self, eta: ArrayLike) -> Floats:
        """Return the observed information, (5, 5): the negative derivative of the gradient, by differences."""
        eta = np.array(_as_parameters(eta))
        noise = math.exp(eta[2])
        steps = np.array([noise, noise, 1.0, 1.0, 1.0]) / math.sqrt(self.means.size)
        rows = []
        for k in range(5):
            move = steps[k] * np.eye(5)[k]
            rows.append((self.gradient(eta - move) - self.gradient(eta + move)) / (2.0 * steps[k]))
        matrix = np.array(rows)
        return 0.5 * (matrix + matrix.T)

    def forecast_residuals(self, eta: ArrayLike) -> Floats:
        r"""Return by how much each sample is off what those before it let one expect, (samples,).

        :math:`z_t = \Phi^{-1}(P(Y_t \le y_t \mid y_1 \dots y_{t-1}))`: of the right process they are independent
        standard normal numbers, whatever the states. Behind a converter the probability is
        :math:`P(Y_t < y_t) + v_t P(Y_t = y_t)`, with numbers :math:`v_t` drawn between 0 and 1, the same at every call.

        References
        ----------
        W. Zucchini, I. L. MacDonald and R. Langrock, Hidden Markov Models for Time Series (2016), section 6.2.
        P. K. Dunn and G. K. Smyth, Randomized quantile residuals, J. Comput. Graph. Stat. 5, 236 (1996).
        """
        from scipy.special import ndtri

        parameters = _as_parameters(eta)
        grid, high = self._grid(parameters), _high(parameters)
        table = tabulate(self.sampling, parameters, grid)
        filtered = np.empty(self.means.size)
        kernels.log_likelihood(self.means, grid.start, grid.spacing, table, high, filtered)
        before = np.concatenate(([high], filtered[:-1]))
        nodes = np.asarray(grid.start + grid.spacing * np.arange(grid.nodes), dtype=np.float64)
        below = np.zeros(self.means.size)
        for state, share in ((0, 1.0 - before), (1, before)):
            density = np.exp(table[:, 0]) * (table[:, 1 + 2 * state] + table[:, 2 + 2 * state])
            below += share * _below(self.means, nodes, density, self.sampling.quantisation)
        return np.asarray(ndtri(np.clip(below, 1e-15, 1.0 - 1e-15)))

    def replicate(self, eta: ArrayLike, generator: np.random.Generator) -> Self:
        """Return the likelihood of a synthetic trace, drawn at `eta`."""
        return type(self)(sample_trace(self.sampling, _as_parameters(eta), self.values.size, generator), self.sampling)


def _below(values: Floats, nodes: Floats, density: Floats, step: float) -> Floats:
    """Return the probability of less than each value, of a density at nodes or of the steps of a converter."""
    if not step:
        total = np.cumsum(density) - 0.5 * density  # the integral to a node, by trapezia
        return np.interp(values, nodes, total / density.sum())
    first, last = math.ceil((nodes[0] - values[0]) / step), math.floor((nodes[-1] - values[0]) / step)
    weights = np.interp(values[0] + step * np.arange(first, last + 1), nodes, density)
    line = np.clip(np.rint((values - values[0]) / step).astype(np.int64) - first, 0, weights.size - 1)
    within = np.random.default_rng(0).uniform(size=values.size)
    return np.asarray((np.cumsum(weights)[line] - within * weights[line]) / weights.sum())


def sample_trace(
    sampling: Sampling, parameters: TraceParameters, samples: int, generator: np.random.Generator
) -> Floats:
    """Draw a trace exactly, dwell time by dwell time.

    Parameters
    ----------
    sampling : Sampling
        How a sample comes about.
    parameters : TraceParameters
        Levels, noise and rates.
    samples : int
        Number of values.
    generator : numpy.random.Generator
        Where numbers come from.

    Returns
    -------
    array (samples,)
        The values.

    Examples
    --------
    >>> import numpy as np
    >>> fast = TraceParameters(0.0, 1.0, np.log(0.1), np.log(3e6), np.log(3e6))
    >>> sample_trace(Sampling(1e-6), fast, 500, np.random.default_rng(1)).shape
    (500,)
    """
    low, high, noise = parameters.level_low, parameters.level_high, math.exp(parameters.log_noise)
    shares = kernels.sample_averages(
        generator,
        math.exp(parameters.log_rate_up),
        math.exp(parameters.log_rate_down),
        sampling.sample_interval,
        sampling.window,
        sampling.decay,
        samples,
    )
    means = low + (high - low) * shares + noise * sampling.noise_gain * generator.standard_normal(samples)
    if sampling.bandwidth is not None:
        from scipy.signal import lfilter

        means[0] = low + (high - low) * shares[0] + noise * generator.standard_normal()
        means[1:] *= 1.0 - sampling.memory
        return np.asarray(lfilter([1.0], [1.0, -sampling.memory], means))
    if sampling.quantisation > 0.0:
        means = sampling.quantisation * np.rint(means / sampling.quantisation)
    return means


def _as_parameters(eta: ArrayLike) -> TraceParameters:
    values = np.asarray(eta, dtype=np.float64)
    if values.shape != (5,) or not np.all(np.isfinite(values)):
        raise ParameterError(f"eta={eta!r} is not five finite numbers; give two levels, ln noise and two ln rates")
    return TraceParameters(*(float(value) for value in values))


def _high(parameters: TraceParameters) -> float:
    """Stationary occupation of the high state."""
    return 1.0 / (1.0 + math.exp(parameters.log_rate_down - parameters.log_rate_up))


__all__ = ["AveragedTelegraph", "sample_trace"]

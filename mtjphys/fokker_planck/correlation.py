"""Autocorrelation and correlation time in the stationary state."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from scipy import sparse
from scipy.interpolate import BPoly, pade
from scipy.optimize import brentq

from mtjphys.errors import ParameterError, SimulationError
from mtjphys.fokker_planck.harmonics import Galerkin, converge, factorise
from mtjphys.fokker_planck.problem import Macrospin, Profile, resolve

if TYPE_CHECKING:
    from mtjphys.bias import Bias
    from mtjphys.device import MTJ

Array = npt.NDArray[np.float64]


def _observable(spin: Macrospin, name: str) -> Profile:
    if name == "projection":
        return lambda c: c
    if name == "resistance":
        if spin.resistance is None:
            raise ParameterError("this Macrospin was given no resistance(m.p); pass one")
        return spin.resistance
    raise ParameterError(f'observable={name!r} is unknown; use "projection" or "resistance"')


class _Correlation:
    """Autocovariance of a function g of m.p over its variance; time in units of 1/D."""

    def __init__(self, spin: Macrospin, observable: str, rtol: float) -> None:
        profile = _observable(spin, observable)

        def prepare(galerkin: Galerkin) -> tuple[Array, Array]:
            start = galerkin.observable(profile)
            start = start - start[0] / galerkin.stationary[0] * galerkin.stationary
            row = galerkin.mean_of(profile)[1:]
            return start[1:], row

        def integral(galerkin: Galerkin) -> npt.NDArray[Any]:
            start, row = prepare(galerkin)
            variance = row @ start
            return np.array([variance, -row @ galerkin.factors.solve(start, trans="T") / variance])

        axis = spin._axis
        aligned = axis is not None and abs(axis @ spin._p) > 1 - 1e-12
        sector = None if axis is None else (0 if aligned else 2)
        self.galerkin, values, _ = converge(spin, integral, rtol, sector)
        self.variance, self.integral = (float(value) for value in values)
        self.start, self.row = prepare(self.galerkin)
        self.forward = sparse.csc_array(self.galerkin.reduced.T)

    def curve(self, end: float, tolerance: float) -> Callable[[Array], Array]:
        """Return C(t) on [0, end]; the steps shrink until it is stable to `tolerance`."""
        first = self.forward @ self.start
        slope = abs(self.row @ first) / self.variance
        bend = abs(self.row @ (self.forward @ first)) / self.variance
        short = 0.2 / max(slope, np.sqrt(bend), 1e-300)
        blocks = max(0, int(np.ceil(np.log2(max(end / short, 1.0)))))
        edges = end * 0.5 ** np.arange(blocks, -1, -1.0)
        check = np.concatenate(([0.0], np.geomspace(edges[0] / 4, end, 400)))
        old = None
        for steps in (4, 8, 16, 32, 64, 128, 256):
            curve = self._integrate(edges, steps)
            new = curve(check)
            if old is not None and np.abs(new - old).max() <= tolerance:
                return curve
            old = new
        raise SimulationError(
            f"the autocorrelation is not stable to {tolerance:g} with 256 steps an octave; ask for shorter times"
        )

    def _integrate(self, edges: Array, steps: int) -> Callable[[Array], Array]:
        """Step e^{tA} by its L-stable Pade approximant [3/4] and interpolate from C, C' and C''."""
        state = self.start
        times, values = [0.0], [self._derivatives(state)]
        begin = 0.0
        identity = sparse.diags_array(np.ones(self.forward.shape[0])).tocsc()
        for end in edges:
            h = (end - begin) / steps
            solvers = [(residue, factorise(h * self.forward - pole * identity)) for pole, residue in _pade_poles()]
            for number in range(steps):
                moved = np.zeros_like(state)
                for residue, factors in solvers:
                    moved += 2 * (residue * factors.solve(state.astype(complex))).real
                state = moved
                times.append(begin + (number + 1) * h)
                values.append(self._derivatives(state))
            begin = end
        return BPoly.from_derivatives(times, values)

    def _derivatives(self, state: Array) -> list[float]:
        first = self.forward @ state
        second = self.forward @ first
        return [float(self.row @ item) / self.variance for item in (state, first, second)]


@lru_cache(maxsize=1)
def _pade_poles() -> tuple[tuple[complex, complex], ...]:
    """Poles in the upper half plane and residues of the Pade approximant [3/4] of exp."""
    taylor = [1.0 / float(np.prod(np.arange(1.0, k + 1))) for k in range(8)]
    above, below = pade(taylor, 4)
    poles = [pole for pole in below.roots if pole.imag > 0]
    return tuple((pole, above(pole) / below.deriv()(pole)) for pole in poles)


def autocorrelation(
    junction: MTJ | Macrospin,
    bias: Bias | None = None,
    times: npt.ArrayLike = (0.0,),
    observable: str = "projection",
    rtol: float = 1e-4,
) -> Array:
    r"""Return the normalised stationary autocorrelation of m.p or of the resistance.

    .. math::

        C(t) = \frac{\langle g(0)g(t)\rangle - \langle g\rangle^2}
                    {\langle g^2\rangle - \langle g\rangle^2}

    Parameters
    ----------
    junction : MTJ or Macrospin
        The junction; with a `Macrospin`, leave `bias` out.
    bias : Bias, optional
        Constant bias; none is the default `Bias()`.
    times : array_like
        Lags in seconds, 0 or more, in any order.
    observable : {"projection", "resistance"}
        What is correlated.
    rtol : float
        Relative stability asked of the variance and the integral of C against the degree.

    Returns
    -------
    array
        C at `times`, good to about `rtol`.

    Raises
    ------
    ParameterError
        If a time is negative or not finite, or the observable is unknown.
    SimulationError
        If `rtol` cannot be reached.

    Examples
    --------
    >>> import numpy as np
    >>> free = Macrospin(np.zeros(3), np.zeros((3, 3)), thermal_field=0.01, damping=0.1)
    >>> print(np.round(autocorrelation(free, times=np.array([0, 1, 2]) / (2 * free.diffusion)), 5))
    [1.      0.36788 0.13534]
    """
    spin = resolve(junction, bias)
    lags = np.asarray(times, dtype=float)
    if not (np.isfinite(lags).all() and (lags >= 0).all()):
        raise ParameterError("times must be finite and 0 s or more")
    correlation = _Correlation(spin, observable, rtol)
    end = float(lags.max(initial=0.0)) * spin.diffusion
    if end == 0:
        return np.ones_like(lags)
    return np.asarray(correlation.curve(end, 0.1 * rtol)(lags * spin.diffusion))


def correlation_time(
    junction: MTJ | Macrospin,
    bias: Bias | None = None,
    kind: str = "integral",
    observable: str = "projection",
    rtol: float = 1e-4,
) -> float:
    r"""Return the correlation time of m.p or of the resistance, in seconds.

    Parameters
    ----------
    junction : MTJ or Macrospin
        The junction; with a `Macrospin`, leave `bias` out.
    bias : Bias, optional
        Constant bias; none is the default `Bias()`.
    kind : {"integral", "1/e"}
        :math:`\int_0^\infty C\,dt`, or the first time at which C = 1/e.
    observable : {"projection", "resistance"}
        What is correlated.
    rtol : float
        Relative stability asked for.

    Returns
    -------
    float
        Time in seconds.

    Raises
    ------
    ParameterError
        If `kind` or the observable is unknown.
    SimulationError
        If `rtol` cannot be reached.

    Examples
    --------
    >>> import numpy as np
    >>> free = Macrospin(np.zeros(3), np.zeros((3, 3)), thermal_field=0.01, damping=0.1)
    >>> print(f"{correlation_time(free) * free.diffusion:.6f}")
    0.500000
    """
    if kind not in ("integral", "1/e"):
        raise ParameterError(f'kind={kind!r} is unknown; use "integral" or "1/e"')
    spin = resolve(junction, bias)
    correlation = _Correlation(spin, observable, rtol)
    if kind == "integral":
        return correlation.integral / spin.diffusion
    end = abs(correlation.integral)
    for _ in range(20):
        curve = correlation.curve(end, 0.1 * rtol)
        grid = np.linspace(0.0, end, 2001)
        below = np.flatnonzero(curve(grid) < np.exp(-1))
        if below.size:
            bracket = grid[below[0] - 1], grid[below[0]]
            root = brentq(lambda t, c: float(c(t)) - np.exp(-1), *bracket, args=(curve,))
            return float(root) / spin.diffusion
        end *= 2
    raise SimulationError("the autocorrelation does not fall to 1/e within a million correlation times")

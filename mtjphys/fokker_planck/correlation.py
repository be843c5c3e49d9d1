"""Autocorrelation, correlation time and spectrum in the stationary state."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from scipy import sparse
from scipy.optimize import brentq

from mtjphys.core.checks import nonnegative
from mtjphys.core.errors import ParameterError, SimulationError
from mtjphys.fokker_planck.factors import Factors
from mtjphys.fokker_planck.galerkin import Galerkin
from mtjphys.fokker_planck.krylov import Modes, reduced_models
from mtjphys.fokker_planck.levels import converge
from mtjphys.junction.spin import resolve
from mtjphys.macrospin import energy
from mtjphys.macrospin.series import chebyshev_series
from mtjphys.macrospin.spin import Macrospin

if TYPE_CHECKING:
    from mtjphys.bias import Bias
    from mtjphys.junction import JunctionLike

Array = npt.NDArray[np.float64]
Observable = str | npt.ArrayLike

_LARGEST_MODEL = 240

# Of the resistance: a series of it is right to 1e-11.
_LEAST_CHANGE = 1e-7

# kT, from which the rounding of hops may hide what is beside them, and beyond which it does.
_HIDING_BARRIER, _HIGHEST_BARRIER = 25.0, 60.0


def _chosen(spin: Macrospin, observable: Observable | None) -> Observable:
    """Return what is observed: by default the resistance, where there is one."""
    if observable is not None:
        return observable
    return "projection" if spin.resistance is None else "resistance"


def _observable(spin: Macrospin, observable: Observable) -> Callable[[Galerkin], tuple[Array, Array]]:
    """Return what makes psi of g rho and the row of <g> from a Galerkin operator."""
    if not isinstance(observable, str):
        n = np.asarray(observable, dtype=float)
        if n.shape != (3,) or not np.isfinite(n).all() or abs(np.linalg.norm(n) - 1) > 1e-6:
            raise ParameterError(f"observable={observable!r} must be a unit vector of three numbers, or a name")

        def along(galerkin: Galerkin) -> tuple[Array, Array]:
            operator = galerkin.component(n)
            return operator @ galerkin.stationary, operator @ galerkin.constant

        return along
    if observable == "projection":
        series = np.array([0.0, 1.0])
    elif observable == "resistance":
        series = _resistance(spin)
    else:
        raise ParameterError(
            f'observable={observable!r} is unknown; use "projection", "resistance" or a unit vector n for m.n'
        )
    return lambda galerkin: (galerkin.observable(series), galerkin.mean_of(series))


def _resistance(spin: Macrospin) -> Array:
    """Return the Chebyshev series of the resistance less a constant, which drops out and would hide small changes."""
    if spin.resistance is None:
        raise ParameterError(
            'this Macrospin was given no resistance(m.p); pass one, or observable="projection" for that of m.p'
        )
    series = chebyshev_series(spin.resistance)
    if np.abs(series[1:]).sum() <= _LEAST_CHANGE * abs(series[0]):
        raise ParameterError(
            f"observable='resistance' is {series[0]:.6g} ohm whatever m (to {_LEAST_CHANGE:g}): give the junction a "
            'magnetoresistance, or choose "projection"'
        )
    return np.append(0.0, series[1:])


def _sector(spin: Macrospin, observable: Observable) -> int | None:
    """Return the highest order of spherical harmonics that the observable excites, if it is limited."""
    axis = spin.axis
    if axis is None:
        return None
    if isinstance(observable, str):
        if abs(axis @ spin.reference) > 1 - 1e-12:
            return 0
        return 1 if observable == "projection" else None
    return 1


def _barrier_across(spin: Macrospin, observable: Observable) -> float:
    """Return the barrier in kT if the wells do not differ in what is observed (p is across what moves), else 0."""
    direction = spin.reference if isinstance(observable, str) else np.asarray(observable, dtype=float)
    wells, passes = energy.wells(spin.landscape), energy.saddles(spin.landscape)
    if len(wells) < 2 or not passes or np.ptp([float(well.direction @ direction) for well in wells]) > 1e-6:
        return 0.0
    height = min(point.energy for point in passes) - max(well.energy for well in wells)
    return float(height) / spin.thermal_field


def _hidden(barrier: float) -> SimulationError:
    return SimulationError(
        "all wells have the same mean of what is observed, so that only the motion within a well shows, and it does "
        f"not stand out from the hops over a barrier of {barrier:.3g} kT: tilt the reference layer towards a well, "
        "lower the barrier, or take theory.resonance_spectrum for the motion within a well"
    )


class _Correlation:
    """Autocovariance of an observable; time in units of 1/D."""

    def __init__(self, spin: Macrospin, observable: Observable | None, rtol: float) -> None:
        observable = _chosen(spin, observable)
        make = _observable(spin, observable)
        self.rtol = rtol

        def deviation(galerkin: Galerkin, psi: Array) -> Array:
            return np.asarray(psi - (galerkin.constant @ psi) * galerkin.stationary)

        def prepare(galerkin: Galerkin) -> tuple[Array, Array]:
            start, row = make(galerkin)
            return deviation(galerkin, start), row

        def integral(galerkin: Galerkin) -> npt.NDArray[Any]:
            start, row = prepare(galerkin)
            variance = row @ start
            return np.array([variance, -row @ galerkin.solve(start, True) / variance])

        barrier = _barrier_across(spin, observable)
        if barrier > _HIGHEST_BARRIER:
            raise _hidden(barrier)
        try:
            galerkin, values, _ = converge(spin, integral, rtol, _sector(spin, observable))
        except SimulationError:
            if barrier > _HIDING_BARRIER:
                raise _hidden(barrier) from None
            raise
        self.variance, self.integral = (float(value) for value in values)
        start, row = prepare(galerkin)
        operator = galerkin.operator
        forward = sparse.csr_array(operator.T)
        first = forward @ start
        # Rates at which C(t) begins to fall: by its slope, and by its bend where precession leads.
        self.fast = float(max(abs(row @ first), np.sqrt(abs(row @ (forward @ first)) * self.variance)) / self.variance)
        shifted = Factors(operator - self.fast * sparse.eye_array(start.size, format="csc"))
        solves = [lambda v: galerkin.solve(v, True), lambda v: shifted.solve(v, trans="T")]
        self._models = reduced_models(
            lambda v: forward @ v,
            solves,
            start,
            row / self.variance,
            _LARGEST_MODEL,
            lambda v: deviation(galerkin, v),
        )
        self.model = next(self._models)

    def _enlarge(self, measure: Callable[[Modes], Array]) -> Modes:
        """Enlarge the model until `measure` changes by less than rtol/10 twice in a row."""
        old, change, calm = measure(self.model), np.inf, 0
        for model in self._models:
            self.model = model
            new = measure(model)
            change = float(np.abs(new - old).max())
            calm = calm + 1 if change <= 0.1 * self.rtol else 0
            if calm == 2:
                return model
            old = new
        if calm or self.model.rates.size < _LARGEST_MODEL:  # the space was exhausted
            return self.model
        raise SimulationError(
            f"the reduced model of {_LARGEST_MODEL} modes changes by {change:.2g}, more than rtol/10; "
            "ask for shorter times, lower frequencies or a larger rtol"
        )

    def curve(self, times: Array) -> Array:
        """Return C at each time."""
        end = float(times.max(initial=0.0))
        if end == 0:
            return np.ones_like(times)
        check = np.concatenate((np.geomspace(min(0.1 / self.fast, end), end, 100), np.linspace(0, end, 400)))
        return self._enlarge(lambda model: model.curve(check)).curve(times)

    def density(self, frequencies: Array) -> Array:
        """Return the one-sided spectral density over the variance at each angular frequency."""

        def logarithm(model: Modes) -> Array:
            return np.asarray(np.log(np.abs(model.resolvent(frequencies).real)))

        return 4 * self._enlarge(logarithm).resolvent(frequencies).real


def autocorrelation(
    junction: JunctionLike | Macrospin,
    bias: Bias | None = None,
    times: npt.ArrayLike = (0.0,),
    observable: Observable | None = None,
    rtol: float = 1e-4,
) -> Array:
    r"""Return the normalised stationary autocorrelation of the resistance or of a component of m.

    .. math::

        C(t) = \frac{\langle g(0)g(t)\rangle - \langle g\rangle^2}
                    {\langle g^2\rangle - \langle g\rangle^2}

    Parameters
    ----------
    junction : MTJ, str, Path or Macrospin
        The junction, the name of a preset, or the path of a TOML file; with a `Macrospin`, leave `bias` out.
    bias : Bias, optional
        Constant bias; none is the default `Bias()`.
    times : array_like
        Lags in seconds, 0 or more, in any order.
    observable : {"resistance", "projection"} or array_like of shape (3,), optional
        What is correlated: the resistance (the default, what a laboratory sees; of a `Macrospin` without one m.p), m.p,
        or m.n for a unit vector n.
    rtol : float
        Stability asked of the variance and the integral of C against the degree, and of C against the size of the
        reduced model.

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
    lags = nonnegative("times", times, "s")
    return _Correlation(spin, observable, rtol).curve(lags * spin.diffusion)


def spectrum(
    junction: JunctionLike | Macrospin,
    bias: Bias | None = None,
    frequencies: npt.ArrayLike = (0.0,),
    observable: Observable | None = None,
    rtol: float = 1e-4,
) -> Array:
    r"""Return the one-sided power spectral density of the stationary noise of the resistance or of a component of m.

    .. math::

        S(f) = 4\,\mathrm{Re}\int_0^\infty \left[\langle g(0)g(t)\rangle - \langle g\rangle^2\right]
               e^{-2\pi ift}\,dt,

    whose integral over f from 0 to infinity is the variance.

    Parameters
    ----------
    junction : MTJ, str, Path or Macrospin
        The junction, the name of a preset, or the path of a TOML file; with a `Macrospin`, leave `bias` out.
    bias : Bias, optional
        Constant bias; none is the default `Bias()`.
    frequencies : array_like
        In Hz, 0 or more, in any order.
    observable : {"resistance", "projection"} or array_like of shape (3,), optional
        What is measured: the resistance (the default, as a laboratory sees it; of a `Macrospin` without one m.p), m.p,
        or m.n for a unit vector n.
    rtol : float
        Stability asked for, relative to the density at each frequency.

    Returns
    -------
    array
        Density at `frequencies`, in ohm^2/Hz for the resistance and in 1/Hz otherwise.

    Raises
    ------
    ParameterError
        If a frequency is negative or not finite, or the observable is unknown.
    SimulationError
        If `rtol` cannot be reached.

    Examples
    --------
    Free rotational diffusion has the Lorentzian ``4/3 tau/(1 + (2 pi f tau)^2)``, ``tau = 1/(2 D)``:

    >>> import numpy as np
    >>> free = Macrospin(np.zeros(3), np.zeros((3, 3)), thermal_field=0.01, damping=0.1)
    >>> corner = 2 * free.diffusion / (2 * np.pi)
    >>> print(np.round(spectrum(free, frequencies=[0, corner], observable="projection") * free.diffusion, 5))
    [0.66667 0.33333]
    """
    spin = resolve(junction, bias)
    f = nonnegative("frequencies", frequencies, "Hz")
    correlation = _Correlation(spin, observable, rtol)
    return correlation.variance / spin.diffusion * correlation.density(2 * np.pi * f / spin.diffusion)


def correlation_time(
    junction: JunctionLike | Macrospin,
    bias: Bias | None = None,
    kind: str = "integral",
    observable: Observable | None = None,
    rtol: float = 1e-4,
) -> float:
    r"""Return the correlation time of the resistance or of a component of m, in seconds.

    Parameters
    ----------
    junction : MTJ, str, Path or Macrospin
        The junction, the name of a preset, or the path of a TOML file; with a `Macrospin`, leave `bias` out.
    bias : Bias, optional
        Constant bias; none is the default `Bias()`.
    kind : {"integral", "1/e"}
        :math:`\int_0^\infty C\,dt`, or the first time at which C = 1/e.
    observable : {"resistance", "projection"} or array_like of shape (3,), optional
        What is correlated: the resistance (the default, what a laboratory sees; of a `Macrospin` without one m.p), m.p,
        or m.n for a unit vector n.
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
        grid = np.linspace(0.0, end, 2001)
        below = np.flatnonzero(correlation.curve(grid) < np.exp(-1))
        if below.size:
            bracket = grid[below[0] - 1 : below[0] + 1]
            root = brentq(lambda t, model: float(model.curve(t)) - np.exp(-1), *bracket, args=(correlation.model,))
            return float(root) / spin.diffusion
        end *= 2
    raise SimulationError("the autocorrelation does not fall to 1/e within a million correlation times")

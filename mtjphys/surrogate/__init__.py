r"""A junction as two states: rates in tables, sampled exactly in continuous time.

A `TwoState` leaves the parallel and the antiparallel state with rates that depend on voltage, field and
temperature. It is made from the Fokker-Planck equation, from simulated traces or from measured dwell times, says how
far its rates may be from their source, and goes wherever a junction goes: `mtjphys.simulate`, readout, noise for
networks. An event costs some ten nanoseconds whatever the dwell time, so that hours of a millisecond junction take
a second.

- **Rates.** :math:`\ln k_s` is a cubic spline of the source voltage U of the circuit for which the table was made
  (a series resistance, or none), of the field along a line, and of temperature. In that circuit it is exact: behind
  a series resistor the voltage follows the magnetisation all the way over the barrier, and the Fokker-Planck rates
  know. In another circuit a state is left as in the table where the mean voltage on its way from
  :math:`m\cdot p = \pm 1` to the top at 0 is the same, which is right to first order for a spin torque in an axial
  junction. For `presets.funatsu_2022` behind 10 kohm it leaves 3 % at 20 mV and 18 % at 50 mV, where the voltage of
  the resting state would be off by :math:`\delta\ln k = (\partial\ln k/\partial V)(V_{AP} - V_P)/4`, 16 % and 46 %.
  Better make the table for the circuit.
- **Inside a state** m.p has the stationary distribution of its well, and the memory of an Ornstein-Uhlenbeck process:
  :math:`m\cdot p = g_s(u)` with a Gaussian u of :math:`\langle u(0)u(t)\rangle = e^{-t/\tau_s}` and the
  :math:`\tau_s` that gives m.p its correlation time; u is drawn anew at each switching. From this follow
  conductance, voltage and resistance, as in the simulation of a junction.
- **Sampling.** At constant bias dwell times are exponential; under a waveform they are thinned from a bound of the
  rates that holds in each window of time (Lewis and Shedler). There is no step.
"""

from __future__ import annotations

import json
import math
import tomllib
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.integrate import cumulative_simpson
from scipy.interpolate import NdBSpline, make_interp_spline
from scipy.linalg import solve_continuous_lyapunov
from scipy.special import eval_hermitenorm, ndtr, roots_legendre

from mtjphys import __version__, fokker_planck, telegraph
from mtjphys.bias import Bias
from mtjphys.bias.waveforms import PulseTrain, Sampled, Sine
from mtjphys.core.checks import as_count, as_list, as_seconds
from mtjphys.core.errors import MtjphysWarning, ParameterError, SimulationError
from mtjphys.core.machine import available_cores, pool
from mtjphys.core.parameters import check_range, read_toml, to_toml
from mtjphys.core.streams import Use, generator, states
from mtjphys.junction import MTJ
from mtjphys.kernels import surrogate as kernels
from mtjphys.macrospin.transport import circuit_weights, conductance, junction_voltage
from mtjphys.simulation.lanes import SIMULATORS, STATES, LaneSimulator
from mtjphys.theory import escape_rates

if TYPE_CHECKING:
    import xarray as xr

Floats = NDArray[np.float64]

RECORDS = ("parallel", "projection", "resistance", "voltage")
ANTIPARALLEL, PARALLEL = 0, 1

SMALLEST_SEPARATION = 5.0
"""Second over first relaxation rate below which two states are refused; a barrier of about 1.5 kT."""

GOOD_SEPARATION = 12.0
"""Separation below which they are warned of; a barrier of about 3 kT."""

# Standard normal deviates of the tables of m.p.
_DEVIATES = np.linspace(-5.0, 5.0, 81)
_NODES = {0: 1, 1: 513, 2: 129, 3: 33}  # of an axis, by the number of axes that vary
_LARGEST_DRIVE = 2**16  # pieces at a time
_CHUNK = 1e7  # lane-samples and flips between two looks at Ctrl-C


class Rates(NamedTuple):
    """Rates of leaving each state, 1/s."""

    parallel: float
    antiparallel: float


@dataclass(frozen=True, eq=False)
class TwoState:
    """A junction with two states, from tables of its rates.

    Made by `from_fokker_planck`, `from_traces` or `from_measurement`. All arrays have the states (antiparallel,
    parallel) first, then voltage, field and temperature.

    Attributes
    ----------
    voltages : array (v,)
        Of the source in V, behind `series_resistance`.
    fields : array (f, 3)
        In T, points of a straight line.
    temperatures : array (t,)
        In K.
    log_rates : array (2, v, f, t)
        Logarithm of the rates of leaving, in 1/s.
    memory_times : array (2, v, f, t)
        Correlation time of the deviate u in s; 0 is white noise.
    cosines : array (2, v, f, t, 81)
        m.p where the deviate u is -5, ..., 5.
    resistance_parallel : float
        ohm, where m.p = 1.
    tunnel_magnetoresistance : float
        At zero bias, where m.p = -1.
    half_voltage : float or None
        V at which it has halved.
    series_resistance : float
        ohm, of the circuit the rates hold for.
    interpolation_error : float
        Largest relative change of a rate when it is left out and interpolated from its neighbours along any axis: an
        upper limit between the nodes.
    two_state_error : float
        1/separation of the second from the first relaxation rate, the relative size of what two states leave out; 0
        if the source does not tell.
    source_error : float
        Largest relative error of a rate at a node: its standard error, or that of the method it was computed with.
    source : str
        Where the rates come from.

    Examples
    --------
    >>> import mtjphys as mp
    >>> device = mp.surrogate.from_fokker_planck(mp.presets.funatsu_2022(), voltages=[-0.02, -0.01, 0.0, 0.01, 0.02])
    >>> run = mp.simulate(device, mp.Bias(voltage=0.02), duration=10.0, sample_interval=1e-3, seed=1)
    >>> run.parallel.dims
    ('device', 'bias', 'replica', 'time')
    """

    voltages: Floats
    fields: Floats
    temperatures: Floats
    log_rates: Floats = field(repr=False)
    memory_times: Floats = field(repr=False)
    cosines: Floats = field(repr=False)
    resistance_parallel: float
    tunnel_magnetoresistance: float
    half_voltage: float | None = None
    series_resistance: float = 0.0
    interpolation_error: float = 0.0
    two_state_error: float = 0.0
    source_error: float = 0.0
    source: str = ""

    def __post_init__(self) -> None:
        for name in ("voltages", "fields", "temperatures", "log_rates", "memory_times", "cosines"):
            object.__setattr__(self, name, np.array(getattr(self, name), dtype=float))
        shape = (2, self.voltages.size, len(self.fields), self.temperatures.size)
        for name, wanted in (
            ("log_rates", shape),
            ("memory_times", shape),
            ("cosines", (*shape, _DEVIATES.size)),
        ):
            found = getattr(self, name)
            if found.shape != wanted or not np.isfinite(found).all():
                raise ParameterError(f"{name} of shape {found.shape} should be finite and of shape {wanted}")
        _line(self.fields)
        for name, axis in zip(("voltages", "fields", "temperatures"), self._axes, strict=True):
            if axis.size in (0, 2) or not np.isfinite(axis).all() or np.any(np.diff(axis) <= 0.0):
                raise ParameterError(
                    f"{name}={getattr(self, name).tolist()} should rise in a straight line; give one, or three or more"
                )
        check_range("temperatures", float(self.temperatures[0]), "K", 0.0, 1e6, open_low=True)
        check_range("memory_times", float(self.memory_times.min()), "s", 0.0, 1e6)
        check_range("resistance_parallel", self.resistance_parallel, "ohm", 0.0, 1e12, open_low=True)
        check_range("tunnel_magnetoresistance", self.tunnel_magnetoresistance, "", 0.0, 1e6)
        check_range("series_resistance", self.series_resistance, "ohm", 0.0, 1e12)
        if self.half_voltage is not None:
            check_range("half_voltage", self.half_voltage, "V", 0.0, 1e6, "leave it out for none", open_low=True)
        for name in ("interpolation_error", "two_state_error", "source_error"):
            check_range(name, getattr(self, name), "", 0.0, math.inf)
        lowest = float(self.cosines.min())
        if 1.0 + 0.5 * self.tunnel_magnetoresistance * (1.0 + lowest) <= 0.0:
            raise ParameterError(
                f"m.p={lowest:.3g} at a deviate of 5 makes the conductance negative; give a smaller fluctuation"
            )

    @property
    def _axes(self) -> tuple[Floats, Floats, Floats]:
        return self.voltages, (self.fields - self.fields[0]) @ _line(self.fields), self.temperatures

    @property
    def error(self) -> float:
        """Relative error of the rates against their source: the three errors added in squares."""
        return math.hypot(self.interpolation_error, self.two_state_error, self.source_error)

    @property
    def conduction(self) -> kernels.Levels:
        """Numbers of the conductance, as `mtjphys.macrospin.transport` takes them, and the table's circuit."""
        inverse = 0.0 if self.half_voltage is None else 1.0 / self.half_voltage
        return kernels.Levels(
            1.0 / self.resistance_parallel,
            self.tunnel_magnetoresistance,
            inverse,
            *map(float, circuit_weights("voltage", self.series_resistance)),
        )

    def rates(self, bias: Bias | None = None) -> Rates:
        """Return the rates of leaving each state under a constant bias.

        Parameters
        ----------
        bias : Bias, optional
            Constant, within the tables.

        Returns
        -------
        Rates
            In 1/s.

        Raises
        ------
        ParameterError
            If it is not one bias, varies, or lies outside the tables.

        Examples
        --------
        >>> import mtjphys as mp
        >>> device = mp.surrogate.from_fokker_planck(mp.presets.funatsu_2022())
        >>> round(1e3 / device.rates().parallel, 4)
        1.0026
        """
        bias = _one_bias(bias)
        if not bias.is_constant:
            raise ParameterError("the bias varies in time, and so do the rates; give a constant bias")
        low, high = np.exp(self.lowered(bias).log_rates[:, 0, 0, 0])
        return Rates(float(high), float(low))

    # Tables under one bias

    @cached_property
    def _splines(self) -> tuple[Any, ...]:
        forgetting = np.log(np.maximum(self.memory_times, 1e-30))
        return tuple(_spline(self._axes, values) for values in (self.log_rates, forgetting, self.cosines))

    def _channels(self, bias: Bias) -> tuple[Floats, Floats]:
        """Return the smallest and largest source, field along the line and temperature of a bias."""
        bounds = bias.bounds()
        if np.any(bounds[5] != 0.0):
            raise ParameterError("spin_orbit_current is not in the tables of a surrogate; simulate the junction itself")
        direction = _line(self.fields)
        along = int(np.argmax(np.abs(direction)))
        place = np.sort((bounds[1 + along] - self.fields[0, along]) / direction[along])
        beside = self.fields[0][:, None] + direction[:, None] * place
        off = np.abs(np.sort(beside, axis=1) - bounds[1:4])
        if off.max() > 1e-9 * (1.0 + np.abs(bounds[1:4]).max()):
            raise ParameterError(
                f"field={[list(map(float, pair)) for pair in bounds[1:4]]} T (lowest and highest along x, y, z) leaves "
                f"the line of the table from {self.fields[0].tolist()} to {self.fields[-1].tolist()} T; make a table "
                "along this line"
            )
        low, high = np.array([bounds[0], place, bounds[4]]).T
        return low, high

    def lowered(self, bias: Bias) -> kernels.Table:
        """Return rates and fluctuations on an even grid of source, field and temperature, for the kernel.

        The sampling takes them as multilinear between 513 nodes along one axis that the bias varies, 129 along each of
        two and 33 of three; an axis along which it is constant has one node.

        Raises
        ------
        ParameterError
            If it is not one bias, or leaves the tables: nothing is extrapolated.
        """
        bias = _one_bias(bias)
        low, high = self._channels(bias)
        varies = high > low
        counts = np.where(varies, _NODES[int(varies.sum())], 1)
        axes = [np.linspace(low[k], high[k], counts[k]) for k in range(3)]
        source, place, temperature = (grid.ravel() for grid in np.meshgrid(*axes, indexing="ij"))
        tables: list[list[Floats]] = [[], [], []]
        for state in (ANTIPARALLEL, PARALLEL):
            points = np.stack([self._table_voltage(bias, state, source), place, temperature], 1)
            self._check_inside(points, bias)
            for table, spline in zip(tables, self._splines, strict=True):
                values = spline(points)[:, state]
                table.append(values.reshape(*counts, *values.shape[1:]))
        log_rates, forgetting, cosines = (np.ascontiguousarray(np.stack(table)) for table in tables)
        return kernels.Table(
            origin=low,
            per_unit=np.divide(counts - 1.0, high - low, out=np.zeros(3), where=varies),
            log_rates=log_rates,
            memory_rates=np.exp(-forgetting),
            cosines=cosines,
            first_deviate=float(_DEVIATES[0]),
            per_deviate=1.0 / float(_DEVIATES[1] - _DEVIATES[0]),
            fastest=np.exp(log_rates.reshape(2, -1).max(axis=1)),
        )

    def _table_voltage(self, bias: Bias, state: int, source: Floats) -> Floats:
        """Return the source voltage at which leaving a state in the table's circuit sees the voltage of `bias`."""
        if bias.source == "voltage" and bias.series_resistance == self.series_resistance:
            return source
        nodes, weights = roots_legendre(8)
        way = (0.5 if state == PARALLEL else -0.5) * (nodes[:, None] + 1.0)

        def mean(value: Floats, **circuit: Any) -> Floats:
            return np.asarray(0.5 * weights @ junction_voltage(self.conduction, way, value, **circuit))

        wanted = mean(source, source=bias.source, series_resistance=bias.series_resistance)
        voltage = wanted * (1.0 + self.series_resistance / self.resistance_parallel)
        for _ in range(50):  # the mean is nearly proportional to the voltage
            found = mean(voltage, series_resistance=self.series_resistance)
            change = np.divide(wanted, found, out=np.ones(wanted.shape), where=found != 0.0)
            voltage = voltage * change
            if np.abs(change - 1.0).max() < 1e-12:
                break
        return voltage

    def _check_inside(self, points: Floats, bias: Bias) -> None:
        names = ("the source voltage", "the field along the line", "the temperature")
        for name, unit, axis, values in zip(names, ("V", "T", "K"), self._axes, points.T, strict=True):
            slack = 1e-9 * (abs(axis[0]) + abs(axis[-1]) + 1e-6)
            if values.min() < axis[0] - slack or values.max() > axis[-1] + slack:
                circuit = "" if bias.series_resistance == self.series_resistance else ", in the circuit of the table,"
                raise ParameterError(
                    f"{name}{circuit} goes from {values.min():.6g} to {values.max():.6g} {unit}, the table from "
                    f"{axis[0]:.6g} to {axis[-1]:.6g} {unit}; make a table that holds it"
                )

    # Sampling

    @property
    def simulator(self) -> type[Simulator]:
        """The `Simulator` of surrogates; `mtjphys.simulate` and the noise sources ask for it."""
        return Simulator

    def switching_times(
        self, bias: Bias | None = None, *, duration: float, seed: int = 0, lane: int = 0, initial: str = "parallel"
    ) -> Floats:
        """Return the exact times at which a lane switches.

        Parameters
        ----------
        bias : Bias, optional
            What is applied.
        duration : float
            In s.
        seed, lane : int
            The stream: the times are those behind the samples of this lane of `mtjphys.simulate`.
        initial : {"parallel", "antiparallel", "random"}
            State at time zero.

        Returns
        -------
        array
            In s, ascending; the first one leaves the initial state.

        Examples
        --------
        >>> import mtjphys as mp
        >>> device = mp.surrogate.from_fokker_planck(mp.presets.funatsu_2022())
        >>> times = device.switching_times(duration=10.0, seed=1)
        >>> bool(9500 < times.size < 10500)
        True
        """
        live = Simulator(
            self,
            _one_bias(bias),
            sample_interval=duration,
            seed=seed,
            first_lane=lane,
            initial=initial,
            record=(),
            threads=1,
        )
        return live.switching_times()

    # Text

    def to_toml(self) -> str:
        """Return everything as TOML; `from_toml` gives the same surrogate back."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        return to_toml({k: v.tolist() if isinstance(v, np.ndarray) else v for k, v in values.items()})

    @classmethod
    def from_toml(cls, source: str | Path) -> TwoState:
        """Read a surrogate from a TOML file, or from TOML text (anything with a line break).

        Raises
        ------
        ParameterError
            If the file is missing or malformed, or a number is missing or of the wrong shape.
        """
        if isinstance(source, str) and "\n" in source:
            try:
                values = tomllib.loads(source)
            except tomllib.TOMLDecodeError as error:
                raise ParameterError(f"not valid TOML: {error}") from None
        else:
            values = read_toml(source)
        known = {field.name for field in fields(cls)}
        unknown, missing = sorted(set(values) - known), sorted(known - set(values) - {"half_voltage"})
        if unknown or missing:
            problem = f"{unknown[0]} is unknown" if unknown else f"{missing[0]} is missing"
            raise ParameterError(f"not a two-state surrogate: {problem}; give what TwoState.to_toml wrote")
        try:
            return cls(**values)
        except (TypeError, ValueError) as error:
            if isinstance(error, ParameterError):
                raise
            raise ParameterError(f"not a two-state surrogate: {error}; give what TwoState.to_toml wrote") from None


def _one_bias(bias: Bias | None) -> Bias:
    """Return a bias, the default one for None, or raise."""
    if bias is None:
        return Bias()
    if not isinstance(bias, Bias):
        raise ParameterError(f"bias={bias!r} is not one Bias; give them one at a time")
    return bias


def _numbers(name: str, values: ArrayLike, unit: str) -> Floats:
    """Return an array of numbers, or raise."""
    try:
        numbers = np.asarray(values)
    except ValueError:  # rows of different lengths
        numbers = np.asarray("")
    if numbers.dtype.kind not in "iuf":
        raise ParameterError(f"{name}={values!r} is not a number or an array of numbers; give it in {unit}")
    return numbers.astype(float)


def _line(points: Floats) -> Floats:
    """Return the unit vector from the first to the last of the fields (f, 3), which lie on a straight line."""
    if points.ndim != 2 or points.shape[1:] != (3,) or not len(points):
        raise ParameterError(f"fields of shape {points.shape} should be one (x, y, z) in T a row")
    if len(points) == 1:
        return np.array([1.0, 0.0, 0.0])
    across = points[-1] - points[0]
    length = float(np.linalg.norm(across))
    if length == 0.0:
        raise ParameterError(f"fields={points.tolist()} T begin and end at the same point; give a straight line")
    off = float(np.abs(np.cross(points - points[0], across / length)).max())
    if off > 1e-9 * length:
        raise ParameterError(
            f"fields={points.tolist()} T lie up to {off:.3g} T off a straight line; give points of one"
        )
    return np.asarray(across / length)


def _spline(axes: Sequence[Floats], values: Floats) -> Any:
    """Return the cubic tensor spline of `values` (2, v, f, t, ...) as a function of points (n, 3) to (n, 2, ...)."""
    varied = [k for k, axis in enumerate(axes) if axis.size > 1]
    coefficients = np.moveaxis(values, 0, 3)
    knots, degrees = [], []
    for k in varied:
        degree = min(3, axes[k].size - 1)
        fitted = make_interp_spline(axes[k], np.moveaxis(coefficients, k, 0), k=degree)
        coefficients = np.moveaxis(fitted.c, 0, k)
        knots.append(fitted.t)
        degrees.append(degree)
    coefficients = coefficients.reshape(
        *[axes[k].size for k in varied], *coefficients.shape[3:]
    )  # drop the axes of one node
    if not varied:
        return lambda points: np.broadcast_to(coefficients, (len(points), *coefficients.shape))
    spline = NdBSpline(tuple(knots), np.ascontiguousarray(coefficients), tuple(degrees))
    limits = np.array([[axes[k][0], axes[k][-1]] for k in varied])
    return lambda points: spline(np.clip(points[:, varied], limits[:, 0], limits[:, 1]))


def _interpolation_error(axes: Sequence[Floats], log_rates: Floats) -> float:
    """Return the largest relative error of a rate that is left out and interpolated along one axis."""
    worst = 0.0
    for k, axis in enumerate(axes):
        values = np.moveaxis(log_rates, k + 1, 0)
        for left_out in range(1, axis.size - 1):
            rest = np.delete(axis, left_out)
            fitted = make_interp_spline(rest, np.delete(values, left_out, axis=0), k=min(3, rest.size - 1))
            worst = max(worst, float(np.abs(fitted(axis[left_out]) - values[left_out]).max()))
    return math.expm1(worst)


# Where surrogates come from


def _grid(
    voltages: ArrayLike, fields: ArrayLike, temperatures: ArrayLike
) -> tuple[Floats, Floats, Floats, tuple[int, int, int]]:
    volts = np.atleast_1d(_numbers("voltages", voltages, "V"))
    kelvin = np.atleast_1d(_numbers("temperatures", temperatures, "K"))
    tesla = np.atleast_2d(_numbers("fields", fields, "T"))
    return volts, tesla, kelvin, (volts.size, len(tesla), kelvin.size)


def _two_state(
    axes: tuple[Floats, Floats, Floats],
    rates: Floats,
    cosines: Floats,
    memory: Floats,
    **rest: Any,
) -> TwoState:
    """Return the surrogate of rates (2, v, f, t); `memory` (2, v, f, t) is the integral time of m.p itself."""
    found = TwoState(*axes, np.log(rates), memory * _hermite_factor(cosines), cosines, **rest)
    object.__setattr__(found, "interpolation_error", _interpolation_error(found._axes, found.log_rates))
    return found


def _hermite_factor(cosines: Floats) -> Floats:
    r"""Return the correlation time of the deviate u over the integral correlation time of g(u).

    With :math:`g = \sum_n a_n He_n/\sqrt{n!}` the correlation of g is :math:`\sum_n a_n^2 e^{-nt/\tau}/\sum_n a_n^2`.
    """
    weights = np.exp(-0.5 * _DEVIATES**2)
    weights /= weights.sum()
    orders = np.arange(1, 13)
    basis = [eval_hermitenorm(n, _DEVIATES) / math.sqrt(math.factorial(n)) for n in orders]
    squares = (cosines @ (weights * np.array(basis)).T) ** 2
    total = squares.sum(axis=-1)
    return np.divide(total, (squares / orders).sum(axis=-1), out=np.ones(total.shape), where=total > 0.0)


def from_fokker_planck(
    junction: MTJ,
    *,
    voltages: ArrayLike = (0.0,),
    fields: ArrayLike = ((0.0, 0.0, 0.0),),
    temperatures: ArrayLike = (300.0,),
    series_resistance: float = 0.0,
    rtol: float = 1e-4,
) -> TwoState:
    r"""Return the two-state surrogate with the exact rates of a junction.

    The rates are those of `fokker_planck.dwell_times` without thresholds, behind the series resistance if one is
    given. The distribution of m.p in each state is the stationary one on its side of the least probable m.p
    between the wells; its correlation time is that of the linearised equation about the stable state, with J its
    Jacobian, S the covariance (:math:`JS + SJ^T + 2D = 0`), l the projection of p on the tangent plane and
    :math:`m\cdot p = c_0 (1 - |x|^2/2) + l\cdot x`:

    .. math::

        \tau = \frac{c_0^2\,\mathrm{tr}X/2 - l^TJ^{-1}Sl}{c_0^2\,\mathrm{tr}S^2/2 + l^TSl}, \qquad
        JX + XJ^T + S^2 = 0.

    It is what sets the noise at low frequency, and good to some per cent at a barrier of 10 kT and more.

    Parameters
    ----------
    junction : MTJ
        The junction.
    voltages : array_like
        Of the source in V, rising; one, or three or more.
    fields : array_like (f, 3)
        In T, points of a straight line, rising along it.
    temperatures : array_like
        In K, rising.
    series_resistance : float
        ohm, between source and junction: the circuit the rates are exact in.
    rtol : float
        Relative accuracy asked of each rate.

    Returns
    -------
    TwoState
        Its `error` holds the error of interpolation and that of two states.

    Raises
    ------
    ParameterError
        If two states do not describe the junction, with the reason: the second relaxation rate is less than
        `SMALLEST_SEPARATION` times the first (an easy plane, a barrier below about 1.5 kT), the states have the same
        m.p, or one of them is not stable.
    SimulationError
        If `rtol` cannot be reached.

    Warns
    -----
    MtjphysWarning
        If the separation is below `GOOD_SEPARATION` (a barrier below about 3 kT), or a rate is the asymptotic one,
        whose error then is the `source_error`.

    Examples
    --------
    >>> import mtjphys as mp
    >>> device = mp.surrogate.from_fokker_planck(mp.presets.funatsu_2022(), voltages=[-0.02, -0.01, 0.0, 0.01, 0.02])
    >>> device.error < 0.02
    True
    """
    if not isinstance(junction, MTJ):
        raise ParameterError(f"junction={junction!r} is not an MTJ; give one")
    *axes, shape = _grid(voltages, fields, temperatures)
    dwell, memory = np.empty((2, *shape)), np.empty((2, *shape))
    cosines = np.empty((2, *shape, _DEVIATES.size))
    smallest, weakest, worst = math.inf, Bias(), rtol
    for place in np.ndindex(shape):
        bias = Bias(
            voltage=float(axes[0][place[0]]),
            field=_vector(axes[1][place[1]]),
            temperature=float(axes[2][place[2]]),
            series_resistance=series_resistance,
        )
        spin = fokker_planck.macrospin(junction, bias)
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always", MtjphysWarning)
            try:
                times = fokker_planck.dwell_times(spin, rtol=rtol)
            except ParameterError as error:
                raise ParameterError(f"two states do not describe this junction at {_where(bias)}: {error}") from None
        separation = times.separation
        if math.isnan(separation):
            # Not needed for a high barrier, in which the second rate is faster than free diffusion.
            separation = spin.diffusion / (1.0 / times.parallel + 1.0 / times.antiparallel)
            for warning in caught:  # the asymptotic rate
                worst = max(worst, escape_rates(spin).relative_error)
                warnings.warn(warning.message, stacklevel=2)
        if separation < SMALLEST_SEPARATION:
            raise ParameterError(
                f"two states do not describe this junction at {_where(bias)}: its second relaxation rate is only "
                f"{separation:.3g} times the first (at least {SMALLEST_SEPARATION:g} are needed, a barrier of about "
                "1.5 kT); simulate the junction itself"
            )
        if separation < smallest:
            smallest, weakest = separation, bias
        dwell[(slice(None), *place)] = times.antiparallel, times.parallel
        for state, (quantiles, time) in enumerate(_wells(spin, bias)):
            cosines[(state, *place)], memory[(state, *place)] = quantiles, time
    if smallest < GOOD_SEPARATION:
        warnings.warn(
            f"at {_where(weakest)} the second relaxation rate is only {smallest:.3g} times the first, a barrier below "
            f"about 3 kT: two states leave out about {100 / smallest:.2g} % of the rates",
            MtjphysWarning,
            stacklevel=2,
        )
    return _two_state(
        (axes[0], axes[1], axes[2]),
        1.0 / dwell,
        cosines,
        memory,
        resistance_parallel=junction.resistance_parallel,
        tunnel_magnetoresistance=junction.barrier.tunnel_magnetoresistance,
        half_voltage=junction.barrier.half_voltage,
        series_resistance=float(series_resistance),
        two_state_error=1.0 / smallest,
        source_error=worst,
        source=f"Fokker-Planck equation of {junction.name or 'a junction'}",
    )


def _vector(values: Floats) -> tuple[float, float, float]:
    x, y, z = map(float, values)
    return x, y, z


def _where(bias: Bias) -> str:
    return f"{bias.voltage:g} V, field {bias.field} T, {bias.temperature:g} K"


def _wells(spin: fokker_planck.Macrospin, bias: Bias) -> Iterator[tuple[Floats, float]]:
    """Yield m.p at the deviates and its correlation time in s, of the antiparallel and of the parallel state."""
    stationary = fokker_planck.equilibrium(spin, rtol=1e-3)
    nodes, values = stationary.projection_density
    smooth = make_interp_spline(np.arccos(-nodes), np.log(np.maximum(values, 1e-14 * values.max())))
    angle = np.linspace(0.0, np.pi, 4001)
    cosine, density = -np.cos(angle), np.exp(smooth(angle))
    # The deepest dip between two maxima.
    left, right = np.maximum.accumulate(density), np.maximum.accumulate(density[::-1])[::-1]
    middle = int(np.argmax(np.minimum(left, right) / density))
    dip, reference = cosine[middle], np.asarray(spin.reference)
    for state, inside in ((ANTIPARALLEL, slice(0, middle + 1)), (PARALLEL, slice(middle, None))):
        side = 1.0 if state == PARALLEL else -1.0
        below = cumulative_simpson(density[inside] * np.sin(angle[inside]), x=angle[inside], initial=0.0)
        rises = np.concatenate(([True], np.diff(below) > 0.0))
        quantiles = np.interp(ndtr(_DEVIATES), below[rises] / below[-1], cosine[inside][rises])

        def part(m: Floats, side: float = side) -> Floats:
            return np.asarray(m * (side * (m @ reference - dip) > 0.0)[:, None])

        yield quantiles, _memory_time(spin, stationary.mean(part), bias)


def _drift(spin: fokker_planck.Macrospin, m: Floats) -> Floats:
    """Return the deterministic dm/dt in 1/s, as in `fokker_planck`'s equation."""
    alpha, p = spin.damping, np.asarray(spin.reference)
    field = np.asarray(spin.field) + np.asarray(spin.matrix) @ m
    torque = np.array(spin.damping_like, dtype=float)
    for item in spin.modulations:
        size = float(item.profile(np.array([m @ p]))[0])
        field = field + size * (np.asarray(item.field) + np.asarray(item.matrix) @ m)
        torque = torque + size * np.asarray(item.damping_like)
    along = alpha * field + torque
    turning = -np.cross(m, field - alpha * torque) + along - m * (m @ along)
    return np.asarray(spin.gyromagnetic_ratio / (1.0 + alpha**2) * turning)


def _memory_time(spin: fokker_planck.Macrospin, start: Floats, bias: Bias) -> float:
    """Return the integral correlation time of m.p about the stable state near `start`, in s, by linearisation."""
    m = start / np.linalg.norm(start)
    for _ in range(50):
        plane = np.linalg.svd(m[None])[2][1:]  # two tangent vectors, rows
        step = 1e-5

        def moved(x: Floats, m: Floats = m, plane: Floats = plane) -> Floats:
            there = m + x @ plane
            return plane @ _drift(spin, there / np.linalg.norm(there))

        jacobian = np.array([(moved(step * e) - moved(-step * e)) / (2.0 * step) for e in np.eye(2)]).T
        change = -np.linalg.solve(jacobian, moved(np.zeros(2)))
        size = float(np.linalg.norm(change))
        m = m + change @ plane * min(1.0, 0.3 / max(size, 1e-300))
        m /= np.linalg.norm(m)
        if size < 1e-9:
            break
    if size >= 1e-9 or np.linalg.eigvals(jacobian).real.max() >= 0.0 or m @ start < 0.0:
        cosine = float(start @ np.asarray(spin.reference) / np.linalg.norm(start))
        raise ParameterError(
            f"two states do not describe this junction at {_where(bias)}: there is no stable state near "
            f"m.p={cosine:.2g}; lower the voltage or the field"
        )
    covariance = solve_continuous_lyapunov(jacobian, -2.0 * spin.diffusion * np.eye(2))
    squared = solve_continuous_lyapunov(jacobian, -covariance @ covariance)
    reference = np.asarray(spin.reference)
    cosine, slope = float(m @ reference), plane @ reference
    integral = 0.5 * cosine**2 * np.trace(squared) - slope @ np.linalg.solve(jacobian, covariance @ slope)
    variance = 0.5 * cosine**2 * np.trace(covariance @ covariance) + slope @ covariance @ slope
    return float(integral / variance)


def from_traces(run: xr.Dataset, *, device: int = 0, **options: Any) -> TwoState:
    """Return the two-state surrogate of simulated traces.

    Parameters
    ----------
    run : Dataset
        Of `mtjphys.simulate` with resistance and voltage recorded, under constant biases that are all combinations of
        some voltages, fields on a line and temperatures, with one series resistance.
    device : int
        Which of its devices.
    **options
        For `telegraph.analyse`, beside ``method="threshold"`` and ``hysteresis=0.6``.

    Returns
    -------
    TwoState
        Dwell times by the analysis, distribution and memory of m.p in each state from the samples.

    Raises
    ------
    ParameterError
        If the biases are no grid, or m.p relaxes less than `SMALLEST_SEPARATION` times as fast in a state as
        between the states.

    Warns
    -----
    MtjphysWarning
        If dwell times are not exponential (p < 1e-4), as those of two states are.

    Examples
    --------
    >>> import mtjphys as mp
    >>> fast = mp.presets.funatsu_2022().with_parameters({"free_layer.interfacial_anisotropy": 1.09e-3})
    >>> run = mp.simulate(fast, duration=2e-5, sample_interval=1e-9, replicas=8, seed=1)
    >>> device = mp.surrogate.from_traces(run)
    >>> device.source_error < 0.15
    True
    """
    junction = MTJ.from_toml(json.loads(run.attrs["junctions"])[device])
    biases = [Bias.from_toml(text) for text in json.loads(run.attrs["biases"])]
    for bias in biases:
        if not bias.is_constant or bias.source != "voltage" or bias.series_resistance != biases[0].series_resistance:
            raise ParameterError("from_traces needs constant voltages behind one series resistance; simulate these")
    points = np.array([bias.bounds()[:5, 0] for bias in biases])
    volts, kelvin = np.unique(points[:, 0]), np.unique(points[:, 4])
    tesla = np.unique(points[:, 1:4], axis=0)
    shape = (volts.size, len(tesla), kelvin.size)
    if math.prod(shape) != len(biases) or len(np.unique(points, axis=0)) != len(biases):
        raise ParameterError(
            f"{len(biases)} biases are not all combinations of {shape[0]} voltages, {shape[1]} fields and {shape[2]} "
            "temperatures; simulate them all, each once"
        )
    dwell, errors, memory = (np.empty((2, *shape)) for _ in range(3))
    smallest = math.inf
    cosines = np.empty((2, *shape, _DEVIATES.size))
    lane = junction.lane_parameters()
    for number, point in enumerate(points):
        place = (
            int(np.searchsorted(volts, point[0])),
            int(np.flatnonzero((tesla == point[1:4]).all(axis=1))[0]),
            int(np.searchsorted(kelvin, point[4])),
        )
        block = run.isel(device=device, bias=number).transpose("replica", "time", ...)
        settings: dict[str, Any] = {"method": "threshold", "hysteresis": 0.6} | options
        found = telegraph.analyse(block, variable="resistance", **settings)
        voltage = block["voltage"].values
        share = conductance(lane, -1.0, voltage) / lane.conductance_parallel
        cosine = (2.0 / (block["resistance"].values * lane.conductance_parallel) - 1.0 - share) / (1.0 - share)
        # The resistance is low in the parallel state.
        for state, stays in ((PARALLEL, found.dwell_low), (ANTIPARALLEL, found.dwell_high)):
            if stays.exponential.p_value < 1e-4:
                warnings.warn(
                    f"at {_where(biases[number])} the dwell times of the {STATES[state]} state are not exponential "
                    f"(p = {stays.exponential.p_value:.1g}), as those of two states are",
                    MtjphysWarning,
                    stacklevel=2,
                )
            at = (state, *place)
            dwell[at] = stays.mean.value
            errors[at] = 1.0 / math.sqrt(max(stays.count, 1))
            inside = found.states == (state != PARALLEL)
            cosines[at] = np.quantile(cosine[inside], ndtr(_DEVIATES))
            pairs = inside[:, 1:] & inside[:, :-1]
            correlation = float(np.corrcoef(cosine[:, :-1][pairs], cosine[:, 1:][pairs])[0, 1])
            memory[at] = -found.sample_interval / math.log(min(max(correlation, 1e-9), 1.0 - 1e-9))
        separation = 1.0 / (memory[(slice(None), *place)].max() * (1.0 / dwell[(slice(None), *place)]).sum())
        if separation < SMALLEST_SEPARATION:
            raise ParameterError(
                f"two states do not describe this junction at {_where(biases[number])}: it relaxes in a state only "
                f"{separation:.3g} times as fast as between them; simulate the junction itself"
            )
        smallest = min(smallest, separation)
    return _two_state(
        (volts, tesla, kelvin),
        1.0 / dwell,
        cosines,
        memory,
        resistance_parallel=junction.resistance_parallel,
        tunnel_magnetoresistance=junction.barrier.tunnel_magnetoresistance,
        half_voltage=junction.barrier.half_voltage,
        series_resistance=biases[0].series_resistance,
        two_state_error=1.0 / smallest,
        source_error=float(errors.max()),
        source=f"simulated traces of {junction.name or 'a junction'}",
    )


def from_measurement(
    voltages: ArrayLike,
    dwell_parallel: ArrayLike,
    dwell_antiparallel: ArrayLike,
    *,
    resistance_parallel: float,
    resistance_antiparallel: float,
    half_voltage: float | None = None,
    fields: ArrayLike = ((0.0, 0.0, 0.0),),
    temperatures: ArrayLike = (300.0,),
    series_resistance: float = 0.0,
    relative_errors: ArrayLike = 0.0,
    fluctuation: tuple[float, float] = (0.0, 0.0),
    memory_time: float = 0.0,
    source: str = "measured dwell times",
) -> TwoState:
    """Return the two-state surrogate of measured dwell times.

    Parameters
    ----------
    voltages : array_like (v,)
        Of the source in V, rising.
    dwell_parallel, dwell_antiparallel : array_like
        Mean dwell times in s, of shape (v, f, t) or as many numbers in this order.
    resistance_parallel, resistance_antiparallel : float
        Of the two levels at low bias, ohm.
    half_voltage : float, optional
        V at which the magnetoresistance has halved.
    fields : array_like (f, 3)
        In T, points of a straight line.
    temperatures : array_like (t,)
        In K.
    series_resistance : float
        ohm, of the circuit of the measurement.
    relative_errors : array_like
        Relative standard errors of the dwell times.
    fluctuation : (float, float)
        Standard deviation of the resistance in the parallel and in the antiparallel state, ohm.
    memory_time : float
        Correlation time of these fluctuations in s; 0 is white noise.
    source : str
        Where the numbers come from.

    Returns
    -------
    TwoState

    Raises
    ------
    ParameterError
        If a number is missing or not positive, there are not as many as the grid has points, or the fluctuation is
        negative or as large as its level.

    Examples
    --------
    >>> import mtjphys as mp
    >>> device = mp.surrogate.from_measurement(
    ...     [0.0], [0.441e-3], [0.391e-3], resistance_parallel=5670.0, resistance_antiparallel=9230.0)
    >>> round(device.rates().parallel)
    2268
    """
    *axes, shape = _grid(voltages, fields, temperatures)
    dwell = np.empty((2, *shape))
    for state, name, values in (
        (PARALLEL, "dwell_parallel", dwell_parallel),
        (ANTIPARALLEL, "dwell_antiparallel", dwell_antiparallel),
    ):
        given = _numbers(name, values, "s")
        if given.size != math.prod(shape) or not (np.isfinite(given).all() and np.all(given > 0.0)):
            raise ParameterError(
                f"{name}={given.tolist()} s should be {math.prod(shape)} positive numbers: one for each of {shape[0]} "
                f"voltages, {shape[1]} fields and {shape[2]} temperatures"
            )
        dwell[state] = given.reshape(shape)
    check_range("resistance_parallel", resistance_parallel, "ohm", 0.0, 1e12, open_low=True)
    hint = "the antiparallel resistance is the higher one"
    check_range(
        "resistance_antiparallel", resistance_antiparallel, "ohm", resistance_parallel, 1e12, hint, open_low=True
    )
    spreads = _numbers("fluctuation", fluctuation, "ohm")
    if spreads.shape != (2,) or not np.all((spreads >= 0.0) & np.isfinite(spreads)):
        raise ParameterError(
            f"fluctuation={fluctuation!r} ohm should be two numbers of at least 0: parallel, antiparallel"
        )
    ratio = resistance_antiparallel / resistance_parallel
    cosines = np.empty((2, *shape, _DEVIATES.size))
    for state, level, spread in (
        (PARALLEL, 1.0, spreads[0] * ratio / resistance_parallel),
        (ANTIPARALLEL, -1.0, spreads[1] / resistance_antiparallel),
    ):
        # dR/R = -dG/G and G is linear in m.p.
        cosines[state] = level - 2.0 * spread / (ratio - 1.0) * _DEVIATES
    errors = _numbers("relative_errors", relative_errors, "shares of the dwell times")
    return _two_state(
        (axes[0], axes[1], axes[2]),
        1.0 / dwell,
        cosines,
        np.full((2, *shape), check_range("memory_time", memory_time, "s", 0.0, 1e6)),
        resistance_parallel=float(resistance_parallel),
        tunnel_magnetoresistance=ratio - 1.0,
        half_voltage=half_voltage,
        series_resistance=float(series_resistance),
        source_error=float(errors.max()),
        source=source,
    )


@SIMULATORS.register("two_state")
class Simulator(LaneSimulator):
    """Lanes of two-state surrogates that advance as far as they are asked to.

    Each lane has two streams keyed by (seed, lane), one for the switching and one for the fluctuations: the results
    do not depend on the number of threads or on how the time is divided into calls, and the switching times not on
    the sample interval at constant bias.

    Parameters
    ----------
    junction : TwoState or list of TwoState
        The devices.
    bias : Bias or list of Bias, optional
        What is applied; default 0 V, no field, 300 K.
    sample_interval : float
        Time between samples in s.
    replicas, seed : int
        As in `mtjphys.Simulator`.
    initial : {"parallel", "antiparallel", "random"}
        State at time zero; "random" draws it from the stationary occupation under the bias of time zero.
    record : sequence of str
        What to sample: any of "parallel" (1 or 0), "projection" (m.p), "resistance", "voltage".
    threads : int, optional
        Default: the cores this process may use.
    first_lane : int
        Number of the first lane's streams.
    **unused
        Arguments of `mtjphys.Simulator` that mean nothing here, refused unless they have their defaults.

    Raises
    ------
    ParameterError
        If an argument is illegal or a bias leaves the tables.

    Examples
    --------
    >>> import mtjphys as mp
    >>> device = mp.surrogate.from_fokker_planck(mp.presets.funatsu_2022())
    >>> live = Simulator(device, sample_interval=1e-3, replicas=4, seed=1)
    >>> live.advance(10)["resistance"].shape
    (4, 10)
    """

    telegraph = None
    steps_per_sample = 1

    def __init__(
        self,
        junction: TwoState | Sequence[TwoState],
        bias: Bias | Sequence[Bias] | None = None,
        *,
        sample_interval: float,
        replicas: int = 1,
        seed: int = 0,
        initial: str = "parallel",
        record: Sequence[str] = ("parallel", "resistance", "voltage"),
        threads: int | None = None,
        first_lane: int = 0,
        **unused: Any,
    ) -> None:
        defaults = {"step": None, "integrator": "midpoint", "average": False, "moments": False, "telegraph": None}
        for name, value in unused.items():
            if name not in defaults or value != defaults[name]:
                raise ParameterError(f"{name}={value!r} means nothing to a two-state surrogate; leave it out")
        self.devices: list[TwoState] = as_list(junction, TwoState, "junction")
        self.biases: list[Bias] = as_list(Bias() if bias is None else bias, Bias, "bias")
        self.replicas = as_count("replicas", replicas)
        self.seed = as_count("seed", seed, 0)
        self.first_lane = as_count("first_lane", first_lane, 0)
        self.threads = available_cores() if threads is None else as_count("threads", threads)
        self.sample_interval = as_seconds("sample_interval", sample_interval)
        if not isinstance(record, (list, tuple)) or not all(name in RECORDS for name in record):
            raise ParameterError(
                f"record={record!r} is not a sequence of names out of {list(RECORDS)}; two states have no other"
            )
        if not isinstance(initial, str) or initial not in (*STATES, "random"):
            raise ParameterError(f"initial={initial!r} is unknown; give 'parallel', 'antiparallel' or 'random'")
        self.record = tuple(name for name in RECORDS if name in record)
        self.initial = initial
        self.shape = len(self.devices), len(self.biases), self.replicas
        self.n_lanes = math.prod(self.shape)
        self.steps_done = 0
        self.settled = 0.0
        self._tables = [device.lowered(applied) for device in self.devices for applied in self.biases]
        self._drives = [_Drive(applied, device, sample_interval) for device in self.devices for applied in self.biases]
        self._levels = [
            device.conduction._replace(
                **dict(zip("ab", map(float, circuit_weights(b.source, b.series_resistance)), strict=True))
            )
            for device in self.devices
            for b in self.biases
        ]
        numbers = range(self.first_lane, self.first_lane + self.n_lanes)
        self._chances = np.array([generator(self.seed, lane, Use.INITIAL).random(2) for lane in numbers]).T
        state = np.zeros((kernels.STATE_ROWS, self.n_lanes))
        state[kernels.CANDIDATE] = math.inf
        state[kernels.FLIPPED] = 1.0  # the first deviate is a fresh one
        start = self._occupation() if initial == "random" else np.full(self.n_lanes, float(STATES.index(initial)))
        state[kernels.PARALLEL] = self._chances[0] < start
        empty = np.empty((self.n_lanes, 0))
        self._lanes = kernels.Lanes(
            flips=states(self.seed, numbers),
            wells=states(self.seed, numbers, Use.WELL),
            state=state,
            parallel=empty,
            projection=empty,
            resistance=empty,
            voltage=empty,
            times=empty,
            counts=np.zeros(self.n_lanes, dtype=np.int64),
        )

    def _start_rates(self) -> Floats:
        """Return the rates of leaving the two states at time zero, (2, lanes)."""
        found = [
            [kernels.rate(table, drive.pieces(0), 0, state, 0.0) for state in (ANTIPARALLEL, PARALLEL)]
            for table, drive in zip(self._tables, self._drives, strict=True)
        ]
        return np.repeat(np.array(found), self.replicas, axis=0).T

    def _occupation(self) -> Floats:
        """Return the stationary probability of the parallel state under the bias of time zero, of each lane."""
        up, down = self._start_rates()
        return np.asarray(up / (up + down))

    def chunk_steps(self) -> int:
        """Return the samples between two looks at Ctrl-C."""
        events = self.sample_interval * max(float(table.fastest.max()) for table in self._tables)
        return max(1, int(_CHUNK * self.threads / (self.n_lanes * (1.0 + events))))

    def run(self, n_samples: int) -> Iterator[tuple[int, dict[str, Floats]]]:
        """Advance by `n_samples` sample intervals, pausing about four times a second.

        Parameters
        ----------
        n_samples : int
            Samples to add.

        Yields
        ------
        tuple
            Samples done so far in this call, and the arrays (lanes, n_samples), filled up to there.
        """
        n_samples = as_count("n_samples", n_samples, 0)
        arrays: dict[str, Any] = self.empty(n_samples)
        lanes = self._lanes._replace(**arrays)
        start = self.steps_done
        with pool(self.threads) as workers:
            while self.steps_done < start + n_samples:
                n = min(self.chunk_steps(), start + n_samples - self.steps_done)
                pieces = max(1, min(self.replicas, 4 * self.threads // len(self._tables)))
                cuts = [self.replicas * k // pieces for k in range(pieces + 1)]
                tasks = [
                    (pair, pair * self.replicas + cuts[k], pair * self.replicas + cuts[k + 1], lanes, start, n)
                    for pair in range(len(self._tables))
                    for k in range(pieces)
                ]
                if workers is None:
                    for task in tasks:
                        self._advance(*task)
                else:
                    list(workers.map(lambda task: self._advance(*task), tasks))
                self.steps_done += n
                yield self.steps_done - start, arrays

    def _advance(self, pair: int, first: int, last: int, lanes: kernels.Lanes, start: int, n: int) -> None:
        """Advance some lanes of one device under one bias by `n` samples, drive by drive."""
        done = 0
        drive = self._drives[pair]
        while done < n:
            sample = self.steps_done + done
            size = min(n - done, drive.samples - sample % drive.samples)
            kernels.run_lanes(
                first,
                last,
                self._tables[pair],
                drive.pieces(sample // drive.samples),
                self._levels[pair],
                lanes,
                self.sample_interval,
                sample,
                sample - start,
                size,
            )
            done += size

    def switching_times(self) -> Floats:
        """Advance the first lane by one sample interval and return the times at which it switched, s."""
        buffer = np.empty((1, 2**16))
        lanes = self._lanes._replace(times=buffer)
        found = []
        drive = self._drives[0].pieces(self.steps_done // self._drives[0].samples)
        done = 0
        while done < 1:
            lanes.counts[0] = 0
            done = kernels.run_lane(
                0, self._tables[0], drive, self._levels[0], lanes, self.sample_interval, self.steps_done, 0, 1
            )
            found.append(buffer[0, : lanes.counts[0]].copy())
        self.steps_done += 1
        return np.concatenate(found)

    def settle(self, duration: float) -> None:
        """Run for `duration` (s) with the bias of time zero, then call that time zero again; in one draw."""
        if self.steps_done:
            raise SimulationError(f"settle({duration:g}) after {self.steps_done} samples; settle before the first one")
        row = self._lanes.state[kernels.PARALLEL]
        stationary, total = self._occupation(), self._start_rates().sum(axis=0)
        row[...] = self._chances[1] < stationary + (row - stationary) * np.exp(-duration * total)
        self.settled += duration

    def statistics(self) -> dict[str, tuple[tuple[str, ...], Any, dict[str, str]]]:
        """Return nothing: a surrogate accumulates no statistics."""
        return {}

    def provenance(self) -> dict[str, Any]:
        """Return what is needed to make the run again, as attributes of a file."""
        return {
            "mtjphys_version": __version__,
            "simulator": "two_state",
            "surrogates": json.dumps([device.to_toml() for device in self.devices]),
            "surrogate_error": [device.error for device in self.devices],
            "surrogate_source": json.dumps([device.source for device in self.devices]),
            "biases": json.dumps([bias.to_toml() for bias in self.biases]),
            "replicas": self.replicas,
            "seed": self.seed,
            "first_lane": self.first_lane,
            "sample_interval": self.sample_interval,
            "sample_interval_units": "s",
            "initial": self.initial,
            "settle": self.settled,
            "settle_units": "s",
            "record": json.dumps(self.record),
        }

    @classmethod
    def from_provenance(cls, attributes: Mapping[str, Any], threads: int | None = None) -> Self:
        """Return the simulator at time zero that `provenance` describes."""
        return cls(
            [TwoState.from_toml(text) for text in json.loads(attributes["surrogates"])],
            [Bias.from_toml(text) for text in json.loads(attributes["biases"])],
            sample_interval=float(attributes["sample_interval"]),
            replicas=int(attributes["replicas"]),
            seed=int(attributes["seed"]),
            initial=str(attributes["initial"]),
            record=json.loads(attributes["record"]),
            threads=threads,
            first_lane=int(attributes["first_lane"]),
        )

    @property
    def _state(self) -> dict[str, NDArray[Any]]:
        return {name: getattr(self._lanes, name) for name in ("flips", "wells", "state")}


class _Drive:
    """A bias in pieces, `samples` sample intervals at a time."""

    def __init__(self, bias: Bias, device: TwoState, interval: float) -> None:
        self._interval = interval
        self._origin, self._line = device.fields[0], _line(device.fields)
        self._along = int(np.argmax(np.abs(self._line)))
        self._bias = bias
        self._channels = [bias.channels[k] for k in (0, 1 + self._along, 4)]
        if bias.is_constant:
            self.samples = 2**62
        else:
            per_second = sum(4.0 / (w.period or math.inf) for w in bias.channels if isinstance(w, PulseTrain))
            per_second += sum(1.0 / w.interval for w in bias.channels if isinstance(w, Sampled))
            if per_second * interval > 64 * _LARGEST_DRIVE:
                raise ParameterError(
                    f"the bias bends {per_second * interval:.3g} times in a sample interval of {interval:g} s, more "
                    f"than the {64 * _LARGEST_DRIVE:,} that are kept; sample more often"
                )
            self.samples = int(min(max(_LARGEST_DRIVE / (per_second * interval + 1e-9), 1.0), 2.0**20))
        self._kept: tuple[int, kernels.Drive] | None = None

    def pieces(self, number: int) -> kernels.Drive:
        """Return the pieces of the `number`-th `samples` sample intervals; their ends do not depend on the samples."""
        kept = self._kept
        if kept is not None and kept[0] == number:
            return kept[1]
        if self._bias.is_constant:
            knots, quarter = np.array([0.0, math.inf]), np.array([1.0])
        else:
            begin, end = ((number + k) * self.samples * self._interval for k in (0, 1))
            inner = self._bias.breakpoints(begin, end)
            knots = np.concatenate(([begin], inner[(inner > begin) & (inner < end)], [end]))
            quarter = 0.25 * np.diff(knots)
        starts = knots[:-1]
        drive = kernels.Drive(knots, *(np.zeros((starts.size, 3)) for _ in range(3)), *(np.zeros(3) for _ in range(2)))
        for axis, wave in enumerate(self._channels):
            if isinstance(wave, Sine):
                drive.level[:, axis], drive.amplitude[axis] = wave.offset, wave.amplitude
                drive.frequency[axis], drive.cycles[:, axis] = wave.frequency, wave.cycles(starts)
            else:
                # Straight between breakpoints: two points inside tell the line, whatever rounding does at its ends.
                first, last = wave(starts + quarter), wave(starts + 3.0 * quarter)
                drive.slope[:, axis] = (last - first) / (2.0 * quarter)
                drive.level[:, axis] = first - drive.slope[:, axis] * quarter
        sines = [wave for wave in self._bias.channels[1:4] if isinstance(wave, Sine)]
        turns = [starts[0] + np.arange(1, 8) / (7.3 * wave.frequency) for wave in sines]
        self._check_line(np.concatenate([starts + quarter, starts + 3.0 * quarter, *turns]))
        drive.level[:, 1] -= self._origin[self._along]
        for values in (drive.level[:, 1], drive.slope[:, 1], drive.amplitude[1:2]):
            values /= self._line[self._along]
        self._kept = number, drive
        return drive

    def _check_line(self, times: Floats) -> None:
        """Refuse a field that leaves the line of the table."""
        field = np.stack([wave(times) for wave in self._bias.channels[1:4]])
        place = (field[self._along] - self._origin[self._along]) / self._line[self._along]
        off = np.abs(field - self._origin[:, None] - self._line[:, None] * place)
        if off.max() > 1e-9 * (1.0 + np.abs(field).max()):
            raise ParameterError(
                f"the field leaves the line of the table by {off.max():.3g} T; use "
                "mtjphys.bias.waveforms.along, or make a table along its line"
            )


__all__ = [
    "GOOD_SEPARATION",
    "RECORDS",
    "SMALLEST_SEPARATION",
    "Rates",
    "Simulator",
    "TwoState",
    "from_fokker_planck",
    "from_measurement",
    "from_traces",
]

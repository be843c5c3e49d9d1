"""A junction with two states: its tables, and the rates under a bias."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, fields, replace
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from mtjphys.bias import Bias
from mtjphys.core.checks import as_count
from mtjphys.core.errors import ParameterError
from mtjphys.core.parameters import to_toml, toml_of
from mtjphys.core.quantity import check_range
from mtjphys.core.shown import Shown
from mtjphys.core.text import human
from mtjphys.kernels import surrogate as kernels
from mtjphys.kernels.surrogate import ANTIPARALLEL, PARALLEL
from mtjphys.macrospin.constant import circuit_weights
from mtjphys.simulation.lanes import SIMULATORS, LaneSimulator
from mtjphys.surrogate.circuit import equivalent_voltage
from mtjphys.surrogate.fluctuations import DEVIATES, hermite_factor
from mtjphys.surrogate.tables import Axes, FieldLine, Floats, interpolation_error, spline

NODES = {0: 1, 1: 513, 2: 129, 3: 33}
"""Of an axis in the sampling, by the number of axes that vary."""


class SwitchingRates(NamedTuple):
    """Rates of leaving each state, 1/s."""

    parallel: float
    antiparallel: float


@dataclass(frozen=True, eq=False, repr=False)
class TwoState(Shown):
    """A junction with two states, from tables of its rates.

    Made by `from_fokker_planck`, `from_traces` or `from_measurement`. All arrays have the states (parallel,
    antiparallel) first, then voltage, field and temperature.

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
        if the origin does not tell.
    node_error : float
        Largest relative error of a rate at a node: its standard error, or that of the method it was computed with.
    origin : str
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
    node_error: float = 0.0
    origin: str = ""

    def __post_init__(self) -> None:
        for name in ("voltages", "fields", "temperatures", "log_rates", "memory_times", "cosines"):
            object.__setattr__(self, name, np.array(getattr(self, name), dtype=float))
        shape = (2, self.voltages.size, len(self.fields), self.temperatures.size)
        for name, wanted in (
            ("log_rates", shape),
            ("memory_times", shape),
            ("cosines", (*shape, DEVIATES.size)),
        ):
            given = getattr(self, name)
            if given.shape != wanted or not np.isfinite(given).all():
                raise ParameterError(f"{name} of shape {given.shape} should be finite and of shape {wanted}")
        for name, axis in zip(("voltages", "fields", "temperatures"), self.axes, strict=True):
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
        for name in ("interpolation_error", "two_state_error", "node_error"):
            check_range(name, getattr(self, name), "", 0.0, math.inf)
        lowest = float(self.cosines.min())
        if 1.0 + 0.5 * self.tunnel_magnetoresistance * (1.0 + lowest) <= 0.0:
            raise ParameterError(
                f"m.p={lowest:.3g} at a deviate of 5 makes the conductance negative; give a smaller fluctuation"
            )

    def told(self) -> tuple[str, list[tuple[str, str]]]:
        """Return what the tables hold in a line, and in rows (quantity, value)."""

        def span(values: Floats, unit: str) -> str:
            low, high = (human(float(end), unit) for end in (values.min(), values.max()))
            return low if values.size == 1 else f"{low} to {high}, {len(values)} values"

        volts, fields_, kelvins = (
            span(self.voltages, "V"),
            "one field" if len(self.fields) == 1 else f"{len(self.fields)} fields",
            span(self.temperatures, "K"),
        )
        low, high = human(self.resistance_parallel, "ohm"), human(self._resistance_antiparallel, "ohm")
        return f"{low} to {high}, at {volts}; {fields_}; {kelvins}", [
            ("origin", self.origin or "not told"),
            ("voltage", volts),
            (
                "field",
                "; ".join(
                    str(tuple(map(float, field))) for field in (self.fields[0], self.fields[-1])[: len(self.fields)]
                )
                + " T",
            ),
            ("temperature", kelvins),
            ("resistance, parallel", low),
            ("resistance, antiparallel", high),
            ("series resistance", human(self.series_resistance, "ohm")),
            ("relative error of the rates", f"{self.error:.2g}"),
        ]

    @property
    def _resistance_antiparallel(self) -> float:
        return self.resistance_parallel * (1.0 + self.tunnel_magnetoresistance)

    @cached_property
    def line(self) -> FieldLine:
        """The line of the fields."""
        return FieldLine(self.fields)

    @property
    def axes(self) -> Axes:
        """Voltages in V, places along the line of fields in T, temperatures in K."""
        return self.voltages, self.line.axis, self.temperatures

    @property
    def error(self) -> float:
        """Relative error of the rates against their origin: the three errors added in squares."""
        return math.hypot(self.interpolation_error, self.two_state_error, self.node_error)

    def conduction(self, bias: Bias | None = None) -> kernels.Levels:
        """Return the numbers of the conductance, as `mtjphys.kernels.conduction` takes them, and of a circuit.

        Parameters
        ----------
        bias : Bias, optional
            Whose circuit it is; None is that of the table.
        """
        weights = (1.0, self.series_resistance) if bias is None else circuit_weights(bias)
        return kernels.Levels(
            1.0 / self.resistance_parallel,
            self.tunnel_magnetoresistance,
            0.0 if self.half_voltage is None else 1.0 / self.half_voltage,
            *map(float, weights),
        )

    def rates(self, bias: Bias | None = None) -> SwitchingRates:
        """Return the rates of leaving each state under a constant bias.

        Parameters
        ----------
        bias : Bias, optional
            Constant, within the tables.

        Returns
        -------
        SwitchingRates
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
        bias = one_bias(bias)
        if not bias.is_constant:
            raise ParameterError("the bias varies in time, and so do the rates; give a constant bias")
        return SwitchingRates(*map(float, np.exp(self.lowered(bias).log_rates[:, 0, 0, 0])))

    # Tables under one bias

    @cached_property
    def _splines(self) -> tuple[Any, ...]:
        forgetting = np.log(np.maximum(self.memory_times, 1e-30))
        return tuple(spline(self.axes, values) for values in (self.log_rates, forgetting, self.cosines))

    def _channels(self, bias: Bias) -> tuple[Floats, Floats]:
        """Return the smallest and largest source, field along the line and temperature of a bias."""
        bounds = bias.bounds()
        if np.any(bounds[5] != 0.0):
            raise ParameterError("spin_orbit_current is not in the tables of a surrogate; simulate the junction itself")
        place = np.sort(self.line.place(bounds[1:4]))
        # Components that fall along the line have their bounds the other way round.
        falling = self.line.direction[:, None] * self.line.direction[self.line.component] < 0.0
        if self.line.beside(np.where(falling, bounds[1:4, ::-1], bounds[1:4])):
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
        bias = one_bias(bias)
        low, high = self._channels(bias)
        varies = high > low
        counts = np.where(varies, NODES[int(varies.sum())], 1)
        axes = [np.linspace(low[k], high[k], counts[k]) for k in range(3)]
        source, place, temperature = (nodes.ravel() for nodes in np.meshgrid(*axes, indexing="ij"))
        tables: list[list[Floats]] = [[], [], []]
        for state in (PARALLEL, ANTIPARALLEL):
            points = np.stack([self._table_voltage(bias, state, source), place, temperature], 1)
            self._check_inside(points, bias)
            for table, smooth in zip(tables, self._splines, strict=True):
                values = smooth(points)[:, state]
                table.append(values.reshape(*counts, *values.shape[1:]))
        log_rates, forgetting, cosines = (np.ascontiguousarray(np.stack(table)) for table in tables)
        return kernels.Table(
            origin=np.ascontiguousarray(low),
            per_unit=np.divide(counts - 1.0, high - low, out=np.zeros(3), where=varies),
            log_rates=log_rates,
            memory_rates=np.exp(-forgetting),
            cosines=cosines,
            first_deviate=float(DEVIATES[0]),
            per_deviate=1.0 / float(DEVIATES[1] - DEVIATES[0]),
            fastest=np.exp(log_rates.reshape(2, -1).max(axis=1)),
        )

    def _table_voltage(self, bias: Bias, state: int, source: Floats) -> Floats:
        """Return the source voltage at which leaving a state in the table's circuit sees the voltage of `bias`."""
        if bias.source == "voltage" and bias.series_resistance == self.series_resistance:
            return source
        return equivalent_voltage(self.conduction(), state, source, circuit_weights(bias))

    def _check_inside(self, points: Floats, bias: Bias) -> None:
        names = ("the source voltage", "the field along the line", "the temperature")
        for name, unit, axis, values in zip(names, ("V", "T", "K"), self.axes, points.T, strict=True):
            slack = 1e-9 * (abs(axis[0]) + abs(axis[-1]) + 1e-6)
            if values.min() < axis[0] - slack or values.max() > axis[-1] + slack:
                circuit = "" if bias.series_resistance == self.series_resistance else ", in the circuit of the table,"
                raise ParameterError(
                    f"{name}{circuit} goes from {values.min():.6g} to {values.max():.6g} {unit}, the table from "
                    f"{axis[0]:.6g} to {axis[-1]:.6g} {unit}; make a table that holds it"
                )

    # Sampling

    @property
    def simulator(self) -> type[LaneSimulator]:
        """The `TwoStateSimulator`; `mtjphys.simulate` and the noise sources ask for it."""
        return SIMULATORS["two_state"]

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
        make: Any = self.simulator
        live = make(
            self,
            one_bias(bias),
            sample_interval=duration,
            seed=as_count("seed", seed, 0),  # the times could not say which one was drawn
            first_lane=lane,
            initial=initial,
            record=(),
            threads=1,
        )
        return np.asarray(live.switching_times())

    # Text

    def to_toml(self) -> str:
        """Return everything as TOML; `from_toml` gives the same surrogate back."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        return to_toml({k: v.tolist() if isinstance(v, np.ndarray) else v for k, v in values.items()})

    @classmethod
    def from_toml(cls, toml: str | Path) -> TwoState:
        """Read a surrogate from a TOML file, or from TOML text (anything with a line break).

        Raises
        ------
        ParameterError
            If the file is missing or malformed, or a number is missing or of the wrong shape.
        """
        values = toml_of(toml)
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


def one_bias(bias: Bias | None) -> Bias:
    """Return a bias, the default one for None, or raise."""
    if bias is None:
        return Bias()
    if not isinstance(bias, Bias):
        raise ParameterError(f"bias={bias!r} is not one Bias; give them one at a time")
    return bias


def with_rates(axes: Axes, rates: Floats, cosines: Floats, integral_times: Floats, **rest: Any) -> TwoState:
    """Return the surrogate of rates, with the error of their interpolation.

    Parameters
    ----------
    axes : tuple of three arrays
        Voltages in V, fields in T, temperatures in K.
    rates : ndarray of shape (2, v, f, t)
        Of leaving the parallel and the antiparallel state, in 1/s.
    cosines : ndarray of shape (2, v, f, t, 81)
        m.p at the `DEVIATES`.
    integral_times : ndarray of shape (2, v, f, t)
        Integral correlation time of m.p itself in each state, in s.
    **rest
        The other fields of `TwoState`.
    """
    device = TwoState(*axes, np.log(rates), integral_times * hermite_factor(cosines), cosines, **rest)
    return replace(device, interpolation_error=interpolation_error(device.axes, device.log_rates))

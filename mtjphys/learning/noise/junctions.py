"""Live noise: stochastic junctions that are simulated while the network learns."""

from __future__ import annotations

import math
import warnings
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import reduce
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from mtjphys.core.checks import as_count
from mtjphys.core.errors import DataError, MtjphysWarning, ParameterError
from mtjphys.core.parameters import check_range
from mtjphys.learning.noise.source import Usage, check_conversion, check_request, check_seed

if TYPE_CHECKING:
    from mtjphys.bias import Bias
    from mtjphys.junction import MTJ
    from mtjphys.learning.noise.spread import Spread
    from mtjphys.simulation.lanes import BringsSimulator, LaneSimulator

    Junction = MTJ | BringsSimulator

Floats = NDArray[np.float64]

_BLOCK = 2**20  # readings that are taken at a time
_STRIDE = 2**26  # numbers of the lanes at one place of a chain, so that lane k does not depend on how many there are
_LONGEST_CHAIN = 32


@dataclass
class _LiveNoise(ABC):
    """Circuits of simulated junctions that are all read at the same instants, and handed out one by one."""

    junction: Any
    bias: Bias
    sample_interval: float
    seed: int = field(default=0, kw_only=True)
    step: float | None = field(default=None, kw_only=True)
    read_current: float | None = field(default=None, kw_only=True)
    lanes: int | None = field(default=None, kw_only=True)
    spread: Spread | None = field(default=None, kw_only=True)
    settle: int = field(default=64, kw_only=True)
    gain: float = field(default=1.0, kw_only=True)
    offset: float = field(default=0.0, kw_only=True)
    threads: int | None = field(default=None, kw_only=True, repr=False)
    _simulators: list[LaneSimulator] = field(default_factory=list, init=False, repr=False, compare=False)
    _n_units: int | None = field(default=None, init=False, repr=False, compare=False)
    _n_lanes: int = field(default=0, init=False, repr=False, compare=False)
    _kept: Floats = field(default_factory=lambda: np.empty((2, 0)), init=False, repr=False, compare=False)
    _readings: int = field(default=0, init=False, repr=False, compare=False)
    _rounds: int = field(default=0, init=False, repr=False, compare=False)
    _watts: float = field(default=0.0, init=False, repr=False, compare=False)  # sum over all rounds

    def __post_init__(self) -> None:
        hint = "readings of a nanosecond junction are 1e-9 to 1e-8 s apart"
        check_range("sample_interval", self.sample_interval, "s", 0.0, 1.0, hint, open_low=True)
        check_range("settle", as_count("settle", self.settle, 0), "readings", 1, 1e9)
        if self.lanes is not None:
            hint = "leave it out for one junction per unit"
            check_range("lanes", as_count("lanes", self.lanes, 0), "junctions", 1, _STRIDE, hint)
        if self.read_current is not None:
            check_range("read_current", self.read_current, "A", 0.0, 1.0, open_low=True)
        check_seed(self.seed)
        check_conversion(self.gain, self.offset)

    @abstractmethod
    def _places(self) -> list[tuple[Any, Bias]]:
        """Return junction (or one for each lane) and bias of every place in the circuit."""

    @abstractmethod
    def _circuit(self, voltage: Floats, resistance: Floats) -> tuple[Floats, Floats]:
        """Return voltage (V) and resistance (ohm) of the whole circuit, from those of its places (first axis)."""

    def _build(self, n_lanes: int) -> None:
        from mtjphys.simulation import simulator_of

        simulators = []
        for place, (junction, bias) in enumerate(self._places()):
            devices = junction
            if self.spread is not None:
                devices = self.spread.junctions(junction, n_lanes, first=place * _STRIDE)
            replicas = n_lanes
            if isinstance(devices, Sequence):
                replicas = 1
                if len(devices) != n_lanes:
                    raise ParameterError(
                        f"{len(devices)} junctions for {n_lanes} {'units' if self.lanes is None else 'lanes'}: "
                        "give one junction for each, or a single one that is repeated"
                    )
            simulators.append(
                simulator_of(devices)(
                    devices,
                    bias,
                    replicas=replicas,
                    seed=self.seed,
                    step=self.step,
                    sample_interval=self.sample_interval,
                    record=("resistance", "voltage"),
                    threads=self.threads,
                    first_lane=place * _STRIDE,
                )
            )
        steps = sum(getattr(simulator, "steps_per_sample", 0) for simulator in simulators)
        seconds = steps * max(n_lanes, 8) * 5e-9  # of one core; fewer than 8 lanes cost the same
        if seconds > 1.0:
            warnings.warn(
                f"sample_interval={self.sample_interval:g} s: a reading of {n_lanes} junctions takes {steps:.2g} steps "
                f"of the equation, about {seconds:.2g} s; read more often, or take a surrogate (mtjphys.surrogate), "
                "which has no steps",
                MtjphysWarning,
                stacklevel=4,
            )
        self._simulators, self._n_lanes = simulators, n_lanes
        self._kept = np.empty((2, 0))
        self._readings, self._rounds, self._watts = 0, 0, 0.0

    def _read(self, rounds: int) -> Floats:
        """Advance by `rounds` sample intervals; voltage and resistance in the order of reading, (2, readings)."""
        records = [simulator.advance(rounds) for simulator in self._simulators]
        voltage, resistance = (
            np.stack([np.ascontiguousarray(record[name].T) for record in records]) for name in ("voltage", "resistance")
        )
        across, total = self._circuit(voltage, resistance)
        # Current times the voltage of the source.
        current = across / total
        power = current * (across + current * self.bias.series_resistance)
        if self.read_current is not None:
            across = self.read_current * total
            power += self.read_current * across
        # Round by round, so that the sum does not depend on how the rounds are divided into calls.
        self._watts = float(np.cumsum(np.append(self._watts, power.sum(axis=1)))[-1])
        self._rounds += rounds
        return np.stack([across.ravel(), total.ravel()])

    def _take(self, quantity: int, n_samples: int, n_units: int, dtype: DTypeLike) -> NDArray[Any]:
        """Return the next voltages (0) or resistances (1), (n_samples, n_units)."""
        check_request(n_samples, n_units, self._n_units)
        block = max(1, _BLOCK // (self.lanes or n_units))
        if not self._simulators:
            self._build(self.lanes or n_units)
            self._n_units = n_units if self.lanes is None else None
            for done in range(0, self.settle, block):
                self._read(min(block, self.settle - done))
        wanted = n_samples * n_units
        found = np.empty(wanted, dtype)
        done = 0
        while True:
            ready = self._kept[quantity, : wanted - done]
            found[done : done + ready.size] = ready
            self._kept = self._kept[:, ready.size :]
            done += ready.size
            if done == wanted:
                break
            self._kept = self._read(min(-(-(wanted - done) // self._n_lanes), block))
        self._readings += wanted
        return found.reshape(n_samples, n_units)

    def resistances(self, n_samples: int, n_units: int) -> Floats:
        """Return the next readings as resistances instead of volts.

        Parameters
        ----------
        n_samples, n_units : int
            As for `volts`.

        Returns
        -------
        ndarray, shape (n_samples, n_units)
            ohm.
        """
        return self._take(1, n_samples, n_units, np.float64)

    def volts(self, n_samples: int, n_units: int) -> NDArray[np.float32]:
        """Return the next readings.

        Parameters
        ----------
        n_samples, n_units : int
            Samples to read and units to feed; without `lanes` the first call fixes `n_units`.

        Returns
        -------
        ndarray of float32, shape (n_samples, n_units)
            Voltages in V.

        Raises
        ------
        ParameterError
            If the number of units changes between calls, or the readings cannot vary.
        """
        if self.read_current is None:
            low, high = self.bias.bounds()[0]
            stiff = self.bias.source == "voltage" and self.bias.series_resistance == 0.0
            if stiff or low == high == 0.0:
                raise ParameterError(
                    f"the junction reads {low:.6g} V whatever its state: set voltage (V) and series_resistance (ohm) "
                    "in the bias so that the divider follows the resistance, or a current (A), or give read_current (A)"
                )
        return self._take(0, n_samples, n_units, np.float32)

    @property
    def usage(self) -> Usage:
        """Readings handed out, time and energy since the source was made, see the Notes."""
        return Usage(self._readings, self._rounds * self.sample_interval, self._watts * self.sample_interval)

    def state_dict(self) -> dict[str, NDArray[Any]]:
        """Return the state of every junction and its stream; empty before the first reading."""
        if not self._simulators:
            return {}
        state: dict[str, NDArray[Any]] = {
            "n_lanes": np.array(self._n_lanes),
            "kept": self._kept.copy(),
            "counts": np.array([self._readings, self._rounds]),
            "watts": np.array(self._watts),
        }
        for place, simulator in enumerate(self._simulators):
            state |= {f"place{place}.{name}": array for name, array in simulator.save_state().items()}
        return state

    def load_state_dict(self, state: Mapping[str, NDArray[Any]]) -> None:
        """Continue where the source that made `state` stopped.

        Raises
        ------
        DataError
            If the state is not one of such a source.
        SimulationError
            If it is of other junctions.
        """
        if not state:
            self._simulators, self._n_units = [], None
            self._readings, self._rounds, self._watts = 0, 0, 0.0
            return
        missing = [name for name in ("n_lanes", "kept", "counts", "watts") if name not in state]
        if missing:
            raise DataError(f"the noise state lacks {missing}: load a state that this kind of source saved")
        n_lanes, places = int(state["n_lanes"]), len(self._places())
        if self.lanes is not None and n_lanes != self.lanes:
            raise DataError(
                f"a noise state of {n_lanes} junctions for lanes={self.lanes}: continue with the same number"
            )
        found = len({name.partition(".")[0] for name in state if name.startswith("place")})
        if found != places:
            raise DataError(f"a noise state of {found} junctions in series for {places}: continue with the same chain")
        kept = np.array(state["kept"])
        if self.lanes is None and kept.size:
            raise DataError("a noise state of shared junctions for one junction per unit: continue with the same lanes")
        if not self._simulators or n_lanes != self._n_lanes:
            self._build(n_lanes)
        for place, simulator in enumerate(self._simulators):
            prefix = f"place{place}."
            simulator.load_state({n.removeprefix(prefix): a for n, a in state.items() if n.startswith(prefix)})
        self._n_units = n_lanes if self.lanes is None else None
        self._kept = kept
        self._readings, self._rounds = (int(count) for count in state["counts"])
        self._watts = float(state["watts"])


@dataclass
class JunctionNoise(_LiveNoise):
    """Live noise of stochastic junctions: one for each unit, or a few that the units share.

    All junctions are read together every `sample_interval`; between two readings the magnetisation evolves by the
    stochastic Landau-Lifshitz-Gilbert equation, so that a network sees the junction's own memory. The reading is the
    voltage across the junction, which follows its resistance if the bias has a series resistance, or
    ``resistance * read_current`` if a read current is given (a stiff voltage source).

    With K `lanes` a multiplexer hands the readings of K junctions out in turn: unit u of sample s, the r-th reading
    with ``r = s n_units + u``, gets reading ``r // K`` of junction ``r mod K``. A sample then takes ``n_units/K``
    sample intervals, and units whose numbers differ by k K see one junction k sample intervals apart: their noise is
    correlated by its autocorrelation at that time. K = 1 is the serial reading of one junction by Koenders et al.
    Without `lanes` unit u always has junction u, and its noise is correlated from sample to sample.

    How much of the device's memory the network sees is set by `sample_interval` against the correlation time of the
    resistance, ``mtjphys.fokker_planck.correlation_time(junction, bias, "1/e", "resistance")``; as the units see it,
    in samples, it is measured by `correlation_time`.

    Parameters
    ----------
    junction : MTJ or sequence of MTJ
        The junction, the same for every unit, or one junction for each unit (lane); or stand-ins for them, such as
        `mtjphys.surrogate.TwoState`.
    bias : Bias
        Voltage, field, temperature and series resistance that are applied to every junction.
    sample_interval : float
        Time between two readings of a junction, s.
    seed : int
        Seed; lane k draws from its own stream, so that results are the same bits for any chunking.
    step : float, optional
        Integration step, s; chosen from the device if not given.
    read_current : float, optional
        Current of the reading, A; volts are then resistance times this current.
    lanes : int, optional
        Junctions that all units share; one per unit if not given.
    spread : Spread, optional
        Device-to-device spread around `junction`.
    settle : int
        Readings of every junction that are thrown away before the first one is handed out. All junctions start
        parallel; what is left of that after `settle` sample intervals decays with the correlation time, so that a
        short sampling interval needs more of them, some five correlation times.
    gain, offset : float
        Conversion to pre-activation, ``gain (V - offset)``, in 1/V and V.
    threads : int, optional
        Default: the cores this process may use.

    Raises
    ------
    ParameterError
        If a parameter is outside its range.

    Warns
    -----
    MtjphysWarning
        If a reading takes more than a second of computing.

    Notes
    -----
    `usage` counts the readings handed out; the time during which the junctions ran, settling included; and the
    energy drawn by all of them with their series resistors, ``sum I (V + I R_s) sample_interval`` with V and
    ``I = V/R`` of each reading. The junctions are biased all the time. A read current adds ``I_read**2 R``, as if it
    flowed all the time. Amplifiers, converters, multiplexer, logic and spin-orbit channels are not counted.

    Examples
    --------
    >>> import mtjphys as mp
    >>> bias = mp.Bias(voltage=0.1, series_resistance=1e4)
    >>> noise = JunctionNoise(mp.presets.schnitzspan_2023(), bias, 1e-9, seed=1, settle=4)
    >>> noise.volts(2, 8).shape
    (2, 8)
    >>> noise.usage.readings, f"{noise.usage.device_time:.0e} s"
    (16, '6e-09 s')
    """

    junction: Junction | Sequence[Junction]

    def _places(self) -> list[tuple[Any, Bias]]:
        return [(self.junction, self.bias)]

    def _circuit(self, voltage: Floats, resistance: Floats) -> tuple[Floats, Floats]:
        return voltage[0], resistance[0]


@dataclass
class SeriesNoise(_LiveNoise):
    r"""Live noise of several junctions in series for each unit, or of a few such chains that the units share.

    A chain of n junctions of resistances :math:`R_i(t)` behind a series resistor is read as the voltage across all of
    them, :math:`V = U \sum_i R_i/(R_s + \sum_i R_i)`. Junctions of two levels give n + 1 levels if they are alike and
    up to :math:`2^n` if they are not, and the chain switches at the sum of their rates,
    :math:`\Gamma = \sum_i 1/\tau_i`.

    Each junction is simulated behind the source with the series resistor and the *mean* resistance
    :math:`R_P(1 + \mathrm{TMR}/2)` of the others: it sees its own switching in the voltage that drives it, but not
    that of its neighbours. The voltage that is read has the resistance of every junction. For one junction, and for a
    current source, this is exact; otherwise it leaves out that the junctions drive each other through their common
    current: keep the voltage of each small against its critical voltage.

    Parameters
    ----------
    junction : sequence of MTJ
        The junctions of a chain, in order; or stand-ins for them.
    bias : Bias
        Source, series resistor, field and temperature of the chain.
    sample_interval : float
        Time between two readings of a chain, s.
    seed, step, read_current, lanes, spread, settle, gain, offset, threads
        As for `JunctionNoise`; `lanes` are chains, and the spread is around each of their junctions.

    Raises
    ------
    ParameterError
        If a parameter is outside its range.

    Notes
    -----
    `usage` is as for `JunctionNoise`; a reading is that of a chain.

    References
    ----------
    K. Koenders et al., Phys. Rev. Applied 23, 054035 (2025), arXiv:2412.12783; for the coupling that is left out,
    L. Schnitzspan et al., arXiv:2307.15165.

    Examples
    --------
    >>> import mtjphys as mp
    >>> bias = mp.Bias(voltage=0.1, series_resistance=1e4)
    >>> chain = SeriesNoise([mp.presets.schnitzspan_2023()] * 3, bias, 1e-9, seed=1, settle=4)
    >>> chain.volts(2, 8).shape
    (2, 8)
    """

    junction: Sequence[Junction]

    def __post_init__(self) -> None:
        super().__post_init__()
        if not isinstance(self.junction, Sequence) or not 1 <= len(self.junction) <= _LONGEST_CHAIN:
            raise ParameterError(
                f"junction={self.junction!r} is not a chain: give a list of 1 to {_LONGEST_CHAIN} junctions"
            )

    def _others(self, place: int) -> float:
        """Return the series resistor and the mean resistance of the other junctions, ohm."""
        means = [_mean_resistance(junction) for junction in self.junction]
        return math.fsum([self.bias.series_resistance, *means[:place], *means[place + 1 :]])

    def _places(self) -> list[tuple[Any, Bias]]:
        if self.bias.source == "current":
            return [(junction, self.bias) for junction in self.junction]
        return [
            (junction, self.bias.model_copy(update={"series_resistance": self._others(place)}))
            for place, junction in enumerate(self.junction)
        ]

    def _circuit(self, voltage: Floats, resistance: Floats) -> tuple[Floats, Floats]:
        total = reduce(np.add, resistance)  # in order, whatever the shape
        current = voltage[0] / resistance[0]
        if self.bias.source == "voltage":
            source = voltage[0] + current * self._others(0)
            current = source / (self.bias.series_resistance + total)
        return current * total, total


def _mean_resistance(junction: Any) -> float:
    """Return the mean of R_P and R_AP at zero bias, ohm."""
    ratio = getattr(junction, "barrier", junction).tunnel_magnetoresistance
    return float(junction.resistance_parallel * (1.0 + 0.5 * ratio))

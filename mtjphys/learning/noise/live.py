"""What live noise has in common: circuits of stochastic junctions that are simulated while the network learns."""

from __future__ import annotations

import math
import warnings
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from mtjphys.bias import Bias
from mtjphys.core.declared import Declared, Seed
from mtjphys.core.errors import DataError, MtjphysError, MtjphysWarning, ParameterError
from mtjphys.core.quantity import Quantity
from mtjphys.junction import Spread, as_junctions
from mtjphys.learning.noise.source import Gain, Offset, Usage, check_request

Floats = NDArray[np.float64]

LANES_APART = 2**26
"""Numbers of the lanes at one place of a chain, so that lane k does not depend on how many there are."""
_BLOCK = 2**20  # readings that are taken at a time
_FEWEST, _MOST = 64, 100_000  # readings while junctions settle, if nobody says how many


@dataclass
class LiveNoise(Declared, ABC):
    """Circuits of simulated junctions that are all read at the same instants, and handed out one by one."""

    junction: Any
    bias: Bias
    sample_interval: Annotated[
        float, Quantity("s", 0.0, 1.0, (), "readings of a nanosecond junction are 1e-9 to 1e-8 s apart", open_low=True)
    ]
    seed: Seed = field(default=0, kw_only=True)
    step: float | None = field(default=None, kw_only=True)
    read_current: Annotated[float | None, Quantity("A", 0.0, 1.0, open_low=True)] = field(default=None, kw_only=True)
    lanes: Annotated[
        int | None, Quantity("junctions", 1, LANES_APART, (), "leave it out for one junction per unit")
    ] = field(default=None, kw_only=True)
    spread: Spread | None = field(default=None, kw_only=True)
    settle: Annotated[int | None, Quantity("readings", 1, 1e9)] = field(default=None, kw_only=True)
    gain: Gain = field(default=1.0, kw_only=True)
    offset: Offset = field(default=0.0, kw_only=True)
    threads: int | None = field(default=None, kw_only=True, repr=False)
    _simulators: list[Any] = field(default_factory=list, init=False, repr=False, compare=False)
    _n_units: int | None = field(default=None, init=False, repr=False, compare=False)
    _n_lanes: int = field(default=0, init=False, repr=False, compare=False)
    _kept: Floats = field(default_factory=lambda: np.empty((2, 0)), init=False, repr=False, compare=False)
    _readings: int = field(default=0, init=False, repr=False, compare=False)
    _rounds: int = field(default=0, init=False, repr=False, compare=False)
    _watts: float = field(default=0.0, init=False, repr=False, compare=False)  # sum over all rounds

    def __post_init__(self) -> None:
        super().__post_init__()
        self.junction = as_junctions(self.junction)

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
                devices = self.spread.junctions(junction, n_lanes, first=place * LANES_APART)
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
                    first_lane=place * LANES_APART,
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

    def _settling(self) -> int:
        """Return the readings that are thrown away: 64, doubled until they are five relaxation times by the exact rate.

        Doubled, so that they do not hang on the last digits of the rate.
        """
        time = max((_relaxation_time(*place) for place in self._places()), default=0.0)
        if self.settle is not None:
            if self.settle * self.sample_interval < time:
                self._doubt(self.settle, time)
            return self.settle
        settle = _FEWEST
        while settle * self.sample_interval < 5.0 * time:
            settle *= 2
            if settle > _MOST:
                self._doubt(_FEWEST, time)
                return _FEWEST
        return settle

    def _doubt(self, settle: int, time: float) -> None:
        enough = math.ceil(5.0 * time / self.sample_interval)
        warnings.warn(
            f"sample_interval={self.sample_interval:g} s and junctions that relax in {time:.3g} s: all begin parallel, "
            f"and {settle} readings do not settle them; give settle={enough}, or read less often",
            MtjphysWarning,
            stacklevel=5,
        )

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
            settle = self._settling()
            for done in range(0, settle, block):
                self._read(min(block, settle - done))
        wanted = n_samples * n_units
        readings = np.empty(wanted, dtype)
        done = 0
        while True:
            ready = self._kept[quantity, : wanted - done]
            readings[done : done + ready.size] = ready
            self._kept = self._kept[:, ready.size :]
            done += ready.size
            if done == wanted:
                break
            self._kept = self._read(min(-(-(wanted - done) // self._n_lanes), block))
        self._readings += wanted
        return readings.reshape(n_samples, n_units)

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
        saved = len({name.partition(".")[0] for name in state if name.startswith("place")})
        if saved != places:
            raise DataError(f"a noise state of {saved} junctions in series for {places}: continue with the same chain")
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


def _relaxation_time(junction: Any, bias: Bias) -> float:
    """Return the exact relaxation time of a junction or of the slowest of a few, s; 0 where there is no exact one.

    There is none for a bias that varies, a temperature with a memory of its own, or stand-ins without rates; and a
    junction for each unit, all unlike, would take too long.
    """
    from mtjphys.fokker_planck import relaxation_rate

    several = list(junction) if isinstance(junction, Sequence) else [junction]
    unlike = {id(each): each for each in several}.values()
    if len(unlike) > 4:
        return 0.0
    times = [0.0]
    for each in unlike:
        try:
            rate = sum(each.rates(bias)) if hasattr(each, "rates") else relaxation_rate(each, bias, rtol=1e-2)
        except MtjphysError:
            continue
        times.append(1.0 / rate if rate > 0.0 else math.inf)
    return max(times)

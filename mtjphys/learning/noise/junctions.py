"""Live noise: stochastic junctions that are simulated while the network learns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from mtjphys.errors import ParameterError
from mtjphys.learning.noise.source import check_conversion, check_request
from mtjphys.parameters import check_range

if TYPE_CHECKING:
    from mtjphys.bias import Bias
    from mtjphys.device import MTJ
    from mtjphys.simulation import BringsSimulator


@dataclass
class JunctionNoise:
    """Live noise of stochastic junctions: one simulated junction (one sLLG lane) per unit.

    The junction is read every `sample_interval`; between two readings its magnetisation evolves by
    the stochastic Landau-Lifshitz-Gilbert equation, so that a network sees the junction's own
    memory. The reading is the voltage across the junction, which follows its resistance if the bias
    has a series resistance, or ``resistance * read_current`` if a read current is given (a stiff
    voltage source).

    Parameters
    ----------
    junction : MTJ or sequence of MTJ
        The junction, the same for every unit, or one junction for each unit (device-to-device
        spread); or stand-ins for them, such as `mtjphys.surrogate.TwoState`.
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
    settle : int
        Readings that are thrown away before the first one is handed out, so that the junctions
        start from equilibrium.
    gain, offset : float
        Conversion to pre-activation, ``gain (V - offset)``, in 1/V and V.

    Raises
    ------
    ParameterError
        If a parameter is outside its range.

    Examples
    --------
    >>> import mtjphys as mp
    >>> bias = mp.Bias(voltage=0.1, series_resistance=1e4)
    >>> noise = JunctionNoise(mp.presets.schnitzspan_2023(), bias, 1e-9, seed=1, settle=4)
    >>> noise.volts(2, 8).shape
    (2, 8)
    """

    junction: MTJ | BringsSimulator | Sequence[MTJ | BringsSimulator]
    bias: Bias
    sample_interval: float
    seed: int = field(default=0, kw_only=True)
    step: float | None = field(default=None, kw_only=True)
    read_current: float | None = field(default=None, kw_only=True)
    settle: int = field(default=64, kw_only=True)
    gain: float = field(default=1.0, kw_only=True)
    offset: float = field(default=0.0, kw_only=True)
    _simulator: Any = field(default=None, init=False, repr=False)
    _n_units: int | None = field(default=None, init=False, repr=False)

    def __post_init__(self) -> None:
        hint = "readings of a nanosecond junction are 1e-9 to 1e-8 s apart"
        check_range("sample_interval", self.sample_interval, "s", 0.0, 1.0, hint, open_low=True)
        if self.read_current is not None:
            check_range("read_current", self.read_current, "A", 0.0, 1.0, open_low=True)
        check_range("settle", self.settle, "readings", 1, 1e9)
        check_conversion(self.gain, self.offset)

    def _build(self, n_units: int) -> None:
        from mtjphys.simulation import simulator_of

        replicas = n_units
        if isinstance(self.junction, Sequence):
            replicas = 1
            if len(self.junction) != n_units:
                raise ParameterError(
                    f"{len(self.junction)} junctions for {n_units} units: give one junction for "
                    "each unit, or a single one that is repeated"
                )
        self._simulator = simulator_of(self.junction)(
            self.junction,
            self.bias,
            replicas=replicas,
            seed=self.seed,
            step=self.step,
            sample_interval=self.sample_interval,
            record=("voltage" if self.read_current is None else "resistance",),
        )
        self._n_units = n_units

    def _start(self, n_units: int) -> None:
        self._build(n_units)
        first = self._read(self.settle)
        if float(np.ptp(first)) <= 1e-9 * float(np.abs(first).max()):
            self._simulator = self._n_units = None
            raise ParameterError(
                f"the junction reads {float(first.flat[0]):.6g} V whatever its state: set "
                "series_resistance (ohm) in the bias so that the divider follows the resistance, "
                "or give read_current (A)"
            )

    def _read(self, n_samples: int) -> NDArray[np.float64]:
        """Advance every junction by `n_samples` readings; shape (n_units, n_samples), in V."""
        record = self._simulator.advance(n_samples)
        if self.read_current is None:
            return np.asarray(record["voltage"])
        return np.asarray(record["resistance"]) * self.read_current

    def volts(self, n_samples: int, n_units: int) -> NDArray[np.float32]:
        """Return the next readings of every junction.

        Parameters
        ----------
        n_samples, n_units : int
            Readings to take and units to feed; the first call fixes `n_units`.

        Returns
        -------
        ndarray of float32, shape (n_samples, n_units)
            Voltages in V.

        Raises
        ------
        ParameterError
            If the number of units changes between calls, or the readings do not vary.
        """
        check_request(n_samples, n_units, self._n_units)
        if self._simulator is None:
            self._start(n_units)
        return np.ascontiguousarray(self._read(n_samples).T, dtype=np.float32)

    def state_dict(self) -> dict[str, NDArray[Any]]:
        """Return the state of every junction and its stream; empty before the first reading."""
        if self._n_units is None:
            return {}
        return {"n_units": np.array(self._n_units)} | self._simulator.save_state()

    def load_state_dict(self, state: Mapping[str, NDArray[Any]]) -> None:
        """Continue where the source that made `state` stopped."""
        self._simulator = self._n_units = None
        if state:
            self._build(int(state["n_units"]))
            self._simulator.load_state(state)

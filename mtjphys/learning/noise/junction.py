"""Live noise of stochastic junctions, one for each unit or shared by all."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, ClassVar, Self

from scipy.constants import Boltzmann

from mtjphys.bias import Bias
from mtjphys.core.errors import ParameterError
from mtjphys.junction import MTJ, Spread
from mtjphys.junction.variability import stray_field_with
from mtjphys.learning.noise.devices import device_cases
from mtjphys.learning.noise.live import Floats, LiveNoise
from mtjphys.learning.noise.live_table import LiveTable
from mtjphys.learning.noise.source import NOISES


@NOISES.register("junction")
@dataclass
class JunctionNoise(LiveNoise):
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
    junction : MTJ, str, Path, or list of these
        The junction, the same for every unit, or one junction for each unit (lane), each itself, the name of a preset,
        or the path of a TOML file; or stand-ins for them, such as `mtjphys.surrogate.TwoState`.
    bias : Bias
        Voltage, field, temperature and series resistance that are applied to every junction.
    sample_interval : float
        Time between two readings of a junction, s.
    seed : int or None
        Seed, kept; None draws one. Lane k draws from its own stream, so that results are the same bits for any
        chunking.
    step : float, optional
        Integration step, s; chosen from the device if not given.
    read_current : float, optional
        Current of the reading, A; volts are then resistance times this current.
    lanes : int, optional
        Junctions that all units share; one per unit if not given.
    spread : Spread, optional
        Device-to-device spread around `junction`.
    settle : int, optional
        Readings of every junction that are thrown away before the first one is handed out. All junctions start
        parallel, and what is left of that decays with the relaxation time. If not given, 64, doubled until they are
        five relaxation times of `junction`, without its spread, by the exact rate
        (`mtjphys.fokker_planck.relaxation_rate`, or the rates of a surrogate); 64 where there is no exact rate: for a
        bias that varies, a temperature with a memory of its own, or more than four unlike junctions.
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
        If a reading takes more than a second of computing, no reasonable number of readings settles the junctions, or
        `settle` is less than their relaxation time.

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

    table: ClassVar[type[LiveTable]] = LiveTable

    def _places(self) -> list[tuple[Any, Bias]]:
        return [(self.junction, self.bias)]

    def _circuit(self, voltage: Floats, resistance: Floats) -> tuple[Floats, Floats]:
        return voltage[0], resistance[0]

    def with_devices(self, spread: Spread, stray_field: float) -> Self:
        """Return live junctions that differ by `spread` and see one more stray field; see `Effects`."""
        junction, _ = self._nominal()
        if stray_field:
            junction = junction.with_parameters({"reference.stray_field": stray_field_with(junction, stray_field)})
        together = spread if self.spread is None else self.spread.including(spread)
        return replace(self, junction=junction, spread=together if together.active() else self.spread)

    def device_cases(self) -> dict[str, list[float]]:
        """Return magnitudes of the effects inside the devices that are worth a look; none for stand-ins."""
        if not isinstance(self.junction, MTJ):
            return {}
        (junction, temperature), bias = self._nominal(), Bias(temperature=self.bias.temperature)
        tesla = Boltzmann * temperature / (junction.saturation_magnetisation(bias) * junction.volume)
        return device_cases(tesla, two_wells=junction.thermal_stability(bias).antiparallel > 0.0)

    def _nominal(self) -> tuple[MTJ, float]:
        """Return the junction that devices scatter around and its temperature, K, or raise if there is none."""
        junction, temperature = self.junction, self.bias.temperature
        if not isinstance(junction, MTJ) or not isinstance(temperature, (int, float)) or temperature <= 0.0:
            raise ParameterError(
                f"effects inside the device need one nominal MTJ at a constant temperature above 0 K, not "
                f"{type(junction).__name__} at {temperature} K: give the source these, or effects on the volts"
            )
        return junction, float(temperature)

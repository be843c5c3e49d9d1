"""Live noise of junctions in series."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from mtjphys.bias import Bias
from mtjphys.junction import Series
from mtjphys.learning.noise.live import Floats, LiveNoise
from mtjphys.learning.noise.live_table import LiveTable, SeriesTable
from mtjphys.learning.noise.source import NOISES


@NOISES.register("series")
@dataclass
class SeriesNoise(LiveNoise):
    """Live noise of several junctions in series for each unit, or of a few such chains that the units share.

    What each junction sees of the others, and what is read across all of them, is that of `mtjphys.junction.Series`.

    Parameters
    ----------
    junction : list of MTJ, str or Path
        The junctions of a chain, in order, each itself, the name of a preset, or the path of a TOML file; or stand-ins
        for them.
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
    K. Koenders et al., Phys. Rev. Applied 23, 054035 (2025), arXiv:2412.12783.

    Examples
    --------
    >>> import mtjphys as mp
    >>> bias = mp.Bias(voltage=0.1, series_resistance=1e4)
    >>> chain = SeriesNoise([mp.presets.schnitzspan_2023()] * 3, bias, 1e-9, seed=1, settle=4)
    >>> chain.volts(2, 8).shape
    (2, 8)
    """

    table: ClassVar[type[LiveTable]] = SeriesTable

    def __post_init__(self) -> None:
        super().__post_init__()
        self._chain = Series(self.junction, self.bias)

    def _places(self) -> list[tuple[Any, Bias]]:
        return list(zip(self._chain.junctions, self._chain.biases(), strict=True))

    def _circuit(self, voltage: Floats, resistance: Floats) -> tuple[Floats, Floats]:
        return self._chain.read(voltage, resistance)

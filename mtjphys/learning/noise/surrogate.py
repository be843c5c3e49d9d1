"""Live noise of two-state surrogates."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from mtjphys.bias import Bias
from mtjphys.core.errors import ParameterError
from mtjphys.junction import presets
from mtjphys.learning.noise.junction import JunctionNoise
from mtjphys.learning.noise.live_table import LiveTable
from mtjphys.learning.noise.source import NOISES


class SurrogateTable(LiveTable):
    """Surrogates by file, or made from a preset by the Fokker-Planck equation for the bias of the table."""

    @staticmethod
    def from_preset(name: str, bias: Bias) -> Any:
        """Return the surrogate of a junction of the literature."""
        from mtjphys import surrogate

        constant: Any = bias
        return surrogate.from_fokker_planck(
            presets.load(name),
            voltages=[float(constant.voltage)],
            fields=[constant.field],
            temperatures=[float(constant.temperature)],
            series_resistance=bias.series_resistance,
        )

    @staticmethod
    def from_file(path: Path) -> Any:
        """Return the surrogate that a file describes."""
        from mtjphys.surrogate import TwoState

        return TwoState.from_toml(path)


@NOISES.register("surrogate")
@dataclass
class SurrogateNoise(JunctionNoise):
    """Live noise of two-state surrogates, which are sampled without a time step: one for each unit, or shared.

    Parameters
    ----------
    junction : TwoState or sequence of TwoState
        The device, the same for every unit, or one for each unit (lane).
    bias, sample_interval, seed, step, read_current, lanes, spread, settle, gain, offset, threads
        As for `JunctionNoise`; a spread is made of junctions, before their surrogates.

    Raises
    ------
    ParameterError
        If a parameter is outside its range, or the junction is no surrogate.

    Examples
    --------
    >>> import mtjphys as mp
    >>> device = mp.surrogate.from_fokker_planck(mp.presets.funatsu_2022())
    >>> noise = SurrogateNoise(device, mp.Bias(), 1e-6, read_current=1e-6, settle=4)
    >>> noise.volts(2, 8).shape
    (2, 8)
    """

    table: ClassVar[type[LiveTable]] = SurrogateTable

    def __post_init__(self) -> None:
        super().__post_init__()
        from mtjphys.surrogate import TwoState

        for device in self.junction if isinstance(self.junction, (list, tuple)) else (self.junction,):
            if not isinstance(device, TwoState):
                raise ParameterError(
                    f"{type(device).__name__} is no surrogate: make one with mtjphys.surrogate, or use JunctionNoise"
                )

"""Live noise of two-state surrogates."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from mtjphys.bias import Bias
from mtjphys.core.errors import ParameterError
from mtjphys.junction import is_file, presets
from mtjphys.learning.noise.junction import JunctionNoise
from mtjphys.learning.noise.live_table import LiveTable
from mtjphys.learning.noise.source import NOISES
from mtjphys.macrospin.constant import constants


class SurrogateTable(LiveTable):
    """Surrogates by file, or made from a preset by the Fokker-Planck equation for the bias of the table."""

    @staticmethod
    def from_preset(name: str, bias: Bias) -> Any:
        """Return the surrogate of a junction of the literature."""
        from mtjphys import surrogate

        voltage, *field, temperature, _ = constants(bias, f"the surrogate of {name} is made")
        if bias.source == "current":
            raise ParameterError(
                f"the surrogate of {name} is made for a voltage, not for current={voltage:g} A; give voltage and "
                "series_resistance"
            )
        return surrogate.from_fokker_planck(
            presets.load(name),
            voltages=[voltage],
            fields=[field],
            temperatures=[temperature],
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
    junction : TwoState, str, Path, or list of these
        The device, the same for every unit, or one for each unit (lane): itself, the path of its TOML file, or the name
        of a preset, whose surrogate is made by `surrogate.from_fokker_planck` for the bias.
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
    >>> noise = SurrogateNoise(device, mp.Bias(), 1e-3, read_current=1e-6, settle=4)
    >>> noise.volts(2, 8).shape
    (2, 8)
    """

    table: ClassVar[type[LiveTable]] = SurrogateTable

    def _named(self, device: Any) -> Any:
        """Return the surrogate that a name stands for, and whatever is no name as it is."""
        if not isinstance(device, str | Path):
            return device
        if is_file(device):
            return SurrogateTable.from_file(Path(device))
        return SurrogateTable.from_preset(str(device), self.bias)

    def __post_init__(self) -> None:
        from mtjphys.surrogate import TwoState

        several = isinstance(self.junction, (list, tuple))
        devices = [self._named(device) for device in (self.junction if several else [self.junction])]
        self.junction = devices if several else devices[0]
        super().__post_init__()
        for device in devices:
            if not isinstance(device, TwoState):
                raise ParameterError(
                    f"{type(device).__name__} is no surrogate: make one with mtjphys.surrogate, or use JunctionNoise"
                )

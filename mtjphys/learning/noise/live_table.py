"""How an experiment file names junctions and their bias."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar

from mtjphys.bias import Bias
from mtjphys.core.errors import ParameterError
from mtjphys.core.parameters import read_toml
from mtjphys.junction import MTJ, Variability, presets
from mtjphys.learning.tables import Context, Table, naming

_BIAS = ("voltage", "current", "field", "temperature", "series_resistance")


class LiveTable(Table):
    """Junctions by the name of a `preset` or of a TOML `file`, or a list of them, and the keys of a `Bias`.

    The file may be that of a `Variability`, whose spread then is that of the source unless the table has another one.
    """

    replaces: ClassVar[tuple[str, ...]] = ("junction", "bias")
    preset: str | list[str] | None = None
    file: str | list[str] | None = None
    voltage: Any = None
    current: Any = None
    field: Any = None
    temperature: Any = None
    series_resistance: Any = None

    def arguments(self, context: Context) -> dict[str, Any]:
        """Return the arguments, with the junctions and their bias."""
        given = super().arguments(context)
        with naming(context.where):
            bias = Bias(**{name: given.pop(name) for name in _BIAS if name in given})
            preset, file = given.pop("preset", None), given.pop("file", None)
            if (preset is None) == (file is None):
                name = self.file if file is None else file
                raise ParameterError(f"preset={preset!r} and file={name!r}: name one of them")
            if file is None:
                junction = _each(preset, lambda name: self.from_preset(name, bias))
            else:
                junction = _each(file, self.from_file)
            if isinstance(junction, Variability):
                given.setdefault("spread", junction.spread)
                junction = junction.junction
        return {"junction": junction, "bias": bias, **given}

    @staticmethod
    def from_preset(name: str, bias: Bias) -> Any:
        """Return a junction of the literature."""
        return presets.load(name)

    @staticmethod
    def from_file(path: Path) -> Any:
        """Return the junction that a file describes, or the devices of a `Variability`."""
        return Variability.from_toml(path) if "junction" in read_toml(path) else MTJ.from_toml(path)


class SeriesTable(LiveTable):
    """The same, with several junctions."""

    def arguments(self, context: Context) -> dict[str, Any]:
        """Return the arguments, with the junctions and their bias."""
        given = super().arguments(context)
        if not isinstance(given["junction"], list):
            raise ParameterError(
                f"[{context.where}] preset or file: a series is made of several junctions; give a list of names"
            )
        return given


def _each(names: Any, make: Callable[[Any], Any]) -> Any:
    """Return what a name stands for, or a list for a list."""
    return [make(name) for name in names] if isinstance(names, (list, tuple)) else make(names)

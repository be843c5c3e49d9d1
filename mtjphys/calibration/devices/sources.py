"""Where the devices are: a mapping, a folder of descriptions, a wafer map, or one description for all."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from mtjphys.calibration.files import Laboratory, devices_in, read_laboratory
from mtjphys.calibration.measurements import Measurement
from mtjphys.core.checks import as_list
from mtjphys.core.errors import DataError, ParameterError
from mtjphys.core.parameters import known_instead, parse_toml

DESCRIPTION = "LAB.toml"
"""Name of the description in the folder of a device."""

Laboratories = Mapping[str, Any] | str | Path
"""Devices as `find_devices` takes them."""


class Device(NamedTuple):
    """A device with what was measured.

    Attributes
    ----------
    name : str
        By which it is known.
    source : list of Measurement, or Path
        The measurements, or the description that names them.
    x, y : float
        Where it is; NaN if nobody says.
    """

    name: str
    source: list[Measurement] | Path
    x: float = math.nan
    y: float = math.nan

    def read(self) -> Laboratory:
        """Return its measurements, with what a description says of the junction and the fit."""
        if isinstance(self.source, Path):
            return read_laboratory(self.source, self.name)
        return Laboratory(self.source)


def find_devices(laboratories: Laboratories) -> list[Device]:
    """Return the devices that are given; what was measured is not read yet.

    Parameters
    ----------
    laboratories : mapping, str or Path
        Measurements, or the path of a description, by name; a folder that holds descriptions, each as ``NAME.toml`` or
        ``NAME/LAB.toml``; a wafer map, a CSV file with the columns `device`, `laboratory` (path of its description,
        which may be one for all) and, if wanted, `x` and `y`, among others; or a description that stands for several
        devices.

    Raises
    ------
    ParameterError
        If there are none, or the map is not understood.
    """
    if isinstance(laboratories, Mapping):
        found = [Device(_name(name), _source(name, given)) for name, given in laboratories.items()]
    elif isinstance(laboratories, str | Path):
        path = Path(laboratories)
        if path.is_dir():
            found = _in_folder(path)
        elif path.suffix.lower() == ".csv":
            found = _on_map(path)
        else:
            found = [Device(name, path) for name in devices_in(path)]
    else:
        raise ParameterError(
            f"laboratories={laboratories!r} is no mapping of names to measurements, and no path of a folder, a wafer "
            "map or a description"
        )
    if not found:
        raise ParameterError("laboratories: holds no device; give one or more")
    return found


def _name(name: Any) -> str:
    if not isinstance(name, str) or not name:
        raise ParameterError(f"laboratories: {name!r} is no name of a device; give a text")
    return name


def _source(name: str, given: Any) -> list[Measurement] | Path:
    if isinstance(given, str | Path):
        return Path(given)
    return as_list(given, Measurement, f"laboratories[{name!r}]")


def _in_folder(folder: Path) -> list[Device]:
    found = {path.parent.name: path for path in folder.glob(f"*/{DESCRIPTION}")}
    for path in folder.glob("*.toml"):
        if "measurement" in parse_toml(path.read_text(encoding="utf-8-sig"), f"{path}: "):
            if path.stem in found:
                raise ParameterError(f"{path}: {found[path.stem]} describes {path.stem!r} as well; keep one of them")
            found[path.stem] = path
    if not found:
        raise ParameterError(f"{folder}: holds no description of a device, NAME.toml or NAME/{DESCRIPTION}")
    return [Device(name, path) for name, path in sorted(found.items())]


def _on_map(path: Path) -> list[Device]:
    import pandas as pd

    try:
        table = pd.read_csv(path, comment="#", dtype={"device": str, "laboratory": str}, skipinitialspace=True)
    except (OSError, ValueError) as error:
        raise ParameterError(f"{path}: cannot be read as a wafer map, CSV with a header ({error})") from None
    for name in ("device", "laboratory"):
        if name not in table:
            close = known_instead(name, map(str, table.columns))
            raise ParameterError(f"{path}: has no column {name!r}, which a wafer map has; {close}")
        if table[name].isna().any():
            raise DataError(f"{path}: row {int(table[name].isna().argmax()) + 1} has no {name}; fill it in")
    twice = table.device[table.device.duplicated()]
    if len(twice):
        raise DataError(f"{path}: device {twice.iloc[0]!r} stands there twice; give each a name of its own")
    places: list[Sequence[float]] = []
    for name in ("x", "y"):
        column = table[name] if name in table else [math.nan] * len(table)
        try:
            places.append([float(value) for value in column])
        except ValueError:
            raise DataError(f"{path}: column {name!r} holds words; give where each device is in numbers") from None
    return [
        Device(name, path.parent / source, x, y)
        for name, source, x, y in zip(table.device, table.laboratory, *places, strict=True)
    ]

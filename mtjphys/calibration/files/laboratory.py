"""A description of a laboratory, LAB.toml, to its measurements."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mtjphys.calibration.files.description import read_measurements
from mtjphys.calibration.files.junctions import junction_in_si, ranges_in_si
from mtjphys.calibration.measurements import Measurement
from mtjphys.core.errors import DataError, ParameterError
from mtjphys.core.parameters import known_instead, read_toml
from mtjphys.junction import MTJ, as_mtj

FIT = ("free", "ranges", "starts", "overdispersion", "seed", "forward")
"""What ``[fit]`` may say: arguments of `calibrate`."""

_TABLES = ("measurement", "junction", "fit")


@dataclass(frozen=True)
class Laboratory:
    """What a description holds.

    Attributes
    ----------
    measurements : list of Measurement
        In the order of the file.
    junction : dict
        Its table ``[junction]``, in SI.
    fit : dict
        Its table ``[fit]``, with ranges in SI.
    folder : Path
        What names of files are relative to.
    """

    measurements: list[Measurement]
    junction: dict[str, Any] = field(default_factory=dict)
    fit: dict[str, Any] = field(default_factory=dict)
    folder: Path = Path()

    @property
    def start(self) -> MTJ:
        """The junction of ``[junction]``: a preset or a file, changed by tables of parts, or these alone.

        Raises
        ------
        ParameterError
            If there is none, or it is not legal.
        """
        tables = dict(self.junction)
        named = tables.pop("preset", None) or tables.pop("file", None)
        if named is None:
            if not tables:
                raise ParameterError(
                    "[junction] is missing: name a preset, as preset = 'koenders_2025', or a file, or write its tables "
                    "[junction.free_layer] ..."
                )
            return MTJ(**tables)
        path = self.folder / str(named)
        start = as_mtj(path if path.suffix == ".toml" else str(named))
        changes = {
            f"{part}.{name}": value
            for part, values in tables.items()
            for name, value in (values.items() if isinstance(values, dict) else ())
        }
        return start.with_parameters(changes) if changes else start


def read_laboratory(path: str | Path, device: str | None = None) -> Laboratory:
    r"""Read a description with the files that it names.

    Each ``[[measurement]]`` has a `kind`, a `file` (or its data as lists), `columns` and conditions; numbers are in
    SI, or texts with a unit. ``file = "trace_{voltage:mV}.csv"`` stands for all files of such names. ``[junction]`` is
    where a fit starts, ``[fit]`` says how.

    Parameters
    ----------
    path : str or Path
        The TOML file; names of files in it are relative to its folder.
    device : str, optional
        Which one, where the description stands for several: ``{device}`` in the name of a file is that of the device,
        and of a file with ``columns.device`` the rows of the device are read.

    Returns
    -------
    Laboratory
        Measurements, and the tables of junction and fit in SI.

    Raises
    ------
    ParameterError
        If the description is not understood.
    DataError
        If a file does not hold what it should.

    Warns
    -----
    MtjphysWarning
        If something is legal but looks like a mistake.

    Examples
    --------
    >>> import tempfile, pathlib
    >>> from mtjphys.calibration.files import read_laboratory
    >>> folder = pathlib.Path(tempfile.mkdtemp())
    >>> _ = (folder / "pulses.csv").write_text("t (ns);k;n\n0,5;17;1000\n1,0;480;1000\n")
    >>> _ = (folder / "LAB.toml").write_text('''
    ... [[measurement]]
    ... kind = "switching_probability"
    ... file = "pulses.csv"
    ... columns = {duration = "t", switched = "k", trials = "n"}
    ... voltage = "680 mV"
    ... ''')
    >>> read_laboratory(folder / "LAB.toml").measurements[0].duration.tolist()
    [5e-10, 1e-09]
    """
    path = Path(path)
    tables = read_toml(path)
    for name, content in tables.items():
        if name not in _TABLES:
            raise ParameterError(f"{path}: {name}: unknown; {known_instead(name, _TABLES)}")
        if name != "measurement" and not isinstance(content, dict):
            raise ParameterError(f"{path}: {name}={content!r} is not a table; write [{name}] above its lines")
    listed = tables.get("measurement")
    if not isinstance(listed, list) or not listed or not all(isinstance(item, dict) for item in listed):
        raise ParameterError(f"{path}: holds no measurements; write each below a line [[measurement]]")
    made = [
        one
        for number, item in enumerate(listed, start=1)
        for one in read_measurements(f"{path}: measurement {number}", path.parent, item, device)
    ]
    if not made:
        raise DataError(f"{path}: holds no measurement of device {device!r}")
    junction, fit = junction_in_si(str(path), tables.get("junction", {})), dict(tables.get("fit", {}))
    for name in fit:
        if name not in FIT:
            raise ParameterError(f"{path}: fit.{name}: unknown; {known_instead(name, FIT)}")
    if "ranges" in fit:
        fit["ranges"] = ranges_in_si(str(path), fit["ranges"])
    return Laboratory(made, junction, fit, path.parent)


def read(path: str | Path) -> list[Measurement]:
    """Read the measurements of a description, see `read_laboratory`.

    Parameters
    ----------
    path : str or Path
        The TOML file.

    Returns
    -------
    list of Measurement
        In the order of the file.
    """
    return read_laboratory(path).measurements

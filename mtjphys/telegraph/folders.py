"""A folder of traces against what was applied."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from mtjphys.core.checks import as_choice
from mtjphys.core.errors import DataError, ParameterError
from mtjphys.core.streams import as_seed
from mtjphys.telegraph.tables import Table

if TYPE_CHECKING:
    import xarray

_UNITS = {
    "voltage": {"V": 1.0, "mV": 1e-3, "uV": 1e-6},
    "field": {"T": 1.0, "mT": 1e-3, "uT": 1e-6, "Oe": 1e-4, "kOe": 0.1, "G": 1e-4},
    "current": {"A": 1.0, "mA": 1e-3, "uA": 1e-6, "nA": 1e-9},
    "temperature": {"K": 1.0},
}
_SI = {"voltage": "V", "field": "T", "current": "A", "temperature": "K"}


def analyse_folder(
    folder: str | Path,
    over: str,
    sample_interval: float | None = None,
    *,
    values: Mapping[str, float] | None = None,
    pattern: str = "*",
    **options: Any,
) -> xarray.Dataset:
    """Analyse all traces of a folder, and tabulate what was found against what was applied.

    The name of each file says what was applied, as a number and its unit: ``trace_-0.35V.csv``, ``2.5mT_run3.npy``,
    ``-12_Oe.parquet``; or `values` does.

    Parameters
    ----------
    folder : path
        With one trace in a file.
    over : {"voltage", "field", "current", "temperature"}
        What was varied.
    sample_interval : float, optional
        Time between samples in s, where the files have no time.
    values : mapping of str to float, optional
        What was applied, in SI units, by name of the file; files that it does not name are left out.
    pattern : str
        Which files, such as ``*.csv``.
    **options
        Passed on to `analyse`, e.g. ``method``, ``levels``, ``detrend``.

    Returns
    -------
    xarray.Dataset
        The quantities of `TelegraphAnalysis.summary` over the dimension that `over` names, rising, their intervals with
        dimension ``bound``, and the names of the files as coordinate ``file``, and the
        seed as an attribute. What cannot be analysed is NaN, and a
        warning says why.

    Raises
    ------
    DataError
        If there are no traces, or a file's name does not say what was applied.

    Warns
    -----
    MtjphysWarning
        One for all files that failed or that `analyse` warned about.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> import numpy as np
    >>> from mtjphys import telegraph
    >>> folder = pathlib.Path(tempfile.mkdtemp())
    >>> for millivolts in (100, 200, 300):
    ...     trace = telegraph.sample(10.0 * millivolts, 2e3, 5e-5, 20_000, seed=millivolts)
    ...     np.save(folder / f"junction_{millivolts}mV.npy", trace.values)
    >>> table = telegraph.analyse_folder(folder, "voltage", sample_interval=5e-5)
    >>> table.voltage.values
    array([0.1, 0.2, 0.3])
    >>> bool((np.diff(table.rate_up) > 0).all())
    True
    """
    as_choice("over", over, _UNITS)
    folder = Path(folder)
    if not folder.is_dir():
        raise DataError(f"{folder}: no such folder; expected one with traces")
    files = sorted(path for path in folder.glob(pattern) if path.is_file() and not path.name.startswith("."))
    if values is not None:
        missing = sorted(set(values) - {path.name for path in files})
        if missing:
            raise ParameterError(f"values names {missing[0]!r}, which is not among the files of {folder}")
        files = [path for path in files if path.name in values]
    if not files:
        raise DataError(f"{folder}: holds no files {pattern!r}; expected traces")
    applied = [_applied(path, over) if values is None else float(values[path.name]) for path in files]
    order = np.argsort(applied, kind="stable")
    options["seed"] = as_seed(options.get("seed", 0))
    table = Table((len(files),))
    for place, number in enumerate(order):
        table.add((place,), files[number].name, files[number], sample_interval, **options)
    coordinates = {
        over: (over, np.array(applied)[order], {"units": _SI[over]}),
        "file": (over, [files[number].name for number in order]),
    }
    return table.dataset((over,), coordinates, "trace", seed=options["seed"])


def _applied(path: Path, over: str) -> float:
    """Return what a file's name says was applied, in SI units."""
    units = "|".join(sorted(_UNITS[over], key=len, reverse=True))
    name = path.stem.replace("\N{MICRO SIGN}", "u").replace("\N{GREEK SMALL LETTER MU}", "u")
    found = re.findall(rf"(?<![\d.A-Za-z])([-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)[ _]?({units})(?![A-Za-z])", name)
    if len(found) != 1:
        raise DataError(
            f"{path}: its name says {len(found)} times what {over} was applied; expected once, such as 0.35"
            f"{_SI[over]}, or give values="
        )
    number, unit = found[0]
    return float(number) * _UNITS[over][unit]

"""Laboratory and simulated traces: an array, its sampling interval, and where it came from.

Every file or array that is not a usable trace is refused with one sentence that names the file, the
line where there is one, what was found and what was expected.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mtjphys.core.errors import DataError

if TYPE_CHECKING:
    import xarray

MINIMUM_SAMPLES = 100
"""Fewest samples that are read as a trace."""

_VARIABLES = ("signal", "voltage", "resistance", "current")
_PREFIXES = {"": 1.0, "n": 1e-9, "u": 1e-6, "µ": 1e-6, "μ": 1e-6, "m": 1e-3, "k": 1e3, "M": 1e6}
_UNITS = {
    "s": "s",
    "sec": "s",
    "V": "V",
    "A": "A",
    "S": "S",
    "ohm": "ohm",
    "Ohm": "ohm",
    "Ω": "ohm",
}
_LANES = ("device", "bias", "replica")


@dataclass(frozen=True)
class Trace:
    """One evenly sampled record.

    Attributes
    ----------
    values : array (samples,)
        What was measured, float64, in `unit`.
    dt : float
        Sampling interval in s.
    unit : str
        SI unit of `values`, empty if the source does not say.
    name : str
        Name of the column or variable.
    source : str
        File or kind of object that the trace was read from.
    """

    values: NDArray[np.float64]
    dt: float
    unit: str = ""
    name: str = "signal"
    source: str = "array"

    @property
    def duration(self) -> float:
        """Length of the record in s."""
        return self.values.size * self.dt


def read_trace(
    path_or_array: Any,
    column: str | int | None = None,
    time_column: str | int | None = None,
    dt: float | None = None,
    *,
    device: int | None = None,
    bias: int | None = None,
    replica: int | None = None,
    minimum_samples: int = MINIMUM_SAMPLES,
) -> Trace:
    """Read one trace from a file or an array.

    Text files (any suffix that is not listed next) hold one column of values, or time and value;
    separators are comma, semicolon, tab or spaces, ``#`` starts a comment, a header line is
    optional and may carry units such as ``time (ms)`` or ``V [mV]``, which are converted to SI.
    ``.parquet`` files are read by column name (``V`` and ``timestep`` of the public recordings of
    Koenders et al. are found without being named), ``.nc`` files are results of `mtjphys.simulate`
    or of the readout, ``.npy`` files hold one array.

    Parameters
    ----------
    path_or_array : path, array (samples,), Trace, xarray.DataArray or xarray.Dataset
        Where the trace comes from.
    column : str or int, optional
        Column or variable with the values; needed where it is not obvious.
    time_column : str or int, optional
        Column with the time in s (or the unit in its header). Whole numbers are taken as sample
        numbers.
    dt : float, optional
        Sampling interval in s; needed where the file has no time. It wins over a time column.
    device, bias, replica : int, optional
        Which lane of a simulated result; needed where it holds more than one.
    minimum_samples : int
        Fewest samples that are accepted.

    Returns
    -------
    Trace
        The values in SI units and their sampling interval.

    Raises
    ------
    DataError
        If the file is missing, empty, truncated or not numeric, holds NaN, is not evenly sampled,
        is constant or too short, or if `dt` is needed and not given.

    Examples
    --------
    >>> import numpy as np
    >>> from mtjphys.laboratory.traces import read_trace
    >>> trace = read_trace(np.sin(np.arange(1000.0)), dt=25e-6)
    >>> trace.values.size, trace.dt
    (1000, 2.5e-05)
    """
    check_interval(dt)
    if isinstance(path_or_array, Trace):
        return path_or_array
    if isinstance(path_or_array, (str, Path)):
        path = Path(path_or_array)
        check_file(path)
        suffix = path.suffix.lower()
        if suffix in (".nc", ".nc4", ".h5", ".hdf5"):
            with open_dataset(path) as dataset:
                block = block_of(
                    dataset, dt, variable=column, device=device, bias=bias, replica=replica,
                    source=str(path), minimum_samples=minimum_samples,
                )  # fmt: skip
            return _one(block)
        if suffix == ".npy":
            return _from_array(_load_npy(path), dt, str(path), minimum_samples)
        if suffix in (".parquet", ".pq"):
            return _from_parquet(path, column, time_column, dt, minimum_samples)
        return _from_text(path, column, time_column, dt, minimum_samples)
    if hasattr(path_or_array, "dims") and hasattr(path_or_array, "coords"):
        block = block_of(
            path_or_array, dt, variable=column, device=device, bias=bias, replica=replica,
            minimum_samples=minimum_samples,
        )  # fmt: skip
        return _one(block)
    return _from_array(path_or_array, dt, "array", minimum_samples)


@dataclass(frozen=True)
class TraceBlock:
    """Replicas of one device at one bias: values (replicas, samples) and what they share."""

    values: NDArray[np.float64]
    dt: float
    unit: str
    name: str
    source: str


def open_dataset(path: str | Path) -> xarray.Dataset:
    """Open a netCDF-4 file, or say in one sentence why it cannot be read."""
    import xarray

    try:
        return xarray.open_dataset(path, engine="h5netcdf")
    except (OSError, ValueError, KeyError) as error:
        raise DataError(
            f"{path}: not a readable netCDF-4 file ({_first_line(error)}); it may be truncated, "
            "write it again with mtjphys"
        ) from None


def block_of(
    data: xarray.DataArray | xarray.Dataset,
    dt: float | None = None,
    *,
    variable: str | int | None = None,
    device: int | None = None,
    bias: int | None = None,
    replica: int | None = None,
    source: str = "dataset",
    minimum_samples: int = MINIMUM_SAMPLES,
) -> TraceBlock:
    """Return all replicas of one device at one bias as a (replicas, samples) array.

    Parameters
    ----------
    data : xarray.DataArray or xarray.Dataset
        Dimensions among ``device, bias, replica, time``; a Dataset may hold several variables.
    dt : float, optional
        Sampling interval in s, if there is no ``time`` coordinate.
    variable : str, optional
        Variable of a Dataset; by default the first of signal, voltage, resistance, current that
        varies.
    device, bias, replica : int, optional
        Index along each dimension; device and bias are needed where there is more than one.
    source : str
        Name used in messages.
    minimum_samples : int
        Fewest samples that are accepted.

    Returns
    -------
    TraceBlock
        The replicas' values, float64.

    Raises
    ------
    DataError
        If a lane has to be chosen, does not exist, or does not hold a usable trace.
    """
    array = _choose_variable(data, variable, source)
    for name, index in zip(_LANES, (device, bias, replica), strict=True):
        if index is not None:
            if name not in array.dims:
                if index != 0:
                    raise DataError(f"{source}: {name}={index} asked for, but there is no {name} dimension")
                continue
            if not 0 <= index < array.sizes[name]:
                raise DataError(f"{source}: {name}={index} is outside [0, {array.sizes[name] - 1}], the lanes stored")
            array = array.isel({name: index})
        elif name in array.dims and name != "replica":
            if array.sizes[name] > 1:
                raise DataError(
                    f"{source}: holds {array.sizes[name]} values of {name!r}; choose one with "
                    f"{name}=0..{array.sizes[name] - 1}, or use analyse_lanes for all"
                )
            array = array.isel({name: 0})
    extra = [str(dim) for dim in array.dims if dim not in ("time", "replica")]
    if extra or "time" not in array.dims:
        raise DataError(
            f"{source}: variable {array.name!r} has dimensions {tuple(array.dims)}; expected "
            "'time' and at most 'device', 'bias', 'replica' (select a component first, e.g. "
            "data['m'].sel(component='x'))"
        )
    if "replica" in array.dims:
        array = array.transpose("replica", "time")
    values = np.atleast_2d(np.asarray(array.values, dtype=np.float64))
    if dt is None:
        if "time" not in array.coords:
            raise DataError(f"{source}: there is no time coordinate; pass the sampling interval dt in s")
        dt = time_interval(np.asarray(array["time"].values, dtype=np.float64), source, "time")
    for row in values:
        check_values(row, source, minimum_samples, constant=values.shape[0] == 1)
    if values.min() == values.max():
        raise DataError(_constant(source, values.flat[0]))
    unit = str(array.attrs.get("units", ""))
    return TraceBlock(values, dt, unit, str(array.name or "signal"), source)


def check_values(
    values: NDArray[np.float64],
    source: str,
    minimum_samples: int = MINIMUM_SAMPLES,
    *,
    constant: bool = True,
) -> None:
    """Refuse a trace that is too short, not finite or constant, naming the offending sample."""
    if values.size < minimum_samples:
        raise DataError(
            f"{source}: holds {values.size} samples; expected at least {minimum_samples}, record for longer"
        )
    if not np.isfinite(values.sum()):
        bad = np.flatnonzero(~np.isfinite(values))
        if bad.size:
            raise DataError(
                f"{source}: sample {bad[0]} is {values[bad[0]]} ({bad.size} of {values.size} "
                "samples are not finite); expected finite numbers, cut these samples out or "
                "record again"
            )
    if constant and values.min() == values.max():
        raise DataError(_constant(source, values[0]))


def check_interval(dt: float | None) -> None:
    """Refuse a sampling interval that is not a positive number of seconds."""
    if dt is None:
        return
    if isinstance(dt, bool) or not isinstance(dt, (int, float, np.integer, np.floating)):
        raise DataError(f"dt={dt!r} is not a number; give the sampling interval in s, e.g. 25e-6")
    if not (np.isfinite(dt) and dt > 0):
        raise DataError(f"dt={dt!r} s is outside (0, inf) s; give the sampling interval, e.g. 25e-6")


def _constant(source: str, value: float) -> str:
    return f"{source}: every sample is {value:g}; expected a signal that varies, check the channel"


def _one(block: TraceBlock) -> Trace:
    if block.values.shape[0] > 1:
        raise DataError(
            f"{block.source}: holds {block.values.shape[0]} replicas; choose one with "
            f"replica=0..{block.values.shape[0] - 1}"
        )
    return Trace(block.values[0], block.dt, block.unit, block.name, block.source)


def _choose_variable(data: Any, variable: str | int | None, source: str) -> xarray.DataArray:
    if not hasattr(data, "data_vars"):
        return data
    names = [str(name) for name in data.data_vars]
    if variable is not None:
        if variable not in names:
            raise DataError(f"{source}: no variable {variable!r}; it holds {', '.join(names) or 'none'}")
        return data[variable]
    known = [name for name in _VARIABLES if name in names and "time" in data[name].dims]
    for name in known:
        # the junction's voltage is constant behind a stiff source; the resistance then carries the
        # signal
        if float(data[name].max()) > float(data[name].min()):
            return data[name]
    scalar = [name for name in names if set(data[name].dims) <= {*_LANES, "time"} and "time" in data[name].dims]
    if known or len(scalar) == 1:
        return data[(known or scalar)[0]]
    raise DataError(f"{source}: cannot tell which variable to read; choose one of {', '.join(names) or 'none'}")


def check_file(path: Path) -> None:
    """Raise unless `path` is a file that is not empty."""
    if not path.exists():
        raise DataError(f"{path}: no such file")
    if path.is_dir():
        raise DataError(f"{path}: is a folder; expected a file with a trace")
    try:
        with path.open("rb") as handle:
            if not handle.read(1):
                raise DataError(f"{path}: the file is empty; expected at least {MINIMUM_SAMPLES} samples")
    except PermissionError:
        raise DataError(f"{path}: permission denied; make the file readable") from None


def _first_line(error: BaseException) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]


def _load_npy(path: Path) -> NDArray[Any]:
    try:
        return np.load(path, allow_pickle=False)
    except (ValueError, OSError, EOFError) as error:
        raise DataError(f"{path}: not a readable .npy array ({_first_line(error)})") from None


def _from_array(array: ArrayLike, dt: float | None, source: str, minimum_samples: int) -> Trace:
    values = as_floats(array, source)
    if values.ndim != 1:
        raise DataError(f"{source}: has shape {values.shape}; expected one dimension, (samples,)")
    check_values(values, source, minimum_samples)
    if dt is None:
        raise DataError(f"{source}: an array has no time; pass the sampling interval dt in s")
    return Trace(values, float(dt), source=source)


def as_floats(array: ArrayLike, source: str) -> NDArray[np.float64]:
    """Return `array` as contiguous float64, or say what it holds instead of real numbers."""
    raw = np.asarray(array)
    if raw.dtype.kind not in "fiub":
        raise DataError(f"{source}: holds {raw.dtype} elements; expected real numbers")
    return np.ascontiguousarray(raw, dtype=np.float64)


def _from_parquet(
    path: Path,
    column: str | int | None,
    time_column: str | int | None,
    dt: float | None,
    minimum_samples: int,
) -> Trace:
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError:
        raise DataError(f'{path}: reading parquet needs pyarrow; install it with pip install "mtjphys[data]"') from None
    try:
        names = list(pyarrow.parquet.read_schema(path).names)
        value_at, time_at = find_columns(path, names, column, time_column)
        wanted = [names[value_at]] + ([names[time_at]] if time_at is not None and dt is None else [])
        table = pyarrow.parquet.read_table(path, columns=wanted)
    except (pyarrow.ArrowException, OSError) as error:
        raise DataError(f"{path}: not a readable parquet file ({_first_line(error)}); it may be truncated") from None

    def numbers(name: str) -> NDArray[Any]:
        chunked = table.column(name)
        if chunked.null_count:
            raise DataError(
                f"{path}: column {name!r} has {chunked.null_count} missing values; expected none, cut them out"
            )
        array = chunked.to_numpy()
        if array.dtype.kind not in "fiub":
            raise DataError(f"{path}: column {name!r} holds {chunked.type}; expected numbers")
        return array

    name, unit, factor = split_unit(names[value_at])
    values = as_floats(numbers(names[value_at]), str(path)) * factor
    check_values(values, str(path), minimum_samples)
    if dt is None:
        if time_at is None:
            raise DataError(f"{path}: there is no time column; pass the sampling interval dt in s")
        dt = column_interval(numbers(names[time_at]), names[time_at], str(path))
    return Trace(values, float(dt), unit, name, str(path))


_HEADER = re.compile(r"^(?P<name>.*?)\s*(?:[\[(](?P<bracket>[^\])]*)[\])]|_(?P<suffix>[^\W_]+))?$")


def split_unit(header: str) -> tuple[str, str, float]:
    """Split ``V (mV)``, ``time [us]`` or ``time_ms`` into name, SI unit and factor to SI."""
    match = _HEADER.match(header.strip())
    text = (match["bracket"] or match["suffix"] or "").strip() if match else ""
    for symbol, unit in _UNITS.items():
        prefix = text.removesuffix(symbol)
        if text.endswith(symbol) and prefix in _PREFIXES and match:
            return match["name"].strip() or header, unit, _PREFIXES[prefix]
    name = header.strip()
    return name, _UNITS.get(name, ""), 1.0


def find_columns(
    path: Path, names: Sequence[str], column: str | int | None, time_column: str | int | None
) -> tuple[int, int | None]:
    """Find the value and the time column among `names`."""
    listing = ", ".join(repr(name) for name in names)

    def find(key: str | int, what: str) -> int:
        if isinstance(key, int) and not isinstance(key, bool):
            if not 0 <= key < len(names):
                raise DataError(f"{path}: {what}={key} is outside [0, {len(names) - 1}], the columns there are")
            return key
        for k, name in enumerate(names):
            if key in (name, split_unit(name)[0]):
                return k
        raise DataError(f"{path}: no column {key!r}; the columns are {listing}")

    time_at = find(time_column, "time_column") if time_column is not None else None
    value_at = find(column, "column") if column is not None else None
    if time_at is None:
        for k, name in enumerate(names):
            short = split_unit(name)[0].lower()
            if k != value_at and (short.startswith("time") or short == "t"):
                time_at = k
                break
    if value_at is None:
        rest = [k for k in range(len(names)) if k != time_at]
        voltage = [k for k in rest if names[k] == "V"]
        if len(rest) == 2 and time_at is None and len(names) == 2 and not voltage:
            return 1, 0
        if len(rest) != 1 and len(voltage) != 1:
            raise DataError(f"{path}: cannot tell which column holds the trace; choose one of {listing}")
        value_at = rest[0] if len(rest) == 1 else voltage[0]
    return value_at, time_at


def column_interval(time: NDArray[Any], header: str, source: str) -> float:
    """Return the sampling interval in s of a column of times."""
    if time.dtype.kind in "iub":
        raise DataError(
            f"{source}: column {header!r} counts samples and does not say how long one is; pass "
            "the sampling interval dt in s"
        )
    return time_interval(time.astype(np.float64) * split_unit(header)[2], source, header)


def time_interval(time: NDArray[np.float64], source: str, name: str, lines: NDArray[np.int64] | None = None) -> float:
    """Return the spacing of an evenly sampled time axis in s, or name the first uneven step."""

    def where(k: int) -> str:
        return f"line {lines[k]}" if lines is not None else f"sample {k}"

    if not np.isfinite(time.sum()):
        k = int(np.flatnonzero(~np.isfinite(time))[0])
        raise DataError(f"{source}: {where(k)}: {name} is {time[k]}; expected a finite time in s")
    steps = np.diff(time)
    typical = float(np.median(steps))
    if not typical > 0:
        raise DataError(f"{source}: {name} does not increase (typical step {typical:g} s); expected rising times")
    # 5 % leaves room for times printed with few digits; a lost sample is 100 %
    bad = np.flatnonzero(np.abs(steps - typical) > 0.05 * typical)
    if bad.size:
        k = int(bad[0])
        raise DataError(
            f"{source}: {where(k + 1)}: {name} advances by {steps[k]:g} s where {typical:g} s is "
            "usual; expected even sampling, resample or cut the record, or pass dt to ignore the "
            "times"
        )
    return float((time[-1] - time[0]) / (time.size - 1))


def _split(line: str, separator: str | None) -> list[str]:
    return [field.strip() for field in line.split(separator)]


def _from_text(
    path: Path,
    column: str | int | None,
    time_column: str | int | None,
    dt: float | None,
    minimum_samples: int,
) -> Trace:
    """Read the text file at C speed; on any fault go through it line by line to name the line."""
    try:
        with path.open(encoding="utf-8-sig") as handle:
            header, separator, width, skip = read_header(path, handle)
    except UnicodeDecodeError:
        raise DataError(f"{path}: not a text file; expected CSV, or one of the suffixes .parquet, .nc, .npy") from None
    names = header or [str(k) for k in range(width)]
    if header is None and column is None and width > 2:
        raise DataError(f"{path}: has {width} columns and no header; choose one with column=0..{width - 1}")
    value_at, time_at = find_columns(path, names, column, time_column)
    if dt is not None:
        time_at = None
    use = [value_at] if time_at is None else [value_at, time_at]
    try:
        # every column is parsed, so that a truncated row is found wherever it breaks off
        table = np.loadtxt(path, delimiter=separator, skiprows=skip, ndmin=2, encoding="utf-8-sig")
        if table.shape[1] != width or not np.isfinite(table[:, use].sum()):
            raise ValueError("unequal rows or values that are not finite")
    except (ValueError, UnicodeDecodeError, OverflowError):
        table = _read_slowly(path, separator, width, skip, use)
    name, unit, factor = split_unit(names[value_at]) if header else ("signal", "", 1.0)
    values = np.ascontiguousarray(table[:, value_at]) * factor
    check_values(values, str(path), minimum_samples)
    if dt is None:
        if time_at is None:
            raise DataError(f"{path}: one column and no time; pass the sampling interval dt in s")
        label = names[time_at] if header else "time"
        factor = split_unit(label)[2]
        try:
            dt = time_interval(table[:, time_at] * factor, str(path), label)
        except DataError:
            lines = _data_lines(path, skip)
            dt = time_interval(table[:, time_at] * factor, str(path), label, lines)
    return Trace(values, float(dt), unit, name, str(path))


def read_header(path: Path, handle: Any) -> tuple[list[str] | None, str | None, int, int]:
    """Return header names (or None), separator, number of columns, lines to skip."""
    header: list[str] | None = None
    skip = 0
    for number, raw in enumerate(handle, start=1):
        line = raw.split("#", 1)[0].strip("\r\n")
        if not line.strip():
            continue
        separator = next((mark for mark in (",", ";", "\t") if mark in line), None)
        fields = _split(line, separator)
        if all(_is_number(field) for field in fields):
            if header is not None and len(header) != len(fields):
                raise DataError(f"{path}: line {number}: {len(fields)} columns where the header names {len(header)}")
            return header, separator, len(fields), skip
        if header is not None or (any(_is_number(field) for field in fields) and len(fields) < 3):
            bad = next(field for field in fields if not _is_number(field))
            raise DataError(f"{path}: line {number}: found {bad!r}; expected a number")
        if separator is None:  # "time (ms)  V (mV)": a unit belongs to the name before it
            fields = re.split(r"\s+(?![\[(])", line.strip())
        header, skip = fields, number
    raise DataError(f"{path}: holds no numbers; expected at least {MINIMUM_SAMPLES} samples, one per line")


def _is_number(field: str) -> bool:
    try:
        float(field)
    except ValueError:
        return False
    return True


def _read_slowly(path: Path, separator: str | None, width: int, skip: int, use: Sequence[int]) -> NDArray[np.float64]:
    rows = []
    with path.open(encoding="utf-8-sig", errors="replace") as handle:
        for number, raw in enumerate(handle, start=1):
            line = raw.split("#", 1)[0].strip("\r\n")
            if number <= skip or not line.strip():
                continue
            fields = _split(line, separator)
            if len(fields) != width or "" in fields:
                found = sum(field != "" for field in fields)
                raise DataError(
                    f"{path}: line {number}: found {found} of {width} columns; expected {width}, "
                    "the row is truncated or the separator changes"
                )
            row = []
            for field in fields:
                if not _is_number(field):
                    raise DataError(f"{path}: line {number}: found {field!r}; expected a number")
                row.append(float(field))
            if not all(np.isfinite(row[k]) for k in use):
                raise DataError(
                    f"{path}: line {number}: found {line.strip()!r}; expected finite numbers, cut this line out"
                )
            rows.append(row)
    return np.array(rows)


def _data_lines(path: Path, skip: int) -> NDArray[np.int64]:
    with path.open(encoding="utf-8-sig") as handle:
        return np.array(
            [number for number, raw in enumerate(handle, start=1) if number > skip and raw.split("#", 1)[0].strip()]
        )

"""One ``[[measurement]]`` of a description to measurements: its files, columns, conditions and data."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np

from mtjphys.calibration.files.columns import Choice, choices_of, contradiction, find_choice, read_choices, with_place
from mtjphys.calibration.files.devices import MARK, of_device, rows_of
from mtjphys.calibration.files.kinds import (
    COMPONENTS,
    QUANTITIES,
    TIME,
    Slot,
    is_trace,
    kinds,
    slots_of,
    slots_of_record,
)
from mtjphys.calibration.files.numbers import direction_of, in_si
from mtjphys.calibration.files.plausibility import check_repeats, check_trace, unusual
from mtjphys.calibration.files.sources import Source, conditions_in, find_sources
from mtjphys.calibration.measurements import Measurement
from mtjphys.core.errors import DataError, MtjphysWarning, ParameterError
from mtjphys.core.parameters import known_instead
from mtjphys.core.quantity import Quantity
from mtjphys.core.units import Unit, si_name, unit_of
from mtjphys.laboratory.tables import TableFile, open_table
from mtjphys.laboratory.traces import read_trace

_OWN = ("kind", "file", "columns")
"""What a description has that measurements have not."""


def read_measurements(where: str, folder: Path, table: dict[str, Any], device: str | None = None) -> list[Measurement]:
    """Return the measurements that a table of a description stands for, one for each of its files.

    Parameters
    ----------
    where : str
        How messages name it.
    folder : Path
        What names of files are relative to.
    table : dict
        As it stands in the TOML file.
    device : str, optional
        Which one, of a table that stands for several; a device need not have them all.

    Raises
    ------
    ParameterError, DataError
        If something in it or in a file is wrong.
    """
    if "kind" not in table:
        raise ParameterError(f"{where}: has no kind; give one of {', '.join(kinds())}")
    name = table["kind"]
    if not isinstance(name, str) or name not in kinds():
        raise ParameterError(f"{where}: kind={name!r} is unknown; {known_instead(str(name), kinds())}")
    kind = kinds()[name]
    slots = slots_of(kind)
    where = f"{where} ({name})"
    extra = {TIME.name: TIME} if is_trace(kind) else {}
    for key in table:
        if key not in (*_OWN, *slots):
            raise ParameterError(f"{where}: {key}: unknown; {known_instead(key, (*_OWN, *slots))}")
    marked, (table, named) = MARK in str(table.get("file", "")), of_device(where, table, device)
    choices = choices_of(where, slots | extra, table.get("columns", {}))
    if choices and "file" not in table:
        raise ParameterError(f'{where}: columns of which file? write file = "..." beside them')
    for choice in choices:
        if choice.slot.name in table:
            raise ParameterError(f"{where}: {choice.slot.name} is given twice, by itself and in columns; leave one out")
    if "file" not in table:
        return [_made(where, kind, slots, table, None, {}, set())]
    if not isinstance(table["file"], str):
        raise ParameterError(f'{where}: file={table["file"]!r} is not a name; write file = "data.csv"')
    for condition, unit in conditions_in(table["file"]):
        if condition not in slots:
            raise ParameterError(f"{where}: {{{condition}}} in file: unknown; {known_instead(condition, slots)}")
        if condition == "field":
            raise ParameterError(f"{where}: field is a vector; write {{field_x:{unit}}} in file, or field_y, field_z")
        if condition in table or any(choice.slot.name == condition for choice in choices):
            raise ParameterError(f"{where}: {condition} is given twice, once by the file's name; leave one out")
    try:
        sources = find_sources(where, folder, table["file"])
    except DataError:
        if marked:
            return []
        raise
    made = [_of_file(where, kind, slots, table, choices, source, (named, device)) for source in sources]
    return [one for one in made if one is not None]


def _of_file(
    where: str,
    kind: type[Measurement],
    slots: dict[str, Slot],
    table: dict[str, Any],
    choices: list[Choice],
    source: Source,
    device: tuple[str | None, str | None],
) -> Measurement | None:
    label = table.get("label", source.path.stem)
    held = {**table, **source.conditions, "label": label}
    if is_trace(kind):
        values, told = _trace(where, slots, held, choices, source.path)
        record = slots_of_record(slots, values.get("quantity", held.get("quantity", "voltage")))
        return _made(f"{where}: {source.path}", kind, record, held, None, values, told)
    content, (column, name) = open_table(source.path), device
    if column is not None and name is not None:
        rows = rows_of(content, column, name)
        if rows is None:
            return None
        content = rows
    told = {choice.slot.name for choice in choices if find_choice(str(source.path), content, choice).told}
    values = read_choices(str(source.path), content, choices)
    return _made(f"{where}: {source.path}", kind, slots, held, content, values, told)


def _trace(
    where: str, slots: dict[str, Slot], table: dict[str, Any], choices: list[Choice], path: Path
) -> tuple[dict[str, Any], set[str]]:
    """Return a record in SI with its time, and whether its units are told."""
    by = {choice.slot.name: choice for choice in choices}
    other = sorted(set(by) - {"values", "time"})
    if other:
        raise ParameterError(f"{where}: columns.{other[0]}: a trace has columns.values and columns.time alone")
    interval = in_si(where, slots["sample_interval"], table["sample_interval"]) if "sample_interval" in table else None
    value, time = by.get("values"), by.get("time")
    read = read_trace(
        path, value.key if value else None, time.key if time else None, None if interval is None else float(interval)
    )
    values, step, unit = read.values, read.sample_interval, read.unit
    if value and (scale := _scale(where, path, value)):
        values, unit = scale.to_si(values), si_name(scale)
    if time and interval is None and (scale := _scale(where, path, time)):
        step = scale.to_si(step)
    told = {"sample_interval"} if interval is not None or (time and time.unit) else set()
    told |= {"values"} if unit or table.get("quantity", "voltage") != "voltage" else set()
    made = {"values": values, "sample_interval": step}
    if "quantity" not in table and unit in QUANTITIES:
        made["quantity"] = QUANTITIES[unit]
    check_trace(str(path), values, step)
    return made, told


def _scale(where: str, path: Path, choice: Choice) -> Unit | None:
    """Return the unit that a description gives for a column, or None where that is the file's own."""
    if choice.unit is None:
        return None
    try:
        unit = unit_of(choice.unit)
    except ParameterError as error:
        raise ParameterError(f"{where}: columns.{choice.slot.name}: {error}") from None
    si = "s" if choice.slot.name == "time" else si_name(unit)
    slot = Slot(choice.slot.name, Quantity(si, -1e300, 1e300))
    column, *_ = find_choice(where, open_table(path), choice._replace(slot=slot))
    if not column.stated:
        return unit
    if unit_of(column.stated) != unit:  # by which the trace has been converted already
        raise contradiction(where, choice, column)
    return None


def _made(
    where: str,
    kind: type[Measurement],
    slots: dict[str, Slot],
    table: dict[str, Any],
    content: TableFile | None,
    values: dict[str, Any],
    told: set[str],
) -> Measurement:
    """Return the measurement of what a file and its description give."""
    values, of_file = dict(values), set(values) | {"switched"}
    for name, given in table.items():
        if name in _OWN or name in values:
            continue
        slot = slots[name]
        if slot.quantity is None:
            values[name] = given
            continue
        values[name] = _field(where, slot, given) if name == "field" else in_si(where, slot, given)
        if _has_unit(given):
            told.add(name)
    if "voltage" not in values and "current" not in values:
        raise ParameterError(
            f'{where}: says neither voltage nor current; write voltage = "50 mV" (or 0), or columns.voltage = "..."'
        )
    if "voltage" in values and "current" in values:
        raise ParameterError(f"{where}: voltage and current are both given; leave one out, as a source has one")
    _join_components(where, values)
    told |= {"field"} if told & set(COMPONENTS) else set()
    if "probability" in values:
        _count(where, values)
    remarks = unusual(where, values, told)
    if content is not None and "dwell" not in slots:  # a sweep comes back to where it was
        check_repeats(where, {k: v for k, v in values.items() if isinstance(v, np.ndarray)}, content.place)
    try:
        made = _of_sweeps(where, kind, values) if "switching_field" in values else kind(**values)
    except (ParameterError, DataError) as error:
        text = str(error).removeprefix(f"{kind.kind} {values['label']!r}: " if "label" in values else f"{kind.kind}: ")
        raise type(error)(f"{where}: {with_place(text, content, of_file)}") from None
    for remark in remarks:
        warnings.warn(remark, MtjphysWarning, stacklevel=2)
    return made


def _has_unit(given: Any) -> bool:
    if isinstance(given, dict):
        return "unit" in given or _has_unit(given.get("value", given.get("values", 0)))
    return any(map(_has_unit, given)) if isinstance(given, list) else isinstance(given, str)


def _field(where: str, slot: Slot, given: Any) -> Any:
    """Return a field of three numbers, of three for each point, or of numbers along a direction."""
    if not isinstance(given, dict) or "along" not in given:
        return in_si(where, slot, given)
    direction = direction_of(f"{where}: field", given["along"])
    size = in_si(where, slot, {key: value for key, value in given.items() if key != "along"})
    return np.multiply.outer(size, direction)


def _join_components(where: str, values: dict[str, Any]) -> None:
    """Make a vector of components."""
    components = [name for name in COMPONENTS if name in values]
    if not components:
        return
    if "field" in values:
        raise ParameterError(f"{where}: field and {components[0]} are both given; leave one out")
    parts = np.broadcast_arrays(*(values.pop(name, 0.0) for name in COMPONENTS))
    values["field"] = np.stack(parts, axis=-1)


def _of_sweeps(where: str, kind: type[Measurement], values: dict[str, Any]) -> Measurement:
    """Return the measurement of single switching fields."""
    for name in ("switched", "sweeps", "dwell"):
        if name in values:
            raise ParameterError(f"{where}: switching_field and {name} are both given; leave one out")
    for name in ("start", "rate"):
        if np.size(values.get(name, ())) != 1:
            raise ParameterError(f"{where}: {name} is missing beside switching_field; give one number with its unit")
    values["along"] = direction_of(f"{where}: along", values.get("along", "z"))
    for name in set(values) - {"switching_field", "along"}:
        rows = np.reshape(values[name], (-1, 3)) if name == "field" else np.ravel(values[name])
        if (rows != rows[0]).any():
            raise ParameterError(f"{where}: {name} varies; give the sweeps of each condition as a measurement")
        values[name] = rows[0]
    values |= {name: float(values[name]) for name in ("start", "rate")}
    return kind.of_switching_fields(**values)  # type: ignore[attr-defined]


def _count(where: str, values: dict[str, Any]) -> None:
    """Make numbers of trials that switched of probabilities."""
    if "switched" in values or "trials" not in values:
        raise ParameterError(
            f"{where}: probability goes with trials, and without switched; give probability and trials"
        )
    share, trials = np.broadcast_arrays(values.pop("probability"), values["trials"])
    for position in np.flatnonzero(~((share >= 0.0) & (share <= 1.0)))[:1]:
        number = float(share.flat[position])
        likely = 'unit = "%" if it is in percent' if 1.0 < number <= 100.0 else "the column of the probability"
        raise DataError(f"{where}: probability[{position}]={number:g} is outside [0, 1]; give {likely}")
    values["switched"] = np.round(share * trials)

"""A description to start from, made of the files at hand: columns found, roles guessed, the rest as comments."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Sequence
from pathlib import Path

from mtjphys.calibration.files.guessing import Guess, guess
from mtjphys.calibration.files.kinds import COMPONENTS, TIME, Slot, kinds, slots_of
from mtjphys.core.errors import ParameterError
from mtjphys.core.files import write_text
from mtjphys.core.units import si_name, unit_of
from mtjphys.junction import presets
from mtjphys.laboratory.tables import Column, TableFile, open_table

_HEAD = """# A laboratory: its measurements, and where the fit of a junction starts.
# Numbers are in SI, or texts with a unit: "50 mV", "100 Oe", "27 degC". A column whose file does not tell its unit is
# written {column = "t", unit = "ns"}. Lines that begin with # are not read: what is right in them, uncomment.

[junction]
# preset = "PRESET"
#   one of: PRESETS
# file = "junction.toml"
# barrier.resistance_area_product = "15 Ohm um2"    # in place of its own; likewise any other number

[fit]
# free = ["free_layer.damping"]    # parameters; without this line, what the data can tell
#   also conditions that are not known, of all measurements or of those with a label: "offset.field.x[bias 3]"
# ranges = {"free_layer.damping" = [0.005, 0.05]}
# seed = 0
"""
_EXAMPLES = {"V": '"50 mV"', "A": '"10 uA"', "K": '"300 K"', "ohm": '"1 kohm"', "s": '"10 ns"', "Hz": '"1 GHz"'}
_EXAMPLES |= {"T": '"-20 mT"', "T/s": '"10 mT/s"'}
_TEXTS = {"initial": '"antiparallel"', "state": '"parallel"', "parallel": '"low"', "label": '"pad 4"'}
_TEXTS |= {"along": '"z"', "quantity": '"voltage"', "level_error": "1e-3", "quantisation": "1e-4"}
_NUMBER = re.compile(r"((?:(?<=[_= ])[-+])?\d+(?:[.p]\d+)?)([A-Za-z]*)")
_CONDITIONS = {"V": "voltage", "A": "current", "T": "field_x", "K": "temperature"}


def write_template(files: Sequence[str | Path], output: str | Path, *, overwrite: bool = False) -> None:
    r"""Write a description of some files, to be completed by hand.

    Parameters
    ----------
    files : sequence of str or Path
        Data of any kind that `mtjphys.laboratory.tables.open_table` reads.
    output : str or Path
        The TOML file to write; names in it are relative to its folder.
    overwrite : bool
        Whether an existing one may be replaced.

    Raises
    ------
    DataError
        If a file is not readable.
    ParameterError
        If there are no files, or the output exists.

    Examples
    --------
    >>> import tempfile, pathlib
    >>> from mtjphys.calibration.files import write_template
    >>> folder = pathlib.Path(tempfile.mkdtemp())
    >>> _ = (folder / "pulses.csv").write_text("t (ns),k,n\n0.5,17,1000\n1.0,480,1000\n")
    >>> write_template([folder / "pulses.csv"], folder / "LAB.toml")
    >>> print((folder / "LAB.toml").read_text().partition("[[measurement]]")[2][:105])
    <BLANKLINE>
    kind = "switching_probability"
    file = "pulses.csv"
    columns.duration = "t (ns)"    # ns, as the file says
    """
    output = Path(output)
    if not files:
        raise ParameterError("a template is made of files; name some, such as data/*.csv")
    if output.exists() and not overwrite:
        raise ParameterError(f"{output}: exists already; give another name, or say overwrite to replace it")
    tables = [open_table(path) for path in files]
    guesses = [guess(table) for table in tables]
    names = [Path(os.path.relpath(table.path, output.parent)).as_posix() for table in tables]
    sections = [_HEAD.replace("PRESETS", ", ".join(presets.names())).replace("PRESET", presets.names()[0])]
    done: set[int] = set()
    for k in range(len(tables)):
        if k not in done:
            alike = [j for j in range(k, len(tables)) if _alike(guesses[k], guesses[j])]
            group = [j for j in alike if j == k or _skeleton(names[j]) == _skeleton(names[k])]
            pattern = _pattern([names[j] for j in group])
            done |= set(group) if pattern else {k}
            sections.append(_section(pattern or names[k], tables[k], guesses[k], len(group) if pattern else 1))
    write_text(output, "\n".join(sections))


def _section(name: str, table: TableFile, found: Guess | None, files: int) -> str:
    """Return the lines of one file, or of all that a pattern stands for."""
    rows = "" if table.count is None else f", {table.count} rows"
    lines = [f"# {name}: {files} files" if files > 1 else f"# {name}{rows}"]
    if found is None or found.kind not in kinds():
        lines += [
            "# What it holds could not be guessed.",
            "# [[measurement]]",
            f"# kind = {_quoted(next(iter(kinds())))}    # one of: {', '.join(kinds())}",
            f"# file = {_quoted(name)}",
            *(f"# columns.NAME = {_spec(column, table)}" for column in table.columns),
        ]
        return "\n".join(lines) + "\n"
    slots = {TIME.name: TIME} | slots_of(kinds()[found.kind])
    lines += ["[[measurement]]", f"kind = {_quoted(found.kind)}", f"file = {_quoted(name)}"]
    in_name = [part.partition(":")[0] for part in re.findall(r"\{([^}]*)\}", name)]
    for role in (name for name in slots if name in found.columns):
        column = found.columns[role]
        unit = slots[role].unit.split(" or ")[0]
        spec = _spec(column, table, role)
        stated = column.certain or (column.unit and column.unit in (slots[role].unit or column.unit).split(" or "))
        remark = f"{column.stated}, as the file says" if stated else ""
        if role == "values" and not stated:
            remark = 'the file tells no unit; if not V, {column = ..., unit = "mV"}'
        elif unit and not stated:
            remark = f'taken in {unit}, for the file tells no unit; else {{column = ..., unit = "..."}}'
        lines.append(f"columns.{role} = {spec}" + (f"    # {remark}" if remark else ""))
    for column in table.columns:
        if column not in found.columns.values() and not column.numbering:
            lines.append(f"# columns.NAME = {_spec(column, table)}    # not used")
    for header, word in table.words.items():
        lines.append(f"# columns.device = {_quoted(header)}    # if {_quoted(word)} names one of many devices")
    used = {*found.columns, *in_name}
    lines += [_comment(slot) for slot in slots.values() if not _done(slot.name, used)]
    return "\n".join(lines) + "\n"


def _done(name: str, used: set[str]) -> bool:
    """Return whether nothing needs to be said of a slot."""
    field = {"field", *COMPONENTS}
    switched = {"switched", "probability"}
    of_sweeps = {"switched", "sweeps", "dwell"}
    return (
        name in used
        or (name in ("voltage", "current") and bool({"voltage", "current"} & used))
        or name in ("values", "time")
        or (name == "sample_interval" and "time" in used)
        or (name in COMPONENTS)
        or (name in field and bool(field & used))
        or (name in switched and bool(switched & used))
        or (name in of_sweeps and "switching_field" in used)
    )


def _comment(slot: Slot) -> str:
    """Return a line that says what may stand in a slot."""
    if slot.name == "field":
        example = '[0, 0, "20 mT"]'
    elif slot.name in _TEXTS and (slot.quantity is None or not slot.unit):
        example = _TEXTS[slot.name]
    else:
        example = _EXAMPLES.get(slot.unit, "1000" if not slot.unit else f'"1 {slot.unit.split(" or ")[0]}"')
    return f"# {slot.name} = {example}" + (f"    # {slot.meaning}" if slot.meaning else "")


def _spec(column: Column, table: TableFile, role: str = "") -> str:
    """Return a column as a description names it."""
    same = sum(other.header == column.header for other in table.columns)
    key = _quoted(column.header) if table.named and same == 1 else str(column.place)
    return f'{{column = {key}, along = "x"}}' if role == "field" else key


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _alike(one: Guess | None, other: Guess | None) -> bool:
    return one is not None and one == other


def _skeleton(name: str) -> str:
    return _NUMBER.sub(lambda match: f"#{match[2]}", name)


def _pattern(names: list[str]) -> str | None:
    """Return names that differ by numbers with units as one pattern, ``trace_{voltage:mV}.csv``, if they are that."""
    if len(names) < 2:
        return None
    rows = [list(_NUMBER.finditer(name)) for name in names]
    text, at, used = "", 0, set()
    for column in zip(*rows, strict=True):
        if len({match[1] for match in column}) == 1:
            continue
        unit = column[0][2]
        try:
            role = _CONDITIONS.get(si_name(unit_of(unit)), "") if unit else ""
        except ParameterError:
            return None
        if not role or role in used:
            return None
        used.add(role)
        text += f"{names[0][at : column[0].start()]}{{{role}:{unit}}}{unit}"
        at = column[0].end()
    return text + names[0][at:] if used else None

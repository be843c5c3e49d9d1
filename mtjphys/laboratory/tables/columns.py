"""The columns of a table: what their headers tell, and how they are found by name."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mtjphys.core.errors import DataError, ParameterError
from mtjphys.core.parameters import known_instead
from mtjphys.core.unit_text import Unit, si_name, unit_of

Floats = NDArray[np.float64]

_SUFFIX = re.compile(r"_((?:[^\W_]+_per_)?[^\W\d_][^\W_]*)$")
_LETTERS = frozenset("sVAKTS")
"""Units of one letter that a name may end in; ``R_m`` and ``H_C`` are no metres and degrees."""
_NUMBERING = re.compile(r"(?:index|sequence|sample(?: number| no\.?)?|points?|nr\.?|no\.?|#)", re.IGNORECASE)


@dataclass(frozen=True)
class Column:
    """A column of numbers: its place, its header, and what that tells.

    Attributes
    ----------
    place : int
        Number in its file, from 0.
    header, name : str
        As it stands in the file, and without the unit.
    stated : str
        Unit as the file writes it; empty where it tells none.
    numbering : bool
        Whether it only counts the rows.
    """

    place: int
    header: str
    name: str
    stated: str = ""
    numbering: bool = False

    @classmethod
    def of(cls, place: int, header: str, stated: str = "", *, whole: bool = False) -> Column:
        """Return the column of a header, and of a unit that stands elsewhere; `whole` numbers do not tell a time."""
        counts = whole or any(_NUMBERING.fullmatch(text.strip()) for text in (header, stated))
        name, unit = (header.strip(), stated) if is_unit(stated) else split_unit(header)
        return cls(place, header, name, unit, counts)

    @property
    def unit(self) -> str:
        """SI unit, empty if it is not known."""
        return si_name(self._scale) if self.stated else ""

    @property
    def _scale(self) -> Unit:
        return unit_of(self.stated) if self.stated else Unit()

    def to_si(self, values: Floats) -> Floats:
        """Return values as they stand in the file in SI."""
        return self._scale.to_si(values) if self.stated else values


def is_unit(text: str) -> bool:
    """Return whether a text is a unit."""
    try:
        unit_of(text)
    except ParameterError:
        return False
    return bool(text.strip())


def split_unit(header: str) -> tuple[str, str]:
    """Split a header into name and unit, as the laboratory writes it.

    >>> split_unit("V (mV)"), split_unit("time_ms"), split_unit("t / ns"), split_unit("Ms_A_per_m"), split_unit("T_c")
    (('V', 'mV'), ('time', 'ms'), ('t', 'ns'), ('Ms', 'A/m'), ('T_c', ''))
    """
    text = header.strip()
    if text[-1:] in (")", "]"):
        for opening in (k for k, letter in enumerate(text) if letter in "(["):
            inside = text[opening + 1 : -1]
            if is_unit(inside):
                return text[:opening].strip() or text, inside.strip()
    for mark in (" / ", ", "):
        name, _, unit = text.rpartition(mark)
        if name and is_unit(unit):
            return name.strip(), unit.strip()
    if suffix := _SUFFIX.search(text):
        unit = suffix[1].replace("_per_", "/")
        if (unit in _LETTERS or len(unit) > 1) and unit != "min" and is_unit(unit):
            return text[: suffix.start()].strip("_ ") or text, unit
    if (text in "sVAS" or (len(text) > 1 and text != "min")) and is_unit(text):
        return text, text
    return text, ""


def find_column(
    origin: str | Path,
    columns: Sequence[Column],
    key: str | int,
    what: str = "column",
    words: Mapping[str, str] | None = None,
) -> Column:
    """Return the column of a header, a name without its unit, or a number, or raise one sentence.

    Parameters
    ----------
    origin : str or Path
        File, for messages.
    columns : sequence of Column
        Those of numbers.
    key : str or int
        Header, name or number.
    what : str
        Name of the argument.
    words : mapping of str to str, optional
        Headers of columns that hold no numbers, and what they hold.
    """
    if isinstance(key, int) and not isinstance(key, bool):
        for column in columns:
            if column.place == key:
                return column
        last = max(column.place for column in columns)
        if 0 <= key <= last:
            raise DataError(f"{origin}: {what}={key} does not hold numbers; choose one of {listing(columns)}")
        raise DataError(f"{origin}: {what}={key} is outside [0, {last}], the columns there are")
    text = str(key).strip()
    for same in (
        [column for column in columns if column.header.strip() == text],
        [column for column in columns if column.name == text],
        [column for column in columns if text.lower() in (column.header.strip().lower(), column.name.lower())],
    ):
        if len(same) == 1:
            return same[0]
        if same:
            places = " or ".join(str(column.place) for column in same)
            raise DataError(f"{origin}: {len(same)} columns are called {text!r}; choose by number, {what}={places}")
    if words and text in words:
        raise DataError(f"{origin}: column {text!r} holds words, such as {words[text]!r}; expected numbers")
    close = known_instead(text, [column.header for column in columns])
    hint = f"; {close}" if close.startswith("did you") else ""
    raise DataError(f"{origin}: no column {text!r}; the columns are {listing(columns)}{hint}")


def listing(columns: Sequence[Column]) -> str:
    """Return the headers, as messages list them."""
    return ", ".join(repr(column.header) for column in columns)

"""The columns of a table: what their headers tell."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mtjphys.core.errors import ParameterError
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
    def certain(self) -> bool:
        """Whether the unit is written as one, and is not all of a name or its end: ``S``, ``tau_A``."""
        text = self.header.strip()
        return bool(self.stated) and text != self.stated and not text.endswith("_" + self.stated.replace("/", "_per_"))

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

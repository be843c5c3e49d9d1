"""Lines of text tables: their fields, and which of them are numbers."""

from __future__ import annotations

import csv
import re
from typing import NamedTuple

COMMENTS = ("#", "%")
"""What a line begins with that is no data."""


class Dialect(NamedTuple):
    """What separates fields (None: any space) and what decimals."""

    separator: str | None
    decimal: str


DIALECTS = tuple(Dialect(mark, decimal) for decimal in ".," for mark in (",", ";", "\t", None))


def split_fields(line: str, separator: str | None) -> list[str]:
    """Return the fields of a line without the spaces and quotation marks around them."""
    if '"' in line:
        try:
            row = next(csv.reader([line], delimiter=separator or " ", skipinitialspace=True), [])
        except csv.Error:
            row = line.split(separator)
        return [field.strip() for field in row if separator or field]
    return [field.strip() for field in line.split(separator)]


def header_fields(line: str, separator: str | None, width: int) -> list[str]:
    """Return the names in a line above a table of some width."""
    if separator is not None or '"' in line:
        return split_fields(line, separator)
    # "time (ms)  V (mV)": a unit belongs to the name before it
    spaced, apart = re.split(r"\s+(?![\[(])", line.strip()), re.split(r"\s{2,}|\t", line.strip())
    return apart if len(apart) == width != len(spaced) else spaced


def is_number(field: str, decimal: str = ".") -> bool:
    """Return whether a field is a number as tables hold it; Python's own underscores and foreign digits are not."""
    if decimal == ",":
        if "." in field:
            return False
        field = field.replace(",", ".", 1)
    try:
        float(field)
    except ValueError:
        return False
    return field.isascii() and "_" not in field


def as_number(field: str, decimal: str = ".") -> float:
    """Return the number of a field that is one."""
    return float(field.replace(",", ".", 1) if decimal == "," else field)


def without_comment(line: str) -> str:
    """Return a line without its end and its comment, with plain signs."""
    return "" if line.startswith("%") else line.split("#", 1)[0].strip("\r\n").replace("\N{MINUS SIGN}", "-")

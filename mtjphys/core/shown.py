"""How parameters and results show themselves: in a line, in some lines, as a table of a notebook, and in full."""

from __future__ import annotations

import html
from abc import ABC, abstractmethod
from collections.abc import Iterable
from dataclasses import fields, is_dataclass
from typing import Any

from pydantic import BaseModel

LONGEST = 8
"""Numbers of a sequence that are shown one by one."""


class Words(str):
    """Text that shows itself without quotation marks."""

    def __repr__(self) -> str:
        return str(self)


def shortened(value: Any) -> Any:
    """Return a value, a long sequence as its ends and its length.

    >>> shortened((0.5, 1.0)), shortened(tuple(range(100)))
    ((0.5, 1.0), (0, 1, ..., 99: 100 values))
    """
    if isinstance(value, (list, tuple)) and len(value) > LONGEST:
        return Words(f"({value[0]!r}, {value[1]!r}, ..., {value[-1]!r}: {len(value):,} values)")
    return value


def in_full(value: Any) -> str:
    """Return what identifies a value, with every number of what is shown in short; nothing of the address in memory."""
    if isinstance(value, BaseModel):
        given = ", ".join(f"{name}={in_full(getattr(value, name))}" for name in type(value).model_fields)
        return f"{type(value).__name__}({given})"
    if is_dataclass(value) and not isinstance(value, type) and _lists_fields(type(value)):
        given = ", ".join(
            f"{field.name}={in_full(getattr(value, field.name))}" for field in fields(value) if field.repr
        )
        return f"{type(value).__qualname__}({given})"
    if type(value) in (list, tuple):
        left, right = "[]" if isinstance(value, list) else "()"
        comma = "," if isinstance(value, tuple) and len(value) == 1 else ""
        return f"{left}{', '.join(map(in_full, value))}{comma}{right}"
    return repr(value)


def _lists_fields(kind: type) -> bool:
    """Return whether a dataclass shows its fields, or is `Shown` in short, and not by a text of its own."""
    shows = next(base for base in kind.__mro__ if "__repr__" in vars(base))
    return shows is Shown or "__dataclass_params__" in vars(shows)


def text_table(title: str, rows: Iterable[tuple[str, ...]]) -> str:
    """Return a title and aligned rows.

    >>> print(text_table("a junction", [("volume", "V", "3100 nm3"), ("resonance", "f_0", "1 GHz")]))
    a junction
      volume     V    3100 nm3
      resonance  f_0  1 GHz
    """
    rows = list(rows)
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ["  " + "  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)) for row in rows]
    return "\n".join([title, *(line.rstrip() for line in lines)])


def html_table(title: str, rows: Iterable[tuple[str, ...]]) -> str:
    """Return a title and rows as a table of a notebook.

    >>> html_table("a & b", [("volume", "3100 nm3")])
    '<table><caption>a &amp; b</caption><tr><td>volume</td><td>3100 nm3</td></tr></table>'
    """
    cells = ["".join(f"<td>{html.escape(cell)}</td>" for cell in row) for row in rows]
    body = "".join(f"<tr>{row}</tr>" for row in cells)
    return f"<table><caption>{html.escape(title)}</caption>{body}</table>"


class Shown(ABC):
    """Base of results: a line, a description and a notebook's table of what was found, without the arrays."""

    @abstractmethod
    def told(self) -> tuple[str, list[tuple[str, str]]]:
        """Return what was found in a line, and its rows (quantity, value)."""

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: {self.told()[0]}>"

    def describe(self) -> str:
        """Return what was found as text, one aligned line a quantity, with human-scaled units."""
        return text_table(*self.told())

    def _repr_html_(self) -> str:
        return html_table(*self.told())

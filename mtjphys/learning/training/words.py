"""Words for people: how long a training takes, and what describes its parts."""

from __future__ import annotations

import re
import zlib
from typing import Any

_LONGEST = 1000


def named(part: Any) -> str:
    """Return what describes a part in any process: a function by its name, nothing by its address."""
    text = str(getattr(part, "__qualname__", None) or re.sub(r" at 0x[0-9a-fA-F]+", "", repr(part)))
    if len(text) > _LONGEST:  # a junction for each of many units; an attribute of a file holds 64 kB
        text = f"{text[:_LONGEST]}... ({zlib.crc32(text.encode()):08x})"
    return text


def duration(seconds: float) -> str:
    """Return a duration in words, to two digits.

    >>> duration(8000.0)
    '2.2 h'
    """
    for unit, size in (("h", 3600.0), ("min", 60.0)):
        if seconds >= 2 * size:
            return f"{seconds / size:.2g} {unit}" if seconds < 10 * size else f"{seconds / size:.0f} {unit}"
    return f"{max(seconds, 1.0):.0f} s"

"""What a file probably holds: its kind of measurement, and which column stands for what, by names and units."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from mtjphys.core.errors import DataError
from mtjphys.laboratory.tables import Column, TableFile
from mtjphys.laboratory.traces.blockwise import TraceFile, blocks_of
from mtjphys.laboratory.traces.trace import MINIMUM_SAMPLES


class Role(NamedTuple):
    """What a column stands for: how it is called, in which units, and whether its unit alone tells it."""

    names: str
    units: tuple[str, ...]
    telling: bool = False


ROLES = {
    "probability": Role(r"p|(?i:p_?sw\w*|prob\w*|.*probability|wahrscheinlichkeit)", ("",)),
    "switched": Role(r"k|(?i:switched|switches|n_?sw\w*|hits|successes|events|geschaltet)", ("",)),
    "trials": Role(r"[nN]|(?i:trials|n_?tot\w*|total|attempts|shots|pulses|repeats|versuche)", ("",)),
    "duration": Role(r"t|(?i:duration|.*pulse.*|width|pw|t_?p|time|dauer|pulsdauer|durée)", ("s",), True),
    "antiparallel": Role(r"(?i:(?:tau|τ|dwell(?: ?time)?|t)[ _-]*(?:ap|anti.*|high|hrs))", ("s",)),
    "parallel": Role(r"(?i:(?:tau|τ|dwell(?: ?time)?|t)[ _-]*(?:p|parallel|low|lrs))", ("s",)),
    "antiparallel_count": Role(r"(?i:(?:n|counts?|stays)[ _-]*(?:ap|anti.*|high))", ("",)),
    "parallel_count": Role(r"(?i:(?:n|counts?|stays)[ _-]*(?:p|parallel|low))", ("",)),
    "density": Role(r"S|(?i:psd|.*density|s_?v|spectr\w*|noise)", ("V2/Hz", "ohm2/Hz"), True),
    "frequency": Role(r"f|(?i:freq\w*|frequenz|fréquence|f_?res)", ("Hz",), True),
    "linewidth": Role(r"(?i:linewidth|fwhm|d(?:elta)?[ _]?f|linienbreite)", ("Hz",)),
    "resistance": Role(r"R|(?i:resist\w*|widerstand|r_?mtj|r_?dc|résistance)", ("ohm",), True),
    "error": Role(r"(?i:.*err(?:or)?|std\w*|sigma|sd|.*uncertainty|fehler|d[RF])", ("ohm", "Hz", "")),
    "switching_field": Role(r"(?i:[bh]_?(?:sw|c)\w*|.*switch\w*[ _-]field.*|coerciv\w*|schaltfeld)", ("T", "A/m")),
    "field": Role(r"[BH]|(?i:.*field|mu_?0 ?h|µ0h|[bh]_?(?:ext|app)\w*|feld|champ|campo)", ("T", "A/m"), True),
    "voltage": Role(r"[vVuU]|(?i:.*voltage|.*bias|spannung|v_?(?:dc|p|pulse)|amplitude|tension)", ("V",), True),
    "current": Role(r"[iI]|(?i:.*current|strom|courant|corriente|i_?dc)", ("A",), True),
    "temperature": Role(r"T|(?i:temp\w*)", ("K",), True),
}
"""In the order in which they choose their columns."""

CONDITIONS = ("field", "voltage", "current", "temperature")
KINDS: dict[str, tuple[tuple[str, ...], ...]] = {
    "switching_probability": (("duration",), ("switched", "probability")),
    "dwell_times": (("parallel",), ("antiparallel",)),
    "spectrum": (("frequency",), ("density",)),
    "resonance": (("frequency",), ("field", "voltage", "current", "linewidth")),
    "switching_sweep": (("switching_field",),),
    "loop": (("resistance",), ("field", "voltage", "current")),
    "resistance": (("resistance",),),
}
"""What a file of each kind has: one of each group."""

OTHERS = {
    "switching_probability": ("trials",),
    "dwell_times": ("parallel_count", "antiparallel_count"),
    "resonance": ("error",),
    "loop": ("error",),
    "resistance": ("error",),
}
"""What it may have besides the conditions."""


class Guess(NamedTuple):
    """A kind of measurement, and the columns that stand for its data and conditions."""

    kind: str
    columns: dict[str, Column]


def guess(table: TableFile) -> Guess | None:
    """Return what a table probably holds, or None if nothing tells it."""
    for kind, groups in KINDS.items():
        names = [name for name in ROLES if name in (*sum(groups, ()), *OTHERS.get(kind, ()), *CONDITIONS)]
        found = _assigned(names, table.columns)
        if all(any(name in found for name in group) for group in groups):
            if "switched" in found:
                found.pop("probability", None)
            return Guess(kind, found)
    try:
        file = TraceFile(table)
        rows = 0
        for block in blocks_of(file, None, MINIMUM_SAMPLES):
            rows += block.values.size
            break
    except DataError:
        return None
    if rows < MINIMUM_SAMPLES:
        return None
    return Guess("telegraph_trace", {"values": file.column} | ({"time": file.time} if file.time else {}))


def _assigned(names: Iterable[str], columns: Sequence[Column]) -> dict[str, Column]:
    """Return a column for each role, by name first and then by a unit that tells it."""
    free = [column for column in columns if not column.numbering]
    found: dict[str, Column] = {}
    for by_unit in (False, True):
        for name in names:
            role = ROLES[name]
            fits = [
                column
                for column in free
                if (column.unit in role.units or not column.certain)
                and (
                    role.telling and column.unit in role.units and column.stated
                    if by_unit
                    else re.fullmatch(role.names, column.name)
                )
            ]
            if name not in found and fits and (len(fits) == 1 or not by_unit):
                found[name] = fits[0]
                free.remove(fits[0])
    return found

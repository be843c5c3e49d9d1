"""What is legal but looks like a mistake: magnitudes of another unit, points that come twice, saturated converters."""

from __future__ import annotations

import warnings
from collections.abc import Collection, Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from mtjphys.core.errors import DataError, MtjphysWarning
from mtjphys.core.text import human

Floats = NDArray[np.float64]


class Usual(NamedTuple):
    """What a quantity of junctions usually is, in SI, and the units that people forget."""

    low: float
    high: float
    unit: str
    too_small: str
    too_large: str


USUAL = {
    "duration": Usual(1e-11, 1.0, "s", "", "ns"),
    "voltage": Usual(1e-4, 5.0, "V", "V", "mV"),
    "current": Usual(1e-10, 1e-2, "A", "A", "uA"),
    "field": Usual(1e-7, 3.0, "T", "T", "mT or Oe"),
    "temperature": Usual(0.0, 600.0, "K", "", ""),
    "parallel": Usual(1e-11, 1e5, "s", "", "ns"),
    "antiparallel": Usual(1e-11, 1e5, "s", "", "ns"),
    "resistance": Usual(10.0, 1e9, "ohm", "kohm", "ohm"),
    "sample_interval": Usual(1e-12, 1e2, "s", "", "us"),
    "values": Usual(0.0, 50.0, "V", "", "mV"),
}
"""Of the largest magnitude among the points."""


def unusual(where: str, values: Mapping[str, Any], told: Collection[str]) -> list[str]:
    """Refuse a magnitude that is unusual where nobody told a unit, and return what to say of one with a unit.

    Parameters
    ----------
    where : str
        Beginning of the sentences.
    values : mapping
        In SI.
    told : collection of str
        Those whose unit the file or its description states.

    Returns
    -------
    list of str
        A sentence for each.
    """
    remarks = []
    for name, usual in USUAL.items():
        numbers = values.get(name)
        share = name == "antiparallel" and "parallel" not in values
        if numbers is None or share or (name == "values" and name in told):
            continue
        largest = float(np.max(np.abs(numbers), initial=0.0))
        if largest == 0.0 or not np.isfinite(largest) or usual.low <= largest <= usual.high:
            continue
        remark = f"{where}: {name} of {human(largest, usual.unit)} is unusual"
        if name in told:
            remarks.append(f"{remark}; check its unit")
            continue
        likely = usual.too_small if largest < usual.low else usual.too_large
        meant = f"if it is in {likely}, say so" if likely else "say which it is"
        raise DataError(
            f"{remark}, and no unit is told, so that it was taken in {usual.unit}; {meant}: unit = "
            f'"{likely.split(" or ")[0] or usual.unit}" beside a column, or {name} = "1 {usual.unit}"'
        )
    return remarks


def check_repeats(where: str, values: Mapping[str, Any], place: Any) -> None:
    """Warn of points that are equal in every column."""
    columns = [
        np.reshape(column, (len(column), -1)) for column in values.values() if np.ndim(column) and len(column) > 1
    ]
    if len(columns) < 2 or len({len(column) for column in columns}) != 1:
        return
    rows = np.hstack(columns)
    _, first, counts = np.unique(rows, axis=0, return_index=True, return_counts=True)
    if counts.max(initial=1) > 1:
        row = int(first[np.argmax(counts)])
        again = int(np.flatnonzero((rows == rows[row]).all(axis=1))[1])
        warnings.warn(
            f"{where}: {place(again)} repeats {place(row)} in every column; a point that was copied counts twice, "
            "cut it out",
            MtjphysWarning,
            stacklevel=2,
        )


def check_trace(where: str, values: Floats, sample_interval: float) -> None:
    """Warn of a record that is no two levels in noise: saturated, drifting, of more levels, sampled too slowly.

    Parameters
    ----------
    where : str
        Beginning of each sentence.
    values : array (samples,)
        The record; its first `LOOKED_AT` samples are looked at.
    sample_interval : float
        s.
    """
    from mtjphys import telegraph

    part = values[:LOOKED_AT]
    remarks = [saturation(values), trend(values)]
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            telegraph.analyse(part, sample_interval)
        except DataError as error:
            remarks.append(str(error).removeprefix("array: "))
    remarks += [str(one.message).removeprefix("array: ") for one in caught if issubclass(one.category, MtjphysWarning)]
    for remark in filter(None, remarks):
        warnings.warn(f"{where}: {remark}", MtjphysWarning, stacklevel=2)


LOOKED_AT = 100_000
"""Samples."""


def trend(values: Floats) -> str:
    """Return what to say of a record that moves steadily as a whole, or nothing.

    Of ten stretches the tenth and the ninetieth percentile are taken, which lie in one level each: both follow a drift
    along a line (correlation above 0.95, which one step cannot have), and neither follows the occupation alone.
    """
    thinned = values[:: max(1, values.size // 200_000)]
    stretches = thinned[: thinned.size // 10 * 10].reshape(10, -1)
    if stretches.shape[1] < 50:
        return ""
    number = np.arange(10) - 4.5
    lines = np.quantile(stretches, (0.1, 0.9), axis=1)
    spread = lines - lines.mean(axis=1, keepdims=True)
    slope = spread @ number / (number @ number)
    shift, height = 9.0 * slope, float(np.median(lines[1] - lines[0]))
    straight = (spread @ number) ** 2 > 0.95**2 * (number @ number) * (spread**2).sum(axis=1)
    if straight.all() and shift[0] * shift[1] > 0 and np.abs(shift).min() > 0.1 * height:
        return (
            f"the signal drifts by {shift.mean():.3g} from beginning to end, where its levels are about {height:.3g} "
            "apart; remove the drift or cut the record into pieces"
        )
    return ""


def saturation(values: Floats) -> str:
    """Return what to say of a converter at the end of its range, or nothing.

    Noise has fewer samples at its extremes than next to them: where the largest or smallest value is the more frequent
    one, by five standard errors, the converter has cut it off.
    """
    levels, counts = np.unique(values, return_counts=True)
    if levels.size < 8:
        return ""
    for end, value, count, next_to in (
        ("largest", levels[-1], counts[-1], counts[-4:-1].max()),
        ("smallest", levels[0], counts[0], counts[1:4].max()),
    ):
        if count > 1e-3 * values.size and count - next_to > 5.0 * np.sqrt(count + next_to) and count > 2 * next_to:
            return (
                f"{count / values.size:.1%} of the samples have the {end} value, {value:.4g}: the converter is "
                "saturated or coarser than the noise; choose a larger range and record again"
            )
    return ""

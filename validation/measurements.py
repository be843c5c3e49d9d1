"""Reads the tables of measured points that lie beside what uses them; lines that begin with # give their source."""

import csv
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def points(path: Path, x: str, y: str, /, **where: str) -> tuple[Array, Array]:
    """Return columns `x` and `y` of the rows whose other columns have the values `where`.

    >>> table = Path(__file__).parent / "cases" / "koenders_telegraph" / "koenders2025_fig2_dwell_times.csv"
    >>> points(table, "p_high", "tau_c_ms", bias="Bias3")
    (array([0.951]), array([0.1389]))
    """
    with path.open(encoding="utf-8") as file:
        rows = csv.DictReader(line for line in file if not line.startswith("#"))
        found = [(row[x], row[y]) for row in rows if all(row[key] == value for key, value in where.items())]
    if not found:
        raise ValueError(f"{path.name} has no row with {where}")
    columns = np.array(found, dtype=float).T
    return columns[0], columns[1]

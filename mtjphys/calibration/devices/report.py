"""A folder that says what was found of many devices: tables, the variability, the map, and a page of all of it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from mtjphys.calibration.devices.figures import figure
from mtjphys.core import page
from mtjphys.core.files import make_folder, replacing, write_text
from mtjphys.core.text import human

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

    from mtjphys.junction import Variability


def device_table(table: xr.Dataset) -> pd.DataFrame:
    """Return the devices as rows: place, goodness, and of each number its values, a column each, in SI."""
    import pandas as pd

    columns = {
        name: table[name].values for name in ("device", "x", "y", "measurements", "p_value", "remark", "failure")
    }
    for dimension, prefixes in (
        ("parameter", ("estimate", "low", "high", "verdict", "shared", "shared_low", "shared_high")),
        ("combination", ("combined", "combined_low", "combined_high")),
        ("effect", ("unseen",)),
    ):
        for k, number in enumerate(table[dimension].values):
            columns |= {f"{number} {name}": table[name].values[:, k] for name in prefixes if name in table}
    return pd.DataFrame(columns)


def write_report(
    folder: Path, line: str, table: xr.Dataset, population: xr.Dataset | None, variability: Variability | None
) -> Path:
    """Write ``devices.csv``, ``figure.png``, ``report.html`` and of a population ``variability.toml``.

    Parameters
    ----------
    folder : Path
        Is made if it is not there.
    line : str
        What was found, in words.
    table, population : xarray.Dataset
        Of `DeviceCalibrations`.
    variability : Variability or None
        Of the population, if there is one.

    Returns
    -------
    Path
        Of the page.

    Raises
    ------
    ParameterError
        If the folder cannot be made.
    """
    import matplotlib.pyplot as plt

    make_folder(folder)
    if variability is not None:
        write_text(folder / "variability.toml", variability.to_toml())
    with replacing(folder / "devices.csv") as unfinished:
        device_table(table).to_csv(unfinished, index=False)
    drawn = figure(table, population)
    with replacing(folder / "figure.png") as unfinished:
        drawn.savefig(unfinished, dpi=150)
    shown = page.picture(drawn, "devices", folder / "figure.png")
    write_text(folder / "report.html", _page(line, table, population, shown))
    plt.close(drawn)
    return folder / "report.html"


def _page(line: str, table: xr.Dataset, population: xr.Dataset | None, drawn: str) -> str:
    parts = [page.section("Devices", f"{line}.")]
    parts += [] if population is None else _population(population)
    parts += [
        page.section("Each device", "Grey: by its own data; blue: with the population; intervals of 95 %."),
        drawn,
        page.section("Estimates", "By each device's own data, with its verdict; p is that of its goodness."),
        page.table(("device", "p", *map(str, table.parameter.values)), _rows(table)),
        *(_unseen(table) if table.sizes["effect"] else []),
    ]
    return page.page("devices", "Many devices from their measurements", parts, f"{table.sizes['device']} devices")


def _population(population: xr.Dataset) -> list[str]:
    rows, pairs = [], []
    names = [str(name) for name in population.parameter.values]
    for j, name in enumerate(names):
        one = population.isel(parameter=j)
        unit, shares = str(one.unit.values), one.law == "log-normal"
        median = [human(float(one[f"median{end}"]), unit) for end in ("", "_low", "_high")]
        spread = [
            f"{float(one[f'spread{end}']):.3g}" if shares else human(float(one[f"spread{end}"]), unit)
            for end in ("", "_low", "_high")
        ]
        rows.append(
            (
                name,
                median[0],
                f"{median[1]} to {median[2]}",
                spread[0],
                f"{spread[1]} to {spread[2]}",
                str(one.law.values),
            )
        )
        for k in range(j):
            ends = [float(population[f"correlation{end}"].values[j, k]) for end in ("", "_low", "_high")]
            pairs.append((names[k], name, f"{ends[0]:.2f}", f"{ends[1]:.2f} to {ends[2]:.2f}"))
    parts = [
        page.section("The population", "Without the errors of the measurements; intervals of 95 %."),
        page.table(("", "median", "", "spread", "", "law"), rows),
    ]
    return [*parts, page.table(("correlation of", "and", "", ""), pairs)] if pairs else parts


def _unseen(table: xr.Dataset) -> list[str]:
    rows = []
    for effect in table.effect.values:
        shifts = table.unseen.sel(effect=effect).values
        hiding = np.isfinite(shifts)
        rows.append((str(effect), str(hiding.sum()), f"{np.median(shifts[hiding]):.3g}"))
    words = (
        "Effects outside the model that are small as devices go and that the data of so many devices would hardly "
        "show, although they would put a number off by more than its standard error."
    )
    header = ("effect", "devices", "standard errors, median")
    return [page.section("What such data would hide", words), page.table(header, rows)]


def _rows(table: xr.Dataset) -> list[tuple[str, ...]]:
    rows: list[tuple[str, ...]] = []
    for k, name in enumerate(table.device.values):
        one = table.isel(device=k)
        if one.failure != "":
            rows.append((str(name), "", f"not calibrated: {one.failure.values}"))
            continue
        cells = [
            f"{human(float(one.estimate[p]), str(table.unit.values[p]))} "
            f"[{human(float(one.low[p]), str(table.unit.values[p]))}, "
            f"{human(float(one.high[p]), str(table.unit.values[p]))}] {one.verdict.values[p]}"
            for p in range(table.sizes["parameter"])
        ]
        rows.append((str(name), f"{float(one.p_value):.2g}", *cells))
        if one.remark != "":
            rows.append(("", "", f"flagged: {one.remark.values}"))
    return rows

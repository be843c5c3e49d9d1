"""A folder that says what was found: the junction, tables, a figure, and a page of all of it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from mtjphys.calibration.fitting.checks import checks
from mtjphys.calibration.fitting.combinations import COMBINATIONS
from mtjphys.calibration.fitting.figures import figure, predictive, profiles
from mtjphys.core import page
from mtjphys.core.files import make_folder, replacing, write_text
from mtjphys.core.text import human

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr
    from matplotlib.figure import Figure

    from mtjphys.calibration.fitting.knowledge import Knowledge


def parameter_table(fit: Knowledge) -> pd.DataFrame:
    """Return what was fitted: value, ends of the 68 and 95 % intervals, range and verdict of each name, in SI."""
    import pandas as pd

    rows = []
    ranges = {p.name: (p.unit, p.low, p.high) for p in fit.free}
    for name in fit.parameters:
        unit, low, high = ranges.get(name, (COMBINATIONS[name].unit if name in COMBINATIONS else "", np.nan, np.nan))
        inner, outer = fit.interval(name, 0.68), fit.interval(name, 0.95)
        rows.append((name, unit, fit.estimate(name), *inner, *outer, low, high, fit.verdicts.get(name, "")))
    columns = ["name", "unit", "value", "low_68", "high_68", "low_95", "high_95", "range_low", "range_high", "verdict"]
    return pd.DataFrame(rows, columns=columns)


def write_report(fit: Knowledge, folder: Path, gain: xr.Dataset | None) -> Path:
    """Write ``junction.toml``, ``parameters.csv``, ``figure.png`` and ``report.html``; return the last one's path.

    `gain` is the table of what could be measured next, None without one.

    Raises
    ------
    ParameterError
        If the folder cannot be made.
    """
    import matplotlib.pyplot as plt

    make_folder(folder)
    write_text(folder / "junction.toml", fit.junction.to_toml())
    table = parameter_table(fit)
    with replacing(folder / "parameters.csv") as unfinished:
        table.to_csv(unfinished, index=False)
    drawn = figure(fit)
    with replacing(folder / "figure.png") as unfinished:
        drawn.savefig(unfinished, dpi=150)
    shown = page.picture(drawn, "measurements and fit", folder / "figure.png")
    write_text(folder / "report.html", _page(fit, table, shown, gain))
    plt.close(drawn)
    return folder / "report.html"


def _page(fit: Knowledge, table: pd.DataFrame, drawn: str, gain: xr.Dataset | None) -> str:
    rows = [
        (
            row.name_,
            human(row.value, row.unit),
            f"{human(row.low_68, row.unit)} to {human(row.high_68, row.unit)}",
            f"{human(row.low_95, row.unit)} to {human(row.high_95, row.unit)}",
            row.verdict,
        )
        for row in table.rename(columns={"name": "name_"}).itertuples()
    ]
    rows += [(name, "as given", "", "", f"not identified: {reason}") for name, reason in fit.reasons.items()]
    goodness = fit.goodness
    parts = [
        page.section("Does it explain the data?", goodness.sentence),
        page.table(
            ("measurement", "deviance", "points"),
            [(name, f"{deviance:.1f}", str(points)) for name, (deviance, points) in goodness.parts.items()],
        ),
        *_unseen(fit),
        page.section("What the data tell", "Values of highest likelihood with intervals of the profile likelihood."),
        page.table(("", "value", "68 %", "95 %", "verdict"), rows),
        page.section("Measured and fitted", "Points: measured with 68 % errors; lines: the fitted junction."),
        drawn,
        *_checked(fit),
        *(_known(fit) if fit.free else []),
        *([] if gain is None else _proposed(gain)),
    ]
    return page.page("calibration", "A junction from its measurements", parts, f"seed {fit.seed}")


def _unseen(fit: Knowledge) -> list[str]:
    """Return the part on what such data would hide."""
    if not fit.unseen:
        return []
    words = (
        "Effects outside the model that are small as devices go, that these data would hardly show, and by how much "
        "they would mislead. Such numbers can be made free, which widens the intervals by them, or told apart by other "
        "measurements."
    )
    rows = [
        (one.words, f"{100.0 * one.seen:.2g} %", one.name, one.amount, f"{abs(one.shift):.3g}") for one in fit.unseen
    ]
    header = ("effect", "called out in", "puts off most", "by", "standard errors")
    return [page.section("What such data would hide", words), page.table(header, rows)]


def _checked(fit: Knowledge) -> list[str]:
    """Return the part on what plausible junctions would have shown."""
    found = checks(fit)
    return [
        page.section(
            "What such junctions would have shown",
            "For each of 200 junctions that are plausible, data were made up. Above: the measured points less the "
            "made-up ones, in standard deviations of these; below: how far both are from the junctions. A p-value near "
            "0 says that junctions of this model do not show what was measured.",
        ),
        page.table(("kind", "points", ""), [(c.kind, str(c.standing.size), c.words) for c in found]),
        _drawn(predictive(found), "synthetic data beside the measured"),
    ]


def _known(fit: Knowledge) -> list[str]:
    """Return the parts on what is known and what is not."""
    return [
        page.section(
            "How sure each number is",
            "How much the deviance is higher where a number is held, all others free. Dashed and shaded: 68 and 95 %.",
        ),
        _drawn(profiles(fit), "profile likelihoods"),
        page.section("Best and least known", "Products of powers, from the best known to the least."),
        page.table(("combination",), [(line,) for line in fit.knowledge]),
    ]


def _proposed(gain: xr.Dataset) -> list[str]:
    """Return the part on what to measure next."""
    rows = [
        (str(name), *(f"{row[column]:.2g}" for column in ("hours", "information", "per_hour")), row.sharpened)
        for name, row in gain.to_dataframe().iterrows()
    ]
    return [
        page.section("What to measure next", gain.attrs["sentence"]),
        page.table(("measurement", "hours", "information (nat)", "per hour", "sharpened most"), rows),
    ]


def _drawn(figure: Figure, name: str) -> str:
    import matplotlib.pyplot as plt

    text = page.picture(figure, name)
    plt.close(figure)
    return text

"""The table of accuracy against device effects: its rows, its text, its figure."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from mtjphys import __version__
from mtjphys.core.files import replacing, write_text
from mtjphys.core.palette import BLACK, BLUE
from mtjphys.learning.effect_tables.runs import Run, without_nan
from mtjphys.learning.noise.effects.magnitudes import Effects, described

if TYPE_CHECKING:
    from matplotlib.figure import Figure


class Row(NamedTuple):
    """One effect of one magnitude, over the seeds whose training did not fail."""

    effect: str  # a name of `VARIED`; "" without effect
    magnitude: float
    accuracy: float  # mean
    accuracy_deviation: float  # standard deviation between seeds; NaN, as all errors, of fewer than two
    change: float  # mean difference to the run without effect of the same seed
    change_error: float  # its standard error
    loss: float
    loss_deviation: float
    runs: int
    failures: list[str]


@dataclass(frozen=True)
class EffectsTable:
    """Accuracy and loss against every effect, on the validation data.

    Attributes
    ----------
    rows : list of Row
        Without effect first, then effect after effect.
    seeds : list of int
        Seeds of the trainings of every row.
    base : Effects
        What all of them have in common.
    """

    rows: list[Row]
    seeds: list[int]
    base: Effects

    def __str__(self) -> str:
        """Return the table as text: accuracies in per cent, mean and (of several seeds) standard deviation."""
        lines = [f"{'effect':<20}{'magnitude':>30}  {'accuracy (%)':>14}  {'change (%)':>14}  {'loss':>15}"]
        for row in self.rows:
            if row.effect:
                name, unit = described(row.effect)
                magnitude = f"{row.magnitude:.3g} {unit}"
            else:
                name, magnitude = "none", ""
            accuracy = _number(100 * row.accuracy, 100 * row.accuracy_deviation, ".1f")
            change = _number(100 * row.change, 100 * row.change_error, "+.1f") if row.effect else ""
            loss = _number(row.loss, row.loss_deviation, ".3f")
            failed = f"  {len(row.failures)} failed" if row.failures else ""
            lines.append(f"{name:<20}{magnitude:>30}  {accuracy:>14}  {change:>14}  {loss:>15}{failed}")
        failures = sorted({failure for row in self.rows for failure in row.failures})
        note = (
            f"validation data, noise on, last epoch; mean +- standard deviation over seeds {self.seeds}; "
            "change: mean +- standard error of the differences to no effect, seed by seed"
        )
        if len(self.seeds) == 1:
            note = f"validation data, noise on, last epoch, seed {self.seeds[0]}; change: to no effect"
        return "\n".join([*lines, note, *failures])

    def write(self, folder: str | Path) -> None:
        """Write effects.txt, effects.json and effects.png to a folder, each whole or not at all.

        Parameters
        ----------
        folder : path
            Made if it is missing.
        """
        folder = Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        content = {
            "mtjphys_version": __version__,
            "seeds": self.seeds,
            "base": self.base.active(),
            "rows": [without_nan(row._asdict()) for row in self.rows],
        }
        write_text(folder / "effects.txt", f"{self}\n")
        write_text(folder / "effects.json", json.dumps(content, indent=2) + "\n")
        with replacing(folder / "effects.png") as unfinished:
            self.figure().savefig(unfinished, dpi=200)

    def figure(self) -> Figure:
        """Return a figure with a panel an effect: the accuracy (loss without classes) against the magnitude.

        The line is the mean without effect, the band its standard deviation.
        """
        from matplotlib.figure import Figure

        none, *others = self.rows
        names = list(dict.fromkeys(row.effect for row in others))
        columns = min(4, max(1, len(names)))
        height = -(-len(names) // columns)
        size = (2.3 * columns + 0.4, 2.1 * height + 0.2)
        figure = Figure(figsize=size, layout="constrained")
        axes = figure.subplots(height, columns, squeeze=False)
        classes = not math.isnan(none.accuracy)
        for k, ax in enumerate(axes.flat):
            if k >= len(names):
                ax.set_visible(False)
                continue
            rows = [row for row in others if row.effect == names[k]]
            middle, deviation = _score(none, classes)
            ax.axhline(middle, color=BLACK, alpha=0.5, linewidth=0.8)
            if not math.isnan(deviation):
                ax.axhspan(middle - deviation, middle + deviation, color=BLACK, alpha=0.15, linewidth=0)
            scores = np.array([_score(row, classes) for row in rows])
            places = np.arange(len(rows))
            ax.errorbar(places, scores[:, 0], scores[:, 1], color=BLUE, marker="o", markersize=4, capsize=2)
            ax.set_xticks(places, [f"{row.magnitude:.3g}" for row in rows], fontsize="small")
            ax.margins(x=0.15)
            name, unit = described(names[k])
            ax.set_xlabel(f"{name} ({unit})", fontsize="small")
            ax.grid(alpha=0.25, linewidth=0.6)
            ax.spines[["top", "right"]].set_visible(False)
        figure.supylabel("Validation accuracy (%)" if classes else "Validation loss")
        return figure


def row_of(name: str, value: float, runs: list[Run], without: list[Run]) -> Row:
    """Return the row of one effect and magnitude, from its runs and those without effect of the same seeds."""
    good = [run for run in runs if not run.failure]
    accuracy, accuracy_deviation = mean_of([run.accuracy for run in good])
    loss, loss_deviation = mean_of([run.loss for run in good])
    pairs = zip(runs, without, strict=True)
    changes = [run.accuracy - other.accuracy for run, other in pairs if not (run.failure or other.failure)]
    change, deviation = mean_of(changes)
    error = deviation / math.sqrt(len(changes)) if len(changes) > 1 else math.nan
    failures = [f"{name} {value:g}, seed {run.seed}: {run.failure}" for run in runs if run.failure]
    return Row(name, value, accuracy, accuracy_deviation, change, error, loss, loss_deviation, len(good), failures)


def _number(mean: float, deviation: float, form: str) -> str:
    """Return a mean with its deviation, if it has one."""
    return f"{mean:{form}}" if math.isnan(deviation) else f"{mean:{form}} +- {deviation:{form.lstrip('+')}}"


def _score(row: Row, classes: bool) -> tuple[float, float]:
    if classes:
        return 100 * row.accuracy, 100 * row.accuracy_deviation
    return row.loss, row.loss_deviation


def mean_of(values: Sequence[float]) -> tuple[float, float]:
    """Return mean and standard deviation; NaN for the latter of one value, and for both of none."""
    if not values:
        return math.nan, math.nan
    return float(np.mean(values)), float(np.std(values, ddof=1)) if len(values) > 1 else math.nan

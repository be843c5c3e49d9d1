"""Learning curves: what is summed over an epoch, and one row of numbers for every epoch that is done."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import xarray

COLUMNS = {
    "train_loss": ("1", "mean loss of the first pass over the epoch"),
    "train_accuracy": ("1", "fraction right in the first pass over the epoch"),
    "validation_loss": ("1", "mean loss on the validation data, noise on"),
    "validation_accuracy": ("1", "fraction right on the validation data, noise on"),
    "validation_accuracy_quiet": ("1", "fraction right on the validation data, noise off"),
    "gradient_cosine": ("1", "cosine of the rule's estimate with the true gradient, mean over the epoch"),
    "test_accuracy": ("1", "fraction right on the test data, noise on; nothing is chosen with it"),
    "readings": ("1", "readings of a junction since the start of the training"),
    "device_time": ("s", "time that has passed for the junctions since the start of the training"),
    "energy": ("J", "energy drawn by all junctions and their series resistors since the start of the training"),
}
"""Unit and meaning of every learning curve."""


class Curves:
    """The learning curves of a training.

    Parameters
    ----------
    columns : sequence of str
        Those of `COLUMNS` that are recorded.
    """

    def __init__(self, columns: Sequence[str]) -> None:
        self.columns = list(columns)
        self.rows: list[list[float]] = []
        self._sums = np.zeros(4)  # of the epoch so far: loss, right answers; cosines, their number

    def add(self, n_samples: int, loss: float, right: float) -> None:
        """Add the mean loss and the fraction right of the first pass of an update."""
        self._sums[:2] += n_samples * np.array([loss, right])

    def add_cosine(self, cosine: float) -> None:
        """Add a measurement of the gradient's cosine."""
        self._sums[2:] += cosine, 1.0

    def means(self, n_samples: int) -> dict[str, float]:
        """Return what an epoch of so many samples has summed up to."""
        loss, right, cosines, measured = self._sums.tolist()
        means = {"train_loss": loss / n_samples, "train_accuracy": right / n_samples}
        return means | {"gradient_cosine": cosines / measured if measured else math.nan}

    def close(self, values: Mapping[str, float]) -> None:
        """End an epoch with the values of all columns."""
        self.rows.append([float(values[name]) for name in self.columns])
        self._sums[:] = 0

    def last(self, name: str) -> float:
        """Return a value of the last epoch."""
        return self.rows[-1][self.columns.index(name)]

    def progress(self, seen: int) -> str:
        """Return loss and accuracy so far as text, `seen` samples into an epoch."""
        text = ""
        if seen:
            means = self.means(seen)
            text = f"loss {means['train_loss']:.3f}"
            if not math.isnan(means["train_accuracy"]):
                text += f", {means['train_accuracy']:.1%}"
        elif self.rows:
            text = f"loss {self.last('train_loss'):.3f}"
        if self.rows and not math.isnan(accuracy := self.last("validation_accuracy")):
            text += f", validation {accuracy:.2%}"
        return text

    def dataset(self, attributes: Mapping[str, Any]) -> xarray.Dataset:
        """Return the curves against ``epoch``."""
        import xarray

        table = np.array(self.rows).reshape(-1, len(self.columns))
        variables = {
            name: ("epoch", table[:, k], dict(zip(("units", "long_name"), COLUMNS[name], strict=True)))
            for k, name in enumerate(self.columns)
        }
        epochs = np.arange(1, len(table) + 1)
        coordinate = ("epoch", epochs, {"units": "1", "long_name": "passes over the training data"})
        return xarray.Dataset(variables, coords={"epoch": coordinate}, attrs=attributes)

    def state_dict(self) -> dict[str, NDArray[Any]]:
        """Return the rows, and the sums of the epoch so far."""
        return {"sums": self._sums.copy(), "rows": np.array(self.rows).reshape(-1, len(self.columns))}

    def load_state_dict(self, state: Mapping[str, NDArray[Any]]) -> None:
        """Continue where the curves that made `state` stopped."""
        self._sums, self.rows = np.array(state["sums"]), np.array(state["rows"]).tolist()

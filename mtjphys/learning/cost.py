"""What learning costs the junctions: readings, time and energy, per update, per inference and to an accuracy."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy.constants import Boltzmann

from mtjphys.core.checks import as_count
from mtjphys.core.errors import DataError, ParameterError
from mtjphys.core.quantity import check_range
from mtjphys.core.text import human
from mtjphys.learning.noise.source import Usage

if TYPE_CHECKING:
    import xarray

ASSUMPTIONS = (
    "Counted: every junction with its series resistor, biased without a pause from the first reading on (settling",
    "included), at the power I (V + I R_s) of its readings; in the totals, and so in what an update and a sample cost,",
    "also the readings of the validation after each epoch. Time is that of the junctions, which run side by side.",
    "Not counted: amplifiers, converters, multiplexers, synapses, digital logic, memory, cooling.",
)
"""What the numbers hold and what they leave out; `PhysicalCost.report` prints them."""

_LANDAUER = Boltzmann * 300.0 * math.log(2.0)  # J, per bit, at 300 K


class Cost(NamedTuple):
    """What one thing costs."""

    readings: float
    device_time: float  # s
    energy: float  # J


@dataclass(frozen=True)
class PhysicalCost:
    """What the junctions behind a learning curve have spent; made by `physical_cost`.

    Attributes
    ----------
    total : Cost
        In all.
    updates, samples : int
        Updates of the network and training samples they have seen.
    target : float or None
        Accuracy asked for.
    epoch : int or None
        First epoch that reached it.
    to_target : Cost or None
        Spent until the end of that epoch.
    best : float
        Best accuracy of all epochs; NaN without a learning curve.
    readings_per_inference : int or None
        Readings of one noisy pass of a sample.
    """

    total: Cost
    updates: int
    samples: int
    target: float | None = None
    epoch: int | None = None
    to_target: Cost | None = None
    best: float = math.nan
    readings_per_inference: int | None = None

    @property
    def per_update(self) -> Cost:
        """Mean cost of an update."""
        return Cost(*(value / self.updates for value in self.total))

    @property
    def per_sample(self) -> Cost:
        """Mean cost of a training sample."""
        return Cost(*(value / self.samples for value in self.total))

    @property
    def per_inference(self) -> Cost | None:
        """Mean cost of one noisy pass of a sample; several reads that are averaged cost so many times as much.

        None where an inference takes no reading, or it is not known how many.
        """
        if not self.readings_per_inference:
            return None
        return Cost(*(value * self.readings_per_inference / self.total.readings for value in self.total))

    @property
    def power(self) -> float:
        """Mean power of all junctions with their series resistors, W."""
        return self.total.energy / self.total.device_time

    def report(self) -> str:
        r"""Return the costs as a table, and what they hold and leave out.

        Examples
        --------
        >>> cost = physical_cost(Usage(2000, 1e-6, 3e-12), updates=10, samples=640)
        >>> print("\n".join(cost.report().splitlines()[:5]))
        Physical cost of learning, as the junctions pay it
                          readings   device time        energy
          an update            200        100 ns        300 fJ
          a sample           3.125      1.562 ns      4.688 fJ
          in all              2000          1 us          3 pJ
        """
        rows = [("an update", self.per_update), ("a sample", self.per_sample), ("in all", self.total)]
        if self.per_inference is not None:
            rows.insert(2, ("an inference", self.per_inference))
        if self.to_target is not None:
            rows.insert(-1, (f"to {self.target:.4g}", self.to_target))
        lines = ["Physical cost of learning, as the junctions pay it", _row("", "readings", "device time", "energy")]
        lines += [
            _row(name, f"{cost.readings:.4g}", human(cost.device_time, "s"), human(cost.energy, "J"))
            for name, cost in rows
        ]
        if self.to_target is not None:
            lines.append(f"An accuracy of {self.target:.4g} was reached in epoch {self.epoch}.")
        elif self.target is not None:
            lines.append(f"An accuracy of {self.target:.4g} was not reached; the best was {self.best:.4g}.")
        each = self.total.energy / self.total.readings
        lines.append(
            f"Mean power {human(self.power, 'W')}; {human(each, 'J')} a reading, {each / _LANDAUER:.3g} times the "
            "kB T ln 2 of erasing a bit at 300 K (Landauer 1961)."
        )
        return "\n".join([*lines, *ASSUMPTIONS])


def _row(name: str, readings: str, time: str, energy: str) -> str:
    return f"  {name:<14}{readings:>10}{time:>14}{energy:>14}"


def physical_cost(
    spent: xarray.Dataset | Usage,
    *,
    target: float | None = None,
    accuracy: str = "validation_accuracy",
    updates: int | None = None,
    samples: int | None = None,
    readings_per_inference: int | None = None,
) -> PhysicalCost:
    """Return what learning has cost the junctions.

    A history counts from the first update of its training on, whatever its source was used for before; a `Usage` counts
    since the source was made, so that it is the cost of learning only if the source did nothing else.

    Parameters
    ----------
    spent : Dataset or Usage
        `Training.history` of a source that counts (`JunctionNoise`, `SeriesNoise` and what wraps them), or the
        `usage` of such a source.
    target : float, optional
        Accuracy, 0 to 1: also find the first epoch that reaches it, and what was spent until its end.
    accuracy : str
        Column of the history that is meant.
    updates, samples : int, optional
        Updates and training samples; those of the history if not given, needed with a `Usage`.
    readings_per_inference : int, optional
        Readings of one noisy pass of a sample, one for each unit; that of the history if not given.

    Returns
    -------
    PhysicalCost
        With a `report`.

    Raises
    ------
    DataError
        If the history has no epoch, or its noise source did not count.
    ParameterError
        If the target is no accuracy, the history has no such column, or an argument is missing.

    References
    ----------
    R. Landauer, IBM J. Res. Dev. 5, 183 (1961), for the unit the report compares with.

    Examples
    --------
    >>> physical_cost(Usage(2000, 1e-6, 3e-12), updates=10, samples=640).per_update.readings
    200.0
    """
    if target is not None:
        check_range("target", target, "(a fraction)", 0.0, 1.0, "95 per cent are 0.95", open_low=True)
    if isinstance(spent, Usage):
        if target is not None or updates is None or samples is None:
            raise ParameterError("a Usage knows no epochs: give updates and samples, and no target; or a history")
        return PhysicalCost(
            _checked(Cost(*spent)),
            as_count("updates", updates),
            as_count("samples", samples),
            readings_per_inference=readings_per_inference,
        )
    missing = [name for name in Cost._fields if name not in spent]
    if missing:
        raise DataError(
            f"the history lacks {', '.join(missing)}: train with a source of physical junctions, such as JunctionNoise"
        )
    if accuracy not in spent:
        known = [name for name in map(str, spent.data_vars) if "accuracy" in name]
        raise ParameterError(f"accuracy={accuracy!r} is not in the history: choose one of {known}")
    if not spent.sizes["epoch"]:
        raise DataError("the history has no epoch yet: train for one at least")
    costs = [_checked(Cost(*(float(spent[name][k]) for name in Cost._fields))) for k in range(spent.sizes["epoch"])]
    epochs = int(spent["epoch"][-1])  # a part of a history counts from the first epoch too
    if updates is None:
        updates = epochs * int(spent.attrs["updates_per_epoch"])
    if samples is None:
        samples = epochs * int(spent.attrs["train_samples"])
    if readings_per_inference is None and "readings_per_inference" in spent.attrs:
        readings_per_inference = int(spent.attrs["readings_per_inference"])
    curve = np.asarray(spent[accuracy].values, dtype=float)
    epoch = to_target = None
    if target is not None and np.any(curve >= target):
        first = int(np.argmax(curve >= target))
        epoch, to_target = int(spent["epoch"][first]), costs[first]
    best = float(np.nanmax(curve)) if np.isfinite(curve).any() else math.nan
    return PhysicalCost(
        costs[-1],
        as_count("updates", updates),
        as_count("samples", samples),
        target,
        epoch,
        to_target,
        best,
        readings_per_inference,
    )


def _checked(cost: Cost) -> Cost:
    """Return a cost that can be divided by, or raise."""
    if not (cost.readings > 0 and cost.device_time > 0.0):
        raise DataError(
            f"{cost.readings:g} readings in {cost.device_time:g} s: nothing was read yet, so that nothing has a cost"
        )
    return cost

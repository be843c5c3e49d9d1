"""A learning rate that falls exponentially."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from mtjphys.core.declared import Declared
from mtjphys.core.quantity import Quantity
from mtjphys.learning.schedules.schedule import SCHEDULES


@SCHEDULES.register("exponential")
@dataclass(frozen=True)
class ExponentialRate(Declared):
    """Exponential decay, ``f^t``, from 1 to `final`.

    Parameters
    ----------
    final : float
        f, the factor at the end, above 0, up to 1.

    Examples
    --------
    >>> round(ExponentialRate(0.01)(0.5), 12)
    0.1
    """

    final: Annotated[float, Quantity("(of the learning rate)", 0.0, 1.0, open_low=True)] = 0.01

    def __call__(self, done: float) -> float:
        """Return the factor for a fraction done."""
        return float(self.final**done)

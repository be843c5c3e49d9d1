"""A learning rate that rises before it follows another schedule."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated

from mtjphys.core.declared import Declared
from mtjphys.core.errors import ParameterError
from mtjphys.core.quantity import Quantity
from mtjphys.learning.schedules.cosine import CosineRate
from mtjphys.learning.schedules.schedule import SCHEDULES, Schedule


@SCHEDULES.register("warm_up")
@dataclass(frozen=True)
class WarmUp(Declared):
    """A linear rise from 0 to 1 over the first part of the training, then another schedule.

    Parameters
    ----------
    fraction : float
        Length of the rise, as a fraction of all updates, above 0, up to 0.99.
    after : Schedule
        What follows; its own 0 to 1 is the rest of the training. A cosine if not given.

    Examples
    --------
    >>> [round(WarmUp(0.1)(t), 3) for t in (0.0, 0.05, 0.1, 0.55, 1.0)]
    [0.0, 0.5, 1.0, 0.5, 0.0]
    """

    fraction: Annotated[float, Quantity("(of the updates)", 0.0, 0.99, open_low=True)] = 0.05
    after: Annotated[Schedule, SCHEDULES] = field(default_factory=CosineRate)

    def __post_init__(self) -> None:
        super().__post_init__()
        if not callable(self.after):
            raise ParameterError(f"after={self.after!r} is no schedule: give a callable, such as CosineRate()")

    def __call__(self, done: float) -> float:
        """Return the factor for a fraction done."""
        if done < self.fraction:
            return done / self.fraction
        return self.after((done - self.fraction) / (1.0 - self.fraction))

"""A learning rate that falls in steps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from mtjphys.core.declared import Declared
from mtjphys.core.errors import ParameterError
from mtjphys.core.quantity import Quantity
from mtjphys.learning.schedules.schedule import SCHEDULES


@SCHEDULES.register("steps")
@dataclass(frozen=True)
class SteppedRate(Declared):
    """A product with `factor` at each of the fractions `at`.

    Parameters
    ----------
    at : tuple of float
        Fractions of the training, 0 to 1, rising.
    factor : float
        What the learning rate is multiplied with each time, above 0, up to 1.

    Examples
    --------
    >>> [SteppedRate((0.5, 0.75), 0.5)(t) for t in (0.2, 0.5, 0.9)]
    [1.0, 0.5, 0.25]
    """

    at: Annotated[tuple[float, ...], Quantity("(of the updates)", 0.0, 1.0)] = (0.5, 0.75)
    factor: Annotated[float, Quantity("(of the learning rate)", 0.0, 1.0, open_low=True)] = 0.1

    def __post_init__(self) -> None:
        super().__post_init__()
        # A list, as TOML gives it, would make two equal schedules differ in a checkpoint.
        object.__setattr__(self, "at", tuple(float(fraction) for fraction in self.at))
        if list(self.at) != sorted(self.at):
            raise ParameterError(f"at={self.at} must rise: sort the fractions of the training")

    def __call__(self, done: float) -> float:
        """Return the factor for a fraction done."""
        return float(self.factor ** sum(fraction <= done for fraction in self.at))

"""A learning rate that falls as half a cosine."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Annotated

from mtjphys.core.declared import Declared
from mtjphys.core.quantity import Quantity
from mtjphys.learning.schedules.schedule import SCHEDULES


@SCHEDULES.register("cosine")
@dataclass(frozen=True)
class CosineRate(Declared):
    """Half a cosine, ``f + (1 - f) (1 + cos(pi t))/2``, from 1 to `final`.

    Parameters
    ----------
    final : float
        f, the factor at the end, 0 to 1.

    References
    ----------
    I. Loshchilov and F. Hutter, arXiv:1608.03983 (without restarts).

    Examples
    --------
    >>> [round(CosineRate()(t), 3) for t in (0.0, 0.5, 1.0)]
    [1.0, 0.5, 0.0]
    """

    final: Annotated[float, Quantity("(of the learning rate)", 0.0, 1.0)] = 0.0

    def __call__(self, done: float) -> float:
        """Return the factor for a fraction done."""
        return self.final + (1.0 - self.final) * (0.5 * (1 + math.cos(math.pi * done)))

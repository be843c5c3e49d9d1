"""A learning rate that stays."""

from __future__ import annotations

from dataclasses import dataclass

from mtjphys.learning.schedules.schedule import SCHEDULES


@SCHEDULES.register("constant")
@dataclass(frozen=True)
class ConstantRate:
    """The factor 1 throughout."""

    def __call__(self, done: float) -> float:
        """Return 1."""
        return 1.0

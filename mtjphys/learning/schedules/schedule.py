"""Schedules of the learning rates: a factor that depends on how much of the training is done."""

from __future__ import annotations

from typing import Any, Protocol

from mtjphys.core.errors import ParameterError
from mtjphys.learning.tables import Choices


class Schedule(Protocol):
    """A factor on a learning rate, against the fraction of the updates that are done."""

    def __call__(self, done: float) -> float:
        """Return the factor, at least 0, for a fraction done of 0 to 1."""
        ...


SCHEDULES: Choices[Any] = Choices("schedule", "name", "mtjphys.learning.schedules", bare=True)
"""Schedules by the name that files give them."""


def schedule_of(schedule: str | Schedule, name: str = "schedule") -> Schedule:
    """Return the schedule of a name, or the one that is given.

    Parameters
    ----------
    schedule : str or Schedule
        ``"constant"``, ``"cosine"``, ``"exponential"`` (to 1 %), ``"steps"`` (a tenth at one half and
        at three quarters), ``"warm_up"`` (5 %, then a cosine), or a callable from the fraction of the
        updates done to a factor.
    name : str
        What the error calls it.

    Returns
    -------
    Schedule
        The callable.

    Raises
    ------
    ParameterError
        If there is no schedule of this name.

    Examples
    --------
    >>> schedule_of("cosine")
    CosineRate(final=0.0)
    """
    if isinstance(schedule, str):
        made: Schedule = SCHEDULES.make(schedule, name)
        return made
    given: Any = schedule
    if callable(given):
        return schedule
    names = ", ".join(map(repr, SCHEDULES))
    raise ParameterError(f"{name}={schedule!r} is no schedule; give one of {names}, or a callable")

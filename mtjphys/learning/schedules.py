"""Schedules of the learning rates: a factor that depends on how much of the training is done."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Protocol

from mtjphys.core.errors import ParameterError
from mtjphys.core.parameters import check_range


class Schedule(Protocol):
    """A factor on a learning rate, against the fraction of the updates that are done."""

    def __call__(self, done: float) -> float:
        """Return the factor, at least 0, for a fraction done of 0 to 1."""
        ...


@dataclass(frozen=True)
class Constant:
    """The factor 1 throughout."""

    def __call__(self, done: float) -> float:
        """Return 1."""
        return 1.0


@dataclass(frozen=True)
class Cosine:
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
    >>> [round(Cosine()(t), 3) for t in (0.0, 0.5, 1.0)]
    [1.0, 0.5, 0.0]
    """

    final: float = 0.0

    def __post_init__(self) -> None:
        check_range("final", self.final, "(of the learning rate)", 0.0, 1.0)

    def __call__(self, done: float) -> float:
        """Return the factor for a fraction done."""
        return self.final + (1.0 - self.final) * (0.5 * (1 + math.cos(math.pi * done)))


@dataclass(frozen=True)
class Exponential:
    """Exponential decay, ``f^t``, from 1 to `final`.

    Parameters
    ----------
    final : float
        f, the factor at the end, above 0, up to 1.

    Examples
    --------
    >>> round(Exponential(0.01)(0.5), 12)
    0.1
    """

    final: float = 0.01

    def __post_init__(self) -> None:
        check_range("final", self.final, "(of the learning rate)", 0.0, 1.0, open_low=True)

    def __call__(self, done: float) -> float:
        """Return the factor for a fraction done."""
        return float(self.final**done)


@dataclass(frozen=True)
class Steps:
    """A product with `factor` at each of the fractions `at`.

    Parameters
    ----------
    at : tuple of float
        Fractions of the training, 0 to 1, rising.
    factor : float
        What the learning rate is multiplied with each time, above 0, up to 1.

    Examples
    --------
    >>> [Steps((0.5, 0.75), 0.5)(t) for t in (0.2, 0.5, 0.9)]
    [1.0, 0.5, 0.25]
    """

    at: tuple[float, ...] = (0.5, 0.75)
    factor: float = 0.1

    def __post_init__(self) -> None:
        # A list, as TOML gives it, would make two equal schedules differ in a checkpoint.
        object.__setattr__(self, "at", tuple(float(fraction) for fraction in self.at))
        for fraction in self.at:
            check_range("at", fraction, "(of the updates)", 0.0, 1.0)
        if list(self.at) != sorted(self.at):
            raise ParameterError(f"at={self.at} must rise: sort the fractions of the training")
        check_range("factor", self.factor, "(of the learning rate)", 0.0, 1.0, open_low=True)

    def __call__(self, done: float) -> float:
        """Return the factor for a fraction done."""
        return float(self.factor ** sum(fraction <= done for fraction in self.at))


@dataclass(frozen=True)
class WarmUp:
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

    fraction: float = 0.05
    after: Schedule = field(default_factory=Cosine)

    def __post_init__(self) -> None:
        check_range("fraction", self.fraction, "(of the updates)", 0.0, 0.99, open_low=True)
        if not callable(self.after):
            raise ParameterError(f"after={self.after!r} is no schedule: give a callable, such as Cosine()")

    def __call__(self, done: float) -> float:
        """Return the factor for a fraction done."""
        if done < self.fraction:
            return done / self.fraction
        return self.after((done - self.fraction) / (1.0 - self.fraction))


SCHEDULES: dict[str, Schedule] = {
    "constant": Constant(),
    "cosine": Cosine(),
    "exponential": Exponential(),
    "steps": Steps(),
    "warm_up": WarmUp(),
}


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
    Cosine(final=0.0)
    """
    if isinstance(schedule, str) and schedule in SCHEDULES:
        return SCHEDULES[schedule]
    if isinstance(schedule, str) or not callable(schedule):
        names = ", ".join(map(repr, SCHEDULES))
        raise ParameterError(f"{name}={schedule!r} is no schedule: give one of {names}, or a callable")
    return schedule

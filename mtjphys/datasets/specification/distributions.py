"""How a number of the devices is distributed."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, field_validator, model_validator
from scipy.special import ndtri

from mtjphys.core.errors import ParameterError
from mtjphys.core.parameters import Parameters, known_instead
from mtjphys.junction.variability import log_normal

Floats = NDArray[np.float64]


class Distribution(Parameters):
    """A distribution, by its quantiles."""

    kind: ClassVar[str]

    @abstractmethod
    def quantile(self, u: Floats) -> Floats:
        """Return the quantiles at probabilities in (0, 1)."""

    def levels(self) -> Floats:
        """Return the values of a grid."""
        raise ParameterError(
            f"a {self.kind} distribution has no grid; take uniform or log_uniform with points, or values, or design = "
            '"sobol"'
        )

    def typical(self) -> Floats:
        """Return values that must all be legal: the ends of a range, else the median."""
        return self.quantile(np.array([0.5]))

    def table(self) -> dict[str, Any]:
        """Return the distribution as a table."""
        return {"kind": self.kind, **self.model_dump(exclude_none=True)}


class _Range(Distribution):
    """What has two ends.

    Parameters
    ----------
    low, high : float
        The ends.
    points : int, optional
        Of a grid, both ends included.
    """

    low: float
    high: float
    points: int | None = Field(default=None, description="of a grid")

    @model_validator(mode="after")
    def _rises(self) -> Self:
        if not self.low < self.high:
            raise ParameterError(f"low={self.low:g} is not below high={self.high:g}; give low < high")
        if self.points is not None and self.points < 2:
            raise ParameterError(f"points={self.points} is below 2; a grid holds both ends")
        return self

    def typical(self) -> Floats:
        """Return the ends."""
        return np.array([self.low, self.high])

    def levels(self) -> Floats:
        """Return the points of the grid."""
        if self.points is None:
            raise ParameterError("points is missing; say how many a grid has")
        return self.quantile(np.linspace(0.0, 1.0, self.points))


class Uniform(_Range):
    """Uniform between two ends.

    Parameters
    ----------
    low, high : float
        The ends.
    points : int, optional
        Of a grid, both ends included.
    """

    kind: ClassVar[str] = "uniform"

    def quantile(self, u: Floats) -> Floats:
        """Return ``low + u (high - low)``."""
        return np.asarray((1.0 - u) * self.low + u * self.high)


class LogUniform(_Range):
    """The logarithm is uniform.

    Parameters
    ----------
    low, high : float
        The ends, of one sign.
    points : int, optional
        Of a grid, both ends included.
    """

    kind: ClassVar[str] = "log_uniform"

    @model_validator(mode="after")
    def _positive(self) -> Self:
        if not self.low > 0.0:
            raise ParameterError(f"low={self.low:g} is not above 0, so that its logarithm cannot be uniform")
        return self

    def quantile(self, u: Floats) -> Floats:
        """Return ``low (high/low)^u``."""
        return np.asarray(self.low ** (1.0 - u) * self.high**u)


class Normal(Distribution):
    """Normal.

    Parameters
    ----------
    mean : float
        Mean.
    standard_deviation : float
        Above zero, in the parameter's own unit.
    """

    kind: ClassVar[str] = "normal"
    mean: float
    standard_deviation: float

    @field_validator("standard_deviation")
    @classmethod
    def _above_zero(cls, value: float) -> float:
        return _positive("standard_deviation", value)

    def quantile(self, u: Floats) -> Floats:
        """Return the mean and so many standard deviations."""
        return np.asarray(self.mean + self.standard_deviation * ndtri(u))


class LogNormal(Distribution):
    """Log-normal, as the spreads of `mtjphys.Spread`.

    Parameters
    ----------
    mean : float
        Mean; a negative one makes all values negative.
    relative_deviation : float
        Standard deviation over mean, above zero.
    """

    kind: ClassVar[str] = "log_normal"
    mean: float
    relative_deviation: float

    @field_validator("mean")
    @classmethod
    def _not_zero(cls, value: float) -> float:
        if value == 0.0:
            raise ParameterError("mean=0 of a log_normal distribution leaves nothing to spread; give another mean")
        return value

    @field_validator("relative_deviation")
    @classmethod
    def _above_zero(cls, value: float) -> float:
        return _positive("relative_deviation", value)

    def quantile(self, u: Floats) -> Floats:
        """Return the mean times log-normal factors of mean 1."""
        return np.asarray(self.mean * log_normal(self.relative_deviation, ndtri(u)))


class Values(Distribution):
    """Some values, each as likely as the others.

    Parameters
    ----------
    values : tuple of float
        At least one.
    """

    kind: ClassVar[str] = "values"
    values: tuple[float, ...]

    @field_validator("values")
    @classmethod
    def _some(cls, value: tuple[float, ...]) -> tuple[float, ...]:
        if not value:
            raise ParameterError("values=[] is empty; give at least one number")
        return value

    def quantile(self, u: Floats) -> Floats:
        """Return the value in whose share of (0, 1) each probability lies."""
        return self.levels()[np.minimum((u * len(self.values)).astype(int), len(self.values) - 1)]

    def typical(self) -> Floats:
        """Return all of them."""
        return self.levels()

    def levels(self) -> Floats:
        """Return all of them."""
        return np.array(self.values)


def _positive(name: str, value: float) -> float:
    if not value > 0.0:
        raise ParameterError(f"{name}={value:g} is not above 0; give the width of the distribution")
    return value


KINDS: dict[str, type[Distribution]] = {one.kind: one for one in (Uniform, LogUniform, Normal, LogNormal, Values)}


def distribution_of(table: Any) -> Distribution:
    """Return the distribution that a table of the specification, or a list of values, stands for."""
    if isinstance(table, list):
        return Values(values=tuple(table))
    if not isinstance(table, Mapping) or "kind" not in table:
        raise ParameterError(
            f'{table!r} is no distribution; write {{kind = "uniform", low = ..., high = ...}}; '
            f"kinds: {', '.join(KINDS)}"
        )
    values = dict(table)
    kind = values.pop("kind")
    if kind not in KINDS:
        raise ParameterError(f"kind={kind!r} is unknown; {known_instead(str(kind), KINDS)}")
    return KINDS[kind](**values)

"""White Gaussian noise."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated

from mtjphys.core.quantity import Quantity
from mtjphys.learning.noise.chains import ChainLaw, ChainSource
from mtjphys.learning.noise.source import NOISES


@NOISES.register("gaussian")
@dataclass
class GaussianNoise(ChainSource):
    """White Gaussian voltage noise, ``V = mean + sigma n`` with independent n ~ N(0, 1).

    Parameters
    ----------
    sigma : float
        Standard deviation in V, at least 0.
    seed : int or None
        Seed, kept; None draws one. Unit k draws from ``SeedSequence(seed, spawn_key=(k,))``.
    mean : float
        Mean voltage in V.
    gain, offset : float
        Conversion to pre-activation, ``gain (V - offset)``, in 1/V and V.

    Raises
    ------
    ParameterError
        If a parameter is not finite or outside its range.

    Examples
    --------
    >>> noise = GaussianNoise(sigma=0.006, seed=1)
    >>> noise.volts(64, 110).shape
    (64, 110)
    """

    sigma: Annotated[float, Quantity("V", 0.0, 1e3)]
    mean: Annotated[float, Quantity("V", -1e3, 1e3)] = field(default=0.0, kw_only=True)

    def law(self, n_units: int) -> ChainLaw:
        """Return the law of the chains of so many units."""
        return ChainLaw(self.mean, 0.0, 0.0, 0.0, self.sigma)

    @property
    def standard_deviation(self) -> float:
        """Standard deviation of the voltage, V."""
        return self.sigma

"""How much of the time the junction is antiparallel."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Any, Self

import numpy as np
from scipy.special import expit

from mtjphys.calibration.forward import (
    STAYS,
    Linear,
    linear_occupation,
    logit_occupation,
    simulated_logit_occupation,
)
from mtjphys.calibration.likelihoods import Binomial
from mtjphys.calibration.measurements.measurement import Column, Floats, Measurement, both, required
from mtjphys.core.errors import DataError, ParameterError
from mtjphys.core.quantity import Quantity
from mtjphys.junction import MTJ

_SHARE = Quantity("(a fraction)", 0.0, 1.0, ((1.0, 100.0, 1e-2, "per cent"),))
_ERROR = Quantity("(a fraction)", 0.0, 0.5, ((0.5, 50.0, 1e-2, "per cent"),), open_low=True)
_SAMPLES = Quantity("independent readings", 1.0, 1e15)


@dataclass(frozen=True, eq=False, kw_only=True)
class Occupation(Measurement):
    r"""Share of the time in the antiparallel state, the probability of :math:`m\cdot p < 0`.

    The likelihood is that of `effective_samples` independent readings of which a share p is antiparallel; an error
    stands for :math:`p(1-p)/\delta p^2` of them. A record of length T that relaxes in :math:`\tau_c` has about
    :math:`T/(2\tau_c)`.

    Parameters
    ----------
    antiparallel : array_like
        Share of the time, 0 to 1.
    error : array_like, optional
        Its standard error.
    effective_samples : array_like, optional
        Independent readings, where there is no error.
    voltage, current, field, temperature, series_resistance, label, forward
        Conditions, see `Measurement`.

    Raises
    ------
    ParameterError
        If a number is out of range or missing.
    DataError
        If lengths differ, or an error stands beside a share of 0 or 1.

    Examples
    --------
    >>> from mtjphys import calibration as cal
    >>> cal.Occupation(voltage=[-0.1, 0.0, 0.1], antiparallel=[0.9, 0.5, 0.1], error=0.01).points
    3
    """

    kind = "occupation"
    noun = "antiparallel occupation"
    unit = ""

    antiparallel: Annotated[Any, Column(_SHARE, "share of the time in the antiparallel state")] = None
    error: Annotated[Any, Column(_ERROR, "its standard error")] = None
    effective_samples: Annotated[Any, Column(_SAMPLES, "independent readings, where there is no error")] = None
    simulable = True

    def check(self) -> None:
        """Raise if something is missing or contradicts itself."""
        required(("antiparallel", self.antiparallel), of=self.name)
        if (self.error is None) == (self.effective_samples is None):
            raise ParameterError(f"{self.name}: give error, the standard error, or effective_samples, one of them")
        if self.error is not None and ((self.antiparallel == 0.0) | (self.antiparallel == 1.0)).any():
            raise DataError(
                f"{self.name}: an occupation of 0 or 1 has no symmetric error; give effective_samples, the length of "
                "the record over twice its correlation time"
            )

    def predictor(self, junction: MTJ) -> Floats:
        """Return logit of the occupation of each point."""
        result = np.empty(self.points)
        ask = simulated_logit_occupation if self.simulated else logit_occupation
        for logit, positions in self.answers(lambda bias, _: ask(junction, bias)):
            result[positions] = logit
        return result

    def linear(self, junction: MTJ, names: tuple[str, ...]) -> Linear | None:
        """Return the predictor with its derivatives; None with axial symmetry."""
        if self.simulated or self.axial(junction):
            return None
        return self.linear_answers(1, lambda bias, _: linear_occupation(junction, bias, names))

    @cached_property
    def _readings(self) -> Floats:
        p = self.antiparallel
        return np.asarray(p * (1.0 - p) / self.error**2 if self.effective_samples is None else self.effective_samples)

    @cached_property
    def likelihood(self) -> Binomial:
        """The binomial likelihood of the readings; with the chance of a simulation, of `STAYS` in each state."""
        samples, p = self._readings, self.antiparallel
        if self.simulated:
            middle = np.clip(p, 0.5 / samples, 1.0 - 0.5 / samples)
            samples = both(samples, 0.5 * STAYS / (middle * (1.0 - middle)))
        return Binomial(p * samples, samples)

    def in_units(self, predictor: Floats) -> Floats:
        """Return occupations."""
        return expit(predictor)

    def observed(self) -> tuple[Floats, Floats, Floats]:
        """Return the shares with Jeffreys' intervals."""
        from scipy.stats import beta

        n = self._readings
        k = self.antiparallel * n
        return self.antiparallel, beta.ppf(0.16, k + 0.5, n - k + 0.5), beta.ppf(0.84, k + 0.5, n - k + 0.5)

    def replicate(self, predictor: Floats, generator: np.random.Generator) -> Self:
        """Return synthetic shares of as many readings."""
        samples = self._readings
        if self.simulated:
            predictor = predictor + generator.normal(0.0, np.sqrt(2.0 / STAYS), predictor.size)
        made = Binomial(self.antiparallel * samples, samples).replicate(predictor, generator)
        return self.with_data(antiparallel=made.successes / samples, error=None, effective_samples=samples)

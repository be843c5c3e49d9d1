"""How often pulses switched the junction."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Any, Self

import numpy as np
from scipy.special import expit, logit

from mtjphys.bias import Bias
from mtjphys.calibration.forward import (
    LANES,
    Linear,
    linear_switching,
    logit_switching,
    simulated_logit_switching,
)
from mtjphys.calibration.likelihoods import Binomial
from mtjphys.calibration.measurements.measurement import Column, Floats, Measurement, both, required
from mtjphys.core.checks import as_choice
from mtjphys.core.errors import DataError
from mtjphys.core.quantity import Quantity
from mtjphys.junction import MTJ

_DURATION = Quantity("s", 1e-12, 1e3, ((1e-3, 1e6, 1e-9, "nanoseconds"),), "if this is in ns, multiply by 1e-9")
_COUNT = Quantity("counts", 0.0, 1e12, (), "give numbers of trials, not probabilities")


@dataclass(frozen=True, eq=False, kw_only=True)
class SwitchingProbability(Measurement):
    r"""Counts of trials in which a pulse switched the junction.

    The pulse has the voltage (or current) and the field of the measurement; before and after it there is the same field
    and no voltage. The likelihood is binomial in :math:`\mathrm{logit}\,p`, p being the exact switching probability of
    the Fokker-Planck equation.

    Parameters
    ----------
    duration : array_like
        Of the pulse, s.
    switched : array_like
        Trials that switched.
    trials : array_like
        All trials.
    initial : {"parallel", "antiparallel"}
        State before the pulse.
    voltage, current, field, temperature, series_resistance, label, forward
        Conditions, see `Measurement`; `voltage` is the pulse's.

    Raises
    ------
    ParameterError
        If a number is out of range or missing.
    DataError
        If more trials switched than there were, or lengths differ.

    Examples
    --------
    >>> from mtjphys import calibration as cal
    >>> curve = cal.SwitchingProbability(voltage=0.68, duration=[1e-9, 2e-9], switched=[5022, 9954], trials=10_000,
    ...                                  initial="antiparallel")
    >>> curve.points
    2
    """

    kind = "switching_probability"
    noun = "switching probability"
    unit = ""

    duration: Annotated[Any, Column(_DURATION, "of the pulse")] = None
    switched: Annotated[Any, Column(_COUNT, "trials that switched")] = None
    trials: Annotated[Any, Column(_COUNT, "all trials")] = None
    initial: str = "antiparallel"
    simulable = True

    def check(self) -> None:
        """Raise if counts and trials do not go together."""
        required(("duration", self.duration), ("switched", self.switched), ("trials", self.trials), of=self.name)
        as_choice(f"{self.name}: initial", self.initial, ("parallel", "antiparallel"))
        for position in np.flatnonzero(self.switched > self.trials)[:1]:
            raise DataError(
                f"{self.name}: switched[{position}]={self.switched[position]:g} of trials={self.trials[position]:g}; "
                "expected no more than the trials: are the columns exchanged?"
            )
        broken = self.switched[np.abs(self.switched - np.round(self.switched)) > 1e-6 * self.trials]
        if broken.size:
            kind = "a probability" if broken.max() < 1.0 else "not a whole number"
            raise DataError(
                f"{self.name}: switched={broken[0]:g} is {kind}; give the number of trials that switched, probability "
                "times trials"
            )
        for position in np.flatnonzero(self.trials < 1.0)[:1]:
            raise DataError(f"{self.name}: trials[{position}]={self.trials[position]:g}; expected at least one")

    def predictor(self, junction: MTJ) -> Floats:
        """Return logit of the switching probability of each point."""

        def curve(bias: Bias, positions: Any) -> Floats:
            durations, back = np.unique(self.duration[positions], return_inverse=True)
            if self.simulated:
                return simulated_logit_switching(junction, bias, tuple(map(float, durations)), self.initial)[back]
            return logit_switching(junction, bias, durations, self.initial)[back]

        result = np.empty(self.points)
        for logits, positions in self.answers(curve):
            result[positions] = logits
        return result

    def linear(self, junction: MTJ, names: tuple[str, ...]) -> Linear | None:
        """Return the predictor with its derivatives; None without axial symmetry."""
        if self.simulated or not self.axial(junction):
            return None

        def curve(bias: Bias, positions: Any) -> Linear:
            durations, back = np.unique(self.duration[positions], return_inverse=True)
            found = linear_switching(junction, bias, durations, self.initial, names)
            return Linear(found.value[back], found.slopes[back])

        return self.linear_answers(1, curve)

    @cached_property
    def likelihood(self) -> Binomial:
        """The binomial likelihood of the counts; with the chance of a simulation."""
        trials = both(self.trials, LANES) if self.simulated else self.trials
        return Binomial(self.switched * trials / self.trials, trials)

    def in_units(self, predictor: Floats) -> Floats:
        """Return probabilities."""
        return expit(predictor)

    def observed(self) -> tuple[Floats, Floats, Floats]:
        """Return the shares, and Clopper and Pearson's intervals."""
        from scipy.stats import beta

        k, n = self.switched, self.trials
        low = np.where(k > 0, beta.ppf(0.16, np.maximum(k, 1e-9), n - k + 1), 0.0)
        high = np.where(k < n, beta.ppf(0.84, k + 1, np.maximum(n - k, 1e-9)), 1.0)
        return k / n, low, high

    def replicate(self, predictor: Floats, generator: np.random.Generator) -> Self:
        """Return synthetic counts."""
        if self.simulated:
            shares = generator.binomial(LANES, expit(predictor)) / LANES
            predictor = logit(np.clip(shares, 0.5 / LANES, 1.0 - 0.5 / LANES))
        counts = Binomial(self.switched, self.trials).replicate(predictor, generator)
        return self.with_data(switched=counts.successes)

"""A record of telegraph noise, as an instrument saw it."""

from __future__ import annotations

import copy
import math
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Any, Self

import numpy as np

from mtjphys.calibration.forward import Linear, linear_dwell_times, log_dwell_times, state_resistances
from mtjphys.calibration.likelihoods import AveragedTelegraph, Gaussian, Sampling, TraceFit, fit_trace, whiteness
from mtjphys.calibration.measurements.measurement import Column, Doubt, Floats, Measurement, required
from mtjphys.core.checks import as_choice
from mtjphys.core.errors import DataError, ParameterError
from mtjphys.core.quantity import Quantity
from mtjphys.core.text import human
from mtjphys.junction import MTJ

_INTERVAL = Quantity("s", 1e-13, 1e4, (), "if this is in us, multiply by 1e-6; a sampling rate is its inverse", True)
_ERROR = Quantity("(unit of the values)", 0.0, 1e12, (), "", open_low=True)
_COARSE = 1.5
"""Step of a converter over the noise from which the levels of a fit that does not know it are off by 0.1 % and more."""
UNITS = {"voltage": "V", "resistance": "ohm", "current": "A", "arbitrary": ""}


@dataclass(frozen=True, eq=False, kw_only=True)
class TelegraphTrace(Measurement):
    r"""A trace that jumps between two levels, under one condition.

    Levels, noise and rates are those of highest likelihood of a two-state process in continuous time, of which every
    sample is a mean over its interval (or what a one-pole amplifier makes of it) with white noise: exact also where the
    junction is faster than the sampling. What the junction is fitted to is :math:`\ln\tau_P` and :math:`\ln\tau_{AP}`
    with their covariance, and where the levels are absolute the two levels.

    Parameters
    ----------
    values : array_like (samples,)
        In the unit of `quantity`.
    sample_interval : float
        s.
    quantity : {"voltage", "resistance", "current", "arbitrary"}
        What was recorded: the voltage across the junction, its resistance, the current, or any of these behind an
        amplifier of unknown gain.
    parallel : {"low", "high"}, optional
        Which level is the parallel state; by default high for a current, else low.
    level_error : float, optional
        Calibration error of a level, in the unit of the values. With it the levels are absolute and count as data;
        without it they do not.
    bandwidth : float, optional
        Of the amplifier, Hz; without it a sample is the mean over its interval.
    aperture : float, optional
        Time at the end of the interval over which a sample is the mean, s; by default all of it, 0 for samples at
        instants.
    quantisation : float
        Step of the converter, in the unit of the values.
    voltage, current, field, temperature, series_resistance, label, forward
        Conditions, see `Measurement`; one of each.

    Raises
    ------
    ParameterError
        If an argument is out of range or missing.
    DataError
        If the trace cannot be used, or there is more than one condition.

    Examples
    --------
    >>> import numpy as np
    >>> from mtjphys import calibration as cal, telegraph
    >>> trace = telegraph.sample(rate_up=2e3, rate_down=3e3, sample_interval=25e-6, samples=20_000,
    ...                          levels=(0.036, 0.048), noise=1e-3, seed=1)
    >>> record = cal.TelegraphTrace(values=trace.values, sample_interval=25e-6, aperture=0.0, current=1e-5)
    >>> value, low, high = record.observed()
    >>> bool(low[0] < 0.5e-3 < high[0])
    True
    """

    kind = "telegraph_trace"
    noun = "dwell time"
    unit = "s"

    values: Any = None
    sample_interval: Annotated[Any, Column(_INTERVAL, "between samples")] = None
    quantity: str = "voltage"
    parallel: str | None = None
    level_error: Annotated[Any, Column(_ERROR, "calibration error of a level; levels count with it")] = None
    bandwidth: float | None = None
    aperture: float | None = None
    quantisation: float = 0.0

    def check(self) -> None:
        """Raise if something is missing or contradicts itself."""
        required(("values", self.values), ("sample_interval", self.sample_interval), of=self.name)
        as_choice(f"{self.name}: quantity", self.quantity, UNITS)
        if self.points != 1:
            raise DataError(f"{self.name}: {self.points} conditions for one trace; give a TelegraphTrace for each")
        if self.parallel is None:
            object.__setattr__(self, "parallel", "high" if self.quantity == "current" else "low")
        as_choice(f"{self.name}: parallel", self.parallel, ("low", "high"))
        if self.level_error is not None and self.quantity == "arbitrary":
            raise ParameterError(
                f"{self.name}: level_error={self.level_error[0]:g} needs levels in a unit; give quantity as voltage, "
                "resistance or current, or leave level_error out"
            )

    @cached_property
    def fit(self) -> TraceFit:
        """Levels, noise and rates of the trace by maximum likelihood, the lower level first."""
        return fit_trace(np.asarray(self.values), self._sampling)

    @property
    def _sampling(self) -> Sampling:
        return Sampling(float(self.sample_interval[0]), self.aperture, self.bandwidth, self.quantisation)

    def doubt(self) -> Doubt:
        """Return whether what the fit does not foresee of a sample is white, as of two levels with white noise.

        Values in steps that are coarser than the noise are no such trace at all, unless `quantisation` says so.
        """
        noise = math.exp(self.fit.parameters.log_noise)
        if not self.quantisation and (step := _converter_step(np.asarray(self.values))) > _COARSE * noise:
            words = f"its values come in steps of {step:.4g}, coarser than its noise; give quantisation={step:.4g}"
            return Doubt(0.0, words)
        series = AveragedTelegraph(np.asarray(self.values), self._sampling).forecast_residuals(self.fit.parameters)
        found = whiteness(series)
        rate = 1.0 / float(self.sample_interval[0])
        slowest, fastest = human(rate * found.slowest, "Hz"), human(rate * found.fastest, "Hz")
        fast = found.fastest > 0.1
        advice = "check aperture, bandwidth and quantisation" if fast else "take drift and slow noise off"
        words = (
            f"beside two levels and white noise it has {found.power:.2g} times the noise expected from {slowest} to "
            f"{fastest}; {advice}"
        )
        return Doubt(found.p_value, words)

    def predictor(self, junction: MTJ) -> Floats:
        """Return ln of the dwell times, (parallel, antiparallel), then the levels likewise where they count."""
        logs = log_dwell_times(junction, self.biases[0])
        if self.level_error is None:
            return np.array(logs)
        return np.array([*logs, *(self._level(value) for value in state_resistances(junction, self.biases[0]))])

    def _level(self, resistance: float) -> float:
        """Return what is recorded of a resistance."""
        if self.quantity == "resistance":
            return resistance
        if self.current is not None:
            current = float(self.current[0])
        else:
            current = float(self.voltage[0]) / (resistance + float(self.series_resistance[0]))
        return current if self.quantity == "current" else current * resistance

    def linear(self, junction: MTJ, names: tuple[str, ...]) -> Linear | None:
        """Return the predictor with its derivatives; None with axial symmetry, or where levels count."""
        if self.level_error is not None or self.axial(junction):
            return None
        return linear_dwell_times(junction, self.biases[0], names)

    @cached_property
    def likelihood(self) -> Gaussian:
        """The likelihood of dwell times and levels about their estimates."""
        # The fit has levels and ln rates (low, high, -, up, down); a rate up is what ends a stay in the low state.
        order = [3, 4, 0, 1] if self.parallel == "low" else [4, 3, 1, 0]
        order = order[: len(self.names())]
        values = np.array(self.fit.parameters)[order]
        signs = np.array([-1.0, -1.0, 1.0, 1.0])[: len(order)]
        covariance = self.fit.covariance[np.ix_(order, order)] * np.outer(signs, signs)
        if self.level_error is not None:
            covariance = covariance + np.diag([0.0, 0.0, *[float(self.level_error[0]) ** 2] * 2])
        return Gaussian(signs * values, covariance)

    def in_units(self, predictor: Floats) -> Floats:
        """Return dwell times in s, then the levels in the unit of the trace where they count."""
        return np.concatenate((np.exp(predictor[..., :2]), predictor[..., 2:]), axis=-1)

    def observed(self) -> tuple[Floats, Floats, Floats]:
        """Return the estimates with their errors."""
        value, error = self.likelihood.observed, np.sqrt(np.diag(self.likelihood.error))
        return self.in_units(value), self.in_units(value - error), self.in_units(value + error)

    def replicate(self, predictor: Floats, generator: np.random.Generator) -> Self:
        """Return the measurement with synthetic estimates, without a trace of its own."""
        made = copy.copy(self)
        made.__dict__["likelihood"] = self.likelihood.replicate(predictor, generator)
        return made

    def names(self) -> list[str]:
        """Return what the trace says."""
        levels = ["parallel level", "antiparallel level"]
        return ["parallel dwell time", "antiparallel dwell time"] + ([] if self.level_error is None else levels)


def _converter_step(values: Floats) -> float:
    """Return the step of which all values are a few multiples; 0 if there is none, or of two levels without noise."""
    first = values[np.isfinite(values)][:100_000]
    different = np.unique(np.round(first, 12 - math.ceil(math.log10(np.ptp(first)))))
    steps = np.diff(different)
    if not 2 <= steps.size <= 50:
        return 0.0
    multiples = steps / steps.min()
    return float(steps.min()) if np.allclose(multiples, np.rint(multiples), rtol=0.0, atol=0.01) else 0.0

"""Mean dwell times, as tables give them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Any, Self

import numpy as np

from mtjphys.calibration.forward import (
    STAYS,
    Linear,
    linear_dwell_times,
    log_dwell_times,
    simulated_log_dwell_times,
)
from mtjphys.calibration.likelihoods import ApparentMeans
from mtjphys.calibration.measurements.measurement import Column, Floats, Measurement, both, required
from mtjphys.core.errors import DataError, ParameterError
from mtjphys.core.quantity import Quantity
from mtjphys.junction import MTJ

_TIME = Quantity("s", 1e-12, 1e9, (), "if this is in ms, multiply by 1e-3; us by 1e-6; ns by 1e-9", open_low=True)
_COUNT = Quantity("stays", 1.0, 1e12, (), "give the number of complete stays")


@dataclass(frozen=True, eq=False, kw_only=True)
class DwellTimes(Measurement):
    r"""Mean dwell times in both states.

    The mean of n exponential stays of expected length :math:`\tau` is gamma distributed, with shape n; what is given
    with an error instead is taken for the mean of :math:`(\tau/\delta\tau)^2` stays. A `dead_time` below which stays go
    unseen prolongs the mean: the stays that are seen in P last

    .. math::

        e^{t_d/\tau_{AP}}\,(\tau_P+\tau_{AP}) - \tau_{AP}

    on average (Colquhoun and Hawkes), and likewise with the states exchanged; see `likelihoods.ApparentMeans`.

    Parameters
    ----------
    parallel, antiparallel : array_like
        Mean dwell times, s.
    parallel_count, antiparallel_count : array_like, optional
        Complete stays that each is the mean of.
    parallel_error, antiparallel_error : array_like, optional
        Standard errors in s, where there are no counts.
    dead_time : array_like
        Shortest stay that is seen, s.
    voltage, current, field, temperature, series_resistance, label, forward
        Conditions, see `Measurement`.

    Raises
    ------
    ParameterError
        If a number is out of range or missing.
    DataError
        If lengths differ, or a mean is below the dead time.

    References
    ----------
    D. Colquhoun and A. G. Hawkes, Phil. Trans. R. Soc. B 300, 1 (1982).

    Examples
    --------
    >>> from mtjphys import calibration as cal
    >>> table = cal.DwellTimes(field=[(1e-3, 0, 0), (2e-3, 0, 0)], parallel=[0.39e-3, 0.61e-3],
    ...                        antiparallel=[0.44e-3, 0.30e-3], parallel_count=900, antiparallel_count=900)
    >>> table.points
    2
    """

    kind = "dwell_times"
    noun = "dwell time"
    unit = "s"

    parallel: Annotated[Any, Column(_TIME, "mean dwell time in the parallel state")] = None
    antiparallel: Annotated[Any, Column(_TIME, "mean dwell time in the antiparallel state")] = None
    parallel_count: Annotated[Any, Column(_COUNT, "complete stays in the parallel state")] = None
    antiparallel_count: Annotated[Any, Column(_COUNT, "complete stays in the antiparallel state")] = None
    parallel_error: Annotated[Any, Column(_TIME, "standard error, where there is no count")] = None
    antiparallel_error: Annotated[Any, Column(_TIME, "standard error, where there is no count")] = None
    dead_time: Annotated[Any, Column(Quantity("s", 0.0, 1e6), "shortest stay that is seen")] = 0.0
    simulable = True

    def check(self) -> None:
        """Raise if something is missing or contradicts itself."""
        required(("parallel", self.parallel), ("antiparallel", self.antiparallel), of=self.name)
        for state in ("parallel", "antiparallel"):
            count, error = getattr(self, f"{state}_count"), getattr(self, f"{state}_error")
            if (count is None) == (error is None):
                raise ParameterError(
                    f"{self.name}: give {state}_count, the number of complete stays, or {state}_error in s, one of them"
                )
            short = np.flatnonzero(getattr(self, state) <= self.dead_time)
            for position in short[:1]:
                raise DataError(
                    f"{self.name}: {state}[{position}]={getattr(self, state)[position]:g} s is not above "
                    f"dead_time={self.dead_time[position]:g} s, below which no stay is seen"
                )

    def predictor(self, junction: MTJ) -> Floats:
        """Return ln of the true mean dwell times, first all parallel, then all antiparallel."""
        logs = np.empty((2, self.points))
        ask = simulated_log_dwell_times if self.simulated else log_dwell_times
        for found, positions in self.answers(lambda bias, _: ask(junction, bias)):
            logs[:, positions] = np.array(found)[:, None]
        return logs.ravel()

    def linear(self, junction: MTJ, names: tuple[str, ...]) -> Linear | None:
        """Return the predictor with its derivatives; None with axial symmetry."""
        if self.simulated or self.axial(junction):
            return None
        return self.linear_answers(2, lambda bias, _: linear_dwell_times(junction, bias, names))

    @cached_property
    def likelihood(self) -> ApparentMeans:
        """The gamma likelihood of the means that are seen; with the chance of a simulation."""
        low, high = (both(count, STAYS) if self.simulated else count for count in self._counts)
        return ApparentMeans(self.parallel, self.antiparallel, low, high, self.dead_time)

    @property
    def _counts(self) -> tuple[Floats, Floats]:
        low, high = [
            count if count is not None else (mean / error) ** 2
            for mean, count, error in (
                (self.parallel, self.parallel_count, self.parallel_error),
                (self.antiparallel, self.antiparallel_count, self.antiparallel_error),
            )
        ]
        return low, high

    def in_units(self, predictor: Floats) -> Floats:
        """Return dwell times, s."""
        return np.exp(predictor)

    def observed(self) -> tuple[Floats, Floats, Floats]:
        """Return the means, and their intervals by chi square."""
        from scipy.stats import gamma

        mean = np.concatenate((self.parallel, self.antiparallel))
        shape = self.likelihood.law.events
        return mean, mean * shape / gamma.isf(0.16, shape), mean * shape / gamma.isf(0.84, shape)

    def replicate(self, predictor: Floats, generator: np.random.Generator) -> Self:
        """Return synthetic means of as many stays."""
        if self.simulated:
            predictor = predictor + np.log(generator.standard_gamma(STAYS, predictor.size) / STAYS)
        law = ApparentMeans(self.parallel, self.antiparallel, *self._counts, self.dead_time)
        made = law.replicate(predictor, generator)
        new: dict[str, Any] = {"parallel": made.low, "antiparallel": made.high}
        for state, mean in list(new.items()):
            error = getattr(self, f"{state}_error")
            if error is not None:  # the same relative error
                new[f"{state}_error"] = error * mean / getattr(self, state)
        return self.with_data(**new)

    def names(self) -> list[str]:
        """Return what each point has."""
        return ["parallel dwell time", "antiparallel dwell time"]

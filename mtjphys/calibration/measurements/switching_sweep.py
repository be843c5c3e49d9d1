"""Where sweeps of a field or a voltage switched the junction, sweep by sweep."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Any, Self

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import expit

from mtjphys.calibration.forward import log_exit_times
from mtjphys.calibration.likelihoods import Binomial
from mtjphys.calibration.measurements.measurement import Column, Floats, Measurement, required
from mtjphys.core.checks import as_choice
from mtjphys.core.errors import DataError, ParameterError
from mtjphys.core.quantity import Quantity
from mtjphys.junction import MTJ

_COUNT = Quantity("counts", 0.0, 1e12, (), "give numbers of sweeps")
_DWELL = Quantity("s", 0.0, 1e6, (), "", True)


@dataclass(frozen=True, eq=False, kw_only=True)
class SwitchingSweep(Measurement):
    r"""How many of many equal sweeps switched at each point: the distribution of switching fields or voltages.

    The points stand in the order of the sweep, which begins in `initial`; at each the conditions are held for `dwell`.
    With the mean time :math:`\tau_j` in which the state is left at point j, a sweep that has come so far switches there
    with the probability

    .. math::

        p_j = 1 - e^{-\Lambda_j}, \quad \Lambda_j = t_j / \tau_j, \quad
        \mathrm{logit}\,p_j = \ln\left(e^{\Lambda_j} - 1\right)

    (Kurkijärvi's distribution, as a life table). Of the sweeps that are left the number that switches is binomial, so
    that the likelihood is a product of binomials. `of_switching_fields` makes the table of single switching fields.

    Parameters
    ----------
    switched : array_like
        Sweeps that switched at each point.
    sweeps : int
        All sweeps.
    dwell : array_like
        Time at each point, s.
    initial : {"parallel", "antiparallel"}
        State in which the sweeps begin.
    voltage, current, field, temperature, series_resistance, label, forward
        Conditions, see `Measurement`; one of them is what is swept.

    Raises
    ------
    ParameterError
        If a number is out of range or missing.
    DataError
        If more sweeps switched than there were, or lengths differ.

    References
    ----------
    J. Kurkijärvi, Phys. Rev. B 6, 832 (1972).

    Examples
    --------
    >>> from mtjphys import calibration as cal
    >>> swept = [(0, 0, b) for b in (0.010, 0.012, 0.014, 0.016)]
    >>> cal.SwitchingSweep(field=swept, switched=[0, 12, 60, 28], sweeps=100, dwell=0.1, initial="antiparallel").left
    array([100., 100.,  88.,  28.])
    """

    kind = "switching_sweep"
    noun = "switching probability at a point"
    unit = ""

    switched: Annotated[Any, Column(_COUNT, "sweeps that switched at this point")] = None
    sweeps: Annotated[Any, Column(_COUNT, "all sweeps")] = None
    dwell: Annotated[Any, Column(_DWELL, "time at each point")] = None
    initial: str = "antiparallel"

    def check(self) -> None:
        """Raise if counts do not go together."""
        named = ("switched", self.switched), ("sweeps", self.sweeps), ("dwell", self.dwell)
        required(*named, of=self.name)
        as_choice(f"{self.name}: initial", self.initial, ("parallel", "antiparallel"))
        for name, numbers in named[:2]:
            for broken in numbers[numbers != np.round(numbers)][:1]:
                raise DataError(f"{self.name}: {name}={broken:g} is not a whole number; give a number of sweeps")
        if np.ptp(self.sweeps) or self.sweeps[0] < 1.0:
            raise DataError(f"{self.name}: sweeps={self.sweeps.min():g}; give one number, at least 1, for all")
        if self.switched.sum() > self.sweeps[0]:
            raise DataError(
                f"{self.name}: {self.switched.sum():g} sweeps switched at all points together, of "
                f"sweeps={self.sweeps[0]:g}; give the sweeps that switched at each point, not up to it"
            )

    @classmethod
    def of_switching_fields(
        cls,
        switching_field: ArrayLike,
        *,
        start: float,
        rate: float,
        along: ArrayLike = (0.0, 0.0, 1.0),
        field: ArrayLike = (0.0, 0.0, 0.0),
        **conditions: Any,
    ) -> Self:
        r"""Return the table of sweeps of the field whose switching fields were read one by one.

        The fields between the first and the last are divided into :math:`\max(8, 2 n^{1/3})` equal steps, and so are
        those before the first, twice as many or up to the start of the sweep; a step has the conditions of its middle.

        Parameters
        ----------
        switching_field : array_like
            Component along `along` at which each sweep switched, T.
        start : float
            Where the sweep begins, T.
        rate : float
            Of the sweep, T/s, without sign.
        along : array_like (3,)
            Direction of the swept field; its length does not matter.
        field : array_like (3,)
            Field besides the swept one, T.
        **conditions
            As of the class: voltage, initial, ...

        Returns
        -------
        SwitchingSweep
            With a point for each step.

        Raises
        ------
        ParameterError
            If a number is out of range.
        DataError
            If there are fewer than five sweeps, all are equal, or some lie on the other side of the start.

        Examples
        --------
        >>> from mtjphys import calibration as cal
        >>> fields = [0.0131, 0.0127, 0.0142, 0.0136, 0.0133, 0.0139]
        >>> sweep = cal.SwitchingSweep.of_switching_fields(fields, start=0.0, rate=0.01, initial="antiparallel")
        >>> int(sweep.switched.sum()), sweep.points
        (6, 24)
        """
        values = np.atleast_1d(np.asarray(switching_field, dtype=np.float64))
        direction = np.asarray(along, dtype=np.float64)
        if direction.shape != (3,) or not np.isfinite(direction).all() or not direction.any():
            raise ParameterError(f"along={along!r} is no direction; give three numbers")
        if not (math.isfinite(start) and math.isfinite(rate) and rate > 0.0):
            raise ParameterError(f"start={start!r} T and rate={rate!r} T/s; expected finite numbers, the rate above 0")
        if values.ndim != 1 or values.size < 5 or not np.isfinite(values).all() or np.ptp(values) == 0.0:
            raise DataError(
                f"switching_field holds {values.size} values from {values.min(initial=math.inf):g} to "
                f"{values.max(initial=-math.inf):g} T; expected at least 5 finite ones that are not all equal"
            )
        sign = math.copysign(1.0, float(np.median(values)) - start)
        way = sign * (values - start)
        for wrong in values[way <= 0.0][:1]:
            raise DataError(
                f"switching_field={wrong:g} T is before start={start:g} T of the sweep; give the sweeps of each "
                "direction as a measurement of its own"
            )
        steps = max(8, math.ceil(2.0 * values.size ** (1.0 / 3.0)))
        width = float(np.ptp(way)) / steps
        before = min(2 * steps, math.floor(way.min() / width))
        edges = way.min() + width * np.arange(-before, steps + 1)
        counts, _ = np.histogram(way, np.concatenate((edges[:-1], [math.inf])))
        middles = start + sign * 0.5 * (edges[1:] + edges[:-1])
        swept = np.multiply.outer(middles, direction / np.linalg.norm(direction))
        vectors = np.asarray(field, dtype=np.float64) + swept
        return cls(field=vectors, switched=counts, sweeps=values.size, dwell=width / rate, **conditions)

    @property
    def left(self) -> Floats:
        """Sweeps that have not switched before each point."""
        return np.asarray(self.sweeps - np.cumsum(self.switched) + self.switched)

    def predictor(self, junction: MTJ) -> Floats:
        """Return logit of the probability that a sweep that reached a point switches there."""
        state = ("parallel", "antiparallel").index(self.initial)
        logs = np.empty(self.points)
        for found, positions in self.answers(lambda bias, _: log_exit_times(junction, bias)):
            logs[positions] = found[state]
        turns = np.clip(self.dwell * np.exp(-np.clip(logs, -700.0, 690.0)), 1e-300, 700.0)
        return turns + np.log(-np.expm1(-turns))

    @cached_property
    def likelihood(self) -> Binomial:
        """The binomial likelihoods; a point that no sweep reaches says nothing."""
        return Binomial(self.switched, np.maximum(self.left, 1e-9))

    def in_units(self, predictor: Floats) -> Floats:
        """Return probabilities."""
        return expit(predictor)

    def observed(self) -> tuple[Floats, Floats, Floats]:
        """Return the shares of the sweeps that reached each point, with Jeffreys' intervals."""
        from scipy.stats import beta

        k, n = self.likelihood.successes, self.likelihood.trials
        return k / n, beta.ppf(0.16, k + 0.5, n - k + 0.5), beta.ppf(0.84, k + 0.5, n - k + 0.5)

    def replicate(self, predictor: Floats, generator: np.random.Generator) -> Self:
        """Return synthetic counts of as many sweeps."""
        left, switched = int(self.sweeps[0]), np.zeros(self.points)
        for k, probability in enumerate(expit(predictor)):
            switched[k] = generator.binomial(left, probability)
            left -= int(switched[k])
        return self.with_data(switched=switched)

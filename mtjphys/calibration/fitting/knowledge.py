"""What is known of a junction after it was fitted: values, intervals, verdicts, goodness."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from mtjphys.calibration.fitting.combinations import COMBINATIONS, log_combination
from mtjphys.calibration.fitting.goodness import Goodness, judge
from mtjphys.calibration.fitting.maximum import Maximum
from mtjphys.calibration.fitting.parameters import FreeParameter
from mtjphys.calibration.fitting.problem import Floats, Problem
from mtjphys.calibration.fitting.profile import Interval, Quantity, curve, level_at, profile
from mtjphys.calibration.fitting.surface import Surface, axes_of, refit, surface, worst
from mtjphys.calibration.fitting.suspects import Slope, Unseen, unseen
from mtjphys.calibration.measurements import Measurement
from mtjphys.core.errors import MtjphysWarning, ParameterError
from mtjphys.core.parameters import known_instead
from mtjphys.core.quantity import check_range
from mtjphys.core.shown import Shown
from mtjphys.core.text import human
from mtjphys.junction import MTJ

if TYPE_CHECKING:
    import xarray as xr

INEXACT = 0.3
"""Error of the expansion about the best fit, in standard deviations of the data, from which it is told."""

WIDE = 0.5
"""Share of its range from which the 95 % interval of a number is wide."""


@dataclass(frozen=True, eq=False, repr=False)
class Knowledge(Shown):
    """What is known of a junction after it was fitted.

    Names are those of the free numbers (``free_layer.damping``) and of the combinations that measurements see:
    ``thermal_stability``, ``critical_voltage`` (V), ``attempt_time`` (s) and ``level_splitting`` (ohm), at 300 K and no
    field.

    Attributes
    ----------
    problem : Problem
        Measurements, start and free numbers.
    maximum : Maximum
        Where the search ended.
    reasons : dict of str to str
        Why a number that could have been fitted was not.
    overdispersion : bool
        Whether intervals are widened by the scatter.
    seed : int
        Of synthetic data and draws.
    """

    problem: Problem
    maximum: Maximum
    reasons: dict[str, str] = field(default_factory=dict)
    overdispersion: bool = False
    seed: int = 0

    @property
    def measurements(self) -> tuple[Measurement, ...]:
        """What was measured."""
        return self.problem.measurements

    @property
    def free(self) -> tuple[FreeParameter, ...]:
        """The numbers that were fitted, with their ranges."""
        return self.problem.parameters

    @cached_property
    def junction(self) -> MTJ:
        """The junction of highest likelihood."""
        return self.problem.junction(self.maximum.position)

    @property
    def parameters(self) -> list[str]:
        """Names of the free numbers, then of the combinations that the junction has."""
        return [*(p.name for p in self.free), *self._combinations]

    def unit(self, name: str) -> str:
        """Return the unit of a free number or a combination, SI."""
        return {p.name: p.unit for p in self.free}[name] if name not in COMBINATIONS else COMBINATIONS[name].unit

    def values_at(self, position: Floats) -> dict[str, float]:
        """Return the free numbers at a position on the scale of the fit."""
        return {p.name: p.outer(float(x)) for p, x in zip(self.free, position, strict=True)}

    @cached_property
    def _combinations(self) -> dict[str, tuple[float, Floats]]:
        """Ln of the combinations at the best fit, and its gradient over coordinates of the surface."""
        found = {}
        made = self.surface
        for name in COMBINATIONS:
            middle = log_combination(name, self.junction)
            if not math.isfinite(middle) or not self.free:
                continue
            slopes = np.zeros(len(self.free))
            for k in range(slopes.size):
                v = np.zeros(slopes.size)
                v[k] = 0.5
                ends = []
                for sign in (1.0, -1.0):
                    place = np.clip(made.position(sign * v), *made.bounds)
                    ends.append(log_combination(name, self.problem.junction(place)))
                slopes[k] = ends[0] - ends[1]
            if np.isfinite(slopes).all() and np.abs(slopes).max() > 1e-12:
                found[name] = (middle, slopes)
        return found

    # What is known

    @cached_property
    def dispersion(self) -> float:
        """What the deviance is divided by in intervals; 1 unless over-dispersion is asked for and found."""
        degrees = self.maximum.predicted.size - len(self.free)
        return max(1.0, self.maximum.deviance / max(degrees, 1)) if self.overdispersion else 1.0

    @cached_property
    def _axes(self) -> tuple[Floats, Floats]:
        return axes_of(self.problem, self.maximum.position, self.maximum.predicted, self.dispersion)

    @property
    def covariance(self) -> Floats:
        """Covariance of the free numbers on the scale of the fit, see `surface.axes_of`."""
        return self._axes[0]

    @cached_property
    def surface(self) -> Surface:
        """What junctions near the best one predict."""
        made = surface(self.problem, self.maximum.position, self._axes[1])
        error = worst(self.problem, made) if self.free else 0.0
        # The chance of simulated predictions looks like bending, by up to one standard deviation a point.
        allowed = math.sqrt(made.value.size) if self.problem.simulated else INEXACT
        if error > allowed * math.sqrt(self.dispersion):
            warnings.warn(
                f"two standard deviations from the best fit the predictions bend more than to second order, by "
                f"{error:.2g} standard deviations of the data; intervals are approximate: measure more, or free fewer "
                "numbers",
                MtjphysWarning,
                stacklevel=4,
            )
        return made

    @cached_property
    def best(self) -> Floats:
        """Coordinates of the best fit on the surface."""
        return refit(self.problem, self.surface)[0]

    def _quantity(self, name: str) -> tuple[Quantity, Callable[[float], float]]:
        """Return a quantity on the scale of its interval, and what takes it to SI."""
        made = self.surface
        names = [p.name for p in self.free]
        if name in names:
            k = names.index(name)
            return (lambda v: (float(made.position(v)[k]), made.axes[k])), self.free[k].outer
        if name in self._combinations:
            middle, slope = self._combinations[name]
            return (lambda v: (middle + float(slope @ v), slope)), math.exp
        if name in self.reasons:
            raise ParameterError(f"{name} was not fitted: {self.reasons[name]}")
        raise ParameterError(f"{name!r} was not fitted; {known_instead(name, self.parameters)}")

    def estimate(self, name: str) -> float:
        """Return the value of highest likelihood, SI.

        Raises
        ------
        ParameterError
            If this was not fitted; the sentence says what was.
        """
        if name in self._combinations:
            return math.exp(self._combinations[name][0])
        self._quantity(name)
        return self.values_at(self.maximum.position)[name]

    def profile_interval(self, name: str, level: float = 0.95) -> Interval:
        """Return the interval of `interval` with whether each end is a finding or the end of the range."""
        check_range("level", level, "", 0.0, 1.0, open_low=True, open_high=True)
        key = (name, level)
        if key not in self._intervals:
            quantity, outer = self._quantity(name)
            found = profile(self.problem, self.surface, self.best, quantity, level, self.dispersion)
            self._intervals[key] = found._replace(low=outer(found.low), high=outer(found.high))
        return self._intervals[key]

    def profile_curve(self, name: str) -> tuple[Floats, Floats]:
        """Return values of a number, SI, and twice the fall of ln of the profile likelihood there, over the dispersion.

        Parameters
        ----------
        name : str
            Of a free number or a combination.
        """
        quantity, outer = self._quantity(name)
        values, excess = curve(self.problem, self.surface, self.best, quantity, self.dispersion)
        return np.array([outer(value) for value in values]), excess

    @cached_property
    def _intervals(self) -> dict[tuple[str, float], Interval]:
        return {}

    def interval(self, name: str, level: float = 0.95) -> tuple[float, float]:
        """Return the interval of the profile likelihood, SI; the end of the range where the data set none.

        Parameters
        ----------
        name : str
            Of a free number or a combination.
        level : float
            Share of repetitions whose interval holds the truth.

        Raises
        ------
        ParameterError
            If this was not fitted, or the level is not between 0 and 1.
        """
        found = self.profile_interval(name, level)
        return found.low, found.high

    def level(self, name: str, value: float) -> float:
        """Return the level of the smallest interval that reaches a value: 0 at the estimate, near 1 far from it.

        Of the true value of many repetitions it is uniform.

        Parameters
        ----------
        name : str
            Of a free number or a combination.
        value : float
            SI.
        """
        quantity, inner = self._quantity(name)[0], self._inner(name)
        return level_at(self.problem, self.surface, self.best, quantity, inner(value), self.dispersion)

    def _inner(self, name: str) -> Callable[[float], float]:
        """Return what takes a value in SI to the scale of its interval."""
        return {p.name: p.inner for p in self.free}.get(name, math.log)

    @cached_property
    def verdicts(self) -> dict[str, str]:
        """What the data say of each number: "identified", "weak" or "not identified".

        Identified has a 95 % interval within its range that is at most half of it; of a weak one the interval reaches
        one end of the range or is wider; one that reaches both ends, or was not fitted because the data cannot tell
        it, is not identified. `reasons` has the words.
        """
        result = {}
        for p in self.free:
            found = self.profile_interval(p.name)
            share = (p.inner(found.high) - p.inner(found.low)) / p.width
            if found.bounded_low and found.bounded_high:
                result[p.name] = "identified" if share <= WIDE else "weak"
            else:
                result[p.name] = "weak" if found.bounded_low or found.bounded_high else "not identified"
        return result | dict.fromkeys(self.reasons, "not identified")

    @cached_property
    def correlation(self) -> xr.Dataset:
        """Correlation matrix and standard deviations of the free numbers, on the scale of the fit (ln if positive)."""
        import xarray as xr

        covariance = self.covariance
        deviations = np.sqrt(np.diag(covariance))
        names = [p.name for p in self.free]
        return xr.Dataset(
            {
                "correlation": (("parameter", "other"), covariance / np.outer(deviations, deviations), {"units": "1"}),
                "standard_deviation": ("parameter", deviations, {"units": "of ln, or of the number itself"}),
            },
            {"parameter": names, "other": names},
        )

    @property
    def knowledge(self) -> list[str]:
        """The combinations of numbers that the data know, from the best known to the least, in words."""
        values, vectors = np.linalg.eigh(self.covariance / np.outer(self.problem.widths, self.problem.widths))
        lines = []
        for value, vector in zip(values, vectors.T, strict=True):
            weights = vector / self.problem.widths
            powers = weights / weights[np.argmax(np.abs(vector))]
            told = " * ".join(
                f"{p.name}^{power:.2g}" if p.logarithmic else f"exp({power:.3g} {p.name})"
                for p, power, share in zip(self.free, powers, vector, strict=True)
                if abs(share) > 0.1
            )
            lines.append(f"{told}: known to {math.sqrt(value):.2g} of the range")
        return lines

    @cached_property
    def goodness(self) -> Goodness:
        """Whether the junction explains the data, and if not, where it fails."""
        return judge(self.problem, self.surface, self.best, self.seed, self.overdispersion)

    @cached_property
    def unseen(self) -> list[Unseen]:
        """Effects outside the model that such data would hide from the goodness, and by how much they would mislead.

        Of 30 K of heating at the highest voltage, a quadratic torque of a tenth of the linear one there, and a
        second-order anisotropy of a tenth of the barrier: those with a chance below 80 % to be called out that would
        put a number off by more than its standard error. To free such a number shows how little is known with it.
        """
        made, tests = self.surface, self.goodness.tests
        numbers = {
            p.name: Slope(axis, None if p.logarithmic else p.unit) for p, axis in zip(self.free, made.axes, strict=True)
        }
        numbers |= {name: Slope(slope, None) for name, (_, slope) in self._combinations.items()}
        place, slopes = made.position(self.best), made.jacobian(self.best)
        return unseen(self.problem, place, slopes, numbers, self.dispersion, tests)

    # Text

    def told(self) -> tuple[str, list[tuple[str, str]]]:
        """Return what was found in a line, and its rows (quantity, value)."""
        counts = ((len(self.measurements), "measurement"), (len(self.free), "free number"))
        line = ", ".join(f"{count} {noun}{'s' * (count != 1)}" for count, noun in counts)
        line += f"; {self.goodness.sentence}"
        simulated = [measurement.name for measurement in self.measurements if measurement.simulated]
        if simulated:
            line += f" Predicted by simulation: {', '.join(simulated)}."
        rows = []
        for name in self.parameters:
            low, high = self.interval(name)
            unit = self.unit(name)
            verdict = self.verdicts.get(name, "")
            text = f"{human(self.estimate(name), unit)} [{human(low, unit)}, {human(high, unit)}]"
            rows.append((name, f"{text} {verdict}".rstrip()))
        rows += [(name, f"not identified: {reason}") for name, reason in self.reasons.items()]
        rows += [("unseen", effect.sentence) for effect in self.unseen]
        return line, rows

"""From measurements to a junction, and everything that is known about it afterwards."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from mtjphys.calibration.fitting.combinations import COMBINATIONS, log_combination
from mtjphys.calibration.fitting.goodness import Goodness, judge
from mtjphys.calibration.fitting.maximum import Maximum, maximise, search
from mtjphys.calibration.fitting.parameters import FreeParameter, as_parameters, candidates, value_of
from mtjphys.calibration.fitting.posterior import draws
from mtjphys.calibration.fitting.problem import Floats, Problem
from mtjphys.calibration.fitting.profile import Interval, Quantity, profile
from mtjphys.calibration.fitting.selection import select
from mtjphys.calibration.fitting.surface import Surface, axes_of, refit, surface, worst
from mtjphys.calibration.measurements import Measurement
from mtjphys.core.checks import as_count, as_list
from mtjphys.core.errors import DataError, MtjphysWarning, ParameterError
from mtjphys.core.parameters import known_instead
from mtjphys.core.quantity import check_range
from mtjphys.core.shown import Shown
from mtjphys.core.streams import Use, generator
from mtjphys.core.text import human
from mtjphys.junction import MTJ

if TYPE_CHECKING:
    import xarray as xr

INEXACT = 0.3
"""Error of the expansion about the best fit, in standard deviations of the data, from which it is told."""

WIDE = 0.5
"""Share of its range from which the 95 % interval of a number is wide."""


def calibrate(
    measurements: Measurement | Sequence[Measurement],
    start: MTJ,
    free: Sequence[str] | None = None,
    *,
    ranges: Mapping[str, tuple[float, float]] | None = None,
    starts: int = 3,
    overdispersion: bool = False,
    seed: int = 0,
    told: Callable[[int], None] = lambda number: None,
    checkpoint: str | Path | None = None,
) -> Calibration:
    r"""Return the junction that explains what was measured, and how sure that is.

    The likelihood of all measurements together, each with the law proper to it (binomial counts, exponential dwell
    times, gamma spectra, ...), is maximised over the free numbers of the junction. What a junction predicts is exact,
    by the Fokker-Planck equation of its macrospin. Intervals are those of the profile likelihood.

    Parameters
    ----------
    measurements : Measurement or list of Measurement
        See `mtjphys.calibration`.
    start : MTJ
        Where the search starts; what is not free stays as it is here.
    free : list of str, optional
        Numbers of the junction to fit, by path (``free_layer.damping``, ``reference.stray_field.z``). By default those
        that the data can tell, of what the junction has; `Calibration.verdicts` says why the others are not among them.
    ranges : dict of str to (float, float), optional
        Range of each, SI; by default a factor about the start: 1.5 for what a stack leaves open, up to 10 for
        anisotropy and torque, 50 mT about the stray field.
    starts : int
        Searches: from `start`, and from the best of random junctions within the ranges.
    overdispersion : bool
        Widen intervals by the root of deviance over degrees of freedom where that is above 1: for data whose points
        scatter more than their counts allow.
    seed : int
        Of starts and synthetic data.
    told : callable
        Is called with 1 after each search, for a progress bar.
    checkpoint : str or Path, optional
        File in which each search that has ended is kept; the same call with it goes on from there.

    Returns
    -------
    Calibration
        Junction, intervals, verdicts, goodness, predictions.

    Raises
    ------
    ParameterError
        If an argument is illegal, or the junction has no such number.
    DataError
        If no junction within the ranges has an answer to all conditions.

    Warns
    -----
    MtjphysWarning
        If other junctions explain the data as well, or none does.

    Examples
    --------
    >>> import mtjphys as mp
    >>> from mtjphys import calibration as cal
    >>> start = mp.MTJ(free_layer=mp.FreeLayer(saturation_magnetisation=1e6, volume=1e-24, damping=0.02,
    ...                demagnetising_factors=(0, 0, 0), uniaxial_anisotropy=(3e4, (0, 0, 1))))
    >>> times = cal.DwellTimes(parallel=2.1e-6, antiparallel=1.9e-6, parallel_count=400, antiparallel_count=400)
    >>> fit = cal.calibrate(times, start, ["free_layer.uniaxial_anisotropy", "reference.stray_field.z"])
    >>> low, high = fit.interval("thermal_stability")
    >>> 5.5 < low < high < 7.0
    True
    """
    problem = _problem(measurements, start, free, ranges)
    as_count("starts", starts)
    as_count("seed", seed, 0)
    reasons: dict[str, str] = {}
    if free is None:
        problem, reasons = _chosen(problem)
    best = maximise(problem, starts, seed, told, None if checkpoint is None else Path(checkpoint))
    if free is None:  # what could be told at the start may not be at the end
        chosen, more = select(problem, best.position)
        if len(chosen) < len(problem.parameters):
            reasons |= more
            kept = np.isin([p.name for p in problem.parameters], chosen)
            rest = replace(problem, start=problem.junction(best.position)).with_free(chosen)
            problem, best = rest, search(rest, best.position[kept])
    fit = Calibration(problem, best, reasons, overdispersion, seed)
    _tell(fit)
    return fit


def _problem(
    measurements: Any, start: Any, free: Sequence[str] | None, ranges: Mapping[str, tuple[float, float]] | None
) -> Problem:
    given = as_list(measurements, Measurement, "measurements")
    if not isinstance(start, MTJ):
        raise ParameterError(f"start={start!r} is not a junction; give an MTJ, such as mtjphys.presets.rehm_2023()")
    names = candidates(start) if free is None else free
    if not isinstance(names, (list, tuple)):
        raise ParameterError(f"free={free!r} is not a list of names, such as ['free_layer.damping']")
    known = {name: limits for name, limits in (ranges or {}).items() if free is not None or name in names}
    if free is None and ranges:
        names = [*names, *(name for name in ranges if name not in names)]
        known = dict(ranges)
    problem = Problem(tuple(given), start, as_parameters(start, list(names), known))
    if not np.isfinite(problem.predict(problem.origin)).all():
        raise DataError(f"the start has no answer to what was measured: {problem.failure(problem.origin)}")
    return problem


def _chosen(problem: Problem) -> tuple[Problem, dict[str, str]]:
    """Return the problem with what the data can tell, at the start and again where a first search has led."""
    chosen, reasons = select(problem, problem.origin)
    if not chosen:
        raise DataError(
            "the data tell no number of this junction better than its range; measure more, or name what is free"
        )
    first = problem.with_free(chosen)
    found = search(first, first.origin, iterations=15)
    if np.isfinite(found.deviance):
        moved = replace(problem, start=first.junction(found.position))
        inside = [p for p in problem.parameters if p.low <= (value_of(moved.start, p.name) or 0.0) <= p.high]
        chosen, reasons = select(
            replace(moved, parameters=tuple(inside)), replace(moved, parameters=tuple(inside)).origin
        )
        first = moved.with_free(chosen)
    return first, reasons


def _tell(fit: Calibration) -> None:
    if fit.maximum.ties:
        told = "; ".join(
            ", ".join(f"{name} {value:.4g}" for name, value in fit.values_at(position).items())
            for position in fit.maximum.ties
        )
        warnings.warn(
            f"other junctions explain the data as well ({told}); measure what tells them apart, or narrow the ranges",
            MtjphysWarning,
            stacklevel=3,
        )


@dataclass(frozen=True, eq=False)
class Calibration(Shown):
    """A junction that was fitted to measurements; made by `calibrate`.

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
    def _covariance(self) -> tuple[Floats, Floats]:
        return axes_of(self.problem, self.maximum.position, self.maximum.predicted, self.dispersion)

    @cached_property
    def surface(self) -> Surface:
        """What junctions near the best one predict."""
        made = surface(self.problem, self.maximum.position, self._covariance[1])
        error = worst(self.problem, made) if self.free else 0.0
        if error > INEXACT * math.sqrt(self.dispersion):
            warnings.warn(
                f"two standard deviations from the best fit the predictions bend more than to second order, by "
                f"{error:.2g} standard deviations of the data; intervals are approximate: measure more, or free fewer "
                "numbers",
                MtjphysWarning,
                stacklevel=4,
            )
        return made

    @cached_property
    def _best(self) -> Floats:
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
            found = profile(self.problem, self.surface, self._best, quantity, level, self.dispersion)
            self._intervals[key] = found._replace(low=outer(found.low), high=outer(found.high))
        return self._intervals[key]

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

        covariance = self._covariance[0]
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
        values, vectors = np.linalg.eigh(self._covariance[0] / np.outer(self.problem.widths, self.problem.widths))
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
        return judge(self.problem, self.surface, self._best, self.seed)

    # What follows

    @cached_property
    def _draws(self) -> Floats:
        return draws(self.problem, self.surface, self._best, self.dispersion, self.seed)

    def samples(self, n: int, seed: int = 0) -> list[MTJ]:
        """Return junctions that are plausible after what was measured.

        Parameters
        ----------
        n : int
            Number of junctions.
        seed : int
            Of the choice among the draws.
        """
        as_count("n", n)
        stream = generator(as_count("seed", seed, 0), 1, Use.CALIBRATION_POSTERIOR)
        chosen = self._draws[stream.integers(self._draws.shape[0], size=n)]
        return [self.problem.junction(place) for place in self.surface.position(chosen)]

    def predict(self, measurement: Measurement, level: float = 0.95) -> xr.Dataset:
        """Return what the junction is expected to show, with intervals of what the fit does not know.

        Parameters
        ----------
        measurement : Measurement
            Conditions and kind; its data are not looked at.
        level : float
            Of the interval.

        Returns
        -------
        xarray.Dataset
            ``value``, ``low``, ``high`` over the points, with the conditions as coordinates.

        Raises
        ------
        DataError
            If the junction has no answer at a condition.
        """
        check_range("level", level, "", 0.0, 1.0, open_low=True, open_high=True)
        asked = replace(self.problem, measurements=(measurement,))
        predicted = asked.predict(self.maximum.position)
        if not np.isfinite(predicted).all():
            raise DataError(f"the fitted junction has no answer: {asked.failure(self.maximum.position)}")
        values = measurement.in_units(predicted)
        table = measurement.table(predicted).rename(model="predicted")
        if self.free:
            made = surface(asked, self.maximum.position, self.surface.axes)
            spread = measurement.in_units(made.predict(self._draws))
            low, high = np.quantile(spread, [0.5 - level / 2, 0.5 + level / 2], axis=0)
        else:
            low = high = values
        unit = {"units": measurement.unit}
        result = table.drop_vars(["value", "low", "high", "predicted"])
        for name, column in (("value", values), ("low", low), ("high", high)):
            result[name] = ("point", column, unit)
        return result.assign_attrs(level=level)

    def gain(self, candidates: Sequence[Measurement], hours: Sequence[float] | None = None) -> xr.Dataset:
        r"""Return how much each of several measurements would tell, most per hour first.

        The expected information of a measurement is :math:`\tfrac12\ln\det(1 + I\,C)`, I its Fisher information at the
        best fit and C the covariance after what was measured, in nats; beside it the number that it would sharpen most.

        Parameters
        ----------
        candidates : list of Measurement
            Conditions, and errors or counts as expected; their values are not looked at.
        hours : list of float, optional
            Time that each takes.

        Returns
        -------
        xarray.Dataset
            Over candidate: ``information`` (nat), ``per_hour``, ``sharpened`` (name), ``factor`` (by which its standard
            deviation falls).
        """
        import xarray as xr

        given = as_list(list(candidates), Measurement, "candidates")
        times = [1.0] * len(given) if hours is None else [float(hour) for hour in hours]
        covariance = self._covariance[0]
        before = np.sqrt(np.diag(covariance))
        rows = []
        for measurement, hour in zip(given, times, strict=True):
            asked = replace(self.problem, measurements=(measurement,))
            predicted = asked.predict(self.maximum.position)
            if not np.isfinite(predicted).all():
                raise DataError(f"the fitted junction has no answer: {asked.failure(self.maximum.position)}")
            likely = replace(
                asked, measurements=(measurement.replicate(predicted, generator(0, 0, Use.CALIBRATION_CHECK)),)
            )
            information = likely.roots(predicted) @ asked.jacobian(self.maximum.position)
            after = np.linalg.inv(np.linalg.inv(covariance) + information.T @ information)
            nats = 0.5 * np.linalg.slogdet(np.eye(before.size) + information.T @ information @ covariance)[1]
            factors = before / np.sqrt(np.diag(after))
            k = int(np.argmax(factors))
            rows.append((measurement.name, float(nats), float(nats) / hour, self.free[k].name, float(factors[k])))
        rows.sort(key=lambda row: -row[2])
        columns = list(zip(*rows, strict=True))
        return xr.Dataset(
            {
                "information": ("candidate", list(columns[1]), {"units": "nat"}),
                "per_hour": ("candidate", list(columns[2]), {"units": "nat/h"}),
                "sharpened": ("candidate", list(columns[3])),
                "factor": ("candidate", list(columns[4]), {"units": "1"}),
            },
            {"candidate": list(columns[0])},
        )

    # Text

    def told(self) -> tuple[str, list[tuple[str, str]]]:
        """Return what was found in a line, and its rows (quantity, value)."""
        line = f"{len(self.measurements)} measurements, {len(self.free)} free numbers; {self.goodness.sentence}"
        rows = []
        units = {p.name: p.unit for p in self.free} | {name: COMBINATIONS[name].unit for name in self._combinations}
        for name in self.parameters:
            low, high = self.interval(name)
            unit = units[name]
            verdict = self.verdicts.get(name, "")
            text = f"{human(self.estimate(name), unit)} [{human(low, unit)}, {human(high, unit)}]"
            rows.append((name, f"{text} {verdict}".rstrip()))
        rows += [(name, f"not identified: {reason}") for name, reason in self.reasons.items()]
        return line, rows

    def report(self, folder: str | Path) -> Path:
        """Write junction, table, figures and a page that shows them into a folder; return the page's path."""
        from mtjphys.calibration.fitting.report import write_report

        return write_report(self, Path(folder))

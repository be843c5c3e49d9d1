"""From measurements to a junction: the search, over what is named or what the data can tell."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from mtjphys.calibration.fitting.calibration import Calibration
from mtjphys.calibration.fitting.maximum import maximise, search
from mtjphys.calibration.fitting.parameters import as_parameters, candidates
from mtjphys.calibration.fitting.problem import Problem
from mtjphys.calibration.fitting.selection import select
from mtjphys.calibration.forward import answers_kept, refused
from mtjphys.calibration.measurements import Measurement
from mtjphys.core.checks import as_count, as_list
from mtjphys.core.errors import DataError, MtjphysWarning, ParameterError
from mtjphys.core.streams import as_seed
from mtjphys.junction import MTJ, JunctionLike, as_junction


def calibrate(
    measurements: Measurement | Sequence[Measurement],
    start: JunctionLike,
    free: Sequence[str] | None = None,
    *,
    ranges: Mapping[str, tuple[float, float]] | None = None,
    starts: int = 3,
    overdispersion: bool = False,
    seed: int | None = 0,
    forward: str | None = None,
    told: Callable[[int], None] = lambda number: None,
    checkpoint: str | Path | None = None,
) -> Calibration:
    r"""Return the junction that explains what was measured, and how sure that is.

    The likelihood of all measurements together, each with the law proper to it (binomial counts, exponential dwell
    times, gamma spectra, ...), is maximised over the free numbers of the junction. What a junction predicts is exact,
    by the Fokker-Planck equation of its macrospin; where that does not hold, because Joule heating gives the
    temperature a memory, switching probabilities, dwell times and occupations are simulated (see `forward`).
    Intervals are those of the profile likelihood.

    Parameters
    ----------
    measurements : Measurement or list of Measurement
        See `mtjphys.calibration`.
    start : MTJ, str or Path
        Where the search starts; what is not free stays as it is here.
    free : list of str, optional
        Numbers of the junction to fit, by path (``free_layer.damping``, ``reference.stray_field.z``). By default those
        that the data can tell, of what the junction has; `Calibration.verdicts` says why the others are not among them.
        Conditions that the laboratory does not know are named likewise: ``offset.field.x``, ``.y``, ``.z``,
        ``offset.temperature`` and ``offset.series_resistance`` are added to what was given, ``factor.voltage`` and
        ``factor.current`` multiply it; with a label in brackets, ``offset.field.x[bias 3]``, those of the measurements
        with this label, which share it, else those of all.
    ranges : dict of str to (float, float), optional
        Range of each, SI; by default a factor about the start: 1.5 for what a stack leaves open, up to 10 for
        anisotropy and torque, 50 mT about the stray field; of conditions 10 mT, 30 K, 0 to 1 kohm, a factor of 1.5.
    starts : int
        Searches: from `start`, and from the best of random junctions within the ranges.
    overdispersion : bool
        Widen intervals by the root of deviance over degrees of freedom where that is above 1: for data whose points
        scatter more than their counts allow.
    seed : int
        Of starts and synthetic data; None draws one, which the result holds.
    forward : {"exact", "simulation"}, optional
        What predictions come from: the Fokker-Planck equation, or some thousand lanes of the stochastic LLG equation
        with the same random numbers for every junction, whose own chance counts in the likelihood. That takes minutes,
        and reaches pulses and dwell times of nanoseconds. By default each measurement is exact where it can be.
    told : callable
        Is called with 1 after each search, for a progress bar.
    checkpoint : str or Path, optional
        File in which every answer of the solver is kept at once; the same call with it goes on from there, to the same
        bits, however it was ended.

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
        If other junctions explain the data as well. Whether any does, `Calibration.goodness` says.

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
    as_count("starts", starts)
    seed = as_seed(seed)
    with answers_kept(checkpoint):
        fit = _fitted(
            problem_of(measurements, start, free, ranges, forward), free is None, starts, overdispersion, seed, told
        )
    _tell(fit)
    return fit


def _fitted(
    problem: Problem, choose: bool, starts: int, overdispersion: bool, seed: int, told: Callable[[int], None]
) -> Calibration:
    reasons: dict[str, str] = {}
    if choose:
        problem, reasons = _chosen(problem)
    best = maximise(problem, starts, seed, told)
    if choose:  # what could be told at the start may not be at the end
        chosen, more = select(problem, best.position)
        if len(chosen) < len(problem.parameters):
            reasons |= more
            kept = np.isin([p.name for p in problem.parameters], chosen)
            rest = problem.at(best.position).with_free(chosen)
            problem, best = rest, search(rest, best.position[kept])
    return Calibration(problem, best, reasons, overdispersion, seed)


def problem_of(
    measurements: Any,
    start: Any,
    free: Sequence[str] | None,
    ranges: Mapping[str, tuple[float, float]] | None = None,
    forward: str | None = None,
) -> Problem:
    """Return the problem that `calibrate` is given; without `free`, of all numbers that could be.

    Raises
    ------
    ParameterError, DataError
        As of `calibrate`.
    """
    given = as_list(measurements, Measurement, "measurements")
    start = as_junction(start)
    if not isinstance(start, MTJ):
        raise ParameterError(
            f"start={start!r} is not a junction; give an MTJ, the name of a preset or the path of a TOML file"
        )
    names = candidates(start) if free is None else free
    if not isinstance(names, (list, tuple)):
        raise ParameterError(f"free={free!r} is not a list of names, such as ['free_layer.damping']")
    if free is None:
        names = [*names, *(name for name in ranges or () if name not in names)]
    given = [_with_forward(measurement, start, forward) for measurement in given]
    problem = Problem(tuple(given), start, as_parameters(start, list(names), ranges, given))
    if not np.isfinite(problem.predict(problem.origin)).all():
        raise DataError(f"the start has no answer to what was measured: {problem.failure(problem.origin)}")
    return problem


def _with_forward(measurement: Measurement, start: MTJ, forward: str | None) -> Measurement:
    """Return a measurement with the model of its predictions, chosen where none is asked for."""
    if forward is None:
        reasons = [reason for bias, _ in measurement.of_each_bias() if (reason := refused(start, bias))]
        if measurement.simulated or not reasons:
            return measurement
        if not measurement.simulable:
            raise DataError(f"{measurement.name}: {reasons[0]}; this kind is not simulated in a fit: leave it out")
        forward = "simulation"
    return measurement if measurement.forward == forward else measurement.with_data(forward=forward)


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
        there = first.at(found.position)
        moved = replace(problem, start=there.start, conditions=there.conditions)
        low, high = moved.bounds
        inside = (low <= moved.origin) & (moved.origin <= high)
        anew = replace(moved, parameters=tuple(p for p, kept in zip(moved.parameters, inside, strict=True) if kept))
        chosen, reasons = select(anew, anew.origin)
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

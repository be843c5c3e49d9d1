"""Whether a junction explains what was measured, and if not, where it fails."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from mtjphys.calibration.fitting.problem import Floats, Problem
from mtjphys.calibration.fitting.surface import Surface, refit
from mtjphys.calibration.fitting.suspects import DOUBTFUL, suspects
from mtjphys.core.streams import Use, generator
from mtjphys.core.text import human

REPLICATES = 200
ENOUGH = 10
"""Made-up data with a larger deviance after which no more are made: the share is known to a third of itself then."""


@dataclass(frozen=True)
class Goodness:
    """How well a junction explains the data.

    Attributes
    ----------
    statistic : float
        Deviance, twice the distance in ln of the likelihood to data that are met exactly.
    degrees : int
        Points less free parameters.
    p_value : float
        Of the test that fails most, the deviance's, that of a measurement on its own (`Measurement.doubt`) or that of
        an effect which the fit does not know (`suspects`), for as many trials (Sidak): :math:`1 - (1 - p)^n`. That of
        the deviance is the share of synthetic data of the fitted junction, fitted likewise, whose deviance is as large
        or larger. They are made until ten of them are, at most 200 (a valid p-value: J. Besag and P. Clifford,
        Biometrika 78, 301 (1991)); by chi square where none of 200 is.
    tests : int
        How many there are.
    dispersion : float
        Deviance over degrees of freedom; intervals are widened by its root where over-dispersion is asked for.
    sentence : str
        The verdict in words: what fails, where it does.
    parts : dict of str to (float, int)
        Deviance and points of each measurement.
    """

    statistic: float
    degrees: int
    p_value: float
    tests: int
    dispersion: float
    sentence: str
    parts: dict[str, tuple[float, int]]


def judge(problem: Problem, made: Surface, best: Floats, seed: int, overdispersion: bool) -> Goodness:
    """Return the goodness of the fit at coordinates `best` of a surface.

    With `overdispersion`, the data scatter more than they would by themselves, and effects are seen against that.
    """
    predicted = made.predict(best)
    residuals = problem.residuals(predicted)
    statistic = float(residuals @ residuals)
    degrees = predicted.size - best.size
    p_value = _share_of_larger(problem, made, best, predicted, statistic, seed)
    if p_value == 0.0:
        from scipy.stats import chi2

        p_value = min(float(chi2.sf(statistic, max(degrees, 1))), 1.0 / REPLICATES)
    doubts = [(m.name, doubt) for m in problem.measurements if (doubt := m.doubt()) is not None]
    effects = suspects(problem, made.position(best), made.jacobian(best), overdispersion)
    tests = [p_value, *(doubt.p_value for _, doubt in doubts), *(effect.p_value for effect in effects)]

    def of_all(p: float) -> float:
        return float(-np.expm1(len(tests) * np.log1p(-min(p, 1.0 - 1e-16))))

    parts = {
        f"{k + 1}. {measurement.name}": (float(piece @ piece), piece.size)
        for k, (measurement, piece) in enumerate(zip(problem.measurements, problem.parts(residuals), strict=True))
    }
    dispersion = statistic / max(degrees, 1)
    told = [] if of_all(p_value) >= DOUBTFUL else [_failure(problem, residuals, p_value, dispersion)]
    told += [
        f"{name} is no telegraph noise of a junction alone (p = {doubt.p_value:.1g}): {doubt.words}."
        for name, doubt in doubts
        if of_all(doubt.p_value) < DOUBTFUL
    ]
    told += [
        f"{effect.words[0].upper()}{effect.words[1:]} of {human(effect.size, effect.unit)} would explain them better "
        f"(p = {effect.p_value:.1g})."
        for effect in effects
        if of_all(effect.p_value) < DOUBTFUL
    ]
    least = of_all(min(tests))
    sentence = " ".join(told) or f"One junction explains all that was measured (p = {least:.2g})."
    return Goodness(statistic, degrees, least, len(tests), dispersion, sentence, parts)


def _share_of_larger(
    problem: Problem, made: Surface, best: Floats, predicted: Floats, statistic: float, seed: int
) -> float:
    """Return the share of made-up data that, fitted likewise, have a larger deviance."""
    pieces = problem.parts(predicted)
    larger = 0
    for number in range(REPLICATES):
        stream = generator(seed, number, Use.CALIBRATION_CHECK)
        made_up = tuple(m.replicate(piece, stream) for m, piece in zip(problem.measurements, pieces, strict=True))
        _, deviance = refit(replace(problem, measurements=made_up), made, best, rtol=1e-4)
        larger += deviance >= statistic
        if larger == ENOUGH:
            return ENOUGH / (number + 1)
    return larger / REPLICATES


def _failure(problem: Problem, residuals: Floats, p_value: float, dispersion: float) -> str:
    pieces = problem.parts(residuals)
    worst = int(np.argmax([float(piece @ piece) / piece.size for piece in pieces]))
    measurement, piece = problem.measurements[worst], pieces[worst]
    k = int(np.argmax(np.abs(piece)))
    noun = measurement.names()[k // measurement.points]
    point = k % measurement.points
    source = "voltage" if measurement.current is None else "current"
    conditions = [(source, getattr(measurement, source), "V" if source == "voltage" else "A")]
    conditions += [(f"field {axis}", measurement.field[:, n], "T") for n, axis in enumerate("xyz")]
    conditions += [("temperature", measurement.temperature, "K")]
    varied = [f"{name} {column[point]:.4g} {unit}" for name, column, unit in conditions if np.ptp(column) > 0.0]
    place = f" at {', '.join(varied)}" if varied else f", point {point}"
    side = "above" if piece[k] > 0 else "below"
    return (
        f"No macrospin with these free parameters explains the data (p = {p_value:.1g}, dispersion {dispersion:.3g}): "
        f"worst is {measurement.name}, whose {noun}{place} is measured {abs(piece[k]):.1f} standard deviations {side} "
        "the fit."
    )

r"""Posterior-predictive checks: what junctions that are plausible would have shown, beside what was measured.

For each of many plausible junctions, drawn about the best fit, data are made up under the conditions of the measured
ones. The deviance of a kind of measurement, of the made-up data and of the measured ones from that junction, is
compared: the p-value is the share of junctions whose made-up data deviate more. It says which kind a macrospin does not
explain, where the goodness says whether it explains all together.

A. Gelman, X.-L. Meng and H. Stern, Statistica Sinica 6, 733 (1996).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from mtjphys.calibration.fitting.knowledge import Knowledge
from mtjphys.calibration.fitting.problem import Floats
from mtjphys.core.streams import Use, generator

JUNCTIONS = 200


class Check(NamedTuple):
    """A kind of measurement beside what plausible junctions would have shown.

    Attributes
    ----------
    kind : str
        Of the measurements.
    measured, made_up : array (junctions,)
        Deviance of the data from each junction.
    standing : array (points,)
        Each point less the mean of the made-up ones, in their standard deviations.
    """

    kind: str
    measured: Floats
    made_up: Floats
    standing: Floats

    @property
    def p_value(self) -> float:
        """Share of junctions whose made-up data deviate more than the measured ones."""
        return float(np.mean(self.made_up >= self.measured))

    @property
    def words(self) -> str:
        """The p-value as it is told."""
        return f"p = {self.p_value:.2g}" if self.p_value > 0.0 else f"p < {1.0 / JUNCTIONS:g}"


def checks(fit: Knowledge) -> list[Check]:
    """Return the checks of each kind that was measured.

    Plausible junctions are those of the normal law about the best fit, within the ranges.
    """
    problem, made = fit.problem, fit.surface
    kinds = list(dict.fromkeys(measurement.kind for measurement in fit.measurements))
    measured = np.zeros((len(kinds), JUNCTIONS))
    made_up = np.zeros((len(kinds), JUNCTIONS))
    values: list[list[Floats]] = [[] for _ in fit.measurements]
    for number in range(JUNCTIONS):
        stream = generator(fit.seed, number, Use.CALIBRATION_PREDICTIVE)
        for k, (measurement, piece) in enumerate(
            zip(fit.measurements, problem.parts(made.predict(_plausible(fit, stream))), strict=True)
        ):
            other = measurement.replicate(piece, stream)
            row = kinds.index(measurement.kind)
            measured[row, number] += np.sum(measurement.likelihood.residuals(piece) ** 2)
            made_up[row, number] += np.sum(other.likelihood.residuals(piece) ** 2)
            values[k].append(other.observed()[0])
    standing: dict[str, list[Floats]] = {kind: [] for kind in kinds}
    for measurement, drawn in zip(fit.measurements, values, strict=True):
        spread = np.std(drawn, axis=0)
        away = measurement.observed()[0] - np.mean(drawn, axis=0)
        standing[measurement.kind].append(np.divide(away, spread, out=np.zeros_like(away), where=spread > 0.0))
    return [Check(kind, measured[row], made_up[row], np.concatenate(standing[kind])) for row, kind in enumerate(kinds)]


def _plausible(fit: Knowledge, stream: np.random.Generator) -> Floats:
    """Return coordinates on the surface, nearer to the best fit until they are within the ranges."""
    away = stream.standard_normal(fit.best.size)
    while not fit.surface.inside(fit.best + away) and np.abs(away).max(initial=0.0) > 1e-6:
        away = 0.5 * away
    return np.asarray(fit.best + away)

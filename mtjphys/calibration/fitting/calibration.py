"""What follows from a fit: plausible junctions, predictions, what to measure next, a report."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from mtjphys.calibration.fitting.gain import weighed
from mtjphys.calibration.fitting.knowledge import Knowledge
from mtjphys.calibration.fitting.posterior import draws
from mtjphys.calibration.fitting.problem import Floats
from mtjphys.calibration.fitting.proposals import proposals
from mtjphys.calibration.fitting.report import write_report
from mtjphys.calibration.fitting.surface import surface
from mtjphys.calibration.measurements import Measurement
from mtjphys.core.checks import as_count, as_list
from mtjphys.core.errors import DataError, ParameterError
from mtjphys.core.quantity import check_range
from mtjphys.core.streams import Use, as_seed, generator
from mtjphys.junction import MTJ

if TYPE_CHECKING:
    import xarray as xr


class Calibration(Knowledge):
    """A junction that was fitted to measurements; made by `calibrate`.

    What is known of it, `Knowledge`, and what follows. Names are those of the free numbers (``free_layer.damping``) and
    of the combinations that measurements see: ``thermal_stability``, ``critical_voltage`` (V), ``attempt_time`` (s) and
    ``level_splitting`` (ohm), at 300 K and no field.
    """

    @cached_property
    def _draws(self) -> Floats:
        return draws(self.problem, self.surface, self.best, self.dispersion, self.seed)

    def samples(self, n: int, seed: int | None = 0) -> list[MTJ]:
        """Return junctions that are plausible after what was measured.

        Parameters
        ----------
        n : int
            Number of junctions.
        seed : int
            Of the choice among the draws.
        """
        as_count("n", n)
        stream = generator(as_seed(seed), 0, Use.CALIBRATION_CHOICE)
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

    def gain(self, candidates: Sequence[Measurement] | None = None, hours: Sequence[float] | None = None) -> xr.Dataset:
        r"""Return how much each of several measurements would tell, most per hour first.

        The expected information of a measurement is :math:`\tfrac12\ln\det(1 + I\,C)`, I its Fisher information at the
        best fit and C the covariance after what was measured, in nats; beside it the number that it would sharpen most.

        Parameters
        ----------
        candidates : list of Measurement, optional
            Conditions, and errors or counts as expected; their values are not looked at. Without a list the software
            proposes: of the kinds that were measured (not loops and spectra; of traces and sweeps, dwell times) and of
            other simple ones, two points beyond those so far along
            each axis, voltage, field, temperature and duration.
        hours : list of float, optional
            Time that each takes, 1 by default. Of proposals it is that of the stays, with a minute for each condition,
            ten for a temperature, and a millisecond from pulse to pulse.

        Returns
        -------
        xarray.Dataset
            Over candidate: ``information`` (nat), ``hours``, ``per_hour``, ``sharpened`` (name), ``factor`` (by which
            its standard deviation falls). The attribute ``sentence`` says what to do first.

        Raises
        ------
        DataError
            If the fitted junction has no answer to one that was given.
        """
        if not self.free:
            raise ParameterError("nothing is free in this fit, so no measurement can tell more")
        if candidates is None:
            if hours is not None:
                raise ParameterError("hours are those of the candidates; give both or none")
            return weighed(self, proposals(self.measurements, self.junction))
        given = as_list(list(candidates), Measurement, "candidates")
        if hours is not None and len(hours) != len(given):
            raise ParameterError(f"{len(hours)} hours for {len(given)} candidates; give one for each")
        return weighed(self, given, [1.0] * len(given) if hours is None else [float(hour) for hour in hours])

    def report(self, folder: str | Path) -> Path:
        """Write junction, table, figures and a page that shows them into a folder; return the page's path."""
        try:
            gain = self.gain() if self.free else None
        except (DataError, ParameterError):  # nothing that could be proposed can be made
            gain = None
        return write_report(self, Path(folder), gain)

"""Devices that were calibrated: a table of them, the population, junctions to draw from it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from mtjphys.calibration.devices.population import Population, populate
from mtjphys.calibration.devices.record import LEVEL, Record
from mtjphys.calibration.devices.report import write_report
from mtjphys.calibration.devices.sources import Device
from mtjphys.calibration.fitting.combinations import COMBINATIONS
from mtjphys.calibration.fitting.parameters import FreeParameter
from mtjphys.core.errors import DataError, ParameterError
from mtjphys.core.parameters import known_instead
from mtjphys.core.shown import Shown
from mtjphys.core.text import human
from mtjphys.junction import MTJ, Spread, Variability
from mtjphys.junction.numbers import value_of, with_values

if TYPE_CHECKING:
    import xarray as xr

FEWEST = 3
"""Devices that make a population."""

_CLOSEST = 0.999  # of correlations, so that a spread can be drawn from where devices seem to lie on a line


@dataclass(frozen=True, eq=False, repr=False)
class DeviceCalibrations(Shown):
    r"""Devices that were calibrated, and how they differ; made by `calibrate_devices`.

    The numbers of a device, ln of those that are positive, are drawn from a normal law of the population, and measured
    with errors; see `mtjphys.calibration.devices.population` for the method. So the spread holds no errors of
    measurements, and may be zero; and what is known of a device is its own data and the population together, by which
    weakly measured devices gain most.

    Attributes
    ----------
    devices : tuple of Device
        All that were given, with their places.
    records : dict of str to Record
        Of those that were calibrated, by name.
    failures : dict of str to str
        Why the others were not.
    remarks : dict of str to str
        What files of devices were flagged for.
    free : tuple of str
        What was fitted.
    """

    devices: tuple[Device, ...]
    records: dict[str, Record]
    failures: dict[str, str]
    remarks: dict[str, str]
    free: tuple[str, ...]

    @property
    def parameters(self) -> tuple[FreeParameter, ...]:
        """The numbers that were fitted, as of the first device."""
        return next(iter(self.records.values())).parameters

    @cached_property
    def _of_junction(self) -> list[str]:
        """What was fitted of the junction, and not of the conditions."""
        first = next(iter(self.records.values())).junction
        return [name for name in self.free if value_of(first, name) is not None]

    @cached_property
    def _population(self) -> Population:
        if len(self.records) < FEWEST:
            raise DataError(f"{len(self.records)} calibrated devices are no population; measure {FEWEST} or more")
        for name, record in self.records.items():
            for one, first in zip(record.parameters, self.parameters, strict=True):
                if one.logarithmic != first.logarithmic:
                    raise DataError(f"{name}: {one.name} has another sign than in other devices; narrow the ranges")
        return populate([record.evidence for record in self.records.values()], LEVEL)

    @cached_property
    def table(self) -> xr.Dataset:
        """All devices, those that failed as well.

        Over device and parameter: `estimate`, `low`, `high` (95 %) and `verdict` of the device's own data; `shared`,
        `shared_low`, `shared_high`, what is known with the population (where there is one). Over device and
        combination: `combined`, `combined_low`, `combined_high`. Over device: `p_value` and `dispersion` of the
        goodness, `measurements`, `ties` (other junctions that explain the data as well), `bend` (error of intervals'
        expansion in standard deviations of the data; from 0.3 on they are approximate), `remark` (what its files were
        flagged for), `failure` (empty of those that were calibrated), and as coordinates `x` and `y`. What is not there
        is NaN, and a verdict empty. Over device and effect: `unseen`, by how many standard errors an effect outside the
        model would put a number off that such data would hide (`Calibration.unseen`).
        """
        import xarray as xr

        names, records = [device.name for device in self.devices], self.records
        combined = [name for name in COMBINATIONS if any(name in record.combinations for record in records.values())]
        data: dict[str, Any] = {}
        for dimension, columns, table, told in (
            ("parameter", list(self.free), "numbers", ("estimate", "low", "high")),
            ("combination", combined, "combinations", ("combined", "combined_low", "combined_high")),
        ):
            for variable, attribute in zip(told, ("value", "low", "high"), strict=True):
                values = np.full((len(names), len(columns)), np.nan)
                for row, name in enumerate(names):
                    known = getattr(records[name], table) if name in records else {}
                    for place, number in enumerate(columns):
                        if number in known:
                            values[row, place] = getattr(known[number], attribute)
                data[variable] = (("device", dimension), values)
        verdicts = [[records[n].numbers[p].verdict if n in records else "" for p in self.free] for n in names]
        data["verdict"] = (("device", "parameter"), verdicts)
        if len(records) >= FEWEST:
            for variable, shared in self._shared().items():
                values = np.full((len(names), len(self.free)), np.nan)
                values[[name in records for name in names]] = shared
                data[variable] = (("device", "parameter"), values)
        for variable in ("p_value", "dispersion", "measurements", "ties", "bend"):
            column = [float(getattr(records[name], variable)) if name in records else math.nan for name in names]
            data[variable] = ("device", column, {"units": "1"})
        effects = sorted({effect for record in records.values() for effect in record.unseen})
        unseen = [records[name].unseen if name in records else {} for name in names]
        hidden = [[shifts.get(effect, math.nan) for effect in effects] for shifts in unseen]
        data["unseen"] = (("device", "effect"), np.reshape(hidden, (len(names), len(effects))), {"units": "1"})
        data["remark"] = ("device", [self.remarks.get(name, "") for name in names])
        data["failure"] = ("device", [self.failures.get(name, "") for name in names])
        coordinates = {
            "device": names,
            "parameter": list(self.free),
            "combination": combined,
            "effect": effects,
            "x": ("device", [device.x for device in self.devices]),
            "y": ("device", [device.y for device in self.devices]),
            "unit": ("parameter", [p.unit for p in self.parameters]),
            "combination_unit": ("combination", [COMBINATIONS[name].unit for name in combined]),
        }
        return xr.Dataset(data, coordinates, {"level": LEVEL})

    def _shared(self) -> dict[str, np.ndarray]:
        """Return what is known of each device with the population, in SI."""
        found = self._population
        wide = 1.96 * found.errors
        ends = {
            "shared": found.devices,
            "shared_low": found.devices - wide,
            "shared_high": found.devices + wide,
        }
        return {name: self._outer(values) for name, values in ends.items()}

    def _outer(self, values: np.ndarray) -> np.ndarray:
        """Return numbers (..., parameters) on the scale of the fit in SI."""
        logarithmic = [p.logarithmic for p in self.parameters]
        return np.where(logarithmic, np.exp(np.where(logarithmic, values, 0.0)), values)

    @cached_property
    def population(self) -> xr.Dataset:
        """How devices differ.

        Over parameter: `median`, the median device; `spread`, the standard deviation over the mean of what is positive
        (`law` is log-normal), or the standard deviation (normal); each with the ends of its 95 % interval, `_low` and
        `_high`. A spread that may be zero begins at zero, one that too few devices tell ends at infinity. Over
        parameter and other: `correlation` of the scores, ln of what is log-normal; NaN where a spread is zero, and from
        -1 to 1 where it may be.

        Raises
        ------
        DataError
            If fewer than three devices were calibrated.
        """
        import xarray as xr

        found = self._population
        logarithmic = np.array([p.logarithmic for p in self.parameters])
        data: dict[str, Any] = {"law": ("parameter", ["log-normal" if one else "normal" for one in logarithmic])}
        with np.errstate(over="ignore"):
            for suffix, part in (("", "value"), ("_low", "low"), ("_high", "high")):
                spread = getattr(found.spread, part)
                relative = np.sqrt(np.expm1(np.where(logarithmic, spread, 0.0) ** 2))
                data[f"median{suffix}"] = ("parameter", self._outer(getattr(found.mean, part)))
                data[f"spread{suffix}"] = ("parameter", np.where(logarithmic, relative, spread))
                data[f"correlation{suffix}"] = (("parameter", "other"), getattr(found.correlation, part))
        names = list(self.free)
        units = ("parameter", [p.unit for p in self.parameters])
        coordinates = {"parameter": names, "other": names, "unit": units}
        return xr.Dataset(data, coordinates, {"level": LEVEL, "devices": len(self.records)})

    @cached_property
    def variability(self) -> Variability:
        """The mean device and the spread about it, from which `simulate` and networks draw.

        Raises
        ------
        DataError
            If fewer than three devices were calibrated.
        ParameterError
            If they differ by more than legal junctions do.
        """
        found = self._population
        relative, absolute, nominal = {}, {}, {}
        for p, s, m in zip(self.parameters, found.spread.value, found.mean.value, strict=True):
            if p.name not in self._of_junction:
                continue
            nominal[p.name] = math.exp(m + 0.5 * s**2) if p.logarithmic else float(m)
            if s > 0.0 and p.logarithmic:
                relative[p.name] = math.sqrt(math.expm1(s**2))
            elif s > 0.0:
                absolute[p.name] = float(s)
        pairs = [
            (self.free[j], self.free[k], _CLOSEST * float(found.correlation.value[j, k]))
            for j in range(len(self.free))
            for k in range(j)
            if {self.free[j], self.free[k]} <= {*relative, *absolute}
        ]
        first = next(iter(self.records.values())).junction
        return Variability(
            junction=with_values(first, nominal),
            spread=Spread(relative=relative, absolute=absolute, correlations=tuple(pairs)),
        )

    def junction(self, name: str) -> MTJ:
        """Return a device as its data and the population say that it is; by its own data alone of less than three.

        Raises
        ------
        ParameterError
            If there is no such device, or it was not calibrated.
        """
        if name not in self.records:
            if name in self.failures:
                raise ParameterError(f"{name} was not calibrated: {self.failures[name]}")
            raise ParameterError(f"{name!r} is no device; {known_instead(name, self.records)}")
        record = self.records[name]
        if len(self.records) < FEWEST:
            return record.junction
        place = self._outer(self._population.devices)[list(self.records).index(name)]
        values = dict(zip(self.free, map(float, place), strict=True))
        return with_values(record.junction, {number: values[number] for number in self._of_junction})

    def told(self) -> tuple[str, list[tuple[str, str]]]:
        """Return what was found in a line, and its rows (quantity, value)."""
        doubtful = sum(record.p_value < 0.01 for record in self.records.values())
        line = f"{len(self.records)} of {len(self.devices)} devices calibrated"
        line += f", {doubtful} not explained by one junction" if doubtful else ""
        rows = []
        if len(self.records) >= FEWEST:
            for name in self.free:
                one = self.population.sel(parameter=name)
                unit = str(one.unit.values)
                median = [human(float(one[f"median{end}"]), unit) for end in ("", "_low", "_high")]
                shares = one.law == "log-normal"
                ends = [float(one[f"spread{end}"]) for end in ("", "_low", "_high")]
                spread = [f"{end:.2%}" if shares else human(end, unit) for end in ends]
                rows.append((name, f"{median[0]} [{median[1]}, {median[2]}]"))
                rows.append(("", f"spread {spread[0]} [{spread[1]}, {spread[2]}]"))
        rows += [(name, f"not calibrated: {reason}") for name, reason in self.failures.items()]
        rows += [(name, f"flagged: {remark}") for name, remark in self.remarks.items() if remark]
        return line, rows

    def report(self, folder: str | Path) -> Path:
        """Write table, population, variability and figures into a folder, with a page; return the page's path.

        Devices that differ by more than a variability can be are told instead of that.
        """
        line = self.told()[0]
        if len(self.records) < FEWEST:
            return write_report(Path(folder), line, self.table, None, None)
        try:
            variability = self.variability
        except ParameterError as error:
            variability, line = None, f"{line}; no devices can be drawn from this population: {error}"
        return write_report(Path(folder), line, self.table, self.population, variability)

"""What is kept of one device's fit: its numbers, and what its data say of them, in one file."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

import numpy as np

from mtjphys.calibration.devices.evidence import Evidence, evidence_of
from mtjphys.calibration.fitting import Calibration, FreeParameter
from mtjphys.calibration.fitting.surface import worst
from mtjphys.core.files import write_text
from mtjphys.junction import MTJ

LEVEL = 0.95
"""Of the intervals that are kept."""


@dataclass(frozen=True, eq=False)
class Known:
    """A number with its 95 % interval, in SI, and a verdict (empty of a combination)."""

    value: float
    low: float
    high: float
    verdict: str = ""


@dataclass(frozen=True, eq=False)
class Record:
    """A device that was calibrated.

    Attributes
    ----------
    name : str
        Of the device.
    junction : MTJ
        Of highest likelihood.
    parameters : tuple of FreeParameter
        What was fitted.
    numbers, combinations : dict of str to Known
        The free numbers, and what follows from them.
    p_value, dispersion : float
        Of the goodness.
    sentence : str
        The goodness in words.
    measurements, ties : int
        How many measurements there were, and how many other junctions explain them as well.
    bend : float
        Error of the expansion about the best fit two standard deviations away, in those of the data; from
        `knowledge.INEXACT` on intervals are approximate.
    unseen : dict of str to float
        Effects that such data would hide, and by how many standard errors they would put a number off.
    evidence : Evidence
        What the data say of the free numbers.
    """

    name: str
    junction: MTJ
    parameters: tuple[FreeParameter, ...]
    numbers: dict[str, Known]
    combinations: dict[str, Known]
    p_value: float
    dispersion: float
    sentence: str
    measurements: int
    ties: int
    bend: float
    unseen: dict[str, float]
    evidence: Evidence

    @classmethod
    def of(cls, name: str, fit: Calibration) -> Record:
        """Return the record of a fit."""
        free = [p.name for p in fit.free]
        known = {one: Known(fit.estimate(one), *fit.interval(one, LEVEL)) for one in fit.parameters}
        return cls(
            name,
            fit.junction,
            fit.free,
            {one: replace(known[one], verdict=fit.verdicts[one]) for one in free},
            {one: what for one, what in known.items() if one not in free},
            fit.goodness.p_value,
            fit.goodness.dispersion,
            fit.goodness.sentence,
            len(fit.measurements),
            len(fit.maximum.ties),
            worst(fit.problem, fit.surface),
            {one.effect: abs(one.shift) for one in fit.unseen},
            evidence_of(fit),
        )

    def save(self, folder: Path, key: str) -> None:
        """Write the record into a folder, with a key by which it is known to belong there."""
        content = {name: value for name, value in vars(self).items() if name not in ("junction", "evidence")}
        content["junction"] = self.junction.to_toml()
        content["evidence"] = vars(self.evidence)
        write_text(record_path(folder, self.name), json.dumps({"key": key, **content}, default=_plain))


def _plain(value: Any) -> Any:
    return value.tolist() if isinstance(value, np.ndarray) else asdict(value)


def record_path(folder: Path, name: str) -> Path:
    """Return the file of a device in a folder."""
    return folder / f"{quote(name, safe=' ')}.json"


def load_record(folder: Path, name: str, key: str) -> Record | None:
    """Return the record of a device; None if there is none with this key."""
    try:
        content = json.loads(record_path(folder, name).read_text(encoding="utf-8"))
        if content.pop("key") != key:
            return None
        content["junction"] = MTJ.from_toml(content["junction"])
        content["parameters"] = tuple(FreeParameter(**one) for one in content["parameters"])
        for table in ("numbers", "combinations"):
            content[table] = {one: Known(**values) for one, values in content[table].items()}
        arrays = content["evidence"]
        size = len(content["parameters"])
        content["evidence"] = Evidence(
            np.array(arrays["centre"], float).reshape(size),
            np.array(arrays["axes"], float).reshape(size, size),
            np.array(arrays["points"], float).reshape(-1, size),
            np.array(arrays["log_likelihood"], float),
        )
        return Record(**content)
    except (OSError, ValueError, KeyError, TypeError):
        return None  # not there, not ours, or damaged: the device is calibrated again

"""From a laboratory's files to a junction that explains them, with honest error bars.

`calibrate` takes measurements and a junction to start from, and returns a `Calibration`: the junction of highest
likelihood, intervals, which of its numbers the data can tell, whether a macrospin explains the data at all, and what it
predicts for a measurement not made yet. A measurement is a kind of data (`SwitchingProbability`, `SwitchingSweep`,
`DwellTimes`, `TelegraphTrace`, `Occupation`, `Loop`, `Spectrum`, `Resonance`, `Resistance`) with the conditions of its
points.

- What a junction predicts is exact, by the Fokker-Planck equation of its macrospin, and simulated where that does not
  hold.
- Every kind has the likelihood proper to it: binomial for counts, gamma for means of dwell times and for spectra, that
  of the process and the instrument for traces.
- Intervals are those of the profile likelihood, on an expansion of the predictions about the best fit whose error is
  measured.
- `calibrate_devices` takes many devices and says how they differ, without the errors of their measurements.
- What a laboratory does not know of its conditions, an offset of the field or a gain, is fitted beside the junction.
"""

from mtjphys.calibration.devices import DeviceCalibrations, calibrate_devices
from mtjphys.calibration.files import Laboratory, read, read_laboratory, write_template
from mtjphys.calibration.fitting import Calibration, FreeParameter, Goodness, calibrate, compare
from mtjphys.calibration.measurements import (
    DwellTimes,
    Loop,
    Measurement,
    Occupation,
    Resistance,
    Resonance,
    Spectrum,
    SwitchingProbability,
    SwitchingSweep,
    TelegraphTrace,
)

__all__ = [
    "Calibration",
    "DeviceCalibrations",
    "DwellTimes",
    "FreeParameter",
    "Goodness",
    "Laboratory",
    "Loop",
    "Measurement",
    "Occupation",
    "Resistance",
    "Resonance",
    "Spectrum",
    "SwitchingProbability",
    "SwitchingSweep",
    "TelegraphTrace",
    "calibrate",
    "calibrate_devices",
    "compare",
    "read",
    "read_laboratory",
    "write_template",
]
__dir__ = __all__.copy

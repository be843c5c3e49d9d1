"""What laboratories measure, one file a kind: points, conditions, what a junction predicts, likelihood."""

from mtjphys.calibration.measurements.dwell_times import DwellTimes
from mtjphys.calibration.measurements.loop import Loop
from mtjphys.calibration.measurements.measurement import Column, Measurement, columns_of
from mtjphys.calibration.measurements.occupation import Occupation
from mtjphys.calibration.measurements.resistance import Resistance
from mtjphys.calibration.measurements.resonance import Resonance
from mtjphys.calibration.measurements.spectrum import Spectrum
from mtjphys.calibration.measurements.switching_probability import SwitchingProbability
from mtjphys.calibration.measurements.switching_sweep import SwitchingSweep
from mtjphys.calibration.measurements.telegraph_trace import TelegraphTrace

__all__ = [
    "Column",
    "DwellTimes",
    "Loop",
    "Measurement",
    "Occupation",
    "Resistance",
    "Resonance",
    "Spectrum",
    "SwitchingProbability",
    "SwitchingSweep",
    "TelegraphTrace",
    "columns_of",
]
__dir__ = __all__.copy

"""From measurements to a junction: search, intervals, verdicts, goodness, predictions, report."""

from mtjphys.calibration.fitting.calibration import Calibration
from mtjphys.calibration.fitting.comparing import compare
from mtjphys.calibration.fitting.fit import calibrate
from mtjphys.calibration.fitting.goodness import Goodness
from mtjphys.calibration.fitting.parameters import FreeParameter

__all__ = ["Calibration", "FreeParameter", "Goodness", "calibrate", "compare"]
__dir__ = __all__.copy

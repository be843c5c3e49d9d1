"""Training: a network, a rule and data, from the first update to the last."""

from mtjphys.learning.training.curves import COLUMNS, Curves
from mtjphys.learning.training.loop import Training

__all__ = ["COLUMNS", "Curves", "Training"]
__dir__ = __all__.copy

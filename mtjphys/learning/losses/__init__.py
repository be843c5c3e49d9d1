"""Losses, one a file; each is known to files by its name."""

from mtjphys.learning.losses.cross_entropy import CrossEntropy
from mtjphys.learning.losses.loss import LOSSES, Loss
from mtjphys.learning.losses.squared_error import SquaredError

__all__ = ["LOSSES", "CrossEntropy", "Loss", "SquaredError"]
__dir__ = __all__.copy

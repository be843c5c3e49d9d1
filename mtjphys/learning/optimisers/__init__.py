"""Optimisers, one a file; each is known to files by its name."""

from mtjphys.learning.optimisers.adam import Adam
from mtjphys.learning.optimisers.optimiser import OPTIMISERS, Optimiser
from mtjphys.learning.optimisers.sgd import SGD

__all__ = ["OPTIMISERS", "SGD", "Adam", "Optimiser"]
__dir__ = __all__.copy

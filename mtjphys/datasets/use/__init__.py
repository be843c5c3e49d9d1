"""How a dataset is learned from: windows in batches, normalised, split by device."""

from mtjphys.datasets.use.normalisation import Normalisation
from mtjphys.datasets.use.windows import Batch, Windows

__all__ = ["Batch", "Normalisation", "Windows"]
__dir__ = __all__.copy

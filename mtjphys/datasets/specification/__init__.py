"""What a dataset is made of: one TOML file, checked before anything runs."""

from mtjphys.datasets.specification.ready import READY, ready_file
from mtjphys.datasets.specification.specification import Specification, Storage

__all__ = ["READY", "Specification", "Storage", "ready_file"]
__dir__ = __all__.copy

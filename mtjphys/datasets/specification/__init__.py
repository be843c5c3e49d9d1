"""What a dataset is made of: one TOML file, checked before anything runs."""

from mtjphys.datasets.specification.specification import Specification, Storage

__all__ = ["Specification", "Storage"]
__dir__ = __all__.copy

"""What makes the samples: an engine a file, named by the ``kind`` of ``[engine]``."""

from mtjphys.datasets.engines.engine import ENGINES, Engine, Made

__all__ = ["ENGINES", "Engine", "Made"]
__dir__ = __all__.copy

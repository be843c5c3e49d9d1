"""What is in a dataset: statistics from one pass, and a figure of them."""

from mtjphys.datasets.inspection.figure import overview
from mtjphys.datasets.inspection.summaries import Summary, statistics

__all__ = ["Summary", "overview", "statistics"]
__dir__ = __all__.copy

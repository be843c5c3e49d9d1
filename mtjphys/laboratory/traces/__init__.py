"""Laboratory and simulated traces: an array, its sampling interval, and where it came from.

Every file or array that is not a usable trace is refused with one sentence that names the file, the
line where there is one, what was found and what was expected.
"""

from mtjphys.laboratory.traces.blockwise import blocks, sample_count
from mtjphys.laboratory.traces.reading import read_replicas, read_trace
from mtjphys.laboratory.traces.replicas import open_dataset, replicas_of
from mtjphys.laboratory.traces.trace import MINIMUM_SAMPLES, Replicas, Trace

__all__ = [
    "MINIMUM_SAMPLES",
    "Replicas",
    "Trace",
    "blocks",
    "open_dataset",
    "read_replicas",
    "read_trace",
    "replicas_of",
    "sample_count",
]
__dir__ = __all__.copy

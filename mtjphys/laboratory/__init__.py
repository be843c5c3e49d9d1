"""What the laboratory sees: readout, and traces from files."""

from mtjphys.laboratory import readout, traces

__all__ = ["readout", "traces"]
__dir__ = __all__.copy

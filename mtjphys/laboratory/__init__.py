"""What the laboratory sees: readout, and tables and traces from files."""

from mtjphys.laboratory import readout, tables, traces

__all__ = ["readout", "tables", "traces"]
__dir__ = __all__.copy

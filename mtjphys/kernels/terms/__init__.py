"""The energy terms of a macrospin, one a file, each a ``TERM`` as `mtjphys.kernels.declaration` describes."""

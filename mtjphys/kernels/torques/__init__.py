"""The torques on a macrospin, one a file, each a ``TERM`` as `mtjphys.kernels.declaration` describes."""

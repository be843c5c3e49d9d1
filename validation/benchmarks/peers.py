"""The peers that are installed, each solver as a function of the same arguments."""

import importlib
from collections.abc import Callable
from functools import partial

import numpy as np
from numpy.typing import NDArray

PACKAGES = ("cmtj", "sdeint")

# (damping, step in s, number of steps, steps a sample) to mz of shape (lane, time).
Trace = Callable[..., NDArray[np.float64]]


def solvers() -> dict[str, Trace]:
    """Return the solvers of the installed peers by name, "cmtj Heun"; a peer that is not installed is left out."""
    found: dict[str, Trace] = {}
    for package in PACKAGES:
        try:
            module = importlib.import_module(f"validation.benchmarks.{package}_peer")
        except ModuleNotFoundError as error:
            if error.name != package:
                raise
            continue
        found |= {f"{package} {solver}": partial(module.trace, solver) for solver in module.SOLVERS}
    return found

"""How the benchmarks measure: interleaved runs, errors with their uncertainty, the machine."""

import importlib.metadata
import os
import platform
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from llvmlite import binding
from numpy.typing import NDArray

PACKAGES = ("mtjphys", "numpy", "numba", "llvmlite", "scipy", "cmtj", "sdeint", "torch")


class Timing(NamedTuple):
    """Seconds per step and lane of repeated runs."""

    best: float
    median: float


def interleaved(cases: dict[str, Callable[[], int]], repetitions: int, warm_up: bool = True) -> dict[str, Timing]:
    """Time cases that return how many lane-steps they did, in turn: drifts hit all alike."""
    times: dict[str, list[float]] = {name: [] for name in cases}
    if warm_up:
        for case in cases.values():
            case()
    for _ in range(repetitions):
        for name, case in cases.items():
            start = time.perf_counter()
            steps = case()
            times[name].append((time.perf_counter() - start) / steps)
    return {name: Timing(min(found), statistics.median(found)) for name, found in times.items()}


class Moment(NamedTuple):
    """The relative error of an equilibrium moment and its standard error."""

    error: float
    uncertainty: float


def relative_error(values: NDArray[np.float64], exact: float, blocks: int = 8) -> Moment:
    """Compare the mean of traces ``(lane, time)`` with `exact`.

    The standard error comes from the spread of the means of `blocks` parts of every lane.
    """
    length = values.shape[1] // blocks
    means = values[:, : blocks * length].reshape(-1, length).mean(axis=1)
    spread = means.std(ddof=1) / np.sqrt(means.size)
    return Moment(float(means.mean() / exact - 1), float(spread / exact))


def cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def machine() -> dict[str, Any]:
    """Return what a reader needs to judge the numbers: processor, load, versions."""
    name = platform.processor() or platform.machine()
    information = Path("/proc/cpuinfo")
    if information.exists():
        lines = information.read_text(encoding="utf-8").splitlines()
        name = next((line.split(":")[1].strip() for line in lines if "model name" in line), name)
    versions = {}
    for package in PACKAGES:
        try:
            versions[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            versions[package] = "not installed"
    return {
        "processor": f"{name} ({binding.get_host_cpu_name()})",
        "cores": cores(),
        "load": os.getloadavg()[0] if hasattr(os, "getloadavg") else None,
        "python": platform.python_version(),
        "packages": versions,
    }

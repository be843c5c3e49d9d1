"""A dataset that several tests read: 40 junctions, some of which are impossible, at two voltages."""

from __future__ import annotations

from pathlib import Path

import pytest

import mtjphys as mp

TEXT = """
name = "spread"
description = "Junctions that differ in damping, some of them impossible."
license = "CC-BY-4.0"
creator = "A. Maker"
seed = 3
replicas = 3
[devices]
junction = "rehm_2023"
count = 40
[devices.parameters]
"free_layer.damping" = {kind = "normal", mean = 0.016, standard_deviation = 0.01}
[bias.grid]
voltage = [0.0, 0.1]
[engine]
duration = 2e-8
sample_interval = 1e-10
step = 2e-12
[keep.traces]
quantities = ["resistance", "m"]
[keep.exact]
quantities = ["critical_voltage", "resistance"]
[splits]
train = 0.5
test = 0.5
[store]
devices_per_shard = 8
"""


@pytest.fixture(scope="session")
def spread(tmp_path_factory: pytest.TempPathFactory) -> Path:
    pytest.importorskip("zarr")
    return mp.datasets.make(TEXT, tmp_path_factory.mktemp("datasets") / "spread.zarr", progress=False)


@pytest.fixture(scope="session")
def spread_file(spread: Path) -> Path:
    """The same as one netCDF file."""
    return mp.datasets.make(TEXT, spread.with_name("spread.nc"), progress=False)

"""Small datasets for tests: specifications as text, and a folder as the bytes of its files."""

from __future__ import annotations

from pathlib import Path

HEAD = """
name = "small"
seed = 5
replicas = 2
"""

DEVICES = """
[devices]
junction = "rehm_2023"
count = 6
design = "sobol"

[devices.parameters]
"free_layer.damping" = {kind = "uniform", low = 0.02, high = 0.03}
"""

BIAS = """
[bias.grid]
voltage = [0.0, 0.1]
"""

ENGINE = """
[engine]
duration = 2e-9
sample_interval = 1e-10
step = 2e-12
"""

KEEP = """
[keep.traces]
[keep.dwell_times]
"""

STORE = """
[store]
devices_per_shard = 2
"""

SMALL = HEAD + DEVICES + BIAS + ENGINE + KEEP + STORE

MANY = SMALL.replace("per_shard = 2", "per_shard = 1").replace("count = 6", "count = 12")


def files_of(store: str | Path) -> dict[str, bytes]:
    """Return the bytes of all files below a folder, by name."""
    folder = Path(store)
    return {str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


def flip(file: Path, place: int) -> None:
    """Turn a bit of a byte of a file over."""
    content = bytearray(file.read_bytes())
    content[place] ^= 1
    file.write_bytes(content)

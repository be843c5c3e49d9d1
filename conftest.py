"""What is not collected where an extra is not installed."""

from importlib.util import find_spec

NEEDS = {
    "mtjphys/learning/torch": "torch",
    "mtjphys/datasets/torch.py": "torch",
    "mtjphys/datasets": "zarr",
}

collect_ignore = [path for path, package in NEEDS.items() if find_spec(package) is None]

"""Specifications that are ready to be made, each a file; `mtjphys dataset specifications` lists them."""

from mtjphys.datasets.specification.ready.files import READY, ready_file

__all__ = ["READY", "ready_file"]
__dir__ = __all__.copy

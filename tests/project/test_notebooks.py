"""Every notebook runs from top to bottom with its own warnings as errors, and is kept with its figures."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

FOLDER = Path(__file__).parents[2] / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))
# Of the notebook before nothing is left but what is loaded, which takes a kernel of its own two to four seconds.
AFRESH = """\
%reset -f
%matplotlib inline
import os
import warnings
import matplotlib.pyplot
matplotlib.pyplot.close("all")
matplotlib.pyplot.rcdefaults()
os.chdir({folder!r})
warnings.resetwarnings()
from mtjphys.core.errors import MtjphysWarning
warnings.filterwarnings("error", module=r"(__main__|mtjphys)\\b")
warnings.simplefilter("error", MtjphysWarning)
del os, warnings, matplotlib, MtjphysWarning
"""


@pytest.fixture(scope="module")
def kernel() -> Iterator[Any]:
    """Yield the manager of one kernel for all notebooks."""
    manager = pytest.importorskip("jupyter_client").KernelManager(kernel_name="python3")
    yield manager
    if manager.has_kernel:
        manager.shutdown_kernel(now=True)


def pictures(notebook: Any) -> int:
    """Return the number of figures that a notebook shows."""
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", ())]
    return sum("image/png" in output.get("data", ()) for output in outputs)


def test_the_notebooks_are_there_and_small() -> None:
    assert [path.stem for path in NOTEBOOKS] == [
        "calibration", "datasets", "device_physics", "noise_and_learning", "torch", "tour"
    ]  # fmt: skip
    assert sum(path.stat().st_size for path in NOTEBOOKS) < 1_000_000


# The kernel's own start-up is not ours to answer for.
@pytest.mark.filterwarnings("default")
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebook_runs(path: Path, tmp_path: Path, kernel: Any) -> None:
    # Here, and not where the tests are collected: they take a third of a second.
    nbclient = pytest.importorskip("nbclient")
    nbformat = pytest.importorskip("nbformat")
    for package in {"torch": ["torch"], "datasets": ["zarr", "sklearn"]}.get(path.stem, []):
        pytest.importorskip(package)
    notebook = nbformat.read(path, as_version=4)
    kept = pictures(notebook)
    assert kept >= 2
    nbformat.validate(notebook)
    for cell in notebook.cells:
        assert not any(output.output_type == "error" for output in cell.get("outputs", ()))
    notebook.cells.insert(0, nbformat.v4.new_code_cell(AFRESH.format(folder=str(tmp_path))))
    resources = {"metadata": {"path": str(tmp_path)}}
    client = nbclient.NotebookClient(notebook, timeout=300, km=kernel, resources=resources)
    try:
        client.execute()
    finally:
        client.kc.stop_channels()
    assert pictures(notebook) == kept

"""What every test shares: no display, relative tolerances, and the same examples on every machine."""

import gc
import os
import signal
import sys
from pathlib import Path

import matplotlib
import pytest
from hypothesis import HealthCheck, settings

matplotlib.use("Agg")

# What a script starts in the background ignores Ctrl-C, and so would all that the tests start and then interrupt.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# Quantities are in SI units, energies of 1e-20 among them: approx is relative alone unless `abs` is given.
type(pytest.approx(1.0)).DEFAULT_ABSOLUTE_TOLERANCE = 0.0

# No deadline: the first example of a property may compile a kernel.
settings.register_profile(
    "mtjphys",
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("mtjphys")


@pytest.fixture(autouse=True)
def no_figure_is_left_open():
    """Close what a test drew with pyplot, which warns of more than twenty open figures."""
    yield
    if "matplotlib.pyplot" in sys.modules:
        sys.modules["matplotlib.pyplot"].close("all")


TESTS = Path(__file__).parent
SOLVING = {"simulation", "kernels", "rare_events", "cli", "project", "networks", "experiments", "surrogate"}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin the first two processes with what takes long to compile: the kernels of blocks in one, others in the other.

    Tests of live noise may read before it is settled: most do not ask what is read.

    Within a process the second kernel of blocks, or of single lanes, takes a tenth of the time of the first; all other
    processes find them on the disk.
    """
    for item in items:
        if TESTS in item.path.parents and TESTS / "project" not in item.path.parents:  # README's examples are settled
            item.add_marker(pytest.mark.filterwarnings("ignore:.*readings do not settle them"))
    items.sort(key=lambda item: SOLVING.isdisjoint(item.path.parts))
    marked: dict[str | None, list[pytest.Item]] = {"blocks": [], "others": [], None: []}
    for item in items:
        mark = item.get_closest_marker("compiles")
        marked[mark and mark.args[0]].append(item)
    processes = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    second = max(0, len(items) // max(2, processes) - len(marked["blocks"]))
    rest = marked[None]
    items[:] = [*marked["blocks"], *rest[:second], *marked["others"], *rest[second:]]


def pytest_collection_finish() -> None:
    """Leave what is loaded by now out of garbage collection, which took a tenth of the time of a compilation."""
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)

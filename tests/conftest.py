"""What every test shares: no display, relative tolerances, and the same examples on every machine."""

import sys

import matplotlib
import pytest
from hypothesis import HealthCheck, settings

matplotlib.use("Agg")

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


SOLVING = {"simulation", "kernels", "rare_events", "cli", "project", "networks", "experiments", "surrogate"}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the tests that compile the solver first: of two processes, each of which begins with one half of the tests,
    one compiles it then, and the other finds it on the disk.
    """
    items.sort(key=lambda item: SOLVING.isdisjoint(item.path.parts))

"""What every test shares: no display, and the same examples on every machine."""

import sys

import matplotlib
import pytest
from hypothesis import HealthCheck, settings

matplotlib.use("Agg")

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

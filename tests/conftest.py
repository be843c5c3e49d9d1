"""What every test shares: no display, and the same examples on every machine."""

import matplotlib
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

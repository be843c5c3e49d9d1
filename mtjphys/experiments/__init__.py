"""What laboratories do with a junction, each with its figure.

An experiment takes a junction (some a two-state surrogate too) and returns an `xarray.Dataset` whose coordinates are
what was varied, with units; its `plot_...` draws it, on given axes or new ones, and returns the axes.
"""

from mtjphys.experiments.counters import dwell_times
from mtjphys.experiments.dwell_sweeps import dwell_time_sweep, plot_dwell_time_sweep
from mtjphys.experiments.landscape import plot_landscape
from mtjphys.experiments.loops import plot_loop, resistance_field_loop, resistance_voltage_loop
from mtjphys.experiments.rectification import plot_rectified_spectrum, rectified_spectrum
from mtjphys.experiments.switching import plot_switching_points, switching_law, switching_points
from mtjphys.experiments.trajectory import plot_trajectory

__all__ = [
    "dwell_time_sweep",
    "dwell_times",
    "plot_dwell_time_sweep",
    "plot_landscape",
    "plot_loop",
    "plot_rectified_spectrum",
    "plot_switching_points",
    "plot_trajectory",
    "rectified_spectrum",
    "resistance_field_loop",
    "resistance_voltage_loop",
    "switching_law",
    "switching_points",
]
__dir__ = __all__.copy

"""What laboratories do with a junction, each with its figure.

An experiment takes a junction (some a two-state surrogate too) and returns an `xarray.Dataset` whose coordinates are
what was varied, with units; its `plot_...` draws it, on given axes or new ones, and returns the axes.
"""

from mtjphys.experiments.counters import dwell_times

__all__ = ["dwell_times"]

"""Random telegraph signals: from a trace to states, dwell times, rates, spectra and their errors.

The switching of a stochastic junction between two levels is a two-state Markov process with rates
``rate_up`` (low to high) and ``rate_down`` (high to low). States are in the order (low, high) of the signal: of the
resistance, (parallel, antiparallel). Junctions in series, coupled ones and intermediate states have more levels: see
``each`` and ``rates`` of the result.
"""

from mtjphys.telegraph.analysis import analyse
from mtjphys.telegraph.dwell_times import exponential_test
from mtjphys.telegraph.figures import (
    figure,
    plot_autocorrelation,
    plot_dwell_times,
    plot_histogram,
    plot_spectrum,
    plot_trace,
)
from mtjphys.telegraph.folders import analyse_folder
from mtjphys.telegraph.lanes import analyse_lanes
from mtjphys.telegraph.parts import DwellStatistics, Estimate, Level
from mtjphys.telegraph.results import TelegraphAnalysis
from mtjphys.telegraph.sampling import sample, sample_levels
from mtjphys.telegraph.spectra import autocorrelation

__all__ = [
    "DwellStatistics",
    "Estimate",
    "Level",
    "TelegraphAnalysis",
    "analyse",
    "analyse_folder",
    "analyse_lanes",
    "autocorrelation",
    "exponential_test",
    "figure",
    "plot_autocorrelation",
    "plot_dwell_times",
    "plot_histogram",
    "plot_spectrum",
    "plot_trace",
    "sample",
    "sample_levels",
]
__dir__ = __all__.copy

r"""Closed forms of the physics of stochastic junctions: rates, barriers, switching, noise, resonance.

Each function states its equation, its source and the range in which it was compared with the exact answer; outside
that range it warns. Exact statistics of one junction are those of `mtjphys.fokker_planck`; what follows from a
junction without temperature (wells, barriers, resonance, critical voltages) are methods of `mtjphys.MTJ`.

Two combinations occur throughout: the barrier :math:`\Delta = \sigma = M_sVB_k/(2k_BT)` of a uniaxial particle, and
the drive :math:`x = B/B_k + a_{DL}/(\alpha B_k)`, longitudinal field plus collinear damping-like torque. With axial
symmetry the two drives have the same Fokker-Planck equation, so one number holds both. The thermal field is
:math:`b = k_BT/(M_sV)` and the gyromagnetic ratio defaults to that of the free electron.
"""

from mtjphys.theory.barriers import (
    collinear_barrier,
    near_astroid_barrier,
    stoner_wohlfarth_barrier,
    stoner_wohlfarth_switching_field,
)
from mtjphys.theory.checks import GYROMAGNETIC_RATIO
from mtjphys.theory.critical import critical_current, sharrock_field
from mtjphys.theory.easy_plane import easy_plane_autocorrelation, easy_plane_correlation_time
from mtjphys.theory.escape import EscapeRates, escape_rates
from mtjphys.theory.resonance import resonance_spectrum
from mtjphys.theory.swept import swept_field, swept_survival
from mtjphys.theory.switching import ballistic_write_error, switching_time, thermal_write_error
from mtjphys.theory.telegraph_noise import machlup_spectrum, telegraph_autocovariance, telegraph_correlation_time
from mtjphys.theory.turnover import depopulation_factor
from mtjphys.theory.uniaxial import low_barrier_relaxation_rate, uniaxial_escape_rates, uniaxial_relaxation_rate

__all__ = [
    "GYROMAGNETIC_RATIO",
    "EscapeRates",
    "ballistic_write_error",
    "collinear_barrier",
    "critical_current",
    "depopulation_factor",
    "easy_plane_autocorrelation",
    "easy_plane_correlation_time",
    "escape_rates",
    "low_barrier_relaxation_rate",
    "machlup_spectrum",
    "near_astroid_barrier",
    "resonance_spectrum",
    "sharrock_field",
    "stoner_wohlfarth_barrier",
    "stoner_wohlfarth_switching_field",
    "swept_field",
    "swept_survival",
    "switching_time",
    "telegraph_autocovariance",
    "telegraph_correlation_time",
    "thermal_write_error",
    "uniaxial_escape_rates",
    "uniaxial_relaxation_rate",
]
__dir__ = __all__.copy

"""What a junction does at many conditions: exact rates, occupations, probabilities."""

from mtjphys.calibration.forward.exact import (
    log_dwell_times,
    log_exit_times,
    log_noise_density,
    logit_occupation,
    logit_switching,
    mean_resistance,
    resonance,
    state_resistances,
)
from mtjphys.calibration.forward.kept import OutOfReach, Unanswered, answers_kept
from mtjphys.calibration.forward.linear import (
    Linear,
    axial,
    linear_dwell_times,
    linear_occupation,
    linear_resistance,
    linear_switching,
)

__all__ = [
    "Linear",
    "OutOfReach",
    "Unanswered",
    "answers_kept",
    "axial",
    "linear_dwell_times",
    "linear_occupation",
    "linear_resistance",
    "linear_switching",
    "log_dwell_times",
    "log_exit_times",
    "log_noise_density",
    "logit_occupation",
    "logit_switching",
    "mean_resistance",
    "resonance",
    "state_resistances",
]
__dir__ = __all__.copy

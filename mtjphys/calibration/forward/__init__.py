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
from mtjphys.calibration.forward.simulated import (
    LANES,
    STAYS,
    refused,
    simulated_log_dwell_times,
    simulated_logit_occupation,
    simulated_logit_switching,
)

__all__ = [
    "LANES",
    "STAYS",
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
    "refused",
    "resonance",
    "simulated_log_dwell_times",
    "simulated_logit_occupation",
    "simulated_logit_switching",
    "state_resistances",
]
__dir__ = __all__.copy

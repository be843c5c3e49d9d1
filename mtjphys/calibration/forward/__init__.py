"""What a junction does at many conditions: exact rates, occupations, probabilities."""

from mtjphys.calibration.forward.exact import (
    Unanswered,
    log_dwell_times,
    log_exit_times,
    log_noise_density,
    logit_occupation,
    logit_switching,
    mean_resistance,
    resonance,
    state_resistances,
)

__all__ = [
    "Unanswered",
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

"""Experiments: everything that a training depends on, as one TOML file says it."""

from mtjphys.learning.experiment.experiment import Experiment, make_noise

__all__ = ["Experiment", "make_noise"]
__dir__ = __all__.copy

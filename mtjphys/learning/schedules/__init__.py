"""Schedules of the learning rates, one a file; each is known to files by its name."""

from mtjphys.learning.schedules.constant import ConstantRate
from mtjphys.learning.schedules.cosine import CosineRate
from mtjphys.learning.schedules.exponential import ExponentialRate
from mtjphys.learning.schedules.schedule import SCHEDULES, Schedule, schedule_of
from mtjphys.learning.schedules.stepped import SteppedRate
from mtjphys.learning.schedules.warm_up import WarmUp

__all__ = [
    "SCHEDULES",
    "ConstantRate",
    "CosineRate",
    "ExponentialRate",
    "Schedule",
    "SteppedRate",
    "WarmUp",
    "schedule_of",
]
__dir__ = __all__.copy

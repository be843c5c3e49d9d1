"""Device effects: what real junctions and their readout do to the noise, one effect at a time."""

from mtjphys.learning.noise.effects.degraded import Degraded
from mtjphys.learning.noise.effects.magnitudes import VARIED, Effects

__all__ = ["VARIED", "Degraded", "Effects"]
__dir__ = __all__.copy

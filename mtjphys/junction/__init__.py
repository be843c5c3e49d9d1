"""The parts of a junction, `MTJ`, and the presets of the literature."""

from mtjphys.junction import presets
from mtjphys.junction.device import MTJ, Barrier, Entry, FreeLayer, Heating, ReferenceLayer, SpinOrbit

__all__ = ["MTJ", "Barrier", "Entry", "FreeLayer", "Heating", "ReferenceLayer", "SpinOrbit", "presets"]

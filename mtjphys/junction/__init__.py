"""The parts of a junction, `MTJ`, and the presets of the literature."""

from mtjphys.junction import presets
from mtjphys.junction.mtj import MTJ
from mtjphys.junction.parts import Barrier, FreeLayer, Heating, ReferenceLayer, SpinOrbit
from mtjphys.junction.summary import Entry

__all__ = ["MTJ", "Barrier", "Entry", "FreeLayer", "Heating", "ReferenceLayer", "SpinOrbit", "presets"]

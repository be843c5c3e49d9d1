"""The parts of a junction, `MTJ`, and the presets of the literature."""

from mtjphys.junction import presets
from mtjphys.junction.mtj import MTJ
from mtjphys.junction.parts import Barrier, FreeLayer, Heating, ReferenceLayer, SpinOrbit
from mtjphys.junction.series import Series
from mtjphys.junction.summary import Entry
from mtjphys.junction.variability import Spread

__all__ = [
    "MTJ",
    "Barrier",
    "Entry",
    "FreeLayer",
    "Heating",
    "ReferenceLayer",
    "Series",
    "SpinOrbit",
    "Spread",
    "presets",
]
__dir__ = __all__.copy

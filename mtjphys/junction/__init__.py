"""The parts of a junction, `MTJ`, and the presets of the literature."""

from mtjphys.junction import presets
from mtjphys.junction.given import JunctionLike, as_junction, as_junctions, as_mtj, is_file, read_junction
from mtjphys.junction.mtj import MTJ
from mtjphys.junction.parts import Barrier, FreeLayer, Heating, ReferenceLayer, SpinOrbit
from mtjphys.junction.series import Series
from mtjphys.junction.summary import Entry
from mtjphys.junction.variability import Spread, Variability

__all__ = [
    "MTJ",
    "Barrier",
    "Entry",
    "FreeLayer",
    "Heating",
    "JunctionLike",
    "ReferenceLayer",
    "Series",
    "SpinOrbit",
    "Spread",
    "Variability",
    "as_junction",
    "as_junctions",
    "as_mtj",
    "is_file",
    "presets",
    "read_junction",
]
__dir__ = __all__.copy

"""What the lab's instruments make of a junction: divider, amplifier, noise, sampling, quantisation.

    junction --divider--> volts --gain, filter--> + noise --sampling--> --quantiser--> record

The chain acts on what `mtjphys.simulate` returns, or on any array of resistances or voltages.
"""

from mtjphys.laboratory.readout.instrument import Instrument
from mtjphys.laboratory.readout.recording import measure
from mtjphys.laboratory.readout.ring_buffer import RingBuffer

__all__ = ["Instrument", "RingBuffer", "measure"]
__dir__ = __all__.copy

"""What is applied to a junction as a function of time: from a constant to samples, a shape a file.

Every waveform gives its value ``w(t)`` and, exactly, its mean over a time step

    average(t, dt) = (1/dt) int_t^{t+dt} w(t') dt'

so that the area of a pulse does not depend on the step of the simulation. Averages are built from
the overlap of the step with each part of the waveform, never from a difference of two large
integrals: a picosecond step at one second is as exact as the first.
"""

from mtjphys.bias.waveforms.constant import Constant
from mtjphys.bias.waveforms.piecewise import Piecewise
from mtjphys.bias.waveforms.pulse_train import PulseTrain
from mtjphys.bias.waveforms.ramp import Ramp
from mtjphys.bias.waveforms.reading import along, as_waveform, from_toml
from mtjphys.bias.waveforms.sampled import Sampled
from mtjphys.bias.waveforms.sine import Sine
from mtjphys.bias.waveforms.step import Step
from mtjphys.bias.waveforms.waveform import WAVEFORMS, Pieces, Straight, Waveform

__all__ = [
    "WAVEFORMS",
    "Constant",
    "Pieces",
    "Piecewise",
    "PulseTrain",
    "Ramp",
    "Sampled",
    "Sine",
    "Step",
    "Straight",
    "Waveform",
    "along",
    "as_waveform",
    "from_toml",
]
__dir__ = __all__.copy

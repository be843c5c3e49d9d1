"""What is applied to a junction: `Bias`, and the waveforms that its channels may be."""

from mtjphys.bias import waveforms
from mtjphys.bias.applied import CHANNELS, Bias

__all__ = ["CHANNELS", "Bias", "waveforms"]
__dir__ = __all__.copy

"""Noise sources, a source a file: what perturbs the units of a network, in volts, sample after sample."""

from mtjphys.learning.noise.bernoulli import BernoulliNoise
from mtjphys.learning.noise.binomial import BinomialNoise
from mtjphys.learning.noise.correlation import correlation_time
from mtjphys.learning.noise.effects import Degraded, Effects
from mtjphys.learning.noise.gaussian import GaussianNoise
from mtjphys.learning.noise.junction import JunctionNoise
from mtjphys.learning.noise.recorded import RecordedNoise
from mtjphys.learning.noise.ring_buffer import RingBufferNoise
from mtjphys.learning.noise.serial import SerialNoise
from mtjphys.learning.noise.series import SeriesNoise
from mtjphys.learning.noise.source import NOISES, NoiseSource, Usage, perturbation
from mtjphys.learning.noise.summing_node import SummingNode
from mtjphys.learning.noise.surrogate import SurrogateNoise
from mtjphys.learning.noise.telegraph import TelegraphNoise
from mtjphys.learning.noise.two_level import TwoLevelDevice

__all__ = [
    "NOISES",
    "BernoulliNoise",
    "BinomialNoise",
    "Degraded",
    "Effects",
    "GaussianNoise",
    "JunctionNoise",
    "NoiseSource",
    "RecordedNoise",
    "RingBufferNoise",
    "SerialNoise",
    "SeriesNoise",
    "SummingNode",
    "SurrogateNoise",
    "TelegraphNoise",
    "TwoLevelDevice",
    "Usage",
    "correlation_time",
    "perturbation",
]
__dir__ = __all__.copy

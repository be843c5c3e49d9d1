"""Noise sources: what perturbs the units of a network, in volts, sample after sample."""

from mtjphys.learning.noise.circuits import RingBufferNoise, SummingNode
from mtjphys.learning.noise.correlation import correlation_time
from mtjphys.learning.noise.effects import Degraded, Effects, TelegraphJunctions
from mtjphys.learning.noise.ideal import BernoulliNoise, BinomialNoise, GaussianNoise, TelegraphNoise
from mtjphys.learning.noise.junctions import JunctionNoise, SeriesNoise
from mtjphys.learning.noise.recorded import RecordedNoise
from mtjphys.learning.noise.serial import SerialNoise
from mtjphys.learning.noise.source import NoiseSource, Usage, perturbation
from mtjphys.learning.noise.spread import Spread

__all__ = [
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
    "Spread",
    "SummingNode",
    "TelegraphJunctions",
    "TelegraphNoise",
    "Usage",
    "correlation_time",
    "perturbation",
]

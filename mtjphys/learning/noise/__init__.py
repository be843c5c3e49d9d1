"""Noise sources: what perturbs the units of a network, in volts, sample after sample."""

from mtjphys.learning.noise.ideal import GaussianNoise, TelegraphNoise
from mtjphys.learning.noise.junctions import JunctionNoise
from mtjphys.learning.noise.source import NoiseSource, Usage, perturbation

__all__ = ["GaussianNoise", "JunctionNoise", "NoiseSource", "TelegraphNoise", "Usage", "perturbation"]

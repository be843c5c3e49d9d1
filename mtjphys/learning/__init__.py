"""Learning from noise: sources, networks, rules, decorrelation, optimisers, data, training."""

from mtjphys.learning.data import Data, Samples, digits, split
from mtjphys.learning.decorrelation import Decorrelation, decorrelation_step
from mtjphys.learning.figures import learning_curves
from mtjphys.learning.losses import CrossEntropy, Loss, SquaredError
from mtjphys.learning.network import Activation, LeakyReLU, Network, Pass
from mtjphys.learning.noise import (
    GaussianNoise,
    JunctionNoise,
    NoiseSource,
    TelegraphNoise,
    perturbation,
)
from mtjphys.learning.optimisers import SGD, Adam, Optimiser
from mtjphys.learning.rules import ANP, BP, INP, NP, Estimate, Rule
from mtjphys.learning.training import Evaluation, Training, evaluate

__all__ = [
    "ANP",
    "BP",
    "INP",
    "NP",
    "SGD",
    "Activation",
    "Adam",
    "CrossEntropy",
    "Data",
    "Decorrelation",
    "Estimate",
    "Evaluation",
    "GaussianNoise",
    "JunctionNoise",
    "LeakyReLU",
    "Loss",
    "Network",
    "NoiseSource",
    "Optimiser",
    "Pass",
    "Rule",
    "Samples",
    "SquaredError",
    "TelegraphNoise",
    "Training",
    "decorrelation_step",
    "digits",
    "evaluate",
    "learning_curves",
    "perturbation",
    "split",
]

"""Learning from noise: sources, networks, rules, decorrelation, optimisers, data, training."""

from mtjphys.learning.data import Data, Samples, digits, split
from mtjphys.learning.decorrelation import Decorrelation, decorrelation_step
from mtjphys.learning.effects_table import EffectsTable, effects_table, standard_cases
from mtjphys.learning.evaluation import Evaluation, evaluate, predict
from mtjphys.learning.figures import learning_curves
from mtjphys.learning.losses import CrossEntropy, Loss, SquaredError
from mtjphys.learning.network import Activation, LeakyReLU, Network, Pass
from mtjphys.learning.noise import (
    Degraded,
    Effects,
    GaussianNoise,
    JunctionNoise,
    NoiseSource,
    TelegraphJunctions,
    TelegraphNoise,
    perturbation,
)
from mtjphys.learning.optimisers import SGD, Adam, Optimiser
from mtjphys.learning.rules import ANP, BP, INP, NP, Estimate, Rule
from mtjphys.learning.schedules import Constant, Cosine, Exponential, Schedule, Steps, WarmUp
from mtjphys.learning.training import Training

__all__ = [
    "ANP",
    "BP",
    "INP",
    "NP",
    "SGD",
    "Activation",
    "Adam",
    "Constant",
    "Cosine",
    "CrossEntropy",
    "Data",
    "Decorrelation",
    "Degraded",
    "Effects",
    "EffectsTable",
    "Estimate",
    "Evaluation",
    "Exponential",
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
    "Schedule",
    "SquaredError",
    "Steps",
    "TelegraphJunctions",
    "TelegraphNoise",
    "Training",
    "WarmUp",
    "decorrelation_step",
    "digits",
    "effects_table",
    "evaluate",
    "learning_curves",
    "perturbation",
    "predict",
    "split",
    "standard_cases",
]

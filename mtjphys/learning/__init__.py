"""Learning from noise: sources, networks, rules, decorrelation, optimisers, data, training."""

from typing import Any

from mtjphys.learning.activations import ACTIVATIONS, Activation, LeakyReLU, ReLU, Sigmoid, Tanh, named_activation
from mtjphys.learning.config import Experiment
from mtjphys.learning.cost import PhysicalCost, physical_cost
from mtjphys.learning.data import Data, Samples, digits, fashion_mnist, mnist, split
from mtjphys.learning.decorrelation import Decorrelation, decorrelation_step
from mtjphys.learning.diagnostics import Alignment, gradient_cosine
from mtjphys.learning.effects_table import EffectsTable, effects_table, standard_cases
from mtjphys.learning.evaluation import Evaluation, evaluate, predict
from mtjphys.learning.figures import learning_curves, learning_figure
from mtjphys.learning.guided import GuidedNP
from mtjphys.learning.losses import CrossEntropy, Loss, SquaredError
from mtjphys.learning.network import Network, Pass
from mtjphys.learning.noise import (
    BernoulliNoise,
    BinomialNoise,
    Degraded,
    Effects,
    GaussianNoise,
    JunctionNoise,
    NoiseSource,
    RecordedNoise,
    RingBufferNoise,
    SerialNoise,
    SeriesNoise,
    Spread,
    SummingNode,
    TelegraphJunctions,
    TelegraphNoise,
    Usage,
    correlation_time,
    perturbation,
)
from mtjphys.learning.optimisers import SGD, Adam, Optimiser
from mtjphys.learning.parameter_rules import OrnsteinUhlenbeck, WeightPerturbation, perturbed
from mtjphys.learning.rules import ANP, BP, INP, NP, Estimate, Rule
from mtjphys.learning.schedules import Constant, Cosine, Exponential, Schedule, Steps, WarmUp
from mtjphys.learning.training import Training

__all__ = [
    "ACTIVATIONS",
    "ANP",
    "BP",
    "INP",
    "NP",
    "SGD",
    "Activation",
    "Adam",
    "Alignment",
    "BernoulliNoise",
    "BinomialNoise",
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
    "Experiment",
    "Exponential",
    "GaussianNoise",
    "GuidedNP",
    "JunctionNoise",
    "LeakyReLU",
    "Loss",
    "Network",
    "NoiseSource",
    "NoiseTrainedClassifier",
    "NoiseTrainedRegressor",
    "Optimiser",
    "OrnsteinUhlenbeck",
    "Pass",
    "PhysicalCost",
    "ReLU",
    "RecordedNoise",
    "RingBufferNoise",
    "Rule",
    "Samples",
    "Schedule",
    "SerialNoise",
    "SeriesNoise",
    "Sigmoid",
    "Spread",
    "SquaredError",
    "Steps",
    "SummingNode",
    "Tanh",
    "TelegraphJunctions",
    "TelegraphNoise",
    "Training",
    "Usage",
    "WarmUp",
    "WeightPerturbation",
    "correlation_time",
    "decorrelation_step",
    "digits",
    "effects_table",
    "evaluate",
    "fashion_mnist",
    "gradient_cosine",
    "learning_curves",
    "learning_figure",
    "mnist",
    "named_activation",
    "perturbation",
    "perturbed",
    "physical_cost",
    "predict",
    "split",
    "standard_cases",
]


def __getattr__(name: str) -> Any:
    # scikit-learn is an extra, and slow to import.
    if name not in ("NoiseTrainedClassifier", "NoiseTrainedRegressor"):
        raise AttributeError(f"module 'mtjphys.learning' has no attribute {name!r}")
    from mtjphys.learning import estimators

    return getattr(estimators, name)

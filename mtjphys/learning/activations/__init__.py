"""Activations of hidden units, one a file; each is known to files by its name."""

from mtjphys.learning.activations.activation import ACTIVATIONS, Activation
from mtjphys.learning.activations.leaky_relu import LeakyReLU
from mtjphys.learning.activations.relu import ReLU
from mtjphys.learning.activations.sigmoid import Sigmoid
from mtjphys.learning.activations.tanh import Tanh

__all__ = ["ACTIVATIONS", "Activation", "LeakyReLU", "ReLU", "Sigmoid", "Tanh"]
__dir__ = __all__.copy

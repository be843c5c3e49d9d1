"""Learning rules, a rule a file; each is known to files by its name."""

from mtjphys.learning.rules.activity_perturbation import ANP
from mtjphys.learning.rules.back_propagation import BP
from mtjphys.learning.rules.guided_perturbation import GuidedNP
from mtjphys.learning.rules.iterative_perturbation import INP
from mtjphys.learning.rules.node_perturbation import NP
from mtjphys.learning.rules.ornstein_uhlenbeck import OrnsteinUhlenbeck
from mtjphys.learning.rules.perturbed import perturbed
from mtjphys.learning.rules.rule import RULES, GradientEstimate, Perturbed, Rule
from mtjphys.learning.rules.weight_perturbation import WeightPerturbation

__all__ = [
    "ANP",
    "BP",
    "INP",
    "NP",
    "RULES",
    "GradientEstimate",
    "GuidedNP",
    "OrnsteinUhlenbeck",
    "Perturbed",
    "Rule",
    "WeightPerturbation",
    "perturbed",
]
__dir__ = __all__.copy

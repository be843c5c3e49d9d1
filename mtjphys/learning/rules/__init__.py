"""Learning rules, a rule a file; each is known to files by its name."""

from mtjphys.learning.rules.activity_perturbation import ANP, DANP
from mtjphys.learning.rules.back_propagation import BP, DBP
from mtjphys.learning.rules.guided_perturbation import DGuidedNP, GuidedNP
from mtjphys.learning.rules.iterative_perturbation import DINP, INP
from mtjphys.learning.rules.node_perturbation import DNP, NP
from mtjphys.learning.rules.ornstein_uhlenbeck import DOrnsteinUhlenbeck, OrnsteinUhlenbeck
from mtjphys.learning.rules.perturbed import perturbed
from mtjphys.learning.rules.rule import RULES, GradientEstimate, Perturbed, Rule
from mtjphys.learning.rules.weight_perturbation import DWeightPerturbation, WeightPerturbation

__all__ = [
    "ANP",
    "BP",
    "DANP",
    "DBP",
    "DINP",
    "DNP",
    "INP",
    "NP",
    "RULES",
    "DGuidedNP",
    "DOrnsteinUhlenbeck",
    "DWeightPerturbation",
    "GradientEstimate",
    "GuidedNP",
    "OrnsteinUhlenbeck",
    "Perturbed",
    "Rule",
    "WeightPerturbation",
    "perturbed",
]
__dir__ = __all__.copy

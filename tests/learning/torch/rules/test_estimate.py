"""What the rules for modules share."""

import pytest
from torch_modules import convolutional, nn, torch

from mtjphys import learning
from mtjphys.core.errors import MtjphysWarning
from mtjphys.learning import torch as mtorch
from mtjphys.learning.torch.rules.estimate import ESTIMATORS, divide


def test_rules_have_the_names_of_those_they_are():
    names = {name for name, rule in learning.RULES.items() if rule.perturbs == "units" and not rule.decorrelates}
    assert {"ANP", "NP", "INP", "GuidedNP"} <= {*ESTIMATORS} <= names


def test_samples_whose_passes_coincide_teach_nothing():
    assert divide(torch.tensor([1.0, 0.0, 1.0]), torch.tensor([2.0, 0.0, 0.0])).tolist() == [0.5, 0.0, 0.0]


@pytest.mark.parametrize("rule", [learning.NP(0.1), learning.INP()], ids=str)
def test_noise_that_is_not_centred_warns(rule):
    learner = mtorch.NodePerturbation(convolutional(), learning.TelegraphNoise(seed=1), rule)
    with pytest.warns(MtjphysWarning, match="set the source's offset to its mean"):
        learner.backward(torch.zeros(4, 2, 3, 3), torch.arange(4) % 2, nn.CrossEntropyLoss())
